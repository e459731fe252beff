//! The part of a resource that its rules can judge although something else in it is wrong.

use std::ops::Range;

use super::node::{Content, Entry, Node};

/// `resource` without what has one of the problems: the element of a list that has it, or else the whole property.
pub fn part(resource: &Node, problems: &[Range<usize>]) -> Node {
    let problems: Vec<_> = problems.iter().collect();
    let entries = resource.entries().iter().filter_map(|entry| sound_entry(entry, &problems));
    Node { content: Content::Map(entries.collect()), ..resource.clone() }
}

fn sound_entry(entry: &Entry, problems: &[&Range<usize>]) -> Option<Entry> {
    let whole = entry.key_place.start..entry.value.span.end;
    let problems: Vec<_> = problems.iter().copied().filter(|problem| is_inside(problem, &whole)).collect();
    if problems.iter().any(|problem| !is_inside(problem, &entry.value.span)) {
        return None;
    }
    Some(Entry { value: valid_subset(&entry.value, &problems)?, ..entry.clone() })
}

/// `None` if what is wrong is not in an element of a list, or no element is right.
fn valid_subset(node: &Node, problems: &[&Range<usize>]) -> Option<Node> {
    let content = match &node.content {
        Content::Broken => return None,
        Content::List(items) => {
            let of = |item: &Node| problems.iter().copied().filter(|p| is_inside(p, &item.span)).collect::<Vec<_>>();
            if problems.iter().any(|problem| !items.iter().any(|item| is_inside(problem, &item.span))) {
                return None;
            }
            let kept: Vec<_> = items.iter().filter_map(|item| valid_subset(item, &of(item))).collect();
            if kept.is_empty() && !items.is_empty() {
                return None;
            }
            Content::List(kept)
        }
        Content::Map(entries) => {
            let is_in = |problem: &Range<usize>, entry: &Entry| is_inside(problem, &entry.value.span);
            if problems.iter().any(|problem| !entries.iter().any(|entry| is_in(problem, entry))) {
                return None;
            }
            Content::Map(entries.iter().map(|entry| sound_entry(entry, problems)).collect::<Option<_>>()?)
        }
        _ if problems.is_empty() => return Some(node.clone()),
        _ => return None,
    };
    Some(Node { content, ..node.clone() })
}

fn is_inside(inner: &Range<usize>, outer: &Range<usize>) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::source;
    use serde_json::{Value, json};

    /// What is left of `text` when the first place of each of `wrong` has a problem.
    fn left(text: &str, wrong: &[&str]) -> Value {
        let node = source::parse(text, &mut Vec::new()).unwrap();
        let places: Vec<_> = wrong.iter().map(|wrong| text.find(wrong).unwrap()).collect();
        let places: Vec<_> = places.into_iter().zip(wrong).map(|(at, wrong)| at..at + wrong.len()).collect();
        part(&node, &places).to_json(&str::to_owned)
    }

    #[test]
    fn elements_and_properties_are_left_out() {
        let text = "a: 1\nb:\n  - {c: 2, d: 3}\n  - {c: 4}\ne: {f: {g: 5}}\nh: [6]\n";
        for (wrong, expected) in [
            ("2", json!({"a": 1, "b": [{"c": 4}], "e": {"f": {"g": 5}}, "h": [6]})),
            ("{c: 4}", json!({"a": 1, "b": [{"c": 2, "d": 3}], "e": {"f": {"g": 5}}, "h": [6]})),
            ("5", json!({"a": 1, "b": [{"c": 2, "d": 3}, {"c": 4}], "h": [6]})),
            ("g", json!({"a": 1, "b": [{"c": 2, "d": 3}, {"c": 4}], "h": [6]})),
            ("6", json!({"a": 1, "b": [{"c": 2, "d": 3}, {"c": 4}], "e": {"f": {"g": 5}}})),
            ("b", json!({"a": 1, "e": {"f": {"g": 5}}, "h": [6]})),
        ] {
            assert_eq!(left(text, &[wrong]), expected, "{wrong}");
        }
        assert_eq!(left(text, &["a", "4", "h", "5", "3"]), json!({}));
    }

    #[test]
    fn an_element_that_lacks_something_is_left_out() {
        let text = "a:\n  - b: 1\n    c: 2\n  - b: 3\n";
        assert_eq!(left(text, &["b: 3"]), json!({"a": [{"b": 1, "c": 2}]}));
        assert_eq!(left(text, &["b: 1"]), json!({"a": [{"b": 3}]}));
    }
}

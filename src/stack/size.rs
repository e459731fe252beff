//! Whether a stack with its references replaced is too large, said before any of them is.

use std::ops::Range;

use crate::explain::Code;
use crate::model::size::{OF_RESOURCE, OF_STACK, OF_TEXT, at_most, resolved, shown};

use super::diagnostics::{Diagnostic, ENOUGH};
use super::node::{Entry, Node};

const SHORTER: &str = "refer to the variable fewer times, or move the text to a file next to the stack";
const SMALLER: &str = "shorten the values that many resources refer to, or split the stack in two";

/// The problems of what is too large: texts, else resources, else all of it. `length_of` is how long the value of a
/// reference is.
pub fn check(root: &Node, start: &Range<usize>, length_of: impl Fn(&str) -> Option<usize>) -> Vec<Diagnostic> {
    let mut texts = Vec::new();
    let mut of_node = |node: &Node| {
        let mut all: usize = 0;
        node.each_text(&mut |node, text| {
            let length = resolved(text, &length_of);
            if length > OF_TEXT && texts.len() < ENOUGH {
                let message = format!(
                    "once its references are replaced, this string has {}, {}",
                    shown(length),
                    at_most(OF_TEXT)
                );
                texts.push(Diagnostic::new(Code::TooLarge, node.place.clone(), message).help(SHORTER));
            }
            all = all.saturating_add(length);
        });
        all
    };
    let outputs = root.get("outputs").map_or(0, |entry| of_node(&entry.value));
    let rosters = root.get("rosters").map_or(0, |entry| of_node(&entry.value));
    let handout = root.get("handout").map_or(0, |entry| of_node(&entry.value));
    // Each resource has them.
    let tags = root.get("tags").map_or(0, |entry| of_node(&entry.value));
    let resources = root.get("resources").map(|entry| entry.value.entries()).unwrap_or_default();
    let sizes: Vec<(&Entry, usize)> = resources.iter().map(|entry| (entry, of_node(&entry.value))).collect();
    if !texts.is_empty() {
        return texts;
    }
    let too_large = sizes.iter().filter(|(_, size)| size.saturating_add(tags) > OF_RESOURCE).take(ENOUGH);
    let diagnostics: Vec<_> = too_large
        .map(|(entry, size)| {
            let (key, size) = (&entry.key, shown(size.saturating_add(tags)));
            let message =
                format!("`{key}` has {size} of text once its references are replaced, {}", at_most(OF_RESOURCE));
            Diagnostic::new(Code::TooLarge, entry.key_place.clone(), message).help(SHORTER)
        })
        .collect();
    if !diagnostics.is_empty() {
        return diagnostics;
    }
    let all = sizes
        .iter()
        .map(|(_, size)| size.saturating_add(tags))
        .fold(outputs.saturating_add(rosters).saturating_add(handout), usize::saturating_add);
    if all <= OF_STACK {
        return Vec::new();
    }
    let place = root.get("resources").map_or(start, |entry| &entry.key_place).clone();
    let with = if tags > 0 { ", and with its tags on each resource," } else { "" };
    let message =
        format!("once its references are replaced{with} this stack has {} of text, {}", shown(all), at_most(OF_STACK));
    vec![Diagnostic::new(Code::TooLarge, place, message).help(SMALLER)]
}

#[cfg(test)]
mod tests {
    use crate::explain::Code;
    use crate::stack::Diagnostics;
    use crate::testing::try_stack;

    /// A variable of `length` letters, and the rest of a stack.
    fn with_variable(length: usize, rest: &str) -> Option<Diagnostics> {
        try_stack(&format!("vars: {{ a: \"{}\" }}\n{rest}", "y".repeat(length))).err()
    }

    fn assert_too_large(found: Option<Diagnostics>, place: &str, said: &str) {
        let diagnostics = found.unwrap_or_else(|| panic!("nothing is too large: {said}"));
        let diagnostic = &diagnostics.list[0];
        assert_eq!((diagnostic.code, diagnostics.list.len()), (Code::TooLarge, 1), "{diagnostic:?}");
        assert!(
            diagnostics.source.as_deref().unwrap_or_default()[diagnostic.range()].starts_with(place),
            "{diagnostic:?}"
        );
        assert!(diagnostic.message.contains(said) && diagnostic.help.is_some(), "{}", diagnostic.message);
    }

    #[test]
    fn a_text_of_gigabytes_is_refused_before_it_is_made() {
        let content = "${var.a}".repeat(60_000);
        let object = format!("resources: {{ t: {{ type: s3.object, bucket: bbb, key: k, content: \"{content}\" }} }}");
        assert_too_large(
            with_variable(450_000, &object),
            "\"${var.a}",
            "this string has 25.2 GiB, and the limit is 1 MiB",
        );
        let tag = format!("tags: {{ x: \"{content}\" }}\nresources: {{ t: {{ type: sns.topic }} }}");
        assert_too_large(with_variable(450_000, &tag), "\"${var.a}", "this string has 25.2 GiB");
        let output = format!("resources: {{}}\noutputs: {{ o: \"{content}\" }}");
        assert_too_large(with_variable(450_000, &output), "\"${var.a}", "this string has 25.2 GiB");
    }

    #[test]
    fn many_texts_of_one_resource_and_many_resources_are_added_up() {
        let list = "{protocol: email, endpoint: \"${var.a}\"},".repeat(30);
        let topic = format!("resources: {{ t: {{ type: sns.topic, subscriptions: [{list}] }} }}");
        assert_too_large(with_variable(200_000, &topic), "t", "`t` has 5.8 MiB of text");
        let all: String = (0..40)
            .map(|n| format!("  t{n}: {{type: s3.object, bucket: bbb, key: k{n}, content: \"${{var.a}}\"}}\n"))
            .collect();
        assert_too_large(with_variable(1_000_000, &format!("resources:\n{all}")), "resources", "38.2 MiB of text");
        let outputs: String = (0..40).map(|n| format!("  o{n}: \"${{var.a}}\"\n")).collect();
        let outputs = format!("resources: {{}}\noutputs:\n{outputs}");
        assert_too_large(with_variable(1_000_000, &outputs), "resources", "38.2 MiB of text");
    }

    #[test]
    fn the_tags_of_the_stack_count_for_each_resource() {
        let tags: Vec<_> = (0..30).map(|n| format!("k{n}: \"${{var.a}}\"")).collect();
        let resources: String = (0..6000).map(|n| format!("  t{n}: {{type: sns.topic}}\n")).collect();
        let stack = format!("tags: {{{}}}\nresources:\n{resources}", tags.join(", "));
        assert_too_large(
            with_variable(250, &stack),
            "resources",
            "and with its tags on each resource, this stack has 43",
        );
    }

    #[test]
    fn what_is_large_and_possible_is_taken() {
        let object = "resources: { t: { type: s3.object, bucket: bbb, key: k, content: \"${var.a}${var.a}\" } }";
        assert_eq!(with_variable(1 << 19, object), None);
        let instances: String = (0..300)
            .map(|n| format!("  t{n}: {{type: ec2.instance, image: al2023, instance_type: t3.micro, user_data: \"${{var.a}}\"}}\n"))
            .collect();
        assert_eq!(with_variable(12_000, &format!("resources:\n{instances}")), None);
    }

    #[test]
    fn too_many_values_are_refused_however_they_come_about() {
        let zeros = "0,".repeat(300_000);
        let list = format!("resources: {{ t: {{ type: sns.topic, subscriptions: [{zeros}] }} }}");
        assert_too_large(with_variable(1, &list), "[0,0", "this has 300001 values, and at most 200000 are");
        let alias = "*a, ".repeat(400);
        let aliases = format!(
            "resources: {{ t: {{ type: sns.topic, subscriptions: &a [{}] }} }}\noutputs: {{ o: [{alias}] }}",
            "0,".repeat(1000)
        );
        assert_too_large(with_variable(1, &aliases), "[*a", "this has 400401 values with its aliases replaced");
    }
}

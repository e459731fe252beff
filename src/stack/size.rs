//! Whether a stack with its references replaced is too large, said before any of them is.

use std::ops::Range;

use crate::explain::Code;
use crate::model::size::{OF_RESOURCE, OF_STACK, OF_TEXT, at_most, resolved, shown};

use super::node::{Entry, Node};
use super::problem::{ENOUGH, Problem};

const SHORTER: &str = "refer to the variable fewer times, or put the text into a file beside the stack";
const SMALLER: &str = "shorten what many resources refer to, or make two stacks of it";

/// The problems of what is too large: texts, else resources, else all of it. `length_of` is how long the value of a
/// reference is.
pub fn check(root: &Node, start: &Range<usize>, length_of: impl Fn(&str) -> Option<usize>) -> Vec<Problem> {
    let mut texts = Vec::new();
    let mut of_node = |node: &Node| {
        let mut all: usize = 0;
        node.each_text(&mut |node, text| {
            let length = resolved(text, &length_of);
            if length > OF_TEXT && texts.len() < ENOUGH {
                let message =
                    format!("with its references replaced this text has {}, {}", shown(length), at_most(OF_TEXT));
                texts.push(Problem::new(Code::TooLarge, node.place.clone(), message, SHORTER));
            }
            all = all.saturating_add(length);
        });
        all
    };
    let outputs = root.get("outputs").map_or(0, |entry| of_node(&entry.value));
    // Each resource has them.
    let tags = root.get("tags").map_or(0, |entry| of_node(&entry.value));
    let resources = root.get("resources").map(|entry| entry.value.entries()).unwrap_or_default();
    let sizes: Vec<(&Entry, usize)> = resources.iter().map(|entry| (entry, of_node(&entry.value))).collect();
    if !texts.is_empty() {
        return texts;
    }
    let too_large = sizes.iter().filter(|(_, size)| size.saturating_add(tags) > OF_RESOURCE).take(ENOUGH);
    let problems: Vec<_> = too_large
        .map(|(entry, size)| {
            let (key, size) = (&entry.key, shown(size.saturating_add(tags)));
            let message = format!("`{key}` has {size} of text with its references replaced, {}", at_most(OF_RESOURCE));
            Problem::new(Code::TooLarge, entry.key_place.clone(), message, SHORTER)
        })
        .collect();
    if !problems.is_empty() {
        return problems;
    }
    let all = sizes.iter().map(|(_, size)| size.saturating_add(tags)).fold(outputs, usize::saturating_add);
    if all <= OF_STACK {
        return Vec::new();
    }
    let place = root.get("resources").map_or(start, |entry| &entry.key_place).clone();
    let with = if tags > 0 { ", and its tags with each resource," } else { "" };
    let message =
        format!("with its references replaced{with} this stack has {} of text, {}", shown(all), at_most(OF_STACK));
    vec![Problem::new(Code::TooLarge, place, message, SMALLER)]
}

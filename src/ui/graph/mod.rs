//! What depends on what: a picture, or text for programs that draw one.
//!
//! Everywhere an arrow leads from what must be there first to what needs it, that is, in the order of an apply.

mod layout;
mod reduced;
mod svg;
#[cfg(test)]
mod tests;
mod text;

use std::collections::{BTreeSet, HashMap};

use clap::ValueEnum;

use crate::resource::Address;
use crate::stack::Stack;
use crate::stack::graph::Graph;

use super::redact::Redactor;
use super::terminal::clean;

pub use reduced::Arrows;
pub use svg::{STYLE, drawing, file};
pub use text::{dot, mermaid};

/// How a graph is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum GraphFormat {
    /// For Markdown and notebooks.
    #[default]
    Mermaid,
    /// For Graphviz.
    Dot,
    /// A picture for any browser.
    Svg,
}

/// Resources and what leads from one to the other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Picture {
    /// What the whole is called.
    pub title: String,
    /// The resources.
    pub nodes: Vec<Node>,
    /// From what must be there first to what needs it; positions in `nodes`. Not all may be drawn: [`Self::arrows`].
    pub edges: Vec<(usize, usize)>,
}

/// One resource.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Node {
    /// Its address.
    pub label: String,
    /// Its kind.
    pub kind: String,
    /// What is done with it, where a plan says so.
    pub fate: Option<Fate>,
    /// How many copies it stands for; 0: it is a resource, or a single copy.
    pub copies: usize,
}

impl Node {
    /// The second line in its box: `s3.bucket`, or `s3.bucket, 25 copies`.
    pub fn about(&self) -> String {
        match self.copies {
            0 => self.kind.clone(),
            copies => format!("{}, {copies} copies", self.kind),
        }
    }
}

/// What a plan does with a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fate {
    /// `+`, `~` and so on; empty if nothing is done.
    pub symbol: &'static str,
    /// The word for it.
    pub word: &'static str,
    /// The class of the colours.
    pub class: &'static str,
    /// Where on the same page more is said, for example `#change-3`.
    pub link: String,
}

impl Picture {
    /// The graph of a stack, in the order of the file, with one box for all copies of a resource.
    pub fn of_stack(stack: &Stack, redactor: &Redactor) -> Self {
        Self::of_each(stack, redactor)
            .together(&stack.resources.iter().map(|one| of_copies(&one.address)).collect::<Vec<_>>())
    }

    /// The same with a box for each copy, for programs.
    pub fn of_each(stack: &Stack, redactor: &Redactor) -> Self {
        let shown = |text: &str| clean(&redactor.text(text));
        let nodes = stack.resources.iter().map(|declared| {
            let (label, kind) = (shown(&declared.address.to_string()), declared.kind.name().to_owned());
            Node { label, kind, fate: None, copies: 0 }
        });
        let graph = Graph::new(&stack.resources);
        let addresses: Vec<_> = stack.resources.iter().map(|declared| Some(&declared.address)).collect();
        Self { title: shown(&stack.name), nodes: nodes.collect(), edges: graph.edges_between(&addresses) }
    }

    /// The same with one box for all nodes of a group, which is named so; those without one stand for themselves. A box stands
    /// where the first of its group does.
    pub fn together(self, groups: &[Option<(String, usize)>]) -> Self {
        let mut places: HashMap<&(String, usize), usize> = HashMap::new();
        let (mut nodes, mut place_of): (Vec<Node>, Vec<usize>) = (Vec::new(), Vec::new());
        for (node, group) in self.nodes.into_iter().zip(groups) {
            let next = nodes.len();
            let place = group.as_ref().map_or(next, |group| *places.entry(group).or_insert(next));
            match (nodes.get_mut(place), group) {
                // With the second it becomes a group.
                (Some(first), Some((name, _))) => (first.label, first.copies) = (name.clone(), first.copies.max(1) + 1),
                _ => nodes.push(node),
            }
            place_of.push(place);
        }
        let moved =
            self.edges.iter().map(|(from, to)| (place_of[*from], place_of[*to])).filter(|(from, to)| from != to);
        let edges: BTreeSet<_> = moved.collect();
        Self { title: self.title, nodes, edges: edges.into_iter().collect() }
    }

    /// The graph in one of its formats, as the whole of a file.
    pub fn text(&self, format: GraphFormat) -> String {
        match format {
            GraphFormat::Mermaid => mermaid(self),
            GraphFormat::Dot => dot(self),
            GraphFormat::Svg => file(self),
        }
    }
}

/// The group of a copy: that of its resource.
fn of_copies(address: &Address) -> Option<(String, usize)> {
    address.key.as_ref().map(|_| (address.name.clone(), 0))
}

//! What depends on what: a picture, or text for programs that draw one.
//!
//! Everywhere an arrow leads from what must be there first to what needs it, that is, in the order of an apply.

mod layout;
mod reduced;
mod svg;
#[cfg(test)]
mod tests;
mod text;

use clap::ValueEnum;

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
    /// The graph of a stack, in the order of the file.
    pub fn of_stack(stack: &Stack, redactor: &Redactor) -> Self {
        let shown = |text: &str| clean(&redactor.text(text));
        let nodes = stack.resources.iter().map(|declared| {
            let (label, kind) = (shown(&declared.address.to_string()), declared.kind.name().to_owned());
            Node { label, kind, fate: None }
        });
        let graph = Graph::new(&stack.resources);
        let addresses: Vec<_> = stack.resources.iter().map(|declared| Some(&declared.address)).collect();
        Self { title: shown(&stack.name), nodes: nodes.collect(), edges: graph.edges_between(&addresses) }
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

//! `graph --json`: what depends on what.

use schemars::JsonSchema;
use serde::Serialize;

use crate::ui::graph::Picture;

use super::FormatVersion;

/// The resources of a stack file, and what each needs.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "cloud101 graph --json")]
pub struct GraphDocument {
    /// The version of this format.
    pub format_version: FormatVersion,
    /// The stack's name.
    pub stack: String,
    /// The resources, in the order of the file.
    pub resources: Vec<GraphNode>,
}

/// One resource.
#[derive(Debug, Serialize, JsonSchema)]
pub struct GraphNode {
    /// Its address in the stack.
    pub address: String,
    /// Its kind, for example `s3.bucket`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The addresses of what must be there first.
    pub depends_on: Vec<String>,
}

impl GraphDocument {
    /// The document of a picture.
    pub fn of(picture: &Picture) -> Self {
        let Picture { title, nodes, edges } = picture;
        let mut needs = vec![Vec::new(); nodes.len()];
        for (from, to) in edges {
            needs[*to].push(nodes[*from].label.clone());
        }
        let node = |(node, depends_on): (&crate::ui::graph::Node, Vec<String>)| GraphNode {
            address: node.label.clone(),
            kind: node.kind.clone(),
            depends_on,
        };
        Self {
            format_version: FormatVersion,
            stack: title.clone(),
            resources: nodes.iter().zip(needs).map(node).collect(),
        }
    }
}

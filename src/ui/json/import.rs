//! `import --json`: a stack file for what is live.

use schemars::JsonSchema;
use serde::Serialize;

use crate::import::{Imported, LeftOut};

use super::FormatVersion;

/// A stack file that describes live resources, or where it was written.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "cloud101 import --json")]
pub struct ImportDocument {
    /// The version of this format.
    pub format_version: FormatVersion,
    /// The stack file's text; left out with `--out`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub yaml: Option<String>,
    /// The files that were written, the stack file first; left out without `--out`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub files: Option<Vec<String>>,
    /// The files that the stack file names and that were not written: without `--out` all, with it those too large.
    pub missing_files: Vec<String>,
    /// What the stack file describes.
    pub resources: Vec<ImportedResource>,
    /// What no stack can say, and is only a comment in the file; left out if all is said.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<LeftOutDocument>,
}

/// What no stack can say.
#[derive(Debug, Serialize, JsonSchema)]
pub struct LeftOutDocument {
    /// The resource's place in the stack.
    pub address: String,
    /// The property; left out if it is the whole resource.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub property: Option<String>,
    /// Why.
    pub reason: String,
}

/// A resource that the stack file describes.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ImportedResource {
    /// Its address in the stack.
    pub address: String,
    /// Its kind, for example `s3.bucket`.
    #[serde(rename = "type")]
    pub kind: String,
    /// AWS's id.
    pub id: String,
}

impl ImportDocument {
    /// The document of a stack file that is shown; `missing` are the files it names.
    pub fn shown(imported: &Imported, missing: Vec<String>) -> Self {
        Self { yaml: Some(imported.yaml.clone()), ..Self::of(imported, missing) }
    }

    /// The document of a stack file that was written, with other `files`; `missing` are those too large.
    pub fn written(imported: &Imported, files: Vec<String>, missing: Vec<String>) -> Self {
        Self { files: Some(files), ..Self::of(imported, missing) }
    }

    fn of(imported: &Imported, missing_files: Vec<String>) -> Self {
        let resource = |(address, kind, id): &(String, String, String)| ImportedResource {
            address: address.clone(),
            kind: kind.clone(),
            id: id.clone(),
        };
        let resources = imported.resources.iter().map(resource).collect();
        let left_out = |one: &LeftOut| LeftOutDocument {
            address: one.address.clone(),
            property: one.property.clone(),
            reason: one.why.clone(),
        };
        let left_out = imported.left_out.iter().map(left_out).collect();
        Self { format_version: FormatVersion, yaml: None, files: None, missing_files, resources, left_out }
    }
}

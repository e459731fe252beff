//! What an apply uploads from this computer, for people to look at before it does.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// So many files are kept to be listed. A function may have tens of thousands, and a plan many functions.
const LISTED: usize = 1000;

/// What an apply uploads for one resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upload {
    /// The property that names it.
    pub property: Cow<'static, str>,
    /// How many files it is.
    pub count: usize,
    /// Their size in bytes; that of an archive is its own.
    pub bytes: u64,
    /// The first of the files, in the order in which they are uploaded; none if the property names the one file itself.
    pub files: Vec<UploadedFile>,
}

/// One file of many.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadedFile {
    /// Its name, with forward slashes, from what the property names down.
    pub name: String,
    /// Its size in bytes, before any compression.
    pub bytes: u64,
}

impl Upload {
    /// All of `files`, of which the first are kept.
    pub fn of_files(property: &'static str, bytes: u64, mut files: Vec<UploadedFile>) -> Self {
        let count = files.len();
        files.truncate(LISTED);
        Self { property: property.into(), count, bytes, files }
    }

    /// The one file that the property names.
    pub fn of_one(property: &'static str, bytes: u64) -> Self {
        Self { property: property.into(), count: 1, bytes, files: Vec::new() }
    }
}

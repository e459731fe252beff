//! What is uploaded from this computer for one resource.

use schemars::JsonSchema;
use serde::Serialize;

use crate::resource::Upload;

/// What is uploaded from this computer.
#[derive(Debug, Serialize, JsonSchema)]
pub struct UploadDocument {
    /// The property that names it: `code`.
    pub property: String,
    /// How many files it is.
    pub count: usize,
    /// Their size in bytes; that of an archive is its own.
    pub bytes: u64,
    /// The first of the files, in the order in which they are uploaded; none if the property names the one file itself,
    /// or if its path is secret.
    pub files: Vec<FileDocument>,
}

/// One file.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FileDocument {
    /// Its name, from what the property names down.
    pub name: String,
    /// Its size in bytes, before any compression.
    pub bytes: u64,
}

impl UploadDocument {
    /// The document of what a step uploads.
    pub fn of(upload: &Upload) -> Self {
        let files = upload.files.iter().map(|file| FileDocument { name: file.name.clone(), bytes: file.bytes });
        Self { property: upload.property.to_string(), count: upload.count, bytes: upload.bytes, files: files.collect() }
    }
}

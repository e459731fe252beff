//! The properties of `s3.object`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Those that a general purpose bucket takes (API: PutObject, x-amz-storage-class).
pub const STORAGE_CLASSES: [&str; 8] = [
    "STANDARD",
    "STANDARD_IA",
    "ONEZONE_IA",
    "INTELLIGENT_TIERING",
    "GLACIER_IR",
    "GLACIER",
    "DEEP_ARCHIVE",
    "REDUCED_REDUNDANCY",
];

/// The properties of `s3.object`. One of `source` and `content` says what is in it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// The name of the bucket, usually `${bucket.name}`.
    #[schemars(extend("x-replace" = true, "examples" = ["${archive.name}"]))]
    pub bucket: String,
    /// The object's name in the bucket; slashes make folders: `week1/data.csv`.
    #[schemars(extend("x-replace" = true, "examples" = ["week2/notes.txt"]))]
    pub key: String,
    /// The file with the content, in the stack file's folder (`--allow-outside` allows others) and relative to
    /// it; at most 5 GiB. A credential, a private key or a `.env` file is refused, unless `--allow-file` names it. Use
    /// either this or `content`.
    #[schemars(extend("x-local" = true, "examples" = ["hello/index.py"]))]
    pub source: Option<String>,
    /// The content itself, as text. Use either this or `source`.
    #[schemars(extend("x-local" = true, "x-text" = true, "examples" = ["Bring a pencil.\n"]))]
    pub content: Option<String>,
    /// The SHA-256 of the content, in hexadecimal.
    #[schemars(extend("readOnly" = true))]
    pub content_sha256: Option<String>,
    /// The media type. Default: guessed from the key's ending, or `application/octet-stream`.
    #[schemars(extend("examples" = ["text/markdown"]))]
    pub content_type: Option<String>,
    /// How long browsers and caches may keep it (HTTP header Cache-Control). AWS's default: none.
    #[schemars(extend("examples" = ["max-age=3600"]))]
    pub cache_control: Option<String>,
    /// Metadata of the object: lowercase names and ASCII values, together at most 2 KB.
    #[schemars(extend("x-default" = {}, "examples" = [{ "course": "cloud101" }]))]
    pub metadata: Option<BTreeMap<String, String>>,
    /// The storage class, which determines the cost of storing and reading it: `STANDARD`, `STANDARD_IA`, `ONEZONE_IA`,
    /// `INTELLIGENT_TIERING`, `GLACIER_IR`, `GLACIER`, `DEEP_ARCHIVE` or `REDUCED_REDUNDANCY`. Those of other services
    /// in the bucket, such as `FSX_ONTAP`, are kept and can't be set.
    #[schemars(extend("x-default" = "STANDARD", "examples" = ["INTELLIGENT_TIERING"]))]
    pub storage_class: Option<String>,
}

//! The properties of `lambda.layer`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::resource::lambda::function::{Architecture, CodeInS3};

/// The properties of `lambda.layer`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// The contents of the layer: a folder, a single file or a .zip, packed like a function's `code`, with the same
    /// limits. Lambda unpacks it into `/opt`, where Python looks for libraries below `python/`, Node.js below
    /// `nodejs/node_modules/`, Ruby below `ruby/gems/` and Java in `java/lib/`: the folder must contain that path.
    #[schemars(extend("x-local" = true, "examples" = ["other_layer"]))]
    pub code: Option<String>,
    /// The SHA-256 of the packed code, in base64, as AWS shows it (CodeSha256).
    #[schemars(extend("readOnly" = true))]
    pub code_sha256: Option<String>,
    /// The code in place of `code`: a .zip in a bucket of the layer's region, for packages of 50 MiB and more. A plan
    /// detects a new `key` or `version`, but not a new object under the same key. An apply needs `s3:GetObject` on it.
    #[schemars(extend("examples" = [{"bucket": "example-bucket", "key": "large.zip"}]))]
    pub code_s3: Option<CodeInS3>,
    /// What the layer is for. AWS allows 256 characters, of which cloud101's ownership mark needs about 50, more with
    /// long names; for a description that is too long, `validate` shows how many are left.
    #[schemars(extend("x-default" = "", "examples" = ["Greetings for every function"]))]
    pub description: Option<String>,
    /// The runtimes that the layer is made for, at most 15. They are for display and search; AWS allows any function to
    /// use it.
    #[schemars(extend("x-set" = true, "x-default" = [], "examples" = [["python3.13", "python3.12"]]))]
    pub compatible_runtimes: Option<Vec<String>>,
    /// The processors that the layer is made for, shown in the same way.
    #[schemars(extend("x-set" = true, "x-default" = [], "examples" = [["x86_64", "arm64"]]))]
    pub compatible_architectures: Option<Vec<Architecture>>,
    /// The license of the contents: an SPDX identifier, an address or the text, at most 512 characters.
    #[schemars(extend("x-default" = "", "examples" = ["MIT"]))]
    pub license: Option<String>,
}

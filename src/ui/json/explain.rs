//! `explain --json`: what a code means.

use schemars::JsonSchema;
use serde::Serialize;

use crate::aws::codes::KnownCode;
use crate::explain::Code;
use crate::ui::explain::Explained;

use super::FormatVersion;

/// All codes, or what one means.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "cloud101 explain --json")]
#[serde(untagged)]
pub enum ExplainDocument {
    /// All of cloud101's codes.
    All {
        /// The version of this format.
        format_version: FormatVersion,
        /// The codes.
        codes: Vec<CodeTitle>,
    },
    /// A cloud101 code, or an AWS code with its kind of error.
    One(Box<CodeDocument>),
}

/// A code by its title.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CodeTitle {
    /// For example `C101-0203`.
    pub code: String,
    /// A few words.
    pub title: String,
}

/// What a code means.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CodeDocument {
    /// The version of this format.
    pub format_version: FormatVersion,
    /// For example `C101-0203`.
    pub code: String,
    /// A few words.
    pub title: String,
    /// The page, as Markdown.
    pub text: String,
    /// A stack in which it is wrong, for a mistake in a stack file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wrong: Option<String>,
    /// The same put right.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub right: Option<String>,
    /// What to type, for what is not in a stack file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub what_to_do: Option<String>,
    /// AWS's code, if that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aws: Option<AwsCode>,
}

/// One of AWS's codes.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AwsCode {
    /// For example `AccessDenied`.
    pub code: &'static str,
    /// The services that mean this by it; empty: all.
    pub services: &'static [&'static str],
    /// What it means.
    pub cause: &'static str,
    /// What to do about this code in particular.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<&'static str>,
}

impl ExplainDocument {
    /// The document of what is explained.
    pub fn of(explained: Explained) -> Self {
        let title = |code: &Code| CodeTitle { code: code.to_string(), title: code.page().title.to_owned() };
        match explained {
            Explained::All => Self::All { format_version: FormatVersion, codes: Code::ALL.iter().map(title).collect() },
            Explained::Code(code) => Self::One(Box::new(CodeDocument::of(code, None))),
            Explained::Aws(known) => Self::One(Box::new(CodeDocument::of(known.kind.explained(), Some(known)))),
        }
    }
}

impl CodeDocument {
    fn of(code: Code, aws: Option<&KnownCode>) -> Self {
        let page = code.page();
        Self {
            format_version: FormatVersion,
            code: code.to_string(),
            title: page.title.to_owned(),
            text: page.body.to_owned(),
            wrong: page.wrong().map(str::to_owned),
            right: page.right().map(str::to_owned),
            what_to_do: page.block("What to do").map(str::to_owned),
            aws: aws.map(|known| AwsCode {
                code: known.code,
                services: known.services,
                cause: known.cause,
                next: Some(known.next).filter(|next| !next.is_empty()),
            }),
        }
    }
}

//! Which web pages may read a bucket from a browser (API: PutBucketCors).

use aws_sdk_s3::types;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::aws::Result;
use crate::explain::Code;
use crate::resource::s3::{built, known};
use crate::resource::{Diagnostic, is_unknown};

const METHODS: [&str; 5] = ["GET", "PUT", "POST", "DELETE", "HEAD"];

/// One rule.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CorsRule {
    /// A name for the rule.
    pub id: Option<String>,
    /// Origins such as `https://www.example.edu`; `*` matches any characters, once in each.
    pub allowed_origins: Vec<String>,
    /// `GET`, `PUT`, `POST`, `DELETE`, `HEAD`.
    pub allowed_methods: Vec<String>,
    /// Headers that a request may have; `*` matches any characters, once in each. AWS's default: none.
    pub allowed_headers: Option<Vec<String>>,
    /// Headers of the response that a page's script can read. AWS's default: none.
    pub expose_headers: Option<Vec<String>>,
    /// For how many seconds a browser may cache the response. AWS's default: the browser's own.
    pub max_age_seconds: Option<i32>,
}

impl CorsRule {
    /// With the lists spelled out, and in one order, because theirs means nothing.
    pub fn canonical(mut self) -> Self {
        let headers = [self.allowed_headers.get_or_insert_default(), self.expose_headers.get_or_insert_default()];
        for list in headers.into_iter().chain([&mut self.allowed_origins, &mut self.allowed_methods]) {
            list.sort();
            list.dedup();
        }
        self
    }

    /// What is wrong with it; `path` is where it stands.
    pub fn check(&self, path: &str) -> Vec<Diagnostic> {
        let mut diagnostics: Vec<_> = self
            .allowed_methods
            .iter()
            .enumerate()
            .filter_map(|(n, method)| known::check(format!("{path}.allowed_methods.{n}"), method, &METHODS))
            .collect();
        for (name, list) in [("allowed_origins", &self.allowed_origins), ("allowed_methods", &self.allowed_methods)] {
            if list.is_empty() {
                diagnostics.push(Diagnostic::new(
                    Code::Incomplete,
                    format!("{path}.{name}"),
                    format!("`{name}` is an empty list"),
                ));
            }
        }
        // S3 takes one wildcard in an origin or a header that is asked for, and none in one that is shown.
        let lists = [
            ("allowed_origins", Some(&self.allowed_origins), 1),
            ("allowed_headers", self.allowed_headers.as_ref(), 1),
            ("expose_headers", self.expose_headers.as_ref(), 0),
        ];
        for (name, list, most) in lists {
            for (n, text) in list.into_iter().flatten().enumerate() {
                if is_unknown(text) || text.matches('*').count() <= most {
                    continue;
                }
                let (message, hint) = match most {
                    0 => {
                        ("can't contain `*`: AWS requires each header by name", "write the headers out, such as `ETag`")
                    }
                    _ => ("can have only one `*`", "write an entry for each, or a single `*` for all"),
                };
                let diagnostic =
                    Diagnostic::new(Code::Wildcard, format!("{path}.{name}.{n}"), format!("`{name}` {message}"));
                diagnostics.push(diagnostic.help(hint));
            }
        }
        if self.id.as_ref().is_some_and(|id| id.chars().count() > 255) {
            let diagnostic =
                Diagnostic::new(Code::AwsName, format!("{path}.id"), "a rule's id has at most 255 characters");
            diagnostics.push(diagnostic.help("choose a short word, or remove it"));
        }
        diagnostics
    }

    /// From the SDK's form.
    pub fn from_sdk(rule: types::CorsRule) -> Self {
        Self {
            id: rule.id,
            allowed_origins: rule.allowed_origins,
            allowed_methods: rule.allowed_methods,
            allowed_headers: rule.allowed_headers,
            expose_headers: rule.expose_headers,
            max_age_seconds: rule.max_age_seconds,
        }
        .canonical()
    }

    /// In the SDK's form.
    pub fn to_sdk(&self) -> Result<types::CorsRule> {
        let some = |list: &Option<Vec<String>>| list.clone().filter(|list| !list.is_empty());
        built(
            types::CorsRule::builder()
                .set_id(self.id.clone())
                .set_allowed_origins(Some(self.allowed_origins.clone()))
                .set_allowed_methods(Some(self.allowed_methods.clone()))
                .set_allowed_headers(some(&self.allowed_headers))
                .set_expose_headers(some(&self.expose_headers))
                .set_max_age_seconds(self.max_age_seconds)
                .build(),
        )
    }
}

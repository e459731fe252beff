//! What all pages have: one file that loads nothing, for light and dark.

use base64::prelude::{BASE64_STANDARD, Engine};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

/// The colours, the letters and the head of a page.
pub const BASE: &str = include_str!("base.css");

/// A page around its body.
pub struct Document<'a> {
    /// What a browser's tab says.
    pub title: &'a str,
    /// What made it.
    pub generator: &'a str,
    /// Its one style sheet, whose digest its policy names.
    pub style: &'a str,
}

impl Document<'_> {
    /// The page.
    pub fn with(&self, body: &Markup) -> Markup {
        let digest = BASE64_STANDARD.encode(Sha256::digest(self.style));
        let policy = format!("default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'");
        html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="generator" content=(self.generator);
                    meta http-equiv="Content-Security-Policy" content=(policy);
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    meta name="referrer" content="no-referrer";
                    title { (self.title) }
                    style { (PreEscaped(self.style)) }
                }
                body { (body) }
            }
            "\n"
        }
    }
}

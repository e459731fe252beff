//! What is probably a mistake in the stack file, on the page.

use maud::{Markup, html};

use crate::stack::{Diagnostic, Diagnostics};
use crate::ui::redact::Redactor;
use crate::ui::terminal::clean;

/// All of them, each with its place and what to type instead.
pub fn section(warnings: &Diagnostics, redactor: &Redactor) -> Markup {
    let shown = |text: &str| clean(&redactor.text(text));
    html! {
        section class="warned" aria-labelledby="warnings" {
            h2 id="warnings" tabindex="-1" { "Warnings" }
            @for warning in &warnings.list { (one(warnings, warning, &shown)) }
            @if warnings.more > 0 { p class="soft" { "And at least " (warnings.more) " more." } }
            p class="legend" {
                "Each is probably a mistake in the stack file, unless AWS has added it since this version of cloud101. "
                "With " code { "--strict" } " it is an error, and nothing is done."
            }
        }
    }
}

fn one(warnings: &Diagnostics, warning: &Diagnostic, shown: &impl Fn(&str) -> String) -> Markup {
    let place = warnings.position(warning).map(|(start, _)| format!(":{}:{}", start.line, start.column));
    html! {
        article {
            p class="what" {
                span class="id" { (warning.code) } " "
                span class="path" { (shown(warnings.file_of(warning))) (place.unwrap_or_default()) }
            }
            p class="because" { strong { (shown(&warning.message)) } }
            @if let Some(help) = &warning.help { p class="because" { "Help: " (shown(help)) } }
        }
    }
}

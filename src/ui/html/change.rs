//! What happens to one resource, on the page.

use maud::{Markup, html};

use crate::ui::change::{Form, Line, Sign};
use crate::ui::keyless::people;
use crate::ui::plan::{Row, Shown};

use super::class;

/// A longer value or difference is folded up.
const LONG: usize = 30;

/// One resource, or copies of one.
pub fn block(Shown { block, keys, .. }: &Shown) -> Markup {
    let (symbol, verb) = block.verb;
    html! {
        article id={ "change-" (block.step) } class={ "step " (class(block.group)) } tabindex="-1"
            aria-label={ (verb) " " (block.address) } {
            h4 {
                span class="symbol" aria-hidden="true" { (symbol) }
                span class="verb" { (verb) } " "
                span class="address" { (block.address) }
            }
            p class="what" {
                span class="kind" { (block.kind) } " "
                span class="name" { (block.name) }
                @if let Some(id) = &block.id { " " span class="id" { (id) } }
            }
            @if !keys.is_empty() { p class="because" { (keys.len()) " copies: " (people(keys)) } }
            @if let Some(why) = &block.why { p class="because" { (why) } }
            @for warning in &block.warnings { p class="warning" { strong { "Warning: " } (warning) } }
            @if !block.rows.is_empty() { dl class="rows" { @for one in &block.rows { (row(one)) } } }
            @for (file, lines) in &block.texts { div class="file" { p class="path" { (file) } (text(file, lines)) } }
        }
    }
}

fn row(row: &Row) -> Markup {
    let Row { name, form, why } = row;
    let why = html! { @if !why.is_empty() { " " span class="why" { (why) } } };
    html! {
        @match form {
            Form::Beside(value) => div class="row" { dt { (name) } dd { code { (value) } (why) } },
            Form::FromTo(before, after) => div class="row" {
                dt { (name) }
                dd {
                    code class="before" { (before) } " " span class="arrow" role="img" aria-label="becomes" { "→" } " "
                    code class="after" { (after) } (why)
                }
            },
            Form::Open(lines) | Form::Below(lines) => div class="row tall" {
                dt { (name) (why) }
                dd { (text(name, lines)) }
            },
        }
    }
}

/// Lines, folded up if there are many.
fn text(name: &str, lines: &[Line]) -> Markup {
    let count = |sign| lines.iter().filter(|line| line.sign == sign).count();
    let (come, go) = (count(Sign::Add), count(Sign::Remove));
    let pre = html! {
        pre role="region" tabindex="0" aria-label={ (name) ", line by line" } {
            @for line in lines { span class=(sign(line.sign)) { (line.plain()) "\n" } }
        }
    };
    html! {
        @if lines.len() > LONG {
            details {
                summary {
                    (lines.len()) " lines"
                    @if come + go > 0 { ", " span class="plus" { "+" (come) } " " span class="minus" { "−" (go) } }
                }
                (pre)
            }
        } @else {
            (pre)
        }
    }
}

fn sign(sign: Sign) -> &'static str {
    match sign {
        Sign::Add => "line add",
        Sign::Remove => "line remove",
        Sign::Change => "line edit",
        Sign::Same | Sign::Plain => "line",
        Sign::Aside => "line aside",
    }
}

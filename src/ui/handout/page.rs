//! Cards on a page for a browser, to print: two next to each other, none cut by the end of a sheet.

use maud::{Markup, html};

use crate::resource::Place;

use super::super::html::document::{BASE, Document};
use super::{Written, qr};

/// What browsers open. Anything else, such as `javascript:`, stays text.
const OPENED: [&str; 2] = ["https://", "http://"];

/// How many cards are next to each other.
const COLUMNS: usize = 2;

/// The page. It shows no place but the sandbox: a card is for someone who has no use for the account's number.
pub fn page(cards: &[Written], place: &Place, sandbox: bool) -> String {
    let body = html! {
        header {
            p class="eyebrow" { "cloud101 · Hand-out" }
            h1 { (place.stack) }
            @if sandbox { ul class="place" { li class="sandbox" { "sandbox" } } }
            p class="summary" { (cards.len()) @if cards.len() == 1 { " card" } @else { " cards" } }
            p class="soft" { "Printed, these are two columns of cards on A4 or Letter. Cut along the dashed lines." }
        }
        main {
            @for row in cards.chunks(COLUMNS) {
                div class="row" { @for card in row { (one(card)) } }
            }
        }
    };
    let document = Document {
        title: &format!("Hand-out: {}", place.stack),
        // Not as the page of a plan begins, which `plan --html` writes over.
        generator: concat!("handout of cloud101 ", env!("CARGO_PKG_VERSION")),
        style: &[BASE, include_str!("style.css")].concat(),
    };
    document.with(&body).into_string()
}

fn one(card: &Written) -> Markup {
    html! {
        article {
            h2 { (card.title) }
            dl { @for (label, value) in &card.lines { dt { (label) } dd { (words(value)) } } }
            @if let Some(link) = &card.link {
                div class="link" {
                    @if let Some(code) = qr::code(link) { (code) }
                    @if OPENED.iter().any(|scheme| link.starts_with(scheme)) {
                        a href=(link) rel="noreferrer" { (link) }
                    } @else {
                        span { (link) }
                    }
                }
            }
        }
    }
}

/// A text in which no line ends within a word that fits into one: a reader who types a command from paper has to see
/// where its spaces are, and a browser breaks `--function-name` at each hyphen.
fn words(text: &str) -> Markup {
    html! {
        @for piece in text.split_inclusive(char::is_whitespace) {
            @let word = piece.trim_end();
            @if !word.is_empty() { span class="word" { (word) } }
            (&piece[word.len()..])
        }
    }
}

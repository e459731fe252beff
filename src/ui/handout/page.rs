//! Cards on a page for a browser, to print: two next to each other, none cut by the end of a sheet.

use maud::{Markup, html};

use crate::resource::Place;

use super::super::html::document::{BASE, Document};
use super::{Written, qr};

/// What browsers open. Anything else, such as `javascript:`, stays text.
const OPENED: [&str; 2] = ["https://", "http://"];

/// How many cards are next to each other.
const COLUMNS: usize = 2;

/// The page. It shows no place but the sandbox: a card is for somebody who has no use for the account's number.
pub fn page(cards: &[Written], place: &Place, sandbox: bool) -> String {
    let body = html! {
        header {
            p class="eyebrow" { "cloud101 · Hand-out" }
            h1 { (place.stack) }
            @if sandbox { ul class="place" { li class="sandbox" { "sandbox" } } }
            p class="summary" { (cards.len()) @if cards.len() == 1 { " card" } @else { " cards" } }
            p class="soft" { "To print: two columns on A4 or Letter, along whose dashed lines you can cut." }
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
            div class="about" {
                dl { @for (label, value) in &card.lines { dt { (label) } dd { (value) } } }
                @if let Some(code) = card.link.as_deref().and_then(qr::code) { (code) }
            }
            @if let Some(link) = &card.link {
                p class="link" {
                    @if OPENED.iter().any(|scheme| link.starts_with(scheme)) {
                        a href=(link) rel="noreferrer" { (link) }
                    } @else {
                        (link)
                    }
                }
            }
        }
    }
}

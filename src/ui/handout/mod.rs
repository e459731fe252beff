//! What each member of a roster is given, as files: a page of cards to print, a table, or a text for each.
//!
//! All of it is a pure function of the cards.

mod csv;
mod page;
mod qr;
pub mod report;
#[cfg(test)]
mod tests;
mod text;

use clap::ValueEnum;

use crate::plan::handout::Card;
use crate::plan::value::PlanValue;
use crate::resource::Place;

use super::redact::Redactor;
use super::terminal::clean;

/// How a hand-out is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum HandoutFormat {
    /// Cards on a page, to print.
    #[default]
    Html,
    /// A table, for a spreadsheet or a mail merge.
    Csv,
    /// A text file for each.
    Files,
}

/// A card with all its texts as they are written.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Written {
    key: String,
    title: String,
    link: Option<String>,
    lines: Vec<(String, String)>,
}

impl Written {
    /// The labels of all `cards`, in the order in which they come.
    fn labels(cards: &[Self]) -> Vec<&str> {
        let mut labels: Vec<&str> = Vec::new();
        for (label, _) in cards.iter().flat_map(|card| &card.lines) {
            if !labels.contains(&label.as_str()) {
                labels.push(label);
            }
        }
        labels
    }
}

/// The files of a hand-out, each with its name where there is one for each member: `None` is the only file of its format.
pub fn files(
    cards: &[Card],
    format: HandoutFormat,
    place: &Place,
    sandbox: bool,
    redactor: &Redactor,
) -> Vec<(Option<String>, String)> {
    let written: Vec<_> = cards.iter().map(|card| written(card, redactor)).collect();
    match format {
        HandoutFormat::Html => vec![(None, redactor.markup(&page::page(&written, place, sandbox)))],
        HandoutFormat::Csv => vec![(None, csv::table(&written))],
        HandoutFormat::Files => written.iter().map(|card| (Some(file_name(&card.key)), text::text(card))).collect(),
    }
}

/// The name of a member's file. A key has nothing in it that leads to another folder.
pub fn file_name(key: &str) -> String {
    format!("{key}.txt")
}

/// Whether the link of a card has a QR code.
pub fn has_code(card: &Card) -> bool {
    card.link.as_ref().and_then(PlanValue::as_str).is_none_or(|link| qr::code(link).is_some())
}

/// The texts of a card. What must not be shown stays hidden here as everywhere, but for the credentials, which are for its
/// holder alone and for these files.
fn written(card: &Card, redactor: &Redactor) -> Written {
    let shown = |text: &str| clean(&redactor.text(text));
    let value = |value: &PlanValue| shown(&value.shown_text());
    let lines = card.lines.iter().map(|(label, text)| (shown(label), value(text)));
    let credentials = card.credentials.iter().map(|(label, secret)| (clean(label), clean(secret.reveal())));
    let useless = card.useless.iter().map(|one| (clean(&one.label), report::on_the_card(one.why).to_owned()));
    Written {
        key: card.key.clone(),
        title: value(&card.title),
        link: card.link.as_ref().map(value),
        lines: lines.chain(credentials).chain(useless).collect(),
    }
}

//! `handout --json`: what became of a hand-out. What stands on the cards is in the files alone.

use schemars::JsonSchema;
use serde::Serialize;

use crate::plan::handout::{Cards, Lack};
use crate::plan::observe::PlanError;
use crate::resource::Place;

use super::{FormatVersion, NotLookedAt};

/// Who got a card, and where the cards are.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "cloud101 handout --json")]
pub struct HandoutDocument {
    /// The version of this format.
    pub format_version: FormatVersion,
    /// The stack's name.
    pub stack: String,
    /// The files that were written.
    pub files: Vec<String>,
    /// The keys of those whose card is in them.
    pub cards: Vec<String>,
    /// Those who have no card yet.
    pub lacking: Vec<LackingCard>,
    /// Lists that AWS did not give, of kinds that the file does not name, which no card is about. Left out if all were
    /// given.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_looked_at: Vec<NotLookedAt>,
}

/// One who has no card yet.
#[derive(Debug, Serialize, JsonSchema)]
pub struct LackingCard {
    /// The key.
    pub key: String,
    /// The addresses of what is not there.
    pub missing: Vec<String>,
    /// What is there and has no value for the card, such as `machine["ana"].public_ip` while the instance is stopped.
    pub empty: Vec<String>,
}

impl HandoutDocument {
    /// The document of a hand-out.
    pub fn of(place: &Place, cards: &Cards, files: Vec<String>, unseen: &[PlanError]) -> Self {
        let lacking = cards.lacking.iter().map(|(key, lacks)| {
            let missing = lacks.iter().filter_map(|lack| match lack {
                Lack::Resource(address) => Some(address.to_string()),
                Lack::Value(..) => None,
            });
            let empty = lacks.iter().filter_map(|lack| match lack {
                Lack::Value(address, attribute) => Some(format!("{address}.{attribute}")),
                Lack::Resource(_) => None,
            });
            LackingCard { key: key.clone(), missing: missing.collect(), empty: empty.collect() }
        });
        Self {
            format_version: FormatVersion,
            stack: place.stack.clone(),
            files,
            cards: cards.ready.iter().map(|card| card.key.clone()).collect(),
            lacking: lacking.collect(),
            not_looked_at: NotLookedAt::lists(unseen, &place.region),
        }
    }
}

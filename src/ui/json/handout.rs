//! `handout --json`: what became of a hand-out. What stands on the cards is in the files alone.

use schemars::JsonSchema;
use serde::Serialize;

use crate::plan::handout::{Cards, Lack};
use crate::plan::observe::PlanError;
use crate::resource::Place;
use crate::resource::handed_out::Useless;

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
    /// The credentials that are on no card, because they open nothing. Left out if there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub useless_credentials: Vec<UselessCredential>,
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

/// A credential that is not on the card of the one who was handed it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct UselessCredential {
    /// The key of the member.
    pub key: String,
    /// The address of the user.
    pub resource: String,
    /// The property that hands it out, such as `access_key`.
    pub property: &'static str,
    /// Why.
    pub why: WhyUseless,
}

/// Why a credential opens nothing.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WhyUseless {
    /// No file of the folder says anything of it.
    NoFile,
    /// It was deleted, or another is in its place.
    Gone,
    /// AWS accepts it no more.
    Inactive,
}

impl From<Useless> for WhyUseless {
    fn from(why: Useless) -> Self {
        match why {
            Useless::NoFile => Self::NoFile,
            Useless::Gone => Self::Gone,
            Useless::Inactive => Self::Inactive,
        }
    }
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
        let useless = cards.ready.iter().flat_map(|card| {
            card.useless.iter().map(|one| UselessCredential {
                key: card.key.clone(),
                resource: one.address.to_string(),
                property: one.property,
                why: one.why.into(),
            })
        });
        Self {
            format_version: FormatVersion,
            stack: place.stack.clone(),
            files,
            cards: cards.ready.iter().map(|card| card.key.clone()).collect(),
            lacking: lacking.collect(),
            useless_credentials: useless.collect(),
            not_looked_at: NotLookedAt::lists(unseen, &place.region),
        }
    }
}

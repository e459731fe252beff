//! From live resources to a stack file.

use std::sync::Arc;

use crate::aws::{self, concurrently};
use crate::import::{self, Found, Imported};
use crate::resource::kind::Kind;

use super::error::whereabouts;
use super::{Error, Session};

/// Which resources of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which<'a> {
    /// The one with this name or id in AWS, even if it belongs to a stack.
    Id(&'a str),
    /// All that belong to no stack.
    All,
}

/// A stack file, and what was left out of it.
pub struct Import {
    /// The file and its companions; `None` if nothing can be written.
    pub imported: Option<Imported>,
    /// The skipped ids, in order.
    pub skipped: Vec<Skipped>,
}

/// A resource that an import skipped.
#[derive(Debug, Clone)]
pub enum Skipped {
    /// It belongs to a stack.
    OfStack {
        /// AWS's id.
        id: String,
        /// The stack.
        stack: String,
    },
    /// It is in each account of a programme from the start.
    OfProgramme {
        /// AWS's id.
        id: String,
        /// What the programme is called.
        title: &'static str,
    },
    /// It could not be read.
    Unread {
        /// AWS's id.
        id: String,
        /// Why.
        error: aws::Error,
    },
}

impl Session {
    /// Writes a stack file that describes live resources. Changes nothing and writes no file. `files` is whether the
    /// files that it names can be saved, so that they are fetched.
    ///
    /// # Errors
    /// There is nothing of that kind, or AWS does not answer.
    pub async fn import(&self, kind: &Arc<dyn Kind>, which: Which<'_>, files: bool) -> Result<Import, Error> {
        let (found, skipped) = match which {
            Which::Id(id) => match import::find(&self.cx, kind, id).await? {
                Some(found) => (vec![import::fill(&self.cx, found, files).await?], Vec::new()),
                None => return Err(self.nothing_there(&**kind, id)),
            },
            Which::All => self.all_of(kind, files).await?,
        };
        let imported = (!found.is_empty()).then(|| import::write(&self.cx, &self.stack.registry, found));
        Ok(Import { imported, skipped })
    }

    /// All of a kind that belong to no stack, in the order of their ids.
    async fn all_of(&self, kind: &Arc<dyn Kind>, files: bool) -> Result<(Vec<Found>, Vec<Skipped>), Error> {
        let cx = &self.cx;
        let mut ids = kind.find_all(cx).await?;
        ids.sort();
        let nothing = || {
            let (is_global, place) = (kind.is_global(), whereabouts(&**kind, self.place()));
            Err(Error::NothingOfKind { kind: kind.name().to_owned(), is_global, place })
        };
        if ids.is_empty() {
            return nothing();
        }
        let one = async |id: &String| match import::find(cx, kind, id).await? {
            Some(found) if found.ownership().is_none() => import::fill(cx, found, files).await.map(Some),
            found => Ok::<_, aws::Error>(found),
        };
        let (mut found, mut skipped) = (Vec::new(), Vec::new());
        if let Some(profile) = cx.account_profile {
            let there = ids.extract_if(.., |id| profile.has_from_the_start(id));
            skipped.extend(there.map(|id| Skipped::OfProgramme { id, title: profile.title }));
        }
        let answers = concurrently(&ids, one).await;
        for (id, answer) in ids.into_iter().zip(answers) {
            match answer {
                Ok(one) => match one.as_ref().and_then(Found::ownership) {
                    Some(ownership) => skipped.push(Skipped::OfStack { id, stack: ownership.stack }),
                    None => found.extend(one),
                },
                Err(error) => skipped.push(Skipped::Unread { id, error }),
            }
        }
        // They may be deleted between the list and the reads.
        if found.is_empty() && skipped.is_empty() { nothing() } else { Ok((found, skipped)) }
    }
}

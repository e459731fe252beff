//! What each member of a roster is given.

use std::collections::BTreeSet;

use crate::plan::desired::KnownAttributes;
use crate::plan::handout::{Cards, cards};
use crate::plan::observe::{PlanError, look};
use crate::plan::owner::ours;
use crate::resource::Address;

use super::{Error, Session, is_of_one_resource};

/// The cards of the stack's hand-out.
pub struct HandedOut {
    /// Those that can be written, and what the others lack.
    pub cards: Cards,
    /// The copies of the stack's that are handed credentials, each with what AWS knows it by, if it is there.
    pub holders: Vec<(Address, Option<String>)>,
    /// What could not be read, if anyone lacks something: it may be that, or what leads to it.
    pub unread: Vec<PlanError>,
    /// Lists that AWS did not return, and that the file does not need.
    pub unseen: Vec<PlanError>,
}

impl Session {
    /// The cards of these members of the roster; of all if `only` is empty. Nothing is changed. A resource that can't be
    /// read keeps only those from a card who are to have it.
    ///
    /// # Errors
    /// AWS answers nothing, or refuses the credentials.
    pub async fn handout(&self, only: &BTreeSet<String>) -> Result<HandedOut, Error> {
        let (mut observation, mut troubles) = look(&self.cx, &self.stack, |error, _| is_of_one_resource(error)).await;
        self.tell_secrets(&observation);
        if !troubles.iter().all(is_of_one_resource) {
            troubles.append(&mut observation.unseen);
            return Err(Error::account(troubles));
        }
        let ours = ours(&self.stack, self.place(), &observation.live);
        let live = observation.live.iter().filter(|(address, _)| ours.contains(address));
        let cards = cards(&self.stack, self.place(), &KnownAttributes::of_live(live), only);
        let holders = self.stack.resources.iter().map(|declared| &declared.address);
        let roster = self.stack.handout.as_ref().map(|handout| &handout.roster);
        let is_theirs = |address: &&Address| {
            address.key.is_some() && self.stack.for_each.get(&address.name) == roster && self.hands_out(address)
        };
        let holders = holders.filter(is_theirs).map(|address| {
            let live = observation.live.get(address).filter(|_| ours.contains(address));
            (address.clone(), live.map(|live| live.id.clone()))
        });
        let holders = holders.collect();
        if cards.lacking.is_empty() {
            troubles.clear();
        }
        Ok(HandedOut { unread: troubles, unseen: observation.unseen, cards, holders })
    }
}

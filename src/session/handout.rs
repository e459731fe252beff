//! What each member of a roster is given.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use crate::aws::concurrently;
use crate::plan::desired::KnownAttributes;
use crate::plan::handout::{Cards, cards};
use crate::plan::observe::{PlanError, look};
use crate::plan::owner::ours;
use crate::resource::handed_out::InUse;
use crate::resource::{Address, Live, Text};

use super::{Error, Session, is_of_one_resource};

/// The cards of the stack's hand-out.
pub struct HandedOut {
    /// Those that can be written, and what the others lack.
    pub cards: Cards,
    /// Those with a card who are handed credentials; empty if they were not asked for.
    pub holders: Vec<Holder>,
    /// Whether it is for the whole roster.
    pub is_for_all: bool,
    /// What could not be read, if anyone lacks something: it may be that, or what leads to it.
    pub unread: Vec<PlanError>,
    /// Lists that AWS did not return, and that the file does not need.
    pub unseen: Vec<PlanError>,
}

/// A copy of the stack's that is handed credentials.
pub struct Holder {
    /// It.
    pub address: Address,
    /// What AWS knows it by.
    pub id: String,
    /// The properties that hand something out.
    pub wanted: BTreeSet<Text>,
    /// What opens something now.
    pub in_use: Vec<InUse>,
}

impl Session {
    /// The cards of these members of the roster; of all if `only` is empty. Nothing is changed. A resource that can't be
    /// read keeps only those from a card who are to have it, and where the cards are to have `credentials`, so does a holder
    /// who is not there.
    ///
    /// # Errors
    /// AWS answers nothing, or refuses the credentials.
    pub async fn handout(&self, only: &BTreeSet<String>, credentials: bool) -> Result<HandedOut, Error> {
        let (mut observation, mut troubles) = look(&self.cx, &self.stack, |error, _| is_of_one_resource(error)).await;
        self.tell_secrets(&observation);
        if !troubles.iter().all(is_of_one_resource) {
            troubles.append(&mut observation.unseen);
            return Err(Error::account(troubles));
        }
        let ours = ours(&self.stack, self.place(), &observation.live);
        let live = observation.live.iter().filter(|(address, _)| ours.contains(address));
        let live: BTreeMap<_, _> = live.collect();
        let known = KnownAttributes::of_live(live.iter().map(|(address, live)| (*address, *live)));
        let mut cards = cards(&self.stack, self.place(), &known, only);
        let (holders, unasked) = if credentials { self.holders(&mut cards, &live).await? } else { Default::default() };
        troubles.extend(unasked);
        if cards.lacking.is_empty() {
            troubles.clear();
        }
        Ok(HandedOut { unread: troubles, unseen: observation.unseen, cards, holders, is_for_all: only.is_empty() })
    }

    /// Whether the cards of the stack's hand-out can have credentials.
    pub fn hands_out_credentials(&self) -> bool {
        self.stack.resources.iter().any(|declared| self.is_on_a_card(&declared.address))
    }

    /// Whether it belongs to someone who gets a card, and is handed credentials.
    fn is_on_a_card(&self, address: &Address) -> bool {
        let roster = self.stack.handout.as_ref().map(|handout| &handout.roster);
        address.key.is_some() && self.stack.for_each.get(&address.name) == roster && self.hands_out(address)
    }

    /// Those with a card who are handed credentials, and which are in use. Who is not there, or can't be asked, would leave a
    /// card without any: there is none, and the second answer is why.
    ///
    /// # Errors
    /// Something says that asking the others is of no use.
    async fn holders(
        &self,
        cards: &mut Cards,
        live: &BTreeMap<&Address, &Arc<Live<Value>>>,
    ) -> Result<(Vec<Holder>, Vec<PlanError>), Error> {
        let declared = self.stack.resources.iter().filter(|declared| self.is_on_a_card(&declared.address));
        let (there, missing): (Vec<_>, Vec<_>) = declared.partition(|one| live.contains_key(&one.address));
        cards.take_out(missing.into_iter().map(|declared| &declared.address));
        let with_card: BTreeSet<_> = cards.ready.iter().map(|card| card.key.as_str()).collect();
        let has_card = |key: &str| with_card.contains(key);
        let asked = there.into_iter().filter(|one| one.address.key.as_deref().is_some_and(has_card));
        let cx = &self.cx.with_read_cache();
        let asked = asked.filter_map(|declared| Some((declared, live.get(&declared.address)?.id.clone())));
        let answers = concurrently(asked.collect::<Vec<_>>(), |(declared, id)| async move {
            let in_use = declared.kind.in_use(cx, &id).await;
            (declared, id, in_use)
        });
        let mut holders = Vec::new();
        let mut troubles = Vec::new();
        for (declared, id, in_use) in answers.await {
            let says =
                |property: &&Text| declared.spec.get(&***property).is_some_and(|value| *value != Value::Bool(false));
            let wanted = declared.kind.handed_out().iter().filter(says).cloned().collect();
            match in_use {
                Ok(in_use) => holders.push(Holder { address: declared.address.clone(), id, wanted, in_use }),
                Err(error) => troubles.push(PlanError::with(declared, error)),
            }
        }
        if !troubles.iter().all(is_of_one_resource) {
            return Err(Error::account(troubles));
        }
        cards.take_out(troubles.iter().filter_map(|trouble| trouble.address.as_ref()));
        let without: BTreeSet<_> =
            troubles.iter().filter_map(|trouble| trouble.address.as_ref()?.key.clone()).collect();
        holders.retain(|holder| holder.address.key.as_ref().is_none_or(|key| !without.contains(key)));
        Ok((holders, troubles))
    }
}

//! An account in memory that can end right after any change, as it does for a program that is killed. Two kinds live in
//! it, one that AWS knows by its name and one that has an id AWS invents; both take two calls to make, so that a run can end
//! with one half made.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use crate::aws::ownership::Ownership;
use crate::aws::{Context, Error, Result};
use crate::resource::kind::Kind;
use crate::resource::lookup::Lookup;
use crate::resource::{
    Address, Attribute, Attributes, Change, Current, Desired, Erased, KindInfo, Listing, Live, Owned, Place, Resource,
    Tags,
};

/// Something in the account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Thing {
    /// Its kind.
    pub kind: String,
    /// The name that people see.
    pub name: String,
    /// What it is.
    pub spec: Spec,
    /// Every tag.
    pub tags: Tags,
}

/// What a thing is.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// Changes in place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Changes only with a new one.
    #[schemars(extend("x-replace" = true))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<i64>,
    /// What it needs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub needs: Option<Vec<String>>,
}

/// The account. Clones are the same one.
#[derive(Clone, Default)]
pub struct Account(Arc<Inner>);

#[derive(Default)]
struct Inner {
    state: Mutex<State>,
    ended: Notify,
}

#[derive(Default)]
struct State {
    /// By kind and id.
    things: BTreeMap<(String, String), Thing>,
    invented: usize,
    changes: usize,
    end: Option<usize>,
    is_over: bool,
}

impl Account {
    /// Everything in it, sorted, without the ids that are invented each time.
    pub fn things(&self) -> Vec<Thing> {
        let mut things: Vec<_> = self.state().things.values().cloned().collect();
        things.sort();
        things
    }

    /// All that there is, for [`Account::put_back`].
    pub fn all(&self) -> BTreeMap<(String, String), Thing> {
        self.state().things.clone()
    }

    /// Puts back what there was.
    pub fn put_back(&self, things: BTreeMap<(String, String), Thing>) {
        self.state().things = things;
    }

    /// Puts something of others there.
    pub fn add(&self, id: &str, thing: Thing) {
        self.state().things.insert((thing.kind.clone(), id.to_owned()), thing);
    }

    /// From here on changes are counted from 0, and it ends right after this one.
    pub fn begin(&self, end: Option<usize>) {
        let mut state = self.state();
        (state.changes, state.end, state.is_over) = (0, end, false);
    }

    /// How many changes there were since then.
    pub fn changes(&self) -> usize {
        self.state().changes
    }

    /// Waits until it has ended. A run that is under way then gets no more answers, and is dropped by the test.
    pub async fn ended(&self) {
        self.0.ended.notified().await;
    }

    /// A kind that AWS knows by its name.
    pub fn named(&self, kind: &'static str) -> Arc<dyn Kind> {
        Erased::shared(Mortal { account: self.clone(), kind, invents: false, tags_late: false })
    }

    /// A kind whose name is a tag, and whose id AWS invents.
    pub fn numbered(&self, kind: &'static str) -> Arc<dyn Kind> {
        Erased::shared(Mortal { account: self.clone(), kind, invents: true, tags_late: false })
    }

    /// The same, with the mistake that no kind may make: its tags come with the second call.
    pub fn numbered_with_late_tags(&self, kind: &'static str) -> Arc<dyn Kind> {
        Erased::shared(Mortal { account: self.clone(), kind, invents: true, tags_late: true })
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets others go on, as every call does. After the end nothing is answered.
    async fn call(&self) {
        tokio::task::yield_now().await;
        if self.state().is_over {
            std::future::pending().await
        }
    }

    async fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        self.call().await;
        let answer = {
            let mut state = self.state();
            let number = state.changes;
            state.changes += 1;
            state.is_over = state.end == Some(number);
            let answer = change(&mut state);
            (!state.is_over).then_some(answer)
        };
        match answer {
            Some(answer) => answer,
            None => {
                self.0.ended.notify_one();
                std::future::pending().await
            }
        }
    }
}

struct Mortal {
    account: Account,
    kind: &'static str,
    invents: bool,
    tags_late: bool,
}

impl Mortal {
    fn key(&self, id: &str) -> (String, String) {
        (self.kind.to_owned(), id.to_owned())
    }

    fn get(&self, id: &str) -> Option<Thing> {
        self.account.state().things.get(&self.key(id)).cloned()
    }

    /// Those that carry the tags of this address, with their ids: the newest last.
    fn of(&self, stack: &str, address: &Address) -> Vec<(String, Thing)> {
        let is_its = |thing: &Thing| {
            Ownership::read(&thing.tags).is_some_and(|own| own.stack == stack && own.address == *address)
        };
        let state = self.account.state();
        let its = state.things.iter().filter(|((kind, _), thing)| kind == self.kind && is_its(thing));
        its.map(|((_, id), thing)| (id.clone(), thing.clone())).collect()
    }

    fn live(&self, place: &Place, id: &str, thing: Thing) -> Live<Spec> {
        let attributes = match self.invents {
            true => Attributes::from([("id".to_owned(), id.to_owned())]),
            false => self.computed_attributes(place, &thing.name, &thing.spec),
        };
        Live::new(id, thing.spec, attributes, thing.tags)
    }

    async fn set(&self, cx: &Context, id: &str, spec: Spec, tags: Tags) -> Result<Live<Spec>> {
        let key = self.key(id);
        let set = self.account.change(move |state| {
            let thing = state.things.get_mut(&key)?;
            thing.spec = spec;
            thing.tags.extend(tags);
            Some(thing.clone())
        });
        let thing = set.await.ok_or_else(|| Error::refused(format!("{id} is gone")))?;
        Ok(self.live(&cx.place, id, thing))
    }
}

impl Resource for Mortal {
    type Spec = Spec;

    fn info(&self) -> KindInfo {
        let name = if self.invents { "id" } else { "name" };
        KindInfo {
            name_is_a_tag: self.invents,
            attributes: Attribute::all([(name, "What AWS knows it by.")]),
            ..KindInfo::new(self.kind, "A kind of the tests.")
        }
    }

    fn computed_attributes(&self, _: &Place, name: &str, _: &Spec) -> Attributes {
        match self.invents {
            true => Attributes::new(),
            false => Attributes::from([("name".to_owned(), name.to_owned())]),
        }
    }

    async fn read(&self, cx: &Context, desired: &[Desired<Spec>]) -> Vec<Result<Option<Live<Spec>>>> {
        self.account.call().await;
        let one = |desired: &Desired<Spec>| {
            let found = match self.invents {
                true => self.of(&cx.place.stack, &desired.address).pop(),
                false => self.get(&desired.name).map(|thing| (desired.name.clone(), thing)),
            };
            Ok(found.map(|(id, thing)| self.live(&cx.place, &id, thing)))
        };
        desired.iter().map(one).collect()
    }

    async fn list(&self, cx: &Context) -> Result<Listing> {
        self.account.call().await;
        let all: Vec<_> = {
            let state = self.account.state();
            let own = state.things.iter().filter(|((kind, _), _)| kind == self.kind);
            own.map(|((_, id), thing)| Owned { id: id.clone(), name: thing.name.clone(), tags: thing.tags.clone() })
                .collect()
        };
        // What only has a tag for a name is known by its other tags.
        Ok(match self.invents {
            true => Listing::by_mark(all.into_iter().filter(|one| cx.is_tagged(&one.tags))),
            false => Listing::among(cx, all.len(), all),
        })
    }

    async fn create(&self, cx: &Context, desired: &Desired<Spec>) -> Result<Live<Spec>> {
        let is_there = (!self.invents).then(|| self.get(&desired.name)).flatten();
        if is_there.is_some_and(|thing| !cx.owns(&desired.name, &thing.tags)) {
            return Err(Error::refused(format!("{} exists", desired.name)));
        }
        let (kind, name, invents) = (self.kind.to_owned(), desired.name.clone(), self.invents);
        let first = if self.tags_late { Tags::new() } else { desired.tags.clone() };
        let make = self.account.change(move |state| {
            state.invented += 1;
            let id = if invents { format!("n-{:04}", state.invented) } else { name.clone() };
            let thing = Thing { kind: kind.clone(), name, spec: Spec::default(), tags: first };
            state.things.insert((kind, id.clone()), thing);
            id
        });
        let id = make.await;
        self.set(cx, &id, desired.spec.clone(), desired.tags.clone()).await
    }

    async fn update(
        &self,
        cx: &Context,
        _: &Desired<Spec>,
        live: &Live<Spec>,
        change: &Change<Spec>,
    ) -> Result<Live<Spec>> {
        self.set(cx, &live.id, change.target.clone(), Tags::new()).await
    }

    async fn current(&self, _: &Context, id: &str) -> Result<Option<Current>> {
        self.account.call().await;
        Ok(self.get(id).map(|thing| Current::tagged(thing.tags)))
    }

    async fn update_tags(&self, _: &Context, id: &str, set: &Tags, remove: &[String]) -> Result<()> {
        let (key, set, remove) = (self.key(id), set.clone(), remove.to_vec());
        let update = self.account.change(move |state| {
            let Some(thing) = state.things.get_mut(&key) else { return };
            thing.tags.extend(set);
            thing.tags.retain(|key, _| !remove.contains(key));
        });
        update.await;
        Ok(())
    }

    async fn delete(&self, _: &Context, id: &str, _: bool) -> Result<()> {
        let key = self.key(id);
        self.account.change(move |state| drop(state.things.remove(&key))).await;
        Ok(())
    }
}

impl Lookup for Mortal {
    async fn find(&self, cx: &Context, id: &str, _: Option<&Desired<Spec>>) -> Result<Option<Live<Spec>>> {
        self.account.call().await;
        Ok(self.get(id).map(|thing| self.live(&cx.place, id, thing)))
    }

    async fn find_all(&self, _: &Context) -> Result<Vec<String>> {
        self.account.call().await;
        let state = self.account.state();
        Ok(state.things.keys().filter(|(kind, _)| kind == self.kind).map(|(_, id)| id.clone()).collect())
    }
}

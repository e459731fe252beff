//! Kinds that only pretend, in worlds that exist in memory: those that are never asked for anything but their names and
//! their schema, those whose every call is noted down, and those whose resources are made, found and deleted.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use schemars::JsonSchema;
use serde_json::Value;

use crate::aws::{Context, Error, Result};
use crate::resource::handed_out::InUse;
use crate::resource::kind::{Kind, LiveAnswer};
use crate::resource::others::{Going, Others};
use crate::resource::schema::Schema;
use crate::resource::{
    Address, Attributes, Change, Contents, Current, DeleteBlocker, Desired, Held, KindInfo, Listing, Live, Owned,
    Place, Tags, texts,
};

/// Properties of several kinds at once, one for each mark.
#[derive(JsonSchema)]
#[allow(dead_code)]
struct Spec {
    #[schemars(extend("x-set" = true))]
    subscriptions: Option<Vec<Value>>,
    #[schemars(extend("x-policy" = true))]
    policy: Option<Value>,
    empty_on_destroy: Option<bool>,
    #[schemars(extend("x-default" = 3))]
    number: Option<i64>,
    text: Option<String>,
    ordered: Option<Vec<String>>,
    #[schemars(extend("x-set" = true, "x-exact" = true))]
    exact: Option<Vec<Value>>,
    #[schemars(extend("x-key" = "device"))]
    disks: Option<Vec<Value>>,
    group: Option<Group>,
    map: Option<BTreeMap<String, String>>,
    #[schemars(extend("x-text" = true))]
    script: Option<String>,
    #[schemars(extend("x-sensitive" = true))]
    passwords: Option<BTreeMap<String, String>>,
    #[schemars(extend("x-local" = true))]
    source: Option<String>,
    /// As a kind would make it of `source`.
    digest: Option<String>,
}

#[derive(JsonSchema)]
#[allow(dead_code)]
struct Group {
    left: Option<i64>,
    #[schemars(extend("x-replace" = true))]
    right: Option<String>,
}

/// What the calls of a fake do, and what was called.
#[derive(Default)]
pub struct World {
    /// Properties that do not fit the kind if a spec has all of them.
    pub never_together: Vec<&'static str>,
    /// Names of resources for which everything goes wrong.
    pub fails: BTreeSet<String>,
    /// Names of resources that AWS would not make.
    pub impossible: BTreeSet<String>,
    /// Names of resources of which it is not known how making them affects others.
    pub unsure: BTreeSet<String>,
    /// Why AWS does not say what was handed out and is in use, by id.
    pub silent: BTreeMap<String, Error>,
    /// Names of resources whose worker panics.
    pub panics: BTreeSet<String>,
    /// How long each call takes.
    pub takes: Duration,
    /// What calls have made, by id.
    pub made: Mutex<BTreeMap<String, Live<Value>>>,
    /// The tags of what is there, by id; an id that is not in it is there without tags.
    pub there: Mutex<BTreeMap<String, Tags>>,
    /// The ids of what is gone.
    pub gone: Mutex<BTreeSet<String>>,
    /// What the tags of others become right after each change.
    pub overwrites: Option<Tags>,
    /// What is in them now, by id.
    pub held: Mutex<BTreeMap<String, Vec<String>>>,
    /// What a look sees of everything, besides the tags.
    pub seen: Value,
    /// The id that AWS invented for everything.
    pub invented: Option<String>,
    /// `put topic`, `remove topic`, `tag topic +a -b`, in the order in which they began.
    pub calls: Mutex<Vec<String>>,
    /// The resources whose owner was asked for; a deletion asks too, unless the answer is at hand.
    pub looks: Mutex<Vec<String>>,
    /// What a read finds, by name.
    pub found: Mutex<BTreeMap<String, Live<Value>>>,
    /// The names of what only a second read finds.
    pub late: Mutex<BTreeSet<String>>,
    /// The names that were read.
    pub reads: Mutex<Vec<String>>,
    /// The addresses at which they were read.
    pub read_at: Mutex<Vec<Address>>,
    /// What a list shows.
    pub listed: Vec<Owned>,
    /// Why there is no list.
    pub no_list: Option<Error>,
    /// The ids of which it was asked what stands against deleting them: something does.
    pub blocked: Mutex<Vec<String>>,
    /// What was asked about others, each with the ids of what the plan knows to be the stack's.
    pub others: Mutex<Vec<(String, Vec<String>)>>,
    /// How many of a kind each of those questions was one of.
    pub crowds: Mutex<Vec<usize>>,
    /// The ids of which it was asked what a deletion asks first.
    pub asked_first: Mutex<Vec<String>>,
    /// How long the rest of such a look takes.
    pub look_takes: Duration,
    /// What the updates got.
    pub updates: Mutex<Vec<Change<Value>>>,
    /// What was to be there, creation by creation and update by update.
    pub desired: Mutex<Vec<Desired<Value>>>,
    /// The tags that were set, call by call.
    pub tags: Mutex<Vec<Tags>>,
    /// How many calls run now.
    pub running: AtomicUsize,
    /// How many ran at once at most.
    pub most: AtomicUsize,
}

impl World {
    async fn look(&self, cx: &Context, id: &str) -> Result<()> {
        cx.shared(format!("the fake {id}"), async {
            self.looks.lock().unwrap().push(id.to_owned());
            Ok(())
        })
        .await
    }

    /// One that lives as long as the test.
    pub fn leaked(self) -> &'static Self {
        Box::leak(Box::new(self))
    }

    /// What was called.
    pub fn calls(&self) -> Vec<String> {
        self.calls.lock().unwrap().clone()
    }

    /// [`World::most`].
    pub fn most(&self) -> usize {
        self.most.load(Ordering::SeqCst)
    }

    /// What a call has made, with the tags that it has now.
    fn made(&self, id: &str) -> Option<Live<Value>> {
        let live = self.made.lock().unwrap().get(id).cloned()?;
        let tags = self.there.lock().unwrap().get(id).cloned().unwrap_or_default();
        Some(Live { tags, ..live })
    }

    fn update_tags(&self, id: &str, set: &Tags, remove: &[String]) {
        let mut there = self.there.lock().unwrap();
        let tags = there.entry(id.to_owned()).or_default();
        tags.extend(set.clone());
        tags.retain(|key, _| !remove.contains(key));
    }

    async fn note(&self, what: &str, name: &str) -> Result<()> {
        self.calls.lock().unwrap().push(format!("{what} {name}"));
        let running = self.running.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(running, Ordering::SeqCst);
        tokio::time::sleep(self.takes).await;
        self.running.fetch_sub(1, Ordering::SeqCst);
        assert!(!self.panics.contains(name), "{name} panics");
        if self.fails.contains(name) { Err(Error::refused(format!("{name} fails"))) } else { Ok(()) }
    }
}

fn held<'a>(names: impl Iterator<Item = &'a str>) -> Held {
    Held::all(["guest", "guests"], names.map(str::to_owned))
}

/// The attributes that are known before a resource is made; AWS knows it by its `arn`, if it has one, or by its name.
pub type Predict = fn(&Place, &str) -> Attributes;

struct Fake {
    info: KindInfo,
    schema: Schema,
    computed_attributes: Predict,
    world: &'static World,
}

/// A kind of this name in a world of its own.
pub fn kind(name: &str) -> Arc<dyn Kind> {
    kind_in(name, World::default().leaked())
}

/// A kind of this name.
pub fn kind_in(name: &str, world: &'static World) -> Arc<dyn Kind> {
    kind_like(name, world, |_| {})
}

/// A kind of this name that differs from others.
pub fn kind_like(name: &str, world: &'static World, differs: impl FnOnce(&mut KindInfo)) -> Arc<dyn Kind> {
    let mut info = KindInfo {
        held_in: texts(["exact"]),
        emptied_by: Some("empty_on_destroy".into()),
        ..KindInfo::new(name.to_owned(), "")
    };
    differs(&mut info);
    kind_with(info, Schema::of::<Spec>(), |_, _| Attributes::new(), world)
}

/// A kind of which the test says everything.
pub fn kind_with(info: KindInfo, schema: Schema, computed_attributes: Predict, world: &'static World) -> Arc<dyn Kind> {
    Arc::new(Fake { info, schema, computed_attributes, world })
}

impl Fake {
    fn id(&self, place: &Place, name: &str) -> String {
        (self.computed_attributes)(place, name).remove("arn").unwrap_or_else(|| name.to_owned())
    }
}

impl Kind for Fake {
    fn info(&self) -> &KindInfo {
        &self.info
    }
    fn schema(&self) -> &Schema {
        &self.schema
    }
    fn computed_attributes(&self, place: &Place, name: &str, _: &Value) -> Attributes {
        (self.computed_attributes)(place, name)
    }
    fn fits(&self, spec: &Value) -> std::result::Result<(), String> {
        let names = &self.world.never_together;
        match names.is_empty() || names.iter().any(|name| spec.get(*name).is_none()) {
            true => Ok(()),
            false => Err(format!("{} do not go together", names.join(" and "))),
        }
    }
    fn renews(&self, _: &Value, planned: &Value) -> Vec<String> {
        planned.get("number").map(|_| "address".to_owned()).into_iter().collect()
    }
    fn read<'a>(&'a self, cx: &'a Context, desired: &'a [Desired<Value>]) -> BoxFuture<'a, Vec<LiveAnswer>> {
        let one = |desired: &Desired<Value>| {
            self.world.reads.lock().unwrap().push(desired.name.clone());
            self.world.read_at.lock().unwrap().push(desired.address.clone());
            match self.world.fails.contains(&desired.name) {
                true => Err(Error::refused(format!("{} fails", desired.name))),
                false if self.world.late.lock().unwrap().remove(&desired.name) => Ok(None),
                false => {
                    let found = self.world.found.lock().unwrap().get(&desired.name).cloned();
                    Ok(found.or_else(|| self.world.made(&self.id(&cx.place, &desired.name))).map(Arc::new))
                }
            }
        };
        let answers: Vec<_> = desired.iter().map(one).collect();
        async { answers }.boxed()
    }
    fn list<'a>(&'a self, cx: &'a Context) -> BoxFuture<'a, Result<Listing>> {
        async move {
            if let Some(error) = &self.world.no_list {
                return Err(error.clone());
            }
            let ids: Vec<_> = self.world.made.lock().unwrap().keys().cloned().collect();
            if ids.is_empty() {
                return Ok(Listing::by_mark(self.world.listed.clone()));
            }
            let owned = |id: String| {
                let name = id.rsplit(':').next().unwrap_or_default().to_owned();
                Owned { tags: self.world.made(&id).map(|live| live.tags).unwrap_or_default(), id, name }
            };
            Ok(Listing::among(cx, ids.len(), ids.into_iter().map(owned)))
        }
        .boxed()
    }
    fn blocker<'a>(&'a self, _: &'a Context, id: &'a str) -> BoxFuture<'a, Result<Option<DeleteBlocker>>> {
        self.world.blocked.lock().unwrap().push(id.to_owned());
        let is_listed = self.world.listed.iter().any(|owned| owned.id == id);
        let contents = || Contents { ids: vec![format!("{id}/a")], more: false, one: "object" };
        let blocker = is_listed.then(|| DeleteBlocker::Contents(contents()));
        async { Ok(blocker) }.boxed()
    }
    fn besides<'a>(&'a self, _: &'a Context, id: &'a str) -> BoxFuture<'a, Result<Vec<String>>> {
        let is_listed = self.world.listed.iter().any(|owned| owned.id == id);
        let besides = is_listed.then(|| format!("what is in {id} is lost"));
        async { Ok(besides.into_iter().collect()) }.boxed()
    }
    fn preflight<'a>(&'a self, _: &'a Context, desired: &'a [Desired<Value>]) -> BoxFuture<'a, Vec<Result<()>>> {
        async move {
            let mut answers = Vec::new();
            for desired in desired {
                let asked = self.world.note("ask for", &desired.name).await;
                answers.push(asked.and_then(|()| match self.world.impossible.contains(&desired.name) {
                    true => Err(Error::refused(format!("{} can't be made", desired.name))),
                    false => Ok(()),
                }));
            }
            answers
        }
        .boxed()
    }
    fn side_effects<'a>(&'a self, _: &'a Context, desired: &'a Desired<Value>) -> BoxFuture<'a, Result<Vec<String>>> {
        let answer = match self.world.unsure.contains(&desired.name) {
            true => Err(Error::refused(format!("{} is not known", desired.name))),
            false => Ok(Vec::new()),
        };
        async { answer }.boxed()
    }
    fn create<'a>(&'a self, cx: &'a Context, desired: &'a Desired<Value>) -> BoxFuture<'a, Result<Live<Value>>> {
        async {
            self.world.note("put", &desired.name).await?;
            self.world.desired.lock().unwrap().push(desired.clone());
            let id = self.id(&cx.place, &desired.name);
            let mut attributes = (self.computed_attributes)(&cx.place, &desired.name);
            attributes.insert("id".into(), format!("id-of-{}", desired.name));
            let live = Live::new(&id, desired.spec.clone(), attributes, desired.tags.clone());
            self.world.there.lock().unwrap().insert(id.clone(), desired.tags.clone());
            self.world.made.lock().unwrap().insert(id, live.clone());
            Ok(live)
        }
        .boxed()
    }
    fn update<'a>(
        &'a self,
        _: &'a Context,
        desired: &'a Desired<Value>,
        live: &'a Live<Value>,
        change: &'a Change<Value>,
    ) -> BoxFuture<'a, Result<Live<Value>>> {
        async {
            self.world.note("update", &desired.name).await?;
            self.world.updates.lock().unwrap().push(change.clone());
            self.world.desired.lock().unwrap().push(desired.clone());
            let theirs = self.world.overwrites.clone();
            theirs.and_then(|tags| self.world.there.lock().unwrap().insert(desired.name.clone(), tags));
            let live = Live { spec: change.target.clone(), ..live.clone() };
            self.world.made.lock().unwrap().insert(live.id.clone(), live.clone());
            Ok(live)
        }
        .boxed()
    }
    fn current<'a>(&'a self, cx: &'a Context, id: &'a str) -> BoxFuture<'a, Result<Option<Current>>> {
        async move {
            self.world.look(cx, id).await?;
            tokio::time::sleep(self.world.look_takes).await;
            let is_gone = self.world.gone.lock().unwrap().contains(id);
            let tags = self.world.there.lock().unwrap().get(id).cloned().unwrap_or_default();
            let (invented, seen) = (self.world.invented.clone(), self.world.seen.clone());
            Ok((!is_gone).then(|| Current { tags, invented, seen }))
        }
        .boxed()
    }
    fn update_tags<'a>(
        &'a self,
        _: &'a Context,
        id: &'a str,
        set: &'a Tags,
        remove: &'a [String],
    ) -> BoxFuture<'a, Result<()>> {
        async move {
            let words = set.keys().map(|key| format!(" +{key}")).chain(remove.iter().map(|key| format!(" -{key}")));
            let words: String = words.collect();
            self.world.tags.lock().unwrap().push(set.clone());
            self.world.update_tags(id, set, remove);
            self.world.note("tag", &format!("{id}{words}")).await
        }
        .boxed()
    }
    fn held(&self, live: &Live<Value>) -> Option<Held> {
        live.spec["exact"].as_array().map(|all| held(all.iter().filter_map(Value::as_str)))
    }
    fn holds<'a>(&'a self, _: &'a Context, id: &'a str, _: bool) -> BoxFuture<'a, Result<Option<Held>>> {
        let now = self.world.held.lock().unwrap().get(id).map(|all| held(all.iter().map(String::as_str)));
        async { Ok(now) }.boxed()
    }
    fn in_use<'a>(&'a self, _: &'a Context, id: &'a str) -> BoxFuture<'a, Result<Vec<InUse>>> {
        let answer = self.world.silent.get(id).map_or(Ok(Vec::new()), |error| Err(error.clone()));
        async { answer }.boxed()
    }
    fn others<'a>(&'a self, cx: &'a Context, going: &'a Going<'a>) -> BoxFuture<'a, Result<Others>> {
        async move {
            self.world.crowds.lock().unwrap().push(cx.crowd());
            let own = going.own.of(&self.info.name).cloned().collect();
            self.world.others.lock().unwrap().push((going.id.to_owned(), own));
            Ok(Others::default())
        }
        .boxed()
    }
    fn ask_first<'a>(&'a self, _: &'a Context, id: &'a str) -> BoxFuture<'a, Result<()>> {
        self.world.asked_first.lock().unwrap().push(id.to_owned());
        async { Ok(()) }.boxed()
    }
    fn delete<'a>(&'a self, cx: &'a Context, id: &'a str, _: bool) -> BoxFuture<'a, Result<()>> {
        async move {
            self.world.look(&cx.just_now(), id).await?;
            self.world.note("remove", id).await?;
            self.world.made.lock().unwrap().remove(id);
            Ok(())
        }
        .boxed()
    }
    fn find<'a>(
        &'a self,
        _: &'a Context,
        id: &'a str,
        _: Option<&'a Desired<Value>>,
    ) -> BoxFuture<'a, Result<Option<Live<Value>>>> {
        async { Ok(self.world.made(id)) }.boxed()
    }
    fn find_all<'a>(&'a self, _: &'a Context) -> BoxFuture<'a, Result<Vec<String>>> {
        async { Ok(self.world.made.lock().unwrap().keys().cloned().collect()) }.boxed()
    }
}

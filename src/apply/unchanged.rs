//! Whether what a plan rests on is still so: the files that it read, and who owns the things that it would touch.
//!
//! A question may stay open for hours, and a long run comes to its last step minutes after the account was read. So both
//! are looked at again right before anything is done to a resource.

use serde_json::Value;

use crate::aws::ownership::{self, Ownership};
use crate::aws::{Context, Error, Result};
use crate::explain::Code;
use crate::model::value::{at, has_unknown, is_within};
use crate::plan::same::normal;
use crate::plan::schedule::Part;
use crate::plan::{Action, Step};
use crate::resource::kind::Kind;
use crate::resource::{Current, Desired, Held, Live, Tags, Text, is_unknown};

const HINT: &str = "it was not touched; run the same command again for a plan of the current state";

/// Fails if `now`, which is read from the same templates (`said`) and the same files as `planned` was, is not what the plan
/// showed.
/// What was not known then, or is not known yet, is passed over.
pub fn as_planned(kind: &dyn Kind, said: &Value, planned: &Desired<Value>, now: &Desired<Value>) -> Result<()> {
    let schema = kind.schema();
    let differs = |path: &String| {
        let (planned, now) = (at(&planned.spec, path), at(&now.spec, path));
        planned != now && !planned.is_some_and(has_unknown) && !now.is_some_and(has_unknown)
    };
    if let Some(path) = schema.leaves().iter().find(|path| differs(path)) {
        return Err(changed(&source(kind, said, path), None));
    }
    let tag = |(key, value): &(&String, &String)| {
        let is_other = |now: &String| now != *value && !is_unknown(now);
        !is_unknown(value) && now.tags.get(*key).is_none_or(is_other)
    };
    match planned.tags.iter().find(tag) {
        Some((key, _)) => Err(changed(&format!("the value of the tag `{key}`"), None)),
        None => Ok(()),
    }
}

/// What the property at `path` is made of, in the file's words. A hash stands for the files behind it.
fn source(kind: &dyn Kind, said: &Value, path: &str) -> String {
    let schema = kind.schema();
    let is = |path: &str, ownership: &str| schema.at(path).is_some_and(|property| property.has(ownership));
    let text = |path: &str| at(said, path).and_then(Value::as_str).map(|text| (path.to_owned(), text.to_owned()));
    let source = match is(path, "readOnly") {
        true => schema.leaves().iter().filter(|leaf| is(leaf, "x-local")).find_map(|leaf| text(leaf)),
        false => text(path),
    };
    match source {
        Some((property, text)) => format!("what `{property}: {text}` stands for"),
        None => format!("the value of `{path}`"),
    }
}

fn changed(what: &str, how: Option<&str>) -> Error {
    let how = how.map(|how| format!(": {how}")).unwrap_or_default();
    Error::refused(format!("{what} changed since the plan was made{how}")).about(Code::Changed).with_hint(HINT)
}

fn thing_changed(step: &Step, how: &str) -> Error {
    changed(&format!("the {} `{}`", step.kind.name(), step.name), Some(how))
}

/// Fails if what `step` is about to touch is no longer what the plan saw: if it is gone, another thing under the same
/// name, or has another owner. One call, or none for a creation.
pub async fn is_still_the_same(cx: &Context, step: &Step, part: Part) -> Result<Option<Current>> {
    let touches = match (part, &step.action) {
        (Part::Remove, _) => true,
        (Part::Put, action) => matches!(action, Action::Update | Action::Adopt | Action::Release { .. }),
    };
    let Some(id) = step.id().filter(|_| touches) else { return Ok(None) };
    let current = step.kind.current(cx, id).await?;
    judge(&cx.place.stack, step, part, id, current.as_ref())?;
    if let Some(path) = current.as_ref().and_then(|current| changed_by_hand(step, part, &current.seen)) {
        return Err(thing_changed(step, &format!("`{path}` is another by now")));
    }
    Ok(current)
}

/// A property that the step is to change and that is neither what the plan saw nor what it is to be, as far as `seen`
/// tells.
fn changed_by_hand(step: &Step, part: Part, seen: &Value) -> Option<String> {
    if part == Part::Remove || !matches!(step.action, Action::Update | Action::Adopt) {
        return None;
    }
    let (schema, live) = (step.kind.schema(), step.live()?);
    let differs = |path: &String| {
        let (Some(property), Some(then), Some(now)) = (schema.at(path), at(&live.spec, path), at(seen, path)) else {
            return false;
        };
        let is = |value: &Value| normal(property, value) == normal(property, now);
        !is(then) && !step.desired().and_then(|desired| at(&desired.spec, path)).is_some_and(is)
    };
    step.changes.iter().map(|change| &change.path).find(|path| differs(path)).cloned()
}

/// Fails if others have put something into what `step` is about to delete, or into a list that it is about to set, since
/// the plan was made: it would be taken from them, and no plan has said so. A call or two, where there can be such things.
pub async fn takes_no_more_than_planned(cx: &Context, step: &Step, part: Part) -> Result<()> {
    let is_set = |property: &Text| step.changes.iter().any(|change| is_within(&change.path, property));
    let then = match (part, &step.action) {
        (Part::Remove, _) => step.others().and_then(|others| others.held.clone()),
        (Part::Put, Action::Update | Action::Adopt) if step.kind.held_in().iter().any(is_set) => {
            step.live().and_then(|live| {
                let then = step.kind.held(live)?;
                // What is wanted stays: another apply of the stack may have put it there.
                let desired = step.desired().map(|desired| Live { spec: desired.spec.clone(), ..live.clone() });
                Some(match desired.and_then(|desired| step.kind.held(&desired)) {
                    Some(desired) => then.with(&desired),
                    None => then,
                })
            })
        }
        _ => None,
    };
    let Some(id) = step.id() else { return Ok(()) };
    let then_along = match part {
        Part::Remove => step.others().and_then(|others| others.along.clone()),
        Part::Put => None,
    };
    let holds = async {
        match then {
            Some(then) => compare(step, &then, step.kind.holds(cx, id, step.empty).await?),
            None => Ok(()),
        }
    };
    let along = async {
        match then_along {
            Some(then) => compare(step, &then, step.kind.along(cx, id).await?),
            None => Ok(()),
        }
    };
    let (holds, along) = tokio::join!(holds, along);
    holds.and(along)
}

/// Fails if there is something `now` that was not there `then`.
fn compare(step: &Step, then: &Held, now: Option<Held>) -> Result<()> {
    let Some(now) = now else { return Ok(()) };
    match now.newcomers(then) {
        0 => Ok(()),
        new => {
            let [one, several] = now.words;
            let words = if new == 1 { one } else { several };
            Err(thing_changed(step, &format!("{new} {words} came to it since, and would be lost")))
        }
    }
}

/// What is there after an adoption must be this stack's. Two stacks that adopt the same thing at the same moment both
/// see it free; the tags keep the last one's name, and the other learns it here.
pub async fn is_taken_over(cx: &Context, step: &Step, id: &str) -> Result<()> {
    let current = step.kind.current(cx, id).await?.unwrap_or_default();
    match is_ours(&cx.place.stack, step, id, &current.tags) {
        true => Ok(()),
        false => Err(thing_changed(step, &owner(&current.tags))
            .with_hint("both adopted it at the same moment: decide which of the two stacks is to have it")),
    }
}

fn judge(stack: &str, step: &Step, part: Part, id: &str, current: Option<&Current>) -> Result<()> {
    let goes = part == Part::Remove || matches!(step.action, Action::Release { .. });
    let Some(current) = current else {
        // What is to go and is gone is done.
        return if goes { Ok(()) } else { Err(thing_changed(step, "it is gone")) };
    };
    let seen = step.live().and_then(|live| live.attributes.get("id"));
    if let (Some(seen), Some(now)) = (seen, &current.invented)
        && seen != now
    {
        return Err(thing_changed(step, "it was deleted and made again"));
    }
    let none = Tags::new();
    let (then, now) = (OwnedBy::of(step.tags().unwrap_or(&none)), OwnedBy::of(&current.tags));
    let is_same = match (goes, &step.action) {
        (true, _) => then == now,
        // Another run of the same stack may have adopted it meanwhile, and its flags follow the file.
        (false, Action::Adopt) => then.owner() == now.owner() || is_ours(stack, step, id, &current.tags),
        (false, _) => then.owner() == now.owner(),
    };
    if is_same { Ok(()) } else { Err(thing_changed(step, &owner(&current.tags))) }
}

/// Whether `tags` are those with which this stack owns what AWS knows as `id`.
fn is_ours(stack: &str, step: &Step, id: &str, tags: &Tags) -> bool {
    let name = match step.kind.name_is_a_tag() {
        true => id.to_owned(),
        false => step.kind.exact_name(&step.name),
    };
    Ownership::read(tags).is_some_and(|ownership| {
        ownership.stack == stack && ownership.address == step.address && ownership.applied.is_bound_to(&name)
    })
}

fn owner(tags: &Tags) -> String {
    match Ownership::read(tags) {
        Some(ownership) => {
            let flags = tags.get(ownership::KEEP).map(|flags| format!(" ({flags})")).unwrap_or_default();
            format!("it now belongs to `{}` of the stack `{}`{flags}", ownership.address, ownership.stack)
        }
        None => "it does not carry this stack's tags any more".to_owned(),
    }
}

/// What tags say of who owns what carries them.
#[derive(PartialEq, Eq)]
struct OwnedBy<'a> {
    stack: Option<&'a String>,
    address: Option<&'a String>,
    keep: Option<&'a String>,
    /// The record's own word for what it is the record of.
    bound: Option<String>,
}

impl<'a> OwnedBy<'a> {
    fn of(tags: &'a Tags) -> Self {
        let get = |key: &str| tags.get(key);
        let bound = ownership::LastApplied::read(tags).bound().map(str::to_owned);
        Self { stack: get(ownership::STACK), address: get(ownership::RESOURCE), keep: get(ownership::KEEP), bound }
    }

    fn owner(&self) -> (Option<&'a String>, Option<&'a String>, Option<&String>) {
        (self.stack, self.address, self.bound.as_ref())
    }
}

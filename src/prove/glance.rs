//! What is left after a destroy, of what still carries the stack's tag. Pure.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;

use crate::aws::ownership::Ownership;
use crate::evidence::command;
use crate::evidence::left_behind::{DISK, INSTANCE, LOG_GROUP, in_words};
use crate::plan::owner::NOT_OURS;
use crate::plan::{Action, Plan, Step};
use crate::resource::ec2::tagged::{self, Tagged, untag};
use crate::resource::kind::Kind;
use crate::resource::lambda::function::logs;
use crate::resource::{Owned, Place};

use super::elsewhere::{Elsewhere, Stray};
use super::here::{Here, Unanswered};
use super::{Baseline, DOUBT};

/// Something that still carries the stack's tag.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Remnant {
    /// Its place in the stack, if a tag says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Its kind, or the type of thing it is.
    #[serde(rename = "type")]
    pub kind: String,
    /// The name that people see.
    pub name: String,
    /// AWS's id.
    pub id: String,
    /// Its region, if that is another than the stack's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Why it was to be kept, for example `on_destroy: retain`; absent: it should be gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept: Option<String>,
    /// Why it is not touched, although it carries the tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doubt: Option<String>,
    /// The command that removes it, if no destroy does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remove: Option<String>,
    /// The command that takes the stack's tag off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub untag: Option<String>,
}

/// The answer.
#[derive(Debug, Default)]
pub struct Glance {
    /// The stack.
    pub stack: String,
    /// Its region.
    pub region: String,
    /// The other regions that were looked at.
    pub others: Vec<String>,
    /// All that still carries the stack's tag.
    pub all: Vec<Remnant>,
    /// What could not be looked at.
    pub unseen: Vec<Unanswered>,
}

impl Glance {
    /// What should be gone.
    pub fn left(&self) -> impl Iterator<Item = &Remnant> {
        self.all.iter().filter(|one| one.kept.is_none())
    }
}

/// Judges what was found after `plan` was carried out.
pub fn glance(place: &Place, plan: &Plan, known: &Baseline, here: Here, elsewhere: Elsewhere) -> Glance {
    let Here { lists, tagged, logs, mut unseen, .. } = here;
    let mut all = Vec::new();
    let mut ids = BTreeSet::new();
    for listed in lists {
        let kind = listed.kind;
        for found in listed.found {
            ids.insert(found.owned.id.clone());
            let kept = known.kept(kind.name(), &found.owned.id, &found.owned.tags);
            all.push(Remnant { kept, ..remnant(kind.name(), found.owned) });
        }
        for owned in listed.doubtful {
            ids.insert(owned.id.clone());
            all.push(doubtful(place, &*kind, owned));
        }
    }
    for step in plan.steps.iter().filter(|step| is_named_with_the_tag(step, known)) {
        let id = step.id().unwrap_or_default().to_owned();
        if ids.insert(id.clone()) {
            all.push(doubtful(
                place,
                &*step.kind,
                Owned { id, name: step.name.clone(), tags: step.tags().cloned().unwrap_or_default() },
            ));
        }
    }
    let parts: Vec<_> = tagged.iter().filter_map(|one| Some((one.part_of.clone()?, one.id.clone()))).collect();
    all.extend(of_ec2(place, known, tagged, &ids));
    for one in all.iter_mut().filter(|one| one.doubt.is_some() && one.kind == INSTANCE) {
        let parts = parts.iter().filter(|(instance, _)| *instance == one.id).map(|(_, part)| part.clone());
        one.untag = Some(untag(std::iter::once(one.id.clone()).chain(parts), &place.region));
    }
    all.extend(logs.into_iter().map(|found| log_group(place, known, found)));
    all.extend(elsewhere.strays.into_iter().map(|stray| far(known, stray)));
    unseen.extend(elsewhere.unseen);
    Glance { stack: place.stack.clone(), region: place.region.clone(), others: elsewhere.regions, all, unseen }
}

/// Whether the file names something that carries the stack's tag, although it is not the stack's.
fn is_named_with_the_tag(step: &Step, known: &Baseline) -> bool {
    let is_left = matches!(&step.action, Action::Keep { because } if because == NOT_OURS);
    is_left && step.tags().is_some_and(|tags| known.is_tagged(tags))
}

fn remnant(kind: &str, Owned { id, name, tags }: Owned) -> Remnant {
    let address = Ownership::read(&tags).map(|ownership| ownership.address.to_string());
    Remnant { address, kind: kind.to_owned(), name, id, ..Remnant::default() }
}

fn doubtful(place: &Place, kind: &dyn Kind, owned: Owned) -> Remnant {
    let [remove, untag] =
        [&kind.info().remove, &kind.info().untag].map(|template| Some(command(template, &owned, place)));
    Remnant { doubt: Some(DOUBT.to_owned()), remove, untag, ..remnant(kind.name(), owned) }
}

/// What of EC2 carries the tag and is in no list of a kind: copies, parts that were given to another machine,
/// snapshots that took the tags of a disk along.
fn of_ec2<'a>(
    place: &'a Place,
    known: &'a Baseline,
    tagged: Vec<Tagged>,
    ids: &'a BTreeSet<String>,
) -> impl Iterator<Item = Remnant> + 'a {
    let own: BTreeSet<_> = tagged.iter().map(|one| one.id.clone()).collect();
    let is_listed = move |one: &Tagged| ids.contains(&one.id);
    let is_part = move |one: &Tagged| one.part_of.as_ref().is_some_and(|id| own.contains(id));
    tagged.into_iter().filter(move |one| !is_listed(one) && !is_part(one)).map(|Tagged { id, sort, tags, .. }| {
        let region = &place.region;
        let remove = tagged::remove(&sort, &id, region);
        let kept = known.kept(if sort == "volume" { DISK } else { "" }, &id, &tags);
        let untag = Some(untag([id.clone()], region));
        let name = tags.get("Name").unwrap_or(&id).clone();
        let one = remnant(&in_words(&known.registry, &sort), Owned { id, name, tags });
        match kept {
            Some(_) => Remnant { kept, ..one },
            None => Remnant { doubt: Some(DOUBT.to_owned()), remove, untag, ..one },
        }
    })
}

fn log_group(place: &Place, known: &Baseline, found: logs::Tagged) -> Remnant {
    let logs::Tagged { group: name, function, tags, is_protected } = found;
    let kept = known.keeps_logs_of(&function);
    let is_ours = known.is_ours(&function, &tags);
    let one = remnant(LOG_GROUP, Owned { id: name.clone(), name: name.clone(), tags });
    if is_ours && kept.is_some() {
        return Remnant { kept, ..one };
    }
    let doubt = (!is_ours).then(|| DOUBT.to_owned());
    let untag = (!is_ours).then(|| logs::untag(place, &name));
    let remove = logs::remove(&name, &place.region);
    let remove = match is_protected {
        true => format!("{} && {remove}", logs::unprotect(&name, &place.region)),
        false => remove,
    };
    Remnant { doubt, untag, remove: Some(remove), ..one }
}

/// What a destroy there would keep is kept.
fn far(known: &Baseline, Stray { region, what, id, name, tags }: Stray) -> Remnant {
    let kept = known.kept("", "", &tags);
    Remnant { region: Some(region), kept, ..remnant(&what, Owned { id, name, tags }) }
}

//! Which of all that carries the stack's ownership tags the plan has a place for. The rest are orphans.

use std::collections::{BTreeMap, BTreeSet};

use crate::plan::observe::Found;
use crate::plan::options::Options;
use crate::plan::{Action, Step};
use crate::resource::Address;
use crate::stack::Stack;

/// What is not an orphan.
pub struct Claims<'a> {
    /// By kind and id: what a step is about, what stays as a part of that, and what is set aside.
    ids: BTreeSet<(&'a str, String)>,
    /// The addresses that were set aside, and those that they had before: their tags may say either.
    aside: BTreeSet<&'a Address>,
    /// AWS lists what it does not find yet: the creation comes upon it, and it must not go as a second one.
    created: BTreeSet<(&'a Address, &'a str, &'a str)>,
}

impl<'a> Claims<'a> {
    /// Those of `steps`, and of the copies that are set aside (`aside`). `ids` are those of everything that was found.
    pub fn of(
        stack: &'a Stack,
        steps: &'a [Step],
        aside: &'a BTreeSet<Address>,
        ids: &BTreeMap<Address, String>,
    ) -> Self {
        let kind = |step: &'a Step| step.kind.name();
        let planned = steps.iter().filter_map(|step| Some((kind(step), step.id()?.to_owned())));
        let staying = steps.iter().filter(|step| step.stays()).filter_map(|step| Some((kind(step), step.live()?)));
        let parts = staying.flat_map(|(kind, live)| live.includes.iter().map(move |id| (kind, id.clone())));
        let declared = || aside.iter().filter_map(|address| stack.get(address));
        let left = declared().filter_map(|one| Some((one.kind.name(), ids.get(&one.address)?.clone())));
        let created = steps.iter().filter(|step| step.action == Action::Create);
        Self {
            ids: planned.chain(parts).chain(left).collect(),
            aside: aside.iter().chain(declared().flat_map(|one| &one.formerly)).collect(),
            created: created.map(|step| (&step.address, kind(step), step.name.as_str())).collect(),
        }
    }

    /// Whether `found` is one of them.
    pub fn have(&self, found: &Found) -> bool {
        let (address, kind) = (&found.ownership.address, found.kind.name());
        self.aside.contains(address)
            || self.ids.contains(&(kind, found.owned.id.clone()))
            || self.created.contains(&(address, kind, &found.owned.name))
    }
}

/// Whether a plan of `scope` may touch what carries the tags of `address`. A name also means the copies of those who left or
/// whom `when:` leaves out, and a key all that there is for it.
pub fn is_in_scope(stack: &Stack, options: &Options, scope: &BTreeSet<Address>, address: &Address) -> bool {
    let has_no_copy = || stack.left(address).or_else(|| stack.left_out(address)).is_some();
    let is_named = || options.targets.contains(&Address::new(&*address.name)) && has_no_copy();
    let has_key = || address.key.as_ref().is_some_and(|key| options.only.contains(key));
    options.are_for_all() || scope.contains(address) || is_named() || has_key()
}

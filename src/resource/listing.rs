//! What a list of a kind shows.

use crate::aws::ownership::Ownership;
use crate::aws::{Context, Error};

use super::Tags;

/// A resource in the account with this stack's ownership tags.
#[derive(Debug, Clone)]
pub struct Owned {
    /// As in [`Live::id`](super::Live::id).
    pub id: String,
    /// The name that people see.
    pub name: String,
    /// Every tag.
    pub tags: Tags,
}

/// The result of listing one kind.
#[derive(Debug, Clone, Default)]
pub struct Listing {
    /// How many there are, regardless of owner; `None` if AWS itself filters by the tag.
    pub seen: Option<usize>,
    /// Those with this stack's ownership tags.
    pub owned: Vec<Owned>,
    /// Those with this stack's tag but without the record that proves ownership: copies, or resources with a
    /// removed tag. They are named, and never touched.
    pub doubtful: Vec<Owned>,
    /// Those whose owner could not be read, by name, with the reason.
    pub unread: Vec<(String, Error)>,
}

impl Listing {
    /// `all` are those of `seen` whose tags are known, regardless of owner.
    pub fn among(cx: &Context, seen: usize, all: impl IntoIterator<Item = Owned>) -> Self {
        let mut listing = Self { seen: Some(seen), ..Self::default() };
        all.into_iter().for_each(|one| listing.add(cx, one));
        listing
    }

    /// AWS was asked only for those with the stack's tag.
    pub fn by_tag(cx: &Context, all: impl IntoIterator<Item = Owned>) -> Self {
        Self { seen: None, ..Self::among(cx, 0, all) }
    }

    /// The kind itself has found those of the stack.
    pub fn by_mark(owned: impl IntoIterator<Item = Owned>) -> Self {
        Self { owned: owned.into_iter().collect(), ..Self::default() }
    }

    /// Sorts one with this `name` in AWS into the right list.
    pub fn add(&mut self, cx: &Context, one: Owned) {
        let name = one.name.clone();
        self.add_as(cx, &name, one);
    }

    /// The same where the record has another form of the name.
    pub fn add_as(&mut self, cx: &Context, name: &str, one: Owned) {
        if !cx.is_tagged(&one.tags) {
            return;
        }
        match cx.owns(name, &one.tags) && Ownership::read(&one.tags).is_some() {
            true => self.owned.push(one),
            false => self.doubtful.push(one),
        }
    }
}

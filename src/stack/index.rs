//! The resources of a stack, found by their address without going through all of them.

use std::collections::HashMap;
use std::ops::{Deref, DerefMut};

use crate::resource::Address;

use super::Declared;

/// Resources in the order of the file. Their addresses do not change.
#[derive(Default)]
pub struct Resources {
    list: Vec<Declared>,
    places: HashMap<Address, usize>,
}

impl Resources {
    /// The resource at `address`.
    pub fn at(&self, address: &Address) -> Option<&Declared> {
        self.list.get(*self.places.get(address)?)
    }
}

impl FromIterator<Declared> for Resources {
    fn from_iter<I: IntoIterator<Item = Declared>>(resources: I) -> Self {
        let list: Vec<_> = resources.into_iter().collect();
        let places = list.iter().enumerate().map(|(place, declared)| (declared.address.clone(), place)).collect();
        Self { list, places }
    }
}

impl Deref for Resources {
    type Target = [Declared];

    fn deref(&self) -> &[Declared] {
        &self.list
    }
}

impl DerefMut for Resources {
    fn deref_mut(&mut self) -> &mut [Declared] {
        &mut self.list
    }
}

impl<'a> IntoIterator for &'a Resources {
    type Item = &'a Declared;
    type IntoIter = std::slice::Iter<'a, Declared>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.iter()
    }
}

//! The resources of a stack, found by their address without going through all of them.

use std::collections::HashMap;
use std::ops::{Deref, DerefMut};

use crate::resource::Address;

use super::ResourceConfig;

/// Resources in the order of the file. Their addresses do not change.
#[derive(Default)]
pub struct Resources {
    list: Vec<ResourceConfig>,
    places: HashMap<Address, usize>,
}

impl Resources {
    /// The resource at `address`.
    pub fn at(&self, address: &Address) -> Option<&ResourceConfig> {
        self.list.get(*self.places.get(address)?)
    }
}

impl FromIterator<ResourceConfig> for Resources {
    fn from_iter<I: IntoIterator<Item = ResourceConfig>>(resources: I) -> Self {
        let list: Vec<_> = resources.into_iter().collect();
        let places = list.iter().enumerate().map(|(place, declared)| (declared.address.clone(), place)).collect();
        Self { list, places }
    }
}

impl IntoIterator for Resources {
    type Item = ResourceConfig;
    type IntoIter = std::vec::IntoIter<ResourceConfig>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.into_iter()
    }
}

impl Deref for Resources {
    type Target = [ResourceConfig];

    fn deref(&self) -> &[ResourceConfig] {
        &self.list
    }
}

impl DerefMut for Resources {
    fn deref_mut(&mut self) -> &mut [ResourceConfig] {
        &mut self.list
    }
}

impl<'a> IntoIterator for &'a Resources {
    type Item = &'a ResourceConfig;
    type IntoIter = std::slice::Iter<'a, ResourceConfig>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.iter()
    }
}

//! Many things of which only one is there at a time.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, Serializer};

/// Things that are made one after the other, each time that they are gone through. What is shown of each of thousands of
/// resources takes more room than all that is known of them.
pub struct Each<'a, T>(Box<dyn Fn() -> Box<dyn Iterator<Item = T> + 'a> + 'a>);

impl<'a, T: 'a> Each<'a, T> {
    /// Those of the iterators that `again` makes.
    pub fn of<I: Iterator<Item = T> + 'a>(again: impl Fn() -> I + 'a) -> Self {
        Self(Box::new(move || Box::new(again())))
    }

    /// One after the other.
    pub fn iter(&self) -> impl Iterator<Item = T> + 'a + use<'a, T> {
        (self.0)()
    }
}

impl<'a, T: Clone + 'a> From<Vec<T>> for Each<'a, T> {
    fn from(all: Vec<T>) -> Self {
        Self::of(move || all.clone().into_iter())
    }
}

impl<T> fmt::Debug for Each<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Each").finish_non_exhaustive()
    }
}

impl<'a, T: Serialize + 'a> Serialize for Each<'a, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

/// As a list.
impl<T: JsonSchema> JsonSchema for Each<'_, T> {
    fn schema_name() -> Cow<'static, str> {
        Vec::<T>::schema_name()
    }

    fn inline_schema() -> bool {
        Vec::<T>::inline_schema()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Vec::<T>::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::rc::Rc;

    use super::*;

    #[test]
    fn only_one_is_there_at_a_time() {
        struct One(Rc<Cell<usize>>);
        impl Serialize for One {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_u64(self.0.get() as u64)
            }
        }
        impl Drop for One {
            fn drop(&mut self) {
                self.0.set(self.0.get() - 1);
            }
        }
        let there = Rc::new(Cell::new(0));
        let make = |_| {
            there.set(there.get() + 1);
            One(there.clone())
        };
        let each = Each::of(|| (0..3).map(make));
        for _ in 0..2 {
            assert_eq!(serde_json::to_string(&each).unwrap(), "[1,1,1]");
        }
    }
}

//! Documents without secrets, while they are written: of one that has thousands of resources no copy is made.

use std::collections::BTreeSet;

use serde::ser::{
    Error, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple, SerializeTupleStruct,
    SerializeTupleVariant,
};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::Redactor;

/// A document without secrets in its texts and keys, but for the documents' own keys: what is like one of them is nothing
/// that a document would give away.
pub struct Redacted<'a, T: ?Sized> {
    document: &'a T,
    redactor: &'a Redactor,
}

impl<'a, T: ?Sized> Redacted<'a, T> {
    /// `document` without what `redactor` hides.
    pub fn new(document: &'a T, redactor: &'a Redactor) -> Self {
        Self { document, redactor }
    }
}

impl<T: Serialize + ?Sized> Serialize for Redacted<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.document.serialize(Hiding { redactor: self.redactor, inner: serializer })
    }
}

/// Passes on what it is given, without secrets.
struct Hiding<'a, S> {
    redactor: &'a Redactor,
    inner: S,
}

/// The elements of a list.
struct Items<'a, S: Serializer> {
    redactor: &'a Redactor,
    inner: S::SerializeSeq,
}

/// The members of an object, and their keys so far.
struct Members<'a, S: Serializer> {
    redactor: &'a Redactor,
    inner: S::SerializeMap,
    taken: BTreeSet<String>,
}

/// What stands in an object of its own, behind the name of a variant. No document has many of those.
struct Variant<'a, S, C> {
    redactor: &'a Redactor,
    inner: S,
    name: &'static str,
    content: C,
}

macro_rules! passed_on {
    ($($method:ident: $type:ty),*) => {
        $(fn $method(self, value: $type) -> Result<S::Ok, S::Error> {
            self.inner.$method(value)
        })*
    };
}

impl<'a, S: Serializer> Serializer for Hiding<'a, S> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = Items<'a, S>;
    type SerializeTuple = Items<'a, S>;
    type SerializeTupleStruct = Items<'a, S>;
    type SerializeTupleVariant = Variant<'a, S, Vec<Value>>;
    type SerializeMap = Members<'a, S>;
    type SerializeStruct = Members<'a, S>;
    type SerializeStructVariant = Variant<'a, S, Map<String, Value>>;

    passed_on! {
        serialize_bool: bool, serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64,
        serialize_i128: i128, serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64,
        serialize_u128: u128, serialize_f32: f32, serialize_f64: f64, serialize_bytes: &[u8]
    }

    fn serialize_char(self, value: char) -> Result<S::Ok, S::Error> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Result<S::Ok, S::Error> {
        self.inner.serialize_str(&self.redactor.text(value))
    }

    fn serialize_none(self) -> Result<S::Ok, S::Error> {
        self.inner.serialize_none()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        self.inner.serialize_some(&Redacted::new(value, self.redactor))
    }

    fn serialize_unit(self) -> Result<S::Ok, S::Error> {
        self.inner.serialize_unit()
    }

    fn serialize_unit_struct(self, name: &'static str) -> Result<S::Ok, S::Error> {
        self.inner.serialize_unit_struct(name)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<S::Ok, S::Error> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<S::Ok, S::Error> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        let mut members = self.serialize_map(Some(1))?;
        members.serialize_entry(variant, value)?;
        SerializeMap::end(members)
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Items<'a, S>, S::Error> {
        Ok(Items { redactor: self.redactor, inner: self.inner.serialize_seq(length)? })
    }

    fn serialize_tuple(self, length: usize) -> Result<Items<'a, S>, S::Error> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_struct(self, _: &'static str, length: usize) -> Result<Items<'a, S>, S::Error> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, S::Error> {
        Ok(Variant { redactor: self.redactor, inner: self.inner, name: variant, content: Vec::new() })
    }

    fn serialize_map(self, length: Option<usize>) -> Result<Members<'a, S>, S::Error> {
        Ok(Members { redactor: self.redactor, inner: self.inner.serialize_map(length)?, taken: BTreeSet::new() })
    }

    fn serialize_struct(self, _: &'static str, length: usize) -> Result<Members<'a, S>, S::Error> {
        self.serialize_map(Some(length))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, S::Error> {
        Ok(Variant { redactor: self.redactor, inner: self.inner, name: variant, content: Map::new() })
    }
}

impl<S: Serializer> SerializeSeq for Items<'_, S> {
    type Ok = S::Ok;
    type Error = S::Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), S::Error> {
        self.inner.serialize_element(&Redacted::new(value, self.redactor))
    }

    fn end(self) -> Result<S::Ok, S::Error> {
        self.inner.end()
    }
}

impl<S: Serializer> SerializeTuple for Items<'_, S> {
    type Ok = S::Ok;
    type Error = S::Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), S::Error> {
        SerializeSeq::serialize_element(self, value)
    }

    fn end(self) -> Result<S::Ok, S::Error> {
        SerializeSeq::end(self)
    }
}

impl<S: Serializer> SerializeTupleStruct for Items<'_, S> {
    type Ok = S::Ok;
    type Error = S::Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), S::Error> {
        SerializeSeq::serialize_element(self, value)
    }

    fn end(self) -> Result<S::Ok, S::Error> {
        SerializeSeq::end(self)
    }
}

impl<S: Serializer> SerializeMap for Members<'_, S> {
    type Ok = S::Ok;
    type Error = S::Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), S::Error> {
        let key = match json(key)? {
            Value::String(key) => key,
            other => other.to_string(),
        };
        let key = self.redactor.key(&key, |key| self.taken.contains(key));
        self.inner.serialize_key(&key)?;
        self.taken.insert(key);
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), S::Error> {
        self.inner.serialize_value(&Redacted::new(value, self.redactor))
    }

    fn end(self) -> Result<S::Ok, S::Error> {
        self.inner.end()
    }
}

impl<S: Serializer> SerializeStruct for Members<'_, S> {
    type Ok = S::Ok;
    type Error = S::Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), S::Error> {
        self.serialize_entry(key, value)
    }

    fn end(self) -> Result<S::Ok, S::Error> {
        SerializeMap::end(self)
    }
}

impl<S: Serializer> SerializeTupleVariant for Variant<'_, S, Vec<Value>> {
    type Ok = S::Ok;
    type Error = S::Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), S::Error> {
        self.content.push(json(value)?);
        Ok(())
    }

    fn end(self) -> Result<S::Ok, S::Error> {
        let Self { redactor, inner, name, content } = self;
        Hiding { redactor, inner }.serialize_newtype_variant("", 0, name, &content)
    }
}

impl<S: Serializer> SerializeStructVariant for Variant<'_, S, Map<String, Value>> {
    type Ok = S::Ok;
    type Error = S::Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), S::Error> {
        self.content.insert(key.to_owned(), json(value)?);
        Ok(())
    }

    fn end(self) -> Result<S::Ok, S::Error> {
        let Self { redactor, inner, name, content } = self;
        Hiding { redactor, inner }.serialize_newtype_variant("", 0, name, &content)
    }
}

fn json<T: Serialize + ?Sized, E: Error>(value: &T) -> Result<Value, E> {
    serde_json::to_value(value).map_err(E::custom)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;

    #[derive(Serialize)]
    struct Whole {
        name: &'static str,
        some: Option<&'static str>,
        none: Option<&'static str>,
        letter: char,
        number: f64,
        pair: (&'static str, u8),
        map: BTreeMap<&'static str, &'static str>,
        words: Vec<Word>,
        #[serde(flatten)]
        tagged: Tagged,
    }

    #[derive(Serialize)]
    struct Wrapped(&'static str);

    #[derive(Serialize)]
    struct Two(&'static str, &'static str);

    #[derive(Serialize)]
    #[serde(rename_all = "snake_case")]
    enum Word {
        Hunter2,
        Wrapped(Wrapped),
        Tuple(&'static str, Two),
        Struct { hunter2: &'static str },
    }

    #[derive(Serialize)]
    #[serde(tag = "event", rename_all = "snake_case")]
    enum Tagged {
        Plan { text: &'static str },
    }

    /// In all the forms that serde knows.
    #[test]
    fn secrets_go_and_all_else_is_written_as_it_is() {
        let whole = Whole {
            name: "name",
            some: Some("xhunter2x"),
            none: None,
            letter: 'q',
            number: 0.5,
            pair: ("hunter2", 2),
            map: [("(sensitive)", "a"), ("geheim", "b"), ("hunter2", "c"), ("n", "d")].into(),
            words: vec![
                Word::Hunter2,
                Word::Wrapped(Wrapped("hunter2")),
                Word::Tuple("geheim", Two("hunter2", "b")),
                Word::Struct { hunter2: "hunter2" },
            ],
            tagged: Tagged::Plan { text: "the key is hunter2" },
        };
        let redactor = Redactor::new(["hunter2", "geheim", "name"]).leaving_keys(|key| key == "name");
        let written = serde_json::to_string(&Redacted::new(&whole, &redactor)).unwrap();
        let expected = json!({
            "name": "(sensitive)",
            "some": "x(sensitive)x",
            "none": null,
            "letter": "q",
            "number": 0.5,
            "pair": ["(sensitive)", 2],
            "map": {"(sensitive)": "a", "(sensitive) 2": "b", "(sensitive) 3": "c", "n": "d"},
            "words": ["(sensitive)", {"wrapped": "(sensitive)"}, {"tuple": ["(sensitive)", ["(sensitive)", "b"]]},
                {"struct": {"(sensitive)": "(sensitive)"}}],
            "event": "plan",
            "text": "the key is (sensitive)",
        });
        assert_eq!(written, expected.to_string());
    }
}

//! A service's model as botocore writes it, without the documentation.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;

/// A service.
#[derive(Debug, Deserialize)]
pub struct Model {
    pub metadata: Metadata,
    pub operations: BTreeMap<String, Operation>,
    pub shapes: HashMap<String, Shape>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Metadata {
    pub protocol: String,
    pub api_version: String,
}

/// What a service can be asked for.
#[derive(Debug, Deserialize)]
pub struct Operation {
    pub name: String,
    pub http: Http,
    pub input: Option<Member>,
    pub output: Option<Output>,
    #[serde(default)]
    pub deprecated: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Http {
    pub method: String,
    pub request_uri: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    pub shape: String,
    /// The element that the answer is in, for the query protocol.
    pub result_wrapper: Option<String>,
}

/// A type, with what its values must be.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Shape {
    #[serde(rename = "type")]
    pub kind: String,
    pub members: BTreeMap<String, Member>,
    pub required: Vec<String>,
    pub member: Option<Member>,
    pub key: Option<Member>,
    pub value: Option<Member>,
    pub min: Option<f64>,
    pub max: Option<f64>,
    pub pattern: Option<String>,
    #[serde(rename = "enum")]
    pub values: Vec<String>,
    pub flattened: bool,
    pub union: bool,
    pub payload: Option<String>,
    pub timestamp_format: Option<String>,
}

/// A part of a structure, list or map.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Member {
    pub shape: String,
    pub location: Option<String>,
    pub location_name: Option<String>,
    pub query_name: Option<String>,
    pub flattened: bool,
    pub xml_attribute: bool,
}

impl Model {
    /// The type of this name; models name none that they don't hold.
    pub fn shape(&self, name: &str) -> &Shape {
        self.shapes.get(name).unwrap_or_else(|| panic!("the model has no shape {name}"))
    }

    /// The type of a member.
    pub fn of(&self, member: &Member) -> &Shape {
        self.shape(&member.shape)
    }
}

impl Member {
    /// Its name outside, where `name` is that inside.
    pub fn wire<'a>(&'a self, name: &'a str) -> &'a str {
        self.location_name.as_deref().unwrap_or(name)
    }
}

impl Shape {
    /// Of a list.
    pub fn element(&self) -> &Member {
        self.member.as_ref().expect("a list has elements")
    }

    /// Of a map.
    pub fn entry(&self) -> (&Member, &Member) {
        (self.key.as_ref().expect("a map has keys"), self.value.as_ref().expect("a map has values"))
    }

    /// Whether its values are numbers.
    pub fn is_number(&self) -> bool {
        ["integer", "long", "short", "byte", "float", "double", "bigdecimal", "biginteger"]
            .contains(&self.kind.as_str())
    }

    /// Whether it says anything of its values.
    pub fn has_rules(&self) -> bool {
        self.min.is_some() || self.max.is_some() || self.pattern.is_some() || !self.values.is_empty()
    }
}

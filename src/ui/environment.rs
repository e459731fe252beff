//! The variables that point other programs at the sandbox.

use serde_json::{Map, Value, json};

use crate::sandbox::Environment;

use super::json::FormatVersion;

/// `{"format_version", "set": {name: value}, "unset": [name]}`
pub fn document(environment: &Environment) -> Value {
    let set: Map<_, _> = environment.set.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    json!({ "format_version": FormatVersion, "set": set, "unset": environment.unset })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_gets_what_a_shell_gets() {
        let set = vec![("AWS_REGION".to_owned(), "us-east-1".to_owned())];
        let environment = Environment { set, unset: vec!["AWS_PROFILE".to_owned()] };
        let document = document(&environment);
        assert_eq!(document["set"], json!({ "AWS_REGION": "us-east-1" }));
        assert_eq!((&document["unset"], document["format_version"].is_string()), (&json!(["AWS_PROFILE"]), true));
    }
}

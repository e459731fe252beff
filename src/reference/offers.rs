//! What an editor offers for values to which AWS adds between releases: runtimes, types of instances, regions, actions.
//!
//! What is known is offered, and anything else is fine. The YAML language server shows every complaint of a schema
//! as an error, so that here none may come of a value that `validate` only warns of. What it does show is a text beside
//! what it offers, and one when the pointer rests on a value: there stands what is wrong with a runtime on its way out.

use serde_json::{Value, json};

use crate::model::region;
use crate::resource::iam::known;
use crate::resource::kind::Kind;

/// The regions that most classes use.
const REGIONS: [&str; 8] = [
    "us-east-1",
    "us-east-2",
    "us-west-2",
    "ca-central-1",
    "eu-central-1",
    "eu-west-1",
    "eu-north-1",
    "ap-southeast-2",
];

/// The actions that most policies of a class allow.
const ACTIONS: [&str; 8] = [
    "s3:GetObject",
    "s3:PutObject",
    "s3:ListBucket",
    "sns:Publish",
    "ses:SendEmail",
    "sqs:SendMessage",
    "logs:PutLogEvents",
    "lambda:InvokeFunction",
];

/// The services that a class's policies speak of. All 34 that are known would make the schema several times as long.
const SERVICES: [&str; 8] = ["s3", "sns", "sqs", "ses", "lambda", "logs", "dynamodb", "ssm"];

/// Where the schema has what can stand in a policy document.
const DOCUMENT: &str = "#/definitions/policy_document";

/// A value, and what is wrong with it.
type Offer = (String, Option<String>);

/// Has an editor offer the regions.
pub fn regions(property: &mut Value) {
    let all = region::PARTITIONS.iter().flat_map(|partition| partition.regions);
    offer(property, &REGIONS, all.map(|region| ((*region).to_owned(), None)));
}

/// Has an editor offer what is known of the properties of `kind`.
pub fn properties(kind: &dyn Kind, schema: &mut Value) {
    for one in &kind.info().offers {
        let common: Vec<_> = one.common.iter().map(|value| &**value).collect();
        offer(&mut schema["properties"][&*one.property], &common, (one.known)());
    }
    let Some(Value::Object(properties)) = schema.get_mut("properties") else { return };
    for property in properties.values_mut().filter(|property| property.get("x-policy") == Some(&Value::Bool(true))) {
        let document = json!([{ "$ref": DOCUMENT }]);
        // Of several documents, such as `inline_policies`, each.
        let place = if property.get("additionalProperties").is_some() { "additionalProperties" } else { "allOf" };
        property[place] = if place == "allOf" { document } else { json!({ "allOf": document }) };
    }
}

/// What the schema defines once, for [`properties`] of any kind.
pub fn definitions() -> Value {
    let mut name = json!({});
    let all = SERVICES.into_iter().flat_map(known::actions_of);
    offer(&mut name, &ACTIONS, all.map(|action| (action, None)));
    let one = json!({ "$ref": "#/definitions/action_name" });
    // What has no examples of its own is taken for a list by the server.
    let action = json!({ "examples": ACTIONS, "allOf": [one], "items": one });
    let mut statement = json!({ "properties": { "Effect": { "examples": ["Allow", "Deny"] } } });
    for name in ["Action", "NotAction"] {
        statement["properties"][name] = json!({ "$ref": "#/definitions/action" });
    }
    let mut statements = statement.clone();
    statements["items"] = statement;
    let document = json!({ "properties": { "Version": { "examples": ["2012-10-17"] }, "Statement": statements } });
    json!({ "action_name": name, "action": action, "policy_document": document })
}

fn offer(property: &mut Value, common: &[&str], all: impl IntoIterator<Item = Offer>) {
    property["examples"] = json!(common);
    let (mut snippets, mut doubts) = (Vec::new(), Vec::new());
    for (value, about) in all {
        let mut snippet = json!({ "label": value, "body": value });
        if let Some(about) = about {
            snippet["markdownDescription"] = json!(about);
            // Seen when the pointer rests on the value.
            let known = json!({ "enum": [value], "markdownEnumDescriptions": [about] });
            doubts.push(json!({ "if": { "const": value }, "then": known }));
        }
        snippets.push(snippet);
    }
    for (key, list) in [("defaultSnippets", snippets), ("allOf", doubts)] {
        if !list.is_empty() {
            property[key] = Value::Array(list);
        }
    }
}

//! Functions: what Lambda, and CloudWatch Logs of them, was recorded to say.

use std::io::Write as _;
use std::sync::Arc;

use base64::prelude::{BASE64_STANDARD, Engine};
use cloud101::model::Place;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::cases::{list, place, text};
use super::served::Answer;
use super::{Case, Source};
use crate::model::Call;

/// The code of a function, with whatever its handler names: what was recorded is a hash, to which nothing can be found.
fn code(configuration: &Value) -> Vec<u8> {
    let (module, function) = text(configuration, "Handler").rsplit_once('.').unwrap_or(("index", "handler"));
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let files = [
        (format!("{module}.py"), format!("def {function}(event, context):\n    return event\n")),
        (format!("{module}.js"), format!("exports.{function} = async (event) => event;\n")),
        (format!("{module}.rb"), format!("def {function}(event:, context:)\n  event\nend\n")),
        ("bootstrap".to_owned(), "#!/bin/sh\n".to_owned()),
    ];
    for (name, content) in files {
        let options = zip::write::SimpleFileOptions::default().unix_permissions(0o755);
        zip.start_file(name, options).expect("a zip");
        zip.write_all(content.as_bytes()).expect("a zip");
    }
    zip.finish().expect("a zip").into_inner()
}

/// Every function that a source holds.
pub fn all(source: &Source) -> Vec<Case> {
    let mut cases = Vec::new();
    let mut add = |configuration: &Value, rest: &Value, from: &str| {
        // Of some the accounts' numbers were shortened.
        let account = text(configuration, "Role").split(':').nth(4).unwrap_or_default();
        if source.is_whole(configuration.get("FunctionName").is_some() && account.len() == 12) {
            cases.push(function(configuration.clone(), rest.clone(), from));
        }
    };
    for recorded in source.of("lambda.GetFunction") {
        add(&recorded.answer["Configuration"], &recorded.answer, &recorded.from);
    }
    for recorded in source.of("lambda.GetFunctionConfiguration") {
        add(&recorded.answer, &json!({}), &recorded.from);
    }
    for recorded in source.of("lambda.ListFunctions") {
        let functions = recorded.answer["Functions"].as_array().into_iter().flatten();
        functions.for_each(|function| add(function, &json!({}), &recorded.from));
    }
    for recorded in source.of("lambda.GetPolicy") {
        let policy: Value = serde_json::from_str(text(&recorded.answer, "Policy")).unwrap_or_default();
        let resources = policy["Statement"].as_array().into_iter().flatten().filter_map(|one| one["Resource"].as_str());
        let Some(arn) = resources.into_iter().find(|arn| arn.split(':').count() == 7) else { continue };
        let with_policy = answering("GetPolicy", recorded.answer.clone());
        cases.push(function(plain(arn), json!({}), &recorded.from).also(with_policy));
    }
    for recorded in source.of("lambda.GetFunctionUrlConfig") {
        let with_url = answering("GetFunctionUrlConfig", recorded.answer.clone());
        cases.push(function(plain(text(&recorded.answer, "FunctionArn")), json!({}), &recorded.from).also(with_url));
    }
    for recorded in source.of("logs.DescribeLogGroups") {
        for group in list(&recorded.answer, "logGroups") {
            let (name, place) = (text(group, "logGroupName"), place(text(group, "arn")));
            if source.is_whole(place.account.len() == 12) {
                let writes_to_it = answering("DescribeLogGroups", json!({ "logGroups": [group] }));
                cases.push(function(writing_to(name, &place), json!({}), &recorded.from).also(writes_to_it));
            }
        }
    }
    cases
}

/// An account that answers an operation so.
fn answering(operation: &'static str, answer: Value) -> impl Fn(&Call) -> Option<Answer> + Send + Sync {
    move |call| (call.operation == operation).then(|| Answer::Yes(answer.clone()))
}

/// What Lambda says of a function of which nothing but its ARN was recorded.
fn plain(arn: &str) -> Value {
    json!({
        "FunctionName": arn.rsplit(':').next(), "FunctionArn": arn, "Runtime": "python3.12", "Handler": "index.handler",
        "Role": format!("arn:aws:iam::{}:role/r", place(arn).account), "PackageType": "Zip", "State": "Active",
        "MemorySize": 128, "Timeout": 3, "Description": "", "Architectures": ["x86_64"],
    })
}

/// What it says of one that writes to a group: its own by the name, or another.
fn writing_to(group: &str, place: &Place) -> Value {
    let own = group.strip_prefix("/aws/lambda/").filter(|name| !name.contains('/'));
    let Place { partition, region, account, .. } = place;
    let mut function =
        plain(&format!("arn:{partition}:lambda:{region}:{account}:function:{}", own.unwrap_or("writer")));
    function["LoggingConfig"] = json!({ "LogFormat": "Text", "LogGroup": group });
    function
}

fn function(mut configuration: Value, rest: Value, from: &str) -> Case {
    let code = code(&configuration);
    if text(&configuration, "PackageType") != "Image" {
        configuration["CodeSha256"] = json!(BASE64_STANDARD.encode(Sha256::digest(&code)));
        configuration["CodeSize"] = json!(code.len());
    }
    let id = text(&configuration, "FunctionName").to_owned();
    let place = place(text(&configuration, "FunctionArn"));
    let image = rest["Code"]["ImageUri"].clone();
    let rule = move |call: &Call, own: &str| match (call.service.as_str(), call.operation.as_str()) {
        ("", "/code.zip") => Some(Answer::Bytes(code.clone())),
        ("lambda", "GetFunction") => {
            let code = match image.is_null() {
                true => json!({ "RepositoryType": "S3", "Location": format!("{own}/code.zip") }),
                false => rest["Code"].clone(),
            };
            Some(Answer::Yes(json!({
                "Configuration": configuration, "Code": code, "Tags": rest["Tags"], "Concurrency": rest["Concurrency"],
            })))
        }
        ("lambda", "GetFunctionConfiguration") => Some(Answer::Yes(configuration.clone())),
        _ => None,
    };
    Case { kind: "lambda.function", id, place, from: from.to_owned(), rule: Arc::new(rule) }
}

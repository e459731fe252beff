//! Functions. Each is `Pending` for half a second after it was made.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{ACCOUNT, Answer, Call, REGION, page, refused};

const PENDING: Duration = Duration::from_millis(500);
/// How many ListFunctions answers at most, whatever it is asked for (API: ListFunctions).
const PAGE: usize = 50;

struct Function {
    made: Instant,
    config: Value,
    tags: Value,
}

#[derive(Default)]
pub struct Lambda {
    functions: BTreeMap<String, Function>,
}

impl Function {
    /// What GetFunction and GetFunctionConfiguration say. A list has no state.
    fn config(&self) -> Value {
        let mut config = self.config.clone();
        let state = if self.made.elapsed() < PENDING { "Pending" } else { "Active" };
        config["State"] = state.into();
        config["LastUpdateStatus"] = "Successful".into();
        config
    }
}

impl Lambda {
    pub fn len(&self) -> usize {
        self.functions.len()
    }

    pub fn answer(&mut self, call: &Call<'_>) -> Answer {
        let name = call.text("FunctionName");
        match call.operation {
            "ListFunctions" => return Ok(self.list(call)),
            "ListLayers" => return Ok(r#"{"Layers":[]}"#.to_owned()),
            "ListEventSourceMappings" => return Ok(r#"{"EventSourceMappings":[]}"#.to_owned()),
            "CreateFunction" => return self.create(call),
            "ListTags" => {
                let name = call.text("Resource").rsplit(':').next().unwrap_or_default();
                return match self.functions.get(name) {
                    Some(function) => Ok(json!({ "Tags": function.tags }).to_string()),
                    None => not_found(name),
                };
            }
            _ => {}
        }
        let Some(function) = self.functions.get(name) else { return not_found(name) };
        let answer = match call.operation {
            "GetFunction" => json!({ "Configuration": function.config(), "Tags": function.tags, "Code": {} }),
            "GetFunctionConfiguration" => function.config(),
            "ListAliases" => json!({ "Aliases": [] }),
            "ListVersionsByFunction" => json!({ "Versions": [{ "Version": "$LATEST" }] }),
            "DeleteFunction" => {
                self.functions.remove(name);
                return Ok(String::new());
            }
            "GetPolicy" | "GetFunctionUrlConfig" | "DeleteFunctionUrlConfig" => {
                return refused(404, "ResourceNotFoundException", "The resource you requested does not exist.");
            }
            other => return refused(400, "InvalidParameterValueException", other),
        };
        Ok(answer.to_string())
    }

    fn create(&mut self, call: &Call<'_>) -> Answer {
        let name = call.text("FunctionName").to_owned();
        if self.functions.contains_key(&name) {
            return refused(409, "ResourceConflictException", format!("Function already exist: {name}"));
        }
        let sent: Value = serde_json::from_slice(&call.request.body).unwrap_or_default();
        let code = BASE64_STANDARD.decode(sent["Code"]["ZipFile"].as_str().unwrap_or_default()).unwrap_or_default();
        let mut config = json!({
            "FunctionName": name,
            "FunctionArn": format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"),
            "CodeSha256": BASE64_STANDARD.encode(Sha256::digest(code)),
            "Description": "",
            "Timeout": 3,
            "MemorySize": 128,
            "PackageType": "Zip",
            "Architectures": ["x86_64"],
            "EphemeralStorage": { "Size": 512 },
            "TracingConfig": { "Mode": "PassThrough" },
            "LastModified": "2026-11-30T10:00:00.000+0000",
            "LoggingConfig": { "LogFormat": "Text", "LogGroup": format!("/aws/lambda/{name}") },
        });
        for member in ["Runtime", "Handler", "Role", "Description", "Timeout", "MemorySize", "Environment"] {
            if let Some(value) = call.input.get(member) {
                config[member] = value.clone();
            }
        }
        let tags = call.input.get("Tags").cloned().unwrap_or_else(|| json!({}));
        let function = Function { made: Instant::now(), config, tags };
        let answer = function.config().to_string();
        self.functions.insert(name, function);
        Ok(answer)
    }

    fn list(&self, call: &Call<'_>) -> String {
        let most = call.number("MaxItems").unwrap_or(PAGE).min(PAGE);
        let (functions, next) = page(&self.functions, call.text("Marker"), most);
        let functions: Vec<_> = functions.into_iter().map(|(_, function)| &function.config).collect();
        json!({ "Functions": functions, "NextMarker": next }).to_string()
    }
}

fn not_found(name: &str) -> Answer {
    refused(
        404,
        "ResourceNotFoundException",
        format!("Function not found: arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"),
    )
}

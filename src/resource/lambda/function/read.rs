//! A function as it is in the account.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_lambda::operation::get_function::GetFunctionOutput;
use aws_sdk_lambda::types::{Architecture as SdkArchitecture, FunctionConfiguration, TracingMode};

use crate::aws::error::cut;
use crate::aws::{Call, Context, Error, Result, bounds};
use crate::resource::{Live, Tags};

use super::permission::{self, Says, Statement};
use super::settle::Status;
use super::spec::{Architecture, FunctionUrl, Spec, Tracing, Vpc};
use super::{code, logs, url};

/// How long the code may take to begin to come, and to go on.
const FETCH_TIMEOUT: Duration = Duration::from_secs(60);

/// The function `name`. `wanted_sha256` is the hash of the code that the stack has; where the live code has another,
/// its texts are fetched, to show what changed.
pub async fn read(cx: &Context, name: &str, wanted_sha256: Option<&str>) -> Result<Option<Live<Spec>>> {
    let (function, statements, url, retention) =
        tokio::join!(get(cx, name), permission::read(cx, name), url::read(cx, name), logs::retention(cx, name));
    let Some(function) = function? else {
        return Ok(None);
    };
    let (statements, url, retention) = (statements?, url?, retention?);
    let tags = tags_of(&function)?;
    let Some(config) = function.configuration else {
        return Err(Error::unexpected("lambda:GetFunction", "no Configuration in the answer"));
    };
    let mut attributes = super::known_attributes(&cx.place, name);
    attributes.extend(url.iter().map(|(url, _)| ("url".to_owned(), url.clone())));
    let mut spec = spec_of(&config);
    spec.reserved_concurrency = function.concurrency.and_then(|limit| limit.reserved_concurrent_executions);
    spec.function_url = url.map(|(_, url)| FunctionUrl::seen_with(url, &statements));
    spec.permissions = Some(permission::permissions(&statements));
    spec.log_retention_days = retention;
    let live_texts = match (wanted_sha256, &spec.code_sha256, function.code.and_then(|code| code.location)) {
        (Some(wanted), Some(live), Some(location)) if wanted != live => texts(&location).await,
        _ => BTreeMap::new(),
    };
    let mut live = Live::new(name, spec, attributes, tags);
    live.notes = notes(&config, &statements);
    live.texts = live_texts;
    Ok(Some(live))
}

/// GetFunction, or `None`.
pub async fn get(cx: &Context, name: &str) -> Result<Option<GetFunctionOutput>> {
    cx.shared(format!("the function {name}"), async {
        cx.clients.lambda.get_function().function_name(name).send().await.call_if_found("lambda:GetFunction")
    })
    .await
}

/// The function's tags. Without the right to read them nobody can say whose it is.
pub fn tags_of(function: &GetFunctionOutput) -> Result<Tags> {
    match (&function.tags, &function.tags_error) {
        (None, Some(error)) => {
            let message = format!("the tags can't be read: {}: {}", error.error_code, error.message);
            let error = Error::unexpected("lambda:GetFunction", message);
            Err(error.with_hint("the account's administrator has to allow lambda:ListTags for you"))
        }
        (tags, _) => Ok(tags.clone().unwrap_or_default().into_iter().collect()),
    }
}

fn spec_of(config: &FunctionConfiguration) -> Spec {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let environment = match &config.environment {
        // With an error there are no variables in the answer, which does not mean that there are none.
        Some(environment) if environment.error.is_some() => None,
        Some(environment) => Some(environment.variables.clone().unwrap_or_default().into_iter().collect()),
        None => Some(BTreeMap::new()),
    };
    let architectures = config.architectures.as_deref().unwrap_or_default();
    let layers = config.layers.iter().flatten().filter_map(|layer| layer.arn.clone());
    let vpc = config.vpc_config.as_ref();
    let tracing = config.tracing_config.as_ref().and_then(|tracing| tracing.mode.as_ref());
    let dead_letter = config.dead_letter_config.as_ref().and_then(|config| config.target_arn.clone());
    Spec {
        runtime: config.runtime.as_ref().map(|runtime| runtime.as_str().to_owned()).unwrap_or_default(),
        handler: text(&config.handler),
        role: text(&config.role),
        code: None,
        code_sha256: config.code_sha256.clone(),
        description: Some(text(&config.description)),
        memory_mib: config.memory_size,
        timeout_seconds: config.timeout,
        environment,
        architecture: Some(match architectures.first() {
            Some(SdkArchitecture::Arm64) => Architecture::Arm64,
            _ => Architecture::X86,
        }),
        layers: Some(layers.collect()),
        ephemeral_storage_mib: Some(config.ephemeral_storage.as_ref().map_or(512, |storage| storage.size)),
        vpc: Some(Vpc {
            subnet_ids: Some(vpc.and_then(|vpc| vpc.subnet_ids.clone()).unwrap_or_default()),
            security_group_ids: Some(vpc.and_then(|vpc| vpc.security_group_ids.clone()).unwrap_or_default()),
        }),
        tracing: Some(match tracing {
            Some(TracingMode::Active) => Tracing::Active,
            _ => Tracing::PassThrough,
        }),
        dead_letter_arn: Some(dead_letter.unwrap_or_default()),
        reserved_concurrency: None,
        function_url: None,
        permissions: None,
        log_retention_days: None,
    }
}

fn notes(config: &FunctionConfiguration, statements: &[Statement]) -> Vec<String> {
    let mut notes: Vec<String> = Status::from(config).trouble().map(|error| error.message).into_iter().collect();
    let environment = config.environment.as_ref().and_then(|environment| environment.error.as_ref());
    notes.extend(environment.map(|error| {
        format!("the environment can't be read: {}", cut(error.message.as_deref().unwrap_or("AWS does not say why")))
    }));
    let others = statements.iter().filter(|statement| statement.says == Says::Other);
    notes.extend(others.map(|statement| {
        format!("the permission `{}` says more than `permissions` can; it is left alone", statement.sid)
    }));
    notes
}

/// The texts of the code at `location`, the address for one use that GetFunction gives. It only explains a change, so
/// that an address that does not answer is no error.
async fn texts(location: &str) -> BTreeMap<String, String> {
    match fetch(location).await {
        Ok(bytes) => code::texts(&bytes),
        Err(_) => BTreeMap::new(),
    }
}

/// The code at `location`, as GetFunction gives it. The location itself is a credential and is in no error.
pub async fn fetch(location: &str) -> Result<Vec<u8>> {
    fetch_within(FETCH_TIMEOUT, location).await
}

async fn fetch_within(limit: Duration, location: &str) -> Result<Vec<u8>> {
    let hint = "try again; where a proxy or firewall stands between, it has to let S3 through";
    match bounds::fetch("lambda:GetFunction", location, limit).await {
        Ok(Some(bytes)) => Ok(bytes),
        Ok(None) => {
            Err(Error::unexpected("lambda:GetFunction", "the code can't be fetched from its address").with_hint(hint))
        }
        Err(why) => Err(Error::timed_out(format!("the function's code can't be had: {why}")).with_hint(hint)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::ErrorKind;

    #[tokio::test]
    async fn code_that_does_not_come_is_given_up() {
        // It takes connections and says nothing.
        let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        let location = format!("http://{}/?X-Amz-Signature=xyzzy", silent.local_addr().expect("an address"));
        let error = fetch_within(Duration::from_millis(50), &location).await.expect_err("no code comes");
        assert_eq!((error.kind, error.hint.is_some()), (ErrorKind::TimedOut, true));
        assert!(!format!("{error:?}").contains("xyzzy"), "the location is a credential");
    }
}

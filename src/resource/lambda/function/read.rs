//! A function as it is in the account.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use aws_sdk_lambda::operation::get_function::GetFunctionOutput;
use aws_sdk_lambda::primitives::{DateTime, DateTimeFormat};
use aws_sdk_lambda::types::{
    Architecture as SdkArchitecture, Concurrency, FunctionCodeLocation, FunctionConfiguration, PackageType, TracingMode,
};

use crate::aws::error::cut;
use crate::aws::ownership::LastApplied;
use crate::aws::{Context, Error, ErrorKind, Result};
use crate::model::value::is_within;
use crate::resource::schema::Schema;
use crate::resource::{Current, Live};

use super::code::fetch;
use super::logs::Groups;
use super::permission::{self, Says, Statement};
use super::settle::Status;
use super::spec::{Architecture, Auth, FunctionUrl, ImageConfig, Spec, Tracing, Vpc};
use super::{answers, logs, url};

/// The function `name`. `desired` is what the stack says: where the live code has another hash, its texts are fetched, to
/// show what changed, and who may call it and its web address are asked for where the stack says them or the last apply
/// set them. Without it, everything is. `groups`: the log groups of many functions, if they are known. `seeks_url`: a web address
/// of which nothing is said is asked for as well, to be reported.
pub async fn read(
    cx: &Context,
    name: &str,
    desired: Option<&Spec>,
    groups: Option<Arc<Groups>>,
    seeks_url: bool,
) -> Result<Option<Live<Spec>>> {
    let own_group = logs::group(name);
    let says_url = desired.is_none_or(|desired| desired.function_url.is_some());
    let wants_url = says_url || seeks_url;
    let wants_callers = says_url || desired.is_none_or(|desired| desired.permissions.is_some());
    let group_of_its_name = async {
        match &groups {
            Some(groups) => Ok(groups.get(&own_group).cloned()),
            None => logs::find(cx, &own_group).await,
        }
    };
    let (function, statements, url, found) = tokio::join!(
        answers::get(cx, name),
        when(wants_callers, permission::read(cx, name)),
        when(wants_url, url::read(cx, name)),
        group_of_its_name
    );
    let Some(function) = function? else {
        return Ok(None);
    };
    // One that is only sought may be unknown: the credentials may lack the permission.
    let url = if says_url {
        url
    } else {
        url.or_else(|error| if error.kind == ErrorKind::Denied { Ok(None) } else { Err(error) })
    };
    let (mut statements, mut url) = (statements?, url?);
    let tags = answers::tags_of(&function)?;
    let applied = LastApplied::read(&tags);
    if url.is_none() && is_recorded(&applied, "function_url") {
        url = Some(url::read(cx, name).await?);
    }
    let has_or_had_url = says_url || is_recorded(&applied, "function_url");
    if statements.is_none() && (has_or_had_url || is_recorded(&applied, "permissions")) {
        statements = Some(permission::read(cx, name).await?);
    }
    let Some(config) = function.configuration else {
        return Err(Error::unexpected("lambda:GetFunction", "no Configuration in the answer"));
    };
    let group = logs::group_of(name, &config);
    let found = if group == own_group { found? } else { logs::find(cx, &group).await? }.unwrap_or_default();
    let mut attributes = super::known_attributes(&cx.place, name, Some(&group));
    let url = url.flatten();
    let is_by_hand = !says_url && !is_recorded(&applied, "function_url");
    let by_hand = url.as_ref().filter(|_| is_by_hand).map(|(address, url)| about_url(address, url));
    let url = url.filter(|_| !is_by_hand);
    attributes.extend(url.iter().map(|(url, _)| ("url".to_owned(), url.clone())));
    let mut spec = spec_in(&config, function.code.as_ref(), function.concurrency.as_ref());
    spec.permissions = statements.as_deref().map(permission::permissions);
    let statements = statements.unwrap_or_default();
    spec.function_url = url.map(|(_, url)| FunctionUrl::seen_with(url, &statements));
    // The group of the function's name needs no saying, unless the file does say it.
    let is_said = desired.is_some_and(|desired| desired.log_group.as_deref() == Some(group.as_str()));
    spec.log_group = Some(if group == own_group && !is_said { String::new() } else { group.clone() });
    // What the account's policy decides can't be set: what the file says is taken for granted, and a note says why.
    let overruled = desired.and_then(|desired| desired.log_retention_days).filter(|_| found.policy.is_some());
    spec.log_retention_days = if found.policy.is_some() { overruled } else { found.days };
    let desired_sha256 = desired.and_then(|desired| desired.code_sha256.as_deref());
    let live_texts = match (desired_sha256, &spec.code_sha256, function.code.and_then(|code| code.location)) {
        (Some(desired), Some(live), Some(location)) if desired != live => {
            fetch::texts("lambda:GetFunction", &location).await
        }
        _ => BTreeMap::new(),
    };
    let says_variables = desired.is_some_and(|desired| desired.environment.is_some());
    let keeps_an_id = says_variables && keeps_the_roles_id(&config);
    let mut live = Live::new(name, spec, attributes, tags);
    live.set_up = config.last_modified.as_deref().filter(|_| keeps_an_id).and_then(seconds);
    live.notes = notes(&config, &statements);
    live.notes.extend(by_hand);
    live.notes.extend(about_policy(&group, &found, overruled));
    if found.is_protected {
        let unprotect = logs::unprotect(&group, &cx.place.region);
        live.besides.deleted.push(format!(
            "its log group {group} is protected from deletion, and is kept: `{unprotect}` removes the \
                protection"
        ));
    }
    live.texts = live_texts;
    Ok(Some(live))
}

/// Whether the stack may have given the function a web address, or the tags that would say so can't be read.
pub fn may_have_url(function: &GetFunctionOutput) -> bool {
    answers::tags_of(function).map_or(true, |tags| is_recorded(&LastApplied::read(&tags), "function_url"))
}

async fn when<T>(wanted: bool, ask: impl Future<Output = Result<T>>) -> Result<Option<T>> {
    if wanted { ask.await.map(Some) } else { Ok(None) }
}

/// Whether the last apply set `property`, or something inside it.
fn is_recorded(applied: &LastApplied, property: &str) -> bool {
    PATHS.iter().any(|path| is_within(path, property) && applied.has(path))
}

/// The paths of all properties, as an apply records them.
static PATHS: LazyLock<Vec<String>> = LazyLock::new(|| Schema::of::<Spec>().leaves().to_vec());

/// Whether Lambda has let the id of the function's role use AWS's own key, which is what the variables are encrypted with
/// unless there is a key of one's own.
fn keeps_the_roles_id(config: &FunctionConfiguration) -> bool {
    let variables = config.environment.as_ref().and_then(|environment| environment.variables.as_ref());
    config.kms_key_arn.is_none() && variables.is_some_and(|variables| !variables.is_empty())
}

/// A time as Lambda returns it, `2026-03-05T15:39:17.000+0000`, in seconds since 1970.
fn seconds(time: &str) -> Option<i64> {
    let utc = time.strip_suffix("+0000").map_or_else(|| time.to_owned(), |time| format!("{time}Z"));
    DateTime::from_str(&utc, DateTimeFormat::DateTime).ok().map(|time| time.secs())
}

/// What takes another question than GetFunction.
const UNREPORTED: [&str; 4] = ["function_url", "permissions", "log_group", "log_retention_days"];

/// `current` with what GetFunction returns.
pub fn seeing(current: Current, function: &GetFunctionOutput) -> Current {
    let Some(config) = &function.configuration else { return current };
    let spec = spec_in(config, function.code.as_ref(), function.concurrency.as_ref());
    let unread = spec.environment.is_none().then_some("environment");
    current.seeing(&spec).without(UNREPORTED.into_iter().chain(unread))
}

fn spec_in(
    config: &FunctionConfiguration,
    code: Option<&FunctionCodeLocation>,
    concurrency: Option<&Concurrency>,
) -> Spec {
    Spec {
        image_uri: code.and_then(|code| code.image_uri.clone()),
        reserved_concurrency: concurrency.and_then(|limit| limit.reserved_concurrent_executions),
        ..spec_of(config)
    }
}

/// What the configuration alone contains.
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
    let is_image = config.package_type == Some(PackageType::Image);
    let tracing = config.tracing_config.as_ref().and_then(|tracing| tracing.mode.as_ref());
    let dead_letter = config.dead_letter_config.as_ref().and_then(|config| config.target_arn.clone());
    Spec {
        runtime: config.runtime.as_ref().filter(|_| !is_image).map(|runtime| runtime.as_str().to_owned()),
        handler: config.handler.clone().filter(|handler| !is_image && !handler.is_empty()),
        role: text(&config.role),
        code: None,
        code_sha256: config.code_sha256.clone().filter(|_| !is_image),
        code_s3: None,
        image_uri: None,
        image_config: is_image.then(|| image_config(config)),
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
        log_group: None,
        log_retention_days: None,
    }
}

/// An address that neither the file nor an apply has given it.
fn about_url(address: &str, url: &FunctionUrl) -> String {
    let who = match url.auth {
        Some(Auth::None) => "its policy decides who can call it there",
        _ => "callers need IAM's permission",
    };
    format!(
        "it has the web address {address}, which the stack did not create: {who}; `function_url` in the file would manage it"
    )
}

/// What the account decides about the group in place of the file.
fn about_policy(group: &str, found: &logs::Found, desired: Option<i32>) -> Option<String> {
    let (policy, desired) = (found.policy.as_ref()?, desired?);
    let days = found.days.map_or_else(|| "for ever".to_owned(), |days| format!("for {days} days"));
    (found.days != Some(desired)).then(|| {
        format!(
            "{group} keeps what is written {days}, because the account's retention policy `{policy}` says so: \
             `log_retention_days: {desired}` has no effect"
        )
    })
}

/// What is started in the image, AWS's defaults spelled out.
fn image_config(config: &FunctionConfiguration) -> ImageConfig {
    let said = config.image_config_response.as_ref().and_then(|said| said.image_config.clone());
    ImageConfig {
        command: Some(said.as_ref().and_then(|said| said.command.clone()).unwrap_or_default()),
        entry_point: Some(said.as_ref().and_then(|said| said.entry_point.clone()).unwrap_or_default()),
        working_directory: Some(said.and_then(|said| said.working_directory).unwrap_or_default()),
    }
}

fn notes(config: &FunctionConfiguration, statements: &[Statement]) -> Vec<String> {
    let mut notes: Vec<String> = Status::from(config).trouble().map(|error| error.message).into_iter().collect();
    let provider = config.capacity_provider_config.as_ref();
    let provider = provider.and_then(|config| config.lambda_managed_instances_capacity_provider_config.as_ref());
    notes.extend(provider.map(|provider| {
        format!(
            "it runs on instances of the capacity provider {} (CapacityProviderConfig), which no property describes: \
             that is ignored, and a replacement would run without it",
            provider.capacity_provider_arn
        )
    }));
    let environment = config.environment.as_ref().and_then(|environment| environment.error.as_ref());
    notes.extend(environment.map(|error| {
        format!("the environment can't be read: {}", cut(error.message.as_deref().unwrap_or("AWS does not say why")))
    }));
    let others = statements.iter().filter(|statement| statement.says == Says::Other);
    notes.extend(others.map(|statement| {
        format!("the permission `{}` is more than `permissions` can express; it is ignored", statement.sid)
    }));
    notes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A comparison with what a plan has read must not treat what the call does not return as a change.
    #[test]
    fn what_one_call_tells_is_what_a_whole_reading_has() {
        let config = FunctionConfiguration::builder().role("arn:aws:iam::123456789012:role/r").build();
        let limit = Concurrency::builder().reserved_concurrent_executions(5).build();
        let reported = GetFunctionOutput::builder().configuration(config).concurrency(limit).build();
        let reported = seeing(Current::default(), &reported).seen;
        assert_eq!(reported["reserved_concurrency"], 5);
        for unasked in UNREPORTED {
            assert!(reported.get(unasked).is_none(), "{unasked}");
        }
        assert!(reported.get("runtime").is_some() && reported.get("environment").is_some(), "{reported}");
    }

    #[test]
    fn the_id_of_a_role_is_kept_where_aws_s_key_encrypts_variables() {
        let variables = |count: usize| {
            let all = (0..count).map(|n| (format!("V{n}"), String::new())).collect();
            let environment = aws_sdk_lambda::types::EnvironmentResponse::builder().set_variables(Some(all)).build();
            FunctionConfiguration::builder().environment(environment)
        };
        assert!(keeps_the_roles_id(&variables(1).build()) && !keeps_the_roles_id(&variables(0).build()));
        assert!(!keeps_the_roles_id(&FunctionConfiguration::builder().build()));
        assert!(!keeps_the_roles_id(&variables(1).kms_key_arn("arn:aws:kms:us-east-1:123456789012:key/k").build()));
        assert_eq!(seconds("2026-03-05T15:39:17.000+0000"), Some(1_772_725_157));
        assert_eq!(seconds("2026-03-05T15:39:17.123Z"), Some(1_772_725_157));
        assert_eq!(seconds("yesterday"), None);
    }
}

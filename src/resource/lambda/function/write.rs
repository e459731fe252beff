//! Making and changing a function.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_lambda::types as sdk;
use serde_json::Value;

use crate::aws::ownership::is_own;
use crate::aws::{Call, Context, Error, ErrorKind, Result, claim, wait};
use crate::model::value::{at, is_within, shows};
use crate::resource::schema::Schema;
use crate::resource::{Change, Desired, Live, Tags};

use super::settle::{gone, is_going, settled, when_accepted, when_idle};
use super::spec::{Architecture, Spec, Tracing, Vpc};
use super::{answers, former, logs, package, permission, read, url};

/// How long a new function is `Pending` at least.
const PENDING: Duration = Duration::from_millis(500);

/// The properties that UpdateFunctionConfiguration changes.
const CONFIGURATION: [&str; 14] = [
    "runtime",
    "handler",
    "role",
    "description",
    "memory_mib",
    "timeout_seconds",
    "environment",
    "layers",
    "ephemeral_storage_mib",
    "vpc",
    "tracing",
    "dead_letter_arn",
    "log_group",
    "image_config",
];

/// CreateFunction, then what it does not take.
pub async fn create(cx: &Context, desired: &Desired<Spec>) -> Result<()> {
    let (name, spec) = (&desired.name, &desired.spec);
    let code = package::code(cx, spec)?;
    let mut tags = desired.tags.clone();
    tags.extend(former::tag(cx, name, desired.replaces.as_deref()).await?);
    // An empty address is how a function loses it; a new function is given none.
    let dead_letter = spec.dead_letter_arn.as_ref().filter(|arn| !arn.is_empty());
    let log_group = spec.log_group.as_ref().filter(|group| !group.is_empty());
    let writes_to = super::log_group_or_own(name, spec.log_group.as_deref());
    let call = cx
        .clients
        .lambda
        .create_function()
        .function_name(name)
        .set_tags(Some(tags.into_iter().collect()))
        .set_runtime(spec.runtime.as_deref().map(sdk::Runtime::from))
        .set_handler(spec.handler.clone())
        .role(&spec.role)
        .code(code)
        .set_package_type(spec.image_uri.as_ref().map(|_| sdk::PackageType::Image))
        .set_image_config(spec.image_config.clone().map(package::image_config))
        .set_description(spec.description.clone())
        .set_memory_size(spec.memory_mib)
        .set_timeout(spec.timeout_seconds)
        .set_environment(spec.environment.clone().map(environment))
        .set_architectures(spec.architecture.map(|architecture| vec![architecture_of(architecture)]))
        .set_layers(spec.layers.clone())
        .set_ephemeral_storage(spec.ephemeral_storage_mib.map(storage).transpose()?)
        .set_vpc_config(spec.vpc.clone().filter(|vpc| *vpc != Vpc::default()).map(vpc_config))
        .set_tracing_config(spec.tracing.map(tracing))
        .set_dead_letter_config(dead_letter.cloned().map(dead_letter_config))
        .set_logging_config(log_group.map(|group| sdk::LoggingConfig::builder().log_group(group).build()));
    let make = || when_accepted(cx, name, || async { call.clone().send().await.call("lambda:CreateFunction") });
    let created = match make().await {
        // The name is free again when the one that had it is gone.
        Err(error) if may_be_going(&error) && is_going(cx, name).await? => {
            gone(cx, name).await?;
            make().await
        }
        created => created,
    };
    match created {
        Err(error) if error.kind == ErrorKind::Exists => {
            let tags = must_be_ours(cx, desired).await?;
            settled(cx, name, true).await?;
            // On the heap, since a look is all that a function is.
            Box::pin(must_be_as_desired(cx, desired, &tags)).await?;
        }
        created => {
            let made = created.map_err(|error| package::explained(error, spec))?;
            if made.state == Some(sdk::State::Pending) {
                wait::pause(PENDING).await;
            }
        }
    }
    tokio::try_join!(settled(cx, name, true), keep_logs(cx, desired, &writes_to, spec.log_retention_days))?;
    if let Some(url) = &spec.function_url {
        url::set(cx, name, url, None).await?;
    }
    if let Some(permissions) = spec.permissions.as_ref().filter(|permissions| !permissions.is_empty()) {
        permission::set(cx, name, permissions).await?;
    }
    // Last, because a new account has nothing to set aside, and the rest can do without.
    if let Some(limit) = spec.reserved_concurrency {
        limit_concurrency(cx, name, Some(limit)).await?;
    }
    Ok(())
}

/// Whether it may be that AWS is deleting another function of that name: it says so of its own accord, or only that there
/// is one.
fn may_be_going(error: &Error) -> bool {
    error.code.is_none() || error.is(&["ResourceConflictException"])
}

/// The changes of `change`, each awaited before the next.
pub async fn update(cx: &Context, desired: &Desired<Spec>, live: &Live<Spec>, change: &Change<Spec>) -> Result<()> {
    let (name, target) = (&live.id, &change.target);
    // Before anything is changed: code that is no longer what was planned changes nothing.
    let is_other_code = change.touches_any(&["code_sha256", "code_s3", "image_uri", "architecture"]);
    let code = is_other_code.then(|| package::code(cx, &desired.spec)).transpose()?;
    if is_granted_again(&live.spec, change) {
        let emptied = cx.clients.lambda.update_function_configuration().function_name(name);
        let emptied = emptied.environment(environment(BTreeMap::new()));
        let attempt = || async { emptied.clone().send().await.call("lambda:UpdateFunctionConfiguration") };
        when_accepted(cx, name, attempt).await?;
        settled(cx, name, false).await?;
    }
    if change.touches_any(&CONFIGURATION) {
        configure(cx, name, &live.spec, change).await?;
        settled(cx, name, false).await?;
    }
    if let Some(code) = code {
        let architecture = target.architecture.or(live.spec.architecture);
        let call = cx
            .clients
            .lambda
            .update_function_code()
            .function_name(name)
            .set_zip_file(code.zip_file)
            .set_s3_bucket(code.s3_bucket)
            .set_s3_key(code.s3_key)
            .set_s3_object_version(code.s3_object_version)
            .set_image_uri(code.image_uri)
            .set_architectures(architecture.map(|architecture| vec![architecture_of(architecture)]));
        let updated =
            when_idle(cx, name, || async { call.clone().send().await.call("lambda:UpdateFunctionCode") }).await;
        updated.map_err(|error| package::explained(error, target))?;
        settled(cx, name, false).await?;
    }
    if change.touches("function_url") {
        let url = target.function_url.clone().unwrap_or_default();
        url::set(cx, name, &url, live.spec.function_url.as_ref()).await?;
    }
    if change.touches("permissions") {
        permission::set(cx, name, target.permissions.as_deref().unwrap_or_default()).await?;
    }
    let (is_moved, is_kept) = (change.touches("log_group"), change.touches("log_retention_days"));
    if is_moved || is_kept {
        let writes_to = match live.attributes.get("log_group") {
            Some(group) if !is_moved => group.clone(),
            _ => super::log_group_or_own(name, target.log_group.as_deref()),
        };
        match target.log_retention_days {
            None if is_kept => logs::keep_forever(cx, &writes_to).await?,
            days => keep_logs(cx, desired, &writes_to, days).await?,
        }
    }
    if change.touches("reserved_concurrency") {
        limit_concurrency(cx, name, target.reserved_concurrency).await?;
    }
    Ok(())
}

/// Whether a role is given again that has the same name and another id, to a function whose variables AWS encrypts with its
/// own key. Lambda lets the role's id use that key when the variables are set, and takes a role of the same name for no
/// change: so they are taken out and set again. The file says them, so that a run that ends in between loses none.
fn is_granted_again(live: &Spec, change: &Change<Spec>) -> bool {
    let has_variables = |spec: &Spec| spec.environment.as_ref().is_some_and(|variables| !variables.is_empty());
    change.touches("role") && change.target.role == live.role && has_variables(live) && has_variables(&change.target)
}

/// UpdateFunctionConfiguration with what changes and nothing else.
async fn configure(cx: &Context, name: &str, live: &Spec, change: &Change<Spec>) -> Result<()> {
    let target = &change.target;
    let mut call = cx.clients.lambda.update_function_configuration().function_name(name);
    if change.touches("runtime") {
        call = call.set_runtime(target.runtime.as_deref().map(sdk::Runtime::from));
    }
    if change.touches("handler") {
        call = call.set_handler(target.handler.clone());
    }
    if change.touches("image_config") {
        let desired = target.image_config.clone().unwrap_or_default();
        call = call.image_config(package::image_config(desired.or(live.image_config.clone().unwrap_or_default())));
    }
    if change.touches("role") {
        call = call.role(&target.role);
    }
    if change.touches("description") {
        call = call.description(target.description.clone().unwrap_or_default());
    }
    if change.touches("memory_mib") {
        call = call.set_memory_size(target.memory_mib);
    }
    if change.touches("timeout_seconds") {
        call = call.set_timeout(target.timeout_seconds);
    }
    if change.touches("environment") || is_granted_again(live, change) {
        call = call.environment(environment(target.environment.clone().unwrap_or_default()));
    }
    if change.touches("layers") {
        call = call.set_layers(Some(target.layers.clone().unwrap_or_default()));
    }
    if change.touches("ephemeral_storage_mib") {
        call = call.set_ephemeral_storage(target.ephemeral_storage_mib.map(storage).transpose()?);
    }
    if change.touches("vpc") {
        // AWS takes both lists or none.
        let desired = target.vpc.clone().unwrap_or_default();
        let found = live.vpc.clone().unwrap_or_default();
        call = call.vpc_config(vpc_config(Vpc {
            subnet_ids: desired.subnet_ids.or(found.subnet_ids),
            security_group_ids: desired.security_group_ids.or(found.security_group_ids),
        }));
    }
    if change.touches("tracing") {
        call = call.set_tracing_config(target.tracing.map(tracing));
    }
    if change.touches("dead_letter_arn") {
        call = call.dead_letter_config(dead_letter_config(target.dead_letter_arn.clone().unwrap_or_default()));
    }
    if change.touches("log_group") {
        call = call.logging_config(logging(cx, name, target.log_group.as_deref()).await?);
    }
    let attempt = || async { call.clone().send().await.call("lambda:UpdateFunctionConfiguration") };
    when_accepted(cx, name, attempt).await?;
    Ok(())
}

/// How a function logs, with another group: AWS takes the whole, so the format and the levels are sent again.
async fn logging(cx: &Context, name: &str, log_group: Option<&str>) -> Result<sdk::LoggingConfig> {
    let live = answers::get(cx, name).await?.and_then(|function| function.configuration?.logging_config);
    let group = super::log_group_or_own(name, log_group);
    let builder = sdk::LoggingConfig::builder().log_group(group);
    Ok(match live {
        Some(live) => builder
            .set_log_format(live.log_format)
            .set_application_log_level(live.application_log_level)
            .set_system_log_level(live.system_log_level)
            .build(),
        None => builder.build(),
    })
}

/// A function that was there already is the one whose answer got lost. One that is otherwise has been there for longer, and
/// a list has not shown it to the plan: only a plan knows what such a change takes.
async fn must_be_as_desired(cx: &Context, desired: &Desired<Spec>, tags: &Tags) -> Result<()> {
    let name = &desired.name;
    // What a log group has is set afterwards in any case.
    let live = read::read(cx, name, Some(&desired.spec), Some(Arc::default()), false).await?;
    let Some(live) = live else { return Err(Error::unexpected("lambda:GetFunction", "the function is gone")) };
    // A record or a flag that is too much would be in force.
    let is_tagged = desired.tags.iter().all(|(key, value)| tags.get(key) == Some(value))
        && tags.keys().filter(|key| is_own(key)).all(|key| desired.tags.contains_key(key));
    if is_tagged && is_as_desired(&live.spec, &desired.spec)? {
        return Ok(());
    }
    let message =
        format!("the function `{name}` exists already, and AWS's list did not show it when the plan was made");
    Err(Error::refused(message).with_hint("nothing of it was changed; run the same command again, and it is updated"))
}

/// What the rest of a creation sets whatever there is.
const AFTERWARDS: [&str; 4] = ["function_url", "permissions", "log_retention_days", "reserved_concurrency"];

/// Whether `live` has all that `desired` says of what a creation sends.
fn is_as_desired(live: &Spec, desired: &Spec) -> Result<bool> {
    let unfit = |error: serde_json::Error| Error::refused(error.to_string());
    let (live, desired) = (serde_json::to_value(live).map_err(unfit)?, serde_json::to_value(desired).map_err(unfit)?);
    let schema = Schema::of::<Spec>();
    let is_sent = |path: &&String| {
        !AFTERWARDS.iter().any(|property| is_within(path, property))
            && !schema.at(path).is_some_and(|property| property.has("x-local"))
    };
    let said = schema.leaves().iter().filter(is_sent).filter_map(|path| Some((path, at(&desired, path)?)));
    Ok(said.into_iter().all(|(path, value)| shows(at(&live, path).unwrap_or(&Value::Null), value)))
}

/// After "it exists already": fine if it is the very function that an earlier run made. The answer: its tags.
async fn must_be_ours(cx: &Context, desired: &Desired<Spec>) -> Result<Tags> {
    let name = &desired.name;
    let Some(function) = answers::get(cx, name).await? else {
        return Err(Error::refused(format!("AWS says that the function `{name}` exists, but does not return it"))
            .with_hint("it may be in deletion: run the same command again in a minute"));
    };
    let tags = answers::tags_of(&function)?;
    claim::claim(cx, &desired.address, name, &tags, &format!("the function `{name}`"))?;
    Ok(tags)
}

async fn keep_logs(cx: &Context, desired: &Desired<Spec>, group: &str, days: Option<i32>) -> Result<()> {
    match days {
        Some(days) => logs::keep(cx, &desired.name, group, days, &desired.tags).await,
        None => Ok(()),
    }
}

async fn limit_concurrency(cx: &Context, name: &str, limit: Option<i32>) -> Result<()> {
    let lambda = &cx.clients.lambda;
    let limited = when_idle(cx, name, || async {
        match limit {
            Some(limit) => {
                let call = lambda.put_function_concurrency().function_name(name).reserved_concurrent_executions(limit);
                call.send().await.call("lambda:PutFunctionConcurrency").map(drop)
            }
            None => {
                let call = lambda.delete_function_concurrency().function_name(name);
                call.send().await.call_if_found("lambda:DeleteFunctionConcurrency").map(drop)
            }
        }
    })
    .await;
    limited.map_err(|error| match error.message.contains("below its minimum value") {
        true => error.with_hint(
            "the account's concurrency is too low to reserve any: request an increase (AWS console, Service \
             Quotas, Lambda, Concurrent executions), or remove `reserved_concurrency`",
        ),
        false => error,
    })
}

fn environment(variables: BTreeMap<String, String>) -> sdk::Environment {
    sdk::Environment::builder().set_variables(Some(variables.into_iter().collect())).build()
}

fn architecture_of(architecture: Architecture) -> sdk::Architecture {
    match architecture {
        Architecture::X86 => sdk::Architecture::X8664,
        Architecture::Arm64 => sdk::Architecture::Arm64,
    }
}

fn storage(size_mib: i32) -> Result<sdk::EphemeralStorage> {
    sdk::EphemeralStorage::builder().size(size_mib).build().map_err(|error| Error::refused(error.to_string()))
}

fn vpc_config(vpc: Vpc) -> sdk::VpcConfig {
    sdk::VpcConfig::builder()
        .set_subnet_ids(Some(vpc.subnet_ids.unwrap_or_default()))
        .set_security_group_ids(Some(vpc.security_group_ids.unwrap_or_default()))
        .build()
}

fn tracing(tracing: Tracing) -> sdk::TracingConfig {
    let mode = match tracing {
        Tracing::PassThrough => sdk::TracingMode::PassThrough,
        Tracing::Active => sdk::TracingMode::Active,
    };
    sdk::TracingConfig::builder().mode(mode).build()
}

fn dead_letter_config(arn: String) -> sdk::DeadLetterConfig {
    sdk::DeadLetterConfig::builder().target_arn(arn).build()
}

#[cfg(test)]
mod tests;

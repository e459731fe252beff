//! Functions that are not the stack's and have something of it; and what others have hung on a function of the stack's.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_sdk_lambda::types::{EventSourceMappingConfiguration, FunctionConfiguration, FunctionVersion};
use serde_json::Value;

use crate::aws::command::quoted;
use crate::aws::ownership::Ownership;
use crate::aws::{Bounded, Context, Error, ErrorKind, Result, try_side_by_side};
use crate::model::arn::Arn;
use crate::resource::lookup::name_in;
use crate::resource::others::{Beside, Going, Holder, Others, Own, Unsaid, listed, unsaid};
use crate::resource::{Held, Live};

use super::answers::Listed;
use super::{answers, permission};

const FUNCTION: &str = "lambda.function";
/// Of how many that go it is asked who can call them: AWS answers some fifteen such questions a second.
const ASKED: usize = 100;

/// The functions of this region that have the role `role`. Without permission to list functions, a note says so.
pub async fn of_role(cx: &Context, role: &str, own: &Own) -> Result<Others> {
    let mut others = Others::default();
    let all = match answers::all(cx).await {
        Err(error) if error.kind == ErrorKind::Denied => {
            others.notes.push("whether other functions use it is not known: lambda:ListFunctions is denied".into());
            return Ok(others);
        }
        all => all?,
    };
    let has_it = |function: &&Listed| function.role.as_deref().is_some_and(|arn| name_in(arn) == role);
    let names = all.iter().filter(has_it).map(|function| function.name.clone());
    let asked = try_side_by_side(names.filter(|name| !own.has(FUNCTION, name)), |name| async move {
        let function = answers::get(cx, &name).await?;
        let tags = function.as_ref().map(answers::tags_of).transpose()?;
        Ok::<_, Error>((name, tags))
    });
    for (name, tags) in asked.await? {
        let Some(tags) = tags else { continue };
        match Ownership::read(&tags).filter(|_| cx.owns(&name, &tags)) {
            Some(ownership) => others.beside.push(Beside { address: ownership.address, kind: FUNCTION.to_owned(), id: name }),
            None => others.holders.push(Holder {
                command: format!(
                    "aws lambda update-function-configuration --function-name {} --role ARN-OF-ANOTHER-ROLE --region {}",
                    quoted(&name),
                    cx.place.region
                ),
                who: format!("the function {name}"),
            }),
        }
    }
    Ok(others)
}

/// The functions, not known to be the stack's, that use a version of the layer `arn`: `the function f (version 3)`.
/// Without permission to list functions, none are shown.
pub async fn using_layer(cx: &Context, arn: &str, own: &Own) -> Result<Vec<String>> {
    let all = match answers::all(cx).await {
        Err(error) if error.kind == ErrorKind::Denied => return Ok(Vec::new()),
        all => all?,
    };
    let uses = |Listed { name, layers, .. }: &Listed| {
        let version = |layer: &String| layer.strip_prefix(arn)?.strip_prefix(':').map(str::to_owned);
        let version = layers.iter().find_map(version)?;
        (!own.has(FUNCTION, name)).then(|| format!("the function {name} (version {version})"))
    };
    Ok(all.iter().filter_map(uses).collect())
}

/// What others have hung on a function: versions and aliases by which they call it, queues and streams that it reads
/// from, leave to call it. All of that goes with it but for the queues and streams, which find it no more.
pub async fn of_function(cx: &Context, going: &Going<'_>) -> Result<Others> {
    let name = going.id;
    let ((aliases, versions), mappings) = tokio::try_join!(made_of(cx, name), mappings(cx))?;
    let mut notes = Vec::new();
    let named = |sort: &str, names: &[String]| format!("{sort} {}", listed(names.iter().map(String::as_str)));
    if !aliases.is_empty() {
        notes.push(format!("callers that use {} can no longer reach it", named("its alias", &aliases)));
    }
    if !versions.is_empty() {
        notes.push(format!("its {}, which the stack did not create, is deleted with it", named("version", &versions)));
    }
    for mapping in mappings.iter().filter(|mapping| matches(mapping, name)) {
        let (uuid, region) = (mapping.uuid().unwrap_or_default(), &cx.place.region);
        notes.push(format!(
            "it no longer receives events from {}, and the mapping {uuid} is kept: \
             `aws lambda delete-event-source-mapping --uuid {uuid} --region {region}` deletes it",
            mapping.event_source_arn().unwrap_or("an event source")
        ));
    }
    let asked = match going.live {
        Some(live) if live.spec["permissions"].is_null() && cx.crowd() <= ASKED => {
            Some(with_callers(cx, name, live).await?)
        }
        Some(live) if live.spec["permissions"].is_null() => {
            notes.push(format!("who else can call it was not asked, because more than {ASKED} functions go"));
            None
        }
        _ => None,
    };
    let going = &Going { live: asked.as_ref().or(going.live), ..*going };
    match unsaid(going, "permissions", |permission: &Value| Some(permission.to_string())) {
        Unsaid::Known(permissions) => {
            let principals: Vec<_> = permissions.iter().filter_map(|one| one["principal"].as_str()).collect();
            if !principals.is_empty() {
                notes.push(format!("{} can call it, which is not in the file", listed(principals)));
            }
        }
        Unsaid::Hidden(0) => {}
        Unsaid::Hidden(more) => notes.push(format!(
            "it has {more} more permissions than the file; they are not listed because one contains a secret"
        )),
    }
    Ok(Others { notes, ..Others::default() })
}

/// `live` with who may call it.
async fn with_callers(cx: &Context, name: &str, live: &Live<Value>) -> Result<Live<Value>> {
    let permissions = permission::permissions(&permission::read(cx, name).await?);
    let mut live = live.clone();
    live.spec["permissions"] = serde_json::to_value(permissions).unwrap_or_default();
    Ok(live)
}

/// The versions and aliases that others may have made of a function.
pub async fn held(cx: &Context, name: &str) -> Result<Held> {
    let (aliases, versions) = made_of(cx, name).await?;
    Ok(Held::all(["version or alias", "versions and aliases"], aliases.into_iter().chain(versions)))
}

fn matches(mapping: &EventSourceMappingConfiguration, name: &str) -> bool {
    let function = mapping.function_arn().and_then(Arn::parts).and_then(|arn| arn.resource.split(':').nth(1));
    function == Some(name)
}

async fn mappings(cx: &Context) -> Result<Vec<EventSourceMappingConfiguration>> {
    cx.region_wide()
        .shared("event source mappings of the region", async {
            let list = cx.clients.lambda.list_event_source_mappings().into_paginator().send().bounded();
            list.all("lambda:ListEventSourceMappings", |page| page.event_source_mappings.unwrap_or_default()).await
        })
        .await
}

/// Its aliases and versions. Where many functions are looked at, the versions of all are listed, and aliases asked for only
/// where there are any: without one an alias is another name of the function itself.
async fn made_of(cx: &Context, name: &str) -> Result<(Vec<String>, Vec<String>)> {
    if !cx.is_crowded() {
        return tokio::try_join!(aliases(cx, name), versions(cx, name));
    }
    let all = versions_of_all(cx).await?;
    match all.get(name) {
        Some(versions) => Ok((aliases(cx, name).await?, versions.clone())),
        None => Ok(Default::default()),
    }
}

/// The published versions of every function that has any.
async fn versions_of_all(cx: &Context) -> Result<Arc<BTreeMap<String, Vec<String>>>> {
    cx.region_wide()
        .shared("versions of all functions", async {
            let list = cx.clients.lambda.list_functions().function_version(FunctionVersion::All);
            let list = list.into_paginator().send().bounded();
            let published = |function: FunctionConfiguration| {
                let version = function.version.filter(|version| version != "$LATEST");
                function.function_name.zip(version)
            };
            let pages = list.all("lambda:ListFunctions", |page| {
                page.functions.unwrap_or_default().into_iter().filter_map(published)
            });
            let mut versions: BTreeMap<String, Vec<String>> = BTreeMap::new();
            for (name, version) in pages.await? {
                versions.entry(name).or_default().push(version);
            }
            Ok(Arc::new(versions))
        })
        .await
}

async fn aliases(cx: &Context, name: &str) -> Result<Vec<String>> {
    cx.shared(format!("aliases of the function {name}"), async {
        let list = cx.clients.lambda.list_aliases().function_name(name).into_paginator().send().bounded();
        let all = list.all_if_found("lambda:ListAliases", |page| page.aliases.unwrap_or_default()).await?;
        Ok(all.unwrap_or_default().into_iter().filter_map(|alias| alias.name).collect())
    })
    .await
}

/// Those that were published: the newest one is the function itself.
async fn versions(cx: &Context, name: &str) -> Result<Vec<String>> {
    cx.shared(format!("versions of the function {name}"), async {
        let list = cx.clients.lambda.list_versions_by_function().function_name(name).into_paginator().send().bounded();
        let all = list.all_if_found("lambda:ListVersionsByFunction", |page| page.versions.unwrap_or_default()).await?;
        let all = all.unwrap_or_default().into_iter().filter_map(|version| version.version);
        Ok(all.filter(|version| version != "$LATEST").collect())
    })
    .await
}

//! `lambda.function`: a function, with its code, its web address, its permissions and its logs.

pub mod answers;
mod arns;
mod callers;
pub(in crate::resource::lambda) mod check;
pub(in crate::resource::lambda) mod code;
#[cfg(test)]
mod deleting_tests;
pub mod former;
mod handler;
pub mod holders;
mod log_group;
pub mod logs;
mod lookup;
pub(in crate::resource::lambda) mod package;
mod permission;
mod read;
pub mod runtimes;
mod settle;
mod spec;
mod url;
mod write;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::aws::{Call, Context, Error, FEW, Result, concurrently, tags, try_side_by_side};
use crate::resource::account_profile::{Use, Used};
use crate::resource::others::{Going, Others};
use crate::resource::{
    Attribute, Attributes, Base, Change, Current, Desired, Diagnostic, Held, KindInfo, Listing, Live, Offer, Owned,
    Place, Resource, Tags, Unchecked, Upload, is_unknown, texts,
};

use settle::when_idle;
pub use spec::{Architecture, Auth, CodeInS3, Cors, FunctionUrl, ImageConfig, Permission, Spec, Tracing, Vpc};

/// The kind.
pub struct Function;

/// What a stack calls it.
pub const KIND: &str = "lambda.function";

impl Resource for Function {
    type Spec = Spec;

    fn info(&self) -> KindInfo {
        KindInfo {
            attributes: Attribute::all([
                ("arn", "The function's ARN."),
                ("name", "The function's name, as in `aws lambda invoke --function-name`."),
                ("log_group", "The name of the log group that the function writes to."),
                ("url", "The URL of a function with `function_url`; AWS assigns it."),
            ]),
            to_try: texts(["aws lambda invoke --function-name {name} --region {region} outputfile.txt"]),
            made_by: "lambda:CreateFunction".into(),
            listed_by: "lambda:ListFunctions, and lambda:GetFunction of each".into(),
            remove: "aws lambda delete-function --function-name {id} --region {region}".into(),
            untag: "aws lambda untag-resource --tag-keys cloud101:stack --region {region} \
        --resource arn:{partition}:lambda:{region}:{account}:function:{id}"
                .into(),
            unchecked: vec![
                // InvalidParameterValueException: The role defined for the function cannot be assumed by Lambda.
                Unchecked {
                    id: "function_role",
                    property: "role",
                    matters: |role| !role.is_null(),
                    what: "whether Lambda may assume its role",
                },
                // InvalidParameterValueException: … decreases account's UnreservedConcurrentExecution below its minimum value.
                Unchecked {
                    id: "concurrency",
                    property: "reserved_concurrency",
                    matters: |limit| !limit.is_null(),
                    what: "whether the account has that much concurrency left",
                },
                // InvalidParameterValueException: The provided execution role does not have permissions to call SendMessage on SQS.
                Unchecked {
                    id: "dead_letters",
                    property: "dead_letter_arn",
                    matters: |arn| arn.as_str().is_some_and(|arn| !arn.is_empty()),
                    what: "whether the target of `dead_letter_arn` exists, and its role may send to it",
                },
            ],
            offers: vec![Offer {
                property: "runtime".into(),
                common: texts([
                    "python3.14",
                    "python3.13",
                    "nodejs24.x",
                    "nodejs22.x",
                    "java25",
                    "dotnet10",
                    "ruby3.4",
                    "provided.al2023",
                ]),
                known: || runtimes::known().map(|(name, about)| (name.to_owned(), about)).collect(),
            }],
            permissions: crate::resource::lambda::permissions::function(),
            uses: |spec| {
                let set_aside = |value: &Value| value.as_i64().map(Used::Executions);
                Use::of(spec, "reserved_concurrency", set_aside).into_iter().collect()
            },
            ..KindInfo::new(KIND, "A function: code that AWS runs when it is invoked, without a server to manage.")
        }
    }

    fn computed_attributes(&self, place: &Place, name: &str, spec: &Spec) -> Attributes {
        known_attributes(place, name, spec.log_group.as_deref())
    }

    fn check(&self, name: &str, spec: &Spec, base: &Base) -> Vec<Diagnostic> {
        check::check(name, spec, base)
    }

    fn canonical(&self, mut spec: Spec, base: &Base) -> std::result::Result<Spec, Diagnostic> {
        if let Some(code) = spec.code.as_ref().filter(|code| !is_unknown(code)) {
            spec.code_sha256 = Some(code::sha256(&code::pack(code, base)?.bytes));
        }
        spec.function_url = spec.function_url.map(FunctionUrl::canonical);
        let permissions = spec.permissions.take();
        spec.permissions = permissions.map(|list| list.into_iter().map(Permission::canonical).collect());
        Ok(spec)
    }

    fn upload(&self, spec: &Spec, base: &Base) -> std::result::Result<Option<Upload>, Diagnostic> {
        match spec.code.as_ref().filter(|code| !is_unknown(code)) {
            Some(code) => Ok(Some(code::planned(Some(code), spec.code_sha256.as_deref(), base)?.upload())),
            None => Ok(None),
        }
    }

    fn texts(&self, spec: &Spec, base: &Base) -> BTreeMap<String, String> {
        let packed = code::planned(spec.code.as_deref(), spec.code_sha256.as_deref(), base);
        packed.map(|packed| code::texts(&packed.bytes)).unwrap_or_default()
    }

    async fn read(&self, cx: &Context, desired: &[Desired<Spec>]) -> Vec<Result<Option<Live<Spec>>>> {
        // Of those that the list of functions does not show nothing is asked. One that is there nevertheless is found by
        // CreateFunction.
        let (there, groups) = match desired.len() > FEW {
            true => tokio::join!(answers::names(cx), logs::of_many(cx, desired.iter().map(|one| one.name.as_str()))),
            false => (Ok(None), Ok(None)),
        };
        let (there, groups) = match there.and_then(|there| Ok((there, groups?))) {
            Ok(found) => found,
            Err(error) => return desired.iter().map(|_| Err(error.clone())).collect(),
        };
        // A call for each, at the slow pace of such questions, is too much for a class.
        let is_few = desired.len() <= FEW;
        let is_shown = |name: &str| there.as_ref().is_none_or(|there| there.contains(name));
        concurrently(desired, |desired| {
            // What goes may be so new that the list lacks it.
            let (groups, is_shown) = (groups.clone(), cx.all_goes || is_shown(&desired.name));
            async move {
                match is_shown {
                    // Boxed, so that those whose turn has not come take no room.
                    true => Box::pin(read::read(cx, &desired.name, Some(&desired.spec), groups, is_few)).await,
                    false => Ok(None),
                }
            }
        })
        .await
    }

    async fn list(&self, cx: &Context) -> Result<Listing> {
        let functions = answers::all(cx).await?;
        let seen = functions.len();
        // GetFunction returns the same tags as ListTags, can be called more often, and is also what a read calls.
        let found = try_side_by_side(functions.iter(), |listed| async move {
            let function = answers::get(cx, &listed.name).await?;
            let tags = function.as_ref().map(answers::tags_of).transpose()?.unwrap_or_default();
            Ok::<_, Error>(Owned { id: listed.name.clone(), name: listed.name.clone(), tags })
        })
        .await?;
        Ok(Listing::among(cx, seen, found))
    }

    /// A function is made from code or from an image, for good.
    fn must_replace(&self, live: &Spec, target: &Spec) -> Option<String> {
        package::must_replace(live, target).map(str::to_owned)
    }

    async fn preflight(&self, cx: &Context, desired: &[Desired<Spec>]) -> Vec<Result<()>> {
        let today = runtimes::today();
        let judge = |Desired { spec, .. }: &Desired<Spec>| {
            spec.runtime.as_deref().map_or(Ok(()), |runtime| runtimes::accepts_new_functions(runtime, &today))?;
            package::is_near(spec, &cx.place.region)
        };
        desired.iter().map(judge).collect()
    }

    async fn side_effects(&self, cx: &Context, desired: &Desired<Spec>) -> Result<Vec<String>> {
        let Some(days) = desired.spec.log_retention_days else { return Ok(Vec::new()) };
        let group = desired.spec.log_group.clone().unwrap_or_else(|| logs::group(&desired.name));
        if is_unknown(&group) {
            return Ok(Vec::new());
        }
        Ok(logs::of_others(cx, &desired.name, &group, days).await?.into_iter().collect())
    }

    async fn create(&self, cx: &Context, desired: &Desired<Spec>) -> Result<Live<Spec>> {
        write::create(cx, desired).await?;
        read_back(cx, &desired.name, &desired.spec).await
    }

    async fn update(
        &self,
        cx: &Context,
        desired: &Desired<Spec>,
        live: &Live<Spec>,
        change: &Change<Spec>,
    ) -> Result<Live<Spec>> {
        write::update(cx, desired, live, change).await?;
        read_back(cx, &live.id, &desired.spec).await
    }

    async fn current(&self, cx: &Context, name: &str) -> Result<Option<Current>> {
        let Some(function) = answers::get(cx, name).await? else { return Ok(None) };
        let current = Current::tagged(answers::tags_of(&function)?);
        Ok(Some(read::seeing(current, &function)))
    }

    /// The logs first: whatever a kill leaves undone shows on the function.
    async fn update_tags(&self, cx: &Context, name: &str, set: &Tags, remove: &[String]) -> Result<()> {
        logs::update_tags(cx, name, &logs::live_group(cx, name).await?, set, remove).await?;
        let (lambda, arn) = (&cx.clients.lambda, &arn(&cx.place, name));
        let put = || async move {
            let call = lambda.tag_resource().resource(arn).set_tags(Some(set.clone().into_iter().collect()));
            call.send().await.call("lambda:TagResource").map(drop)
        };
        let take = |keys: Vec<String>| async move {
            let call = lambda.untag_resource().resource(arn).set_tag_keys(Some(keys));
            call.send().await.call("lambda:UntagResource").map(drop)
        };
        tags::change(set, remove, put, take).await
    }

    async fn others(&self, cx: &Context, going: &Going<'_>) -> Result<Others> {
        holders::of_function(cx, going).await
    }

    async fn holds(&self, cx: &Context, name: &str, _empty: bool) -> Result<Option<Held>> {
        holders::held(cx, name).await.map(Some)
    }

    /// The logs go first: a run that ends in between still finds the function, and through it the rest. They go once
    /// more at the end: Lambda delivers late, and recreates the group for it, without a mark.
    async fn delete(&self, cx: &Context, name: &str, _empty: bool) -> Result<()> {
        let seen = cx.just_now();
        let function = answers::get(&seen, name).await?;
        let group = logs::group_in(name, function.as_ref());
        // Where many functions go, one that the stack has given none is not asked to lose it.
        let has_url = !seen.is_crowded() || function.as_ref().is_none_or(read::may_have_url);
        let url = async { if has_url { url::delete(cx, name).await } else { Ok(()) } };
        let (had_logs, ()) = tokio::try_join!(logs::delete_ours(cx, &seen, name, &group), url)?;
        when_idle(cx, name, || async {
            let call = cx.clients.lambda.delete_function().function_name(name);
            let answer = call.send().await.call_if_found("lambda:DeleteFunction").map(drop);
            settle::deleted(cx, name, answer).await
        })
        .await?;
        settle::gone(cx, name).await?;
        if had_logs { logs::delete(cx, &group).await.map(drop) } else { Ok(()) }
    }
}

fn arn(place: &Place, name: &str) -> String {
    place.arn("lambda", &format!("function:{name}"))
}

fn known_attributes(place: &Place, name: &str, log_group: Option<&str>) -> Attributes {
    Attributes::from([
        ("arn".into(), arn(place, name)),
        ("name".into(), name.into()),
        ("log_group".into(), log_group_or_own(name, log_group)),
    ])
}

/// The group that the file names, or the one that Lambda makes of the function's name.
fn log_group_or_own(name: &str, log_group: Option<&str>) -> String {
    log_group.filter(|group| !group.is_empty()).map_or_else(|| logs::group(name), str::to_owned)
}

async fn read_back(cx: &Context, name: &str, desired: &Spec) -> Result<Live<Spec>> {
    // Of a group of which the file says nothing there is nothing to learn.
    let groups = desired.log_retention_days.is_none().then(Arc::default);
    let live = read::read(cx, name, Some(desired), groups, false).await?;
    live.ok_or_else(|| Error::unexpected("lambda:GetFunction", "the function is gone"))
}

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::*;
use crate::aws::Context;
use crate::aws::ownership::{LastApplied, LifecycleFlags, Ownership};
use crate::testing::aws::{Answer, Asked, Aws, no, yes};
use crate::testing::place;

const LIST: &str = "lambda:GET /2018-10-31/layers/libs/versions";
const PUBLISH: &str = "lambda:POST /2018-10-31/layers/libs/versions";

/// An account with versions of the layer `libs`, in which more may be published. As AWS does, it never uses a number again,
/// and says nothing of what was not given.
fn account(there: Vec<Value>, mut publish: impl FnMut(u32) -> Option<Answer> + Send + 'static) -> Aws {
    let mut all: BTreeMap<u64, Value> = BTreeMap::new();
    let mut number = 0;
    let mut add = move |all: &mut BTreeMap<u64, Value>, mut version: Value| {
        number += 1;
        version["Version"] = number.into();
        version["LayerVersionArn"] = format!("{}:{number}", mark::layer_arn(&place(), "libs")).into();
        all.insert(number, version.clone());
        version
    };
    there.into_iter().for_each(|version| drop(add(&mut all, version)));
    let mut calls = 0;
    Aws::with(move |call| {
        let number = call.name.rsplit('/').next().and_then(|end| end.parse().ok());
        let without_code = |version: &Value| {
            let mut version = version.clone();
            version.as_object_mut().expect("an object").remove("Content");
            version
        };
        match (call.name.as_str(), number) {
            ("lambda:GET /2018-10-31/layers", _) => yes(match all.is_empty() {
                true => json!({ "Layers": [] }).to_string(),
                false => json!({ "Layers": [{ "LayerName": "libs" }] }).to_string(),
            }),
            (LIST, _) => yes(json!({ "LayerVersions": all.values().map(without_code).collect::<Value>() }).to_string()),
            (PUBLISH, _) => {
                let version = add(&mut all, published(call));
                calls += 1;
                publish(calls).unwrap_or_else(|| yes(version.to_string()))
            }
            (name, Some(number)) if name.starts_with("lambda:GET") => match all.get(&number) {
                Some(version) => yes(version.to_string()),
                None => no(404, "ResourceNotFoundException", "The resource you requested does not exist."),
            },
            (name, Some(number)) if name.starts_with("lambda:DELETE") => {
                all.remove(&number);
                yes("")
            }
            (name, _) => panic!("{name}"),
        }
    })
}

fn published(call: &Asked) -> Value {
    use base64::prelude::{BASE64_STANDARD, Engine};
    let mut version: Value = serde_json::from_str(&call.body).expect("JSON");
    let zip = version["Content"]["ZipFile"].as_str().map(|zip| BASE64_STANDARD.decode(zip.replace(' ', "+")));
    version["Content"] =
        json!({ "CodeSha256": zip.map(|zip| code::sha256(&zip.expect("base64"))).unwrap_or_default() });
    let object = version.as_object_mut().expect("an object");
    object.retain(|_, value| *value != json!("") && *value != json!([]));
    version
}

fn of_others(description: &str) -> Value {
    json!({ "Description": description, "Content": { "CodeSha256": "theirs" } })
}

/// A folder with code, and a context in it.
struct Lesson {
    folder: tempfile::TempDir,
    cx: Context,
}

impl Lesson {
    fn of(aws: &Aws) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let cx = Context::new(aws.context().clients, place(), folder.path().to_owned());
        let lesson = Self { folder, cx };
        lesson.write("x = 1\n");
        lesson
    }

    fn write(&self, text: &str) {
        let path = self.folder.path().join("code/python");
        std::fs::create_dir_all(&path).expect("a folder");
        std::fs::write(path.join("lesson.py"), text).expect("a file");
    }

    /// What the file wants, with the marks that the engine gives it.
    fn desired(&self, more: Value) -> Desired<Spec> {
        self.desired_by("cloud101", LifecycleFlags::default(), more)
    }

    fn desired_by(&self, stack: &str, keep: LifecycleFlags, more: Value) -> Desired<Spec> {
        let mut spec = json!({ "code": "code" });
        spec.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        let spec: Spec = serde_json::from_value(spec).expect("a spec");
        let spec = Layer.canonical(spec, &self.cx.base).expect("canonical");
        let mut applied = LastApplied::default();
        for (name, value) in json!(spec).as_object().expect("an object") {
            if name != "code" && !value.is_null() {
                applied.insert(name, value, false);
            }
        }
        applied.bind("libs");
        let tags = Ownership { stack: stack.into(), address: Address::new("libs"), applied, keep }.tags();
        Desired { address: Address::new("libs"), name: "libs".into(), spec, tags, replaces: None }
    }

    async fn create(&self, more: Value) -> Result<Live<Spec>> {
        Layer.create(&self.cx, &self.desired(more)).await
    }

    async fn update(&self, live: &Live<Spec>, more: Value) -> Live<Spec> {
        let desired = self.desired(more);
        let change = Change { target: desired.spec.clone(), paths: Default::default() };
        Layer.update(&self.cx, &desired, live, &change).await.expect("updated")
    }

    async fn read(&self, more: Value) -> Live<Spec> {
        let found = Layer.read(&self.cx, &[self.desired(more)]).await.remove(0);
        found.expect("an answer").expect("a layer")
    }
}

fn count(aws: &Aws, start: &str) -> usize {
    aws.names().iter().filter(|name| name.starts_with(start)).count()
}

fn numbers(live: &Live<Spec>) -> (String, String) {
    (live.attributes["version"].clone(), live.attributes["arn"].clone())
}

#[tokio::test]
async fn each_change_is_another_version_with_all_there_is_to_say() {
    let aws = account(Vec::new(), |_| None);
    let lesson = Lesson::of(&aws);
    let said = json!({ "description": "numpy", "license": "MIT", "compatible_runtimes": ["python3.13", "python3.12"] });
    let first = lesson.create(said.clone()).await.expect("made");
    let arn = |n: u32| format!("arn:aws:lambda:us-east-1:123456789012:layer:libs:{n}");
    assert_eq!(numbers(&first), ("1".into(), arn(1)));
    assert_eq!(first.tags, lesson.desired(said.clone()).tags, "what other resources carry in tags");
    assert_eq!(first.spec.description.as_deref(), Some("numpy"));
    assert_eq!(first.spec.code_sha256, lesson.desired(json!({})).spec.code_sha256);
    lesson.write("x = 2\n");
    let second = lesson.update(&first, json!({ "description": "numpy" })).await;
    assert_eq!(numbers(&second), ("2".into(), arn(2)));
    assert_ne!(second.spec.code_sha256, first.spec.code_sha256);
    assert_eq!(second.spec.license.as_deref(), Some("MIT"), "what the file leaves alone stays");
    let applied = LastApplied::read(&second.tags);
    assert!(applied.has("description") && !applied.has("license") && applied.is_bound_to("libs"));
    assert_eq!(Layer.renews(&first.spec, &second.spec), ["arn", "version"]);
}

#[tokio::test]
async fn flags_survive_for_a_layer_that_the_file_no_longer_has() {
    let aws = account(Vec::new(), |_| None);
    let lesson = Lesson::of(&aws);
    let keep = LifecycleFlags { retain: true, protect: true, ..LifecycleFlags::default() };
    Layer.create(&lesson.cx, &lesson.desired_by("cloud101", keep.clone(), json!({}))).await.expect("made");
    let listing = Layer.list(&lesson.cx).await.expect("a list");
    let ownership_tags: Vec<_> = listing.owned.iter().filter_map(|one| Ownership::read(&one.tags)).collect();
    assert_eq!((listing.seen, ownership_tags.len(), &ownership_tags[0].keep), (Some(1), 1, &keep));
}

/// PublishLayerVersion knows no token: a second call makes a second version.
#[tokio::test]
async fn a_version_whose_call_got_no_answer_is_found_and_not_published_twice() {
    let lost = |call| (call == 1).then(|| no(500, "ServiceException", "An error occurred."));
    let aws = account(Vec::new(), lost);
    let lesson = Lesson::of(&aws);
    let first = lesson.create(json!({ "description": "numpy" })).await.expect("found");
    assert_eq!((numbers(&first).0.as_str(), count(&aws, PUBLISH)), ("1", 1));
    // The run was killed there, and the next one sees nothing yet.
    let again = lesson.create(json!({ "description": "numpy" })).await.expect("found");
    assert_eq!((numbers(&again).0.as_str(), count(&aws, PUBLISH)), ("1", 1));
    // Another flag is another version.
    let keep = LifecycleFlags { protect: true, ..LifecycleFlags::default() };
    let desired = lesson.desired_by("cloud101", keep, json!({ "description": "numpy" }));
    let change = Change { target: desired.spec.clone(), paths: Default::default() };
    let protected = Layer.update(&lesson.cx, &desired, &again, &change).await.expect("published");
    assert_eq!((numbers(&protected).0.as_str(), count(&aws, PUBLISH)), ("2", 2));
}

#[tokio::test]
async fn what_goes_back_to_an_older_version_is_a_new_one() {
    let aws = account(Vec::new(), |_| None);
    let lesson = Lesson::of(&aws);
    let first = lesson.create(json!({})).await.expect("made");
    lesson.write("x = 2\n");
    let second = lesson.update(&first, json!({})).await;
    lesson.write("x = 1\n");
    let third = lesson.update(&second, json!({})).await;
    assert_eq!((numbers(&third).0.as_str(), &third.spec.code_sha256), ("3", &first.spec.code_sha256));
}

#[tokio::test]
async fn versions_of_others_are_named_and_outlive_the_stacks() {
    // Others copied the description of the stack's version, once with other code, and once to begin with.
    let copied = {
        let lesson = Lesson::of(&account(Vec::new(), |_| None));
        let desired = lesson.desired(json!({ "description": "numpy" }));
        mark::described(&place(), "libs", &desired.spec, "numpy", &desired.tags)
    };
    let aws = account(vec![of_others("theirs"), of_others(&copied)], |_| None);
    let lesson = Lesson::of(&aws);
    let live = lesson.read(json!({})).await;
    assert_eq!((live.tags, live.spec.description.as_deref()), (Tags::new(), Some(&*copied)), "a copy is not a mark");
    let own = lesson.create(json!({ "description": "numpy" })).await.expect("made");
    assert_eq!(numbers(&own).0, "3");
    lesson.write("x = 2\n");
    let own = lesson.update(&own, json!({ "description": "numpy" })).await;
    // Older copies are distinguished from the stack's own only when those are deleted.
    assert_eq!(own.notes, ["others published version 1 of `libs`, which cloud101 ignores"]);
    assert_eq!(Layer.list(&lesson.cx).await.expect("a list").owned.len(), 1);

    Layer.delete(&lesson.cx, "libs", false).await.expect("deleted");
    assert_eq!(count(&aws, "lambda:DELETE"), 2);
    let left = lesson.read(json!({})).await;
    assert_eq!((numbers(&left).0.as_str(), left.tags), ("2", Tags::new()));
    assert!(Layer.list(&lesson.cx).await.expect("a list").owned.is_empty());
    // A second time there is nothing to do.
    Layer.delete(&lesson.cx, "libs", false).await.expect("deleted");
    assert_eq!(count(&aws, "lambda:DELETE"), 2);
}

#[tokio::test]
async fn a_layer_of_another_stack_says_so_and_is_not_listed() {
    let aws = account(Vec::new(), |_| None);
    let lesson = Lesson::of(&aws);
    let theirs = lesson.desired_by("elsewhere", LifecycleFlags::default(), json!({ "description": "theirs" }));
    Layer.create(&lesson.cx, &theirs).await.expect("made");
    let live = lesson.read(json!({})).await;
    assert_eq!(Ownership::read(&live.tags).map(|mark| mark.stack).as_deref(), Some("elsewhere"));
    assert_eq!(live.spec.description.as_deref(), Some("theirs"));
    assert!(Layer.list(&lesson.cx).await.expect("a list").owned.is_empty());
    Layer.delete(&lesson.cx, "libs", false).await.expect("nothing to do");
    assert_eq!(count(&aws, "lambda:DELETE"), 0);
}

#[tokio::test]
async fn a_description_of_others_that_leaves_no_room_is_said() {
    let aws = account(vec![of_others(&"x".repeat(256))], |_| None);
    let lesson = Lesson::of(&aws);
    let there = lesson.read(json!({})).await;
    let desired = lesson.desired(json!({}));
    let change = Change { target: desired.spec.clone(), paths: Default::default() };
    let error = Layer.update(&lesson.cx, &desired, &there, &change).await.expect_err("no room");
    assert!(error.hint.is_some_and(|hint| hint.contains("`description`")), "{}", error.message);
    assert_eq!(count(&aws, PUBLISH), 0);
    let shorter = lesson.update(&there, json!({ "description": "numpy" })).await;
    assert_eq!(shorter.spec.description.as_deref(), Some("numpy"));
}

#[tokio::test]
async fn code_that_changed_since_the_plan_is_not_published() {
    let aws = account(Vec::new(), |_| None);
    let lesson = Lesson::of(&aws);
    let desired = lesson.desired(json!({}));
    lesson.write("x = 2\n");
    let error = Layer.create(&lesson.cx, &desired).await.expect_err("refused");
    assert!(error.message.contains("was changed while this ran"), "{error}");
    assert_eq!(count(&aws, PUBLISH), 0);
}

#[tokio::test]
async fn code_in_s3_is_named_and_its_place_is_remembered() {
    let aws = account(Vec::new(), |_| None);
    let lesson = Lesson::of(&aws);
    let of = |version: &str| {
        let code = json!({ "bucket": "lesson", "key": "large.zip", "version": version });
        let mut desired = lesson.desired(json!({}));
        desired.spec = serde_json::from_value(json!({ "code_s3": code })).expect("a spec");
        let mut applied = LastApplied::default();
        for part in ["bucket", "key", "version"] {
            applied.insert(&format!("code_s3.{part}"), &code[part], false);
        }
        applied.bind("libs");
        desired.tags = Ownership { applied, ..Ownership::read(&desired.tags).expect("a mark") }.tags();
        desired
    };
    let first = Layer.create(&lesson.cx, &of("one")).await.expect("made");
    let asked = aws.calls().into_iter().find(|call| call.name == PUBLISH).expect("a call");
    let content: Value = serde_json::from_str(&asked.body).expect("JSON");
    let place = json!({ "S3Bucket": "lesson", "S3Key": "large.zip", "S3ObjectVersion": "one" });
    assert_eq!(content["Content"], place);
    assert_eq!(first.tags, of("one").tags);
    let live = Layer.read(&lesson.cx, &[of("two")]).await.remove(0).expect("an answer").expect("a layer");
    assert_ne!(live.tags, of("two").tags, "a plan sees the new version");
}

#[tokio::test]
async fn functions_that_go_on_with_a_version_are_named() {
    use crate::resource::others::Own;
    let uses = |name: &str, layer: &str| json!({ "FunctionName": name, "Layers": [{ "Arn": layer }] });
    let arn = |layer: &str| mark::layer_arn(&place(), layer);
    let functions = [
        uses("own", &format!("{}:3", arn("libs"))),
        uses("theirs", &format!("{}:2", arn("libs"))),
        uses("another", &format!("{}:2", arn("libs2"))),
    ];
    let aws = Aws::with(move |_| yes(json!({ "Functions": functions }).to_string()));
    let own: Own = [("lambda.function".to_owned(), "own".to_owned())].into_iter().collect();
    let going = Going { id: "libs", live: None, said: None, own: &own };
    let others = Layer.others(&aws.context(), &going).await.expect("an answer");
    let expected = "the function theirs (version 2), not part of the plan, goes on using the version that it has, \
        which can't be assigned to it again";
    assert_eq!((others.holders.len(), others.notes), (0, vec![expected.to_owned()]));
}

//! Whether what is put there is what the plan showed.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{carried_out, depends_on, desire, finished};
use crate::apply::unchanged::as_planned;
use crate::model::reference::unknown;
use crate::plan::Action;
use crate::resource::{Address, Desired, Registry};
use crate::testing::fake::{World, kind_in};
use crate::testing::numbered::{plan, stack, step};

fn desired(spec: Value, tags: &[(&str, &str)]) -> Desired<Value> {
    let tags = tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    Desired { address: Address::new("page"), name: "page".into(), spec, tags, replaces: None }
}

/// What is said of an object that the file describes so, and that was planned to be this and is now that.
fn said(file: &Value, planned: &Desired<Value>, now: &Desired<Value>) -> Option<String> {
    let registry = Registry::builtin();
    let kind = registry.find("s3.object").unwrap();
    as_planned(&**kind, file, planned, now).err().map(|error| error.message)
}

#[test]
fn another_value_is_said_in_the_words_of_the_file() {
    let of = |spec: Value| desired(spec, &[]);
    let (a, b) = (of(json!({"cache_control": "a"})), of(json!({"cache_control": "b"})));
    assert_eq!(said(&json!({}), &a, &a), None);
    let changed = |what: &str| Some(format!("{what} changed since the plan was made"));
    assert_eq!(said(&json!({}), &a, &b), changed("the value of `cache_control`"));
    let file = json!({"cache_control": "${topic.name}"});
    assert_eq!(said(&file, &a, &b), changed("what `cache_control: ${topic.name}` stands for"));
    assert_eq!(said(&json!({}), &a, &of(json!({}))), changed("the value of `cache_control`"));
    // A hash says nothing to people: it stands for the file that it is of.
    let (old, new) = (of(json!({"content_sha256": "old"})), of(json!({"content_sha256": "new"})));
    let file = json!({"cache_control": "a", "source": "notes.txt"});
    assert_eq!(said(&file, &old, &new), changed("what `source: notes.txt` stands for"));
}

#[test]
fn another_tag_is_said_and_one_more_is_not() {
    let of = |tags: &[(&str, &str)]| desired(json!({}), tags);
    let planned = of(&[("course", "a"), ("year", "1")]);
    let changed = Some("the value of the tag `course` changed since the plan was made".to_owned());
    assert_eq!(said(&json!({}), &planned, &planned), None);
    assert_eq!(said(&json!({}), &planned, &of(&[("course", "b"), ("year", "1")])), changed);
    assert_eq!(said(&json!({}), &planned, &of(&[("year", "1")])), changed);
    assert_eq!(said(&json!({}), &planned, &of(&[("course", "a"), ("year", "1"), ("more", "x")])), None);
}

#[test]
fn what_is_not_known_yet_or_was_not_is_passed_over() {
    let known = desired(json!({"cache_control": "a", "metadata": {"at": "a"}}), &[("course", "a")]);
    let text = unknown();
    let open = desired(json!({"cache_control": text, "metadata": {"at": text}}), &[("course", text.as_str())]);
    assert_eq!(said(&json!({}), &open, &known), None);
    assert_eq!(said(&json!({}), &known, &open), None);
}

/// Texts in which it is left unknown would be set as they are.
#[test]
fn what_refers_to_an_attribute_that_aws_did_not_return_is_not_put_there() {
    for (spec, tag) in [(json!({"text": "${r0.nothing}"}), None), (json!({}), Some("${r0.nothing}"))] {
        let world = World::default().leaked();
        let kind = kind_in("sns.topic", world);
        let mut stack = stack(&depends_on(&[(1, 0)], 2), &kind);
        stack.resources[1].spec = Arc::new(spec);
        stack.resources[1].tags.extend(tag.map(|tag| ("at".to_owned(), tag.to_owned())));
        let plan = plan(&stack, (0..2).map(|n| step(n, Action::Create, true, &kind)).collect());
        let summary = carried_out(&stack, plan);
        assert_eq!(world.calls(), ["put r0"]);
        let said = &summary.failed[0].1.message;
        assert_eq!(said, "it refers to an attribute that AWS did not return", "{tag:?}");
    }
}

/// Only what is done is looked at before: a file that was edited beside it keeps nothing from being done.
#[tokio::test]
async fn what_nothing_is_done_with_may_have_become_anything() {
    let world = World::default().leaked();
    let kind = kind_in("sns.topic", world);
    let mut stack = stack(&depends_on(&[], 2), &kind);
    stack.resources[1].spec = Arc::new(json!({"digest": "new", "source": "notes.txt"}));
    let mut plan = plan(&stack, vec![step(0, Action::Create, true, &kind), step(1, Action::None, true, &kind)]);
    desire(&stack, &mut plan);
    plan.steps[1].planned.as_mut().unwrap().desired.reveal_mut().spec = json!({"digest": "old"});
    let (summary, _) = finished(&Arc::new(plan), 1, CancellationToken::new()).await;
    assert!(summary.is_complete(), "{summary:?}");
    assert_eq!(world.calls(), ["put r0"]);
}

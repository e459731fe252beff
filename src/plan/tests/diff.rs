//! The comparison of one resource, whatever its values are.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::aws::ownership::LastApplied;
use crate::model::value::{at, set};
use crate::plan::desired::applied;
use crate::plan::diff::{Diff, becomes, text_changes};
use crate::plan::same::{normal, same};
use crate::plan::value::PlanValue;
use crate::plan::{PropertyChange, Reason};
use crate::resource::kind::Kind;
use crate::resource::{Address, Desired, Live, Registry};
use crate::stack::Stack;
use crate::testing::fake;
use crate::testing::numbered::stack;

const LEAVES: [&str; 9] =
    ["number", "text", "ordered", "subscriptions", "exact", "disks", "group.left", "group.right", "map"];

/// A stack of one resource.
fn stack_of(spec: &Value) -> Stack {
    let mut stack = stack(&[BTreeSet::new()], &kind());
    stack.resources[0].spec = Arc::new(spec.clone());
    stack
}

fn desired_of(spec: &Value) -> Desired<Value> {
    Desired {
        address: Address::new("thing"),
        name: "thing".into(),
        spec: spec.clone(),
        tags: BTreeMap::new(),
        replaces: None,
    }
}

fn applied_of(spec: &Value) -> LastApplied {
    applied(&*kind(), &desired_of(spec), &BTreeSet::new())
}

fn kind() -> Arc<dyn Kind> {
    static KIND: std::sync::LazyLock<Arc<dyn Kind>> = std::sync::LazyLock::new(|| fake::kind("fake.thing"));
    KIND.clone()
}

fn changes_with(desired: &Value, live: &Value, applied: &LastApplied, ignored: &[&str]) -> Vec<PropertyChange> {
    compared(desired, live, applied, ignored, |diff| diff.changes())
}

/// What a comparison comes to in which `role` was made again.
fn compared<T>(
    desired: &Value,
    live: &Value,
    applied: &LastApplied,
    ignored: &[&str],
    result: impl FnOnce(&Diff<'_>) -> T,
) -> T {
    let mut stack = stack_of(desired);
    stack.resources[0].ignore_drift = ignored.iter().map(|path| (*path).to_owned()).collect();
    let live = Live::new("thing", live.clone(), BTreeMap::new(), BTreeMap::new());
    let (desired, replaced) = (desired_of(desired), BTreeSet::new());
    let remade = BTreeSet::from([Address::new("role")]);
    let diff = Diff {
        stack: &stack,
        declared: &stack.resources[0],
        desired: &desired,
        tolerated: &desired.spec,
        live: &live,
        applied,
        recorded: &LastApplied::default(),
        replaced: &replaced,
        remade: &remade,
        made: &BTreeMap::new(),
        renewed: &replaced,
    };
    result(&diff)
}

/// The paths that differ, and why.
fn changes(desired: &Value, live: &Value, applied: &LastApplied) -> Vec<(String, Reason)> {
    changes_with(desired, live, applied, &[]).into_iter().map(|change| (change.path, change.reason)).collect()
}

fn words() -> impl Strategy<Value = String> {
    "[a-z]{1,4}"
}

fn things(key: &'static str) -> impl Strategy<Value = Value> {
    let thing = (words(), 0..3i64).prop_map(move |(word, n)| json!({key: word, "n": n}));
    prop::collection::vec(thing, 0..4).prop_map(move |mut things| {
        things.sort_by_key(|thing| thing[key].to_string());
        things.dedup_by_key(|thing| thing[key].to_string());
        Value::Array(things)
    })
}

/// A value for a leaf; another one if `other`.
fn value(path: &str) -> BoxedStrategy<Value> {
    match path {
        "number" | "group.left" => (-5..5i64).prop_map(Value::from).boxed(),
        "ordered" => prop::collection::vec(words(), 0..4).prop_map(Value::from).boxed(),
        "map" => prop::collection::btree_map(words(), words(), 0..4).prop_map(|map| json!(map)).boxed(),
        "subscriptions" | "exact" => things("endpoint").boxed(),
        "disks" => things("device").boxed(),
        _ => words().prop_map(Value::from).boxed(),
    }
}

/// Some leaves with values.
fn spec() -> impl Strategy<Value = Value> {
    let leaf = |path: &'static str| prop::option::of(value(path)).prop_map(move |value| (path, value));
    LEAVES.map(leaf).to_vec().prop_map(|leaves| {
        let mut spec = Value::Object(Map::new());
        for (path, value) in leaves.into_iter().filter(|(_, value)| value.is_some()) {
            set(&mut spec, path, value);
        }
        spec
    })
}

fn leaf() -> impl Strategy<Value = (&'static str, Value)> {
    prop::sample::select(LEAVES.to_vec()).prop_flat_map(|path| value(path).prop_map(move |value| (path, value)))
}

/// Whether two values of a leaf mean the same.
fn alike(path: &str, a: Option<&Value>, b: Option<&Value>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => {
            let kind = kind();
            let property = kind.schema().at(path).unwrap();
            normal(property, a) == normal(property, b)
        }
        (a, b) => a.is_none() && b.is_none(),
    }
}

proptest! {
    #[test]
    fn what_is_as_it_should_be_does_not_change(spec in spec()) {
        prop_assert_eq!(changes(&spec, &spec, &applied_of(&spec)), vec![]);
    }

    #[test]
    fn one_leaf_changed_in_the_file_is_that_leaf(spec in spec(), (path, new) in leaf()) {
        let mut desired = spec.clone();
        set(&mut desired, path, Some(new.clone()));
        let found = changes(&desired, &spec, &applied_of(&spec));
        if alike(path, Some(&new), at(&spec, path)) {
            prop_assert_eq!(found, vec![]);
        } else {
            prop_assert_eq!(found, vec![(path.to_owned(), Reason::File)]);
        }
    }

    #[test]
    fn one_leaf_changed_in_the_account_is_drift_and_can_be_ignored(spec in spec(), (path, new) in leaf()) {
        let mut live = spec.clone();
        set(&mut live, path, Some(new.clone()));
        let applied = applied_of(&spec);
        let expected = match at(&spec, path) {
            Some(old) if !alike(path, Some(&new), Some(old)) => vec![(path.to_owned(), Reason::Drift)],
            _ => vec![],
        };
        prop_assert_eq!(changes(&spec, &live, &applied), expected);
        prop_assert_eq!(changes_with(&spec, &live, &applied, &[path]), vec![]);
    }

    #[test]
    fn what_was_never_in_the_file_is_left_alone(spec in spec(), others in spec()) {
        let mut live = others;
        for path in LEAVES {
            if let Some(value) = at(&spec, path) {
                set(&mut live, path, Some(value.clone()));
            }
        }
        prop_assert_eq!(changes(&spec, &live, &applied_of(&spec)), vec![]);
    }

    #[test]
    fn what_is_taken_out_of_the_file_goes_back(spec in spec(), path in prop::sample::select(LEAVES.to_vec())) {
        let mut desired = spec.clone();
        set(&mut desired, path, None);
        let found = changes_with(&desired, &spec, &applied_of(&spec), &[]);
        let default = (path == "number").then(|| json!(3));
        let after = default.clone().map(PlanValue::from);
        match at(&spec, path) {
            // What AWS can't change and has no default stays.
            Some(_) if path == "group.right" => prop_assert_eq!(found, vec![]),
            Some(there) => {
                prop_assert_eq!(found.len(), 1);
                let reason = if Some(there) == default.as_ref() { Reason::Forgotten } else { Reason::TakenOut };
                prop_assert_eq!((&*found[0].path, &found[0].reason, &found[0].after), (path, &reason, &after));
            }
            None => prop_assert_eq!(found, vec![]),
        }
        prop_assert_eq!(changes_with(&desired, &spec, &applied_of(&spec), &[path]), vec![]);
    }

    #[test]
    fn the_order_of_a_set_means_nothing(
        spec in spec(),
        (one, other) in things("endpoint").prop_flat_map(|one| {
            let items = one.as_array().cloned().unwrap_or_default();
            (Just(one), Just(items).prop_shuffle())
        }),
    ) {
        for path in ["subscriptions", "exact"] {
            let (mut a, mut b) = (spec.clone(), spec.clone());
            set(&mut a, path, Some(one.clone()));
            set(&mut b, path, Some(json!(other)));
            prop_assert_eq!(changes(&a, &b, &applied_of(&b)), vec![]);
            prop_assert_eq!(changes(&a, &b, &applied_of(&a)), vec![]);
            // In a list it does.
            let expected = if one == json!(other) { vec![] } else { vec!["ordered".to_owned()] };
            set(&mut a, "ordered", Some(json!(one.as_array().unwrap())));
            set(&mut b, "ordered", Some(json!(other)));
            let paths: Vec<_> = changes(&a, &b, &applied_of(&b)).into_iter().map(|(path, _)| path).collect();
            prop_assert_eq!(paths, expected);
        }
    }

    #[test]
    fn equal_in_normal_form_is_the_same(spec in spec(), other in spec()) {
        for path in LEAVES {
            let kind = kind();
            let property = kind.schema().at(path).unwrap();
            if let (Some(a), Some(b)) = (at(&spec, path), at(&other, path)) {
                prop_assert!(same(property, a, a));
                prop_assert_eq!(normal(property, a) == normal(property, b), same(property, a, b));
                prop_assert_eq!(normal(property, &normal(property, a)), normal(property, a));
            }
        }
    }
}

fn is_same(path: &str, desired: Value, live: Value) -> bool {
    same(kind().schema().at(path).unwrap(), &desired, &live)
}

#[test]
fn elements_may_leave_something_out_unless_they_are_exact() {
    let (short, long) = (json!([{"endpoint": "a"}]), json!([{"endpoint": "a", "raw": true}]));
    assert!(is_same("subscriptions", short.clone(), long.clone()));
    assert!(!is_same("subscriptions", long.clone(), short.clone()));
    assert!(!is_same("exact", short, long));
    assert!(is_same(
        "disks",
        json!([{"device": "b"}, {"device": "a"}]),
        json!([{"device": "a", "n": 1}, {"device": "b"}])
    ));
    assert!(!is_same("disks", json!([{"device": "a"}]), json!([{"device": "a"}, {"device": "b"}])));
    assert!(!is_same("disks", json!([{"device": "a"}, {"device": "a"}]), json!([{"device": "a"}, {"device": "b"}])));
    assert!(!is_same("map", json!({"a": "1"}), json!({"a": "1", "b": "2"})));
}

#[test]
fn each_vague_element_finds_a_partner_if_there_is_one() {
    let desired = json!([{"a": 1, "b": 1}, {"a": 1, "c": 1}]);
    assert!(is_same("subscriptions", desired.clone(), json!([{"a": 1, "b": 1, "c": 1}, {"a": 1, "b": 1}])));
    assert!(is_same("subscriptions", desired.clone(), json!([{"a": 1, "b": 1}, {"a": 1, "b": 1, "c": 1}])));
    assert!(!is_same("subscriptions", desired, json!([{"a": 1, "b": 1}, {"a": 1, "b": 1}])));
}

#[test]
fn numbers_texts_and_policies_are_compared_by_what_they_mean() {
    assert!(is_same("number", json!(30), json!(30.0)));
    assert!(!is_same("number", json!(9_007_199_254_740_993_i64), json!(9_007_199_254_740_992_i64)));
    assert!(is_same("exact", json!([{"n": 1, "m": [2]}]), json!([{"m": [2.0], "n": 1.0}])));
    assert!(is_same("script", json!("a\r\nb  \n\n"), json!("a\nb")));
    assert!(!is_same("script", json!("a\n b"), json!("a\nb")));
    let statement = |action: Value| json!({"Statement": [{"Effect": "Allow", "Action": action}]});
    assert!(is_same("policy", statement(json!("s3:*")), statement(json!(["S3:*"]))));
    assert!(is_same("policy", json!({"mail": statement(json!("s3:*"))}), json!({"mail": statement(json!(["s3:*"]))})));
    assert!(!is_same("policy", json!({"mail": statement(json!("s3:*"))}), json!({})));
    assert!(is_same("policy", json!({}), json!({})));
    assert!(!is_same("policy", json!({"mail": statement(json!("s3:*"))}), json!({"mail": statement(json!("ec2:*"))})));
    assert!(!is_same("policy", json!({}), json!({"mail": statement(json!("s3:*"))})));
    assert!(!is_same("policy", statement(json!("s3:*")), json!({"mail": statement(json!("s3:*"))})));
}

#[test]
fn order_and_blank_space_mean_something_unless_the_schema_says_otherwise() {
    assert!(!is_same("ordered", json!(["a", "b"]), json!(["b", "a"])));
    assert!(is_same("exact", json!(["a", "b"]), json!(["b", "a"])));
    assert!(!is_same("text", json!("a "), json!("a")));
    let kind = kind();
    let alike = |path: &str, one: Value, other: Value| {
        let property = kind.schema().at(path).unwrap();
        normal(property, &one) == normal(property, &other)
    };
    assert!(
        !alike("ordered", json!(["a", "b"]), json!(["b", "a"])) && alike("exact", json!(["a", "b"]), json!(["b", "a"]))
    );
    assert!(!alike("text", json!("a "), json!("a")) && alike("script", json!("a \n"), json!("a")));
}

#[test]
fn a_list_in_an_element_is_covered_element_by_element() {
    let with = |list: Value| json!([{"endpoint": "a", "rules": list}]);
    assert!(is_same("subscriptions", with(json!([{"x": 1}])), with(json!([{"x": 1, "y": 2}]))));
    assert!(!is_same("subscriptions", with(json!([{"x": 1}])), with(json!([{"x": 2}]))));
    assert!(!is_same("subscriptions", with(json!([{"x": 1}])), with(json!([{"x": 1}, {"x": 2}]))));
}

#[test]
fn a_file_that_says_the_same_in_other_words_changes_nothing() {
    let policy = |statement: &str| serde_json::from_str::<Value>(statement).unwrap();
    let one =
        json!({"policy": policy(r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["a"]}]}"#)});
    let other =
        json!({"policy": policy(r#"{"Statement": {"Action": "a", "Effect": "Allow"}, "Version": "2012-10-17"}"#)});
    assert_eq!(changes(&other, &one, &applied_of(&one)), []);
}

#[test]
fn every_kind_s_defaults_and_examples_are_the_same_as_themselves() {
    for kind in Registry::builtin().all() {
        for path in kind.schema().leaves() {
            let property = kind.schema().at(path).unwrap();
            let examples = property.annotation("examples").and_then(Value::as_array).into_iter().flatten();
            for value in examples.chain(property.annotation("x-default")) {
                assert!(same(property, value, value), "{} {path} {value}", kind.name());
                assert!(same(property, &normal(property, value), value), "{} {path} {value}", kind.name());
            }
        }
    }
}

#[test]
fn what_becomes_of_it_is_what_its_properties_change_to() {
    let change = |path: &str, reason: Reason| PropertyChange {
        path: path.into(),
        before: None,
        after: None,
        reason,
        replaces: false,
        text: false,
        said: true,
    };
    let live = json!({"text": "a", "number": 7, "group": {"left": 1}, "tags": {"x": "kept"}});
    let live = Live::new("thing", live, BTreeMap::new(), BTreeMap::new());
    let planned = json!({"text": "b", "number": 3});
    let changes = [
        change("text", Reason::File),
        change("group.left", Reason::TakenOut),
        change("number", Reason::Recorded),
        change("tags.x", Reason::File),
    ];
    assert_eq!(
        becomes(&live, &planned, &changes),
        json!({"text": "b", "number": 7, "group": {}, "tags": {"x": "kept"}})
    );
}

#[test]
fn only_files_that_differ_are_shown() {
    let texts = |all: &[(&str, &str)]| {
        all.iter().map(|(file, text)| ((*file).to_owned(), (*text).to_owned())).collect::<BTreeMap<_, _>>()
    };
    let live = texts(&[("same", "x"), ("other", "y"), ("gone", "z")]);
    let found = text_changes(&live, &texts(&[("same", "x"), ("other", "w"), ("new", "v")]));
    let found: Vec<_> = found.iter().map(|one| (&*one.file, &*one.before, &*one.after)).collect();
    assert_eq!(found, [("gone", "z", ""), ("new", "", "v"), ("other", "y", "w")]);
}

#[test]
fn what_is_gone_though_it_was_set_is_set_again() {
    let spec = json!({"text": "a"});
    assert_eq!(changes(&spec, &json!({}), &applied_of(&spec)), [("text".to_owned(), Reason::Drift)]);
}

/// Nothing is replaced, and no machine started again for its script, for the sake of an id.
#[test]
fn what_refers_to_what_was_made_again_is_set_again_where_it_stands() {
    let name = "${role.name}";
    let spec = json!({"text": name, "script": name, "group": {"right": name}});
    assert_eq!(changes(&spec, &spec, &applied_of(&spec)), [("text".to_owned(), Reason::Remade(Address::new("role")))]);
}

#[test]
fn what_was_set_and_only_a_replacement_takes_back_is_left() {
    let (set, nothing) = (json!({"group": {"right": "x"}}), json!({}));
    let left = |live: &Value, applied: &Value, ignored: &[&str]| {
        compared(&nothing, live, &applied_of(applied), ignored, |diff| diff.left())
    };
    assert_eq!(left(&set, &set, &[]), ["group.right"]);
    assert_eq!(left(&set, &nothing, &[]), [""; 0], "the file never said it");
    assert_eq!(left(&set, &set, &["group"]), [""; 0], "its drift is ignored");
    assert_eq!(left(&nothing, &set, &[]), [""; 0], "it is gone");
}

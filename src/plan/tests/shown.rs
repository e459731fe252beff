//! What of a value may be shown, by what the file says at its place.

use serde_json::{Value, json};

use crate::model::reference::unknown;
use crate::plan::shown::Rules;
use crate::plan::value::PlanValue;
use crate::stack::Stack;
use crate::testing::{as_shown, stack};

const HIDDEN: &str = "(sensitive)";

fn of_vars() -> Stack {
    stack("vars: { key: { default: geheim-1, secret: true }, course: { default: cloud } }\nresources: {}\n")
}

/// A live value, and a wanted one, where the file says this, and `marked` is of the rest.
fn shown(template: Option<Value>, value: &Value, marked: fn(&mut Rules<'_>)) -> [PlanValue; 2] {
    let stack = of_vars();
    let template = template.as_ref();
    let mut rules =
        Rules { stack: &stack, template, desired: None, sensitive: false, secret: false, was_secret: false };
    marked(&mut rules);
    [rules.live(value), rules.desired(value)]
}

fn live(template: Option<Value>, value: &Value, marked: fn(&mut Rules<'_>)) -> PlanValue {
    let [live, _] = shown(template, value, marked);
    live
}

fn secret(rules: &mut Rules<'_>) {
    rules.secret = true;
}

fn open(_: &mut Rules<'_>) {}

fn clear(value: Value) -> PlanValue {
    value.into()
}

fn hidden() -> PlanValue {
    as_shown(&json!(HIDDEN))
}

#[test]
fn what_the_file_makes_of_a_secret_is_hidden_and_nothing_else() {
    let text = json!("x");
    assert_eq!(live(Some(json!("a ${var.key}")), &text, open), hidden());
    assert_eq!(live(Some(json!("a ${var.course}")), &text, open), clear(json!("x")));
    assert_eq!(live(None, &text, open), clear(json!("x")));
    assert_eq!(live(None, &text, secret), hidden());
    assert_eq!(live(None, &json!(5), secret), hidden());
    assert_eq!(live(Some(json!("x")), &text, secret), clear(json!("x")), "the file says it in clear");
    assert_eq!(live(Some(json!("y")), &text, secret), hidden());
    for short in [json!(true), json!({"a": "x"}), json!(["x"]), json!(unknown())] {
        assert_eq!(live(Some(json!("${var.key}")), &short, open), hidden(), "a short form of it all");
    }
    // These give nothing away.
    for value in [json!(true), json!(null)] {
        assert_eq!(live(None, &value, secret), clear(value.clone()));
    }
    assert_eq!(live(None, &json!(unknown()), secret), PlanValue::Unknown);
}

#[test]
fn what_was_a_secret_is_hidden_where_it_is_and_not_where_it_is_to_be() {
    let was_secret = |rules: &mut Rules<'_>| rules.was_secret = true;
    assert_eq!(shown(None, &json!("x"), was_secret), [hidden(), "x".into()]);
    assert_eq!(shown(None, &json!("x"), secret), [hidden(), hidden()]);
    // Nothing is what a secret can be, too.
    assert_eq!(shown(None, &json!(""), was_secret), [hidden(), "".into()]);
}

#[test]
fn what_others_put_where_secrets_are_kept_is_hidden_unless_the_file_means_it() {
    static DESIRED: std::sync::LazyLock<Value> = std::sync::LazyLock::new(|| json!({"a": "1", "list": ["1", "2"]}));
    let sensitive = |rules: &mut Rules<'_>| rules.sensitive = true;
    assert_eq!(shown(None, &json!("x"), sensitive), [hidden(), "x".into()]);
    assert_eq!(live(None, &json!(""), sensitive), clear(json!("")));
    let meant = |rules: &mut Rules<'_>| (rules.sensitive, rules.desired) = (true, Some(&*DESIRED));
    let there = json!({"a": "1", "b": "1", "list": ["1", "x", "2"]});
    assert_eq!(live(None, &there, meant), as_shown(&json!({"a": "1", "b": HIDDEN, "list": ["1", HIDDEN, HIDDEN]})));
}

/// AWS may give it another form: what stands beside a secret may be the secret.
#[test]
fn in_a_group_all_that_the_file_does_not_say_is_hidden_beside_a_secret() {
    let template = json!({"a": "${var.key}", "b": "plain"});
    let there = json!({"a": "x", "b": "plain", "c": "x", "d": {"e": "x"}});
    let expected = json!({"a": HIDDEN, "b": "plain", "c": HIDDEN, "d": {"e": HIDDEN}});
    assert_eq!(live(Some(template.clone()), &there, open), as_shown(&expected));
    let changed = json!({"a": "x", "b": "changed"});
    assert_eq!(live(Some(template), &changed, open), as_shown(&json!({"a": HIDDEN, "b": "changed"})));
    let without = json!({"a": "${var.course}"});
    assert_eq!(live(Some(without.clone()), &there, open), clear(there.clone()));
    // All of it was made of a secret.
    let expected = json!({"a": HIDDEN, "b": HIDDEN, "c": HIDDEN, "d": {"e": HIDDEN}});
    assert_eq!(live(Some(without), &there, secret), as_shown(&expected));
}

#[test]
fn in_a_list_all_is_hidden_beside_a_secret_since_its_place_may_be_another() {
    let template = json!(["${var.key}", "plain"]);
    let shown = |there: Value| live(Some(template.clone()), &there, open);
    assert_eq!(shown(json!(["x", "plain", "y"])), as_shown(&json!([HIDDEN, "plain", HIDDEN])));
    assert_eq!(shown(json!(["plain", "x"])), as_shown(&json!([HIDDEN, HIDDEN])));
    let there = json!(["x", "y"]);
    assert_eq!(live(Some(json!(["a"])), &there, open), clear(there.clone()));
    assert_eq!(live(Some(json!(["a", "y"])), &there, secret), as_shown(&json!([HIDDEN, "y"])));
}

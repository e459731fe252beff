//! What is computed of a secret, and the texts behind it, are as secret as it is, before and after a change.

use serde_json::json;

use crate::aws::ownership::Ownership;
use crate::plan::options::Goal;
use crate::plan::value::PlanValue;
use crate::plan::{Plan, Reason};
use crate::stack::Stack;
use crate::testing::{Account, plan, stack, try_stack};
use crate::ui::{Detail, Redactor, View, diagnostics};

use super::secrets::{FUNCTION, SECRET, assert_hidden, everything, file, secret_stack};
use super::{changes, step};

/// A stack whose object holds a variable, and what another one says that refers to its hash.
fn with_object(secret: bool, value: &str, more: &str) -> Stack {
    stack(&format!(
        "
vars:
  key: {{ default: '{value}', secret: {secret} }}
resources:
  object: {{ type: s3.object, bucket: data, key: config.ini, content: \"[db]\\npassword = ${{var.key}}\\n\" }}
{more}"
    ))
}

/// The account after an apply of `stack`, with what AWS returns of the object in it.
fn account_of(stack: &Stack, value: &str) -> Account {
    let mut account = Account::after(stack);
    let live = &mut account.thing("object").live;
    live.texts = [("config.ini".to_owned(), format!("[db]\npassword = {value}\n"))].into();
    live.attributes.insert("etag".into(), ETAG.into());
    account
}

/// What AWS calls a content.
const ETAG: &str = "20900673856b2e326f204492d24f90aa";

/// Everything that is said of a plan, the page among it.
fn everywhere(plan: &Plan, stack: &Stack) -> String {
    let view = View { sandbox: false, next: None, detail: Detail::Full, warnings: None };
    let page = crate::ui::html::page(plan, Goal::Apply, stack, view, &Redactor::default());
    format!("{}\n{page}", everything(plan))
}

#[test]
fn the_text_behind_a_hash_is_shown_only_if_neither_side_is_a_secret() {
    let old = with_object(true, SECRET, "");
    let account = account_of(&old, SECRET);
    // Rotated, no longer made of a secret, and no longer made of a variable.
    let plain = "resources:\n  object: { type: s3.object, bucket: data, key: config.ini, content: \"[db]\\n\" }\n";
    for stack in [with_object(true, "another-secret", ""), with_object(false, "public", ""), stack(plain)] {
        let plan = plan(&stack, &account);
        assert_eq!(step(&plan, "object").texts, [], "{}", everywhere(&plan, &stack));
        let said = everywhere(&plan, &stack);
        assert!(!said.contains(SECRET) && !said.contains("another-secret"), "{said}");
        assert!(said.contains("content_sha256"), "{said}");
    }
    // The first apply that makes a secret of it: nothing is recorded as one yet.
    let public = with_object(false, "public", "");
    let planned = plan(&with_object(true, SECRET, ""), &account_of(&public, "public"));
    assert_eq!(step(&planned, "object").texts, []);
    // Where there is no secret, the lines are shown.
    let planned = plan(&with_object(false, "other", ""), &account_of(&public, "public"));
    assert!(everywhere(&planned, &public).contains("password = public"));
}

#[test]
fn another_stack_that_adopts_it_is_not_shown_the_text_either() {
    let mut account = account_of(&with_object(true, SECRET, ""), SECRET);
    account.tag("object", "cloud101:stack", "other");
    let taker = "resources:
  object: { type: s3.object, bucket: data, key: config.ini, content: \"[db]\\n\", adopt: true }
outputs: { tag: '${object.etag}' }
";
    let taker = stack(taker);
    let planned = plan(&taker, &account);
    assert_eq!(step(&planned, "object").action, crate::plan::Action::Adopt);
    let said = everywhere(&planned, &taker);
    assert!(!said.contains(SECRET) && !said.contains(ETAG), "{said}");
}

/// The same for code, whose place a secret says.
#[test]
fn the_code_of_a_function_is_no_exception() {
    let file = |secret: bool, code: &str| {
        let function = FUNCTION.replace("code: email_agent", "code: '${var.code}'");
        format!("vars: {{ code: {{ default: {code}, secret: {secret} }} }}\nresources:\n{function}")
    };
    for (secret, shown) in [(true, false), (false, true)] {
        let before = stack(&file(secret, "email_agent"));
        let mut account = Account::after(&before);
        account.drift("function", "code_sha256", json!("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="));
        account.thing("function").live.texts = [("index.py".to_owned(), format!("KEY = '{SECRET}'\n"))].into();
        let said = everywhere(&plan(&before, &account), &before);
        assert_eq!(said.contains(SECRET), shown, "{said}");
    }
}

#[test]
fn a_hash_of_a_secret_is_as_secret_wherever_it_is_referred_to() {
    let more = "
  copy: { type: s3.object, bucket: data, key: copy.txt, content: 'see ${object.etag}' }
  topic: { type: sns.topic, display_name: 'e ${object.etag}', tags: { of: '${copy.etag}' } }
outputs: { tag: '${object.etag}', second: 'x ${copy.etag}', place: '${object.uri}' }
";
    for (secret, hidden) in [(true, true), (false, false)] {
        let stack = with_object(secret, SECRET, more);
        let mut account = account_of(&stack, SECRET);
        account.thing("copy").live.attributes.insert("etag".into(), ETAG.into());
        // What was applied was of another content.
        account.drift("topic", "display_name", json!("e 0"));
        account.tag("topic", "of", "0");
        let planned = plan(&stack, &account);
        let said = everywhere(&planned, &stack);
        assert_eq!(!said.contains(ETAG), hidden, "{said}");
        let outputs: Vec<_> = planned.outputs.iter().map(|output| output.is_sensitive()).collect();
        assert_eq!(outputs, [hidden, hidden, false]);
        let object = &account.thing("object").live.clone();
        let declared = stack.get(&crate::resource::Address::new("object")).unwrap();
        let attributes = crate::plan::shown::attributes(&stack, declared, object);
        assert_eq!(matches!(attributes["etag"], PlanValue::Sensitive(_)), hidden);
        assert_eq!(attributes["key"].as_str(), Some("config.ini"));
        // Nor do the marks have a hash of it.
        let recorded = Ownership::read(&account.thing("topic").live.tags).unwrap().applied;
        assert_eq!((recorded.hides("display_name"), recorded.hides("tags.of")), (hidden, hidden));
    }
}

#[test]
fn the_hash_of_what_was_a_secret_stays_one_while_it_is_there() {
    let account = account_of(&with_object(true, SECRET, ""), SECRET);
    // Drift is ignored, so the old content stays.
    let text = "resources:
  object: { type: s3.object, bucket: data, key: config.ini, content: x, ignore_drift: [content_sha256] }
outputs: { tag: '${object.etag}' }
";
    let stack = stack(text);
    let planned = plan(&stack, &account);
    assert!(planned.outputs[0].is_sensitive() && !everywhere(&planned, &stack).contains(ETAG));
    let secrets = crate::plan::shown::secret_attributes(&stack, &account.observe(&stack).live);
    assert_eq!(secrets, [ETAG]);
}

#[test]
fn a_name_can_not_hold_the_hash_of_a_secret() {
    let refused = |secret: bool, resource: &str| {
        let text = format!(
            "vars: {{ key: {{ default: '{SECRET}', secret: {secret} }} }}\nresources:\n  \
             object: {{ type: s3.object, bucket: data, key: a, content: '${{var.key}}' }}\n  thing: {{ {resource} }}\n"
        );
        let diagnostics = try_stack(&text).err();
        let shown = diagnostics
            .map(|diagnostics| diagnostics::render(&diagnostics, false, 120, usize::MAX))
            .unwrap_or_default();
        shown.contains("would contain a secret")
    };
    assert!(refused(true, "type: sns.topic, name: 'a-${object.etag}'"));
    assert!(!refused(false, "type: sns.topic, name: 'a-${object.etag}'"));
    assert!(refused(true, "type: s3.object, bucket: data, key: 'a/${object.etag}', content: x"));
    let instance = "type: ec2.instance, image: al2023, instance_type: t3.micro, tags: { Name: '${var.key}' }";
    assert!(refused(true, instance) && !refused(false, instance));
}

#[test]
fn the_default_that_another_value_replaces_is_a_secret_too() {
    let text = format!("stack: cloud101\nregion: us-east-1\nvars: {{ key: {{ default: {SECRET}, secret: true }} }}\n");
    let vars = [("key".to_owned(), "another-secret".to_owned())].into();
    let options = crate::stack::Options { vars, ..Default::default() };
    let stack = crate::stack::load_text(&(text + "resources: {}\n"), "a.yaml".as_ref(), &options).ok().unwrap();
    assert_eq!(stack.secrets(), ["another-secret", SECRET]);
}

/// As when `secret: true` was forgotten at first.
#[test]
fn what_becomes_a_secret_leaves_the_marks() {
    let stack = secret_stack(SECRET);
    let mut account = Account::after(&crate::testing::stack(&file(false, SECRET)));
    assert!(!Ownership::read(&account.thing("topic").live.tags).unwrap().applied.hides("policy"));
    let planned = plan(&stack, &account);
    assert_hidden(&planned, SECRET);
    let recorded = |path: &str| (path.to_owned(), Reason::Recorded);
    let expected = ["policy", "subscriptions", "tags.all"].map(recorded);
    assert_eq!(changes(&planned, "topic"), expected);
    // And then it is settled.
    account.apply(&stack);
    assert!(plan(&stack, &account).is_empty());
}

//! What a plan creates that AWS shows once.

use serde_json::json;

use crate::plan::handed_out::renew;
use crate::plan::options::{Goal, Options};
use crate::plan::{PropertyChange, Reason};
use crate::resource::texts;
use crate::testing::{Account, addresses, plan, planned, stack};

#[test]
fn only_who_gets_something_now_needs_a_file() {
    let text = |properties: &str| {
        stack(&format!("resources:\n  ana: {{ type: iam.user{properties} }}\n  news: {{ type: sns.topic }}\n"))
    };
    let users = |before: Option<&str>, after: &str| {
        let account = before.map(|before| Account::after(&text(before))).unwrap_or_default();
        let plan = plan(&text(after), &account);
        plan.hand_outs().map(|step| (step.address.to_string(), step.hands_out().join(" "))).collect::<Vec<_>>()
    };
    let both = ", console_password: true, access_key: true";
    assert_eq!(users(None, both), [("ana".to_owned(), "console_password access_key".to_owned())]);
    assert_eq!(users(Some(", console_password: true"), both), [("ana".to_owned(), "access_key".to_owned())]);
    assert_eq!(users(Some(both), both), []);
    assert_eq!(users(None, ""), []);
}

#[test]
fn that_what_was_handed_out_ends_is_said_only_if_it_does() {
    let user = stack("resources: { ana: { type: iam.user, access_key: true } }\n");
    let notes = |account: &Account, options: &Options| {
        let plan = planned(&user, account, Goal::Apply, options);
        plan.steps[0].notes.join("; ")
    };
    let once = "AWS shows the access key only once: apply writes what each user gets to a file, see --credentials-to";
    assert_eq!(notes(&Account::default(), &Options::default()), once);
    let renew = Options { renew: addresses(["ana"]), ..Options::default() };
    assert_eq!(notes(&Account::after(&user), &renew), format!("{once}; what was handed out before ends (--renew)"));
    assert_eq!(notes(&Account::after(&user), &Options::default()), "");
}

/// What the plan creates anyway is not lost, and nothing of it ends.
#[test]
fn what_is_handed_out_again_is_created_once() {
    let change = |reason: Reason| PropertyChange {
        path: "access_key".to_owned(),
        before: None,
        after: Some(json!(true).into()),
        reason,
        replaces: false,
        text: false,
        said: true,
    };
    let renewed = |desired: bool, mut changes: Vec<PropertyChange>| {
        renew(&texts(["access_key"]), &json!({ "access_key": desired }), &mut changes);
        changes.into_iter().map(|change| change.reason).collect::<Vec<_>>()
    };
    assert_eq!(renewed(true, Vec::new()), [Reason::Requested]);
    assert_eq!(renewed(true, vec![change(Reason::File)]), [Reason::File]);
    assert_eq!(renewed(true, vec![change(Reason::Recorded)]), [Reason::Requested], "nothing was created for that");
    assert_eq!(renewed(false, Vec::new()), []);
}

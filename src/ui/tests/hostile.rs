//! Text that passes for one of ours: the last gate lets our colours through, so no renderer may take in others'.

use std::sync::Arc;
use std::time::Duration;

use nonempty::NonEmpty;
use serde_json::{Value, json};

use crate::apply::{Subject, TaskEvent, What};
use crate::aws::Error;
use crate::explain::Code;
use crate::plan::observe::PlanError;
use crate::plan::options::Goal;
use crate::plan::schedule::{Part, Task};
use crate::plan::{Action, Output, Plan, Reason, TextChange};
use crate::prove::here::Unanswered;
use crate::prove::{Glance, Remnant};
use crate::resource::Address;
use crate::stack::diagnostics::OtherFile;
use crate::stack::roster::from_csv;
use crate::stack::{Diagnostic, Diagnostics};
use crate::testing::stack;
use crate::ui::{
    Commands, Detail, NextStep, Paint, Redactor, Show, ShowItem, State, View, diagnostics, event, html, leftovers,
    next_steps, plan as render, plan_errors, show,
};

use super::{from_to, new, plan, step};

const FORGED: &str = "\u{1b}[31mFORGED\u{1b}[0m";

fn forged() -> String {
    FORGED.to_owned()
}

fn values(text: &str) -> [Value; 4] {
    [json!(text), json!(format!("{text}\n{text}")), json!({text: text, "b": [text]}), json!([text])]
}

/// Every action, with a hostile reason where it has one.
pub fn actions() -> [Action; 8] {
    [
        Action::None,
        Action::Create,
        Action::Adopt,
        Action::Update,
        Action::Replace { create_first: true, because: NonEmpty::new(forged()) },
        Action::Delete,
        Action::Release { because: forged() },
        Action::Keep { because: forged() },
    ]
}

/// A plan in which everything that comes from elsewhere is `text`.
pub fn plan_of(text: &str, action: Action) -> Plan {
    let mut changes = Vec::new();
    for value in values(text) {
        for path in ["policy", text] {
            changes.push(new(path, value.clone()));
            changes.push(from_to(path, value.clone(), json!("x"), Reason::Drift));
            changes.push(from_to(path, json!({"a": 1}), value.clone(), Reason::Replaced(Address::new(text))));
        }
    }
    let mut one = step("lambda.function", text, action, changes);
    one.texts.push(TextChange { file: text.into(), before: text.into(), after: format!("{text}!") });
    one.notes.push(text.into());
    if let Some(prior) = &mut one.prior {
        prior.id = text.into();
    }
    let mut plan = plan(vec![one]);
    plan.outputs.push(Output { name: "x".into(), value: text.into() });
    plan
}

fn error() -> Error {
    Error { code: Some(forged()), request_id: Some(forged()), ..Error::refused(FORGED).with_hint(FORGED) }
}

/// Everything that people get to read, made of hostile text alone.
fn everything(paint: Paint) -> Vec<String> {
    let mut all = Vec::new();
    let stack = stack("resources: { topic: { type: sns.topic } }");
    for action in actions() {
        let plan = plan_of(FORGED, action);
        for (goal, detail) in
            [(Goal::Apply, Detail::Short), (Goal::Apply, Detail::Full), (Goal::Destroy, Detail::Short)]
        {
            let view = View { sandbox: false, next: None, detail, warnings: None };
            all.push(render::plan(&plan, goal, view, &Redactor::default(), paint));
            all.push(html::page(&plan, goal, &stack, view, &Redactor::default()));
        }
        let task = Task { step: 0, part: Part::Put };
        let subject = Arc::new(Subject::of(&plan, task));
        let happens = [
            What::Started,
            What::Waiting(Some(forged())),
            What::Done { took: Duration::ZERO, id: Some(forged()) },
            What::Failed(error()),
            What::Skipped { because: Address::new(FORGED) },
            What::NotStarted,
        ];
        let events = happens.map(|what| TaskEvent { subject: subject.clone(), at: Duration::ZERO, what });
        all.extend(events.map(|event| event::line(&event, FORGED, paint)));
    }
    let item = ShowItem {
        address: forged(),
        kind: "sns.topic".into(),
        name: forged(),
        id: Some(forged()),
        line: None,
        state: State::Extra,
        attributes: [("arn".to_owned(), forged().into())].into(),
        notes: vec![forged()],
        properties: Some(json!({"a": FORGED, "b": {FORGED: FORGED}, "c": format!("{FORGED}\n{FORGED}")}).into()),
        said: Default::default(),
        fate: None,
    };
    let outputs = vec![Output { name: "x".into(), value: forged().into() }];
    let document = Show {
        stack: "lesson".into(),
        account: "123456789012".into(),
        region: "us-east-1".into(),
        sandbox: false,
        resources: vec![item].into(),
        outputs,
    };
    all.push(show::show(&document, Detail::Full, paint));
    let text = || Some(forged());
    let left = |kept, doubt, region| Remnant {
        address: text(),
        kind: forged(),
        name: forged(),
        id: format!("{FORGED}2"),
        region,
        kept,
        doubt,
        remove: text(),
        untag: text(),
    };
    let remnants =
        vec![left(None, None, None), left(text(), None, None), left(None, text(), None), left(None, None, text())];
    let unseen = vec![Unanswered { what: forged(), region: text(), error: error() }];
    let glance =
        Glance { stack: "lesson".into(), region: "us-east-1".into(), others: vec![forged()], all: remnants, unseen };
    let commands = Commands { emptying: text(), proof: forged(), elsewhere: vec![(forged(), forged())] };
    all.push(leftovers::leftovers(&glance, true, &commands, paint));
    all.push(leftovers::leftovers(&Glance { all: Vec::new(), ..glance }, true, &commands, paint));
    all.push(next_steps::next_steps(&[NextStep::new("try", [forged()])], paint));
    let at = |line| PlanError {
        address: Some(Address::new(FORGED)),
        kind: "sns.topic".to_owned(),
        is_global: false,
        line,
        error: error(),
    };
    all.push(plan_errors::text(&[at(Some(3)), at(None)], FORGED, paint));
    all.push(plan_errors::error(&error(), paint));
    all.push(plan_errors::failure(FORGED, Some(FORGED), paint));
    let diagnostic = Diagnostic::new(Code::Tab, 0..1, FORGED).help(FORGED).label(FORGED).also(1..2, FORGED);
    let other = Arc::new(OtherFile { name: FORGED.to_owned(), text: format!("ab {FORGED}\n{FORGED}") });
    let in_other =
        Diagnostic::new(Code::RosterKey, 3..4, FORGED).help(FORGED).label(FORGED).also(5..6, FORGED).in_file(&other);
    let diagnostics = Diagnostics::new(FORGED, format!("ab {FORGED}"), vec![diagnostic, in_other]);
    let view = View { sandbox: false, next: None, detail: Detail::Short, warnings: Some(&diagnostics) };
    all.push(html::page(&plan_of("x", Action::None), Goal::Apply, &stack, view, &Redactor::default()));
    all.push(diagnostics::render(&diagnostics, paint.is_on(), 100, usize::MAX));
    all.push(diagnostics::render(&Diagnostics::unreadable(FORGED, FORGED, FORGED), paint.is_on(), 100, usize::MAX));
    all
}

#[test]
fn only_cloud101_colours_text() {
    for text in everything(Paint::PLAIN) {
        assert!(text.contains("FORGED") && !text.contains('\u{1b}'), "{text:?}");
    }
    for text in everything(Paint::COLOURED) {
        assert!(text.contains("FORGED") && !text.contains(FORGED) && !text.contains("\u{1b}[31mFORGED"), "{text:?}");
    }
}

proptest::proptest! {
    /// Whatever stands in a table of a roster.
    #[test]
    fn what_is_wrong_with_any_table_can_be_shown(
        bytes in proptest::collection::vec(proptest::sample::select(b"id,;\t\n\r\"\0\xef\xbb\xbf\xff\xe9${a} -=1\x1b[".to_vec()), 0..60),
    ) {
        if let Err(mistakes) = from_csv("students", "roster.csv", &bytes) {
            let diagnostics = Diagnostics::new("cloud101.yaml", "", mistakes.list);
            let shown = diagnostics::render(&diagnostics, false, 80, usize::MAX);
            proptest::prop_assert!(!shown.is_empty() && !shown.contains('\u{1b}'), "{shown:?}");
        }
    }
}

//! A kind that is made at run time, with all its names, from its first plan to its end: boards with a title.

use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};
use tokio::sync::mpsc::unbounded_channel;
use tokio_util::sync::CancellationToken;

use crate::aws::{self, ErrorKind};
use crate::plan::options::{Goal, Leavers, Options};
use crate::plan::{Action, Plan, Step};
use crate::resource::kind::Kind;
use crate::resource::{Address, Attribute, Attributes, KindInfo, Place, Registry, texts};
use crate::stack::{Stack, load, load_text};
use crate::testing::aws::context;
use crate::testing::fake::{World, kind_with};
use crate::testing::mortal;

use super::{Error, Scope, Session};

mod credentials;
mod killed;

/// A kind of boards that stacks call so, and their titles so.
fn board(name: &str, title: &str) -> Arc<dyn Kind> {
    let attribute = |name: &str| Attribute { name: name.to_owned().into(), doc: format!("The board's {name}.").into() };
    let info = KindInfo {
        attributes: ["arn", "name"].map(attribute).into(),
        made_by: "sns:CreateTopic".to_owned().into(),
        ..KindInfo::new(name.to_owned(), format!("A board with a {title}."))
    };
    let about = json!({ "type": "string", "description": "What stands above it.", "x-default": "" });
    let properties: Value = [(title.to_owned(), about)].into_iter().collect();
    let schema = json!({ "type": "object", "additionalProperties": false, "properties": properties });
    let computed_attributes = |place: &Place, name: &str| {
        let arn = format!("arn:aws:sns:{}:{}:{name}", place.region, place.account);
        Attributes::from([("arn".to_owned(), arn), ("name".to_owned(), name.to_owned())])
    };
    kind_with(info, schema.into(), computed_attributes, World::default().leaked())
}

fn stack(registry: &Registry, title: &str) -> Stack {
    let text = format!(
        "stack: cloud101\nregion: us-east-1\nresources:\n  news: {{ type: class.board, headline: {title} }}\n\
         outputs: {{ board: '${{news.arn}}' }}\n"
    );
    let options = load::Options { registry: registry.clone(), ..load::Options::default() };
    load_text(&text, Path::new("stacks/cloud101.yaml"), &options)
        .unwrap_or_else(|diagnostics| panic!("{diagnostics:?}"))
}

async fn plan(session: &Session, goal: Goal) -> Arc<Plan> {
    let planned = session.plan(goal, &Options::default()).await;
    Arc::new(planned.unwrap_or_else(|error| panic!("{error}")).plan)
}

fn actions(plan: &Plan) -> Vec<String> {
    let changes = plan.changes();
    changes.map(|step| format!("{:?} {} {:?}", step.action, step.name, step.kind)).collect()
}

#[tokio::test]
async fn a_kind_made_at_run_time_is_planned_applied_shown_and_destroyed() {
    let registry = Registry::empty().with(board("class.board", "headline"));
    let session = |title| Session::new(context(), stack(&registry, title));

    let first = session("Hello");
    let create = plan(&first, Goal::Apply).await;
    assert_eq!(actions(&create), ["Create cloud101-news class.board"]);
    assert_eq!(create.outputs[0].value.as_str(), Some("arn:aws:sns:us-east-1:123456789012:cloud101-news"));
    let (events, _happened) = unbounded_channel();
    let summary = first.apply(&create, events.clone(), CancellationToken::new()).await;
    assert!(summary.is_complete(), "{:?}", summary.failed);
    assert!(plan(&first, Goal::Apply).await.is_empty());

    let second = session("Goodbye");
    let update = plan(&second, Goal::Apply).await;
    assert_eq!(actions(&update), ["Update cloud101-news class.board"]);
    assert_eq!(update.steps[0].changes[0].path, "headline");
    let summary = second.apply(&update, events.clone(), CancellationToken::new()).await;
    assert!(summary.is_complete(), "{:?}", summary.failed);
    let shown = second.show().await.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(shown.observation.live[&Address::new("news")].spec, json!({ "headline": "Goodbye" }));
    assert!(shown.plan.is_some_and(|plan| plan.is_empty()));

    let destroy = plan(&second, Goal::Destroy).await;
    assert_eq!(destroy.changes().map(|step| &step.action).collect::<Vec<_>>(), [&Action::Delete]);
    let (summary, _) = second.destroy(&destroy, Scope::Nowhere, events, CancellationToken::new()).await;
    assert!(summary.is_complete(), "{:?}", summary.failed);
    assert!(second.observe().await.is_ok_and(|account| account.live.is_empty() && account.owned.is_empty()));
}

/// A key that is to be removed and never was there is probably mistyped.
#[tokio::test]
async fn a_key_to_remove_is_one_for_which_the_account_has_something() {
    let account = mortal::Account::default();
    let registry = Registry::empty().with(account.named("class.home"));
    let session = |students: &str| {
        let text = format!(
            "stack: cloud101\nregion: us-east-1\nrosters: {{ students: [{students}] }}\nresources:\n  \
             home: {{ type: class.home, for_each: students }}\n"
        );
        let options = load::Options { registry: registry.clone(), ..load::Options::default() };
        let stack = load_text(&text, Path::new("stacks/cloud101.yaml"), &options);
        Session::new(context(), stack.unwrap_or_else(|diagnostics| panic!("{diagnostics:?}")))
    };
    let all = session("ana, bo, zoe");
    let (events, _happened) = unbounded_channel();
    let summary = all.apply(&plan(&all, Goal::Apply).await, events, CancellationToken::new()).await;
    assert!(summary.is_complete(), "{:?}", summary.failed);
    let removing = async |key: &str| {
        let leavers = Leavers { remove: [key.to_owned()].into(), ..Leavers::default() };
        let planned = session("ana, bo").plan(Goal::Apply, &Options { leavers, ..Options::default() }).await;
        planned.map(|planned| actions(&planned.plan))
    };
    assert_eq!(removing("zoe").await.ok(), Some(vec!["Delete cloud101-home-zoe class.home".to_owned()]));
    // Whether it is like the key of one who left or not.
    for key in ["zo", "kim"] {
        let refused = removing(key).await;
        let is_said = |error: &Error| match error {
            Error::NoLeaver { nothing_for, others, left, .. } => {
                nothing_for == &[key] && others.is_empty() && left == &["zoe"]
            }
            _ => false,
        };
        assert!(refused.as_ref().is_err_and(is_said), "{refused:?}");
    }
    // The same command again goes on with who is left.
    let both = Leavers { remove: ["kim", "zoe"].map(str::to_owned).into(), ..Leavers::default() };
    let planned = session("ana, bo").plan(Goal::Apply, &Options { leavers: both, ..Options::default() }).await;
    let planned = planned.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((actions(&planned.plan).len(), planned.nothing_for), (1, vec!["kim".to_owned()]));
    assert!(matches!(removing("ana").await, Err(Error::NotLeft(_))));
}

/// Whom a `when:` leaves out is in the roster: no one to be named instead, nor anyone who stops the same command again.
#[tokio::test]
async fn who_is_left_out_has_not_left() {
    let account = mortal::Account::default();
    let registry = Registry::empty().with(account.named("class.home"));
    let session = |students: &str| {
        let text = format!(
            "stack: cloud101\nregion: us-east-1\nrosters: {{ students: {{ {students} }} }}\nresources:\n  \
             home: {{ type: class.home, for_each: students, when: '${{each.has}} == yes' }}\n"
        );
        let options = load::Options { registry: registry.clone(), ..load::Options::default() };
        let stack = load_text(&text, Path::new("stacks/cloud101.yaml"), &options);
        Session::new(context(), stack.unwrap_or_else(|diagnostics| panic!("{diagnostics:?}")))
    };
    let all = session("ana: { has: 'yes' }, bo: { has: 'yes' }, zoe: { has: 'yes' }");
    let (events, _happened) = unbounded_channel();
    let summary = all.apply(&plan(&all, Goal::Apply).await, events, CancellationToken::new()).await;
    assert!(summary.is_complete(), "{:?}", summary.failed);
    let removing = async |keys: &[&str]| {
        let remove = keys.iter().map(|key| (*key).to_owned()).collect();
        let leavers = Leavers { remove, even_if_many: true, ..Leavers::default() };
        let after = session("ana: { has: 'yes' }, bo: { has: 'no' }");
        after.plan(Goal::Apply, &Options { leavers, ..Options::default() }).await
    };
    let refused = removing(&["kim"]).await.err();
    let is_said = |error: &Error| matches!(error, Error::NoLeaver { left, .. } if left == &["zoe"]);
    assert!(refused.as_ref().is_some_and(is_said), "{refused:?}");
    for named in [&["kim", "zoe"][..], &["kim", "bo", "zoe"]] {
        let planned = removing(named).await.unwrap_or_else(|error| panic!("{named:?}: {error}"));
        assert_eq!((planned.plan.counts().destroy, planned.nothing_for), (2, vec!["kim".to_owned()]), "{named:?}");
    }
}

/// Two rooms and two boards in a world: each board needs the room of the same key.
fn rooms(world: World) -> Session {
    let info = || KindInfo {
        attributes: [Attribute { name: "name".to_owned().into(), doc: "Its name.".to_owned().into() }].into(),
        handed_out: texts(["number"]),
        ..KindInfo::new("class.board".to_owned(), "A board.".to_owned())
    };
    let properties = json!({ "text": { "type": "string" }, "number": { "type": "boolean" } });
    let schema = json!({ "type": "object", "additionalProperties": false, "properties": properties });
    let named = |_: &Place, name: &str| Attributes::from([("name".to_owned(), name.to_owned())]);
    let registry = Registry::empty().with(kind_with(info(), schema.into(), named, world.leaked()));
    let text = "stack: cloud101\nregion: us-east-1\nrosters: { students: [ana, bo] }\nresources:\n  \
                room: { type: class.board, for_each: students }\n  \
                board: { type: class.board, for_each: students, text: '${room.name}', number: true }\n\
                handout: { for_each: students, lines: { Board: '${board.name}' } }\n";
    let options = load::Options { registry, ..load::Options::default() };
    let stack = load_text(text, Path::new("stacks/cloud101.yaml"), &options);
    Session::new(context(), stack.unwrap_or_else(|diagnostics| panic!("{diagnostics:?}")))
}

/// The first of them is set aside, because its room can't be made.
#[tokio::test]
async fn what_is_not_known_is_said_of_what_stays_in_the_plan() {
    let world = World {
        impossible: ["cloud101-room-ana".to_owned()].into(),
        unsure: ["cloud101-board-ana", "cloud101-board-bo"].map(str::to_owned).into(),
        ..World::default()
    };
    let plan = plan(&rooms(world), Goal::Apply).await;
    let is_about = |note: &&String| note.contains("could not be determined");
    let notes = |step: &Step| step.notes.iter().filter(is_about).cloned().collect::<String>();
    let said: Vec<_> = plan.steps.iter().map(|step| (step.name.as_str(), notes(step))).collect();
    let unknown =
        "whether creating it affects resources of others could not be determined: cloud101-board-bo is not known";
    assert_eq!(said, [("cloud101-room-bo", String::new()), ("cloud101-board-bo", unknown.to_owned())]);
}

#[tokio::test]
async fn one_who_can_not_be_asked_keeps_no_card_from_the_others() {
    let handed_out = async |error: aws::Error| {
        let (folder, silent) = (tempfile::tempdir().unwrap(), [("cloud101-board-ana".to_owned(), error)].into());
        let session = rooms(World { silent, ..World::default() }).with_credentials_to(folder.path());
        let (events, _happened) = unbounded_channel();
        let summary = session.apply(&plan(&session, Goal::Apply).await, events, CancellationToken::new()).await;
        assert!(summary.is_complete(), "{:?}", summary.failed);
        session.handout(&Default::default(), true).await
    };
    let denied = aws::Error { kind: ErrorKind::Denied, ..aws::Error::refused("not authorized") };
    let all = handed_out(denied).await.unwrap_or_else(|error| panic!("{error}"));
    let keys: Vec<_> = all.cards.ready.iter().map(|card| card.key.as_str()).collect();
    let holders: Vec<_> = all.holders.iter().map(|holder| holder.id.as_str()).collect();
    assert_eq!((keys, holders), (vec!["bo"], vec!["cloud101-board-bo"]));
    assert_eq!(all.cards.lacking.keys().collect::<Vec<_>>(), ["ana"]);
    let unread: Vec<_> = all.unread.iter().map(|error| (error.address.clone(), error.error.message.as_str())).collect();
    assert_eq!(unread, [(Some(Address::copy("board", "ana")), "not authorized")]);
    // What is not about this one alone ends it.
    let unreachable = aws::Error { kind: ErrorKind::Unreachable, ..aws::Error::refused("no answer") };
    assert!(matches!(handed_out(unreachable).await, Err(Error::Account { .. })));
}

#[test]
fn a_kind_in_a_registry_takes_the_place_of_one_of_its_name() {
    let registry = Registry::builtin().with(board("sns.topic", "headline")).with(board("class.board", "title"));
    assert_eq!(registry.all().count(), Registry::builtin().all().count() + 1);
    assert!(registry.find("sns.topic").is_some_and(|kind| kind.schema().at("headline").is_some()));
    assert!(registry.rank("s3.bucket") < registry.rank("class.board") && registry.find("ec2.nothing").is_none());
}

//! The examples in `docs/reference/json.md`, run by a jq that is written in Rust.

use std::collections::BTreeSet;

use cloud101::ui::json::document_schemas;
use jaq_core::load::{Arena, File, Loader};
use jaq_core::{Compiler, Ctx, RcIter};
use jaq_json::Val;
use serde_json::Value;

use crate::editing::with_a_topic;
use crate::fake_aws::{FakeAws, refusal};
use crate::functions::answering;
use crate::handout;
use crate::outputs::applied;
use crate::program::{Folder, STACK, TOPIC_STACK};
use crate::proxy::Call;

/// What `jq` makes of each document.
fn jq(expression: &str, documents: impl IntoIterator<Item = Value>) -> Vec<Value> {
    let arena = Arena::default();
    let loader = Loader::new(jaq_std::defs().chain(jaq_json::defs()));
    let modules = loader.load(&arena, File { code: expression, path: () });
    let modules = modules.unwrap_or_else(|errors| panic!("{expression}: {errors:?}"));
    let compiler = Compiler::default().with_funs(jaq_std::funs().chain(jaq_json::funs()));
    let filter = compiler.compile(modules).unwrap_or_else(|errors| panic!("{expression}: {errors:?}"));
    let inputs = RcIter::new(std::iter::empty());
    let results = documents
        .into_iter()
        .flat_map(|document| filter.run((Ctx::new([], &inputs), Val::from(document))).collect::<Vec<_>>());
    results.map(|result| result.unwrap_or_else(|error| panic!("{expression}: {error}")).into()).collect()
}

/// As `jq -r` prints it, and `jq -c` what is not text.
fn printed(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// An account that does not let a topic be made.
fn strict() -> FakeAws {
    FakeAws::with(|call: &Call| {
        (call.name == "sns:CreateTopic").then(|| refusal(403, "AuthorizationError", "not authorized")).flatten()
    })
}

#[test]
fn the_examples_say_what_the_page_shows() {
    let page =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/reference/json.md")).expect("the page");
    assert!(page.contains(&format!("```yaml\n{STACK}```")), "the page shows another stack");
    let (mut examples, mut run) = (0, BTreeSet::new());
    for block in page.split("```console\n").skip(1).filter_map(|rest| rest.split("```").next()) {
        let (command, expected) = block.split_once('\n').expect("a command and what it says");
        let (ours, expression) = command.split_once(" | jq ").expect("a pipe");
        let expression = expression.trim_start_matches("-r ").trim_start_matches("-c ").trim_matches('\'');
        let arguments: Vec<_> = ours.trim_start_matches("$ cloud101 ").split(' ').collect();
        let of_topic = || Folder::with(TOPIC_STACK);
        let (aws, folder) = match arguments.as_slice() {
            ["apply", ..] => (strict(), of_topic()),
            ["output", ..] | ["plan", "--replace", ..] => (applied(&of_topic()), of_topic()),
            ["handout", ..] => (applied(&of_topic()), handout::folder()),
            ["invoke", ..] => (answering("", r#"{"message_id":"eef1","to":["ana","ben"]}"#), Folder::new()),
            ["import", ..] => (with_a_topic(), Folder::new()),
            _ => (FakeAws::empty(), Folder::new()),
        };
        let said = folder.run(&aws, &arguments);
        let documents = said.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON"));
        run.insert(arguments[0]);
        let lines: String = jq(expression, documents).iter().map(|value| printed(value) + "\n").collect();
        assert_eq!(lines, expected, "{command}");
        examples += 1;
    }
    // The sandbox's, for which emulators have to run, is tried with them.
    let with_schema = document_schemas().map(|(name, _)| name.trim_end_matches(".schema.json"));
    let without: Vec<_> = with_schema.into_iter().filter(|name| !run.contains(name)).collect();
    assert_eq!(without, ["events", "sandbox"], "no example");
    assert!(examples >= 18, "only {examples} examples were run");
}

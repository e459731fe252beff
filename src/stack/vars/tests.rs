use std::collections::BTreeMap;
use std::path::Path;

use crate::stack::load::{Options, load_text};
use crate::stack::{Diagnostics, Stack};

const TOPIC: &str = "resources: { topic: { type: sns.topic, for_each: teams, display_name: 'one of ${var.teams}' } }\n";

/// A stack with these variables, and what `--var` says.
fn load(rest: &str, given: &[(&str, &str)]) -> Result<Stack, Diagnostics> {
    let vars = given.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect::<BTreeMap<_, _>>();
    let options = Options { vars, ..Options::default() };
    load_text(&format!("stack: cloud101\nregion: us-east-1\n{rest}"), Path::new("stacks/cloud101.yaml"), &options)
}

fn addresses(stack: &Stack) -> Vec<String> {
    stack.resources.iter().map(|one| format!("{}: {}", one.address, one.spec["display_name"])).collect()
}

/// The complaints, and what they say to do.
fn wrong(rest: &str, given: &[(&str, &str)]) -> Vec<String> {
    let diagnostics = load(rest, given).err().expect("it is wrong");
    diagnostics.list.iter().map(|diagnostic| diagnostic.to_string()).collect()
}

#[test]
fn a_variable_that_is_a_list_is_a_roster() {
    for vars in
        ["vars: { teams: [red, 007] }\n", "vars: { teams: { default: [red, 007], description: of the class } }\n"]
    {
        let stack = load(&format!("{vars}{TOPIC}"), &[]).unwrap();
        assert_eq!(
            addresses(&stack),
            [r#"topic["red"]: "one of ${var.teams}""#, r#"topic["007"]: "one of ${var.teams}""#]
        );
        assert_eq!(stack.vars["teams"].value, "red,007");

        let stack = load(&format!("{vars}{TOPIC}"), &[("teams", "blue, green")]).unwrap();
        assert!(addresses(&stack)[0].starts_with(r#"topic["blue"]"#) && addresses(&stack).len() == 2);
        assert_eq!(stack.vars["teams"].default.as_deref(), Some("red,007"));
    }
}

#[test]
fn what_is_wrong_with_such_a_list_is_said() {
    let list = |vars: &str| format!("vars: {vars}\n{TOPIC}");
    for (vars, given, expected) in [
        ("{ teams: [red, Red] }", None, "`Red` can't be a key; "),
        ("{ teams: [red, red] }", None, "two members have the key `red`; "),
        ("{ teams: [] }", None, "the roster `teams` has no members; for example `[ana, bo]`"),
        ("{ teams: [red] }", Some(""), "`--var teams=` on the command line names no member for the roster `teams`; "),
        (
            "{ teams: [red] }",
            Some("red,,blue"),
            "`--var teams=red,,blue` has a comma with no key before or after it; write one comma between two keys, and none \
             at the end: `--var teams=red,blue`",
        ),
        ("{ teams: [red] }", Some("red,"), "`--var teams=red,` has a comma with no key"),
        (
            "{ teams: [red] }",
            Some("red,red"),
            "`--var teams=red,red` has the key `red` twice; write each key once: `--var teams=red`",
        ),
        ("{ teams: [red] }", Some("red,Blue"), "`Blue` of `--var teams=red,Blue` can't be a key; "),
        ("{ teams: { default: [red], secret: true } }", None, "the secret `teams` is a list, "),
        ("{ teams: ['${stack.name}'] }", None, "the value of a variable can't contain a reference; "),
        ("{ teams: red }", None, "`teams` is a variable, and no list: "),
        ("{ teams: [[red]] }", None, "an element of `teams` must be "),
    ] {
        let given: Vec<_> = given.map(|value| ("teams", value)).into_iter().collect();
        let found = wrong(&list(vars), &given);
        assert!(found.iter().any(|one| one.starts_with(expected)), "{vars} {given:?}: {found:#?}");
    }
    let twice = format!("rosters: {{ teams: 2 }}\nvars: {{ teams: [red] }}\n{TOPIC}");
    assert!(wrong(&twice, &[])[0].starts_with("`teams` names a roster and a variable that is a list; rename one"));
    let reference = TOPIC.replace("for_each: teams", "for_each: '${var.teams}'");
    let found = wrong(&format!("vars: {{ teams: [red] }}\n{reference}"), &[]);
    assert!(found[0].ends_with("write the name alone: `for_each: teams`"), "{found:?}");
}

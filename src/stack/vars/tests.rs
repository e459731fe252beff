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

/// A whole class on the command line is not repeated, and what is wrong with it is found in no time.
#[test]
fn of_a_long_list_the_key_that_is_wrong_is_said() {
    let file = format!("vars: {{ teams: [red] }}\n{TOPIC}");
    let keys = |count: usize| (1..=count).map(|n| format!("s{n:04}")).collect::<Vec<_>>().join(",");
    let said = |value: &str| {
        let found = wrong(&file, &[("teams", value)]);
        let [only] = found.as_slice() else { panic!("{found:?}") };
        only.clone()
    };
    let shown = "`--var teams=s0001,s0002,s0003,s0004,s0005,s0006,s000…`";
    assert_eq!(
        said(&format!("{},s0007", keys(1000))),
        format!("{} has the key `s0007` twice; remove one `s0007`", shown)
    );
    assert_eq!(
        said(&format!("{},", keys(1000))),
        format!(
            "{shown} has a comma with no key before or after it; write one comma between two keys, and none at the end"
        )
    );
    let bad = said(&format!("{},S0007", keys(1000)));
    let expected =
        "`S0007` of `--var teams=s0001,s0002,s0003,s0004,s0005,s0006,s000…` can't be a key; for example `s0007-2`; ";
    assert!(bad.starts_with(expected), "{bad}");
    assert!(said(&"X".repeat(5000)).chars().count() < 400);
    // As many as are shown, and one more.
    assert!(
        said(&format!("{},s0007", keys(30))).ends_with(&format!("write each key once: `--var teams={}`", keys(30)))
    );
    assert!(said(&format!("{},s0007", keys(31))).ends_with("; remove one `s0007`"));
    // Too many are too many, whatever else is wrong with them.
    let many = format!("{},S0007,s0007,", keys(100_000));
    assert!(said(&many).starts_with("this roster has 100003 members, and the limit is 10000; "));
}

/// Neither of the list that is given nor of that in the file, whatever is wrong with it.
#[test]
fn no_part_of_a_list_that_is_meant_to_be_secret_is_said() {
    for secret in ["true", "yes please", "1"] {
        let file = format!("vars: {{ teams: {{ default: [hush-hush, Quiet], secret: {secret} }} }}\n{TOPIC}");
        let long = format!("hunter22,Hunter23,hunter22,{}", "swordfish,".repeat(20));
        for given in [
            None,
            Some("hunter22,,Hunter23"),
            Some("hunter22,hunter22"),
            Some("[hunter22 Hunter23]"),
            Some(long.as_str()),
        ] {
            let given: Vec<_> = given.map(|value| ("teams", value)).into_iter().collect();
            let said = wrong(&file, &given).join("\n").to_lowercase();
            let hidden = ["hunter", "swordfish", "hush", "quiet"];
            assert!(!said.is_empty() && !hidden.iter().any(|part| said.contains(part)), "{secret} {given:?}: {said}");
        }
        let text = format!("vars: {{ teams: {{ default: 'hunter22 hunter23', secret: {secret} }} }}\n{TOPIC}");
        let said = wrong(&text, &[]).join("\n");
        assert!(!said.contains("hunter"), "{secret}: {said}");
    }
    let open =
        wrong(&format!("vars: {{ teams: {{ default: [red], secret: false }} }}\n{TOPIC}"), &[("teams", "red,Blue")]);
    assert!(open[0].starts_with("`Blue` of `--var teams=red,Blue`"), "{open:?}");
}

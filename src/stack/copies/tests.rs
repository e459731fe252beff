use std::path::Path;

use serde_json::json;

use crate::explain::Code;
use crate::resource::Address;
use crate::stack::{load, load_text};
use crate::testing::{addresses, stack, try_stack};

const ROSTERS: &str = "rosters: { students: [ana, bo], staff: [zoe], seats: 3 }\n";

/// Codes, and what is underlined, of everything that is wrong.
fn wrong(resources: &str) -> Vec<(Code, String, String)> {
    let text = format!("{ROSTERS}resources:\n{resources}");
    let Err(diagnostics) = try_stack(&text) else { return Vec::new() };
    let source = diagnostics.source.clone().expect("a text");
    let said = |diagnostic: &crate::stack::Diagnostic| {
        (diagnostic.code, source[diagnostic.range()].to_owned(), diagnostic.to_string())
    };
    diagnostics.list.iter().map(said).collect()
}

#[test]
fn a_copy_has_the_values_of_its_member_and_refers_to_its_own() {
    let stack = stack(&format!(
        "{ROSTERS}resources:\n  \
           topic: {{ type: sns.topic, for_each: students }}\n  \
           desk: {{ type: sns.topic, for_each: seats, name: 'desk-${{each.key}}' }}\n  \
           role: {{ type: iam.role, for_each: students, assumed_by: [lambda.amazonaws.com], depends_on: [desk, topic], \
                    description: 'Of ${{each.key}}, ${{topic.name}} and $${{each.key}}', \
                    policies: ['${{topic[*].arn}}'] }}\n\
         outputs: {{ topics: '${{topic[*].arn}}', first: '${{topic[\"ana\"].arn}}', both: 'all: ${{topic[*].name}}' }}\n"
    ));
    let role = stack.get(&Address::copy("role", "bo")).expect("a copy");
    assert_eq!(role.name, "cloud101-role-bo");
    assert_eq!(role.spec["description"], "Of bo, ${topic[\"bo\"].name} and $${each.key}");
    let all = ["${topic[\"ana\"].arn}", "${topic[\"bo\"].arn}"];
    assert_eq!(role.spec["policies"], json!(all), "all copies are an element each");
    let needed = addresses(["desk[01]", "desk[02]", "desk[03]", "topic[ana]", "topic[bo]"]);
    assert_eq!(role.depends_on, needed, "of another roster all copies, of the same its own; and those it refers to");
    let outputs = [
        ("topics[\"ana\"]", "${topic[\"ana\"].arn}"),
        ("topics[\"bo\"]", "${topic[\"bo\"].arn}"),
        ("first", "${topic[\"ana\"].arn}"),
        ("both", "all: ${topic[\"ana\"].name},${topic[\"bo\"].name}"),
    ];
    assert_eq!(stack.outputs, outputs.map(|(name, value)| (name.to_owned(), value.to_owned())));
}

#[test]
fn an_element_of_a_list_is_one_for_each_copy_with_what_is_around_it() {
    let document = "{ Version: '2012-10-17', Statement: [{ Effect: Allow, Action: 's3:GetObject', \
                    Resource: ['${home[*].arn}/${stack.name}/*', 'arn:aws:s3:::other/*'] }] }";
    let stack = stack(&format!(
        "{ROSTERS}resources:\n  \
           home: {{ type: s3.bucket, for_each: students, name: 'cloud101-${{each.key}}' }}\n  \
           policy: {{ type: iam.policy, document: {document} }}\n"
    ));
    let policy = stack.get(&Address::new("policy")).expect("it is there");
    let expected =
        ["${home[\"ana\"].arn}/${stack.name}/*", "${home[\"bo\"].arn}/${stack.name}/*", "arn:aws:s3:::other/*"];
    assert_eq!(policy.spec["document"]["Statement"][0]["Resource"], json!(expected));
}

#[test]
fn a_condition_chooses_who_has_a_copy() {
    let text = |when: &str, more: &str| {
        format!(
            "rosters: {{ students: {{ ana: {{ gpu: 'yes' }}, bo: {{ gpu: 'no' }}, carla: {{ gpu: 'yes' }} }} }}\n\
             resources:\n  desk: {{ type: sns.topic, for_each: students, when: \"{when}\" }}\n  \
               role: {{ type: iam.role, for_each: students, assumed_by: lambda.amazonaws.com, depends_on: [desk]{more} }}\n"
        )
    };
    for (when, keys) in [
        ("${each.gpu} == yes", &["ana", "carla"][..]),
        ("${each.gpu}=='yes'", &["ana", "carla"]),
        ("${each.gpu} != yes", &["bo"]),
        ("${each.key} != bo", &["ana", "carla"]),
    ] {
        let stack = stack(&text(when, ""));
        assert_eq!(stack.copies("desk").filter_map(|address| address.key.as_deref()).collect::<Vec<_>>(), keys);
        let role = stack.get(&Address::copy("role", "bo")).expect("it has no condition");
        assert_eq!(role.depends_on.len(), usize::from(keys.contains(&"bo")), "{when}");
    }
    // An empty text is one that is written.
    for empty in ["\\\"\\\"", "''"] {
        let stack = stack(&text(&format!("${{each.gpu}} != {empty}"), ""));
        assert_eq!(stack.copies("desk").count(), 3);
    }
    let policies = ", policies: ['${desk[*].arn}']";
    let all = stack(&text("${each.gpu} == yes", policies));
    let role = all.get(&Address::copy("role", "bo")).expect("it has no condition");
    assert_eq!(role.spec["policies"], json!(["${desk[\"ana\"].arn}", "${desk[\"carla\"].arn}"]));
    let wrong = &try_stack(&text("${each.gpu} == Yes", "")).err().expect("it is refused").list[0];
    assert_eq!(wrong.message, "this holds for no member of the roster `students`");
    let help = "did you mean `yes`? Values are compared as they are written; `gpu` has `no` and `yes`";
    assert_eq!(wrong.help.as_deref(), Some(help));
}

/// The condition that is most likely meant, with the columns and the values of this roster.
#[test]
fn what_is_no_condition_gets_the_one_that_is_meant() {
    let text = |when: &str| {
        format!(
            "rosters: {{ students: {{ ana: {{ gpu: 'yes', x: a }}, bo: {{ gpu: 'no', x: b }}, cy: {{ gpu: 'Yes', x: b }} }} }}\n\
             resources: {{ desk: {{ type: sns.topic, for_each: students, when: {when} }} }}\n"
        )
    };
    let said = |when: &str| {
        let diagnostics = try_stack(&text(when)).err().map(|diagnostics| diagnostics.list).unwrap_or_default();
        diagnostics.iter().map(|one| one.to_string()).collect::<Vec<_>>().join("\n")
    };
    for (when, what) in [
        ("true", "`when` must be a string, not `true`; remove the line, without which every member has a copy"),
        ("false", "not `false`; remove the resource, of which no member would have a copy"),
        ("[gpu]", "not a list; write one comparison: `when: ${each.gpu} == yes`"),
        (
            "'true'",
            "a condition begins with a column of the roster; for example `when: ${each.gpu} == yes`, or `!=`; `gpu` has `Yes`, `no` and `yes`",
        ),
        (
            "'${each.gpu}'",
            "it does not say what the column must have; for example `when: ${each.gpu} == yes`, or `!=`; `gpu` has",
        ),
        ("'!${each.x}'", "for example `when: ${each.x} != a`, or `==`; `x` has `a` and `b`"),
        ("'${each.gpu} == \"yes'", "a quote on its right side has no other one; write `when: ${each.gpu} == yes`"),
        ("\"${each.gpu} == yes'\"", "a quote on its right side has no other one; write `when: ${each.gpu} == yes`"),
        ("'${each.gpu} yes'", "compare text; write `when: ${each.gpu} == yes`"),
        ("'${each.gpu} = no'", "compare text; write `when: ${each.gpu} == no`"),
        ("'${each.gpu} === yes'", "compare text; write `when: ${each.gpu} == yes`"),
        ("'${each.gpu} !== yes'", "compare text; write `when: ${each.gpu} != yes`"),
        ("'${each.gpu} <> yes'", "compare text; write `when: ${each.gpu} != yes`"),
        ("'${each.gpu} ≠ yes'", "compare text; write `when: ${each.gpu} != yes`"),
        ("'${each.gpu} is not yes'", "compare text; write `when: ${each.gpu} != yes`"),
        ("'${each.gpu == yes}'", "a column of the roster; write `when: ${each.gpu} == yes`"),
        ("'yes == ${each.gpu}'", "a column of the roster; write `when: ${each.gpu} == yes`"),
        ("'gpu == yes'", "a column of the roster; write `when: ${each.gpu} == yes`"),
        ("'each.x != b'", "a column of the roster; write `when: ${each.x} != b`"),
        (
            "'${each.gpu} == yes and ${each.x} == a'",
            "a condition is one comparison of one column; add a column to the roster",
        ),
        ("'${each.gpu} == yes or no'", "a condition is one comparison of one column; add a column to the roster"),
        ("'${each.gpu} != yes && no'", "a condition is one comparison of one column; add a column to the roster"),
        (
            "'${each.gpu} == \"yes\" or \"no\"'",
            "a condition is one comparison of one column; add a column to the roster",
        ),
        ("'${each.gpu} in yes, no'", "a condition is one comparison of one column; add a column to the roster"),
        ("'${each.gpu} == ${each.x}'", "a text that stands here; write the text itself"),
        ("'${each.gpu} == YES'", "holds for no member of the roster `students`; did you mean `yes`?"),
        ("'${each.gpu} == maybe'", "holds for no member of the roster `students`; values are compared as"),
    ] {
        assert!(said(when).contains(what), "{when}: {}", said(when));
    }
    // What is no YAML, or no text.
    let broken = |when: &str| {
        let text = format!(
            "stack: cloud101\nregion: us-east-1\nrosters: {{ students: {{ ana: {{ gpu: 'yes' }} }} }}\nresources:\n  desk:\n    \
             type: sns.topic\n    for_each: students\n    when: {when}\n"
        );
        let diagnostics = load_text(&text, Path::new("stacks/cloud101.yaml"), &load::Options::default());
        diagnostics.err().map(|diagnostics| diagnostics.list[0].help.clone().unwrap()).unwrap_or_default()
    };
    let meant = "write `when: ${each.gpu} == yes`, with the column first and no quotes around a part of it";
    for when in ["\"${each.gpu} == yes", "\"${each.gpu}\" == yes", "'${each.gpu}' == 'yes'"] {
        assert_eq!(broken(when), meant, "{when}");
    }
    for when in ["!${each.gpu}", "!= yes", "\"${each.gpu}\" yes"] {
        assert_eq!(broken(when), format!("for example, {meant}"), "{when}");
    }
    let warned = |when: &str| {
        let stack = stack(&text(when));
        let warnings = stack.warnings.map(|diagnostics| diagnostics.list).unwrap_or_default();
        warnings.iter().map(|one| one.to_string()).collect::<Vec<_>>().join("\n")
    };
    let alike = "`cy` has no copy: `gpu` is `Yes` there, which differs from `yes` in capitals or blanks alone; write it in one \
                 way in the roster: `yes` or `Yes`";
    assert_eq!(warned("'${each.gpu} == yes'"), alike);
    assert!(warned("'${each.gpu} != yes'").starts_with("`cy` has a copy: "), "{}", warned("'${each.gpu} != yes'"));
    assert_eq!(warned("'${each.gpu} == no'"), "");
    assert_eq!(
        warned("'${each.gpu} != nno'"),
        "no member has `nno` as `gpu`, so this holds for all; did you mean `no`? `gpu` has `Yes`, `no` and `yes`"
    );
    assert_eq!(warned("'${each.gpu} != \"\"'"), "");
}

#[test]
fn a_condition_that_is_none_says_what_one_is() {
    let said = |when: &str| {
        let found = wrong(&format!("  desk: {{ type: sns.topic, for_each: students, when: \"{when}\" }}\n"));
        found.first().map(|(_, _, said)| said.clone()).unwrap_or_default()
    };
    for (when, what) in [
        ("each.gpu == yes", "a condition begins with a column of the roster"),
        ("${each.key}", "it does not say what the column must have"),
        ("${each.key} > 3", "`==` and `!=` are the only comparisons, and compare text"),
        ("${each.key} == ana || ${each.key} == bo", "a condition is one comparison of one column"),
        ("${each.key} ==", "nothing stands on its right side, and an empty text is `\"\"`"),
        ("${each.key} != ", "nothing stands on its right side"),
        ("${each.key} == ${var.x}", "the column is compared with a text that stands here"),
        ("${each.kye} == ana", "the roster `students` has no column `kye`"),
    ] {
        assert!(said(when).contains(what), "{when}: {}", said(when));
    }
    let found = wrong("  desk: { type: sns.topic, when: \"${each.key} == ana\" }\n");
    assert!(found[0].2.starts_with("`when` chooses members of a roster, and `desk` has none"), "{found:?}");
    let found = wrong(
        "  desk: { type: sns.topic, for_each: students, when: \"${each.key} == ana\" }\n  \
           role: { type: sns.topic, for_each: students, display_name: '${desk.name}' }\n",
    );
    let [(_, _, said)] = found.as_slice() else { panic!("{found:?}") };
    let expected = "there is no copy of `desk` for `bo`: its `when:` leaves `bo` out; give this the same `when:`";
    assert!(said.starts_with(expected), "{said}");
}

#[test]
fn what_a_roster_says_is_never_a_reference() {
    let stack = stack(
        "rosters: { students: { ana: { note: 'a $' } } }\n\
         resources: { topic: { type: sns.topic, for_each: students, display_name: '${each.note}{x}' } }\n",
    );
    let nothing = |text: &str| crate::model::reference::resolve(text, |_| None);
    let name = stack.resources[0].spec["display_name"].as_str().unwrap_or_default();
    assert_eq!(nothing(name), "a ${x}");
    assert_eq!(nothing(&super::expanded::escaped("a ${b.c} $${d}")), "a ${b.c} $${d}", "as a CSV file may have it");
}

#[test]
fn what_ends_in_a_dollar_sign_hides_no_reference() {
    let text = "rosters: { students: { ana: { price: '5$' } } }\nresources:\n  \
                topic: { type: sns.topic, for_each: students, display_name: '${each.price}${stack.name}' }\n";
    let diagnostics = try_stack(text).err().expect("it is refused").list;
    assert_eq!(diagnostics[0].message, "`price` of `ana` ends in `$`, and a reference follows it");
    let stack = stack(&text.replace("}${stack", "} ${stack"));
    assert_eq!(stack.resources[0].spec["display_name"], "5$ ${stack.name}");
}

#[test]
fn a_kind_is_that_of_all_copies_and_depends_on_is_a_key_like_others_further_down() {
    let found = wrong("  topic: { type: '${each.key}', for_each: students }\n");
    assert!(matches!(found.as_slice(), [(Code::UnknownKind, ..)]), "{found:?}");
    let text = format!(
        "{ROSTERS}resources: {{ topic: {{ type: sns.topic, for_each: students, tags: {{ depends_on: '${{each.key}}' }} }} }}"
    );
    assert_eq!(stack(&text).resources[1].tags["depends_on"], "bo");
}

#[test]
fn copies_that_would_fill_the_memory_are_refused_before_they_are_made() {
    let many = format!("'{}'", "${t[*].arn}".repeat(20_000));
    let text = format!(
        "rosters: {{ seats: 1000 }}\nresources: {{ t: {{ type: sns.topic, for_each: seats }} }}\noutputs: {{ all: {many} }}\n"
    );
    let diagnostics = try_stack(&text).err().expect("it is refused").list;
    assert!(diagnostics[0].message.starts_with("with all their copies these have "), "{}", diagnostics[0].message);
    let two = "rosters: { seats: 6000 }\nresources:\n  a: { type: sns.topic, for_each: seats }\n  \
               b: { type: sns.topic, for_each: seats }\n";
    let diagnostics = try_stack(two).err().expect("it is refused").list;
    assert!(diagnostics[0].message.starts_with("with all their copies these are 12000 resources"));
}

#[test]
fn a_mistake_that_all_copies_share_is_said_once_and_of_the_resource() {
    let found = wrong("  topic: { type: sns.topic, for_each: students, nope: 1 }\n");
    let [(Code::UnknownKey, place, said)] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(place, "nope");
    assert!(said.starts_with("`topic` (sns.topic) has no property `nope`"), "{said}");
}

#[test]
fn several_mistakes_at_one_place_are_each_said() {
    for each in ["", ", for_each: students"] {
        let found = wrong(&format!("  vm: {{ type: ec2.instance{each} }}\n"));
        let [(_, _, image), (_, _, size)] = found.as_slice() else { panic!("{found:?}") };
        assert!(image.starts_with("`vm` (ec2.instance) needs `image`"), "{image}");
        assert!(size.starts_with("`vm` (ec2.instance) needs `instance_type`"), "{size}");
    }
}

#[test]
fn a_mistake_of_some_copies_names_them() {
    let found = wrong(
        "  fn: { type: iam.role, for_each: students, assumed_by: [lambda.amazonaws.com], name: '${each.key}/' }\n  \
           ok: { type: sns.topic }\n",
    );
    let [(_, place, said)] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(place, "'${each.key}/'");
    assert!(said.contains("`ana/`"), "{said}");
}

#[test]
fn a_condition_that_holds_for_no_one_is_one_mistake() {
    let found = wrong(
        "  home: { type: s3.bucket, for_each: students, when: '${each.key} == zoe' }\n  \
           note: { type: sns.topic, for_each: students, display_name: '${home.name}' }\n  \
           all: { type: sns.topic, display_name: '${home[\"ana\"].name}' }\n",
    );
    assert!(matches!(found.as_slice(), [(Code::Condition, ..)]), "{found:?}");
}

#[test]
fn copies_need_names_of_their_own() {
    for name in ["lv-${aws.account_id}", "lv-${aws.account_id}-${aws.region}-an"] {
        let found = wrong(&format!("  home: {{ type: s3.bucket, for_each: students, name: '{name}' }}\n"));
        let [(Code::NameTwice, _, said)] = found.as_slice() else { panic!("{found:?}") };
        assert!(said.contains("add `${each.key}`"), "{said}");
    }
    let found = wrong("  home: { type: s3.bucket, for_each: students, name: cloud101-home }\n");
    let [(Code::NameTwice, _, said)] = found.as_slice() else { panic!("{found:?}") };
    let expected = "`home[\"ana\"]` and `home[\"bo\"]` are both the s3.bucket `cloud101-home`; add `${each.key}`";
    assert!(said.starts_with(expected), "{said}");
}

#[test]
fn references_say_which_copy_they_mean() {
    let topic = "  topic: { type: sns.topic, for_each: students }\n  one: { type: sns.topic }\n";
    let said = |reference: &str| {
        let found = wrong(&format!("{topic}  role: {{ type: sns.topic, tags: {{ a: '{reference}' }} }}\n"));
        let [(_, place, said)] = found.as_slice() else { panic!("{reference}: {found:?}") };
        assert_eq!(place, reference);
        said.clone()
    };
    assert_eq!(
        said("${topic.arn}"),
        "`topic` has several copies, and `${topic.arn}` does not say which; write `${topic[\"ana\"].arn}` for one, or \
         `${topic[*].arn}` for all of them"
    );
    assert_eq!(said("${topic[\"anna\"].arn}"), "there is no copy of `topic` for `anna`; did you mean `ana`?");
    assert_eq!(
        said("${one[\"ana\"].arn}"),
        "there is no `one[\"ana\"]`: `one` has no copies; write `${one.arn}`, or give `one` a `for_each`"
    );
    assert_eq!(
        said("${each.key}"),
        "there is no `each` here; `${each.…}` works in a resource with `for_each`, and in `handout`"
    );
}

/// What a list looks like in the file and on the command line.
#[test]
fn a_variable_that_is_no_list_gets_the_list_that_is_meant() {
    let said = |head: &str, for_each: &str, vars: &[(&str, &str)]| {
        let text = format!(
            "stack: cloud101\nregion: us-east-1\n{head}\nresources: {{ topic: {{ type: sns.topic, for_each: {for_each} }} }}\n"
        );
        let vars = vars.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let options = load::Options { vars, ..load::Options::default() };
        let diagnostics = load_text(&text, Path::new("stacks/cloud101.yaml"), &options).err();
        let diagnostics = diagnostics.map(|diagnostics| diagnostics.list).unwrap_or_default();
        diagnostics.iter().map(|one| one.to_string()).collect::<Vec<_>>().join("\n")
    };
    let list = "make `teams` a list in the file: `vars: { teams: [red, blue] }`; on the command line that is `--var teams=red,blue`";
    let is_none = "`teams` is a variable, and no list: `for_each` takes the name of a roster or of a list; ";
    for (head, vars) in [
        ("vars: { teams: red }", &[][..]),
        ("vars: { teams: 'red, blue' }", &[]),
        ("vars: { teams: '[red, blue]' }", &[]),
        ("vars: { teams: { default: red } }", &[]),
        ("vars: { teams: {} }", &[("teams", "red")]),
        ("vars: { teams: red }", &[("teams", "[red, blue]")]),
        ("vars: { teams: red }\nrosters: { students: [ana] }", &[("teams", "'red' 'blue'")]),
    ] {
        let said = said(head, "teams", vars);
        assert!(
            said.starts_with(&format!("{is_none}{list}; here its name alone stands: `for_each: teams`")),
            "{head}: {said}"
        );
    }
    for reference in ["'${var.teams}'", "'${teams}'"] {
        let text = said("vars: { teams: red }", reference, &[]);
        assert!(
            text.starts_with(&format!("`for_each` takes the name of a roster, and no reference; {list}")),
            "{text}"
        );
        let list = said("vars: { teams: [red] }", reference, &[]);
        assert!(list.ends_with("; write the name alone: `for_each: teams`"), "{list}");
    }
    assert!(said("rosters: { teams: [red] }", "'${teams}'", &[]).ends_with("write the name alone: `for_each: teams`"));
    let path = said("vars: { teams: roster.csv }", "teams", &[]);
    assert!(path.contains("`rosters: { students: '${var.teams}' }` at the top"), "{path}");
    let secret = said("vars: { teams: { default: hunter22, secret: true } }", "teams", &[]);
    assert!(secret.contains("[red, blue]") && !secret.contains("hunter22"), "{secret}");
    let number = said("vars: { teams: 3 }", "teams", &[]);
    assert!(number.contains("`rosters: { teams: 3 }`, in place of the variable"), "{number}");
    let groups = said("vars: { teams: { ana: { seat: '1' } } }", "teams", &[]);
    assert!(groups.contains("put `teams` under `rosters:` in place of `vars:`"), "{groups}");
    let roster = said("vars: { teams: red }\nrosters: { all: '${var.teams}' }", "all", &[]);
    assert!(roster.contains(&format!("{list}, and is named by `for_each: teams`, without `rosters:`")), "{roster}");
    // A list that is given otherwise than with commas.
    for value in ["[red, blue]", "red blue", "red;blue", "\"red\",\"blue\"", "['red', 'blue']", "red, blue]"] {
        let said = said("vars: { teams: [ana, bo] }", "teams", &[("teams", value)]);
        let hint = "write the keys with commas between and nothing else: `--var teams=red,blue`; a key has";
        assert!(said.contains(hint) && said.lines().count() == 1, "{value}: {said}");
    }
    let names = said("vars: { teams: [ana] }", "teams", &[("teams", "Red Team,Blue Team")]);
    assert!(
        names.contains("`Red Team` of `--var teams=Red Team,Blue Team` can't be a key; ")
            && names.contains("teams=red-team,blue-team"),
        "{names}"
    );
    let empty = said("vars: { teams: [ana] }", "teams", &[("teams", " ")]);
    assert_eq!(
        empty,
        "`--var teams=` on the command line names no member for the roster `teams`; for example `--var teams=ana,bo`"
    );
    assert_eq!(said("vars: { teams: [ana] }", "teams", &[("teams", "red, blue")]), "");
}

/// What follows from a `for_each` that is wrong is not said, too: it goes with the one mistake.
#[test]
fn a_for_each_that_is_wrong_is_one_mistake() {
    for for_each in ["for_each: student", "foreach: students", "for_each: [ana, bo]", "for_each: 3"] {
        let text = format!(
            "stack: cloud101\nregion: us-east-1\nrosters: {{ students: [ana, bo] }}\nmoved: {{ 'students[an]': 'students[ana]' }}\n\
             resources:\n  one:\n    type: sns.topic\n    {for_each}\n    when: '${{each.key}} != bo'\n    name: 'x-${{each.key}}'\n  \
             two: {{ type: sns.topic, for_each: students, tags: {{ of: '${{one.arn}}' }}, depends_on: ['one[ana]'] }}\n  \
             three: {{ type: sns.topic, tags: {{ of: '${{one[\"ana\"].arn}}', all: '${{one[*].arn}}' }} }}\n\
             outputs: {{ all: '${{one[*].arn}}' }}\nhandout: {{ for_each: students, lines: {{ Topic: '${{one.arn}}' }} }}\n"
        );
        let diagnostics =
            load_text(&text, Path::new("stacks/cloud101.yaml"), &load::Options::default()).err().expect("wrong");
        let said: Vec<_> = diagnostics.list.iter().map(|one| &one.message).collect();
        assert_eq!(said.len(), 1, "{for_each}: {said:#?}");
    }
}

#[test]
fn a_roster_or_column_that_is_not_there_is_said_with_what_is() {
    let found = wrong("  topic: { type: sns.topic, for_each: student }\n");
    let [(Code::UnknownWord, place, said)] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((place.as_str(), said.as_str()), ("student", "there is no roster `student`; did you mean `students`?"));
    let found = wrong("  topic: { type: sns.topic, for_each: students, tags: { a: '${each.kye}' } }\n");
    let [(Code::UnknownWord, _, said)] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(said, "the roster `students` has no column `kye`; did you mean `key`?");
}

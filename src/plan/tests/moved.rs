//! What has another address than before.

use crate::aws::ownership::{KEEP, LastApplied, LifecycleFlags, Ownership};
use crate::plan::options::{Goal, Leavers, Options};
use crate::plan::unmoved::{errors, line, of_another};
use crate::plan::{Action, Plan, Reason, apart};
use crate::resource::Address;
use crate::testing::{Account, addresses, plan, planned, refused, stack};

use super::{actions, step};

fn class(moved: &str, students: &str, topic: &str) -> crate::stack::Stack {
    stack(&format!(
        "rosters: {{ students: [{students}] }}\nmoved: {{ {moved} }}\nresources:\n  \
           {topic}: {{ type: sns.topic }}\n  \
           home: {{ type: s3.bucket, for_each: students, name: 'cloud101-class-${{each.key}}' }}\n  \
           news: {{ type: sns.topic, for_each: students, tags: {{ of: '${{home.name}}' }} }}\n"
    ))
}

#[test]
fn only_the_tags_of_what_moved_change() {
    let account = Account::after(&class("", "ana, bo", "all"));
    let after = class("all: everybody, 'students[ana]': 'students[anna]'", "anna, bo", "everybody");
    let plan = plan(&after, &account);
    let expected = [
        "everybody update",
        "home[\"anna\"] update",
        "home[\"bo\"] none",
        "news[\"anna\"] update",
        "news[\"bo\"] none",
    ];
    assert_eq!(actions(&plan), expected);
    let home = step(&plan, "home[\"anna\"]");
    assert_eq!((home.name.as_str(), home.changes.len()), ("cloud101-class-ana", 0));
    assert_eq!(home.notes, ["it was `home[\"ana\"]`: its tags follow"]);
    assert_eq!(step(&plan, "everybody").notes, ["it was `all`: its tags follow"]);
    let news = step(&plan, "news[\"anna\"]");
    assert_eq!(news.name, "cloud101-news-ana");
    assert_eq!(news.notes, ["it was `news[\"ana\"]`: its tags follow"]);
}

/// Each resource has a note, as in JSON; a text has one for each line of `moved:`.
#[test]
fn what_one_line_has_moved_is_said_in_one_line() {
    let account = Account::after(&class("", "ana, bo", "all"));
    let notes = |after: &crate::stack::Stack| {
        let notes = crate::ui::plan::notes(&plan(after, &account), &crate::ui::Redactor::default());
        notes.into_iter().map(|(address, note)| format!("{address}: {note}")).collect::<Vec<_>>()
    };
    assert_eq!(
        notes(&class("all: everybody, 'students[ana]': 'students[anna]'", "anna, bo", "everybody")),
        [
            "everybody: it was `all`: its tags follow",
            "home[\"anna\"]: it and 1 more were those of `ana`: their tags follow"
        ]
    );
    // All copies of a resource, and one that has both another name and another key.
    let both = stack(
        "rosters: { students: [ana, bo, cyd] }\nmoved: { home: house, 'students[cy]': 'students[cyd]' }\nresources:\n  \
         house: { type: s3.bucket, for_each: students, name: 'cloud101-class-${each.key}' }\n",
    );
    let mut account = Account::after(&class("", "ana, bo, cy", "all"));
    account.delete("all").delete("news[ana]").delete("news[bo]").delete("news[cy]");
    let notes = crate::ui::plan::notes(&plan(&both, &account), &crate::ui::Redactor::default());
    let expected = [
        ("house[\"ana\"]", "it and 1 more were copies of `home`: their tags follow"),
        ("house[\"cyd\"]", "it was `home[\"cy\"]`: its tags follow"),
    ];
    assert_eq!(notes, expected.map(|(address, note)| (address.to_owned(), note.to_owned())));
}

/// One who has worked under the new key has something there, which must not go as a leftover.
#[test]
fn what_was_made_under_both_addresses_is_refused() {
    let mut account = Account::after(&class("", "ana, bo", "all"));
    account.apply(&class("", "anna, bo", "all"));
    let after = class("'students[ana]': 'students[anna]'", "anna, bo", "all");
    let errors = refused(&after, &account, Goal::Apply, &Options::default());
    assert!(!errors.is_empty() && errors[0].error.message.contains("one of both would be deleted"), "{errors:?}");
}

/// As after an apply in which `ana` became `anna` and the topic `all` became `everybody`.
fn moved() -> Account {
    let mut account = Account::after(&class("", "ana, bo", "all"));
    account.apply(&class("all: everybody, 'students[ana]': 'students[anna]'", "anna, bo", "everybody"));
    account
}

/// What is done, without what stays as it is.
fn done(plan: &Plan) -> Vec<String> {
    actions(plan).into_iter().filter(|action| !action.ends_with(" none")).collect()
}

/// What can't be planned for some copies, with what to do.
fn aside(plan: &Plan) -> Vec<String> {
    let said = apart::said(plan).into_iter().map(|one| format!("{}; {}", one.error.message, one.error.hint.unwrap()));
    said.collect()
}

#[test]
fn the_tags_say_where_it_is_and_where_its_name_is_from() {
    let mut account = moved();
    let mut keep = |address: &str| account.thing(address).live.tags.get(KEEP).cloned();
    assert_eq!(keep("home[anna]").as_deref(), Some("was=home:ana"));
    assert_eq!(keep("everybody").as_deref(), Some("was=all"));
    assert_eq!(keep("home[bo]"), None);
    // Neither is anything left to do.
    let after = class("all: everybody, 'students[ana]': 'students[anna]'", "anna, bo", "everybody");
    assert_eq!(done(&plan(&after, &account)), [""; 0]);
}

/// Without it what moved would be deleted, and made again under the name that it would have.
#[test]
fn a_line_that_was_removed_is_named_and_nothing_is_deleted() {
    let without_the_person = plan(&class("all: everybody", "anna, bo", "everybody"), &moved());
    assert_eq!(done(&without_the_person), [""; 0], "{:?}", actions(&without_the_person));
    let said = aside(&without_the_person);
    assert_eq!(
        said,
        [
            "`cloud101-class-ana` and 1 more are what `anna` has under an earlier key or name: without what says so under \
         `moved:`, all of it would be deleted and made again; before that is settled, nothing of `anna` is changed; put the line \
         `students[\"ana\"]: students[\"anna\"]` back under `moved:`; to make all of it again all the same, add --replace \
         'home[\"anna\"]' --replace 'news[\"anna\"]'"
        ]
    );
    let without_all = class("'students[ana]': 'students[anna]'", "anna, bo", "everybody");
    let errors = refused(&without_all, &moved(), Goal::Apply, &Options::default());
    let [error] = errors.as_slice() else { panic!("{errors:?}") };
    assert!(error.error.hint.as_ref().is_some_and(|hint| hint.contains("`all: everybody`")), "{error:?}");
    let one = "`cloud101-all` is `everybody`, and is called so because it was `all`: without the line of `moved:` that says \
               so, it would be deleted and made again as `cloud101-everybody`";
    assert_eq!(error.error.message, one);
    // All copies of a resource.
    let text = |moved: &str, name: &str| {
        stack(&format!(
            "rosters: {{ students: [ana, bo] }}\nmoved: {{ {moved} }}\n\
             resources: {{ {name}: {{ type: sns.topic, for_each: students }} }}\n"
        ))
    };
    let mut account = Account::after(&text("", "seat"));
    account.apply(&text("seat: desk", "desk"));
    let errors = refused(&text("", "desk"), &account, Goal::Apply, &Options::default());
    assert_eq!(errors.len(), 2, "{errors:?}");
    assert!(errors[0].error.hint.as_ref().is_some_and(|hint| hint.contains("`seat: desk`")), "{errors:?}");
}

/// Nothing of a person is changed of whom the file does not say who they were, not even what needs no line.
#[test]
fn what_else_a_person_has_waits_for_the_line() {
    let class = |moved: &str, tag: &str| {
        stack(&format!(
            "rosters: {{ students: {{ KEY: {{ seat: s7 }}, bo: {{ seat: s8 }} }} }}\nmoved: {{ {moved} }}\nresources:\n  \
               desk: {{ type: sns.topic, for_each: students, name: 'cloud101-${{each.seat}}', tags: {{ of: {tag} }} }}\n  \
               home: {{ type: s3.bucket, for_each: students, name: 'cloud101-class-${{each.key}}' }}\n  \
               list: {{ type: sns.topic, tags: {{ all: '${{desk[*].name}}' }} }}\n"
        ).replace("KEY", if moved.is_empty() && tag == "a" { "ana" } else { "anna" }))
    };
    let line = "'students[ana]': 'students[anna]'";
    let mut account = Account::after(&class("", "a"));
    account.apply(&class(line, "a"));
    let waits = plan(&class("", "b"), &account);
    assert_eq!(done(&waits), ["desk[\"bo\"] update"]);
    assert_eq!(waits.unsaid, addresses(["home[anna]"]));
    assert_eq!(waits.aside.keys().map(ToString::to_string).collect::<Vec<_>>(), ["desk[\"anna\"]", "list"]);
    assert_eq!(aside(&waits).len(), 1);
    let with_the_line = plan(&class(line, "b"), &account);
    assert_eq!(done(&with_the_line), ["desk[\"anna\"] update", "desk[\"bo\"] update"]);
    let replace = Options { replace: addresses(["home[anna]"]), ..Options::default() };
    let again = planned(&class("", "b"), &account, Goal::Apply, &replace);
    let expected = ["desk[\"anna\"] update", "desk[\"bo\"] update", "home[\"anna\"] create", "(home[\"anna\"]) delete"];
    assert_eq!(done(&again), expected);
}

/// Not even what the same edit takes out of the file, or from this person.
#[test]
fn what_a_person_no_longer_has_in_the_file_waits_for_the_line() {
    let machine = |when: &str| format!("  machine: {{ type: sns.topic, for_each: students{when} }}\n");
    let class = |moved: &str, key: &str, machine: &str| {
        let rest = ["cy", "dan", "eva"].map(|key| format!("{key}: {{ gpu: 'yes' }}")).join(", ");
        stack(&format!(
            "rosters: {{ students: {{ {key}: {{ gpu: 'no' }}, bo: {{ gpu: 'yes' }}, {rest} }} }}\nmoved: {{ {moved} }}\n\
             resources:\n  home: {{ type: s3.bucket, for_each: students, name: 'cloud101-class-${{each.key}}' }}\n{machine}"
        ))
    };
    let line = "'students[ana]': 'students[anna]'";
    let mut account = Account::after(&class("", "ana", &machine("")));
    account.apply(&class(line, "anna", &machine("")));
    let of_anna = |plan: &Plan| {
        let step = plan.steps.iter().find(|step| step.address == Address::copy("machine", "anna"));
        step.expect("it is in the plan").action.clone()
    };
    let because = "nothing of this member is changed until `moved:` in the file says who that was".to_owned();
    let waits = Action::Keep { because };
    let without = plan(&class("", "anna", ""), &account);
    assert_eq!(of_anna(&without), waits);
    assert_eq!(without.counts().destroy, 4, "what the others had goes: {:?}", done(&without));
    let left_out = machine(", when: '${each.gpu} == yes'");
    assert_eq!(of_anna(&plan(&class("", "anna", &left_out), &account)), waits);
    // With the line both go.
    for machine in ["", &left_out] {
        assert_eq!(of_anna(&plan(&class(line, "anna", machine), &account)), Action::Delete);
    }
}

#[test]
fn what_a_person_replaces_is_made_again() {
    let replace = Options { replace: addresses(["home[anna]", "news[anna]"]), ..Options::default() };
    let plan = planned(&class("all: everybody", "anna, bo", "everybody"), &moved(), Goal::Apply, &replace);
    let expected =
        ["home[\"anna\"] create", "news[\"anna\"] create", "(home[\"anna\"]) delete", "(news[\"anna\"]) delete"];
    assert_eq!(done(&plan), expected);
}

/// A new member has the key that another's bucket is named after.
#[test]
fn who_is_new_does_not_get_what_moved_on_from_their_key() {
    let plan = plan(&class("all: everybody", "ana, anna, bo", "everybody"), &moved());
    assert_eq!(done(&plan), [""; 0], "{:?}", actions(&plan));
    let said = aside(&plan);
    let of_ana = "`cloud101-class-ana` and 1 more are of `anna` in this stack, and were of `ana` once; before that is settled, nothing of \
                  `ana` is changed; put the line `students[\"ana\"]: students[\"anna\"]` back under `moved:`, and give the \
                  new `ana` another key";
    assert!(said.iter().any(|one| one == of_ana), "{said:#?}");
    // The same of resources without copies.
    let both = stack("resources: { all: { type: sns.topic }, everybody: { type: sns.topic } }\n");
    let errors = refused(&both, &moved(), Goal::Apply, &Options::default());
    let said: Vec<_> = errors.iter().map(|one| one.error.hint.clone().unwrap_or_default()).collect();
    let back = "put the line `all: everybody` back under `moved:`, and give the new `all` another name";
    assert!(said.iter().any(|hint| hint == back) && said.len() == 2, "{said:#?}");
}

/// One who has left under the other name may be someone else.
/// What is at an address that the file no longer has, under the name of one that it has: for one, and for several.
#[test]
fn what_is_at_an_address_that_is_gone_is_asked_for() {
    let stack = class("", "ana, bo", "all");
    let theirs = |address: &str| Ownership {
        stack: stack.name.clone(),
        address: Address::parse(address),
        applied: LastApplied::default(),
        keep: LifecycleFlags::default(),
    };
    let unsaid = |declared: &str, name: &str, address: &str| {
        let declared = stack.get(&Address::parse(declared)).unwrap();
        of_another(&stack, declared, name, &theirs(address), false).unwrap()
    };
    let said = |all| {
        let all = errors(&stack, &Leavers::default(), all);
        let [error] = all.as_slice() else { panic!("{all:?}") };
        (error.error.message.clone(), error.error.hint.clone().unwrap_or_default())
    };
    let (message, help) = said(vec![unsaid("home[bo]", "class-bo", "house[bo]")]);
    assert_eq!(
        message,
        "`class-bo` is `house[\"bo\"]` of this stack, which is no longer in the file; before that is settled, nothing of \
         `bo` is changed"
    );
    assert_eq!(
        help,
        "if `home[\"bo\"]` is the same, add the line `house: home` under `moved:`; if not, give `home[\"bo\"]` another name"
    );
    let both = vec![unsaid("home[bo]", "class-bo", "house[bo]"), unsaid("news[bo]", "news-bo", "mail[bo]")];
    let (message, help) = said(both);
    assert_eq!(
        message,
        "`class-bo` and 1 more are of this stack, at addresses that are no longer in the file; before that is settled, \
         nothing of `bo` is changed"
    );
    assert_eq!(
        help,
        "if they are those of `bo`, add the lines `house: home` and `mail: news` under `moved:`; if not, give those of `bo` \
         other names"
    );
}

/// One has moved on to another person, and one is of someone who left: a sentence for each, and one for both.
#[test]
fn what_is_there_of_several_under_one_persons_names_is_said_of_each() {
    let stack = class("", "ana, bo", "all");
    let theirs = |address: &str, was: Option<&str>| Ownership {
        stack: stack.name.clone(),
        address: Address::parse(address),
        applied: LastApplied::default(),
        keep: LifecycleFlags { was: was.map(Address::parse), ..LifecycleFlags::default() },
    };
    let unsaid = |declared: &str, name: &str, theirs: &Ownership| {
        let declared = stack.get(&Address::parse(declared)).unwrap();
        of_another(&stack, declared, name, theirs, false).unwrap()
    };
    let home = unsaid("home[bo]", "class-bo", &theirs("home[ana]", Some("home[bo]")));
    let news = unsaid("news[bo]", "news-bo", &theirs("news[cy]", None));
    let all = errors(&stack, &Leavers::default(), vec![home, news]);
    let [error] = all.as_slice() else { panic!("{all:?}") };
    assert_eq!(
        error.error.message,
        "`class-bo` is `home[\"ana\"]` of this stack, which was `home[\"bo\"]` once; `news-bo` is that of `cy`, who is no \
         longer in the roster `students`; before that is settled, nothing of `bo` is changed"
    );
}

#[test]
fn who_is_called_as_at_first_again_keeps_all_they_have_with_a_line_for_each_name() {
    let back = plan(&class("", "ana, bo", "all"), &moved());
    assert_eq!(done(&back), ["all update", "(home[\"anna\"]) keep", "(news[\"anna\"]) keep"]);
    assert_eq!(
        aside(&back)[0],
        "`cloud101-class-ana` and 1 more are those of `anna`, who is no longer in the roster `students`; before that is settled, nothing \
         of `ana` is changed; if `ana` is the same person, add the lines `students[\"ana\"]: students[\"anna\"]` and `students[\"anna\"]: students[\"ana\"]` under `moved:`; if not, \
         delete what `anna` has first, with --remove anna"
    );
    let both = "'students[ana]': 'students[anna]', 'students[anna]': 'students[ana]'";
    let back = plan(&class(both, "ana, bo", "all"), &moved());
    assert_eq!(done(&back), ["all update", "home[\"ana\"] update", "news[\"ana\"] update"]);
    let home = step(&back, "home[\"ana\"]");
    assert_eq!(home.notes, ["it was `home[\"anna\"]`: its tags follow"]);
    assert_eq!(home.planned.as_ref().and_then(|planned| planned.keep.was.clone()), None);
    // With one of them nothing is deleted either.
    let one = plan(&class("'students[anna]': 'students[ana]'", "ana, bo", "all"), &moved());
    assert_eq!(done(&one), ["all update"]);
    let said = aside(&one);
    assert!(
        said.iter().all(|one| one.contains("put the line `students[\"ana\"]: students[\"anna\"]` back")),
        "{said:#?}"
    );
}

/// A name that does not depend on the address is found without the line.
#[test]
fn a_name_that_the_file_says_needs_no_line() {
    let text = |moved: &str, address: &str| {
        stack(&format!(
            "moved: {{ {moved} }}\nresources: {{ {address}: {{ type: s3.bucket, name: cloud101-data }} }}\n"
        ))
    };
    let mut account = Account::after(&text("", "old"));
    account.apply(&text("old: new", "new"));
    assert!(!account.thing("new").live.tags.contains_key(KEEP));
    assert_eq!(actions(&plan(&text("", "new"), &account)), ["new none"]);
    // One that the file gets now is another one, as ever.
    let mut account = moved();
    account.delete("home[anna]").delete("home[bo]").delete("news[anna]").delete("news[bo]");
    let named = stack("resources: { everybody: { type: sns.topic, name: cloud101-people } }\n");
    assert_eq!(actions(&plan(&named, &account)), ["everybody create", "(everybody) delete"]);
}

#[test]
fn neither_of_two_is_deleted_that_are_there() {
    let mut account = moved();
    account.apply(&class("all: everybody", "anna, bo", "everybody"));
    let errors = refused(&class("all: everybody", "anna, bo", "everybody"), &account, Goal::Apply, &Options::default());
    let said: Vec<_> = errors.iter().map(|one| one.error.message.as_str()).collect();
    let home = "`cloud101-class-ana` is `home[\"anna\"]` as well, and is called so because it was `home[\"ana\"]`: one of both \
                would be deleted";
    assert!(said.len() == 2 && said.contains(&home), "{said:#?}");
}

/// Two students, each with a bucket that is called after their seat.
fn seats(students: &str) -> crate::stack::Stack {
    stack(&format!(
        "rosters: {{ students: {{ {students} }} }}\n\
         resources: {{ home: {{ type: s3.bucket, for_each: students, name: 'cloud101-lab-${{each.seat}}' }} }}\n"
    ))
}

#[test]
fn who_sits_on_the_seat_of_one_who_left_does_not_get_what_is_theirs() {
    let account = Account::after(&seats("ana: { seat: s7 }, bo: { seat: s8 }"));
    let after = seats("carla: { seat: s7 }, bo: { seat: s8 }");
    let kept = plan(&after, &account);
    assert_eq!(done(&kept), ["(home[\"ana\"]) keep"]);
    assert_eq!(
        aside(&kept),
        [
            "`cloud101-lab-s7` is that of `ana`, who is no longer in the roster `students`; before that is settled, nothing of `carla` is \
          changed; if `carla` is the same person, add the line `students[\"ana\"]: students[\"carla\"]` under `moved:`; if not, delete what `ana` has first, with \
          --remove ana"
        ]
    );
    // Which is possible.
    let leavers = Leavers { remove: ["ana".to_owned()].into(), ..Leavers::default() };
    let gone = planned(&after, &account, Goal::Apply, &Options { leavers, ..Options::default() });
    assert_eq!(done(&gone), ["(home[\"ana\"]) delete"]);
    // And then says what is next, once it is done.
    let next = "`cloud101-lab-s7` is that of `ana`, who is no longer in the roster `students`, and goes first; before that is \
                settled, nothing of `carla` is changed; then run the same command without `--remove ana`";
    assert_eq!(aside(&gone), [next]);
    // Two who have changed places have what their seats have, as the file says.
    let changed = plan(&seats("ana: { seat: s8 }, bo: { seat: s7 }"), &account);
    assert_eq!(done(&changed), ["home[\"ana\"] update", "home[\"bo\"] update"]);
    assert_eq!(step(&changed, "home[\"ana\"]").notes, ["it was `home[\"bo\"]`: its tags follow"]);
}

/// The plan that a rename makes without it says what to write.
#[test]
fn a_plan_that_makes_something_again_says_how_to_keep_it() {
    let account = Account::after(&class("", "ana, bo", "all"));
    let orphan = |plan: &Plan| {
        let left = plan.steps.iter().find(|step| step.address == Address::new("all")).expect("it is in the plan");
        left.notes.clone()
    };
    let renamed = plan(&class("", "ana, bo", "everybody"), &account);
    let note = "if this is now `everybody`, the line `all: everybody` under `moved:` in the file keeps what there is";
    assert_eq!(orphan(&renamed), [note]);
    // One who joins gets a topic as well: which of both it is, is not known.
    let joined = plan(&class("", "ana, bo, carla", "everybody"), &account);
    assert_eq!(orphan(&joined), Vec::<String>::new());
}

/// A topic with another name, for each or not.
#[test]
fn a_rename_by_which_copies_come_or_go_gets_a_line_only_if_it_is_one() {
    let topic = |name: &str, students: Option<&str>| {
        let for_each = students.map_or("", |_| ", for_each: students");
        let students = students.unwrap_or("ana");
        stack(&format!(
            "rosters: {{ students: [{students}] }}\nresources: {{ {name}: {{ type: sns.topic{for_each} }} }}\n"
        ))
    };
    let notes = |before: &crate::stack::Stack, after: &crate::stack::Stack| {
        let plan = plan(after, &Account::after(before));
        let gone = plan.steps.iter().filter(|step| step.action == Action::Delete);
        let words = |note: &String| {
            let mut words = note.split('`').skip(1).step_by(2);
            format!("{}, {}", words.next().unwrap_or_default(), words.next().unwrap_or_default())
        };
        gone.flat_map(|step| &step.notes).map(words).collect::<Vec<_>>()
    };
    let (class, more) = (Some("ana, bo"), Some("bo, cy"));
    assert_eq!(notes(&topic("seat", class), &topic("desk", class)), ["desk, seat: desk"], "once for all copies");
    assert_eq!(notes(&topic("seat", class), &topic("desk", more)), ["desk, seat: desk"], "for whom there is one");
    assert_eq!(notes(&topic("news", None), &topic("desk", class)), [""; 0]);
    assert_eq!(notes(&topic("seat", Some("ana")), &topic("desk", Some("bo"))), [""; 0], "they are two persons'");
    assert_eq!(notes(&topic("desk", class), &topic("news", None)), [""; 0]);
    assert_eq!(notes(&topic("news", None), &topic("desk", Some("ana"))), ["desk[\"ana\"], news: desk[\"ana\"]"]);
    assert_eq!(notes(&topic("desk", Some("ana")), &topic("desk", None)), ["desk, desk[\"ana\"]: desk"]);
}

/// A person's line holds for all that is theirs, and a resource's for all its copies, if nothing else changes.
#[test]
fn a_line_says_no_more_than_what_changes() {
    let stack = class("", "ana, bo", "all");
    let of = |old: &str, new: &str| line(&stack, &Address::parse(old), &Address::parse(new));
    assert_eq!(of("home[ana]", "home[bo]"), "`students[\"ana\"]: students[\"bo\"]`");
    assert_eq!(of("seat[ana]", "home[ana]"), "`seat: home`");
    assert_eq!(of("seat[ana]", "home[bo]"), "`seat[\"ana\"]: home[\"bo\"]`");
    assert_eq!(of("seat[ana]", "seat[bo]"), "`seat[\"ana\"]: seat[\"bo\"]`", "the file does not say whose they were");
    assert_eq!(of("all", "home[ana]"), "`all: home[\"ana\"]`");
}

#[test]
fn one_who_leaves_while_one_joins_may_be_the_same_person() {
    let notes = |before: &str, after: &str| {
        let plan = plan(&class("", after, "all"), &Account::after(&class("", before, "all")));
        plan.steps.iter().flat_map(|step| step.notes.clone()).collect::<Vec<_>>()
    };
    assert_eq!(
        notes("ana, bo", "anna, bo"),
        [
            "if `ana` is now `anna`, the line `students[\"ana\"]: students[\"anna\"]` under `moved:` in the file keeps what \
          there is"
        ]
    );
    assert_eq!(notes("ana, bo", "anna, cy"), [""; 0], "two of each");
    assert_eq!(notes("ana, bo", "bo"), [""; 0]);
    assert_eq!(notes("ana, bo", "bo, cy, dan"), [""; 0]);
}

#[test]
fn without_it_one_leaves_and_another_joins() {
    let account = Account::after(&class("", "ana, bo", "all"));
    let plan = plan(&class("", "anna, bo", "all"), &account);
    let done: Vec<_> = actions(&plan).into_iter().filter(|action| !action.ends_with(" none")).collect();
    let expected = ["home[\"anna\"] create", "news[\"anna\"] create", "(home[\"ana\"]) keep", "(news[\"ana\"]) keep"];
    assert_eq!(done, expected);
}

#[test]
fn what_the_file_changes_of_what_moved_changes() {
    let account = Account::after(&class("", "ana", "all"));
    let mut after = class("all: everybody", "ana", "everybody");
    after.tags.insert("course".into(), "cloud".into());
    let plan = plan(&after, &account);
    let changes: Vec<_> =
        step(&plan, "everybody").changes.iter().map(|change| (&*change.path, change.reason.clone())).collect();
    assert_eq!(changes, [("tags.course", Reason::File)]);
    assert!(plan.steps.iter().all(|step| step.address != Address::new("all")), "it is in the plan once");
}

/// A slip in the earlier key: nothing new gets the mistyped name, and what the one who is meant has stays.
#[test]
fn an_earlier_key_of_which_there_is_nothing_is_no_name_for_something_new() {
    let account = Account::after(&class("", "ben, zoe", "all"));
    let mistyped = class("'students[bem]': 'students[benjamin]'", "benjamin, zoe", "all");
    let absent = Leavers { remove_absent: true, even_if_many: true, ..Leavers::default() };
    for leavers in [Leavers::default(), absent] {
        let plan = planned(&mistyped, &account, Goal::Apply, &Options { leavers, ..Options::default() });
        assert_eq!(done(&plan), ["(home[\"ben\"]) keep", "(news[\"ben\"]) keep"]);
        let said = "the account has nothing of `bem`, which `moved:` says `benjamin` was, and something of `ben`, who left; did \
                    you mean the line `students[\"ben\"]: students[\"benjamin\"]`? If `ben` is another person, remove the \
                    line with `bem`; until then nothing of `benjamin` is changed";
        assert_eq!(aside(&plan), [said]);
    }
    // Who is removed by name is not meant, and an earlier key like no one's only gives the name.
    let leavers = Leavers { remove: ["ben".to_owned()].into(), ..Leavers::default() };
    let removing = planned(&mistyped, &account, Goal::Apply, &Options { leavers, ..Options::default() });
    let note =
        "the account has nothing of `bem`, which `moved:` names as the earlier key: only the name is taken from it";
    assert_eq!(step(&removing, "home[\"benjamin\"]").notes, [note]);
    let unlike = plan(&class("'students[kim]': 'students[benjamin]'", "benjamin, zoe", "all"), &account);
    assert_eq!(step(&unlike, "home[\"benjamin\"]").notes, [note.replace("bem", "kim")]);
    // With the right line, and for a stack that is made as a whole once more, all is as ever.
    let right = plan(&class("'students[ben]': 'students[benjamin]'", "benjamin, zoe", "all"), &account);
    assert_eq!(done(&right), ["home[\"benjamin\"] update", "news[\"benjamin\"] update"]);
}

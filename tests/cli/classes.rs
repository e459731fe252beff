//! A class: how many calls the commands make. What grows with the students is bounded for each, the rest by pages.

use std::time::Duration;

use crate::class::stacks::{self, Form};
use crate::class::{ClassAccount, Counts, Rates};
use crate::program::{Folder, Said};

const STUDENTS: usize = 40;

struct Class {
    folder: Folder,
    account: ClassAccount,
}

impl Class {
    fn of(students: usize, account: ClassAccount) -> Self {
        let folder = Folder::with("");
        stacks::write(folder.folder.path(), Form::Roster, students).expect("a stack");
        Self { folder, account }
    }

    /// What the command says, and its calls.
    fn run(&self, arguments: &[&str]) -> (Said, Counts) {
        self.account.take();
        let said = self.folder.run_at(&self.account.url, arguments);
        (said, self.account.take().0)
    }

    fn runs(&self, arguments: &[&str]) -> Counts {
        let (said, calls) = self.run(arguments);
        assert_eq!(said.code, Some(0), "{arguments:?}\n{}\n{}", said.stdout, said.stderr);
        calls
    }
}

fn of(calls: &Counts, service: &str) -> usize {
    calls.iter().filter(|(name, _)| name.split(':').next() == Some(service)).map(|(_, count)| count).sum()
}

fn sum(calls: &Counts) -> usize {
    calls.values().sum()
}

#[test]
fn the_calls_for_a_class_are_bounded_for_each_student() {
    let class = Class::of(STUDENTS, ClassAccount::new(Duration::ZERO, None));
    let new = class.runs(&["plan"]);
    assert!(sum(&new) <= 40, "of what the lists show not to be there nothing is asked: {new:#?}");
    let apply = class.runs(&["apply", "--yes"]);
    assert_eq!(class.account.things(), [STUDENTS; 4]);
    assert!(sum(&apply) <= 22 * STUDENTS, "{} {apply:#?}", sum(&apply));
    let (said, plan) = class.run(&["plan"]);
    assert!(said.stdout.contains("No changes"), "{}", said.stdout);
    assert!(sum(&plan) <= 3 * STUDENTS + 40, "{} {plan:#?}", sum(&plan));
    assert!(of(&plan, "iam") <= 12 && of(&plan, "ec2") <= 12, "by pages: {plan:#?}");
    assert_eq!(plan.get("lambda:GetFunction"), Some(&STUDENTS), "{plan:#?}");
    let destroy = class.runs(&["destroy", "--yes"]);
    assert_eq!(class.account.things(), [0; 4]);
    assert!(sum(&destroy) <= 14 * STUDENTS + 60, "{} {destroy:#?}", sum(&destroy));
}

#[test]
fn who_may_not_list_all_roles_asks_for_each() {
    let denied = ["iam:GetAccountAuthorizationDetails"];
    let class = Class::of(5, ClassAccount::denying(Duration::ZERO, None, &denied));
    class.runs(&["apply", "--yes"]);
    assert_eq!(class.account.things(), [5; 4]);
    let plan = class.runs(&["plan"]);
    assert_eq!(plan.get("iam:GetRole"), Some(&5), "{plan:#?}");
    class.runs(&["destroy", "--yes"]);
    assert_eq!(class.account.things(), [0; 4]);
}

/// What a list does not show may be there: the name of a bucket is taken by another account.
#[test]
fn a_name_that_others_have_is_one_students_trouble() {
    let class = Class::of(8, ClassAccount::new(Duration::ZERO, None));
    class.account.take_bucket("cloud101-123456789012-s0003");
    let (said, _) = class.run(&["apply", "--yes"]);
    assert_eq!(said.code, Some(1), "{}", said.stderr);
    assert!(said.stderr.contains("belongs to another account"), "{}", said.stderr);
    assert_eq!(class.account.things(), [7, 7, 7, 8], "the others have theirs");
}

/// Each service refuses what comes faster than AWS takes it.
#[test]
fn a_class_is_made_at_the_pace_of_each_service() {
    let class = Class::of(12, ClassAccount::new(Duration::ZERO, Some(Rates::default())));
    let said = class.folder.run_at(&class.account.url, &["apply", "--yes"]);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    assert_eq!(class.account.things(), [12; 4]);
    let (calls, throttled) = class.account.take();
    assert!(sum(&throttled) * 10 <= sum(&calls), "{throttled:#?} of {}", sum(&calls));
}

/// One who left is known as such to every option that names one of the roster: no other's key is there to be pasted.
#[test]
fn who_left_is_no_slip_of_who_is_beside() {
    let class = Class::of(5, ClassAccount::new(Duration::ZERO, None));
    class.runs(&["apply", "--yes"]);
    class.folder.write("roster.csv", "id\ns0001\ns0003\ns0004\ns0005\n");
    for line in [
        &["destroy", "--yes", "--only", "s0002"][..],
        &["plan", "--only", "s0002"],
        &["plan", "--destroy", "--only", "s0002"],
        &["apply", "--yes", "--only", "s0003,s0002"],
        &["destroy", "--yes", "--target", "machine[\"s0002\"]"],
        &["plan", "--target", "machine[\"s0002\"]"],
    ] {
        let (said, _) = class.run(line);
        assert_eq!(said.code, Some(64), "{line:?}: {}", said.stderr);
        let left = "error: `s0002` is no longer in the roster `students` and still has 4 resources\n";
        assert!(said.stderr.contains(left), "{line:?}: {}", said.stderr);
        assert!(
            said.stderr.contains(" apply cloud101.yaml --remove s0002` deletes them\n"),
            "{line:?}: {}",
            said.stderr
        );
        assert!(!said.stderr.contains("did you mean"), "{line:?}: {}", said.stderr);
    }
    class.runs(&["apply", "--yes", "--remove", "s0002"]);
    assert_eq!(class.account.things(), [4; 4]);
    // Now the account has nothing of theirs.
    let (said, _) = class.run(&["destroy", "--yes", "--only", "s0002"]);
    let keys = "help: --only takes keys of the rosters: `s0001`, `s0003`, `s0004`, `s0005`\n";
    assert!(said.code == Some(64) && said.stderr.contains(keys), "{}", said.stderr);
    let (said, _) = class.run(&["destroy", "--yes", "--only", "S13"]);
    assert!(said.code == Some(64) && said.stderr.contains(keys), "{}", said.stderr);
    let (said, _) = class.run(&["destroy", "--yes", "--only", "S03"]);
    assert!(said.code == Some(64) && said.stderr.contains("did you mean `--only s0003`?"), "{}", said.stderr);
    let (said, _) = class.run(&["destroy", "--yes", "--target", "machine[s0002]"]);
    let copies = "help: `machine` has copies for s0001, s0003, s0004 and s0005\n";
    assert!(said.code == Some(64) && said.stderr.contains(copies), "{}", said.stderr);
    assert_eq!(class.account.things(), [4; 4]);
}

/// A resource where a key belongs, and the other way round.
#[test]
fn what_stands_at_the_wrong_option_gets_the_right_one() {
    let class = Class::of(2, ClassAccount::new(Duration::ZERO, None));
    for (option, typed, message, hint) in [
        ("--only", "machine", "`machine` is a resource, not a key of a roster", "write `--target machine`"),
        ("--target", "s0001", "has no resource `s0001`", "`--only s0001` chooses the copies for the key"),
        ("--target", "s0001,s0002", "has no resource", "`--only s0001,s0002` chooses the copies for the keys"),
        ("--target", "machine,home", "has no resource", "repeat it, as in `--target machine --target home`"),
    ] {
        let (said, _) = class.run(&["plan", option, typed]);
        let is_said = said.stderr.contains(message) && said.stderr.contains(hint);
        assert!(said.code == Some(64) && is_said, "{option} {typed}: {}", said.stderr);
    }
    let (said, _) = class.run(&["destroy", "--remove", "s0002"]);
    assert!(said.code == Some(64) && said.stderr.contains("apply --remove s0002"), "{}", said.stderr);
    assert!(!said.stderr.contains("a similar argument"), "{}", said.stderr);
    class
        .folder
        .write("cloud101.yaml", "stack: lesson\nregion: us-east-1\nresources: { topic: { type: sns.topic } }\n");
    let (said, _) = class.run(&["plan", "--only", "s01"]);
    let is_said = said.stderr.contains("the stack has no roster") && !said.stderr.contains("--remove");
    assert!(said.code == Some(64) && is_said, "{}", said.stderr);
}

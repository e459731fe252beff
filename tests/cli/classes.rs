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

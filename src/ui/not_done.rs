//! Who is not done at the end of a run, and why: each reason once, with the people.

use std::collections::{BTreeMap, BTreeSet};

use crate::apply::Summary;
use crate::aws::Error;
use crate::plan::Plan;
use crate::plan::schedule::Task;
use crate::resource::Address;

use super::keyless::{cause, people};
use super::paint::Paint;
use super::plan_errors::{help, same_cause};
use super::terminal::clean;

/// Before the command that does only what is missing.
const ONLY_THESE: &str = "To do only these:";

/// What stands in the place of a key for what is not one person's.
const EVERYBODYS: &str = "";

/// One reason, and all that is not done for it.
struct Reason<'a> {
    why: Why<'a>,
    /// By the keys of people, what of theirs is not done.
    of: BTreeMap<&'a str, Lacking<'a>>,
}

/// What of one person's is not done, by the logical names of the resources.
#[derive(Default, Clone, PartialEq, Eq)]
struct Lacking<'a> {
    names: BTreeSet<&'a str>,
    /// Those that are not done because they need one of these.
    so: BTreeSet<&'a str>,
}

enum Why<'a> {
    /// It went wrong: the first of the errors, and the cause that it has in common with the others.
    Failed(&'a Error, Box<Error>),
    /// It needs this, which is not a copy of the same person.
    Needs(&'a Address),
    /// The run ended before.
    NotStarted,
}

/// What of `plan` is not done; `None`: nothing, or nothing in it is a copy, so that each error has just been said. `only` is
/// the command that does what is missing.
pub fn not_done(plan: &Plan, summary: &Summary, only: Option<&str>, paint: Paint) -> Option<String> {
    let reasons = reasons(plan, summary);
    let is_of_one = |reason: &Reason<'_>| reason.of.keys().all(|key| *key == EVERYBODYS);
    let has_copies = plan.steps.iter().any(|step| step.address.key.is_some());
    if reasons.is_empty() || !has_copies && reasons.iter().all(is_of_one) {
        return None;
    }
    let mut text = format!("{}\n", paint.bold("Not done:"));
    text.extend(reasons.iter().map(|reason| reason.text(paint)));
    text.extend(only.map(|only| format!("{} {}\n", paint.dim(ONLY_THESE), paint.help(only))));
    Some(text)
}

/// The keys of all that is not done; `None` if the same command does as well: it is more than copies that the file has, for
/// which `--only` can ask, or everybody's, or all that was left when the run was interrupted.
pub fn keys(plan: &Plan, summary: &Summary) -> Option<BTreeSet<String>> {
    if !summary.not_started.is_empty() {
        return None;
    }
    let failed = summary.failed.iter().map(|(task, _)| task);
    let skipped = summary.skipped.iter().map(|(task, _)| task);
    let steps = failed.chain(skipped).map(|task| plan.steps.get(task.step));
    let of_steps = steps.map(|step| step.filter(|step| step.is_declared()).map(|step| &step.address));
    // What waits for a line in the file is not done for it by any selection.
    let waits = |address: &&Address| plan.unsaid.contains(plan.aside.get(*address).unwrap_or(address));
    let of_plan = plan.unplanned.iter().map(|error| error.address.as_ref()).chain(plan.aside.keys().map(Some));
    let of_plan = of_plan.filter(|address| !address.as_ref().is_some_and(waits));
    let keys: Option<BTreeSet<String>> = of_steps.chain(of_plan).map(|address| address?.key.clone()).collect();
    let keys = keys.filter(|keys| !keys.is_empty())?;
    let mut all = plan.steps.iter().filter(|step| step.is_declared()).filter_map(|step| step.address.key.as_ref());
    all.any(|key| !keys.contains(key)).then_some(keys)
}

fn reasons<'a>(plan: &'a Plan, summary: &'a Summary) -> Vec<Reason<'a>> {
    let address = |task: &Task| plan.steps.get(task.step).map(|step| &step.address);
    let failed = summary.failed.iter().filter_map(|(task, error)| Some((address(task)?, error)));
    let unplanned = plan.unplanned.iter().filter_map(|one| Some((one.address.as_ref()?, &one.error)));
    let failed: BTreeMap<&Address, &Error> = failed.chain(unplanned).collect();
    let mut reasons: Vec<Reason<'a>> = Vec::new();
    let mut of: BTreeMap<&Address, usize> = BTreeMap::new();
    for (address, error) in failed {
        let key = whose(address);
        let common = Box::new(cause(Some(address), error));
        let is_it = |reason: &Reason<'_>| matches!(&reason.why, Why::Failed(_, other) if same_cause(other, &common));
        let index = Reason::index_of(&mut reasons, is_it, || Why::Failed(error, common.clone()));
        reasons[index].add(&address.name, key);
        of.insert(address, index);
    }
    let skipped = summary.skipped.iter().filter_map(|(task, because)| Some((address(task)?, because)));
    let mut skipped: Vec<_> = skipped.chain(&plan.aside).collect();
    skipped.sort();
    for (address, because) in skipped {
        // What is everybody's is named with the first person for whom it is not done.
        let is_own = address.key.is_none() || address.key == because.key;
        match of.get(because).filter(|_| is_own) {
            Some(index) => drop(reasons[*index].of.entry(whose(because)).or_default().so.insert(&address.name)),
            None => {
                let is_it = |reason: &Reason<'_>| matches!(reason.why, Why::Needs(other) if other == because);
                let index = Reason::index_of(&mut reasons, is_it, || Why::Needs(because));
                reasons[index].add(&address.name, whose(address));
            }
        }
    }
    let mut not_started: Vec<_> = summary.not_started.iter().filter_map(address).collect();
    not_started.sort();
    for address in not_started {
        let is_it = |reason: &Reason<'_>| matches!(reason.why, Why::NotStarted);
        let index = Reason::index_of(&mut reasons, is_it, || Why::NotStarted);
        reasons[index].add(&address.name, whose(address));
    }
    reasons
}

fn whose(address: &Address) -> &str {
    address.key.as_deref().unwrap_or(EVERYBODYS)
}

impl<'a> Reason<'a> {
    /// The number of the one of `reasons` that it is, which may be new.
    fn index_of(reasons: &mut Vec<Self>, is_it: impl Fn(&Self) -> bool, why: impl FnOnce() -> Why<'a>) -> usize {
        reasons.iter().position(is_it).unwrap_or_else(|| {
            reasons.push(Self { why: why(), of: BTreeMap::new() });
            reasons.len() - 1
        })
    }

    fn add(&mut self, name: &'a str, key: &'a str) {
        self.of.entry(key).or_default().names.insert(name);
    }

    /// A line for each group of people who lack the same.
    fn heads(&self) -> Vec<(String, String)> {
        let mut groups: Vec<(&Lacking<'_>, Vec<&str>)> = Vec::new();
        for (key, lacking) in &self.of {
            match groups.iter_mut().find(|(other, keys)| *other == lacking && keys[0] != EVERYBODYS) {
                Some((_, keys)) => keys.push(key),
                None => groups.push((lacking, vec![key])),
            }
        }
        let listed = |names: &BTreeSet<&str>| names.iter().copied().collect::<Vec<_>>().join(", ");
        let head = |(lacking, keys): (&Lacking<'_>, Vec<&str>)| {
            let so = match lacking.so.is_empty() {
                true => String::new(),
                false => format!(", and so {}", listed(&lacking.so)),
            };
            match keys.as_slice() {
                [EVERYBODYS] => (listed(&lacking.names), so),
                keys => (format!("{} of {}", listed(&lacking.names), people(keys)), so),
            }
        };
        groups.into_iter().map(head).collect()
    }

    fn text(&self, paint: Paint) -> String {
        let head = |(head, so): (String, String)| format!("  {}{}\n", paint.bold(&clean(&head)), clean(&so));
        let mut text: String = self.heads().into_iter().map(head).collect();
        let (why, advice) = match &self.why {
            Why::Failed(error, _) if self.of.len() == 1 => (error.to_string(), error.advice()),
            // What is known of an answer without an id would be wrong.
            Why::Failed(error, common) => {
                let answered = Error { request_id: error.request_id.clone(), ..(**common).clone() };
                (common.to_string(), answered.advice())
            }
            Why::Needs(address) => (format!("skipped, because {address} failed"), None),
            Why::NotStarted => ("not started, because the run was interrupted".to_owned(), None),
        };
        text.extend(clean(&why).lines().map(|line| format!("    {line}\n")));
        text.extend(
            advice
                .map(|advice| help(&advice, paint))
                .iter()
                .flat_map(|help| help.lines().map(|line| format!("  {line}\n")).collect::<Vec<_>>()),
        );
        text
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::aws::error::ErrorKind;
    use crate::plan::observe::PlanError;
    use crate::plan::schedule::Part;
    use crate::plan::{Action, Step};
    use crate::resource::kind::Kind;
    use crate::testing::fake;
    use crate::testing::numbered::{plan, stack, step};

    use super::*;

    /// A home and a queue for each of these, and a topic.
    fn class(keys: &[&str]) -> Plan {
        let kind: Arc<dyn Kind> = fake::kind("s3.bucket");
        let copy =
            |name: &str, key: &str| Step { address: Address::copy(name, key), ..step(0, Action::Create, true, &kind) };
        let mut steps: Vec<_> = keys.iter().flat_map(|key| [copy("home", key), copy("queue", key)]).collect();
        steps.push(Step { address: Address::new("topic"), ..step(0, Action::Create, true, &kind) });
        plan(&stack(&[], &kind), steps)
    }

    fn task(plan: &Plan, address: &str) -> Task {
        let step = plan.steps.iter().position(|step| step.address == Address::parse(address)).unwrap();
        Task { step, part: Part::Put }
    }

    fn refused(code: &str, message: &str, id: usize) -> Error {
        Error {
            kind: ErrorKind::Other,
            operation: "s3:CreateBucket",
            code: Some(code.into()),
            request_id: Some(format!("id-{id}")),
            ..Error::refused(message)
        }
    }

    #[test]
    fn each_reason_stands_once_with_all_people() {
        let keys = ["ana", "bo", "cy", "dan", "eva"];
        let mut plan = class(&[&keys[..], &["fay"]].concat());
        let mut summary = Summary::default();
        for (number, key) in keys.iter().enumerate().take(3) {
            let home = task(&plan, &format!("home[{key}]"));
            summary.failed.push((home, refused("TooMany", &format!("lab-{key} is one too many"), number)));
            summary.skipped.push((task(&plan, &format!("queue[{key}]")), Address::copy("home", *key)));
        }
        summary.failed.push((task(&plan, "home[dan]"), refused("Taken", "lab-dan is taken", 7)));
        let address = Some(Address::copy("home", "eva"));
        let error = Error::refused("`lab-eva` exists").with_hint("choose another `name`");
        let (kind, is_global, line) = ("s3.bucket".to_owned(), false, Some(3));
        plan.unplanned.push(PlanError { address, kind, is_global, line, error });
        plan.steps.retain(|step| step.address.key.as_deref() != Some("eva"));
        plan.aside.insert(Address::copy("queue", "eva"), Address::copy("home", "eva"));
        let only = "cloud101 apply --only ana,bo,cy,dan,eva";
        insta::assert_snapshot!(not_done(&plan, &summary, Some(only), Paint::PLAIN).unwrap(), @r"
        Not done:
          home of ana, bo and cy, and so queue
            s3:CreateBucket failed: TooMany: lab-${each.key} is one too many
            help: most likely a failure at AWS: run the same command again in a minute; https://health.aws.amazon.com/health/status shows outages
          home of dan
            s3:CreateBucket failed: Taken: lab-dan is taken (request id id-7)
            help: most likely a failure at AWS: run the same command again in a minute; https://health.aws.amazon.com/health/status shows outages
          home of eva, and so queue
            `lab-eva` exists
            help: choose another `name`
        To do only these: cloud101 apply --only ana,bo,cy,dan,eva
        ");
        assert_eq!(self::keys(&plan, &summary).unwrap().into_iter().collect::<Vec<_>>(), keys);
    }

    #[test]
    fn who_waits_for_a_line_of_the_file_is_not_offered_a_selection() {
        let mut plan = class(&["ana", "bo", "cy"]);
        let address = Some(Address::copy("home", "ana"));
        let (kind, is_global, error) = ("s3.bucket".to_owned(), false, Error::refused("who was it?"));
        plan.unplanned.push(PlanError { address, kind, is_global, line: None, error });
        plan.unsaid.insert(Address::copy("home", "ana"));
        plan.aside.insert(Address::copy("queue", "ana"), Address::copy("home", "ana"));
        assert_eq!(keys(&plan, &Summary::default()), None);
        let failed = vec![(task(&plan, "home[bo]"), refused("No", "no", 1))];
        let keys = keys(&plan, &Summary { failed, ..Summary::default() });
        assert_eq!(keys.map(|keys| keys.into_iter().collect::<Vec<_>>()), Some(vec!["bo".to_owned()]));
    }

    /// One reason may leave each of them without something else.
    #[test]
    fn no_one_is_listed_with_what_they_have() {
        let mut plan = class(&["ana", "bo", "cy", "dan"]);
        let summary = Summary {
            failed: ["home[ana]", "queue[bo]", "home[cy]", "queue[cy]", "home[dan]"]
                .map(|address| (task(&plan, address), refused("No", "no", 1)))
                .into(),
            ..Summary::default()
        };
        let heads = not_done(&plan, &summary, None, Paint::PLAIN).unwrap();
        assert_eq!(
            heads.lines().skip(1).take(3).collect::<Vec<_>>(),
            ["  home of ana and dan", "  queue of bo", "  home, queue of cy"]
        );
        // All of them: the same command does that.
        assert_eq!(keys(&plan, &summary), None);
        plan.steps.push(Step { address: Address::copy("home", "eva"), ..plan.steps[0].clone() });
        assert_eq!(keys(&plan, &summary).map(|keys| keys.len()), Some(4));
        let interrupted = Summary { not_started: vec![task(&plan, "home[eva]")], ..summary };
        assert_eq!(keys(&plan, &interrupted), None);
    }

    #[test]
    fn what_is_everybodys_is_named_with_the_one_for_whose_sake_it_is_not_done() {
        let mut plan = class(&["ana", "bo"]);
        let summary = Summary {
            failed: vec![(task(&plan, "home[ana]"), refused("No", "no", 1))],
            skipped: vec![(task(&plan, "topic"), Address::copy("home", "ana"))],
            ..Summary::default()
        };
        let text = not_done(&plan, &summary, None, Paint::PLAIN).unwrap();
        assert!(text.contains("  home of ana, and so topic\n"), "{text}");
        assert_eq!(keys(&plan, &summary), None, "`--only ana` would leave the topic");
        // The same of what was not even planned.
        let (address, kind, is_global) = (Some(Address::copy("home", "ana")), "s3.bucket".to_owned(), false);
        plan.unplanned.push(PlanError { address, kind, is_global, line: None, error: Error::refused("taken") });
        plan.aside.insert(Address::new("list"), Address::copy("home", "ana"));
        let text = not_done(&plan, &Summary::default(), None, Paint::PLAIN).unwrap();
        assert!(text.contains("  home of ana, and so list\n"), "{text}");
        assert_eq!(keys(&plan, &Summary::default()), None);
    }

    #[test]
    fn what_fails_for_all_is_said_of_all_and_no_selection_is_offered() {
        let plan = class(&["ana", "bo"]);
        let topic = Address::new("topic");
        let skipped = ["home[ana]", "home[bo]"].map(|address| (task(&plan, address), topic.clone()));
        let summary = Summary {
            failed: vec![(task(&plan, "topic"), refused("No", "no", 1))],
            skipped: skipped.into(),
            not_started: vec![task(&plan, "queue[bo]")],
            ..Summary::default()
        };
        insta::assert_snapshot!(not_done(&plan, &summary, None, Paint::PLAIN).unwrap(), @r"
        Not done:
          topic
            s3:CreateBucket failed: No: no (request id id-1)
            help: most likely a failure at AWS: run the same command again in a minute; https://health.aws.amazon.com/health/status shows outages
          home of ana and bo
            skipped, because topic failed
          queue of bo
            not started, because the run was interrupted
        ");
        assert_eq!(self::keys(&plan, &summary), None);
        assert!(not_done(&plan, &Summary::default(), None, Paint::PLAIN).is_none());
        // What is everybody's is listed with the rest, or alone.
        let interrupted = ["topic", "queue[bo]", "queue[ana]"].map(|address| task(&plan, address));
        let summary = Summary { not_started: interrupted.into(), ..Summary::default() };
        let text = not_done(&plan, &summary, None, Paint::PLAIN).unwrap();
        assert!(text.contains("  topic\n  queue of ana and bo\n    not started"), "{text}");
        let failed = vec![(task(&plan, "topic"), refused("No", "no", 1))];
        let summary = Summary { failed, ..Summary::default() };
        assert!(not_done(&plan, &summary, None, Paint::PLAIN).unwrap().starts_with("Not done:\n  topic\n    s3:"));
        // Of a stack without copies each error has just been said.
        let mut alone = class(&[]);
        alone.steps.truncate(1);
        let failed = vec![(task(&alone, "topic"), refused("No", "no", 1))];
        assert!(not_done(&alone, &Summary { failed, ..Summary::default() }, None, Paint::PLAIN).is_none());
    }
}

//! What the moving lines of a run say: what is under way, for how long, what it waits for, and how long it may take.
//! Pure: events and times in, lines out.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use crate::apply::{Subject, TaskEvent, What};
use crate::plan::schedule::Task;

use super::event::{address, duration, words};
use super::live::{columns, cut};
use super::terminal::clean;
use super::together::{Group, Groups};

/// The shortest time that is estimated.
const WORTH_SAYING: Duration = Duration::from_secs(1);
/// The signs that turn, one for each tenth of a second.
const TURNING: [char; 10] = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/// The state of a run. Times are since its start.
#[derive(Debug, Default)]
pub struct Board {
    waiting: Vec<(Task, Sort)>,
    running: Vec<Running>,
    ended: usize,
    took: HashMap<Sort, Vec<Duration>>,
}

/// Steps of one type take about as long as each other: the kind, and what is done.
type Sort = (String, &'static str);

#[derive(Debug)]
struct Running {
    task: Task,
    sort: Sort,
    address: String,
    since: Duration,
    waits_for: Option<String>,
    subject: Arc<Subject>,
}

impl Board {
    /// Takes note of all that is to be done.
    pub fn begin(&mut self, subjects: &[Arc<Subject>]) {
        self.waiting = subjects.iter().map(|subject| (subject.task, sort(subject))).collect();
    }

    /// Takes note of what happened. Of texts nothing but what `redacted` makes of them is kept: once a line is cut, a part of
    /// a secret would not be recognised.
    pub fn note(&mut self, TaskEvent { subject, at, what }: &TaskEvent, redacted: impl Fn(&str) -> String) {
        let task = subject.task;
        if let What::Waiting(what) = what {
            let running = self.running.iter_mut().find(|running| running.task == task);
            return running
                .into_iter()
                .for_each(|running| running.waits_for = what.as_deref().map(|what| redacted(&clean(what))));
        }
        self.waiting.retain(|(waiting, _)| *waiting != task);
        self.running.retain(|running| running.task != task);
        match what {
            What::Started => {
                let address = redacted(&address(subject));
                let (sort, subject) = (sort(subject), subject.clone());
                self.running.push(Running { task, sort, address, since: *at, waits_for: None, subject });
            }
            What::NotStarted => {}
            _ => self.ended += 1,
        }
        if let What::Done { took, .. } = what {
            self.took.entry(sort(subject)).or_default().push(*took);
        }
    }

    /// One line for each running step, for the copies of a resource one for all of them, and the totals; none wider than
    /// `width` columns and together no more than `height`.
    pub fn lines(&self, groups: &Groups, at: Duration, width: usize, height: usize) -> Vec<String> {
        let sign = sign(at);
        let mut seen = HashSet::new();
        let first_of = |one: &&Running| groups.get(&one.subject).is_none_or(|(name, _)| seen.insert(name));
        let running: Vec<_> = self.running.iter().filter(first_of).collect();
        // The last line of the terminal stays free.
        let room = height.saturating_sub(2).max(1);
        let shown = if running.len() > room { room - 1 } else { running.len() };
        let line = |one: &&Running| match groups.get(&one.subject) {
            Some((_, group)) => self.line_of_group(one, group, sign, at, width),
            None => self.line(one, sign, at, width),
        };
        let mut lines: Vec<_> = running[..shown].iter().map(line).collect();
        if shown < running.len() {
            lines.push(cut(&format!("{sign} and {} more", running.len() - shown), width));
        }
        let total = self.waiting.len() + self.running.len() + self.ended;
        let left = self.left(at).map(|left| format!(", about {} left", short(left))).unwrap_or_default();
        lines.push(cut(&format!("  {} of {total} in {}{left}", self.ended, short(at)), width));
        lines
    }

    fn line(&self, running: &Running, sign: char, at: Duration, width: usize) -> String {
        let doing = format!(": {}… {}", running.sort.1, short(at.saturating_sub(running.since)));
        let left = self.left_of(running, at).map(|left| format!(", about {} left", short(left)));
        let waits = running.waits_for.as_ref().map(|what| format!(", waiting for {what}"));
        let more: String = left.into_iter().chain(waits).collect();
        joined(sign, &running.address, &doing, &more, width)
    }

    /// `home: 37 of 200 created… 12s, 10 under way`; `first` is the first that is under way.
    fn line_of_group(&self, first: &Running, group: &Group, sign: char, at: Duration, width: usize) -> String {
        let is_of_it =
            |one: &&Running| one.sort == first.sort && one.subject.address.name == first.subject.address.name;
        let under_way = self.running.iter().filter(is_of_it).count();
        let elapsed = short(at.saturating_sub(group.since.unwrap_or(first.since)));
        let done = format!(": {} of {} {}… {elapsed}", group.done, group.all, words(&first.subject).done);
        let failed = match group.not_done {
            0 => String::new(),
            not_done => format!(", {not_done} {}", words(&first.subject).not_done),
        };
        let waits = self.running.iter().filter(is_of_it).find_map(|one| one.waits_for.as_ref());
        let waits = waits.map(|what| format!(", waiting for {what}")).unwrap_or_default();
        // Its key is not part of the name.
        let name = first.address.rsplit_once('[').map_or(first.address.as_str(), |(name, _)| name);
        joined(sign, name, &done, &format!("{failed}, {under_way} under way{waits}"), width)
    }

    /// What a running step may still take: as long as such steps took before, less what it has taken.
    fn left_of(&self, running: &Running, at: Duration) -> Option<Duration> {
        let left = self.usual(&running.sort)?.checked_sub(at.saturating_sub(running.since))?;
        (left >= WORTH_SAYING).then_some(left)
    }

    /// What all may still take, if of everything that is not done it is known how long such steps take. As many as run
    /// now run side by side.
    fn left(&self, at: Duration) -> Option<Duration> {
        let running = self.running.iter().map(|one| {
            let usual = self.usual(&one.sort)?;
            Some(usual.saturating_sub(at.saturating_sub(one.since)))
        });
        let waiting = self.waiting.iter().map(|(_, sort)| self.usual(sort));
        let all: Vec<Duration> = running.chain(waiting).collect::<Option<_>>()?;
        let abreast = self.running.len().max(1) as u32;
        let longest = all.iter().max().copied().unwrap_or_default();
        let left = longest.max(all.iter().sum::<Duration>() / abreast);
        (left >= WORTH_SAYING).then_some(left)
    }

    /// The median of what such steps took in this run.
    fn usual(&self, sort: &Sort) -> Option<Duration> {
        let mut took = self.took.get(sort)?.clone();
        took.sort_unstable();
        took.get(took.len() / 2).copied()
    }
}

/// Less than this of a name or of a reason says nothing.
const SHORTEST_NAME: usize = 8;

/// A line. A narrow terminal costs its end, and before that the name; what is done and for how long stay.
fn joined(sign: char, name: &str, doing: &str, more: &str, width: usize) -> String {
    let name = cut(name, width.saturating_sub(columns(doing) + 2).max(SHORTEST_NAME));
    let head = format!("{sign} {name}{doing}");
    let room = width.saturating_sub(columns(&head));
    if room < SHORTEST_NAME { cut(&head, width) } else { format!("{head}{}", cut(more, room)) }
}

/// The sign that turns, at this time.
pub fn sign(at: Duration) -> char {
    TURNING[(at.as_millis() / 100) as usize % TURNING.len()]
}

/// `5s`, `2m 05s`: without tenths, which no eye can follow.
fn short(time: Duration) -> String {
    if time.as_secs() < 10 { format!("{}s", time.as_secs()) } else { duration(time) }
}

fn sort(subject: &Subject) -> Sort {
    (subject.kind.clone(), words(subject).doing)
}

#[cfg(test)]
mod tests {
    use crate::aws::Error;
    use crate::plan::schedule::Part;
    use crate::plan::{Action, Plan, Step};
    use crate::resource::Address;
    use crate::testing::fake;
    use crate::testing::numbered::{plan, stack, step};

    use super::*;

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn put(step: usize) -> Task {
        Task { step, part: Part::Put }
    }

    /// Four topics and a bucket that are made, and one of a kind of its own that is replaced.
    fn class() -> Plan {
        let (topic, bucket) = (fake::kind("sns.topic"), fake::kind("s3.bucket"));
        let replace = Action::Replace { create_first: true, because: nonempty::NonEmpty::new("image".into()) };
        let mut steps: Vec<_> = (0..4).map(|n| step(n, Action::Create, true, &topic)).collect();
        steps.push(step(4, Action::Create, true, &bucket));
        steps.push(step(5, replace, true, &fake::kind("ec2.instance")));
        steps.push(step(6, Action::None, true, &topic));
        plan(&stack(&[], &topic), steps)
    }

    /// A replacement is two tasks.
    fn begun(plan: &Plan) -> Board {
        let is_task = |step: &usize| !matches!(plan.steps[*step].action, Action::None);
        let tasks = (0..plan.steps.len()).filter(is_task).map(put).chain([REMOVE]);
        let subjects: Vec<_> = tasks.map(|task| Arc::new(Subject::of(plan, task))).collect();
        let mut board = Board::default();
        board.begin(&subjects);
        board
    }

    const REMOVE: Task = Task { step: 5, part: Part::Remove };

    /// What becomes of a task.
    type Happened = (Task, What);

    fn note(board: &mut Board, plan: &Plan, at: u64, (task, what): &Happened) {
        let subject = Arc::new(Subject::of(plan, *task));
        board.note(&TaskEvent { subject, at: seconds(at), what: what.clone() }, str::to_owned);
    }

    /// The lines after `events`, `at` this time.
    fn lines(events: &[(u64, Happened)], at: u64) -> Vec<String> {
        let plan = class();
        let mut board = begun(&plan);
        events.iter().for_each(|(at, event)| note(&mut board, &plan, *at, event));
        board.lines(&Groups::default(), seconds(at), 80, 24)
    }

    fn started(step: usize) -> Happened {
        (put(step), What::Started)
    }

    fn done(step: usize, took: u64) -> Happened {
        (put(step), What::Done { took: seconds(took), id: None })
    }

    #[test]
    fn it_says_what_runs_and_how_much_is_done() {
        let what = Some("the topic to be known".to_owned());
        let waiting = (put(1), What::Waiting(what));
        let failed = (put(4), What::Failed(Error::refused("no")));
        let skipped = (put(5), What::Skipped { because: Address::new("r4") });
        let events = [
            (0, started(0)),
            (0, started(1)),
            (1, started(4)),
            (2, waiting),
            (3, done(0, 3)),
            (4, failed),
            (4, skipped),
        ];
        assert_eq!(lines(&events[..0], 0), ["  0 of 7 in 0s"]);
        // What such steps took is known as soon as one is done, and not said any more when it has taken as long.
        let one = "r1: creating… 2s, waiting for the topic to be known";
        assert_eq!(
            lines(&events[..4], 2),
            ["⠋ r0: creating… 2s", &format!("⠋ {one}"), "⠋ r4: creating… 1s", "  0 of 7 in 2s"]
        );
        assert_eq!(
            lines(&events, 65),
            ["⠋ r1: creating… 1m 05s, waiting for the topic to be known", "  3 of 7 in 1m 05s"]
        );
    }

    #[test]
    fn what_such_steps_took_before_is_what_they_may_take() {
        let mut events = vec![(0, started(0)), (10, done(0, 10)), (10, started(1)), (10, started(4))];
        let expected = ["⠋ r1: creating… 3s, about 7s left", "⠋ r4: creating… 3s", "  1 of 7 in 13s"];
        assert_eq!(lines(&events, 13), expected);
        // The median, so that one that was slow does not count for all.
        events.extend([(22, done(1, 12)), (22, started(2)), (322, done(2, 300)), (322, started(3))]);
        assert_eq!(lines(&events, 324)[1], "⠋ r3: creating… 2s, about 10s left");
    }

    /// Nothing is said of the whole while of one step nothing is known.
    #[test]
    fn the_whole_takes_as_long_as_its_parts() {
        let events = |known: bool| {
            let mut events = vec![(0, started(0)), (0, started(4)), (10, done(0, 10)), (20, done(4, 20))];
            if known {
                events.extend([(20, started(5)), (30, done(5, 10)), (30, (REMOVE, What::Started))]);
                events.push((31, (REMOVE, What::Done { took: seconds(1), id: None })));
            }
            events.extend([(31, started(1)), (31, started(2))]);
            events
        };
        assert_eq!(lines(&events(false), 33)[2], "  2 of 7 in 33s");
        // Two at 8 seconds each and one at 10, two abreast.
        assert_eq!(lines(&events(true), 33)[2], "  4 of 7 in 33s, about 13s left");
    }

    #[test]
    fn no_line_is_wider_than_the_terminal_nor_are_there_more_than_fit() {
        let mut plan = class();
        for step in &mut plan.steps {
            step.address = Address::new(format!("{}_of_a_name_that_goes_on_and_on_and_on", step.address));
        }
        let mut board = begun(&plan);
        (0..5).for_each(|n| note(&mut board, &plan, 0, &started(n)));
        let what = Some("日本語 and whatever else may take its time".to_owned());
        note(&mut board, &plan, 0, &(put(0), What::Waiting(what)));
        for width in 1..100 {
            let lines = board.lines(&Groups::default(), seconds(600), width, 24);
            assert!(lines.iter().all(|line| columns(line) <= width), "{width}: {lines:#?}");
        }
        let groups = Groups::default();
        let lines = board.lines(&groups, seconds(600), 40, 24);
        assert_eq!(lines[0], "⠋ r0_of_a_name_that_…: creating… 10m 00s");
        assert_eq!(board.lines(&groups, seconds(600), 100, 24)[0].chars().last(), Some('…'));
        assert_eq!(board.lines(&groups, seconds(600), 80, 5)[2..], ["⠋ and 3 more", "  0 of 7 in 10m 00s"]);
    }

    /// Ten copies of a topic are one line that counts, beside what has no copies.
    #[test]
    fn copies_are_one_line_that_counts() {
        let mut plan = class();
        let topic = plan.steps[0].clone();
        plan.steps.truncate(6);
        let copies = (0..10).map(|n| Step { address: Address::copy("home", format!("s{n}")), ..topic.clone() });
        plan.steps.extend(copies);
        let subjects: Vec<_> = (0..plan.steps.len()).map(|step| Arc::new(Subject::of(&plan, put(step)))).collect();
        let (mut board, mut groups) = (Board::default(), Groups::of(&subjects));
        board.begin(&subjects);
        let mut said = Vec::new();
        let mut happens = |at: u64, (task, what): Happened| {
            let event = TaskEvent { subject: Arc::new(Subject::of(&plan, task)), at: seconds(at), what };
            board.note(&event, str::to_owned);
            said.extend(groups.note(&event, "class.yaml", crate::ui::Paint::PLAIN));
        };
        happens(0, started(0));
        (6..10).for_each(|step| happens(1, started(step)));
        (6..8).for_each(|step| happens(3, done(step, 2)));
        let refused = |n: usize| Error::refused(format!("`lab-s{n}` is taken"));
        happens(3, (put(8), What::Failed(refused(2))));
        happens(3, (put(9), What::Waiting(Some("the topic to be known".into()))));
        let lines = board.lines(&groups, seconds(4), 80, 24);
        let one = "⠋ home: 2 of 10 created… 3s, 1 not created, 1 under way, waiting for the topic …";
        assert_eq!(lines, ["⠋ r0: creating… 4s", one, "  3 of 16 in 4s"]);
        let mut happens = |at: u64, (task, what): Happened| {
            let event = TaskEvent { subject: Arc::new(Subject::of(&plan, task)), at: seconds(at), what };
            said.extend(groups.note(&event, "class.yaml", crate::ui::Paint::PLAIN));
        };
        happens(5, (put(9), What::Failed(refused(3))));
        happens(5, (put(10), What::Failed(Error::refused("no"))));
        (11..16).for_each(|step| happens(9, done(step, 2)));
        assert_eq!(
            said,
            [
                "… r0: creating",
                "… home: creating 10",
                "✗ home[\"s2\"]: not created (sns.topic, class.yaml:1, C101-0916)\n  `lab-s2` is taken",
                "… home[\"s3\"]: creating, waiting for the topic to be known",
                "✗ home[\"s4\"]: not created (sns.topic, class.yaml:1, C101-0916)\n  no",
                "✗ home: 7 of 10 created in 8.0s",
            ]
        );
    }
}

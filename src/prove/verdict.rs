//! What of all that was seen is the stack's, and should be gone. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;

use crate::aws::ownership::{self, Ownership};
use crate::aws::{Error, Result};
use crate::evidence::left_behind::{BIN, DISK, INSTANCE, INTERFACE, LOG_GROUP, SNAPSHOT, SUBSCRIPTION};
use crate::evidence::{Evidence, Question, Seen, Thing};
use crate::resource::Registry;

use super::{Baseline, DOUBT, FUNCTION};

/// The answer to whether anything is left, with what it rests on.
#[derive(Debug, Default)]
pub struct Verdict {
    /// The stack.
    pub stack: String,
    /// The regions that the account has enabled, and how much was seen in each, no matter whose.
    pub regions: BTreeMap<String, usize>,
    /// Those that it has not.
    pub not_enabled: Vec<String>,
    /// How many questions were asked.
    pub questions: usize,
    /// How long that took.
    pub took: Duration,
    /// What was looked for, with the numbers of all regions together.
    pub rows: Vec<Row>,
    /// What should be gone.
    pub left: Vec<Leftover>,
    /// What was to be kept.
    pub kept: Vec<Leftover>,
    /// What AWS merely still lists.
    pub going: Vec<Leftover>,
    /// What may be the stack's, and AWS does not record who owns it.
    pub unclear: Vec<Leftover>,
    /// The questions to which there was no answer; the text is the one thing it is about, if it is one.
    pub unseen: Vec<(Question, Option<String>, Error)>,
    /// Services that have no address in a region, so nothing can be there.
    pub absent: Vec<Question>,
}

/// What was looked for, and how much of it there is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Row {
    /// What was looked for.
    pub what: String,
    /// The calls that asked.
    pub asked: String,
    /// In how many regions there was an answer; `None`: it belongs to no region.
    pub regions: Option<usize>,
    /// How many were seen, no matter whose; `None` where AWS picked out those with the mark.
    pub seen: Option<usize>,
    /// How many of them are the stack's, those included that are kept or on their way out.
    pub own: usize,
}

/// Something that is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Leftover {
    /// Its kind, or the type of thing it is.
    pub what: String,
    /// Where it is; left out: it belongs to no region.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// AWS's id.
    pub id: String,
    /// The name that people see.
    pub name: String,
    /// Its place in the stack, if it carries the mark.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Why it is the stack's, why it is kept, or what AWS is doing with it.
    pub why: String,
    /// The command that removes it.
    pub remove: String,
    /// The command that takes the stack's tag off instead, if it may be a copy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub untag: Option<String>,
}

impl Verdict {
    /// Whether nothing is left, and everything could be looked at.
    pub fn is_proven(&self) -> bool {
        self.left.is_empty() && self.unseen.is_empty()
    }
}

/// Where a thing belongs in the verdict.
enum Fate {
    Foreign,
    /// It goes with the instance that has it.
    Part,
    Left(String),
    Kept(String),
    Going(String),
    Unclear(String),
}

/// Judges `evidence`.
pub fn verdict(evidence: Evidence, known: &Baseline) -> Verdict {
    let Evidence { regions, not_enabled, answers, took } = evidence;
    let mut verdict = Verdict {
        stack: known.stack.clone(),
        regions: regions.into_iter().map(|region| (region, 0)).collect(),
        not_enabled,
        questions: answers.len(),
        took,
        ..Verdict::default()
    };
    let account = Account::of(&answers, known);
    let mut rows = Rows::default();
    for (question, answer) in answers {
        match answer {
            Ok(seen) => {
                let row = rows.add(&question, seen.count);
                if let Some(region) = &question.region {
                    let count = seen.count.unwrap_or(seen.things.len());
                    *verdict.regions.entry(region.clone()).or_default() += count;
                }
                let unread = seen.unread.into_iter();
                verdict.unseen.extend(unread.map(|(name, error)| (question.clone(), Some(name), error)));
                for thing in seen.things {
                    let fate = account.fate(&question, &thing);
                    if !matches!(fate, Fate::Foreign | Fate::Unclear(_)) {
                        rows.0[row].own += 1;
                    }
                    verdict.put(&question, thing, fate);
                }
            }
            Err(error) if error.has_no_address() && account.answering.contains(&question.region) => {
                verdict.absent.push(question);
            }
            Err(error) => verdict.unseen.push((question, None, error)),
        }
    }
    verdict.rows = rows.0;
    verdict.left.sort_by_key(|one| turn(&known.registry, &one.what));
    verdict
}

/// When it is a thing's turn to be removed, for who types the commands from top to bottom: what uses another before
/// the other, and the logs when nothing can write any more.
fn turn(registry: &Registry, what: &str) -> usize {
    const FIRST: [&str; 4] = [INSTANCE, INTERFACE, DISK, SNAPSHOT];
    match FIRST.iter().position(|first| *first == what) {
        Some(turn) => turn,
        None if what == LOG_GROUP => usize::MAX,
        None => FIRST.len() + registry.all().count() - registry.rank(what).min(registry.all().count()),
    }
}

impl Verdict {
    fn put(&mut self, question: &Question, thing: Thing, fate: Fate) {
        let (list, why) = match fate {
            Fate::Foreign | Fate::Part => return,
            Fate::Left(why) => (&mut self.left, why),
            Fate::Kept(why) => (&mut self.kept, why),
            Fate::Going(why) => (&mut self.going, why),
            Fate::Unclear(why) => (&mut self.unclear, why),
        };
        list.push(Leftover {
            what: question.what.clone(),
            region: question.region.clone(),
            address: Ownership::read(&thing.tags).map(|ownership| ownership.address.to_string()),
            id: thing.id,
            name: thing.name,
            untag: (why == DOUBT && !thing.untag.is_empty()).then_some(thing.untag),
            why,
            remove: thing.remove,
        });
    }
}

/// What has to be known of the whole account to judge one thing.
struct Account<'a> {
    known: &'a Baseline,
    /// The regions in which something answered.
    answering: BTreeSet<Option<String>>,
    /// The instances with the stack's tag, by id, and whether each is on its way out.
    instances: BTreeMap<String, bool>,
    /// Those among them that may be copies.
    doubtful: BTreeSet<String>,
    /// The disks that there are, in the regions that could be asked.
    disks: BTreeMap<String, BTreeSet<String>>,
    /// The functions with the mark that are still there.
    functions: BTreeSet<String>,
}

impl<'a> Account<'a> {
    fn of(answers: &[(Question, Result<Seen>)], known: &'a Baseline) -> Self {
        let mut account = Self {
            known,
            answering: BTreeSet::new(),
            instances: BTreeMap::new(),
            doubtful: BTreeSet::new(),
            disks: BTreeMap::new(),
            functions: BTreeSet::new(),
        };
        for (question, seen) in answers.iter().filter_map(|(question, answer)| Some((question, answer.as_ref().ok()?)))
        {
            account.answering.insert(question.region.clone());
            match question.what.as_str() {
                FUNCTION => {
                    let own = seen.things.iter().filter(|thing| !thing.doubtful);
                    account.functions.extend(own.map(|thing| thing.name.clone()));
                }
                INSTANCE => {
                    for thing in seen.things.iter().filter(|thing| known.is_tagged(&thing.tags)) {
                        account.instances.insert(thing.id.clone(), thing.going.is_some());
                        account.doubtful.extend(is_doubtful(thing).then(|| thing.id.clone()));
                    }
                }
                DISK => {
                    let ids = seen.things.iter().map(|thing| thing.id.clone()).collect();
                    account.disks.insert(question.region.clone().unwrap_or_default(), ids);
                }
                _ => {}
            }
        }
        account
    }

    fn fate(&self, question: &Question, thing: &Thing) -> Fate {
        let Some(why) = self.why(question, thing) else {
            return match self.doubt(question, thing) {
                Some(doubt) => Fate::Unclear(doubt),
                None => Fate::Foreign,
            };
        };
        if let Some(state) = &thing.going {
            return Fate::Going(state.clone());
        }
        match thing.part_of.as_ref().map(|instance| self.instances.get(instance)) {
            Some(Some(true)) => return Fate::Going("its instance is gone".to_owned()),
            Some(Some(false)) => return Fate::Part,
            _ => {}
        }
        match self.kept(question, thing) {
            Some(because) => Fate::Kept(because),
            None => Fate::Left(why),
        }
    }

    /// Why it is the stack's; `None`: it is not, as far as can be seen.
    fn why(&self, question: &Question, thing: &Thing) -> Option<String> {
        match Ownership::read(&thing.tags) {
            _ if !thing.tags.contains_key(ownership::STACK) => {}
            _ if !self.known.is_tagged(&thing.tags) => return None,
            Some(ownership) if !thing.doubtful => {
                return Some(format!("has the ownership tags of {}", ownership.address));
            }
            _ => return Some(DOUBT.to_owned()),
        }
        if question.what == BIN && self.known.disks.contains(&thing.id) {
            return Some("was a disk of the stack".to_owned());
        }
        let is_own_instance = |id: &String| self.instances.contains_key(id) && !self.doubtful.contains(id);
        let is_own = |id: &&String| match question.what.as_str() {
            LOG_GROUP => self.known.wrote(id) || self.functions.contains(*id),
            SNAPSHOT => self.known.disks.contains(*id) || is_own_instance(id),
            SUBSCRIPTION => self.known.topics.contains(*id),
            INTERFACE => true,
            _ => false,
        };
        let from = thing.from.iter().find(is_own)?;
        Some(match question.what.as_str() {
            LOG_GROUP => format!("what the function {from} wrote"),
            SNAPSHOT => format!("created from {from}"),
            SUBSCRIPTION => format!("of the topic {from}"),
            _ => format!("uses the security group {from}"),
        })
    }

    /// Why it might be the stack's, which can't be known.
    fn doubt(&self, question: &Question, thing: &Thing) -> Option<String> {
        if thing.tags.contains_key(ownership::STACK) {
            return None;
        }
        match question.what.as_str() {
            DISK if self.known.disks.contains(&thing.id) || self.known.attached.contains(&thing.id) => {
                Some("was attached to an instance of the stack, but does not have its ownership tags".to_owned())
            }
            BIN => thing.going.clone().map(|kept| format!("{kept}; AWS does not record its owner")),
            SNAPSHOT => {
                let disks = self.disks.get(question.region.as_deref()?)?;
                let gone = thing.from.iter().find(|id| id.starts_with("vol-") && !disks.contains(*id));
                gone.map(|disk| format!("created from {disk}, which no longer exists"))
            }
            _ => None,
        }
    }

    fn kept(&self, question: &Question, thing: &Thing) -> Option<String> {
        if question.what == LOG_GROUP {
            return thing.from.iter().find_map(|function| self.known.keeps_logs_of(function));
        }
        if is_doubtful(thing) {
            return None;
        }
        let adopted = || {
            let is_adopted =
                Ownership::read(&thing.tags)?.keep.adopted && !self.known.was_to_go(&question.what, &thing.id);
            is_adopted.then(|| "it existed before: adopted".to_owned())
        };
        self.known.kept(&question.what, &thing.id, &thing.tags).or_else(adopted)
    }
}

/// Whether something with the stack's tag may be a copy.
fn is_doubtful(thing: &Thing) -> bool {
    thing.doubtful || Ownership::read(&thing.tags).is_none()
}

/// The table, as it grows.
#[derive(Default)]
struct Rows(Vec<Row>);

impl Rows {
    /// Counts one more answer; the row's index.
    fn add(&mut self, question: &Question, count: Option<usize>) -> usize {
        let Question { what, asked, region } = question;
        let here = self.0.iter().position(|row| row.what == *what && row.asked == *asked);
        let index = here.unwrap_or_else(|| {
            let regions = region.as_ref().map(|_| 0);
            self.0.push(Row { what: what.clone(), asked: asked.clone(), regions, seen: count.map(|_| 0), own: 0 });
            self.0.len() - 1
        });
        let row = &mut self.0[index];
        row.regions = row.regions.map(|regions| regions + 1);
        row.seen = row.seen.zip(count).map(|(seen, count)| seen + count);
        index
    }
}

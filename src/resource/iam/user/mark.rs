//! What a user's tags say of its credentials: which was handed out, and since when one is being made.
//!
//! AWS tells of an access key and of a password only that it is there, and not who made it. So cloud101 notes in a tag that
//! it begins, what was there then, and the time; and, once the hand-out is on the disk, what it handed out. Whatever is
//! not handed out and came while cloud101 was at it is its own, and lost: its secret is in no file. All else is of others.

use crate::model::Tags;

/// How much earlier than this computer's clock says AWS's may say that something was made: AWS refuses requests of clocks
/// that differ by more.
const EARLIER: i64 = 5 * 60;
/// How long a call may take after it was noted that it will be made, other attempts included, and the clocks.
const LATER: i64 = 15 * 60;

const PENDING: &str = "pending";

/// What is delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credential {
    /// A login profile, in AWS's words.
    ConsolePassword,
    AccessKey,
}

pub use Credential::{AccessKey, ConsolePassword};

impl Credential {
    pub const ALL: [Self; 2] = [ConsolePassword, AccessKey];

    /// The property that asks for it.
    pub fn property(self) -> &'static str {
        match self {
            ConsolePassword => "console_password",
            AccessKey => "access_key",
        }
    }

    /// The tag with its [`Mark`].
    pub fn tag(self) -> &'static str {
        match self {
            ConsolePassword => "cloud101:console-password",
            AccessKey => "cloud101:access-key",
        }
    }
}

/// An access key, or a password, of which there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// The key's id; of a password the time of its creation.
    pub id: String,
    /// By AWS's clock, in seconds since 1970; 0 if AWS does not tell.
    pub at: i64,
}

/// The value of such a tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// What was handed out; `None`: one is being made.
    pub handed_out: Option<Made>,
    /// When it was begun, by this computer's clock.
    began: i64,
    /// What was there before.
    before: Vec<String>,
}

impl Mark {
    /// One is about to be made.
    pub fn pending(began: i64, before: &[Made]) -> Self {
        Self { handed_out: None, began, before: before.iter().map(|made| made.id.clone()).collect() }
    }

    /// Its hand-out is on the disk.
    pub fn handed_out(self, made: &Made) -> Self {
        Self { handed_out: Some(made.clone()), ..self }
    }

    /// The mark in this tag; `None`: there is none, or it is none of ours.
    pub fn read(tags: &Tags, tag: &str) -> Option<Self> {
        let mut words = tags.get(tag)?.split(' ');
        let (first, times) = (words.next().filter(|word| !word.is_empty())?, words.next()?);
        let (began, made) = times.split_once('-').map_or((times, None), |(began, made)| (began, Some(made)));
        let handed_out = match made {
            None if first == PENDING => None,
            made => Some(Made { id: first.to_owned(), at: made?.parse().ok()? }),
        };
        Some(Self { handed_out, began: began.parse().ok()?, before: words.map(str::to_owned).collect() })
    }

    /// The value of the tag: some 90 characters at most, since a user has at most two keys.
    pub fn text(&self) -> String {
        let mut text = match &self.handed_out {
            Some(Made { id, at }) => format!("{id} {}-{at}", self.began),
            None => format!("{PENDING} {}", self.began),
        };
        text.extend(self.before.iter().flat_map(|id| [" ", id]));
        text
    }

    /// Whether something that was not handed out came while one was being made: until what was handed out was made.
    fn is_lost(&self, made: &Made) -> bool {
        let end = self.handed_out.as_ref().map_or(self.began + LATER, |handed_out| handed_out.at);
        !self.before.contains(&made.id) && (self.began - EARLIER..=end).contains(&made.at)
    }
}

/// What there is of one sort, by who has its secret.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sorted {
    /// The reader of the hand-out.
    pub handed_out: Option<Made>,
    /// No one: a run of cloud101 made it and did not come to the hand-out.
    pub lost: Vec<Made>,
    /// Others: it is not cloud101's.
    pub of_others: Vec<Made>,
}

impl Sorted {
    /// Sorts `all` there is.
    pub fn of(mark: Option<&Mark>, all: Vec<Made>) -> Self {
        let mut sorted = Self::default();
        let id = mark.and_then(|mark| Some(&mark.handed_out.as_ref()?.id));
        let (mut ours, rest): (Vec<_>, Vec<_>) = all.into_iter().partition(|made| Some(&made.id) == id);
        sorted.handed_out = ours.pop();
        let is_lost = |made: &Made| mark.is_some_and(|mark| mark.is_lost(made));
        (sorted.lost, sorted.of_others) = rest.into_iter().partition(is_lost);
        sorted
    }

    /// The same of the one thing there can be. Nothing tells whether AWS gives a password that its user changes another
    /// time of creation: one that is there is taken for the one that was handed out.
    pub fn of_one(mark: Option<&Mark>, one: Option<Made>) -> Self {
        match mark {
            Some(Mark { handed_out: Some(_), .. }) => Self { handed_out: one, ..Self::default() },
            _ => Self::of(mark, one.into_iter().collect()),
        }
    }

    /// Whether there is a hand-out, for a plan that wants one or not: what is lost is neither, so that it goes in any case.
    pub fn shows(&self, wanted: bool) -> bool {
        if self.lost.is_empty() { self.handed_out.is_some() } else { !wanted }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAG: &str = "cloud101:access-key";

    fn made(id: &str, at: i64) -> Made {
        Made { id: id.to_owned(), at }
    }

    fn ids(all: &[Made]) -> Vec<&str> {
        all.iter().map(|made| made.id.as_str()).collect()
    }

    #[test]
    fn a_mark_is_its_tag() {
        let pending = Mark::pending(1_796_036_400, &[made("AKIAIOSFODNN7EXAMPL1", 5)]);
        let delivered = pending.clone().handed_out(&made("AKIAIOSFODNN7EXAMPL2", 1_796_036_401));
        for mark in [pending, delivered, Mark::pending(7, &[])] {
            let tags = Tags::from([(TAG.to_owned(), mark.text())]);
            assert_eq!(Mark::read(&tags, TAG), Some(mark.clone()));
            assert!(mark.text().chars().all(|c| c.is_ascii_alphanumeric() || " -".contains(c)), "{}", mark.text());
        }
        for other in ["", "pending", "pending soon", " 7", "AKIAIOSFODNN7EXAMPL1 7", "AKIAIOSFODNN7EXAMPL1 7-x"] {
            assert_eq!(Mark::read(&Tags::from([(TAG.to_owned(), other.to_owned())]), TAG), None, "{other:?}");
        }
    }

    #[test]
    fn what_came_while_one_was_made_is_lost_and_all_else_of_others() {
        let now = 1_796_036_400;
        let all = || {
            vec![
                made("before", now - 10),
                made("ours", now + 1),
                made("old", now - 3600),
                made("later", now + 3600),
                made("untold", 0),
            ]
        };
        let mark = Mark::pending(now, &[made("before", 0)]);
        let sorted = Sorted::of(Some(&mark), all());
        assert_eq!((ids(&sorted.lost), sorted.handed_out.is_none()), (vec!["ours"], true));
        assert_eq!(ids(&sorted.of_others), ["before", "old", "later", "untold"]);
        assert!(!sorted.shows(true) && sorted.shows(false), "it goes whatever is wanted");
        // Without a mark there is nothing of ours.
        assert_eq!(ids(&Sorted::of(None, all()).of_others), ["before", "ours", "old", "later", "untold"]);
    }

    #[test]
    fn a_key_that_is_made_after_the_hand_out_is_of_others() {
        let now = 1_796_036_400;
        let mark = Mark::pending(now, &[]).handed_out(&made("second", now + 9));
        let by_hand = made("by-hand", now + 60);
        let sorted = Sorted::of(Some(&mark), vec![made("first", now + 1), made("second", now + 9), by_hand.clone()]);
        assert_eq!(sorted.handed_out, Some(made("second", now + 9)));
        assert_eq!((ids(&sorted.lost), ids(&sorted.of_others)), (vec!["first"], vec!["by-hand"]));
        // One that was handed out and was deleted by hand, whatever came since.
        let sorted = Sorted::of(Some(&mark), vec![by_hand]);
        assert!(!sorted.shows(true) && !sorted.shows(false));
        assert_eq!((sorted.lost.len(), ids(&sorted.of_others)), (0, vec!["by-hand"]));
    }

    #[test]
    fn a_password_that_its_user_has_changed_stays_the_one_that_was_handed_out() {
        let now = 1_796_036_400;
        let pending = Mark::pending(now, &[]);
        let mark = pending.clone().handed_out(&made(&now.to_string(), now));
        assert!(Sorted::of_one(Some(&mark), Some(made("1", now + 86_400))).shows(true));
        assert_eq!(Sorted::of_one(Some(&pending), Some(made("1", now + 86_400))).of_others.len(), 1);
        assert_eq!(Sorted::of_one(Some(&pending), Some(made("1", now + 2))).lost.len(), 1);
        assert_eq!(Sorted::of_one(None, Some(made("1", now))).of_others.len(), 1);
        assert!(!Sorted::of_one(Some(&mark), None).shows(true));
    }
}

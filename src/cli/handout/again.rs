//! What a hand-out lacks, and what is to be typed for it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::aws::command::quoted;
use crate::plan::handout::{Cards, Lack};
use crate::resource::Address;
use crate::resource::handed_out::Useless;
use crate::session::HandedOut;
use crate::suggest;

use super::super::choices::{CREDENTIALS, credentials_to};
use super::super::failure::Failure;
use super::to::To;

/// From so many on, a command to type next names no one.
const MANY: usize = 20;

/// What is to be typed for what a hand-out lacks.
pub(super) struct Again<'a, L: Fn(&str) -> String> {
    /// The command line of another command.
    pub line: L,
    pub to: &'a To,
    /// Where the credentials are.
    pub folder: Option<&'a Path>,
}

impl<L: Fn(&str) -> String> Again<'_, L> {
    /// The hand-out for these, beside what is there.
    fn handout(&self, names: &str, options: &str) -> String {
        let folder = self.folder.map(|folder| format!(" --credentials {}", quoted(&folder.display().to_string())));
        format!("{}{names}{options}{}", (self.line)("handout"), folder.unwrap_or_default())
    }

    /// That credentials are not on the cards, and how their holders get others; `None`: all are.
    pub fn for_the_useless(&self, handed_out: &HandedOut) -> Option<Failure> {
        let cards = &handed_out.cards;
        let without: Vec<_> = cards.ready.iter().filter(|card| !card.useless.is_empty()).collect();
        let whose: BTreeSet<_> = without.iter().flat_map(|card| &card.useless).map(|one| &one.address).collect();
        let folder = self.folder.filter(|_| !whose.is_empty())?;
        let message = match (without.len(), cards.ready.len()) {
            (1, 1) => "credentials are missing on the card".to_owned(),
            (some, all) => format!("credentials are missing on {some} of {all} cards"),
        };
        let keys: Vec<_> = without.iter().map(|card| card.key.as_str()).collect();
        let names = if keys.len() <= MANY { format!(" --only {}", keys.join(",")) } else { String::new() };
        let again = self.handout(&names, &self.to.beside());
        let renew = renew(handed_out, &whose, folder, &self.line);
        Some(Failure::Missing {
            message,
            hint: format!("create new ones with `{renew}` (the old ones stop working), then run `{again}`"),
        })
    }

    /// That some have no card, and how they get theirs. `is_part`: not everybody was asked for.
    pub fn for_the_incomplete(&self, cards: &Cards, is_part: bool) -> Failure {
        let (lacking, has_some) = (cards.lacking.len(), !cards.ready.is_empty());
        let message = match cards.ready.len() + lacking {
            1 => "the card can't be written yet".to_owned(),
            all => format!("{lacking} of {all} cards can't be written yet"),
        };
        let names = (lacking <= MANY && (is_part || has_some)).then(|| {
            let keys: Vec<_> = cards.lacking.keys().map(String::as_str).collect();
            format!(" --only {}", keys.join(","))
        });
        let names = names.unwrap_or_default();
        let mut missing = cards.lacking.iter().flat_map(|(key, lacks)| {
            lacks.iter().filter_map(move |lack| match lack {
                Lack::Resource(address) => Some(address.key.as_ref() == Some(key)),
                Lack::Value(..) => None,
            })
        });
        let line = &self.line;
        let folder = self.folder.map(credentials_to).unwrap_or_default();
        let first = match missing.next() {
            // What is everybody's is made with `--only` just if one of theirs depends on it.
            Some(is_own) if is_own && missing.all(|is_own| is_own) => {
                format!("create what is missing with `{}{names}{folder}`", line("apply"))
            }
            Some(_) => format!("create what is missing with `{}{folder}`", line("apply")),
            None => format!(
                "see what there is with `{}` (a stopped instance has no public address until `{}{names}`)",
                line("show"),
                line("start")
            ),
        };
        let again = self.handout(&names, &self.to.options(has_some));
        Failure::Missing { message, hint: format!("{first}, then run `{again}`") }
    }
}

/// Refuses to write cards where not one file is found: it is the wrong folder, or all are lost.
pub(super) fn none_at_hand(
    handed_out: &HandedOut,
    folder: &Path,
    line: impl Fn(&str) -> String,
) -> Result<(), Failure> {
    let cards = &handed_out.cards.ready;
    let useless: Vec<_> = cards.iter().flat_map(|card| &card.useless).collect();
    let has_some = cards.iter().any(|card| !card.credentials.is_empty());
    if useless.is_empty() || has_some || useless.iter().any(|one| one.why != Useless::NoFile) {
        return Ok(());
    }
    let all: BTreeSet<_> = useless.iter().map(|one| &one.address).collect();
    let (whose, is_one) = match (all.len(), all.first()) {
        (1, Some(address)) => (format!("`{address}`"), true),
        (many, _) => (format!("any of {many} users"), false),
    };
    let shown = folder.display();
    let message = match (folder.is_dir(), folder.exists()) {
        (true, _) => format!("the folder `{shown}` has no file with the credentials of {whose}"),
        (false, true) => format!("`{shown}` is a file, and the credentials of {whose} are in a folder"),
        (false, false) => format!("there is no folder `{shown}`, where the credentials of {whose} should be"),
    };
    let (wrote, lost) = if is_one { ("it", "the file is lost") } else { ("them", "the files are lost") };
    let is_it = match nearest(folder) {
        Some(other) => format!("did you mean `--credentials {}`?", quoted(&other.display().to_string())),
        None => format!(
            "is that the folder to which `apply` wrote {wrote}? If not, name the right one after --credentials."
        ),
    };
    // Into a folder that was mistyped, nothing is to be written.
    let into = if is_used(folder) { folder } else { Path::new(CREDENTIALS) };
    let renew = renew(handed_out, &all, into, line);
    Err(Failure::Missing {
        message,
        hint: format!("{is_it} Only if {lost}: `{renew}` creates new ones; the old ones stop working"),
    })
}

/// Whether something is in a folder: `apply` puts a file there as it makes one.
fn is_used(folder: &Path) -> bool {
    folder.read_dir().is_ok_and(|mut entries| entries.next().is_some())
}

/// The folder beside it that is probably meant, of one in which nothing is: the one of an apply that names none, or one
/// with a similar name.
fn nearest(folder: &Path) -> Option<PathBuf> {
    if is_used(folder) {
        return None;
    }
    let parent = folder.parent()?;
    let here = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
    let folders = here.read_dir().ok()?.flatten().filter(|entry| entry.path().is_dir());
    let others = folders.filter(|entry| Some(entry.file_name().as_os_str()) != folder.file_name());
    let names: Vec<String> = others.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    let close = suggest::closest(folder.file_name()?.to_str()?, names.iter().map(String::as_str));
    let usual = || names.iter().map(String::as_str).find(|name| *name == CREDENTIALS);
    close.or_else(usual).map(|name| parent.join(name))
}

/// The command that creates the credentials of these again.
fn renew(handed_out: &HandedOut, whose: &BTreeSet<&Address>, folder: &Path, line: impl Fn(&str) -> String) -> String {
    // A name stands for all of its copies, which it may where none of them has anything that is good.
    let names: BTreeSet<_> = whose.iter().map(|address| &address.name).collect();
    let is_whole = |name: &str| {
        let copies = || handed_out.holders.iter().map(|one| &one.address).filter(|address| address.name == name);
        let is_everybody = handed_out.is_for_all && handed_out.cards.lacking.is_empty() && copies().count() > 1;
        is_everybody && copies().all(|address| whose.contains(address))
    };
    let (whole, parts): (Vec<&String>, Vec<_>) = names.into_iter().partition(|name| is_whole(name));
    let whole = whole.into_iter().cloned();
    let parts = whose.iter().filter(|address| parts.contains(&&address.name)).map(ToString::to_string);
    let options: String = whole.chain(parts).map(|one| format!(" --renew {}", quoted(&one))).collect();
    format!("{}{options}{}", line("apply"), credentials_to(folder))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use crate::ui::HandoutFormat;

    use super::*;

    #[test]
    fn who_lacks_something_gets_the_commands_to_type() {
        let own = |key: &str| Lack::Resource(Address::copy("home", key));
        let cards = |ready: usize, lacking: &[(&str, Lack)]| {
            let card = |n: usize| crate::plan::handout::Card {
                key: format!("s{n}"),
                title: "".into(),
                link: None,
                lines: Vec::new(),
                credentials: Vec::new(),
                useless: Vec::new(),
            };
            let mut all: BTreeMap<String, BTreeSet<Lack>> = BTreeMap::new();
            for (key, lack) in lacking {
                all.entry((*key).to_owned()).or_default().insert(lack.clone());
            }
            Cards { ready: (0..ready).map(card).collect(), lacking: all }
        };
        let said = |cards: &Cards, format| {
            let to = To { format, path: Path::new("nowhere/x.html").to_owned(), is_default: false };
            let again = Again { line: |command: &str| format!("c {command}"), to: &to, folder: None };
            match again.for_the_incomplete(cards, false) {
                Failure::Missing { message, hint } => format!("{message}; {hint}"),
                _ => "another failure".to_owned(),
            }
        };
        assert_eq!(
            said(&cards(1, &[("ana", own("ana")), ("bo", own("bo"))]), HandoutFormat::Html),
            "2 of 3 cards can't be written yet; create what is missing with `c apply --only ana,bo`, then run `c handout \
             --only ana,bo --to nowhere/x-2.html`"
        );
        // What is everybody's, and files that get others beside them.
        let news = Lack::Resource(Address::new("news"));
        assert_eq!(
            said(&cards(1, &[("ana", news)]), HandoutFormat::Files),
            "1 of 2 cards can't be written yet; create what is missing with `c apply`, then run `c handout --only ana \
             --format files --to nowhere/x.html`"
        );
        let stopped = Lack::Value(Address::copy("machine", "ana"), "public_ip".to_owned());
        assert_eq!(
            said(&cards(0, &[("ana", stopped)]), HandoutFormat::Csv),
            "the card can't be written yet; see what there is with `c show` (a stopped instance has no public address until \
             `c start`), then run `c handout --format csv --to nowhere/x.html`"
        );
    }

    /// A folder that was mistyped, or another one, before what would end everybody's password.
    #[test]
    fn where_no_file_is_found_the_folder_is_asked_for_first() {
        let here = tempfile::tempdir().expect("a folder");
        let at = |name: &str| here.path().join(name);
        std::fs::create_dir(at("secrets")).and_then(|()| std::fs::create_dir(at("empty"))).expect("folders");
        std::fs::write(at("roster.csv"), "id\n").expect("a file");
        let card = |key: &str| crate::plan::handout::Card {
            key: key.to_owned(),
            title: "".into(),
            link: None,
            lines: Vec::new(),
            credentials: Vec::new(),
            useless: vec![crate::plan::handout::UselessCredential {
                label: "Access key".to_owned(),
                address: Address::copy("user", key),
                property: "access_key",
                why: Useless::NoFile,
            }],
        };
        let said = |folder: &str, keys: &[&str]| {
            let handed_out = HandedOut {
                cards: Cards { ready: keys.iter().map(|key| card(key)).collect(), lacking: BTreeMap::new() },
                holders: Vec::new(),
                is_for_all: true,
                unread: Vec::new(),
                unseen: Vec::new(),
            };
            match none_at_hand(&handed_out, &at(folder), |command| format!("c {command}")) {
                Err(Failure::Missing { message, hint }) => {
                    format!("{message}; {hint}").replace(&format!("{}/", here.path().display()), "")
                }
                _ => "no failure".to_owned(),
            }
        };
        assert_eq!(
            said("secretss", &["ana"]),
            "there is no folder `secretss`, where the credentials of `user[\"ana\"]` should be; did you mean \
             `--credentials secrets`? Only if the file is lost: `c apply --renew 'user[\"ana\"]'` creates new ones; the \
             old ones stop working"
        );
        assert_eq!(
            said("empty", &["ana", "bo"]),
            "the folder `empty` has no file with the credentials of any of 2 users; is that the folder to which `apply` wrote \
             them? If not, name the right one after --credentials. Only if the files are lost: `c apply --renew \
             'user[\"ana\"]' --renew 'user[\"bo\"]'` creates new ones; the old ones stop working"
        );
        // What an apply has made is the folder, whatever became of its files.
        std::fs::write(at("secrets/.gitignore"), "*\n").expect("a file");
        let lost = said("secrets", &["ana"]);
        assert!(lost.contains("; is that the folder") && lost.contains(" --credentials-to "), "{lost}");
        let file = said("roster.csv", &["ana"]);
        assert!(
            file.starts_with("`roster.csv` is a file, and the credentials of `user[\"ana\"]` are in a folder; is that"),
            "{file}"
        );
        let far = said("x/y", &["ana"]);
        assert!(far.starts_with("there is no folder `x/y`, where") && far.contains("; is that the folder"), "{far}");
    }
}

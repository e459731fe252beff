//! `cloud101 handout`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use crate::plan::handout::{Cards, Lack};
use crate::resource::{Address, handed_out};
use crate::session::HandedOut;
use crate::stack::{Handout, Stack};
use crate::suggest;
use crate::ui::handout::{file_name, has_code};
use crate::ui::{HandoutFormat, Ui};

use super::failure::Failure;
use super::{Global, StackArgument, command_line, keys, new_files, prepare, quoted};

/// From so many on, a command to type next names no one.
const MANY: usize = 20;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    stack: StackArgument,
    /// What to write
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    format: HandoutFormat,
    /// The file to write, `-` for standard output, or the folder for --format files [default: handout.html, handout.csv,
    /// handout]
    #[arg(long, value_name = "PATH")]
    to: Option<PathBuf>,
    /// Only the cards for these keys of the roster
    #[arg(long, value_name = "KEY,…", value_delimiter = ',')]
    only: Vec<String>,
    /// Also the console passwords and access keys that `apply` wrote to this folder
    #[arg(long, value_name = "FOLDER")]
    credentials: Option<PathBuf>,
}

pub(super) async fn run(global: &Global, arguments: &Arguments, ui: &Ui) -> Result<ExitCode, Failure> {
    let only = keys(&arguments.only);
    let to = To::new(arguments);
    to.check(global.json)?;
    let (stack, file) = prepare::stack(global, &arguments.stack, ui)?;
    let chosen = chosen(&stack, &file, &only)?;
    to.is_free(&chosen)?;
    let prepared = prepare::connect(global, stack, file, ui).await?;
    let mut handed_out = prepared.reading(prepared.session.handout(&only), ui).await?;
    ui.unseen(&handed_out.unseen);
    if let Some(folder) = &arguments.credentials {
        let renew = |address: &Address| {
            let vars = &prepared.session.stack().vars;
            let apply = command_line(global, "apply", &arguments.stack, vars);
            format!("{apply} --renew {}", quoted(&address.to_string()))
        };
        put_credentials(&mut handed_out, folder, &prepared.session.place().account, renew)?;
    }
    let (cards, place) = (&handed_out.cards, prepared.session.place());
    let files = match cards.ready.is_empty() {
        true => Vec::new(),
        false => ui.handout(&cards.ready, to.format, place, global.sandbox),
    };
    if to.is_standard_output() {
        files.iter().for_each(|(_, text)| ui.card_file(text));
        ui.lacking(cards);
    } else {
        let files: Vec<_> = files.into_iter().map(|(name, text)| (to.file(name), text.into_bytes())).collect();
        new_files::write_private(&files)?;
        let written = files.iter().map(|(path, _)| path.display().to_string()).collect();
        ui.handed_out(place, cards, written, &to.path.display().to_string(), &handed_out.unseen);
    }
    if to.format == HandoutFormat::Html {
        let without: Vec<_> = cards.ready.iter().filter(|card| !has_code(card)).map(|card| &card.key).collect();
        if !without.is_empty() {
            ui.note(&format!("The link is too long for a QR code on these cards: {}", suggest::list(&without)));
        }
    }
    if cards.lacking.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    if !handed_out.unread.is_empty() {
        return Err(prepared.trouble(handed_out.unread));
    }
    let vars = &prepared.session.stack().vars;
    let line = |command: &str| command_line(global, command, &arguments.stack, vars);
    Err(incomplete(cards, !only.is_empty(), &to, line))
}

/// Puts onto each card what AWS showed once to those who have its key.
fn put_credentials(
    handed_out: &mut HandedOut,
    folder: &Path,
    account: &str,
    renew: impl Fn(&Address) -> String,
) -> Result<(), Failure> {
    let HandedOut { cards, holders, .. } = handed_out;
    for card in &mut cards.ready {
        let theirs: Vec<_> = holders.iter().filter(|(address, _)| address.key.as_deref() == Some(&card.key)).collect();
        for (address, id) in &theirs {
            let Some(id) = id else {
                let message = format!("`{address}` does not exist yet, so it has no credentials");
                return Err(Failure::Missing { message, hint: "create it with `apply` first".to_owned() });
            };
            let credentials = handed_out::read(folder, id, &handed_out::title(id, account));
            if credentials.is_empty() {
                return Err(Failure::Missing {
                    message: format!(
                        "the folder `{}` has no file with the credentials of `{address}`",
                        folder.display()
                    ),
                    hint: format!("name the folder to which `apply` wrote it; if it was lost, `{}`", renew(address)),
                });
            }
            // Of two users each has a password.
            let of = |label: String| if theirs.len() == 1 { label } else { format!("{label} ({})", address.name) };
            card.credentials.extend(credentials.into_iter().map(|(label, value)| (of(label), value)));
        }
    }
    Ok(())
}

/// The keys of those who are to get a card.
fn chosen<'a>(stack: &'a Stack, file: &str, only: &BTreeSet<String>) -> Result<Vec<&'a str>, Failure> {
    let Some(Handout { roster, cards }) = &stack.handout else {
        let example = "`handout: { for_each: ROSTER, lines: { \"Your bucket\": \"${home.name}\" } }`";
        return Err(Failure::Missing {
            message: format!("{file} has no `handout:`, so there is nothing to hand out"),
            hint: format!("add what a card says, for example {example}; docs/how-to/a-class.md has more"),
        });
    };
    let keys = || cards.iter().map(|card| card.key.as_str());
    if let Some(unknown) = only.iter().find(|only| !keys().any(|key| key == only.as_str())) {
        let message = format!("the roster `{roster}` has no member `{unknown}`");
        return Err(Failure::usage(message, suggest::hint(unknown, keys(), "it has")));
    }
    Ok(keys().filter(|key| only.is_empty() || only.contains(*key)).collect())
}

/// Where a hand-out goes.
struct To {
    format: HandoutFormat,
    path: PathBuf,
    is_default: bool,
}

impl To {
    fn new(arguments: &Arguments) -> Self {
        let default = match arguments.format {
            HandoutFormat::Html => "handout.html",
            HandoutFormat::Csv => "handout.csv",
            HandoutFormat::Files => "handout",
        };
        Self {
            format: arguments.format,
            path: arguments.to.clone().unwrap_or_else(|| default.into()),
            is_default: arguments.to.is_none(),
        }
    }

    /// Whether the only file goes to standard output.
    fn is_standard_output(&self) -> bool {
        self.path == Path::new("-")
    }

    /// Refuses what can't go to standard output.
    fn check(&self, is_json: bool) -> Result<(), Failure> {
        let message = match self.format {
            _ if !self.is_standard_output() => return Ok(()),
            HandoutFormat::Files => "`--to -` is standard output, and `--format files` writes several files",
            _ if is_json => "`--to -` and `--json` both write to standard output",
            HandoutFormat::Html | HandoutFormat::Csv => return Ok(()),
        };
        Err(Failure::usage(message, "name a file or a folder after --to; one that is called `-` is `./-`"))
    }

    /// The only file, or the one of this name.
    fn file(&self, name: Option<String>) -> PathBuf {
        name.map_or_else(|| self.path.clone(), |name| self.path.join(name))
    }

    /// Refuses to write over anything, before AWS is asked.
    fn is_free(&self, keys: &[&str]) -> Result<(), Failure> {
        if self.is_standard_output() {
            return Ok(());
        }
        let files: Vec<_> = match self.format {
            HandoutFormat::Files if self.path.exists() && !self.path.is_dir() => {
                let message = format!("`{}` is a file, and `--format files` needs a folder", self.path.display());
                return Err(Failure::usage(message, "name another folder after --to, for example `--to cards`"));
            }
            HandoutFormat::Files => keys.iter().map(|key| self.file(Some(file_name(key)))).collect(),
            HandoutFormat::Html | HandoutFormat::Csv => vec![self.path.clone()],
        };
        let there: Vec<_> = files.iter().filter(|path| path.symlink_metadata().is_ok()).collect();
        let message = match there.as_slice() {
            [] => return Ok(()),
            [only] => format!("`{}` already exists", only.display()),
            [first, rest @ ..] => format!("`{}` already exists, and {} more", first.display(), rest.len()),
        };
        let other = quoted(&self.other().display().to_string());
        let hint = format!(
            "a hand-out is never overwritten: choose another place, for example `--to {other}`, or remove it yourself"
        );
        Err(Failure::usage(message, hint))
    }

    /// The first place beside it where nothing is: `handout-2.html`.
    fn other(&self) -> PathBuf {
        let stem = self.path.file_stem().unwrap_or_default().to_string_lossy();
        let ending = self.path.extension().map(|ending| format!(".{}", ending.to_string_lossy())).unwrap_or_default();
        let numbered = (2_u32..).map(|n| self.path.with_file_name(format!("{stem}-{n}{ending}")));
        let is_free = |path: &PathBuf| path.symlink_metadata().is_err();
        numbered.take(1000).find(is_free).unwrap_or_else(|| self.path.clone())
    }

    /// The options with which the rest is written, beside what is there.
    fn options(&self, has_some: bool) -> String {
        let format = match self.format {
            HandoutFormat::Html => "",
            HandoutFormat::Csv => " --format csv",
            HandoutFormat::Files => " --format files",
        };
        let to = |path: &Path| format!(" --to {}", quoted(&path.display().to_string()));
        let to = match self.format {
            HandoutFormat::Html | HandoutFormat::Csv if has_some && !self.is_standard_output() => to(&self.other()),
            _ if self.is_default => String::new(),
            _ => to(&self.path),
        };
        format!("{format}{to}")
    }
}

/// That some have no card, and how they get theirs. `is_part`: not everybody was asked for.
fn incomplete(cards: &Cards, is_part: bool, to: &To, line: impl Fn(&str) -> String) -> Failure {
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
    let first = match missing.next() {
        // What is everybody's is made with `--only` just if one of theirs depends on it.
        Some(is_own) if is_own && missing.all(|is_own| is_own) => {
            format!("create what is missing with `{}{names}`", line("apply"))
        }
        Some(_) => format!("create what is missing with `{}`", line("apply")),
        None => format!(
            "see what there is with `{}` (a stopped instance has no public address until `{}{names}`)",
            line("show"),
            line("start")
        ),
    };
    let again = format!("{}{names}{}", line("handout"), to.options(has_some));
    Failure::Missing { message, hint: format!("{first}, then run `{again}`") }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn to(format: HandoutFormat, path: &Path) -> To {
        To { format, path: path.to_owned(), is_default: false }
    }

    #[test]
    fn nothing_is_written_over() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        let said = |to: &To| match to.is_free(&["ana", "bo"]) {
            Err(Failure::Usage { message, hint }) => {
                format!("{message}; {hint}").replace(&*at("").to_string_lossy(), "")
            }
            Err(_) => "another failure".to_owned(),
            Ok(()) => String::new(),
        };
        let page = to(HandoutFormat::Html, &at("handout.html"));
        assert_eq!(said(&page), "");
        std::fs::write(at("handout.html"), "mine")
            .and_then(|()| std::fs::write(at("handout-2.html"), ""))
            .expect("files");
        let expected = "`handout.html` already exists; a hand-out is never overwritten: choose another place, for example \
                        `--to handout-3.html`, or remove it yourself";
        assert_eq!(said(&page), expected);
        // Neither where a link leads that leads nowhere.
        std::os::unix::fs::symlink(at("nowhere"), at("link.csv")).expect("a link");
        assert!(said(&to(HandoutFormat::Csv, &at("link.csv"))).starts_with("`link.csv` already exists"));
        let cards = to(HandoutFormat::Files, &at("cards"));
        std::fs::create_dir(at("cards")).and_then(|()| std::fs::write(at("cards/zoe.txt"), "")).expect("a file");
        assert_eq!(said(&cards), "", "those of others don't matter");
        for name in ["cards/ana.txt", "cards/bo.txt"] {
            std::fs::write(at(name), "").expect("a file");
        }
        assert!(said(&cards).starts_with("`cards/ana.txt` already exists, and 1 more; "), "{}", said(&cards));
        let file = to(HandoutFormat::Files, &at("handout.html"));
        assert!(said(&file).starts_with("`handout.html` is a file, and `--format files` needs a folder"));
    }

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
            };
            let mut all: BTreeMap<String, BTreeSet<Lack>> = BTreeMap::new();
            for (key, lack) in lacking {
                all.entry((*key).to_owned()).or_default().insert(lack.clone());
            }
            Cards { ready: (0..ready).map(card).collect(), lacking: all }
        };
        let said = |cards: &Cards, format| {
            let to = to(format, Path::new("nowhere/x.html"));
            match incomplete(cards, false, &to, |command| format!("c {command}")) {
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
}

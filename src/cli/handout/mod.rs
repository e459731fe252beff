//! `cloud101 handout`.

mod again;
mod to;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use crate::plan::handout::UselessCredential;
use crate::resource::{Address, handed_out};
use crate::session::{HandedOut, Holder};
use crate::stack::{Handout, Stack};
use crate::suggest;
use crate::ui::handout::has_code;
use crate::ui::{HandoutFormat, Ui};

use super::failure::Failure;
use super::{Global, StackArgument, command_line, keys, new_files, prepare};
use again::{Again, none_at_hand};
use to::To;

pub(super) use to::to_a_free_place;

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
    #[arg(long, value_name = "KEY,…", value_parser = crate::cli::arguments::key_list)]
    only: Vec<crate::cli::KeyList>,
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
    let question = prepared.session.handout(&only, arguments.credentials.is_some());
    let mut handed_out = prepared.reading(question, ui).await?;
    ui.unseen(&handed_out.unseen);
    let vars = &prepared.session.stack().vars;
    let line = |command: &str| command_line(global, command, &arguments.stack, vars);
    if let Some(folder) = &arguments.credentials {
        put_credentials(&mut handed_out, folder, &prepared.session.place().account);
        none_at_hand(&handed_out, folder, line)?;
    }
    let (cards, place) = (&handed_out.cards, prepared.session.place());
    let files = match cards.ready.is_empty() {
        true => Vec::new(),
        false => ui.handout(&cards.ready, to.format, place, global.sandbox),
    };
    if to.is_standard_output() {
        files.iter().for_each(|(_, text)| ui.card_file(text));
        ui.gaps(cards);
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
    let again = Again { line: &line, to: &to, folder: arguments.credentials.as_deref() };
    let useless = again.for_the_useless(&handed_out);
    if cards.lacking.is_empty() {
        return useless.map_or(Ok(ExitCode::SUCCESS), Err);
    }
    if let Some(Failure::Missing { message, hint }) = useless.filter(|_| !global.json) {
        ui.note(&format!("{message}: {hint}"));
    }
    if !handed_out.unread.is_empty() {
        return Err(prepared.trouble(handed_out.unread));
    }
    Err(again.for_the_incomplete(cards, !only.is_empty()))
}

/// Puts onto each card what AWS showed once to those who have its key, as far as it is in use.
fn put_credentials(handed_out: &mut HandedOut, folder: &Path, account: &str) {
    let HandedOut { cards, holders, .. } = handed_out;
    let mut by_key: BTreeMap<&str, Vec<&Holder>> = BTreeMap::new();
    for holder in &*holders {
        by_key.entry(holder.address.key.as_deref().unwrap_or_default()).or_default().push(holder);
    }
    for card in &mut cards.ready {
        let theirs = by_key.get(card.key.as_str()).map(Vec::as_slice).unwrap_or_default();
        for Holder { address, id, wanted, in_use } in theirs {
            let wants = |property: &str| wanted.contains(property);
            let found = handed_out::read(folder, id, &handed_out::title(id, account), in_use, wants);
            // Of two users each has a password.
            let of = |label: String| if theirs.len() == 1 { label } else { format!("{label} ({})", address.name) };
            card.credentials.extend(found.lines.into_iter().map(|(label, value)| (of(label), value)));
            card.useless.extend(found.useless.into_iter().map(|(property, why)| {
                let label = of(words(property));
                UselessCredential { label, address: address.clone(), property, why }
            }));
        }
    }
}

/// `access_key` as it stands on a card: `Access key`.
fn words(property: &str) -> String {
    let words = property.replace('_', " ");
    let mut letters = words.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
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
        let of_roster = |now: &&Address| stack.for_each.get(&now.name) == Some(roster);
        let hint = match stack.renamed(unknown).find(of_roster).and_then(|now| now.key.as_deref()) {
            Some(now) => format!("`moved:` in {file} says that `{unknown}` is now `{now}`: write `--only {now}`"),
            None => suggest::name_hint(unknown, keys(), "it has"),
        };
        return Err(Failure::usage(message, hint));
    }
    Ok(keys().filter(|key| only.is_empty() || only.contains(*key)).collect())
}

//! Where a hand-out goes: nothing is ever written over.

use std::path::{Path, PathBuf};

use crate::aws::command::quoted;
use crate::ui::HandoutFormat;
use crate::ui::handout::file_name;

use super::super::failure::Failure;
use super::Arguments;

/// Where a hand-out goes.
pub(super) struct To {
    pub format: HandoutFormat,
    pub path: PathBuf,
    pub is_default: bool,
}

/// The option with which a hand-out is written where nothing is, after a space; empty where that is the default.
pub(in crate::cli) fn to_a_free_place() -> String {
    let to = To::of(HandoutFormat::default(), None);
    if to.is_free(&[]).is_ok() { String::new() } else { to.beside() }
}

impl To {
    pub fn new(arguments: &Arguments) -> Self {
        Self::of(arguments.format, arguments.to.clone())
    }

    fn of(format: HandoutFormat, path: Option<PathBuf>) -> Self {
        let default = match format {
            HandoutFormat::Html => "handout.html",
            HandoutFormat::Csv => "handout.csv",
            HandoutFormat::Files => "handout",
        };
        Self { format, is_default: path.is_none(), path: path.unwrap_or_else(|| default.into()) }
    }

    /// Whether the only file goes to standard output.
    pub fn is_standard_output(&self) -> bool {
        self.path == Path::new("-")
    }

    /// Refuses what can't go to standard output.
    pub fn check(&self, is_json: bool) -> Result<(), Failure> {
        let message = match self.format {
            _ if !self.is_standard_output() => return Ok(()),
            HandoutFormat::Files => "`--to -` is standard output, and `--format files` writes several files",
            _ if is_json => "`--to -` and `--json` both write to standard output",
            HandoutFormat::Html | HandoutFormat::Csv => return Ok(()),
        };
        Err(Failure::usage(message, "name a file or a folder after --to; one that is called `-` is `./-`"))
    }

    /// The only file, or the one of this name.
    pub fn file(&self, name: Option<String>) -> PathBuf {
        name.map_or_else(|| self.path.clone(), |name| self.path.join(name))
    }

    /// Refuses to write over anything, before AWS is asked.
    pub fn is_free(&self, keys: &[&str]) -> Result<(), Failure> {
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

    fn format_option(&self) -> &'static str {
        match self.format {
            HandoutFormat::Html => "",
            HandoutFormat::Csv => " --format csv",
            HandoutFormat::Files => " --format files",
        }
    }

    /// The options with which cards are written again, beside those that are there.
    pub fn beside(&self) -> String {
        let to = if self.is_standard_output() { &self.path } else { &self.other() };
        format!("{} --to {}", self.format_option(), quoted(&to.display().to_string()))
    }

    /// The options with which the rest is written, beside what is there.
    pub fn options(&self, has_some: bool) -> String {
        let format = self.format_option();
        let to = |path: &Path| format!(" --to {}", quoted(&path.display().to_string()));
        let to = match self.format {
            HandoutFormat::Html | HandoutFormat::Csv if has_some && !self.is_standard_output() => to(&self.other()),
            _ if self.is_default => String::new(),
            _ => to(&self.path),
        };
        format!("{format}{to}")
    }
}

#[cfg(test)]
mod tests {
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
}

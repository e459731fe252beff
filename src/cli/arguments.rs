//! The arguments that several commands have.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args;

use crate::aws::command::quoted;
use crate::plan::options::Leavers;
use crate::resource::Address;
use crate::stack::words::{is_region, region_hint};
use crate::ui::Color;

use super::failure::Failure;
use super::watched::Watched;

/// How many resources are processed at once unless a person says otherwise.
pub(super) const PARALLELISM: u16 = 20;

/// Options of every command.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Global options")]
pub(super) struct Global {
    /// Use emulators on this computer instead of AWS: no account, no costs
    #[arg(long, global = true, conflicts_with_all = ["endpoint_url", "profile"])]
    pub(super) sandbox: bool,
    /// Send requests to this address instead of AWS
    #[arg(long, global = true, value_name = "URL", value_parser = url)]
    pub(super) endpoint_url: Option<String>,
    /// The region, overriding the file's
    #[arg(long, global = true, value_parser = region)]
    pub(super) region: Option<String>,
    /// The profile of the AWS configuration
    #[arg(long, global = true)]
    pub(super) profile: Option<String>,
    /// Set a variable of the stack; may be repeated
    #[arg(long, global = true, value_name = "NAME=VALUE", value_parser = name_and_value)]
    pub(super) var: Vec<(String, String)>,
    /// Treat warnings as errors
    #[arg(long, global = true)]
    pub(super) strict: bool,
    /// A folder outside the stack file's own that paths in the file may point to; may be repeated
    #[arg(
        long,
        global = true,
        value_name = "FOLDER",
        env = "CLOUD101_ALLOW_OUTSIDE",
        value_delimiter = ':',
        hide_env_values = true
    )]
    pub(super) allow_outside: Vec<PathBuf>,
    /// A file that may be uploaded although it looks like a credential or a private key; may be repeated
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "CLOUD101_ALLOW_FILE",
        value_delimiter = ':',
        hide_env_values = true
    )]
    pub(super) allow_file: Vec<PathBuf>,
    /// Print JSON to standard output, including errors: one document, or one event per line for apply, adopt, destroy,
    /// logs, start and stop
    #[arg(long, global = true)]
    pub(super) json: bool,
    /// When to use colours: auto, always or never
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t, hide_possible_values = true)]
    pub(super) color: Color,
    /// How many resources to process at once
    #[arg(long, global = true, value_name = "N", default_value_t = PARALLELISM, value_parser = clap::value_parser!(u16).range(1..=100))]
    pub(super) parallelism: u16,
    /// Print more to standard error; twice: every call
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(super) verbose: u8,
    /// The sandbox, once the command uses it
    #[arg(skip)]
    pub(super) watched: Watched,
}

/// The stack file, for the commands that need one.
#[derive(Debug, Clone, Args)]
pub(super) struct StackArgument {
    /// The stack file [default: cloud101.yaml here, else the one in stacks/]
    #[arg(value_name = "STACK")]
    pub(super) stack: Option<PathBuf>,
}

/// The stack file, for the commands whose first argument is something else.
#[derive(Debug, Clone, Args)]
pub(super) struct StackOption {
    /// The stack file [default: cloud101.yaml here, else the one in stacks/]
    #[arg(long = "stack", value_name = "STACK")]
    pub(super) stack: Option<PathBuf>,
}

impl StackOption {
    pub(super) fn argument(&self) -> StackArgument {
        StackArgument { stack: self.stack.clone() }
    }

    /// Refuses a stack file where the name of `what` is to stand, as it is the first argument of most commands.
    pub(super) fn check_name(&self, name: &str, what: &str) -> Result<(), Failure> {
        if self.stack.is_some() || !is_stack_file(name) {
            return Ok(());
        }
        let message = format!("`{name}` is a file, but this argument is the name of {what}");
        Err(Failure::usage(message, format!("the stack file goes after --stack: `--stack {}`", quoted(name))))
    }
}

/// Which resources, for the commands that change something.
#[derive(Debug, Clone, Args)]
pub(super) struct Selection {
    /// Only this resource and what it depends on (destroy: what depends on it); may be repeated
    #[arg(long, value_name = "RESOURCE", value_parser = address)]
    pub(super) target: Vec<String>,
    /// Only the copies for these keys of a roster, and what they depend on (destroy: what depends on them)
    #[arg(long, value_name = "KEY,…", value_parser = key_list, conflicts_with = "target")]
    pub(super) only: Vec<KeyList>,
}

/// What becomes of the copies of those who left a roster, for the commands that apply.
#[derive(Debug, Clone, Args)]
pub(super) struct Leaving {
    /// Delete the copies for these keys, which are no longer in the roster or left out by `when:`
    #[arg(long, value_name = "KEY,…", value_parser = key_list, conflicts_with_all = ["target", "only"])]
    pub(super) remove: Vec<KeyList>,
    /// Delete the copies of all who are no longer in their roster
    #[arg(long, conflicts_with_all = ["target", "only"])]
    pub(super) remove_absent: bool,
    /// Even if --remove-absent, or a `when:`, deletes what more than a quarter of a roster has
    #[arg(long)]
    pub(super) even_if_many: bool,
}

/// Whether a word of the command line is the name of a stack file, wherever it stands.
pub(super) fn is_stack_file(word: &str) -> bool {
    word.ends_with(".yaml") || word.ends_with(".yml")
}

fn url(text: &str) -> Result<String, String> {
    match text.starts_with("http://") || text.starts_with("https://") {
        true => Ok(text.to_owned()),
        false => Err("it must begin with http:// or https://".to_owned()),
    }
}

fn region(text: &str) -> Result<String, String> {
    if is_region(text) { Ok(text.to_owned()) } else { Err(region_hint(text)) }
}

fn name_and_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write it as name=value".to_owned()),
    }
}

/// The keys that one option names, at least one.
pub(super) type KeyList = BTreeSet<String>;

/// Keys as a person lists them, with spaces and a comma at the end. None at all, as from a variable of a script that is not
/// set, would mean everything.
pub(super) fn key_list(text: &str) -> Result<KeyList, String> {
    let keys: KeyList = text.split(',').map(str::trim).filter(|key| !key.is_empty()).map(str::to_owned).collect();
    if keys.is_empty() { Err("it names no key".to_owned()) } else { Ok(keys) }
}

pub(super) fn keys(listed: &[KeyList]) -> BTreeSet<String> {
    listed.iter().flatten().cloned().collect()
}

/// The address of a resource, which is not empty.
pub(super) fn address(text: &str) -> Result<String, String> {
    if text.trim().is_empty() { Err("it names no resource".to_owned()) } else { Ok(text.to_owned()) }
}

impl Leaving {
    pub(super) fn leavers(&self) -> Leavers {
        Leavers { remove: keys(&self.remove), remove_absent: self.remove_absent, even_if_many: self.even_if_many }
    }
}

impl Selection {
    pub(super) fn keys(&self) -> BTreeSet<String> {
        keys(&self.only)
    }

    pub(super) fn addresses(&self) -> impl Iterator<Item = Address> + '_ {
        self.target.iter().map(|text| Address::parse(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_are_checked() {
        for (text, hint) in [("", "us-east-1"), ("x/y", "us-east-1"), ("us-east-1a", "write `us-east-1`")] {
            assert!(region(text).unwrap_err().contains(hint), "{text}");
        }
        assert_eq!(region("eu-central-1").as_deref(), Ok("eu-central-1"));
    }
}

//! `cloud101 explain`.

use std::process::ExitCode;

use clap::Args;

use crate::aws::{codes, meanings};
use crate::explain::Code;
use crate::suggest;
use crate::ui::Ui;
use crate::ui::explain::Explained;

use super::failure::Failure;

/// Explain an error code, with an example
///
/// Without a code, lists all codes.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// A cloud101 code, such as C101-0203 or 203, or an AWS error code, such as AccessDenied
    code: Option<String>,
}

pub(super) fn run(arguments: &Arguments, ui: &Ui) -> Result<ExitCode, Failure> {
    let explained = match arguments.code.as_deref() {
        None => Explained::All,
        Some(text) => find(text).ok_or_else(|| unknown(text))?,
    };
    ui.explain(explained);
    Ok(ExitCode::SUCCESS)
}

fn find(text: &str) -> Option<Explained> {
    let of_aws = codes::find(text.trim());
    // Of some only what they mean with certain words is known.
    let of_aws = of_aws.or_else(|| meanings::of(text.trim()).next().map(|meaning| &meaning.known));
    Code::parse(text).map(Explained::Code).or_else(|| of_aws.map(Explained::Aws))
}

fn unknown(text: &str) -> Failure {
    let close = || suggest::closest(text, codes::KNOWN.iter().map(|known| known.code));
    let hint = match (Code::area(text).as_slice(), close()) {
        // Of numbers none is nearer than another.
        ([first, .., last], _) => {
            format!("the codes in this area are {first} to {last}; `cloud101 explain` lists all codes")
        }
        (_, Some(close)) => format!("did you mean `cloud101 explain {close}`? `cloud101 explain` lists all codes"),
        _ => "`cloud101 explain` lists all codes".to_owned(),
    };
    Failure::usage(format!("there is no code `{text}`"), hint)
}

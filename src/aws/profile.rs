//! The profiles in a person's AWS configuration: which there are, and which one is meant.

use std::env;

use aws_config::profile::load;
use aws_types::os_shim_internal::{Env, Fs};

use crate::suggest;

use super::error::{Error, ErrorKind};

/// The profile that the command line or the environment names. `own`: `--profile`.
pub(super) fn chosen(own: Option<&str>) -> Option<String> {
    own.map(str::to_owned).or_else(|| env::var("AWS_PROFILE").ok()).filter(|profile| !profile.is_empty())
}

/// The names of the profiles, in order; none if the configuration can't be read.
pub(super) async fn names() -> Vec<String> {
    let all = load(&Fs::real(), &Env::real(), &Default::default(), None).await;
    let mut names: Vec<_> = all.map(|all| all.profiles().map(str::to_owned).collect()).unwrap_or_default();
    names.sort();
    names
}

/// `error`, which says that there are no credentials or that they have expired, with the profile that lacks them. The SDK
/// takes a profile that does not exist for one without credentials. `names`: those that there are.
pub(super) fn lacking(error: Error, chosen: Option<&str>, names: &[String]) -> Error {
    // Without credentials no call was made that could have failed.
    let operation = if error.kind == ErrorKind::NoCredentials { "" } else { error.operation };
    let error = Error { operation, ..error };
    let others: Vec<_> = names.iter().filter(|name| Some(name.as_str()) != chosen).collect();
    let (message, hint) = match (error.kind, chosen) {
        _ if error.hint.is_some() => return error,
        (ErrorKind::NoCredentials, Some(profile)) if names.iter().any(|name| name == profile) => (
            format!("the profile `{profile}` has none"),
            format!(
                "`aws configure --profile {profile}` and `aws login --profile {profile}` set them up{}",
                match others.as_slice() {
                    [] => String::new(),
                    others => format!("; other profiles, for --profile, are {}", suggest::list(others)),
                }
            ),
        ),
        (ErrorKind::NoCredentials, Some(profile)) => (
            format!("there is no profile `{profile}` in the AWS configuration"),
            match names {
                [] => format!("it has no profiles; `aws configure --profile {profile}` creates this one"),
                names => suggest::hint(profile, names.iter().map(String::as_str), "there are"),
            },
        ),
        (ErrorKind::NoCredentials, None) if !names.is_empty() => (
            error.message.clone(),
            format!("choose a profile with --profile: {}; or log in with `aws login`", suggest::list(names)),
        ),
        (ErrorKind::Expired, Some(profile)) => (
            error.message.clone(),
            format!(
                "log in again (`aws sso login --profile {profile}` or `aws login --profile {profile}`), then run the \
                 same command again"
            ),
        ),
        _ => return error,
    };
    Error { message, ..error }.with_hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reported(kind: ErrorKind, chosen: Option<&str>, names: &[&str]) -> (String, Option<String>) {
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        let error = lacking(Error { kind, ..Error::refused("none") }, chosen, &names);
        (error.message, error.hint)
    }

    #[test]
    fn the_profile_is_named_and_those_that_there_are() {
        let none = ErrorKind::NoCredentials;
        for (chosen, names, message, hint) in [
            (Some("leson"), vec!["default", "lesson"], "there is no profile `leson`", "did you mean `lesson`?"),
            (
                Some("school"),
                vec!["default", "lesson"],
                "there is no profile `school`",
                "there are: `default`, `lesson`",
            ),
            (
                Some("school"),
                vec![],
                "there is no profile `school`",
                "`aws configure --profile school` creates this one",
            ),
            (Some("lesson"), vec!["lesson"], "the profile `lesson` has none", "`aws configure --profile lesson`"),
            (Some("lesson"), vec!["exam", "lesson"], "the profile `lesson` has none", "for --profile, are `exam`"),
            (None, vec!["exam", "lesson"], "none", "choose a profile with --profile: `exam`, `lesson`"),
        ] {
            let (said, help) = reported(none, chosen, &names);
            let help = help.unwrap_or_default();
            assert!(said.starts_with(message) && help.contains(hint), "{said}: {help}");
        }
        assert_eq!(reported(none, None, &[]), ("none".to_owned(), None));
        let (_, help) = reported(ErrorKind::Expired, Some("lesson"), &["lesson"]);
        assert!(help.is_some_and(|help| help.contains("`aws sso login --profile lesson`")));
        assert_eq!(reported(ErrorKind::Denied, Some("lesson"), &[]).1, None);
    }
}

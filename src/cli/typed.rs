//! What a person types next.

use std::collections::BTreeMap;

use crate::aws::command::quoted;
use crate::plan::options;
use crate::stack::Var;

use super::arguments::{Global, PARALLELISM, StackArgument};

/// The name by which the person called this program, for commands to type next.
pub(super) fn program() -> String {
    std::env::args().next().unwrap_or_else(|| "cloud101".to_owned())
}

/// The command line of another command for the same stack, to be typed next. `vars` are the stack's variables: only
/// the values of those that are known not to be secret are in it.
pub(super) fn command_line(
    global: &Global,
    command: &str,
    stack: &StackArgument,
    vars: &BTreeMap<String, Var>,
) -> String {
    let mut words = vec![quoted(&program())];
    if global.sandbox {
        words.push("--sandbox".to_owned());
    }
    let options =
        [("--endpoint-url", &global.endpoint_url), ("--region", &global.region), ("--profile", &global.profile)];
    for (option, value) in options {
        words.extend(value.iter().map(|value| format!("{option} {}", quoted(value))));
    }
    for (option, paths) in [("--allow-outside", &global.allow_outside), ("--allow-file", &global.allow_file)] {
        words.extend(paths.iter().map(|path| format!("{option} {}", quoted(&path.display().to_string()))));
    }
    words.extend(global.var.iter().map(|(name, value)| match vars.get(name) {
        Some(var) if !var.secret => format!("--var {}", quoted(&format!("{name}={value}"))),
        _ => format!("--var {name}=…"),
    }));
    if global.parallelism != PARALLELISM {
        words.push(format!("--parallelism {}", global.parallelism));
    }
    if global.strict {
        words.push("--strict".to_owned());
    }
    words.push(command.to_owned());
    words.extend(stack.stack.iter().map(|path| quoted(&path.display().to_string())));
    words.join(" ")
}

/// The same options on a command line, each after a space.
pub(super) fn options_of(options: &options::Options) -> String {
    let mut words = String::new();
    for (option, addresses) in
        [("--target", &options.targets), ("--replace", &options.replace), ("--renew", &options.renew)]
    {
        words.extend(addresses.iter().map(|address| format!(" {option} {}", quoted(&address.to_string()))));
    }
    let leavers = &options.leavers;
    for (option, keys) in [("--only", &options.only), ("--remove", &leavers.remove)] {
        if !keys.is_empty() {
            let keys: Vec<_> = keys.iter().map(String::as_str).collect();
            words.extend([format!(" {option} "), quoted(&keys.join(","))]);
        }
    }
    let switches = [
        (leavers.remove_absent, " --remove-absent"),
        (leavers.even_if_many, " --even-if-many"),
        (options.empty_buckets, " --empty-buckets"),
    ];
    words.extend(switches.iter().filter(|(is_set, _)| *is_set).map(|(_, switch)| *switch));
    words
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::Cli;

    #[test]
    fn a_command_line_to_type_next_shows_no_secret() {
        let words = ["cloud101", "--var", "sender=ana@example.edu", "--var", "token=xyzzy", "--var", "why=a b", "plan"];
        let global = Cli::try_parse_from(words).expect("a command line").global;
        let var = |secret| Var { value: String::new(), secret, default: None };
        let vars =
            [("sender", false), ("token", true), ("why", false)].map(|(name, secret)| (name.into(), var(secret)));
        let line = |vars: BTreeMap<_, _>| command_line(&global, "apply", &StackArgument { stack: None }, &vars);
        let shown = line(vars.into());
        assert!(shown.ends_with(" --var sender=ana@example.edu --var token=… --var 'why=a b' apply"), "{shown}");
        let unknown = line(BTreeMap::new());
        assert!(unknown.ends_with(" --var sender=… --var token=… --var why=… apply"), "{unknown}");
    }
}

//! The outputs of a stack, by themselves.

use std::collections::BTreeMap;

use crate::aws::command::in_quotes;
use crate::plan::Output;
use crate::plan::value::UNKNOWN;

use super::paint::Paint;
use super::terminal::clean;

/// A line each: `name = value`.
pub fn lines(outputs: &[Output], paint: Paint) -> String {
    let width = outputs.iter().map(|output| output.name.chars().count()).max().unwrap_or_default();
    let line = |output: &Output| {
        let value = output.shown().map_or_else(|| paint.dim(UNKNOWN), |value| clean(&value));
        format!("{:width$} = {value}\n", clean(&output.name))
    };
    outputs.iter().map(line).collect()
}

/// What the shell variables of outputs begin with. A shell, the loader and AWS's tools obey variables of many names, and
/// no list of them is ever complete: none begins so, nor does any of cloud101's own.
const PREFIX: &str = "C101_";

/// Lines for a POSIX shell to `eval`, of those that are known and no secrets.
pub fn exports(outputs: &[Output]) -> String {
    let line = |output: &Output| Some(format!("export {}={}\n", variable(&output.name), in_quotes(open(output)?)));
    outputs.iter().filter_map(line).collect()
}

fn open(output: &Output) -> Option<&str> {
    output.value.as_str()
}

/// The variable that stands for an output: its name in capitals, digits and underscores, behind the prefix.
pub fn variable(name: &str) -> String {
    let letter = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    PREFIX.chars().chain(name.chars().map(letter)).collect()
}

/// The first two of `names` that would be one variable.
pub fn clash<'a>(names: impl IntoIterator<Item = &'a str>) -> Option<(&'a str, &'a str)> {
    let mut seen = BTreeMap::new();
    names.into_iter().find_map(|name| seen.insert(variable(name), name).map(|other| (other, name)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::value::PlanValue;

    fn output(name: &str, value: impl Into<PlanValue>) -> Output {
        Output { name: name.into(), value: value.into() }
    }

    #[test]
    fn a_shell_reads_each_value_as_it_is() {
        let outputs = [
            output("public_ip", "192.0.2.7"),
            output("2nd-name", "it's; $(rm) `x`"),
            output("token", PlanValue::sensitive("hunter2".into())),
            output("later", PlanValue::Unknown),
        ];
        assert_eq!(
            exports(&outputs),
            "export C101_PUBLIC_IP='192.0.2.7'\nexport C101_2ND_NAME='it'\\''s; $(rm) `x`'\n"
        );
    }

    #[test]
    fn no_output_becomes_a_variable_of_another_name() {
        for name in ["path", "LD_PRELOAD", "", "=x", "a b; c", "\u{fc}", "\n", "\u{1}"] {
            let variable = variable(name);
            let rest = variable.strip_prefix(PREFIX).expect("the prefix");
            assert!(rest.bytes().all(|b| b == b'_' || b.is_ascii_digit() || b.is_ascii_uppercase()), "{variable}");
        }
        assert_eq!(clash(["a-b", "ab", "A_B", "a.b"]), Some(("a-b", "A_B")));
        assert_eq!(clash(["a", "b"]), None);
    }

    #[test]
    fn lines_are_aligned_and_do_nothing_to_a_terminal() {
        let outputs = [output("ip", "a\u{1b}[2Jb"), output("public_ip", PlanValue::Unknown)];
        insta::assert_snapshot!(lines(&outputs, Paint::PLAIN), @"
        ip        = a�[2Jb
        public_ip = (known after apply)
        ");
    }
}

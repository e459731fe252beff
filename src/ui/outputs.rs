//! The outputs of a stack, by themselves.

use crate::aws::command::in_quotes;
use crate::plan::Output;
use crate::plan::shown::UNKNOWN;

use super::paint::Paint;
use super::terminal::clean;

/// A line each: `name = value`.
pub fn lines(outputs: &[Output], paint: Paint) -> String {
    let width = outputs.iter().map(|output| output.name.chars().count()).max().unwrap_or_default();
    let line = |output: &Output| {
        let value = output.value.as_deref().map_or_else(|| paint.dim(UNKNOWN), clean);
        format!("{:width$} = {value}\n", clean(&output.name))
    };
    outputs.iter().map(line).collect()
}

/// Lines for a POSIX shell to `eval`, of those that are known and no secrets.
pub fn exports(outputs: &[Output]) -> String {
    let line = |output: &Output| Some(format!("export {}={}\n", variable(&output.name), in_quotes(open(output)?)));
    outputs.iter().filter_map(line).collect()
}

fn open(output: &Output) -> Option<&str> {
    output.value.as_deref().filter(|_| !output.sensitive)
}

/// An output's name as that of a variable: capitals, digits and underscores.
fn variable(name: &str) -> String {
    let letters = name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' });
    let name: String = letters.collect();
    if name.starts_with(|c: char| c.is_ascii_digit()) { format!("_{name}") } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(name: &str, value: Option<&str>, sensitive: bool) -> Output {
        Output { name: name.into(), value: value.map(str::to_owned), sensitive }
    }

    #[test]
    fn a_shell_reads_each_value_as_it_is() {
        let outputs = [
            output("public_ip", Some("192.0.2.7"), false),
            output("2nd-name", Some("it's; $(rm) `x`"), false),
            output("token", Some("(sensitive)"), true),
            output("later", None, false),
        ];
        assert_eq!(exports(&outputs), "export PUBLIC_IP='192.0.2.7'\nexport _2ND_NAME='it'\\''s; $(rm) `x`'\n");
    }

    #[test]
    fn lines_are_aligned_and_do_nothing_to_a_terminal() {
        let outputs = [output("ip", Some("a\u{1b}[2Jb"), false), output("public_ip", None, false)];
        insta::assert_snapshot!(lines(&outputs, Paint::PLAIN), @"
        ip        = a�[2Jb
        public_ip = (known after apply)
        ");
    }
}

//! What `doctor` found.

use crate::doctor::{Check, Verdict};

use super::paint::Paint;
use super::terminal::clean;

/// A line for each check, with what to do below it, and a summary line.
pub fn examination(checks: &[Check], paint: Paint) -> String {
    let width = checks.iter().map(|check| check.check.chars().count()).max().unwrap_or_default();
    let mut text = String::new();
    for check in checks {
        let symbol = match check.verdict {
            Verdict::Right => paint.green("✓"),
            Verdict::Wrong => paint.red("✗"),
            Verdict::Unknown => paint.yellow("?"),
        };
        let found = clean(&check.found).trim_end().replace('\n', &below(width));
        text.push_str(&format!("{symbol} {}  {found}\n", paint.bold(&format!("{:width$}", check.check))));
        if let Some(remedy) = &check.remedy {
            let remedy = clean(remedy).trim_end().replace('\n', &below(width));
            text.push_str(&format!("{:1$}{2} {remedy}\n", "", width + 4, paint.help("→")));
        }
    }
    text + "\n" + &last_line(checks) + "\n"
}

/// The beginning of a further line, below the first.
fn below(width: usize) -> String {
    format!("\n{:1$}", "", width + 4)
}

fn last_line(checks: &[Check]) -> String {
    let count = |verdict| checks.iter().filter(|check| check.verdict == verdict).count();
    let unknown = match count(Verdict::Unknown) {
        0 => String::new(),
        1 => ", 1 check could not be done or is not needed".to_owned(),
        n => format!(", {n} checks could not be done or are not needed"),
    };
    match count(Verdict::Wrong) {
        0 => format!("No problems found{unknown}."),
        1 => format!("1 problem found{unknown}."),
        n => format!("{n} problems found{unknown}."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::json::DoctorDocument;

    #[test]
    fn each_check_is_a_line_with_its_remedy_below() {
        let checks = [
            Check::right("region", "us-east-1"),
            Check::wrong("credentials", "there are none\nanywhere", "`aws configure`"),
            Check::unknown("clock", "not checked"),
        ];
        insta::assert_snapshot!(examination(&checks, Paint::PLAIN), @"
        ✓ region       us-east-1
        ✗ credentials  there are none
                       anywhere
                       → `aws configure`
        ? clock        not checked

        1 problem found, 1 check could not be done or is not needed.
        ");
        assert!(!DoctorDocument::of(&checks).sound);
        assert!(DoctorDocument::of(&checks[..1]).sound);
    }
}

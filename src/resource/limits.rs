//! What is outside of a limit of AWS's: a number out of range, too many of something.

use crate::explain::Code;

use super::Diagnostic;

/// What is wrong with `value`, in `unit`, if AWS takes `low` to `high`.
pub fn range(property: &str, value: i32, low: i32, high: i32, unit: &str) -> Option<Diagnostic> {
    (!(low..=high).contains(&value)).then(|| {
        Diagnostic::new(
            Code::OutOfRange,
            property,
            format!("{value} is out of range: AWS allows {low} to {high} {unit}"),
        )
        .help(format!("write a number from {low} to {high}"))
    })
}

/// What is wrong with `count` elements at `path`, if AWS takes `most`.
pub fn too_many(path: &str, count: usize, most: usize) -> Option<Diagnostic> {
    (count > most).then(|| {
        let message = format!("there are {count} here, and AWS accepts at most {most}");
        Diagnostic::new(Code::TooLong, path, message).help(format!("remove {} of them", count - most))
    })
}

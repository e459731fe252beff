//! What a destroy left behind, as far as a look at every service shows.

use schemars::JsonSchema;
use serde::Serialize;

use super::paint::Paint;
use super::terminal::clean;

/// Something that still carries the stack's mark.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Leftover {
    /// Its place in the stack.
    pub address: String,
    /// Its kind.
    #[serde(rename = "type")]
    pub kind: String,
    /// The name that people see.
    pub name: String,
    /// AWS's id.
    pub id: String,
    /// Why it was to be kept, for example `on_destroy: retain`; absent: it should be gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept: Option<String>,
}

/// The report. What was to be kept does not count as left. `emptying` is the command that also deletes what is in the
/// buckets, if that is why something is left.
pub fn leftovers(stack: &str, all: &[Leftover], emptying: Option<&str>, paint: Paint) -> String {
    let (kept, left): (Vec<_>, Vec<_>) = all.iter().partition(|one| one.kept.is_some());
    let mut text = String::new();
    if !kept.is_empty() {
        text.push_str(&format!("{} kept, as the stack says:\n", kept.len()));
        text.extend(kept.iter().map(|one| line(one, paint)));
    }
    match (left.len(), kept.is_empty()) {
        (0, true) => text.push_str(&format!(
            "{}: nothing in this account carries the mark of stack {stack} any more.\n",
            paint.green("0 left")
        )),
        (0, false) => text.push_str(&format!(
            "{}: nothing else in this account carries the mark of stack {stack} any more.\n",
            paint.green("0 left")
        )),
        (count, _) => {
            let mark = if count == 1 { "carries" } else { "carry" };
            text.push_str(&format!(
                "{} in this account, and still {mark} the mark of stack {stack}:\n",
                paint.red(&format!("{count} left"))
            ));
            text.extend(left.iter().map(|one| line(one, paint)));
            let next = emptying.map_or("run the same command again".to_owned(), |command| {
                format!("if what is in the buckets may go: `{command}`")
            });
            text.push_str(&super::trouble::help(&format!("{next}; what is left may cost money"), paint));
        }
    }
    text
}

fn line(one: &Leftover, paint: Paint) -> String {
    let Leftover { address, kind, name, id, kept } = one;
    let id = if id == name { String::new() } else { format!("  {}", paint.dim(&clean(id))) };
    let kept = kept.as_ref().map(|why| format!("  {}", paint.dim(&format!("# {}", clean(why))))).unwrap_or_default();
    format!("  {}  {}  {}{id}{kept}\n", paint.bold(&clean(address)), paint.dim(kind), clean(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(kept: Option<&str>) -> Leftover {
        let text = str::to_owned;
        Leftover {
            address: text("bucket"),
            kind: text("s3.bucket"),
            name: text("cloud101awsbucket"),
            id: text("cloud101awsbucket"),
            kept: kept.map(text),
        }
    }

    #[test]
    fn nothing_left_is_said_and_something_left_is_listed() {
        insta::assert_snapshot!(leftovers("cloud101", &[], None, Paint::PLAIN), @r#"0 left: nothing in this account carries the mark of stack cloud101 any more."#);
        insta::assert_snapshot!(leftovers("cloud101", &[one(Some("on_destroy: retain"))], None, Paint::PLAIN), @r#"
        1 kept, as the stack says:
          bucket  s3.bucket  cloud101awsbucket  # on_destroy: retain
        0 left: nothing else in this account carries the mark of stack cloud101 any more.
        "#);
        insta::assert_snapshot!(leftovers("cloud101", &[one(None)], None, Paint::PLAIN), @r#"
        1 left in this account, and still carries the mark of stack cloud101:
          bucket  s3.bucket  cloud101awsbucket
          help: run the same command again; what is left may cost money
        "#);
        let emptying = leftovers("cloud101", &[one(None)], Some("cloud101 destroy --empty-buckets"), Paint::PLAIN);
        let help = "  help: if what is in the buckets may go: `cloud101 destroy --empty-buckets`; what is left may cost money\n";
        assert!(emptying.ends_with(help), "{emptying}");
    }
}

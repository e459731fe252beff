//! The one layout of a stack file. Comments stay, and so does the meaning.

use pretty_yaml::config::{FormatOptions, LanguageOptions, LayoutOptions};

use crate::stack::data::Data;
use crate::stack::diagnostics::Diagnostics;
use crate::stack::source;

/// As wide as the code of this project.
const WIDTH: usize = 120;

/// Why a stack file is left as it is.
#[derive(Debug)]
pub enum Unformatted {
    /// It is not YAML.
    Wrong(Diagnostics),
    /// The layout would change what it says.
    Changed,
}

/// `text`, the contents of `file`, in the one layout: indented by two spaces, without spaces at the ends of lines, with
/// one empty line between resources.
pub fn format(text: &str, file: &str) -> Result<String, Unformatted> {
    let wrong = |diagnostics| Unformatted::Wrong(Diagnostics::new(file, text, diagnostics));
    let mut diagnostics = Vec::new();
    source::parse(text, &mut diagnostics).map_err(wrong)?;
    if !diagnostics.is_empty() {
        return Err(wrong(diagnostics));
    }
    let options = FormatOptions {
        layout: LayoutOptions { print_width: WIDTH, ..LayoutOptions::default() },
        language: LanguageOptions::default(),
    };
    let laid_out = pretty_yaml::format_text(text, &options).ok().map(|text| apart(&text));
    laid_out.filter(|laid_out| same_data(text, laid_out)).ok_or(Unformatted::Changed)
}

fn same_data(before: &str, after: &str) -> bool {
    let data = |text: &str| serde_yaml::from_str::<Data>(text).ok();
    data(before).is_some_and(|before| data(after) == Some(before))
}

/// With one empty line before each resource but the first; comments right above it belong to it.
fn apart(text: &str) -> String {
    let starts: Vec<usize> = match source::parse(text, &mut Vec::new()) {
        Ok(root) => {
            let resources = root.get("resources").filter(|entry| entry.value.block);
            let entries = resources.map(|entry| entry.value.entries()).unwrap_or_default();
            entries.iter().skip(1).map(|entry| line_of(text, entry.key_place.start)).collect()
        }
        Err(_) => Vec::new(),
    };
    let lines: Vec<&str> = text.lines().collect();
    let mut empty_before = vec![false; lines.len()];
    for start in starts {
        let indent = indent_of(lines[start]);
        let is_about = |line: &str| line.trim_start().starts_with('#') && indent_of(line) == indent;
        let mut first = start;
        while first > 0 && is_about(lines[first - 1]) {
            first -= 1;
        }
        empty_before[first] = first > 0 && !lines[first - 1].is_empty();
    }
    let spaced =
        lines.iter().zip(empty_before).map(|(line, empty)| format!("{}{line}\n", if empty { "\n" } else { "" }));
    spaced.collect()
}

fn line_of(text: &str, byte: usize) -> usize {
    text[..byte].matches('\n').count()
}

fn indent_of(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use std::path::Path;

    use super::*;

    fn laid_out(text: &str) -> String {
        format(text, "cloud101.yaml").unwrap_or_else(|unformatted| {
            panic!(
                "{unformatted:?}
{text}"
            )
        })
    }

    #[test]
    fn a_stack_is_laid_out() {
        let text = "\
stack:   class   # ours
vars: {a: b,  c: {secret: true}}


resources:
    # The files.
    bucket:
        type: s3.bucket\u{20}\u{20}
        name: 'x'
        # not yet:
        # versioning: true
    # What is published.
    topic:
      type: sns.topic
      subscriptions:
      - protocol: email
        endpoint: a@example.edu
    object:
      type: s3.object
      content: |
          one
            two

          three
outputs: {}
";
        insta::assert_snapshot!(laid_out(text), @r#"
        stack: class # ours
        vars: { a: b, c: { secret: true } }

        resources:
          # The files.
          bucket:
            type: s3.bucket
            name: "x"
            # not yet:
            # versioning: true

          # What is published.
          topic:
            type: sns.topic
            subscriptions:
              - protocol: email
                endpoint: a@example.edu

          object:
            type: s3.object
            content: |
              one
                two

              three
        outputs: {}
        "#);
    }

    #[test]
    fn what_is_not_yaml_is_refused_with_its_place() {
        let unformatted = format("stack: class\nresources: [\n", "cloud101.yaml").unwrap_err();
        assert!(matches!(unformatted, Unformatted::Wrong(diagnostics) if diagnostics.file == "cloud101.yaml"));
    }

    #[test]
    fn what_would_say_something_else_is_left_as_it_is() {
        let unformatted = format("stack: class\na:\n  text: |+\n    one\n\n\n  b: 1\n", "cloud101.yaml").unwrap_err();
        assert!(matches!(unformatted, Unformatted::Changed));
    }

    #[test]
    fn the_stacks_here_keep_their_meaning_and_are_laid_out_once() {
        let mut stacks = 0;
        for folder in ["stacks", "stacks/examples", "src/cli/init"] {
            for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder)).unwrap() {
                let path = entry.unwrap().path();
                if path.extension().is_some_and(|ending| ending == "yaml") {
                    let text = std::fs::read_to_string(&path).unwrap();
                    let once = laid_out(&text);
                    assert_eq!(laid_out(&once), once, "{}", path.display());
                    let comments = |text: &str| text.matches('#').count();
                    assert_eq!(comments(&once), comments(&text), "{}", path.display());
                    stacks += 1;
                }
            }
        }
        assert!(stacks > 15, "only {stacks} stacks found");
    }

    /// A resource with its layout left to chance.
    fn resource() -> impl Strategy<Value = String> {
        let line = prop_oneof![
            Just("KEY:   some  name"),
            Just("# a remark"),
            Just("KEY: {a:   'b',c: \"d\"}"),
            Just("KEY:\n    - 1\n    -   two # why\n    - {x: [y,  z]}"),
            Just("KEY:\n    - a: b\n      c:   d"),
            Just("KEY: |\n        one\n\n          two\n    "),
            Just("KEY: |-\n     # no remark\n     x:   y"),
            Just("KEY: >\n      folded\n      text\n\n"),
            Just("KEY: 'it''s'"),
            Just("KEY: \"a\\tb \\\"c\\\" 'd'\""),
            Just("KEY: one\n      two"),
            Just("\n\n"),
            Just("KEY:    017"),
        ];
        proptest::collection::vec(line, 1..5).prop_map(|lines| {
            let line = |(n, line): (usize, &&str)| format!("    {}\n", line.replace("KEY", &format!("key_{n}")));
            let text: String = lines.iter().enumerate().map(line).collect();
            format!("{text}    type: sns.topic\n")
        })
    }

    proptest! {
        #[test]
        fn whatever_the_layout_the_meaning_stays(resources in proptest::collection::vec(resource(), 1..5)) {
            let mut text = "stack: class\nresources:\n".to_owned();
            for (n, resource) in resources.iter().enumerate() {
                text.push_str(&format!("  r{n}:\n{resource}"));
            }
            // What can't be read is refused; the samples can.
            let once = laid_out(&text);
            prop_assert!(same_data(&text, &once));
            prop_assert_eq!(laid_out(&once), once.clone());
            let remarks = |text: &str| text.matches("# a remark").count() + text.matches("# why").count();
            prop_assert_eq!(remarks(&once), remarks(&text));
        }
    }
}

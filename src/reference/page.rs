//! The reference page of stack files.

use std::fmt::Write;

use serde_json::Value;

use crate::resource::Registry;
use crate::resource::kind::Kind;
use crate::resource::schema::{Property, Schema};
use crate::stack::shape;
use crate::suggest;

use super::words;

/// The longest example that fits into a table, in characters; longer ones follow below it.
const EXAMPLE_WIDTH: usize = 48;

/// The page, in Markdown. `example` gives the text of a kind's example stack, which lies in `stacks/examples/`.
pub fn markdown(registry: &Registry, example: impl Fn(&str) -> Option<String>) -> String {
    let mut page = INTRODUCTION.to_owned();
    page.push_str("\n## The stack file\n\n| Key | Type | Description |\n|---|---|---|\n");
    page.push_str(&keys(&shape::file()));
    page.push_str(REFERENCES);
    page.push_str(ROSTERS);
    page.push_str(MOVED);
    page.push_str(HANDOUT);
    page.push_str("\n| Key | Type | Description |\n|---|---|---|\n");
    page.push_str(&keys(&shape::file()["properties"]["handout"]));
    page.push_str(COMMON);
    page.push_str("\n| Key | Type | Description |\n|---|---|---|\n");
    page.push_str(&keys(&serde_json::json!({ "properties": shape::common(), "required": ["type"] })));
    let unnamed: Vec<_> = registry.all().filter(|kind| !kind.has_name()).map(|kind| kind.name()).collect();
    page.push_str(&format!(
        "\nThese types have no `name`, because other properties name them: {}.\n",
        suggest::list(&unnamed)
    ));
    let untagged: Vec<_> = registry.all().filter(|kind| !kind.takes_tags()).map(|kind| kind.name()).collect();
    page.push_str(&format!(
        "These have no `tags`, not even those of the stack, because AWS does not support tags on them: {}.\n",
        suggest::list(&untagged)
    ));
    page.push_str(LEGEND);
    for kind in registry.all() {
        page.push('\n');
        page.push_str(&section(&**kind, example(kind.name()).as_deref()));
    }
    page
}

fn keys(schema: &Value) -> String {
    let required: Vec<&str> =
        schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let schema = Schema::from(schema.clone());
    let mut rows = String::new();
    for (name, property) in schema.root().properties() {
        let must = if required.contains(&name) { " Required." } else { "" };
        let said = cell(property.description().unwrap_or_default());
        rows.push_str(&format!("| `{name}` | {} | {said}{must} |\n", words::type_of(property)));
    }
    rows
}

fn section(kind: &dyn Kind, example: Option<&str>) -> String {
    let mut text = format!("## {}\n\n{}\n", kind.name(), kind.doc());
    if let Some(excerpt) = example.and_then(|example| excerpt(example, kind.name())) {
        let path = format!("stacks/examples/{}.yaml", kind.name());
        text.push_str(&format!("\n```yaml\nresources:\n{excerpt}\n```\n\nFrom [{path}](../../{path}).\n"));
    }
    text.push_str("\n| Property | Type | Default | Change | Description | Example |\n|---|---|---|---|---|---|\n");
    let mut long = Vec::new();
    rows(kind.schema().root(), "", true, &mut text, &mut long);
    for (path, example) in long {
        text.push_str(&format!("\nExample of `{path}`:\n\n```yaml\n{}```\n", yaml(&path, &example)));
    }
    text.push_str("\n| Attribute | Description |\n|---|---|\n");
    for attribute in kind.known_attributes() {
        text.push_str(&format!("| `{}` | {} |\n", attribute.name, cell(&attribute.doc)));
    }
    text
}

/// A row for each property, those inside a property after it.
fn rows(parent: Property<'_>, prefix: &str, in_place: bool, text: &mut String, long: &mut Vec<(String, Value)>) {
    let required: Vec<&str> = parent
        .annotation("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    for (name, property) in parent.properties() {
        if property.has("readOnly") {
            continue;
        }
        let path = format!("{prefix}{name}");
        let default = match property.annotation("x-default") {
            _ if required.contains(&name) => "required".to_owned(),
            Some(default) => words::default(default),
            None => "—".to_owned(),
        };
        let change = match (property.is_struct(), in_place, property.has("x-replace")) {
            (true, _, _) | (_, false, _) => "",
            (_, _, true) => "replaces",
            _ => "in place",
        };
        let said: Vec<_> =
            std::iter::once(cell(property.description().unwrap_or_default())).chain(words::marks(property)).collect();
        let first = property.annotation("examples").and_then(Value::as_array).and_then(|examples| examples.first());
        let shown = first.map(words::code).filter(|shown| shown.chars().count() <= EXAMPLE_WIDTH);
        if let (Some(first), None) = (first, &shown) {
            long.push((path.clone(), first.clone()));
        }
        let shown = cell(&shown.unwrap_or_else(|| if first.is_some() { "below".into() } else { String::new() }));
        let kind = words::type_of(property);
        // Writing to a String can't fail.
        let _ = writeln!(text, "| `{path}` | {kind} | {} | {change} | {} | {shown} |", cell(&default), said.join(" "));
        if let Some(items) = property.items() {
            rows(items, &format!("{path}[]."), false, text, long);
        } else {
            rows(property, &format!("{path}."), in_place && property.is_struct(), text, long);
        }
    }
}

/// The lines of the resource in an example stack that is of this kind and named after it.
fn excerpt(example: &str, kind: &str) -> Option<String> {
    let word = kind.rsplit('.').next()?;
    let start = format!("  {word}:");
    let mut lines = example.lines().skip_while(|line| *line != start);
    let first = lines.next()?;
    let inside = lines.take_while(|line| line.is_empty() || line.starts_with("   "));
    let lines: Vec<_> = std::iter::once(first).chain(inside).collect();
    Some(lines.join("\n").trim_end().to_owned())
}

/// An example as it stands in a resource.
fn yaml(path: &str, value: &Value) -> String {
    let nested = path.rsplit('.').fold(value.clone(), |inner, name| serde_json::json!({ name: inner }));
    let text = serde_yaml::to_string(&nested).unwrap_or_default();
    // Without quotes, other readers of YAML take a policy's version for a date.
    text.replace("Version: 2012-10-17", "Version: \"2012-10-17\"")
}

/// A text that may hold line ends and bars, as one cell of a table.
fn cell(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

const INTRODUCTION: &str = "\
<!-- Generated from the code by tests/reference.rs. To update it: UPDATE_DOCS=1 cargo test --test reference -->

# Stack files: the reference

For an introduction, see the [tutorial](../tutorial.md). An editor with YAML support completes and checks stack files
whose first line names the schema, by path or address:

```yaml
# yaml-language-server: $schema=../docs/reference/stack.schema.json
```
";

const REFERENCES: &str = "
### References

Any string in a stack, except keys, `stack`, `region`, `account` and `profile`, may contain references. They are replaced before
anything else reads the string.

| Reference | Description |
|---|---|
| `${name.attribute}` | An attribute of another resource, which is then created first. Each type below lists its attributes. In a copy, of the copy with the same key. |
| `${name['key'].attribute}`, `${name[*].attribute}` | The same of one copy, or of all. |
| `${each.key}`, `${each.column}` | In a resource with `for_each`, and in `handout`: what the roster says of its member. |
| `${var.name}` | A variable from `vars:`; `--var name=value` overrides its default. A list has commas between its keys. |
| `${aws.account_id}`, `${aws.region}`, `${aws.partition}` | The account, the region, and `aws` (elsewhere `aws-cn`, …). |
| `${stack.name}` | The stack's name. |
| `$${` | A literal `${`, as in IAM's policy variables. |

In `rosters`, only the path of a file can contain references, and only to variables and `stack.name`.

A reference yields a string, so it works in string properties only. Inside `[ ]` and `{ }` it needs quotes. Names and
the stack's tags can refer to variables, `aws` and `stack`, but the stack's tags can't refer to resources.

Secrets: the value of a variable with `secret: true` is replaced by `(sensitive)` in all output, and no hash of it is
stored in the tags in which cloud101 records what it set. It is hidden wherever it occurs, even inside other words: a
secret such as `role` makes the output hard to read. It has at least four characters, and can't be part of a name,
because names are visible to others and are shown even when the file no longer says which part was secret. Values that
AWS computes from it, such as an object's `etag`, are secret too, and so is everything that refers to them.
";

const ROSTERS: &str = "
### Rosters

A roster is a list of members, such as a class, with a key for each and columns for what else is known of them:

```yaml
rosters:
  students: roster.csv            # a CSV file with a header, relative to the stack file
  staff: [ana, bo]                # keys
  groups:                         # keys, each with its columns; every member has all columns
    ana: { team: red }
    bo: { team: blue }
  seats: 25                       # the keys 01 to 25
```

A key has lowercase letters, digits and hyphens, begins with a letter or digit, and has at most 32 characters. A column's
name has letters of any script, digits, hyphens, underscores and spaces. Values are strings, as they are written: `007`
keeps its zeros, and a formula (`=1+1`) is not evaluated.

A CSV file is read as spreadsheet programs write it: UTF-8, or UTF-16 with a byte order mark (Excel's \"Unicode text\");
separated by commas, semicolons or tabs; quoted or not. The column `id` has the keys, or the first column if no
column is called that. Spaces around a value are not part of it, unless it is quoted. Empty rows, and empty columns at
the end, are ignored. A file has at most 10 MiB, 10,000 members and 100 columns, and stays on this computer: of it, AWS gets
only what resources refer to.
";

const MOVED: &str = "
### Moved

An address under which something was made before, and the one that it has now:

```yaml
moved:
  instance: machine                          # a resource that is renamed in the file
  home[\"ana\"]: home[\"anna\"]              # a copy
  students[\"ana\"]: students[\"anna\"]      # all copies for a member of a roster
```

It keeps what it is and its name in AWS, also one with `${each.key}`; only its tags change. The line stays in the file: without
it, a plan refuses and names it.
";

const HANDOUT: &str = "
### Hand-out

What `cloud101 handout` writes for each member of a roster: a card to print, a line of a table, or a text file.

```yaml
handout:
  for_each: students              # a roster
  title: \"Cloud class, ${each.key}\"
  link: https://${aws.region}.console.aws.amazon.com/s3/buckets/${home.name}
  lines:
    Your machine: ssh ec2-user@${machine.public_ip}
    Your bucket: ${home.name}
```

References work as in a copy: `${home.name}` is that of the member's own copy, if `home` is for the same roster. Labels
can't contain references. A secret variable, or what AWS computes from one, can't be on a card. Who lacks something that
their card names, because it is not applied yet or has no value, gets no card and is named.

- Files are readable by their owner alone (mode 0600), and nothing is ever overwritten.
- `html` is one file that loads nothing. The link becomes a QR code, if it is not too long for one (about 2,900 bytes).
- `csv` has the columns `key`, `title`, each label and, if there is one, `link`; in UTF-8 with a byte order mark, separated
  by commas, every field in quotes. A field that a spreadsheet would evaluate as a formula, because it begins with `=`,
  `+`, `-` or `@`, gets an apostrophe before it, as OWASP recommends: programs other than spreadsheets see it.
- `files` has a file `KEY.txt` for each.
";

const COMMON: &str = "
## Keys of every resource
";

const LEGEND: &str = "
## How to read the tables

- **Property**: `a.b` is `b` below `a:`. `a[].b` is `b` in each element of the list `a`.
- **Type**: a *group* is a mapping: its keys are listed in the rows that follow; a *policy document* is in IAM's
  policy language, as YAML or JSON.
- **Default**: the value that AWS uses if the file does not set one. A property that is left out is set by AWS at
  creation and then ignored; one that was in the file and is removed returns to the default. `—`: there is no default,
  or it depends; when removed, a property that can be absent becomes absent.
- **Change**: whether AWS changes it *in place*, or cloud101 *replaces* the resource: creates a new one, deletes the old
  one. Only a different value replaces: a property that *replaces* keeps its value when it is removed from the file, and
  plans say so, until the resource is replaced for another reason or with `--replace`; the new one has the default.
- Units are in the names: `_seconds`, `_days`, `_mib` (1024 × 1024 bytes), `_gib`.
";

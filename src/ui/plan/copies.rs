//! Copies to which the same happens, as one block of text.
//!
//! Each copy's block is compared with its key taken out: what is then the same is shown once, with `${each.key}` in the
//! key's place, as the file has it.

use crate::resource::Address;
use crate::ui::paint::Paint;

/// How many keys are named.
const NAMED: usize = 6;
/// How many ways to differ have a block each.
const WAYS: usize = 3;
const KEY: &str = "${each.key}";
/// Behind a line that is another one for each copy.
const DIFFERS: &str = "# differs (--full)";

/// The blocks of a plan, those of copies of one resource that read alike as one. Each comes with its address.
pub fn together(blocks: Vec<(String, String)>, paint: Paint) -> Vec<String> {
    let mut all: Vec<(Option<String>, Vec<(String, String)>)> = Vec::new();
    for (address, block) in blocks {
        let address = Address::parse(&address);
        match address.key {
            None => all.push((None, vec![(String::new(), block)])),
            Some(key) => match all.iter_mut().find(|(name, _)| name.as_ref() == Some(&address.name)) {
                Some((_, copies)) => copies.push((key, block)),
                None => all.push((Some(address.name), vec![(key, block)])),
            },
        }
    }
    all.into_iter().flat_map(|(name, copies)| of_resource(name.as_deref(), copies, paint)).collect()
}

/// The blocks of one resource's copies.
fn of_resource(name: Option<&str>, copies: Vec<(String, String)>, paint: Paint) -> Vec<String> {
    let Some(name) = name.filter(|_| copies.len() > 1) else {
        return copies.into_iter().map(|(_, block)| block).collect();
    };
    let is_shared = shared(&copies);
    let mut ways: Vec<(String, Vec<String>, String)> = Vec::new();
    for (key, block) in copies {
        let line = |(number, line): (usize, &str)| match is_shared.get(number) {
            Some(true) => line.to_owned(),
            _ => without_key(line, name, &key),
        };
        let alike = block.lines().enumerate().map(line).collect::<Vec<_>>().join("\n");
        match ways.iter_mut().find(|(other, ..)| *other == alike) {
            Some((_, keys, _)) => keys.push(key),
            None => ways.push((alike, vec![key], block)),
        }
    }
    if ways.len() > WAYS {
        let keys = ways.iter().flat_map(|(_, keys, _)| keys.clone()).collect::<Vec<_>>();
        let lines: Vec<Vec<&str>> = ways.iter().map(|(alike, ..)| alike.lines().collect()).collect();
        return vec![for_each(&merged(&lines, paint), &keys, paint)];
    }
    let of_way = |(alike, keys, block): (String, Vec<String>, String)| match keys.len() {
        1 => block,
        _ => for_each(&alike, &keys, paint),
    };
    ways.into_iter().map(of_way).collect()
}

/// For each line whether it is the same for all copies, so that what looks like a key in it is none.
fn shared(copies: &[(String, String)]) -> Vec<bool> {
    let blocks: Vec<Vec<&str>> = copies.iter().map(|(_, block)| block.lines().collect()).collect();
    let Some((first, others)) = blocks.split_first() else { return Vec::new() };
    let is_shared = |(number, line): (usize, &&str)| others.iter().all(|other| other.get(number) == Some(line));
    first.iter().enumerate().map(is_shared).collect()
}

/// `line` with `${each.key}` in place of the key, wherever it stands as a word.
fn without_key(line: &str, name: &str, key: &str) -> String {
    let line = line.replace(&Address::copy(name, key).to_string(), name);
    let mut text = String::with_capacity(line.len());
    let mut rest = line.as_str();
    while let Some(at) = rest.find(key) {
        let (before, after) = (&rest[..at], &rest[at + key.len()..]);
        let is_word =
            !before.ends_with(is_of_word) && !(before.is_empty() && text.ends_with(is_of_word)) && !goes_on(after);
        text.push_str(before);
        text.push_str(if is_word { KEY } else { key });
        rest = after;
    }
    text + rest
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric()
}

/// Whether a word that ends before `rest` goes on there: `s3` does in `s3.bucket`.
fn goes_on(rest: &str) -> bool {
    rest.strip_prefix('.').unwrap_or(rest).starts_with(is_of_word)
}

/// Lines that all of `copies` have, and of those in which they differ the first copy's.
fn merged(copies: &[Vec<&str>], paint: Paint) -> String {
    let first = copies.first().map(Vec::as_slice).unwrap_or_default();
    let line = |(number, line): (usize, &&str)| {
        let is_same = copies.iter().all(|copy| copy.get(number) == Some(line));
        if is_same { (*line).to_owned() } else { format!("{line}  {}", paint.dim(DIFFERS)) }
    };
    first.iter().enumerate().map(line).collect::<Vec<_>>().join("\n")
}

/// A block with the keys that it is for, below its first line.
fn for_each(block: &str, keys: &[String], paint: Paint) -> String {
    let named = keys.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    let more = match keys.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(", … {more} more"),
    };
    let line = paint.dim(&format!("{} copies: {named}{more}", keys.len()));
    match block.split_once('\n') {
        Some((head, rest)) => format!("{head}\n{}{line}\n{rest}", super::INDENT),
        None => format!("{block}\n{}{line}", super::INDENT),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(blocks: &[(&str, &str)]) -> String {
        let blocks = blocks.iter().map(|(address, block)| ((*address).to_owned(), (*block).to_owned())).collect();
        together(blocks, Paint::PLAIN).join("\n\n")
    }

    #[test]
    fn copies_that_differ_only_in_their_key_are_one_block() {
        let ana = ("home[\"ana\"]", "+ create home[\"ana\"]  s3.bucket  lesson-ana\n      note = \"banana of ana\"");
        let bo = ("home[\"bo\"]", "+ create home[\"bo\"]  s3.bucket  lesson-bo\n      note = \"banana of bo\"");
        insta::assert_snapshot!(all(&[ana, ("topic", "+ create topic"), bo]), @r#"
        + create home  s3.bucket  lesson-${each.key}
              2 copies: ana, bo
              note = "banana of ${each.key}"

        + create topic
        "#);
    }

    #[test]
    fn a_key_that_is_a_part_of_a_word_is_none() {
        let copy = |key: &str| {
            (format!("a[\"{key}\"]"), format!("+ create a[\"{key}\"]  s3.bucket  {key}-{key}, s2s, s3s, {key}."))
        };
        insta::assert_snapshot!(together(["s2", "s3"].map(copy).into(), Paint::PLAIN).join("\n\n"), @r"
        + create a  s3.bucket  ${each.key}-${each.key}, s2s, s3s, ${each.key}.
              2 copies: s2, s3
        ");
    }

    #[test]
    fn what_is_the_same_for_all_holds_no_key() {
        let copy =
            |key: &str| (format!("fn[\"{key}\"]"), format!("+ create fn[\"{key}\"]\n      runtime = \"python3.13\""));
        let copies: Vec<_> = ["12", "13"].map(copy).into();
        insta::assert_snapshot!(together(copies, Paint::PLAIN).join("\n\n"), @r#"
        + create fn
              2 copies: 12, 13
              runtime = "python3.13"
        "#);
    }

    #[test]
    fn a_few_that_differ_stand_apart_and_many_are_one_with_a_word_on_it() {
        let copy = |key: &str, value: &str| {
            (format!("a[\"{key}\"]"), format!("~ update a[\"{key}\"]\n      x  {value}\n      y  1"))
        };
        let few: Vec<_> =
            ["1", "1", "2"].iter().zip(["ana", "bo", "cy"]).map(|(value, key)| copy(key, value)).collect();
        insta::assert_snapshot!(together(few, Paint::PLAIN).join("\n\n"), @r#"
        ~ update a
              2 copies: ana, bo
              x  1
              y  1

        ~ update a["cy"]
              x  2
              y  1
        "#);
        let many: Vec<_> = (0..25).map(|n| copy(&format!("s{n}"), &format!("{}", n * 7))).collect();
        insta::assert_snapshot!(together(many, Paint::PLAIN).join("\n\n"), @r"
        ~ update a
              25 copies: s0, s1, s2, s3, s4, s5, … 19 more
              x  0  # differs (--full)
              y  1
        ");
    }
}

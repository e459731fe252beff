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

/// One resource in the text of a plan.
pub struct Member {
    /// Its address.
    pub address: String,
    /// Its text.
    pub block: String,
    /// Whether it says what is lost, which must not be hidden.
    pub warns: bool,
    /// The names of the properties that it shows.
    pub rows: Vec<String>,
}

/// Copies of one resource, each with its key.
type Copies = Vec<(String, Member)>;

/// Copies that read alike but for their keys.
struct Way {
    alike: String,
    keys: Vec<String>,
    /// The text of the first.
    block: String,
    warns: bool,
    rows: Vec<String>,
}

/// The blocks of a plan, those of copies of one resource that read alike as one.
pub fn together(members: Vec<Member>, paint: Paint) -> Vec<String> {
    let mut all: Vec<(Option<String>, Copies)> = Vec::new();
    for member in members {
        let address = Address::parse(&member.address);
        match address.key {
            None => all.push((None, vec![(String::new(), member)])),
            Some(key) => match all.iter_mut().find(|(name, _)| name.as_ref() == Some(&address.name)) {
                Some((_, copies)) => copies.push((key, member)),
                None => all.push((Some(address.name), vec![(key, member)])),
            },
        }
    }
    all.into_iter().flat_map(|(name, copies)| of_resource(name.as_deref(), copies, paint)).collect()
}

/// The blocks of one resource's copies.
fn of_resource(name: Option<&str>, copies: Copies, paint: Paint) -> Vec<String> {
    let Some(name) = name.filter(|_| copies.len() > 1) else {
        return copies.into_iter().map(|(_, member)| member.block).collect();
    };
    let is_shared = shared(&copies);
    let mut ways: Vec<Way> = Vec::new();
    for (key, Member { block, warns, rows, .. }) in copies {
        let line = |(number, line): (usize, &str)| match is_shared.get(number) {
            Some(true) => line.to_owned(),
            _ => without_key(line, name, &key),
        };
        let alike = block.lines().enumerate().map(line).collect::<Vec<_>>().join("\n");
        match ways.iter_mut().find(|way| way.alike == alike) {
            Some(way) => way.keys.push(key),
            None => ways.push(Way { alike, keys: vec![key], block, warns, rows }),
        }
    }
    // Those of which a line would be lost in another's text stand for themselves.
    let mut groups: Vec<Vec<Way>> = Vec::new();
    for way in ways {
        let is_like = |other: &Way| {
            (way.warns, &way.rows) == (other.warns, &other.rows)
                && way.alike.lines().count() == other.alike.lines().count()
        };
        match groups.iter_mut().find(|group| is_like(&group[0])) {
            Some(group) => group.push(way),
            None => groups.push(vec![way]),
        }
    }
    let of_group = |ways: Vec<Way>| match !ways[0].warns && ways.len() > WAYS {
        true => {
            let keys: Vec<_> = ways.iter().flat_map(|way| way.keys.clone()).collect();
            let lines: Vec<Vec<&str>> = ways.iter().map(|way| way.alike.lines().collect()).collect();
            vec![for_each(&merged(&lines, paint), &keys, paint)]
        }
        false => ways.into_iter().map(|way| of_way(way, paint)).collect(),
    };
    groups.into_iter().flat_map(of_group).collect()
}

fn of_way(way: Way, paint: Paint) -> String {
    match way.keys.len() {
        1 => way.block,
        _ => for_each(&way.alike, &way.keys, paint),
    }
}

/// For each line whether it is the same for all copies, so that what looks like a key in it is none.
fn shared(copies: &[(String, Member)]) -> Vec<bool> {
    let blocks: Vec<Vec<&str>> = copies.iter().map(|(_, member)| member.block.lines().collect()).collect();
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
            !(before.ends_with(is_of_word) || goes_on(after) || before.is_empty() && text.ends_with(is_of_word));
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

    fn shown<A: Into<String>, B: Into<String>>(blocks: impl IntoIterator<Item = (A, B)>) -> String {
        let member = |(address, block): (A, B)| {
            let block = block.into();
            let rows = block.lines().skip(1).filter_map(|line| Some(line.split_whitespace().next()?.to_owned()));
            Member { address: address.into(), warns: block.contains("! "), rows: rows.collect(), block }
        };
        together(blocks.into_iter().map(member).collect(), Paint::PLAIN).join("\n\n")
    }

    #[test]
    fn copies_that_differ_only_in_their_key_are_one_block() {
        let ana = ("home[\"ana\"]", "+ create home[\"ana\"]  s3.bucket  lesson-ana\n      note = \"banana of ana\"");
        let bo = ("home[\"bo\"]", "+ create home[\"bo\"]  s3.bucket  lesson-bo\n      note = \"banana of bo\"");
        insta::assert_snapshot!(shown([ana, ("topic", "+ create topic"), bo]), @r#"
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
        insta::assert_snapshot!(shown(["s2", "s3"].map(copy)), @r"
        + create a  s3.bucket  ${each.key}-${each.key}, s2s, s3s, ${each.key}.
              2 copies: s2, s3
        ");
    }

    #[test]
    fn no_warning_and_no_line_of_one_copy_is_hidden_by_another() {
        let copy = |n: usize| {
            let more = match n {
                0..4 => format!("\n      x  {n}"),
                4..8 => format!("\n      ! {n} messages in it are lost"),
                _ => String::new(),
            };
            (format!("q[\"k{n}\"]"), format!("- delete q[\"k{n}\"]{more}"))
        };
        let text = shown((0..12).map(copy));
        assert!((4..8).all(|n| text.contains(&format!("! {n} messages in it are lost"))), "{text}");
        assert!(text.contains("- delete q\n      4 copies: k0, k1, k2, k3\n      x  0  # differs (--full)"), "{text}");
        assert!(text.contains("- delete q\n      4 copies: k8, k9, k10, k11"), "{text}");
    }

    #[test]
    fn what_is_the_same_for_all_holds_no_key() {
        let copy =
            |key: &str| (format!("fn[\"{key}\"]"), format!("+ create fn[\"{key}\"]\n      runtime = \"python3.13\""));
        let copies: Vec<_> = ["12", "13"].map(copy).into();
        insta::assert_snapshot!(shown(copies), @r#"
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
        insta::assert_snapshot!(shown(few), @r#"
        ~ update a
              2 copies: ana, bo
              x  1
              y  1

        ~ update a["cy"]
              x  2
              y  1
        "#);
        let many: Vec<_> = (0..25).map(|n| copy(&format!("s{n}"), &format!("{}", n * 7))).collect();
        insta::assert_snapshot!(shown(many), @r"
        ~ update a
              25 copies: s0, s1, s2, s3, s4, s5, … 19 more
              x  0  # differs (--full)
              y  1
        ");
    }
}

//! Copies to which the same happens, as one block.
//!
//! Each copy's block is compared with its key taken out: what is then the same is shown once, with `${each.key}` in the
//! key's place, as the file has it.

use std::collections::HashMap;

use crate::resource::Address;
use crate::ui::keyless::{keyless, people};
use crate::ui::paint::Paint;

/// How many ways to differ have a block each.
const WAYS: usize = 3;
/// Behind a line that is another one for each copy.
const DIFFERS: &str = "# differs (--full)";

/// One resource in the text of a plan.
pub struct Member {
    /// Its address.
    pub address: String,
    /// Its text.
    pub block: String,
    /// The same without AWS's id, by which no copy is like another.
    pub without_id: String,
    /// Whether it says what is lost, which must not be hidden.
    pub warns: bool,
    /// The names of the properties that it shows.
    pub rows: Vec<String>,
}

/// Copies of one resource, each with its key and its number among all.
type Copies<'a> = Vec<(String, usize, &'a Member)>;

/// What is shown as one.
pub struct Together {
    /// Which, by their numbers; a single one is shown as it is.
    pub members: Vec<usize>,
    /// The keys of the copies; empty for a single one.
    pub keys: Vec<String>,
    /// The first one's text, with `${each.key}` in place of its key if they are several.
    pub text: String,
    /// Whether some lines of the others are different.
    pub differ: bool,
}

/// Copies that read alike but for their keys.
struct Way<'a> {
    alike: String,
    keys: Vec<String>,
    numbers: Vec<usize>,
    /// The first.
    member: &'a Member,
}

/// The blocks of a plan, those of copies of one resource that read alike as one.
pub fn together(members: &[Member], paint: Paint) -> Vec<String> {
    let text = |one: Together| if one.keys.is_empty() { one.text } else { for_each(&one.text, &one.keys, paint) };
    groups(members, paint).into_iter().map(text).collect()
}

/// Which of `members` are shown as one: copies of one resource to which the same happens.
pub fn groups(members: &[Member], paint: Paint) -> Vec<Together> {
    let mut all: Vec<(Option<String>, Copies<'_>)> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for (number, member) in members.iter().enumerate() {
        let address = Address::parse(&member.address);
        match address.key {
            None => all.push((None, vec![(String::new(), number, member)])),
            Some(key) => {
                let place = *places.entry(address.name.clone()).or_insert(all.len());
                if place == all.len() {
                    all.push((Some(address.name), Vec::new()));
                }
                all[place].1.push((key, number, member));
            }
        }
    }
    all.into_iter().flat_map(|(name, copies)| of_resource(name.as_deref(), copies, paint)).collect()
}

/// Those of one resource's copies.
fn of_resource(name: Option<&str>, copies: Copies<'_>, paint: Paint) -> Vec<Together> {
    let alone = |number, member: &Member| Together {
        members: vec![number],
        keys: Vec::new(),
        text: member.block.clone(),
        differ: false,
    };
    let Some(name) = name.filter(|_| copies.len() > 1) else {
        return copies.into_iter().map(|(_, number, member)| alone(number, member)).collect();
    };
    let is_shared = shared(&copies);
    let mut ways: Vec<Way<'_>> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for (key, number, member) in copies {
        let line = |(number, line): (usize, &str)| match is_shared.get(number) {
            Some(true) => line.to_owned(),
            _ => keyless(line, name, &key),
        };
        let alike = member.without_id.lines().enumerate().map(line).collect::<Vec<_>>().join("\n");
        let place = *places.entry(alike.clone()).or_insert(ways.len());
        if place == ways.len() {
            ways.push(Way { alike, keys: Vec::new(), numbers: Vec::new(), member });
        }
        ways[place].keys.push(key);
        ways[place].numbers.push(number);
    }
    // Those of which a line would be lost in another's text stand for themselves.
    let mut groups: Vec<Vec<Way<'_>>> = Vec::new();
    for way in ways {
        let is_like = |other: &Way<'_>| {
            (way.member.warns, &way.member.rows) == (other.member.warns, &other.member.rows)
                && way.alike.lines().count() == other.alike.lines().count()
        };
        match groups.iter_mut().find(|group| is_like(&group[0])) {
            Some(group) => group.push(way),
            None => groups.push(vec![way]),
        }
    }
    let of_way = |way: Way<'_>| match way.numbers.as_slice() {
        [only] => alone(*only, way.member),
        _ => Together { members: way.numbers, keys: way.keys, text: way.alike, differ: false },
    };
    let of_group = |ways: Vec<Way<'_>>| match !ways[0].member.warns && ways.len() > WAYS {
        true => {
            let lines: Vec<Vec<&str>> = ways.iter().map(|way| way.alike.lines().collect()).collect();
            let text = merged(&lines, paint);
            let (keys, members): (Vec<_>, Vec<_>) = ways.into_iter().map(|way| (way.keys, way.numbers)).unzip();
            vec![Together { members: members.concat(), keys: keys.concat(), text, differ: true }]
        }
        false => ways.into_iter().map(of_way).collect(),
    };
    groups.into_iter().flat_map(of_group).collect()
}

/// For each line whether it is the same for all copies, so that what looks like a key in it is none.
fn shared(copies: &Copies<'_>) -> Vec<bool> {
    let blocks: Vec<Vec<&str>> = copies.iter().map(|(_, _, member)| member.without_id.lines().collect()).collect();
    let Some((first, others)) = blocks.split_first() else { return Vec::new() };
    let is_shared = |(number, line): (usize, &&str)| others.iter().all(|other| other.get(number) == Some(line));
    first.iter().enumerate().map(is_shared).collect()
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
    let line = paint.dim(&format!("{} copies: {}", keys.len(), people(keys)));
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
            let without_id = |line: &str| line.split_once("  i-").map_or(line, |(head, _)| head).to_owned();
            let without_id = block.lines().map(without_id).collect::<Vec<_>>().join("\n");
            Member { address: address.into(), warns: block.contains("! "), rows: rows.collect(), block, without_id }
        };
        together(&blocks.into_iter().map(member).collect::<Vec<_>>(), Paint::PLAIN).join("\n\n")
    }

    #[test]
    fn copies_that_differ_only_in_their_key_are_one_block() {
        let ana = ("home[\"ana\"]", "+ create home[\"ana\"]  s3.bucket  lesson-ana\n      note = \"banana of ana\"");
        let bo = ("home[\"bo\"]", "+ create home[\"bo\"]  s3.bucket  lesson-bo\n      note = \"banana of bo\"");
        insta::assert_snapshot!(shown([ana, ("topic", "+ create topic"), bo]), @r#"
        + create home  s3.bucket  lesson-${each.key}
              2 copies: ana and bo
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
              2 copies: s2 and s3
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
        assert!(
            text.contains("- delete q\n      4 copies: k0, k1, k2 and k3\n      x  0  # differs (--full)"),
            "{text}"
        );
        assert!(text.contains("- delete q\n      4 copies: k8, k9, k10 and k11"), "{text}");
    }

    /// As of machines that are deleted, which each have an id and the same warning.
    #[test]
    fn an_id_keeps_no_copy_apart() {
        let copy = |n: usize| {
            let warning = "! what is on the disk it boots from is lost";
            (format!("vm[\"k{n}\"]"), format!("- delete vm[\"k{n}\"]  ec2.instance  lab-k{n}  i-0{n}\n      {warning}"))
        };
        insta::assert_snapshot!(shown((0..5).map(copy)), @r"
        - delete vm  ec2.instance  lab-${each.key}
              5 copies: k0, k1, k2, k3 and k4
              ! what is on the disk it boots from is lost
        ");
        assert!(shown((0..1).map(copy)).contains("  i-00\n"), "one alone has its id");
    }

    #[test]
    fn what_is_the_same_for_all_holds_no_key() {
        let copy =
            |key: &str| (format!("fn[\"{key}\"]"), format!("+ create fn[\"{key}\"]\n      runtime = \"python3.13\""));
        let copies: Vec<_> = ["12", "13"].map(copy).into();
        insta::assert_snapshot!(shown(copies), @r#"
        + create fn
              2 copies: 12 and 13
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
              2 copies: ana and bo
              x  1
              y  1

        ~ update a["cy"]
              x  2
              y  1
        "#);
        let many: Vec<_> = (0..25).map(|n| copy(&format!("s{n}"), &format!("{}", n * 7))).collect();
        insta::assert_snapshot!(shown(many), @r"
        ~ update a
              25 copies: s0, s1, s2, s3, s4 and 20 more
              x  0  # differs (--full)
              y  1
        ");
    }
}

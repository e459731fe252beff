//! `moved:`: which resource is the same as before under another address.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::explain::Code;
use crate::resource::Address;
use crate::suggest;

use super::copies::Copies;
use super::node::Entry;
use super::problem::{Problem, Severity};

/// The earlier addresses of the resources of a file.
#[derive(Debug, Default)]
pub struct Moves {
    /// By an address, the one before.
    from: BTreeMap<Address, Address>,
}

/// What stands in a file, for which `moved:` is.
pub struct Declared<'a> {
    /// The logical names in `resources:`.
    pub names: BTreeSet<&'a str>,
    /// Those among them that have copies.
    pub copies: &'a Copies<'a>,
    /// The names of the rosters.
    pub rosters: BTreeSet<&'a str>,
}

/// One line of `moved:`, taken apart.
struct Line<'a> {
    entry: &'a Entry,
    old: Address,
    new: Address,
}

impl Moves {
    /// Reads `moved:`. A line is `old: new`; the other way round is understood as well, since only the new one is in the
    /// file. An address without a key means all copies, and the name of a roster with a key all copies for that member.
    pub fn read(entries: &[Entry], declared: &Declared<'_>, problems: &mut Vec<Problem>) -> Self {
        let lines = entries.iter().filter_map(|entry| {
            let (old, new) = (Address::parse(&entry.key), Address::parse(entry.value.text()?));
            Some(match declared.has(&old) && !declared.has(&new) {
                true => Line { entry, old: new, new: old },
                false => Line { entry, old, new },
            })
        });
        let lines: Vec<_> = lines.collect();
        let mut moves = Self::default();
        for line in &lines {
            if let Some(problem) = declared.mistake(line, &lines) {
                problems.push(problem);
                continue;
            }
            for (old, new) in declared.copies_of(line) {
                let (name, place) = (new.to_string(), line.entry.key_place.clone());
                if let Some(other) = moves.from.insert(new, old.clone()).filter(|other| *other != old) {
                    let message = format!("`{name}` can't be both what `{other}` and what `{old}` was");
                    problems.push(Problem::new(Code::Moved, place, message, "remove one of the two lines"));
                }
            }
        }
        moves
    }

    /// The addresses that `address` had before, the last one first.
    pub fn formerly(&self, address: &Address) -> Vec<Address> {
        let mut all: Vec<Address> = Vec::new();
        let mut at = address;
        while let Some(before) = self.from.get(at).filter(|before| *before != address && !all.contains(before)) {
            all.push(before.clone());
            at = before;
        }
        all
    }
}

impl Declared<'_> {
    /// Whether the file has what `address` means.
    fn has(&self, address: &Address) -> bool {
        let name = address.name.as_str();
        match (&address.key, self.copies.keys(name)) {
            (None, _) => self.names.contains(name),
            (Some(_), Some(_)) => self.copies.has(address),
            (Some(key), None) => self.rosters.contains(name) && !self.copies.of_member(name, key).is_empty(),
        }
    }

    /// What one line says, address by address.
    fn copies_of(&self, line: &Line<'_>) -> Vec<(Address, Address)> {
        let (old, new) = (&line.old, &line.new);
        if let Some(key) = &new.key
            && !self.names.contains(new.name.as_str())
        {
            let before = |new: Address| (Address { key: old.key.clone(), ..new.clone() }, new);
            return self.copies.of_member(&new.name, key).into_iter().map(before).collect();
        }
        match self.copies.keys(&new.name) {
            Some(keys) if new.key.is_none() && old.key.is_none() => {
                keys.map(|key| (Address::copy(&*old.name, key), Address::copy(&*new.name, key))).collect()
            }
            _ => vec![(old.clone(), new.clone())],
        }
    }

    fn mistake(&self, line: &Line<'_>, lines: &[Line<'_>]) -> Option<Problem> {
        let (old, new) = (&line.old, &line.new);
        let said = |place: &Range<usize>, message: String, hint: String| {
            Some(Problem::new(Code::Moved, place.clone(), message, hint))
        };
        let value = &line.entry.value.place;
        let both = &(line.entry.key_place.start..value.end);
        if old == new {
            return said(both, format!("`{old}` is the same address twice"), "remove the line".to_owned());
        }
        let is_roster = |address: &Address| {
            !self.names.contains(address.name.as_str()) && self.rosters.contains(address.name.as_str())
        };
        if is_roster(new) && (new.key.is_none() || old.key.is_none() || old.name != new.name) {
            let roster = &new.name;
            let hint = format!("for example `{roster}[\"ana\"]: {roster}[\"anna\"]`");
            return said(both, format!("`{roster}` is a roster, and this line names no two of its members"), hint);
        }
        match (self.has(old), self.has(new)) {
            (true, true) => {
                let message = format!("`{old}` is still in the file, so `{new}` can't be what it was");
                said(both, message, format!("remove this line, or `{old}` from the file"))
            }
            (false, true) => None,
            // It moved on.
            _ if lines.iter().any(|next| next.old == *new) => None,
            _ if new.key.is_some() && (self.copies.keys(&new.name).is_some() || is_roster(new)) => {
                let message = format!("the roster has no `{}`, so this line says nothing", new.key.as_deref()?);
                said(value, message, "remove the line".to_owned()).map(|problem| problem.severity(Severity::Warning))
            }
            _ => {
                let hint = suggest::hint(&new.name, self.names.iter().copied(), "resources are");
                let message = format!("`{old}` can't have become `{new}`: neither is in the file");
                said(both, message, format!("{hint}; or remove the line"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::resource::Address;
    use crate::stack::Severity;
    use crate::testing::{stack, try_stack};

    const FILE: &str = "rosters: { students: [anna, bo] }\nresources:\n  \
        machine: { type: sns.topic }\n  \
        home: { type: s3.bucket, for_each: students, name: 'cloud101-${each.key}-files' }\n  \
        desk: { type: sns.topic, for_each: students }\n";

    fn formerly(moved: &str, address: &str) -> (Vec<String>, String) {
        let stack = stack(&format!("moved: {moved}\n{FILE}"));
        let declared = stack.get(&Address::parse(address)).expect("it is declared");
        (declared.formerly.iter().map(Address::to_string).collect(), declared.name.clone())
    }

    #[test]
    fn a_resource_keeps_the_name_that_it_has() {
        let moved = |old: &str, name: &str| (vec![old.to_owned()], name.to_owned());
        let expected = moved("instance", "cloud101-instance");
        assert_eq!(formerly("{ instance: machine }", "machine"), expected);
        assert_eq!(formerly("{ machine: instance }", "machine"), expected, "the other way round can mean nothing else");
        assert_eq!(
            formerly("{ 'home[ana]': 'home[anna]' }", "home[anna]"),
            moved("home[\"ana\"]", "cloud101-ana-files")
        );
        assert_eq!(formerly("{ seat: desk }", "desk[bo]"), moved("seat[\"bo\"]", "cloud101-seat-bo"));
        assert_eq!(formerly("{ seat: 'desk[bo]' }", "desk[bo]"), moved("seat", "cloud101-seat"));
        assert_eq!(formerly("{ seat: 'desk[bo]' }", "desk[anna]"), (vec![], "cloud101-desk-anna".to_owned()));
    }

    #[test]
    fn one_line_is_enough_for_a_person() {
        for (address, old, name) in [
            ("home[anna]", "home[\"ana\"]", "cloud101-ana-files"),
            ("desk[anna]", "desk[\"ana\"]", "cloud101-desk-ana"),
        ] {
            let expected = (vec![old.to_owned()], name.to_owned());
            assert_eq!(formerly("{ 'students[\"ana\"]': 'students[\"anna\"]' }", address), expected);
        }
    }

    #[test]
    fn what_moved_twice_is_found_under_each_of_its_addresses() {
        let (old, name) = formerly("{ vm: instance, instance: machine }", "machine");
        assert_eq!(
            (old.as_slice(), name.as_str()),
            (["instance".to_owned(), "vm".to_owned()].as_slice(), "cloud101-vm")
        );
    }

    #[test]
    fn a_line_that_can_not_be_is_said() {
        for (moved, message) in [
            ("{ machine: machine }", "`machine` is the same address twice"),
            ("{ desk: machine }", "`desk` is still in the file, so `machine` can't be what it was"),
            ("{ a: machine, b: machine }", "`machine` can't be both what `a` and what `b` was"),
            ("{ a: b }", "`a` can't have become `b`: neither is in the file"),
            ("{ people: students }", "`students` is a roster, and this line names no two of its members"),
        ] {
            let problems = try_stack(&format!("moved: {moved}\n{FILE}")).err().expect("it is refused").list;
            assert_eq!(problems[0].message, message, "{moved}");
        }
    }

    #[test]
    fn who_was_renamed_and_left_is_a_warning() {
        let stack = stack(&format!("moved: {{ 'home[ana]': 'home[an]' }}\n{FILE}"));
        let warnings = stack.warnings.expect("a warning").list;
        assert_eq!(warnings[0].severity, Severity::Warning);
        assert_eq!(warnings[0].message, "the roster has no `an`, so this line says nothing");
    }
}

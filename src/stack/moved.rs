//! `moved:`: which resource is the same as before under another address.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::explain::Code;
use crate::resource::Address;
use crate::suggest;

use super::copies::Copies;
use super::diagnostics::Diagnostic;
use super::node::Entry;

/// The earlier addresses of the resources of a file.
#[derive(Debug, Default)]
pub struct Moves {
    /// By an address, those before, each with whether its line is about one copy or one person.
    from: BTreeMap<Address, Vec<(bool, Address)>>,
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
    /// Reads `moved:`. A line is `old: new`. Of two resources the other way round is understood as well, since only the new
    /// one is in the file; of two people it is not, since one who left may come back. An address without a key means
    /// all copies, and the name of a roster with a key all copies for that member.
    pub fn read(entries: &[Entry], declared: &Declared<'_>, diagnostics: &mut Vec<Diagnostic>) -> Self {
        let lines = entries.iter().filter_map(|entry| {
            let (old, new) = (Address::parse(&entry.key), Address::parse(entry.value.text()?));
            let are_resources = old.key.is_none() && new.key.is_none();
            Some(match are_resources && declared.has(&old) && !declared.has(&new) {
                true => Line { entry, old: new, new: old },
                false => Line { entry, old, new },
            })
        });
        let lines: Vec<_> = lines.collect();
        let mut moves = Self::default();
        let mut became: BTreeMap<Address, (bool, Address)> = BTreeMap::new();
        for line in &lines {
            if let Some(diagnostic) = declared.mistake(line, &lines) {
                diagnostics.push(diagnostic);
                continue;
            }
            let is_of_one = line.new.key.is_some();
            for (old, new) in declared.copies_of(line, &lines) {
                let said = |message: String| {
                    let place = line.entry.key_place.clone();
                    Diagnostic::new(Code::Moved, place, message).help("remove one of the two lines")
                };
                let before = moves.from.entry(new.clone()).or_default();
                // A resource and a person may both have another name.
                if let Some((_, other)) = before.iter().find(|(of_one, other)| *of_one == is_of_one && *other != old) {
                    diagnostics.push(said(format!("`{new}` can't be both what `{other}` and what `{old}` was")));
                }
                before.push((is_of_one, old.clone()));
                let later = became.insert(old.clone(), (is_of_one, new.clone()));
                if let Some((_, other)) = later.filter(|(of_one, other)| *of_one == is_of_one && *other != new) {
                    diagnostics.push(said(format!("`{old}` can't have become both `{other}` and `{new}`")));
                }
            }
        }
        moves
    }

    /// The addresses that `address` had before, the first one last. That is `address` itself, if it is called as at first
    /// again.
    pub fn formerly(&self, address: &Address) -> Vec<Address> {
        let mut all: Vec<Address> = Vec::new();
        let mut next = vec![address.clone()];
        let mut is_as_at_first = false;
        while !next.is_empty() {
            let before = next.iter().flat_map(|at| self.from.get(at).into_iter().flatten()).map(|(_, before)| before);
            let mut new: Vec<Address> = Vec::new();
            for before in before.filter(|before| !all.contains(before)) {
                is_as_at_first |= before == address;
                if before != address && !new.contains(before) {
                    new.push(before.clone());
                }
            }
            all.extend(new.iter().cloned());
            next = new;
        }
        all.extend(is_as_at_first.then(|| address.clone()));
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
    fn copies_of(&self, line: &Line<'_>, lines: &[Line<'_>]) -> Vec<(Address, Address)> {
        let (old, new) = (&line.old, &line.new);
        if let Some(key) = &new.key
            && !self.names.contains(new.name.as_str())
        {
            let before = |new: Address| (Address { key: old.key.clone(), ..new.clone() }, new);
            // Also for one who has moved on.
            let mut names: BTreeSet<&str> = self.copies.of_roster(&new.name).collect();
            // Under the names that these resources had as well.
            while let Some(line) = lines.iter().find(|line| {
                line.new.key.is_none() && names.contains(&*line.new.name) && !names.contains(&*line.old.name)
            }) {
                names.insert(&line.old.name);
            }
            return names.into_iter().map(|name| Address::copy(name, &**key)).map(before).collect();
        }
        match self.copies.keys(&new.name) {
            Some(keys) if new.key.is_none() && old.key.is_none() => {
                keys.map(|key| (Address::copy(&*old.name, key), Address::copy(&*new.name, key))).collect()
            }
            _ => vec![(old.clone(), new.clone())],
        }
    }

    /// What to do about a line whose `new` is one whom the roster does not have.
    fn instead(&self, old: &Address, new: &Address) -> String {
        let with_key = |key: &str| Address::copy(&*new.name, key);
        if old.key.is_some() && self.has(old) {
            return format!("did you mean it the other way round, `{new}: {old}`? If not, remove the line");
        }
        let keys: Vec<_> = match self.copies.keys(&new.name) {
            Some(keys) => keys.collect(),
            None => self.copies.of_roster(&new.name).filter_map(|name| self.copies.keys(name)).flatten().collect(),
        };
        let near = new.key.as_deref().and_then(|key| suggest::closest(key, keys));
        match near.filter(|near| !self.has(old) && old.key.as_deref() != Some(*near)) {
            Some(near) => format!("did you mean `{old}: {}`? If not, remove the line", with_key(near)),
            None => "remove the line".to_owned(),
        }
    }

    fn mistake(&self, line: &Line<'_>, lines: &[Line<'_>]) -> Option<Diagnostic> {
        let (old, new) = (&line.old, &line.new);
        let said = |place: &Range<usize>, message: String, hint: String| {
            Some(Diagnostic::new(Code::Moved, place.clone(), message).help(hint))
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
                let hint = match &old.key {
                    // The name in AWS is the other's.
                    Some(key) => format!("give the new `{key}` another key: what `{key}` had is now another's"),
                    None => format!("give the new `{old}` another name: what it was called in AWS is taken"),
                };
                said(both, message, hint)
            }
            (false, true) => None,
            // It moved on.
            _ if lines.iter().any(|next| next.old == *new) => None,
            _ if new.key.is_some() && (self.copies.keys(&new.name).is_some() || is_roster(new)) => {
                let message = format!("the roster has no `{}`, so this line says nothing", new.key.as_deref()?);
                said(value, message, self.instead(old, new)).map(|diagnostic| diagnostic.warning())
            }
            _ => {
                let known = self.names.union(&self.rosters).copied();
                let what = if self.rosters.is_empty() { "resources are" } else { "resources and rosters are" };
                let hint = suggest::name_hint(&new.name, known, what);
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
        machine: { type: sns.topic }\n  other: { type: sns.topic }\n  \
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
    fn a_person_and_a_resource_with_other_names_go_together_and_a_person_may_have_a_third() {
        let both = "{ seat: desk, 'students[ana]': 'students[anna]' }";
        let (old, name) = formerly(both, "desk[anna]");
        assert_eq!(old, ["seat[\"anna\"]", "desk[\"ana\"]", "seat[\"ana\"]"]);
        assert_eq!(name, "cloud101-seat-ana");
        let third = "{ 'students[an]': 'students[ana]', 'students[ana]': 'students[anna]' }";
        let (old, name) = formerly(third, "home[anna]");
        assert_eq!(
            (old.as_slice(), name.as_str()),
            (["home[\"ana\"]", "home[\"an\"]"].map(String::from).as_slice(), "cloud101-an-files")
        );
        // One who is called as at first again has the first name.
        let back = "{ 'students[bo]': 'students[bob]', 'students[bob]': 'students[bo]' }";
        let (old, name) = formerly(back, "home[bo]");
        assert_eq!((old[0].as_str(), name.as_str()), ("home[\"bob\"]", "cloud101-bo-files"));
        // One who is called as before again is not what they were called meanwhile.
        assert_eq!(
            formerly("{ 'students[bo]': 'students[bob]' }", "home[bo]"),
            (vec![], "cloud101-bo-files".to_owned())
        );
    }

    #[test]
    fn a_line_that_can_not_be_is_said() {
        for (moved, message) in [
            ("{ machine: machine }", "`machine` is the same address twice"),
            ("{ desk: machine }", "`desk` is still in the file, so `machine` can't be what it was"),
            ("{ a: machine, b: machine }", "`machine` can't be both what `a` and what `b` was"),
            ("{ machine: a, other: a }", "`a` can't have become both `machine` and `other`"),
            ("{ a: b }", "`a` can't have become `b`: neither is in the file"),
            ("{ people: students }", "`students` is a roster, and this line names no two of its members"),
        ] {
            let diagnostics = try_stack(&format!("moved: {moved}\n{FILE}")).err().expect("it is refused").list;
            assert_eq!(diagnostics[0].message, message, "{moved}");
        }
    }

    /// A line for a roster that has another name now.
    #[test]
    fn what_is_neither_a_resource_nor_a_roster_gets_the_names_of_both() {
        let hint = |moved: &str| {
            let diagnostics = try_stack(&format!("moved: {moved}\n{FILE}")).err().expect("it is refused").list;
            diagnostics[0].help.clone().unwrap_or_default()
        };
        assert_eq!(hint("{ 'student[ana]': 'student[anna]' }"), "did you mean `students`?; or remove the line");
        let all = "resources and rosters are: `desk`, `home`, `machine`, `other`, `students`; or remove the line";
        assert_eq!(hint("{ 'people[ana]': 'people[anna]' }"), all);
    }

    #[test]
    fn who_was_renamed_and_left_is_a_warning() {
        let stack = stack(&format!("moved: {{ 'home[ana]': 'home[an]' }}\n{FILE}"));
        let warnings = stack.warnings.expect("a warning").list;
        assert_eq!(warnings[0].severity, Severity::Warning);
        assert_eq!(warnings[0].message, "the roster has no `an`, so this line says nothing");
        assert_eq!(help("{ 'students[kim]': 'students[zoe]' }"), "remove the line");
    }

    fn help(moved: &str) -> String {
        let stack = stack(&format!("moved: {moved}\n{FILE}"));
        stack.warnings.expect("a warning").list[0].help.clone().unwrap_or_default()
    }

    /// The new key is mistyped, or stands on the other side.
    #[test]
    fn who_is_meant_by_a_line_is_said() {
        let meant = "did you mean `students[\"ann\"]: students[\"anna\"]`? If not, remove the line";
        assert_eq!(help("{ 'students[ann]': 'students[annna]' }"), meant);
        let meant = "did you mean `home[\"ann\"]: home[\"anna\"]`? If not, remove the line";
        assert_eq!(help("{ 'home[ann]': 'home[annna]' }"), meant);
        let swapped =
            "did you mean it the other way round, `students[\"ann\"]: students[\"anna\"]`? If not, remove the line";
        assert_eq!(help("{ 'students[anna]': 'students[ann]' }"), swapped);
    }
}

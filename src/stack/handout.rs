//! What each member of a roster is given: `handout:`.

use std::collections::BTreeMap;

use crate::explain::Code;
use crate::resource::Address;

use super::copies::{self, Copies};
use super::diagnostics::{Diagnostic, has_enough};
use super::links::Scope;
use super::node::{Content, Entry, Node};
use super::roster::{Names, Roster};
use super::values::texts;

/// The cards of a roster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handout {
    /// The roster.
    pub roster: String,
    /// One for each of its members, in its order.
    pub cards: Vec<CardTemplate>,
}

/// The card of one member. Its texts are templates, whose references lead to that member's copies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardTemplate {
    /// The member's key.
    pub key: String,
    /// What stands above the rest.
    pub title: String,
    /// An address to open.
    pub link: Option<String>,
    /// Labels and what stands next to them, in the order of the file.
    pub lines: Vec<(String, String)>,
}

impl CardTemplate {
    /// All templates of the card.
    pub fn templates(&self) -> impl Iterator<Item = &str> {
        let lines = self.lines.iter().map(|(_, value)| value);
        [&self.title].into_iter().chain(&self.link).chain(lines).map(String::as_str)
    }
}

/// `handout:` once for each member.
pub struct Expanded<'a> {
    roster: &'a Roster,
    /// The members' keys, each with what the file says for it.
    cards: Vec<(&'a str, Node)>,
}

impl<'a> Expanded<'a> {
    /// What `entry` says for each member of its roster, one of `rosters`. Complains of a roster and of columns that are
    /// not there; `None` without a roster. `names` has those of the file, also those with mistakes.
    pub fn of(
        entry: Option<&Entry>,
        rosters: &'a BTreeMap<String, Roster>,
        names: &Names<'_>,
        copies: &Copies<'_>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Self> {
        let entry = entry?;
        if let Some(lines) = entry.value.get("lines").filter(|lines| has_no_keys(&lines.value)) {
            let hint = "add a line: a label and what stands next to it, for example `Your bucket: ${home.name}`";
            let message = "the hand-out has no lines";
            diagnostics.push(Diagnostic::new(Code::Incomplete, lines.key_place.clone(), message).help(hint));
        }
        let named = &entry.value.get("for_each")?.value;
        let name = named.text()?;
        let Some(roster) = rosters.get(name) else {
            if !names.rosters.contains(name) {
                diagnostics.push(copies::unknown_roster(name, named.place.clone(), rosters, names));
            }
            return None;
        };
        copies::check_columns(&entry.value, roster, diagnostics);
        let card = |member| copies.for_member(&entry.value, roster, member);
        let cards = roster.members.iter().map(|member| (member.key.as_str(), card(member))).collect();
        Some(Self { roster, cards })
    }

    /// The cards. Complains of references that lead nowhere.
    pub fn handout(&self, scope: &Scope<'_>, diagnostics: &mut Vec<Diagnostic>) -> Handout {
        self.check(diagnostics, |card, diagnostics| drop(scope.links(card, diagnostics)));
        let template = |(key, card): &(&str, Node)| {
            let text = |name: &str| Some(card.get(name)?.value.text()?.to_owned());
            CardTemplate {
                key: (*key).to_owned(),
                title: text("title").unwrap_or_else(|| format!("${{stack.name}}, {key}")),
                link: text("link"),
                lines: card.get("lines").map(|lines| texts(&lines.value)).unwrap_or_default(),
            }
        };
        Handout { roster: self.roster.name.clone(), cards: self.cards.iter().map(template).collect() }
    }

    /// Complains of what `is_secret`.
    pub fn check_secrets(&self, is_secret: &dyn Fn(&str) -> bool, diagnostics: &mut Vec<Diagnostic>) {
        self.check(diagnostics, |card, diagnostics| {
            card.each_text(&mut |node, text| {
                if is_secret(text) {
                    let hint = "remove it, or use a variable without `secret: true`";
                    let message = "a card can't contain a secret";
                    diagnostics.push(Diagnostic::new(Code::SecretOnCard, node.place.clone(), message).help(hint));
                }
            });
        });
    }

    /// What `check` says of the cards, of all of them once.
    fn check(&self, diagnostics: &mut Vec<Diagnostic>, check: impl Fn(&Node, &mut Vec<Diagnostic>)) {
        if has_enough(diagnostics) {
            return;
        }
        let mut of_cards = Vec::new();
        for (key, card) in &self.cards {
            let mut found = Vec::new();
            check(card, &mut found);
            of_cards.push((Address::copy("handout", *key), found));
        }
        diagnostics.extend(copies::together(of_cards));
    }
}

fn has_no_keys(node: &Node) -> bool {
    matches!(&node.content, Content::Map(entries) if entries.is_empty())
}

#[cfg(test)]
mod tests {
    use crate::testing::{stack, try_stack};

    use super::*;

    const TOP: &str = "\
vars: { room: '2.14', token: { default: hunter2, secret: true } }
rosters: { students: { ana: { team: red }, bo: { team: 'blue $' } }, staff: [zoe] }
resources:
  news: { type: sns.topic }
  desk: { type: sns.topic, for_each: students }
  office: { type: sns.topic, for_each: staff }
  note: { type: s3.object, bucket: bbb, key: a, content: '${var.token}' }
";

    /// What is underlined, and what is said, of everything that is wrong.
    fn wrong(handout: &str) -> Vec<(Code, String, String)> {
        let diagnostics = try_stack(&format!("{TOP}handout: {handout}")).err().expect("it is wrong");
        let source = diagnostics.source.clone().expect("a text");
        let said =
            |diagnostic: &Diagnostic| (diagnostic.code, source[diagnostic.range()].to_owned(), diagnostic.to_string());
        diagnostics.list.iter().map(said).collect()
    }

    fn one(handout: &str) -> (Code, String, String) {
        let found = wrong(handout);
        let [only] = found.as_slice() else { panic!("{found:?}") };
        only.clone()
    }

    #[test]
    fn each_card_has_the_values_and_the_copies_of_its_member() {
        let handout = "{ for_each: students, title: 'Team ${each.team}{1}', link: 'https://${desk.name}.example.edu', \
                       lines: { Z: '${desk.arn} $${desk.arn}', A: '${office[\"zoe\"].arn}', All: '${desk[*].name}' } }";
        let handout = stack(&format!("{TOP}handout: {handout}")).handout.expect("a hand-out");
        let lines = [
            ("Z", "${desk[\"bo\"].arn} $${desk.arn}"),
            ("A", "${office[\"zoe\"].arn}"),
            ("All", "${desk[\"ana\"].name},${desk[\"bo\"].name}"),
        ];
        let expected = CardTemplate {
            key: "bo".to_owned(),
            // What a roster says is never a reference.
            title: "Team blue $${1}".to_owned(),
            link: Some("https://${desk[\"bo\"].name}.example.edu".to_owned()),
            lines: lines.map(|(label, value)| (label.to_owned(), value.to_owned())).into(),
        };
        assert_eq!((handout.roster.as_str(), handout.cards.len()), ("students", 2));
        assert_eq!(handout.cards[1], expected);
        let handout =
            stack(&format!("{TOP}handout: {{ for_each: staff, lines: {{ Room: '${{var.room}}' }} }}")).handout;
        assert_eq!(handout.expect("a hand-out").cards[0].title, "${stack.name}, zoe");
        assert_eq!(stack(TOP).handout, None);
    }

    #[test]
    fn each_mistake_has_its_place_and_is_said_once() {
        let (code, place, said) = one("{ for_each: studens, lines: { a: '${each.nothing}' } }");
        assert_eq!((code, place.as_str()), (Code::UnknownWord, "studens"));
        assert_eq!(said, "there is no roster `studens`; did you mean `students`?");
        let (code, place, said) = one("{ for_each: students, lines: { a: '${each.taem}' } }");
        assert_eq!((code, place.as_str()), (Code::UnknownWord, "'${each.taem}'"));
        assert_eq!(said, "the roster `students` has no column `taem`; did you mean `team`?");
        let (code, place, said) = one("{ for_each: students, lines: { a: '${desk.anr}' } }");
        assert_eq!((code, place.as_str()), (Code::UnknownAttribute, "'${desk.anr}'"));
        assert_eq!(said, "`desk` has no attribute `anr`; did you mean `arn`?");
        let (code, place, said) = one("{ for_each: students, lines: { a: '${office.arn}' } }");
        assert_eq!((code, place.as_str()), (Code::UnknownResource, "${office.arn}"));
        assert!(said.starts_with("`office` has several copies, and `${office.arn}` does not say which"), "{said}");
        let (code, place, said) = one("{ for_each: students, lines: { a: x, '${each.team}': y } }");
        assert_eq!((code, place.as_str()), (Code::NoReferenceHere, "'${each.team}'"));
        assert!(said.starts_with("a key can't contain a reference"), "{said}");
        let (code, place, said) = one("{ for_each: students, lines: {} }");
        assert_eq!((code, place.as_str()), (Code::Incomplete, "lines"));
        assert!(said.starts_with("the hand-out has no lines; add a line"), "{said}");
        let (code, place, said) = one("{ for_each: students, lines: { Seat: 5 } }");
        assert_eq!((code, place.as_str()), (Code::WrongType, "5"));
        assert_eq!(said, "`Seat` must be a string, not `5`; put it in quotes: \"5\"");
        let (code, _, said) = one("{ lines: { a: x } }");
        assert_eq!(code, Code::MissingKey);
        assert!(said.starts_with("`handout` needs `for_each`; add `for_each: …`."), "{said}");
    }

    #[test]
    fn a_roster_with_mistakes_is_not_said_to_be_missing() {
        let text = "rosters: { students: [Ana Li] }\nresources: {}\nhandout: { for_each: students, lines: { a: x } }\n";
        let diagnostics = try_stack(text).err().expect("it is wrong").list;
        assert_eq!(diagnostics.iter().map(|diagnostic| diagnostic.code).collect::<Vec<_>>(), [Code::RosterKey]);
    }

    #[test]
    fn a_secret_is_on_no_card() {
        for secret in ["${var.token}", "the hash is ${note.etag}"] {
            for handout in [
                format!("{{ for_each: students, lines: {{ a: x, b: '{secret}' }} }}"),
                format!("{{ for_each: students, title: '{secret}', lines: {{ a: x }} }}"),
                format!("{{ for_each: students, link: '{secret}', lines: {{ a: x }} }}"),
            ] {
                let (code, place, said) = one(&handout);
                assert_eq!((code, place), (Code::SecretOnCard, format!("'{secret}'")), "{said}");
            }
        }
    }

    #[test]
    fn cards_that_would_fill_the_memory_are_refused_before_they_are_made() {
        let value = "x".repeat(10_000);
        let text = format!(
            "rosters: {{ seats: 1000 }}\nresources: {{}}\nhandout: {{ for_each: seats, lines: {{ a: {value} }} }}\n"
        );
        let diagnostics = try_stack(&text).err().expect("it is refused").list;
        assert!(
            diagnostics[0].message.starts_with("with all their copies these have 9.6 MiB"),
            "{}",
            diagnostics[0].message
        );
    }
}

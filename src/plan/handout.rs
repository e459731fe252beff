//! What each member of a roster is given, with the values of what is live. Pure.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::reference::references;
use crate::model::sensitive::Sensitive;
use crate::resource::handed_out::Useless;
use crate::resource::{Address, Place};
use crate::stack::{CardTemplate, RESERVED, Stack};

use super::desired::KnownAttributes;
use super::value::PlanValue;

/// The card of one member.
#[derive(Debug, Clone, PartialEq)]
pub struct Card {
    /// The member's key.
    pub key: String,
    /// What stands above the rest.
    pub title: PlanValue,
    /// An address to open.
    pub link: Option<PlanValue>,
    /// Labels and what stands next to them.
    pub lines: Vec<(String, PlanValue)>,
    /// What AWS showed once, from files of this computer; for the files of the hand-out and nothing else.
    pub credentials: Vec<(String, Sensitive<String>)>,
    /// What of that is on no card, because it opens nothing any more.
    pub useless: Vec<UselessCredential>,
}

/// A credential that was handed out, or was to be, and opens nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct UselessCredential {
    /// What it is called on the card.
    pub label: String,
    /// Whose it is.
    pub address: Address,
    /// The property that hands it out.
    pub property: &'static str,
    /// Why.
    pub why: Useless,
}

/// What keeps a card from being written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lack {
    /// The resource is not there, or is not the stack's.
    Resource(Address),
    /// The resource is there and has no such value, as a stopped instance has no public address.
    Value(Address, String),
}

/// The cards of a roster.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Cards {
    /// Those that can be written, in the order of the roster.
    pub ready: Vec<Card>,
    /// The keys of those that can't, with the reasons.
    pub lacking: BTreeMap<String, BTreeSet<Lack>>,
}

impl Cards {
    /// Those who are to have one of these get no card without it.
    pub fn take_out<'a>(&mut self, missing: impl Iterator<Item = &'a Address>) {
        let ready: BTreeSet<_> = self.ready.iter().map(|card| card.key.clone()).collect();
        for address in missing {
            let asked = address.key.as_ref().filter(|key| ready.contains(*key) || self.lacking.contains_key(*key));
            if let Some(key) = asked {
                self.lacking.entry(key.clone()).or_default().insert(Lack::Resource(address.clone()));
            }
        }
        self.ready.retain(|card| !self.lacking.contains_key(&card.key));
    }
}

/// The cards of these members of the roster; of all if `only` is empty. What refers to something that is not `known` is not
/// written: a card with a gap is worth nothing in a class.
pub fn cards(stack: &Stack, place: &Place, known: &KnownAttributes, only: &BTreeSet<String>) -> Cards {
    let mut cards = Cards::default();
    let templates = stack.handout.iter().flat_map(|handout| &handout.cards);
    for template in templates.filter(|template| only.is_empty() || only.contains(&template.key)) {
        let lacks: BTreeSet<_> = template.templates().flat_map(|text| lacks(known, text)).collect();
        match lacks.is_empty() {
            true => cards.ready.push(card(stack, place, known, template)),
            false => drop(cards.lacking.insert(template.key.clone(), lacks)),
        }
    }
    cards
}

fn card(stack: &Stack, place: &Place, known: &KnownAttributes, template: &CardTemplate) -> Card {
    let value = |text: &String| {
        let value = known.resolve(stack, place, text);
        if known.is_secret(stack, text) { PlanValue::sensitive(value.into()) } else { value.into() }
    };
    Card {
        key: template.key.clone(),
        title: value(&template.title),
        link: template.link.as_ref().map(value),
        lines: template.lines.iter().map(|(label, text)| (label.clone(), value(text))).collect(),
        credentials: Vec::new(),
        useless: Vec::new(),
    }
}

/// What a template refers to and is not there.
fn lacks(known: &KnownAttributes, template: &str) -> Vec<Lack> {
    let of_reference = |reference: &str| {
        let (name, attribute) = reference.split_once('.')?;
        if RESERVED.contains(&name) {
            return None;
        }
        let address = Address::parse(name);
        let Some(attributes) = known.attributes(&address) else { return Some(Lack::Resource(address)) };
        let has_value = attributes.get(attribute).is_some_and(|value| !value.is_empty());
        (!has_value).then(|| Lack::Value(address, attribute.to_owned()))
    };
    references(template).filter_map(of_reference).collect()
}

#[cfg(test)]
mod tests {
    use crate::plan::owner::ours;
    use crate::testing::{Account, place, stack};

    use super::*;

    const FILE: &str = "\
rosters: { students: { ana: { seat: '1' }, bo: { seat: '2' } } }
resources:
  news: { type: sns.topic }
  desk: { type: sns.topic, for_each: students }
handout:
  for_each: students
  link: https://${each.key}.example.edu/${stack.name}
  lines:
    Seat: ${each.seat} in ${aws.region}
    Desk: ${desk.arn}, literally $${desk.arn}
    News: ${news.name}
";

    fn known(stack: &Stack, account: &Account) -> KnownAttributes {
        let live = account.observe(stack).live;
        let ours = ours(stack, &place(), &live);
        KnownAttributes::of_live(live.iter().filter(|(address, _)| ours.contains(address)))
    }

    fn handed_out(stack: &Stack, account: &Account, only: &[&str]) -> Cards {
        let only = only.iter().map(|key| (*key).to_owned()).collect();
        cards(stack, &place(), &known(stack, account), &only)
    }

    #[test]
    fn a_card_has_the_values_of_its_member_and_of_what_is_live() {
        let stack = stack(FILE);
        let all = handed_out(&stack, &Account::after(&stack), &[]);
        assert_eq!((all.ready.len(), all.lacking.len()), (2, 0));
        let arn = "arn:aws:sns:us-east-1:123456789012:cloud101-desk-bo, literally ${desk.arn}";
        let lines = [("Seat", "2 in us-east-1"), ("Desk", arn), ("News", "cloud101-news")];
        let expected = Card {
            key: "bo".into(),
            title: "cloud101, bo".into(),
            link: Some("https://bo.example.edu/cloud101".into()),
            lines: lines.map(|(label, value)| (label.to_owned(), value.into())).into(),
            credentials: Vec::new(),
            useless: Vec::new(),
        };
        assert_eq!(all.ready[1], expected);
        let one = handed_out(&stack, &Account::after(&stack), &["bo"]);
        assert_eq!(one.ready, [expected]);
    }

    #[test]
    fn who_lacks_something_gets_no_card_and_the_others_get_theirs() {
        let stack = stack(FILE);
        let mut account = Account::after(&stack);
        account.delete("desk[\"ana\"]");
        let cards = handed_out(&stack, &account, &[]);
        assert_eq!(cards.ready.iter().map(|card| &card.key).collect::<Vec<_>>(), ["bo"]);
        let missing = BTreeSet::from([Lack::Resource(Address::copy("desk", "ana"))]);
        assert_eq!(cards.lacking, BTreeMap::from([("ana".to_owned(), missing)]));
        // What is not the stack's is not handed out.
        account.unmark("desk[\"bo\"]");
        assert_eq!(handed_out(&stack, &account, &[]).lacking.len(), 2);
        // What is everybody's is missing for everybody.
        let mut account = Account::after(&stack);
        account.delete("news");
        assert_eq!(handed_out(&stack, &account, &[]).lacking.len(), 2);
    }

    #[test]
    fn a_value_that_is_empty_makes_no_card() {
        let stack = stack(FILE);
        let mut account = Account::after(&stack);
        account.thing("desk[\"ana\"]").live.attributes.insert("arn".to_owned(), String::new());
        let lacking = handed_out(&stack, &account, &[]).lacking;
        let empty = BTreeSet::from([Lack::Value(Address::copy("desk", "ana"), "arn".to_owned())]);
        assert_eq!(lacking, BTreeMap::from([("ana".to_owned(), empty)]));
    }

    #[test]
    fn what_was_made_of_a_secret_stays_one_when_the_file_no_longer_says_so() {
        let resources = "resources: { note: { type: s3.object, bucket: bbb, key: a, content: 'TEXT' } }\n";
        let rest = "rosters: { students: [ana] }\nhandout: { for_each: students, lines: { Tag: '${note.etag}' } }\n";
        let vars = "vars: { token: { default: hunter2, secret: true } }\n";
        let before = stack(&format!("{vars}{}", resources.replace("TEXT", "${var.token}")));
        let after = stack(&format!("{}{rest}", resources.replace("TEXT", "open")));
        let cards = handed_out(&after, &Account::after(&before), &[]);
        assert_eq!(cards.ready[0].lines[0].1.shown_text(), "(sensitive)");
    }
}

//! Client tokens. By its token RunInstances makes one instance, however often it is asked; and DescribeInstances shows
//! the token for as long as the instance is there, so it identifies the owner of an instance when its tags don't.
//!
//! `cloud101-`, 16 digits of the account, region and stack, `-`, 16 of those and the address, `-`, 21 of all that and
//! what went before: 64 characters, which is what AWS takes (API: RunInstances, ClientToken).

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use crate::model::Place;

const FORM: &str = "cloud101-";

/// What a token says of who launched an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Maker {
    /// This stack, in this account and region.
    ThisStack,
    /// Another stack.
    AnotherStack,
    /// Some stack, by a version of cloud101 whose tokens do not say which: 64 hex digits.
    SomeStack,
    /// Not cloud101, as far as can be seen.
    Others,
}

/// The same for each try at the same instance, and another for each further instance of an address. `earlier`: all that
/// the address ever had.
pub fn token(place: &Place, address: &str, earlier: &BTreeSet<&str>, attempt: u32) -> String {
    let attempt = attempt.to_string();
    let words = words(place).into_iter().chain([address]).chain(earlier.iter().copied()).chain([attempt.as_str()]);
    format!("{}-{:.21}", of_address(place, address), digits(words))
}

/// Who launched an instance with this token.
pub fn maker(place: &Place, token: &str) -> Maker {
    if token.starts_with(&of_stack(place)) {
        Maker::ThisStack
    } else if token.starts_with(FORM) {
        Maker::AnotherStack
    } else if token.len() == 64 && token.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        Maker::SomeStack
    } else {
        Maker::Others
    }
}

/// Whether an instance with this token was launched for `address`.
pub fn is_of_address(place: &Place, token: &str, address: &str) -> bool {
    token.starts_with(&of_address(place, address))
}

fn of_stack(place: &Place) -> String {
    format!("{FORM}{:.16}-", digits(words(place)))
}

/// How the tokens of an address begin.
pub fn of_address(place: &Place, address: &str) -> String {
    format!("{}{:.16}", of_stack(place), digits(words(place).into_iter().chain([address])))
}

fn words(place: &Place) -> [&str; 3] {
    [&place.account, &place.region, &place.stack].map(String::as_str)
}

fn digits<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let mut hash = Sha256::new();
    for word in words {
        hash.update(word.as_bytes());
        hash.update([0]);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> Place {
        let [partition, account, region, stack] = ["aws", "000000000000", "us-east-1", "lesson"].map(String::from);
        Place { partition, account, region, stack }
    }

    #[test]
    fn a_token_is_the_same_until_there_is_another_instance() {
        let none = BTreeSet::new();
        let one = token(&place(), "vm", &none, 0);
        assert_eq!(one, token(&place(), "vm", &none, 0));
        assert!(one.len() == 64 && one.is_ascii(), "{one}");
        let others = [
            token(&place(), "vm", &BTreeSet::from(["i-1"]), 0),
            token(&place(), "vm", &none, 1),
            token(&place(), "vm:ana", &none, 0),
            token(&Place { stack: "other".into(), ..place() }, "vm", &none, 0),
        ];
        assert!(!others.contains(&one));
        assert_eq!(BTreeSet::from(others).len(), 4);
    }

    #[test]
    fn a_token_says_for_which_stack_and_address_it_was_made() {
        let later = token(&place(), "vm", &BTreeSet::from(["i-1", "i-2"]), 3);
        assert_eq!(maker(&place(), &later), Maker::ThisStack);
        assert!(is_of_address(&place(), &later, "vm"));
        assert!(["v", "vm:ana", "vm2"].iter().all(|other| !is_of_address(&place(), &later, other)));
        let elsewhere = [
            Place { stack: "lesson-2".into(), ..place() },
            Place { region: "eu-west-1".into(), ..place() },
            Place { account: "111111111111".into(), ..place() },
        ];
        for other in &elsewhere {
            assert_eq!(maker(other, &later), Maker::AnotherStack);
            assert!(!is_of_address(other, &later, "vm"));
        }
        assert_eq!(maker(&place(), &"a".repeat(64)), Maker::SomeStack);
        for foreign in ["", "a", "0c1d2e3f-0000-4000-8000-000000000000"] {
            assert_eq!(maker(&place(), foreign), Maker::Others);
        }
    }
}

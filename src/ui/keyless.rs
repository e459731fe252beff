//! Texts about copies with their keys taken out, so that those that say the same are the same; and lists of keys.

use crate::aws::Error;
use crate::resource::Address;
use crate::suggest;

/// What stands in a key's place, as the file has it.
pub const KEY: &str = "${each.key}";
/// How many keys are named.
const NAMED: usize = 6;

/// `text` about the copy of `name` for `key`, with `${each.key}` in place of the key, wherever it stands as a word.
pub fn keyless(text: &str, name: &str, key: &str) -> String {
    let text = text.replace(&Address::copy(name, key).to_string(), name);
    let mut all = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(at) = rest.find(key) {
        let (before, after) = (&rest[..at], &rest[at + key.len()..]);
        let is_word =
            !(before.ends_with(is_of_word) || goes_on(after) || before.is_empty() && all.ends_with(is_of_word));
        all.push_str(before);
        all.push_str(if is_word { KEY } else { key });
        rest = after;
    }
    all + rest
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric()
}

/// Whether a word that ends before `rest` goes on there: `s3` does in `s3.bucket`.
fn goes_on(rest: &str) -> bool {
    rest.strip_prefix('.').unwrap_or(rest).starts_with(is_of_word)
}

/// An error about a copy, or about anything else, without what is its own: two that are then the same have one cause.
pub fn cause(address: Option<&Address>, error: &Error) -> Error {
    let own = |text: &str| match address.and_then(|address| Some((&address.name, address.key.as_ref()?))) {
        // Whatever its name is: that of another resource is as good.
        Some((name, key)) => keyless(&text.replace(&format!("[\"{key}\"]"), ""), name, key),
        None => text.to_owned(),
    };
    Error { message: own(&error.message), hint: error.hint.as_deref().map(own), request_id: None, ..error.clone() }
}

/// `ana, bo and 3 more`
pub fn people<S: AsRef<str>>(keys: &[S]) -> String {
    suggest::some(keys, NAMED, NAMED - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_are_named_and_of_many_the_first() {
        let keys = ["ana", "bo", "cy", "dan", "eva", "fay", "gil"];
        let shown = [0, 1, 2, 3, 6, 7].map(|count| people(&keys[..count]));
        assert_eq!(
            shown,
            [
                "",
                "ana",
                "ana and bo",
                "ana, bo and cy",
                "ana, bo, cy, dan, eva and fay",
                "ana, bo, cy, dan, eva and 2 more"
            ]
        );
    }

    #[test]
    fn errors_that_differ_only_in_the_key_have_one_cause() {
        let error = |key: &str, of: &str| {
            let error =
                Error { request_id: Some(format!("id-{key}")), ..Error::refused(format!("`lab-{key}` is {of}'s")) };
            cause(Some(&Address::copy("home", key)), &error)
        };
        let same = |one: Error, other: Error| (one.message, one.request_id) == (other.message, other.request_id);
        assert!(same(error("ana", "zoe"), error("bo", "zoe")));
        assert!(!same(error("ana", "zoe"), error("bo", "eva")));
    }
}

//! What may stand at the top of a stack file: its name, the region, the account; and what to write instead of what may not.

use crate::model::region;
use crate::suggest;

/// What to write in place of a stack's name that is none.
pub const STACK_NAME_HINT: &str =
    "a stack name has lowercase letters, digits and hyphens, begins with a letter, and has at most 32 characters";

/// Whether a stack may be called so.
pub fn is_stack_name(name: &str) -> bool {
    name.len() <= 32
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

/// What to write in place of a `region` that is none.
pub fn region_hint(region: &str) -> String {
    let plain = region.trim_matches(['“', '”', '‘', '’', '„']);
    if plain != region && is_region(plain) {
        return format!("write `{plain}`: these quotes come from a word processor");
    }
    match region.char_indices().last() {
        Some((at, zone)) if zone.is_ascii_lowercase() && is_region(&region[..at]) => {
            format!("`{region}` is an availability zone, not a region; write `{}`", &region[..at])
        }
        _ => "for example `us-east-1` or `eu-central-1`".into(),
    }
}

/// What to write in place of a region that is well formed and not known.
pub fn unknown_region_hint(region: &str) -> String {
    match region::nearest(region).as_slice() {
        [] => "`aws account list-regions` shows yours; for example `us-east-1` or `eu-central-1`".to_owned(),
        near => format!("did you mean {}? `aws account list-regions` shows yours", suggest::either(near)),
    }
}

/// `us-east-1`, `us-gov-west-1`, `eusc-de-east-1`: words, then a number.
pub fn is_region(region: &str) -> bool {
    let words: Vec<_> = region.split('-').collect();
    let [words @ .., number] = words.as_slice() else { return false };
    let is_word = |word: &&str| word.len() >= 2 && word.chars().all(|c| c.is_ascii_lowercase());
    words.len() >= 2 && words.iter().all(is_word) && number.len() <= 2 && number.parse::<u8>().is_ok()
}

/// What to write in place of a `stack` that is not a name.
pub fn stack_name_hint(name: &str) -> String {
    let allowed = |c: char| if c.is_ascii_lowercase() || c.is_ascii_digit() { c } else { '-' };
    let better: String = name.to_lowercase().chars().map(allowed).take(32).collect();
    let better = better.trim_matches('-');
    match is_stack_name(better) {
        true => format!("for example `{better}`: {STACK_NAME_HINT}"),
        false => STACK_NAME_HINT.to_owned(),
    }
}

/// What to write in place of an `account` that is not an account number.
pub fn account_hint(account: &str) -> String {
    let digits: String = account.chars().filter(char::is_ascii_digit).collect();
    match is_account(&digits) {
        true => format!("write \"{digits}\""),
        false => "`aws sts get-caller-identity` shows yours; put it in quotes".to_owned(),
    }
}

/// Whether it is an account's number.
pub fn is_account(account: &str) -> bool {
    account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit())
}

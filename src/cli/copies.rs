//! What to type where a command is about one thing, and a name stands for its copies.

use crate::aws::command::quoted;
use crate::resource::Address;
use crate::suggest;
use crate::ui::keyless::people;

use super::failure::Failure;

/// The keys of the copies of `name` among `all`.
fn keys<'a>(all: &[&'a Address], name: &str) -> Vec<&'a str> {
    all.iter().filter(|address| address.name == name).filter_map(|address| address.key.as_deref()).collect()
}

/// The failure where `typed` has copies and one of them must be meant; `None`: that is not what is wrong.
pub(super) fn one_of_copies(all: &[&Address], typed: &str) -> Option<Failure> {
    let typed = Address::parse(typed);
    let keys = keys(all, &typed.name);
    let first = keys.first().filter(|_| typed.key.is_none())?;
    let copies = if keys.len() == 1 { "1 copy".to_owned() } else { format!("{} copies", keys.len()) };
    let message = format!("`{typed}` has {copies}, and this command is about one of them");
    let example = quoted(&Address::copy(&*typed.name, *first).to_string());
    Some(Failure::usage(message, format!("write which one: {example} for `{first}`; there are {}", people(&keys))))
}

/// What to type in place of `typed`, which is none of `all`: the nearest name, and of one that has copies the keys.
pub(super) fn name_hint(all: &[&Address], typed: &str) -> String {
    hint(all, typed, suggest::closest)
}

/// The same for what is then changed or deleted: of the keys only the same one, spelled otherwise. The one beside may be
/// another person's.
pub(super) fn name_hint_to_change(all: &[&Address], typed: &str) -> String {
    hint(all, typed, suggest::same_key)
}

fn hint<'a>(all: &[&'a Address], typed: &str, nearest: fn(&str, Vec<&'a str>) -> Option<&'a str>) -> String {
    let typed = Address::parse(typed);
    let keys = keys(all, &typed.name);
    if let (false, Some(key)) = (keys.is_empty(), &typed.key) {
        return match nearest(key, keys.clone()) {
            Some(close) => format!("did you mean {}?", quoted(&Address::copy(&*typed.name, close).to_string())),
            None => format!("`{}` has copies for {}", typed.name, people(&keys)),
        };
    }
    let mut names: Vec<_> = all.iter().map(|address| address.name.as_str()).collect();
    names.dedup();
    if let (Some(key), Some(name)) = (&typed.key, suggest::closest(&typed.name, names.iter().copied()))
        && let Some(key) = nearest(key, self::keys(all, name))
    {
        return format!("did you mean {}?", quoted(&Address::copy(name, key).to_string()));
    }
    suggest::name_hint(&typed.name, names, "it has")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(typed: &str) -> (Option<String>, String) {
        let copies = ["ana", "bo", "cy"].map(|key| Address::copy("agent", key));
        let topic = Address::new("topic");
        let all: Vec<_> = copies.iter().chain([&topic]).collect();
        let one = one_of_copies(&all, typed).map(|failure| match failure {
            Failure::Usage { message, hint } => format!("{message}: {hint}"),
            _ => panic!("no other failure"),
        });
        (one, name_hint(&all, typed))
    }

    #[test]
    fn a_name_with_copies_gets_what_to_type_for_one() {
        let (one, _) = said("agent");
        let expected = "`agent` has 3 copies, and this command is about one of them: write which one: 'agent[\"ana\"]' for \
                        `ana`; there are ana, bo and cy";
        assert_eq!(one.as_deref(), Some(expected));
        assert_eq!(said("agent[an]"), (None, "did you mean 'agent[\"ana\"]'?".to_owned()));
        assert_eq!(said("agent[zoe]"), (None, "`agent` has copies for ana, bo and cy".to_owned()));
        assert_eq!(said("agnet"), (None, "did you mean `agent`?".to_owned()));
        assert_eq!(said("x"), (None, "it has: `agent`, `topic`".to_owned()));
        assert_eq!(said("topic").0, None);
        assert_eq!(said("AGENT[ANA]").1, "did you mean 'agent[\"ana\"]'?");
        let to_change = |typed: &str| name_hint_to_change(&[&Address::copy("agent", "s06")], typed);
        assert_eq!(to_change("agent[S6]"), "did you mean 'agent[\"s06\"]'?");
        assert_eq!(to_change("agent[s02]"), "`agent` has copies for s06");
        assert_eq!(to_change("Agent[s02]"), "did you mean `agent`?");
        assert_eq!(said("agent[BO]").1, "did you mean 'agent[\"bo\"]'?");
    }
}

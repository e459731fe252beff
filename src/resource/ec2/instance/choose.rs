//! Which of the stack's instances is which resource of the file. Pure.

use std::collections::HashMap;

use aws_sdk_ec2::types::Instance;

use crate::aws::ownership;
use crate::model::{Place, Tags};
use crate::resource::Desired;
use crate::resource::ec2::token;

use super::owner::{self, Known};
use super::spec::Spec;
use super::{find, tags};

/// How an instance is known to be a resource's; what comes later is more certain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum By {
    /// It lost its address, and no other resource has its name.
    Name,
    /// It lost its address, and its client token was made for the resource.
    Token,
    Tag,
}

/// For each of `desired` the live instance of its address; where a killed replacement left two, the one that fits the
/// stack better, and of equals the newer one. `has_image`: whether an instance with these tags has the image that is
/// wanted.
pub fn choose<'a>(
    place: &Place,
    desired: &[Desired<Spec>],
    instances: impl IntoIterator<Item = &'a Instance>,
    has_image: impl Fn(&Desired<Spec>, &Instance, &Tags) -> bool,
) -> Vec<Option<&'a Instance>> {
    let own: Vec<_> = instances.into_iter().filter_map(|one| Some((one, owner::own(place, one)?))).collect();
    let has_lost = |known: &Known| known.missing.contains(&ownership::RESOURCE);
    let mut by_address: HashMap<&str, Vec<&(&Instance, Known)>> = HashMap::new();
    for one in own.iter().filter(|(_, known)| !has_lost(known)) {
        let address = one.1.tags.get(ownership::RESOURCE).map(String::as_str).unwrap_or_default();
        by_address.entry(address).or_default().push(one);
    }
    let lost: Vec<_> = own.iter().filter(|(_, known)| has_lost(known)).collect();
    let mut names: HashMap<&str, usize> = HashMap::new();
    desired.iter().for_each(|one| *names.entry(&one.name).or_default() += 1);

    let best = |one: &Desired<Spec>| {
        let certain = by_address.get(tags::address(one).as_str()).into_iter().flatten().map(|found| (By::Tag, *found));
        let is_alone = names.get(one.name.as_str()) == Some(&1);
        let concluded = lost.iter().filter_map(|found| Some((known_by(place, one, is_alone, found)?, *found)));
        let best = certain.chain(concluded).max_by_key(|(by, (instance, known))| {
            let same_type = find::type_of(instance) == one.spec.instance_type;
            let launched = instance.launch_time().map(|time| (time.secs(), time.subsec_nanos()));
            // A name alone is no reason to take one instead of another whose address is certain.
            (*by != By::Name, has_image(one, instance, &known.tags), same_type, *by, launched)
        });
        best.map(|(_, (instance, _))| *instance)
    };
    desired.iter().map(best).collect()
}

/// How an instance that lost its address is known to be that of `desired`, whose name is its alone or not.
fn known_by(
    place: &Place,
    desired: &Desired<Spec>,
    is_alone: bool,
    (instance, known): &(&Instance, Known),
) -> Option<By> {
    let token = instance.client_token().unwrap_or_default();
    if token::is_of_address(place, token, &tags::address(desired)) {
        return Some(By::Token);
    }
    let has_no_address = token::maker(place, token) != token::Maker::ThisStack;
    (has_no_address && is_alone && known.tags.get(tags::NAME) == Some(&desired.name)).then_some(By::Name)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::samples::{desired, instance, ownership_tags, tags as few, token_of};
    use super::*;
    use crate::testing::place;

    fn launched(id: &str, address: &str, tags: &Tags) -> Instance {
        Instance::builder()
            .instance_id(id)
            .client_token(token_of(&place(), address))
            .set_tags(instance("", tags, &[]).tags)
            .build()
    }

    fn chosen(desired: &[Desired<Spec>], instances: &[Instance]) -> Vec<Option<String>> {
        let chosen = choose(&place(), desired, instances, |_, _, _| true);
        chosen.into_iter().map(|one| one?.instance_id.clone()).collect()
    }

    #[test]
    fn an_instance_without_its_address_is_distinguished_from_the_others_by_its_token() {
        let file = [desired("a", "lesson-a", json!({})), desired("b", "lesson-b", json!({}))];
        let stack = few(&[(ownership::STACK, &place().stack)]);
        let lost = [launched("i-b", "b", &stack), launched("i-a", "a", &Tags::new())];
        assert_eq!(chosen(&file, &lost), [Some("i-a".into()), Some("i-b".into())]);
        let other = [launched("i-c", "c", &stack)];
        assert_eq!(chosen(&file, &other), [None, None]);
    }

    #[test]
    fn a_token_that_says_nothing_leaves_the_name() {
        let stack = few(&[(ownership::STACK, &place().stack), (tags::NAME, "lesson-a")]);
        let lost = Instance::builder().client_token("a".repeat(64)).set_tags(instance("", &stack, &[]).tags);
        let lost = [lost.instance_id("i-a").build()];
        let file = [desired("a", "lesson-a", json!({})), desired("b", "lesson-b", json!({}))];
        assert_eq!(chosen(&file, &lost), [Some("i-a".into()), None]);
        let twice = [desired("a", "lesson-a", json!({})), desired("b", "lesson-a", json!({}))];
        assert_eq!(chosen(&twice, &lost), [None, None], "it could be either");
    }

    #[test]
    fn an_address_that_is_said_comes_before_one_that_is_concluded() {
        let file = [desired("a", "lesson-a", json!({}))];
        let both = [launched("i-lost", "a", &Tags::new()), launched("i-whole", "a", &ownership_tags("a"))];
        assert_eq!(chosen(&file, &both), [Some("i-whole".into())]);
    }
}

//! What takes the place of IAM's kinds where nothing of IAM can be made.

use crate::model::Place;
use crate::model::account_profile::AccountProfile;
use crate::resource::Attributes;
use crate::resource::account_profile::Provision;

use super::arn;

/// A role: the one that is there.
pub fn role(profile: &AccountProfile, place: &Place) -> Provision {
    let because = "roles can't be created there; it may do what this role may, whatever the policies of the stack say";
    stood_in_for(place, "role", profile.role.value, because)
}

/// An instance profile: the one that is there, with that role in it.
pub fn instance_profile(profile: &AccountProfile, place: &Place) -> Provision {
    let because = "instance profiles can't be created there; this one has the role that is there";
    stood_in_for(place, "instance-profile", profile.instance_profile.value, because)
}

/// A policy: what has it gets along with the permissions of the role that is there.
pub fn policy(_: &AccountProfile, _: &Place) -> Provision {
    Provision::LeftOut { because: "policies can't be created there" }
}

/// A user or a group.
pub fn person(_: &AccountProfile, _: &Place) -> Provision {
    Provision::Impossible {
        because: "users and groups can't be created there",
        instead: "remove it: each student has an account with a console and credentials already",
    }
}

fn stood_in_for(place: &Place, sort: &str, name: &'static str, because: &'static str) -> Provision {
    let attributes = [("arn", arn(place, sort, "/", name)), ("name", name.to_owned())];
    let attributes: Attributes = attributes.map(|(key, value)| (key.to_owned(), value)).into();
    Provision::StoodInFor { by: name, attributes, because }
}

//! Roles, policies and profiles in an account that answers as IAM does.

use std::sync::{Arc, Mutex};

use super::instance_profile::{self, InstanceProfile};
use super::policy::Policy;
use super::role::{self, Role};
use crate::resource::{Address, Desired, Resource, Tags};
use crate::testing::aws::{Asked, Aws, no, yes};

const DATE: &str = "<CreateDate>2026-01-01T00:00:00Z</CreateDate>";

/// Right after a role or a profile was made, IAM shows its id in the ARN's place.
#[tokio::test]
async fn an_id_in_the_place_of_an_arn_is_none() {
    let aws = Aws::with(|call: &Asked| match call.name.as_str() {
        "iam:GetRole" => yes(format!(
            "<GetRoleResponse><GetRoleResult><Role><Path>/cloud101/cloud101/</Path><RoleName>r</RoleName>\
             <RoleId>AROAQ7SSZBKHRKPWRZUN6</RoleId><Arn>AROAQ7SSZBKHRKPWRZUN6</Arn>{DATE}</Role></GetRoleResult></GetRoleResponse>"
        )),
        "iam:GetInstanceProfile" => yes(format!(
            "<GetInstanceProfileResponse><GetInstanceProfileResult><InstanceProfile><Path>/</Path>\
             <InstanceProfileName>p</InstanceProfileName><InstanceProfileId>AIPAQ7SSZBKHRKPWRZUN6</InstanceProfileId>\
             <Arn>AIPAQ7SSZBKHRKPWRZUN6</Arn><Roles/>{DATE}</InstanceProfile></GetInstanceProfileResult>\
             </GetInstanceProfileResponse>"
        )),
        name => {
            let operation = name.trim_start_matches("iam:");
            yes(format!("<{operation}Response><{operation}Result/></{operation}Response>"))
        }
    });
    let cx = aws.context();
    let role = role::read_one(&cx, "r", &role::Spec::default()).await.unwrap().unwrap();
    assert_eq!(role.attributes["arn"], "arn:aws:iam::123456789012:role/cloud101/cloud101/r");
    let profile = instance_profile::read_one(&cx, "p").await.unwrap().unwrap();
    assert_eq!(profile.attributes["arn"], "arn:aws:iam::123456789012:instance-profile/p");
}

/// The tags of an account in which IAM takes keys that differ by capitals for one, as it does for roles.
fn without_case(tags: Arc<Mutex<Tags>>) -> Aws {
    Aws::with(move |call: &Asked| {
        let pairs: Vec<_> = call.body.split('&').filter_map(|pair| pair.split_once('=')).collect();
        let values = |end: &str| -> Vec<String> {
            pairs.iter().filter(|(name, _)| name.ends_with(end)).map(|(_, value)| (*value).to_owned()).collect()
        };
        let mut tags = tags.lock().unwrap();
        let keys = values(".Key");
        let keyless = pairs.iter().filter(|(name, _)| name.starts_with("TagKeys.")).map(|(_, key)| (*key).to_owned());
        let named: Vec<_> = keys.iter().cloned().chain(keyless).map(|key| key.to_lowercase()).collect();
        tags.retain(|key, _| !named.contains(&key.to_lowercase()));
        tags.extend(keys.into_iter().zip(values(".Value")));
        let operation = call.name.trim_start_matches("iam:");
        yes(format!("<{operation}Response/>"))
    })
}

#[tokio::test]
async fn a_key_of_which_the_capitals_change_is_there_at_the_end() {
    async fn renamed(kind: impl Resource, id: &str) {
        let tag = |key: &str| (key.to_owned(), "bio".to_owned());
        let tags = Arc::new(Mutex::new(Tags::from([tag("course"), tag("room")])));
        let aws = without_case(tags.clone());
        let set = Tags::from([tag("Course")]);
        let remove = ["course".to_owned(), "room".to_owned()];
        kind.update_tags(&aws.context(), id, &set, &remove).await.unwrap();
        assert_eq!(*tags.lock().unwrap(), set, "{id}");
    }
    renamed(Role, "r").await;
    renamed(Policy, "arn:aws:iam::123456789012:policy/p").await;
    renamed(InstanceProfile, "p").await;
}

/// AWS takes such a description and gives it back garbled: that is no reason to replace the policy.
#[tokio::test]
async fn a_description_that_aws_garbles_is_the_one_of_the_file() {
    let aws = Aws::with(|call: &Asked| match call.name.as_str() {
        "iam:GetPolicy" if call.body.contains("policy/cloud101/") => yes(format!(
            "<GetPolicyResponse><GetPolicyResult><Policy><PolicyName>p</PolicyName><DefaultVersionId>v1</DefaultVersionId>\
             <Description>??</Description>{DATE}</Policy></GetPolicyResult></GetPolicyResponse>"
        )),
        "iam:GetPolicyVersion" => yes(
            "<GetPolicyVersionResponse><GetPolicyVersionResult><PolicyVersion><Document>{}</Document></PolicyVersion>\
             </GetPolicyVersionResult></GetPolicyVersionResponse>",
        ),
        _ => no(404, "NoSuchEntity", "none"),
    });
    let described = |text: &str| Desired {
        address: Address::new("policy"),
        name: "p".into(),
        spec: serde_json::from_value(serde_json::json!({ "description": text, "document": {} })).unwrap(),
        tags: Tags::new(),
        replaces: None,
    };
    let cx = aws.context();
    let read = Policy.read(&cx, &[described("ほげ"), described("other")]).await;
    let found: Vec<_> = read.into_iter().map(|live| live.unwrap().unwrap().spec.description.unwrap()).collect();
    assert_eq!(found, ["ほげ", "??"]);
}

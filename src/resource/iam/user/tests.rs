//! Users in an account that answers as IAM does.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::*;
use crate::aws::wait::clock::Clock;
use crate::resource::Address;
use crate::resource::others::Own;
use crate::testing::aws::{Asked, Aws, no, yes};
use crate::testing::ownership_tags;

const DATE: &str = "2026-01-01T00:00:00Z";

fn answer(call: &Asked, result: &str) -> crate::testing::aws::Answer {
    let operation = call.name.trim_start_matches("iam:");
    yes(format!("<{operation}Response><{operation}Result>{result}</{operation}Result></{operation}Response>"))
}

fn said<'a>(call: &'a Asked, field: &str) -> &'a str {
    call.body.split('&').find_map(|pair| pair.strip_prefix(field)?.strip_prefix('=')).unwrap_or_default()
}

fn of_user(name: &str) -> String {
    let tag = |(key, value): (&String, &String)| format!("<member><Key>{key}</Key><Value>{value}</Value></member>");
    let tags: String = ownership_tags("cloud101", "user", name).iter().map(tag).collect();
    format!(
        "<Path>/cloud101/cloud101/</Path><UserName>{name}</UserName><UserId>AIDA{name}</UserId>\
         <Arn>arn:aws:iam::123456789012:user/cloud101/cloud101/{name}</Arn><CreateDate>{DATE}</CreateDate><Tags>{tags}</Tags>"
    )
}

fn desired(name: &str, spec: Value) -> Desired<Spec> {
    let spec = serde_json::from_value(spec).unwrap();
    let tags = ownership_tags("cloud101", "user", name);
    Desired { address: Address::new("user"), name: name.into(), spec, tags, replaces: None }
}

fn changing(aws: &Aws) -> Vec<String> {
    let changes = |name: &String| !name.contains(":Get") && !name.contains(":List");
    aws.names().into_iter().filter(changes).map(|name| name.trim_start_matches("iam:").to_owned()).collect()
}

/// A user `ana` with everything that a user can have. AWS refuses to delete one who has any of it.
fn laden() -> Aws {
    let mut hanging: BTreeSet<&str> = [
        "DeleteLoginProfile",
        "DeleteAccessKey",
        "DeleteSigningCertificate",
        "DeleteSSHPublicKey",
        "DeleteServiceSpecificCredential",
        "DeactivateMFADevice",
        "DeleteUserPolicy",
        "DetachUserPolicy",
        "RemoveUserFromGroup",
    ]
    .into();
    let mut is_there = true;
    Aws::with(move |call| {
        let operation = call.name.trim_start_matches("iam:");
        hanging.remove(operation);
        match operation {
            "GetUser" if is_there => answer(call, &format!("<User>{}</User>", of_user("ana"))),
            "GetUser" => no(404, "NoSuchEntity", "The user with name ana cannot be found."),
            "GetLoginProfile" => answer(
                call,
                &format!("<LoginProfile><UserName>ana</UserName><CreateDate>{DATE}</CreateDate></LoginProfile>"),
            ),
            "ListAccessKeys" => answer(
                call,
                "<AccessKeyMetadata><member><AccessKeyId>AKIAIOSFODNN7EXAMPL1</AccessKeyId></member><member><AccessKeyId>\
                 AKIAIOSFODNN7EXAMPL2</AccessKeyId></member></AccessKeyMetadata>",
            ),
            "ListSigningCertificates" => answer(
                call,
                "<Certificates><member><UserName>ana</UserName><CertificateId>CERTIFICATEOFTWENTYFOURX</CertificateId>\
                 <CertificateBody>x</CertificateBody><Status>Active</Status></member></Certificates>",
            ),
            "ListSSHPublicKeys" => answer(
                call,
                &format!(
                    "<SSHPublicKeys><member><UserName>ana</UserName><SSHPublicKeyId>APKAIOSFODNN7EXAMPLE</SSHPublicKeyId>\
                     <Status>Active</Status><UploadDate>{DATE}</UploadDate></member></SSHPublicKeys>"
                ),
            ),
            "ListServiceSpecificCredentials" => answer(
                call,
                &format!(
                    "<ServiceSpecificCredentials><member><UserName>ana</UserName><Status>Active</Status><ServiceUserName>a\
                     </ServiceUserName><CreateDate>{DATE}</CreateDate><ServiceSpecificCredentialId>ACCAIOSFODNN7EXAMPLE\
                     </ServiceSpecificCredentialId><ServiceName>codecommit.amazonaws.com</ServiceName></member>\
                     </ServiceSpecificCredentials>"
                ),
            ),
            "ListMFADevices" => {
                let device = |number: &str| {
                    format!(
                        "<member><UserName>ana</UserName><SerialNumber>{number}</SerialNumber><EnableDate>{DATE}</EnableDate>\
                         </member>"
                    )
                };
                let devices = device("arn:aws:iam::123456789012:mfa/ana") + &device("GAHT12345678");
                answer(call, &format!("<MFADevices>{devices}</MFADevices>"))
            }
            "ListUserPolicies" => answer(call, "<PolicyNames><member>by-hand</member></PolicyNames>"),
            "ListAttachedUserPolicies" => answer(
                call,
                "<AttachedPolicies><member><PolicyArn>arn:aws:iam::aws:policy/ReadOnlyAccess</PolicyArn></member>\
                 </AttachedPolicies>",
            ),
            "ListGroupsForUser" => answer(
                call,
                &format!(
                    "<Groups><member><Path>/</Path><GroupName>students</GroupName><GroupId>AGPA</GroupId><Arn>arn:aws:iam::\
                     123456789012:group/students</Arn><CreateDate>{DATE}</CreateDate></member></Groups>"
                ),
            ),
            "DeleteUser" if !hanging.is_empty() => {
                no(409, "DeleteConflict", &format!("Cannot delete entity, first {hanging:?}."))
            }
            "DeleteUser" => {
                is_there = false;
                answer(call, "")
            }
            _ => answer(call, ""),
        }
    })
}

#[tokio::test]
async fn whatever_a_user_has_is_ended_first_and_the_second_factor_last() {
    let aws = laden();
    User.delete(&aws.context(), "ana", false).await.unwrap();
    assert_eq!(
        changing(&aws),
        [
            "DeleteLoginProfile",
            "DeleteAccessKey",
            "DeleteAccessKey",
            "DeleteSigningCertificate",
            "DeleteSSHPublicKey",
            "DeleteServiceSpecificCredential",
            "DeactivateMFADevice",
            // One of the two is a thing that people keep.
            "DeleteVirtualMFADevice",
            "DeactivateMFADevice",
            "DetachUserPolicy",
            "DeleteUserPolicy",
            "RemoveUserFromGroup",
            "DeleteUser",
        ]
    );
}

#[tokio::test]
async fn a_plan_says_what_ends_with_a_user() {
    let aws = laden();
    let (own, said) = (Own::default(), json!({}));
    let live = Live::new("ana", json!({ "inline_policies": { "by-hand": {} } }), Attributes::new(), Tags::new());
    let going = Going { id: "ana", live: Some(&live), said: Some(&said), own: &own };
    let others = User.others(&aws.context(), &going).await.unwrap();
    assert_eq!(
        others.notes,
        [
            "its console password, 2 access keys, 1 signing certificate, 1 SSH public key, 1 service-specific credential and \
             2 MFA devices end with it",
            "its inline policy by-hand, which is not in the file, is deleted with it",
        ]
    );
    assert!(others.holders.is_empty() && changing(&aws).is_empty());
}

#[tokio::test]
async fn a_password_that_was_set_a_moment_ago_is_deleted_when_iam_lets_it() {
    let clock = Clock::default();
    let time = clock.clone();
    let mut is_there = true;
    let aws = Aws::with(move |call| match call.name.as_str() {
        "iam:GetLoginProfile" => answer(
            call,
            &format!("<LoginProfile><UserName>ana</UserName><CreateDate>{DATE}</CreateDate></LoginProfile>"),
        ),
        "iam:DeleteLoginProfile" if time.elapsed().as_secs() < 10 => no(
            409,
            "EntityTemporarilyUnmodifiable",
            "Login Profile for User ana cannot be modified while login profile is being created.",
        ),
        "iam:DeleteUser" => {
            is_there = false;
            answer(call, "")
        }
        "iam:GetUser" if !is_there => no(404, "NoSuchEntity", "none"),
        _ => answer(call, ""),
    });
    let cx = aws.context();
    clock.run(User.delete(&cx, "ana", false)).await.unwrap();
    assert_eq!(changing(&aws).last().map(String::as_str), Some("DeleteUser"));
}

/// The account has `count` users of the stack's, on pages of a hundred.
fn class(count: usize, denied: bool) -> Aws {
    Aws::with(move |call| {
        let from: usize = said(call, "Marker").parse().unwrap_or(0);
        let to = (from + 100).min(count);
        let more = match to < count {
            true => format!("<IsTruncated>true</IsTruncated><Marker>{to}</Marker>"),
            false => "<IsTruncated>false</IsTruncated>".to_owned(),
        };
        match call.name.as_str() {
            "iam:ListUsers" => {
                let user = |n: usize| format!("<member>{}</member>", of_user(&format!("s{n}")));
                let users: String = (from..to).map(user).collect();
                answer(call, &format!("<Users>{users}</Users>{more}"))
            }
            "iam:GetAccountAuthorizationDetails" if denied => no(403, "AccessDenied", "not authorized"),
            "iam:GetAccountAuthorizationDetails" => {
                let user = |n: usize| {
                    format!(
                        "<member>{}<GroupList><member>students</member></GroupList><PermissionsBoundary>\
                         <PermissionsBoundaryArn>arn:aws:iam::123456789012:policy/class-boundary</PermissionsBoundaryArn>\
                         </PermissionsBoundary></member>",
                        of_user(&format!("s{n}"))
                    )
                };
                let users: String = (from..to).map(user).collect();
                answer(call, &format!("<UserDetailList>{users}</UserDetailList>{more}"))
            }
            "iam:GetUser" => answer(call, &format!("<User>{}</User>", of_user(said(call, "UserName")))),
            _ => answer(call, ""),
        }
    })
}

#[tokio::test]
async fn a_class_is_read_and_listed_by_pages() {
    let aws = class(200, false);
    let cx = aws.context().with_read_cache();
    let wanted: Vec<_> = (0..201).map(|n| desired(&format!("s{n}"), json!({}))).collect();
    let (read, listing) = tokio::join!(User.read(&cx, &wanted), User.list(&cx));
    let found: Vec<_> = read.into_iter().map(Result::unwrap).collect();
    assert_eq!(found.iter().filter(|one| one.is_some()).count(), 200);
    let first = found[0].clone().unwrap();
    assert_eq!(first.spec.groups.as_deref(), Some(&["students".to_owned()][..]));
    assert_eq!(first.spec.permissions_boundary.as_deref(), Some("arn:aws:iam::123456789012:policy/class-boundary"));
    assert_eq!((first.attributes["id"].as_str(), first.made), ("AIDAs0", Some(1_767_225_600)));
    let listing = listing.unwrap();
    assert_eq!((listing.owned.len(), listing.seen), (200, Some(200)));
    let mut names = aws.names();
    names.sort();
    // Two pages each.
    let all = ["iam:GetAccountAuthorizationDetails"; 2].into_iter().chain(["iam:ListUsers"; 2]);
    assert!(names.iter().eq(all), "{names:?}");
}

#[tokio::test]
async fn where_the_pages_are_denied_each_user_is_asked_for() {
    let aws = class(5, true);
    let cx = aws.context().with_read_cache();
    let wanted: Vec<_> = (0..5).map(|n| desired(&format!("s{n}"), json!({}))).collect();
    let read = User.read(&cx, &wanted).await;
    assert!(read.into_iter().all(|one| one.unwrap().is_some()));
    assert_eq!(User.list(&cx).await.unwrap().owned.len(), 5);
    assert_eq!(aws.names().iter().filter(|name| *name == "iam:GetUser").count(), 5, "each once");
}

#[tokio::test]
async fn a_user_who_is_there_alone_is_asked_for_alone() {
    let aws = class(1, false);
    let cx = aws.context().with_read_cache();
    User.read(&cx, &[desired("s0", json!({}))]).await.remove(0).unwrap().unwrap();
    User.list(&cx).await.unwrap();
    assert!(!aws.names().contains(&"iam:GetAccountAuthorizationDetails".to_owned()), "{:?}", aws.names());
}

/// A group that IAM knows after so many seconds, or never.
async fn joined(known_after: u64, is_shown: bool) -> (Result<Live<Spec>>, u64) {
    let clock = Clock::default();
    let time = clock.clone();
    let groups = Arc::new(Mutex::new(String::new()));
    let group = format!(
        "<Path>/</Path><GroupName>students</GroupName><GroupId>AGPA</GroupId><Arn>arn:aws:iam::123456789012:group/students\
         </Arn><CreateDate>{DATE}</CreateDate>"
    );
    let aws = Aws::with(move |call| match call.name.as_str() {
        "iam:AddUserToGroup" if time.elapsed().as_secs() < known_after => {
            no(404, "NoSuchEntity", "The group with name students cannot be found.")
        }
        "iam:AddUserToGroup" => {
            *groups.lock().unwrap() = format!("<member>{group}</member>");
            answer(call, "")
        }
        "iam:ListGroupsForUser" => answer(call, &format!("<Groups>{}</Groups>", groups.lock().unwrap())),
        "iam:GetGroup" if is_shown => answer(call, &format!("<Group>{group}</Group><Users/>")),
        "iam:GetGroup" => no(404, "NoSuchEntity", "The group with name students cannot be found."),
        "iam:GetUser" => answer(call, &format!("<User>{}</User>", of_user("ana"))),
        _ => answer(call, ""),
    });
    let cx = aws.context();
    let made = clock.run(User.create(&cx, &desired("ana", json!({ "groups": ["students"] })))).await;
    (made, clock.elapsed().as_secs())
}

#[tokio::test]
async fn a_group_that_is_new_is_awaited_and_one_that_does_not_exist_is_named() {
    assert!(joined(0, true).await.0.is_ok());
    assert!(joined(60, true).await.0.is_ok());
    let (missing, waited) = joined(600, false).await;
    let error = missing.unwrap_err();
    assert!(error.is_not_found() && waited <= 21, "{waited}: {error}");
    assert!(error.hint.is_some_and(|hint| hint.contains("aws iam list-groups")));
}

#[tokio::test]
async fn a_user_of_others_with_the_name_is_refused_and_not_touched() {
    let aws = Aws::with(|call| match call.name.as_str() {
        "iam:CreateUser" => no(409, "EntityAlreadyExists", "User with name bo already exists."),
        "iam:GetUser" => {
            answer(call, &format!("<User>{}</User>", of_user("ana").replace("UserName>ana", "UserName>bo")))
        }
        _ => answer(call, ""),
    });
    // The tags are a copy of those of `ana`.
    let error = User.create(&aws.context(), &desired("bo", json!({ "groups": ["students"] }))).await.unwrap_err();
    assert_eq!(error.message, "the user `bo` already exists, and its tags are a copy of another resource's");
    assert_eq!(changing(&aws), ["CreateUser"]);
}

#[test]
fn rules_that_need_no_aws() {
    let diagnostics = |name: &str, spec: Value| -> Vec<_> {
        let spec: Spec = serde_json::from_value(spec).unwrap();
        User.check(name, &spec, &Base::from("."))
            .into_iter()
            .map(|one| (one.path().to_owned(), one.is_error()))
            .collect()
    };
    let at = |path: &str, error: bool| vec![(path.to_owned(), error)];
    assert_eq!(
        diagnostics("ana", json!({ "groups": ["\u{1}${group.name}", "arn:aws:iam::123456789012:group/a/students"] })),
        []
    );
    assert_eq!(diagnostics(&"a".repeat(64), json!({})), []);
    assert_eq!(diagnostics(&"a".repeat(65), json!({})), at("name", true));
    assert_eq!(diagnostics("ana", json!({ "groups": ["the students"] })), at("groups.0", true));
    let groups = |count: usize| json!({ "groups": (0..count).map(|n| format!("g{n}")).collect::<Vec<_>>() });
    assert_eq!(diagnostics("ana", groups(10)), []);
    assert_eq!(diagnostics("ana", groups(11)), at("groups", true));
    assert_eq!(
        diagnostics("ana", json!({ "permissions_boundary": "class-boundary" })),
        at("permissions_boundary", true)
    );
    let statement = json!({ "Effect": "Allow", "Action": "s3:GetObject", "Resource": format!("arn:aws:s3:::b/{}", "x".repeat(2100)) });
    let inline = json!({ "long": { "Version": "2012-10-17", "Statement": [statement] } });
    assert_eq!(diagnostics("ana", json!({ "inline_policies": inline })), at("inline_policies", true));
}

#[test]
fn a_groups_arn_is_its_name() {
    let spec: Spec =
        serde_json::from_value(json!({ "groups": ["arn:aws:iam::123456789012:group/a/students", "b"] })).unwrap();
    assert_eq!(User.canonical(spec, &Base::from(".")).unwrap().groups.unwrap(), ["students", "b"]);
}

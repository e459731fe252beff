//! Groups in an account that answers as IAM does.

use std::sync::{Arc, Mutex};

use serde_json::json;

use super::*;
use crate::aws::ownership::{LastApplied, Ownership, is_ownership_tag};
use crate::resource::Address;
use crate::resource::others::Own;
use crate::testing::aws::{Answer, Asked, Aws, no, yes};

/// A group that is there, and its users.
#[derive(Default)]
struct There {
    path: Option<String>,
    users: Vec<&'static str>,
    /// Who joins as soon as another leaves.
    joins: Option<&'static str>,
    /// Whether a policy is attached to it.
    is_granted: bool,
}

fn of_group(path: &str) -> String {
    format!(
        "<Group><Path>{path}</Path><GroupName>students</GroupName><GroupId>AGPA</GroupId>\
         <Arn>arn:aws:iam::123456789012:group{path}students</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate></Group>"
    )
}

fn of_user(name: &str, tags: &Tags) -> String {
    let tag = |(key, value): (&String, &String)| format!("<member><Key>{key}</Key><Value>{value}</Value></member>");
    let tags: String = tags.iter().map(tag).collect();
    format!(
        "<Path>/</Path><UserName>{name}</UserName><UserId>AIDA</UserId><Arn>arn:aws:iam::123456789012:user/{name}</Arn>\
         <CreateDate>2026-01-01T00:00:00Z</CreateDate><Tags>{tags}</Tags>"
    )
}

fn said<'a>(call: &'a Asked, field: &str) -> &'a str {
    call.body.split('&').find_map(|pair| pair.strip_prefix(field)?.strip_prefix('=')).unwrap_or_default()
}

/// The group `students`, and users of whom those called `own…` are the stack's.
fn account(there: Arc<Mutex<There>>) -> Aws {
    Aws::with(move |call: &Asked| {
        let mut there = there.lock().unwrap();
        let operation = call.name.trim_start_matches("iam:").to_owned();
        let answer = |result: String| {
            yes(format!("<{operation}Response><{operation}Result>{result}</{operation}Result></{operation}Response>"))
        };
        let missing = || no(404, "NoSuchEntity", "The group with name students cannot be found.");
        match (operation.as_str(), there.path.clone()) {
            ("CreateGroup", Some(_)) => no(409, "EntityAlreadyExists", "Group with name students already exists."),
            ("CreateGroup", None) => {
                there.path = Some(said(call, "Path").to_owned());
                answer(of_group(said(call, "Path")))
            }
            ("GetGroup", Some(path)) => {
                let user = |name: &&str| format!("<member>{}</member>", of_user(name, &Tags::new()));
                let users: String = there.users.iter().map(user).collect();
                answer(format!("{}<Users>{users}</Users><IsTruncated>false</IsTruncated>", of_group(&path)))
            }
            ("UpdateGroup", Some(_)) => {
                there.path = Some(said(call, "NewPath").to_owned());
                answer(String::new())
            }
            ("DeleteGroup", Some(_)) if !there.users.is_empty() => {
                no(409, "DeleteConflict", "Cannot delete entity, must remove users from group first.")
            }
            ("DeleteGroup", Some(_)) => {
                there.path = None;
                answer(String::new())
            }
            ("RemoveUserFromGroup", Some(_)) => {
                there.users.retain(|user| *user != said(call, "UserName"));
                let joins = there.joins.take();
                there.users.extend(joins);
                answer(String::new())
            }
            ("GetUser", _) => {
                let name = said(call, "UserName");
                let tags = if name.starts_with("own") { ownership("user", name).tags() } else { Tags::new() };
                answer(format!("<User>{}</User>", of_user(name, &tags)))
            }
            ("GetGroup" | "UpdateGroup" | "DeleteGroup", None) => missing(),
            ("ListAttachedGroupPolicies", Some(_)) if there.is_granted => answer(
                "<AttachedPolicies><member><PolicyArn>arn:aws:iam::aws:policy/ReadOnlyAccess</PolicyArn></member>\
                 </AttachedPolicies>"
                    .to_owned(),
            ),
            _ => answer(String::new()),
        }
    })
}

fn ownership(address: &str, name: &str) -> Ownership {
    let mut applied = LastApplied::default();
    applied.insert("policies", &json!([]), false);
    applied.bind(name);
    Ownership { stack: "cloud101".into(), address: Address::new(address), applied, keep: Default::default() }
}

fn desired(spec: Spec) -> Desired<Spec> {
    let tags = ownership("group", "students").tags();
    Desired { address: Address::new("group"), name: "students".into(), spec, tags, replaces: None }
}

fn changing(aws: &Aws) -> Vec<String> {
    aws.names().into_iter().filter(|name| !name.contains(":Get") && !name.contains(":List")).collect()
}

#[tokio::test]
async fn a_group_carries_its_marks_in_its_path_from_the_call_that_makes_it() {
    let aws = account(Arc::default());
    let live = Group.create(&aws.context(), &desired(Spec::default())).await.unwrap();
    let read = Ownership::read(&live.tags).unwrap();
    assert_eq!(read, ownership("group", "students"));
    assert_eq!(live.attributes["id"], "AGPA");
    let asked = aws.calls().into_iter().find(|call| call.name == "iam:CreateGroup").unwrap();
    assert!(said(&asked, "Path").starts_with("/cloud101/cloud101/group/"), "{}", asked.body);
    // The answer was lost: the same call again finds what it made.
    Group.create(&aws.context(), &desired(Spec::default())).await.unwrap();
}

#[tokio::test]
async fn a_group_of_others_with_the_name_is_refused_and_not_touched() {
    let mut marked = Marked { tags: ownership("group", "another").tags(), before: "/".into() };
    let copied = marked.path().unwrap();
    marked.tags.insert("cloud101:stack".into(), "physics".into());
    for (path, owner) in [
        ("/", "the group `students` already exists and does not belong to this stack"),
        ("/cloud101/cloud101/", "the group `students` already exists and does not belong to this stack"),
        (&*copied, "the group `students` already exists, and its tags are a copy of another resource's"),
    ] {
        let aws =
            account(Arc::new(Mutex::new(There { path: Some(path.to_owned()), users: Vec::new(), ..There::default() })));
        let policies =
            Spec { policies: Some(vec!["arn:aws:iam::aws:policy/ReadOnlyAccess".into()]), ..Spec::default() };
        let error = Group.create(&aws.context(), &desired(policies)).await.unwrap_err();
        assert_eq!(error.message, owner, "{path}");
        assert_eq!(changing(&aws), ["iam:CreateGroup"]);
    }
}

#[tokio::test]
async fn an_adopted_group_has_its_path_again_when_it_is_released() {
    let there = Arc::new(Mutex::new(There { path: Some("/staff/".into()), users: vec!["ana"], ..There::default() }));
    let aws = account(there.clone());
    let cx = aws.context();
    let mut adopted = ownership("group", "students");
    adopted.keep.adopted = true;
    Group.update_tags(&cx, "students", &adopted.tags(), &[]).await.unwrap();
    let current = Group.current(&cx, "students").await.unwrap().unwrap();
    assert_eq!((Ownership::read(&current.tags), current.invented.as_deref()), (Some(adopted), Some("AGPA")));
    assert!(there.lock().unwrap().path.as_ref().is_some_and(|path| path.ends_with("/adopted/staff/")));
    let all: Vec<_> = current.tags.keys().filter(|key| is_ownership_tag(key)).cloned().collect();
    Group.update_tags(&cx, "students", &Tags::new(), &all).await.unwrap();
    assert_eq!(there.lock().unwrap().path.as_deref(), Some("/staff/"));
    assert_eq!(there.lock().unwrap().users, ["ana"]);
}

#[tokio::test]
async fn a_group_that_users_of_others_are_in_is_left_with_them() {
    let path = marked_path::new(&ownership("group", "students").tags()).unwrap();
    let there = Arc::new(Mutex::new(There { path: Some(path), users: vec!["own-1", "ana", "bo"], ..There::default() }));
    let aws = account(there.clone());
    let error = Group.delete(&aws.context(), "students", false).await.unwrap_err();
    assert!(
        error.message.starts_with("the group `students` is in use outside this stack, by the user ana and the user bo"),
        "{error}"
    );
    let command = "aws iam remove-user-from-group --group-name students --user-name ana";
    assert!(error.hint.as_ref().is_some_and(|hint| hint.contains(command)), "{error}");
    assert_eq!(changing(&aws), [""; 0]);
    // Of what the plan knows to be the stack's nothing is asked.
    let own = Own::from_iter([("iam.user".to_owned(), "own-1".to_owned())]);
    let going = Going { id: "students", live: None, said: None, own: &own };
    let others = Group.others(&aws.context(), &going).await.unwrap();
    assert_eq!((others.names().as_str(), others.beside.len()), ("the user ana and the user bo", 0));

    there.lock().unwrap().users = vec!["own-1", "own-2"];
    Group.delete(&aws.context(), "students", false).await.unwrap();
    let calls = ["iam:RemoveUserFromGroup", "iam:RemoveUserFromGroup", "iam:DeleteGroup"];
    assert_eq!(changing(&aws), calls);
    assert_eq!(there.lock().unwrap().path, None);
}

/// IAM lets the policies go at once, and then refuses to delete the group because of its new user.
#[tokio::test]
async fn a_group_that_a_user_joins_meanwhile_keeps_its_policies() {
    let path = marked_path::new(&ownership("group", "students").tags()).unwrap();
    let there = There { path: Some(path), users: vec!["own-1"], joins: Some("ana"), is_granted: true };
    let there = Arc::new(Mutex::new(there));
    let aws = account(there.clone());
    let error = Group.delete(&aws.context(), "students", false).await.unwrap_err();
    assert!(error.message.contains("is in use outside this stack, by the user ana"), "{error}");
    assert_eq!(changing(&aws), ["iam:RemoveUserFromGroup"]);
    assert_eq!(there.lock().unwrap().users, ["ana"]);
}

#[tokio::test]
async fn the_list_alone_shows_who_owns_a_group() {
    let group = |name: &str, path: &str| {
        format!(
            "<member>{}</member>",
            of_group(path).replace("students", name).replace("Group>", "X>").replace("<X>", "").replace("</X>", "")
        )
    };
    let path = |name: &str| marked_path::new(&ownership("group", name).tags()).unwrap();
    let groups =
        [group("one", &path("one")), group("copy", &path("one")), group("bare", "/cloud101/cloud101/")].concat();
    let aws = Aws::with(move |_| {
        yes(format!(
            "<ListGroupsResponse><ListGroupsResult><Groups>{groups}</Groups><IsTruncated>false</IsTruncated></ListGroupsResult>\
             </ListGroupsResponse>"
        ))
    });
    let listing = Group.list(&aws.context()).await.unwrap();
    let names = |all: &[Owned]| all.iter().map(|one| one.name.clone()).collect::<Vec<_>>();
    assert_eq!(
        (names(&listing.owned), names(&listing.doubtful)),
        (vec!["one".into()], vec!["copy".into(), "bare".into()])
    );
    assert_eq!((listing.seen, aws.names().len()), (Some(3), 1));
}

/// A page of all groups, and a user who may not ask for it.
fn page(denied: bool) -> impl FnMut(&Asked) -> Answer {
    move |call| match call.name.as_str() {
        "iam:GetAccountAuthorizationDetails" if denied => {
            no(403, "AccessDenied", "not authorized to perform: iam:GetAccountAuthorizationDetails")
        }
        "iam:GetAccountAuthorizationDetails" => {
            let group = |n: usize| {
                format!(
                    "<member><Path>/</Path><GroupName>g{n}</GroupName><GroupId>AGPA{n}</GroupId><GroupPolicyList><member>\
                     <PolicyName>read</PolicyName><PolicyDocument>%7B%22Statement%22%3A%5B%5D%7D</PolicyDocument></member>\
                     </GroupPolicyList><AttachedManagedPolicies><member><PolicyArn>arn:aws:iam::aws:policy/ReadOnlyAccess\
                     </PolicyArn></member></AttachedManagedPolicies></member>"
                )
            };
            let groups: String = (0..10).map(group).collect();
            yes(format!(
                "<GetAccountAuthorizationDetailsResponse><GetAccountAuthorizationDetailsResult><GroupDetailList>{groups}\
                 </GroupDetailList><IsTruncated>false</IsTruncated></GetAccountAuthorizationDetailsResult>\
                 </GetAccountAuthorizationDetailsResponse>"
            ))
        }
        "iam:GetGroup" => no(404, "NoSuchEntity", "none"),
        name => {
            let operation = name.trim_start_matches("iam:");
            yes(format!("<{operation}Response><{operation}Result/></{operation}Response>"))
        }
    }
}

#[tokio::test]
async fn many_groups_are_read_by_pages_and_one_by_one_where_that_is_denied() {
    let wanted = |count: usize| -> Vec<_> {
        (0..count).map(|n| Desired { name: format!("g{n}"), ..desired(Spec::default()) }).collect()
    };
    let aws = Aws::with(page(false));
    let read = Group.read(&aws.context().with_read_cache(), &wanted(11)).await;
    let found: Vec<_> = read.into_iter().map(Result::unwrap).collect();
    assert_eq!(aws.names(), ["iam:GetAccountAuthorizationDetails"]);
    assert_eq!(found.iter().filter(|one| one.is_some()).count(), 10);
    let spec = found[0].clone().unwrap().spec;
    assert_eq!(spec.policies.unwrap(), ["arn:aws:iam::aws:policy/ReadOnlyAccess"]);
    assert_eq!(spec.inline_policies.unwrap()["read"], json!({ "Statement": [] }));

    let aws = Aws::with(page(true));
    let read = Group.read(&aws.context().with_read_cache(), &wanted(5)).await;
    assert!(read.into_iter().all(|one| one.unwrap().is_none()));
    assert_eq!(aws.names().iter().filter(|name| *name == "iam:GetGroup").count(), 5);
    let aws = Aws::with(page(false));
    Group.read(&aws.context().with_read_cache(), &wanted(crate::aws::FEW)).await;
    assert!(!aws.names().contains(&"iam:GetAccountAuthorizationDetails".to_owned()), "{:?}", aws.names());
}

#[test]
fn rules_that_need_no_aws() {
    let diagnostics = |name: &str, spec: Value| -> Vec<_> {
        let spec: Spec = serde_json::from_value(spec).unwrap();
        Group
            .check(name, &spec, &Base::from("."))
            .into_iter()
            .map(|one| (one.path().to_owned(), one.is_error()))
            .collect()
    };
    let at = |path: &str, error: bool| vec![(path.to_owned(), error)];
    assert_eq!(diagnostics("students", json!({ "policies": ["\u{1}${policy.arn}"] })), []);
    assert_eq!(diagnostics(&"s".repeat(128), json!({})), []);
    assert_eq!(diagnostics(&"s".repeat(129), json!({})), at("name", true));
    assert_eq!(diagnostics("students", json!({ "policies": ["ReadOnlyAccess"] })), at("policies.0", true));
    let many: Vec<_> = (0..11).map(|n| format!("arn:aws:iam::123456789012:policy/p{n}")).collect();
    assert_eq!(diagnostics("students", json!({ "policies": many })), at("policies", false));
    let statement = json!({ "Effect": "Allow", "Action": "s3:GetObject", "Resource": format!("arn:aws:s3:::b/{}", "x".repeat(5200)) });
    let inline = json!({ "long": { "Version": "2012-10-17", "Statement": [statement] } });
    assert_eq!(diagnostics("students", json!({ "inline_policies": inline })), at("inline_policies", true));
}

//! Who has a policy or a role, in an account that answers as IAM and Lambda do.

use std::time::Duration;

use super::*;
use crate::aws::shared::Moment;
use crate::resource::Resource;
use crate::resource::iam::instance_profile::InstanceProfile;
use crate::resource::iam::policy::Policy;
use crate::resource::iam::role::Role;
use crate::testing::aws::{Answer, Asked, Aws, no, yes};

const ARN: &str = "arn:aws:iam::123456789012:policy/cloud101/cloud101/p";

fn entities(users: &[&str], groups: &[&str], roles: &[&str]) -> Answer {
    let list = |sort: &str, names: &[&str]| {
        let item = |name: &&str| format!("<member><{sort}Name>{name}</{sort}Name><{sort}Id>X</{sort}Id></member>");
        format!("<Policy{sort}s>{}</Policy{sort}s>", names.iter().map(item).collect::<String>())
    };
    let lists = list("User", users) + &list("Group", groups) + &list("Role", roles);
    yes(format!(
        "<ListEntitiesForPolicyResponse><ListEntitiesForPolicyResult>{lists}<IsTruncated>false</IsTruncated>\
         </ListEntitiesForPolicyResult></ListEntitiesForPolicyResponse>"
    ))
}

/// A role that carries the mark if its name begins with `own`.
fn a_role(call: &Asked) -> Answer {
    let name = call.body.split('&').find_map(|pair| pair.strip_prefix("RoleName=")).unwrap_or_default().to_owned();
    let tags = tags(name.starts_with("own").then_some(&name));
    yes(format!(
        "<GetRoleResponse><GetRoleResult><Role><Path>/</Path><RoleName>{name}</RoleName><RoleId>AROA</RoleId>\
         <Arn>arn:aws:iam::123456789012:role/{name}</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate>{tags}</Role>\
         </GetRoleResult></GetRoleResponse>"
    ))
}

/// A user, in the same way.
fn a_user(call: &Asked) -> Answer {
    let name = call.body.split('&').find_map(|pair| pair.strip_prefix("UserName=")).unwrap_or_default().to_owned();
    let tags = tags(name.starts_with("own").then_some(&name));
    yes(format!(
        "<GetUserResponse><GetUserResult><User><Path>/</Path><UserName>{name}</UserName><UserId>AIDA</UserId>\
         <Arn>arn:aws:iam::123456789012:user/{name}</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate>{tags}</User>\
         </GetUserResult></GetUserResponse>"
    ))
}

/// A group, whose path is its mark.
fn a_group(call: &Asked) -> Answer {
    let name = call.body.split('&').find_map(|pair| pair.strip_prefix("GroupName=")).unwrap_or_default();
    let record = ownership(name)[crate::aws::ownership::APPLIED].replace('/', "_");
    let path = if name.starts_with("own") { format!("/cloud101/cloud101/role/{record}/-/") } else { "/".to_owned() };
    yes(format!(
        "<GetGroupResponse><GetGroupResult><Group><Path>{path}</Path><GroupName>{name}</GroupName><GroupId>AGPA</GroupId>\
         <Arn>arn:aws:iam::123456789012:group{path}{name}</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate></Group><Users/>\
         <IsTruncated>false</IsTruncated></GetGroupResult></GetGroupResponse>"
    ))
}

/// The mark of the stack's `name`.
fn ownership(name: &str) -> Tags {
    let mut applied = crate::aws::ownership::LastApplied::default();
    applied.bind(name);
    let address = crate::resource::Address::new("role");
    Ownership { stack: "cloud101".into(), address, applied, keep: Default::default() }.tags()
}

fn tags(own: Option<&String>) -> String {
    let ownership_tags = own.map(|name| ownership(name)).unwrap_or_default();
    let tag = |(key, value): (&String, &String)| format!("<member><Key>{key}</Key><Value>{value}</Value></member>");
    format!("<Tags>{}</Tags>", ownership_tags.iter().map(tag).collect::<String>())
}

/// The user `boxed` has the policy as a boundary only.
fn account() -> Aws {
    Aws::with(|call| match call.name.as_str() {
        "iam:ListEntitiesForPolicy" if call.body.contains("PermissionsPolicy") => {
            entities(&["ana", "own-user"], &["class", "own-group"], &["own-1", "own-2", "lab"])
        }
        "iam:ListEntitiesForPolicy" => {
            entities(&["ana", "boxed", "own-user"], &["class", "own-group"], &["own-1", "own-2", "lab", "boxed-role"])
        }
        "iam:GetRole" => a_role(call),
        "iam:GetUser" => a_user(call),
        "iam:GetGroup" => a_group(call),
        "iam:ListPolicyVersions" => {
            yes("<ListPolicyVersionsResponse><ListPolicyVersionsResult/></ListPolicyVersionsResponse>")
        }
        name => panic!("{name}"),
    })
}

#[tokio::test]
async fn users_groups_and_roles_are_reported_by_their_tags_with_the_command_for_each() {
    let aws = account();
    let own = Own::from_iter([("iam.role".to_owned(), "own-1".to_owned())]);
    let others = of_policy(&aws.context(), ARN, &own).await.unwrap();
    let beside = |kind: &str| -> Vec<_> {
        others.beside.iter().filter(|beside| beside.kind == kind).map(|beside| beside.id.as_str()).collect()
    };
    assert_eq!(["iam.user", "iam.group", "iam.role"].map(beside), [vec!["own-user"], vec!["own-group"], vec!["own-2"]]);
    let commands: Vec<_> = others.holders.iter().map(|holder| holder.command.as_str()).collect();
    assert_eq!(
        commands,
        [
            format!("aws iam detach-user-policy --user-name ana --policy-arn {ARN}"),
            "aws iam delete-user-permissions-boundary --user-name boxed".to_owned(),
            format!("aws iam detach-group-policy --group-name class --policy-arn {ARN}"),
            format!("aws iam detach-role-policy --role-name lab --policy-arn {ARN}"),
            "aws iam delete-role-permissions-boundary --role-name boxed-role".to_owned(),
        ]
    );
    assert_eq!(others.names(), "the user ana, the user boxed, the group class, the role lab and the role boxed-role");
    // Of what the plan knows to be the stack's nothing is asked.
    assert!(!aws.calls().iter().any(|call| call.name == "iam:GetRole" && call.body.contains("own-1")));
}

#[tokio::test]
async fn a_policy_of_others_use_is_refused_before_anything_is_taken() {
    let aws = account();
    let error = Policy.delete(&aws.context(), ARN, false).await.unwrap_err();
    assert!(
        error.message.starts_with("the policy `p` is in use outside this stack, by the user ana, the user boxed,"),
        "{error}"
    );
    let changing = |name: &String| !name.contains(":List") && !name.contains(":Get");
    assert!(!aws.names().iter().any(changing), "{:?}", aws.names());
}

#[tokio::test]
async fn a_policy_is_taken_from_the_stacks_own_role_user_and_group() {
    let mut is_there = true;
    let aws = Aws::with(move |call| match call.name.as_str() {
        "iam:ListEntitiesForPolicy" => entities(&["own-user"], &["own-group"], &["own-role"]),
        "iam:GetRole" => a_role(call),
        "iam:GetUser" => a_user(call),
        "iam:GetGroup" => a_group(call),
        "iam:GetPolicy" if !is_there => no(404, "NoSuchEntity", "no policy"),
        name => {
            is_there &= name != "iam:DeletePolicy";
            let operation = name.trim_start_matches("iam:");
            yes(format!("<{operation}Response><{operation}Result/></{operation}Response>"))
        }
    });
    Policy.delete(&aws.context(), ARN, false).await.unwrap();
    let changing = |name: &String| !name.contains(":List") && !name.contains(":Get");
    let calls: Vec<_> = aws.names().into_iter().filter(changing).collect();
    assert_eq!(calls, ["iam:DetachUserPolicy", "iam:DetachGroupPolicy", "iam:DetachRolePolicy", "iam:DeletePolicy"]);
}

/// The role `r` is held by an instance profile and functions, one of each the stack's.
fn role_account(denied: bool) -> Aws {
    let profile = |name: &str, tags: &str| {
        format!(
            "<Path>/</Path><InstanceProfileName>{name}</InstanceProfileName><InstanceProfileId>AIPA</InstanceProfileId>\
             <Arn>arn:aws:iam::123456789012:instance-profile/{name}</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate>\
             <Roles/>{tags}"
        )
    };
    Aws::with(move |call| match call.name.as_str() {
        "iam:ListInstanceProfilesForRole" => yes(format!(
            "<ListInstanceProfilesForRoleResponse><ListInstanceProfilesForRoleResult><InstanceProfiles>\
             <member>{}</member><member>{}</member></InstanceProfiles><IsTruncated>false</IsTruncated>\
             </ListInstanceProfilesForRoleResult></ListInstanceProfilesForRoleResponse>",
            profile("own-profile", ""),
            profile("lab-profile", "")
        )),
        "iam:GetInstanceProfile" => {
            let name = if call.body.contains("own-profile") { "own-profile" } else { "lab-profile" };
            let tags = tags(name.starts_with("own").then(|| name.to_owned()).as_ref());
            yes(format!(
                "<GetInstanceProfileResponse><GetInstanceProfileResult><InstanceProfile>{}</InstanceProfile>\
                 </GetInstanceProfileResult></GetInstanceProfileResponse>",
                profile(name, &tags)
            ))
        }
        name if name.starts_with("lambda:GET /2015-03-31/functions/ListFunctions")
            || name.ends_with("/functions")
            || name.ends_with("/functions/") =>
        {
            if denied {
                return no(403, "AccessDeniedException", "not authorized to perform: lambda:ListFunctions");
            }
            let function = |name: &str, role: &str| serde_json::json!({ "FunctionName": name, "Role": format!("arn:aws:iam::123456789012:role/any/path/{role}") });
            let all = [function("own-fn", "r"), function("lab-fn", "r"), function("else", "rr"), function("gone", "r")];
            yes(serde_json::json!({ "Functions": all }).to_string())
        }
        name if name.contains("/functions/gone") => no(404, "ResourceNotFoundException", "gone"),
        name if name.contains("/functions/") => {
            let own = if name.contains("own-fn") { ownership("own-fn") } else { Default::default() };
            yes(serde_json::json!({ "Configuration": {}, "Tags": own }).to_string())
        }
        "iam:ListAttachedRolePolicies" | "iam:ListRolePolicies" => {
            let name = call.name.trim_start_matches("iam:");
            yes(format!(
                "<{name}Response><{name}Result><PolicyNames/><AttachedPolicies/></{name}Result></{name}Response>"
            ))
        }
        name => panic!("{name}"),
    })
}

#[tokio::test]
async fn a_role_that_others_functions_and_profiles_have_is_left_with_them() {
    let aws = role_account(false);
    let error = Role.delete(&aws.context(), "r", false).await.unwrap_err();
    assert_eq!(
        error.message,
        "the role `r` is in use outside this stack, by the function lab-fn and the instance profile lab-profile, which \
            would lose it"
    );
    let changing = |name: &String| name.starts_with("iam:") && !name.contains(":List") && !name.contains(":Get");
    assert!(!aws.names().iter().any(changing), "{:?}", aws.names());
    let others = of_role(&role_account(false).context(), "r", &Own::default()).await.unwrap();
    assert_eq!(others.beside.iter().map(|beside| beside.id.as_str()).collect::<Vec<_>>(), ["own-fn", "own-profile"]);
}

#[tokio::test]
async fn who_may_not_list_functions_is_reported_so() {
    let others = of_role(&role_account(true).context(), "r", &Own::default()).await.unwrap();
    assert_eq!(others.names(), "the instance profile lab-profile");
    assert_eq!(others.notes, ["whether other functions use it is not known: lambda:ListFunctions is denied"]);
}

#[tokio::test]
async fn what_a_deletion_asks_first_is_answered_while_it_waits_and_of_the_region_once_for_all() {
    let aws = role_account(false);
    let (cx, moment) = (aws.context(), Moment::of(Duration::from_secs(3600)));
    let looks = ["r", "rr"].map(|role| (role, cx.for_a_look_at(&moment)));
    for (role, look) in &looks {
        Role.ask_first(look, role).await.unwrap();
    }
    let asked = aws.names();
    let lists = asked.iter().filter(|name| name.ends_with("/functions") || name.ends_with("/functions/"));
    assert_eq!(lists.count(), 1, "{asked:?}");
    Role.delete(&cx.right_after(&looks[0].1), "r", false).await.unwrap_err();
    assert_eq!(aws.names(), asked);
}

/// An unused instance profile, and its role.
fn profile_account() -> Aws {
    let deleted = std::sync::atomic::AtomicBool::new(false);
    Aws::with(move |call| match call.name.as_str() {
        "iam:GetInstanceProfile" if deleted.load(std::sync::atomic::Ordering::SeqCst) => {
            no(404, "NoSuchEntity", "no profile")
        }
        "iam:GetInstanceProfile" => yes(format!(
            "<GetInstanceProfileResponse><GetInstanceProfileResult><InstanceProfile><Path>/</Path><InstanceProfileName>p\
             </InstanceProfileName><InstanceProfileId>AIPA</InstanceProfileId><Arn>arn:aws:iam::123456789012:instance-profile/p\
             </Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate><Roles/>{}</InstanceProfile></GetInstanceProfileResult>\
             </GetInstanceProfileResponse>",
            tags(Some(&"p".to_owned()))
        )),
        "iam:DeleteInstanceProfile" => {
            deleted.store(true, std::sync::atomic::Ordering::SeqCst);
            yes("<DeleteInstanceProfileResponse/>")
        }
        "ec2:DescribeIamInstanceProfileAssociations" => yes("<DescribeIamInstanceProfileAssociationsResponse/>"),
        name => panic!("{name}"),
    })
}

#[tokio::test]
async fn an_instance_profile_is_deleted_by_what_was_asked_while_it_waited() {
    let aws = profile_account();
    let (cx, moment) = (aws.context(), Moment::of(Duration::from_secs(3600)));
    let look = cx.for_a_look_at(&moment);
    let (current, first) = tokio::join!(InstanceProfile.current(&look, "p"), InstanceProfile.ask_first(&look, "p"));
    assert!(current.unwrap().is_some() && first.is_ok());
    assert_eq!(aws.names().len(), 2, "{:?}", aws.names());
    InstanceProfile.delete(&cx.right_after(&look), "p", false).await.unwrap();
    assert_eq!(aws.names()[2..], ["iam:DeleteInstanceProfile", "iam:GetInstanceProfile"]);
}

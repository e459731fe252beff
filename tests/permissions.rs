//! `docs/permissions*.json`, the IAM policies for those who run cloud101: each call that the code makes is allowed,
//! nothing is that neither the code nor AWS's own checks need, and what changes something is fenced in.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use cloud101::aws::permission;
use cloud101::reference::permission_documents;
use cloud101::resource::Registry;
use serde_json::Value;

/// To look, to change, to make roles, to make users, and to open shells.
const POLICIES: [&str; 5] = [
    "docs/permissions.json",
    "docs/permissions-change.json",
    "docs/permissions-roles.json",
    "docs/permissions-users.json",
    "docs/permissions-shells.json",
];
/// What the roles that a user with these policies makes may do at most.
const BOUNDARY: &str = "docs/permissions-boundary.json";

/// How long a managed policy may be, white space not counted (IAM quotas).
const SIZE: usize = 6144;

/// What is needed although no call has its name.
const BESIDES: [(&str, &str); 15] = [
    ("ec2:DescribeSubnets", "AWS checks it when a function gets a `vpc`"),
    ("ecr:BatchGetImage", "AWS checks it when a function gets an `image_uri` of another account"),
    ("ecr:GetDownloadUrlForLayer", "the same"),
    ("ecr:GetRepositoryPolicy", "by it Lambda sees whether the repository of an `image_uri` lets it in"),
    ("ecr:SetRepositoryPolicy", "by it Lambda lets itself in"),
    ("iam:CreateServiceLinkedRole", "the account's first spot instance"),
    ("iam:PassRole", "AWS checks it when a function or an instance profile gets a role"),
    ("lambda:ListTags", "without it GetFunction does not return the tags"),
    ("logs:GetLogEvents", "the lesson: what a function has written"),
    (
        "s3:GetObjectVersion",
        "Lambda fetches the `version` of a `code_s3` by the rights of the caller that makes the function or the layer",
    ),
    ("sns:Publish", "the lesson"),
    ("ssm:ResumeSession", "`connect`: the Session Manager plugin calls it when a connection breaks"),
    ("ssm:StartSession", "`connect`: the AWS CLI calls it"),
    ("ssm:TerminateSession", "`connect`: the AWS CLI and its plugin call it"),
    ("ssmmessages:OpenDataChannel", "`connect`: what a session's bytes go through"),
];

/// What the code may call and no policy allows.
const WITHHELD: [(&str, &str); 3] = [
    (
        "iam:DeleteRolePermissionsBoundary",
        "a role without the boundary could do anything: an administrator takes it off",
    ),
    ("iam:DeleteUserPermissionsBoundary", "the same of a user"),
    ("iam:PutGroupPolicy", "no boundary limits a group: who may write its policies could give any user everything"),
];

/// What changes something and is allowed on everything.
const OPEN: [(&str, &str); 3] = [
    ("lambda:TagResource", "CreateFunction with tags asks for it before there is a tag, and names no call that makes"),
    ("sns:SetSubscriptionAttributes", "IAM knows no resource for it"),
    ("sns:Unsubscribe", "IAM knows no resource for it"),
];

/// What is only used there, and may therefore be anybody's: the call changes something else, which is fenced in.
const USED: [(&str, &[&str]); 9] = [
    ("ec2:CreateSecurityGroup", &["vpc"]),
    ("ec2:CreateVolume", &["snapshot"]),
    ("ec2:ModifyInstanceAttribute", &["security-group"]),
    ("ec2:ModifyNetworkInterfaceAttribute", &["security-group"]),
    ("ecr:BatchGetImage", &["repository"]),
    ("ecr:GetDownloadUrlForLayer", &["repository"]),
    ("ecr:GetRepositoryPolicy", &["repository"]),
    // AWS deletes none that is assigned.
    ("iam:DeleteVirtualMFADevice", &["mfa"]),
    ("ec2:RunInstances", &["image", "key-pair", "security-group", "snapshot", "spot-instances-request", "subnet"]),
];

#[test]
fn the_policies_allow_what_the_code_calls_and_no_more() -> Result<()> {
    let mut operations = BTreeSet::new();
    collect(Path::new("src"), &mut operations)?;
    ensure!(operations.len() > 100, "only {} operations found in src/", operations.len());
    let needed: BTreeSet<String> = operations
        .iter()
        .flat_map(|operation| permission::of(operation).split(" and ").map(str::to_owned).collect::<Vec<_>>())
        .collect();
    let mut allowed = BTreeSet::new();
    for statement in statements()? {
        allowed.extend(texts(&statement["Action"]));
    }
    let withheld = |action: &str| WITHHELD.iter().any(|(withheld, _)| *withheld == action);
    let besides: Vec<_> = BESIDES.iter().filter(|(action, _)| !allowed.contains(*action)).collect();
    ensure!(besides.is_empty(), "the policies lack {besides:?}");
    let missing: Vec<_> = needed.difference(&allowed).filter(|action| !withheld(action)).collect();
    ensure!(missing.is_empty(), "the policies lack {missing:?}");
    ensure!(!allowed.iter().any(|action| withheld(action)), "what is withheld is allowed");
    let known = |action: &&String| needed.contains(*action) || BESIDES.iter().any(|(besides, _)| besides == action);
    let idle: Vec<_> = allowed.iter().filter(|action| !known(action)).collect();
    ensure!(idle.is_empty(), "the policies allow what nothing needs: {idle:?}");
    Ok(())
}

/// One for each call: what a kind's own files call, it allows itself.
#[test]
fn each_kind_says_what_its_calls_need() -> Result<()> {
    for kind in Registry::builtin().all() {
        let (service, word) = kind.name().split_once('.').context("no service")?;
        let mut operations = BTreeSet::from([kind.made_by().to_owned()]);
        let path = Path::new("src/resource").join(service).join(word);
        if path.is_dir() {
            collect(&path, &mut operations)?;
        }
        let file = path.with_extension("rs");
        if file.is_file() {
            collect_in(&file, &mut operations)?;
        }
        ensure!(operations.len() > 1, "{} calls nothing", kind.name());
        let allowed = kind.info().permissions.iter().flat_map(|one| &one.actions);
        let allowed: BTreeSet<&str> = allowed.map(|action| &**action).collect();
        let needed = operations.iter().flat_map(|operation| permission::of(operation).split(" and "));
        let withheld = |action: &str| WITHHELD.iter().any(|(withheld, _)| *withheld == action);
        let missing: Vec<_> = needed.filter(|action| !allowed.contains(action) && !withheld(action)).collect();
        ensure!(missing.is_empty(), "{} does not say that it needs {missing:?}", kind.name());
    }
    Ok(())
}

/// `tests/reference.rs` compares what is in them.
#[test]
fn the_policies_are_those_that_the_kinds_make() {
    let made = permission_documents(&Registry::builtin()).into_iter().map(|(name, _)| format!("docs/{name}"));
    assert_eq!(made.collect::<Vec<_>>(), POLICIES, "docs/permissions.md names each of them, too");
}

/// A statement's name stands for one fence.
#[test]
fn no_two_statements_have_one_name() -> Result<()> {
    let names: Vec<_> = statements()?.iter().map(|statement| statement["Sid"].to_string()).collect();
    ensure!(names.iter().collect::<BTreeSet<_>>().len() == names.len(), "{names:?}");
    Ok(())
}

#[test]
fn each_policy_is_short_enough_for_iam() -> Result<()> {
    for policy in POLICIES.iter().chain([&BOUNDARY]) {
        let size = fs::read_to_string(policy)?.chars().filter(|c| !c.is_whitespace()).count();
        ensure!(size <= SIZE, "{policy} has {size} characters, and IAM takes {SIZE}");
    }
    Ok(())
}

/// By path, by name, by tag or by the boundary.
#[test]
fn whatever_changes_something_is_fenced_in() -> Result<()> {
    let reads = |action: &str| {
        let operation = action.split(':').nth(1).unwrap_or_default();
        ["Get", "List", "Describe", "Simulate"].iter().any(|verb| operation.starts_with(verb))
    };
    for statement in statements()? {
        let is_fenced = statement["Resource"] != "*" || statement["Condition"].is_object();
        let actions = texts(&statement["Action"]);
        let is_known = |action: &str| OPEN.iter().any(|(open, _)| *open == action);
        let open: Vec<_> = actions.iter().filter(|action| !is_fenced && !reads(action) && !is_known(action)).collect();
        ensure!(open.is_empty(), "{} allows {open:?} on everything", statement["Sid"]);
        ensure!(!actions.iter().any(|action| action.contains('*')), "{} has a pattern of actions", statement["Sid"]);
    }
    Ok(())
}

/// Every resource of a type is as good as everything, unless a call merely uses it.
#[test]
fn whatever_is_changed_whole_types_of_is_fenced_in() -> Result<()> {
    for statement in statements()?.into_iter().filter(|statement| !statement["Condition"].is_object()) {
        let types: Vec<String> = texts(&statement["Resource"])
            .iter()
            .filter_map(|arn| arn.splitn(6, ':').nth(5)?.strip_suffix("/*").map(str::to_owned))
            .filter(|path| !path.contains('/'))
            .collect();
        for action in texts(&statement["Action"]) {
            let used = USED.iter().find(|(call, _)| *call == action).map_or(&[][..], |(_, used)| used);
            let open: Vec<_> = types.iter().filter(|one| !used.contains(&one.as_str())).collect();
            ensure!(open.is_empty(), "{} allows {action} on any {open:?}", statement["Sid"]);
        }
    }
    Ok(())
}

/// Lambda reads an image by the policy of its repository, to which it adds itself by the rights of the caller that
/// makes the function. Anyone who may write that policy could give images to anybody.
#[test]
fn a_function_from_an_image_can_be_made_and_only_repositories_of_the_class_be_opened() -> Result<()> {
    let mut on = std::collections::BTreeMap::new();
    for statement in statements()? {
        for action in texts(&statement["Action"]).into_iter().filter(|action| action.starts_with("ecr:")) {
            on.insert(action, texts(&statement["Resource"]).into_iter().collect::<Vec<_>>().join(" "));
        }
    }
    let (any, own) = ("arn:aws:ecr:*:*:repository/*", "arn:aws:ecr:*:*:repository/cloud101/*");
    let expected = [
        ("ecr:BatchGetImage", any),
        ("ecr:GetDownloadUrlForLayer", any),
        ("ecr:GetRepositoryPolicy", any),
        ("ecr:SetRepositoryPolicy", own),
    ];
    let on: Vec<_> = on.iter().map(|(action, on)| (action.as_str(), on.as_str())).collect();
    ensure!(on == expected, "{on:?}");
    Ok(())
}

/// What may hold secrets is read by name only.
#[test]
fn contents_are_read_by_name_only() -> Result<()> {
    for statement in statements()?.into_iter().filter(|statement| statement["Resource"] == "*") {
        let actions = texts(&statement["Action"]);
        let by_name = ["s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket", "ssm:GetParameters"];
        for read in by_name.into_iter().chain(["logs:FilterLogEvents", "logs:GetLogEvents"]) {
            ensure!(!actions.contains(read), "{read} is allowed on everything");
        }
    }
    Ok(())
}

/// Anyone who could rewrite the boundary, or take it off a role or a user, would have none.
#[test]
fn the_boundary_is_out_of_reach() -> Result<()> {
    for policy in &POLICIES[2..4] {
        let text = fs::read_to_string(policy)?;
        ensure!(text.contains(":policy/class-boundary\"") && !text.contains("/cloud101/class-boundary"), "{text}");
    }
    let gives = [
        "iam:AttachRolePolicy",
        "iam:AttachUserPolicy",
        "iam:CreateRole",
        "iam:CreateUser",
        "iam:PutUserPermissionsBoundary",
        "iam:PutUserPolicy",
        "iam:PutRolePermissionsBoundary",
        "iam:PutRolePolicy",
        "iam:UpdateAssumeRolePolicy",
    ];
    for statement in statements()? {
        let actions = texts(&statement["Action"]);
        let given: Vec<_> = gives.iter().filter(|action| actions.contains(**action)).collect();
        let is_bounded = statement["Condition"].to_string().contains("iam:PermissionsBoundary");
        ensure!(given.is_empty() || is_bounded, "{} allows {given:?} without the boundary", statement["Sid"]);
    }
    let boundary: Value = serde_json::from_str(&fs::read_to_string(BOUNDARY)?)?;
    // A user who has been handed a password has to set another one.
    let statements = boundary["Statement"].as_array().context("statements")?;
    let of_iam = statements.iter().filter(|statement| statement["Action"].to_string().contains("\"iam:"));
    let allowed: Vec<_> = of_iam.map(|statement| (&statement["Action"], &statement["Resource"])).collect();
    let own = [
        (&Value::from("iam:ChangePassword"), &Value::from("arn:aws:iam::*:user/cloud101/*/${aws:username}")),
        (&Value::from("iam:GetAccountPasswordPolicy"), &Value::from("*")),
    ];
    ensure!(allowed == own, "the boundary allows changes of IAM: {allowed:?}");
    Ok(())
}

/// Anybody can be put into a group, and no boundary limits it: it gets what an administrator has made for the class, and no
/// policy that the holder of these could have written.
#[test]
fn a_group_gets_policies_of_an_administrator_alone() -> Result<()> {
    let own = "arn:aws:iam::*:policy/cloud101/";
    for statement in statements()? {
        let actions = texts(&statement["Action"]);
        ensure!(!actions.contains("iam:PutGroupPolicy"), "{} writes policies of groups", statement["Sid"]);
        if actions.contains("iam:AttachGroupPolicy") {
            let allowed = texts(&statement["Condition"]["ArnLike"]["iam:PolicyARN"]);
            let is_made_by_another = |arn: &String| {
                arn.starts_with("arn:aws:iam::*:policy/class-") && !own.starts_with(&arn[..arn.len() - 1])
            };
            ensure!(!allowed.is_empty() && allowed.iter().all(is_made_by_another), "{allowed:?}");
        }
        // Only users with the boundary have the stack's policies as their own.
        if actions.contains("iam:CreatePolicy") {
            ensure!(texts(&statement["Resource"]).iter().all(|arn| !arn.contains("policy/class-")), "{statement}");
        }
    }
    Ok(())
}

fn statements() -> Result<Vec<Value>> {
    let mut all = Vec::new();
    for policy in POLICIES {
        let policy: Value = serde_json::from_str(&fs::read_to_string(policy)?)?;
        all.extend(policy["Statement"].as_array().context("no statements")?.clone());
    }
    Ok(all)
}

fn texts(value: &Value) -> BTreeSet<String> {
    match value {
        Value::String(action) => BTreeSet::from([action.clone()]),
        list => list.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect(),
    }
}

/// The names given to calls: `.call("ec2:RunInstances")`.
fn collect(folder: &Path, operations: &mut BTreeSet<String>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, operations)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            collect_in(&path, operations)?;
        }
    }
    Ok(())
}

fn collect_in(file: &Path, operations: &mut BTreeSet<String>) -> Result<()> {
    let text: String = fs::read_to_string(file)?.split_whitespace().collect();
    for start in [".call(\"", ".call_if_found(\"", ".all(\"", ".all_if_found(\"", "OPERATION:&str=\""] {
        let names = text.match_indices(start).filter_map(|(at, _)| text[at + start.len()..].split('"').next());
        // A fake kind in a test has calls of its own, which belong to no service.
        operations.extend(names.filter(|name| name.contains(':')).map(str::to_owned));
    }
    Ok(())
}

//! The policies for those who run cloud101, made of what each kind says that its calls need.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::resource::permission::{Allowed, Fence, Purpose};
use crate::resource::{Registry, Text};

/// How long a managed policy may be, white space not counted (IAM quotas).
const SIZE: usize = 6144;

/// What is asked whatever the kinds are: who asks, and what `doctor` and a destroy look for besides.
fn of_every_stack() -> Allowed {
    Fence::see().allows([
        "ec2:DescribeAddresses",
        "ec2:DescribeInstances",
        "ec2:DescribeKeyPairs",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeRegions",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSnapshots",
        "ec2:DescribeTags",
        "ec2:DescribeVolumes",
        "ec2:DescribeVpcs",
        "ec2:ListVolumesInRecycleBin",
        "iam:GetRole",
        "iam:SimulatePrincipalPolicy",
        "logs:DescribeLogGroups",
        "ses:GetAccount",
        "sns:ListSubscriptions",
        "sts:GetCallerIdentity",
    ])
}

/// The policies, each by its file's name, in as many documents as IAM's limit asks for.
pub fn permission_documents(registry: &Registry) -> Vec<(String, Value)> {
    let engine = of_every_stack();
    let kinds = registry.all().flat_map(|kind| &kind.info().permissions);
    let statements = statements([&engine].into_iter().chain(kinds));
    let purposes = [
        (Purpose::Look, ""),
        (Purpose::Change, "-change"),
        (Purpose::Roles, "-roles"),
        (Purpose::Users, "-users"),
        (Purpose::Shells, "-shells"),
    ];
    let documents = purposes.map(|(purpose, ending)| {
        let own = statements.iter().filter(|(fence, _)| fence.purpose == purpose);
        let own: Vec<_> = own.map(|(fence, actions)| statement(fence, actions)).collect();
        let parts = parts(own).into_iter().enumerate();
        let name = |n: usize| if n == 0 { String::new() } else { format!("-{}", n + 1) };
        parts.map(|(n, own)| (format!("permissions{ending}{}.json", name(n)), document(&own))).collect::<Vec<_>>()
    });
    documents.concat()
}

/// One for each fence, in the order of the first kinds that have it.
fn statements<'a>(all: impl Iterator<Item = &'a Allowed>) -> Vec<(&'a Fence, BTreeSet<&'a Text>)> {
    let mut statements: Vec<(&Fence, BTreeSet<&Text>)> = Vec::new();
    for Allowed { fence, actions } in all {
        match statements.iter_mut().find(|(other, _)| *other == fence) {
            Some((_, known)) => known.extend(actions),
            None => statements.push((fence, actions.iter().collect())),
        }
    }
    statements
}

fn statement(fence: &Fence, actions: &BTreeSet<&Text>) -> Value {
    let one_or_all = |texts: Vec<&Text>| match texts.as_slice() {
        [one] => json!(one),
        all => json!(all),
    };
    let mut statement = json!({
        "Sid": fence.sid,
        "Effect": "Allow",
        "Action": one_or_all(actions.iter().copied().collect()),
        "Resource": one_or_all(fence.resources.iter().collect()),
    });
    if let Some(condition) = &fence.condition {
        let values = one_or_all(condition.values.iter().collect());
        statement["Condition"] = json!({ &*condition.operator: { &*condition.key: values } });
    }
    statement
}

fn document(statements: &[Value]) -> Value {
    json!({ "Version": "2012-10-17", "Statement": statements })
}

/// As many statements in each document as fit. A statement that alone is too long stands alone.
fn parts(statements: Vec<Value>) -> Vec<Vec<Value>> {
    let mut parts: Vec<Vec<Value>> = Vec::new();
    for statement in statements {
        let fits = |part: &&mut Vec<Value>| {
            let with: Vec<_> = part.iter().chain([&statement]).cloned().collect();
            document(&with).to_string().chars().filter(|c| !c.is_whitespace()).count() <= SIZE
        };
        match parts.last_mut().filter(fits) {
            Some(part) => part.push(statement),
            None => parts.push(vec![statement]),
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_that_would_be_too_long_is_several() {
        let statement = |n: usize| json!({ "Sid": format!("S{n}"), "Action": "a".repeat(2500) });
        let names = |parts: Vec<Vec<Value>>| parts.iter().map(Vec::len).collect::<Vec<_>>();
        assert_eq!(names(parts((0..5).map(statement).collect())), [2, 2, 1]);
        assert_eq!(names(parts(vec![statement(0), json!({ "Action": "a".repeat(9000) }), statement(1)])), [1, 1, 1]);
        assert_eq!(names(parts(Vec::new())), [0; 0]);
    }

    #[test]
    fn kinds_with_one_fence_share_a_statement() {
        let tagged = || Fence::of("Change", Purpose::Change).with_our_tag();
        let all = [tagged().allows(["b:Two", "b:One"]), Fence::see().allows(["b:See"]), tagged().allows(["b:One"])];
        let statements: Vec<_> =
            statements(all.iter()).into_iter().map(|(fence, all)| statement(fence, &all)).collect();
        let condition = json!({ "Null": { "aws:ResourceTag/cloud101:stack": "false" } });
        let change = json!({
            "Sid": "Change", "Effect": "Allow", "Action": ["b:One", "b:Two"], "Resource": "*", "Condition": condition,
        });
        let see = json!({ "Sid": "See", "Effect": "Allow", "Action": "b:See", "Resource": "*" });
        assert_eq!(statements, [change, see]);
    }
}

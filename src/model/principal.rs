//! Who a policy document means, in the forms that AWS gives them.
//!
//! A role or user that AWS can't resolve is shown by its unique id: for seconds after it was made, and for good once it
//! was deleted. That is a difference, since such a policy lets in nothing that is called the same again. A canonical user
//! is shown as the account that it is.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::policy_form::normal;

/// The unique ids of roles (`AROA…`) and users (`AIDA…`) that stand where a document names a principal.
pub fn unique_ids(document: &Value) -> BTreeSet<String> {
    let document = normal(document);
    let statements = document["Statement"].as_array().into_iter().flatten();
    let principals =
        statements.flat_map(|statement| [&statement["Principal"]["AWS"], &statement["NotPrincipal"]["AWS"]]);
    let names = principals.filter_map(Value::as_array).flatten().filter_map(Value::as_str);
    names.filter(|name| is_unique_id(name)).map(str::to_owned).collect()
}

fn is_unique_id(name: &str) -> bool {
    name.strip_prefix("AROA").or(name.strip_prefix("AIDA")).is_some_and(|rest| {
        rest.len() >= 12 && rest.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
    })
}

/// What is to be said of a unique id that AWS goes on to show in the policy at `path`.
pub fn about_deleted(id: &str, path: &str) -> String {
    let what = if id.starts_with("AROA") { "role" } else { "user" };
    format!(
        "`{id}` in `{path}` is the id of a {what} that was deleted; a new one with the same name does not get its \
            access"
    )
}

/// Whether `resolved` is `document` with each canonical user as what S3 makes of it: the account, or CloudFront's
/// origin access identity, that has this id. AWS does not say which one has it, so any of them stands for it, the same
/// one everywhere. Both are normal.
pub(super) fn same_as_resolved(document: &Value, resolved: &Value) -> bool {
    let rest = |of: &Value| {
        let mut of = of.as_object().cloned().unwrap_or_default();
        let statements = of.remove("Statement");
        (of, statements)
    };
    let ((a, Some(Value::Array(a_all))), (b, Some(Value::Array(b_all)))) = (rest(document), rest(resolved)) else {
        return false;
    };
    let (mut left, mut right) = (a_all, b_all);
    left.retain(|statement| match right.iter().position(|other| other == statement) {
        Some(at) => {
            right.remove(at);
            false
        }
        None => true,
    });
    a == b && left.len() == right.len() && left.len() <= CANONICAL && resolves(&left, &right, &BTreeMap::new())
}

/// In how many statements canonical users are looked for.
const CANONICAL: usize = 6;

/// Whether each of `left` has a partner in `right` that it becomes; `known` is what the canonical users have become so far.
fn resolves(left: &[Value], right: &[Value], known: &BTreeMap<String, String>) -> bool {
    let Some((first, rest)) = left.split_first() else { return true };
    (0..right.len()).any(|at| {
        let mut others = right.to_vec();
        let other = others.remove(at);
        resolved(first, &other, known).is_some_and(|known| resolves(rest, &others, &known))
    })
}

/// What the canonical users of the statement `from` have become if `to` is what AWS makes of it.
fn resolved(from: &Value, to: &Value, known: &BTreeMap<String, String>) -> Option<BTreeMap<String, String>> {
    let (mut from, mut to) = (from.as_object()?.clone(), to.as_object()?.clone());
    let mut known = known.clone();
    for element in ["Principal", "NotPrincipal"] {
        let (Some(a), Some(b)) = (from.remove(element), to.remove(element)) else { continue };
        let (mut a, mut b) = (a.as_object()?.clone(), b.as_object()?.clone());
        let names = |of: &mut Map<String, Value>, sort: &str| -> BTreeSet<String> {
            let names = of.remove(sort).and_then(|names| names.as_array().cloned()).unwrap_or_default();
            names.iter().filter_map(Value::as_str).map(str::to_owned).collect()
        };
        let (canonical, still) = (names(&mut a, "CanonicalUser"), names(&mut b, "CanonicalUser"));
        let (own, all) = (names(&mut a, "AWS"), names(&mut b, "AWS"));
        let became: Vec<_> = all.difference(&own).filter(|name| is_resolved(name)).cloned().collect();
        let gone: Vec<_> = canonical.difference(&still).cloned().collect();
        let fits =
            a == b && still.is_subset(&canonical) && own.is_subset(&all) && all.len() == own.len() + became.len();
        if !fits || gone.len() != became.len() {
            return None;
        }
        // With several in one statement it is not known which became which.
        if let ([id], [name]) = (&*gone, &*became)
            && known.insert(id.clone(), name.clone()).is_some_and(|before| before != *name)
        {
            return None;
        }
    }
    (from == to).then_some(known)
}

/// Whether a canonical user can have become this: an account, or an identity of CloudFront.
fn is_resolved(name: &str) -> bool {
    let is_account = name.len() == 12 && name.bytes().all(|byte| byte.is_ascii_digit());
    is_account
        || (name.starts_with("arn:") && name.contains(":iam::cloudfront:user/CloudFront Origin Access Identity "))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::policy::same;

    fn with(statement: Value) -> Value {
        json!({ "Version": "2012-10-17", "Statement": statement })
    }

    #[test]
    fn a_canonical_user_is_the_account_or_the_identity_that_s3_makes_of_it() {
        let id = "1a85ad8fea02b4d948b962948f69972a72da6bed800a7e9ca7d0b43dc61d5869";
        let let_in = |sid: &str, principal: Value| json!({ "Sid": sid, "Effect": "Allow", "Principal": principal, "Action": "s3:GetObject", "Resource": "*" });
        let of = |principal: Value| with(let_in("a", principal));
        let wanted = of(json!({ "CanonicalUser": id }));
        let identity = "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1EXAMPLE";
        for name in ["arn:aws:iam::111122223333:root", "111122223333", identity] {
            assert!(same(&wanted, &of(json!({ "AWS": name }))), "{name}");
        }
        for name in ["arn:aws:iam::111122223333:role/a", "*", "AROAQ7SSZBKHRKPWRZUN6"] {
            assert!(!same(&wanted, &of(json!({ "AWS": name }))), "{name}");
        }
        assert!(!same(&wanted, &of(json!({ "AWS": ["111122223333", "210987654321"] }))), "one more");
        assert!(!same(&wanted, &of(json!({ "CanonicalUser": id.replace('1', "2") }))));
        assert!(!same(&of(json!({ "AWS": "111122223333" })), &of(json!({ "AWS": "210987654321" }))));
        let mixed = of(json!({ "CanonicalUser": id, "AWS": "210987654321", "Service": "ec2.amazonaws.com" }));
        let shown =
            json!({ "AWS": ["arn:aws:iam::210987654321:root", "111122223333"], "Service": "ec2.amazonaws.com" });
        assert!(same(&mixed, &of(shown)));
        // The same one is the same account everywhere.
        let two = |a: Value, b: Value| with(json!([let_in("a", a), let_in("b", b)]));
        let both = two(json!({ "CanonicalUser": id }), json!({ "CanonicalUser": [id] }));
        let account = |number: &str| json!({ "AWS": format!("arn:aws:iam::{number}:root") });
        assert!(same(&both, &two(account("111122223333"), account("111122223333"))));
        assert!(!same(&both, &two(account("111122223333"), account("210987654321"))));
    }

    #[test]
    fn a_unique_id_is_not_an_arn_and_is_found_where_a_principal_stands() {
        let of = |principal: Value| {
            with(json!({ "Effect": "Allow", "Principal": principal, "Action": "*", "Resource": "*" }))
        };
        let (role, user) = ("AROAQ7SSZBKHRKPWRZUN6", "AIDAQ7SSZBKHRKPWRZUN6");
        let both = of(json!({ "AWS": [role, "arn:aws:iam::123456789012:role/teacher", user] }));
        assert_eq!(unique_ids(&both), BTreeSet::from([user.to_owned(), role.to_owned()]));
        let denied = with(json!([{ "Effect": "Deny", "NotPrincipal": { "AWS": role } }]));
        assert_eq!(unique_ids(&denied).len(), 1);
        for none in
            [of(json!("*")), of(json!({ "AWS": ["*", "123456789012"] })), of(json!({ "Service": role })), json!(7)]
        {
            assert!(unique_ids(&none).is_empty(), "{none}");
        }
        assert!(!same(&of(json!({ "AWS": role })), &of(json!({ "AWS": "arn:aws:iam::123456789012:role/teacher" }))));
        assert!(about_deleted(role, "policy").contains("a role that was deleted"));
    }
}

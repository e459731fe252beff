//! All users, groups or roles with what IAM returns of them, a thousand on a page: for a class, where each alone would
//! be a call or four.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_sdk_iam::types::{EntityType, GroupDetail, PolicyDetail, Role, RoleDetail, UserDetail};
use serde_json::Value;

use crate::aws::{Bounded, Call, Context, ErrorKind, FEW, Result};

use super::{PAGE, document};

const OPERATION: &str = "iam:GetAccountAuthorizationDetails";

/// The users and groups of the account, by name.
#[derive(Debug, Default)]
pub struct Details {
    pub users: BTreeMap<String, UserDetail>,
    pub groups: BTreeMap<String, GroupDetail>,
}

/// What IAM returns if `count` are more than a few; `None`: they are to be asked for one by one, also where this user
/// may not ask for all.
pub async fn of_many(cx: &Context, count: usize) -> Result<Option<Arc<Details>>> {
    if count <= FEW { Ok(None) } else { all(cx).await }
}

async fn all(cx: &Context) -> Result<Option<Arc<Details>>> {
    let all = cx.shared("all users and groups".to_owned(), async {
        let call = cx.clients.iam.get_account_authorization_details().max_items(PAGE);
        let call = call.filter(EntityType::User).filter(EntityType::Group);
        let mut pages = call.into_paginator().send().bounded();
        let mut all = Details::default();
        while let Some(page) = pages.next().await {
            let page = page.call(OPERATION)?;
            let users = page.user_detail_list.unwrap_or_default().into_iter();
            all.users.extend(users.filter_map(|user| Some((user.user_name.clone()?, user))));
            let groups = page.group_detail_list.unwrap_or_default().into_iter();
            all.groups.extend(groups.filter_map(|group| Some((group.group_name.clone()?, group))));
        }
        Ok(Arc::new(all))
    });
    unless_denied(all.await)
}

fn unless_denied<T>(answer: Result<T>) -> Result<Option<T>> {
    match answer {
        Ok(all) => Ok(Some(all)),
        Err(error) if error.kind == ErrorKind::Denied => Ok(None),
        Err(error) => Err(error),
    }
}

/// A role as both lists return it.
#[derive(Debug)]
pub struct SeenRole {
    /// With description and session duration, which IAM returns with the list of roles alone.
    listed: Arc<Role>,
    /// The rest, without what `listed` has too.
    pub detail: RoleDetail,
}

impl SeenRole {
    fn new(listed: Arc<Role>, mut detail: RoleDetail) -> Self {
        let RoleDetail { path, role_id, arn, assume_role_policy_document, .. } = &mut detail;
        [path, role_id, arn, assume_role_policy_document].into_iter().for_each(|text| *text = None);
        Self { listed, detail }
    }

    /// All that IAM returns of it but its policies and instance profiles.
    pub fn role(&self) -> Role {
        let mut role = Role::clone(&self.listed);
        (role.permissions_boundary, role.tags) = (self.detail.permissions_boundary.clone(), self.detail.tags.clone());
        role
    }
}

/// Roles by name. `None`: only one of the two lists has it, because it is new, going, or of another path than the stack's: it
/// is to be asked for alone.
pub type Roles = BTreeMap<String, Option<SeenRole>>;

/// The roles under the stack's path, without their tags and boundaries.
pub async fn listed_roles(cx: &Context) -> Result<Vec<Arc<Role>>> {
    cx.shared("roles of the stack".to_owned(), async {
        let call = cx.clients.iam.list_roles().path_prefix(cx.iam_path()).max_items(PAGE);
        call.into_paginator().send().bounded().all("iam:ListRoles", |page| page.roles.into_iter().map(Arc::new)).await
    })
    .await
}

/// All roles of the account, where many are looked at; `None`: they are to be asked for one by one.
pub async fn roles(cx: &Context) -> Result<Option<Arc<Roles>>> {
    if !cx.is_crowded() {
        return Ok(None);
    }
    let of_all_looks = cx.region_wide();
    let all = of_all_looks.shared("all roles".to_owned(), async {
        let call = cx.clients.iam.get_account_authorization_details().max_items(PAGE).filter(EntityType::Role);
        let list = call.into_paginator().send().bounded();
        let details = list.all(OPERATION, |page| page.role_detail_list.unwrap_or_default());
        let (details, listed) = tokio::try_join!(details, listed_roles(cx))?;
        let mut all: Roles = listed.iter().map(|role| (role.role_name.clone(), None)).collect();
        let mut listed: BTreeMap<_, _> = listed.into_iter().map(|role| (role.role_name.clone(), role)).collect();
        for detail in details {
            let Some(name) = detail.role_name.clone() else { continue };
            let seen = listed.remove(&name).map(|listed| SeenRole::new(listed, detail));
            all.insert(name, seen);
        }
        Ok(Arc::new(all))
    });
    unless_denied(all.await)
}

/// What `take` finds in the lists of one of many roles; `None`: it is to be asked for alone.
pub async fn of_role<T>(cx: &Context, name: &str, take: impl FnOnce(&SeenRole) -> T) -> Result<Option<T>> {
    Ok(roles(cx).await?.and_then(|all| all.get(name)?.as_ref().map(take)))
}

/// Inline policies in the form of a spec.
pub fn inline(policies: Option<Vec<PolicyDetail>>) -> BTreeMap<String, Value> {
    let policies = policies.unwrap_or_default().into_iter();
    policies.filter_map(|policy| Some((policy.policy_name?, document(&policy.policy_document?)))).collect()
}

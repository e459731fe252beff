//! All users and groups with what IAM tells of them, a thousand on a page: for a class, where each alone would be a call or
//! four.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_sdk_iam::types::{EntityType, GroupDetail, PolicyDetail, UserDetail};
use serde_json::Value;

use crate::aws::{Bounded, Call, Context, ErrorKind, Result};

use super::PAGE;
use super::grants::calls::read;

/// Up to so many are asked for one by one.
pub const FEW: usize = 3;

/// The users and groups of the account, by name.
#[derive(Debug, Default)]
pub struct Details {
    pub users: BTreeMap<String, UserDetail>,
    pub groups: BTreeMap<String, GroupDetail>,
}

/// What IAM tells if `count` are more than a few; `None`: they are to be asked for one by one, also where this user may not
/// ask for all.
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
            let page = page.call("iam:GetAccountAuthorizationDetails")?;
            let users = page.user_detail_list.unwrap_or_default().into_iter();
            all.users.extend(users.filter_map(|user| Some((user.user_name.clone()?, user))));
            let groups = page.group_detail_list.unwrap_or_default().into_iter();
            all.groups.extend(groups.filter_map(|group| Some((group.group_name.clone()?, group))));
        }
        Ok(Arc::new(all))
    });
    match all.await {
        Ok(all) => Ok(Some(all)),
        Err(error) if error.kind == ErrorKind::Denied => Ok(None),
        Err(error) => Err(error),
    }
}

/// Inline policies in the form of a spec.
pub fn inline(policies: Option<Vec<PolicyDetail>>) -> BTreeMap<String, Value> {
    let policies = policies.unwrap_or_default().into_iter();
    policies.filter_map(|policy| Some((policy.policy_name?, read(&policy.policy_document?)))).collect()
}

//! A topic by its name or ARN.

use crate::aws::{Bounded, Call, Context, Result};
use crate::resource::lookup::{Lookup, name_in};
use crate::resource::{Live, Wanted};

use super::topic::{Spec, Topic, arn, is_default_policy, read_one};

impl Lookup for Topic {
    async fn find(&self, cx: &Context, id: &str, wanted: Option<&Wanted<Spec>>) -> Result<Option<Live<Spec>>> {
        let arn = arn(&cx.place, name_in(id));
        let asked = wanted.map(|wanted| wanted.spec.clone()).unwrap_or_default();
        let mut found = read_one(cx, arn.clone(), &asked).await?;
        if let Some(live) = found.as_mut().filter(|_| wanted.is_none()) {
            live.spec.policy.take_if(|policy| is_default_policy(&cx.place, &arn, policy));
        }
        Ok(found)
    }

    async fn find_all(&self, cx: &Context) -> Result<Vec<String>> {
        let mut arns = Vec::new();
        let mut pages = cx.clients.sns.list_topics().into_paginator().send().bounded();
        while let Some(page) = pages.next().await {
            let topics = page.call("sns:ListTopics")?.topics.unwrap_or_default();
            arns.extend(topics.into_iter().filter_map(|topic| topic.topic_arn));
        }
        Ok(arns)
    }
}

//! Which types of instances a region has: AWS offers each in some regions only, and RunInstances would be the first to say
//! so.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ec2::operation::describe_instance_type_offerings::DescribeInstanceTypeOfferingsOutput;
use aws_sdk_ec2::types::{InstanceType, LocationType};

use crate::aws::{Bounded, Context, Error, Result};
use crate::explain::Code;
use crate::resource::ec2::tag::filter;
use crate::resource::is_unknown;
use crate::suggest;

use super::types;

/// How many values one filter takes (Amazon EC2 API Reference, Filter).
const VALUES: usize = 200;
/// How many types are asked for beside each, and how many of those are named.
const BESIDE: usize = 8;
const NAMED: usize = 3;
/// Of these each region has some: an answer without any says nothing of the others.
const COMMON: [&str; 6] = ["t3.micro", "t3.small", "t4g.micro", "m5.large", "m6g.large", "m7g.large"];

/// Why those of `types` can't be launched that the region does not have. One call for all of them, up to some twenty; who
/// may not ask learns it from RunInstances.
pub async fn missing(cx: &Context, types: BTreeSet<&str>) -> BTreeMap<String, Error> {
    let types: BTreeSet<_> = types.into_iter().filter(|name| !is_unknown(name)).collect();
    if types.is_empty() {
        return BTreeMap::new();
    }
    let offered = match offered(cx, &asked(&types)).await {
        Ok(offered) => offered,
        Err(error) => {
            tracing::debug!(%error, "the instance types of the region are not known");
            return BTreeMap::new();
        }
    };
    judge(&types, &offered, &cx.place.region)
}

/// The types to ask for: `types`, and what could be written in place of each.
fn asked(types: &BTreeSet<&str>) -> Vec<String> {
    let beside = types.iter().flat_map(|name| alike(name));
    let all = types.iter().copied().chain(COMMON).chain(beside);
    let mut seen = BTreeSet::new();
    let mut asked: Vec<_> = all.filter(|name| seen.insert(*name)).map(str::to_owned).collect();
    // Those that are wanted come first.
    asked.truncate(VALUES.max(types.len()));
    asked
}

async fn offered(cx: &Context, asked: &[String]) -> Result<BTreeSet<String>> {
    let mut offered = BTreeSet::new();
    for some in asked.chunks(VALUES) {
        let call = cx.clients.ec2.describe_instance_type_offerings().location_type(LocationType::Region);
        let list = call.filters(filter("instance-type", some)).into_paginator().send().bounded();
        let items = |page: DescribeInstanceTypeOfferingsOutput| page.instance_type_offerings.unwrap_or_default();
        let found = list.all("ec2:DescribeInstanceTypeOfferings", items).await?;
        offered.extend(found.into_iter().filter_map(|one| Some(one.instance_type?.as_str().to_owned())));
    }
    Ok(offered)
}

fn judge(types: &BTreeSet<&str>, offered: &BTreeSet<String>, region: &str) -> BTreeMap<String, Error> {
    if offered.is_empty() {
        return BTreeMap::new();
    }
    let missing = types.iter().filter(|name| !offered.contains(**name));
    missing.map(|name| ((*name).to_owned(), refusal(name, offered, region))).collect()
}

fn refusal(name: &str, offered: &BTreeSet<String>, region: &str) -> Error {
    let list = format!(
        "`aws ec2 describe-instance-type-offerings --region {region} --query 'InstanceTypeOfferings[].InstanceType'` lists all"
    );
    let near: Vec<_> = alike(name).into_iter().filter(|other| offered.contains(*other)).take(NAMED).collect();
    let hint = match near[..] {
        [] => list,
        [one] => format!("write `instance_type: {one}`, which is available there; {list}"),
        [first, ref rest @ ..] => {
            format!("write `instance_type: {first}`; {} are also available; {list}", rest.join(" and "))
        }
    };
    Error::refused(format!("the instance type `{name}` is not available in {region}"))
        .about(Code::InstanceType)
        .with_hint(hint)
}

/// The types of the same size and processors, most alike first: a newer generation of the same family before another
/// family.
fn alike(name: &str) -> Vec<&'static str> {
    let Some((family, size)) = types::parts(name) else { return Vec::new() };
    let letters = |family: &str| family.split(|c: char| c.is_ascii_digit()).next().map(str::to_owned);
    let fits = |other: &&&'static str| {
        let parts = types::parts(other);
        parts.is_some_and(|(of, its)| its == size && of != family && types::is_arm(of) == types::is_arm(family))
    };
    let mut all: Vec<_> = InstanceType::values().iter().filter(fits).copied().collect();
    let likeness = |other: &str| {
        let of = other.split('.').next().unwrap_or_default();
        (letters(of) != letters(family), u32::MAX - (suggest::likeness(of, family) * 1000.0) as u32)
    };
    all.sort_by_key(|other| likeness(other));
    all.truncate(BESIDE);
    all
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::Instance;
    use super::super::samples::desired;
    use super::*;
    use crate::resource::Resource;
    use crate::testing::aws::{Aws, no, yes};

    /// A region that has these types, and what is to be said of instances of `types` there.
    async fn said(offered: &'static [&'static str], types: &[&str]) -> (Vec<Result<()>>, Vec<String>) {
        let aws = Aws::with(move |call| match call.name.as_str() {
            "ec2:DescribeInstanceTypeOfferings" => {
                assert!(call.body.contains("LocationType=region"), "{}", call.body);
                let is_asked = |name: &&&str| call.body.split('&').any(|pair| pair.ends_with(&format!("={name}")));
                let item = |name: &&str| {
                    format!("<item><instanceType>{name}</instanceType><locationType>region</locationType></item>")
                };
                let items: String = offered.iter().filter(is_asked).map(item).collect();
                yes(format!(
                    "<DescribeInstanceTypeOfferingsResponse><instanceTypeOfferingSet>{items}</instanceTypeOfferingSet>\
                     </DescribeInstanceTypeOfferingsResponse>"
                ))
            }
            name => panic!("{name}"),
        });
        let of = |name: &&str| {
            let mut one = desired("vm", "lesson-vm", json!({}));
            (one.spec.instance_type, one.spec.image) = ((*name).to_owned(), "ami-0123456789abcdef0".to_owned());
            one
        };
        let all: Vec<_> = types.iter().map(of).collect();
        (Instance.preflight(&aws.context(), &all).await, aws.names())
    }

    #[tokio::test]
    async fn a_type_that_the_region_does_not_have_is_refused_with_those_that_it_has() {
        let (said, calls) = said(&["t3.micro", "t3a.micro", "m5.large"], &["t2.micro", "t3.micro", "t2.micro"]).await;
        let refused: Vec<_> =
            said.iter().map(|answer| answer.as_ref().err().map(|error| error.message.as_str())).collect();
        let message = "the instance type `t2.micro` is not available in us-east-1";
        assert_eq!(refused, [Some(message), None, Some(message)]);
        let error = said[0].as_ref().expect_err("it is not offered");
        let hint = error.hint.as_deref().unwrap_or_default();
        assert!(hint.starts_with("write `instance_type: t3.micro`") && hint.contains("t3a.micro"), "{hint}");
        assert_eq!(calls, ["ec2:DescribeInstanceTypeOfferings"], "one call for all of them");
    }

    #[tokio::test]
    async fn an_answer_that_says_nothing_refuses_nothing() {
        assert!(said(&[], &["t2.micro"]).await.0[0].is_ok(), "it does not know even the most common ones");
        assert!(said(&["t3.micro"], &["\u{1}${other.type}"]).await.1.is_empty(), "what is not known is not asked for");
        let denied = Aws::with(|_| no(403, "UnauthorizedOperation", "You are not authorized"));
        assert!(missing(&denied.context(), BTreeSet::from(["t2.micro"])).await.is_empty());
    }

    #[test]
    fn what_is_alike_has_the_same_processors_and_size() {
        let alike_t2 = alike("t2.micro");
        assert!(alike_t2.contains(&"t3.micro") && !alike_t2.contains(&"t4g.micro"), "{alike_t2:?}");
        assert!(alike("t4g.small").iter().all(|name| types::is_arm(name.split('.').next().unwrap_or_default())));
        assert!(alike("g5.xlarge").iter().take(3).all(|name| name.starts_with('g')), "{:?}", alike("g5.xlarge"));
        assert!(asked(&BTreeSet::from(["t2.micro"])).len() < VALUES && alike("banana").is_empty());
    }
}

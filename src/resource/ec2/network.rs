//! The network that an account has from the start.

use aws_sdk_ec2::types::VpcCidrBlockStateCode::Associated;

use crate::aws::{Call, Context, Error, Result};

use super::tag::filter;

/// The id of the region's default VPC; an account may have none.
pub async fn default_vpc(cx: &Context) -> Result<Option<String>> {
    let answer = cx.clients.ec2.describe_vpcs().filters(filter("is-default", ["true"])).send().await;
    let vpcs = answer.call("ec2:DescribeVpcs")?.vpcs.unwrap_or_default();
    Ok(vpcs.into_iter().find(|vpc| vpc.is_default.unwrap_or(true)).and_then(|vpc| vpc.vpc_id))
}

/// Whether a VPC has IPv6 addresses too.
pub async fn has_ipv6(cx: &Context, vpc: &str) -> Result<bool> {
    let answer = cx.clients.ec2.describe_vpcs().vpc_ids(vpc).send().await;
    let found = answer.call_if_found("ec2:DescribeVpcs")?.and_then(|answer| answer.vpcs).unwrap_or_default();
    let mut blocks = found.iter().flat_map(|vpc| vpc.ipv6_cidr_block_association_set());
    Ok(blocks.any(|block| block.ipv6_cidr_block_state().and_then(|state| state.state()) == Some(&Associated)))
}

/// The error for a resource that leaves its network to AWS in a region without a default VPC. `property` is what the
/// stack could say instead.
pub fn no_default_vpc(cx: &Context, property: &str) -> Error {
    let region = &cx.place.region;
    Error::refused(format!("the account has no default VPC in {region}, and the resource does not name a VPC"))
        .with_hint(format!("create one with `aws ec2 create-default-vpc --region {region}`, or set `{property}`"))
}

//! Where the account can have anything.

use crate::aws::{Call, Context, Result};

/// The call.
pub const CALL: &str = "ec2:DescribeRegions";

/// The regions that the account has enabled, and those that it has not, sorted. The stack's own is always among the
/// first.
///
/// Where the account's programme allows some regions alone, those are all that there are.
pub async fn enabled(cx: &Context) -> Result<(Vec<String>, Vec<String>)> {
    if let Some(profile) = cx.account_profile {
        let mut enabled: Vec<_> = profile.regions.value.iter().map(|&region| region.to_owned()).collect();
        if !enabled.contains(&cx.place.region) {
            enabled.push(cx.place.region.clone());
        }
        enabled.sort();
        return Ok((enabled, Vec::new()));
    }
    let answer = cx.clients.ec2.describe_regions().all_regions(true).send().await.call("ec2:DescribeRegions")?;
    let (mut enabled, mut not_enabled) = (vec![cx.place.region.clone()], Vec::new());
    for region in answer.regions.unwrap_or_default() {
        let is_off = region.opt_in_status.as_deref() == Some("not-opted-in");
        let Some(name) = region.region_name.filter(|name| *name != cx.place.region) else { continue };
        if is_off { &mut not_enabled } else { &mut enabled }.push(name);
    }
    enabled.sort();
    not_enabled.sort();
    Ok((enabled, not_enabled))
}

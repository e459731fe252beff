//! What takes the place of EC2's kinds in accounts with a profile, and what of such accounts' limits they use.

use serde_json::Value;

use crate::aws::{Context, Result, try_side_by_side};
use crate::model::Place;
use crate::model::account_profile::AccountProfile;
use crate::resource::account_profile::{Provision, Use, Used};
use crate::resource::{Attributes, is_unknown};

use super::machine;
use super::tag::filter;

/// A key pair: the one that is there, in the region that has it. In others one is made.
pub fn key_pair(profile: &AccountProfile, place: &Place) -> Provision {
    let pair = profile.key_pair.value;
    if pair.region != place.region {
        return Provision::Made;
    }
    let attributes = [("name", pair.name.to_owned()), ("arn", place.arn("ec2", &format!("key-pair/{}", pair.name)))];
    let attributes: Attributes = attributes.map(|(key, value)| (key.to_owned(), value)).into();
    let because = "keys of one's own can't be imported there; its private half is to be had under \"AWS Details\"";
    Provision::StoodInFor { by: pair.name, attributes, because }
}

/// What an instance uses.
pub fn of_instance(spec: &Value) -> Vec<Use> {
    let text = |path: &str| spec.get(path).and_then(Value::as_str).filter(|text| !is_unknown(text));
    let runs = text("state") != Some("stopped");
    let mut uses = Vec::new();
    uses.extend(runs.then(|| Use { path: String::new(), what: Used::RunningInstance }));
    uses.extend(Use::of(spec, "instance_type", |_| Some(Used::InstanceType(text("instance_type")?.to_owned()))));
    uses.extend(Use::of(spec, "spot", |value| (value.as_bool() == Some(true)).then_some(Used::Spot)));
    uses.extend(Use::of(spec, "root_volume.size_gib", Used::disk_size));
    uses.extend(Use::of(spec, "root_volume.type", Used::disk_type));
    for (number, volume) in spec.get("volumes").and_then(Value::as_array).into_iter().flatten().enumerate() {
        let of_volume = [Use::of(volume, "size_gib", Used::disk_size), Use::of(volume, "type", Used::disk_type)];
        uses.extend(
            of_volume.into_iter().flatten().map(|one| Use { path: format!("volumes.{number}.{}", one.path), ..one }),
        );
    }
    uses
}

/// What a volume uses.
pub fn of_volume(spec: &Value) -> Vec<Use> {
    let uses = [Use::of(spec, "size_gib", Used::disk_size), Use::of(spec, "volume_type", Used::disk_type)];
    uses.into_iter().flatten().collect()
}

/// How many instances run, or are about to, in each of these regions, regardless of owner.
///
/// # Errors
/// AWS does not say it of one of them.
pub async fn running(cx: &Context, regions: &[&'static str]) -> Result<Vec<(&'static str, usize)>> {
    try_side_by_side(regions.iter().copied(), |region| async move {
        let cx = if region == cx.place.region { cx.clone() } else { cx.in_region(region) };
        let states = filter("instance-state-name", ["pending", "running"]);
        let list = cx.clients.ec2.describe_instances().filters(states).max_results(PAGE);
        Ok((region, machine::all(list).await?.len()))
    })
    .await
}

/// How many instances one answer has at most (API: DescribeInstances).
const PAGE: i32 = 1000;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_instance_uses_what_its_spec_says() {
        let spec = json!({
            "instance_type": "t3.xlarge", "spot": true, "root_volume": { "size_gib": 120 },
            "volumes": [{ "device": "/dev/sdf", "size_gib": 8, "type": "io2" }],
        });
        let uses: Vec<_> = of_instance(&spec).into_iter().map(|one| (one.path, one.what)).collect();
        let expected = [
            ("", Used::RunningInstance),
            ("instance_type", Used::InstanceType("t3.xlarge".into())),
            ("spot", Used::Spot),
            ("root_volume.size_gib", Used::DiskSize(120)),
            ("volumes.0.size_gib", Used::DiskSize(8)),
            ("volumes.0.type", Used::DiskType("io2".into())),
        ];
        assert_eq!(uses, expected.map(|(path, what)| (path.to_owned(), what)));
        let stopped = json!({ "instance_type": crate::model::reference::unknown(), "state": "stopped", "spot": false });
        assert_eq!(of_instance(&stopped), []);
    }
}

use super::*;
use serde_json::json;

#[test]
fn canonical_enforces_imdsv2_and_running_and_stays_as_it_is() {
    let profile = "arn:aws:iam::000000000000:instance-profile/cloud101/lesson/teacher";
    let once = canonical(spec(json!({ "instance_profile": profile })));
    assert_eq!(once.state, Some(State::Running));
    assert_eq!(once.metadata_options.as_ref().unwrap().http_tokens, Some(HttpTokens::Required));
    assert_eq!(once.instance_profile.as_deref(), Some("teacher"));
    assert_eq!(canonical(once.clone()), once);
}

#[test]
fn disks_that_shrink_or_change_their_encryption_replace_the_instance() {
    let live = spec(json!({
        "root_volume": { "size_gib": 20 },
        "volumes": [{ "device": "/dev/sdf", "size_gib": 5, "encrypted": false }],
    }));
    let root = |size: i32| spec(json!({ "root_volume": { "size_gib": size } }));
    let replaced_for = |target: &Spec| must_replace(&live, target).unwrap_or_default();
    assert_eq!(replaced_for(&root(10)), "root_volume.size_gib");
    assert_eq!(must_replace(&live, &root(30)), None);
    let disk = |size: i32, encrypted: bool| {
        spec(json!({ "volumes": [{ "device": "/dev/sdf", "size_gib": size, "encrypted": encrypted }] }))
    };
    assert_eq!(replaced_for(&disk(5, true)), "volumes");
    assert_eq!(replaced_for(&disk(4, false)), "volumes");
    assert_eq!(must_replace(&live, &disk(9, false)), None);
    let from =
        |snapshot: &str| spec(json!({ "volumes": [{ "device": "/dev/sdf", "size_gib": 5, "snapshot_id": snapshot }] }));
    assert_eq!(replaced_for(&from("snap-1")), "volumes");
    assert_eq!(must_replace(&from("snap-1"), &from("snap-1")), None);
}

#[test]
fn a_disk_that_need_not_be_encrypted_may_be() {
    let volume = json!({ "device": "/dev/sdf", "size_gib": 5, "encrypted": false });
    let desired = canonical(spec(json!({ "root_volume": { "encrypted": false }, "volumes": [volume] })));
    assert_eq!(desired.root_volume.as_ref().unwrap().encrypted, None);
    assert_eq!(desired.volumes.unwrap()[0].encrypted, None);
}

#[test]
fn a_spot_instance_is_replaced_for_another_type() {
    let (live, larger) = (spec(json!({ "spot": true })), spec(json!({ "instance_type": "t3.large" })));
    assert_eq!(must_replace(&live, &larger).as_deref(), Some("instance_type"));
    assert_eq!(must_replace(&spec(json!({})), &larger), None);
}

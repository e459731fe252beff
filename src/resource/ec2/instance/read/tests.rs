use super::super::samples::{ROOT, disk, instance, marks, record_of, tags, token_of};
use super::*;
use crate::testing::place;

fn sized(sort: &str, iops: Option<i32>, throughput: Option<i32>) -> Disk {
    Disk::builder().size(8).volume_type(sort.into()).set_iops(iops).set_throughput(throughput).build()
}

/// As DescribeVolumes of the real AWS answers: a `gp2` of 8 GiB has 100 operations, and one of 100 GiB 300.
#[test]
fn what_follows_from_a_disk_s_sort_is_not_taken_for_a_choice() {
    let told = |sort: &str, iops, throughput| {
        let volume = root_volume(&sized(sort, iops, throughput));
        (volume.iops, volume.throughput)
    };
    assert_eq!(told("gp2", Some(100), None), (None, None));
    assert_eq!(told("gp3", Some(3900), Some(125)), (Some(3900), Some(125)));
    assert_eq!(told("io1", Some(400), Some(100)), (Some(400), None));
    assert_eq!(told("io2", Some(1000), None), (Some(1000), None));
    assert_eq!(told("st1", Some(1), Some(40)), (None, None));
    assert_eq!(told("standard", None, None), (None, None));
}

#[test]
fn a_disk_of_others_that_stays_says_so() {
    let vm = instance(&token_of(&place(), "vm"), &marks("vm"), &[("vol-1", "/dev/sdf", false, 0)]);
    let says = |tags: &Tags| volume(&vm, &disk("vol-1", "/dev/sdf", tags, "")).unwrap().delete_with_instance;
    assert_eq!(says(&Tags::new()), Some(false));
    assert_eq!(says(&tags(&[("Name", "data")])), Some(false));
    let bound: Tags = marks("vm").into_iter().chain(record_of("vol-1")).collect();
    assert_eq!(says(&bound), None, "a killed run");
    let kept = bound.into_iter().chain(tags(&[(mark::KEEP, "retain")])).collect();
    assert_eq!(says(&kept), Some(false));
    assert!(is_root(&instance("", &Tags::new(), &[]), &disk("vol-2", ROOT, &Tags::new(), "")));
}

#[test]
fn a_disk_under_the_other_name_of_the_root_is_the_root() {
    let vm = |root: &str, device: &str| {
        let mut vm = instance("", &Tags::new(), &[("vol-1", device, true, 0)]);
        vm.root_device_name = Some(root.to_owned());
        is_root(&vm, &disk("vol-1", device, &Tags::new(), "snap-1"))
    };
    assert!(vm("/dev/sda1", "/dev/sda1") && vm("/dev/sda1", "/dev/sda"));
    assert!(!vm("/dev/sda1", "/dev/sdf"));
}

#[test]
fn a_metadata_service_that_is_off_differs_in_nothing_else() {
    let options = |tokens, hops, endpoint| MetadataOptions {
        http_tokens: Some(tokens),
        http_put_response_hop_limit: hops,
        http_endpoint: Some(endpoint),
        instance_metadata_tags: None,
    };
    let there = options(HttpTokens::Optional, Some(1), Switch::Disabled);
    let asked = options(HttpTokens::Required, Some(3), Switch::Disabled);
    assert_eq!(as_asked_if_disabled(there.clone(), Some(&asked)), asked);
    assert_eq!(as_asked_if_disabled(there.clone(), None).http_tokens, Some(HttpTokens::Required));
    let on = MetadataOptions { http_endpoint: Some(Switch::Enabled), ..there };
    assert_eq!(as_asked_if_disabled(on.clone(), Some(&asked)), on);
}

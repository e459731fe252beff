use serde_json::json;

use super::super::samples::desired;
use super::*;
use crate::testing::aws::{Aws, no, yes};

#[test]
fn an_image_that_this_account_may_not_use_is_not_a_problem_of_the_account() {
    let cx = crate::testing::aws::context();
    let advice = |code: &str, message: &str| {
        explained(&cx, Error { code: Some(code.into()), ..Error::refused(message) }).advice().unwrap_or_default()
    };
    let foreign = advice("AuthFailure", "Not authorized for images: [ami-0123456789abcdef0]");
    assert!(foreign.contains("belongs to another account"), "{foreign}");
    let sold = advice("OptInRequired", "In order to use this AWS Marketplace product you need to accept terms");
    assert!(sold.contains("accept its terms"), "{sold}");
    assert_eq!(advice("OptInRequired", "You are not subscribed to this service."), "");
    let enforced = "You can't launch instances with IMDSv1 because httpTokensEnforced is enabled for this account.";
    assert_eq!(advice("UnsupportedOperation", enforced), metadata::TOKENS_ENFORCED);
}

/// AWS answers RunInstances with the instance that the token once made, though that was released since.
#[tokio::test]
async fn what_was_released_is_not_taken_for_what_is_made() {
    let mut launches = Vec::new();
    let aws = Aws::with(move |call| {
        let field = |name: &str| {
            let pairs = call.body.split('&').filter_map(|pair| pair.split_once('='));
            pairs.into_iter().find(|(key, _)| *key == name).map(|(_, value)| value.to_owned()).unwrap_or_default()
        };
        match call.name.as_str() {
            "ec2:RunInstances" => {
                let tokens = launches.len();
                launches.push(field("ClientToken"));
                assert!(!launches[..tokens].contains(&launches[tokens]), "the same token again");
                let id = ["i-released", "i-another", "i-new"][tokens];
                yes(format!(
                    "<RunInstancesResponse><instancesSet><item><instanceId>{id}</instanceId></item></instancesSet>\
                         </RunInstancesResponse>"
                ))
            }
            "ec2:DescribeInstances" => {
                let id = field("InstanceId.1");
                let (state, key, value) = match id.as_str() {
                    "i-released" => ("stopped", "cloud101:released", "cloud101"),
                    "i-another" => ("running", "cloud101:stack", "another"),
                    _ => ("running", "cloud101:stack", "cloud101"),
                };
                let found = format!(
                    "<item><instancesSet><item><instanceId>{id}</instanceId><instanceState><code>0</code><name>{state}\
                         </name></instanceState><tagSet><item><key>{key}</key><value>{value}</value></item></tagSet></item>\
                         </instancesSet></item>"
                );
                let found = if id.is_empty() { String::new() } else { found };
                yes(format!(
                    "<DescribeInstancesResponse><reservationSet>{found}</reservationSet></DescribeInstancesResponse>"
                ))
            }
            "ec2:DescribeVolumes" => yes("<DescribeVolumesResponse/>"),
            name => panic!("{name}"),
        }
    });
    let mut desired = desired("vm", "lesson-vm", json!({}));
    desired.spec.image = "ami-0123456789abcdef0".to_owned();
    let cx = aws.context();
    let request = request(&cx, &desired).await.unwrap();
    let instance = launch(&cx, &desired, request, &[]).await.unwrap();
    assert_eq!(instance.instance_id(), Some("i-new"));
}

#[test]
fn a_root_disk_goes_where_the_image_has_it() {
    let image = |root: &str, devices: &[&str]| {
        let mapping = |device: &&str| BlockDeviceMapping::builder().device_name(*device).build();
        let mappings = devices.iter().map(mapping).collect();
        let image = Image::builder().root_device_name(root).set_block_device_mappings(Some(mappings)).build();
        root_device(&image).map(str::to_owned)
    };
    assert_eq!(image("/dev/xvda", &["/dev/xvda", "/dev/sdb"]).as_deref(), Some("/dev/xvda"));
    assert_eq!(image("/dev/sda1", &["/dev/sdb", "/dev/sda"]).as_deref(), Some("/dev/sda"));
    assert_eq!(image("/dev/sda1", &["/dev/xvda"]).as_deref(), Some("/dev/xvda"));
    assert_eq!(image("/dev/sda1", &[]).as_deref(), Some("/dev/sda1"));
}

#[tokio::test]
async fn what_passes_by_itself_is_asked_for_again() {
    for (status, code) in [(400, "InvalidSecurityGroupID.NotFound"), (500, "InsufficientInstanceCapacity")] {
        let mut refused = false;
        let aws = Aws::with(move |call| {
            assert_eq!(call.name, "ec2:RunInstances");
            if !std::mem::replace(&mut refused, true) {
                return no(status, code, "not now");
            }
            yes("<RunInstancesResponse><instancesSet><item><instanceId>i-1</instanceId></item></instancesSet>\
                     </RunInstancesResponse>")
        });
        let cx = aws.context();
        let request = cx.clients.ec2.run_instances().min_count(1).max_count(1);
        assert_eq!(run(&cx, &desired("vm", "lesson-vm", json!({})), request).await.unwrap(), "i-1", "{code}");
    }
}

use super::*;
use crate::aws::noting_what_is_made;
use crate::resource::Owned;
use crate::testing::aws::{Asked, Aws, no, yes};
use crate::testing::ownership_tags;

fn address(id: &str, instance: &str, tags: &Tags) -> String {
    let tags: String =
        tags.iter().map(|(key, value)| format!("<item><key>{key}</key><value>{value}</value></item>")).collect();
    let association = if instance.is_empty() { "" } else { "<associationId>eipassoc-1</associationId>" };
    format!(
        "<item><allocationId>{id}</allocationId><publicIp>192.0.2.7</publicIp><instanceId>{instance}</instanceId>\
             {association}<tagSet>{tags}</tagSet></item>"
    )
}

/// An account with these addresses, of which one may be made and given to instances.
fn account(mut there: Vec<(&'static str, String, Tags)>) -> Aws {
    Aws::with(move |call| match call.name.as_str() {
        "ec2:DescribeAddresses" => {
            let is_asked = |id: &str| call.body.contains(id) || !call.body.contains("allocation-id");
            let all: String = there
                .iter()
                .filter(|(id, ..)| is_asked(id))
                .map(|(id, instance, tags)| address(id, instance, tags))
                .collect();
            yes(format!("<DescribeAddressesResponse><addressesSet>{all}</addressesSet></DescribeAddressesResponse>"))
        }
        "ec2:AllocateAddress" => {
            there.push(("eipalloc-new", String::new(), Tags::new()));
            yes("<AllocateAddressResponse><allocationId>eipalloc-new</allocationId></AllocateAddressResponse>")
        }
        "ec2:AssociateAddress" => {
            let instance = call.body.split("InstanceId=").nth(1).and_then(|rest| rest.split('&').next());
            there.last_mut().unwrap().1 = instance.unwrap_or_default().to_owned();
            yes("<AssociateAddressResponse/>")
        }
        "ec2:DisassociateAddress" => {
            there.last_mut().unwrap().1 = String::new();
            yes("<DisassociateAddressResponse/>")
        }
        name => yes(format!("<{0}Response/>", &name[4..])),
    })
}

fn desired(instance: &str) -> Desired<Spec> {
    let mut tags = ownership_tags("cloud101", "address", "any");
    tags.retain(|key, _| !ownership::is_applied(key));
    let mut applied = LastApplied::default();
    applied.insert("instance", &instance.into(), false);
    let record = Ownership { stack: String::new(), address: Address::new(""), applied, keep: Default::default() };
    tags.extend(record.tags().into_iter().filter(|(key, _)| ownership::is_applied(key)));
    Desired {
        address: Address::new("address"),
        name: "cloud101-address".into(),
        spec: Spec { instance: Some(instance.into()) },
        tags,
        replaces: None,
    }
}

fn calls<'a>(all: &'a [Asked], name: &str) -> Vec<&'a Asked> {
    all.iter().filter(|call| call.name == name).collect()
}

#[tokio::test]
async fn a_new_address_is_marked_with_its_own_id_and_given_to_its_instance() {
    let aws = account(Vec::new());
    let live = ElasticIp.create(&aws.context(), &desired("i-1")).await.unwrap();
    assert_eq!((live.id.as_str(), live.spec.instance.as_deref()), ("eipalloc-new", Some("i-1")));
    let all = aws.calls();
    let [tagged] = calls(&all, "ec2:CreateTags")[..] else { panic!("{all:?}") };
    let pairs: Vec<_> = tagged.body.split('&').filter_map(|pair| pair.split_once('=')).collect();
    let value = |key: &str| pairs.iter().find(|(name, _)| *name == key).map(|(_, value)| (*value).to_owned());
    let tags: Tags =
        (1..9).filter_map(|n| Some((value(&format!("Tag.{n}.Key"))?, value(&format!("Tag.{n}.Value"))?))).collect();
    assert!(LastApplied::read(&tags).is_bound_to("eipalloc-new"), "{tags:?}");
}

#[tokio::test]
async fn what_a_lost_call_made_is_found_and_a_copy_is_not() {
    let unbound: Tags = desired("").tags;
    let copy = ownership_tags("cloud101", "address", "eipalloc-other");
    let aws = account(vec![("eipalloc-copy", String::new(), copy), ("eipalloc-lost", String::new(), unbound)]);
    let live = ElasticIp.create(&aws.context(), &desired("")).await.unwrap();
    assert_eq!(live.id, "eipalloc-lost");
    assert!(!aws.names().contains(&"ec2:AllocateAddress".to_owned()));
    let listing = ElasticIp.list(&aws.context()).await.unwrap();
    let ids = |all: &[Owned]| all.iter().map(|one| one.id.clone()).collect::<Vec<_>>();
    assert_eq!(
        (ids(&listing.owned), ids(&listing.doubtful)),
        (vec!["eipalloc-lost".into()], vec!["eipalloc-copy".into()])
    );
}

#[tokio::test]
async fn an_address_that_goes_is_taken_from_its_instance_first() {
    let own = ownership_tags("cloud101", "address", "eipalloc-1");
    let aws = account(vec![("eipalloc-1", "i-1".into(), own)]);
    let reported = ElasticIp.besides(&aws.context(), "eipalloc-1").await.unwrap();
    assert_eq!(reported, ["i-1 loses its address 192.0.2.7, and AWS never assigns the same one again"]);
    ElasticIp.delete(&aws.context(), "eipalloc-1", false).await.unwrap();
    let names = aws.names();
    let at = |name: &str| names.iter().position(|one| one == name).unwrap();
    assert!(at("ec2:DisassociateAddress") < at("ec2:ReleaseAddress"));
    // A second time there is nothing to do.
    ElasticIp.delete(&account(Vec::new()).context(), "eipalloc-1", false).await.unwrap();
}

#[tokio::test]
async fn an_address_whose_call_got_no_answer_is_found_and_not_made_twice() {
    let (mut made, mut asked) = (false, 0);
    let aws = Aws::with(move |call| match call.name.as_str() {
        "ec2:AllocateAddress" => {
            made = true;
            no(500, "InternalError", "An internal error has occurred")
        }
        "ec2:DescribeAddresses" => {
            asked += 1;
            // It shows a moment later.
            let there = if made && asked > 2 { address("eipalloc-new", "", &desired("").tags) } else { String::new() };
            yes(format!("<DescribeAddressesResponse><addressesSet>{there}</addressesSet></DescribeAddressesResponse>"))
        }
        name => yes(format!("<{0}Response/>", &name[4..])),
    });
    let live = ElasticIp.create(&aws.context(), &desired("")).await.unwrap();
    assert_eq!(live.id, "eipalloc-new");
    assert_eq!(aws.names().iter().filter(|name| *name == "ec2:AllocateAddress").count(), 1);
}

#[tokio::test]
async fn an_address_that_its_instance_does_not_get_is_there_all_the_same() {
    let aws = Aws::with(|call| match call.name.as_str() {
        "ec2:DescribeAddresses" => yes("<DescribeAddressesResponse/>"),
        "ec2:AllocateAddress" => {
            yes("<AllocateAddressResponse><allocationId>eipalloc-new</allocationId></AllocateAddressResponse>")
        }
        "ec2:AssociateAddress" => no(400, "InvalidInstanceID.NotFound", "The instance ID 'i-1' does not exist"),
        name => yes(format!("<{0}Response/>", &name[4..])),
    });
    let (cx, desired) = (aws.context(), desired("i-1"));
    let error = noting_what_is_made(&ElasticIp.info().made_by, ElasticIp.create(&cx, &desired)).await.unwrap_err();
    assert_eq!((error.operation, error.is_there), ("ec2:AssociateAddress", true));
}

#[test]
fn an_instance_is_named_by_its_id() {
    let wrong = |instance: &str| {
        let spec = Spec { instance: Some(instance.into()) };
        ElasticIp.check("any", &spec, &Base::default()).len()
    };
    assert_eq!((wrong("web"), wrong("i-0abcdef1234567890"), wrong(""), wrong("\u{1}${vm.id}")), (1, 0, 0, 0));
}

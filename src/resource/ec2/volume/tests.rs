use std::sync::{Arc, Mutex};

use super::*;
use crate::aws::ownership::LastApplied;
use crate::resource::ec2::instance::owner as machines;
use crate::resource::{Address, Owned};
use crate::testing::aws::{Answer, Asked, Aws, no, yes};
use crate::testing::{ownership_tags, place};

/// A disk of the account.
#[derive(Clone, Default)]
struct There {
    id: &'static str,
    zone: &'static str,
    /// The instance, the device, and what the attachment does.
    held: Option<(String, String, &'static str)>,
    /// Whether AWS deletes it with the instance.
    goes: bool,
    tags: Tags,
    size: i32,
    made: u32,
}

impl There {
    fn new(id: &'static str, tags: Tags) -> Self {
        Self { id, zone: "us-east-1a", tags, size: 10, ..Self::default() }
    }

    fn held(self, instance: &str, device: &str) -> Self {
        Self { held: Some((instance.to_owned(), device.to_owned(), "attached")), ..self }
    }

    fn xml(&self) -> String {
        let tags: String = self
            .tags
            .iter()
            .map(|(key, value)| format!("<item><key>{key}</key><value>{value}</value></item>"))
            .collect();
        let held = self.held.as_ref().map(|(instance, device, status)| {
            format!(
                "<item><instanceId>{instance}</instanceId><device>{device}</device><status>{status}</status>\
                 <deleteOnTermination>{}</deleteOnTermination></item>",
                self.goes
            )
        });
        let status = if held.is_some() { "in-use" } else { "available" };
        format!(
            "<item><volumeId>{}</volumeId><size>{}</size><availabilityZone>{}</availabilityZone><status>{status}</status>\
             <createTime>2026-11-29T10:00:{:02}.000Z</createTime><volumeType>gp3</volumeType><iops>3000</iops>\
             <throughput>125</throughput><encrypted>false</encrypted><attachmentSet>{}</attachmentSet><tagSet>{tags}\
             </tagSet></item>",
            self.id,
            self.size,
            self.zone,
            self.made,
            held.unwrap_or_default()
        )
    }
}

/// An instance: its id, its zone, its state, and the address of the stack that it was made for.
type Machine = (&'static str, &'static str, &'static str, &'static str);

#[derive(Default)]
struct Account {
    disks: Vec<There>,
    machines: Vec<Machine>,
    /// A running instance lets go of nothing.
    mounted: bool,
    /// Each call that attaches is a second one: the answer to the first was lost.
    repeats: bool,
}

fn field(call: &Asked, name: &str) -> String {
    let pairs = call.body.split('&').filter_map(|pair| pair.split_once('='));
    pairs.into_iter().find(|(key, _)| *key == name).map(|(_, value)| value.to_owned()).unwrap_or_default()
}

fn machine_xml(account: &Account, (id, zone, state, address): &Machine) -> String {
    let disks: String = (account.disks.iter())
        .filter_map(|disk| Some((disk, disk.held.as_ref().filter(|held| held.0 == *id)?)))
        .map(|(disk, (_, device, _))| {
            format!(
                "<item><deviceName>{device}</deviceName><ebs><volumeId>{}</volumeId><status>attached</status>\
                 <deleteOnTermination>{}</deleteOnTermination></ebs></item>",
                disk.id, disk.goes
            )
        })
        .collect();
    let tags = [("cloud101:stack", "cloud101"), ("cloud101:resource", address)];
    let tags: String =
        tags.iter().map(|(key, value)| format!("<item><key>{key}</key><value>{value}</value></item>")).collect();
    let token = machines_token(address);
    format!(
        "<item><instanceId>{id}</instanceId><clientToken>{token}</clientToken><rootDeviceName>/dev/xvda</rootDeviceName>\
         <instanceState><code>16</code><name>{state}</name></instanceState><placement><availabilityZone>{zone}\
         </availabilityZone></placement><blockDeviceMapping>{disks}</blockDeviceMapping><tagSet>{tags}</tagSet></item>"
    )
}

fn machines_token(address: &str) -> String {
    super::super::token::token(&place(), address, &Default::default(), 0)
}

/// An account that keeps what is done to it.
fn account(disks: Vec<There>, machines: Vec<Machine>) -> (Aws, Arc<Mutex<Account>>) {
    let account = Arc::new(Mutex::new(Account { disks, machines, mounted: false, repeats: false }));
    let there = account.clone();
    (Aws::with(move |call| answer(&mut there.lock().unwrap(), call)), account)
}

fn answer(account: &mut Account, call: &Asked) -> Answer {
    let (volume, instance) = (field(call, "VolumeId"), field(call, "InstanceId"));
    match call.name.as_str() {
        "ec2:DescribeVolumes" => {
            let one = [field(call, "VolumeId.1"), field(call, "Filter.1.Value.1")];
            let by_instance = field(call, "Filter.1.Name") == "attachment.instance-id";
            let is_asked = |disk: &&There| match () {
                () if by_instance => disk.held.as_ref().is_some_and(|held| held.0 == one[1]),
                () => !one.iter().any(|id| id.starts_with("vol-")) || one.iter().any(|id| id == disk.id),
            };
            let all: String = account.disks.iter().filter(is_asked).map(There::xml).collect();
            yes(format!("<DescribeVolumesResponse><volumeSet>{all}</volumeSet></DescribeVolumesResponse>"))
        }
        "ec2:DescribeInstances" => {
            let asked = field(call, "InstanceId.1");
            let all: String = (account.machines.iter())
                .filter(|machine| asked.is_empty() || machine.0 == asked)
                .map(|machine| machine_xml(account, machine))
                .collect();
            yes(format!(
                "<DescribeInstancesResponse><reservationSet><item><instancesSet>{all}</instancesSet></item>\
                 </reservationSet></DescribeInstancesResponse>"
            ))
        }
        "ec2:CreateVolume" => {
            let mut made = There { zone: "us-east-1b", ..There::new("vol-new", tags_in(call)) };
            if field(call, "AvailabilityZone") == "us-east-1a" {
                made.zone = "us-east-1a";
            }
            made.made = 30;
            account.disks.push(made);
            yes("<CreateVolumeResponse><volumeId>vol-new</volumeId></CreateVolumeResponse>")
        }
        "ec2:CreateTags" => {
            let id = field(call, "ResourceId.1");
            let tags: Tags = (1..12)
                .map(|n| (field(call, &format!("Tag.{n}.Key")), field(call, &format!("Tag.{n}.Value"))))
                .filter(|(key, _)| !key.is_empty())
                .collect();
            account.disks.iter_mut().filter(|disk| disk.id == id).for_each(|disk| disk.tags.extend(tags.clone()));
            yes("<CreateTagsResponse><return>true</return></CreateTagsResponse>")
        }
        "ec2:AttachVolume" => {
            let disk = account.disks.iter_mut().find(|disk| disk.id == volume).unwrap();
            disk.held = Some((instance, field(call, "Device"), "attached"));
            match account.repeats {
                true => no(400, "VolumeInUse", &format!("{volume} is already attached to an instance")),
                false => yes("<AttachVolumeResponse/>"),
            }
        }
        "ec2:DetachVolume" => {
            let runs = account.machines.iter().any(|machine| machine.0 == instance && machine.2 == "running");
            let mounted = account.mounted && runs;
            let disk = account.disks.iter_mut().find(|disk| disk.id == volume).unwrap();
            match (&mut disk.held, mounted) {
                (Some(held), true) => held.2 = "busy",
                (held, _) => *held = None,
            }
            yes("<DetachVolumeResponse/>")
        }
        "ec2:StopInstances" => {
            let id = field(call, "InstanceId.1");
            account.machines.iter_mut().filter(|machine| machine.0 == id).for_each(|machine| machine.2 = "stopped");
            yes("<StopInstancesResponse/>")
        }
        "ec2:TerminateInstances" => {
            let id = field(call, "InstanceId.1");
            account.machines.iter_mut().filter(|machine| machine.0 == id).for_each(|machine| machine.2 = "terminated");
            yes("<TerminateInstancesResponse/>")
        }
        "ec2:DeleteVolume" => {
            account.disks.retain(|disk| disk.id != volume);
            yes("<DeleteVolumeResponse/>")
        }
        name => yes(format!("<{0}Response/>", &name[4..])),
    }
}

/// The tags in a call that makes something.
fn tags_in(call: &Asked) -> Tags {
    let part = |n: usize, part: &str| field(call, &format!("TagSpecification.1.Tag.{n}.{part}"));
    (1..12).map(|n| (part(n, "Key"), part(n, "Value"))).filter(|(key, _)| !key.is_empty()).collect()
}

/// The tags of the stack's volume `data`, whose record is bound to `bound`.
fn own(bound: &str) -> Tags {
    ownership_tags("cloud101", "data", bound)
}

fn volume(id: &'static str) -> There {
    There::new(id, own(&separate::name_of(id)))
}

fn desired(spec: Spec) -> Desired<Spec> {
    let mut tags = own("any");
    tags.retain(|key, _| !ownership::is_applied(key));
    let mut applied = LastApplied::default();
    applied.insert("size_gib", &spec.size_gib.into(), false);
    let record = Ownership { stack: String::new(), address: Address::new(""), applied, keep: Default::default() };
    tags.extend(record.tags().into_iter().filter(|(key, _)| ownership::is_applied(key)));
    Desired { address: Address::new("data"), name: "cloud101-data".into(), spec, tags, replaces: None }
}

fn at(instance: &str, device: &str) -> Spec {
    Spec { size_gib: 10, instance: Some(instance.into()), device: Some(device.into()), ..Spec::default() }
}

fn waiting(zone: &str) -> Spec {
    Spec { size_gib: 10, availability_zone: Some(zone.into()), ..Spec::default() }
}

async fn moved(aws: &Aws, id: &str, to: Spec) -> Result<Live<Spec>> {
    let cx = aws.context();
    let live = live(&cx, &disk::one(&cx, id).await?.unwrap());
    let paths = ["instance", "device"].map(str::to_owned).into();
    Volume.update(&cx, &desired(to.clone()), &live, &Change { target: to, paths }).await
}

const RUNS: Machine = ("i-1", "us-east-1a", "running", "vm");

fn ids(all: &[Owned]) -> Vec<&str> {
    all.iter().map(|one| one.id.as_str()).collect()
}

#[tokio::test]
async fn a_new_volume_is_made_beside_its_instance_and_its_record_is_its_own() {
    let (aws, there) = account(Vec::new(), vec![RUNS]);
    let live = Volume.create(&aws.context(), &desired(at("i-1", "/dev/sdf"))).await.unwrap();
    assert_eq!((live.id.as_str(), live.spec.instance.as_deref()), ("vol-new", Some("i-1")));
    let calls = aws.calls();
    let made = calls.iter().find(|call| call.name == "ec2:CreateVolume").unwrap();
    assert!(made.body.contains("AvailabilityZone=us-east-1a") && made.body.contains("VolumeType=gp3"), "{made:?}");
    assert!(field(made, "ClientToken").starts_with("cloud101-"));
    // Until the id is known, only this address of this stack treats it as its own.
    let before = LastApplied::read(&tags_in(made));
    assert!(before.is_bound_to(&separate::promise(&place(), "data")) && before.has("size_gib"));
    let disk = there.lock().unwrap().disks[0].clone();
    assert!(LastApplied::read(&disk.tags).is_bound_to("ec2.volume vol-new"));
    assert_eq!(disk.tags.get(separate::INSTANCE).map(String::as_str), Some("vm"));
    // The engine knows it by its bare id.
    assert!(LastApplied::read(&live.tags).is_bound_to("vol-new") && !live.unmarked);
    assert!(!calls.iter().any(|call| call.name == "ec2:ModifyInstanceAttribute"), "AWS leaves it anyway");
}

#[tokio::test]
async fn what_a_killed_run_made_is_found_and_copies_and_disks_of_instances_are_not() {
    let lost = There::new("vol-lost", own(&separate::promise(&place(), "data")));
    let copy = There::new("vol-copy", own(&separate::name_of("vol-other")));
    let two = There::new("vol-two", own("x").into_iter().filter(|(key, _)| !ownership::is_applied(key)).collect());
    let of_instance = There::new("vol-part", own("vol-part"));
    let foreign = There::new("vol-theirs", ownership_tags("another", "data", &separate::name_of("vol-theirs")));
    let (aws, _) = account(vec![copy, two, of_instance, foreign, lost], Vec::new());
    let cx = aws.context();
    let read = Volume.read(&cx, &[desired(waiting("us-east-1a"))]).await.pop().unwrap().unwrap().unwrap();
    assert_eq!((read.id.as_str(), read.unmarked), ("vol-lost", true));
    let listing = Volume.list(&cx).await.unwrap();
    assert_eq!((ids(&listing.owned), ids(&listing.doubtful)), (vec!["vol-lost"], vec![]));
    let live = Volume.create(&cx, &desired(waiting("us-east-1a"))).await.unwrap();
    assert_eq!(live.id, "vol-lost");
    assert!(!aws.names().contains(&"ec2:CreateVolume".to_owned()));
}

#[tokio::test]
async fn the_instance_kind_takes_no_volume_for_a_disk_of_its_own() {
    let attached = volume("vol-1").held("i-1", "/dev/sdf");
    let promised = There::new("vol-3", own(&separate::promise(&place(), "data")));
    let mut retained = volume("vol-4");
    retained.tags.insert(ownership::KEEP.into(), "retain".into());
    let (aws, _) = account(vec![attached, volume("vol-2"), promised, retained], vec![RUNS]);
    let cx = aws.context();
    let listing = super::super::instance::Instance.list(&cx).await.unwrap();
    assert_eq!(ids(&listing.owned), ["i-1"], "the machine, and none of the disks");
    let (instance, disks) = (holder::machine(&cx, "i-1").await.unwrap(), disk::tagged(&cx).await.unwrap());
    assert!(machines::own(&place(), &instance).is_some(), "the machine is the stack's");
    for disk in &disks {
        assert!(!machines::has(&place(), &instance, disk) && !machines::is_doubtful(&place(), disk), "{disk:?}");
        assert!(!machines::awaits_marks(&place(), &instance, disk), "{disk:?}");
    }
    // And a disk of an instance that lost nothing is none of this kind's, whatever else is taken off.
    let part = There::new("vol-9", own("vol-9"));
    let (aws, _) = account(vec![part], Vec::new());
    assert_eq!(ids(&Volume.list(&aws.context()).await.unwrap().owned), [""; 0]);
}

#[tokio::test]
async fn an_instance_that_is_replaced_is_stopped_before_its_volume_moves() {
    let new = ("i-2", "us-east-1a", "running", "vm");
    let (aws, there) = account(vec![volume("vol-1").held("i-1", "/dev/sdf")], vec![RUNS, new]);
    there.lock().unwrap().mounted = true;
    let live = moved(&aws, "vol-1", at("i-2", "/dev/sdf")).await.unwrap();
    assert_eq!(live.spec.instance.as_deref(), Some("i-2"));
    let names = aws.names();
    let at = |name: &str| names.iter().position(|one| one == name).unwrap();
    assert!(at("ec2:StopInstances") < at("ec2:DetachVolume") && at("ec2:DetachVolume") < at("ec2:AttachVolume"));
}

#[tokio::test]
async fn an_attachment_whose_answer_was_lost_is_not_refused_for_itself() {
    let (aws, there) = account(vec![volume("vol-1")], vec![RUNS]);
    there.lock().unwrap().repeats = true;
    let live = moved(&aws, "vol-1", at("i-1", "/dev/sdf")).await.unwrap();
    assert_eq!(live.spec.instance.as_deref(), Some("i-1"));
}

#[tokio::test]
async fn an_instance_that_stays_is_not_stopped_and_what_it_mounts_is_said() {
    let other = ("i-2", "us-east-1a", "running", "other");
    let (aws, there) = account(vec![volume("vol-1").held("i-1", "/dev/sdf")], vec![RUNS, other]);
    there.lock().unwrap().mounted = true;
    let clock = wait::clock::Clock::default();
    let error = clock.run(moved(&aws, "vol-1", at("i-2", "/dev/sdf"))).await.unwrap_err();
    assert!(clock.elapsed().as_secs() >= 170, "{:?}", clock.elapsed());
    assert!(error.advice().is_some_and(|advice| advice.contains("i-1 still uses it: unmount it")), "{error:?}");
    let names = aws.names();
    assert!(!names.contains(&"ec2:StopInstances".to_owned()) && !names.contains(&"ec2:AttachVolume".to_owned()));
    // Once it is unmounted, the same again is enough.
    there.lock().unwrap().mounted = false;
    assert_eq!(moved(&aws, "vol-1", at("i-2", "/dev/sdf")).await.unwrap().spec.instance.as_deref(), Some("i-2"));
}

#[tokio::test]
async fn nothing_is_detached_for_an_instance_that_can_not_have_it() {
    let far = ("i-2", "us-east-1b", "running", "vm");
    let (aws, _) = account(vec![volume("vol-1").held("i-1", "/dev/sdf")], vec![RUNS, far]);
    let error = moved(&aws, "vol-1", at("i-2", "/dev/sdf")).await.unwrap_err();
    assert!(error.message.contains("is in us-east-1a, but i-2 is in us-east-1b"), "{}", error.message);
    let near = ("i-2", "us-east-1a", "running", "other");
    let taken = There::new("vol-9", Tags::new()).held("i-2", "/dev/sdf");
    let (second, _) = account(vec![volume("vol-1").held("i-1", "/dev/sdf"), taken], vec![RUNS, near]);
    let error = moved(&second, "vol-1", at("i-2", "/dev/sdf")).await.unwrap_err();
    assert!(error.message.contains("has another disk, vol-9, as /dev/sdf"), "{}", error.message);
    for aws in [aws, second] {
        assert!(!aws.names().iter().any(|name| ["ec2:DetachVolume", "ec2:StopInstances"].contains(&name.as_str())));
    }
}

#[tokio::test]
async fn a_replacement_takes_the_place_of_the_old_one() {
    let old = volume("vol-1").held("i-1", "/dev/sdf");
    let (aws, there) = account(vec![old], vec![RUNS]);
    let desired = Desired { replaces: Some("vol-1".into()), ..desired(at("i-1", "/dev/sdf")) };
    let live = Volume.create(&aws.context(), &desired).await.unwrap();
    assert_eq!(live.id, "vol-new");
    let there = there.lock().unwrap().disks.clone();
    let held = |id: &str| there.iter().find(|disk| disk.id == id).unwrap().held.is_some();
    assert!(!held("vol-1") && held("vol-new"), "the old one waits for its deletion");
}

#[tokio::test]
async fn of_two_the_one_that_the_file_means_counts_and_then_the_one_that_an_instance_has() {
    let full = volume("vol-1").held("i-1", "/dev/sdf");
    let empty = There { made: 9, ..volume("vol-2") };
    let far = There { zone: "us-east-1b", made: 9, ..volume("vol-3") };
    let found = async |disks: Vec<There>, spec: Spec| {
        let (aws, _) = account(disks, vec![RUNS]);
        Volume.read(&aws.context(), &[desired(spec)]).await.pop().unwrap().unwrap().unwrap().id
    };
    let held = at("i-1", "/dev/sdf");
    assert_eq!(found(vec![full.clone(), empty.clone()], held).await, "vol-1", "it may have something on it");
    assert_eq!(found(vec![full, far.clone()], waiting("us-east-1b")).await, "vol-3");
    assert_eq!(found(vec![volume("vol-1"), empty], waiting("us-east-1a")).await, "vol-2", "the newer one");
}

/// kubernetes-sigs/aws-ebs-csi-driver#1951: a known token is answered with the id of a volume that is gone.
#[tokio::test]
async fn a_token_of_a_volume_that_is_gone_is_passed_over() {
    let (mut state, mut asked) = (Account::default(), 0);
    let aws = Aws::with(move |call| match call.name.as_str() {
        "ec2:CreateVolume" if asked == 0 => {
            asked += 1;
            yes("<CreateVolumeResponse><volumeId>vol-gone</volumeId></CreateVolumeResponse>")
        }
        "ec2:CreateVolume" if asked == 1 => {
            asked += 1;
            no(400, "IdempotentParameterMismatch", "Parameters on this idempotent request are inconsistent")
        }
        _ => answer(&mut state, call),
    });
    let (cx, desired) = (aws.context(), desired(waiting("us-east-1a")));
    let live = wait::clock::Clock::default().run(Volume.create(&cx, &desired)).await.unwrap();
    assert_eq!(live.id, "vol-new");
    let calls = aws.calls();
    let tokens: std::collections::BTreeSet<_> =
        calls.iter().filter(|call| call.name == "ec2:CreateVolume").map(|call| field(call, "ClientToken")).collect();
    assert_eq!(tokens.len(), 3);
}

#[tokio::test]
async fn aws_is_informed_that_a_volume_stays_when_others_set_otherwise() {
    let goes = There { goes: true, ..volume("vol-1").held("i-1", "/dev/sdf") };
    let (aws, _) = account(vec![goes], vec![RUNS]);
    let cx = aws.context();
    let read = Volume.read(&cx, &[desired(at("i-1", "/dev/sdf"))]).await.pop().unwrap().unwrap().unwrap();
    assert!(read.unmarked && read.notes[0].contains("AWS would delete it with i-1"), "{:?}", read.notes);
    Volume.update_tags(&cx, "vol-1", &read.tags, &[]).await.unwrap();
    let calls = aws.calls();
    let flag = calls.iter().find(|call| call.name == "ec2:ModifyInstanceAttribute").unwrap();
    assert!(flag.body.contains("DeviceName=/dev/sdf") && flag.body.contains("DeleteOnTermination=false"), "{flag:?}");
    // A destroy that keeps the volume deletes the instance without having marked anything.
    super::super::instance::Instance.delete(&cx, "i-1", false).await.unwrap();
    let flags = aws.names().iter().filter(|name| *name == "ec2:ModifyInstanceAttribute").count();
    assert_eq!(flags, 2);
}

#[tokio::test]
async fn the_next_instance_of_an_address_begins_where_its_volume_is() {
    let mut disk = There { zone: "us-east-1c", ..volume("vol-1") };
    disk.tags.insert(separate::INSTANCE.into(), "vm".into());
    let mut copy = There { zone: "us-east-1d", ..There::new("vol-0", own(&separate::name_of("vol-other"))) };
    copy.tags.insert(separate::INSTANCE.into(), "vm".into());
    let (aws, _) = account(vec![copy, disk], Vec::new());
    let zone = async |address: &str| separate::zone_of_volumes(&aws.context(), address).await.unwrap();
    assert_eq!(zone("vm").await.as_deref(), Some("us-east-1c"));
    assert_eq!(zone("other").await, None);
}

#[tokio::test]
async fn a_volume_that_goes_is_detached_first_and_twice_is_nothing() {
    let (aws, there) = account(vec![volume("vol-1").held("i-1", "/dev/sdf")], vec![RUNS]);
    let cx = aws.context();
    assert_eq!(Volume.besides(&cx, "vol-1").await.unwrap(), ["the data on it (10 GiB) is lost"]);
    Volume.delete(&cx, "vol-1", false).await.unwrap();
    Volume.delete(&cx, "vol-1", false).await.unwrap();
    assert!(there.lock().unwrap().disks.is_empty());
    let names = aws.names();
    assert_eq!(names.iter().filter(|name| *name == "ec2:DeleteVolume").count(), 1);
}

#[test]
fn a_volume_only_grows_in_place() {
    let of = |size_gib| Spec { size_gib, ..Spec::default() };
    assert_eq!(Volume.must_replace(&of(20), &of(10)).as_deref(), Some("size_gib"));
    assert_eq!(Volume.must_replace(&of(10), &of(20)), None);
    assert_eq!(Volume.stuck(&of(20), &of(10))[0].what, "it has 20 GiB, but the file says 10");
    assert_eq!(Volume.data_loss(&of(20), None).as_deref(), Some("the data on it (20 GiB)"));
    assert_eq!(Volume.data_loss(&of(20), Some(&of(30))), None);
}

#[test]
fn a_zone_is_one_of_the_region() {
    let fits = |zone: &str| {
        let spec = serde_json::from_value(serde_json::json!({ "size_gib": 1, "availability_zone": zone })).unwrap();
        make::is_here(&spec, "us-east-1").map_err(|error| error.message)
    };
    assert_eq!((fits("us-east-1a"), fits("us-east-1-bos-1a")), (Ok(()), Ok(())));
    assert!(fits("eu-west-1b").unwrap_err().contains("the zone eu-west-1b is not in us-east-1"));
}

//! Instances, each with the disk that it boots from. It is `pending` when it is made and runs at the next look, as in Moto.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{ACCOUNT, Answer, Call, REGION, escaped, page, refused, tags};

const PENDING: Duration = Duration::ZERO;
/// How many disks and tags one answer has (API: DescribeVolumes, DescribeTags).
const VOLUMES: usize = 500;
const TAGS: usize = 1000;

struct Instance {
    made: Instant,
    ended: bool,
    token: String,
    image: String,
    kind: String,
    tags: BTreeMap<String, String>,
    disk_tags: BTreeMap<String, String>,
}

#[derive(Default)]
pub struct Ec2 {
    /// By id, terminated ones too.
    instances: BTreeMap<String, Instance>,
    by_token: HashMap<String, String>,
}

fn disk_of(instance: &str) -> String {
    instance.replace("i-", "vol-")
}

fn instance_of(disk: &str) -> String {
    disk.replace("vol-", "i-")
}

fn tag_set(tags: &BTreeMap<String, String>) -> String {
    let tag = |(key, value): (&String, &String)| {
        format!("<item><key>{}</key><value>{}</value></item>", escaped(key), escaped(value))
    };
    format!("<tagSet>{}</tagSet>", tags.iter().map(tag).collect::<String>())
}

impl Instance {
    fn state(&self) -> &'static str {
        match (self.ended, self.made.elapsed() < PENDING) {
            (true, _) => "terminated",
            (_, true) => "pending",
            _ => "running",
        }
    }

    fn xml(&self, id: &str) -> String {
        let Self { token, image, kind, .. } = self;
        let mut more = String::new();
        if !self.ended {
            more = format!(
                "<subnetId>subnet-0123456789abcdef0</subnetId><vpcId>vpc-0123456789abcdef0</vpcId><privateIpAddress>10.0.0.7\
                 </privateIpAddress><groupSet><item><groupId>sg-0123456789abcdef0</groupId><groupName>default</groupName>\
                 </item></groupSet><blockDeviceMapping><item><deviceName>/dev/xvda</deviceName><ebs><volumeId>{}</volumeId>\
                 <status>attached</status><deleteOnTermination>true</deleteOnTermination></ebs></item></blockDeviceMapping>",
                disk_of(id)
            );
        }
        format!(
            "<item><instancesSet><item><instanceId>{id}</instanceId><imageId>{image}</imageId><instanceState><code>16</code>\
             <name>{}</name></instanceState><instanceType>{kind}</instanceType><clientToken>{token}</clientToken>\
             <placement><availabilityZone>{REGION}a</availabilityZone></placement><rootDeviceName>/dev/xvda</rootDeviceName>\
             <rootDeviceType>ebs</rootDeviceType><launchTime>2026-11-30T10:00:00.000Z</launchTime>{more}{}</item></instancesSet>\
             </item>",
            self.state(),
            tag_set(&self.tags)
        )
    }

    fn disk(&self, id: &str) -> String {
        format!(
            "<item><volumeId>{}</volumeId><size>8</size><volumeType>gp3</volumeType><status>in-use</status><encrypted>false\
             </encrypted><availabilityZone>{REGION}a</availabilityZone><snapshotId>snap-0123456789abcdef0</snapshotId>\
             <attachmentSet><item><volumeId>{0}</volumeId><instanceId>{id}</instanceId><device>/dev/xvda</device><status>attached\
             </status><deleteOnTermination>true</deleteOnTermination></item></attachmentSet>{}</item>",
            disk_of(id),
            tag_set(&self.disk_tags)
        )
    }
}

/// The values of a filter.
fn filter<'a>(call: &'a Call<'_>, name: &str) -> Option<Vec<&'a str>> {
    let filters = call.input["Filters"].as_array().into_iter().flatten();
    let found = filters.clone().find(|filter| filter["Name"] == name)?;
    Some(found["Values"].as_array().into_iter().flatten().filter_map(Value::as_str).collect())
}

fn answer(operation: &str, body: &str) -> Answer {
    Ok(format!("<{operation}Response>{body}</{operation}Response>"))
}

fn ids(list: &Value) -> Vec<&str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

impl Ec2 {
    pub fn len(&self) -> usize {
        self.instances.values().filter(|instance| !instance.ended).count()
    }

    pub fn answer(&mut self, call: &Call<'_>) -> Answer {
        match call.operation {
            "RunInstances" => self.run(call),
            "DescribeInstances" => self.describe(call),
            "DescribeVolumes" => self.disks(call),
            "TerminateInstances" => {
                for id in ids(&call.input["InstanceIds"]) {
                    match self.instances.get_mut(id) {
                        Some(instance) => instance.ended = true,
                        None => return refused(400, "InvalidInstanceID.NotFound", format!("{id} does not exist")),
                    }
                }
                answer(call.operation, "<instancesSet/>")
            }
            "CreateTags" => {
                let set = tags(&call.input["Tags"]);
                for id in ids(&call.input["Resources"]) {
                    if let Some(instance) = self.instances.get_mut(id) {
                        instance.tags.extend(set.clone());
                    } else if let Some(instance) = self.instances.get_mut(&instance_of(id)) {
                        instance.disk_tags.extend(set.clone());
                    }
                }
                answer(call.operation, "<return>true</return>")
            }
            "DescribeInstanceTypeOfferings" => {
                let kinds = filter(call, "instance-type").unwrap_or_default();
                let one = |kind: &str| format!("<item><instanceType>{kind}</instanceType></item>");
                let kinds: String = kinds.into_iter().map(one).collect();
                answer(call.operation, &format!("<instanceTypeOfferingSet>{kinds}</instanceTypeOfferingSet>"))
            }
            "DescribeRegions" => {
                let one = |name: &str| {
                    format!(
                        "<item><regionName>{name}</regionName><optInStatus>opt-in-not-required</optInStatus></item>"
                    )
                };
                answer(call.operation, &format!("<regionInfo>{}</regionInfo>", [REGION, "eu-west-1"].map(one).concat()))
            }
            "DescribeTags" => self.described_tags(call),
            _ => answer(call.operation, ""),
        }
    }

    fn run(&mut self, call: &Call<'_>) -> Answer {
        let token = call.text("ClientToken").to_owned();
        let id = match self.by_token.get(&token) {
            Some(id) => id.clone(),
            None => {
                let id = format!("i-{:017x}", self.instances.len() + 1);
                let of = |sort: &str| {
                    let all = call.input["TagSpecifications"].as_array().into_iter().flatten();
                    all.filter(|one| one["ResourceType"] == sort).flat_map(|one| tags(&one["Tags"])).collect()
                };
                let instance = Instance {
                    made: Instant::now(),
                    ended: false,
                    token: token.clone(),
                    image: call.text("ImageId").to_owned(),
                    kind: call.text("InstanceType").to_owned(),
                    tags: of("instance"),
                    disk_tags: of("volume"),
                };
                self.instances.insert(id.clone(), instance);
                self.by_token.insert(token, id.clone());
                id
            }
        };
        let instance = self.instances[&id].xml(&id);
        // RunInstances answers with the reservation itself.
        let inner = instance.trim_start_matches("<item>").trim_end_matches("</item>");
        answer(call.operation, &format!("<reservationId>r-1</reservationId><ownerId>{ACCOUNT}</ownerId>{inner}"))
    }

    fn describe(&self, call: &Call<'_>) -> Answer {
        let asked = ids(&call.input["InstanceIds"]);
        let asked = if asked.is_empty() { filter(call, "instance-id") } else { Some(asked) };
        if let Some(unknown) = ids(&call.input["InstanceIds"]).iter().find(|id| !self.instances.contains_key(**id)) {
            return refused(400, "InvalidInstanceID.NotFound", format!("The instance ID '{unknown}' does not exist"));
        }
        let body = |found: &mut dyn Iterator<Item = (&String, &Instance)>| {
            found.map(|(id, instance)| instance.xml(id)).collect::<String>()
        };
        if let Some(asked) = asked {
            let mut found = asked.into_iter().filter_map(|id| self.instances.get_key_value(id));
            return answer(call.operation, &format!("<reservationSet>{}</reservationSet>", body(&mut found)));
        }
        let most = call.number("MaxResults").unwrap_or(1000).min(1000);
        let (found, next) = page(&self.instances, call.text("NextToken"), most);
        let states = filter(call, "instance-state-name");
        let address = filter(call, "tag:cloud101:resource");
        let mut found = found.into_iter().filter(|(_, instance)| {
            states.as_ref().is_none_or(|states| states.contains(&instance.state()))
                && address.as_ref().is_none_or(|address| {
                    instance.tags.get("cloud101:resource").is_some_and(|own| address.contains(&own.as_str()))
                })
        });
        let next = next.map(|next| format!("<nextToken>{next}</nextToken>")).unwrap_or_default();
        answer(call.operation, &format!("<reservationSet>{}</reservationSet>{next}", body(&mut found)))
    }

    fn disks(&self, call: &Call<'_>) -> Answer {
        let of_instances = filter(call, "attachment.instance-id");
        let of_disks = filter(call, "volume-id").or(Some(ids(&call.input["VolumeIds"])).filter(|ids| !ids.is_empty()));
        let mut more = String::new();
        let owners: Vec<String> = match (of_instances, of_disks) {
            (Some(ids), _) => ids.into_iter().map(str::to_owned).collect(),
            (None, Some(ids)) => ids.into_iter().map(instance_of).collect(),
            // The volumes that some instance had, of which there are none.
            _ if filter(call, "tag:cloud101:instance").is_some() => Vec::new(),
            _ => {
                let (found, next) = page(&self.instances, call.text("NextToken"), VOLUMES);
                more = next.map(|next| format!("<nextToken>{next}</nextToken>")).unwrap_or_default();
                found.into_iter().map(|(id, _)| id.clone()).collect()
            }
        };
        let there = owners.iter().filter_map(|id| Some((id, self.instances.get(id).filter(|one| !one.ended)?)));
        let there: String = there.map(|(id, instance)| instance.disk(id)).collect();
        answer(call.operation, &format!("<volumeSet>{there}</volumeSet>{more}"))
    }

    fn described_tags(&self, call: &Call<'_>) -> Answer {
        let key = filter(call, "key");
        let wanted = filter(call, "resource-id");
        let mut items = Vec::new();
        for (id, instance) in self.instances.iter().filter(|(_, instance)| !instance.ended) {
            for (id, sort, tags) in
                [(id.clone(), "instance", &instance.tags), (disk_of(id), "volume", &instance.disk_tags)]
            {
                if wanted.as_ref().is_some_and(|wanted| !wanted.contains(&id.as_str())) {
                    continue;
                }
                for (name, value) in
                    tags.iter().filter(|(name, _)| key.as_ref().is_none_or(|key| key.contains(&name.as_str())))
                {
                    items.push(format!(
                        "<item><resourceId>{id}</resourceId><resourceType>{sort}</resourceType><key>{}</key><value>{}</value></item>",
                        escaped(name),
                        escaped(value)
                    ));
                }
            }
        }
        let from: usize = call.text("NextToken").parse().unwrap_or_default();
        let next = (items.len() > from + TAGS).then(|| format!("<nextToken>{}</nextToken>", from + TAGS));
        let items: String = items.into_iter().skip(from).take(TAGS).collect();
        answer(call.operation, &format!("<tagSet>{items}</tagSet>{}", next.unwrap_or_default()))
    }
}

//! What AWS does and the emulators don't.
//!
//! | behaviour of AWS | emulator | here |
//! |---|---|---|
//! | RunInstances with a known ClientToken answers as it did the first time | Moto makes another instance | kept by token |
//! | the same with other parameters: `IdempotentParameterMismatch` | the same | compared |
//! | CreateVolume with a known ClientToken answers as it did the first time, even if that volume is gone (kubernetes-sigs/aws-ebs-csi-driver#1951) | Moto makes another volume | kept by token |
//! | AttachVolume refuses another zone, a device that is taken, and a volume that an instance has | Moto attaches it | asked |
//! | the same after the instance is terminated: `IdempotentInstanceTerminated` | the same | asked |
//! | ModifyInstanceCreditSpecification is kept; a new T3 instance is `unlimited` | Moto answers 500, and always says `standard` | kept by instance |
//! | a security group that an instance uses can't be deleted: `DependencyViolation` | Moto deletes it | asked |
//! | a role that a profile does not hold can't be removed from it: `NoSuchEntity` | Moto answers 500 | asked |
//! | a policy that is attached can't be deleted: `DeleteConflict` | Moto deletes it | asked |
//! | DescribeInstances shows the profile that ReplaceIamInstanceProfileAssociation gave | Moto shows the first one | kept by instance |
//! | CreateBucket with tags of one's own bucket: `BucketAlreadyOwnedByYou`, in us-east-1 too | MiniStack says yes there | asked |
//! | GetEmailIdentity shows the tags that TagResource set | MiniStack shows those of the creation | asked |

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use super::upstream::{Emulator, Emulators, Upstream};
use crate::http::{self, Refusal, Request};

/// What AWS remembers and the emulators don't. Clones remember the same.
#[derive(Debug, Clone, Default)]
pub struct EmulatorShim(Arc<Memory>);

#[derive(Debug, Default)]
struct Memory {
    /// RunInstances by client token.
    launches: Mutex<HashMap<String, Launch>>,
    /// CreateVolume by client token.
    volumes: Mutex<HashMap<String, Launch>>,
    /// CPU credits by instance.
    credits: Mutex<HashMap<String, String>>,
    /// The element `iamInstanceProfile` by instance, where it was replaced.
    profiles: Mutex<HashMap<String, String>>,
}

#[derive(Debug)]
struct Launch {
    request: Vec<u8>,
    answer: Vec<u8>,
}

struct Shimmed {
    shim: EmulatorShim,
    emulators: Emulators,
}

impl Upstream for Shimmed {
    fn answer(&self, request: &Request) -> io::Result<Vec<u8>> {
        self.shim.carry_out(request, &self.emulators)
    }
}

impl EmulatorShim {
    /// The emulators, with this before them.
    pub fn before(&self, emulators: Emulators) -> impl Upstream + 'static {
        Shimmed { shim: self.clone(), emulators }
    }

    /// AWS's answer to a call: the emulator's, or what it should have been.
    fn carry_out(&self, request: &Request, upstream: &Emulators) -> io::Result<Vec<u8>> {
        match request.name().as_str() {
            "ec2:DescribeRegions" => Ok(regions(request)),
            "ec2:RunInstances" => self.launch(request, upstream),
            "ec2:CreateVolume" => self.make_volume(request, upstream),
            "ec2:AttachVolume" => attach_volume(request, upstream),
            "ec2:ModifyInstanceCreditSpecification" => {
                let part = |part| request.field(&format!("InstanceCreditSpecification.1.{part}")).unwrap_or_default();
                locked(&self.0.credits).insert(part("InstanceId"), part("CpuCredits"));
                Ok(http::answer(request, 200, "", "<ModifyInstanceCreditSpecificationResponse/>"))
            }
            "ec2:DescribeInstanceCreditSpecifications" => Ok(self.credits(request)),
            "ec2:DeleteSecurityGroup" => {
                let group = request.field("GroupId").unwrap_or_default();
                let filter = [("Filter.1.Name", "instance.group-id"), ("Filter.1.Value.1", &group)];
                let users = text(upstream.answer(&query(request, "DescribeInstances", &filter))?);
                let alive = users.matches("<instanceId>").count() > users.matches("<name>terminated</name>").count();
                let message = format!("resource {group} has a dependent object");
                refused_if(alive, request, upstream, "DependencyViolation", message)
            }
            "ec2:ReplaceIamInstanceProfileAssociation" => {
                let answer = upstream.answer(request)?;
                let said = text(answer.clone());
                if let (Some(instance), Some(profile)) = (element(&said, "instanceId"), element(&said, PROFILE)) {
                    locked(&self.0.profiles).insert(instance.to_owned(), profile.to_owned());
                }
                Ok(answer)
            }
            "ec2:DescribeInstances" => Ok(self.with_profiles(request, upstream.answer(request)?)),
            "iam:RemoveRoleFromInstanceProfile" => {
                let field = |name| request.field(name).unwrap_or_default();
                let (name, role) = (field("InstanceProfileName"), field("RoleName"));
                let profile = query(request, "GetInstanceProfile", &[("InstanceProfileName", &name)]);
                let holds = text(upstream.answer(&profile)?).contains(&format!("<RoleName>{role}</RoleName>"));
                let message = format!("{role} cannot be found in InstanceProfile {name}.");
                refused_if(!holds, request, upstream, "NoSuchEntity", message)
            }
            "iam:DeletePolicy" => {
                let arn = request.field("PolicyArn").unwrap_or_default();
                let policy = text(upstream.answer(&query(request, "ListEntitiesForPolicy", &[("PolicyArn", &arn)]))?);
                let attached = ["<RoleName>", "<UserName>", "<GroupName>"].iter().any(|name| policy.contains(name));
                let message = "Cannot delete a policy attached to entities.".to_owned();
                refused_if(attached, request, upstream, "DeleteConflict", message)
            }
            name if is_create_bucket(name) => create_bucket(request, upstream),
            name => match name.strip_prefix("ses:GET /v2/email/identities/") {
                Some(identity) => identity_with_tags(identity, request, upstream),
                None => upstream.answer(request),
            },
        }
    }

    /// DescribeInstances' answer with the profiles that replaced the first ones.
    fn with_profiles(&self, request: &Request, answer: Vec<u8>) -> Vec<u8> {
        let profiles = locked(&self.0.profiles);
        let said = text(answer.clone());
        let Some((_, body)) = said.split_once("\r\n\r\n").filter(|_| !profiles.is_empty()) else { return answer };
        let mut whole = body.to_owned();
        for (id, new) in profiles.iter() {
            // In Moto's answer an instance's profile comes before its id.
            let Some(at) = whole.find(&format!("<instanceId>{id}</instanceId>")) else { continue };
            let Some(begin) = whole[..at].rfind(&format!("<{PROFILE}>")) else { continue };
            let Some(old) = element(&whole[begin..at], PROFILE).map(str::len) else { continue };
            let inner = begin + PROFILE.len() + 2;
            whole.replace_range(inner..inner + old, new);
        }
        http::answer(request, 200, "", &whole)
    }

    fn launch(&self, request: &Request, upstream: &Emulators) -> io::Result<Vec<u8>> {
        let Some(token) = request.field("ClientToken") else { return upstream.answer(request) };
        // The lock is held while the emulator works: of two calls at once the second gets the first one's answer.
        let mut launches = locked(&self.0.launches);
        let Some(Launch { request: first, answer }) = launches.get(&token) else {
            let answer = upstream.answer(request)?;
            if answer.starts_with(b"HTTP/1.1 200") {
                launches.insert(token, Launch { request: request.body.clone(), answer: answer.clone() });
            }
            return Ok(answer);
        };
        if *first != request.body {
            let message =
                "Arguments on this idempotent request are inconsistent with arguments used in previous request(s).";
            return Ok(refusal(request, "IdempotentParameterMismatch", message));
        }
        let launched = text(answer.clone());
        let id = launched.split("<instanceId>").nth(1).and_then(|rest| rest.split('<').next()).unwrap_or_default();
        let now = text(upstream.answer(&query(request, "DescribeInstances", &[("InstanceId.1", id)]))?);
        if now.contains("<name>terminated</name>") || now.contains("<name>shutting-down</name>") {
            let message = "The client token you have provided is associated with a resource that is already deleted.";
            return Ok(refusal(request, "IdempotentInstanceTerminated", message));
        }
        Ok(answer.clone())
    }

    fn make_volume(&self, request: &Request, upstream: &Emulators) -> io::Result<Vec<u8>> {
        let Some(token) = request.field("ClientToken") else { return upstream.answer(request) };
        let mut volumes = locked(&self.0.volumes);
        if let Some(Launch { request: first, answer }) = volumes.get(&token) {
            let message =
                "Parameters on this idempotent request are inconsistent with parameters used in previous request(s)";
            return Ok(match *first == request.body {
                true => answer.clone(),
                false => refusal(request, "IdempotentParameterMismatch", message),
            });
        }
        let answer = upstream.answer(request)?;
        if answer.starts_with(b"HTTP/1.1 200") {
            volumes.insert(token, Launch { request: request.body.clone(), answer: answer.clone() });
        }
        Ok(answer)
    }

    fn credits(&self, request: &Request) -> Vec<u8> {
        let credits = locked(&self.0.credits);
        let item = |id: String| {
            let credits = credits.get(&id).map_or("unlimited", String::as_str);
            format!("<item><instanceId>{id}</instanceId><cpuCredits>{credits}</cpuCredits></item>")
        };
        let items: String = (1..).map_while(|n| request.field(&format!("InstanceId.{n}"))).map(item).collect();
        let set = format!("<instanceCreditSpecificationSet>{items}</instanceCreditSpecificationSet>");
        let name = "DescribeInstanceCreditSpecificationsResponse";
        http::answer(request, 200, "", &format!("<{name}>{set}</{name}>"))
    }
}

/// An emulator's account in which only [`REGIONS`] are enabled.
pub struct FewRegions(pub Emulator);

impl Upstream for FewRegions {
    fn answer(&self, request: &Request) -> io::Result<Vec<u8>> {
        match request.name().as_str() {
            "ec2:DescribeRegions" => Ok(regions(request)),
            _ => self.0.answer(request),
        }
    }
}

/// A destroy asks each region of the account the same questions, which is a third of a second where they are all that AWS
/// has. Tests of what is elsewhere have those: `Fixture::everywhere`.
const REGIONS: [&str; 3] = ["us-east-1", "us-west-2", "eu-central-1"];

fn regions(request: &Request) -> Vec<u8> {
    let item =
        |name| format!("<item><regionName>{name}</regionName><optInStatus>opt-in-not-required</optInStatus></item>");
    let set = format!("<regionInfo>{}</regionInfo>", REGIONS.map(item).concat());
    http::answer(request, 200, "", &format!("<DescribeRegionsResponse>{set}</DescribeRegionsResponse>"))
}

/// AWS's refusals, in its words (linuxkit/linuxkit#2388, portworx/px-dev#42, nanovms/ops#1189).
fn attach_volume(request: &Request, upstream: &Emulators) -> io::Result<Vec<u8>> {
    let field = |name: &str| request.field(name).unwrap_or_default();
    let (volume, instance, device) = (field("VolumeId"), field("InstanceId"), field("Device"));
    let disk = text(upstream.answer(&query(request, "DescribeVolumes", &[("VolumeId.1", &volume)]))?);
    let machine = text(upstream.answer(&query(request, "DescribeInstances", &[("InstanceId.1", &instance)]))?);
    let zone = |text: &str| element(text, "availabilityZone").map(str::to_owned);
    if zone(&disk) != zone(&machine) {
        let message = format!("The volume '{volume}' is not in the same availability zone as instance '{instance}'");
        return Ok(refusal(request, "InvalidVolume.ZoneMismatch", message));
    }
    if disk.contains("<status>in-use</status>") {
        return Ok(refusal(request, "VolumeInUse", format!("{volume} is already attached to an instance")));
    }
    if machine.contains(&format!("<deviceName>{device}</deviceName>")) {
        let message = format!("Invalid value '{device}' for unixDevice. Attachment point {device} is already in use");
        return Ok(refusal(request, "InvalidParameterValue", message));
    }
    upstream.answer(request)
}

/// `s3:PUT /bucket CreateBucket`.
fn is_create_bucket(name: &str) -> bool {
    let path = name.strip_prefix("s3:PUT /").map(|path| path.split(' ').next().unwrap_or(path).trim_end_matches('/'));
    path.is_some_and(|path| !path.is_empty() && !path.contains(['/', '?']))
}

fn create_bucket(request: &Request, upstream: &Emulators) -> io::Result<Vec<u8>> {
    let is_tagged = text(request.body.clone()).contains("<Tag>");
    let head = Request { method: "HEAD".into(), body: Vec::new(), ..request.clone() };
    if !is_tagged || !upstream.answer(&head)?.starts_with(b"HTTP/1.1 200") {
        return upstream.answer(request);
    }
    let message = "Your previous request to create the named bucket succeeded and you already own it.".to_owned();
    Ok(http::refuse(request, &Refusal { status: 409, code: "BucketAlreadyOwnedByYou", message }))
}

fn identity_with_tags(identity: &str, request: &Request, upstream: &Emulators) -> io::Result<Vec<u8>> {
    let answer = upstream.answer(request)?;
    let Some(mut body) = json(&answer).filter(|body| body.get("Tags").is_some()) else { return Ok(answer) };
    let region = request.header("authorization").and_then(|value| value.split('/').nth(2)).unwrap_or_default();
    let arn = format!("arn%3Aaws%3Ases%3A{region}%3A000000000000%3Aidentity%2F{identity}");
    let tags = Request { path: format!("/v2/email/tags?ResourceArn={arn}"), ..request.clone() };
    if let Some(tags) = json(&upstream.answer(&tags)?) {
        body["Tags"] = tags["Tags"].clone();
    }
    Ok(http::answer(request, 200, "", &body.to_string()))
}

const PROFILE: &str = "iamInstanceProfile";

/// What is in the first element of this name.
fn element<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(&format!("<{name}>"))?;
    rest.split_once(&format!("</{name}>")).map(|(inner, _)| inner)
}

/// The body of an answer, if it is JSON and no error.
fn json(answer: &[u8]) -> Option<Value> {
    let head_end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n")?;
    answer.starts_with(b"HTTP/1.1 200").then(|| serde_json::from_slice(&answer[head_end + 4..]).ok())?
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn refused_if(
    refused: bool,
    request: &Request,
    upstream: &Emulators,
    code: &'static str,
    message: String,
) -> io::Result<Vec<u8>> {
    if refused { Ok(refusal(request, code, message)) } else { upstream.answer(request) }
}

fn refusal(request: &Request, code: &'static str, message: impl Into<String>) -> Vec<u8> {
    // IAM's conflicts are 409; EC2 has 400 for everything of this type.
    let status = match (request.service(), code) {
        (_, "NoSuchEntity") => 404,
        ("iam", _) => 409,
        _ => 400,
    };
    http::refuse(request, &Refusal { status, code, message: message.into() })
}

/// Another query-protocol call with the credentials and version of `like`.
fn query(like: &Request, action: &str, fields: &[(&str, &str)]) -> Request {
    let version = like.field("Version").unwrap_or_default();
    let mut body = format!("Action={action}&Version={version}");
    fields.iter().for_each(|(key, value)| body.push_str(&format!("&{key}={}", value.replace('/', "%2F"))));
    Request { body: body.into_bytes(), ..like.clone() }
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8_lossy(&bytes).into_owned()
}

//! What accounts of teaching programmes allow, and what is in them from the start: a table, each row with its source and
//! date. `profile:` in a stack file names one of them; it is not the profile of an AWS configuration.

use super::arn::Arn;

/// A rule of a programme, with its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule<T> {
    /// The rule.
    pub value: T,
    /// Where it stands.
    pub source: &'static str,
    /// The day on which that was current.
    pub date: &'static str,
}

/// A key pair that is there from the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyPair {
    /// Its name.
    pub name: &'static str,
    /// The only region that has it.
    pub region: &'static str,
}

/// The accounts of one programme.
#[derive(Debug, PartialEq, Eq)]
pub struct AccountProfile {
    /// What a stack file calls it.
    pub name: &'static str,
    /// What its programme is called.
    pub title: &'static str,
    /// One of its accounts, in a sentence.
    pub one: &'static str,
    /// The role whose sessions ask in such an account, and in no other: by it an account is recognised.
    pub caller: Rule<&'static str>,
    /// The only regions that answer.
    pub regions: Rule<&'static [&'static str]>,
    /// The role that takes the place of those that can't be made.
    pub role: Rule<&'static str>,
    /// The same of instance profiles.
    pub instance_profile: Rule<&'static str>,
    /// The same of key pairs.
    pub key_pair: Rule<KeyPair>,
    /// Services that it has not, by the first word of their kinds.
    pub absent_services: Rule<&'static [&'static str]>,
    /// The sizes of instances, the last word of their types, from the smallest on.
    pub instance_sizes: Rule<&'static [&'static str]>,
    /// Whether instances are on-demand alone.
    pub on_demand_only: Rule<bool>,
    /// How many instances may run at once in a region, regardless of owner.
    pub most_running: Rule<usize>,
    /// From how many on, wherever they are, the attempt closes the account and deletes everything in it.
    pub closes_at: Rule<usize>,
    /// The types of disks, the usual one first.
    pub disk_types: Rule<&'static [&'static str]>,
    /// The size of the largest disk, in GiB.
    pub disk_gib: Rule<i64>,
    /// How many executions of functions may run at once.
    pub executions: Rule<i64>,
    /// What is in each account from the start, by name, and serves the programme itself or everybody.
    pub there_before: Rule<&'static [&'static str]>,
    /// What the beginning and the end of a session do to instances.
    pub sessions: Rule<&'static str>,
    /// The policy that denies everything once a session has ended.
    pub ended_by: Rule<&'static str>,
}

/// The page that each lab shows beside its console.
const README: &str = "the lab's Readme, \"Service usage and other restrictions\"";

const fn readme<T>(value: T) -> Rule<T> {
    Rule { value, source: README, date: "2025-06-24" }
}

/// What people who work in such accounts have written down.
const fn seen<T>(value: T) -> Rule<T> {
    Rule { value, source: "public notes of classes that use it", date: "2026-09-30" }
}

/// AWS Academy Learner Lab. Its limit of 32 vCPU in a region is not here: nine instances of at most two each stay below.
pub static LEARNER_LAB: AccountProfile = AccountProfile {
    name: "learner-lab",
    title: "AWS Academy Learner Lab",
    one: "a Learner Lab",
    caller: seen("voclabs"),
    regions: readme(&["us-east-1", "us-west-2"]),
    role: readme("LabRole"),
    instance_profile: readme("LabInstanceProfile"),
    key_pair: readme(KeyPair { name: "vockey", region: "us-east-1" }),
    absent_services: readme(&["ses"]),
    instance_sizes: readme(&["nano", "micro", "small", "medium", "large"]),
    on_demand_only: readme(true),
    most_running: readme(9),
    closes_at: readme(20),
    disk_types: readme(&["gp3", "gp2", "sc1", "standard"]),
    disk_gib: readme(100),
    executions: readme(10),
    there_before: seen(&[
        "LabRole",
        "LabInstanceProfile",
        "vockey",
        "MainMonitoringFunction",
        "ModLabRole",
        "RedshiftEventSubscription",
        "RedshiftOverwatch",
        "RedshiftSNS",
        "RoleCreationFunction",
    ]),
    sessions: readme(
        "the end of a lab session stops all instances, and the start of one starts all of them, with new addresses",
    ),
    ended_by: seen("voc-cancel-cred"),
};

/// All that are known.
pub static ALL: [&AccountProfile; 1] = [&LEARNER_LAB];

/// The word for none of them.
pub const NONE: &str = "none";

impl AccountProfile {
    /// The one whose accounts this caller is in, by the ARN that AWS gives.
    pub fn of_caller(arn: &str) -> Option<&'static Self> {
        let arn = Arn::parts(arn).filter(|arn| arn.service == "sts")?;
        let role = arn.resource.strip_prefix("assumed-role/")?.split('/').next()?;
        // On the programme's own machines its one role asks.
        ALL.into_iter().find(|profile| [profile.caller.value, profile.role.value].contains(&role))
    }

    /// Whether its accounts have the service of a kind, such as `s3.bucket`.
    pub fn has_service_of(&self, kind: &str) -> bool {
        let service = kind.split('.').next().unwrap_or(kind);
        !self.absent_services.value.contains(&service)
    }

    /// Whether what AWS knows by this name, ARN or path is there from the start.
    pub fn has_from_the_start(&self, id: &str) -> bool {
        let name = id.rsplit([':', '/']).next().unwrap_or(id);
        self.there_before.value.contains(&name)
    }

    /// Whether its accounts have a region.
    pub fn has_region(&self, region: &str) -> bool {
        self.regions.value.contains(&region)
    }
}

impl<T> Rule<T> {
    /// Where it comes from, in brackets.
    pub fn origin(&self) -> String {
        format!("({}, as of {})", self.source, self.date)
    }
}

/// What a stack file says of the account's profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProfileChoice {
    /// None applies, whatever the credentials are.
    Off,
    /// This one.
    Of(&'static AccountProfile),
}

impl ProfileChoice {
    /// What `profile:` says; `None`: no word for anything.
    pub fn parse(text: &str) -> Option<Self> {
        if text == NONE {
            return Some(Self::Off);
        }
        ALL.into_iter().find(|profile| profile.name == text).map(Self::Of)
    }

    /// Every word that `profile:` takes.
    pub fn words() -> impl Iterator<Item = &'static str> {
        ALL.into_iter().map(|profile| profile.name).chain([NONE])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_is_found_by_the_role_of_the_caller_alone() {
        let of = |arn: &str| AccountProfile::of_caller(arn).map(|profile| profile.name);
        assert_eq!(of("arn:aws:sts::123456789012:assumed-role/voclabs/user123=ana@example.edu"), Some("learner-lab"));
        assert_eq!(of("arn:aws:sts::123456789012:assumed-role/voclabs/user5=Ana_Example"), Some("learner-lab"));
        assert_eq!(of("arn:aws:sts::123456789012:assumed-role/LabRole/i-0123456789abcdef0"), Some("learner-lab"));
        for other in [
            "arn:aws:sts::123456789012:assumed-role/voclabs2/user123=ana@example.edu",
            "arn:aws:sts::123456789012:assumed-role/teacher/voclabs",
            "arn:aws:iam::123456789012:role/voclabs",
            "arn:aws:iam::123456789012:user/voclabs",
            "arn:aws:iam::123456789012:root",
            "voclabs",
        ] {
            assert_eq!(of(other), None, "{other}");
        }
    }

    #[test]
    fn each_word_of_a_file_is_read() {
        assert_eq!(ProfileChoice::parse("learner-lab"), Some(ProfileChoice::Of(&LEARNER_LAB)));
        assert_eq!(ProfileChoice::parse("none"), Some(ProfileChoice::Off));
        assert!(ProfileChoice::words().all(|word| ProfileChoice::parse(word).is_some()));
        assert_eq!(ProfileChoice::parse("lab"), None);
    }

    #[test]
    fn services_and_regions_are_those_of_the_programme() {
        assert!(LEARNER_LAB.has_service_of("s3.bucket") && !LEARNER_LAB.has_service_of("ses.identity"));
        let topic = "arn:aws:sns:us-east-1:123456789012:RedshiftSNS";
        assert!(LEARNER_LAB.has_from_the_start(topic) && LEARNER_LAB.has_from_the_start("ModLabRole"));
        assert!(!LEARNER_LAB.has_from_the_start("lesson-ModLabRole"));
        assert!(LEARNER_LAB.has_region("us-west-2") && !LEARNER_LAB.has_region("eu-central-1"));
    }
}

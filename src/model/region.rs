//! The regions of AWS, and the partitions that they are in: what of AWS is a world of its own, with its own accounts and
//! addresses.

use crate::suggest;

/// A part of AWS whose accounts, ARNs and addresses are its own.
#[derive(Debug)]
pub struct Partition {
    /// As ARNs begin: `aws`, `aws-cn`.
    pub name: &'static str,
    /// What the addresses of its services end with.
    pub dns_suffix: &'static str,
    /// The same of those that answer over IPv6 too.
    pub dual_stack_suffix: &'static str,
    /// Its regions, in the order of the alphabet.
    pub regions: &'static [&'static str],
}

/// Every partition, from botocore 1.44.8's `partitions.json` (2026-11-20). AWS adds regions a few times a year, so
/// one that is not here may be there.
pub const PARTITIONS: &[Partition] = &[
    Partition {
        name: "aws",
        dns_suffix: "amazonaws.com",
        dual_stack_suffix: "api.aws",
        regions: &[
            "af-south-1",
            "ap-east-1",
            "ap-east-2",
            "ap-northeast-1",
            "ap-northeast-2",
            "ap-northeast-3",
            "ap-south-1",
            "ap-south-2",
            "ap-southeast-1",
            "ap-southeast-2",
            "ap-southeast-3",
            "ap-southeast-4",
            "ap-southeast-5",
            "ap-southeast-6",
            "ap-southeast-7",
            "ca-central-1",
            "ca-west-1",
            "eu-central-1",
            "eu-central-2",
            "eu-north-1",
            "eu-south-1",
            "eu-south-2",
            "eu-west-1",
            "eu-west-2",
            "eu-west-3",
            "il-central-1",
            "me-central-1",
            "me-south-1",
            "me-west-1",
            "mx-central-1",
            "sa-east-1",
            "sa-west-1",
            "us-east-1",
            "us-east-2",
            "us-west-1",
            "us-west-2",
        ],
    },
    Partition {
        name: "aws-cn",
        dns_suffix: "amazonaws.com.cn",
        dual_stack_suffix: "api.amazonwebservices.com.cn",
        regions: &["cn-north-1", "cn-northwest-1"],
    },
    Partition {
        name: "aws-eusc",
        dns_suffix: "amazonaws.eu",
        dual_stack_suffix: "api.amazonwebservices.eu",
        regions: &["eusc-de-east-1"],
    },
    Partition {
        name: "aws-iso",
        dns_suffix: "c2s.ic.gov",
        dual_stack_suffix: "api.aws.ic.gov",
        regions: &["us-iso-east-1", "us-iso-west-1"],
    },
    Partition {
        name: "aws-iso-b",
        dns_suffix: "sc2s.sgov.gov",
        dual_stack_suffix: "api.aws.scloud",
        regions: &["us-isob-east-1", "us-isob-west-1"],
    },
    Partition {
        name: "aws-iso-e",
        dns_suffix: "cloud.adc-e.uk",
        dual_stack_suffix: "api.cloud-aws.adc-e.uk",
        regions: &["eu-isoe-west-1"],
    },
    Partition {
        name: "aws-iso-f",
        dns_suffix: "csp.hci.ic.gov",
        dual_stack_suffix: "api.aws.hci.ic.gov",
        regions: &["us-isof-east-1", "us-isof-south-1"],
    },
    Partition {
        name: "aws-us-gov",
        dns_suffix: "amazonaws.com",
        dual_stack_suffix: "api.aws",
        regions: &["us-gov-east-1", "us-gov-west-1"],
    },
];

/// Whether AWS is known to have it.
pub fn is_known(region: &str) -> bool {
    PARTITIONS.iter().any(|partition| partition.regions.contains(&region))
}

/// How many slips of the keyboard are between two regions that were meant to be one.
const SLIPS: usize = 2;

/// The known regions that `region` stands for most likely: those that differ only in the number, else the closest.
pub fn nearest(region: &str) -> Vec<&'static str> {
    let all = || PARTITIONS.iter().flat_map(|partition| partition.regions.iter().copied());
    let beside = all().filter(|known| stem(known) == stem(region)).collect::<Vec<_>>();
    if !beside.is_empty() {
        return beside;
    }
    let distance = |known: &&str| suggest::slips(region, known);
    all().min_by_key(distance).filter(|known| distance(known) <= SLIPS).into_iter().collect()
}

/// A region without its number.
fn stem(region: &str) -> &str {
    region.rsplit_once('-').map_or(region, |(stem, _)| stem)
}

/// What the addresses of services end with in a partition, by its name in ARNs.
pub fn dns_suffix(partition: &str) -> &'static str {
    let known = PARTITIONS.iter().find(|known| known.name == partition);
    known.map_or("amazonaws.com", |known| known.dns_suffix)
}

/// The same for a region. For an unknown one, its first word decides.
pub fn dns_suffix_of_region(region: &str) -> &'static str {
    partition_of(region).dns_suffix
}

/// The partition that a region is in. For an unknown one, its first word decides.
pub fn partition_of(region: &str) -> &'static Partition {
    let word = |region: &str| region.split_once('-').map(|(word, _)| word.to_owned());
    let holds = |partition: &&Partition| partition.regions.contains(&region);
    let alike = |partition: &&Partition| partition.regions.iter().any(|known| word(known) == word(region));
    PARTITIONS.iter().find(holds).or_else(|| PARTITIONS.iter().find(alike)).unwrap_or(&PARTITIONS[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_are_known_and_misspelt_ones_have_a_nearest() {
        for region in ["us-east-1", "me-west-1", "ap-southeast-6", "us-gov-east-1", "cn-north-1", "eusc-de-east-1"] {
            assert!(is_known(region), "{region}");
        }
        assert!(!is_known("us-east-9") && !is_known("xx-nowhere-1"));
        assert_eq!(nearest("us-east-9"), ["us-east-1", "us-east-2"]);
        assert_eq!(nearest("us-est-1"), ["us-east-1"]);
        assert_eq!(nearest("eu-centrl-1"), ["eu-central-1"]);
        assert!(nearest("xx-nowhere-1").is_empty());
    }

    #[test]
    fn each_partition_has_addresses_of_its_own() {
        for (partition, region, suffix) in [
            ("aws", "eu-central-1", "amazonaws.com"),
            ("aws-cn", "cn-north-1", "amazonaws.com.cn"),
            ("aws-eusc", "eusc-de-east-1", "amazonaws.eu"),
            ("aws-us-gov", "us-gov-west-1", "amazonaws.com"),
            ("aws-iso-e", "eu-isoe-west-1", "cloud.adc-e.uk"),
        ] {
            assert_eq!(dns_suffix(partition), suffix);
            assert_eq!(dns_suffix_of_region(region), suffix);
        }
        assert_eq!(dns_suffix_of_region("cn-south-7"), "amazonaws.com.cn");
        assert_eq!(dns_suffix_of_region("eusc-de-west-1"), "amazonaws.eu");
        assert_eq!(dns_suffix_of_region("xx-nowhere-1"), "amazonaws.com");
    }
}

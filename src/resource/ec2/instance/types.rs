//! What the name of an instance type says.

use aws_sdk_ec2::types::{InstanceType, UnlimitedSupportedInstanceFamily};

use crate::suggest;

const SIZES: [&str; 7] = ["nano", "micro", "small", "medium", "large", "xlarge", "metal"];
/// The families with CPU credits that AWS has and this SDK does not know yet.
const NEWER_BURSTABLE: [&str; 1] = ["t9g"];

/// Family and size of what has the form of a type.
pub fn parts(name: &str) -> Option<(&str, &str)> {
    name.split_once('.').filter(|(family, size)| is_family(family) && is_size(size))
}

/// The type that was most likely meant by what has not that form.
pub fn meant(name: &str) -> Option<String> {
    let dotted = name.replace(['-', '_', ' '], ".").to_ascii_lowercase();
    let (family, size) = dotted.split_once('.').filter(|(family, _)| is_family(family))?;
    Some(format!("{family}.{}", suggest::alike(size, SIZES)?))
}

/// Every type that the SDK knows, in the order of the alphabet.
pub fn known() -> impl Iterator<Item = &'static str> {
    InstanceType::values().iter().copied()
}

/// Those of a size that a class takes: more than half of all types are larger, and cost more each hour than many a class may
/// spend.
pub fn usual() -> impl Iterator<Item = &'static str> {
    const USUAL: [&str; 8] = ["nano", "micro", "small", "medium", "large", "xlarge", "2xlarge", "4xlarge"];
    known().filter(|name| name.split_once('.').is_some_and(|(_, size)| USUAL.contains(&size)))
}

/// Whether the SDK knows a type. AWS adds some each month.
pub fn is_known(name: &str) -> bool {
    InstanceType::values().contains(&name)
}

/// The type that the SDK knows and that is most like `name`: of the same family, if there is that family.
pub fn nearest(name: &str) -> Option<&'static str> {
    let family = name.split_once('.').map_or(name, |(family, _)| family);
    let of_family = |known: &&&str| known.split_once('.').is_some_and(|(known, _)| known == family);
    let known = InstanceType::values();
    let relative = suggest::most_alike(name, known.iter().filter(of_family).copied());
    relative.or_else(|| suggest::alike(name, known.iter().copied()))
}

/// The families that are billed by CPU credits.
pub fn burstable() -> Vec<&'static str> {
    UnlimitedSupportedInstanceFamily::values().iter().copied().chain(NEWER_BURSTABLE).collect()
}

/// Whether a type is of such a family.
pub fn is_burstable(instance_type: &str) -> bool {
    instance_type.split_once('.').is_some_and(|(family, _)| burstable().contains(&family))
}

/// Whether a family has Arm processors: AWS's own are a `g` right after the generation, as in t4g, c7gn, im4gn, and
/// NVIDIA's, which come with their graphics cards, a `gb` of their own.
pub fn is_arm(family: &str) -> bool {
    let generation = family.trim_start_matches(|c: char| c.is_ascii_lowercase());
    let options = generation.trim_start_matches(|c: char| c.is_ascii_digit());
    options.starts_with('g') || family.contains("-gb") || family == "a1"
}

fn is_family(family: &str) -> bool {
    family.starts_with(|c: char| c.is_ascii_lowercase())
        && family.contains(|c: char| c.is_ascii_digit())
        && family.chars().all(|c| matches!(c, 'a'..='z' | '0'..='9' | '-'))
}

fn is_size(size: &str) -> bool {
    let many = size.strip_suffix("xlarge").or_else(|| size.strip_prefix("metal-")?.strip_suffix("xl"));
    SIZES.contains(&size) || many.is_some_and(|n| !n.is_empty() && n.chars().all(|c| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_that_the_sdk_knows_has_the_form_of_one() {
        let odd: Vec<_> = InstanceType::values().iter().filter(|name| parts(name).is_none()).collect();
        assert!(odd.is_empty(), "{odd:?}");
    }

    #[test]
    fn an_unknown_type_has_a_nearest_one() {
        for (unknown, nearest_one) in [("t3.metal", "t3."), ("m5.nano", "m5."), ("t3.48xlarge", "t3.")] {
            assert!(!is_known(unknown), "{unknown}");
            assert!(nearest(unknown).is_some_and(|nearest| nearest.starts_with(nearest_one)), "{:?}", nearest(unknown));
        }
        assert!(is_known("t3.micro") && !is_known("zz9.micro"));
    }

    #[test]
    fn the_families_with_credits_are_aws_s() {
        for family in ["t2", "t3", "t3a", "t4g", "t8i", "t9g"] {
            assert!(is_burstable(&format!("{family}.micro")), "{family}");
        }
        assert!(!is_burstable("m5.large") && !is_burstable("t1.micro") && !is_burstable("trn1.2xlarge"));
    }

    #[test]
    fn arm_is_distinguished_from_the_rest() {
        for arm in ["t4g", "c7gn", "im4gn", "a1", "g5g", "t9g", "p6e-gb200", "hpc7g", "x8g"] {
            assert!(is_arm(arm), "{arm}");
        }
        for other in ["t3", "g4dn", "g5", "m7i-flex", "u-6tb1", "p6-b200", "t8i", "gr6"] {
            assert!(!is_arm(other), "{other}");
        }
    }
}

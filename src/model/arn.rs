//! The names of things in AWS: `arn:partition:service:region:account:resource`.

use super::Place;

/// The parts of an ARN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arn<'a> {
    /// `aws`, `aws-cn`, …
    pub partition: &'a str,
    /// For example `lambda`.
    pub service: &'a str,
    /// Empty for what is in no region.
    pub region: &'a str,
    /// Twelve digits, `aws`, or empty.
    pub account: &'a str,
    /// All the rest, which may hold more colons.
    pub resource: &'a str,
}

impl<'a> Arn<'a> {
    /// The parts of `text`, whatever is in them; `None`: it is not an ARN.
    pub fn parts(text: &'a str) -> Option<Self> {
        match text.splitn(6, ':').collect::<Vec<_>>()[..] {
            ["arn", partition, service, region, account, resource] => {
                Some(Self { partition, service, region, account, resource })
            }
            _ => None,
        }
    }

    /// The same, if each part has the form that AWS gives it.
    pub fn of(text: &'a str) -> Option<Self> {
        let has_form = |arn: &Self| {
            arn.partition.starts_with("aws")
                && has_only(arn.partition, "-")
                && !arn.service.is_empty()
                && has_only(arn.service, "-")
                && (arn.region.is_empty() || is_region(arn.region))
                && (arn.account.is_empty() || is_account(arn.account))
        };
        Self::parts(text).filter(has_form)
    }
}

impl Place {
    /// The ARN of `resource` of a service, in the account and region of the stack.
    pub fn arn(&self, service: &str, resource: &str) -> String {
        format!("arn:{}:{service}:{}:{}:{resource}", self.partition, self.region, self.account)
    }

    /// The same of what is in no region.
    pub fn arn_of_account(&self, service: &str, resource: &str) -> String {
        format!("arn:{}:{service}::{}:{resource}", self.partition, self.account)
    }

    /// The same of what has a name of its own in the whole partition.
    pub fn arn_of_partition(&self, service: &str, resource: &str) -> String {
        format!("arn:{}:{service}:::{resource}", self.partition)
    }
}

/// Whether it is twelve digits.
pub fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

/// `eu-central-1`, `us-gov-west-1`, `eusc-de-east-1`.
fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let is_number = |part: &&str| part.len() == 1 && part.bytes().all(|b| b.is_ascii_digit());
    let is_word = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase());
    parts.len() >= 3 && parts.last().is_some_and(is_number) && parts[..parts.len() - 1].iter().all(is_word)
}

/// Whether it has ASCII letters and digits, and those of `more`, alone.
pub fn has_only(text: &str, more: &str) -> bool {
    text.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::place;

    #[test]
    fn what_is_built_is_read_back_part_by_part() {
        let place = place();
        let function = place.arn("lambda", "function:hello");
        assert_eq!(function, "arn:aws:lambda:us-east-1:123456789012:function:hello");
        let parts = Arn::of(&function).unwrap();
        assert_eq!(
            (parts.service, parts.region, parts.account, parts.resource),
            ("lambda", "us-east-1", "123456789012", "function:hello")
        );
        let role = place.arn_of_account("iam", "role/class/hello");
        assert_eq!(role, "arn:aws:iam::123456789012:role/class/hello");
        assert_eq!(Arn::of(&role).map(|arn| (arn.region, arn.resource)), Some(("", "role/class/hello")));
        assert_eq!(place.arn_of_partition("s3", "lesson"), "arn:aws:s3:::lesson");
    }

    #[test]
    fn the_form_is_that_of_aws_only_where_it_is_asked_for() {
        for text in [
            "arn:aws:s3:::lesson",
            "arn:aws-cn:ec2:cn-north-1:123456789012:instance/i-1",
            "arn:aws:iam::123456789012:role/a:b",
        ] {
            assert!(Arn::of(text).is_some(), "{text}");
        }
        for text in [
            "arn:aws:iam::aws:policy/ReadOnlyAccess",
            "arn:aws:lambda:nowhere:123456789012:function:f",
            "arn:other:s3:::b",
            "arn:aws:::1:x",
        ] {
            assert!(Arn::of(text).is_none() && Arn::parts(text).is_some(), "{text}");
        }
        assert!(
            Arn::parts("arn:aws:s3:::").is_some()
                && Arn::parts("lesson").is_none()
                && Arn::parts("arn:aws:s3").is_none()
        );
    }
}

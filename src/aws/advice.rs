//! What to type or do next after an error of AWS.

use crate::model::{Address, account_profile};

use super::codes::{self, KnownCode};
use super::error::{Error, ErrorKind};
use super::{meanings, permission};

impl Error {
    /// What to type or do next, where there is good advice.
    pub fn advice(&self) -> Option<String> {
        let advice = match self.kind {
            _ if self.hint.is_some() => return self.hint.clone(),
            ErrorKind::Denied if self.is_of_an_ended_session() => {
                "the lab session has ended: start the lab again, copy the new credentials from \"AWS Details\", then run \
                 the same command again"
            }
            ErrorKind::Denied if self.is_denied_from_above() => {
                "a policy of the organisation, a permissions boundary or the resource itself explicitly denies it, \
                 which overrides any allow: ask the account's administrator"
            }
            _ if self.next_of_code().is_some() => self.next_of_code()?,
            ErrorKind::Denied => return Some(allow(&[self.permission()])),
            ErrorKind::Throttled => {
                "AWS limits the request rate of an account: wait a minute and run the same command again; with \
                 --parallelism 2, apply and destroy send requests more slowly"
            }
            ErrorKind::Quota => {
                "the account has reached a quota: delete unused resources, or request an increase under Service Quotas \
                 in the AWS console"
            }
            ErrorKind::NoCapacity => {
                "AWS has no capacity for it there now: try again later, or choose another `instance_type` or \
                    `subnet_id`"
            }
            ErrorKind::Expired => "log in again (`aws login` or `aws sso login`), then run the same command again",
            ErrorKind::BadCredentials if self.code.as_deref().is_some_and(is_about_the_secret) => {
                "the secret key does not belong to the access key: enter both again with `aws configure`, or choose \
                 another profile with --profile"
            }
            ErrorKind::BadCredentials => {
                "AWS does not recognize this access key, or the account has not enabled this region: check the profile \
                 with `aws configure list`, or choose another with --profile"
            }
            ErrorKind::WrongClock => {
                "set this computer's date and time (and time zone), then run the same command again"
            }
            ErrorKind::NotActivated => {
                "sign in to the AWS console with this account: it shows what is missing, such as a payment method; \
                 activating a new account takes up to a day"
            }
            ErrorKind::WrongAccount => "choose the right profile with --profile, or change `account:` in the file",
            ErrorKind::NoCredentials => {
                "log in with `aws login` or `aws configure`, choose a profile with --profile, or rehearse without an \
                 account: --sandbox"
            }
            ErrorKind::Unreachable => {
                "check the network, the region's spelling, and --endpoint-url or AWS_ENDPOINT_URL if you use one"
            }
            ErrorKind::InUse => {
                "something still uses it, or AWS is still processing it; run the same command again in a minute"
            }
            ErrorKind::TimedOut => "run the same command again: it continues where this one stopped",
            ErrorKind::NotFound => {
                "the file refers to something that does not exist in this account and region: check its spelling, and \
                    the region"
            }
            ErrorKind::Exists => {
                "something with this name already exists: choose another `name:`, or adopt it with `adopt: true`"
            }
            ErrorKind::Invalid if !self.operation.is_empty() => {
                "AWS rejected part of the request, and its message says which: if it comes from the file, change it \
                 there, then run the same command again"
            }
            ErrorKind::Barred => "AWS's message gives the reason; resolve it, then run the same command again",
            ErrorKind::Other | ErrorKind::Unclear if !self.operation.is_empty() => {
                match (&self.request_id, self.kind) {
                    // Every answer of AWS has one.
                    (None, _) => {
                        "the answer has no request id, so it probably did not come from AWS: an emulator, as behind --sandbox or \
                     a custom endpoint, may not support this call or the region: check its spelling; \
                     remove what needs the call, or run the same command again"
                    }
                    (Some(_), ErrorKind::Unclear) => {
                        "cloud101 does not know this answer, so follow AWS's message; `cloud101 doctor` looks at \
                     credentials, region, clock and permissions"
                    }
                    (Some(_), _) => {
                        "most likely a failure at AWS: run the same command again in a minute; \
                     https://health.aws.amazon.com/health/status shows outages"
                    }
                }
            }
            ErrorKind::Invalid | ErrorKind::Other | ErrorKind::Unclear | ErrorKind::Refused => return None,
        };
        Some(advice.to_owned())
    }

    /// The same about the copy of a resource at `address`: what the file says of a name is the same for all copies, so
    /// another name for this one comes from what the roster says.
    pub fn of_copy(self, address: &Address) -> Self {
        const ANOTHER: [&str; 3] = ["choose another `name:`", "choose another `name`", "choose another name"];
        let Some((key, advice)) = address.key.as_ref().zip(self.advice()) else { return self };
        let Some(another) = ANOTHER.into_iter().find(|another| advice.contains(another)) else { return self };
        let own = format!(
            "to change the name of `{key}` alone, give `{key}` another key, or add a column to the roster that `name:` contains, \
             as `${{each.COLUMN}}`"
        );
        let advice = advice.replace(another, &own).replace("`adopt: true`", "`adopt: true` (for all copies)");
        self.with_hint(advice)
    }

    /// What AWS's code means, where it is known and the message does not say otherwise.
    pub fn known(&self) -> Option<&'static KnownCode> {
        known(self.service(), self.code.as_deref()?, &self.message).filter(|known| known.kind == self.kind)
    }

    /// The service that was asked, as in the names of calls.
    fn service(&self) -> &'static str {
        self.operation.split(':').next().unwrap_or_default()
    }

    /// What to do next after AWS's code, where that is not the same for all of the type.
    fn next_of_code(&self) -> Option<&'static str> {
        self.known().map(|known| known.next).filter(|next| !next.is_empty())
    }

    /// Whether all it takes is that the account's administrator allows it.
    pub fn lacks_permission(&self) -> bool {
        self.kind == ErrorKind::Denied
            && self.hint.is_none()
            && !self.is_denied_from_above()
            && self.next_of_code().is_none()
    }

    /// The IAM action that is missing: as AWS says it, because one call may take several, or else that of the call.
    pub fn permission(&self) -> String {
        let named = self.message.split_once("not authorized to perform: ").map(|(_, rest)| rest);
        let is_action = |word: &&str| word.contains(':') && !word.starts_with("arn:");
        let named = named.and_then(|rest| rest.split([' ', ',']).next()).filter(is_action);
        match named {
            // SNS writes its own name in capitals.
            Some(action) => match action.trim_end_matches('.').split_once(':') {
                Some((service, action)) => format!("{}:{action}", service.to_lowercase()),
                None => action.to_owned(),
            },
            None => permission::of(self.operation).to_owned(),
        }
    }

    /// Whether a programme's session has ended, which denies everything to its credentials.
    fn is_of_an_ended_session(&self) -> bool {
        account_profile::ALL.into_iter().any(|profile| self.message.contains(profile.ended_by.value))
    }

    /// Whether allowing it would not help.
    pub fn is_denied_from_above(&self) -> bool {
        self.kind == ErrorKind::Denied && self.message.contains("explicit deny")
    }
}

/// What a code means where `service` says it with this message.
pub(super) fn known(service: &str, code: &str, message: &str) -> Option<&'static KnownCode> {
    meanings::find(service, code, message).or_else(|| codes::find_of(service, code))
}

/// Whom to ask for `actions`.
pub fn allow(actions: &[String]) -> String {
    format!(
        "ask the account's administrator to allow you {}; `aws sts get-caller-identity` shows who you are",
        actions.join(", ")
    )
}

fn is_about_the_secret(code: &str) -> bool {
    matches!(code, "SignatureDoesNotMatch" | "InvalidSignatureException")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn denied(operation: &'static str, message: &str) -> Error {
        Error { operation, code: Some("AccessDenied".into()), ..Error::plain(ErrorKind::Denied, message) }
    }

    #[test]
    fn only_a_fault_of_aws_leads_to_its_status_page() {
        let fault = |request_id: Option<&str>| {
            let error = Error::unexpected("ec2:ModifyInstanceCreditSpecification", "AWS answered with status 500");
            Error { request_id: request_id.map(str::to_owned), ..error }.advice().unwrap_or_default()
        };
        assert!(fault(Some("7c1f2a9e")).contains("health.aws.amazon.com"));
        assert!(!fault(None).contains("health.aws.amazon.com"));
        assert!(fault(None).contains("--sandbox"));
    }

    #[test]
    fn what_aws_has_switched_off_is_not_a_matter_of_permissions() {
        let plain = denied("s3:GetObject", "Access Denied");
        assert!(plain.lacks_permission() && plain.advice().unwrap_or_default().contains("s3:GetObject"));
        let off = Error { code: Some("AllAccessDisabled".into()), ..plain };
        let advice = off.advice().unwrap_or_default();
        assert!(!off.lacks_permission() && advice.contains("AWS Support"), "{advice}");
        assert!(!advice.contains("administrator"), "{advice}");
    }

    /// What the file says of a name is everybody's.
    #[test]
    fn advice_for_a_copy_is_about_that_copy() {
        let exists = || Error { operation: "s3:CreateBucket", ..Error::plain(ErrorKind::Exists, "exists") };
        let of = |error: Error, address: &str| error.of_copy(&Address::parse(address)).advice().unwrap_or_default();
        assert!(of(exists(), "home").contains("choose another `name:`"));
        let copy = of(exists(), "home[bo]");
        assert!(!copy.contains("choose another") && copy.contains("give `bo` another key"), "{copy}");
        assert!(copy.contains("`adopt: true` (for all copies)"), "{copy}");
        let taken = Error { code: Some("BucketAlreadyExists".into()), ..exists() };
        assert!(of(taken, "home[bo]").contains("give `bo` another key"));
        let plain = Error::refused("no").with_hint("wait a minute");
        assert_eq!(of(plain, "home[bo]"), "wait a minute");
    }

    #[test]
    fn credentials_of_a_lab_session_that_has_ended_must_be_copied_again() {
        let ended = denied(
            "ec2:DescribeInstances",
            "User: arn:aws:sts::123456789012:assumed-role/voclabs/user1 is not authorized to perform: \
             ec2:DescribeInstances with an explicit deny in an identity-based policy: \
             arn:aws:iam::123456789012:policy/voc-cancel-cred",
        );
        let advice = ended.advice().unwrap_or_default();
        assert!(advice.contains("start the lab again") && !advice.contains("administrator"), "{advice}");
        assert!(!ended.lacks_permission());
    }

    #[test]
    fn the_action_is_the_one_that_aws_names_or_else_that_of_the_call() {
        let who = "User: arn:aws:iam::123456789012:user/ana is not authorized to perform";
        let pass = denied("lambda:CreateFunction", &format!("{who}: iam:PassRole on resource: arn:aws:iam::1:role/x"));
        assert_eq!(pass.permission(), "iam:PassRole");
        assert_eq!(
            denied("sns:GetTopicAttributes", &format!("{who}: SNS:GetTopicAttributes")).permission(),
            "sns:GetTopicAttributes"
        );
        assert_eq!(denied("s3:ListBuckets", "Access Denied").permission(), "s3:ListAllMyBuckets");
    }
}

//! The services that a stack has a use for, and what may be wrong with the others.

use std::collections::BTreeSet;

use crate::aws::ErrorKind;
use crate::stack::Stack;

use super::PlanError;

/// The services in which a stack has resources, by the first word of their kinds. Others are only asked for what the file
/// named once, and not for long: whatever is wrong with them, it is nothing of the stack's.
#[derive(Debug, Clone, Default)]
pub struct Services(BTreeSet<String>);

impl Services {
    /// Those of the file.
    pub fn of(stack: &Stack) -> Self {
        Self(stack.resources.iter().map(|declared| service(declared.kind.name()).to_owned()).collect())
    }

    /// The same with those of other kinds.
    pub fn and<'a>(mut self, kinds: impl IntoIterator<Item = &'a str>) -> Self {
        self.0.extend(kinds.into_iter().map(|kind| service(kind).to_owned()));
        self
    }

    /// Whether the stack has a use for the service of a kind.
    pub fn have(&self, kind: &str) -> bool {
        self.0.contains(service(kind))
    }
}

fn service(kind: &str) -> &str {
    kind.split_once('.').map_or(kind, |(service, _)| service)
}

/// Whether AWS did not give the list of a kind that the file does not name, whatever the reason: a region need not have
/// every service, nor this account be open for it, nor this user have a permission for what the stack has no use for. All
/// that such a list could bring is what the file named once. Only where the credentials themselves are no good any more,
/// or cloud101 itself won't go on, that is said as it is.
pub fn can_ignore(errors: &PlanError, stack: &Stack) -> bool {
    errors.address.is_none()
        && !matches!(
            errors.error.kind,
            ErrorKind::NoCredentials
                | ErrorKind::Expired
                | ErrorKind::WrongClock
                | ErrorKind::WrongAccount
                | ErrorKind::Refused
        )
        && !stack.resources.iter().any(|declared| declared.kind.name() == errors.kind)
}

/// Whether the region has no such service, as far as that can be known. Nothing of the stack can be there.
pub fn is_of_no_service(errors: &PlanError, stack: &Stack) -> bool {
    errors.error.has_no_address() && can_ignore(errors, stack)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::Error;
    use crate::testing::stack;

    #[test]
    fn a_service_is_the_stacks_with_any_of_its_kinds() {
        let services = Services::of(&stack("resources: { topic: { type: sns.topic } }")).and(["ec2.instance"]);
        assert!(services.have("sns.topic") && services.have("ec2.key_pair") && !services.have("ses.identity"));
    }

    #[test]
    fn only_a_service_that_is_not_there_and_not_named_is_passed_over() {
        let lost = |message: &str| {
            let error = Error { kind: ErrorKind::Unreachable, ..Error::unexpected("ses:ListEmailIdentities", message) };
            PlanError { address: None, kind: "ses.identity".to_owned(), is_global: false, line: None, error }
        };
        let without = stack("resources: { topic: { type: sns.topic } }");
        let with = stack("resources: { sender: { type: ses.identity, email: ana@example.edu } }");
        let no_address = lost("failed to lookup address information: Name or service not known");
        assert!(is_of_no_service(&no_address, &without));
        assert!(!is_of_no_service(&no_address, &with), "the file names one");
        assert!(!is_of_no_service(&lost("connection refused"), &without), "it is there");
        let of_kind = |kind| {
            let errors = lost("");
            PlanError { error: Error { kind, ..errors.error.clone() }, ..errors }
        };
        for kind in [ErrorKind::NotActivated, ErrorKind::Other, ErrorKind::Throttled, ErrorKind::BadCredentials] {
            assert!(can_ignore(&of_kind(kind), &without) && !can_ignore(&of_kind(kind), &with), "{kind:?}");
        }
        assert!(!can_ignore(&of_kind(ErrorKind::Expired), &without), "no call goes on with these credentials");
    }
}

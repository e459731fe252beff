//! Codes of AWS that have several meanings: which of them it is, the message says.
//!
//! The first row whose words are in the message applies, so more specific rows come before general ones. A code that is
//! in no row here means what [`codes`](super::codes) says of it.

use super::codes::{KnownCode, row};
use super::error::ErrorKind::{self, *};

/// One meaning of a code.
#[derive(Debug, Clone, Copy)]
pub struct Meaning {
    /// Words of AWS's message, as AWS writes them.
    pub said: &'static str,
    /// What it means then.
    pub known: KnownCode,
}

/// What `code` means where `service` says it with this message, if that is known.
pub fn find(service: &str, code: &str, message: &str) -> Option<&'static KnownCode> {
    let meaning = MEANINGS.iter().find(|meaning| {
        let KnownCode { code: of, services, .. } = meaning.known;
        of.eq_ignore_ascii_case(code)
            && (services.is_empty() || services.contains(&service))
            && message.contains(meaning.said)
    });
    meaning.map(|meaning| &meaning.known)
}

/// Every meaning of `code`.
pub fn of(code: &str) -> impl Iterator<Item = &'static Meaning> {
    MEANINGS.iter().filter(move |meaning| meaning.known.code.eq_ignore_ascii_case(code))
}

const fn said(
    kind: ErrorKind,
    code: &'static str,
    services: &'static [&'static str],
    said: &'static str,
    cause: &'static str,
    next: &'static str,
) -> Meaning {
    Meaning { said, known: row(kind, code, services, cause, next) }
}

const VALUE: &str = "InvalidParameterValueException";
const LAMBDA: &[&str] = &["lambda"];
const EC2: &[&str] = &["ec2"];
const S3: &[&str] = &["s3"];
const IAM: &[&str] = &["iam"];
const SNS: &[&str] = &["sns"];
const LOGS: &[&str] = &["logs"];
const SES: &[&str] = &["ses"];

const ASSUME: &str =
    "its `assumed_by` must name `lambda.amazonaws.com`; if the role is new, run the same command again in a minute";
const GROUPS: &str = "`aws ec2 describe-security-groups` lists them; for a group in this file write `${name.id}`";
const SUBNETS: &str = "`aws ec2 describe-subnets` lists them";
const LAYERS: &str = "`aws lambda list-layer-versions --layer-name NAME` lists a layer's versions in a region";
const SMALLER: &str = "remove what the function does not need, or move libraries to a layer";
const FREE: &str = "write `t3.micro`, `t3.small`, `t4g.micro`, `t4g.small`, `c7i-flex.large` or `m7i-flex.large`, or \
                    upgrade the account's plan in the Billing console";
const PROTECTED_LOGS: &str = "`aws logs put-log-group-deletion-protection --log-group-identifier NAME \
                              --no-deletion-protection-enabled`, then run the same command again";
const TYPES: &str =
    "`aws ec2 describe-instance-type-offerings --location-type availability-zone` lists the zones of each type";

/// Every meaning, code by code.
#[rustfmt::skip]
pub const MEANINGS: &[Meaning] = &[
    // Lambda says nearly everything with one code.
    said(Throttled, VALUE, LAMBDA, "throttled by EC2", "EC2 received too many requests from this account, so Lambda could not use it", ""),
    said(Invalid, VALUE, LAMBDA, "InvalidGroup.NotFound", "there is no such security group, or it is too new to be visible everywhere", GROUPS),
    said(Invalid, VALUE, LAMBDA, "InvalidSecurityGroupID", "there is no such security group, or it is too new to be visible everywhere", GROUPS),
    said(Invalid, VALUE, LAMBDA, "InvalidSubnetID", "there is no such subnet in this region", SUBNETS),
    said(Invalid, VALUE, LAMBDA, "subnet", "the subnets do not match: a function's subnets and security groups must all be in one VPC", SUBNETS),
    said(Invalid, VALUE, LAMBDA, "cannot be assumed by Lambda", "Lambda can't assume the role, or it is not visible to Lambda yet", ASSUME),
    said(Invalid, VALUE, LAMBDA, "does not have permissions to call", "the role lacks a permission that the function's settings need; AWS's message names the call", "allow the role that call; for a VPC attach the policy `service-role/AWSLambdaVPCAccessExecutionRole`, then run the same command again"),
    said(Invalid, VALUE, LAMBDA, "KMS key is invalid for CreateGrant", "Lambda still refers to a deleted role with this name", "run the same command again in a minute"),
    said(Invalid, VALUE, LAMBDA, "Could not unzip", "Lambda can't unpack the code", "make a new archive, or name the folder itself in `code:`"),
    said(Invalid, VALUE, LAMBDA, "Unzipped size must be smaller", "the code, unpacked and with all layers, is larger than Lambda accepts", SMALLER),
    said(Invalid, VALUE, LAMBDA, "exceeded the 4KB limit", "all variables of `environment` together, as JSON, have at most 4,096 characters", "shorten them, or move long values to a file in the code"),
    said(Invalid, VALUE, LAMBDA, "contains reserved keys", "Lambda sets one of these variables itself", "rename the variable in `environment`"),
    said(Quota, VALUE, LAMBDA, "below its minimum value", "this would leave less concurrency for other functions than AWS requires", "lower or remove `reserved_concurrency`; a new account has only 10 in all: request an increase under Service Quotas in the AWS console"),
    said(Invalid, VALUE, LAMBDA, "no longer supported for creating or updating", "Lambda no longer accepts new functions or new code for this runtime", "choose a newer `runtime:`, for example `python3.13`"),
    said(Invalid, VALUE, LAMBDA, "same layer", "a layer is listed twice, in two versions", "remove one of them from `layers`"),
    said(Invalid, VALUE, LAMBDA, "ayer version", "there is no such version of the layer, or it is not shared with this account", LAYERS),
    said(Invalid, VALUE, LAMBDA, "same region", "a layer must be in the function's region", LAYERS),
    said(Invalid, VALUE, LAMBDA, "combined with layers", "the code, unpacked and with all layers, is larger than Lambda accepts", SMALLER),
    said(Invalid, VALUE, LAMBDA, "umber of tags", "there are more tags than AWS allows", "remove some from `tags:`, of the resource or of the stack"),
    said(Invalid, VALUE, LAMBDA, "Source image", "the image does not exist, or Lambda does not have permission to pull it", "`aws ecr describe-images --repository-name NAME` lists images; the repository must be in the same region and allow Lambda"),
    said(Invalid, VALUE, LAMBDA, "principal was invalid", "there is no such principal, or it is too new to be visible everywhere", "check the spelling of `principal`; if the role is new, run the same command again in a minute"),
    said(Invalid, VALUE, LAMBDA, "role", "Lambda does not accept the role; its message says why", ASSUME),
    said(Throttled, "TooManyRequestsException", LAMBDA, "CodeStorageExceeded", "too many requests at once", ""),
    said(Barred, "TooManyRequestsException", LAMBDA, "ReservedFunctionConcurrentInvocationLimitExceeded", "the function has reached its `reserved_concurrency`; 0 stops the function", "raise or remove `reserved_concurrency`, apply, and invoke the function again"),
    said(Quota, "TooManyRequestsException", LAMBDA, "ConcurrentInvocationLimitExceeded", "the account has reached its limit of functions that run at once", "wait until some are done, or request an increase under Service Quotas in the AWS console"),
    said(InUse, "ResourceConflictException", LAMBDA, "in progress", "an earlier change to it is still in progress", ""),
    said(InUse, "ResourceConflictException", LAMBDA, "cannot be performed at this time", "an earlier change to it is still in progress", ""),
    said(Exists, "ResourceConflictException", LAMBDA, "lready exist", "something with this name already exists", ""),
    said(Invalid, "ValidationException", LAMBDA, "at 'runtime'", "Lambda does not support this runtime", "set `runtime:` to one of those that AWS's message lists"),

    said(Barred, "InvalidParameterCombination", EC2, "not eligible for Free Tier", "the account is on AWS's free plan, which includes only a few instance types and images", FREE),
    said(Invalid, "InvalidParameterCombination", EC2, "is not supported for gp2 volumes", "the IOPS of gp2 depend on its size", "remove `iops` and `throughput`, or write `type: gp3`"),
    said(Invalid, "InvalidParameterCombination", EC2, "VPC security groups may not be used", "the region has no default VPC", "create one with `aws ec2 create-default-vpc`, or set `subnet_id`"),
    said(Invalid, "InvalidParameterCombination", EC2, "ENA", "the image is too old for this instance type", "choose a newer `image:`, or an older `instance_type`"),
    said(Invalid, "InvalidParameterCombination", EC2, "CPU credits", "this instance type has no CPU credits", "remove `cpu_credits`"),
    said(Invalid, "InvalidParameterCombination", EC2, "", "two of the values in the request conflict; AWS's message says which", "change one of the two in the file, then run the same command again"),
    said(Invalid, "InvalidParameterValue", EC2, "does not match the architecture", "the image is built for a different processor architecture than the instance type", "choose an `image` and an `instance_type` of the same architecture: a `g` in the type's family, as in t4g, means arm64"),
    said(InUse, "InvalidParameterValue", EC2, "LaunchPlan instance type does not match", "the change of the type is not visible everywhere in EC2 yet", "run the same command again in a minute"),
    said(Invalid, "InvalidParameterValue", EC2, "nstance Profile", "there is no such instance profile, or it is too new to be visible everywhere", "`aws iam list-instance-profiles` lists them; if it is new, run the same command again in a minute"),
    said(NotFound, "InvalidInstanceID", EC2, "does not exist", "there is no such instance in this region", ""),
    said(Barred, "InvalidInstanceID", EC2, "multiple interfaces", "the instance has more than one network interface, each with its own groups", "detach the second interface, or set the groups of each interface in the EC2 console"),
    said(Invalid, "InvalidInstanceAttributeValue", EC2, "is not allowed", "an instance can't be changed from its type to that type", "restore the old `instance_type`, or recreate the instance: --replace NAME"),
    said(Invalid, "InvalidBlockDeviceMapping", EC2, "smaller than snapshot", "the image's disk is larger than the size in the file", "set `size_gib` to at least the size that AWS's message names"),
    said(Invalid, "Unsupported", EC2, "requested Availability Zone", "this instance type is not available in this zone", TYPES),
    said(Barred, "OperationNotPermitted", EC2, "disableApiStop", "the instance has stop protection", "`aws ec2 modify-instance-attribute --instance-id ID --no-disable-api-stop`, then run the same command again"),
    said(Barred, "OperationNotPermitted", EC2, "disableApiTermination", "the instance is protected against this", "set `termination_protection: false`, apply, and run the same command again"),
    said(Barred, "OperationNotPermitted", EC2, "anaged", "another AWS service created and manages it", "use that service to change or delete it"),
    said(Barred, "OperationNotPermitted", EC2, "", "EC2 does not permit this; AWS's message says why", "resolve the cause that it names, then run the same command again"),
    said(Denied, "AuthFailure", EC2, "Not authorized for images", "the image is not shared with this account", "choose another `image:`, for example `al2023`, or have its owner share it"),
    said(WrongClock, "AuthFailure", EC2, "Signature expired", "the time in the request's signature is too far from AWS's time", ""),
    said(WrongClock, "AuthFailure", EC2, "Signature not yet current", "the time in the request's signature is in the future for AWS", ""),

    said(Barred, "MethodNotAllowed", S3, "", "S3 does not allow this method here: usually the newest version of the object is a delete marker", "the object was deleted: `aws s3api list-object-versions` shows its versions"),
    said(Invalid, "InvalidArgument", S3, "Unable to validate the following destination", "S3 can't deliver to the target of a notification, or the target does not exist", "its own permissions must allow `s3.amazonaws.com` first: `permissions` of a function, `policy` of a topic"),
    said(Invalid, "InvalidArgument", S3, "onfiguration is ambiguously defined", "two notifications are for the same event and the same objects", "give them prefixes or suffixes that do not overlap, or different events"),
    said(Invalid, "InvalidRequest", S3, "more than one wildcard", "an origin can contain at most one `*`", "write each origin out, or `*` alone"),
    said(Barred, "AccessDenied", S3, "BlockPublicPolicy", "the policy would make the bucket public, which its public access block, or the account's, does not allow", "remove the public part from `policy`, or set `public_access_block` and, for all buckets, the account's in the S3 console"),
    said(Barred, "AccessDenied", S3, "BlockPublicAcls", "an ACL would make it public, which the public access block does not allow", "remove the ACL"),
    said(Invalid, "MalformedPolicy", S3, "Invalid principal", "the policy names a principal that does not exist, or is too new to be visible everywhere", "check its spelling; if the role is new, run the same command again in a minute"),
    said(Invalid, "MalformedPolicy", S3, "Policy has invalid resource", "the policy applies to a different bucket", "its `Resource` must be this bucket or its objects: `arn:aws:s3:::NAME` and `arn:aws:s3:::NAME/*`"),
    said(Invalid, "MalformedPolicy", S3, "Action does not apply to any resource", "an action on objects names the bucket as its resource, or the reverse", "the `Resource` of actions on objects ends in `/*`, that of other actions does not"),
    said(Barred, "MalformedXML", S3, "", "S3 can't parse the request, for example because XML can't represent a key", "the file is probably not the cause; -v shows the call"),

    said(Invalid, "MalformedPolicyDocument", IAM, "nvalid principal", "the policy names a principal that does not exist, or is too new to be visible everywhere", "check its spelling; if the role is new, run the same command again in a minute"),
    said(Invalid, "MalformedPolicyDocument", IAM, "prohibited field", "this kind of policy does not allow this key", "remove the key that AWS's message names from the statement"),
    said(Invalid, "ValidationError", IAM, "at 'description'", "a description in IAM can contain only Latin-1 characters", "use Latin letters, without typographic quotes and dashes"),
    said(Invalid, "ValidationError", IAM, "olicyDocument'", "a policy can contain only characters up to U+00FF", "replace what is not a western European letter, such as a long dash, by `*` or `?` in names"),
    said(Invalid, "InvalidInput", IAM, "Duplicate tag keys", "two tags differ only in case, which IAM ignores", "remove one of them from `tags:`, of the resource or of the stack"),
    said(Quota, "LimitExceeded", IAM, "PoliciesPer", "more policies are attached to it than the account's quota allows", "combine some of them, or request an increase under Service Quotas in the AWS console"),
    said(Quota, "LimitExceeded", IAM, "ACLSizePerRole", "the trust policy is longer than the account's quota allows", "shorten it, for example by naming the account in place of each user, or request an increase under Service Quotas"),
    said(Quota, "LimitExceeded", IAM, "PolicySize", "the policy is longer than IAM allows", "shorten it, or split it into several"),
    said(Quota, "LimitExceeded", IAM, "PerInstanceProfile", "an instance profile can have only one role", "remove the other role from it"),
    said(NotFound, "NoSuchEntity", IAM, "not attachable", "IAM has no such policy, or it can't be attached", "`aws iam list-policies --scope AWS --query 'Policies[].Arn'` lists those of AWS"),
    said(InUse, "DeleteConflict", IAM, "must detach all policies", "a policy is still attached to it", "detach it in the IAM console, or run the same command again in a minute"),
    said(InUse, "DeleteConflict", IAM, "remove roles from instance profile", "an instance profile still holds the role", "remove it from the profile: `aws iam remove-role-from-instance-profile`"),

    said(Exists, "InvalidParameter", SNS, "already exists with different", "there is a topic with this name but other tags or attributes", ""),
    said(Invalid, "InvalidParameter", SNS, "PrincipalNotFound", "the policy names a principal that does not exist, or is too new to be visible everywhere", "check its spelling; if the role is new, run the same command again in a minute"),
    said(Invalid, "InvalidParameter", SNS, "ction out of service scope", "the policy names an action that is not one of SNS for topics", "write actions such as `sns:Publish`, not `sns:*`"),
    said(Invalid, "InvalidParameter", SNS, "ilter", "SNS can't parse the filter policy", "each value is a list, as in `{audience: [students]}`; AWS's message says what else is wrong"),
    said(Invalid, "InvalidParameter", SNS, "ndpoint", "the endpoint does not match its protocol", "use what the protocol requires: an address, a URL, a number with `+`, or an ARN"),

    said(Barred, "ValidationException", LOGS, "eletion protection", "the log group is protected against deletion", PROTECTED_LOGS),
    said(Invalid, "BadRequestException", SES, "mail", "SES does not accept the address", "write an address such as `ana@example.edu`, or a domain"),
    said(Barred, "MessageRejected", SES, "not verified", "the address or its domain is not verified in this region", "open the link in the email from AWS, or verify the address first"),

    said(Invalid, "ValidationException", &[], "failed to satisfy constraint", "a value does not meet AWS's constraints; its message says which and why", ""),
    said(Invalid, "ValidationError", &[], "failed to satisfy constraint", "a value does not meet AWS's constraints; its message says which and why", ""),
    said(Expired, "InvalidClientTokenId", &[], "expired", "the login behind these credentials has expired", ""),
    said(WrongClock, "SignatureDoesNotMatch", &[], "Signature expired", "the time in the request's signature is too far from AWS's time", ""),
    said(WrongClock, "SignatureDoesNotMatch", &[], "Signature not yet current", "the time in the request's signature is in the future for AWS", ""),
    said(WrongClock, "InvalidSignatureException", &[], "Signature expired", "the time in the request's signature is too far from AWS's time", ""),
    said(WrongClock, "InvalidSignatureException", &[], "Signature not yet current", "the time in the request's signature is in the future for AWS", ""),
];

//! Codes of AWS that have several meanings: which of them it is, the message says.
//!
//! The first row whose words are in the message counts, so that the more exact stands before the general. A code that is
//! in no row here means what [`codes`](super::codes) says of it.

use super::codes::{Known, row};
use super::error::ErrorKind::{self, *};

/// One meaning of a code.
#[derive(Debug, Clone, Copy)]
pub struct Meaning {
    /// Words of AWS's message, as AWS writes them.
    pub said: &'static str,
    /// What it means then.
    pub known: Known,
}

/// What `code` means where `service` says it with this message, if that is known.
pub fn find(service: &str, code: &str, message: &str) -> Option<&'static Known> {
    let meaning = MEANINGS.iter().find(|meaning| {
        let Known { code: of, services, .. } = meaning.known;
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
    "its `assumed_by` must name `lambda.amazonaws.com`; after a new role run the same command again in a minute";
const GROUPS: &str = "`aws ec2 describe-security-groups` lists them; of a group in this file write `${name.id}`";
const SUBNETS: &str = "`aws ec2 describe-subnets` lists them";
const LAYERS: &str = "`aws lambda list-layer-versions --layer-name NAME` lists a layer's versions in a region";
const SMALLER: &str = "leave out what the function does not need, or put libraries into a layer";
const FREE: &str = "write `t3.micro`, `t3.small`, `t4g.micro`, `t4g.small`, `c7i-flex.large` or `m7i-flex.large`, or \
                    upgrade the account's plan in the Billing console";
const PROTECTED_LOGS: &str = "`aws logs put-log-group-deletion-protection --log-group-identifier NAME \
                              --no-deletion-protection-enabled`, then run the same command again";
const TYPES: &str =
    "`aws ec2 describe-instance-type-offerings --location-type availability-zone` lists where each type is";

/// Every meaning, code by code.
#[rustfmt::skip]
pub const MEANINGS: &[Meaning] = &[
    // Lambda says nearly everything with one code.
    said(Throttled, VALUE, LAMBDA, "throttled by EC2", "EC2 has had too many calls of this account, so that Lambda could not ask it", ""),
    said(Invalid, VALUE, LAMBDA, "InvalidGroup.NotFound", "there is no such security group, or it is too new to be known everywhere", GROUPS),
    said(Invalid, VALUE, LAMBDA, "InvalidSecurityGroupID", "there is no such security group, or it is too new to be known everywhere", GROUPS),
    said(Invalid, VALUE, LAMBDA, "InvalidSubnetID", "there is no such subnet in this region", SUBNETS),
    said(Invalid, VALUE, LAMBDA, "subnet", "the subnets don't fit: those of a function are in one VPC, that of its security groups", SUBNETS),
    said(Invalid, VALUE, LAMBDA, "cannot be assumed by Lambda", "Lambda can't assume the role, or does not know it yet", ASSUME),
    said(Invalid, VALUE, LAMBDA, "does not have permissions to call", "the role may not do what the function's settings need; AWS names the call", "allow the role that call; for a VPC attach the policy `service-role/AWSLambdaVPCAccessExecutionRole`, then run the same command again"),
    said(Invalid, VALUE, LAMBDA, "KMS key is invalid for CreateGrant", "Lambda knows an earlier role of this name, which was deleted", "run the same command again in a minute"),
    said(Invalid, VALUE, LAMBDA, "Could not unzip", "Lambda can't unpack the code", "make the archive again, or name the folder itself in `code:`"),
    said(Invalid, VALUE, LAMBDA, "Unzipped size must be smaller", "the code is larger than Lambda takes, unpacked and with all layers", SMALLER),
    said(Invalid, VALUE, LAMBDA, "exceeded the 4KB limit", "all variables of `environment` together, as JSON, have at most 4,096 characters", "shorten them, or put long values into a file of the code"),
    said(Invalid, VALUE, LAMBDA, "contains reserved keys", "Lambda sets one of these variables itself", "call the variable something else in `environment`"),
    said(Quota, VALUE, LAMBDA, "below its minimum value", "what other functions may use would be less than AWS keeps free for them", "lower or leave out `reserved_concurrency`; a new account has only 10 in all: ask for more under Service Quotas in the AWS console"),
    said(Invalid, VALUE, LAMBDA, "no longer supported for creating or updating", "Lambda takes no new functions and no new code for this runtime", "choose a newer `runtime:`, for example `python3.13`"),
    said(Invalid, VALUE, LAMBDA, "same layer", "a layer is there twice, in two versions", "leave one of the two out of `layers`"),
    said(Invalid, VALUE, LAMBDA, "ayer version", "there is no such version of the layer, or it is not shared with this account", LAYERS),
    said(Invalid, VALUE, LAMBDA, "same region", "a layer must be in the function's region", LAYERS),
    said(Invalid, VALUE, LAMBDA, "combined with layers", "the code is larger than Lambda takes, unpacked and with all layers", SMALLER),
    said(Invalid, VALUE, LAMBDA, "umber of tags", "there are more tags than AWS allows", "take some out of `tags:`, of the resource or of the stack"),
    said(Invalid, VALUE, LAMBDA, "Source image", "the image is not there, or Lambda may not have it", "`aws ecr describe-images --repository-name NAME` lists images; the repository must be in the same region and let Lambda in"),
    said(Invalid, VALUE, LAMBDA, "principal was invalid", "there is no such principal, or it is too new to be known everywhere", "check the spelling of `principal`; of a new role run the same command again in a minute"),
    said(Invalid, VALUE, LAMBDA, "role", "something about the role does not fit; AWS's words say what", ASSUME),
    said(Throttled, "TooManyRequestsException", LAMBDA, "CodeStorageExceeded", "too many calls at once", ""),
    said(Barred, "TooManyRequestsException", LAMBDA, "ReservedFunctionConcurrentInvocationLimitExceeded", "as many calls of the function are running as its `reserved_concurrency` allows; 0 stops the function", "raise `reserved_concurrency` or leave it out, apply, and call the function again"),
    said(Quota, "TooManyRequestsException", LAMBDA, "ConcurrentInvocationLimitExceeded", "as many functions of the account are running as it may have at once", "wait until some are done, or ask for more under Service Quotas in the AWS console"),
    said(InUse, "ResourceConflictException", LAMBDA, "in progress", "an earlier change of it is still going on", ""),
    said(InUse, "ResourceConflictException", LAMBDA, "cannot be performed at this time", "an earlier change of it is still going on", ""),
    said(Exists, "ResourceConflictException", LAMBDA, "lready exist", "there is something of this name already", ""),
    said(Invalid, "ValidationException", LAMBDA, "at 'runtime'", "Lambda does not know this runtime", "write one of those that AWS's words list as `runtime:`"),

    said(Barred, "InvalidParameterCombination", EC2, "not eligible for Free Tier", "the account is on AWS's free plan, which has only a few types of instance and image", FREE),
    said(Invalid, "InvalidParameterCombination", EC2, "is not supported for gp2 volumes", "gp2 has as many operations as its size gives it", "leave `iops` and `throughput` out, or write `type: gp3`"),
    said(Invalid, "InvalidParameterCombination", EC2, "VPC security groups may not be used", "the region has no default VPC", "make one with `aws ec2 create-default-vpc`, or give a `subnet_id`"),
    said(Invalid, "InvalidParameterCombination", EC2, "ENA", "the image is too old for this type of instance", "choose a newer `image:`, or an older `instance_type`"),
    said(Invalid, "InvalidParameterCombination", EC2, "CPU credits", "this type of instance has no CPU credits", "leave `cpu_credits` out"),
    said(Invalid, "InvalidParameterCombination", EC2, "", "two of the values that were sent do not go together; AWS's words say which", "change one of the two in the file, then run the same command again"),
    said(Invalid, "InvalidParameterValue", EC2, "does not match the architecture", "the image is made for other processors than the type of instance has", "choose an `image` and an `instance_type` of one kind: a `g` in the type's family, as in t4g, is arm64"),
    said(InUse, "InvalidParameterValue", EC2, "LaunchPlan instance type does not match", "EC2 does not know everywhere yet that the type was changed", "run the same command again in a minute"),
    said(Invalid, "InvalidParameterValue", EC2, "nstance Profile", "there is no such instance profile, or it is too new to be known everywhere", "`aws iam list-instance-profiles` lists them; of a new one run the same command again in a minute"),
    said(NotFound, "InvalidInstanceID", EC2, "does not exist", "there is no such instance in this region", ""),
    said(Barred, "InvalidInstanceID", EC2, "multiple interfaces", "more than one network interface is attached to the instance, and each has its own groups", "take the second interface off the instance, or set the groups of each interface in the EC2 console"),
    said(Invalid, "InvalidInstanceAttributeValue", EC2, "is not allowed", "an instance of this type can't become one of that type", "write the old `instance_type`, or have the instance made again: --replace NAME"),
    said(Invalid, "InvalidBlockDeviceMapping", EC2, "smaller than snapshot", "the image's disk is larger than what the file asks for", "write at least the size that AWS's words name as `size_gib`"),
    said(Invalid, "Unsupported", EC2, "requested Availability Zone", "this type of instance is not in this zone", TYPES),
    said(Barred, "OperationNotPermitted", EC2, "disableApiStop", "the instance is protected against being stopped", "`aws ec2 modify-instance-attribute --instance-id ID --no-disable-api-stop`, then run the same command again"),
    said(Barred, "OperationNotPermitted", EC2, "disableApiTermination", "the instance is protected against this", "set `termination_protection: false`, apply, and run the same command again"),
    said(Barred, "OperationNotPermitted", EC2, "anaged", "another service of AWS made it and manages it", "use that service to change or delete it"),
    said(Barred, "OperationNotPermitted", EC2, "", "EC2 does not permit this; AWS's words say why", "change what they name, then run the same command again"),
    said(Denied, "AuthFailure", EC2, "Not authorized for images", "the image is not shared with this account", "choose another `image:`, for example `al2023`, or have its owner share it"),
    said(WrongClock, "AuthFailure", EC2, "Signature expired", "the request was signed at a time that is far from AWS's", ""),
    said(WrongClock, "AuthFailure", EC2, "Signature not yet current", "the request was signed at a time that is still to come for AWS", ""),

    said(Barred, "MethodNotAllowed", S3, "", "S3 has no such method for this: most often the newest version of the object is a delete marker", "the object was deleted: `aws s3api list-object-versions` shows its versions"),
    said(Invalid, "InvalidArgument", S3, "Unable to validate the following destination", "S3 may not call what a notification names, or it is not there", "its own permissions must let `s3.amazonaws.com` in before: `permissions` of a function, `policy` of a topic"),
    said(Invalid, "InvalidArgument", S3, "onfiguration is ambiguously defined", "two notifications are for the same event and the same objects", "give them prefixes or suffixes that do not overlap, or different events"),
    said(Invalid, "InvalidRequest", S3, "more than one wildcard", "an origin holds at most one `*`", "write each origin out, or `*` alone"),
    said(Barred, "AccessDenied", S3, "BlockPublicPolicy", "the policy would open the bucket to everybody, and its public access block, or the account's, forbids that", "leave the public part out of `policy`, or set `public_access_block` and, for all buckets, the account's in the S3 console"),
    said(Barred, "AccessDenied", S3, "BlockPublicAcls", "an ACL would open it to everybody, and the public access block forbids that", "leave the ACL out"),
    said(Invalid, "MalformedPolicy", S3, "Invalid principal", "the policy names a principal that does not exist, or is too new to be known everywhere", "check its spelling; of a new role run the same command again in a minute"),
    said(Invalid, "MalformedPolicy", S3, "Policy has invalid resource", "the policy is about another bucket than this one", "its `Resource` must be this bucket or its objects: `arn:aws:s3:::NAME` and `arn:aws:s3:::NAME/*`"),
    said(Invalid, "MalformedPolicy", S3, "Action does not apply to any resource", "an action is about objects and its resource is the bucket, or the other way", "of actions on objects the `Resource` ends in `/*`, of others it does not"),
    said(Barred, "MalformedXML", S3, "", "S3 does not understand the request, such as a key that XML can't hold", "the file is probably not the cause; -v shows the call"),

    said(Invalid, "MalformedPolicyDocument", IAM, "nvalid principal", "the policy names a principal that does not exist, or is too new to be known everywhere", "check its spelling; of a new role run the same command again in a minute"),
    said(Invalid, "MalformedPolicyDocument", IAM, "prohibited field", "a policy of this use has no such key", "leave the key that AWS's words name out of the statement"),
    said(Invalid, "ValidationError", IAM, "at 'description'", "a description in IAM has only characters of western European languages", "write it with Latin letters; quotes and dashes of word processors are not among them"),
    said(Invalid, "ValidationError", IAM, "olicyDocument'", "a policy has only characters up to U+00FF", "replace what is not a western European letter, such as a long dash, by `*` or `?` in names"),
    said(Invalid, "InvalidInput", IAM, "Duplicate tag keys", "two tags differ only in capital letters, which are one for IAM", "leave one of them out of `tags:`, of the resource or of the stack"),
    said(Quota, "LimitExceeded", IAM, "PoliciesPer", "more policies are attached to it than the account allows", "join some of them into one, or ask for more under Service Quotas in the AWS console"),
    said(Quota, "LimitExceeded", IAM, "ACLSizePerRole", "the trust policy is longer than the account allows", "shorten it, for example by naming the account in place of each user, or ask for more under Service Quotas"),
    said(Quota, "LimitExceeded", IAM, "PolicySize", "the policy is longer than IAM allows", "shorten it, or split it into several"),
    said(Quota, "LimitExceeded", IAM, "PerInstanceProfile", "an instance profile holds one role", "take the other role out of it"),
    said(NotFound, "NoSuchEntity", IAM, "not attachable", "IAM has no such policy, or it can't be attached", "`aws iam list-policies --scope AWS --query 'Policies[].Arn'` lists those of AWS"),
    said(InUse, "DeleteConflict", IAM, "must detach all policies", "a policy is still attached to it", "detach it in the IAM console, or run the same command again in a minute"),
    said(InUse, "DeleteConflict", IAM, "remove roles from instance profile", "an instance profile still holds the role", "take it out of the profile: `aws iam remove-role-from-instance-profile`"),

    said(Exists, "InvalidParameter", SNS, "already exists with different", "there is a topic of this name with other tags or attributes", ""),
    said(Invalid, "InvalidParameter", SNS, "PrincipalNotFound", "the policy names a principal that does not exist, or is too new to be known everywhere", "check its spelling; of a new role run the same command again in a minute"),
    said(Invalid, "InvalidParameter", SNS, "ction out of service scope", "the policy names an action that is not one of SNS for topics", "write actions such as `sns:Publish`, not `sns:*`"),
    said(Invalid, "InvalidParameter", SNS, "ilter", "SNS does not understand the filter policy", "each value is a list, as in `{audience: [students]}`; AWS's words say what else is wrong"),
    said(Invalid, "InvalidParameter", SNS, "ndpoint", "the endpoint does not fit its protocol", "write what the protocol takes: an address, a URL, a number with `+`, or an ARN"),

    said(Barred, "ValidationException", LOGS, "eletion protection", "the log group is protected against deletion", PROTECTED_LOGS),
    said(Invalid, "BadRequestException", SES, "mail", "SES does not accept the address", "write an address such as `ana@example.edu`, or a domain"),
    said(Barred, "MessageRejected", SES, "not verified", "the address or its domain is not verified in this region", "open the link in the email that AWS has sent, or verify the address first"),

    said(Invalid, "ValidationException", &[], "failed to satisfy constraint", "a value is not as AWS wants it; its words say which and how", ""),
    said(Invalid, "ValidationError", &[], "failed to satisfy constraint", "a value is not as AWS wants it; its words say which and how", ""),
    said(Expired, "InvalidClientTokenId", &[], "expired", "the login that these credentials come from is over", ""),
    said(WrongClock, "SignatureDoesNotMatch", &[], "Signature expired", "the request was signed at a time that is far from AWS's", ""),
    said(WrongClock, "SignatureDoesNotMatch", &[], "Signature not yet current", "the request was signed at a time that is still to come for AWS", ""),
    said(WrongClock, "InvalidSignatureException", &[], "Signature expired", "the request was signed at a time that is far from AWS's", ""),
    said(WrongClock, "InvalidSignatureException", &[], "Signature not yet current", "the request was signed at a time that is still to come for AWS", ""),
];

//! What people read after each of AWS's recorded answers: one table, to be read through.

use std::fmt;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::error::ErrorMetadata;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::aws::classify::from_sdk;
use crate::aws::meanings::MEANINGS;
use crate::aws::{Error, ErrorKind};
use crate::ui::{Paint, plan_errors};

#[derive(Debug)]
struct Said(ErrorMetadata);

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Said {}

impl ProvideErrorMetadata for Said {
    fn meta(&self) -> &ErrorMetadata {
        &self.0
    }
}

/// What becomes of an answer of AWS; `body`: what it says besides.
fn answered(operation: &'static str, status: u16, code: &str, message: &str, body: &'static str) -> Error {
    let meta = ErrorMetadata::builder().code(code).message(message).custom("aws_request_id", "R1").build();
    let status = status.try_into().expect("a status");
    let raw = HttpResponse::new(status, SdkBody::from(body));
    from_sdk(operation, &SdkError::service_error(Said(meta), raw))
}

/// Answers of the real AWS: recordings, quoted reports, and the words of its references.
#[rustfmt::skip]
const ANSWERS: &[(&str, u16, &str, &str)] = &[
    ("lambda:CreateFunction", 400, "InvalidParameterValueException", "Your request has been throttled by EC2, please make sure you have enough API rate limit. EC2 Error Code: RequestLimitExceeded. EC2 Error Message: Request limit exceeded."),
    ("lambda:CreateFunction", 400, "InvalidParameterValueException", "Error occurred while DescribeSecurityGroups. EC2 Error Code: InvalidGroup.NotFound. EC2 Error Message: The security group 'sg-0123456789abcdef0' does not exist"),
    ("lambda:CreateFunction", 400, "InvalidParameterValueException", "Error occurred while DescribeSubnets. EC2 Error Code: InvalidSubnetID.NotFound. EC2 Error Message: The subnet ID 'subnet-12345' does not exist"),
    ("lambda:CreateFunction", 400, "InvalidParameterValueException", "The role defined for the function cannot be assumed by Lambda."),
    ("lambda:CreateFunction", 400, "InvalidParameterValueException", "The provided execution role does not have permissions to call CreateNetworkInterface on EC2"),
    ("lambda:CreateFunction", 400, "InvalidParameterValueException", "Lambda was unable to configure access to your environment variables because the KMS key is invalid for CreateGrant. Please check your KMS key settings."),
    ("lambda:CreateFunction", 400, "InvalidParameterValueException", "Could not unzip uploaded file. Please check your file, then try to upload again."),
    ("lambda:CreateFunction", 400, "InvalidParameterValueException", "Unzipped size must be smaller than 262144000 bytes"),
    ("lambda:CreateFunction", 400, "InvalidParameterValueException", "Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit. String measured: {\"TOKEN\":\"hunter2\"}"),
    ("lambda:CreateFunction", 400, "InvalidParameterValueException", "Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: AWS_REGION"),
    ("lambda:PutFunctionConcurrency", 400, "InvalidParameterValueException", "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [10]."),
    ("lambda:CreateFunction", 400, "InvalidParameterValueException", "The runtime parameter of python3.7 is no longer supported for creating or updating AWS Lambda functions. We recommend you use a supported runtime while creating or updating functions."),
    ("lambda:CreateFunction", 400, "InvalidParameterValueException", "Two different versions of the same layer are not allowed to be referenced in the same function. arn:aws:lambda:us-east-1:123456789012:layer:numpy:1 and arn:aws:lambda:us-east-1:123456789012:layer:numpy:2."),
    ("lambda:CreateFunction", 400, "InvalidParameterValueException", "Layer version arn:aws:lambda:us-east-1:123456789012:layer:numpy:99 does not exist."),
    ("lambda:CreateFunction", 400, "InvalidParameterValueException", "Layers are not in the same region as the function. Layers are expected to be in region us-east-1."),
    ("lambda:CreateFunction", 400, "InvalidParameterValueException", "Function code combined with layers exceeds the maximum allowed size of 262144000 bytes. The actual size is 262200000 bytes."),
    ("lambda:TagResource", 400, "InvalidParameterValueException", "Number of tags exceeds resource tag limit."),
    ("lambda:CreateFunction", 400, "InvalidParameterValueException", "Source image 123456789012.dkr.ecr.us-east-1.amazonaws.com/class:latest does not exist. Provide a valid source image."),
    ("lambda:AddPermission", 400, "InvalidParameterValueException", "The provided principal was invalid. Please check the principal and try again."),
    ("lambda:UpdateFunctionConfiguration", 400, "InvalidParameterValueException", "The new setting is something that was never seen before."),
    ("lambda:CreateFunction", 400, "ValidationException", "1 validation error detected: Value 'banana' at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [nodejs24.x, python3.14]"),
    ("lambda:CreateFunction", 400, "ValidationException", "1 validation error detected: Value 'arn:aws:iam::1:role/x' at 'role' failed to satisfy constraint: Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+"),
    ("lambda:Invoke", 429, "TooManyRequestsException", "Rate Exceeded."),
    ("lambda:AddPermission", 400, "PublicPolicyException", "The resource-based policy you tried to add to the Lambda resource would grant public access to it, which isn't allowed."),
    ("lambda:AddPermission", 400, "PolicyLengthExceededException", "The final policy size (20538) is bigger than the limit (20480)."),
    ("lambda:CreateFunction", 413, "RequestEntityTooLargeException", "Request must be smaller than 70167211 bytes for the CreateFunction operation"),
    ("lambda:CreateFunction", 400, "CodeStorageExceededException", "Code storage limit exceeded."),
    ("lambda:CreateFunction", 409, "ResourceConflictException", "Function already exist: lesson-function"),
    ("lambda:UpdateFunctionCode", 409, "ResourceConflictException", "The operation cannot be performed at this time. An update is in progress for resource: arn:aws:lambda:us-east-1:123456789012:function:f"),
    ("lambda:Invoke", 502, "EC2ThrottledException", "Lambda was throttled by Amazon EC2 during Lambda function initialization."),
    ("lambda:Invoke", 502, "EC2AccessDeniedException", "Lambda does not have permission to access the VPC."),
    ("lambda:Invoke", 502, "SubnetIPAddressLimitReachedException", "Lambda was not able to set up VPC access for the Lambda function because one or more configured subnets has no available IP addresses."),
    ("lambda:Invoke", 502, "KMSAccessDeniedException", "Lambda was unable to decrypt the environment variables because KMS access was denied."),
    ("lambda:Invoke", 400, "RecursiveInvocationException", "Lambda detected your function being invoked in a recursive loop."),
    ("lambda:CreateFunctionUrlConfig", 403, "AccessDeniedException", "User: arn:aws:iam::123456789012:user/ana is not authorized to perform: lambda:CreateFunctionUrlConfig on resource: f"),
    ("lambda:GetFunction", 400, "SomethingNewException", "A rule that was added yesterday."),

    ("ec2:RunInstances", 400, "InvalidParameterCombination", "The specified instance type is not eligible for Free Tier. For a list of Free Tier instance types, run 'describe-instance-types' with the filter 'free-tier-eligible=true'."),
    ("ec2:RunInstances", 400, "InvalidParameterCombination", "The parameter iops is not supported for gp2 volumes."),
    ("ec2:RunInstances", 400, "InvalidParameterCombination", "VPC security groups may not be used for a non-VPC launch"),
    ("ec2:RunInstances", 400, "InvalidParameterCombination", "Enhanced networking with the Elastic Network Adapter (ENA) is required for the 't3.micro' instance type. Ensure that you are using an AMI that is enabled for ENA."),
    ("ec2:RunInstances", 400, "InvalidParameterCombination", "Network interfaces and an instance-level subnet ID may not be specified on the same request"),
    ("ec2:RunInstances", 400, "InvalidParameterValue", "The architecture 'x86_64' of the specified instance type does not match the architecture 'arm64' of the specified AMI. Specify an instance type and an AMI that have matching architectures, and try again."),
    ("ec2:StartInstances", 400, "InvalidParameterValue", "LaunchPlan instance type does not match attribute value"),
    ("ec2:RunInstances", 400, "InvalidParameterValue", "Value (web) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name"),
    ("ec2:RunInstances", 400, "InvalidParameterValue", "Invalid value 'xyz' for instanceType."),
    ("ec2:ModifyInstanceAttribute", 400, "InvalidInstanceID", "There are multiple interfaces attached to instance 'i-0abc'. Please specify an interface ID for the operation instead."),
    ("ec2:ModifyInstanceAttribute", 400, "InvalidInstanceAttributeValue", "Modifying the instance type from g5.4xlarge to p4d.24xlarge is not allowed."),
    ("ec2:RunInstances", 400, "InvalidBlockDeviceMapping", "Volume of size 4GB is smaller than snapshot 'snap-0abc', expect size >= 8GB"),
    ("ec2:RunInstances", 400, "Unsupported", "Your requested instance type (t2.micro) is not supported in your requested Availability Zone (us-east-1e). Please retry your request by not specifying an Availability Zone or choosing us-east-1a."),
    ("ec2:RunInstances", 400, "Unsupported", "The requested configuration is currently not supported. Please check the documentation for supported configurations."),
    ("ec2:TerminateInstances", 400, "OperationNotPermitted", "The instance 'i-0abc' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again."),
    ("ec2:StopInstances", 400, "OperationNotPermitted", "The instance 'i-0abc' may not be stopped. Modify its 'disableApiStop' instance attribute and try again."),
    ("ec2:DeleteVolume", 400, "OperationNotPermitted", "You cannot delete a resource that is managed by another service."),
    ("ec2:RunInstances", 400, "MissingInput", "No subnets found for the default VPC 'vpc-0abc'. Please specify a subnet."),
    ("ec2:RunInstances", 400, "VPCIdNotSpecified", "No default VPC for this user. GroupName is only supported for EC2-Classic and default VPC."),
    ("ec2:RunInstances", 400, "VcpuLimitExceeded", "You have requested more vCPU capacity than your current vCPU limit of 5 allows for the instance bucket that the specified instance type belongs to."),
    ("ec2:RunInstances", 400, "PendingVerification", "Your request for accessing resources in this region is being validated, and you will not be able to launch additional resources in this region until the validation is complete."),
    ("ec2:RunInstances", 400, "HttpTokensEnforced", "You can't launch instances with IMDSv1 because httpTokensEnforced is enabled for this account."),
    ("ec2:RunInstances", 403, "AuthFailure", "Not authorized for images: [ami-0123456789abcdef0]"),
    ("ec2:DescribeInstances", 401, "AuthFailure", "AWS was not able to validate the provided access credentials"),
    ("ec2:RunInstances", 401, "OptInRequired", "You are not subscribed to this service. Please go to http://aws.amazon.com to subscribe."),
    ("ec2:DescribeFoo", 400, "InvalidAction", "The action DescribeFoo is not valid for this web service."),
    ("ec2:RunInstances", 400, "UnsupportedOperation", "The instance configuration for this AWS Marketplace product is not supported."),
    ("ec2:ModifyVolume", 400, "VolumeModificationRateExceeded", "You've reached the maximum modification rate per volume limit. Wait at least 6 hours between modifications per EBS volume."),
    ("ec2:RunInstances", 500, "InsufficientInstanceCapacity", "We currently do not have sufficient t2.micro capacity in the Availability Zone you requested (us-east-1a)."),
    ("ec2:RunInstances", 400, "SpotMaxPriceTooLow", "Your Spot request price of 0.001 is lower than the minimum required Spot request fulfillment price of 0.0035."),

    ("s3:PutBucketLogging", 403, "CrossLocationLoggingProhibitted", "Cross S3 location logging not allowed. "),
    ("s3:PutBucketLogging", 400, "InvalidTargetBucketForLogging", "The target bucket for logging does not exist, is not owned by you, or does not have the appropriate grants for the log-delivery group."),
    ("s3:CreateBucket", 400, "MissingNamespaceHeader", "The requested bucket name is reserved for the account-regional namespace. Specify the x-amz-bucket-namespace header."),
    ("s3:CreateBucket", 400, "InvalidNamespaceHeader", "The bucket name does not match the account-regional namespace."),
    ("s3:CreateBucket", 409, "BucketAlreadyExists", "The requested bucket name is not available."),
    ("s3:CreateBucket", 400, "InvalidBucketName", "The specified bucket is not valid."),
    ("s3:CreateBucket", 400, "InvalidTag", "The TagValue you have provided is invalid"),
    ("s3:CreateBucket", 400, "IllegalLocationConstraintException", "The eu-central-1 location constraint is incompatible for the region specific endpoint this request was sent to."),
    ("s3:CreateBucket", 501, "NotImplemented", "A header you provided implies functionality that is not implemented."),
    ("s3:GetObjectTagging", 405, "MethodNotAllowed", "The specified method is not allowed against this resource."),
    ("s3:PutBucketNotificationConfiguration", 400, "InvalidArgument", "Unable to validate the following destination configurations"),
    ("s3:PutBucketNotificationConfiguration", 400, "InvalidArgument", "Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are overlapping for the same event type."),
    ("s3:PutBucketCors", 400, "InvalidRequest", "AllowedOrigin \"https://*.*.example.edu\" can not have more than one wildcard."),
    ("s3:PutBucketLifecycleConfiguration", 400, "InvalidRequest", "AbortIncompleteMultipartUpload cannot be specified with Tags."),
    ("s3:PutBucketLifecycleConfiguration", 400, "InvalidArgument", "'Days' in the Expiration action for prefix 'a/' must be greater than 'Days' in the Transition action"),
    ("s3:PutBucketPolicy", 403, "AccessDenied", "User: arn:aws:iam::123456789012:user/ana is not authorized to perform: s3:PutBucketPolicy on resource: \"arn:aws:s3:::b\" because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access."),
    ("s3:PutBucketPolicy", 400, "MalformedPolicy", "Invalid principal in policy"),
    ("s3:PutBucketPolicy", 400, "MalformedPolicy", "Policy has invalid resource"),
    ("s3:PutBucketPolicy", 400, "MalformedPolicy", "Action does not apply to any resource(s) in statement"),
    ("s3:DeleteObjects", 400, "MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema"),
    ("s3:GetObject", 403, "InvalidObjectState", "The operation is not valid for the object's storage class"),
    ("s3:GetObject", 403, "AllAccessDisabled", "All access to this object has been disabled"),
    ("s3:GetObject", 403, "SomeNewProhibition", "This is not allowed."),
    ("s3:ListBuckets", 403, "NotSignedUp", "Your account is not signed up for the S3 service. You must sign up before you can use S3."),
    ("s3:ListBuckets", 403, "AccessDenied", "Access Denied"),
    ("s3:PutObject", 503, "SlowDown", "Please reduce your request rate."),
    ("s3:PutObject", 400, "RequestTimeout", "Your socket connection to the server was not read from or written to within the timeout period."),
    ("s3:PutBucketObjectLockConfiguration", 409, "InvalidBucketState", "Object Lock configuration cannot be enabled on existing buckets"),
    ("s3:HeadBucket", 301, "PermanentRedirect", "The bucket you are attempting to access must be addressed using the specified endpoint."),

    ("iam:CreateRole", 400, "ValidationError", "1 validation error detected: Value at 'description' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\u0009\\u000A\\u000D\\u0020-\\u007E\\u00A1-\\u00FF]*"),
    ("iam:CreatePolicy", 400, "ValidationError", "1 validation error detected: Value at 'policyDocument' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\u0009\\u000A\\u000D\\u0020-\\u00FF]+"),
    ("iam:CreateRole", 400, "ValidationError", "1 validation error detected: Value '43201' at 'maxSessionDuration' failed to satisfy constraint: Member must have value less than or equal to 43200"),
    ("iam:TagRole", 400, "InvalidInput", "Duplicate tag keys found. Please note that Tag keys are case insensitive."),
    ("iam:CreateRole", 400, "MalformedPolicyDocument", "Invalid principal in policy: \"AWS\":\"arn:aws:iam::123456789012:role/gone\""),
    ("iam:CreateRole", 400, "MalformedPolicyDocument", "Has prohibited field Resource"),
    ("iam:CreatePolicy", 400, "MalformedPolicyDocument", "Syntax errors in policy."),
    ("iam:AttachRolePolicy", 404, "NoSuchEntity", "Policy arn:aws:iam::aws:policy/AmazonS3ReadOnly does not exist or is not attachable."),
    ("iam:AttachRolePolicy", 409, "LimitExceeded", "Cannot exceed quota for PoliciesPerRole: 10"),
    ("iam:CreateRole", 409, "LimitExceeded", "Cannot exceed quota for ACLSizePerRole: 2048"),
    ("iam:PutRolePolicy", 409, "LimitExceeded", "Maximum policy size of 10240 bytes exceeded for role lesson-role"),
    ("iam:CreatePolicy", 409, "LimitExceeded", "Cannot exceed quota for PolicySize: 6144"),
    ("iam:AddRoleToInstanceProfile", 409, "LimitExceeded", "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1"),
    ("iam:DeleteRole", 409, "DeleteConflict", "Cannot delete entity, must detach all policies first."),
    ("iam:DeleteRole", 409, "DeleteConflict", "Cannot delete entity, must remove roles from instance profile first."),
    ("iam:UpdateRole", 400, "UnmodifiableEntity", "Cannot perform the operation on the protected role 'AWSServiceRoleForSupport' - this role is only modifiable by AWS"),
    ("iam:CreateRole", 403, "AccessDenied", "User: arn:aws:iam::123456789012:user/ana is not authorized to perform: iam:CreateRole on resource: x with an explicit deny in a service control policy"),

    ("sns:CreateTopic", 400, "InvalidParameter", "Invalid parameter: Attributes Reason: Topic already exists with different attributes"),
    ("sns:CreateTopic", 400, "InvalidParameter", "Invalid parameter: Tags Reason: Topic already exists with different tags"),
    ("sns:SetTopicAttributes", 400, "InvalidParameter", "Invalid parameter: Policy Error: PrincipalNotFound"),
    ("sns:SetTopicAttributes", 400, "InvalidParameter", "Invalid parameter: Policy statement action out of service scope!"),
    ("sns:Subscribe", 400, "InvalidParameter", "Invalid parameter: FilterPolicy: Filter policy scope MessageAttributes does not support nested filter policy"),
    ("sns:Subscribe", 400, "InvalidParameter", "Invalid parameter: Invalid parameter: Endpoint Reason: Please specify a valid email"),
    ("sns:CreateTopic", 400, "InvalidParameter", "Invalid parameter: Topic Name"),
    ("sns:CreateTopic", 403, "AuthorizationError", "User: arn:aws:iam::123456789012:user/ana is not authorized to perform: SNS:CreateTopic on resource: x"),
    ("sns:TagResource", 400, "ConcurrentAccess", "Can't perform multiple operations on a tag simultaneously."),
    ("sns:Publish", 429, "Throttled", "Rate exceeded"),
    ("sns:Publish", 429, "SomethingNew", "The message was not taken."),

    ("logs:DeleteLogGroup", 400, "ValidationException", "Log group has deletion protection enabled. Disable deletion protection before deleting the log group."),
    ("logs:PutRetentionPolicy", 400, "InvalidParameterException", "1 validation error detected: Value '8' at 'retentionInDays' failed to satisfy constraint"),
    ("logs:CreateLogGroup", 400, "LimitExceededException", "Resource limit exceeded."),
    ("logs:CreateLogGroup", 400, "OperationAbortedException", "A conflicting operation is currently in progress against this resource."),
    ("logs:ListTagsForResource", 400, "UnrecognizedClientException", "The security token included in the request is invalid."),

    ("ses:CreateEmailIdentity", 400, "BadRequestException", "Invalid email address<ana@>."),
    ("ses:CreateEmailIdentity", 400, "LimitExceededException", "Maximum number of identities reached."),
    ("ses:CreateEmailIdentity", 429, "TooManyRequestsException", "Too many requests have been made to the operation."),
    ("ses:ListEmailIdentities", 403, "SubscriptionRequiredException", "The AWS Access Key Id needs a subscription for the service"),
    ("ses:SendEmail", 400, "MessageRejected", "Email address is not verified. The following identities failed the check in region US-EAST-1: ana@example.edu"),
    ("ses:ListEmailIdentities", 404, "UnknownOperationException", ""),

    ("sts:GetCallerIdentity", 403, "InvalidClientTokenId", "The security token included in the request is invalid."),
    ("sts:GetCallerIdentity", 403, "ExpiredToken", "The security token included in the request is expired"),
    ("sts:GetCallerIdentity", 403, "SignatureDoesNotMatch", "Signature expired: 20261129T120000Z is now earlier than 20261129T121500Z"),
    ("sts:GetCallerIdentity", 403, "RegionDisabledException", "STS is not activated in this region for account:123456789012."),
    ("ssm:GetParameter", 400, "ParameterNotFound", ""),
    ("ssm:GetParameter", 500, "InternalServerError", "An error occurred on the server side."),
    ("ssm:GetParameter", 503, "SomethingNew", "Not now."),
];

#[test]
fn advice_after_every_recorded_answer() {
    let body = |message: &str| match message {
        "Rate Exceeded." => r#"{"Reason":"ReservedFunctionConcurrentInvocationLimitExceeded","Type":"User"}"#,
        "Cross S3 location logging not allowed. " => {
            "<Error><TargetBucketLocation>eu-central-1</TargetBucketLocation></Error>"
        }
        "Unable to validate the following destination configurations" => {
            "<Error><ArgumentName1>arn:aws:lambda:us-east-1:123456789012:function:f</ArgumentName1><ArgumentValue1>Not \
             authorized to invoke function [arn:aws:lambda:us-east-1:123456789012:function:f]</ArgumentValue1></Error>"
        }
        _ => "",
    };
    let text = ANSWERS.iter().map(|(operation, status, code, message)| {
        let error = answered(operation, *status, code, message, body(message));
        format!("── {operation} {status} {code}\n{}\n", plan_errors::error(&error, Paint::PLAIN))
    });
    let text: String = text.collect();
    assert!(!text.contains("hunter2"));
    insta::assert_snapshot!(text);
}

/// An answer that is not known says so, and no more, whatever its status.
#[test]
fn a_status_alone_blames_no_one() {
    for status in [301, 400, 401, 402, 403, 405, 409, 410, 412, 413, 422, 429, 501] {
        for operation in ["s3:PutObject", "ec2:RunInstances", "lambda:CreateFunction", "iam:CreateRole", "sns:Publish"]
        {
            let error = answered(operation, status, "QuiteNew", "The moon is full.", "");
            assert_eq!(error.kind, ErrorKind::Unclear, "{operation} {status}");
            let advice = error.advice().unwrap_or_default();
            for word in ["administrator", "--parallelism", "in the file", "failure at AWS"] {
                assert!(!advice.contains(word), "{operation} {status}: {advice}");
            }
        }
    }
}

#[test]
fn every_meaning_is_reached_by_its_words() {
    for meaning in MEANINGS {
        let service = meaning.known.services.first().copied().unwrap_or("iam");
        let found = crate::aws::meanings::find(service, meaning.known.code, meaning.said).expect("a meaning");
        assert_eq!(found.cause, meaning.known.cause, "{} {}", meaning.known.code, meaning.said);
        let known = meaning.known;
        let named = ["AWS", "EC2", "IAM", "S3", "SES", "SNS", "Lambda"];
        for words in [known.cause, known.next] {
            let begins = words.starts_with(|c: char| c.is_lowercase() || c == '`')
                || named.iter().any(|name| words.starts_with(name));
            assert!((begins || words.is_empty()) && !words.ends_with('.') && words.len() <= 200, "{words}");
        }
    }
}

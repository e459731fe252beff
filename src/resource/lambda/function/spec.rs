//! The properties of `lambda.function`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The properties of `lambda.function`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// The language and its version, in AWS's spelling, for example `python3.13`. Not used for a function from a
    /// container image.
    #[schemars(extend("examples" = ["python3.12"]))]
    pub runtime: Option<String>,
    /// What AWS calls when the function is invoked: for Python the file and the function in it, `index.handler`.
    /// Not used for a function from a container image.
    #[schemars(extend("examples" = ["index.other"]))]
    pub handler: Option<String>,
    /// The ARN of the role with the function's permissions; Lambda (`lambda.amazonaws.com`) must be allowed to
    /// assume it.
    #[schemars(extend("examples" = ["${other_role.arn}"]))]
    pub role: String,
    /// The code: a folder, a single file, a .zip or a .jar, in the stack file's folder (`--allow-outside` allows others) and
    /// relative to it. Folders and files are packed the same way on every computer, without `__pycache__`, `*.pyc`, `.git`,
    /// `.DS_Store`, `.ipynb_checkpoints`, `*~`, `.#*`, the stack file and saved plans; less than 50 MiB, because
    /// nothing is compressed. A .zip or .jar is uploaded as it is. Unpacked, the code has less than 250 MiB.
    /// Credentials, private keys and `.env` files in any of them are refused, unless `--allow-file` names them.
    #[schemars(extend("x-local" = true, "examples" = ["other_code"]))]
    pub code: Option<String>,
    /// The SHA-256 of the packed code, in base64, as AWS shows it (CodeSha256).
    #[schemars(extend("readOnly" = true))]
    pub code_sha256: Option<String>,
    /// The code in place of `code`: a .zip in a bucket of the function's region, for packages of 50 MiB and more.
    /// AWS does not return the source of code, so a plan detects a new `key` or `version`, but not a new object under
    /// the same key. An apply needs `s3:GetObject` on it.
    #[schemars(extend("examples" = [{"bucket": "example-bucket", "key": "large.zip"}]))]
    pub code_s3: Option<CodeInS3>,
    /// The container image in place of `code`, from a private repository of Amazon ECR in the function's region. A plan
    /// detects a new tag or digest, but not a new image under the same tag. An apply needs
    /// `ecr:GetRepositoryPolicy` and `ecr:SetRepositoryPolicy` on it, unless it already allows Lambda. Changing between
    /// code and an image replaces the function.
    #[schemars(extend("examples" = ["123456789012.dkr.ecr.us-east-1.amazonaws.com/example:1"]))]
    pub image_uri: Option<String>,
    /// What is started in the container image, overriding the image's settings.
    #[schemars(extend("examples" = [{"command": ["app.handler"]}]))]
    pub image_config: Option<ImageConfig>,
    /// What the function is for, at most 256 characters.
    #[schemars(extend("x-default" = "", "examples" = ["Says hello"]))]
    pub description: Option<String>,
    /// Memory in MiB, 128 to 10240; the CPU share grows with it. AWS's default: 128.
    #[schemars(extend("x-default" = 128, "examples" = [256]))]
    pub memory_mib: Option<i32>,
    /// The time after which AWS ends an invocation, in seconds, 1 to 1800. AWS's default: 3.
    #[schemars(extend("x-default" = 3, "examples" = [30]))]
    pub timeout_seconds: Option<i32>,
    /// Environment variables, at most 4 KiB in all, measured as the JSON text `{"NAME":"value"}`.
    #[schemars(extend("x-default" = {}, "x-sensitive" = true, "examples" = [{"GREETING": "hello"}]))]
    pub environment: Option<BTreeMap<String, String>>,
    /// The processor. AWS's default: x86_64.
    #[schemars(extend("x-default" = "x86_64", "examples" = ["arm64"]))]
    pub architecture: Option<Architecture>,
    /// Layers, as the ARNs of their versions, in the order in which they are unpacked; at most five.
    #[schemars(extend("x-default" = [], "examples" = [["arn:aws:lambda:us-east-1:123456789012:layer:numpy:1"]]))]
    pub layers: Option<Vec<String>>,
    /// The size of `/tmp` in MiB, 512 to 10240. AWS's default: 512.
    #[schemars(extend("x-default" = 512, "examples" = [1024]))]
    pub ephemeral_storage_mib: Option<i32>,
    /// The private network in which the function runs. AWS's default: none. After the function is deleted, AWS takes
    /// up to 20 minutes to remove its network interfaces from the subnets.
    #[schemars(extend("examples" = [{"subnet_ids": ["subnet-0123456789abcdef0"], "security_group_ids": ["sg-0123456789abcdef0"]}]))]
    pub vpc: Option<Vpc>,
    /// Whether X-Ray traces every request, or only what the caller traces. AWS's default: PassThrough.
    #[schemars(extend("x-default" = "PassThrough", "examples" = ["Active"]))]
    pub tracing: Option<Tracing>,
    /// The ARN of the queue or topic that receives the events of failed asynchronous invocations.
    #[schemars(extend("x-default" = "", "examples" = ["${topic.arn}"]))]
    pub dead_letter_arn: Option<String>,
    /// How many invocations can run at once, reserved from the account's limit. 0 stops the function. AWS's
    /// default: as many as the account allows.
    #[schemars(extend("examples" = [2]))]
    pub reserved_concurrency: Option<i32>,
    /// A web address that invokes the function.
    #[schemars(extend("examples" = [
        {"auth": "iam"},
        {"auth": "none", "cors": {
            "allow_origins": ["https://www.example.edu"], "allow_methods": ["GET", "POST"],
            "allow_headers": ["content-type"], "expose_headers": ["date"],
            "allow_credentials": true, "max_age_seconds": 300
        }}
    ]))]
    pub function_url: Option<FunctionUrl>,
    /// Who else can use the function: other services, accounts. If set, the list is complete: others are removed.
    #[schemars(extend("x-set" = true, "x-default" = [], "examples" = [
        [{"principal": "sns.amazonaws.com", "source_arn": "${topic.arn}"}],
        [{"principal": "s3.amazonaws.com", "source_arn": "arn:aws:s3:::example-bucket", "source_account": "123456789012"},
         {"principal": "${aws.account_id}", "action": "lambda:GetFunction"}]
    ]))]
    pub permissions: Option<Vec<Permission>>,
    /// The log group that the function writes to. AWS's default: `/aws/lambda/` and the function's name. If it does not
    /// exist, it is created: at once with `log_retention_days`, otherwise when the function first runs.
    /// After a change, existing entries stay in the old group.
    #[schemars(extend("x-default" = "", "examples" = ["/lesson/functions"]))]
    pub log_group: Option<String>,
    /// For how many days AWS keeps what the function writes to its log: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365
    /// or one of the longer periods that AWS supports. AWS's default: forever. The log group that is created for it is
    /// deleted together with the function; one that AWS created when the function first ran without this is kept.
    #[schemars(extend("examples" = [7]))]
    pub log_retention_days: Option<i32>,
}

/// A package in S3 (API: FunctionCode).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CodeInS3 {
    /// The name of the bucket.
    #[schemars(required, extend("x-write-only" = true))]
    pub bucket: Option<String>,
    /// The key of the .zip in it.
    #[schemars(required, extend("x-write-only" = true))]
    pub key: Option<String>,
    /// The version of the object, in a bucket with versioning, for example `${package.version_id}`: with it, a plan
    /// detects that the object has changed.
    #[schemars(extend("x-write-only" = true))]
    pub version: Option<String>,
}

/// What is started in a container image (API: ImageConfig).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImageConfig {
    /// The parameters of the entry point: the handler, in AWS's own images.
    #[schemars(extend("x-default" = []))]
    pub command: Option<Vec<String>>,
    /// The program and its first parameters.
    #[schemars(extend("x-default" = []))]
    pub entry_point: Option<Vec<String>>,
    /// The working directory.
    #[schemars(extend("x-default" = ""))]
    pub working_directory: Option<String>,
}

/// The processor that runs a function (API: Architectures).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Architecture {
    /// Intel's and AMD's.
    #[serde(rename = "x86_64")]
    X86,
    /// ARM (AWS Graviton), which costs less.
    Arm64,
}

/// What X-Ray traces (API: TracingConfig).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub enum Tracing {
    PassThrough,
    Active,
}

/// The private network in which a function runs; both lists or none.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Vpc {
    /// The ids of the subnets, all in one VPC.
    #[schemars(extend("x-set" = true, "x-default" = []))]
    pub subnet_ids: Option<Vec<String>>,
    /// The ids of the security groups, of the same VPC.
    #[schemars(extend("x-set" = true, "x-default" = []))]
    pub security_group_ids: Option<Vec<String>>,
}

/// A function's own web address (API: CreateFunctionUrlConfig).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FunctionUrl {
    /// Who can use it: `iam` for those allowed by IAM, `none` for everyone on the internet (at your cost).
    #[schemars(required)]
    pub auth: Option<Auth>,
    /// Which web pages can use it (cross-origin resource sharing).
    pub cors: Option<Cors>,
}

/// Who may use a function's web address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Auth {
    /// Everybody.
    None,
    /// Those whom IAM allows, with signed requests.
    Iam,
}

/// Which web pages may use a function's address (API: Cors).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cors {
    /// The sites, such as `https://www.example.edu`, or `*`.
    #[schemars(extend("x-set" = true, "x-default" = []))]
    pub allow_origins: Option<Vec<String>>,
    /// The HTTP methods, or `*`.
    #[schemars(extend("x-set" = true, "x-default" = []))]
    pub allow_methods: Option<Vec<String>>,
    /// The headers that a page may send.
    #[schemars(extend("x-set" = true, "x-default" = []))]
    pub allow_headers: Option<Vec<String>>,
    /// The headers of the response that a page can read.
    #[schemars(extend("x-set" = true, "x-default" = []))]
    pub expose_headers: Option<Vec<String>>,
    /// Whether cookies and the like are sent. AWS's default: no.
    #[schemars(extend("x-default" = false))]
    pub allow_credentials: Option<bool>,
    /// For how many seconds, 0 to 86400, a browser may cache these settings. AWS's default: 0.
    #[schemars(extend("x-default" = 0))]
    pub max_age_seconds: Option<i32>,
}

/// What another principal may do with the function (API: AddPermission).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Permission {
    /// Who: a service such as `s3.amazonaws.com`, an account's number, the ARN of a user or role, or `*`.
    pub principal: String,
    /// The resource that the service acts for: the ARN of a bucket, a topic, a rule. Without it, a service can act for
    /// resources of any account.
    pub source_arn: Option<String>,
    /// The account that must own it; for buckets, because their ARNs do not include one.
    pub source_account: Option<String>,
    /// The organisation to which the caller must belong, `o-…`.
    pub principal_org_id: Option<String>,
    /// What is allowed. Left out: `lambda:InvokeFunction`.
    pub action: Option<String>,
}

//! What can be said about a function without AWS.

use std::collections::BTreeMap;

use crate::explain::Code;
use crate::resource::limits::{range, too_many};
use crate::resource::{Base, Diagnostic, is_unknown};

use super::spec::{Spec, Vpc};
use super::{arns, callers, handler, package, runtimes};

/// Names that AWS sets itself and refuses (Lambda: reserved environment variables).
const RESERVED: [&str; 21] = [
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
    "AWS_DEFAULT_REGION",
    "AWS_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_LAMBDA_MAX_CONCURRENCY",
    "AWS_LAMBDA_METADATA_API",
    "LAMBDA_TASK_ROOT",
    "LAMBDA_RUNTIME_DIR",
];

/// For how many seconds a function may run (API: Timeout, since 2026-11-19).
const LONGEST_RUN: i32 = 1800;
/// How many bytes the variables may have as JSON.
const ENVIRONMENT: usize = 4096;
/// How many subnets a function may be in (API: SubnetIds).
const SUBNETS: usize = 16;
/// How many security groups a function may have (API: SecurityGroupIds).
const GROUPS: usize = 5;

/// What CloudWatch Logs allows (API: PutRetentionPolicy).
const RETENTION_DAYS: [i32; 22] =
    [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

/// Everything that is wrong with the function `name`.
pub fn check(name: &str, spec: &Spec, base: &Base) -> Vec<Diagnostic> {
    let mut diagnostics: Vec<Diagnostic> = Vec::new();
    diagnostics.extend(function_name(name));
    diagnostics.extend(package::diagnostics(spec));
    diagnostics.extend(spec.runtime.as_deref().and_then(|runtime| runtimes::diagnostic(runtime, &runtimes::today())));
    diagnostics.extend(handler::diagnostics(spec, base));
    diagnostics.extend(arns::diagnostics(spec));
    diagnostics.extend(spec.memory_mib.and_then(|n| range("memory_mib", n, 128, 10240, "MiB")));
    diagnostics.extend(spec.timeout_seconds.and_then(|n| range("timeout_seconds", n, 1, LONGEST_RUN, "seconds")));
    diagnostics.extend(spec.ephemeral_storage_mib.and_then(|n| range("ephemeral_storage_mib", n, 512, 10240, "MiB")));
    diagnostics.extend(spec.reserved_concurrency.filter(|n| *n < 0).map(|n| {
        Diagnostic::new(
            Code::OutOfRange,
            "reserved_concurrency",
            format!("{n} is out of range: it must be 0 or greater"),
        )
        .help("0 stops the function; remove it for no limit")
    }));
    diagnostics.extend(spec.log_retention_days.filter(|n| !RETENTION_DAYS.contains(n)).map(retention));
    let description = spec.description.iter().filter(|text| text.chars().count() > 256);
    diagnostics.extend(description.map(|_| {
        Diagnostic::new(Code::TooLong, "description", "a description has at most 256 characters").help("shorten it")
    }));
    diagnostics.extend(spec.log_group.as_deref().and_then(log_group));
    diagnostics.extend(environment(spec));
    diagnostics.extend(spec.vpc.iter().flat_map(vpc));
    diagnostics.extend(spec.function_url.iter().flat_map(callers::function_url));
    let permissions = spec.permissions.iter().flatten().enumerate();
    diagnostics.extend(permissions.flat_map(|(n, permission)| callers::permission(n, permission)));
    diagnostics
}

fn function_name(name: &str) -> Option<Diagnostic> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let fits = is_unknown(name) || (1..=64).contains(&name.len()) && name.chars().all(allowed);
    (!fits).then(|| {
        Diagnostic::new(Code::AwsName, "name", format!("`{name}` is not a function name"))
            .help("use 1 to 64 letters, digits, hyphens and underscores")
    })
}

fn retention(days: i32) -> Diagnostic {
    let nearest = RETENTION_DAYS.iter().min_by_key(|allowed| (i64::from(**allowed) - i64::from(days)).abs());
    let diagnostic = Diagnostic::new(
        Code::NotAChoice,
        "log_retention_days",
        format!("{days} days is not a retention period that AWS supports"),
    );
    let allowed = RETENTION_DAYS.map(|days| days.to_string()).join(", ");
    diagnostic.help(format!("did you mean {}? The allowed values are {allowed}", nearest.unwrap_or(&14)))
}

/// API: LogGroup.
fn log_group(group: &str) -> Option<Diagnostic> {
    let fits = |c: char| c.is_ascii_alphanumeric() || ".-_/#".contains(c);
    let is_name = group.len() <= 512 && group.chars().all(fits) && !group.is_empty();
    (!is_unknown(group) && !is_name).then(|| {
        Diagnostic::new(Code::AwsName, "log_group", format!("`{group}` is not the name of a log group"))
            .help("use 1 to 512 letters, digits and the characters . - _ / #, for example `/lesson/functions`")
    })
}

fn environment(spec: &Spec) -> Vec<Diagnostic> {
    let variables = spec.environment.iter().flatten();
    let mut diagnostics = Vec::new();
    for (name, _) in variables.clone() {
        let path = format!("environment.{name}");
        let starts = name.starts_with(|c: char| c.is_ascii_alphabetic());
        if RESERVED.contains(&name.as_str()) {
            diagnostics.push(
                Diagnostic::new(Code::EnvironmentName, path, format!("AWS sets `{name}` itself"))
                    .of_key()
                    .help("choose another name"),
            );
        } else if !starts || name.len() < 2 || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            diagnostics.push(
                Diagnostic::new(
                    Code::EnvironmentName,
                    path,
                    format!("`{name}` is not the name of an environment variable"),
                )
                .of_key()
                .help(format!("for example `{}`", variable_name(name))),
            );
        }
    }
    let size = environment_size(spec);
    if size > ENVIRONMENT {
        let message = format!("the variables take {size} bytes as JSON; AWS allows {ENVIRONMENT}");
        let hint = "each variable takes six bytes in addition to its name and value; move large values to a file in \
                    the code, or into a parameter of AWS Systems Manager that the function reads";
        diagnostics.push(Diagnostic::new(Code::TooLong, "environment", message).help(hint));
    }
    diagnostics
}

/// What AWS measures: the variables as JSON, `{"NAME":"value"}`. What is not known yet counts as empty.
fn environment_size(spec: &Spec) -> usize {
    let known = |value: &String| if is_unknown(value) { String::new() } else { value.clone() };
    let variables: BTreeMap<_, _> =
        spec.environment.iter().flatten().map(|(name, value)| (name, known(value))).collect();
    if variables.is_empty() { 0 } else { serde_json::to_string(&variables).map_or(0, |text| text.len()) }
}

/// The name of an environment variable that is most like `name`.
fn variable_name(name: &str) -> String {
    let plain: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let plain = plain.trim_start_matches(|c: char| !c.is_ascii_alphabetic());
    if plain.len() < 2 { "MAX_GUESSES".to_owned() } else { plain.to_owned() }
}

fn vpc(vpc: &Vpc) -> Vec<Diagnostic> {
    let ids = |list: &Option<Vec<String>>| list.clone().unwrap_or_default();
    let (subnets, groups) = (ids(&vpc.subnet_ids), ids(&vpc.security_group_ids));
    let mut diagnostics = Vec::new();
    if subnets.is_empty() != groups.is_empty() {
        diagnostics.push(
            Diagnostic::new(Code::Incomplete, "vpc", "a function in a VPC needs both subnets and security groups")
                .help("set `subnet_ids` and `security_group_ids`, or remove `vpc`"),
        );
    }
    for (property, ids, prefix, most) in
        [("subnet_ids", subnets, "subnet-", SUBNETS), ("security_group_ids", groups, "sg-", GROUPS)]
    {
        let path = format!("vpc.{property}");
        diagnostics.extend(too_many(&path, ids.len(), most));
        let fits = |id: &str| {
            let rest = id.strip_prefix(prefix).unwrap_or_default();
            is_unknown(id) || !rest.is_empty() && rest.chars().all(|c| c.is_ascii_alphanumeric())
        };
        diagnostics.extend(ids.iter().enumerate().filter(|(_, id)| !fits(id)).map(|(n, id)| {
            let message = format!("`{id}` is not an id that begins with `{prefix}`");
            Diagnostic::new(Code::AwsId, format!("{path}.{n}"), message)
                .help(format!("for example `{prefix}0123456789abcdef0`"))
        }));
    }
    diagnostics
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn spec() -> Spec {
        Spec {
            runtime: Some("python3.13".into()),
            handler: Some("index.handler".into()),
            role: "arn:aws:iam::123456789012:role/cloud101-role".into(),
            code: Some("code".into()),
            ..Spec::default()
        }
    }

    fn base() -> tempfile::TempDir {
        let base = tempfile::tempdir().expect("a temporary folder");
        fs::create_dir(base.path().join("code")).expect("a folder");
        fs::write(base.path().join("code/index.py"), "").expect("a file");
        base
    }

    #[test]
    fn a_plain_function_is_fine() {
        assert_eq!(check("cloud101", &spec(), &base().path().into()), []);
    }

    #[test]
    fn everything_wrong_is_said_at_once() {
        let bad = Spec {
            runtime: Some("python313".into()),
            handler: Some("main.handler".into()),
            role: "lambda-role".into(),
            memory_mib: Some(64),
            timeout_seconds: Some(1801),
            log_retention_days: Some(10),
            environment: Some([("AWS_REGION".to_owned(), "x".repeat(4096))].into()),
            vpc: Some(Vpc { subnet_ids: Some(vec!["subnet-1".into()]), security_group_ids: None }),
            ..spec()
        };
        let diagnostics = check("my function", &bad, &base().path().into());
        let paths: Vec<_> = diagnostics.iter().map(Diagnostic::path).collect();
        let expected = ["name", "runtime", "handler", "role", "memory_mib", "timeout_seconds", "log_retention_days"];
        assert_eq!(paths[..7], expected);
        assert_eq!(paths[7..], ["environment.AWS_REGION", "environment", "vpc"]);
        assert_eq!(diagnostics[1].help.as_deref(), Some("did you mean `python3.13`?"));
        assert_eq!(diagnostics[2].message, "the handler is `main.handler`, but `code` has no `main.py`");
        assert_eq!(diagnostics[2].help.as_deref(), Some("did you mean `index.handler`?"));
    }

    #[test]
    fn a_function_may_run_for_half_an_hour() {
        let timeouts = |seconds| {
            let spec = Spec { timeout_seconds: Some(seconds), ..spec() };
            check("cloud101", &spec, &base().path().into()).len()
        };
        assert_eq!([1, 901, 1800].map(timeouts), [0, 0, 0]);
        assert_eq!([0, 1801].map(timeouts), [1, 1]);
    }

    /// The figures of recorded answers: one variable of 4089 bytes is taken, and not one of 4090.
    #[test]
    fn the_environment_is_measured_as_json() {
        let said = |variables: &[(&str, usize)]| {
            let variables = variables.iter().map(|(name, size)| ((*name).to_owned(), "x".repeat(*size)));
            let spec = Spec { environment: Some(variables.collect()), ..spec() };
            environment(&spec).into_iter().map(|diagnostic| diagnostic.message).next()
        };
        assert_eq!(said(&[("LARGE_VAR", 4080)]), None);
        assert!(said(&[("LARGE_VAR", 4081)]).is_some_and(|said| said.contains("take 4097 bytes")));
        assert_eq!(said(&[("LARGE_VAR", 4063), ("SMALL_VAR", 2)]), None);
        assert!(said(&[("LARGE_VAR", 4064), ("SMALL_VAR", 2)]).is_some());
        let fifty: Vec<_> = (0..50).map(|n| format!("KEY_{n:03}")).collect();
        let fifty: Vec<_> = fifty.iter().map(|name| (name.as_str(), 70)).collect();
        assert!(said(&fifty).is_some_and(|said| said.contains("take 4151 bytes")));
    }

    #[test]
    fn a_vpc_has_ids_and_not_too_many() {
        let said = |subnets: Vec<String>, groups: Vec<String>| {
            let vpc = Vpc { subnet_ids: Some(subnets), security_group_ids: Some(groups) };
            super::vpc(&vpc).into_iter().map(|diagnostic| diagnostic.path().to_owned()).collect::<Vec<_>>()
        };
        let ids = |prefix: &str, count: usize| (0..count).map(|n| format!("{prefix}{n}a")).collect::<Vec<_>>();
        assert_eq!(said(ids("subnet-", 16), ids("sg-", 5)), [""; 0]);
        assert_eq!(said(ids("subnet-", 17), ids("sg-", 6)), ["vpc.subnet_ids", "vpc.security_group_ids"]);
        assert_eq!(
            said(vec!["subnet-XYZ!".into()], vec!["web".into()]),
            ["vpc.subnet_ids.0", "vpc.security_group_ids.0"]
        );
    }
}

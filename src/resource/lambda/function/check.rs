//! What can be said about a function without AWS.

use crate::explain::Code;
use crate::resource::{Base, Finding, is_unknown};

use super::code;
use super::spec::{FunctionUrl, Permission, Spec, Vpc};

/// Lambda's current runtimes (Lambda runtimes); for hints only, since new ones appear every year.
const RUNTIMES: [&str; 20] = [
    "python3.14",
    "python3.13",
    "python3.12",
    "python3.11",
    "python3.10",
    "nodejs24.x",
    "nodejs22.x",
    "nodejs20.x",
    "java25",
    "java21",
    "java17",
    "java11",
    "java8.al2",
    "dotnet10",
    "dotnet9",
    "dotnet8",
    "ruby3.4",
    "ruby3.3",
    "provided.al2023",
    "provided.al2",
];

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

/// What CloudWatch Logs allows (API: PutRetentionPolicy).
const RETENTION_DAYS: [i32; 22] =
    [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

/// Everything that is wrong with the function `name`.
pub fn check(name: &str, spec: &Spec, base: &Base) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    findings.extend(function_name(name));
    findings.extend(runtime(&spec.runtime));
    findings.extend(code_and_handler(spec, base));
    findings.extend(arns(spec));
    findings.extend(spec.memory_mib.and_then(|n| range("memory_mib", n, 128, 10240, "MiB")));
    findings.extend(spec.timeout_seconds.and_then(|n| range("timeout_seconds", n, 1, 900, "seconds")));
    findings.extend(spec.ephemeral_storage_mib.and_then(|n| range("ephemeral_storage_mib", n, 512, 10240, "MiB")));
    findings.extend(spec.reserved_concurrency.filter(|n| *n < 0).map(|n| {
        Finding::new(Code::OutOfRange, "reserved_concurrency", format!("{n} is less than nothing"))
            .hint("0 stops the function; leave it out for no limit")
    }));
    findings.extend(spec.log_retention_days.filter(|n| !RETENTION_DAYS.contains(n)).map(retention));
    let description = spec.description.iter().filter(|text| text.chars().count() > 256);
    findings.extend(description.map(|_| {
        Finding::new(Code::TooLong, "description", "a description has at most 256 characters").hint("shorten it")
    }));
    findings.extend(environment(spec));
    findings.extend(spec.vpc.as_ref().and_then(vpc));
    findings.extend(spec.function_url.as_ref().into_iter().flat_map(function_url));
    let permissions = spec.permissions.iter().flatten().enumerate();
    findings.extend(permissions.filter_map(|(n, permission)| principal(n, permission)));
    findings
}

fn function_name(name: &str) -> Option<Finding> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let fits = is_unknown(name) || (1..=64).contains(&name.len()) && name.chars().all(allowed);
    (!fits).then(|| {
        Finding::new(Code::AwsName, "name", format!("`{name}` is not a function name"))
            .hint("use 1 to 64 letters, digits, hyphens and underscores")
    })
}

fn runtime(runtime: &str) -> Option<Finding> {
    if is_unknown(runtime) || RUNTIMES.contains(&runtime) || looks_like_a_runtime(runtime) {
        return None;
    }
    // Of those that are as near, the last: the newest version.
    let likeness = |known: &&&str| (strsim::jaro_winkler(&runtime.to_lowercase(), known) * 1000.0) as u32;
    let nearest = RUNTIMES.iter().rev().max_by_key(likeness).filter(|known| likeness(known) > 750)?;
    Some(
        Finding::new(Code::Runtime, "runtime", format!("`{runtime}` is not a runtime of Lambda"))
            .hint(format!("did you mean `{nearest}`?")),
    )
}

/// Whether it is of a known family and its version has that family's form: it may be newer than this program.
fn looks_like_a_runtime(runtime: &str) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    let family_end = runtime.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(runtime.len());
    let (family, version) = runtime.split_at(family_end);
    let (first, second) = version.split_once('.').unwrap_or((version, ""));
    match family {
        "python" | "ruby" => is_number(first) && is_number(second),
        "nodejs" => is_number(first) && second == "x",
        "java" | "dotnet" => is_number(first),
        "provided" => first.is_empty() && !second.is_empty(),
        _ => false,
    }
}

fn code_and_handler(spec: &Spec, base: &Base) -> Option<Finding> {
    let code = spec.code.as_ref().filter(|code| !is_unknown(code))?;
    let names = match code::names(code, base) {
        Ok(names) => names,
        Err(finding) => return Some(finding),
    };
    let handler = &spec.handler;
    // A layer may bring the module.
    let has_layers = spec.layers.as_ref().is_some_and(|layers| !layers.is_empty());
    if !spec.runtime.starts_with("python") || is_unknown(handler) || has_layers {
        return None;
    }
    let Some((module, function)) = handler.rsplit_once('.').filter(|(m, f)| !m.is_empty() && !f.is_empty()) else {
        return Some(
            Finding::new(Code::Handler, "handler", format!("`{handler}` does not say which function in which file"))
                .hint("`index.handler` is the function `handler` in the file `index.py`"),
        );
    };
    let stem = module.replace('.', "/");
    let brings = |name: &String| {
        let rest = name.strip_prefix(&stem).unwrap_or_default();
        rest == ".py" || rest == "/__init__.py" || rest.starts_with('.') && rest.ends_with(".so")
    };
    if names.iter().any(brings) {
        return None;
    }
    let finding =
        Finding::new(Code::Handler, "handler", format!("the handler is `{handler}`, but `{code}` has no `{stem}.py`"));
    let top = names.iter().filter_map(|name| name.strip_suffix(".py")).find(|name| !name.contains('/'));
    Some(match top {
        Some(file) => finding.hint(format!("did you mean `{file}.{function}`?")),
        None => finding.hint(format!("the file has to be at the top of `{code}`")),
    })
}

fn arns(spec: &Spec) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !is_arn(&spec.role, "iam", "role/") {
        findings.push(
            Finding::new(Code::Arn, "role", format!("`{}` is not the ARN of a role", spec.role))
                .hint("refer to a role of this stack, as in `${role.arn}`"),
        );
    }
    for (n, layer) in spec.layers.iter().flatten().enumerate() {
        let version = layer.rsplit(':').next().unwrap_or_default();
        let numbered = !version.is_empty() && version.chars().all(|c| c.is_ascii_digit());
        if !is_unknown(layer) && (!is_arn(layer, "lambda", "layer:") || !numbered) {
            findings.push(
                Finding::new(
                    Code::Arn,
                    format!("layers.{n}"),
                    format!("`{layer}` is not the ARN of a layer's version"),
                )
                .hint("for example `arn:aws:lambda:us-east-1:123456789012:layer:numpy:1`, with the version's number"),
            );
        }
    }
    if spec.layers.as_ref().is_some_and(|layers| layers.len() > 5) {
        findings.push(Finding::new(Code::TooLong, "layers", "a function has at most five layers"));
    }
    if let Some(arn) = spec.dead_letter_arn.as_ref().filter(|arn| !arn.is_empty())
        && !is_arn(arn, "sqs", "")
        && !is_arn(arn, "sns", "")
    {
        findings.push(
            Finding::new(
                Code::Arn,
                "dead_letter_arn",
                format!("`{arn}` is not the ARN of an SQS queue or an SNS topic"),
            )
            .hint("refer to a topic of this stack, as in `${topic.arn}`"),
        );
    }
    findings
}

/// `arn:partition:service:region:account:resource`
fn is_arn(text: &str, service: &str, resource: &str) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    is_unknown(text)
        || matches!(parts.as_slice(), ["arn", _, of, _, _, rest] if *of == service && rest.starts_with(resource) && rest.len() > resource.len())
}

fn range(property: &str, value: i32, low: i32, high: i32, unit: &str) -> Option<Finding> {
    (!(low..=high).contains(&value)).then(|| {
        Finding::new(Code::OutOfRange, property, format!("{value} is out of range: AWS allows {low} to {high} {unit}"))
            .hint(format!("write a number from {low} to {high}"))
    })
}

fn retention(days: i32) -> Finding {
    let nearest = RETENTION_DAYS.iter().min_by_key(|allowed| (i64::from(**allowed) - i64::from(days)).abs());
    let finding =
        Finding::new(Code::NotAChoice, "log_retention_days", format!("AWS does not keep logs for {days} days"));
    let allowed = RETENTION_DAYS.map(|days| days.to_string()).join(", ");
    finding.hint(format!("did you mean {}? Allowed are {allowed}", nearest.unwrap_or(&14)))
}

fn environment(spec: &Spec) -> Vec<Finding> {
    let variables = spec.environment.iter().flatten();
    let mut findings = Vec::new();
    for (name, _) in variables.clone() {
        let path = format!("environment.{name}");
        let starts = name.starts_with(|c: char| c.is_ascii_alphabetic());
        if RESERVED.contains(&name.as_str()) {
            findings.push(
                Finding::new(Code::EnvironmentName, path, format!("AWS sets `{name}` itself"))
                    .of_key()
                    .hint("choose another name"),
            );
        } else if !starts || name.len() < 2 || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            findings.push(
                Finding::new(
                    Code::EnvironmentName,
                    path,
                    format!("`{name}` is not the name of an environment variable"),
                )
                .of_key()
                .hint(format!("for example `{}`", variable_name(name))),
            );
        }
    }
    let size: usize = variables.map(|(name, value)| name.len() + value.len()).sum();
    if size > 4096 {
        findings.push(
            Finding::new(Code::TooLong, "environment", format!("the variables take {size} bytes; AWS allows 4096"))
                .hint("put large values into a file beside the code"),
        );
    }
    findings
}

/// The name of an environment variable that is most like `name`.
fn variable_name(name: &str) -> String {
    let plain: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let plain = plain.trim_start_matches(|c: char| !c.is_ascii_alphabetic());
    if plain.len() < 2 { "MAX_GUESSES".to_owned() } else { plain.to_owned() }
}

fn vpc(vpc: &Vpc) -> Option<Finding> {
    let is_empty = |list: &Option<Vec<String>>| list.as_ref().is_none_or(Vec::is_empty);
    (is_empty(&vpc.subnet_ids) != is_empty(&vpc.security_group_ids)).then(|| {
        Finding::new(Code::Incomplete, "vpc", "a function in a VPC needs both subnets and security groups")
            .hint("give `subnet_ids` and `security_group_ids`, or leave out `vpc`")
    })
}

fn function_url(url: &FunctionUrl) -> Vec<Finding> {
    let mut findings = Vec::new();
    let cors = url.cors.clone().unwrap_or_default();
    for (n, origin) in cors.allow_origins.iter().flatten().enumerate() {
        if !is_unknown(origin) && origin != "*" && !origin.contains("://") {
            findings.push(
                Finding::new(
                    Code::Site,
                    format!("function_url.cors.allow_origins.{n}"),
                    format!("`{origin}` is not a site"),
                )
                .hint(format!("did you mean `https://{origin}`?")),
            );
        }
    }
    findings
        .extend(cors.max_age_seconds.and_then(|n| range("function_url.cors.max_age_seconds", n, 0, 86400, "seconds")));
    findings
}

fn principal(n: usize, permission: &Permission) -> Option<Finding> {
    let principal = &permission.principal;
    let is_account = principal.len() == 12 && principal.chars().all(|c| c.is_ascii_digit());
    let fits = is_unknown(principal)
        || principal == "*"
        || is_account
        || principal.contains('.')
        || is_arn(principal, "iam", "");
    (!fits).then(|| {
        Finding::new(
            Code::Caller,
            format!("permissions.{n}.principal"),
            format!("`{principal}` is nobody that AWS knows"),
        )
        .hint(match principal.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()) {
            true => format!("did you mean `{principal}.amazonaws.com`?"),
            false => {
                "write a service such as `s3.amazonaws.com`, an account's twelve digits in quotes, or the ARN of a \
                      user or role"
                    .to_owned()
            }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn spec() -> Spec {
        Spec {
            runtime: "python3.13".into(),
            handler: "index.handler".into(),
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
            runtime: "python313".into(),
            handler: "main.handler".into(),
            role: "lambda-role".into(),
            memory_mib: Some(64),
            timeout_seconds: Some(901),
            log_retention_days: Some(10),
            environment: Some([("AWS_REGION".to_owned(), "x".repeat(4096))].into()),
            vpc: Some(Vpc { subnet_ids: Some(vec!["subnet-1".into()]), security_group_ids: None }),
            ..spec()
        };
        let findings = check("my function", &bad, &base().path().into());
        let paths: Vec<_> = findings.iter().map(|finding| finding.path.as_str()).collect();
        let expected = ["name", "runtime", "handler", "role", "memory_mib", "timeout_seconds", "log_retention_days"];
        assert_eq!(paths[..7], expected);
        assert_eq!(paths[7..], ["environment.AWS_REGION", "environment", "vpc"]);
        assert_eq!(findings[1].hint.as_deref(), Some("did you mean `python3.13`?"));
        assert_eq!(findings[2].message, "the handler is `main.handler`, but `code` has no `main.py`");
        assert_eq!(findings[2].hint.as_deref(), Some("did you mean `index.handler`?"));
    }

    #[test]
    fn a_runtime_newer_than_this_program_is_let_through() {
        for new in ["python3.19", "nodejs30.x", "java29", "java21.al2023", "dotnet12", "provided.al2026"] {
            assert_eq!(runtime(new), None, "{new}");
        }
        for wrong in ["python", "Python3.13", "nodejs22", "node20.x", "ruby3"] {
            assert!(runtime(wrong).is_some(), "{wrong}");
        }
    }
}

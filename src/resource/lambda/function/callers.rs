//! Who may call a function: what can be said of `permissions` and `function_url` without AWS.

use crate::explain::Code;
use crate::model::arn::is_account;
use crate::resource::limits::{range, too_many};
use crate::resource::{Diagnostic, is_unknown};

use super::arns;
use super::spec::{Cors, FunctionUrl, Permission};

/// The methods that a web page may use (API: AllowMethodsList; the words: CloudFormation, AWS::Lambda::Url Cors).
const METHODS: [&str; 7] = ["GET", "PUT", "HEAD", "POST", "PATCH", "DELETE", "*"];
/// The services that call functions, and that of the ARN on behalf of which each calls.
const SOURCES: [(&str, &str); 9] = [
    ("s3.amazonaws.com", "s3"),
    ("sns.amazonaws.com", "sns"),
    ("events.amazonaws.com", "events"),
    ("scheduler.amazonaws.com", "scheduler"),
    ("logs.amazonaws.com", "logs"),
    ("ses.amazonaws.com", "ses"),
    ("apigateway.amazonaws.com", "execute-api"),
    ("cognito-idp.amazonaws.com", "cognito-idp"),
    ("elasticloadbalancing.amazonaws.com", "elasticloadbalancing"),
];
/// How many origins or headers there may be (API: AllowOriginsList, HeadersList).
const LIST: usize = 100;
/// How long an origin may be (API: Origin).
const ORIGIN: usize = 253;
/// How long the name of a header may be (API: Header).
const HEADER: usize = 1024;

/// What is wrong with a function's web address.
pub fn function_url(url: &FunctionUrl) -> Vec<Diagnostic> {
    let cors = url.cors.clone().unwrap_or_default();
    let path = |property: &str| format!("function_url.cors.{property}");
    let mut diagnostics = origins(&cors, &path("allow_origins"));
    diagnostics.extend(methods(&cors, &path("allow_methods")));
    diagnostics.extend(headers(cors.allow_headers.as_deref(), &path("allow_headers")));
    diagnostics.extend(headers(cors.expose_headers.as_deref(), &path("expose_headers")));
    diagnostics.extend(credentials(&cors));
    diagnostics.extend(cors.max_age_seconds.and_then(|n| range(&path("max_age_seconds"), n, 0, 86400, "seconds")));
    diagnostics
}

/// Browsers show a page nothing of an answer that lets every site send cookies.
fn credentials(cors: &Cors) -> Option<Diagnostic> {
    let is_any = |list: &Option<Vec<String>>| list.iter().flatten().any(|one| one == "*");
    (cors.allow_credentials == Some(true) && is_any(&cors.allow_origins)).then(|| {
        let message = "browsers do not send cookies when every site (`*`) is allowed";
        Diagnostic::new(Code::Conflicting, "function_url.cors.allow_credentials", message)
            .help("name the sites in `allow_origins`, or remove `allow_credentials`")
            .warning()
    })
}

fn origins(cors: &Cors, path: &str) -> Vec<Diagnostic> {
    let origins = cors.allow_origins.as_deref().unwrap_or_default();
    let mut diagnostics: Vec<Diagnostic> = too_many(path, origins.len(), LIST).into_iter().collect();
    let known = origins.iter().enumerate().filter(|(_, origin)| !is_unknown(origin));
    diagnostics.extend(known.filter_map(|(n, origin)| {
        let path = format!("{path}.{n}");
        if origin != "*" && !origin.contains("://") {
            let diagnostic = Diagnostic::new(Code::Site, path, format!("`{origin}` is not a site"));
            return Some(diagnostic.help(format!("did you mean `https://{origin}`?")));
        }
        (origin.len() > ORIGIN).then(|| {
            let message = format!("a site can have at most {ORIGIN} characters, not {}", origin.len());
            Diagnostic::new(Code::TooLong, path, message)
                .help("write only the scheme and the host: `https://www.example.edu`")
        })
    }));
    diagnostics
}

fn methods(cors: &Cors, path: &str) -> Vec<Diagnostic> {
    let methods = cors.allow_methods.as_deref().unwrap_or_default();
    let mut diagnostics: Vec<Diagnostic> = too_many(path, methods.len(), METHODS.len() - 1).into_iter().collect();
    let known = |method: &str| METHODS.iter().any(|known| method.eq_ignore_ascii_case(known));
    let wrong = methods.iter().enumerate().filter(|(_, method)| !is_unknown(method) && !known(method));
    diagnostics.extend(wrong.map(|(n, method)| {
        let hint = match method.eq_ignore_ascii_case("OPTIONS") {
            true => "remove it: browsers send OPTIONS by themselves, and Lambda answers".to_owned(),
            false => format!("choose from {}", METHODS.join(", ")),
        };
        let message = format!("`{method}` is not a method that a function URL can allow");
        Diagnostic::new(Code::NotAChoice, format!("{path}.{n}"), message).help(hint)
    }));
    diagnostics
}

fn headers(headers: Option<&[String]>, path: &str) -> Vec<Diagnostic> {
    let headers = headers.unwrap_or_default();
    let mut diagnostics: Vec<Diagnostic> = too_many(path, headers.len(), LIST).into_iter().collect();
    let long = headers.iter().enumerate().filter(|(_, header)| !is_unknown(header) && header.len() > HEADER);
    diagnostics.extend(long.map(|(n, _)| {
        let message = format!("the name of a header has at most {HEADER} characters");
        Diagnostic::new(Code::TooLong, format!("{path}.{n}"), message).help("shorten it")
    }));
    diagnostics
}

/// What is wrong with the permission at place `n`.
pub fn permission(n: usize, permission: &Permission) -> Vec<Diagnostic> {
    let path = |property: &str| format!("permissions.{n}.{property}");
    let given = |text: &'_ Option<String>| text.clone().filter(|text| !text.is_empty() && !is_unknown(text));
    let mut diagnostics: Vec<Diagnostic> = principal(&permission.principal, path("principal")).into_iter().collect();
    if let Some(arn) = given(&permission.source_arn).filter(|arn| !arns::is_any(arn)) {
        diagnostics.push(
            Diagnostic::new(Code::Arn, path("source_arn"), format!("`{arn}` is not an ARN"))
                .help("refer to the caller of the function, as in `${bucket.arn}`, or write `arn:aws:s3:::NAME`"),
        );
    }
    diagnostics.extend(source(permission, &path("source_arn")));
    if let Some(account) = given(&permission.source_account).filter(|account| !is_account(account)) {
        diagnostics.push(
            Diagnostic::new(Code::Account, path("source_account"), format!("`{account}` is not an account id"))
                .help("write its twelve digits in quotes, or `${aws.account_id}`"),
        );
    }
    if let Some(id) = given(&permission.principal_org_id).filter(|id| !is_organisation(id)) {
        diagnostics.push(
            Diagnostic::new(Code::AwsId, path("principal_org_id"), format!("`{id}` is not the id of an organisation"))
                .help(
                    "it must begin with `o-`, for example `o-a1b2c3d4e5`; `aws organizations describe-organization` \
                    shows it",
                ),
        );
    }
    if let Some(action) = given(&permission.action).filter(|action| !is_action(action)) {
        diagnostics.push(
            Diagnostic::new(Code::PolicyAction, path("action"), format!("`{action}` is not an action of Lambda"))
                .help("for example `lambda:InvokeFunction`, which is also the default"),
        );
    }
    diagnostics
}

/// What a service calls on behalf of, where that is of another service, or may be anybody's (cfn-lint W3663, W3664).
fn source(permission: &Permission, path: &str) -> Option<Diagnostic> {
    let (_, expected) = SOURCES.iter().find(|(principal, _)| *principal == permission.principal)?;
    let arn = permission.source_arn.as_deref().filter(|arn| !is_unknown(arn))?;
    let service = arns::service(arn)?;
    let warning =
        |message: String, hint: String| Some(Diagnostic::new(Code::Caller, path, message).help(hint).warning());
    if service != *expected {
        return warning(
            format!("`{}` never calls on behalf of resources of `{service}`", permission.principal),
            format!("write `principal: {service}.amazonaws.com`, or the ARN of a resource of `{expected}`"),
        );
    }
    let has_account = permission.source_account.as_ref().is_some_and(|account| !account.is_empty());
    if service == "s3" && !has_account {
        return warning(
            "a bucket's ARN does not include an account: another account's bucket with this name could also call the \
                function"
                .into(),
            "add `source_account: ${aws.account_id}`".into(),
        );
    }
    None
}

/// `o-` and 10 to 32 lowercase letters and digits (API: PrincipalOrgID).
fn is_organisation(id: &str) -> bool {
    let rest = id.strip_prefix("o-").unwrap_or_default();
    (10..=32).contains(&rest.len()) && rest.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
}

/// `lambda:` and letters, or `*` for any (API: AddPermission, Action).
fn is_action(action: &str) -> bool {
    let rest = action.strip_prefix("lambda:").unwrap_or_default();
    action == "*" || rest == "*" || !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_alphabetic())
}

fn principal(principal: &str, path: String) -> Option<Diagnostic> {
    let is_service = principal.contains('.') && !principal.contains(char::is_whitespace);
    let fits = is_unknown(principal)
        || principal == "*"
        || is_account(principal)
        || if principal.starts_with("arn:") { arns::is_of_iam(principal) } else { is_service };
    (!fits).then(|| {
        let is_word = principal.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
        Diagnostic::new(Code::Caller, path, format!("`{principal}` is not a valid principal")).help(match is_word {
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
    use serde_json::{Value, json};

    /// The paths of what is wrong with a permission.
    fn wrong(more: Value) -> Vec<String> {
        let mut spec = json!({ "principal": "s3.amazonaws.com" });
        spec.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        let one: Permission = serde_json::from_value(spec).expect("a permission");
        permission(0, &one).into_iter().map(|diagnostic| diagnostic.path().to_owned()).collect()
    }

    #[test]
    fn a_permission_names_accounts_arns_and_actions_as_aws_does() {
        for right in [
            json!({ "source_account": "123456789012", "source_arn": "arn:aws:s3:::lesson" }),
            json!({ "principal": "arn:aws:iam::123456789012:role/lesson", "action": "lambda:GetFunction" }),
            json!({ "principal": "*", "principal_org_id": "o-a1b2c3d4e5", "action": "lambda:*" }),
        ] {
            assert_eq!(wrong(right.clone()), [""; 0], "{right}");
        }
        for (property, value) in [
            ("source_account", "12345678901"),
            ("source_arn", "my-bucket"),
            ("source_arn", "arn:aws:sns:us-east-1:1234:topic"),
            ("principal_org_id", "o-abc"),
            ("principal_org_id", "r-a1b2c3d4e5"),
            ("action", "InvokeFunction"),
            ("action", "s3:GetObject"),
            ("action", "lambda:Invoke*"),
            ("principal", "s3"),
            ("principal", "s3.amazonaws.com "),
            ("principal", "arn:aws:iam::123:role/lesson"),
        ] {
            assert_eq!(wrong(json!({ property: value })), [format!("permissions.0.{property}")], "{value}");
        }
    }

    #[test]
    fn a_service_calls_on_behalf_of_its_own_things() {
        let said = |principal: &str, arn: &str, account: Option<&str>| {
            let one = json!({ "principal": principal, "source_arn": arn, "source_account": account });
            let found = permission(0, &serde_json::from_value(one).expect("a permission"));
            assert!(found.iter().all(|diagnostic| !diagnostic.is_error()), "{found:?}");
            found.into_iter().filter_map(|diagnostic| diagnostic.help).collect::<Vec<_>>().join(" ")
        };
        let (bucket, topic) = ("arn:aws:s3:::lesson", "arn:aws:sns:us-east-1:123456789012:lesson");
        assert_eq!(said("s3.amazonaws.com", bucket, Some("123456789012")), "");
        assert_eq!(said("sns.amazonaws.com", topic, None), "");
        assert_eq!(said("s3.amazonaws.com", bucket, None), "add `source_account: ${aws.account_id}`");
        assert!(said("s3.amazonaws.com", topic, None).contains("`principal: sns.amazonaws.com`"));
        assert!(said("sns.amazonaws.com", bucket, None).contains("`principal: s3.amazonaws.com`"));
        assert_eq!(said("lex.amazonaws.com", bucket, None), "");
    }

    #[test]
    fn the_pages_of_an_address_are_named_as_lambda_takes_them() {
        let wrong = |cors: Value| {
            let url: FunctionUrl = serde_json::from_value(json!({ "auth": "none", "cors": cors })).expect("an address");
            let paths =
                function_url(&url).into_iter().map(|diagnostic| diagnostic.path().replace("function_url.cors.", ""));
            paths.collect::<Vec<_>>().join(" ")
        };
        assert_eq!(
            wrong(json!({ "allow_methods": ["GET", "put", "*"], "allow_origins": ["https://example.edu"] })),
            ""
        );
        assert_eq!(wrong(json!({ "allow_methods": ["FETCH", "OPTIONS"] })), "allow_methods.0 allow_methods.1");
        assert_eq!(wrong(json!({ "allow_methods": vec!["GET"; 7] })), "allow_methods");
        assert_eq!(wrong(json!({ "allow_credentials": true, "allow_origins": ["*"] })), "allow_credentials");
        assert_eq!(wrong(json!({ "allow_credentials": true, "allow_origins": ["https://example.edu"] })), "");
        assert_eq!(wrong(json!({ "allow_origins": vec!["*"; 101] })), "allow_origins");
        assert_eq!(wrong(json!({ "allow_origins": [format!("https://{}", "a".repeat(250))] })), "allow_origins.0");
        assert_eq!(
            wrong(json!({ "allow_headers": vec!["a"; 101], "expose_headers": ["a".repeat(1025)] })),
            "allow_headers expose_headers.0"
        );
    }
}

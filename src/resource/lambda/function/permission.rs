//! Who else may use a function: its resource policy, statement by statement.

use std::time::Duration;

use aws_sdk_lambda::operation::add_permission::builders::AddPermissionFluentBuilder;
use aws_sdk_lambda::types::FunctionUrlAuthType;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::aws::{Call, Context, Error, ErrorKind, Result, wait};

use super::settle::when_idle;
use super::spec::Permission;

const INVOKE: &str = "lambda:InvokeFunction";
const INVOKE_URL: &str = "lambda:InvokeFunctionUrl";
/// A new role or user is known to Lambda as a principal.
const PRINCIPAL_LIMIT: Duration = Duration::from_secs(120);
/// A new function is known wherever permissions are kept.
const FUNCTION_LIMIT: Duration = Duration::from_secs(30);
/// What was added or removed is seen by GetPolicy.
const SEEN_LIMIT: Duration = Duration::from_secs(30);

/// A statement of a function's policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Its id.
    pub sid: String,
    /// What it says.
    pub says: Says,
}

/// What a statement says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Says {
    /// A permission that `permissions:` can say.
    Permission(Permission),
    /// One half of what opens a function's web address to everybody.
    Public(Half),
    /// Anything else.
    Other,
}

/// Since October 2025 a public web address needs both (Lambda: control access to function URLs).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Half {
    /// `lambda:InvokeFunctionUrl`, while the address asks for no authentication.
    Url,
    /// `lambda:InvokeFunction`, through the address alone.
    Function,
}

impl Half {
    const ALL: [Self; 2] = [Self::Url, Self::Function];

    /// The ids that AWS's console gives them.
    fn sid(self) -> &'static str {
        match self {
            Self::Url => "FunctionURLAllowPublicAccess",
            Self::Function => "FunctionURLAllowInvokeAction",
        }
    }
}

impl Permission {
    /// The form in which permissions are compared. What is left out is spelt `""`, so that it does not match
    /// everything: a permission for every bucket is not one for a single bucket.
    pub fn canonical(self) -> Self {
        Self {
            principal: account_of(&self.principal).map(str::to_owned).unwrap_or(self.principal),
            source_arn: Some(self.source_arn.unwrap_or_default()),
            source_account: Some(self.source_account.unwrap_or_default()),
            principal_org_id: Some(self.principal_org_id.unwrap_or_default()),
            action: Some(self.action.unwrap_or_else(|| INVOKE.to_owned())),
        }
    }

    /// The id of its statement: the same for the same permission, so a lost answer does no harm.
    fn sid(&self) -> String {
        let parts = [&self.action, &self.source_arn, &self.source_account, &self.principal_org_id];
        let parts: Vec<&str> = parts.iter().map(|part| part.as_deref().unwrap_or_default()).collect();
        let digest = Sha256::digest(format!("{}\n{}", self.principal, parts.join("\n")));
        let hex: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        format!("cloud101-{hex}")
    }
}

/// The account of `arn:aws:iam::123456789012:root`, which AWS makes of an account's number.
fn account_of(principal: &str) -> Option<&str> {
    match principal.split(':').collect::<Vec<_>>().as_slice() {
        ["arn", _, "iam", "", account, "root"] => Some(account),
        _ => None,
    }
}

/// Takes a policy apart.
pub fn statements(policy: &Value) -> Vec<Statement> {
    let statements = policy["Statement"].as_array().into_iter().flatten();
    statements
        .map(|statement| Statement {
            sid: statement["Sid"].as_str().unwrap_or_default().to_owned(),
            says: says(statement).unwrap_or(Says::Other),
        })
        .collect()
}

fn says(statement: &Value) -> Option<Says> {
    let principal = match &statement["Principal"] {
        Value::String(everybody) => everybody,
        Value::Object(of) if of.len() == 1 => of.values().next()?.as_str()?,
        _ => return None,
    };
    let action = statement["Action"].as_str().filter(|_| statement["Effect"] == "Allow")?;
    let mut permission = Permission {
        principal: principal.to_owned(),
        source_arn: None,
        source_account: None,
        principal_org_id: None,
        action: Some(action.to_owned()),
    };
    let operators = statement["Condition"].as_object().into_iter().flatten();
    let conditions = operators.flat_map(|(_, conditions)| conditions.as_object().into_iter().flatten());
    for (key, value) in conditions {
        // What AWS writes as text may also be put as JSON has it.
        let value = match value {
            Value::Bool(value) => value.to_string(),
            value => value.as_str()?.to_owned(),
        };
        match (key.to_ascii_lowercase().as_str(), principal, action) {
            ("aws:sourcearn", ..) => permission.source_arn = Some(value),
            ("aws:sourceaccount", ..) => permission.source_account = Some(value),
            ("aws:principalorgid", ..) => permission.principal_org_id = Some(value),
            ("lambda:functionurlauthtype", "*", INVOKE_URL) if value == "NONE" => {
                return Some(Says::Public(Half::Url));
            }
            ("lambda:invokedviafunctionurl", "*", INVOKE) if value == "true" => {
                return Some(Says::Public(Half::Function));
            }
            _ => return None,
        }
    }
    Some(Says::Permission(permission.canonical()))
}

/// Reads the policy of the function `name`; no statements if it has none.
pub async fn read(cx: &Context, name: &str) -> Result<Vec<Statement>> {
    let answer = cx.clients.lambda.get_policy().function_name(name).send().await.call_if_found("lambda:GetPolicy")?;
    let Some(policy) = answer.and_then(|answer| answer.policy) else {
        return Ok(Vec::new());
    };
    let policy: Value = serde_json::from_str(&policy)
        .map_err(|error| Error::unexpected("lambda:GetPolicy", format!("not a policy: {error}")))?;
    Ok(statements(&policy))
}

/// The permissions among `statements`, each once.
pub fn permissions(statements: &[Statement]) -> Vec<Permission> {
    let mut permissions = Vec::new();
    for statement in statements {
        if let Says::Permission(permission) = &statement.says
            && !permissions.contains(permission)
        {
            permissions.push(permission.clone());
        }
    }
    permissions
}

/// Whether everybody may use the function's web address.
pub fn is_public(statements: &[Statement]) -> bool {
    Half::ALL.iter().all(|half| statements.iter().any(|statement| statement.says == Says::Public(*half)))
}

/// Makes `desired` all the permissions there are.
pub async fn set(cx: &Context, name: &str, desired: &[Permission]) -> Result<()> {
    let desired: Vec<Permission> = desired.iter().cloned().map(Permission::canonical).collect();
    let live = read(cx, name).await?;
    for statement in &live {
        if matches!(&statement.says, Says::Permission(permission) if !desired.contains(permission)) {
            remove(cx, name, &statement.sid).await?;
        }
    }
    let found = permissions(&live);
    let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    for permission in desired.iter().filter(|permission| !found.contains(permission)) {
        let call = cx
            .clients
            .lambda
            .add_permission()
            .function_name(name)
            .statement_id(permission.sid())
            .principal(&permission.principal)
            .set_action(permission.action.clone())
            .set_source_arn(given(&permission.source_arn))
            .set_source_account(given(&permission.source_account))
            .set_principal_org_id(given(&permission.principal_org_id));
        add(cx, name, &permission.sid(), call).await?;
    }
    let is_there = |statements: &[Statement]| {
        let found = permissions(statements);
        found.len() == desired.len() && desired.iter().all(|permission| found.contains(permission))
    };
    if is_there(&live) { Ok(()) } else { seen(cx, name, is_there).await }
}

/// Waits until GetPolicy shows what `is_there` looks for. If it does not, the next plan says so.
async fn seen(cx: &Context, name: &str, is_there: impl Fn(&[Statement]) -> bool) -> Result<()> {
    let (read, is_there) = (|| read(cx, name), &is_there);
    let what = format!("the permissions of the function {name} to be seen");
    let seen = wait::poll_until(&what, SEEN_LIMIT, || {
        let reading = read();
        async move { Ok(is_there(&reading.await?).then_some(())) }
    });
    match seen.await {
        Err(error) if error.kind == ErrorKind::TimedOut => Ok(()),
        seen => seen,
    }
}

/// Opens the function's web address to everybody.
pub async fn publish(cx: &Context, name: &str) -> Result<()> {
    let live = read(cx, name).await?;
    for half in Half::ALL {
        if live.iter().any(|statement| statement.says == Says::Public(half)) {
            continue;
        }
        let call = cx.clients.lambda.add_permission().function_name(name).statement_id(half.sid()).principal("*");
        let call = match half {
            Half::Url => call.action(INVOKE_URL).function_url_auth_type(FunctionUrlAuthType::None),
            Half::Function => call.action(INVOKE).invoked_via_function_url(true),
        };
        add(cx, name, half.sid(), call).await?;
    }
    if is_public(&live) { Ok(()) } else { seen(cx, name, is_public).await }
}

/// Takes back what [`publish`] gave.
pub async fn unpublish(cx: &Context, name: &str) -> Result<()> {
    let is_half = |statement: &Statement| matches!(statement.says, Says::Public(_));
    let live = read(cx, name).await?;
    for statement in live.iter().filter(|statement| is_half(statement)) {
        remove(cx, name, &statement.sid).await?;
    }
    let is_gone = |statements: &[Statement]| !statements.iter().any(is_half);
    if is_gone(&live) { Ok(()) } else { seen(cx, name, is_gone).await }
}

/// Adds a statement. One that has its id and, as the policy showed, says something else, makes way for it.
/// A role made a moment ago is not yet a principal that AWS knows, and neither is a function known everywhere.
async fn add(cx: &Context, name: &str, sid: &str, call: AddPermissionFluentBuilder) -> Result<()> {
    let attempt = || async { call.clone().send().await.call("lambda:AddPermission").map(drop) };
    let is_new = |error: &Error| error.message.contains("principal was invalid");
    let is_unseen = |error: &Error| error.is(&["ResourceNotFoundException"]);
    let known = || {
        wait::retry_while("the new principal to be known to Lambda", PRINCIPAL_LIMIT, is_new, || {
            when_idle(cx, name, attempt)
        })
    };
    let added = wait::retry_while("the new function to be seen", FUNCTION_LIMIT, is_unseen, known).await;
    match added {
        Err(error) if error.kind == ErrorKind::Exists => {
            remove(cx, name, sid).await?;
            when_idle(cx, name, attempt).await
        }
        added => added,
    }
}

async fn remove(cx: &Context, name: &str, sid: &str) -> Result<()> {
    when_idle(cx, name, || async {
        let call = cx.clients.lambda.remove_permission().function_name(name).statement_id(sid);
        call.send().await.call_if_found("lambda:RemovePermission").map(drop)
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn statement(principal: Value, action: &str, condition: Value) -> Says {
        let arn = "arn:aws:lambda:us-east-1:123456789012:function:cloud101";
        let statement = json!({ "Sid": "s", "Effect": "Allow", "Principal": principal, "Action": action,
            "Resource": arn, "Condition": condition });
        statements(&json!({ "Statement": [statement] })).remove(0).says
    }

    fn permission(principal: &str) -> Permission {
        let none = || None;
        Permission {
            principal: principal.into(),
            source_arn: none(),
            source_account: none(),
            principal_org_id: none(),
            action: none(),
        }
    }

    #[test]
    fn what_was_added_is_read_as_it_was_written() {
        let desired = Permission {
            source_arn: Some("arn:aws:s3:::b".into()),
            source_account: Some("123456789012".into()),
            ..permission("s3.amazonaws.com")
        };
        let condition = json!({ "ArnLike": { "AWS:SourceArn": "arn:aws:s3:::b" },
            "StringEquals": { "AWS:SourceAccount": "123456789012" } });
        let read = statement(json!({ "Service": "s3.amazonaws.com" }), INVOKE, condition);
        assert_eq!(read, Says::Permission(desired.canonical()));
        let read = statement(json!({ "AWS": "arn:aws:iam::123456789012:root" }), INVOKE, json!(null));
        assert_eq!(read, Says::Permission(permission("123456789012").canonical()));
    }

    #[test]
    fn a_public_address_takes_two_statements_which_are_not_permissions() {
        let url =
            statement(json!("*"), INVOKE_URL, json!({ "StringEquals": { "lambda:FunctionUrlAuthType": "NONE" } }));
        let function =
            statement(json!({ "AWS": "*" }), INVOKE, json!({ "Bool": { "lambda:InvokedViaFunctionUrl": "true" } }));
        let as_json =
            statement(json!({ "AWS": "*" }), INVOKE, json!({ "Bool": { "lambda:InvokedViaFunctionUrl": true } }));
        assert_eq!(as_json, function);
        assert_eq!(url, Says::Public(Half::Url));
        assert_eq!(function, Says::Public(Half::Function));
        let both = [url, function].map(|says| Statement { sid: "s".into(), says });
        assert!(is_public(&both) && !is_public(&both[..1]));
        assert_eq!(permissions(&both), []);
    }

    #[test]
    fn ids_tell_permissions_apart() {
        let one = permission("s3.amazonaws.com").canonical();
        let other = Permission { source_account: Some("123456789012".into()), ..one.clone() };
        assert_eq!(one.sid(), permission("s3.amazonaws.com").canonical().sid());
        assert_ne!(one.sid(), other.sid());
    }
}

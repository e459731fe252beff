//! What the log group of a function is called.

use aws_sdk_lambda::types::FunctionConfiguration;

/// The name of the group that Lambda writes to for the function `name`, unless the function names another.
pub fn group(name: &str) -> String {
    format!("/aws/lambda/{name}")
}

/// The name of the group that a function writes to, by its configuration.
pub fn group_of(name: &str, config: &FunctionConfiguration) -> String {
    let named = config.logging_config.as_ref().and_then(|logging| logging.log_group.clone());
    named.filter(|named| !named.is_empty()).unwrap_or_else(|| group(name))
}

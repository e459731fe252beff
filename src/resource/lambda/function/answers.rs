//! What Lambda answers of functions, asked once in one look.

use std::collections::BTreeSet;
use std::sync::Arc;

use aws_sdk_lambda::operation::get_function::GetFunctionOutput;
use aws_sdk_lambda::types::FunctionConfiguration;

use crate::aws::{Bounded, Call, Context, Error, ErrorKind, Result};
use crate::resource::Tags;

use super::log_group::group_of;

/// GetFunction, or `None`.
pub async fn get(cx: &Context, name: &str) -> Result<Option<GetFunctionOutput>> {
    cx.shared(format!("the function {name}"), async {
        cx.clients.lambda.get_function().function_name(name).send().await.call_if_found("lambda:GetFunction")
    })
    .await
}

/// The function's tags. Without permission to read them, the owner is unknown.
pub fn tags_of(function: &GetFunctionOutput) -> Result<Tags> {
    match (&function.tags, &function.tags_error) {
        (None, Some(error)) => {
            let message = format!("the tags can't be read: {}: {}", error.error_code, error.message);
            let error = Error::unexpected("lambda:GetFunction", message);
            Err(error.with_hint("ask the account's administrator to allow you lambda:ListTags"))
        }
        (tags, _) => Ok(tags.clone().unwrap_or_default().into_iter().collect()),
    }
}

/// What is asked of a function in the list of all: no more of it is kept.
#[derive(Debug)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// The ARN of its role.
    pub role: Option<String>,
    /// The ARNs of its layers' versions.
    pub layers: Vec<String>,
    /// The log group that it writes to.
    pub log_group: String,
}

impl Listed {
    fn of(function: FunctionConfiguration) -> Option<Self> {
        let name = function.function_name.clone()?;
        let log_group = group_of(&name, &function);
        let layers = function.layers.unwrap_or_default().into_iter().filter_map(|layer| layer.arn).collect();
        Some(Self { name, role: function.role, layers, log_group })
    }
}

/// Every function of the region: asked once in one look.
pub async fn all(cx: &Context) -> Result<Arc<Vec<Listed>>> {
    cx.region_wide().shared("functions of the region", async { list(cx).await.map(Arc::new) }).await
}

/// Their names; `None`: this user may not list them.
pub async fn names(cx: &Context) -> Result<Option<BTreeSet<String>>> {
    match all(cx).await {
        Ok(all) => Ok(Some(all.iter().map(|function| function.name.clone()).collect())),
        Err(error) if error.kind == ErrorKind::Denied => Ok(None),
        Err(error) => Err(error),
    }
}

/// The same, asked at this moment.
pub async fn list(cx: &Context) -> Result<Vec<Listed>> {
    let list = cx.clients.lambda.list_functions().into_paginator().send().bounded();
    list.all("lambda:ListFunctions", |page| page.functions.unwrap_or_default().into_iter().filter_map(Listed::of)).await
}

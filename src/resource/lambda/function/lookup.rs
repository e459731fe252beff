//! A function by its name or ARN.

use crate::aws::{Call, Context, Error, Result};
use crate::resource::lookup::{Content, Lookup, name_in};
use crate::resource::{Live, Wanted};

use super::{Function, Spec, read};

impl Lookup for Function {
    async fn find(&self, cx: &Context, id: &str, wanted: Option<&Wanted<Spec>>) -> Result<Option<Live<Spec>>> {
        let name = name_in(id);
        let sha256 = wanted.and_then(|wanted| wanted.spec.code_sha256.as_deref());
        let found = read::read(cx, name, sha256).await?;
        match found {
            Some(live) if live.spec.runtime.is_empty() => {
                let error = Error::refused(format!("the function `{name}` is made from a container image"));
                Err(error.with_hint("cloud101 knows only functions that are made from code"))
            }
            found => Ok(found),
        }
    }

    async fn find_all(&self, cx: &Context) -> Result<Vec<String>> {
        let mut names = Vec::new();
        let mut pages = cx.clients.lambda.list_functions().into_paginator().send();
        while let Some(page) = pages.next().await {
            let functions = page.call("lambda:ListFunctions")?.functions.unwrap_or_default();
            names.extend(functions.into_iter().filter_map(|function| function.function_name));
        }
        Ok(names)
    }

    /// The archive as it was uploaded: another one of the same files would have another hash.
    async fn content(&self, cx: &Context, live: &Live<Spec>) -> Result<Option<Content>> {
        let location = read::get(cx, &live.id).await?.and_then(|function| function.code).and_then(|code| code.location);
        let bytes = match &location {
            Some(location) => read::fetch(location).await,
            None => None,
        };
        let bytes = bytes.ok_or_else(|| {
            Error::unexpected("lambda:GetFunction", format!("the code of `{}` can't be fetched", live.id))
        })?;
        Ok(Some(Content { property: "code", inline: None, ending: ".zip".to_owned(), bytes }))
    }
}

//! A function by its name or ARN.

use crate::aws::{Context, Error, Result};
use crate::resource::lookup::{Content, Lookup, name_in};
use crate::resource::{Desired, Live};

use super::code::fetch;
use super::{Function, Spec, answers, read};

impl Lookup for Function {
    async fn find(&self, cx: &Context, id: &str, desired: Option<&Desired<Spec>>) -> Result<Option<Live<Spec>>> {
        let name = whole(id)?;
        let found = read::read(cx, name, desired.map(|desired| &desired.spec), None, false).await?;
        match found {
            Some(live) if desired.is_none() => Ok(Some(sayable(live))),
            found => Ok(found),
        }
    }

    async fn find_all(&self, cx: &Context) -> Result<Vec<String>> {
        let functions = answers::list(cx).await?;
        Ok(functions.into_iter().map(|function| function.name).collect())
    }

    /// The archive as it was uploaded: another one of the same files would have another hash.
    async fn content(&self, cx: &Context, live: &Live<Spec>, files: bool) -> Result<Option<Content>> {
        if live.spec.image_uri.is_some() {
            return Ok(None);
        }
        let bytes = if files { Some(code(cx, &live.id).await?) } else { None };
        Ok(Some(Content { property: "code", inline: None, ending: ".zip".to_owned(), bytes, command: Vec::new() }))
    }
}

/// Without what no stack can say: a URL without authentication that rejects all callers.
fn sayable(mut live: Live<Spec>) -> Live<Spec> {
    if live.spec.function_url.take_if(|url| url.auth.is_none()).is_some() {
        live.notes.push(
            "its function URL rejects all callers: it lacks the permission for public access; it is ignored".into(),
        );
    }
    live
}

/// The function's name, given by itself or in an ARN. AWS takes more for a name: one of a version or alias, and a part
/// of an ARN.
fn whole(id: &str) -> Result<&str> {
    let name = name_in(id);
    match name.split_once(':') {
        None => Ok(name),
        Some((_, rest)) if rest.starts_with("function:") => {
            Err(Error::refused(format!("`{id}` is part of an ARN"))
                .with_hint("write the function's name, or its full ARN"))
        }
        Some((function, qualifier)) => {
            let error = Error::refused(format!("`{id}` names `{qualifier}`, one version or alias of the function"));
            Err(error.with_hint(format!("remove `:{qualifier}`: `{function}` is the function")))
        }
    }
}

async fn code(cx: &Context, name: &str) -> Result<Vec<u8>> {
    let location = answers::get(cx, name).await?.and_then(|function| function.code).and_then(|code| code.location);
    match location {
        Some(location) => fetch::fetch("lambda:GetFunction", &location).await,
        None => Err(Error::unexpected("lambda:GetFunction", format!("no address for the code of `{name}`"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::lambda::function::spec::{Auth, FunctionUrl};
    use crate::resource::{Attributes, Tags};

    #[test]
    fn an_address_that_lets_no_one_in_is_not_a_property() {
        let with = |auth| {
            let url = FunctionUrl { auth, ..FunctionUrl::default() };
            let spec = Spec { function_url: Some(url), ..Spec::default() };
            sayable(Live::new("hello", spec, Attributes::new(), Tags::new()))
        };
        let half = with(None);
        assert_eq!((half.spec.function_url, half.notes.len()), (None, 1));
        let whole = with(Some(Auth::Iam));
        assert_eq!((whole.spec.function_url.is_some(), whole.notes.len()), (true, 0));
    }

    #[test]
    fn a_version_or_part_of_an_arn_is_not_a_name() {
        assert_eq!(whole("hello").ok(), Some("hello"));
        assert_eq!(whole("arn:aws:lambda:us-east-1:123456789012:function:hello").ok(), Some("hello"));
        for (wrong, hint) in [
            ("hello:PROD", "remove `:PROD`: `hello` is the function"),
            ("hello:$LATEST", "remove `:$LATEST`: `hello` is the function"),
            ("123456789012:function:hello", "write the function's name, or its full ARN"),
        ] {
            let error = whole(wrong).expect_err(wrong);
            assert_eq!((error.message.contains(wrong), error.hint.as_deref()), (true, Some(hint)));
        }
    }
}

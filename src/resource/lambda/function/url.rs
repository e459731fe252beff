//! A function's own web address.

use aws_sdk_lambda::types::{Cors as SdkCors, FunctionUrlAuthType};

use crate::aws::{Call, Context, Error, ErrorKind, Result};

use super::permission::{self, Statement};
use super::settle::{self, when_idle};
use super::spec::{Auth, Cors, FunctionUrl};

/// The address of the function `name`, and how it is set; `None` if it has none.
///
/// An address that needs no authentication, but is not opened to everybody, has no `auth` at all: it is neither of the
/// two that a stack can ask for, so that an apply finishes it.
pub async fn read(cx: &Context, name: &str) -> Result<Option<(String, FunctionUrl)>> {
    let answer = cx.clients.lambda.get_function_url_config().function_name(name).send().await;
    let answer = match answer.call_if_found("lambda:GetFunctionUrlConfig") {
        Err(error) if is_unheard_of(&error) => return Ok(None),
        answer => answer?,
    };
    let Some(answer) = answer else {
        return Ok(None);
    };
    let auth = match answer.auth_type {
        FunctionUrlAuthType::AwsIam => Some(Auth::Iam),
        FunctionUrlAuthType::None => Some(Auth::None),
        _ => None,
    };
    let cors = answer.cors.map(|cors| Cors {
        allow_origins: cors.allow_origins,
        allow_methods: cors.allow_methods,
        allow_headers: cors.allow_headers,
        expose_headers: cors.expose_headers,
        allow_credentials: cors.allow_credentials,
        max_age_seconds: cors.max_age,
    });
    let cors = with_defaults(cors.unwrap_or_default());
    Ok(Some((answer.function_url, FunctionUrl { auth, cors: Some(cors) }.canonical())))
}

impl FunctionUrl {
    /// HTTP's headers mean the same in any case, its methods are upper case.
    pub fn canonical(mut self) -> Self {
        if let Some(cors) = &mut self.cors {
            let headers = [&mut cors.allow_headers, &mut cors.expose_headers];
            headers.into_iter().flatten().flatten().for_each(|header| header.make_ascii_lowercase());
            cors.allow_methods.iter_mut().flatten().for_each(|method| method.make_ascii_uppercase());
        }
        self
    }

    /// The same, as `statements` bear it out.
    pub fn seen_with(mut self, statements: &[Statement]) -> Self {
        if self.auth == Some(Auth::None) && !permission::is_public(statements) {
            self.auth = None;
        }
        self
    }
}

/// Spells out AWS's defaults.
fn with_defaults(cors: Cors) -> Cors {
    Cors {
        allow_origins: Some(cors.allow_origins.unwrap_or_default()),
        allow_methods: Some(cors.allow_methods.unwrap_or_default()),
        allow_headers: Some(cors.allow_headers.unwrap_or_default()),
        expose_headers: Some(cors.expose_headers.unwrap_or_default()),
        allow_credentials: Some(cors.allow_credentials.unwrap_or(false)),
        max_age_seconds: Some(cors.max_age_seconds.unwrap_or(0)),
    }
}

/// What AWS is sent: what is at its default is left out, and all of it left out clears the setting.
fn sdk_cors(cors: &Cors) -> SdkCors {
    let given = |list: &Option<Vec<String>>| list.clone().filter(|list| !list.is_empty());
    SdkCors::builder()
        .set_allow_origins(given(&cors.allow_origins))
        .set_allow_methods(given(&cors.allow_methods))
        .set_allow_headers(given(&cors.allow_headers))
        .set_expose_headers(given(&cors.expose_headers))
        .set_allow_credentials(cors.allow_credentials.filter(|allow| *allow))
        .set_max_age(cors.max_age_seconds.filter(|seconds| *seconds != 0))
        .build()
}

/// Gives the function the address that is `desired`; what that leaves out stays as it is in `live`. Without
/// authentication in `desired` the function loses its address.
pub async fn set(cx: &Context, name: &str, target: &FunctionUrl, live: Option<&FunctionUrl>) -> Result<()> {
    let Some(auth) = target.auth else {
        return remove(cx, name).await;
    };
    let desired = target.cors.clone().unwrap_or_default();
    let found = live.and_then(|live| live.cors.clone()).unwrap_or_default();
    let cors = sdk_cors(&Cors {
        allow_origins: desired.allow_origins.or(found.allow_origins),
        allow_methods: desired.allow_methods.or(found.allow_methods),
        allow_headers: desired.allow_headers.or(found.allow_headers),
        expose_headers: desired.expose_headers.or(found.expose_headers),
        allow_credentials: desired.allow_credentials.or(found.allow_credentials),
        max_age_seconds: desired.max_age_seconds.or(found.max_age_seconds),
    });
    match auth {
        // First, so that a run that ends in between leaves something that the next one sees.
        Auth::Iam => permission::unpublish(cx, name).await?,
        Auth::None => permission::publish(cx, name).await?,
    }
    let auth = match auth {
        Auth::Iam => FunctionUrlAuthType::AwsIam,
        Auth::None => FunctionUrlAuthType::None,
    };
    let lambda = &cx.clients.lambda;
    let create = lambda.create_function_url_config().function_name(name).auth_type(auth.clone()).cors(cors.clone());
    let update = lambda.update_function_url_config().function_name(name).auth_type(auth).cors(cors);
    let created =
        when_idle(cx, name, || async { create.clone().send().await.call("lambda:CreateFunctionUrlConfig") }).await;
    match created {
        Err(error) if error.kind == ErrorKind::Exists => {
            when_idle(cx, name, || async { update.clone().send().await.call("lambda:UpdateFunctionUrlConfig") })
                .await?;
        }
        Err(error) if is_unheard_of(&error) => {
            return Err(error.with_hint(format!(
                "the region {} does not support function URLs yet: remove `function_url`, or use another region",
                cx.place.region
            )));
        }
        created => drop(created?),
    }
    Ok(())
}

/// Takes the address away. Who was let in by it comes last: without the address that means nothing.
pub async fn remove(cx: &Context, name: &str) -> Result<()> {
    delete(cx, name).await?;
    permission::unpublish(cx, name).await
}

/// Deletes the address alone, for a function that goes as well.
pub async fn delete(cx: &Context, name: &str) -> Result<()> {
    let deleted = when_idle(cx, name, || async {
        let call = cx.clients.lambda.delete_function_url_config().function_name(name);
        let answer = call.send().await.call_if_found("lambda:DeleteFunctionUrlConfig").map(drop);
        settle::deleted(cx, name, answer).await
    });
    match deleted.await {
        Err(error) if is_unheard_of(&error) => Ok(()),
        deleted => deleted,
    }
}

/// What AWS answers, even to an administrator, in a region that has no function URLs: its words for a call that it
/// does not know.
fn is_unheard_of(error: &Error) -> bool {
    error.kind == ErrorKind::Denied && error.message.contains("Unable to determine service/operation name")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::aws::{Aws, no};

    /// A region whose Lambda knows nothing of function URLs, or one in which this user may not ask for them.
    fn account(message: &'static str) -> Aws {
        Aws::with(move |call| match call.name.contains("/policy") {
            true => no(404, "ResourceNotFoundException", "The resource you requested does not exist."),
            false => no(403, "AccessDeniedException", message),
        })
    }

    #[tokio::test]
    async fn a_region_without_function_urls_has_none_and_can_give_none() {
        let cx = account("Unable to determine service/operation name to be authorized").context();
        assert!(read(&cx, "lesson").await.unwrap().is_none());
        delete(&cx, "lesson").await.unwrap();
        let url = FunctionUrl { auth: Some(Auth::Iam), cors: None };
        let error = set(&cx, "lesson", &url, None).await.unwrap_err();
        assert!(
            error.advice().is_some_and(|advice| advice.contains("us-east-1 does not support function URLs")),
            "{error}"
        );

        let cx = account("User: ana is not authorized to perform: lambda:GetFunctionUrlConfig").context();
        assert!(read(&cx, "lesson").await.is_err() && delete(&cx, "lesson").await.is_err());
    }
}

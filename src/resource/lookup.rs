//! What adopt and import ask of a kind: something that is there, by the name or the id that AWS knows it by.

use std::future::Future;

use crate::aws::{Context, Result};

use super::{Live, Resource, Wanted};

/// What a resource has in it that is no property: it goes into a file beside the stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// The property that names the file.
    pub property: &'static str,
    /// The property that may hold it in place of a file, if it is a short text.
    pub inline: Option<&'static str>,
    /// The end of the file's name, with its dot: `.zip`.
    pub ending: String,
    /// The content.
    pub bytes: Vec<u8>,
}

/// How a resource is found that no mark leads to.
pub trait Lookup: Resource {
    /// The one that AWS knows by `id` (its name, id or ARN), whoever made it. It is read as `wanted` needs it; without
    /// `wanted`, with everything that AWS tells and a stack can say, and without what AWS itself chose for it.
    fn find(
        &self,
        cx: &Context,
        id: &str,
        wanted: Option<&Wanted<Self::Spec>>,
    ) -> impl Future<Output = Result<Option<Live<Self::Spec>>>> + Send;

    /// An id for [`find`](Self::find) of everything of this kind in the account and region, but for what AWS made and
    /// keeps for itself.
    fn find_all(&self, cx: &Context) -> impl Future<Output = Result<Vec<String>>> + Send;

    /// What is in it.
    fn content(&self, _cx: &Context, _live: &Live<Self::Spec>) -> impl Future<Output = Result<Option<Content>>> + Send {
        async { Ok(None) }
    }
}

/// The last part of an ARN, after the last `/` or `:`; a name is itself.
pub fn name_in(name_or_arn: &str) -> &str {
    match name_or_arn.starts_with("arn:") {
        true => name_or_arn.rsplit(['/', ':']).next().unwrap_or(name_or_arn),
        false => name_or_arn,
    }
}

//! What adopt and import ask of a kind: something that is there, by the name or the id that AWS knows it by.

use std::future::Future;

use crate::aws::{Context, Error, Result};

use super::{Desired, Live, Place, Resource, is_unknown};

/// The longest text that stands in the stack file itself, in bytes.
pub const INLINE: usize = 4096;

/// What a resource has in it that is not a property: it goes into a file beside the stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// The property that names the file.
    pub property: &'static str,
    /// The property that may hold it in place of a file, if it is a short text.
    pub inline: Option<&'static str>,
    /// The end of the file's name, with its dot: `.zip`.
    pub ending: String,
    /// The content; `None`: it was not fetched.
    pub bytes: Option<Vec<u8>>,
    /// The command that fetches it, up to the file's name.
    pub command: Vec<String>,
}

/// How a resource is found that no mark leads to.
pub trait Lookup: Resource {
    /// The one with this `id` (its name, id or ARN) in AWS, regardless of owner. It is read as `desired` needs it;
    /// without `desired`, with everything that AWS returns and a stack can express, except AWS's own choices.
    fn find(
        &self,
        cx: &Context,
        id: &str,
        desired: Option<&Desired<Self::Spec>>,
    ) -> impl Future<Output = Result<Option<Live<Self::Spec>>>> + Send;

    /// An id for [`find`](Self::find) of everything of this kind in the account and region, but for what AWS made and
    /// keeps for itself.
    fn find_all(&self, cx: &Context) -> impl Future<Output = Result<Vec<String>>> + Send;

    /// What is in it. Without `files` there is no place for files, and only what may stand in the stack itself is
    /// fetched.
    fn content(
        &self,
        _cx: &Context,
        _live: &Live<Self::Spec>,
        _files: bool,
    ) -> impl Future<Output = Result<Option<Content>>> + Send {
        async { Ok(None) }
    }
}

/// The last part of an ARN, after the last `/` or `:`; a name is itself, and so is what is not known yet.
pub fn name_in(name_or_arn: &str) -> &str {
    match name_or_arn.starts_with("arn:") && !is_unknown(name_or_arn) {
        true => name_or_arn.rsplit(['/', ':']).next().unwrap_or(name_or_arn),
        false => name_or_arn,
    }
}

/// Refuses an ARN that is not of this account and region, where its last part may name something else, and that of a
/// function's version or alias. What is not an ARN is fine.
pub fn check(place: &Place, id: &str) -> Result<()> {
    let parts: Vec<_> = id.splitn(6, ':').collect();
    let ["arn", partition, service, region, account, resource] = parts[..] else { return Ok(()) };
    let other = |what: &str, theirs: &str, ours: &str, hint: &str| {
        let message = format!("`{id}` is in the {what} `{theirs}`, but this is `{ours}`");
        Err(Error::refused(message).with_hint(hint))
    };
    // An ARN leaves out what does not matter to its service: a bucket's says neither.
    if partition != place.partition {
        return other("partition", partition, &place.partition, "log in to an account of that partition");
    }
    if !account.is_empty() && account != place.account {
        return other("account", account, &place.account, "log in to that account, or name a resource of this one");
    }
    if !region.is_empty() && region != place.region {
        return other("region", region, &place.region, &format!("choose it with `--region {region}`"));
    }
    let function = resource.strip_prefix("function:").filter(|_| service == "lambda");
    match function.and_then(|function| function.split_once(':')) {
        Some((name, qualifier)) => {
            let error = Error::refused(format!("`{id}` names `{qualifier}`, one version or alias of the function"));
            Err(error.with_hint(format!("remove `:{qualifier}`: `{name}` is the function")))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_of_somewhere_else_is_refused() {
        let place = crate::testing::place();
        let (account, region) = (&place.account, &place.region);
        for fine in [
            "hello".to_owned(),
            "s3://bucket".to_owned(),
            "arn:aws:s3:::bucket/a:b:c".to_owned(),
            format!("arn:aws:lambda:{region}:{account}:function:hello"),
            format!("arn:aws:iam::{account}:role/path/hello"),
        ] {
            assert!(check(&place, &fine).is_ok(), "{fine}");
        }
        for (wrong, why) in [
            (format!("arn:aws:lambda:{region}:210987654321:function:hello"), "the account `210987654321`"),
            (format!("arn:aws:lambda:ap-south-1:{account}:function:hello"), "the region `ap-south-1`"),
            (format!("arn:aws-cn:lambda:{region}:{account}:function:hello"), "the partition `aws-cn`"),
            (format!("arn:aws:lambda:{region}:{account}:function:hello:PROD"), "names `PROD`"),
            ("arn:aws:iam::aws:policy/ReadOnlyAccess".to_owned(), "the account `aws`"),
        ] {
            let error = check(&place, &wrong).expect_err(&wrong);
            assert!(error.message.contains(why), "{}", error.message);
            assert!(error.hint.is_some(), "{wrong}");
        }
    }
}

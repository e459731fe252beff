//! An object by its bucket and key.

use std::path::Path;

use crate::aws::{Call, Context, Error, Result};
use crate::resource::lookup::{Content, Lookup};
use crate::resource::s3::bucket::Bucket;
use crate::resource::{Live, Wanted};

use super::{Object, Spec, live, split};

/// How many objects are listed at most: a stack of thousands of resources is of use to nobody.
const MOST: usize = 1000;

impl Lookup for Object {
    async fn find(&self, cx: &Context, id: &str, wanted: Option<&Wanted<Spec>>) -> Result<Option<Live<Spec>>> {
        let id = id.strip_prefix("s3://").or_else(|| id.split_once(":s3:::").map(|(_, rest)| rest)).unwrap_or(id);
        let (bucket, key) = split(id).map_err(|error| error.with_hint("write it as bucket/key"))?;
        let asked = wanted.map(|wanted| wanted.spec.clone()).unwrap_or_default();
        live::read(cx, &Spec { bucket: bucket.to_owned(), key: key.to_owned(), ..asked }).await
    }

    async fn find_all(&self, cx: &Context) -> Result<Vec<String>> {
        let mut ids = Vec::new();
        for bucket in Bucket.find_all(cx).await? {
            let mut pages = cx.clients.s3.list_objects_v2().bucket(&bucket).into_paginator().send();
            while let Some(page) = pages.next().await {
                let objects = page.call("s3:ListObjectsV2")?.contents.unwrap_or_default();
                ids.extend(objects.into_iter().filter_map(|object| object.key).map(|key| format!("{bucket}/{key}")));
                if ids.len() > MOST {
                    let error = Error::refused(format!("there are more than {MOST} objects in the buckets"));
                    return Err(error.with_hint("import those that the class needs one by one, as bucket/key"));
                }
            }
        }
        Ok(ids)
    }

    async fn content(&self, cx: &Context, live: &Live<Spec>) -> Result<Option<Content>> {
        let (bucket, key) = split(&live.id)?;
        let bytes = live::fetch(cx, bucket, key).await?.ok_or_else(|| {
            Error::refused(format!("the content of `{}` can't be had", live.id))
                .with_hint("an object in an archive must be restored first: `aws s3api restore-object`")
        })?;
        let ending = Path::new(key).extension().map(|ending| format!(".{}", ending.to_string_lossy()));
        let ending = ending.unwrap_or_default();
        Ok(Some(Content { property: "source", inline: Some("content"), ending, bytes }))
    }
}

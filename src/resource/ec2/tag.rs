//! EC2's way with tags: in the call that creates, in calls of their own, and as filters.

use aws_sdk_ec2::types::{Filter, ResourceType, Tag, TagSpecification};

use crate::aws::ownership::{self, LastApplied, Ownership};
use crate::aws::{Call, Context, Result, tags};
use crate::resource::{Address, Listing, Owned, Tags};

/// Tags as the SDK wants them.
pub fn sdk_tags(tags: &Tags) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

/// Tags as EC2 answers them.
pub fn tags_of(tags: Option<&[Tag]>) -> Tags {
    let pair = |tag: &Tag| Some((tag.key.clone()?, tag.value.clone().unwrap_or_default()));
    tags.unwrap_or_default().iter().filter_map(pair).collect()
}

/// The tags for a call that creates a resource of `sort`.
pub fn specification(sort: ResourceType, tags: &Tags) -> TagSpecification {
    TagSpecification::builder().resource_type(sort).set_tags(Some(sdk_tags(tags))).build()
}

/// `tags` with a record, if there is one among them, that says it is that of `name`.
pub fn bound(tags: &Tags, name: &str) -> Tags {
    let mut tags = tags.clone();
    if tags.keys().any(|key| ownership::is_applied(key)) {
        let mut applied = LastApplied::read(&tags);
        applied.bind(name);
        let ownership = Ownership {
            stack: String::new(),
            address: Address::new(""),
            applied,
            keep: ownership::LifecycleFlags::default(),
        };
        tags.retain(|key, _| !ownership::is_applied(key));
        tags.extend(ownership.tags().into_iter().filter(|(key, _)| ownership::is_applied(key)));
    }
    tags
}

/// The tag that people see as the name in the console.
pub const NAME: &str = "Name";

/// What a list returns of one: its name as the tag says it, or its id.
pub fn owned(id: String, tags: Tags) -> Owned {
    Owned { name: tags.get(NAME).unwrap_or(&id).clone(), id, tags }
}

/// What carries the stack's tag, each with whether its record shows that it is the stack's. What is not, and what lost a
/// mark, is in doubt.
pub fn listing(all: impl IntoIterator<Item = (Owned, bool)>) -> Listing {
    let (owned, doubtful): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|(one, is_own)| *is_own && Ownership::read(&one.tags).is_some());
    let [owned, doubtful] = [owned, doubtful].map(|all| all.into_iter().map(|(one, _)| one).collect());
    Listing { owned, doubtful, ..Listing::default() }
}

/// A filter of a Describe call. EC2 takes `*` and `?` in values as wildcards, so the answer may hold more.
pub fn filter(name: &str, values: impl IntoIterator<Item = impl Into<String>>) -> Filter {
    Filter::builder().name(name).set_values(Some(values.into_iter().map(Into::into).collect())).build()
}

/// The filter for everything that carries this stack's mark.
pub fn of_stack(cx: &Context) -> Filter {
    filter(&format!("tag:{}", ownership::STACK), [&cx.place.stack])
}

/// Adds or overwrites the tags in `set` and removes those in `remove`, on each of `ids`.
pub async fn update_tags(
    cx: &Context,
    ids: impl IntoIterator<Item = impl Into<String>>,
    set: &Tags,
    remove: &[String],
) -> Result<()> {
    let ec2 = &cx.clients.ec2;
    let ids: Vec<String> = ids.into_iter().map(Into::into).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let ids = &ids;
    let put = || async move {
        let call = ec2.create_tags().set_resources(Some(ids.clone())).set_tags(Some(sdk_tags(set)));
        call.send().await.call("ec2:CreateTags").map(drop)
    };
    let take = |keys: Vec<String>| async move {
        let keys = keys.iter().map(|key| Tag::builder().key(key).build()).collect();
        let call = ec2.delete_tags().set_resources(Some(ids.clone())).set_tags(Some(keys));
        call.send().await.call("ec2:DeleteTags").map(drop)
    };
    tags::change(set, remove, put, take).await
}

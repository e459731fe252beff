//! What happens to objects as they grow old (API: PutBucketLifecycleConfiguration).

use std::collections::BTreeMap;

use aws_sdk_s3::types;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::aws::{Error, Result};
use crate::resource::Tags;
use crate::resource::s3::{built, from_sdk_tags, sdk_tags};

/// One rule. It needs at least one thing to do; the properties above `expire_after_days` say to which objects.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LifecycleRule {
    /// The rule's name, different from the others'.
    pub id: String,
    /// Whether it is active. Default: true.
    pub enabled: Option<bool>,
    /// The prefix of the objects' keys. Default: all objects.
    pub prefix: Option<String>,
    /// Tags that the objects must have. Default: any.
    pub tags: Option<BTreeMap<String, String>>,
    /// Only objects of more bytes than this.
    pub object_size_greater_than: Option<i64>,
    /// Only objects of fewer bytes than this.
    pub object_size_less_than: Option<i64>,
    /// Delete objects after this many days. In a bucket with versioning they become noncurrent.
    pub expire_after_days: Option<i32>,
    /// Delete objects on this day, `2030-12-31`, and all later ones.
    pub expire_on: Option<String>,
    /// Remove delete markers that have no versions left. Default: false.
    pub expire_delete_markers: Option<bool>,
    /// Move objects to cheaper storage.
    pub transitions: Option<Vec<Transition>>,
    /// Delete versions this many days after they became noncurrent.
    pub noncurrent_expire_after_days: Option<i32>,
    /// The number of newest noncurrent versions to keep.
    pub noncurrent_keep_versions: Option<i32>,
    /// Move noncurrent versions to cheaper storage.
    pub noncurrent_transitions: Option<Vec<NoncurrentTransition>>,
    /// Abort multipart uploads that are not complete after this many days.
    pub abort_multipart_after_days: Option<i32>,
}

/// A move to cheaper storage.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Transition {
    /// After this many days.
    pub days: Option<i32>,
    /// Or on this day, `2030-12-31`.
    pub date: Option<String>,
    /// Where to: `STANDARD_IA`, `INTELLIGENT_TIERING`, `ONEZONE_IA`, `GLACIER_IR`, `GLACIER` or `DEEP_ARCHIVE`.
    pub storage_class: String,
}

/// A move of versions that are no longer current.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoncurrentTransition {
    /// This many days after they became noncurrent.
    pub days: i32,
    /// The number of newest versions that are not moved.
    pub keep_versions: Option<i32>,
    /// Where to: `STANDARD_IA`, `INTELLIGENT_TIERING`, `ONEZONE_IA`, `GLACIER_IR`, `GLACIER` or `DEEP_ARCHIVE`.
    pub storage_class: String,
}

/// The rules in the one form and order in which they are compared.
pub fn canonical(mut rules: Vec<LifecycleRule>) -> Vec<LifecycleRule> {
    for rule in &mut rules {
        rule.enabled.get_or_insert(true);
        rule.expire_delete_markers.get_or_insert(false);
        rule.prefix.get_or_insert_default();
        // AWS says 0 beside other conditions where nothing was said.
        rule.object_size_greater_than = rule.object_size_greater_than.filter(|size| *size != 0);
        rule.tags.get_or_insert_default();
        rule.transitions.get_or_insert_default().sort();
        rule.noncurrent_transitions.get_or_insert_default().sort();
    }
    rules.sort_by(|a, b| a.id.cmp(&b.id));
    rules
}

impl LifecycleRule {
    pub(super) fn does_something(&self) -> bool {
        self.expire_after_days.is_some()
            || self.expire_on.is_some()
            || self.expire_delete_markers == Some(true)
            || self.noncurrent_expire_after_days.is_some()
            || self.abort_multipart_after_days.is_some()
            || self.transitions.iter().flatten().next().is_some()
            || self.noncurrent_transitions.iter().flatten().next().is_some()
    }

    /// From the SDK's form; old rules have their prefix outside the filter.
    pub fn from_sdk(rule: types::LifecycleRule) -> Self {
        #[allow(deprecated)]
        let mut prefix = rule.prefix;
        let (mut tags, mut more, mut less) = (Tags::new(), None, None);
        if let Some(filter) = rule.filter {
            tags.extend(filter.tag.map(|tag| (tag.key, tag.value)));
            prefix = filter.prefix.or(prefix);
            (more, less) = (filter.object_size_greater_than, filter.object_size_less_than);
            if let Some(and) = filter.and {
                tags.extend(from_sdk_tags(and.tags.unwrap_or_default()));
                prefix = and.prefix.or(prefix);
                (more, less) = (and.object_size_greater_than.or(more), and.object_size_less_than.or(less));
            }
        }
        let transitions = rule.transitions.unwrap_or_default().into_iter().map(|transition| Transition {
            days: transition.days,
            date: transition.date.as_ref().and_then(day_of),
            storage_class: class_name(transition.storage_class),
        });
        let noncurrent = rule.noncurrent_version_transitions.unwrap_or_default().into_iter();
        let noncurrent = noncurrent.map(|transition| NoncurrentTransition {
            days: transition.noncurrent_days.unwrap_or_default(),
            keep_versions: transition.newer_noncurrent_versions,
            storage_class: class_name(transition.storage_class),
        });
        let expiration = rule.expiration.as_ref();
        let noncurrent_expiration = rule.noncurrent_version_expiration.as_ref();
        Self {
            id: rule.id.unwrap_or_default(),
            enabled: Some(rule.status == types::ExpirationStatus::Enabled),
            prefix,
            tags: Some(tags),
            object_size_greater_than: more,
            object_size_less_than: less,
            expire_after_days: expiration.and_then(|e| e.days),
            expire_on: expiration.and_then(|e| e.date.as_ref()).and_then(day_of),
            expire_delete_markers: expiration.and_then(|e| e.expired_object_delete_marker),
            transitions: Some(transitions.collect()),
            noncurrent_expire_after_days: noncurrent_expiration.and_then(|e| e.noncurrent_days),
            noncurrent_keep_versions: noncurrent_expiration.and_then(|e| e.newer_noncurrent_versions),
            noncurrent_transitions: Some(noncurrent.collect()),
            abort_multipart_after_days: rule.abort_incomplete_multipart_upload.and_then(|a| a.days_after_initiation),
        }
    }

    /// In the SDK's form.
    pub fn to_sdk(&self) -> Result<types::LifecycleRule> {
        let status = if self.enabled.unwrap_or(true) { "Enabled" } else { "Disabled" };
        let transitions = self.transitions.iter().flatten().map(|transition| {
            Ok(types::Transition::builder()
                .set_days(transition.days)
                .set_date(transition.date.as_deref().map(date_time).transpose()?)
                .storage_class(transition.storage_class.as_str().into())
                .build())
        });
        let noncurrent = self.noncurrent_transitions.iter().flatten().map(|transition| {
            types::NoncurrentVersionTransition::builder()
                .noncurrent_days(transition.days)
                .set_newer_noncurrent_versions(transition.keep_versions)
                .storage_class(transition.storage_class.as_str().into())
                .build()
        });
        let rule = types::LifecycleRule::builder()
            .id(&self.id)
            .status(status.into())
            .filter(self.filter()?)
            .set_expiration(self.expiration()?)
            .set_transitions(some(transitions.collect::<Result<Vec<_>>>()?))
            .set_noncurrent_version_transitions(some(noncurrent.collect()))
            .set_noncurrent_version_expiration(self.noncurrent_expire_after_days.map(|days| {
                types::NoncurrentVersionExpiration::builder()
                    .noncurrent_days(days)
                    .set_newer_noncurrent_versions(self.noncurrent_keep_versions)
                    .build()
            }))
            .set_abort_incomplete_multipart_upload(
                self.abort_multipart_after_days
                    .map(|days| types::AbortIncompleteMultipartUpload::builder().days_after_initiation(days).build()),
            )
            .build();
        built(rule)
    }

    fn expiration(&self) -> Result<Option<types::LifecycleExpiration>> {
        let markers = self.expire_delete_markers.filter(|on| *on);
        let date = self.expire_on.as_deref().map(date_time).transpose()?;
        if self.expire_after_days.is_none() && date.is_none() && markers.is_none() {
            return Ok(None);
        }
        let expiration = types::LifecycleExpiration::builder().set_days(self.expire_after_days).set_date(date);
        Ok(Some(expiration.set_expired_object_delete_marker(markers).build()))
    }

    /// AWS takes several conditions only inside `And`, and a single one only outside it.
    fn filter(&self) -> Result<types::LifecycleRuleFilter> {
        let prefix = self.prefix.as_deref().filter(|prefix| !prefix.is_empty());
        let tags = sdk_tags(self.tags.as_ref().unwrap_or(&Tags::new()))?;
        let (more, less) = (self.object_size_greater_than, self.object_size_less_than);
        let conditions =
            tags.len() + [prefix.is_some(), more.is_some(), less.is_some()].iter().filter(|said| **said).count();
        let filter = types::LifecycleRuleFilter::builder();
        if conditions > 1 {
            let and = types::LifecycleRuleAndOperator::builder()
                .set_prefix(prefix.map(str::to_owned))
                .set_tags(some(tags))
                .set_object_size_greater_than(more)
                .set_object_size_less_than(less);
            return Ok(filter.and(and.build()).build());
        }
        let prefix = if conditions == 0 { Some(String::new()) } else { prefix.map(str::to_owned) };
        Ok(filter
            .set_prefix(prefix)
            .set_tag(tags.into_iter().next())
            .set_object_size_greater_than(more)
            .set_object_size_less_than(less)
            .build())
    }
}

fn some<T>(list: Vec<T>) -> Option<Vec<T>> {
    (!list.is_empty()).then_some(list)
}

fn class_name(class: Option<types::TransitionStorageClass>) -> String {
    class.map(|class| class.as_str().to_owned()).unwrap_or_default()
}

/// Lifecycle dates are midnights in UTC.
pub(super) fn parse_day(day: &str) -> Option<DateTime> {
    (day.len() == 10).then(|| DateTime::from_str(&format!("{day}T00:00:00Z"), Format::DateTime).ok()).flatten()
}

fn date_time(day: &str) -> Result<DateTime> {
    parse_day(day).ok_or_else(|| Error::refused(format!("`{day}` is not a date such as `2030-12-31`")))
}

fn day_of(date: &DateTime) -> Option<String> {
    date.fmt(Format::DateTime).ok()?.get(..10).map(str::to_owned)
}

#[cfg(test)]
#[path = "lifecycle_tests.rs"]
mod tests;

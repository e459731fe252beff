//! Who is notified of new and deleted objects (API: PutBucketNotificationConfiguration).

use aws_sdk_s3::types::{
    Event, EventBridgeConfiguration, FilterRule, FilterRuleName, LambdaFunctionConfiguration,
    NotificationConfiguration, NotificationConfigurationFilter, QueueConfiguration, S3KeyFilter, TopicConfiguration,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::aws::Result;
use crate::explain::Code;
use crate::model::arn::Arn;
use crate::resource::s3::{built, known};
use crate::resource::{Diagnostic, is_unknown};

/// One receiver: one of `lambda`, `sns` and `sqs`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Notification {
    /// A name for it. Default: AWS assigns one.
    pub id: Option<String>,
    /// The ARN of a function. Its `permissions` must name `s3.amazonaws.com`.
    pub lambda: Option<String>,
    /// The ARN of a topic. Its `policy` must allow `s3.amazonaws.com` to publish.
    pub sns: Option<String>,
    /// The ARN of a queue. Its policy must allow `s3.amazonaws.com` to send.
    pub sqs: Option<String>,
    /// What happened: `s3:ObjectCreated:*`, `s3:ObjectRemoved:*`, ….
    pub events: Vec<String>,
    /// The prefix of the objects' keys. Default: all objects.
    pub prefix: Option<String>,
    /// The suffix of the objects' keys. Default: all objects.
    pub suffix: Option<String>,
}

impl Notification {
    /// With the filter spelled out and the events in one order, because theirs means nothing.
    pub fn canonical(mut self) -> Self {
        self.prefix.get_or_insert_default();
        self.suffix.get_or_insert_default();
        self.events.sort();
        self.events.dedup();
        self
    }

    /// What is wrong with it; `path` is where it stands.
    pub fn check(&self, path: &str) -> Vec<Diagnostic> {
        let mut diagnostics = Vec::new();
        let targets = [("lambda", &self.lambda), ("sns", &self.sns), ("sqs", &self.sqs)];
        if targets.iter().filter(|(_, arn)| arn.is_some()).count() != 1 {
            diagnostics.push(
                Diagnostic::new(Code::Incomplete, path, "a notification needs exactly one receiver")
                    .help("give it one of `lambda`, `sns` and `sqs`, with an ARN"),
            );
        }
        for (service, arn) in targets.iter().filter_map(|(service, arn)| Some((service, arn.as_ref()?))) {
            if !is_unknown(arn) && Arn::parts(arn).is_none_or(|arn| arn.service != *service) {
                diagnostics.push(
                    Diagnostic::new(
                        Code::Arn,
                        format!("{path}.{service}"),
                        format!("`{arn}` is not the ARN of {}", receiver(service).0),
                    )
                    .help(receiver(service).1),
                );
            }
        }
        for (service, arn) in targets.iter().filter_map(|(service, arn)| Some((service, arn.as_ref()?))) {
            if !is_unknown(arn) && arn.ends_with(".fifo") {
                let what = if *service == "sns" { "topic" } else { "queue" };
                diagnostics.push(
                    Diagnostic::new(
                        Code::Arn,
                        format!("{path}.{service}"),
                        format!("`{arn}` is a FIFO {what}, which S3 can't notify"),
                    )
                    .help(format!("use a standard {what}, or `event_bridge: true`")),
                );
            }
        }
        if self.events.is_empty() {
            diagnostics.push(
                Diagnostic::new(Code::Incomplete, format!("{path}.events"), "a notification needs at least one event")
                    .help("`events: [\"s3:ObjectCreated:*\"]`"),
            );
        }
        let events = self.events.iter().enumerate();
        diagnostics
            .extend(events.filter_map(|(n, event)| known::doubt(format!("{path}.events.{n}"), event, Event::values())));
        diagnostics
    }

    fn filter(&self) -> Option<NotificationConfigurationFilter> {
        let rules: Vec<_> = [(FilterRuleName::Prefix, &self.prefix), (FilterRuleName::Suffix, &self.suffix)]
            .into_iter()
            .filter_map(|(name, value)| Some((name, value.as_ref().filter(|value| !value.is_empty())?)))
            .map(|(name, value)| FilterRule::builder().name(name).value(value).build())
            .collect();
        let key = (!rules.is_empty()).then(|| S3KeyFilter::builder().set_filter_rules(Some(rules)).build());
        key.map(|key| NotificationConfigurationFilter::builder().key(key).build())
    }
}

/// Two notifications of one event whose filters can both match an object, whatever their receivers.
pub fn check_overlap(all: &[Notification]) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    for (n, one) in all.iter().enumerate() {
        if let Some(id) = one.id.as_ref().filter(|id| all[..n].iter().any(|other| other.id.as_ref() == Some(id))) {
            let message = format!("there are two notifications with the id `{id}`");
            let hint = "give each a unique id, or remove `id`";
            diagnostics.push(Diagnostic::new(Code::Twice, format!("notifications.{n}.id"), message).help(hint));
        }
        let clash = all[..n].iter().enumerate().find_map(|(m, other)| Some((m, one.overlaps(other)?)));
        let Some((m, event)) = clash else { continue };
        let earlier = all[m].id.clone().map_or_else(|| format!("number {}", m + 1), |id| format!("`{id}`"));
        diagnostics.push(
            Diagnostic::new(
                Code::Overlap,
                format!("notifications.{n}"),
                format!(
                    "this and {earlier} are both for `{event}` on the same objects, and AWS allows one receiver \
                    for each"
                ),
            )
            .help(
                "give them different `prefix` or `suffix`; for several receivers, notify a topic to which all \
                    subscribe",
            ),
        );
    }
    diagnostics
}

impl Notification {
    /// An event that matches both.
    fn overlaps(&self, other: &Self) -> Option<&str> {
        let parts = |of: &Self| {
            let part = |text: &Option<String>| text.clone().unwrap_or_default();
            (part(&of.prefix), part(&of.suffix))
        };
        let ((prefix, suffix), (other_prefix, other_suffix)) = (parts(self), parts(other));
        if [&prefix, &suffix, &other_prefix, &other_suffix].into_iter().any(|text| is_unknown(text)) {
            return None;
        }
        let prefixes = prefix.starts_with(&other_prefix) || other_prefix.starts_with(&prefix);
        let suffixes = suffix.ends_with(&other_suffix) || other_suffix.ends_with(&suffix);
        let is_in = |event: &str, all: &str| all.strip_suffix('*').is_some_and(|start| event.starts_with(start));
        let is_shared = |a: &str, b: &str| a == b || is_in(a, b) || is_in(b, a);
        let shared = self.events.iter().find(|event| other.events.iter().any(|other| is_shared(event, other)));
        shared.map(String::as_str).filter(|_| prefixes && suffixes)
    }
}

/// What receives for a service, and how to name it.
fn receiver(service: &str) -> (&'static str, &'static str) {
    match service {
        "lambda" => ("a Lambda function", "for a function in this file: `${function.arn}`"),
        "sns" => ("an SNS topic", "for a topic in this file: `${topic.arn}`"),
        _ => ("an SQS queue", "for example `arn:aws:sqs:us-east-1:123456789012:homework`"),
    }
}

/// From what S3 returns; it writes the names of filters with a capital, and takes them without.
pub fn from_sdk(
    lambdas: Option<Vec<LambdaFunctionConfiguration>>,
    topics: Option<Vec<TopicConfiguration>>,
    queues: Option<Vec<QueueConfiguration>>,
) -> Vec<Notification> {
    let common = |id, events: Vec<Event>, filter| Notification {
        id,
        events: events.iter().map(|event| event.as_str().to_owned()).collect(),
        prefix: filter_value(&filter, "prefix"),
        suffix: filter_value(&filter, "suffix"),
        ..Notification::default()
    };
    let lambdas = lambdas.into_iter().flatten().map(|c| {
        let arn = Some(c.lambda_function_arn);
        Notification { lambda: arn, ..common(c.id, c.events, c.filter) }
    });
    let topics = topics.into_iter().flatten().map(|c| {
        let arn = Some(c.topic_arn);
        Notification { sns: arn, ..common(c.id, c.events, c.filter) }
    });
    let queues = queues.into_iter().flatten().map(|c| {
        let arn = Some(c.queue_arn);
        Notification { sqs: arn, ..common(c.id, c.events, c.filter) }
    });
    lambdas.chain(topics).chain(queues).map(Notification::canonical).collect()
}

fn filter_value(filter: &Option<NotificationConfigurationFilter>, name: &str) -> Option<String> {
    let rules = filter.as_ref()?.key.as_ref()?.filter_rules();
    let named = |rule: &&FilterRule| rule.name.as_ref().is_some_and(|n| n.as_str().eq_ignore_ascii_case(name));
    rules.iter().find(named)?.value.clone()
}

/// Those of `desired` that have no name of their own, with the names that their like have in `live`.
pub fn with_ids(mut desired: Vec<Notification>, live: &[Notification]) -> Vec<Notification> {
    let nameless = |one: &Notification| Notification { id: None, ..one.clone() };
    let mut free: Vec<_> = live.iter().filter(|one| !desired.iter().any(|other| other.id == one.id)).collect();
    for one in desired.iter_mut().filter(|one| one.id.is_none()) {
        if let Some(at) = free.iter().position(|live| nameless(live) == *one) {
            one.id = free.remove(at).id.clone();
        }
    }
    desired
}

/// The whole configuration, which a call replaces.
pub fn to_sdk(
    notifications: &[Notification],
    event_bridge: Option<EventBridgeConfiguration>,
) -> Result<NotificationConfiguration> {
    let mut all = NotificationConfiguration::builder().set_event_bridge_configuration(event_bridge);
    for n in notifications {
        let events = Some(n.events.iter().map(|event| Event::from(event.as_str())).collect::<Vec<_>>());
        if let Some(arn) = &n.lambda {
            let one = LambdaFunctionConfiguration::builder().set_id(n.id.clone()).lambda_function_arn(arn);
            all = all
                .lambda_function_configurations(built(one.set_events(events.clone()).set_filter(n.filter()).build())?);
        }
        if let Some(arn) = &n.sns {
            let one = TopicConfiguration::builder().set_id(n.id.clone()).topic_arn(arn);
            all = all.topic_configurations(built(one.set_events(events.clone()).set_filter(n.filter()).build())?);
        }
        if let Some(arn) = &n.sqs {
            let one = QueueConfiguration::builder().set_id(n.id.clone()).queue_arn(arn);
            all = all.queue_configurations(built(one.set_events(events).set_filter(n.filter()).build())?);
        }
    }
    Ok(all.build())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notifications_survive_the_sdk_form() {
        let notification = |prefix: &str| Notification {
            events: vec!["s3:ObjectCreated:*".into()],
            prefix: Some(prefix.into()),
            ..Notification::default()
        };
        let all = [
            Notification { lambda: Some("arn:aws:lambda:::f".into()), ..notification("a/") },
            Notification { sns: Some("arn:aws:sns:::t".into()), id: Some("x".into()), ..notification("") },
            Notification { sqs: Some("arn:aws:sqs:::q".into()), suffix: Some(".csv".into()), ..notification("") },
        ]
        .map(Notification::canonical);
        let sdk = to_sdk(&all, None).expect("an SDK configuration");
        let back = from_sdk(sdk.lambda_function_configurations, sdk.topic_configurations, sdk.queue_configurations);
        assert_eq!(back, all);
    }

    #[test]
    fn an_id_is_given_once() {
        let one = |id: Option<&str>, suffix: &str| Notification {
            events: vec!["s3:ObjectCreated:*".into()],
            id: id.map(str::to_owned),
            suffix: Some(suffix.into()),
            ..Notification::default()
        };
        let paths = |all: [Notification; 3]| {
            check_overlap(&all)
                .into_iter()
                .map(|diagnostic| (diagnostic.code, diagnostic.path().to_owned()))
                .collect::<Vec<_>>()
        };
        let twice = [one(Some("a"), ".csv"), one(Some("b"), ".png"), one(Some("a"), ".jpg")];
        assert_eq!(paths(twice), [(Code::Twice, "notifications.2.id".to_owned())]);
        assert_eq!(paths([one(None, ".csv"), one(None, ".png"), one(Some("a"), ".jpg")]), []);
    }

    #[test]
    fn a_misspelt_event_and_a_wrong_receiver_are_found() {
        let bad = Notification {
            sns: Some("arn:aws:lambda:us-east-1:123456789012:function:f".into()),
            events: vec!["s3:ObjectCreate:*".into()],
            ..Notification::default()
        };
        let diagnostics = bad.check("notifications.0");
        assert_eq!(diagnostics[0].path(), "notifications.0.sns");
        assert_eq!(diagnostics[1].help.as_deref(), Some("did you mean `s3:ObjectCreated:*`?"));
        assert_eq!(Notification::default().check("n").len(), 2);
    }
}

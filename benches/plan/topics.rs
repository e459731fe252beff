//! An account in which SNS topics can be made and read.

use std::collections::BTreeMap;
use std::sync::Mutex;

use percent_encoding::percent_decode_str;

use crate::fake_aws::{FakeAws, refusal};
use crate::proxy::{Call, Fault};

/// How many AWS lists in one answer (API: ListTopics).
const PAGE: usize = 100;

/// Topics by ARN, each with its tags.
type Topics = BTreeMap<String, BTreeMap<String, String>>;

pub fn account() -> FakeAws {
    let topics = Mutex::new(Topics::new());
    FakeAws::with(move |call| answer(call, &mut topics.lock().expect("no panic while it was locked")))
}

fn answer(call: &Call, topics: &mut Topics) -> Option<Fault> {
    let action = call.name.strip_prefix("sns:")?;
    let body = |result: String| {
        Some(Fault::answer(format!("<{action}Response><{action}Result>{result}</{action}Result></{action}Response>")))
    };
    let fields = fields(&call.body());
    let arn = fields.get("TopicArn").or(fields.get("ResourceArn")).cloned().unwrap_or_default();
    match action {
        "CreateTopic" => {
            let arn = format!("arn:aws:sns:us-east-1:123456789012:{}", fields.get("Name")?);
            topics.insert(arn.clone(), tags(&fields));
            body(format!("<TopicArn>{arn}</TopicArn>"))
        }
        "TagResource" => {
            topics.get_mut(&arn)?.extend(tags(&fields));
            body(String::new())
        }
        "ListTopics" => {
            let from: usize = fields.get("NextToken").and_then(|token| token.parse().ok()).unwrap_or(0);
            let page = topics.keys().skip(from).take(PAGE);
            let members: String = page.map(|arn| format!("<member><TopicArn>{arn}</TopicArn></member>")).collect();
            let more = topics.len() > from + PAGE;
            let next = if more { format!("<NextToken>{}</NextToken>", from + PAGE) } else { String::new() };
            body(format!("<Topics>{members}</Topics>{next}"))
        }
        "GetTopicAttributes" | "ListTagsForResource" if !topics.contains_key(&arn) => {
            refusal(404, "NotFound", "Topic does not exist")
        }
        "GetTopicAttributes" => {
            let entries = [("TopicArn", arn.as_str()), ("Owner", "123456789012")];
            let entries = entries.map(|(key, value)| format!("<entry><key>{key}</key><value>{value}</value></entry>"));
            body(format!("<Attributes>{}</Attributes>", entries.concat()))
        }
        "ListTagsForResource" => {
            let tag = |(key, value)| format!("<member><Key>{key}</Key><Value>{value}</Value></member>");
            let members: String = topics[&arn].iter().map(tag).collect();
            body(format!("<Tags>{members}</Tags>"))
        }
        _ => None,
    }
}

/// The fields of a query-protocol call.
fn fields(body: &str) -> BTreeMap<String, String> {
    let pairs = body.split('&').filter_map(|pair| pair.split_once('='));
    let decoded = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    pairs.map(|(key, value)| (key.to_owned(), decoded(value))).collect()
}

/// `Tags.member.1.Key` and so on.
fn tags(fields: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let part = |n: usize, part: &str| fields.get(&format!("Tags.member.{n}.{part}")).cloned();
    (1..).map_while(|n| Some((part(n, "Key")?, part(n, "Value")?))).collect()
}

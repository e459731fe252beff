use super::*;
use crate::testing::aws::{Asked, Aws, no, yes};

const TOPIC: &str = "arn:aws:sns:us-east-1:123456789012:cloud101-topic";

/// Protocol, endpoint and ARN of each subscription, as returned by ListSubscriptionsByTopic.
fn listed(subscriptions: &[[&str; 3]]) -> String {
    let member = |[protocol, endpoint, arn]: &[&str; 3]| {
        format!(
            "<member><Protocol>{protocol}</Protocol><Endpoint>{endpoint}</Endpoint>\
                 <SubscriptionArn>{arn}</SubscriptionArn></member>"
        )
    };
    let members: String = subscriptions.iter().map(member).collect();
    format!(
        "<ListSubscriptionsByTopicResponse><ListSubscriptionsByTopicResult><Subscriptions>{members}</Subscriptions>\
             </ListSubscriptionsByTopicResult></ListSubscriptionsByTopicResponse>"
    )
}

fn email(endpoint: &str) -> Subscription {
    let endpoint = endpoint.to_owned();
    let protocol = Protocol::Email;
    let dead_letter_arn = None;
    Subscription { protocol, endpoint, filter_policy: None, filter_policy_scope: None, raw: None, dead_letter_arn }
        .canonical()
}

/// An account in which the topic has these subscriptions. AWS takes no word for an ARN.
fn account(subscriptions: &'static [[&'static str; 3]]) -> Aws {
    Aws::with(move |call: &Asked| match call.name.as_str() {
        "sns:ListSubscriptionsByTopic" => yes(listed(subscriptions)),
        "sns:GetSubscriptionAttributes" if !call.body.contains("SubscriptionArn=arn:") => no(
            400,
            "InvalidParameter",
            "Invalid parameter: SubscriptionArn Reason: An ARN must have at least 6 elements",
        ),
        "sns:GetSubscriptionAttributes" => {
            yes("<GetSubscriptionAttributesResponse><GetSubscriptionAttributesResult><Attributes/>\
                 </GetSubscriptionAttributesResult></GetSubscriptionAttributesResponse>")
        }
        "sns:Subscribe" => yes("<SubscribeResponse><SubscribeResult/></SubscribeResponse>"),
        "sns:SetSubscriptionAttributes" if call.body.contains("RawMessageDelivery") => no(
            400,
            "InvalidParameter",
            "Invalid parameter: Delivery protocol [email] does not support raw message delivery.",
        ),
        "sns:SetSubscriptionAttributes" => yes("<SetSubscriptionAttributesResponse/>"),
        name => panic!("{name}"),
    })
}

#[tokio::test]
async fn who_has_unsubscribed_is_not_a_subscriber_and_can_be_asked_again() {
    let aws = account(&[
        ["email", "ana@example.edu", "Deleted"],
        ["email", "ben@example.edu", "arn:aws:sns:us-east-1:123456789012:cloud101-topic:1"],
    ]);
    let cx = aws.context();
    let (found, notes) = subscriptions(&cx, TOPIC, &Spec::default()).await.unwrap().unwrap();
    assert_eq!(found.iter().map(|(_, one)| one.endpoint.as_str()).collect::<Vec<_>>(), ["ben@example.edu"]);
    assert_eq!(notes, [""; 0]);
    subscribe(&cx, TOPIC, &[email("ana@example.edu"), email("ben@example.edu")]).await.unwrap();
    let asked: Vec<_> = aws.calls().into_iter().filter(|call| call.name == "sns:Subscribe").collect();
    assert!(asked.len() == 1 && asked[0].body.contains("Endpoint=ana@example.edu"), "{asked:?}");
}

#[tokio::test]
async fn only_what_differs_is_set_because_emails_are_never_raw() {
    let aws = account(&[["email", "ana@example.edu", "arn:aws:sns:us-east-1:123456789012:cloud101-topic:1"]]);
    let desired = Subscription { filter_policy: Some(json!({ "week": ["1"] })), ..email("ana@example.edu") };
    subscribe(&aws.context(), TOPIC, &[desired]).await.unwrap();
    let asked = aws.names();
    assert_eq!(asked.iter().filter(|name| *name == "sns:SetSubscriptionAttributes").count(), 1, "{asked:?}");
}

/// What is set of a queue's subscription that is to become `desired`, in this order.
async fn set(there: &'static str, desired: Subscription) -> Vec<String> {
    const QUEUE: &str = "arn:aws:sqs:us-east-1:123456789012:q";
    let aws = Aws::with(move |call: &Asked| match call.name.as_str() {
        "sns:ListSubscriptionsByTopic" => yes(listed(&[["sqs", QUEUE, "arn:aws:sns:us-east-1:123456789012:t:1"]])),
        "sns:GetSubscriptionAttributes" => yes(format!(
            "<GetSubscriptionAttributesResponse><GetSubscriptionAttributesResult><Attributes>{there}</Attributes>\
                 </GetSubscriptionAttributesResult></GetSubscriptionAttributesResponse>"
        )),
        _ => yes("<SetSubscriptionAttributesResponse/>"),
    });
    let desired = Subscription { protocol: Protocol::Sqs, endpoint: QUEUE.into(), ..desired };
    let cx = aws.context();
    subscribe(&cx, TOPIC, &[desired]).await.unwrap();
    let calls = aws.calls().into_iter().filter(|call| call.name == "sns:SetSubscriptionAttributes");
    let part = |body: &str, name: &str| {
        body.split('&').find_map(|pair| pair.strip_prefix(name)).unwrap_or_default().to_owned()
    };
    calls.map(|call| part(&call.body, "AttributeName=") + "=" + &part(&call.body, "AttributeValue=")).collect()
}

#[tokio::test]
async fn the_scope_comes_before_the_filter_that_needs_it_and_after_the_one_that_it_forbids() {
    let nested = json!({ "Records": { "s3": ["a"] } });
    let body =
        Subscription { filter_policy: Some(nested), filter_policy_scope: Some(Scope::MessageBody), ..email("q") };
    let plain = Subscription { filter_policy: Some(json!({ "a": ["b"] })), ..email("q") };
    let (of_body, of_attributes) = (
        "<entry><key>FilterPolicyScope</key><value>MessageBody</value></entry>\
             <entry><key>FilterPolicy</key><value>{\"Records\":{\"s3\":[\"a\"]}}</value></entry>",
        "<entry><key>FilterPolicyScope</key><value>MessageAttributes</value></entry>\
             <entry><key>FilterPolicy</key><value>{\"a\": [\"b\"]}</value></entry>",
    );
    let (scope, filter) = ("FilterPolicyScope=MessageBody", r#"FilterPolicy={"Records":{"s3":["a"]}}"#);
    assert_eq!(set(of_attributes, body.clone()).await, [scope, filter]);
    assert_eq!(set(of_body, body).await, [""; 0]);
    let (filter, scope) = (r#"FilterPolicy={"a":["b"]}"#, "FilterPolicyScope=MessageAttributes");
    assert_eq!(set(of_body, plain.clone()).await, [filter, scope]);
    assert_eq!(set(of_attributes, plain).await, [""; 0]);
    let dead = Subscription { dead_letter_arn: Some("arn:aws:sqs:us-east-1:123456789012:d".into()), ..email("q") };
    let redrive = r#"RedrivePolicy={"deadLetterTargetArn":"arn:aws:sqs:us-east-1:123456789012:d"}"#;
    assert_eq!(set("", dead).await, [redrive]);
}

#[test]
fn a_filter_without_keys_is_none() {
    let empty = Subscription { filter_policy: Some(json!({})), ..email("q") };
    assert_eq!(empty.canonical(), email("q").canonical());
}

#[tokio::test]
async fn a_firehose_stream_which_needs_a_role_is_left_alone() {
    assert!(serde_json::from_value::<Protocol>(json!("firehose")).is_err());
    let aws = account(&[["firehose", "arn:aws:firehose:us-east-1:123456789012:deliverystream/d", "arn:aws:sns:x"]]);
    subscribe(&aws.context(), TOPIC, &[]).await.unwrap();
    assert_eq!(aws.names(), ["sns:ListSubscriptionsByTopic"]);
}

#[tokio::test]
async fn a_web_address_is_not_reported_to_look_into_its_emails() {
    let aws = account(&[["https", "https://example.edu/hook", PENDING], ["email", "ana@example.edu", PENDING]]);
    let hook = Subscription { protocol: Protocol::Https, ..email("https://example.edu/hook") };
    let desired = Spec { subscriptions: Some(vec![hook, email("ana@example.edu")]), ..Spec::default() };
    let (_, notes) = subscriptions(&aws.context(), TOPIC, &desired).await.unwrap().unwrap();
    assert!(notes[0].starts_with("https:") && notes[0].contains("SubscribeURL"), "{notes:?}");
    assert!(notes[1].starts_with("ana@") && notes[1].contains("email from AWS"), "{notes:?}");
}

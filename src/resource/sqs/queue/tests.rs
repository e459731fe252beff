//! What AWS does with queues and no emulator: names that stay taken, answers that lag, queues of others.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use super::*;
use crate::aws::wait::clock::Clock;
use crate::resource::Address;
use crate::resource::lookup::Lookup;
use crate::testing::aws::{Answer, Asked, Aws, no, yes};
use crate::testing::ownership_tags;

const NAME: &str = "cloud101-queue";
const URL: &str = "https://sqs.us-east-1.amazonaws.com/123456789012/cloud101-queue";
const ARN: &str = "arn:aws:sqs:us-east-1:123456789012:cloud101-queue";
const DEAD: &str = "arn:aws:sqs:us-east-1:123456789012:dead";

/// What SQS has, as one of its answers shows it.
#[derive(Clone, Default)]
struct There {
    /// `None`: no queue.
    attributes: Option<Value>,
    tags: Tags,
}

type Account = Arc<Mutex<There>>;

fn account(attributes: Option<Value>, tags: Tags) -> Account {
    Arc::new(Mutex::new(There { attributes, tags }))
}

/// As SQS says it: the code of its JSON, and the older one in a header (LocalStack snapshot `test_non_existent_queue`).
fn none() -> Answer {
    no(400, "QueueDoesNotExist", "The specified queue does not exist.")
        .with(&[("x-amzn-query-error", "AWS.SimpleQueueService.NonExistentQueue;Sender")])
}

/// SQS's usual answers of a queue as it is `there`.
fn usual(call: &Asked, account: &Account) -> Answer {
    let mut there = account.lock().unwrap();
    let input: Value = serde_json::from_str(&call.body).expect("JSON");
    let merge = |into: &mut Value, from: &Value| {
        for (name, value) in from.as_object().into_iter().flatten() {
            into[name] = value.clone();
        }
    };
    if call.name == "sqs:CreateQueue" {
        there.attributes.get_or_insert_with(|| json!({ "QueueArn": ARN }));
        merge(there.attributes.as_mut().unwrap(), &input["Attributes"]);
        there.tags = serde_json::from_value(input["tags"].clone()).expect("tags");
        return yes(json!({ "QueueUrl": URL }).to_string());
    }
    let Some(attributes) = &mut there.attributes else { return none() };
    match call.name.as_str() {
        "sqs:GetQueueUrl" => yes(json!({ "QueueUrl": URL }).to_string()),
        "sqs:GetQueueAttributes" => yes(json!({ "Attributes": attributes }).to_string()),
        "sqs:SetQueueAttributes" => {
            merge(attributes, &input["Attributes"]);
            yes("")
        }
        "sqs:ListQueueTags" => yes(json!({ "Tags": there.tags }).to_string()),
        "sqs:DeleteQueue" => {
            there.attributes = None;
            yes("")
        }
        other => panic!("{other} is not expected"),
    }
}

fn desired(spec: Value) -> Desired<Spec> {
    let spec: Spec = serde_json::from_value(spec).expect("a spec");
    Desired {
        address: Address::new("queue"),
        name: NAME.into(),
        spec: spec.canonical(),
        tags: ownership_tags("cloud101", "queue", NAME),
        replaces: None,
    }
}

fn inputs(aws: &Aws, operation: &str) -> Vec<Value> {
    let calls = aws.calls().into_iter().filter(|call| call.name == operation);
    calls.map(|call| serde_json::from_str(&call.body).expect("JSON")).collect()
}

#[tokio::test]
async fn a_queue_is_made_with_all_its_settings_and_tags_in_one_call() {
    let here = account(None, Tags::new());
    let there = here.clone();
    let aws = Aws::with(move |call| usual(call, &there));
    let spec = json!({
        "visibility_timeout_seconds": 60, "content_based_deduplication": false, "fifo": false, "kms_key": "",
        "dead_letter": { "target_arn": DEAD },
    });
    let live = Queue.create(&aws.context(), &desired(spec)).await.unwrap();
    assert_eq!((live.id.as_str(), live.attributes["arn"].as_str(), live.attributes["url"].as_str()), (URL, ARN, URL));
    let made = &inputs(&aws, "sqs:CreateQueue")[0];
    // SQS calls the attributes of FIFO queues unknown for any other, also `false` (LocalStack snapshot
    // `test_create_standard_queue_with_fifo_attribute_raises_error`).
    let redrive = json!({ "deadLetterTargetArn": DEAD, "maxReceiveCount": 10 }).to_string();
    assert_eq!(made["Attributes"], json!({ "VisibilityTimeout": "60", "RedrivePolicy": redrive }));
    assert_eq!(made["tags"]["cloud101:stack"], "cloud101");
    assert!(!aws.names().contains(&"sqs:SetQueueAttributes".to_owned()), "{:?}", aws.names());
}

/// terraform-provider-aws#831 and #3148: for a minute and more.
#[tokio::test]
async fn the_name_of_a_deleted_queue_is_awaited_and_not_for_ever() {
    for (freed_after, is_made) in [(70, true), (600, false)] {
        let clock = Clock::default();
        let (time, there) = (clock.clone(), account(None, Tags::new()));
        let aws =
            Aws::with(move |call| match call.name == "sqs:CreateQueue" && time.elapsed().as_secs() < freed_after {
                true => no(
                    400,
                    "QueueDeletedRecently",
                    "You must wait 60 seconds after deleting a queue before you can create another with the same name.",
                )
                .with(&[("x-amzn-query-error", "AWS.SimpleQueueService.QueueDeletedRecently;Sender")]),
                false => usual(call, &there),
            });
        let (cx, desired) = (aws.context(), desired(json!({})));
        let made = clock.run(Queue.create(&cx, &desired)).await;
        assert_eq!(made.is_ok(), is_made);
        assert!(clock.elapsed() >= Duration::from_secs(70) && clock.elapsed() < Duration::from_secs(180));
        if let Err(error) = made {
            assert_eq!(error.kind, crate::aws::ErrorKind::InUse, "{error:?}");
        }
    }
}

#[tokio::test]
async fn a_queue_of_others_is_not_taken_although_aws_gives_its_url() {
    for (owner, tags) in [
        ("does not belong to this stack", Tags::new()),
        ("does not belong to this stack", Tags::from([("course".into(), "bio".into())])),
        ("belongs to the stack `physics`", ownership_tags("physics", "queue", NAME)),
        ("its tags are a copy", ownership_tags("cloud101", "queue", "another")),
    ] {
        // CreateQueue of a queue with the same attributes is a success (API: CreateQueue), and changes no tags.
        for is_seen_at_first in [true, false] {
            let there = account(Some(json!({ "QueueArn": ARN })), tags.clone());
            let mut looks = 0;
            let aws = Aws::with(move |call| {
                looks += 1;
                match call.name.as_str() {
                    "sqs:GetQueueUrl" if !is_seen_at_first && looks == 1 => none(),
                    "sqs:CreateQueue" => yes(json!({ "QueueUrl": URL }).to_string()),
                    _ => usual(call, &there),
                }
            });
            let (cx, desired) = (aws.context(), desired(json!({ "delay_seconds": 5 })));
            let error = Clock::default().run(Queue.create(&cx, &desired)).await.unwrap_err();
            assert!(error.message.contains(owner), "{}", error.message);
            let calls = aws.names();
            assert_eq!(calls.iter().any(|call| call == "sqs:CreateQueue"), !is_seen_at_first);
            for changing in ["sqs:SetQueueAttributes", "sqs:TagQueue"] {
                assert!(!calls.iter().any(|call| call == changing), "{calls:?}");
            }
        }
    }
}

#[tokio::test]
async fn one_that_an_earlier_run_made_otherwise_is_gone_on_with() {
    let there =
        account(Some(json!({ "QueueArn": ARN, "DelaySeconds": "0" })), ownership_tags("cloud101", "queue", NAME));
    let aws = Aws::with(move |call| match call.name.as_str() {
        // LocalStack snapshot `test_create_queue_with_different_attributes_raises_exception`.
        "sqs:CreateQueue" => no(
            400,
            "QueueNameExists",
            "A queue already exists with the same name and a different \
                                 value for attribute DelaySeconds",
        )
        .with(&[("x-amzn-query-error", "QueueAlreadyExists;Sender")]),
        _ => usual(call, &there),
    });
    let live = Queue.create(&aws.context(), &desired(json!({ "delay_seconds": 5 }))).await.unwrap();
    assert_eq!(live.spec.delay_seconds, Some(5));
    assert_eq!(inputs(&aws, "sqs:SetQueueAttributes")[0]["Attributes"], json!({ "DelaySeconds": "5" }));
}

/// How often a queue with this spec is asked for that SQS refuses once.
async fn attempts(spec: Value, message: &'static str) -> usize {
    let there = account(None, Tags::new());
    let mut asked = 0;
    let aws = Aws::with(move |call| {
        asked += usize::from(call.name == "sqs:CreateQueue");
        match call.name == "sqs:CreateQueue" && asked == 1 {
            true => no(400, "InvalidParameterValue", message),
            false => usual(call, &there),
        }
    });
    let (cx, desired) = (aws.context(), desired(spec));
    let _ = Clock::default().run(Queue.create(&cx, &desired)).await;
    inputs(&aws, "sqs:CreateQueue").len()
}

#[tokio::test]
async fn what_a_new_queue_refers_to_may_be_new_itself() {
    const DEAD_UNKNOWN: &str = "Value {…} for parameter RedrivePolicy is invalid. Reason: Dead letter target does not \
                                exist.";
    const POLICY: &str = "Invalid value for the parameter Policy.";
    let policy = |principal: Value| {
        json!({ "policy": { "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Principal": principal, "Action": "sqs:SendMessage", "Resource": ARN },
        ] } })
    };
    let role = json!({ "AWS": "arn:aws:iam::123456789012:role/new" });
    assert_eq!(attempts(json!({ "dead_letter": { "target_arn": DEAD } }), DEAD_UNKNOWN).await, 2);
    assert_eq!(attempts(policy(role), POLICY).await, 2);
    assert_eq!(attempts(policy(json!({ "Service": "sns.amazonaws.com" })), POLICY).await, 1, "nothing there is new");
}

/// API: SetQueueAttributes; terraform-provider-aws `waitQueueAttributesPropagated` asks for six equal answers in a row.
#[tokio::test]
async fn an_apply_ends_when_several_looks_at_once_show_what_it_set() {
    let here =
        account(Some(json!({ "QueueArn": ARN, "DelaySeconds": "0" })), ownership_tags("cloud101", "queue", NAME));
    let (there, mut looks) = (here.clone(), 0);
    let aws = Aws::with(move |call| {
        looks += usize::from(call.name == "sqs:GetQueueAttributes");
        let is_old = call.name == "sqs:GetQueueAttributes" && looks % 2 == 0 && looks < 20;
        if is_old { yes(json!({ "Attributes": { "DelaySeconds": "0" } }).to_string()) } else { usual(call, &there) }
    });
    let (cx, clock) = (aws.context(), Clock::default());
    let live = read::queue(&cx, URL).await.unwrap().unwrap();
    let target = desired(json!({ "delay_seconds": 5 }));
    let change = Change { target: target.spec.clone(), paths: ["delay_seconds".to_owned()].into() };
    let live = clock.run(Queue.update(&cx, &target, &live, &change)).await.unwrap();
    assert_eq!(live.spec.delay_seconds, Some(5));
    let looks = inputs(&aws, "sqs:GetQueueAttributes").len();
    assert!(looks >= 20, "the first look that shows it is not the end: {looks}");
}

/// API: SetQueueAttributes: 60 seconds, and 15 minutes for MessageRetentionPeriod.
#[tokio::test]
async fn each_setting_has_its_time_to_show_and_no_more() {
    for (property, attribute, shown_after, waited) in [
        ("message_retention_seconds", "MessageRetentionPeriod", 840, 840..870),
        ("message_retention_seconds", "MessageRetentionPeriod", 10_000, 890..960),
        ("visibility_timeout_seconds", "VisibilityTimeout", 10_000, 55..70),
    ] {
        let clock = Clock::default();
        let time = clock.clone();
        let aws = Aws::with(move |call| match call.name.as_str() {
            "sqs:GetQueueAttributes" => {
                let value = if time.elapsed().as_secs() < shown_after { "100" } else { "200" };
                yes(json!({ "Attributes": { attribute: value } }).to_string())
            }
            "sqs:ListQueueTags" => yes("{}"),
            _ => yes(""),
        });
        let (cx, target) = (aws.context(), desired(json!({ property: 200 })));
        let live = Live::new(URL, Spec::default(), Attributes::new(), Tags::new());
        let change = Change { target: target.spec.clone(), paths: [property.to_owned()].into() };
        assert!(clock.run(Queue.update(&cx, &target, &live, &change)).await.is_ok(), "it is left to the next plan");
        assert!(waited.contains(&clock.elapsed().as_secs()), "{property}: {:?}", clock.elapsed());
    }
}

/// What a plan sees of a queue on which an apply has set `delay_seconds: 5`, and of which each answer is given by its number.
async fn seen(delay: fn(usize) -> u32) -> (Option<i32>, usize) {
    let mut applied = crate::aws::ownership::LastApplied::default();
    applied.bind(NAME);
    applied.insert("delay_seconds", &json!(5), false);
    let ownership = crate::aws::ownership::Ownership {
        stack: "cloud101".into(),
        address: Address::new("queue"),
        applied,
        keep: Default::default(),
    };
    let desired = Desired { tags: ownership.tags(), ..desired(json!({ "delay_seconds": 5 })) };
    let (there, mut looks) = (account(Some(json!({})), ownership.tags()), 0);
    let aws = Aws::with(move |call| match call.name.as_str() {
        "sqs:GetQueueAttributes" => {
            looks += 1;
            yes(json!({ "Attributes": { "QueueArn": ARN, "DelaySeconds": delay(looks).to_string() } }).to_string())
        }
        _ => usual(call, &there),
    });
    let live = Queue.read(&aws.context(), &[desired]).await.pop().unwrap().unwrap().unwrap();
    (live.spec.delay_seconds, inputs(&aws, "sqs:GetQueueAttributes").len())
}

#[tokio::test]
async fn an_old_answer_is_not_drift_and_what_was_changed_by_hand_is() {
    assert_eq!(seen(|_| 5).await, (Some(5), 1));
    assert_eq!(seen(|look| if look < 3 { 0 } else { 5 }).await, (Some(5), 3));
    assert_eq!(seen(|_| 9).await, (Some(9), 5));
}

#[tokio::test]
async fn a_queue_that_is_not_there_is_an_answer_in_either_form_of_the_code() {
    let json = || no(400, "com.amazonaws.sqs#QueueDoesNotExist", "The specified queue does not exist.");
    for (code, answer) in [("of the JSON alone", json()), ("with that of the older protocol in a header", none())] {
        let aws = Aws::with(move |_| answer.clone());
        let (cx, desired) = (aws.context(), [desired(json!({}))]);
        assert!(matches!(Queue.read(&cx, &desired).await[..], [Ok(None)]), "{code}");
        assert_eq!(Queue.current(&cx, URL).await.unwrap(), None);
        assert!(Queue.delete(&cx, URL, false).await.is_ok());
    }
}

/// API: DeleteQueue: for up to 60 seconds requests may succeed.
#[tokio::test]
async fn a_deletion_ends_when_several_looks_at_once_find_nothing() {
    let (there, clock, mut looks) = (account(Some(json!({})), Tags::new()), Clock::default(), 0);
    let aws = Aws::with(move |call| match call.name.as_str() {
        "sqs:ListQueueTags" => {
            looks += 1;
            if looks % 3 == 1 || looks > 30 { none() } else { yes("{}") }
        }
        _ => usual(call, &there),
    });
    let cx = aws.context();
    clock.run(Queue.delete(&cx, URL, false)).await.unwrap();
    let looks = inputs(&aws, "sqs:ListQueueTags").len();
    assert!(looks > 30, "one look that finds nothing is not the end: {looks}");
}

#[tokio::test]
async fn a_list_has_all_pages_and_passes_over_what_is_being_deleted() {
    let url = |name: &str| URL.replace(NAME, name);
    let aws = Aws::with(move |call| {
        let input: Value = serde_json::from_str(&call.body).expect("JSON");
        let named = |name: &str| input["QueueUrl"] == url(name);
        match call.name.as_str() {
            // Without MaxResults there would be no second page (API: ListQueues).
            "sqs:ListQueues" if input["MaxResults"] != 1000 => yes("{}"),
            "sqs:ListQueues" if input["NextToken"] == "more" => yes(json!({ "QueueUrls": [url("copy")] }).to_string()),
            "sqs:ListQueues" => {
                yes(json!({ "QueueUrls": [url("own"), url("going"), url("plain")], "NextToken": "more" }).to_string())
            }
            "sqs:ListQueueTags" if named("going") => none(),
            "sqs:ListQueueTags" if named("plain") => yes("{}"),
            _ => yes(json!({ "Tags": ownership_tags("cloud101", "queue", "own") }).to_string()),
        }
    });
    let listing = Queue.list(&aws.context()).await.unwrap();
    let names = |all: &[Owned]| all.iter().map(|one| one.name.clone()).collect::<Vec<_>>();
    assert_eq!(
        (listing.seen, names(&listing.owned), names(&listing.doubtful)),
        (Some(4), vec!["own".to_owned()], vec!["copy".to_owned()])
    );
}

#[tokio::test]
async fn a_queue_is_found_by_name_arn_and_url_and_not_by_that_of_another_account() {
    let policy = json!({ "Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [{
        "Sid": "__owner_statement", "Effect": "Allow", "Action": "SQS:*", "Resource": ARN,
        "Principal": { "AWS": "arn:aws:iam::123456789012:root" },
    }] });
    let there = account(Some(json!({ "QueueArn": ARN, "Policy": policy.to_string() })), Tags::new());
    let aws = Aws::with(move |call| usual(call, &there));
    let cx = aws.context();
    for id in [NAME, ARN, URL] {
        let found = Queue.find(&cx, id, None).await.unwrap().expect(id);
        assert_eq!((found.id.as_str(), found.spec.policy), (URL, None), "what the console gave it is not a choice");
    }
    let other = URL.replace("123456789012", "210987654321");
    assert!(Queue.find(&cx, &other, None).await.unwrap().is_none());
}

#[tokio::test]
async fn messages_that_are_lost_are_said() {
    let attributes = json!({
        "ApproximateNumberOfMessages": "3", "ApproximateNumberOfMessagesNotVisible": "1",
        "ApproximateNumberOfMessagesDelayed": "0",
    });
    let there = account(Some(attributes), Tags::new());
    let aws = Aws::with(move |call| usual(call, &there));
    let cx = aws.context();
    let said = ["about 4 messages in it are lost"];
    assert_eq!(read::queue(&cx, URL).await.unwrap().unwrap().besides.deleted, said);
    assert_eq!(Queue.besides(&cx, URL).await.unwrap(), said);
    assert_eq!((read::lost(0), read::lost(1).as_deref()), (None, Some("about 1 message in it is lost")));
    let keeps = |seconds| Spec { message_retention_seconds: Some(seconds), ..Spec::default() };
    assert!(Queue.data_loss(&keeps(3600), Some(&keeps(60))).is_some_and(|lost| lost.contains("older than 60 seconds")));
    assert_eq!(Queue.data_loss(&keeps(60), Some(&keeps(3600))), None);
}

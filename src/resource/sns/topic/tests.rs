use super::*;
use crate::resource::Address;
use crate::testing::aws::{Asked, Aws, no, yes};

const ARN: &str = "arn:aws:sns:us-east-1:123456789012:cloud101-topic";

/// What becomes of a creation that AWS refuses because there is such a topic with other tags: these.
async fn created(tags: Tags) -> (Result<Live<Spec>>, Vec<String>) {
    let aws = Aws::with(move |call: &Asked| {
        let operation = call.name.trim_start_matches("sns:");
        let answer = |result: &str| {
            yes(format!("<{operation}Response><{operation}Result>{result}</{operation}Result></{operation}Response>"))
        };
        match operation {
            "CreateTopic" => {
                no(400, "InvalidParameter", "Invalid parameter: Tags Reason: Topic already exists with different tags")
            }
            "ListTagsForResource" => {
                let tag = |(key, value)| format!("<member><Key>{key}</Key><Value>{value}</Value></member>");
                answer(&format!("<Tags>{}</Tags>", tags.iter().map(tag).collect::<String>()))
            }
            _ => answer(""),
        }
    });
    let desired = Desired {
        address: Address::new("topic"),
        name: "cloud101-topic".into(),
        spec: Spec { display_name: Some("Class".into()), ..Spec::default() },
        tags: Tags::new(),
        replaces: None,
    };
    (Topic.create(&aws.context(), &desired).await, aws.names())
}

#[tokio::test]
async fn a_topic_with_other_tags_is_taken_and_one_of_the_stack_is_gone_on_with() {
    let (taken, calls) = created(Tags::from([("course".into(), "bio".into())])).await;
    let error = taken.map(drop).unwrap_err().to_string();
    assert!(error.contains("the topic `cloud101-topic` already exists"), "{error}");
    assert!(!calls.iter().any(|call| call == "sns:SetTopicAttributes"), "{calls:?}");
    let ownership_tags = crate::testing::ownership_tags("cloud101", "topic", "cloud101-topic");
    let (own, calls) = created(ownership_tags).await;
    assert_eq!(own.unwrap().id, ARN);
    assert!(calls.iter().any(|call| call == "sns:SetTopicAttributes"), "{calls:?}");
}

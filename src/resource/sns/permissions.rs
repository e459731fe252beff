//! What the calls of SNS's kinds need: an action for each call of a kind, and what AWS checks besides.

use crate::resource::permission::{Allowed, Fence, Purpose};

/// Of `sns.topic`.
pub fn topic() -> Vec<Allowed> {
    vec![
        Fence::see().allows([
            "sns:GetSubscriptionAttributes",
            "sns:GetTopicAttributes",
            "sns:ListSubscriptionsByTopic",
            "sns:ListTagsForResource",
            "sns:ListTopics",
        ]),
        make_topics_with_our_tag().allows(["sns:CreateTopic", "sns:TagResource"]),
        change_topics_with_our_tag().allows([
            "sns:DeleteTopic",
            "sns:Publish",
            "sns:SetTopicAttributes",
            "sns:Subscribe",
            "sns:TagResource",
            "sns:UntagResource",
        ]),
        change_subscriptions().allows(["sns:SetSubscriptionAttributes", "sns:Unsubscribe"]),
    ]
}

fn make_topics_with_our_tag() -> Fence {
    Fence::of("MakeTopicsWithOurTag", Purpose::Change).made_with_our_tag()
}

fn change_topics_with_our_tag() -> Fence {
    Fence::of("ChangeTopicsWithOurTag", Purpose::Change).with_our_tag()
}

fn change_subscriptions() -> Fence {
    Fence::of("ChangeSubscriptions", Purpose::Change)
}

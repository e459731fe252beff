//! What the calls of SQS's kinds need: an action for each call of a kind, and what AWS checks besides.

use crate::resource::permission::{Allowed, Fence, Purpose};

/// Of `sqs.queue`.
pub fn queue() -> Vec<Allowed> {
    vec![
        Fence::see().allows(["sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:ListQueueTags", "sqs:ListQueues"]),
        // CreateQueue with tags asks for TagQueue, too.
        Fence::of("MakeQueuesWithOurTag", Purpose::Change)
            .made_with_our_tag()
            .allows(["sqs:CreateQueue", "sqs:TagQueue"]),
        Fence::of("ChangeQueuesWithOurTag", Purpose::Change).with_our_tag().allows([
            "sqs:DeleteQueue",
            "sqs:SetQueueAttributes",
            "sqs:TagQueue",
            "sqs:UntagQueue",
        ]),
    ]
}

//! What the calls of SES's kinds need: an action for each call of a kind, and what AWS checks besides.

use crate::resource::permission::{Allowed, Fence, Purpose};

/// Of `ses.identity`.
pub fn identity() -> Vec<Allowed> {
    vec![
        Fence::see().allows(["ses:GetEmailIdentity", "ses:ListEmailIdentities", "ses:ListTagsForResource"]),
        make_senders_with_our_tag().allows(["ses:CreateEmailIdentity", "ses:TagResource"]),
        change_senders_with_our_tag().allows(["ses:DeleteEmailIdentity", "ses:TagResource", "ses:UntagResource"]),
    ]
}

fn make_senders_with_our_tag() -> Fence {
    Fence::of("MakeSendersWithOurTag", Purpose::Change).made_with_our_tag()
}

fn change_senders_with_our_tag() -> Fence {
    Fence::of("ChangeSendersWithOurTag", Purpose::Change).with_our_tag()
}

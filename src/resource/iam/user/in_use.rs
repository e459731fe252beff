//! Which of a user's credentials open something now: what a file says of others is of no use to anybody.

use crate::aws::{Context, Result};
use crate::resource::handed_out::InUse;

use super::credentials::{access_keys_by_status, password};
use super::delivery::{LABELS_OF_KEY, LABELS_OF_PASSWORD, date};
use super::mark::{AccessKey, ConsolePassword};

/// The console password and the access keys of a user.
pub async fn of(cx: &Context, user: &str) -> Result<Vec<InUse>> {
    let (password, keys) = tokio::try_join!(password(cx, user), access_keys_by_status(cx, user))?;
    let (active, inactive): (Vec<_>, Vec<_>) = keys.into_iter().partition(|(_, is_active)| *is_active);
    let ids = |keys: Vec<(super::mark::Made, bool)>| keys.into_iter().map(|(key, _)| key.id).collect();
    Ok(vec![
        InUse {
            property: ConsolePassword.property(),
            labels: LABELS_OF_PASSWORD,
            known_by: LABELS_OF_PASSWORD[1],
            good: password.map(|made| date(made.at)).into_iter().collect(),
            inactive: Vec::new(),
        },
        InUse {
            property: AccessKey.property(),
            labels: LABELS_OF_KEY,
            known_by: LABELS_OF_KEY[0],
            good: ids(active),
            inactive: ids(inactive),
        },
    ])
}

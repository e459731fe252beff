//! A password that fits the account's policy, and can be typed from paper.

use aws_sdk_iam::types::PasswordPolicy;

use crate::aws::{Call, Context, Error, ErrorKind, Result};
use crate::model::sensitive::Sensitive;

/// The letters of each sort, without those that look like others.
const SORTS: [&[u8]; 4] = [b"abcdefghijkmnpqrstuvwxyz", b"ABCDEFGHJKLMNPQRSTUVWXYZ", b"23456789", b"!#%*+-=@_"];
/// How long a password is, unless the policy wants a longer one: some 116 bits.
const LENGTH: usize = 20;
/// The longest that IAM takes (API: CreateLoginProfile).
const LONGEST: usize = 128;

/// A new password. It has letters of all sorts, and so fits any policy that the account can have but for its length, which
/// is asked.
pub async fn new(cx: &Context) -> Result<Sensitive<String>> {
    let length = length(policy(cx).await?.as_ref());
    let unavailable =
        |error: getrandom::Error| Error::refused(format!("this computer gives no random numbers: {error}"));
    made(length, || {
        let mut byte = [0];
        getrandom::fill(&mut byte).map(|()| byte[0])
    })
    .map_err(unavailable)
}

/// `None`: AWS's own, which wants eight characters of three sorts (IAM User Guide, "Set an account password policy"); or
/// the credentials of this run may not ask.
async fn policy(cx: &Context) -> Result<Option<PasswordPolicy>> {
    let answer = cx.clients.iam.get_account_password_policy().send().await;
    match answer.call_if_found("iam:GetAccountPasswordPolicy") {
        Ok(answer) => Ok(answer.and_then(|answer| answer.password_policy)),
        Err(error) if error.kind == ErrorKind::Denied => Ok(None),
        Err(error) => Err(error),
    }
}

fn length(policy: Option<&PasswordPolicy>) -> usize {
    let least = policy.and_then(|policy| usize::try_from(policy.minimum_password_length?).ok());
    least.unwrap_or_default().clamp(LENGTH, LONGEST)
}

/// Begins with a letter: spreadsheets take other characters for the beginning of a formula.
fn made<E>(length: usize, mut byte: impl FnMut() -> Result<u8, E>) -> Result<Sensitive<String>, E> {
    let all = SORTS.concat();
    let letters = SORTS[..2].concat();
    loop {
        let mut password = String::new();
        while password.len() < length {
            let from = if password.is_empty() { &letters } else { &all };
            // Each letter is as likely as any other: bytes beyond the last multiple of their number are passed over.
            let byte = usize::from(byte()?);
            if byte < 256 / from.len() * from.len() {
                password.push(char::from(from[byte % from.len()]));
            }
        }
        if SORTS.iter().all(|sort| password.bytes().any(|letter| sort.contains(&letter))) {
            return Ok(password.into());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::aws::{Aws, no, yes};

    fn random(length: usize) -> String {
        made(length, || Ok::<_, ()>(fastrand::u8(..))).unwrap().into_revealed()
    }

    #[test]
    fn each_has_letters_of_all_sorts_and_begins_with_one() {
        for _ in 0..2000 {
            let password = random(LENGTH);
            assert_eq!(password.len(), LENGTH);
            assert!(password.starts_with(|first: char| first.is_ascii_alphabetic()), "{password}");
            for sort in SORTS {
                assert!(password.bytes().any(|letter| sort.contains(&letter)), "{password}");
            }
        }
        assert_ne!(random(LENGTH), random(LENGTH));
    }

    #[test]
    fn every_letter_comes_and_none_that_looks_like_another() {
        let seen: String = (0..200).map(|_| random(LONGEST)).collect();
        for letter in SORTS.concat() {
            assert!(seen.contains(char::from(letter)), "{}", char::from(letter));
        }
        assert!(!seen.contains(['0', 'O', 'o', '1', 'l', 'I', ' ']), "{seen}");
    }

    async fn length_where(policy: &'static str) -> usize {
        let aws = Aws::with(move |_| match policy {
            "none" => no(404, "NoSuchEntity", "The Password Policy with domain name 123456789012 cannot be found."),
            "denied" => no(403, "AccessDenied", "not authorized to perform: iam:GetAccountPasswordPolicy"),
            least => yes(format!(
                "<GetAccountPasswordPolicyResponse><GetAccountPasswordPolicyResult><PasswordPolicy>\
                 <MinimumPasswordLength>{least}</MinimumPasswordLength><RequireSymbols>true</RequireSymbols></PasswordPolicy>\
                 </GetAccountPasswordPolicyResult></GetAccountPasswordPolicyResponse>"
            )),
        });
        new(&aws.context()).await.unwrap().reveal().len()
    }

    #[tokio::test]
    async fn it_is_as_long_as_the_account_wants() {
        for (policy, length) in [("none", 20), ("denied", 20), ("8", 20), ("32", 32), ("128", 128)] {
            assert_eq!(length_where(policy).await, length, "{policy}");
        }
    }
}

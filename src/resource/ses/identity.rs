//! `ses.identity`: an address or a domain that SES may send email from.

use std::time::{Duration, Instant};

use aws_sdk_sesv2::operation::get_email_identity::GetEmailIdentityOutput;
use aws_sdk_sesv2::types::{IdentityType, Tag};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::aws::claim::claim;
use crate::aws::{Bounded, Call, Context, Error, ErrorKind, Result, tags, wait};
use crate::explain::Code;
use crate::resource::others::{Going, Others, listed};
use crate::resource::{
    Attribute, Attributes, Base, Change, Current, Desired, Diagnostic, KindInfo, Listing, Live, Owned, Place, Resource,
    Tags, Unchecked, is_unknown,
};

/// Where SES keeps its half of a domain's keys, unless it says otherwise.
const DKIM_ZONE: &str = "dkim.amazonses.com";

/// How long one question may be refused because of those before it: SES takes about one a second from an account
/// (Amazon SES Developer Guide, quotas), and more requests take longer.
const PATIENCE: Duration = Duration::from_secs(60);

/// The kind.
pub struct Identity;

/// The properties of `ses.identity`: one of the two.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// An email address. AWS sends it a link; opening the link verifies that the address is yours.
    #[schemars(extend("x-replace" = true, "examples" = ["assistant@example.edu"]))]
    pub email: Option<String>,
    /// A domain; every address in it can be a sender. Three DNS records verify that it is yours.
    #[schemars(extend("x-replace" = true, "examples" = ["example.edu"]))]
    pub domain: Option<String>,
}

impl Resource for Identity {
    type Spec = Spec;

    fn info(&self) -> KindInfo {
        KindInfo {
            attributes: Attribute::all([
                ("arn", "The identity's ARN, for use in policies."),
                ("identity", "The address or the domain."),
                ("dkim_name_1", "For a domain: the name of the first DNS record for its verification, a CNAME."),
                ("dkim_value_1", "For a domain: the value of that record."),
                ("dkim_name_2", "The name of the second DNS record."),
                ("dkim_value_2", "The value of that record."),
                ("dkim_name_3", "The name of the third DNS record."),
                ("dkim_value_3", "The value of that record."),
            ]),
            has_name: false,
            name_has_case: false,
            made_by: "ses:CreateEmailIdentity".into(),
            listed_by: "ses:ListEmailIdentities, and ses:ListTagsForResource of each".into(),
            remove: "aws sesv2 delete-email-identity --email-identity {id} --region {region}".into(),
            untag: "aws sesv2 untag-resource --tag-keys cloud101:stack --region {region} \
        --resource-arn arn:{partition}:ses:{region}:{account}:identity/{id}"
                .into(),
            unchecked: vec![
                // MessageRejected: Email address is not verified (Amazon SES, "Creating and verifying identities" and "Moving out of
                // the sandbox").
                Unchecked {
                    id: "verified",
                    property: "",
                    matters: |_| true,
                    what: "whether it is verified and, in an account that is new to Amazon SES, whether its recipients are",
                },
            ],
            permissions: crate::resource::ses::permissions::identity(),
            ..KindInfo::new(
                "ses.identity",
                "An email address or a domain that SES (Simple Email Service) can send email from.",
            )
        }
    }

    fn identity(&self, name: &str, spec: &Spec) -> String {
        let domain = spec.domain.as_ref().map(|domain| domain.to_ascii_lowercase());
        spec.email.clone().or(domain).unwrap_or_else(|| name.to_owned())
    }

    fn computed_attributes(&self, place: &Place, name: &str, _spec: &Spec) -> Attributes {
        attributes(place, name)
    }

    fn check(&self, _name: &str, spec: &Spec, _base: &Base) -> Vec<Diagnostic> {
        let mut diagnostics = Vec::new();
        match (&spec.email, &spec.domain) {
            (None, None) => diagnostics.push(
                Diagnostic::new(Code::Incomplete, "", "neither `email` nor `domain` is set")
                    .help("write `email: teacher@example.edu` or `domain: example.edu`"),
            ),
            (Some(_), Some(_)) => diagnostics.push(
                Diagnostic::new(Code::Conflicting, "domain", "an identity is an email address or a domain, not both")
                    .help("split it into two resources"),
            ),
            _ => {}
        }
        if let Some(email) = spec.email.as_ref().filter(|email| !is_unknown(email) && !is_email(email)) {
            diagnostics.push(
                Diagnostic::new(Code::Address, "email", format!("`{email}` is not an email address"))
                    .help("for example `teacher@example.edu`"),
            );
        }
        if let Some(domain) = spec.domain.as_ref().filter(|domain| !is_unknown(domain) && !is_domain(domain)) {
            diagnostics.push(
                Diagnostic::new(Code::Address, "domain", format!("`{domain}` is not a domain"))
                    .help("for example `example.edu`"),
            );
        }
        diagnostics
    }

    fn canonical(&self, mut spec: Spec, _base: &Base) -> std::result::Result<Spec, Diagnostic> {
        if let Some(domain) = &mut spec.domain {
            domain.make_ascii_lowercase();
        }
        Ok(spec)
    }

    /// One after the other, as SES wants it. If it does not answer any more, the rest are not awaited.
    async fn read(&self, cx: &Context, desired: &[Desired<Spec>]) -> Vec<Result<Option<Live<Spec>>>> {
        let mut answers: Vec<Result<Option<Live<Spec>>>> = Vec::new();
        for desired in desired {
            let answer = match answers.last() {
                Some(Err(error)) if error.kind == ErrorKind::Throttled => Err(error.clone()),
                _ => read_one(cx, &desired.name).await,
            };
            answers.push(answer);
        }
        answers
    }

    async fn list(&self, cx: &Context) -> Result<Listing> {
        let names = names(cx).await?;
        let mut listing = Listing::among(cx, names.len(), []);
        for name in names {
            let tags = tags_now(cx, &name).await?.unwrap_or_default();
            listing.add_as(cx, &name.to_lowercase(), Owned { id: name.clone(), name: name.clone(), tags });
        }
        Ok(listing)
    }

    async fn create(&self, cx: &Context, desired: &Desired<Spec>) -> Result<Live<Spec>> {
        let name = &desired.name;
        let tags = Some(sdk_tags(&desired.tags)?);
        let answer = cx.clients.ses.create_email_identity().email_identity(name).set_tags(tags).send().await;
        let created = answer.call("ses:CreateEmailIdentity");
        let exists = matches!(&created, Err(error) if error.kind == ErrorKind::Exists);
        if !exists {
            created?;
        }
        let live = read_back(cx, name).await?;
        if exists {
            claim(cx, &desired.address, &name.to_lowercase(), &live.tags, &format!("the identity {name}"))?;
        }
        Ok(live)
    }

    /// There is nothing to change: another address is another identity.
    async fn update(
        &self,
        cx: &Context,
        _desired: &Desired<Spec>,
        live: &Live<Spec>,
        _change: &Change<Spec>,
    ) -> Result<Live<Spec>> {
        read_back(cx, &live.id).await
    }

    /// ListTagsForResource, because GetEmailIdentity takes longer to show new tags.
    async fn current(&self, cx: &Context, name: &str) -> Result<Option<Current>> {
        Ok(tags_now(cx, name).await?.map(Current::tagged))
    }

    async fn update_tags(&self, cx: &Context, name: &str, set: &Tags, remove: &[String]) -> Result<()> {
        let (ses, arn) = (&cx.clients.ses, &arn(&cx.place, name));
        let put = || async move {
            let call = ses.tag_resource().resource_arn(arn).set_tags(Some(sdk_tags(set)?));
            call.send().await.call("ses:TagResource").map(drop)
        };
        let take = |keys: Vec<String>| async move {
            let call = ses.untag_resource().resource_arn(arn).set_tag_keys(Some(keys));
            call.send().await.call("ses:UntagResource").map(drop)
        };
        tags::change(set, remove, put, take).await
    }

    async fn others(&self, cx: &Context, going: &Going<'_>) -> Result<Others> {
        let policies = get(cx, going.id).await?.and_then(|answer| answer.policies).unwrap_or_default();
        let mut names: Vec<_> = policies.keys().map(String::as_str).collect();
        names.sort_unstable();
        let note = (!names.is_empty())
            .then(|| format!("the senders that its policy {} allows can no longer use it", listed(names)));
        Ok(Others { notes: note.into_iter().collect(), ..Others::default() })
    }

    async fn delete(&self, cx: &Context, name: &str, _empty: bool) -> Result<()> {
        let answer = cx.clients.ses.delete_email_identity().email_identity(name).send().await;
        answer.call_if_found("ses:DeleteEmailIdentity")?;
        Ok(())
    }
}

/// The names of all identities of the region.
pub(super) async fn names(cx: &Context) -> Result<Vec<String>> {
    let list = cx.clients.ses.list_email_identities().into_paginator().send().bounded();
    let identities = list.all("ses:ListEmailIdentities", |page| page.email_identities.unwrap_or_default()).await?;
    Ok(identities.into_iter().filter_map(|identity| identity.identity_name).collect())
}

fn arn(place: &Place, name: &str) -> String {
    place.arn("ses", &format!("identity/{name}"))
}

fn attributes(place: &Place, name: &str) -> Attributes {
    Attributes::from([("arn".into(), arn(place, name)), ("identity".into(), name.into())])
}

/// The tags of an identity; `None` if there is no such identity.
async fn tags_now(cx: &Context, name: &str) -> Result<Option<Tags>> {
    let answer = patiently(|| async {
        let call = cx.clients.ses.list_tags_for_resource().resource_arn(arn(&cx.place, name));
        call.send().await.call_if_found("ses:ListTagsForResource")
    });
    Ok(answer.await?.map(|answer| tags_of(answer.tags)))
}

async fn read_back(cx: &Context, name: &str) -> Result<Live<Spec>> {
    let live = read_one(cx, name).await?;
    live.ok_or_else(|| Error::unexpected("ses:GetEmailIdentity", "the identity is gone"))
}

pub(super) async fn read_one(cx: &Context, name: &str) -> Result<Option<Live<Spec>>> {
    let Some(answer) = get(cx, name).await? else {
        return Ok(None);
    };
    let is_email = answer.identity_type == Some(IdentityType::EmailAddress);
    let spec = Spec { email: is_email.then(|| name.to_owned()), domain: (!is_email).then(|| name.to_owned()) };
    let notes = note(name, is_email, &answer).into_iter().collect();
    let tags = tags_of(answer.tags.clone().unwrap_or_default());
    let mut attributes = attributes(&cx.place, name);
    for (n, (record, value)) in (1..=3).zip(dkim_records(name, &answer).into_iter().filter(|_| !is_email)) {
        attributes.insert(format!("dkim_name_{n}"), record);
        attributes.insert(format!("dkim_value_{n}"), value);
    }
    let mut live = Live::new(name, spec, attributes, tags);
    live.notes = notes;
    Ok(Some(live))
}

/// GetEmailIdentity, or `None`.
async fn get(cx: &Context, name: &str) -> Result<Option<GetEmailIdentityOutput>> {
    patiently(|| async {
        cx.clients.ses.get_email_identity().email_identity(name).send().await.call_if_found("ses:GetEmailIdentity")
    })
    .await
}

/// Asks again while SES asks for patience.
async fn patiently<T, F, Fut>(ask: F) -> Result<T>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T>>,
{
    let since = Instant::now();
    let passing = |error: &Error| error.kind == ErrorKind::Throttled && since.elapsed() < PATIENCE;
    wait::retry_while("SES to take another question", PATIENCE, passing, ask).await
}

/// What has to be done before SES sends for this identity.
fn note(name: &str, is_email: bool, answer: &GetEmailIdentityOutput) -> Option<String> {
    if answer.verified_for_sending_status {
        return None;
    }
    if is_email {
        return Some(format!(
            "{name} is not verified yet: click the link in the email from AWS (check the spam folder too)"
        ));
    }
    let records: String =
        dkim_records(name, answer).into_iter().map(|(record, value)| format!("\n  {record} CNAME {value}")).collect();
    Some(format!("{name} is not verified yet: publish these DNS records, and AWS finds them within hours{records}"))
}

/// The DNS records that prove a domain, each its name and its value.
fn dkim_records(domain: &str, answer: &GetEmailIdentityOutput) -> Vec<(String, String)> {
    let dkim = answer.dkim_attributes.as_ref();
    let zone = dkim.and_then(|dkim| dkim.signing_hosted_zone.as_deref()).unwrap_or(DKIM_ZONE);
    let tokens = dkim.and_then(|dkim| dkim.tokens.as_deref()).unwrap_or_default();
    tokens.iter().map(|token| (format!("{token}._domainkey.{domain}"), format!("{token}.{zone}"))).collect()
}

/// A look for slips, not the whole grammar: SES has the last word.
fn is_email(text: &str) -> bool {
    text.split_once('@')
        .is_some_and(|(user, domain)| !user.is_empty() && !user.contains(char::is_whitespace) && is_domain(domain))
}

fn is_domain(text: &str) -> bool {
    let fits = |label: &str| {
        (1..=63).contains(&label.len())
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.contains('.') && text.len() <= 253 && text.split('.').all(fits)
}

fn tags_of(tags: Vec<Tag>) -> Tags {
    tags.into_iter().map(|tag| (tag.key, tag.value)).collect()
}

fn sdk_tags(tags: &Tags) -> Result<Vec<Tag>> {
    tags::each(tags, |key, value| Tag::builder().key(key).value(value).build())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::aws::{Aws, no, yes};
    use aws_sdk_sesv2::types::DkimAttributes;
    use serde_json::json;

    fn paths(email: Option<&str>, domain: Option<&str>) -> Vec<String> {
        let spec = Spec { email: email.map(str::to_owned), domain: domain.map(str::to_owned) };
        Identity
            .check("name", &spec, &Base::from(""))
            .into_iter()
            .map(|diagnostic| diagnostic.path().to_owned())
            .collect()
    }

    #[test]
    fn one_of_the_two_and_well_formed() {
        assert_eq!(paths(Some("teacher@example.edu"), None), [] as [&str; 0]);
        assert_eq!(paths(None, Some("example.edu")), [] as [&str; 0]);
        assert_eq!(paths(None, None), [""]);
        assert_eq!(paths(Some("teacher@example.edu"), Some("example.edu")), ["domain"]);
        for wrong in ["teacher", "teacher@example", "a b@example.edu", "@example.edu", "a@b@example.edu"] {
            assert_eq!(paths(Some(wrong), None), ["email"], "{wrong}");
        }
        assert_eq!(paths(None, Some("https://example.edu")), ["domain"]);
    }

    #[test]
    fn an_unverified_domain_lists_its_records() {
        let dkim = DkimAttributes::builder().tokens("abc").tokens("def").build();
        let answer = GetEmailIdentityOutput::builder().dkim_attributes(dkim).build();
        let note = note("example.edu", false, &answer).expect("a note");
        assert!(note.contains("\n  abc._domainkey.example.edu CNAME abc.dkim.amazonses.com"), "{note}");
        assert_eq!(note.lines().count(), 3);
        let record = ("def._domainkey.example.edu".to_owned(), "def.dkim.amazonses.com".to_owned());
        assert_eq!(dkim_records("example.edu", &answer)[1], record);
    }

    /// An account of many identities, one of them the stack's, that takes a question only if the last was a while ago.
    fn account() -> Aws {
        let mut last: Option<Instant> = None;
        Aws::with(move |call| {
            if last.is_some_and(|last| last.elapsed() < Duration::from_millis(30)) {
                return no(429, "TooManyRequestsException", "Rate exceeded");
            }
            last = Some(Instant::now());
            if call.name.ends_with("list-identities") {
                let name = |n| json!({ "IdentityName": format!("student{n}@example.edu") });
                let all: Vec<_> = (0..12).map(name).collect();
                return yes(json!({ "EmailIdentities": all }).to_string());
            }
            let ours = call.name.contains("student7");
            let tag = |(key, value)| json!({ "Key": key, "Value": value });
            let ownership_tags = crate::testing::ownership_tags("cloud101", "sender", "student7@example.edu");
            let tags: Vec<_> = ownership_tags.into_iter().filter(|_| ours).map(tag).collect();
            yes(json!({ "Tags": tags }).to_string())
        })
    }

    #[tokio::test]
    async fn many_identities_are_asked_for_no_faster_than_ses_answers() {
        let aws = account();
        let found = Identity.list(&aws.context()).await.unwrap();
        assert_eq!(found.owned.into_iter().map(|one| one.name).collect::<Vec<_>>(), ["student7@example.edu"]);
    }
}

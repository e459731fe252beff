//! cloud101's mark on a version of a layer.
//!
//! Versions take no tags, and nothing of one can be changed. So what other resources carry in tags stands at the end of
//! a version's description, from the moment at which it is published:
//!
//! ```text
//! numpy and pandas [cloud101 teaching/libs rp.cD 3q2-7wZc0aZ1]
//! ```
//!
//! That is the stack and the address; the flags of [`LifecycleFlags`], `r` for `on_destroy: retain` and `p` for `protect: true`
//! (`-`: none), and behind the dot the [`LETTERS`] of the properties that the file said, each a capital where a secret was
//! in it; at last a digest. Behind that stands ` was=` with the address of the layer's name, where that is an earlier one.
//! The digest is made of all that and of the layer's ARN and the code's hash: copied to another layer,
//! region or account, or to other code, a description is not a mark. Of code that came from S3 its place is hashed as
//! well, ` s3:` and eight characters, because AWS does not return it.
//!
//! What can't be changed can't lose a part: a mark whose digest is wrong is a copy.

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::aws::ownership::{LastApplied, LifecycleFlags, Ownership, RESOURCE, STACK, address_of, address_value};
use crate::resource::lambda::function::CodeInS3;
use crate::resource::{Address, Place, Tags};

use super::Spec;

/// How long a description may be (API: Description), in the units in which Java counts.
pub const LIMIT: usize = 256;
/// The letter of each property that a mark may have recorded.
const LETTERS: [(char, &str); 8] = [
    ('d', "description"),
    ('c', "code_sha256"),
    ('b', "code_s3.bucket"),
    ('k', "code_s3.key"),
    ('v', "code_s3.version"),
    ('u', "compatible_runtimes"),
    ('a', "compatible_architectures"),
    ('l', "license"),
];
const BEGIN: &str = "[cloud101 ";
const END: char = ']';
const S3: &str = "s3:";
const WAS: &str = "was=";
/// How many bytes of a hash are kept: 72 bits of the digest, 48 of a place in S3.
const DIGEST: usize = 9;
const PLACE: usize = 6;

/// A mark as it stands in a description.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The stack.
    pub stack: String,
    /// The address, as the tag says it.
    resource: String,
    /// The flags and letters.
    said: String,
    digest: String,
    /// The address of the layer's name, as a tag says it.
    was: Option<String>,
    /// The hash of the place in S3 that the code came from.
    s3: Option<String>,
}

/// The layer's ARN, without a version.
pub fn layer_arn(place: &Place, name: &str) -> String {
    place.arn("lambda", &format!("layer:{name}"))
}

/// The description of a version of the layer `name`: `text`, and the mark that `tags` are. Without a mark it is `text`.
pub fn described(place: &Place, name: &str, spec: &Spec, text: &str, tags: &Tags) -> String {
    let Some(mark) = Ownership::read(tags) else { return text.to_owned() };
    let letter = |(letter, path): &(char, &str)| {
        mark.applied.has(path).then(|| if mark.applied.hides(path) { letter.to_ascii_uppercase() } else { *letter })
    };
    let letters: String = LETTERS.iter().filter_map(letter).collect();
    let mut claim = Claim {
        said: format!("{}.{letters}", flags(&mark.keep)),
        stack: mark.stack,
        resource: tags.get(RESOURCE).cloned().unwrap_or_default(),
        digest: String::new(),
        was: mark.keep.was.as_ref().map(address_value),
        s3: spec.code_s3.as_ref().map(place_in_s3),
    };
    claim.digest = claim.digest_for(&layer_arn(place, name), spec.code_sha256.as_deref().unwrap_or_default());
    let space = if text.is_empty() { "" } else { " " };
    format!("{text}{space}{}", claim.written())
}

/// How many characters of a description are left beside the mark of `address` in `stack`, whatever its flags. `was`: the address
/// of its name, where that is an earlier one.
pub fn left(stack: &str, address: &Address, was: Option<&Address>, is_in_s3: bool) -> usize {
    // The two flags, and as many letters as go together: `code_s3` has three, and none of `code`'s.
    let letters = if is_in_s3 { LETTERS.len() - 1 } else { LETTERS.len() - 3 };
    let claim = Claim {
        stack: stack.to_owned(),
        resource: address_value(address),
        said: "-".repeat("rp.".len() + letters),
        digest: "-".repeat(characters(DIGEST)),
        was: was.map(address_value),
        s3: is_in_s3.then(|| "-".repeat(characters(PLACE))),
    };
    LIMIT.saturating_sub(" ".len() + claim.written().len())
}

/// A description as text and mark, true or copied.
pub fn parted(description: &str) -> (&str, Option<Claim>) {
    let found = description.strip_suffix(END).and_then(|rest| {
        let (text, inside) = rest.rsplit_once(BEGIN)?;
        let text = if text.is_empty() { text } else { text.strip_suffix(' ')? };
        Some((text, Claim::of(inside)?))
    });
    found.map_or((description, None), |(text, claim)| (text, Some(claim)))
}

impl Claim {
    fn of(inside: &str) -> Option<Self> {
        let words: Vec<_> = inside.split(' ').map(str::to_owned).collect();
        let (words, s3) = match words.as_slice() {
            [first @ .., last] if last.starts_with(S3) => (first, last.strip_prefix(S3).map(str::to_owned)),
            all => (all, None),
        };
        let (words, was) = match words {
            [first @ .., last] if last.starts_with(WAS) => (first, last.strip_prefix(WAS).map(str::to_owned)),
            all => (all, None),
        };
        let [owner, said, digest] = words else { return None };
        let (stack, resource) = owner.split_once('/')?;
        let (said, digest) = (said.clone(), digest.clone());
        Some(Self { stack: stack.into(), resource: resource.into(), said, digest, was, s3 })
    }

    fn written(&self) -> String {
        let s3 = self.s3.iter().map(|place| format!(" {S3}{place}")).collect::<String>();
        let was = self.was.iter().map(|was| format!(" {WAS}{was}")).collect::<String>();
        format!("{BEGIN}{}/{} {} {}{was}{s3}{END}", self.stack, self.resource, self.said, self.digest)
    }

    /// Whether it is that of a version of the layer `arn` with this code.
    pub fn matches(&self, arn: &str, code_sha256: &str) -> bool {
        self.digest == self.digest_for(arn, code_sha256)
    }

    /// The hash of code in S3 is not known before it is published.
    fn digest_for(&self, arn: &str, code_sha256: &str) -> String {
        let code = self.s3.as_deref().unwrap_or(code_sha256);
        let mut parts =
            vec![json!(arn), json!(self.stack), json!(self.resource), json!(self.said), json!(self.s3.is_some())];
        parts.push(json!(code));
        // Those that were never moved have the digests that they always had.
        parts.extend(self.was.as_ref().map(|was| json!(was)));
        short(&Value::Array(parts), DIGEST)
    }

    /// What other resources carry in tags. `spec` is the version; `desired` what the file wants, the only source of the
    /// code's location in S3.
    pub fn tags(&self, name: &str, spec: &Spec, desired: Option<&Spec>) -> Tags {
        let tags = Tags::from([(STACK.to_owned(), self.stack.clone()), (RESOURCE.to_owned(), self.resource.clone())]);
        let Some(mark) = Ownership::read(&tags) else { return tags };
        let (flags, letters) = self.said.split_once('.').unwrap_or((&self.said, ""));
        let from = desired.and_then(|desired| desired.code_s3.as_ref());
        let from = from.filter(|from| self.s3.as_ref() == Some(&place_in_s3(from)));
        let spec = json!(Spec { code_s3: from.cloned(), ..spec.clone() });
        let mut applied = LastApplied::default();
        for (letter, path) in LETTERS {
            let is_secret = letters.contains(letter.to_ascii_uppercase());
            if is_secret || letters.contains(letter) {
                let value = crate::model::value::at(&spec, path).cloned().unwrap_or(Value::Null);
                applied.insert(path, &value, is_secret);
            }
        }
        applied.bind(name);
        let keep = LifecycleFlags {
            retain: flags.contains('r'),
            protect: flags.contains('p'),
            was: self.was.as_deref().map(address_of),
            ..LifecycleFlags::default()
        };
        Ownership { applied, keep, ..mark }.tags()
    }
}

fn flags(keep: &LifecycleFlags) -> String {
    let set = [(keep.retain, 'r'), (keep.protect, 'p')];
    let flags: String = set.iter().filter(|(set, _)| *set).map(|(_, flag)| *flag).collect();
    if flags.is_empty() { "-".to_owned() } else { flags }
}

/// The hash of a place in S3.
fn place_in_s3(code: &CodeInS3) -> String {
    short(&json!([code.bucket, code.key, code.version]), PLACE)
}

fn short(value: &Value, bytes: usize) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(&Sha256::digest(value.to_string().as_bytes())[..bytes])
}

/// How many characters so many bytes take.
fn characters(bytes: usize) -> usize {
    (bytes * 8).div_ceil(6)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::place;

    fn spec() -> Spec {
        Spec { code_sha256: Some("hash".into()), description: Some("numpy".into()), ..Spec::default() }
    }

    fn tags(keep: LifecycleFlags, applied: &[(&str, Value, bool)]) -> Tags {
        let mut record = LastApplied::default();
        applied.iter().for_each(|(path, value, secret)| record.insert(path, value, *secret));
        record.bind("libs");
        Ownership { stack: "teaching".into(), address: Address::parse("libs[ana]"), applied: record, keep }.tags()
    }

    fn claim(description: &str) -> Claim {
        parted(description).1.unwrap_or_else(|| panic!("no mark in {description}"))
    }

    #[test]
    fn what_tags_say_survives_a_description() {
        let was = Some(Address::parse("libs[bo]"));
        let keep = LifecycleFlags { retain: true, protect: true, was, ..LifecycleFlags::default() };
        let recorded = [("description", json!("numpy"), false), ("code_sha256", json!("hash"), true)];
        let tags = tags(keep.clone(), &recorded);
        for text in ["numpy", "", "two  spaces ", "[cloud101 a/b -. c]", "ends with ]"] {
            let spec = Spec { description: Some(text.into()), ..spec() };
            let tags = match text {
                "numpy" => tags.clone(),
                _ => self::tags(
                    keep.clone(),
                    &[("description", json!(text), false), ("code_sha256", json!("hash"), true)],
                ),
            };
            let description = described(&place(), "libs", &spec, text, &tags);
            let (read, claim) = parted(&description);
            let claim = claim.expect("a mark");
            assert_eq!((read, claim.tags("libs", &spec, None)), (text, tags), "{description}");
        }
        assert_eq!(described(&place(), "libs", &spec(), "numpy", &Tags::new()), "numpy");
    }

    #[test]
    fn a_description_that_was_copied_is_not_a_mark() {
        let claim = claim(&described(&place(), "libs", &spec(), "numpy", &tags(LifecycleFlags::default(), &[])));
        let own = layer_arn(&place(), "libs");
        assert!(claim.matches(&own, "hash"));
        let elsewhere = [
            layer_arn(&place(), "other"),
            layer_arn(&Place { region: "eu-west-1".into(), ..place() }, "libs"),
            layer_arn(&Place { account: "210987654321".into(), ..place() }, "libs"),
        ];
        assert!(!elsewhere.iter().any(|arn| claim.matches(arn, "hash")) && !claim.matches(&own, "other"));
        for edited in [
            Claim { stack: "mine".into(), ..claim.clone() },
            Claim { resource: "libs".into(), ..claim.clone() },
            Claim { said: "p.".into(), ..claim.clone() },
            Claim { s3: Some("hash".into()), ..claim.clone() },
            Claim { was: Some("libs".into()), ..claim.clone() },
        ] {
            assert!(!edited.matches(&own, "hash"), "{edited:?}");
        }
    }

    #[test]
    fn what_looks_like_a_mark_and_is_none_is_text() {
        for text in [
            "",
            "numpy",
            "[cloud101]",
            "[cloud101 ]",
            "x [cloud101 a b c]",
            "[cloud101 a/b c d] more",
            "x[cloud101 a/b -. c]",
        ] {
            assert_eq!(parted(text), (text, None));
        }
    }

    #[test]
    fn of_code_in_s3_the_file_tells_the_place() {
        let s3 = |key: &str| CodeInS3 { bucket: Some("lesson".into()), key: Some(key.into()), version: None };
        let of = |key: &str| Spec { code_s3: Some(s3(key)), code_sha256: None, ..Spec::default() };
        let tags = tags(
            LifecycleFlags::default(),
            &[("code_s3.bucket", json!("lesson"), false), ("code_s3.key", json!("a"), false)],
        );
        let claim = claim(&described(&place(), "libs", &of("a"), "", &tags));
        assert!(claim.matches(&layer_arn(&place(), "libs"), "whatever it is"));
        let live = Spec { code_sha256: Some("hash".into()), ..Spec::default() };
        assert_eq!(claim.tags("libs", &live, Some(&of("a"))), tags);
        let other = LastApplied::read(&claim.tags("libs", &live, Some(&of("b"))));
        use crate::aws::ownership::Since;
        assert_eq!(other.since("code_s3.key", &json!("b")), Since::Changed);
        assert_eq!(
            LastApplied::read(&claim.tags("libs", &live, None)).since("code_s3.key", &json!("a")),
            Since::Changed
        );
    }

    #[test]
    fn what_is_left_is_what_fits() {
        let all: Vec<_> = LETTERS.iter().map(|(_, path)| (*path, json!("x"), true)).collect();
        let was = Address::parse("the_libs[bo]");
        let keep = LifecycleFlags { retain: true, protect: true, was: Some(was.clone()), ..LifecycleFlags::default() };
        let s3 = CodeInS3 { bucket: Some("lesson".into()), key: Some("a".into()), version: Some("1".into()) };
        for (spec, is_in_s3) in [(spec(), false), (Spec { code_s3: Some(s3), ..spec() }, true)] {
            let goes = |path: &str| if is_in_s3 { path != "code_sha256" } else { !path.starts_with("code_s3") };
            let recorded: Vec<_> = all.iter().filter(|(path, ..)| goes(path)).cloned().collect();
            let left = left("teaching", &Address::parse("libs[ana]"), Some(&was), is_in_s3);
            let text = "x".repeat(left);
            assert_eq!(described(&place(), "libs", &spec, &text, &tags(keep.clone(), &recorded)).len(), LIMIT);
        }
        assert_eq!(left("s", &Address::new("x".repeat(300)), None, false), 0);
    }
}

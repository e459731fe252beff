//! What AWS allows in tags.

use std::collections::{HashMap, HashSet};

use crate::explain::Code;
use crate::model::reference::{Part, parts};
use crate::resource::is_unknown;
use crate::resource::kind::Kind;

use super::node::{Entry, Node};
use super::problem::Problem;

/// How many tags a person may give to a resource: AWS allows 50, some of which cloud101 needs.
pub const MOST: usize = 40;

/// Which characters a tag may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Characters {
    /// All of them.
    Any,
    /// Those of every service.
    Common,
}

impl Characters {
    /// Those of a kind's service: EC2's model names none that it refuses, those of IAM, Lambda and CloudWatch Logs have a
    /// pattern, and S3, SNS and SES refuse the same.
    pub fn of(kind: &str) -> Self {
        if kind.starts_with("ec2.") { Self::Any } else { Self::Common }
    }

    /// Those that all of `kinds` have.
    pub fn of_all<'a>(kinds: impl IntoIterator<Item = &'a str>) -> Self {
        let mut kinds = kinds.into_iter().map(Self::of).peekable();
        if kinds.peek().is_some() && kinds.all(|characters| characters == Self::Any) { Self::Any } else { Self::Common }
    }

    fn allow(self, text: &str) -> bool {
        self == Self::Any || text.chars().all(allowed)
    }
}

/// Checks the keys and values of a `tags:` mapping. `resolve` replaces references as far as they are known.
pub fn check(tags: &Node, characters: Characters, resolve: &impl Fn(&str) -> String, problems: &mut Vec<Problem>) {
    for entry in tags.entries() {
        let key = entry.key.as_str();
        let mut complain = |code: Code, message: String, hint: &str| {
            problems.push(Problem::new(code, entry.key_place.clone(), message, hint));
        };
        let small = key.to_lowercase();
        if small.starts_with("aws:") {
            complain(
                Code::ReservedTag,
                format!("the tag `{key}` is AWS's own"),
                "tags that begin with `aws:` can't be set; take another key",
            );
        } else if small.starts_with("cloud101:") {
            complain(
                Code::ReservedTag,
                format!("the tag `{key}` is cloud101's own"),
                "cloud101 marks with it what it owns; take another key",
            );
        } else if key.is_empty() || key.chars().count() > 128 {
            complain(Code::BadTag, "a tag's key has 1 to 128 characters".into(), "take a shorter key");
        } else if !characters.allow(key) && !key.contains("${") {
            complain(Code::BadTag, format!("the tag `{key}` has a character that AWS does not allow"), ALLOWED);
        }
        let Some(text) = entry.value.text() else { continue };
        let value = resolve(text);
        // An unclosed reference is reported by itself.
        if is_unknown(&value) || parts(text).iter().any(|part| matches!(part, Part::Unclosed(_))) {
            continue;
        }
        let mut complain = |code: Code, message: String, hint: &str| {
            problems.push(Problem::new(code, entry.value.place.clone(), message, hint));
        };
        if value.chars().count() > 256 {
            complain(Code::BadTag, format!("the value of the tag `{key}` has more than 256 characters"), "shorten it");
        } else if !characters.allow(&value) {
            complain(
                Code::BadTag,
                format!("the value of the tag `{key}` has a character that AWS does not allow"),
                ALLOWED,
            );
        }
    }
}

/// Whether `title` has more tags than a resource may have: its own, and those of the stack.
pub fn count(title: &str, own: &Entry, common: Option<&Node>, problems: &mut Vec<Problem>) {
    let all = [Some(&own.value), common].into_iter().flatten().flat_map(Node::entries);
    let count = all.map(|entry| &entry.key).collect::<HashSet<_>>().len();
    if count > MOST {
        let message = format!("{title} has {count} tags, those of the stack included");
        problems.push(Problem::new(
            Code::BadTag,
            own.key_place.clone(),
            message,
            format!("at most {MOST} are possible"),
        ));
    }
}

/// Keys that differ by capitals alone, of a resource's tags and those of the stack, where AWS takes them for one.
pub fn twins(kind: &dyn Kind, own: Option<&Node>, common: Option<&Node>, problems: &mut Vec<Problem>) {
    if kind.tag_keys_have_case() {
        return;
    }
    let mut seen = HashMap::new();
    let entries = [common, own].into_iter().flatten().flat_map(Node::entries);
    for entry in entries.filter(|entry| !entry.key.contains("${")) {
        let Some((first, place)) = seen.insert(entry.key.to_lowercase(), (&entry.key, &entry.key_place)) else {
            continue;
        };
        // Those of the stack's own tags are said once, not for each resource.
        let is_said = |problem: &Problem| problem.code == Code::Twice && problem.range == entry.key_place;
        if *first == entry.key || problems.iter().any(is_said) {
            continue;
        }
        let message = format!("`{first}` and `{}` are one tag of an {}", entry.key, kind.name());
        let hint = format!("AWS takes no account of capitals here: write `{first}` in both places, or take one out");
        problems.push(Problem::new(Code::Twice, entry.key_place.clone(), message, hint).also(place.clone(), "first"));
    }
}

const ALLOWED: &str = "use letters, digits, spaces and `_ . : / = + - @`";

/// What every service allows in a tag: `[\p{L}\p{Z}\p{N}_.:/=+\-@]`.
fn allowed(c: char) -> bool {
    c.is_alphanumeric() || (c.is_whitespace() && !c.is_control()) || "_.:/=+-@".contains(c)
}

#[cfg(test)]
mod tests {
    use crate::testing::try_stack;

    #[test]
    fn a_tag_may_have_what_its_service_takes() {
        const GROUP: &str = "type: ec2.security_group, description: ssh, vpc_id: vpc-0abc1234";
        let is_fine = |text: &str| try_stack(text).is_ok();
        for value in
            ["off=(M-F,19);on=(M-F,7)", "off=[m-f,8];on=[n-f,5];pz=est", "CustFacing,EntFacing", "why?", "50 %"]
        {
            let tags = format!("tags: {{schedule: \"{value}\", \"a,b\": x}}");
            assert!(is_fine(&format!("resources: {{ g: {{ {GROUP}, {tags} }} }}")), "{value}");
            assert!(is_fine(&format!("{tags}\nresources: {{ g: {{ {GROUP} }} }}")), "{value}");
            for kind in ["sns.topic", "s3.bucket", "iam.instance_profile"] {
                assert!(!is_fine(&format!("resources: {{ it: {{ type: {kind}, {tags} }} }}")), "{kind} {value}");
                let both = format!("{tags}\nresources: {{ g: {{ {GROUP} }}, it: {{ type: {kind} }} }}");
                assert!(!is_fine(&both), "{kind} {value}");
            }
        }
    }
}

//! What AWS allows in tags.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use fancy_regex::Regex;

use crate::explain::Code;
use crate::model::reference::{Part, parts};
use crate::resource::is_unknown;
use crate::resource::kind::Kind;

use super::diagnostics::Diagnostic;
use super::node::{Entry, Node};

/// How many of AWS's fifty cloud101 leaves alone for its own.
const RESERVED: usize = 10;
/// How many it puts on what can have few: the stack, the address, and what the last apply set, which is short there.
const FEWEST: usize = 3;
/// The keys for which it puts one more: what is to be known on the day the file no longer says them.
const KEPT: [&str; 3] = ["adopt", "on_destroy", "protect"];

/// Which characters a tag may have; what comes later allows less.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Characters {
    /// All of them.
    Any,
    /// Those of every service.
    Common,
    /// Those of IAM's pattern: an accent that is a character of its own is none of them.
    Iam,
}

impl Characters {
    /// Those of a kind's service: EC2's model names none that it refuses, that of IAM has a pattern, and S3, SNS, SES and
    /// Lambda refuse the same, as far as it is known.
    pub fn of(kind: &str) -> Self {
        match kind.split('.').next() {
            Some("ec2") => Self::Any,
            Some("iam") => Self::Iam,
            _ => Self::Common,
        }
    }

    /// Those that all of `kinds` have.
    pub fn of_all<'a>(kinds: impl IntoIterator<Item = &'a str>) -> Self {
        kinds.into_iter().map(Self::of).max().unwrap_or(Self::Common)
    }

    fn allow(self, text: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Common => text.chars().all(allowed),
            // Of ASCII the pattern takes the same, and to compile it takes longer than to check every tag of a stack.
            Self::Iam => text.chars().all(|c| c.is_ascii() && allowed(c)) || fits(&OF_IAM, text),
        }
    }

    /// What to write in place of `text`, which is not allowed.
    fn hint(self, text: &str) -> &'static str {
        let plain = COMBINING.as_ref().map(|combining| combining.replace_all(text, ""));
        match plain {
            Some(plain) if plain != text && self.allow(&plain) => ONE_CHARACTER,
            _ => ALLOWED,
        }
    }
}

/// Checks the keys and values of a `tags:` mapping. `resolve` replaces references as far as they are known.
pub fn check(
    tags: &Node,
    characters: Characters,
    resolve: &impl Fn(&str) -> String,
    diagnostics: &mut Vec<Diagnostic>,
) {
    for entry in tags.entries() {
        let key = entry.key.as_str();
        let mut complain = |code: Code, message: String, hint: &str| {
            diagnostics.push(Diagnostic::new(code, entry.key_place.clone(), message).help(hint));
        };
        let small = key.to_lowercase();
        if small.starts_with("aws:") {
            complain(
                Code::ReservedTag,
                format!("the tag `{key}` is reserved by AWS"),
                "tags that begin with `aws:` can't be set; choose another key",
            );
        } else if small.starts_with("cloud101:") {
            complain(
                Code::ReservedTag,
                format!("the tag `{key}` is reserved by cloud101"),
                "cloud101 uses it to mark the resources that it owns; choose another key",
            );
        } else if key.is_empty() || key.chars().count() > 128 {
            complain(Code::BadTag, "a tag's key has 1 to 128 characters".into(), "choose a shorter key");
        } else if !characters.allow(key) && !key.contains("${") {
            complain(
                Code::BadTag,
                format!("the tag `{key}` has a character that AWS does not allow"),
                characters.hint(key),
            );
        }
        let Some(text) = entry.value.text() else { continue };
        let value = resolve(text);
        // An unclosed reference is reported by itself.
        if is_unknown(&value) || parts(text).iter().any(|part| matches!(part, Part::Unclosed(_))) {
            continue;
        }
        let mut complain = |code: Code, message: String, hint: &str| {
            diagnostics.push(Diagnostic::new(code, entry.value.place.clone(), message).help(hint));
        };
        if value.chars().count() > 256 {
            complain(Code::BadTag, format!("the value of the tag `{key}` has more than 256 characters"), "shorten it");
        } else if !characters.allow(&value) {
            complain(
                Code::BadTag,
                format!("the value of the tag `{key}` has a character that AWS does not allow"),
                characters.hint(&value),
            );
        }
    }
}

/// Whether the resource of `kind` called `title` has more tags than it may have: its own, and those of the stack.
/// `resource` is all that the file says of it.
pub fn count(kind: &dyn Kind, title: &str, resource: &Node, common: Option<&Entry>, diagnostics: &mut Vec<Diagnostic>) {
    let own = resource.get("tags");
    let Some(place) = own.or(common).map(|tags| tags.key_place.clone()) else { return };
    let all = [own, common].into_iter().flatten().flat_map(|tags| tags.value.entries());
    let count = all.map(|entry| &entry.key).collect::<HashSet<_>>().len();
    let most = kind.info().most_tags;
    let spans = match most > RESERVED {
        true => RESERVED,
        false => {
            let kept = KEPT.into_iter().chain(kind.info().emptied_by.as_deref());
            FEWEST + usize::from(kept.into_iter().any(|key| resource.get(key).is_some()))
        }
    };
    let free = most.saturating_sub(spans);
    // What the stack's tags alone make too many is said once.
    let is_said = |diagnostic: &Diagnostic| diagnostic.code == Code::BadTag && diagnostic.range() == place;
    if count > free && !diagnostics.iter().any(is_said) {
        let message = format!("{title} has {count} tags, those of the stack included");
        let hint =
            format!("{free} are available: AWS allows {most} on an {}, of which cloud101 needs {spans}", kind.name());
        diagnostics.push(Diagnostic::new(Code::BadTag, place, message).help(hint));
    }
}

/// Keys that differ by capitals alone, of a resource's tags and those of the stack, where AWS takes them for one.
pub fn twins(kind: &dyn Kind, own: Option<&Node>, common: Option<&Node>, diagnostics: &mut Vec<Diagnostic>) {
    if kind.info().tag_keys_have_case {
        return;
    }
    let mut seen = HashMap::new();
    let entries = [common, own].into_iter().flatten().flat_map(Node::entries);
    for entry in entries.filter(|entry| !entry.key.contains("${")) {
        let Some((first, place)) = seen.insert(entry.key.to_lowercase(), (&entry.key, &entry.key_place)) else {
            continue;
        };
        // Those of the stack's own tags are said once, not for each resource.
        let is_said = |diagnostic: &Diagnostic| diagnostic.code == Code::Twice && diagnostic.range() == entry.key_place;
        if *first == entry.key || diagnostics.iter().any(is_said) {
            continue;
        }
        let message = format!("`{first}` and `{}` are the same tag on an {}", entry.key, kind.name());
        let hint = format!("AWS ignores case here: write `{first}` in both places, or remove one");
        diagnostics.push(
            Diagnostic::new(Code::Twice, entry.key_place.clone(), message).help(hint).also(place.clone(), "first"),
        );
    }
}

const ALLOWED: &str = "use letters, digits, spaces and `_ . : / = + - @`";

const ONE_CHARACTER: &str = "AWS accepts precomposed letters only, not combining accents: write `é` as one (U+00E9), \
    not as `e` and an accent";

/// IAM's own pattern (API: Tag), and what else counts as a letter: marks that stand above, below or beside one.
static OF_IAM: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$").ok());
static COMBINING: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\p{M}").ok());

/// Whether `text` is as the pattern says.
fn fits(pattern: &Option<Regex>, text: &str) -> bool {
    pattern.as_ref().is_none_or(|pattern| pattern.is_match(text).unwrap_or_default())
}

/// What every service allows in a tag, and a little more: letters, digits, spaces and some signs.
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

    fn said(text: &str) -> Vec<(String, String, usize)> {
        let diagnostics = try_stack(text).err().expect("it is wrong").list;
        let line = |at: usize| format!("stack: cloud101\nregion: us-east-1\n{text}")[..at].matches('\n').count() + 1;
        diagnostics
            .into_iter()
            .map(|one| (line(one.range().start), one.message, one.help.unwrap_or_default()))
            .map(|(line, message, help)| (message, help, line))
            .collect()
    }

    #[test]
    fn iam_takes_no_accent_that_is_a_character_of_its_own() {
        let role = |tags: &str| {
            format!(
                "resources:\n  r:\n    type: iam.role\n    assumed_by: ec2.amazonaws.com\n    tags:\n      {tags}\n"
            )
        };
        for fine in ["owner: José", "学生: 太郎", "Ⅳ: x", "a\u{a0}b: c"] {
            assert!(try_stack(&role(fine)).is_ok(), "{fine}");
        }
        // Of two characters each: `e` and an accent, and a vowel of Devanagari.
        for (wrong, named) in
            [("owner: \"Jose\u{301}\"", "owner"), ("\"Jose\u{301}\": x", "Jose\u{301}"), ("owner: \"हिन्दी\"", "owner")]
        {
            let said = said(&role(wrong));
            let [(message, hint, line)] = said.as_slice() else { panic!("{said:?}") };
            assert!(
                message.contains(&format!("the tag `{named}`")) && hint.contains("not combining accents"),
                "{said:?}"
            );
            assert_eq!(*line, 8);
        }
        // For spacing letters no refusal is known elsewhere; an accent is refused everywhere.
        let topic = |value: &str| format!("resources: {{ t: {{ type: sns.topic, tags: {{ owner: \"{value}\" }} }} }}");
        assert!(try_stack(&topic("हि")).is_ok());
        assert!(said(&topic("Jose\u{301}"))[0].1.contains("not combining accents"));
        let common =
            "tags: { owner: \"Jose\u{301}\" }\nresources: { r: { type: iam.role, assumed_by: ec2.amazonaws.com } }";
        assert_eq!(said(common)[0].2, 3, "the stack's tags are those of its roles");
    }

    #[test]
    fn an_object_has_ten_tags_of_which_some_are_the_stacks() {
        let tags = |count: usize| (0..count).map(|n| format!("t{n}: x")).collect::<Vec<_>>().join(", ");
        let object = |count: usize, more: &str| {
            format!(
                "resources:\n  o:\n    type: s3.object\n    bucket: lesson\n    key: a\n    content: b\n{more}    tags: {{ {} }}\n",
                tags(count)
            )
        };
        assert!(try_stack(&object(7, "")).is_ok() && try_stack(&object(6, "    on_destroy: retain\n")).is_ok());
        for (count, more, free, line) in [(8, "", 7, 9), (7, "    on_destroy: retain\n", 6, 10)] {
            let said = said(&object(count, more));
            let expected = format!("`o` (s3.object) has {count} tags, those of the stack included");
            assert!(
                said[0].0 == expected && said[0].1.starts_with(&format!("{free} are available: AWS allows 10")),
                "{said:?}"
            );
            assert_eq!(said[0].2, line);
        }
        // Those of the stack count too, also where the resource has none.
        let common = format!(
            "tags: {{ {} }}\nresources: {{ o: {{ type: s3.object, bucket: lesson, key: a, content: b }} }}",
            tags(8)
        );
        assert_eq!((said(&common).len(), said(&common)[0].2), (1, 3));
        let role = |count: usize| {
            format!(
                "resources: {{ r: {{ type: iam.role, assumed_by: ec2.amazonaws.com, tags: {{ {} }} }} }}",
                tags(count)
            )
        };
        assert!(try_stack(&role(40)).is_ok());
        assert!(said(&role(41))[0].1.starts_with("40 are available: AWS allows 50"));
    }
}

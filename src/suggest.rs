//! "Did you mean …?"

use std::cmp::Reverse;

/// The candidate that `word` most likely stands for, if one is close: other capitals or separators, its beginning,
/// a slip of the keyboard, or Terraform's and CloudFormation's word for a kind.
pub fn closest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = plain(word);
    if wanted.is_empty() {
        return None;
    }
    let close = |candidate: &'a str| {
        let plain_candidate = plain(candidate);
        let last = plain(candidate.rsplit('.').next().unwrap_or_default());
        let distance = slips(&wanted, &plain_candidate);
        let rank = if wanted == plain_candidate || wanted == last {
            0
        } else if distance <= (wanted.chars().count() / 3).max(1) {
            1
        } else if begins(&wanted, &plain_candidate) {
            2
        } else if shares_words(word, candidate) {
            3
        } else {
            return None;
        };
        Some(((rank, distance), candidate))
    };
    // Of those that are as close, the last in the alphabet: the newest version.
    let closest = candidates.into_iter().filter_map(close).min_by_key(|(closeness, name)| (*closeness, Reverse(*name)));
    closest.map(|(_, candidate)| candidate)
}

/// The candidate that is the same key as `word`, only spelled otherwise: with other capitals, separators or zeros in front of
/// a number. Where a mistake would cost another person something, nothing else is to be guessed; nor is one of two.
pub fn same_key<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = spelled(word);
    let mut same = candidates.into_iter().filter(|candidate| spelled(candidate) == wanted);
    same.next().filter(|_| same.next().is_none())
}

/// A key in lower case, with one separator for all, and numbers without zeros in front.
fn spelled(key: &str) -> String {
    let mut text = String::new();
    let mut rest = key.trim().chars().flat_map(char::to_lowercase).peekable();
    while let Some(c) = rest.next() {
        let in_number = text.ends_with(|last: char| last.is_ascii_digit());
        let leads = c == '0' && !in_number && rest.peek().is_some_and(char::is_ascii_digit);
        if !leads {
            text.push(if c.is_alphanumeric() { c } else { '-' });
        }
    }
    text
}

/// How many slips of the keyboard are between two words (Damerau and Levenshtein).
pub fn slips(one: &str, other: &str) -> usize {
    strsim::damerau_levenshtein(one, other)
}

/// From which likeness on a word stands for another.
const ALIKE: f64 = 0.8;

/// How much alike two words are, from 0 to 1 (Jaro and Winkler), whatever their capitals.
pub fn likeness(one: &str, other: &str) -> f64 {
    strsim::jaro_winkler(&one.to_lowercase(), &other.to_lowercase())
}

/// The candidate that `word` is most alike, however little; of several the last.
pub fn most_alike<S: AsRef<str>>(word: &str, candidates: impl IntoIterator<Item = S>) -> Option<S> {
    let scored = candidates.into_iter().map(|candidate| (likeness(word, candidate.as_ref()), candidate));
    scored.max_by(|one, other| one.0.total_cmp(&other.0)).map(|(_, candidate)| candidate)
}

/// The same, if it is near: for words of AWS's and names of files, which are long and differ in their middle.
pub fn alike<S: AsRef<str>>(word: &str, candidates: impl IntoIterator<Item = S>) -> Option<S> {
    most_alike(word, candidates).filter(|best| likeness(word, best.as_ref()) > ALIKE)
}

/// A hint that names the closest candidate, or else all of them: "`{what}`: a, b, c".
pub fn hint<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>, what: &str) -> String {
    let candidates: Vec<_> = candidates.into_iter().collect();
    match closest(word, candidates.iter().copied()) {
        Some(close) => format!("did you mean `{close}`?"),
        None => format!("{what}: {}", list(&candidates)),
    }
}

/// The same for names that people gave, of which there may be very many: of more than eight the five that are most like
/// `word`, and how many more there are.
pub fn name_hint<'a>(word: &str, names: impl IntoIterator<Item = &'a str>, what: &str) -> String {
    const MOST: usize = 8;
    const NAMED: usize = 5;
    let mut names: Vec<_> = names.into_iter().collect();
    if names.len() <= MOST {
        return hint(word, names, what);
    }
    if let Some(close) = closest(word, names.iter().copied()) {
        return format!("did you mean `{close}`?");
    }
    // Numbers that are not negative are in the same order as their bits, which, unlike them, can be sorted by.
    names.sort_by_cached_key(|name| Reverse(likeness(word, name).to_bits()));
    format!("{what}: {} and {} more", list(&names[..NAMED]), names.len() - NAMED)
}

/// `a`, `b`, `c`, each in backticks; only the first thirty.
pub fn list<S: AsRef<str>>(words: &[S]) -> String {
    const MOST: usize = 30;
    let mut text = words.iter().take(MOST).map(|w| format!("`{}`", w.as_ref())).collect::<Vec<_>>().join(", ");
    if words.len() > MOST {
        text.push_str(&format!(" and {} more", words.len() - MOST));
    }
    if text.is_empty() { "none".into() } else { text }
}

/// `a, b and c`; of more than `most` the first `named`: `a, b and 3 more`. `named` is at most `most`.
pub fn some<S: AsRef<str>>(words: &[S], most: usize, named: usize) -> String {
    let joined = |words: &[S]| words.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(", ");
    match words {
        all if all.len() > most => format!("{} and {} more", joined(&all[..named]), all.len() - named),
        [rest @ .., last] if !rest.is_empty() => format!("{} and {}", joined(rest), last.as_ref()),
        words => joined(words),
    }
}

/// "`a`, `b` or `c`".
pub fn either(words: &[&str]) -> String {
    match words {
        [rest @ .., last] if !rest.is_empty() => format!("{} or `{last}`", list(rest)),
        words => list(words),
    }
}

fn begins(a: &str, b: &str) -> bool {
    let shorter = a.len().min(b.len());
    shorter >= 3 && (a.starts_with(b) || b.starts_with(a))
}

/// Whether all words of `a_b_c` but one are in the candidate, at least two.
fn shares_words(word: &str, candidate: &str) -> bool {
    let words: Vec<_> = word.split('_').collect();
    let shared = words.iter().filter(|word| candidate.split('_').any(|other| other == **word)).count();
    shared >= 2 && shared + 1 >= words.len()
}

/// Lowercase letters and digits only, without the `aws` in front that other tools write.
fn plain(word: &str) -> String {
    let letters: String = word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    match letters.strip_prefix("aws") {
        Some(rest) if !rest.is_empty() => rest.to_owned(),
        _ => letters,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_close_is_found() {
        let properties = ["memory_mib", "timeout_seconds", "handler", "runtime", "role"];
        for (word, expected) in [
            ("memory_mb", Some("memory_mib")),
            ("memory", Some("memory_mib")),
            ("memoryMib", Some("memory_mib")),
            ("timeout", Some("timeout_seconds")),
            ("hadnler", Some("handler")),
            ("roles", Some("role")),
            ("maximum_timeout_seconds", Some("timeout_seconds")),
            ("bucket", None),
            ("", None),
        ] {
            assert_eq!(closest(word, properties), expected, "{word}");
        }
    }

    #[test]
    fn a_key_is_the_same_in_another_spelling_and_no_other_is() {
        let keys = ["s01", "s06", "s10", "ana_b", "ben", "Ben"];
        for (word, expected) in [
            ("S06", Some("s06")),
            ("s6", Some("s06")),
            ("s006", Some("s06")),
            ("s010", Some("s10")),
            ("ana-b", Some("ana_b")),
            ("s02", None),
            ("s0", None),
            ("s16", None),
            ("s1", Some("s01")),
            ("ana", None),
            // Which of both is not known.
            ("BEN", None),
            ("", None),
        ] {
            assert_eq!(same_key(word, keys), expected, "{word}");
        }
    }

    #[test]
    fn what_is_alike_is_found_whatever_its_capitals() {
        assert_eq!(alike("glacier", ["STANDARD_IA", "GLACIER"]), Some("GLACIER"));
        assert_eq!(alike("t3.mirco", ["t3.micro", "m5.large"]), Some("t3.micro"));
        assert_eq!(alike("tape", ["STANDARD_IA", "GLACIER"]), None);
        assert_eq!(most_alike("tape", ["x", "taper"]), Some("taper"));
        assert_eq!(alike("a", [] as [&str; 0]), None);
    }

    #[test]
    fn of_many_names_the_likest_are_in_a_hint() {
        let names: Vec<String> = (1..=24).map(|n| format!("student-{n:02}")).chain(["archive".to_owned()]).collect();
        let names = || names.iter().map(String::as_str);
        let said = name_hint("arc-de-triomphe", names(), "resources are");
        assert!(said.starts_with("resources are: `archive`, `student-"), "{said}");
        assert!(said.ends_with(" and 20 more") && said.matches('`').count() == 10, "{said}");
        assert_eq!(name_hint("archve", names(), "resources are"), "did you mean `archive`?");
        // The likest first.
        let words = ["dune", "dusk", "moon", "mist", "fern", "reed", "wolf", "gown", "lynx"];
        let mut likest = words.to_vec();
        likest.sort_by(|one, other| likeness("omega-blue", other).total_cmp(&likeness("omega-blue", one)));
        assert!(likest[..5] != words[..5]);
        let expected = format!("there are: {} and 4 more", list(&likest[..5]));
        assert_eq!(name_hint("omega-blue", words, "there are"), expected);
        assert_eq!(name_hint("x", names().take(2), "there are"), "there are: `student-01`, `student-02`");
    }

    #[test]
    fn words_of_other_tools_are_understood() {
        let kinds = ["s3.bucket", "s3.object", "ec2.instance", "ec2.security_group", "lambda.function"];
        for (word, expected) in [
            ("aws_s3_bucket", Some("s3.bucket")),
            ("AWS::S3::Bucket", Some("s3.bucket")),
            ("aws_instance", Some("ec2.instance")),
            ("aws_security_group", Some("ec2.security_group")),
            ("bucket", Some("s3.bucket")),
            ("lamda.function", Some("lambda.function")),
            ("dynamodb.table", None),
        ] {
            assert_eq!(closest(word, kinds), expected, "{word}");
        }
    }
}

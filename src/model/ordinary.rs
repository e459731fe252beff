//! Whether a text that stands somewhere in an account may be a secret: nothing says so, and a guess is all there is.

/// Words in the name of what is secret. Many are in such words: `DB_PASSWD`, `apiKey`, `WEBHOOK`.
const NAMES: [&str; 17] = [
    "key", "token", "secret", "pass", "pwd", "cred", "auth", "private", "sign", "salt", "cert", "dsn", "conn", "hook",
    "login", "pin", "license",
];
/// An ordinary word is not longer, and a value of several not longer than this.
const WORD: usize = 14;
const VALUE: usize = 24;

/// Whether the value of something called `name` may be a secret: its name says so, or it is long or looks as if it were
/// made by chance. `prod`, `us-east-1`, `true` and `8080` are not.
pub fn may_be_secret(name: &str, value: &str) -> bool {
    let name = name.to_ascii_lowercase();
    NAMES.iter().any(|word| name.contains(word)) || !is_ordinary(value)
}

/// Whether a value is a few short words or numbers.
pub fn is_ordinary(value: &str) -> bool {
    let is_apart = |c: char| "-_./: ,".contains(c);
    value.len() <= VALUE && value.split(is_apart).all(|word| word.is_empty() || is_word(word))
}

/// A word in lowercase letters, in capitals, or with one in front; a number; or a word with a number of two digits
/// behind it.
fn is_word(word: &str) -> bool {
    let letters = word.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = word.len() - letters.len();
    let rest = letters.strip_prefix(|c: char| c.is_ascii_uppercase()).unwrap_or(letters);
    let is_plain = |letters: &str| letters.chars().all(|c| c.is_ascii_lowercase());
    let is_of_one_size = is_plain(letters) || is_plain(rest) || letters.chars().all(|c| c.is_ascii_uppercase());
    match letters.is_empty() {
        true => digits <= 8,
        false => is_of_one_size && digits <= 2 && letters.len() <= WORD,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_forms_say_what_may_be_secret() {
        for value in ["prod", "us-east-1", "test", "lambda", "true", "8080", "Europe/Berlin", "INFO", "a,b", "", "v1.2"]
        {
            assert!(!may_be_secret("STAGE", value), "{value}");
            assert!(may_be_secret("DB_PASSWORD", value), "{value}");
        }
        for value in
            ["hunter2hunter2", "AKIAIOSFODNN7EXAMPLE", "x7Gh2kLm", "s3cr3t", "postgres://ana:x@db/class", "a b\nc"]
        {
            assert!(may_be_secret("STAGE", value), "{value}");
        }
        for name in ["API_KEY", "token", "clientSecret", "AUTHORIZATION", "SLACK_WEBHOOK", "PRIVATE", "dbCredential"] {
            assert!(may_be_secret(name, "prod"), "{name}");
        }
    }
}

//! The form of the ids that EC2 invents.

use crate::resource::is_unknown;

/// Whether `text` may be an id with this beginning, such as `subnet-`: 17 hexadecimal digits follow, or, of before 2018, 8.
/// Other programs that speak EC2's language make shorter ones.
pub fn is_id(prefix: &str, text: &str) -> bool {
    let digits = text.strip_prefix(prefix).unwrap_or_default();
    (1..=17).contains(&digits.len()) && digits.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f'))
}

/// Whether `text` can't be such an id, whatever is not known of it yet.
pub fn is_wrong(prefix: &str, text: &str) -> bool {
    !is_unknown(text) && !is_id(prefix, text)
}

/// The form, in words, for a hint.
pub fn form(prefix: &str) -> String {
    format!("an id is `{prefix}` and 17 of the characters 0 to 9 and a to f")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_its_prefix_and_8_or_17_digits() {
        assert!(is_id("subnet-", "subnet-0abcdef1234567890") && is_id("sg-", "sg-1a2b3c4d"));
        for wrong in ["subnet-XYZ!", "subnet-", "subnet-0abcdef12345678901", "vpc-1a2b3c4d", "default", ""] {
            assert!(is_wrong("subnet-", wrong), "{wrong}");
        }
        assert!(!is_wrong("subnet-", "\u{1}${net.id}"));
    }
}

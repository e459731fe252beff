//! Logical names for what has a name of AWS's.

use std::collections::BTreeSet;

use crate::stack::RESERVED;

/// The names that were given.
#[derive(Default)]
pub struct Names(BTreeSet<String>);

impl Names {
    /// A name like `text` that is not given yet; `otherwise` where nothing of it can be in a name.
    pub fn of(&mut self, text: &str, otherwise: &str) -> String {
        let letter = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
        let plain: String = text.chars().map(letter).collect();
        let words: Vec<_> = plain.split('_').filter(|word| !word.is_empty()).collect();
        let name = words.join("_");
        let name = name.trim_start_matches(|c: char| !c.is_ascii_lowercase());
        let name = if name.is_empty() { otherwise } else { name };
        let numbered = (2..).map(|n| format!("{name}_{n}"));
        let is_free = |name: &String| !RESERVED.contains(&name.as_str()) && !self.0.contains(name);
        let free = std::iter::once(name.to_owned()).chain(numbered).find(is_free).unwrap_or_default();
        self.0.insert(free.clone());
        free
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_logical_names_and_differ() {
        let mut names = Names::default();
        let given = ["Class-Bucket", "class.bucket", "123", "9 lives", "var", "été"].map(|text| names.of(text, "role"));
        assert_eq!(given, ["class_bucket", "class_bucket_2", "role", "lives", "var_2", "t"]);
    }
}

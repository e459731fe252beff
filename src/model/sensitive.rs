//! What must not be shown: a type that hides what it holds wherever values are printed or written.

use std::fmt;

use serde::{Serialize, Serializer};

/// Stands for a value that must not be shown.
pub const SENSITIVE: &str = "(sensitive)";

/// A value that `Debug`, `Display` and `Serialize` show as `(sensitive)`. Only [`reveal`](Self::reveal) gives it, to the
/// code that sends it to AWS or compares it with what AWS has.
///
/// Two of them are always equal: what may not be shown can't be distinguished.
#[derive(Clone, Default)]
pub struct Sensitive<T>(T);

impl<T> Sensitive<T> {
    /// Hides `value`.
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself. It must not get into any output.
    pub fn reveal(&self) -> &T {
        &self.0
    }

    /// The value itself, to be changed.
    pub fn reveal_mut(&mut self) -> &mut T {
        &mut self.0
    }

    /// The value itself, by value.
    pub fn into_revealed(self) -> T {
        self.0
    }
}

impl<T> From<T> for Sensitive<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<T> PartialEq for Sensitive<T> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl<T> Eq for Sensitive<T> {}

impl<T> fmt::Debug for Sensitive<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(SENSITIVE)
    }
}

impl<T> fmt::Display for Sensitive<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(SENSITIVE)
    }
}

impl<T> Serialize for Sensitive<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(SENSITIVE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_shows_itself_nowhere() {
        #[derive(Debug, Serialize)]
        struct Login {
            password: Sensitive<Vec<&'static str>>,
        }
        let login = Login { password: vec!["hunter2"].into() };
        let shown = [format!("{login:?}"), login.password.to_string(), serde_json::to_string(&login).unwrap()];
        assert_eq!(
            shown,
            ["Login { password: (sensitive) }", "(sensitive)", r#"{"password":"(sensitive)"}"#].map(str::to_owned)
        );
        assert_eq!(login.password.reveal(), &["hunter2"]);
    }
}

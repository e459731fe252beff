//! The names that a function had before the file gave it another: AWS keeps the logs that were written under them, and
//! does not record who owns them.

use crate::aws::{Context, Result};
use crate::resource::Tags;

use super::answers;

/// The tag that has them, separated by spaces, the newest last.
const FORMER: &str = "cloud101:former";
/// How long a tag's value may be (API: TagResource).
const VALUE_LIMIT: usize = 256;

/// The former names in the tags of a function.
pub fn names(tags: &Tags) -> impl Iterator<Item = &str> {
    tags.get(FORMER).into_iter().flat_map(|names| names.split(' ')).filter(|name| !name.is_empty())
}

/// The tag of a function `name` that takes the place of `replaced`; none if that has the same name.
pub async fn tag(cx: &Context, name: &str, replaced: Option<&str>) -> Result<Option<(String, String)>> {
    let Some(replaced) = replaced.filter(|replaced| *replaced != name) else { return Ok(None) };
    let function = answers::get(cx, replaced).await?;
    let tags = function.as_ref().map(answers::tags_of).transpose()?.unwrap_or_default();
    Ok(Some((FORMER.to_owned(), with(&tags, replaced))))
}

/// As many of the names as a tag can hold.
fn with(tags: &Tags, newest: &str) -> String {
    let mut all: Vec<_> = names(tags).filter(|name| *name != newest).chain([newest]).collect();
    while all.len() > 1 && all.join(" ").len() > VALUE_LIMIT {
        all.remove(0);
    }
    all.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_former_names_are_kept_as_a_tag_holds() {
        let mut tags = Tags::new();
        for n in 0..9 {
            let name = format!("{n}{}", "x".repeat(60));
            tags.insert(FORMER.to_owned(), with(&tags, &name));
        }
        assert!(tags[FORMER].len() <= VALUE_LIMIT);
        let first: Vec<_> = names(&tags).map(|name| &name[..1]).collect();
        assert_eq!(first, ["5", "6", "7", "8"]);
        assert_eq!(with(&Tags::from([(FORMER.to_owned(), "a b".to_owned())]), "a"), "b a");
    }
}

//! The long form of a code: a small Markdown file.

/// What `cloud101 explain` shows: `# C101-0203: title`, why it is so, and then sections: `Wrong` and `Right` with a
/// stack each, or `What to do`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// A few words without a full stop.
    pub title: &'static str,
    /// Everything below the title.
    pub body: &'static str,
}

impl Page {
    /// The page in `text`.
    pub fn read(text: &'static str) -> Self {
        let (first, body) = text.split_once('\n').unwrap_or((text, ""));
        let title = first.split_once(": ").map_or(first, |(_, title)| title);
        Self { title, body: body.trim() }
    }

    /// Why it is wrong, for the note of a message: the first sentence of the page, without a full stop, and with a
    /// small letter first unless it begins with a name such as AWS.
    pub fn note(&self) -> String {
        let paragraph = self.body.split("\n\n").next().unwrap_or_default().replace('\n', " ");
        // A full stop inside backticks is a quoted character.
        let ends = |(at, _): &(usize, &str)| paragraph[..*at].matches('`').count().is_multiple_of(2);
        let end = paragraph.match_indices(". ").find(ends).map_or(paragraph.len(), |(at, _)| at);
        let sentence = paragraph[..end].trim_end_matches('.');
        let mut chars = sentence.chars();
        match (chars.next(), chars.as_str()) {
            (Some(first), rest) if rest.starts_with(|c: char| c.is_lowercase() || c == ' ') => {
                first.to_lowercase().collect::<String>() + rest
            }
            _ => sentence.to_owned(),
        }
    }

    /// What stands below the heading `name`.
    pub fn block(&self, name: &str) -> Option<&'static str> {
        let (_, rest) = self.body.split_once(&format!("## {name}\n"))?;
        Some(rest.split("\n## ").next().unwrap_or(rest).trim())
    }

    /// The stack with the mistake.
    pub fn wrong(&self) -> Option<&'static str> {
        yaml(self.block("Wrong")?)
    }

    /// The same stack without it.
    pub fn right(&self) -> Option<&'static str> {
        yaml(self.block("Right")?)
    }
}

/// What is in the code block.
fn yaml(section: &'static str) -> Option<&'static str> {
    let (_, rest) = section.split_once("```yaml\n")?;
    Some(rest.split("```").next().unwrap_or(rest))
}

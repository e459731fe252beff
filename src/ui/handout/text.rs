//! A card as a text file.

use super::Written;

/// The title, then each label with what stands next to it below, indented, and the link.
pub fn text(card: &Written) -> String {
    let mut text = format!("{}\n", card.title);
    for (label, value) in &card.lines {
        text.push_str(&format!("\n{label}\n"));
        text.extend(value.lines().map(|line| format!("  {line}\n")));
    }
    text.extend(card.link.iter().map(|link| format!("\n{link}\n")));
    text
}

//! Cards as a table in CSV, for spreadsheets and mail merges.

use super::Written;

/// Without it, Excel takes UTF-8 for the letters of the computer's own language.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// What spreadsheets take for the beginning of a formula, also in the full width of East Asian keyboards.
const FORMULA: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// A header and a line for each card, empty where it has no such line. Every field is in quotes (RFC 4180).
pub fn table(cards: &[Written]) -> String {
    let has_link = cards.iter().any(|card| card.link.is_some());
    let labels = Written::labels(cards);
    let mut table = String::from(BYTE_ORDER_MARK);
    line(&mut table, ["key", "title"].into_iter().chain(labels.iter().copied()).chain(has_link.then_some("link")));
    for card in cards {
        let value = |label: &&str| card.lines.iter().find(|(other, _)| other == label).map(|(_, value)| value.as_str());
        let values = labels.iter().map(|label| value(label).unwrap_or_default());
        let link = has_link.then(|| card.link.as_deref().unwrap_or_default());
        line(&mut table, [&*card.key, &card.title].into_iter().chain(values).chain(link));
    }
    table
}

fn line<'a>(table: &mut String, fields: impl Iterator<Item = &'a str>) {
    let fields: Vec<_> = fields.map(field).collect();
    table.push_str(&fields.join(","));
    table.push_str("\r\n");
}

/// A field that no spreadsheet evaluates: one that looks like a formula gets an apostrophe, as OWASP recommends. Quotes
/// do not prevent that.
fn field(text: &str) -> String {
    let is_formula = text.trim_start().starts_with(FORMULA) || text.starts_with(['\t', '\r', '\n']);
    let apostrophe = if is_formula { "'" } else { "" };
    format!("\"{apostrophe}{}\"", text.replace('"', "\"\""))
}

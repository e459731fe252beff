//! What may be a key and what may be a column, and the nearest to what may not.

/// The longest key, in characters.
const LONGEST_KEY: usize = 32;
/// The longest name of a column, in characters.
const LONGEST_COLUMN: usize = 64;

/// The column of keys, wherever it stands and in any capitals; else the first column has them.
pub const ID: &str = "id";

/// What a key is made of, for people.
pub const KEY_RULE: &str =
    "a key has lowercase letters, digits and hyphens, begins with a letter or digit, and has at most 32 characters";

/// Whether `key` can be a member's key: `[a-z0-9][a-z0-9-]{0,31}`. It becomes a part of names in AWS, whose rules differ;
/// all of them allow this.
pub fn is_key(key: &str) -> bool {
    key.len() <= LONGEST_KEY
        && !key.starts_with('-')
        && !key.is_empty()
        && key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// Whether `name` can be a column's, so that `${each.name}` can be written: letters of any script, among them one at least,
/// digits, hyphens, underscores, and spaces between them.
pub fn is_column(name: &str) -> bool {
    name.trim() == name
        && name.chars().count() <= LONGEST_COLUMN
        && name.contains(char::is_alphabetic)
        && name.chars().all(is_of_a_column)
}

fn is_of_a_column(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | ' ')
}

/// The key that is nearest to `text` and not taken: of an e-mail address its first part. `None`: nothing in it can be in a
/// key.
pub fn nearest_key(text: &str, is_taken: impl Fn(&str) -> bool) -> Option<String> {
    let local = text.split_once('@').filter(|_| is_email(text)).map_or(text, |(local, _)| local);
    let mut key = String::new();
    for c in local.chars().flat_map(char::to_lowercase) {
        match c {
            'a'..='z' | '0'..='9' => key.push(c),
            // O'Brien.
            '\'' | '’' => {}
            _ => match in_ascii(c) {
                Some(letters) => key.push_str(letters),
                None if key.is_empty() || key.ends_with('-') => {}
                None => key.push('-'),
            },
        }
        if key.len() >= LONGEST_KEY {
            break;
        }
    }
    let cut = |length: usize| key[..key.len().min(length)].trim_end_matches('-').to_owned();
    let first = cut(LONGEST_KEY);
    if first.is_empty() {
        return None;
    }
    if !is_taken(&first) {
        return Some(first);
    }
    (2..100).map(|n| format!("{}-{n}", cut(LONGEST_KEY - 3))).find(|key| !is_taken(key))
}

/// How a letter with a mark on it is written without.
fn in_ascii(c: char) -> Option<&'static str> {
    Some(match c {
        'à' | 'á' | 'â' | 'ã' | 'å' | 'ā' | 'ă' | 'ą' => "a",
        'ä' | 'æ' => "ae",
        'ç' | 'ć' | 'č' => "c",
        'ď' | 'đ' | 'ð' => "d",
        'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ę' | 'ě' => "e",
        'ğ' => "g",
        'ì' | 'í' | 'î' | 'ï' | 'ī' | 'ı' => "i",
        'ł' => "l",
        'ñ' | 'ń' | 'ň' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ø' | 'ő' => "o",
        'ö' | 'œ' => "oe",
        'ř' => "r",
        'ś' | 'š' | 'ş' | 'ș' => "s",
        'ß' => "ss",
        'ť' | 'ţ' | 'ț' => "t",
        'ù' | 'ú' | 'û' | 'ū' | 'ů' | 'ű' => "u",
        'ü' => "ue",
        'ý' | 'ÿ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        // What stands for a mark on the letter before it.
        '\u{300}'..='\u{36f}' => "",
        _ => return None,
    })
}

/// The name of a column that is nearest to `text`.
fn nearest_column(text: &str) -> Option<String> {
    let plain: String = text.chars().map(|c| if is_of_a_column(c) { c } else { ' ' }).collect();
    let words: Vec<_> = plain.split_whitespace().collect();
    Some(words.join(" ")).filter(|name| is_column(name))
}

/// Whether `text` is, for certain, no name of a column but a value: an e-mail address.
pub fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let is_plain = |text: &str| !text.is_empty() && !text.contains(['@', ' ', '"', ',', ';']);
    is_plain(local) && is_plain(domain) && domain.contains('.')
}

/// What to write in place of a column's name that is none.
pub fn column_hint(name: &str) -> String {
    let rule = "a column's name has letters, digits, hyphens, underscores and spaces, so that `${each.…}` can name it";
    match nearest_column(name) {
        Some(nearest) => format!("rename it, for example to `{nearest}`; {rule}"),
        None if name.contains(char::is_alphabetic) => format!("rename it; {rule}"),
        None => format!("rename it, or add a header if this line is the first member's; {rule}"),
    }
}

/// What to write in place of a key that is none. `column`: where the keys are, in a file that has columns.
pub fn key_hint(nearest: Option<&str>, column: Option<&str>) -> String {
    let example = nearest.map(|nearest| format!("for example `{nearest}`; ")).unwrap_or_default();
    let instead = match column {
        Some(column) if !column.eq_ignore_ascii_case(ID) => {
            format!(", or add a column `{ID}` with keys, which goes before `{column}`")
        }
        _ => String::new(),
    };
    format!("{example}{KEY_RULE}{instead}")
}

//! Commands for people to type into a shell.

/// `text` as one word of a shell's command line.
pub fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "_-.,:/=@%+".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    in_quotes(text)
}

/// `text` in single quotes, which any POSIX shell reads as it is.
pub fn in_quotes(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// The command with each `{word}` replaced by its value; `None` if one of them has none. Other braces stay.
pub fn filled_in(template: &str, value: impl Fn(&str) -> Option<String>) -> Option<String> {
    let is_word = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    let mut command = String::new();
    let mut rest = template;
    while let Some((before, behind)) = rest.split_once('{') {
        command.push_str(before);
        match behind.split_once('}').filter(|(word, _)| is_word(word)) {
            Some((word, after)) => {
                command.push_str(&quoted(&value(word)?));
                rest = after;
            }
            None => {
                command.push('{');
                rest = behind;
            }
        }
    }
    Some(command + rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_shell_would_read_otherwise_is_quoted() {
        assert_eq!(quoted("arn:aws:sns:us-east-1:123456789012:topic"), "arn:aws:sns:us-east-1:123456789012:topic");
        assert_eq!(quoted("it's; rm"), r"'it'\''s; rm'");
        let command = filled_in("aws s3 rm s3://{id} --region {region}", |word| {
            Some(if word == "id" { "bucket/a b" } else { "us-east-1" }.to_owned())
        });
        assert_eq!(command.as_deref(), Some("aws s3 rm s3://'bucket/a b' --region us-east-1"));
        assert_eq!(filled_in("a {b}", |_| None), None);
        let query = filled_in("a {b} \"{Set: Set[?Key!='{b}']}\" {", |_| Some("1".to_owned()));
        assert_eq!(query.as_deref(), Some("a 1 \"{Set: Set[?Key!='1']}\" {"));
    }
}

//! The people in AWS's names of callers. One who signs in through a school or a company has a session whose name is
//! often an email address, or a name with an address behind it: `assumed-role/voclabs/user123=ana@example.edu`. AWS
//! repeats it in most of its refusals, which people then paste into public places.

use std::ops::Range;

use super::readings;

/// Behind which the name of a session, or of a caller that is a user, begins, after so many more slashes.
const BEFORE: [(&str, usize); 4] = [
    ("assumed-role/", 1),
    ("federated-user/", 0),
    // The same by its id, as GetCallerIdentity and CloudTrail have it.
    ("AROA", 0),
    ("User: arn:", 1),
];

/// Where a text names people. Numbers and words without an address stay, as do addresses in names of other things, such as
/// that of an identity that sends email.
pub fn people(text: &str) -> Vec<Range<usize>> {
    let is_about_callers = BEFORE.iter().any(|(before, _)| text.contains(before.trim_end_matches(['/', ':', ' '])));
    if !is_about_callers {
        return Vec::new();
    }
    let mut found = named(text);
    found.extend(readings::search(text, &named));
    found
}

fn named(text: &str) -> Vec<Range<usize>> {
    let one = |(before, slashes): &(&str, usize)| {
        text.match_indices(*before)
            .filter_map(|(at, _)| person(text, at + before.len(), before, *slashes))
            .collect::<Vec<_>>()
    };
    BEFORE.iter().flat_map(one).collect()
}

/// The person in the name of a caller whose role, account or id begins at `from`.
fn person(text: &str, from: usize, before: &str, slashes: usize) -> Option<Range<usize>> {
    let rest = &text[from..];
    // AWS allows letters, digits and these in the name of a session, and a path before that of a user.
    let in_name = |c: char| c.is_alphanumeric() || "+=,.@-_".contains(c);
    let start = match before {
        "AROA" => rest.find(|c: char| !c.is_ascii_alphanumeric()).filter(|at| rest[*at..].starts_with(':'))? + 1,
        "User: arn:" => {
            let end = rest.find(|c: char| !in_name(c) && !"/:".contains(c)).unwrap_or(rest.len());
            let path = rest[..end].split_once(":user/").map(|(before, _)| before.len() + ":user/".len())?;
            rest[..end].rfind('/').filter(|last| *last + 1 >= path)? + 1
        }
        _ => (0..slashes).try_fold(0, |at, _| {
            Some(at + rest[at..].find('/').filter(|next| rest[at..at + next].chars().all(in_name))? + 1)
        })?,
    };
    let name = &rest[start..];
    let length = name.find(|c| !in_name(c)).unwrap_or(name.len());
    // A full stop ends a sentence.
    let name = name[..length].trim_end_matches(['.', ',', '-']);
    // A number before `=` identifies a person to the lab's support alone.
    let person = match name.split_once('=') {
        Some((number, person)) if !number.contains('@') => number.len() + 1..number.len() + 1 + person.len(),
        _ if name.contains('@') => 0..name.len(),
        _ => return None,
    };
    (!person.is_empty()).then(|| from + start + person.start..from + start + person.end)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::ui::Redactor;

    const LAB: &str = "arn:aws:sts::123456789012:assumed-role/voclabs/user123=";

    fn shown(text: &str) -> String {
        Redactor::default().text(text)
    }

    #[test]
    fn the_person_goes_and_the_account_stays() {
        for (text, person) in [
            (format!("User: {LAB}ana@example.edu is not authorized to perform: iam:CreateRole"), "ana@example.edu"),
            (format!("({LAB}Ana_Beispiel, account 123456789012)"), "Ana_Beispiel"),
            (format!("who are you? {LAB}ana.b+c@cs.example.edu."), "ana.b+c@cs.example.edu"),
            ("arn:aws:sts::1:assumed-role/AWSReservedSSO_Staff_0f/ana@example.edu".to_owned(), "ana@example.edu"),
            ("arn:aws-cn:sts::1:federated-user/ana@example.edu: no".to_owned(), "ana@example.edu"),
            ("\"UserId\": \"AROAEXAMPLE00000:user1=ana@example.edu\"".to_owned(), "ana@example.edu"),
            ("User: arn:aws:iam::123456789012:user/staff/ana@example.edu is not".to_owned(), "ana@example.edu"),
        ] {
            assert_eq!(shown(&text), text.replace(person, "(sensitive)"));
            assert_eq!(shown(&shown(&text)), shown(&text));
        }
    }

    #[test]
    fn what_names_no_person_is_left_as_it_is() {
        for text in [
            "arn:aws:sts::123456789012:assumed-role/teacher/session-1 is not authorized",
            "arn:aws:sts::123456789012:assumed-role/cloud101/cloud101-agent",
            "arn:aws:ses:us-east-1:123456789012:identity/ana@example.edu",
            "sns.subscription ana@example.edu of assumed-role/ or AROAEXAMPLE",
            "User: arn:aws:iam::123456789012:user/ana is not authorized",
            "User: arn:aws:iam::123456789012:root is not authorized to email ana@example.edu",
            "assumed-role",
            "AROA: ana@example.edu",
        ] {
            assert_eq!(shown(text), text);
        }
    }

    #[test]
    fn it_goes_in_each_form_in_which_it_travels() {
        let text = format!("User: {LAB}ana@example.edu is not authorized");
        let json = json!({ "message": text }).to_string();
        let url = "arn%3Aaws%3Asts%3A%3A1%3Aassumed-role%2Fvoclabs%2Fuser123%3Dana%40example.edu&Version=2";
        for form in
            [json.clone(), json!(json).to_string(), url.to_owned(), text.replace('=', "&#61;").replace('@', "&#64;")]
        {
            let shown = shown(&form);
            assert!(shown.contains("(sensitive)") && !shown.contains("ana") && !shown.contains("example"), "{shown}");
            assert!(shown.contains("user123"), "{shown}");
        }
        let redactor = Redactor::default();
        let document =
            redactor.value(&json!({ "error": { "message": text }, "id": [format!("{LAB}ana@example.edu")] }));
        assert!(!document.to_string().contains("ana@"), "{document}");
        let page = redactor.markup(&format!("<p title=\"{LAB}ana@example.edu\">{LAB}ana@example.edu</p>"));
        assert_eq!(page, format!("<p title=\"{LAB}(sensitive)\">{LAB}(sensitive)</p>"));
    }
}

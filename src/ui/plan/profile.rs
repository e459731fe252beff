//! What the profile of the account makes of the stack.

use crate::plan::{FoundBy, ProfileInUse};
use crate::stack::account_profile::Instead;
use crate::suggest;
use crate::ui::paint::Paint;
use crate::ui::redact::Redactor;
use crate::ui::terminal::clean;

/// How it was found, and how to do without it.
pub fn found(by: FoundBy) -> &'static str {
    match by {
        FoundBy::Credentials => {
            "found by the role of these credentials; `profile: none` in the stack file plans without it"
        }
        FoundBy::File => "named in the stack file",
    }
}

/// A line for each resource that is not made, and what is used in its place.
pub fn lines(profile: &ProfileInUse, redactor: &Redactor) -> Vec<(String, String)> {
    let shown = |text: &str| clean(&redactor.text(text));
    let mut lines: Vec<_> = profile.instead.iter().map(|one| (shown(&one.resource), shown(&said(one)))).collect();
    if !profile.outputs_left_out.is_empty() {
        let outputs = suggest::some(&profile.outputs_left_out, 4, 3);
        lines.push(("outputs".to_owned(), shown(&format!("without a value there: {outputs}"))));
    }
    lines
}

fn said(one: &Instead) -> String {
    let Instead { kind, copies, existing, used_by, because, .. } = one;
    let copies = if *copies == 1 { String::new() } else { format!(", {copies} copies") };
    match existing {
        None => format!("({kind}{copies}) is not created, because {because}"),
        Some(existing) if used_by.is_empty() => format!("({kind}{copies}) is `{existing}`, because {because}"),
        Some(existing) => {
            let verb = if used_by.len() == 1 { "uses" } else { "use" };
            format!("({kind}{copies}) is `{existing}`, which {} {verb}, because {because}", suggest::list(used_by))
        }
    }
}

/// All of it.
pub fn section(profile: &ProfileInUse, redactor: &Redactor, paint: Paint) -> String {
    let head = format!("{}, {}", profile.title, found(profile.found_by));
    let lines = lines(profile, redactor);
    let end = if lines.is_empty() { "." } else { ":" };
    let line = |(resource, said): &(String, String)| format!("\n  {} {said}", paint.bold(resource));
    paint.dim(&format!("{head}{end}")) + &lines.iter().map(line).collect::<String>()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instead(resource: &str, existing: Option<&str>, used_by: &[&str]) -> Instead {
        Instead {
            resource: resource.into(),
            kind: "iam.role".into(),
            copies: 2,
            existing: existing.map(str::to_owned),
            used_by: used_by.iter().map(|name| (*name).to_owned()).collect(),
            because: "none can be created there".into(),
        }
    }

    #[test]
    fn each_resource_is_shown_with_what_takes_its_place_and_who_uses_it() {
        let mut profile = ProfileInUse {
            name: "learner-lab",
            title: "AWS Academy Learner Lab",
            found_by: FoundBy::Credentials,
            instead: vec![
                instead("policy", None, &[]),
                instead("role", Some("LabRole"), &["agent", "vm"]),
                instead("other", Some("LabRole"), &[]),
            ],
            outputs_left_out: vec!["policies".into()],
        };
        insta::assert_snapshot!(section(&profile, &Redactor::default(), Paint::PLAIN), @r"
        AWS Academy Learner Lab, found by the role of these credentials; `profile: none` in the stack file plans without it:
          policy (iam.role, 2 copies) is not created, because none can be created there
          role (iam.role, 2 copies) is `LabRole`, which `agent`, `vm` use, because none can be created there
          other (iam.role, 2 copies) is `LabRole`, because none can be created there
          outputs without a value there: policies
        ");
        profile.instead.clear();
        profile.outputs_left_out.clear();
        profile.found_by = FoundBy::File;
        insta::assert_snapshot!(section(&profile, &Redactor::default(), Paint::PLAIN), @"AWS Academy Learner Lab, named in the stack file.");
    }
}

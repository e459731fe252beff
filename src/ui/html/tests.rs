use std::collections::BTreeSet;

use base64::prelude::{BASE64_STANDARD, Engine};
use sha2::{Digest, Sha256};

use crate::explain::Code;
use crate::plan::options::Goal;
use crate::stack::Diagnostic;
use crate::testing::{Account, plan, stack};
use crate::ui::tests::{hostile, sample};
use crate::ui::{Detail, Redactor, View};

use super::*;

const VIEW: View<'_> = View { sandbox: true, next: Some("cloud101 apply"), detail: Detail::Short, warnings: None };

fn sample_page() -> (Plan, String) {
    let (stack, plan) = sample();
    let page = page(&plan, Goal::Apply, &stack, VIEW, &Redactor::default());
    (plan, page)
}

/// What stands between the quotes of each such attribute.
fn values<'a>(page: &'a str, attribute: &str) -> Vec<&'a str> {
    let start = format!(" {attribute}=\"");
    page.split(&start).skip(1).filter_map(|rest| rest.split_once('"')).map(|(value, _)| value).collect()
}

/// The page's text, as a browser would show it.
fn text(page: &str) -> String {
    let mut text = String::new();
    let (_, body) = page.split_once("</style>").expect("a style");
    for part in body.split('<').skip(1) {
        text.push_str(part.split_once('>').map_or("", |(_, text)| text));
    }
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

#[test]
fn every_change_and_every_difference_is_there() {
    let (plan, page) = sample_page();
    let shown = text(&page);
    for (number, step) in plan.steps.iter().enumerate().filter(|(_, step)| step.is_change()) {
        assert!(page.contains(&format!("<article id=\"change-{number}\"")), "{}", step.address);
        for change in &step.changes {
            assert!(shown.contains(&change.path), "{} {}", step.address, change.path);
        }
    }
    for line in [
        "Plan: 3 to add, 3 to change, 3 to destroy, 1 to release.",
        // A policy, code and user data, line by line.
        "-     \"Action\": \"sns:Publish\",",
        "+     \"Action\": \"sns:*\",",
        "- import os, sys",
        "+ import os\n",
        "+ set -eu",
        // Reasons.
        "your change",
        "drift",
        "because firewall is replaced",
        "forced by description, which AWS can't change in place",
        "the data on its root volume is lost",
        "no longer in the file",
        // Notes, outputs, and what to type.
        "its last update failed",
        "(known after apply)",
        "To do this: cloud101 apply",
    ] {
        assert!(shown.contains(line), "{line}\n{shown}");
    }
    assert!(!shown.contains("--full"), "{shown}");
}

/// Of a thousand the page says as much as of ten.
#[test]
fn copies_that_change_alike_are_one_block_and_one_box() {
    let class = |count: usize, more: &str| {
        stack(&format!(
            "rosters: {{ students: {count} }}\nresources:\n  news: {{ type: sns.topic }}\n  \
             home: {{ type: s3.bucket, for_each: students, name: 'lab-${{each.key}}'{more} }}\n  \
             queue: {{ type: sqs.queue, for_each: students, tags: {{ of: '${{home.name}}' }} }}\n"
        ))
    };
    let page_of = |stack: &Stack, plan: &Plan| page(plan, Goal::Apply, stack, VIEW, &Redactor::default());
    let ten = class(10, "");
    let page = page_of(&ten, &plan(&ten, &Account::default()));
    let shown = text(&page);
    assert_eq!((page.matches("<article").count(), page.matches("<rect").count()), (3, 3), "{shown}");
    assert!(shown.contains("10 copies: 01, 02, 03, 04, 05 and 5 more"), "{shown}");
    assert!(shown.contains("lab-${each.key}") && shown.contains("Plan: 21 to add"), "{shown}");
    let thousand = class(1000, "");
    let large = page_of(&thousand, &plan(&thousand, &Account::default()));
    assert!(large.len() < page.len() + 200, "{} and {}", large.len(), page.len());

    // What differs from one to the other says so, and those that stay are one line.
    let account = Account::after(&ten);
    let tagged = class(10, ", tags: { seat: '${each.key}-x${each.key}' }, versioning: true");
    let page = page_of(&tagged, &plan(&tagged, &account));
    assert_eq!(page.matches("<article").count(), 1);
    assert!(text(&page).contains("queue sqs.queue 10 copies: 01,"), "{}", text(&page));
}

#[test]
fn nothing_is_loaded_and_nothing_runs() {
    let (_, page) = sample_page();
    assert!(page.starts_with(PAGE_BEGINS), "{page}");
    for never in [
        "http://",
        "https://",
        "//",
        "<script",
        "<link",
        "<img",
        "<iframe",
        "@import",
        "url(",
        "javascript:",
        " style=\"",
    ] {
        // The one arrow tip that all lines share is in the page itself.
        let rest = page.replace("url(#tip)", "");
        assert!(!rest.contains(never), "{never}");
    }
    let style = page.split_once("<style>").and_then(|(_, rest)| rest.split_once("</style>")).map(|(style, _)| style);
    let digest = BASE64_STANDARD.encode(Sha256::digest(style.unwrap()));
    let policy =
        format!("content=\"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'\"");
    assert!(page.contains(&policy), "{policy}");
}

#[test]
fn links_lead_to_something_and_names_are_there_once() {
    let (plan, page) = sample_page();
    let ids = values(&page, "id");
    let once: BTreeSet<_> = ids.iter().copied().collect();
    assert_eq!(once.len(), ids.len(), "{ids:?}");
    let links = values(&page, "href");
    for link in &links {
        assert!(link.strip_prefix('#').is_some_and(|id| once.contains(id)), "{link}");
    }
    // Each box of the graph leads to its change.
    for (number, step) in plan.steps.iter().enumerate() {
        let target = if step.is_change() { format!("#change-{number}") } else { "#unchanged".to_owned() };
        let node = format!("<a href=\"{target}\" class=\"node ");
        assert!(page.contains(&node), "{}: {node}", step.address);
    }
    for label in values(&page, "aria-labelledby") {
        assert!(once.contains(label), "{label}");
    }
    assert!(links.contains(&"#main"));
}

#[test]
fn names_and_values_are_not_markup() {
    for action in hostile::actions() {
        let plan = hostile::plan_of("<script>alert(1)</script>\" onload=\"alert(2)\" '&lt;", action);
        let stack = stack("resources: { topic: { type: sns.topic } }");
        for goal in [Goal::Apply, Goal::Destroy] {
            let page = page(&plan, goal, &stack, VIEW, &Redactor::default());
            assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "{page}");
            assert!(!page.contains("<script") && !page.contains("\" onload"), "{page}");
            assert!(page.contains("&amp;lt;"), "{page}");
        }
    }
}

#[test]
fn secrets_are_hidden() {
    let (stack, plan) = sample();
    // A word of the code, one of a policy, one of a note, a name, and words that the page itself is made of.
    let secrets = ["TOPIC_ARN", "sns:*", "update failed", "firewall", "class", "article"];
    let page = page(&plan, Goal::Apply, &stack, VIEW, &Redactor::new(secrets));
    let shown = text(&page);
    for secret in secrets {
        assert!(!shown.contains(secret), "{secret}: {shown}");
    }
    assert!(page.contains("<article id=") && page.contains("(sensitive)"), "{page}");
}

#[test]
fn a_plan_of_nothing_is_a_page_too() {
    let stack = stack("resources: { topic: { type: sns.topic } }");
    let nothing = page(&plan(&stack, &Account::after(&stack)), Goal::Apply, &stack, VIEW, &Redactor::default());
    let shown = text(&nothing);
    assert!(shown.contains("No changes. The account matches the stack.") && !shown.contains("To do this"), "{shown}");
    let mut empty = plan(&stack, &Account::after(&stack));
    empty.steps.clear();
    let shown = text(&page(&empty, Goal::Destroy, &stack, VIEW, &Redactor::default()));
    assert!(shown.contains("Nothing to destroy.") && shown.contains("There is nothing to do."), "{shown}");
}

/// Warnings of a file in which everything is `text`.
fn warnings(text: &str) -> Diagnostics {
    let diagnostic = |range, message: &str| {
        Diagnostic::new(Code::Region, range, message).help(format!("did you mean {text}?")).warning()
    };
    let list = vec![diagnostic(19..28, "`us-east-9` is not known here"), diagnostic(0..5, text)];
    Diagnostics::new("cloud101.yaml", "stack: a\n  region: us-east-9\n", list)
}

#[test]
fn what_is_probably_a_mistake_stands_first() {
    let (stack, plan) = sample();
    let warnings = warnings("`us-east-1`");
    let view = View { warnings: Some(&warnings), ..VIEW };
    let whole = page(&plan, Goal::Apply, &stack, view, &Redactor::default());
    let section = warnings::section(&warnings, &Redactor::default()).into_string();
    insta::assert_snapshot!(section.replace("<article>", "\n<article>").replace("<p class", "\n<p class"));
    assert!(whole.contains(&section), "{whole}");
    assert!(values(&whole, "href").contains(&"#warnings") && text(&whole).contains("2 warnings"), "{whole}");
    // Also where there is nothing to do.
    let nothing = Plan { steps: Vec::new(), ..plan };
    assert!(page(&nothing, Goal::Apply, &stack, view, &Redactor::default()).contains("href=\"#warnings\""));
    assert!(!page(&nothing, Goal::Apply, &stack, VIEW, &Redactor::default()).contains("\"#warnings\""));
}

#[test]
fn a_warning_is_not_markup_and_shows_no_secret() {
    let (stack, plan) = sample();
    let warnings = warnings("<b onload=\"x\">hunter2</b>");
    let view = View { warnings: Some(&warnings), ..VIEW };
    let page = page(&plan, Goal::Apply, &stack, view, &Redactor::new(["hunter2"]));
    assert!(page.contains("&lt;b onload=&quot;x&quot;&gt;(sensitive)"), "{page}");
    assert!(!page.contains("<b ") && !page.contains("hunter2"), "{page}");
}

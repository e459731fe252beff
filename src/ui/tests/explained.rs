//! The examples on the pages of the codes are what the pages say.

use std::path::Path;

use crate::explain::Code;
use crate::stack::{Options, load_text};
use crate::ui::diagnostics::render;

/// A stack file that could be there: what the examples name lies beside it.
const STACK: &str = "tests/bad_input/lesson/lesson.yaml";

/// What a person reads of `text`, and the codes in it.
fn codes(text: &str) -> (String, Vec<Code>) {
    // So that what is only warned of is found, too.
    let options = Options { strict: true, ..Options::default() };
    match load_text(text, Path::new(STACK), &options) {
        Ok(_) => (String::new(), Vec::new()),
        Err(diagnostics) => (
            render(&diagnostics, false, 100, usize::MAX),
            diagnostics.list.iter().map(|diagnostic| diagnostic.code).collect(),
        ),
    }
}

#[test]
fn the_wrong_example_has_that_mistake_alone_and_the_right_one_none() {
    let mut failed = String::new();
    for code in Code::ALL {
        let page = code.page();
        let (Some(wrong), Some(right)) = (page.wrong(), page.right()) else {
            assert!(page.wrong().is_none() && page.right().is_none(), "{code} has one example of two");
            continue;
        };
        let (reported, found) = codes(wrong);
        if found.is_empty() || found.iter().any(|one| one != code) {
            failed.push_str(&format!("{code}, wrong:\n{reported}\n"));
        }
        let (reported, found) = codes(right);
        if !found.is_empty() {
            failed.push_str(&format!("{code}, right:\n{reported}\n"));
        }
    }
    assert!(failed.is_empty(), "{failed}");
}

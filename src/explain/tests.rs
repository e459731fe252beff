use super::*;

#[test]
fn only_what_no_text_can_show_has_no_example() {
    let without = |code: &&Code| code.is_of_a_stack() && code.page().wrong().is_none();
    let without: Vec<_> = Code::ALL.iter().filter(without).copied().collect();
    assert_eq!(without, [Code::Unreadable, Code::NotText, Code::TooLarge]);
}

#[test]
fn a_code_is_understood_as_people_type_it() {
    for text in ["C101-0203", "c101-203", "203", "0203", " C101-0203 ", "c1010203"] {
        assert_eq!(Code::parse(text), Some(Code::WrongType), "{text}");
    }
    for text in ["", "C101-9999", "20301", "AccessDenied", "-203", "C102-0203"] {
        assert_eq!(Code::parse(text), None, "{text}");
    }
    let area = |text| Code::area(text).into_iter().map(Code::number).collect::<Vec<_>>();
    assert_eq!(area("C101-0319"), ["0301", "0302", "0303", "0304", "0305", "0306", "0307", "0308"]);
    for text in ["C101-9999", "9999", "20301", "hello", ""] {
        assert!(area(text).is_empty(), "{text}");
    }
}

#[test]
fn every_code_is_there_once_and_in_order() {
    assert!(Code::ALL.windows(2).all(|pair| pair[0].number() < pair[1].number()));
    for code in Code::ALL {
        assert_eq!(Code::parse(&code.to_string()), Some(*code));
    }
}

#[test]
fn every_page_has_its_parts_and_no_page_is_left_over() {
    for code in Code::ALL {
        let page = code.page();
        assert!(code.text().starts_with(&format!("# {code}: ")), "{code}");
        assert!(!page.title.ends_with('.'), "{code}");
        assert!((1..=160).contains(&page.note().len()), "{code}: {}", page.note());
        assert_ne!(page.wrong().is_some(), page.block("What to do").is_some(), "{code}");
    }
    let files = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/errors")).expect("the pages").count();
    assert_eq!(files, Code::ALL.len());
}

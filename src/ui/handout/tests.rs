use std::collections::{BTreeMap, BTreeSet};

use crate::plan::handout::{Cards, Lack};
use crate::resource::Address;
use crate::testing::place;
use crate::ui::PAGE_BEGINS;

use super::*;

fn card(key: &str, link: Option<&str>, lines: &[(&str, &str)]) -> Card {
    Card {
        key: key.to_owned(),
        title: format!("Cloud class, {key}").as_str().into(),
        link: link.map(PlanValue::from),
        lines: lines.iter().map(|(label, value)| ((*label).to_owned(), PlanValue::from(*value))).collect(),
        credentials: Vec::new(),
        useless: Vec::new(),
    }
}

fn one(cards: &[Card], format: HandoutFormat, redactor: &Redactor) -> String {
    let files = files(cards, format, &place(), false, redactor);
    let [(None, text)] = files.as_slice() else { panic!("{files:?}") };
    text.clone()
}

fn page(cards: &[Card]) -> String {
    one(cards, HandoutFormat::Html, &Redactor::default())
}

fn table(cards: &[Card]) -> String {
    one(cards, HandoutFormat::Csv, &Redactor::default())
}

#[test]
fn a_page_has_two_cards_in_a_row_and_loads_nothing() {
    let cards = ["ana", "bo", "cem"]
        .map(|key| card(key, Some("https://class.example.edu/"), &[("Log in", "ssh ana@192.0.2.7")]));
    let page = page(&cards);
    let rows: Vec<_> = page.split("<div class=\"row\">").skip(1).map(|row| row.matches("<article>").count()).collect();
    assert_eq!(rows, [2, 1]);
    for part in [
        "<h2>Cloud class, bo</h2>",
        "<dt>Log in</dt><dd><span class=\"word\">ssh</span> <span class=\"word\">ana@192.0.2.7</span></dd>",
        "<p class=\"summary\">3 cards</p>",
    ] {
        assert!(page.contains(part), "{part}\n{page}");
    }
    assert_eq!(page.matches("<svg").count(), 3);
    let without_links = page.replace("https://class.example.edu/", "");
    for never in ["http://", "https://", "<script", "<link ", "<img", "@import", "url(", " style=\""] {
        assert!(!without_links.contains(never), "{never}");
    }
    assert!(page.contains("content=\"default-src 'none'; style-src 'sha256-"), "{page}");
    assert!(!page.starts_with(PAGE_BEGINS), "`plan --html` would write over it");
    for said in ["prefers-color-scheme: dark", "@media print", "break-inside: avoid"] {
        assert!(page.contains(said), "{said}");
    }
}

/// What AWS showed once stands on the card, and in nothing else that is said of it.
#[test]
fn credentials_are_on_the_card_of_their_holder_alone() {
    let mut ana = card("ana", None, &[("Bucket", "home-ana")]);
    ana.credentials = vec![
        ("Access key ID".to_owned(), "AKIAIOSFODNN7EXAMPLE".to_owned().into()),
        ("Secret access key".to_owned(), "wJalr/XUtn+FEMI".to_owned().into()),
    ];
    let cards = [ana, card("bo", None, &[("Bucket", "home-bo")])];
    assert!(!format!("{cards:?}").contains("wJalr"));
    assert_eq!(page(&cards).matches("wJalr/XUtn+FEMI").count(), 1);
    let table = table(&cards);
    let lines: Vec<_> = table.trim_start_matches('\u{feff}').lines().collect();
    assert_eq!(
        lines,
        [
            r#""key","title","Bucket","Access key ID","Secret access key""#,
            r#""ana","Cloud class, ana","home-ana","AKIAIOSFODNN7EXAMPLE","wJalr/XUtn+FEMI""#,
            r#""bo","Cloud class, bo","home-bo","","""#,
        ]
    );
    let files = files(&cards, HandoutFormat::Files, &place(), false, &Redactor::default());
    assert!(files[0].1.ends_with("Secret access key\n  wJalr/XUtn+FEMI\n") && !files[1].1.contains("Access key"));
}

#[test]
fn names_and_values_are_not_markup_and_only_addresses_of_pages_are_opened() {
    let hostile = "<script>alert(1)</script>\" onload=\"x\" & '\u{1b}[2J";
    let page = page(&[card(hostile, Some(&format!("javascript:{hostile}")), &[(hostile, hostile)])]);
    let shown = "&lt;script&gt;alert(1)&lt;/script&gt;&quot; onload=&quot;x&quot; &amp; '\u{fffd}[2J";
    assert_eq!(page.matches(shown).count(), 3, "as the title, the label and the link: {page}");
    for never in ["<script", "\" onload", "href", "\u{1b}"] {
        assert!(!page.contains(never), "{never}\n{page}");
    }
    let link = "https://example.edu/?a=1&b=\"2\"";
    let page = self::page(&[card("ana", Some(link), &[])]);
    assert!(page.contains("<a href=\"https://example.edu/?a=1&amp;b=&quot;2&quot;\" rel=\"noreferrer\">"), "{page}");
}

/// The code is read as a camera would read it: from the squares that are drawn.
#[test]
fn a_code_says_what_the_link_says() {
    let link = "https://class.example.edu/ana?token=1";
    let drawn = qr::code(link).expect("a code").into_string();
    let size: usize = between(&drawn, "viewBox=\"0 0 ", " ").parse().expect("a number");
    let mut dark = vec![vec![false; size]; size];
    let path = between(&drawn, " d=\"", "\"").to_owned();
    for bar in path.split('M').skip(1) {
        let (place, rest) = bar.split_once('h').expect("a bar");
        let (x, y) = place.split_once(' ').expect("two numbers");
        let (x, y): (usize, usize) = (x.parse().expect("x"), y.parse().expect("y"));
        let length: usize = rest.split('v').next().and_then(|n| n.parse().ok()).expect("a length");
        dark[y][x..x + length].fill(true);
    }
    let code = qrcode::QrCode::with_error_correction_level(link, qrcode::EcLevel::M).expect("a code");
    assert_eq!(size, code.width() + 8);
    for (y, row) in dark.iter().enumerate() {
        for (x, drawn) in row.iter().enumerate() {
            let is_inside = (4..size - 4).contains(&x) && (4..size - 4).contains(&y);
            let is_dark = is_inside && code[(x - 4, y - 4)] == qrcode::Color::Dark;
            assert_eq!(*drawn, is_dark, "{x} {y}");
        }
    }
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    text.split_once(start).and_then(|(_, rest)| rest.split_once(end)).map_or("", |(inside, _)| inside)
}

#[test]
fn a_link_that_is_too_long_is_a_text_alone() {
    let long = format!("https://example.edu/{}", "x".repeat(3_000));
    let cards = [card("ana", Some(&long), &[]), card("bo", Some("https://example.edu/"), &[]), card("cem", None, &[])];
    assert_eq!(cards.each_ref().map(has_code), [false, true, true]);
    let page = page(&cards);
    assert_eq!((page.matches("<svg").count(), page.matches(&long).count()), (1, 2), "in the address and its text");
}

#[test]
fn a_table_is_what_spreadsheets_read_and_evaluates_nothing() {
    let cards = [
        card("ana", Some("https://example.edu/a,b"), &[("Says", "a \"b\", c\nd"), ("=1+1", "=HYPERLINK(\"x\")")]),
        card("bo", None, &[("Says", ""), ("=1+1", "-5")]),
        card("cem", None, &[("Says", "a=b; c-d"), ("=1+1", "\t＝1")]),
    ];
    let expected = "\u{feff}\"key\",\"title\",\"Says\",\"'=1+1\",\"link\"\r\n\
         \"ana\",\"Cloud class, ana\",\"a \"\"b\"\", c\nd\",\"'=HYPERLINK(\"\"x\"\")\",\"https://example.edu/a,b\"\r\n\
         \"bo\",\"Cloud class, bo\",\"\",\"'-5\",\"\"\r\n\
         \"cem\",\"Cloud class, cem\",\"a=b; c-d\",\"'\t＝1\",\"\"\r\n";
    assert_eq!(table(&cards), expected);
    for formula in ["+1", "@SUM(1)", "\t1", "\n1", " =1"] {
        assert!(table(&[card("ana", None, &[("a", formula)])]).contains(&format!("\"'{formula}\"")), "{formula:?}");
    }
    assert!(!table(&cards[1..]).contains("link"), "no column that would be empty");
}

#[test]
fn each_has_a_file_of_their_own() {
    let cards = [
        card("ana", Some("https://example.edu/"), &[("Log in", "ssh ana@192.0.2.7\nexit"), ("Seat", "1")]),
        card("bo", None, &[]),
    ];
    let files = files(&cards, HandoutFormat::Files, &place(), false, &Redactor::default());
    let names: Vec<_> = files.iter().map(|(name, _)| name.as_deref()).collect();
    assert_eq!(names, [Some("ana.txt"), Some("bo.txt")]);
    let expected = "Cloud class, ana\n\nLog in\n  ssh ana@192.0.2.7\n  exit\n\nSeat\n  1\n\nhttps://example.edu/\n";
    assert_eq!(files[0].1, expected);
}

#[test]
fn secrets_are_hidden_in_every_format_and_code() {
    let mut cards = [card("ana", Some("https://example.edu/hunter2"), &[("Password", "x hunter2 x")])];
    cards[0].lines.push(("Tag".to_owned(), PlanValue::sensitive("0cc175b9c0f1b6a8".into())));
    let redactor = Redactor::new(["hunter2"]);
    for format in [HandoutFormat::Html, HandoutFormat::Csv, HandoutFormat::Files] {
        let (_, text) = files(&cards, format, &place(), false, &redactor).remove(0);
        assert!(!text.contains("hunter2") && !text.contains("0cc175b9"), "{text}");
        assert!(text.matches("(sensitive)").count() >= 3, "{text}");
    }
    let hidden = qr::code("https://example.edu/(sensitive)").expect("a code").into_string();
    assert!(one(&cards, HandoutFormat::Html, &redactor).contains(&hidden));
}

#[test]
fn who_lacks_the_same_is_one_line() {
    let lacks = |key: &str| [Lack::Resource(Address::copy("home", key)), Lack::Resource(Address::new("news"))];
    let mut lacking: BTreeMap<String, BTreeSet<Lack>> =
        ["ana", "bo"].map(|key| (key.to_owned(), lacks(key).into())).into();
    let stopped = Lack::Value(Address::copy("machine", "cem"), "public_ip".to_owned());
    lacking.insert("cem".to_owned(), [stopped, Lack::Resource(Address::copy("home", "ana"))].into());
    let cards = Cards { ready: Vec::new(), lacking };
    assert_eq!(
        report::lacking(&cards),
        "  ana, bo: home, news are missing\n  cem: home[\"ana\"] is missing; machine has no public_ip\n"
    );
    assert_eq!([0, 1, 2].map(|n| report::written(n, "a.csv")), ["", "1 card in a.csv\n", "2 cards in a.csv\n"]);
}

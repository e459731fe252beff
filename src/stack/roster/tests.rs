use proptest::prelude::*;

use crate::stack::Stack;
use crate::stack::diagnostics::{Diagnostics, Lines};
use crate::testing;

use super::csv::MOST_COLUMNS;
use super::names::nearest_key;
use super::*;

/// The members as `key: column=value, …`.
fn members(roster: &Roster) -> Vec<String> {
    let one = |member: &Member| {
        let values = roster.columns.iter().map(|column| format!("{column}={}", member.values[column]));
        assert_eq!(member.values["key"], member.key);
        format!("{}: {}", member.key, values.collect::<Vec<_>>().join(", "))
    };
    roster.members.iter().map(one).collect()
}

fn sound(csv: impl AsRef<[u8]>) -> Vec<String> {
    match from_csv("students", "roster.csv", csv.as_ref()) {
        Ok(roster) => members(&roster),
        Err(mistakes) => panic!("{:?}", mistakes.list),
    }
}

fn wrong(csv: impl AsRef<[u8]>) -> Mistakes {
    match from_csv("students", "roster.csv", csv.as_ref()) {
        Ok(roster) => panic!("{roster:?}"),
        Err(mistakes) => mistakes,
    }
}

/// The mistakes as `line:column message`, each in the CSV file.
fn said(csv: impl AsRef<[u8]>) -> Vec<String> {
    let one = |diagnostic: Diagnostic| {
        let file = diagnostic.file().expect("the CSV file");
        assert_eq!(file.name, "roster.csv");
        assert!(diagnostic.help.is_some() && file.text.get(diagnostic.range()).is_some(), "{:?}", diagnostic.range());
        let at = Lines::of(&file.text).position(diagnostic.range().start);
        format!("{}:{} {}", at.line, at.column, diagnostic.message)
    };
    wrong(csv).list.into_iter().map(one).collect()
}

fn hint(csv: impl AsRef<[u8]>) -> String {
    let mistakes = wrong(csv);
    let [only] = mistakes.list.as_slice() else { panic!("{:?}", mistakes.list) };
    only.help.clone().unwrap_or_default()
}

#[test]
fn a_csv_is_read_as_spreadsheets_write_it() {
    let expected = ["ana: id=ana, name=Ana Smith, seat=007", "bo: id=bo, name=Bo, seat=8"];
    for csv in [
        "id,name,seat\nana,Ana Smith,007\nbo,Bo,8\n",
        "id,name,seat\nana,Ana Smith,007\nbo,Bo,8",
        "id;name;seat\r\nana;Ana Smith;007\r\nbo;Bo;8\r\n",
        "id\tname\tseat\nana\tAna Smith\t007\nbo\tBo\t8\n",
        "id,name,seat\rana,Ana Smith,007\rbo,Bo,8\r",
        "\u{feff}id;name;seat\r\nana;Ana Smith;007\r\nbo;Bo;8\r\n",
        "sep=;\r\nid;name;seat\r\nana;Ana Smith;007\r\nbo;Bo;8\r\n",
        "\"id\",\"name\",\"seat\"\n\"ana\",\"Ana Smith\",\"007\"\n\"bo\",\"Bo\",\"8\"\n",
        "id, name , seat\nana,Ana Smith,007\n\n\nbo,Bo,8\n\n\n",
        "id,name,seat,,\nana,Ana Smith,007,,\nbo,Bo,8,,\n,,,,\n,,,,\n",
        "id,name,seat\nana,Ana Smith,007,\nbo,Bo,8,,,,\n",
    ] {
        assert_eq!(sound(csv), expected, "{csv:?}");
    }
}

#[test]
fn utf_16_with_its_mark_is_read() {
    let text = "id\tname\r\nana\tJosé 🙂\r\n";
    let units: Vec<u16> = std::iter::once(0xfeff).chain(text.encode_utf16()).collect();
    let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
    let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
    for bytes in [&little, &big] {
        assert_eq!(sound(bytes), ["ana: id=ana, name=José 🙂"]);
    }
    assert_eq!(said(&little[..little.len() - 1])[0], "3:1 this file is UTF-16 that can't be read");
    let without = said(&little[2..]);
    assert!(without.len() == 1 && without[0].starts_with("1:2 this file is full of NUL"), "{without:?}");
}

#[test]
fn what_is_in_quotes_is_one_field() {
    let csv = "id,name\nana,\"Smith, \"\"Ana\"\"\r\nthe second\"\nbo,\"\"\n";
    assert_eq!(sound(csv), ["ana: id=ana, name=Smith, \"Ana\"\nthe second", "bo: id=bo, name="]);
    // A delimiter in quotes does not count.
    assert_eq!(sound("id;\"Name\"\nana;\"a,b,c\"\n"), ["ana: id=ana, Name=a,b,c"]);
}

#[test]
fn nothing_is_evaluated() {
    let csv = "id,a,b,c\nana,=1+1,@SUM(A1),${var.x}\n";
    assert_eq!(sound(csv), ["ana: id=ana, a==1+1, b=@SUM(A1), c=${var.x}"]);
    assert_eq!(sound("id,a\n007, x \n1e3,TRUE\n"), ["007: id=007, a=x", "1e3: id=1e3, a=TRUE"]);
}

#[test]
fn the_column_id_has_the_keys_wherever_it_is_else_the_first() {
    let keys =
        |csv: &str| sound(csv).into_iter().map(|one| one.split(':').next().unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(keys("name,id\nAna,a\n"), ["a"]);
    assert_eq!(keys("Name,ID\nAna,a\n"), ["a"]);
    assert_eq!(keys("ID,id\nAna,a\n"), ["a"]);
    assert_eq!(keys("key,name\na,Ana\n"), ["a"]);
    assert_eq!(keys("login\na\nb\n"), ["a", "b"]);
}

#[test]
fn a_header_that_is_none_is_said() {
    for (csv, expected) in [
        ("", "1:1 this file is empty"),
        ("\u{feff}", "1:1 this file is empty"),
        ("\r\n\n", "1:1 this file is empty"),
        (",,\nana,Ana,1\n", "1:1 the header has no names of columns"),
        (",name\nana,Ana\n", "1:1 the first column has no name"),
        ("id,,name\nana,1,Ana\n", "1:4 column 2 has no name"),
        ("id,name,name\nana,Ana,x\n", "1:9 two columns are called `name`"),
        ("id,key\nana,1\n", "1:4 only the column of keys can be called `key`"),
        ("name,key\nana,1\n", "1:6 only the column of keys can be called `key`"),
        ("id,E-Mail (privat)\nana,a\n", "1:4 `E-Mail (privat)` can't name a column"),
        ("id,7\nana,8\n", "1:4 `7` can't name a column"),
        (
            "ana,ana@example.edu\nbo,bo@example.edu\n",
            "1:5 this file has no header: its first line has an e-mail address in it",
        ),
    ] {
        assert_eq!(said(csv), [expected], "{csv:?}");
    }
    assert_eq!(hint(",name\nana,Ana\n"), "name it `id`: it has the keys, unless another column is called so");
    assert!(hint("id,E-Mail (privat)\nana,a\n").starts_with("rename it, for example to `E-Mail privat`; "));
    assert!(hint("id,7\nana,8\n").starts_with("rename it, or add a header if this line is the first member's; "));
    assert!(hint("ana;ana@example.edu\n").contains("such as `id;name;email`"));
    // Names as spreadsheets have them.
    assert_eq!(sound("id,First name,Größe_cm,2nd-team\nana,Ana,170,x\n").len(), 1);
    let many: Vec<_> = (0..=MOST_COLUMNS).map(|n| format!("c{n}")).collect();
    assert_eq!(said(many.join(",") + "\n"), ["1:1 this header has 101 columns, and the limit is 100"]);
}

#[test]
fn a_key_that_is_none_is_said_with_the_nearest() {
    let csv = "id,name\nAna Smith,1\nana,2\nJosé,3\n-x,4\nana,5\n,6\nana.smith@example.edu,7\n***,8\nANA,9\n";
    let expected = [
        "2:1 `Ana Smith` can't be a key",
        "4:1 `José` can't be a key",
        "5:1 `-x` can't be a key",
        "6:1 two members have the key `ana`",
        "7:1 this member has no key",
        "8:1 `ana.smith@example.edu` can't be a key",
        "9:1 `***` can't be a key",
        "10:1 `ANA` can't be a key",
    ];
    assert_eq!(said(csv), expected);
    let mistakes = wrong(csv);
    let first = |at: usize| mistakes.list[at].help.as_ref().unwrap().split(';').next().unwrap().to_owned();
    assert_eq!(first(0), "for example `ana-smith`");
    assert_eq!(first(1), "for example `jose`");
    assert_eq!(first(2), "for example `x`");
    // `ana-smith` and `ana` are taken.
    assert_eq!(first(5), "for example `ana-smith-2`");
    assert!(first(6).starts_with("a key has lowercase letters"), "{}", first(6));
    assert_eq!(first(7), "for example `ana-2`");
    // Both places.
    let twice = &mistakes.list[3];
    let text = &twice.file().unwrap().text;
    assert_eq!(Lines::of(text).position(twice.labels().also[0].0.start).line, 3);
    // Where the keys have no column of their own, that is offered, too.
    assert!(hint("name\nAna Smith\n").ends_with("or add a column `id` with keys, which goes before `name`"));
    assert_eq!(said("name,id\nAna,\n"), ["2:5 this member has no key"]);
}

#[test]
fn keys_have_32_characters_at_most_and_offers_keep_to_that() {
    for key in ["a", "7", "007", "a-b", "a-", &"x".repeat(32)] {
        assert!(is_key(key), "{key}");
    }
    for key in ["", "-a", "A", "a_b", "a b", "é", "a.b", &"x".repeat(33), "a\n"] {
        assert!(!is_key(key), "{key}");
    }
    let long = "x".repeat(40);
    assert_eq!(nearest_key(&long, |_| false), Some("x".repeat(32)));
    assert_eq!(nearest_key(&long, |key| key.len() == 32 && key.ends_with('x')), Some(format!("{}-2", "x".repeat(29))));
    assert_eq!(nearest_key("Zoë O’Brien-Größe", |_| false).as_deref(), Some("zoe-obrien-groesse"));
    assert_eq!(nearest_key("Jose\u{301}", |_| false).as_deref(), Some("jose"));
    assert_eq!(nearest_key("李", |_| false), None);
    assert_eq!(nearest_key("x", |_| true), None);
}

#[test]
fn ragged_rows_are_said() {
    let csv = "id,name,seat\nana,Ana\nbo\ncem,Smith, Cem,3\ndee,Dee,4,,\neva,Eva,\n";
    assert_eq!(
        said(csv),
        [
            "2:8 the row of `ana` has 2 fields instead of 3: `seat` is missing",
            "3:3 the row of `bo` has 1 field instead of 3: `name` and `seat` are missing",
            "4:16 the row of `cem` has 4 fields, 1 more than the header",
        ]
    );
    // What is shown of the row is its key, and what is too much.
    let lines: Vec<_> = wrong(csv).list[0].file().expect("the CSV file").text.lines().map(str::to_owned).collect();
    assert_eq!(lines[1..4], ["ana,***", "bo", "cem,*****, ***,3"]);
    assert_eq!(said("name,id\nAna\n"), ["2:4 this row has 1 field instead of 2: `id` is missing"]);
    let first = wrong(csv).list;
    assert_eq!(first[0].help.as_deref(), Some("add `,` for each field that is empty"));
    assert!(first[2].help.as_ref().unwrap().contains("such as `\"Smith, Ana\"`"), "{}", first[2]);
    assert!(hint("id;name\nana;Ana;7\n").contains("`\"Smith; Ana\"`"));
    assert_eq!(
        said("id,a,b,c,d,e,f,g,h,i\nana\n"),
        ["2:4 the row of `ana` has 1 field instead of 10: `a`, `b`, `c`, `d`, `e` and 4 more are missing"]
    );
}

/// What is shown of a CSV file beside its header is what a mistake is about, and nothing more of anyone.
#[test]
fn of_a_row_that_is_too_long_the_first_field_beyond_is_shown() {
    let shown = |csv: &str| {
        let mistakes = wrong(csv);
        let [only] = mistakes.list.as_slice() else { panic!("{:?}", mistakes.list) };
        let text = &only.file().expect("the CSV file").text;
        assert_eq!(text.len(), csv.len());
        (text[only.range()].to_owned(), text.lines().skip(1).collect::<Vec<_>>().join("\n"))
    };
    for (csv, place, rows) in [
        // Rows of others that a quote has taken in.
        (
            "id,name\nana,Ana,\"x\nbo,Bo Li\ncy,Cy Tan\",y\ndee,Dee\n",
            "\"x",
            "ana,***,\"x\n**,** **\n**,** ***\",*\n***,***",
        ),
        ("id,name\nana,Ana,x,ana@example.edu,is ill\n", "x", "ana,***,x,***@*******.***,** ***"),
        ("id,name\nana,Ana,,x,ill\n", "x", "ana,***,,x,***"),
    ] {
        assert_eq!(shown(csv), (place.to_owned(), rows.to_owned()), "{csv:?}");
    }
    // Of those that are kept none has anything in it.
    let (place, rows) = shown(&format!("id,name\nana,Ana{}x,ill\n", ",".repeat(MOST_COLUMNS)));
    assert_eq!((place.as_str(), rows.trim_end_matches(['*', ','])), ("", "ana"));
    let many: String = (0..MOST_MEMBERS).map(|n| format!("k{n},K\n")).collect();
    let (place, rows) = shown(&format!("id,name\n{many}zoe,Zoe Li\n"));
    assert_eq!((place.as_str(), rows.lines().last()), ("", Some("***,*** **")));
}

/// As of two files that were put together: said once for all rows.
#[test]
fn rows_that_are_separated_otherwise_than_the_header_are_said_once() {
    for (csv, expected) in [
        ("id;name\nana,Ana\n", "2:4 this row has `,` between the fields, and the header has `;`"),
        (
            "id,name\nana,Ana\nbo;Bo\nCY;Cy\n",
            "3:3 this row and 1 more have `;` between the fields, and the header has `,`",
        ),
        ("id,name,seat\nana\tAna\t3\n", "2:4 this row has `Tab` between the fields, and the header has `,`"),
    ] {
        assert_eq!(said(csv), [expected], "{csv:?}");
    }
    assert!(hint("id;name\nana,Ana\n").ends_with("in each line: `;` or `,`"));
    // Of more rows than a roster may have, the first are looked at.
    assert_eq!(
        said(format!("id,name\n{}", "ana;Ana\n".repeat(MOST_MEMBERS + 5))),
        [
            "2:4 this row and 9999 more have `;` between the fields, and the header has `,`",
            "10002:1 this roster has 10005 members, and the limit is 10000"
        ]
    );
    // Too few, and too many of them.
    assert_eq!(said("id,name,seat\nana;Ana\nbo;Bo;1;2\n").len(), 4, "a short row and a key that is none, twice");
    // A comma in a value is none that separates.
    assert_eq!(said("id;name;seat\nana;Smith, Ana\n").len(), 1);
}

/// Spaces that people write after a comma, or leave at the end of a cell.
#[test]
fn spaces_around_a_value_are_not_part_of_it_unless_it_is_quoted() {
    let csv = "id , name, gpu\n ana, Ana Li , yes \nbo,\" Bo \",\u{a0}no\n  ,  ,\n";
    let roster = from_csv("students", "roster.csv", csv.as_bytes()).expect("it is sound");
    let values = |n: usize| {
        let member = &roster.members[n];
        (member.key.as_str(), member.values["name"].as_str(), member.values["gpu"].as_str())
    };
    assert_eq!(roster.file.as_deref(), Some("roster.csv"), "messages name it");
    assert_eq!((values(0), values(1)), (("ana", "Ana Li", "yes"), ("bo", " Bo ", "no")));
    assert_eq!((roster.columns, roster.members.len()), (vec!["id".to_owned(), "name".into(), "gpu".into()], 2));
    // The place is that of the value.
    assert_eq!(said("id,name\n  BAD ,x\n"), ["2:3 `BAD` can't be a key"]);
}

#[test]
fn wrong_quotes_are_said_and_the_rows_after_them_are_read() {
    let csv = "id,name\nana,\"Ana\nbo,\"Bo\"\nBAD,x\n";
    assert_eq!(
        said(csv),
        ["2:5 this quote is closed only on line 3, with more text after it", "4:1 `BAD` can't be a key",]
    );
    assert_eq!(said("id,name\nana,Ana\nbo,\"Bo\n"), ["3:4 this quote is not closed"]);
    assert_eq!(said("id,name\nana,\"Ana\" Smith\n"), ["2:10 there is text after the closing quote of a field"]);
    assert_eq!(said("id,name\nana,5\" disk\n"), ["2:6 there is a quote inside a field that does not begin with one"]);
    assert_eq!(hint("id,name\nana, \"Ana\"\n"), "remove the space before the quote");
    assert_eq!(hint("id,name\nana,\"Ana\" \n"), "remove the space after the quote");
    assert_eq!(said("\"id,name\nana,Ana\n"), ["1:1 this quote is not closed"]);
    // Each may reach to the end of the file.
    let many = format!("id,name\n{}", "a,\"x\n".repeat(5001));
    assert_eq!(wrong(many).list.len(), 10);
}

#[test]
fn what_is_not_utf_8_is_said_with_its_place_and_the_letter() {
    let csv = b"id,name\nana,Ana\njos\xe9,Jos\xe9\nBAD,x\n";
    // What is behind it is looked at all the same, and what could not be read is not said to be a bad key.
    assert_eq!(said(csv), ["3:4 this file is not UTF-8", "4:1 `BAD` can't be a key"]);
    let first = &wrong(csv).list[0];
    assert_eq!(first.labels().own.as_deref(), Some("`é` in Latin-1"));
    assert!(first.help.as_ref().unwrap().contains("CSV UTF-8 (Comma delimited)"), "{first}");
}

#[test]
fn control_characters_are_said() {
    assert_eq!(said("id,name\nana,A\u{0}na\n"), ["2:6 this field contains the control character U+0000"]);
    assert_eq!(said("id,name\nana,A\u{1b}[2Jna\n"), ["2:6 this field contains the control character U+001B"]);
    assert_eq!(sound("id\tname\nana\t\"a\tb\"\n"), ["ana: id=ana, name=a\tb"]);
    // On another line of the field, of which nothing is shown.
    let csv = "id,name\nana,\"Ana\nLi\u{1}\"\n";
    assert_eq!(said(csv), ["2:5 this field contains the control character U+0001"]);
    assert_eq!(wrong(csv).list[0].file().expect("the CSV file").text, "id,name\n***,\"***\n**\u{1}\"\n");
}

#[test]
fn what_is_not_csv_or_is_too_large_is_reported() {
    assert_eq!(said(b"PK\x03\x04\x14\0\0\0"), ["1:1 this is a workbook or an archive, not a CSV file"]);
    assert_eq!(said(b"\xd0\xcf\x11\xe0\xa1\xb1"), ["1:1 this is a workbook or an archive, not a CSV file"]);
    let mut large = b"id,name\n".to_vec();
    large.resize(SIZE_LIMIT + 1, b'x');
    assert_eq!(said(&large), ["1:1 this file has 10.1 MiB, and the limit is 10 MiB"]);
    assert_eq!(said(&large[..SIZE_LIMIT]).len(), 3, "a row with one field, which is too long, and no key");
    let long = format!("id,name\nana,{}\n", "x".repeat(32_768));
    assert_eq!(said(long), ["2:5 this field has 32768 characters, and the limit is 32767"]);
}

#[test]
fn a_roster_has_from_one_to_ten_thousand_members() {
    assert_eq!(said("id,name\n"), ["1:1 this file has a header and no members"]);
    assert_eq!(said("id,name\r\n\r\n,,\r\n"), ["3:1 this file has a header and no members"]);
    let many: String = (0..=MOST_MEMBERS).map(|n| format!("k{n}\n")).collect();
    assert_eq!(said(format!("id\n{many}")), ["10002:1 this roster has 10001 members, and the limit is 10000"]);
    assert_eq!(sound(format!("id\n{}", &many[..many.len() - "k10000\n".len()])).len(), MOST_MEMBERS);
}

#[test]
fn ten_mistakes_are_described_and_the_rest_is_counted() {
    let csv = format!("id\n{}", "A B\n".repeat(26));
    let mistakes = wrong(csv);
    assert_eq!((mistakes.list.len(), mistakes.more), (10, 16));
}

#[test]
fn a_file_that_does_nothing_but_separate_is_read_to_its_end_in_no_time() {
    for piece in [",", "x,", "\"", "\"\"", "\n", "\r", "\"\n", ";,", "a\n"] {
        let mistakes = wrong(format!("id{}", piece.repeat(200_000)));
        assert!((1..=11).contains(&mistakes.list.len()), "{piece:?}");
    }
    // Rows that are too short.
    for piece in ["\na", "\na;b", "\n;"] {
        let mistakes = wrong(format!("id,name,seat{}", piece.repeat(200_000)));
        assert_eq!(mistakes.list.len(), 10, "{piece:?}");
    }
}

/// A stack in `folder` with these rosters.
fn stack(folder: &std::path::Path, rosters: &str) -> Result<Stack, Diagnostics> {
    let text = format!(
        "stack: cloud101\nregion: us-east-1\nvars: {{ class: roster, token: {{default: abcdef, secret: true}} }}\nrosters:\n{rosters}\nresources: {{}}\n"
    );
    crate::stack::load_text(&text, &folder.join("cloud101.yaml"), &Default::default())
}

fn rosters(rosters: &str) -> BTreeMap<String, Roster> {
    testing::stack(&format!("rosters:\n{rosters}\nresources: {{}}\n")).rosters
}

/// What is wrong, as `line:column message`, in the stack file or another one.
fn wrong_in(folder: &std::path::Path, rosters: &str) -> String {
    let diagnostics = stack(folder, rosters).err().expect("it is wrong");
    diagnostics.to_string().replace(&format!("{}/", folder.display()), "")
}

#[test]
fn lists_groups_and_numbers_are_rosters() {
    let all = rosters(
        "  staff: [ana, 007, b-1]\n  seats: 9\n  many: 120\n  groups:\n    ana: { team: red, seat: 007, First name: A, ok: true }\n    bo: { team: =1, seat: 1.50, First name: B, ok: no }",
    );
    assert_eq!(members(&all["staff"]), ["ana: ", "007: ", "b-1: "]);
    let seats: Vec<_> = all["seats"].members.iter().map(|member| &*member.key).collect();
    assert_eq!(seats, ["01", "02", "03", "04", "05", "06", "07", "08", "09"]);
    assert_eq!((&*all["many"].members[0].key, &*all["many"].members[119].key), ("01", "120"));
    assert_eq!(
        members(&all["groups"]),
        ["ana: team=red, seat=007, First name=A, ok=true", "bo: team==1, seat=1.50, First name=B, ok=no",]
    );
    assert!(all.iter().all(|(name, roster)| *name == roster.name));
}

#[test]
fn mistakes_in_the_stack_file_are_said_there() {
    let folder = tempfile::tempdir().unwrap();
    for (rosters, expected) in [
        (
            "  staff: [ana, Bo, ana]",
            "cloud101.yaml:5:16: `Bo` can't be a key\ncloud101.yaml:5:20: two members have the key `ana`",
        ),
        ("  staff: []", "cloud101.yaml:5:3: the roster `staff` has no members"),
        ("  staff: {}", "cloud101.yaml:5:3: the roster `staff` has no members"),
        ("  seats: 0", "cloud101.yaml:5:10: `seats` is out of range"),
        ("  seats: 10001", "cloud101.yaml:5:10: `seats` is out of range"),
        ("  seats: -3", "cloud101.yaml:5:10: `seats` is out of range"),
        ("  seats: 2.0", "cloud101.yaml:5:10: `seats` must be a whole number, not `2.0`"),
        ("  Staff: [ana]", "cloud101.yaml:5:3: `Staff` can't name a roster"),
        ("  staff: { ana: {a.b: 1} }", "cloud101.yaml:5:18: `a.b` can't name a column"),
        ("  staff: { ana: {key: 1} }", "cloud101.yaml:5:18: a column of a group can't be called `key`"),
        ("  staff: { ana: {a: 1}, bo: {} }", "cloud101.yaml:5:25: `bo` has no `a`, which other members have"),
        ("  staff: { ana: red }", "cloud101.yaml:5:17: `ana` must be a group of keys, not a string"),
        (
            "  staff: { ana: {a: [x]} }",
            "cloud101.yaml:5:21: `a` must be `true` or `false` or a number or a string, not a list",
        ),
        (
            "  staff: [{id: ana}]",
            "cloud101.yaml:5:11: an element of `staff` must be a number or a string, not a group of keys",
        ),
        ("  staff: ['${var.class}']", "cloud101.yaml:5:11: a roster's keys and values can't contain references"),
        (
            "  staff: { ana: {a: 'x ${var.class}'} }",
            "cloud101.yaml:5:21: a roster's keys and values can't contain references",
        ),
        ("  staff:", "cloud101.yaml:5:3: `staff` has no value"),
    ] {
        assert_eq!(wrong_in(folder.path(), rosters), expected, "{rosters}");
    }
}

#[test]
fn a_path_leads_to_a_file_in_the_stack_s_folder() {
    let all = tempfile::tempdir().unwrap();
    let folder = all.path().join("stacks");
    std::fs::create_dir(&folder).unwrap();
    std::fs::create_dir(folder.join("code")).unwrap();
    std::fs::write(folder.join("roster.csv"), "id,name\nana,Ana\n").unwrap();
    std::fs::write(all.path().join("secret.csv"), "id,name\nana,Ana\n").unwrap();
    for path in ["roster.csv", "./code/../roster.csv", "${var.class}.csv", "'${var.class}.csv'"] {
        let stack = stack(&folder, &format!("  students: {path}"));
        let stack = stack.unwrap_or_else(|diagnostics| panic!("{path}: {diagnostics}"));
        assert_eq!(members(&stack.rosters["students"]), ["ana: id=ana, name=Ana"]);
    }
    for (path, expected) in [
        ("rooster.csv", "there is no `rooster.csv` next to the stack file"),
        ("../secret.csv", "`../secret.csv` points outside the stack file's folder"),
        ("code", "`code` is a folder, not a CSV file"),
        ("'${aws.region}.csv'", "the path of a roster can refer to variables and `stack.name` only"),
        ("'${var.token}.csv'", "the path of a roster refers to a variable that is secret or has no value"),
        ("'${var.nothing}.csv'", "the path of a roster refers to a variable that is secret or has no value"),
    ] {
        let said = wrong_in(&folder, &format!("  students: {path}"));
        assert!(said.starts_with(&format!("cloud101.yaml:5:13: {expected}")), "{path}: {said}");
    }
    let hint_of =
        |path: &str| stack(&folder, &format!("  students: {path}")).err().unwrap().list[0].help.clone().unwrap();
    assert_eq!(hint_of("rooster.csv"), "did you mean `roster.csv`?");
    assert_eq!(hint_of("'25'"), "for 25 numbered members write 25, without quotes");
    assert_eq!(hint_of("ana, bo"), "write a list of keys in brackets: `[ana, bo]`");
}

#[cfg(unix)]
#[test]
fn a_pipe_is_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let made = std::process::Command::new("mkfifo").arg(folder.path().join("roster.csv")).status();
    assert!(made.is_ok_and(|made| made.success()));
    assert_eq!(wrong_in(folder.path(), "  students: roster.csv"), "cloud101.yaml:5:13: `roster.csv` is not a file");
}

#[test]
fn mistakes_of_all_files_come_in_one_run_each_with_its_file() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.csv"), "id\nA\n").unwrap();
    std::fs::write(folder.path().join("b.csv"), format!("id\n{}", "B C\n".repeat(12))).unwrap();
    let diagnostics = stack(folder.path(), "  b: b.csv\n  a: a.csv\n  c: [C]").err().unwrap();
    let place = |diagnostic: &Diagnostic| {
        let file =
            std::path::Path::new(diagnostics.file_of(diagnostic)).file_name().unwrap().to_string_lossy().into_owned();
        format!("{file}:{}", diagnostics.position(diagnostic).unwrap().0.line)
    };
    let places: Vec<_> = diagnostics.list.iter().map(place).collect();
    assert_eq!(&places[..4], ["cloud101.yaml:7", "a.csv:2", "b.csv:2", "b.csv:3"]);
    assert_eq!((places.len(), diagnostics.more), (12, 2));
}

/// Pieces of which CSV files, good and bad, are made.
fn any_csv() -> impl Strategy<Value = Vec<u8>> {
    let pieces: [&[u8]; 24] = [
        b"id",
        b"name",
        b"ana",
        b"bo",
        b"Ana Smith",
        b",",
        b";",
        b"\t",
        b"\n",
        b"\r\n",
        b"\r",
        b"\"",
        b"\"\"",
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        b"\xe9",
        b"\0",
        b"key",
        b"\xc3\xa9",
        b"a@b.c",
        b"${x}",
        b" ",
        b"sep=;\n",
        b"PK\x03\x04",
    ];
    prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..40).prop_map(|pieces| pieces.concat())
}

fn holds(bytes: &[u8]) -> Result<(), TestCaseError> {
    match from_csv("students", "roster.csv", bytes) {
        Ok(roster) => {
            prop_assert!((1..=MOST_MEMBERS).contains(&roster.members.len()));
            let mut keys = std::collections::BTreeSet::new();
            for member in &roster.members {
                prop_assert!(is_key(&member.key) && keys.insert(&member.key), "{:?}", member);
                prop_assert!(roster.columns.iter().all(|column| member.values.contains_key(column)));
            }
            prop_assert!(roster.columns.iter().all(|column| is_column(column)), "{:?}", roster.columns);
        }
        Err(mistakes) => {
            prop_assert!((1..=11).contains(&mistakes.list.len()));
            for diagnostic in &mistakes.list {
                let text = &diagnostic.file().unwrap().text;
                for range in diagnostic.labels().also.iter().map(|(range, _)| range).chain([&diagnostic.range()]) {
                    prop_assert!(text.get(range.clone()).is_some(), "{range:?} in {text:?}: {diagnostic:?}");
                }
                prop_assert!(diagnostic.help.as_ref().is_some_and(|help| !help.is_empty()));
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn any_pieces_are_a_roster_or_get_problems(bytes in any_csv()) {
        holds(&bytes)?;
    }

    #[test]
    fn any_bytes_are_a_roster_or_get_problems(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        holds(&bytes)?;
    }

    #[test]
    fn what_is_written_is_read(
        values in prop::collection::vec(("[a-z0-9][a-z0-9-]{0,8}", "[ -~éß🙂\n\t]{0,12}"), 1..8),
        delimiter in prop::sample::select(vec![",", ";", "\t"]),
        end in prop::sample::select(vec!["\n", "\r\n"]),
        mark in prop::sample::select(vec!["", "\u{feff}"]),
    ) {
        let values: BTreeMap<String, String> = values.into_iter().collect();
        let mut csv = format!("{mark}id{delimiter}\"value\"{end}");
        for (key, value) in &values {
            csv += &format!("{key}{delimiter}\"{}\"{end}", value.replace('"', "\"\"").replace('\n', end));
        }
        let roster = from_csv("students", "roster.csv", csv.as_bytes());
        let roster = roster.map_err(|mistakes| TestCaseError::fail(format!("{csv:?}: {:?}", mistakes.list)))?;
        let read: BTreeMap<_, _> = roster.members.iter().map(|one| (one.key.clone(), one.values["value"].clone())).collect();
        prop_assert_eq!(read, values);
    }
}

#[test]
fn a_first_line_that_looks_like_a_member_is_named() {
    let warned = |csv: &str| {
        let warning = from_csv("students", "roster.csv", csv.as_bytes()).unwrap_or_else(|_| panic!("{csv}")).warning?;
        assert!(!warning.is_error() && warning.help.is_some());
        let file = warning.file().expect("the CSV file");
        Some(file.text[warning.range()].to_owned())
    };
    for (csv, value) in [
        ("ana\nbo\ncy\n", "ana"),
        ("s01,Ana\ns02,Bo\n", "s01"),
        ("ana,red\nbo,blue\ncy,red\n", "red"),
        ("ana,Ana Smith\nbo,Bo Li\n", "ana"),
    ] {
        assert_eq!(warned(csv).as_deref(), Some(value), "{csv}");
    }
    // Whatever the keys look like.
    assert_eq!(warned("blue-fox,x,Ana Smith\nowl,y,Bo Li\n").as_deref(), Some("blue-fox"));
    for header in [
        "id\nana\nbo\n",
        "badge,Full Name\nana,Ana Smith\n",
        "badge,First Name\nana,Ana Maria\n",
        "badge,Last Name,Class Teacher\nana,Li Smith,Bo Li\n",
        "badge,Student Name\nana,Ana Smith\n",
        "badge,Home Town\nana,San Jose\n",
        "name\nana\nbo\n",
        "Student\nana\nbo\n",
        "student,team\nana,red\nbo,blue\n",
        // Whatever is below.
        "id,red\nana,red\nbo,blue\n",
        "lab1,lab2\nana,1\nbo,2\n",
        "login,Full Name\nana,Ana Smith\n",
        "badge,full name\nana,Ana Smith\n",
    ] {
        assert_eq!(warned(header), None, "{header}");
    }
}

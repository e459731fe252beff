use serde_json::json;

use super::*;
use crate::testing::as_shown;
use serde_json::Value;

fn joined(form: Form) -> String {
    match form {
        Form::Beside(line) => line,
        Form::FromTo(before, after) => format!("{before} → {after}"),
        Form::Open(lines) | Form::Below(lines) => lines.iter().map(Line::plain).collect::<Vec<_>>().join("\n"),
    }
}

fn below(before: Value, after: Value, text: bool) -> String {
    joined(changed(Some(&as_shown(&before)), Some(&as_shown(&after)), None, text, false, Detail::Short))
}

#[test]
fn scalars_stand_side_by_side_until_they_are_long() {
    insta::assert_snapshot!(below(json!(128), json!(256), false), @"128 → 256");
    insta::assert_snapshot!(below(json!("x".repeat(60)), json!("y".repeat(60)), false), @r#"
    - "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
    + "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"
    "#);
}

#[test]
fn maps_are_shown_by_key() {
    let before = json!({"A": "1", "B": "2", "C": "3", "SECRET": "(sensitive)"});
    let after = json!({"B": "2", "C": "4", "LONGER": "5", "SECRET": "(sensitive)"});
    insta::assert_snapshot!(below(before, after, false), @r#"
    - A
    ~ C      = "3" → "4"
    + LONGER = "5"
      SECRET = (sensitive)
    "#);
    insta::assert_snapshot!(below(json!({"P": "(sensitive)"}), json!({"P": "(sensitive)", "Q": 1}), false), @r#"
    + Q = 1
      P = (sensitive)
    "#);
}

#[test]
fn lists_are_shown_by_element_unless_only_their_order_differs() {
    insta::assert_snapshot!(below(json!(["a", "b", "c"]), json!(["b", "d", "c"]), false), @r#"
    - "a"
    + "d"
      2 unchanged
    "#);
    insta::assert_snapshot!(below(json!(["a", "b"]), json!(["b", "a"]), false), @r#"["a", "b"] → ["b", "a"]"#);
    insta::assert_snapshot!(below(json!([]), json!(["b", "a"]), false), @r#"[] → ["b", "a"]"#);
}

#[test]
fn of_elements_with_a_key_only_what_changes_is_shown() {
    let schema = crate::resource::schema::Schema::from(json!({"properties": {"disks": {"x-key": "device"}}}));
    let before = json!([
        {"device": "/dev/sdf", "size_gib": 5, "iops": 3000, "encrypted": false},
        {"device": "/dev/sdg", "size_gib": 5, "iops": 3000},
        {"device": "/dev/sdh", "size_gib": 5},
    ]);
    let after = json!([{"device": "/dev/sdf", "size_gib": 8}, {"device": "/dev/sdg", "size_gib": 5}, {"device": "/dev/sdi", "size_gib": 1}]);
    let form =
        changed(Some(&as_shown(&before)), Some(&as_shown(&after)), schema.at("disks"), false, false, Detail::Short);
    insta::assert_snapshot!(joined(form), @r#"
    ~ "/dev/sdf": size_gib 5 → 8
    - { device: "/dev/sdh", size_gib: 5 }
    + { device: "/dev/sdi", size_gib: 1 }
      1 unchanged
    "#);
}

#[test]
fn policies_are_compared_line_by_line_whatever_their_form() {
    let before = json!({"Statement": [{"Action": ["sns:Publish"], "Resource": "*", "Effect": "Allow"}], "Version": "2012-10-17"});
    let after = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sns:Publish", "Resource": "arn:aws:sns:us-east-1:123456789012:cloud101"}]});
    insta::assert_snapshot!(below(before, after, true), @r#"
      {
        "Version": "2012-10-17",
        "Statement": [
          {
            "Effect": "Allow",
            "Action": "sns:Publish",
    -       "Resource": "*"
    +       "Resource": "arn:aws:sns:us-east-1:123456789012:cloud101"
          }
        ]
      }
    "#);
}

#[test]
fn a_map_of_policies_is_compared_one_by_one() {
    let statement = |action: &str| json!({"Statement": {"Effect": "Allow", "Action": action, "Resource": "*"}});
    let before = json!({"mail": statement("ses:SendEmail"), "same": statement("s3:GetObject")});
    let after = json!({"mail": statement("ses:*"), "same": statement("s3:GetObject")});
    insta::assert_snapshot!(below(before, after, true), @r#"
    ~ mail
        {
          "Statement": {
            "Effect": "Allow",
      -     "Action": "ses:SendEmail",
      +     "Action": "ses:*",
            "Resource": "*"
          }
        }
    "#);
}

#[test]
fn distant_differences_of_a_text_are_apart() {
    let text = |first: &str, last: &str| {
        let middle: Vec<_> = (1..20).map(|n| format!("line {n}")).collect();
        json!(format!("{first}\n{}\n{last}\n", middle.join("\n")))
    };
    insta::assert_snapshot!(below(text("#!/bin/sh", "exit"), text("#!/bin/bash", "exit 0"), true), @r#"
    @@ -1,4 +1,4 @@
    - #!/bin/sh
    + #!/bin/bash
      line 1
      line 2
      line 3
    @@ -18,4 +18,4 @@
      line 17
      line 18
      line 19
    - exit
    + exit 0
    "#);
}

#[test]
fn what_is_hidden_stays_hidden() {
    insta::assert_snapshot!(below(json!("(sensitive)"), json!("(sensitive)"), true), @"(sensitive) → (sensitive)");
    let hidden = json!({"mail": {"Statement": "(sensitive)"}});
    insta::assert_snapshot!(below(hidden.clone(), hidden, true), @"differs in values that are not shown");
    insta::assert_snapshot!(below(json!("old"), json!("(known after apply)"), true), @r#""old" → (known after apply)"#);
}

#[test]
fn what_is_new_is_short_unless_all_is_asked_for() {
    let lines = |count: usize| (1..=count).map(|n| format!("line {n}")).collect::<Vec<_>>();
    let shown = |value: Value, text, detail| joined(created(&as_shown(&value), text, detail)).lines().count();
    let script = |count| json!(lines(count).join("\n"));
    // One line more says as much as the sentence that would stand for it.
    for (count, short) in [(2, 2), (10, 10), (11, 11), (12, 11), (300, 11)] {
        assert_eq!(shown(script(count), false, Detail::Short), short, "{count}");
        assert_eq!(shown(script(count), false, Detail::Full), count);
    }
    assert!(
        joined(created(&as_shown(&script(24)), false, Detail::Short)).ends_with("line 10\n… 14 more lines (--full)")
    );
    let statement = json!({"Effect": "Allow", "Action": lines(30), "Resource": "*"});
    let policy = json!({"Version": "2012-10-17", "Statement": [statement]});
    assert_eq!((shown(policy.clone(), true, Detail::Short), shown(policy, true, Detail::Full)), (11, 41));
    assert_eq!((shown(json!(lines(30)), false, Detail::Short), shown(json!(lines(30)), false, Detail::Full)), (11, 32));
    let long = json!("x".repeat(300));
    assert_eq!(
        joined(created(&as_shown(&long), false, Detail::Short)),
        format!("\"{}… (300 characters, --full)", "x".repeat(100))
    );
    assert_eq!(joined(created(&as_shown(&long), false, Detail::Full)), long.to_string());
}

#[test]
fn a_difference_of_many_lines_is_short_unless_all_is_asked_for() {
    let text =
        |word: &str| PlanValue::from(json!((0..60).map(|n| format!("{word} {n}")).collect::<Vec<_>>().join("\n")));
    let shown = |detail| joined(changed(Some(&text("old")), Some(&text("new")), None, true, false, detail));
    assert!(shown(Detail::Short).ends_with("- old 23\n… 96 more lines (--full)"), "{}", shown(Detail::Short));
    assert_eq!(shown(Detail::Full).lines().count(), 120);
}

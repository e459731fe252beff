//! The evidence that nothing is left, or what is.

use std::collections::BTreeMap;

use crate::aws::Error;
use crate::evidence::Question;
use crate::prove::{Leftover, Row, Verdict};

use super::event::duration;
use super::paint::Paint;
use super::plan_errors::help;
use super::terminal::clean;
use super::unseen::unseen;

/// What was asked, where, how many were seen, what of it is the stack's; then what is left, each with the command
/// that removes it; and in the last line the answer.
pub fn proof(verdict: &Verdict, paint: Paint) -> String {
    let Verdict { stack, questions, regions, took, .. } = verdict;
    let mut text = format!(
        "Searched for anything that stack {stack} may have left: {questions} requests to AWS about {} in {}.\n\n",
        counted(regions.len(), "region"),
        duration(*took)
    );
    text.push_str(&table(&verdict.rows, paint));
    text.push('\n');
    let (some, none): (Vec<_>, Vec<_>) = regions.iter().partition(|(_, count)| **count > 0);
    if !some.is_empty() {
        let some: Vec<_> = some.into_iter().map(|(region, count)| format!("{count} in {region}")).collect();
        text.push_str(&format!("Found, regardless of owner: {}.\n", some.join(", ")));
    }
    let is_known = |region: &&String| !verdict.unseen.iter().any(|(asked, ..)| asked.region.as_ref() == Some(*region));
    let none: Vec<_> = none.into_iter().map(|(region, _)| region).filter(is_known).map(String::as_str).collect();
    if !none.is_empty() {
        text.push_str(&format!("Nothing found in {}.\n", none.join(", ")));
    }
    if !verdict.not_enabled.is_empty() {
        text.push_str(&format!(
            "Not enabled in this account, so nothing can be created there (resources from before a region was disabled \
             are not visible): {}.\n",
            verdict.not_enabled.join(", ")
        ));
    }
    for (what, regions) in by_what(&verdict.absent) {
        text.push_str(&format!("AWS has no {what} in {}.\n", regions.join(", ")));
    }
    let list = |title: &str, all: &[Leftover], commands: bool| match all {
        [] => String::new(),
        all => format!("{title}\n{}", all.iter().map(|one| line(one, commands, paint)).collect::<String>()),
    };
    text.push_str(&list("Still listed by AWS, although being deleted:", &verdict.going, false));
    text.push_str(&list(&format!("{} kept, as the stack says:", verdict.kept.len()), &verdict.kept, false));
    text.push_str(&list("AWS does not record the owner of these; they cost money:", &verdict.unclear, false));
    text.push_str(&not_looked_at(verdict, paint));
    text.push('\n');
    text.push_str(&list(&paint.red(&format!("{} left:", verdict.left.len())), &verdict.left, true));
    if !verdict.left.is_empty() {
        text.push_str(&help(
            "each command deletes the resource above it, or removes the tag; then run the check again",
            paint,
        ));
    } else if verdict.unseen.is_empty() {
        let all = if verdict.kept.is_empty() { "nothing" } else { "nothing else" };
        text.push_str(&format!("{}: {all} of stack {stack} is in this account any more.\n", paint.green("0 left")));
    } else {
        text.push_str(&format!("{}: 0 left where AWS could be asked.\n", paint.yellow("Not proven")));
    }
    text
}

fn table(rows: &[Row], paint: Paint) -> String {
    let cells = rows.iter().map(|row| {
        let place = row.regions.map_or("account".to_owned(), |regions| counted(regions, "region"));
        let seen = row.seen.map_or("-".to_owned(), |seen| seen.to_string());
        [row.what.clone(), place, seen, row.own.to_string(), row.asked.clone()]
    });
    let head = ["what", "where", "seen", "the stack's", "asked"].map(str::to_owned);
    let cells: Vec<_> = std::iter::once(head).chain(cells).collect();
    let width = |column: usize| cells.iter().map(|row| row[column].len()).max().unwrap_or_default();
    let (what, place, seen, own) = (width(0), width(1), width(2), width(3));
    let row = |(n, row): (usize, &[String; 5])| {
        let numbers = format!("{:<what$}  {:<place$}  {:>seen$}  {:>own$}", row[0], row[1], row[2], row[3]);
        match n {
            0 => format!("  {}\n", paint.bold(&format!("{numbers}  {}", row[4]))),
            _ => format!("  {numbers}  {}\n", paint.dim(&row[4])),
        }
    };
    cells.iter().enumerate().map(row).collect()
}

fn line(one: &Leftover, command: bool, paint: Paint) -> String {
    let Leftover { what, region, name, id, address, why, remove, untag } = one;
    let head = address.as_ref().map(|address| format!("{}  ", paint.bold(&clean(address)))).unwrap_or_default();
    let id = if name.contains(id.as_str()) { String::new() } else { format!("  {}", clean(id)) };
    let region = region.as_ref().map(|region| format!("  {region}")).unwrap_or_default();
    let why = paint.dim(&format!("# {}", clean(why)));
    let remove = match untag {
        _ if !command => String::new(),
        None => format!("    {}\n", clean(remove)),
        Some(untag) if remove.is_empty() => format!("    if it does not belong to the stack: {}\n", clean(untag)),
        Some(untag) => {
            format!("    to delete it: {}\n    if it does not belong to the stack: {}\n", clean(remove), clean(untag))
        }
    };
    format!("  {head}{}  {}{id}{region}  {why}\n{remove}", paint.dim(what), clean(name))
}

/// What could not be looked at.
fn not_looked_at(verdict: &Verdict, paint: Paint) -> String {
    let one = |(question, name, error): &(Question, Option<String>, Error)| {
        let place = question.region.as_ref().map(|region| format!(" in {region}")).unwrap_or_default();
        let name = name.as_ref().map(|name| format!(" {name}")).unwrap_or_default();
        (format!("{}{name}{place}", question.what), error.clone())
    };
    unseen(verdict.unseen.iter().map(one), paint)
}

fn by_what(questions: &[Question]) -> BTreeMap<&str, Vec<String>> {
    let mut by_what: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for question in questions {
        by_what.entry(&question.what).or_default().extend(question.region.clone());
    }
    by_what
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn one(what: &'static str, id: &str, why: &str) -> Leftover {
        Leftover {
            what: what.to_owned(),
            region: Some("eu-west-1".into()),
            id: id.into(),
            name: id.into(),
            address: None,
            why: why.into(),
            remove: format!("aws remove {id}"),
            untag: None,
        }
    }

    #[test]
    fn each_fate_has_its_place() {
        let absent = Question {
            what: "ses.identity".into(),
            asked: "ses:ListEmailIdentities".into(),
            region: Some("ap-east-2".into()),
        };
        let row =
            Row { what: "disk".into(), asked: "ec2:DescribeVolumes".into(), regions: Some(2), seen: Some(7), own: 2 };
        let verdict = Verdict {
            stack: "class".into(),
            regions: [("ap-east-2".to_owned(), 0), ("eu-west-1".to_owned(), 7)].into(),
            questions: 25,
            took: Duration::from_millis(2400),
            rows: vec![row],
            kept: vec![Leftover {
                address: Some("homework".into()),
                ..one("s3.bucket", "homework", "on_destroy: retain")
            }],
            going: vec![one("disk", "vol-1", "deleting")],
            unclear: vec![one("snapshot", "snap-1", "created from vol-9, which no longer exists")],
            absent: vec![absent],
            ..Verdict::default()
        };
        insta::assert_snapshot!(proof(&verdict, Paint::PLAIN), @r#"
        Searched for anything that stack class may have left: 25 requests to AWS about 2 regions in 2.4s.

          what  where      seen  the stack's  asked
          disk  2 regions     7            2  ec2:DescribeVolumes

        Found, regardless of owner: 7 in eu-west-1.
        Nothing found in ap-east-2.
        AWS has no ses.identity in ap-east-2.
        Still listed by AWS, although being deleted:
          disk  vol-1  eu-west-1  # deleting
        1 kept, as the stack says:
          homework  s3.bucket  homework  eu-west-1  # on_destroy: retain
        AWS does not record the owner of these; they cost money:
          snapshot  snap-1  eu-west-1  # created from vol-9, which no longer exists

        0 left: nothing else of stack class is in this account any more.
        "#);
        // What a terminal would obey is not passed on, not even in a command.
        let left = vec![one("s3.bucket", "a\u{1b}[2J", "\u{1b}]0;x")];
        let text = proof(&Verdict { left, ..verdict }, Paint::PLAIN);
        assert!(text.contains("1 left:") && !text.contains('\u{1b}'), "{text:?}");
    }
}

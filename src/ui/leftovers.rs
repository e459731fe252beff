//! What a destroy left behind, as far as a look at every service shows.

use std::collections::BTreeSet;

use crate::prove::here::Unanswered;
use crate::prove::{Glance, Remnant};

use super::paint::Paint;
use super::plan_errors::help;
use super::terminal::clean;
use super::unseen::unseen;

/// What to type next.
#[derive(Debug, Default)]
pub struct Commands {
    /// What also deletes what is in the buckets, if that is why something is left.
    pub emptying: Option<String>,
    /// What looks for the rest.
    pub proof: String,
    /// What destroys what is in another region, region by region.
    pub elsewhere: Vec<(String, String)>,
}

/// The report. What was to be kept does not count as left. `is_known`: everything that had to be looked at was.
pub fn leftovers(glance: &Glance, is_known: bool, commands: &Commands, paint: Paint) -> String {
    let Glance { stack, region, .. } = glance;
    let mut text = String::new();
    let (kept, left): (Vec<&Remnant>, Vec<&Remnant>) = glance.all.iter().partition(|one| one.kept.is_some());
    if !kept.is_empty() {
        text.push_str(&format!("{} kept, as the stack says:\n", kept.len()));
        text.extend(kept.iter().map(|one| line(one, paint)));
    }
    let (far, near): (Vec<&Remnant>, Vec<&Remnant>) = left.iter().copied().partition(|one| one.region.is_some());
    let (doubtful, plain): (Vec<&Remnant>, Vec<&Remnant>) = near.into_iter().partition(|one| one.doubt.is_some());
    if !plain.is_empty() {
        let carries = if plain.len() == 1 { "carries" } else { "carry" };
        let head = paint.red(&format!("{} left", plain.len()));
        text.push_str(&format!("{head}, and still {carries} the ownership tags of stack {stack}:\n"));
        text.extend(plain.iter().map(|one| line(one, paint)));
        let again = || "run the same command again".to_owned();
        let emptying = |command: &String| format!("if the contents of the buckets can be deleted: `{command}`");
        let next = match commands.emptying.as_ref().map(emptying) {
            Some(emptying) => Some(emptying),
            // What no destroy deletes has its command below it.
            None => plain.iter().any(|one| one.remove.is_none()).then(again),
        };
        text.extend(next.map(|next| help(&format!("{next}; remaining resources may cost money"), paint)));
    }
    if !doubtful.is_empty() {
        let carries = if doubtful.len() == 1 { "carries" } else { "carry" };
        let head = paint.red(&format!("{} left", doubtful.len()));
        text.push_str(&format!(
            "{head}, and {carries} the tag of stack {stack}, but not the record that proves ownership; possible copies \
             are not touched:\n"
        ));
        text.extend(doubtful.iter().map(|one| line(one, paint)));
    }
    if !far.is_empty() {
        let places: BTreeSet<_> = far.iter().filter_map(|one| one.region.as_deref()).collect();
        let carries = if far.len() == 1 { "carries" } else { "carry" };
        let head = paint.red(&format!("{} left", far.len()));
        let places = clean(&places.into_iter().collect::<Vec<_>>().join(", "));
        text.push_str(&format!(
            "{head} in {places}, and {carries} the tag of stack {stack}, which is now in {region}:\n"
        ));
        text.extend(far.iter().map(|one| line(one, paint)));
        let destroys: Vec<_> = commands.elsewhere.iter().map(|(_, command)| format!("`{command}`")).collect();
        text.push_str(&help(&format!("destroy it there: {}; it may cost money", destroys.join(", then ")), paint));
    }
    let one = |one: &Unanswered| {
        let place = one.region.as_ref().map(|region| format!(" in {region}")).unwrap_or_default();
        (format!("{}{place}", one.what), one.error.clone())
    };
    text.push_str(&unseen(glance.unseen.iter().map(one), paint));
    if left.is_empty() && is_known {
        text.push_str(&nothing(glance, !kept.is_empty(), commands, paint));
    }
    text
}

/// That nothing is left, and where that was looked at.
fn nothing(glance: &Glance, else_: bool, commands: &Commands, paint: Paint) -> String {
    let Glance { stack, region, others, unseen, .. } = glance;
    let places = match others.len() {
        0 => format!("in {region} or in IAM"),
        1 => format!("in {region}, in IAM or in {}", others[0]),
        count => format!("in {region}, in IAM or in {count} other regions"),
    };
    let places = clean(&places);
    let head = paint.green("0 left");
    let head = if unseen.is_empty() { head } else { format!("{head} where AWS could be asked") };
    let nothing = if else_ { "nothing else" } else { "nothing" };
    let rest = format!(
        "Not searched: resources without ownership tags, such as snapshots and the logs that AWS keeps; `{}` includes \
            them.",
        commands.proof
    );
    format!(
        "{}\n{head}: {nothing} {places} has the ownership tags of stack {stack} any more.\n",
        paint.dim(&clean(&rest))
    )
}

fn line(one: &Remnant, paint: Paint) -> String {
    let Remnant { address, kind, name, id, region, kept, remove, untag, .. } = one;
    let address = address.as_ref().map(|address| format!("{}  ", paint.bold(&clean(address)))).unwrap_or_default();
    let id = if name.contains(id) { String::new() } else { format!("  {}", paint.dim(&clean(id))) };
    let region = region.as_ref().map(|region| format!("  {}", clean(region))).unwrap_or_default();
    let kept = kept.as_ref().map(|why| format!("  {}", paint.dim(&format!("# {}", clean(why))))).unwrap_or_default();
    let mut text = format!("  {address}{}  {}{id}{region}{kept}\n", paint.dim(&clean(kind)), clean(name));
    let commands = [("to delete it", remove), ("if it does not belong to the stack", untag)];
    for (when, command) in commands.into_iter().filter_map(|(when, command)| Some((when, command.as_ref()?))) {
        text.push_str(&format!("    {when}: {}\n", clean(command)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::{Error, ErrorKind};

    fn one(kind: &str, name: &str) -> Remnant {
        let text = str::to_owned;
        Remnant {
            address: Some(text("bucket")),
            kind: text(kind),
            name: text(name),
            id: text(name),
            ..Remnant::default()
        }
    }

    fn reported(all: Vec<Remnant>, change: impl FnOnce(&mut Glance, &mut Commands)) -> String {
        let (stack, region) = ("cloud101".to_owned(), "eu-central-1".to_owned());
        let mut glance = Glance { stack, region, all, ..Glance::default() };
        let mut commands = Commands { proof: "cloud101 destroy --prove".to_owned(), ..Commands::default() };
        change(&mut glance, &mut commands);
        leftovers(&glance, true, &commands, Paint::PLAIN)
    }

    #[test]
    fn nothing_left_says_where_and_something_left_is_listed() {
        insta::assert_snapshot!(reported(Vec::new(), |_, _| {}), @r#"
        Not searched: resources without ownership tags, such as snapshots and the logs that AWS keeps; `cloud101 destroy --prove` includes them.
        0 left: nothing in eu-central-1 or in IAM has the ownership tags of stack cloud101 any more.
        "#);
        let all_regions =
            |glance: &mut Glance, _: &mut Commands| glance.others = vec!["us-east-1".into(), "us-west-2".into()];
        let kept = Remnant { kept: Some("on_destroy: retain".into()), ..one("s3.bucket", "homework") };
        insta::assert_snapshot!(reported(vec![kept], all_regions), @r#"
        1 kept, as the stack says:
          bucket  s3.bucket  homework  # on_destroy: retain
        Not searched: resources without ownership tags, such as snapshots and the logs that AWS keeps; `cloud101 destroy --prove` includes them.
        0 left: nothing else in eu-central-1, in IAM or in 2 other regions has the ownership tags of stack cloud101 any more.
        "#);
        insta::assert_snapshot!(reported(vec![one("s3.bucket", "homework")], all_regions), @r#"
        1 left, and still carries the ownership tags of stack cloud101:
          bucket  s3.bucket  homework
          help: run the same command again; remaining resources may cost money
        "#);
        let emptying = reported(vec![one("s3.bucket", "homework")], |_, commands| {
            commands.emptying = Some("cloud101 destroy --empty-buckets".to_owned());
        });
        let help = "  help: if the contents of the buckets can be deleted: `cloud101 destroy --empty-buckets`; \
            remaining resources may cost money\n";
        assert!(emptying.ends_with(help), "{emptying}");
    }

    #[test]
    fn copies_other_regions_and_what_was_not_looked_at_have_their_place() {
        let copy = Remnant {
            doubt: Some("may be a copy".into()),
            remove: Some("aws sns delete-topic".into()),
            untag: Some("aws sns untag-resource".into()),
            ..one("sns.topic", "copied")
        };
        let far = Remnant { region: Some("us-east-1".into()), ..one("ec2.instance", "i-1") };
        let denied = Error { kind: ErrorKind::Denied, ..Error::unexpected("sns:ListTopics", "no") };
        let text = reported(vec![copy, far], |glance, commands| {
            commands.elsewhere = vec![("us-east-1".into(), "cloud101 --region us-east-1 destroy".into())];
            glance.unseen =
                vec![Unanswered { what: "sns.topic".into(), region: Some("eu-west-1".into()), error: denied }];
        });
        insta::assert_snapshot!(text, @r#"
        1 left, and carries the tag of stack cloud101, but not the record that proves ownership; possible copies are not touched:
          bucket  sns.topic  copied
            to delete it: aws sns delete-topic
            if it does not belong to the stack: aws sns untag-resource
        1 left in us-east-1, and carries the tag of stack cloud101, which is now in eu-central-1:
          bucket  ec2.instance  i-1  us-east-1
          help: destroy it there: `cloud101 --region us-east-1 destroy`; it may cost money
        Not read, so nothing is known about it:
          sns.topic in eu-west-1
            sns:ListTopics failed: no
            help: ask the account's administrator to allow you sns:ListTopics; `aws sts get-caller-identity` shows who you are
        "#);
    }

    /// What had to be read but could not is reported as an error.
    #[test]
    fn nothing_is_said_of_what_is_not_known() {
        assert_eq!(leftovers(&Glance::default(), false, &Commands::default(), Paint::PLAIN), "");
    }
}

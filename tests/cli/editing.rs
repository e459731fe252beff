//! The commands around a stack file: adopt, import, init, fmt.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use insta::assert_snapshot;
use serde_json::json;

use crate::fake_aws::{FakeAws, TOPIC};
use crate::program::{Folder, TOPIC_STACK, without_times};
use crate::proxy::Fault;

/// An account in which the topic that [`TOPIC_STACK`] names was made by hand.
pub fn with_a_topic() -> FakeAws {
    with_a_topic_tagged("owner", "ana")
}

/// The same with a tag of one's choice.
fn with_a_topic_tagged(key: &str, value: &str) -> FakeAws {
    let aws = FakeAws::for_a_topic();
    let tag = format!("Tags.member.1.Key={key}&Tags.member.1.Value={value}");
    tell(&aws, &format!("Action=CreateTopic&Version=2010-03-31&Name=lesson-topic&{tag}"));
    aws
}

/// A call of SNS that cloud101 does not make.
pub fn tell(aws: &FakeAws, call: &str) {
    let signature = "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20310101/us-east-1/sns/aws4_request";
    let made = ureq::post(&aws.url)
        .header("authorization", signature)
        .header("content-type", "application/x-www-form-urlencoded")
        .send(call);
    assert!(made.is_ok_and(|answer| answer.status() == 200));
}

#[test]
fn a_topic_is_taken_over_after_its_differences_were_shown() {
    let (folder, aws) =
        (Folder::with(&TOPIC_STACK.replace("sns.topic", "sns.topic\n    tags: { course: one }")), with_a_topic());
    let asked = folder.run(&aws, &["adopt", "topic", "lesson-topic"]);
    assert_eq!(asked.code, Some(64));
    assert!(!aws.calls().iter().any(|call| call == "sns:TagResource"), "nothing is done without consent");
    let done = folder.run(&aws, &["adopt", "topic", TOPIC, "--yes"]);
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    let plan = folder.run(&aws, &["plan", "--detailed-exitcode"]);
    assert_eq!(plan.code, Some(0), "{}", plan.stdout);
    let again = folder.run(&aws, &["adopt", "topic", "lesson-topic", "--yes"]);
    assert_eq!(again.code, Some(1));
    let said = [asked.stdout, asked.stderr, done.stdout, again.stderr].map(|text| without_times(&text));
    assert_snapshot!(said.join("\n---\n"));
}

#[test]
fn what_can_not_be_taken_over_is_reported() {
    let folder =
        Folder::with(&TOPIC_STACK.replace("topic:\n    type", "news:\n    type").replace("topic.arn", "news.arn"));
    let aws = with_a_topic();
    let said = |aws: &FakeAws, arguments: &[&str]| {
        let said = folder.run(aws, arguments);
        assert_ne!(said.code, Some(0), "{arguments:?}");
        said.stderr
    };
    let all = [
        said(&aws, &["adopt", "topic", "lesson-topic", "--yes"]),
        said(&aws, &["adopt", "news", "lesson-topic", "--yes"]),
        said(&FakeAws::empty(), &["adopt", "news", "nothing", "--yes"]),
    ];
    assert_snapshot!(all.join("\n"));
}

#[test]
fn a_live_topic_is_written_as_a_stack() {
    let (folder, aws) = (Folder::new(), with_a_topic());
    let one = folder.run(&aws, &["import", "sns.topic", "lesson-topic", "--region", "us-east-1"]);
    assert_eq!((one.code, one.stderr.as_str()), (Some(0), ""));
    assert_snapshot!(one.stdout);
    folder.write("imported.yaml", &one.stdout);
    assert_eq!(folder.run(&aws, &["plan", "imported.yaml"]).code, Some(0));

    let out = ["import", "sns.topic", "--all", "--out", "all.yaml", "--region", "us-east-1"];
    let all = folder.run(&aws, &out);
    assert_eq!(all.code, Some(0), "{}", all.stderr);
    assert_eq!(std::fs::read_to_string(folder.folder.path().join("all.yaml")).expect("a file"), one.stdout);
    let refused = [
        folder.run(&aws, &out),
        folder.run(&aws, &["import", "sns.topik", "lesson-topic"]),
        folder.run(&aws, &["import", "sns.topic"]),
        folder.run(&FakeAws::empty(), &["import", "sns.topic", "nothing", "--region", "us-east-1"]),
    ];
    assert!(refused.iter().all(|said| said.code != Some(0) && said.stdout.is_empty()));
    assert_snapshot!(refused.map(|said| said.stderr).join("\n"));
    assert_snapshot!(all.stderr, @"
    Written: all.yaml

    Try next:
      # check that only the ownership tags change; a second file with `stack: imported` is the same stack
      cloud101 --region us-east-1 plan all.yaml
    ");
}

#[test]
fn what_a_stack_has_is_imported_only_by_its_id() {
    let marks = "lesson&Tags.member.2.Key=cloud101:resource&Tags.member.2.Value=topic";
    let (folder, aws) = (Folder::new(), with_a_topic_tagged("cloud101:stack", marks));
    let all = folder.run(&aws, &["import", "sns.topic", "--all", "--region", "us-east-1"]);
    assert_eq!((all.code, all.stdout.as_str()), (Some(1), ""), "{}", all.stderr);
    assert!(
        all.stderr.contains("belongs to the stack `lesson`: skipped; name it by its id to import it"),
        "{}",
        all.stderr
    );
    assert!(all.stderr.contains("none of 1 sns.topic can be written"), "{}", all.stderr);
    let one = folder.run(&aws, &["import", "sns.topic", "lesson-topic", "--region", "us-east-1"]);
    assert_eq!(one.code, Some(0), "{}", one.stderr);
    assert!(one.stdout.contains("# It is `topic` of the stack `lesson`"), "{}", one.stdout);
}

#[test]
fn values_like_words_of_the_file_do_not_spoil_it() {
    let aws = FakeAws::with(|call| {
        let is_it = call.name.starts_with("lambda:GET") && call.name.ends_with("/functions/hello");
        let variables = json!({ "DEBUG": "true", "REGION": "us-east-1", "TOKEN": "xyzzy-plugh" });
        let configuration = json!({
            "FunctionName": "hello", "State": "Active", "Runtime": "python3.13", "Handler": "index.handler",
            "Role": "arn:aws:iam::123456789012:role/hello", "Environment": { "Variables": variables },
        });
        is_it.then(|| Fault::answer(json!({ "Configuration": configuration }).to_string()))
    });
    let folder = Folder::new();
    let arguments = ["import", "lambda.function", "hello", "--region", "us-east-1"];
    let said = folder.run(&aws, &arguments);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    for line in ["region: us-east-1\n", "adopt: true\n", "REGION: us-east-1\n", "DEBUG: \"true\"\n"] {
        assert!(said.stdout.contains(line), "{line}{}", said.stdout);
    }
    assert!(!said.stdout.contains("plugh") && !said.stdout.contains("(sensitive)"), "{}", said.stdout);
    assert!(said.stderr.contains("Not written: hello.zip."), "{}", said.stderr);
    folder.write("imported.yaml", &said.stdout.replace("code: hello.zip", "code: index.py"));
    let vars = ["--var", "hello_token=xyzzy-plugh"];
    let valid = folder.said(&mut folder.command(&[&["validate", "imported.yaml"], &vars[..]].concat()));
    assert_eq!(valid.code, Some(0), "{}", valid.stderr);
    let document = folder.run(&aws, &[&arguments[..], &["--json"]].concat());
    let yaml = document.stdout.lines().find_map(|line| {
        serde_json::from_str::<serde_json::Value>(line).ok()?.get("yaml")?.as_str().map(str::to_owned)
    });
    assert_eq!(yaml.as_deref(), Some(said.stdout.as_str()));
}

/// The words of a secret are parts of names that everybody may see: those stay readable, and the commands can be typed.
#[test]
fn secrets_like_names_leave_names_and_commands_as_they_are() {
    let stack = "stack: red\nregion: us-east-1\nvars:\n  topic_prod_mode: {secret: true}\nresources:\n  topic_prod:\n    \
                 type: sns.topic\n    name: topic-prod\n    display_name: ${var.topic_prod_mode}\n";
    let folder = Folder::with(stack);
    let said = folder.run(&FakeAws::empty(), &["plan", "--var", "topic_prod_mode=prod"]);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    for words in ["+ create topic_prod", "topic-prod", "--var topic_prod_mode=… apply", "display_name", "(sensitive)"]
    {
        assert!(said.stdout.contains(words), "{words}: {}", said.stdout);
    }
    assert!(!said.stdout.contains(" prod") && !said.stdout.contains("\"prod"), "{}", said.stdout);
}

#[test]
fn a_networks_own_group_is_imported_by_no_name() {
    let aws = FakeAws::with(|call| {
        (call.name == "ec2:DescribeSecurityGroups").then(|| {
            Fault::answer(
                "<DescribeSecurityGroupsResponse><securityGroupInfo><item><groupId>sg-0abc1234</groupId><groupName>default\
                 </groupName><vpcId>vpc-0abc1234</vpcId></item></securityGroupInfo></DescribeSecurityGroupsResponse>"
                    .to_owned(),
            )
        })
    });
    for id in ["sg-0abc1234", "default"] {
        let said = Folder::new().run(&aws, &["import", "ec2.security_group", id, "--region", "us-east-1"]);
        assert_eq!((said.code, said.stdout.as_str()), (Some(1), ""), "{}", said.stderr);
        assert!(said.stderr.contains("`default` group, which a stack can't manage"), "{}", said.stderr);
    }
}

/// An account with an instance without marks, one of the stack `old`, which has a script for its first boot,
/// and a copy of that.
fn with_three_instances() -> FakeAws {
    FakeAws::with(|call| {
        let instance = |id: &str, token: &str, tags: &[(&str, &str)]| {
            let tag = |(key, value): &(&str, &str)| format!("<item><key>{key}</key><value>{value}</value></item>");
            format!(
                "<item><instanceId>{id}</instanceId><imageId>ami-0123456789abcdef0</imageId>\
                 <clientToken>{}</clientToken><instanceType>m5.large</instanceType>\
                 <instanceState><code>16</code><name>running</name></instanceState><tagSet>{}</tagSet></item>",
                token,
                tags.iter().map(tag).collect::<String>()
            )
        };
        let old = [("cloud101:stack", "old"), ("cloud101:resource", "vm"), ("Name", "lab")];
        let (made_here, by_hand) = ("a".repeat(64), "console".to_owned());
        let all = [
            ("i-0123456789abcdef0", &by_hand, &[][..]),
            ("i-0123456789abcdef1", &made_here, &old[..]),
            ("i-0123456789abcdef2", &by_hand, &old[..]),
        ];
        let asked = |id: &str| !call.body().contains("InstanceId.1") || call.body().contains(id);
        match call.name.as_str() {
            "ec2:DescribeInstances" => {
                let found: String =
                    all.iter().filter(|it| asked(it.0)).map(|(id, token, tags)| instance(id, token, tags)).collect();
                Some(Fault::answer(format!(
                    "<DescribeInstancesResponse><reservationSet><item><instancesSet>{found}</instancesSet></item>\
                     </reservationSet></DescribeInstancesResponse>"
                )))
            }
            "ec2:DescribeInstanceAttribute" if call.body().contains("userData") && asked("i-0123456789abcdef1") => {
                let script = BASE64_STANDARD.encode("#!/bin/sh\necho xyzzy-plugh\n");
                let data = format!("<userData><value>{script}</value></userData>");
                Some(Fault::answer(format!(
                    "<DescribeInstanceAttributeResponse>{data}</DescribeInstanceAttributeResponse>"
                )))
            }
            _ => None,
        }
    })
}

#[test]
fn what_no_apply_finds_is_written_with_the_command_that_takes_it_over() {
    let (folder, aws) = (Folder::new(), with_three_instances());
    let import = |id: &str, more: &[&str]| {
        let said = folder.run(&aws, &[&["import", "ec2.instance", id, "--region", "us-east-1"], more].concat());
        assert_eq!(said.code, Some(0), "{}", said.stderr);
        said
    };
    let unmanaged = import("i-0123456789abcdef0", &[]);
    assert!(!unmanaged.stdout.contains("adopt: true") && !unmanaged.stdout.contains("[]"), "{}", unmanaged.stdout);
    folder.write("unmanaged.yaml", &unmanaged.stdout);
    let sound = folder.said(&mut folder.command(&["validate", "unmanaged.yaml"]));
    assert_eq!(sound.code, Some(0), "{}", sound.stderr);
    let anothers = import("i-0123456789abcdef1", &["--out", "old.yaml"]);
    let written = std::fs::read_to_string(folder.folder.path().join("old.yaml")).expect("a file");
    assert!(written.contains("of the stack `old`, which loses it; `adopt: true` allows that"), "{written}");
    assert!(written.contains("    adopt: true\n"), "{written}");
    let copy = import("i-0123456789abcdef2", &[]);
    assert!(!copy.stdout.contains("adopt: true") && !copy.stdout.contains("`old`"), "{}", copy.stdout);
    let own = import("i-0123456789abcdef1", &["--stack", "old"]);
    assert!(!own.stdout.contains("adopt: true"), "{}", own.stdout);
    assert_snapshot!([unmanaged.stderr, anothers.stderr].join("\n---\n"));
    let programs = import("i-0123456789abcdef0", &["--json"]);
    assert_eq!(programs.stderr, "");
}

#[test]
fn policies_that_no_other_stack_can_have_are_named() {
    let arn = |path: &str| format!("arn:aws:iam::123456789012:policy{path}");
    let paths = ["/free", "/cloud101/old/theirs", "/team/shared"];
    let aws = FakeAws::with(move |call| {
        let action = call.name.strip_prefix("iam:")?;
        let policy = |path: &str| {
            let (folder, name) = path.rsplit_once('/').unwrap_or_default();
            let arn = format!("arn:aws:iam::123456789012:policy{path}");
            format!("<PolicyName>{name}</PolicyName><Path>{folder}/</Path><Arn>{arn}</Arn>")
        };
        let asked = |path: &&&str| call.body().contains(&format!("policy{}", path.replace('/', "%2F")));
        let result = match action {
            "ListPolicies" => {
                let members = paths.map(|path| format!("<member>{}</member>", policy(path))).concat();
                format!("<Policies>{members}</Policies>")
            }
            "GetPolicy" => format!("<Policy>{}</Policy>", policy(paths.iter().find(asked)?)),
            "GetPolicyVersion" => {
                let document = r#"{"Statement":[{"Effect":"Allow","Action":"sns:Publish","Resource":"*"}]}"#;
                format!("<PolicyVersion><Document>{document}</Document></PolicyVersion>")
            }
            _ => return None,
        };
        Some(Fault::answer(format!("<{action}Response><{action}Result>{result}</{action}Result></{action}Response>")))
    });
    let folder = Folder::new();
    let run = |aws: &FakeAws, arguments: &[&str]| {
        folder.run(aws, &[&["import", "iam.policy", "--region", "us-east-1"], arguments].concat())
    };
    let all = run(&aws, &["--all"]);
    assert_eq!((all.code, all.stdout.matches("type: iam.policy").count()), (Some(0), 1), "{}", all.stderr);
    let own = run(&aws, &["--stack", "old", "theirs"]);
    assert!(own.code == Some(0) && own.stdout.contains("name: theirs\n"), "{}", own.stderr);
    let refused = [
        run(&aws, &[&arn("/cloud101/old/theirs")]),
        run(&aws, &[&arn("/team/shared")]),
        run(&FakeAws::empty(), &["--all"]),
        run(&FakeAws::empty(), &["free"]),
    ];
    assert!(refused.iter().all(|said| (said.code, said.stdout.as_str()) == (Some(1), "")));
    assert_snapshot!(all.stderr + "---\n" + &refused.map(|said| said.stderr).join("\n"));
}

#[test]
fn a_key_pair_whose_name_looks_like_an_id_is_found() {
    let aws = FakeAws::with(|call| {
        let public = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ7dmuG1zWbZhZ3WQ5tyGmR4m7gM1oVf0p8mWlJkZ9yK";
        let pair = format!(
            "<keySet><item><keyPairId>key-0123456789abcdef0</keyPairId><keyName>key-class</keyName>\
             <publicKey>{public}</publicKey></item></keySet>"
        );
        let by_name = call.name == "ec2:DescribeKeyPairs" && call.body().contains("Filter.1.Name=key-name");
        by_name.then(|| Fault::answer(format!("<DescribeKeyPairsResponse>{pair}</DescribeKeyPairsResponse>")))
    });
    let said = Folder::new().run(&aws, &["import", "ec2.key_pair", "key-class", "--region", "us-east-1"]);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    assert!(said.stdout.contains("name: key-class\n"), "{}", said.stdout);
}

#[test]
fn what_is_not_of_this_account_or_no_stack_is_refused() {
    let (folder, aws) = (Folder::new(), with_a_topic());
    let elsewhere = TOPIC.replace("123456789012", "210987654321");
    let other = folder.run(&aws, &["import", "sns.topic", &elsewhere, "--region", "us-east-1"]);
    assert_eq!((other.code, other.stdout.as_str()), (Some(1), ""));
    assert!(other.stderr.contains("is in the account `210987654321`"), "{}", other.stderr);
    let alias = folder.run(&FakeAws::empty(), &["import", "lambda.function", "hello:PROD", "--region", "us-east-1"]);
    assert_eq!((alias.code, alias.stdout.as_str()), (Some(1), ""));
    assert!(alias.stderr.contains("remove `:PROD`: `hello` is the function"), "{}", alias.stderr);
    let name = folder.run(&aws, &["import", "sns.topic", "lesson-topic", "--stack", "Not: a stack"]);
    assert_eq!((name.code, name.stdout.as_str()), (Some(64), ""));
    assert!(name.stderr.contains("begins with a letter"), "{}", name.stderr);
}

#[test]
fn a_template_is_written_and_nothing_is_overwritten() {
    let folder = Folder::new();
    let said = folder.said(&mut folder.command(&["init", "--template", "function", "class"]));
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    let validated = folder.said(&mut folder.command(&["validate", "class/cloud101.yaml"]));
    assert_eq!(validated.code, Some(0), "{}", validated.stderr);
    let again = folder.said(&mut folder.command(&["init", "class"]));
    assert_eq!(again.code, Some(64));
    assert_snapshot!([said.stdout, said.stderr, again.stderr].join("\n"));
}

#[test]
fn a_class_has_a_roster_of_its_own_and_a_roster_can_be_had_alone() {
    let folder = Folder::new();
    let run = |arguments: &[&str]| folder.said(&mut folder.command(arguments));
    let read = |path: &str| std::fs::read_to_string(folder.folder.path().join(path)).expect("a file");
    let class = run(&["init", "--template", "class", "--roster", "12", "class"]);
    assert_eq!(class.code, Some(0), "{}", class.stderr);
    let roster = read("class/class.csv");
    assert_eq!((roster.lines().count(), roster.lines().last()), (13, Some("s12,12")), "{roster}");
    let validated = run(&["validate", "class/cloud101.yaml"]);
    assert!(validated.code == Some(0) && validated.stdout.contains("stack my-class"), "{}", validated.stderr);
    let alone = run(&["init", "--roster", "2"]);
    assert_eq!((alone.code, read("class.csv").as_str()), (Some(0), "id,seat\ns01,1\ns02,2\n"), "{}", alone.stderr);
    folder.write("class.csv", "id\nana\n");
    let again = run(&["init", "--roster", "3"]);
    assert_eq!((again.code, read("class.csv").as_str()), (Some(64), "id\nana\n"), "{}", again.stderr);
    let without = run(&["init", "--roster", "3", "--template", "bucket"]);
    assert!(without.code == Some(64) && without.stderr.contains("this template has no roster"), "{}", without.stderr);
    assert_eq!(run(&["init", "--roster", "0"]).code, Some(64));
    assert_snapshot!([class.stdout, class.stderr, alone.stdout, alone.stderr, again.stderr].join("\n"));
}

#[test]
fn a_stack_is_laid_out_or_checked() {
    let untidy =
        "stack:   lesson # ours\nresources:\n    a: {type: sns.topic}\n    # more\n    b: { type: sns.topic }\n";
    let folder = Folder::with(untidy);
    let text = || std::fs::read_to_string(folder.folder.path().join("cloud101.yaml")).expect("a file");
    let said = |arguments: &[&str]| folder.said(&mut folder.command(arguments));
    let check = said(&["fmt", "--check"]);
    assert_eq!((check.code, text().as_str()), (Some(1), untidy));
    assert_snapshot!(check.stdout);
    assert_eq!(said(&["fmt"]).code, Some(0));
    assert_ne!(text(), untidy);
    let checked = said(&["fmt", "--check"]);
    assert_eq!((checked.code, checked.stdout.as_str()), (Some(0), ""));
    folder.write("cloud101.yaml", "stack: [\n");
    let broken = said(&["fmt"]);
    assert_eq!((broken.code, text().as_str()), (Some(1), "stack: [\n"));
    assert!(broken.stderr.contains("cloud101.yaml:"), "{}", broken.stderr);
}

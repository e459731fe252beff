//! Secrets are used, and not shown: every run of the program here passes the canary check of [`Folder::said`].

use std::process::Command;
use std::thread;

use crate::canary::{
    KEY_LINE, OLD_SECRET, PLAIN_SECRET, PLAIN_VARIABLE, SECRET, SECRET_KEY, TOKEN, VARIABLE, private_key,
};
use crate::fake_aws::{FakeAws, refusal};
use crate::program::{Folder, Said};
use crate::proxy::{Call, Fault};

/// A stack in which the canaries are wherever a value can be.
pub fn everywhere() -> Folder {
    let folder = Folder::with(&format!(
        "stack: lesson
region: us-east-1
vars:
  {VARIABLE}
  {PLAIN_VARIABLE}
tags: {{ all: '${{var.plain_canary}}' }}
resources:
  function:
    type: lambda.function
    runtime: python3.13
    handler: index.handler
    code: index.py
    role: arn:aws:iam::123456789012:role/lambda
    description: the key is ${{var.canary}}
    environment: {{ PASSWORD: '${{var.canary}}', MODE: class }}
  instance:
    type: ec2.instance
    image: ami-0123456789abcdef0
    instance_type: t3.micro
    user_data: |
      #!/bin/sh
      login ${{var.canary}}
  role:
    type: iam.role
    assumed_by: ec2.amazonaws.com
    inline_policies:
      mail:
        Version: '2012-10-17'
        Statement: {{ Effect: Allow, Action: 's3:*', Resource: [ 'arn:aws:s3:::${{var.plain_canary}}', '*' ] }}
  topic:
    type: sns.topic
    display_name: ${{var.plain_canary}}
    tags: {{ {PLAIN_SECRET}: a key, again: {PLAIN_SECRET} }}
    policy:
      Version: '2012-10-17'
      Statement:
        - {{ Effect: Allow, Principal: '*', Action: 'sns:Publish', Resource: '*', Condition: {{ StringEquals: {{ 'aws:UserAgent': '${{var.canary}}' }} }} }}
  object: {{ type: s3.object, bucket: lesson-data, key: secret.txt, content: '${{var.canary}}' }}
outputs:
  key: ${{var.canary}}
"
    ));
    folder.write("id_ed25519", &private_key());
    folder
}

/// All that may be set to see more.
fn ways_to_see_more() -> Vec<(&'static str, &'static str)> {
    vec![("", "off"), ("-v", ""), ("-vv", ""), ("", "trace"), ("--json", "trace")]
}

/// The program, asked to say as much as `way` does.
fn saying_more(folder: &Folder, aws: &FakeAws, arguments: &[&str], (option, log): (&str, &str)) -> Command {
    let option: Vec<_> = [option].into_iter().filter(|option| !option.is_empty()).collect();
    let mut command = folder.with_aws(aws, &[arguments, &option].concat());
    command.env("RUST_BACKTRACE", "full").env("AWS_MAX_ATTEMPTS", "1");
    if !log.is_empty() {
        command.env("RUST_LOG", log);
    }
    command
}

/// What each of the commands says in each way. Side by side: some wait long for what will not come.
fn everything_said(
    commands: &[&[&str]],
    rule: impl Fn(&Call) -> Option<Fault> + Send + Sync + 'static,
) -> Vec<(String, Said)> {
    let (aws, folder) = (FakeAws::with(rule), everywhere());
    let ways = commands.iter().flat_map(|arguments| ways_to_see_more().into_iter().map(move |way| (*arguments, way)));
    let say = |(arguments, way): (&[&str], _)| {
        let said = folder.said(&mut saying_more(&folder, &aws, arguments, way));
        (format!("{arguments:?} {way:?}"), said)
    };
    thread::scope(|scope| {
        let said: Vec<_> = ways
            .map(|one| {
                let say = &say;
                scope.spawn(move || say(one))
            })
            .collect();
        said.into_iter().map(|one| one.join().expect("no panic")).collect()
    })
}

#[test]
fn no_level_of_logs_shows_secrets() {
    let mut traced = 0;
    for (what, said) in everything_said(&[&["plan"], &["show"], &["plan", "--destroy"]], |_| None) {
        if what.starts_with("[\"plan\"]") {
            assert_eq!(said.code, Some(0), "{what}: {}", said.stderr);
            assert!(said.stdout.contains("(sensitive)"), "{what}: {}", said.stdout);
        }
        if what.contains("trace") {
            // The libraries speak, but not of what they send and receive.
            assert!(said.stderr.contains("aws_smithy_runtime::client::orchestrator: "), "{what}: {}", said.stderr);
            let finest: Vec<_> = said.stderr.lines().filter(|line| line.contains("TRACE ")).collect();
            let is_own = |line: &&str| [" cloud101::", " cloud101_core::"].iter().any(|name| line.contains(name));
            assert!(!finest.is_empty() && finest.iter().all(is_own), "{what}: {:?}", finest.first());
            traced += 1;
        }
    }
    assert_eq!(traced, 6);
}

/// AWS quotes what it was sent, as it does when it finds a request malformed.
#[test]
fn an_answer_that_quotes_a_secret_is_reported_without_it() {
    let echo = |call: &Call| {
        // The bucket is there, and takes the note that objects are to come.
        if call.name.starts_with("s3:") && call.name.contains("tagging") {
            let is_put = call.name.starts_with("s3:PUT");
            return if is_put { Some(Fault::answer(String::new())) } else { refusal(404, "NoSuchTagSet", "no tags") };
        }
        let quoted = match call.name.starts_with("lambda:") {
            true => serde_json::Value::from(call.body().clone()).to_string().trim_matches('"').to_owned(),
            false => call.body().replace('&', "&amp;").replace('<', "&lt;"),
        };
        let changes = ["lambda:POST", "ec2:Run", "iam:Create", "sns:Create", "s3:PUT"];
        let changes = changes.iter().any(|call_of| call.name.starts_with(call_of));
        changes.then(|| refusal(400, "MalformedInput", format!("cannot understand {quoted}"))).flatten()
    };
    let all = everything_said(&[&["apply", "--yes"]], echo);
    for (what, said) in all {
        let reported = said.stdout.clone() + &said.stderr;
        assert_eq!(said.code, Some(1), "{what}: {reported}");
        // Each service's call was quoted: as a form, with base64 in it, as JSON, and as it is.
        for resource in ["function", "instance", "role", "topic", "object"] {
            let failed =
                reported.lines().any(|line| line.contains(resource) && (line.contains("✗") || line.contains("failed")));
            assert!(failed, "{what}: {resource} did not fail: {reported}");
        }
        assert!(
            reported.matches("cannot understand").count() >= 5 && reported.contains("(sensitive)"),
            "{what}: {reported}"
        );
    }
}

/// A secret as programs in many languages write it, and each of those forms in JSON and in XML.
const WRITERS: &str = r#"
import html, json, shlex, subprocess, sys, urllib.parse
from xml.sax.saxutils import escape
text = 'login ' + sys.argv[1] + ' now'
backslash = chr(92)
forms = [
    json.dumps({'pw': text}), json.dumps({'pw': text}, ensure_ascii=False), repr(text), ascii(text), repr(text.encode()),
    shlex.quote(text), "'" + text.replace("'", "'" + backslash + "''") + "'", html.escape(text), escape(text),
    escape(text, {"'": '&apos;', '"': '&quot;'}), urllib.parse.quote(text, safe=''), urllib.parse.quote_plus(text),
    ''.join(f'&#x{ord(c):x};' for c in text), ''.join(f'&#{ord(c)};' for c in text),
    ''.join(f'{backslash}u{ord(c):04X}' if ord(c) < 65536 else c for c in text),
    ''.join(f'%{byte:02x}' for byte in text.encode()),
    "'" + text.replace("'", "''") + "'", '"' + text.replace('"', '""') + '"',
    subprocess.run(['bash', '-c', 'printf %q "$1"', '-', text], capture_output=True, text=True).stdout,
]
forms += [json.dumps(form) for form in forms] + [html.escape(form) for form in forms]
print(json.dumps(forms))
"#;

/// What each program makes of a secret is found in what AWS quotes, and so is what it cuts off.
#[test]
fn a_secret_in_the_form_of_any_program_is_reported_without_it() {
    for secret in [OLD_SECRET, SECRET] {
        let python = Command::new("python3").args(["-c", WRITERS, secret]).output().expect("python3");
        assert!(python.status.success(), "{}", String::from_utf8_lossy(&python.stderr));
        let mut forms: Vec<String> = serde_json::from_slice(&python.stdout).expect("a list");
        assert_eq!(forms.len(), 19 * 3);
        let cut = |share: usize| &secret[..secret.ceil_char_boundary(secret.len() * share / 10)];
        forms.extend([format!("'{}\u{2026}", cut(6)), format!("'{}...' is not", cut(7)), format!("\"{}", cut(9))]);
        // So many at once that the message is short enough to be shown whole.
        for forms in forms.chunks(10) {
            let quoted = forms.join(" ;; ").replace('&', "&amp;").replace('<', "&lt;");
            let message = format!("cannot understand {quoted}");
            let aws = FakeAws::with(move |call| {
                call.name.starts_with("sns:").then(|| refusal(400, "InvalidParameter", message.clone())).flatten()
            });
            let given = format!("canary={secret}");
            // The canaries find most forms; what is left of one would have these letters.
            let said = everywhere().run(&aws, &["plan", "--var", &given]);
            assert_eq!(said.code, Some(1), "{}", said.stderr);
            let (_, reported) = said.stderr.split_once("cannot understand").expect("what AWS says");
            let reported: Vec<_> = reported.split(";;").take(forms.len()).collect();
            assert_eq!(reported.len(), forms.len(), "{}", said.stderr);
            for (form, reported) in forms.iter().zip(reported) {
                assert!(reported.contains("(sensitive)"), "{form}: {reported}");
                let rest = ["Sch", "ssel", "Kana", "rie", "ogel"].iter().find(|part| reported.contains(**part));
                assert_eq!(rest, None, "{form}: {reported}");
            }
        }
    }
}

/// The answer to a wrong signature quotes the headers that were signed, and the token is one of them.
#[test]
fn credentials_in_an_answer_are_not_shown() {
    let message = format!(
        "The Canonical String for this request should have been &apos;POST\n/\n\nx-amz-security-token:{TOKEN}\n&apos; key {SECRET_KEY}"
    );
    for (what, said) in everything_said(&[&["plan"], &["apply", "--yes"], &["destroy", "--yes"]], move |_| {
        refusal(403, "SignatureDoesNotMatch", message.clone())
    }) {
        let reported = said.stdout + &said.stderr;
        assert!(reported.contains("x-amz-security-token:(sensitive)"), "{what}: {reported}");
    }
}

/// What is wrong with a file is shown with its line, and the secret may be on it.
#[test]
fn complaints_show_lines_without_secrets() {
    let problems = |text: &str, more: &[&str]| {
        let folder = Folder::with(&format!("stack: lesson\nregion: us-east-1\n{text}"));
        folder.write("id_ed25519", &private_key());
        let mut all = String::new();
        for json in [&[][..], &["--json"]] {
            let said = folder.said(&mut folder.command(&[&["validate"], more, json].concat()));
            assert_eq!(said.code, Some(1), "{}", said.stdout);
            all += &(said.stdout + &said.stderr);
        }
        all
    };
    let topic = "resources: { topic: { type: sns.topic } }\n";
    let unknown = VARIABLE.replace("secret: true", "secret: true, colour: blue");
    let reported = problems(&format!("vars: {{ {unknown} }}\n{topic}"), &[]);
    assert!(reported.contains("`colour`") && reported.contains("default: (sensitive)"), "{reported}");
    let wrong = VARIABLE.replace("secret: true", "secret: 'yes'");
    assert!(problems(&format!("vars: {{ {wrong} }}\n{topic}"), &[]).contains("(sensitive)"));
    let given = format!("password={SECRET}");
    problems(
        "vars: { password: { secret: true } }\nresources: { topic: { type: sns.topic, name: '${var.password}', nam: x } }\n",
        &["--var", &given],
    );
    problems(&format!("vars: {{ pasword: {{ secret: true }} }}\n{topic}"), &["--var", &given]);

    // Private keys, in a file and in the stack itself, on one line and on several.
    let key =
        |value: &str| problems(&format!("resources:\n  key:\n    type: ec2.key_pair\n    public_key: {value}\n"), &[]);
    assert!(key("id_ed25519").contains("contains a private key"));
    let escaped = serde_json::Value::from(private_key()).to_string();
    assert!(key(&escaped).contains("this is a private key"));
    assert!(key(&format!("|\n      {}", private_key().replace('\n', "\n      "))).contains("this is a private key"));
}

/// What is given on the command line and in addresses: a value without its name, and a password.
#[test]
fn a_command_line_and_its_addresses_show_no_secret() {
    let folder = Folder::with("stack: lesson\nregion: us-east-1\nresources: { topic: { type: sns.topic } }\n");
    let said = folder.said(&mut folder.command(&["plan", "--var", SECRET]));
    assert!(said.code == Some(64) && said.stderr.contains("write it as name=value"), "{}", said.stderr);
    let url = format!("http://ana:{KEY_LINE}@127.0.0.1:9");
    for arguments in [&["destroy"][..], &["plan", "-vv"], &["plan", "--json"]] {
        let said = folder.said(&mut folder.command(&[&["--endpoint-url", &url], arguments].concat()));
        assert_ne!(said.code, Some(0), "{}", said.stdout);
        let said = folder.said(folder.command(arguments).env("AWS_ENDPOINT_URL", &url).env("HTTP_PROXY", &url));
        assert_ne!(said.code, Some(0), "{}", said.stdout);
    }
}

/// A private key is hidden wherever it is, also if it was not declared a secret.
#[test]
fn private_keys_are_secret_without_being_said() {
    let script = private_key().replace('\n', "\n      ");
    let folder = Folder::with(&format!(
        "stack: lesson\nregion: us-east-1\nresources:\n  instance:\n    type: ec2.instance\n    image: ami-0abcdef1234567890\n    \
         instance_type: t3.micro\n    user_data: |\n      {script}\n"
    ));
    for way in ways_to_see_more() {
        let said = folder.said(&mut saying_more(&folder, &FakeAws::empty(), &["plan"], way));
        assert_eq!(said.code, Some(0), "{}", said.stderr);
        assert!(said.stdout.contains("BEGIN OPENSSH PRIVATE KEY-----(sensitive)"), "{}", said.stdout);
    }
}

//! What a stack file names stays inside of its folder, unless the person who runs the program says otherwise.

use std::os::unix::fs::symlink;

use insta::assert_snapshot;

use crate::fake_aws::FakeAws;
use crate::program::{Folder, Said};

/// A stack in `class/`, beside it `common/` and someone's password file.
fn folder(stack: &str) -> Folder {
    let folder = Folder::new();
    folder.write("class/cloud101.yaml", &format!("stack: lesson\nregion: us-east-1\n{stack}"));
    folder.write("class/index.py", "def handler(event, context):\n    return event\n");
    folder.write("common/index.py", "def handler(event, context):\n    return event\n");
    folder.write("passwords", "hunter2\n");
    folder
}

fn function(code: &str) -> String {
    format!(
        "resources:\n  function:\n    type: lambda.function\n    runtime: python3.13\n    handler: index.handler\n    \
         code: {code}\n    role: arn:aws:iam::123456789012:role/lambda\n"
    )
}

fn object(source: &str) -> String {
    format!("resources:\n  object:\n    type: s3.object\n    bucket: lesson-data\n    key: x\n    source: {source}\n")
}

fn said(folder: &Folder, arguments: &[&str]) -> Said {
    folder.run(&FakeAws::empty(), &[arguments, &["class"]].concat())
}

#[test]
fn paths_that_lead_outside_are_refused_with_their_place() {
    let reported = [function("../common"), object("../passwords")].map(|stack| {
        let said = said(&folder(&stack), &["validate"]);
        assert_eq!(said.code, Some(1), "{}", said.stdout);
        said.stderr
    });
    assert_snapshot!(reported.join("\n"));
}

/// Before the first call, by every command, and also where the path is known only when the plan is made.
#[test]
fn no_way_leads_outside() {
    let secret = |stack: String| format!("vars: {{ path: {{ default: ../passwords, secret: true }} }}\n{stack}");
    for stack in [
        function("/etc"),
        function("~/../passwords"),
        function("link"),
        function("inner"),
        object("link/passwords"),
        object("${var.path}") + "vars: { path: ../passwords }\n",
        secret(object("${var.path}")),
        secret(function("${var.path}")),
    ] {
        let folder = folder(&stack);
        let class = folder.folder.path().join("class");
        symlink("..", class.join("link")).expect("a link");
        folder.write("class/inner/index.py", "");
        symlink("../../passwords", class.join("inner/passwords")).expect("a link");
        for arguments in [&["plan"][..], &["apply", "--yes"], &["plan", "--json"]] {
            let aws = FakeAws::empty();
            let said = folder.run(&aws, &[arguments, &["class"]].concat());
            let reported = format!("{}{}", said.stdout, said.stderr);
            assert_eq!(said.code, Some(1), "{stack}{arguments:?}: {reported}");
            let refused = ["points outside", "there is no"].iter().any(|words| reported.contains(words));
            assert!(refused && !reported.contains("hunter2"), "{stack}{arguments:?}: {reported}");
            let changes = aws.calls().into_iter().find(|call| call.contains("PUT") || call.contains("POST /2015"));
            assert_eq!(changes, None, "{stack}");
        }
    }
}

#[test]
fn a_folder_may_be_allowed() {
    let folder = folder(&function("../common"));
    let common = folder.folder.path().join("common").display().to_string();
    for allowed in ["common", &common, ".", "class/../common"] {
        let said = said(&folder, &["plan", "--allow-outside", allowed]);
        assert_eq!(said.code, Some(0), "{allowed}: {}", said.stderr);
        // What to type next allows it, too.
        let next = format!("--allow-outside {}", allowed.replace(&common, "[folder]/common"));
        assert!(said.stdout.contains(&next), "{}", said.stdout);
    }
    for not_it in ["class", "nowhere", "common/index.py"] {
        assert_eq!(said(&folder, &["plan", "--allow-outside", not_it]).code, Some(1), "{not_it}");
    }
    let mut command = folder.command(&["validate", "class"]);
    let said = folder.said(command.env("CLOUD101_ALLOW_OUTSIDE", format!("/nowhere:{common}")));
    assert_eq!(said.code, Some(0), "{}", said.stderr);
}

/// A public key is harmless wherever it lies, and what is none is neither sent nor shown.
#[test]
fn a_public_key_may_be_anywhere() {
    let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f me@example.edu";
    for path in ["~/.ssh/id_ed25519.pub", "../.ssh/id_ed25519.pub"] {
        let folder = folder(&format!("resources:\n  key:\n    type: ec2.key_pair\n    public_key: {path}\n"));
        folder.write(".ssh/id_ed25519.pub", key);
        assert_eq!(said(&folder, &["plan"]).code, Some(0), "{path}");
        folder.write(".ssh/id_ed25519.pub", "hunter2\n");
        let said = said(&folder, &["plan"]);
        assert_eq!(said.code, Some(1), "{}", said.stdout);
        assert!(!said.stderr.contains("hunter2") && said.stderr.contains("public key"), "{}", said.stderr);
    }
}

//! Credentials and keys are uploaded only if the command line names them, whatever the stack file says.

use insta::assert_snapshot;

use crate::fake_aws::{FakeAws, refusal};
use crate::program::{Folder, Said};

const HEAD: &str = "stack: lesson\nregion: us-east-1\n";
/// What no file of a credential's content may be shown.
const INSIDE: &str = "xyzzy-plugh-4711";

fn function(code: &str) -> String {
    format!(
        "{HEAD}resources:\n  function:\n    type: lambda.function\n    runtime: python3.13\n    \
         handler: index.handler\n    code: {code}\n    role: arn:aws:iam::123456789012:role/lambda\n"
    )
}

fn object(source: &str) -> String {
    format!(
        "{HEAD}resources:\n  object:\n    type: s3.object\n    bucket: lesson-data\n    key: x\n    source: {source}\n"
    )
}

/// A home folder, in which the stack file lies.
fn home(stack: &str) -> Folder {
    let folder = Folder::with(stack);
    for name in [".aws/credentials", ".ssh/id_ed25519", ".env", "Documents/passwords.KDBX"] {
        folder.write(name, &format!("password = {INSIDE}\n"));
    }
    folder
}

/// What the program says; it refused before it asked AWS anything, and shows nothing of what is in the files.
fn refused(folder: &Folder, arguments: &[&str]) -> Said {
    let aws = FakeAws::empty();
    let said = folder.run(&aws, arguments);
    assert_eq!((said.code, aws.calls()), (Some(1), Vec::new()), "{arguments:?}: {}{}", said.stdout, said.stderr);
    assert!(!format!("{}{}", said.stdout, said.stderr).contains(INSIDE), "{arguments:?}: {}", said.stderr);
    said
}

#[test]
fn a_stack_in_a_home_folder_uploads_no_credential() {
    let reported = [function("."), object(".aws/credentials")].map(|stack| {
        let folder = home(&stack);
        for arguments in [&["plan"][..], &["apply", "--yes"], &["destroy", "--yes"], &["show"], &["graph"], &["output"]]
        {
            assert!(refused(&folder, arguments).stderr.contains("C101-0609"), "{arguments:?}");
        }
        assert!(refused(&folder, &["plan", "--json"]).stdout.contains("\"C101-0609\""));
        refused(&folder, &["validate"]).stderr
    });
    assert_snapshot!(reported.join("\n"));
}

/// What to type is in the message, and works as it stands there.
#[test]
fn what_the_command_line_names_is_uploaded() {
    for (stack, others) in [(function("."), 1), (object(".aws/credentials"), 0)] {
        let folder = home(&stack);
        let reported = refused(&folder, &["plan"]).stderr;
        let words: Vec<_> = reported.split_whitespace().collect();
        let named: Vec<_> = words.windows(2).filter(|pair| pair[0] == "--allow-file").map(|pair| pair[1]).collect();
        assert!(named.len() > others, "{reported}");
        let options: Vec<_> = named.iter().flat_map(|path| ["--allow-file", path]).collect();
        let said = folder.run(&FakeAws::empty(), &[&["plan"][..], &options].concat());
        assert_eq!(said.code, Some(0), "{}", said.stderr);
        // What to type next names them, too.
        assert!(said.stdout.contains(&format!("cloud101 {} apply", options.join(" "))), "{}", said.stdout);
        if others > 0 {
            refused(&folder, &["plan", "--allow-file", named[0]]);
        }
        refused(&folder, &["plan", "--allow-file", "nowhere"]);
        let mut command = folder.with_aws(&FakeAws::empty(), &["plan"]);
        let said = folder.said(command.env("CLOUD101_ALLOW_FILE", named.join(":")));
        assert_eq!(said.code, Some(0), "{}", said.stderr);
    }
}

/// Also where the path is known only when the plan is made.
#[test]
fn no_way_leads_around() {
    for stack in [
        object("./.env"),
        object("Documents/../.env"),
        object("${var.path}") + "vars: { path: .env }\n",
        object("${var.path}") + "vars: { path: { default: .env, secret: true } }\n",
        function(".ssh"),
        function("Documents"),
    ] {
        let folder = home(&stack);
        folder.write("Documents/index.py", "");
        folder.write(".ssh/index.py", "");
        for arguments in [&["plan"][..], &["apply", "--yes"]] {
            let aws = FakeAws::empty();
            let said = folder.run(&aws, arguments);
            let reported = format!("{}{}", said.stdout, said.stderr);
            assert_eq!(said.code, Some(1), "{stack}{arguments:?}: {reported}");
            assert!(
                reported.contains("C101-0609") || reported.contains("not valid with the value of the secret"),
                "{reported}"
            );
            let changes = aws.calls().into_iter().find(|call| call.contains("PUT") || call.contains("POST /2015"));
            assert_eq!(changes, None, "{stack}");
        }
    }
}

/// A saved plan is a file that others may have written, too.
#[test]
fn a_saved_plan_allows_nothing() {
    let folder = home(&object(".env"));
    // What an apply asks, and a plan does not.
    let of_apply = ["s3:GET /lesson-data/?tagging", "s3:PUT /lesson-data/x"];
    let aws = FakeAws::with(move |call| match of_apply.iter().any(|name| call.name.starts_with(name)) {
        true => refusal(403, "AccessDenied", "not here"),
        false => None,
    });
    let said = folder.run(&aws, &["plan", "--allow-file", ".env", "--out", "class.plan"]);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    assert!(said.stdout.contains("cloud101 --allow-file .env apply class.plan"), "{}", said.stdout);
    assert!(refused(&folder, &["apply", "class.plan"]).stderr.contains("C101-0609"));
    let said = folder.run(&aws, &["apply", "class.plan", "--allow-file", ".env"]);
    assert!(said.stderr.contains("not here"), "it was tried: {}", said.stderr);
}

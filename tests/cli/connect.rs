//! `cloud101 connect` and `cloud101 ssh`, with stand-ins for the programs that they hand over to.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::fake_aws::{FakeAws, refusal};
use crate::program::{Folder, Said};
use crate::proxy::{Call, Fault};
use crate::pseudo_terminal::PseudoTerminal;

const STACK: &str = "\
stack: lesson
region: us-east-1
rosters:
  students: [ana, bo]
resources:
  key:
    type: ec2.key_pair
    name: class
    public_key: PUBLIC
  machine:
    type: ec2.instance
    for_each: students
    image: al2023
    instance_type: t3.micro
  gateway:
    type: ec2.instance
    image: ubuntu-24.04
    instance_type: t3.micro
";
const PUBLIC: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";
const PROFILE: &str = "<iamInstanceProfile><arn>arn:aws:iam::123456789012:instance-profile/cloud101/lesson/machine</arn>\
    <id>AIPAEXAMPLE</id></iamInstanceProfile>";

/// An instance of the account.
#[derive(Clone)]
struct Machine {
    id: &'static str,
    /// As the tag has it.
    address: &'static str,
    state: &'static str,
    /// Whether its client token says that a stack made it.
    is_ours: bool,
    image: &'static str,
    /// More of what DescribeInstances answers.
    more: String,
}

const ANA: &str = "i-0123456789abcdef0";
const BO: &str = "i-0123456789abcdef1";
const GATEWAY: &str = "i-0123456789abcdef2";
const OTHERS: &str = "i-0123456789abcdef9";

/// What runs, is stopped, and has another owner.
fn machines() -> [Machine; 4] {
    let machine =
        |id, address, state| Machine { id, address, state, is_ours: true, image: "al2023", more: String::new() };
    let address = "<ipAddress>192.0.2.7</ipAddress><keyName>class</keyName>\
                   <groupSet><item><groupId>sg-1</groupId></item></groupSet>";
    [
        Machine { more: PROFILE.to_owned(), ..machine(ANA, "machine:ana", "running") },
        machine(BO, "machine:bo", "stopped"),
        Machine { image: "ubuntu-24.04", more: address.to_owned(), ..machine(GATEWAY, "gateway", "running") },
        Machine { is_ours: false, ..machine(OTHERS, "gateway", "running") },
    ]
}

fn item(machine: &Machine) -> String {
    let Machine { id, address, state, is_ours, image, more } = machine;
    let token = if *is_ours { "a".repeat(64) } else { "0c1d2e3f-0000-4000-8000-000000000000".to_owned() };
    let tag = |(key, value): (&str, &str)| format!("<item><key>{key}</key><value>{value}</value></item>");
    let tags = [("cloud101:stack", "lesson"), ("cloud101:resource", address), ("cloud101:image", image)];
    let tags: String = tags.into_iter().map(tag).collect();
    format!(
        "<item><instanceId>{id}</instanceId><clientToken>{token}</clientToken><imageId>ami-0123456789abcdef0</imageId>\
         <instanceType>t3.micro</instanceType><instanceState><code>0</code><name>{state}</name></instanceState>{more}\
         <tagSet>{tags}</tagSet></item>"
    )
}

/// An account with these machines, in which `rule` goes before.
fn account(machines: [Machine; 4], rule: impl Fn(&Call) -> Option<Fault> + Send + Sync + 'static) -> FakeAws {
    FakeAws::with(move |call| {
        let answer = match call.name.as_str() {
            "ec2:DescribeInstances" => {
                let named = |machine: &&Machine| call.body().contains(machine.id);
                let is_named = machines.iter().any(|machine| named(&machine));
                let all: String = machines.iter().filter(|one| !is_named || named(one)).map(item).collect();
                format!(
                    "<DescribeInstancesResponse><reservationSet><item><instancesSet>{all}</instancesSet></item>\
                     </reservationSet></DescribeInstancesResponse>"
                )
            }
            "ec2:DescribeKeyPairs" => format!(
                "<DescribeKeyPairsResponse><keySet><item><keyName>class</keyName><publicKey>{PUBLIC} ana</publicKey></item>\
                 </keySet></DescribeKeyPairsResponse>"
            ),
            "ec2:DescribeSecurityGroups" => "<DescribeSecurityGroupsResponse><securityGroupInfo><item><groupId>sg-1</groupId>\
                <ipPermissions><item><ipProtocol>tcp</ipProtocol><fromPort>22</fromPort><toPort>22</toPort><ipRanges><item>\
                <cidrIp>192.0.2.0/24</cidrIp></item></ipRanges></item></ipPermissions></item></securityGroupInfo>\
                </DescribeSecurityGroupsResponse>"
                .to_owned(),
            _ => return rule(call),
        };
        rule(call).or(Some(Fault::answer(answer)))
    })
}

/// The same, where the agent of each machine answers.
fn reachable() -> FakeAws {
    account(machines(), |call| (call.name == "ssm:DescribeInstanceInformation").then(|| agents("Online")))
}

fn agents(status: &str) -> Fault {
    let one = |id| serde_json::json!({ "InstanceId": id, "PingStatus": status });
    Fault::answer(serde_json::json!({ "InstanceInformationList": [one(ANA), one(GATEWAY)] }).to_string())
}

/// A folder with the stack, and stand-ins that write down how they were called and end with 7.
fn folder() -> Folder {
    let folder = Folder::with(&STACK.replace("PUBLIC", PUBLIC));
    for name in ["aws", "ssh", "session-manager-plugin"] {
        stand_in(&folder, name, &format!("printf '%s\\n' {name} \"$@\" > \"$HOME/asked\"\nexit 7\n"));
    }
    folder
}

fn stand_in(folder: &Folder, name: &str, script: &str) {
    let path = format!("bin/{name}");
    folder.write(&path, &format!("#!/bin/sh\n{script}"));
    let mode = fs::Permissions::from_mode(0o755);
    fs::set_permissions(folder.folder.path().join(path), mode).expect("a mode");
}

fn command(folder: &Folder, aws: &FakeAws, arguments: &[&str]) -> Command {
    let mut command = folder.with_aws(aws, arguments);
    command.env("PATH", folder.folder.path().join("bin"));
    command
}

fn run(folder: &Folder, aws: &FakeAws, arguments: &[&str]) -> Said {
    folder.said(&mut command(folder, aws, arguments))
}

/// How the stand-in was called, if it was.
fn asked(folder: &Folder) -> String {
    let text = fs::read_to_string(folder.folder.path().join("asked")).unwrap_or_default();
    text.replace(&folder.folder.path().display().to_string(), "[folder]").lines().collect::<Vec<_>>().join(" ")
}

/// What is said where nothing is handed over, with this exit code.
fn refused(aws: &FakeAws, arguments: &[&str], code: i32) -> String {
    let folder = folder();
    let said = run(&folder, aws, arguments);
    assert_eq!((said.code, asked(&folder).as_str()), (Some(code), ""), "{}{}", said.stdout, said.stderr);
    said.stderr
}

#[test]
fn a_session_is_started_by_the_aws_cli_whose_exit_code_it_has() {
    let folder = folder();
    let said = run(&folder, &reachable(), &["connect", "machine[ana]"]);
    assert_eq!((said.code, said.stdout.as_str()), (Some(7), ""), "{}", said.stderr);
    assert_eq!(said.stderr, format!("A session on machine[\"ana\"] ({ANA}); `exit` ends it.\n"));
    assert_eq!(asked(&folder), format!("aws ssm start-session --target {ANA} --region us-east-1"));

    // The options that say whose credentials these are go along; one alone needs no key.
    let aws = reachable();
    folder.write("config", "[profile school]\nregion = eu-central-1\n");
    let options = ["connect", "gateway", "--profile", "school", "--endpoint-url", &aws.url, "--region", "eu-central-1"];
    let said =
        folder.said(command(&folder, &aws, &options).env("AWS_CONFIG_FILE", folder.folder.path().join("config")));
    assert_eq!(said.code, Some(7), "{}", said.stderr);
    let expected = format!(
        "aws ssm start-session --target {GATEWAY} --region eu-central-1 --profile school --endpoint-url {}",
        aws.url
    );
    assert_eq!(asked(&folder), expected);
}

#[test]
fn a_program_that_is_missing_is_named_with_how_to_install_it_before_aws_is_asked() {
    for (missing, words) in [
        ("aws", "the AWS CLI is missing: there is no `aws` on the PATH"),
        ("session-manager-plugin", "the Session Manager plugin of the AWS CLI is missing"),
    ] {
        let (folder, aws) = (folder(), reachable());
        fs::remove_file(folder.folder.path().join("bin").join(missing)).expect("removed");
        let said = run(&folder, &aws, &["connect", "machine[ana]"]);
        assert_eq!((said.code, asked(&folder).as_str()), (Some(1), ""), "{}", said.stderr);
        for part in [words, "https://docs.aws.amazon.com/"] {
            assert!(said.stderr.contains(part), "{part}\n{}", said.stderr);
        }
        // How on this system, and on no other.
        let said_on: Vec<_> = ["on macOS:", "on Windows:"].into_iter().filter(|on| said.stderr.contains(on)).collect();
        let expected = if cfg!(target_os = "macos") { vec!["on macOS:"] } else { Vec::new() };
        assert_eq!(said_on, expected, "{}", said.stderr);
        assert_eq!(aws.calls(), [""; 0]);
        let doctor = run(&folder, &aws, &["doctor"]).stdout;
        assert!(doctor.contains(&format!("there is no `{missing}` on the PATH")), "{doctor}");
    }
}

#[test]
fn what_is_stopped_is_not_there_or_is_not_the_stacks_gets_no_session() {
    let aws = reachable();
    let said = refused(&aws, &["connect", "machine[bo]"], 1);
    assert!(said.contains("the instance `machine[bo]` is stopped"), "{said}");
    assert!(said.contains("`cloud101 start --target 'machine[\"bo\"]'`"), "{said}");
    let said = refused(&aws, &["connect", OTHERS], 1);
    assert!(said.contains(&format!("the instance {OTHERS} is not one of the stack lesson")), "{said}");
    assert!(said.contains("the stack has: `gateway`, `machine[\"ana\"]`, `machine[\"bo\"]`"), "{said}");
    // Only a copy has the address.
    let [ana, bo, _, copy] = machines();
    let alone = account([ana.clone(), bo, ana, copy], |_| None);
    let said = refused(&alone, &["connect", "gateway"], 1);
    assert!(said.contains("the instance `gateway` does not exist") && said.contains("`cloud101 apply`"), "{said}");
    assert!(!alone.calls().iter().any(|call| call.starts_with("ssm:")), "{:?}", alone.calls());
}

#[test]
fn a_name_that_is_none_gets_the_nearest_and_one_with_copies_its_keys() {
    let aws = reachable();
    let said = refused(&aws, &["connect", "machine"], 64);
    assert!(said.contains("`machine` has 2 copies, and this command is about one of them"), "{said}");
    assert!(said.contains("'machine[\"ana\"]' for `ana`; there are ana and bo"), "{said}");
    for (typed, nearest) in [("machine[an]", "did you mean 'machine[\"ana\"]'?"), ("gatway", "did you mean `gateway`?")]
    {
        let said = refused(&aws, &["connect", typed], 64);
        assert!(said.contains(nearest), "{said}");
    }
    let said = refused(&aws, &["connect", "class.yaml"], 64);
    assert!(said.contains("this argument is the name of an instance"), "{said}");
    // A key pair is not an instance.
    let said = refused(&aws, &["ssh", "key"], 64);
    assert!(said.contains("cloud101.yaml has no instance `key`"), "{said}");
}

/// What is typed is wrong, so no program has to be installed for it.
#[test]
fn a_name_that_is_none_is_said_before_a_program_that_is_missing() {
    for command in ["connect", "ssh"] {
        let (folder, aws) = (folder(), reachable());
        for program in ["aws", "session-manager-plugin", "ssh"] {
            let _ = fs::remove_file(folder.folder.path().join("bin").join(program));
        }
        let said = run(&folder, &aws, &[command, "gatway"]);
        assert_eq!(said.code, Some(64), "{}", said.stderr);
        assert!(said.stderr.contains("did you mean `gateway`?"), "{}", said.stderr);
        let said = run(&folder, &aws, &[command, GATEWAY]);
        assert!(said.code == Some(1) && said.stderr.contains("is missing: there is no `"), "{}", said.stderr);
    }
}

/// The answers about a role whose policies decide so.
fn role(call: &Call, decision: &str) -> Option<Fault> {
    match call.name.as_str() {
        "iam:GetInstanceProfile" => Some(Fault::answer(
            "<GetInstanceProfileResponse><GetInstanceProfileResult><InstanceProfile><Path>/cloud101/lesson/</Path>\
             <InstanceProfileName>machine</InstanceProfileName><InstanceProfileId>AIPAEXAMPLE</InstanceProfileId>\
             <Arn>arn:aws:iam::123456789012:instance-profile/cloud101/lesson/machine</Arn>\
             <CreateDate>2026-01-01T00:00:00Z</CreateDate><Roles><member><Path>/</Path><RoleName>machine-role</RoleName>\
             <RoleId>AROAEXAMPLE</RoleId><Arn>arn:aws:iam::123456789012:role/machine-role</Arn>\
             <CreateDate>2026-01-01T00:00:00Z</CreateDate></member></Roles></InstanceProfile></GetInstanceProfileResult>\
             </GetInstanceProfileResponse>",
        )),
        "iam:SimulatePrincipalPolicy" => Some(Fault::answer(format!(
            "<SimulatePrincipalPolicyResponse><SimulatePrincipalPolicyResult><EvaluationResults><member><EvalActionName>\
             ssm:UpdateInstanceInformation</EvalActionName><EvalDecision>{decision}</EvalDecision></member>\
             </EvaluationResults></SimulatePrincipalPolicyResult></SimulatePrincipalPolicyResponse>"
        ))),
        _ => None,
    }
}

#[test]
fn what_keeps_the_agent_from_registering_is_said_at_once() {
    let aws = account(machines(), |call| role(call, "implicitDeny"));
    let said = refused(&aws, &["connect", "gateway"], 1);
    assert!(said.contains(&format!("gateway ({GATEWAY}) has no instance profile")), "{said}");
    assert!(said.contains("arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"), "{said}");
    let said = refused(&aws, &["connect", "machine[ana]"], 1);
    let why = "has the role `machine-role`, which does not allow its SSM agent ssm:UpdateInstanceInformation";
    assert!(said.contains(why) && said.contains("AmazonSSMManagedInstanceCore"), "{said}");
    // Doctor says which.
    let doctor = run(&folder(), &aws, &["doctor", "--json"]).stdout;
    assert!(doctor.contains("`connect` reaches 0 of 2 running instances; not `gateway`, `machine"), "{doctor}");
    let doctor = run(&folder(), &reachable(), &["doctor", "--json"]).stdout;
    assert!(doctor.contains("`connect` reaches 2 of 2 running instances"), "{doctor}");
}

#[test]
fn an_agent_that_registers_late_is_awaited_and_one_that_may_not_be_asked_for_is_tried() {
    let looks = Mutex::new(0);
    let aws = account(machines(), move |call| match call.name.as_str() {
        "ssm:DescribeInstanceInformation" => {
            let mut looks = looks.lock().expect("a number");
            *looks += 1;
            Some(agents(if *looks > 8 { "Online" } else { "ConnectionLost" }))
        }
        _ => role(call, "allowed"),
    });
    let folder = folder();
    let said = run(&folder, &aws, &["connect", "machine[ana]"]);
    assert_eq!(said.code, Some(7), "{}", said.stderr);
    assert!(said.stderr.contains(&format!("… waiting for the SSM agent of {ANA} to register\n")), "{}", said.stderr);
    let denied = account(machines(), |call| match call.name.as_str() {
        "ssm:DescribeInstanceInformation" => refusal(400, "AccessDeniedException", "User ana may not."),
        _ => None,
    });
    let said = run(&folder, &denied, &["connect", "machine[ana]"]);
    assert!(said.code == Some(7) && said.stderr.contains("is not known"), "{}", said.stderr);
}

#[test]
fn ctrl_c_ends_the_wait() {
    let aws = account(machines(), |call| role(call, "allowed"));
    let folder = folder();
    let mut command = command(&folder, &aws, &["connect", "machine[ana]"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program runs");
    while aws.calls().iter().filter(|call| *call == "ssm:DescribeInstanceInformation").count() < 2 {
        std::thread::sleep(Duration::from_millis(20));
    }
    kill_process(Pid::from_child(&child), Signal::INT).expect("it is there");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!((output.status.code(), asked(&folder).as_str()), (Some(130), ""));
}

/// The terminal sends the signal to all that run in it.
#[test]
fn ctrl_c_in_a_session_is_the_sessions() {
    let (folder, aws) = (folder(), reachable());
    let script =
        "trap 'echo interrupted' INT\necho ready\nwhile ! read -r line; do :; done\necho \"typed $line\"\nexit 3\n";
    stand_in(&folder, "aws", script);
    let mut terminal = PseudoTerminal::run(&command(&folder, &aws, &["connect", "machine[ana]"]), 24, 100);
    terminal.until("ready");
    terminal.type_text("\u{3}");
    terminal.until("interrupted");
    terminal.type_text("bye\n");
    terminal.until("typed bye");
    assert_eq!(terminal.end(), 3);
}

#[test]
fn the_sandbox_has_no_machine_to_log_in_to() {
    for command in ["connect", "ssh"] {
        let said = refused(&FakeAws::empty(), &["--sandbox", command, "gateway"], 1);
        assert!(said.contains("the sandbox has no machine to log in to"), "{said}");
        // In a shell that `sandbox env` led there.
        let (folder, aws) = (folder(), reachable());
        let key = format!("CLOUD101{}", "0A".repeat(16));
        let said = folder.said(self::command(&folder, &aws, &[command, "gateway"]).env("AWS_ACCESS_KEY_ID", key));
        assert_eq!((said.code, asked(&folder).as_str()), (Some(1), ""), "{}", said.stderr);
        assert!(said.stderr.contains("the sandbox has no machine to log in to"), "{}", said.stderr);
        assert_eq!(aws.calls(), [""; 0]);
    }
}

/// A private key beside its public half in the home folder.
fn with_key(folder: &Folder, mode: u32) {
    folder.write(".ssh/class_key.pub", &format!("{PUBLIC} ana@example.edu\n"));
    folder.write(".ssh/class_key", "not a key\n");
    let path = folder.folder.path().join(".ssh/class_key");
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("a mode");
}

#[test]
fn ssh_is_called_with_the_key_of_the_pair_and_the_user_of_the_image() {
    let (folder, aws) = (folder(), reachable());
    with_key(&folder, 0o600);
    let said = run(&folder, &aws, &["ssh", "gateway"]);
    assert_eq!((said.code, said.stdout.as_str()), (Some(7), ""), "{}", said.stderr);
    assert_eq!(asked(&folder), "ssh -i [folder]/.ssh/class_key ubuntu@192.0.2.7");
    assert_eq!(said.stderr, "Warning: port 22 is open only to 192.0.2.0/24; ssh gets no answer elsewhere.\n");
    let said = run(&folder, &aws, &["ssh", "gateway", "-l", "ana", "--", "uptime", "-p"]);
    assert_eq!(said.code, Some(7), "{}", said.stderr);
    assert_eq!(asked(&folder), "ssh -i [folder]/.ssh/class_key ana@192.0.2.7 uptime -p");
    // The stack names a file, whose private half is beside it.
    let stack = STACK.replace("PUBLIC", "keys/class.pub");
    folder.write("cloud101.yaml", &stack);
    folder.write("keys/class.pub", PUBLIC);
    folder.write("keys/class", "not a key\n");
    let path = folder.folder.path().join("keys/class");
    fs::set_permissions(path, fs::Permissions::from_mode(0o400)).expect("a mode");
    assert_eq!(run(&folder, &aws, &["ssh", "gateway"]).code, Some(7));
    assert_eq!(asked(&folder), "ssh -i ./keys/class ubuntu@192.0.2.7");
}

#[test]
fn what_keeps_ssh_out_is_said() {
    let aws = reachable();
    let said = refused(&aws, &["ssh", "machine[ana]"], 1);
    assert!(said.contains("has no key pair, so ssh has no way in"), "{said}");
    assert!(said.contains("`cloud101 connect 'machine[\"ana\"]'` opens a shell without a key"), "{said}");
    let said = refused(&aws, &["ssh", "gateway"], 1);
    assert!(said.contains("the private key of the key pair `class` is not on this computer"), "{said}");
    let said = refused(&aws, &["ssh", "gateway", "-i", "nowhere"], 64);
    assert!(said.contains("there is no file `nowhere`"), "{said}");
    let said = refused(&aws, &["ssh", "gateway", "--user=-oProxyCommand=id"], 64);
    assert!(said.contains("write the name of a user"), "{said}");

    let folder = folder();
    with_key(&folder, 0o640);
    let said = run(&folder, &aws, &["ssh", "gateway"]);
    assert_eq!((said.code, asked(&folder).as_str()), (Some(1), ""), "{}", said.stderr);
    assert!(said.stderr.contains("(mode 640): ssh refuses it"), "{}", said.stderr);
    assert!(said.stderr.contains("`chmod 600 [folder]/.ssh/class_key`"), "{}", said.stderr);

    let folder = self::folder();
    with_key(&folder, 0o600);
    let [ana, bo, mut gateway, others] = machines();
    gateway.more = gateway.more.replace("<ipAddress>192.0.2.7</ipAddress>", "");
    let hidden = account([ana.clone(), bo.clone(), gateway, others.clone()], |_| None);
    let said = run(&folder, &hidden, &["ssh", "gateway"]);
    assert_eq!((said.code, asked(&folder).as_str()), (Some(1), ""), "{}", said.stderr);
    assert!(
        said.stderr.contains("has no public address") && said.stderr.contains("connect gateway"),
        "{}",
        said.stderr
    );
    let [_, _, mut gateway, _] = machines();
    gateway.image = "ami-0123456789abcdef0";
    let unknown = account([ana, bo, gateway, others], |_| None);
    let said = run(&folder, &unknown, &["ssh", "gateway"]);
    assert_eq!((said.code, asked(&folder).as_str()), (Some(64), ""), "{}", said.stderr);
    assert!(said.stderr.contains("the user of the image `ami-0123456789abcdef0` is not known"), "{}", said.stderr);
}

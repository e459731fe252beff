//! The instance that `connect` and `ssh` are about, and handing over to the program that opens the shell.

use std::env;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

use crate::aws::command::quoted;
use crate::operate::host::{Host, exists, hosts, when_steady};
use crate::operate::program::Program;
use crate::resource::ec2::instance::KIND;
use crate::resource::{Address, lookup};
use crate::sandbox::is_access_key;
use crate::suggest;
use crate::ui::Ui;

use super::copies::{name_hint, one_of_copies};
use super::failure::Failure;
use super::prepare::{self, Prepared};
use super::{Global, StackArgument, command_line};

/// How the ids of instances begin.
const ID: &str = "i-";

/// Refuses the sandbox, whose machines have no shell, and whose made-up addresses belong to others on the internet.
pub(super) fn refuse_the_sandbox(global: &Global, command: &str) -> Result<(), Failure> {
    let is_led_there = global.profile.is_none() && env::var("AWS_ACCESS_KEY_ID").is_ok_and(|key| is_access_key(&key));
    if !global.sandbox && !is_led_there {
        return Ok(());
    }
    Err(Failure::Missing {
        message: "the sandbox has no machine to log in to: its emulator of EC2 only keeps records of instances"
            .to_owned(),
        hint: format!("`{command}` works with an AWS account: leave out --sandbox, in a shell without its variables"),
    })
}

/// The program on the PATH.
pub(super) fn program(program: &Program) -> Result<PathBuf, Failure> {
    program.find().ok_or_else(|| Failure::Missing {
        message: format!(
            "{} is missing: there is no `{}` on the PATH, and {}",
            program.title, program.name, program.why
        ),
        hint: format!("install it {}", program.installation()),
    })
}

/// Connects, and finds the stack's instance that `typed` names, by its address or its id. It runs. All of `programs` are
/// there: one that is missing is said before AWS is asked of what the file has, and after that of a name that may be
/// wrong.
pub(super) async fn find(
    global: &Global,
    stack: &StackArgument,
    typed: &str,
    programs: &[&Program],
    ui: &Ui,
) -> Result<(Prepared, Host), Failure> {
    let (loaded, file) = prepare::stack(global, stack, ui)?;
    let are_there = || programs.iter().try_for_each(|one| program(one).map(drop));
    if loaded.get(&Address::parse(typed)).is_some_and(|declared| declared.kind.name() == KIND) {
        are_there()?;
    }
    let prepared = prepare::connect(global, loaded, file, ui).await?;
    let resources = &prepared.session.stack().resources;
    let named: Vec<_> = resources.iter().map(|declared| declared.address.clone()).collect();
    let declared = resources.iter().filter(|declared| declared.kind.name() == KIND);
    let declared: Vec<_> = declared.map(|declared| &declared.address).collect();
    let spinner = ui.spinner("Looking for the instance");
    let cx = prepared.session.cx();
    let all = hosts(cx, &named).await?;
    lookup::check(prepared.session.place(), typed)?;
    let typed = lookup::name_in(typed);
    let host = match chosen(&all, typed) {
        Some(host) => host.clone(),
        None if typed.starts_with(ID) && exists(cx, typed).await? => return Err(not_ours(&prepared, &all, typed)),
        None => {
            let line = command_line(global, "apply", stack, &prepared.session.stack().vars);
            return Err(none(&prepared.file, &declared, &all, typed, &line));
        }
    };
    are_there()?;
    let host = match host.machine.state.as_str() {
        "running" | "stopped" => Some(host),
        _ => when_steady(cx, &named, &host).await?,
    };
    drop(spinner);
    let Some(host) = host.filter(|host| host.machine.state == "running") else {
        let start = command_line(global, "start", stack, &prepared.session.stack().vars);
        return Err(Failure::Missing {
            message: format!("the instance `{typed}` is stopped"),
            hint: format!("start it: `{start} --target {}`", quoted(&target(&all, typed))),
        });
    };
    Ok((prepared, host))
}

/// Of several with one address, as after a replacement that was interrupted, one that runs.
fn chosen<'a>(all: &'a [Host], typed: &str) -> Option<&'a Host> {
    let address = Address::parse(typed);
    let mut fitting: Vec<_> =
        all.iter().filter(|host| host.machine.id == typed || host.machine.address == address).collect();
    fitting.sort_by_key(|host| host.machine.state != "running");
    fitting.first().copied()
}

/// The address for `--target`, where an id was typed.
fn target(all: &[Host], typed: &str) -> String {
    chosen(all, typed).map_or_else(|| typed.to_owned(), |host| host.machine.address.to_string())
}

fn not_ours(prepared: &Prepared, all: &[Host], id: &str) -> Failure {
    let names: Vec<_> = all.iter().map(|host| host.machine.address.to_string()).collect();
    let stack = &prepared.session.stack().name;
    Failure::Missing {
        message: format!("the instance {id} is not one of the stack {stack}"),
        hint: format!("the stack has: {}", suggest::list(&names)),
    }
}

/// Why there is none. `apply` is the command that creates what is missing.
fn none(file: &str, declared: &[&Address], all: &[Host], typed: &str, apply: &str) -> Failure {
    let address = Address::parse(typed);
    if declared.contains(&&address) {
        return Failure::Missing {
            message: format!("the instance `{address}` does not exist"),
            hint: format!("create it: `{apply}`"),
        };
    }
    let mut known: Vec<_> = declared.iter().copied().chain(all.iter().map(|host| &host.machine.address)).collect();
    known.sort();
    known.dedup();
    if known.is_empty() {
        let hint = "an instance is a resource of `type: ec2.instance`; --stack names another stack";
        return Failure::usage(format!("{file} has no instance"), hint);
    }
    one_of_copies(&known, typed)
        .unwrap_or_else(|| Failure::usage(format!("{file} has no instance `{typed}`"), name_hint(&known, typed)))
}

/// Becomes `command`: its exit code is this program's, and so is what is typed, Ctrl-C included.
pub(super) fn hand_over(mut command: Command, ui: &Ui) -> Failure {
    ui.leave();
    let error = command.exec();
    Failure::Missing {
        message: format!("`{}` can't be started: {error}", command.get_program().to_string_lossy()),
        hint: "try it by itself: `aws --version`, `ssh -V`".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use crate::operate::power::Machine;

    use super::*;

    fn host(address: &str, id: &str, state: &str) -> Host {
        Host {
            machine: Machine {
                address: Address::parse(address),
                id: id.to_owned(),
                instance_type: "t3.micro".to_owned(),
                state: state.to_owned(),
                public_ip: None,
            },
            profile: None,
            key_name: None,
            public_dns: None,
            security_groups: Vec::new(),
            image: "al2023".to_owned(),
        }
    }

    #[test]
    fn an_instance_is_chosen_by_address_or_id_and_one_that_runs_first() {
        let all =
            [host("vm[ana]", "i-1", "running"), host("vm[bo]", "i-2", "stopped"), host("vm[bo]", "i-3", "running")];
        let id = |typed: &str| chosen(&all, typed).map(|host| host.machine.id.as_str());
        assert_eq!((id("vm[ana]"), id("vm[\"bo\"]"), id("i-2")), (Some("i-1"), Some("i-3"), Some("i-2")));
        assert_eq!((id("vm"), id("i-9")), (None, None));
        assert_eq!((target(&all, "i-2"), target(&all, "vm[ana]")), ("vm[\"bo\"]".to_owned(), "vm[\"ana\"]".to_owned()));
    }

    #[test]
    fn who_names_none_is_told_what_there_is() {
        let said = |typed: &str| match none(
            "class.yaml",
            &[&Address::copy("vm", "ana"), &Address::new("gateway")],
            &[host("vm[bo]", "i-2", "running")],
            typed,
            "cloud101 apply",
        ) {
            Failure::Usage { message, hint } | Failure::Missing { message, hint } => format!("{message}; {hint}"),
            _ => "another failure".to_owned(),
        };
        assert_eq!(said("vm[ana]"), "the instance `vm[\"ana\"]` does not exist; create it: `cloud101 apply`");
        // One who left the roster still has theirs.
        let which = "`vm` has 2 copies, and this command is about one of them; write which one: 'vm[\"ana\"]' for `ana`; \
                     there are ana and bo";
        assert_eq!(said("vm"), which);
        assert_eq!(said("vm[boo]"), "class.yaml has no instance `vm[boo]`; did you mean 'vm[\"bo\"]'?");
        assert_eq!(said("gatway"), "class.yaml has no instance `gatway`; did you mean `gateway`?");
    }
}

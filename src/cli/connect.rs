//! `cloud101 connect`.

use std::process::{Command, ExitCode};

use clap::Args;

use crate::operate::agent::{Lack, is_unknowable, lack, online, until_online};
use crate::operate::host::Host;
use crate::operate::program::{AWS_CLI, SESSION_PLUGIN};
use crate::ui::Ui;

use super::failure::Failure;
use super::host::{find, hand_over, program, refuse_the_sandbox};
use super::interruption::{EXIT_INTERRUPTED, Interruptions};
use super::prepare::Prepared;
use super::{Global, StackOption};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The instance's logical name in the stack, of a copy with its key: 'machine["ana"]'; or its id
    instance: String,
    #[command(flatten)]
    stack: StackOption,
}

pub(super) async fn run(global: &Global, arguments: &Arguments, ui: &Ui) -> Result<ExitCode, Failure> {
    arguments.stack.check_name(&arguments.instance, "an instance")?;
    refuse_the_sandbox(global, "connect")?;
    let (stack, programs) = (arguments.stack.argument(), [&AWS_CLI, &SESSION_PLUGIN]);
    let (prepared, host) = find(global, &stack, &arguments.instance, &programs, ui).await?;
    let aws = program(&AWS_CLI)?;
    let mut interruptions = Interruptions::listen().map_err(|error| Failure::Missing {
        message: format!("signals can't be waited for: {error}"),
        hint: "run the same command again".to_owned(),
    })?;
    tokio::select! {
        ready = is_reachable(&prepared, &host, ui) => ready?,
        () = interruptions.next() => {
            ui.leave();
            return Ok(ExitCode::from(EXIT_INTERRUPTED));
        }
    }
    let machine = &host.machine;
    ui.note(&format!("A session on {} ({}); `exit` ends it.", machine.address, machine.id));
    Err(hand_over(session(aws, global, &prepared.session.place().region, &machine.id), ui))
}

/// The command that opens the session, with the same credentials.
fn session(aws: impl AsRef<std::ffi::OsStr>, global: &Global, region: &str, id: &str) -> Command {
    let mut command = Command::new(aws);
    command.args(["ssm", "start-session", "--target", id, "--region", region]);
    for (option, value) in [("--profile", &global.profile), ("--endpoint-url", &global.endpoint_url)] {
        command.args(value.iter().flat_map(|value| [option, value.as_str()]));
    }
    command
}

/// Waits until the instance's agent answers, if nothing keeps it from that.
async fn is_reachable(prepared: &Prepared, host: &Host, ui: &Ui) -> Result<(), Failure> {
    let (cx, machine) = (prepared.session.cx(), &host.machine);
    let spinner = ui.spinner("Looking for the SSM agent");
    match online(cx, &[&machine.id]).await {
        Ok(online) if !online.is_empty() => return Ok(()),
        Ok(_) => {}
        Err(error) if is_unknowable(&error) => {
            drop(spinner);
            ui.note("Whether its SSM agent answers is not known: ssm:DescribeInstanceInformation is not allowed.");
            return Ok(());
        }
        Err(error) => return Err(error.into()),
    }
    if let Some(lack) = lack(cx, host.profile.as_deref()).await? {
        return Err(unreachable(prepared, host, &lack));
    }
    let waited = until_online(cx, &machine.id).await;
    drop(spinner);
    waited.map_err(|error| {
        Failure::Aws(error.with_hint(
            "the agent comes with Amazon Linux and Ubuntu; with Debian and most other images `user_data` has to install \
             it. It needs a way to the internet; and if the instance profile came after its boot, it may take an hour to \
             look for that again, unless `cloud101 stop` and `start` restart it",
        ))
    })
}

fn unreachable(prepared: &Prepared, host: &Host, lack: &Lack) -> Failure {
    Failure::Missing {
        message: format!("{} ({}) {}", host.machine.address, host.machine.id, lack.said()),
        hint: lack.hint(&prepared.session.place().partition),
    }
}

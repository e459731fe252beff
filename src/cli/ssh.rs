//! `cloud101 ssh`.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use clap::Args;

use crate::aws::ErrorKind;
use crate::aws::command::quoted;
use crate::operate::host::Host;
use crate::operate::program::SSH;
use crate::plan::desired::KnownAttributes;
use crate::resource::ec2::instance::login;
use crate::resource::ec2::key_pair::{self, private_half};
use crate::resource::ec2::security_group::open::{self, Openings};
use crate::ui::Ui;
use crate::ui::keyless::people;

use super::failure::Failure;
use super::host::{find, hand_over, program, refuse_the_sandbox};
use super::prepare::Prepared;
use super::{Global, StackArgument, StackOption, command_line};

const PORT: i32 = 22;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The instance's logical name in the stack, of a copy with its key: 'machine["ana"]'; or its id
    instance: String,
    /// The private key [default: the one in ~/.ssh, or beside the stack's public key, that fits the instance's key pair]
    #[arg(long, short, value_name = "FILE")]
    identity: Option<PathBuf>,
    /// The user to log in as [default: the image's: ec2-user, ubuntu or admin]
    #[arg(long, short = 'l', value_name = "NAME", value_parser = user)]
    user: Option<String>,
    #[command(flatten)]
    stack: StackOption,
    /// A command to run there, in place of a shell
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<String>,
}

pub(super) async fn run(global: &Global, arguments: &Arguments, ui: &Ui) -> Result<ExitCode, Failure> {
    arguments.stack.check_name(&arguments.instance, "an instance")?;
    refuse_the_sandbox(global, "ssh")?;
    let stack = arguments.stack.argument();
    let (prepared, host) = find(global, &stack, &arguments.instance, &[&SSH], ui).await?;
    let ssh = program(&SSH)?;
    let connect = connect_line(global, &stack, &prepared, &host);
    let key = key(&prepared, &host, arguments.identity.as_deref(), &connect).await?;
    let user = match &arguments.user {
        Some(user) => user.clone(),
        None => user_of(&prepared, &host).await?,
    };
    let address = host.machine.public_ip.clone().or(host.public_dns.clone()).ok_or_else(|| Failure::Missing {
        message: format!("{} ({}) has no public address", host.machine.address, host.machine.id),
        hint: format!("`{connect}` needs none; an `ec2.elastic_ip` gives it one that lasts"),
    })?;
    match open::tcp(prepared.session.cx(), &host.security_groups, PORT).await {
        Ok(openings) => warning(&openings).iter().for_each(|warning| ui.note(warning)),
        // It is only good to know.
        Err(error) if error.kind == ErrorKind::Denied => {}
        Err(error) => return Err(error.into()),
    }
    let mut command = Command::new(ssh);
    command.arg("-i").arg(key).arg(format!("{user}@{address}")).args(&arguments.command);
    Err(hand_over(command, ui))
}

/// The private half of the instance's key pair.
async fn key(prepared: &Prepared, host: &Host, chosen: Option<&Path>, connect: &str) -> Result<PathBuf, Failure> {
    let address = &host.machine.address;
    let path = match (chosen, &host.key_name) {
        (Some(path), _) if path.is_file() => path.to_owned(),
        (Some(path), _) => {
            let message = format!("there is no file `{}`", path.display());
            return Err(Failure::usage(message, "--identity names the file of a private key"));
        }
        (None, None) => {
            return Err(Failure::Missing {
                message: format!("{address} ({}) has no key pair, so ssh has no way in", host.machine.id),
                hint: format!(
                    "`{connect}` opens a shell without a key; `key_name:` in {} gives it one, which replaces the instance",
                    prepared.file
                ),
            });
        }
        (None, Some(name)) => found(prepared, name).await?,
    };
    match private_half::open_to_others(&path) {
        None => Ok(path),
        Some(mode) => {
            let shown = quoted(&path.display().to_string());
            Err(Failure::Missing {
                message: format!(
                    "others on this computer can use the private key {shown} (mode {mode:o}): ssh refuses it"
                ),
                hint: format!("`chmod 600 {shown}`"),
            })
        }
    }
}

/// Where the private half of the key pair `name` is.
async fn found(prepared: &Prepared, name: &str) -> Result<PathBuf, Failure> {
    let (stack, place) = (prepared.session.stack(), prepared.session.place());
    let known = KnownAttributes::default();
    let resolved = |template: &str| known.resolve(stack, place, template);
    let declared = stack.resources.iter().filter(|declared| declared.kind.name() == key_pair::KIND);
    let declared = declared.filter(|declared| resolved(&declared.name) == *name).find_map(|declared| {
        let text = declared.spec["public_key"].as_str()?;
        private_half::beside(&resolved(text), &stack.base)
    });
    let public = match private_half::public_half(prepared.session.cx(), name).await {
        Err(error) if error.kind == ErrorKind::Denied => None,
        public => public?,
    };
    let folder = etcetera::home_dir().map(|home| home.join(".ssh")).unwrap_or_default();
    private_half::find(&folder, name, public.as_deref(), declared).ok_or_else(|| Failure::Missing {
        message: format!("the private key of the key pair `{name}` is not on this computer, as far as can be seen"),
        hint: "--identity FILE says where it is; without it, cloud101 looks in ~/.ssh for a public key that is the pair's, \
               and for a file with the pair's name"
            .to_owned(),
    })
}

async fn user_of(prepared: &Prepared, host: &Host) -> Result<String, Failure> {
    let user = match login::user(prepared.session.cx(), &host.image).await {
        Err(error) if error.kind == ErrorKind::Denied => None,
        user => user?,
    };
    user.map(str::to_owned).ok_or_else(|| {
        Failure::usage(
            format!("the user of the image `{}` is not known", host.image),
            "--user says whom to log in as: mostly `ec2-user`, of Ubuntu `ubuntu`, of Debian `admin`",
        )
    })
}

/// What probably keeps ssh from getting an answer.
fn warning(openings: &Openings) -> Option<String> {
    match openings {
        Openings { to_everybody: true, .. } => None,
        Openings { to, .. } if to.is_empty() => Some(format!(
            "Warning: no rule of the instance's security groups opens port {PORT}, so ssh will get no answer."
        )),
        Openings { to, .. } => {
            let to: Vec<_> = to.iter().map(String::as_str).collect();
            Some(format!("Warning: port {PORT} is open only to {}; ssh gets no answer elsewhere.", people(&to)))
        }
    }
}

/// The command for the same instance that needs no key.
fn connect_line(global: &Global, stack: &StackArgument, prepared: &Prepared, host: &Host) -> String {
    let unnamed = StackArgument { stack: None };
    let line = command_line(global, "connect", &unnamed, &prepared.session.stack().vars);
    let file = stack.stack.iter().map(|path| format!(" --stack {}", quoted(&path.display().to_string())));
    let file: String = file.collect();
    format!("{line} {}{file}", quoted(&host.machine.address.to_string()))
}

fn user(text: &str) -> Result<String, String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '\\');
    match !text.is_empty() && !text.starts_with('-') && text.chars().all(fits) {
        true => Ok(text.to_owned()),
        false => Err("write the name of a user, such as ec2-user".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_port_is_a_warning() {
        let openings = |to: &[&str]| Openings {
            to_everybody: to.contains(&"0.0.0.0/0"),
            to: to.iter().map(|peer| (*peer).to_owned()).collect(),
        };
        assert_eq!(warning(&openings(&["0.0.0.0/0"])), None);
        let closed = "Warning: no rule of the instance's security groups opens port 22, so ssh will get no answer.";
        assert_eq!(warning(&openings(&[])).as_deref(), Some(closed));
        let narrow = "Warning: port 22 is open only to 192.0.2.0/24 and sg-1; ssh gets no answer elsewhere.";
        assert_eq!(warning(&openings(&["192.0.2.0/24", "sg-1"])).as_deref(), Some(narrow));
    }

    #[test]
    fn no_user_is_an_option_of_ssh() {
        assert_eq!(user("ec2-user").as_deref(), Ok("ec2-user"));
        for text in ["", "-oProxyCommand=id", "a b", "ana@host"] {
            assert!(user(text).is_err(), "{text}");
        }
    }
}

//! Programs of others to which cloud101 hands over: where they are on this computer, and how each is installed.

use std::env;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// A program that is looked for on the PATH.
#[derive(Debug)]
pub struct Program {
    /// Its name there.
    pub name: &'static str,
    /// What people call it.
    pub title: &'static str,
    /// What it is needed for: "`connect` needs it, because …".
    pub why: &'static str,
    /// The system, and what to type or to open there.
    installation: &'static [(&'static str, &'static str)],
    /// Where all of this is written.
    pub guide: &'static str,
}

/// What starts a session.
pub const AWS_CLI: Program = Program {
    name: "aws",
    title: "the AWS CLI",
    why: "`connect` has it start the session",
    installation: &[
        (
            "on Linux",
            "`curl -o awscliv2.zip https://awscli.amazonaws.com/awscli-exe-linux-$(uname -m).zip && unzip awscliv2.zip && \
             sudo ./aws/install`",
        ),
        (
            "on macOS",
            "`curl -O https://awscli.amazonaws.com/AWSCLIV2.pkg && sudo installer -pkg AWSCLIV2.pkg -target /`",
        ),
        ("on Windows", "`msiexec.exe /i https://awscli.amazonaws.com/AWSCLIV2.msi`"),
    ],
    guide: "https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html",
};

/// What the AWS CLI has carry the session's bytes.
pub const SESSION_PLUGIN: Program = Program {
    name: "session-manager-plugin",
    title: "the Session Manager plugin of the AWS CLI",
    why: "the AWS CLI has it carry what is typed and shown in a session",
    installation: PLUGIN_INSTALLATION,
    guide: "https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-install-plugin.html",
};

/// What logs in with a key.
pub const SSH: Program = Program {
    name: "ssh",
    title: "OpenSSH's client",
    why: "`ssh` hands over to it",
    installation: &[
        ("on Debian or Ubuntu", "`sudo apt-get install openssh-client`"),
        ("on Fedora, RHEL or Amazon Linux", "`sudo dnf install openssh-clients`"),
        ("on macOS", "it is part of the system, in /usr/bin"),
        (
            "on Windows",
            "`Add-WindowsCapability -Online -Name OpenSSH.Client~~~~0.0.1.0` in an administrator's PowerShell",
        ),
    ],
    guide: "https://www.openssh.com/portable.html",
};

macro_rules! plugin {
    ($deb:literal, $rpm:literal, $mac:literal) => {
        &[
            (
                "on Debian or Ubuntu",
                concat!(
                    "`curl -O https://s3.amazonaws.com/session-manager-downloads/plugin/latest/",
                    $deb,
                    "/session-manager-plugin.deb && sudo dpkg -i session-manager-plugin.deb`"
                ),
            ),
            (
                "on Fedora, RHEL or Amazon Linux",
                concat!(
                    "`sudo dnf install -y https://s3.amazonaws.com/session-manager-downloads/plugin/latest/",
                    $rpm,
                    "/session-manager-plugin.rpm`"
                ),
            ),
            (
                "on macOS",
                concat!(
                    "`curl -O https://s3.amazonaws.com/session-manager-downloads/plugin/latest/",
                    $mac,
                    "/session-manager-plugin.pkg && sudo installer -pkg session-manager-plugin.pkg -target / && sudo ln -s \
                     /usr/local/sessionmanagerplugin/bin/session-manager-plugin /usr/local/bin/`"
                ),
            ),
            (
                "on Windows",
                "run https://s3.amazonaws.com/session-manager-downloads/plugin/latest/windows/SessionManagerPluginSetup.exe",
            ),
        ]
    };
}

#[cfg(not(target_arch = "aarch64"))]
const PLUGIN_INSTALLATION: &[(&str, &str)] = plugin!("ubuntu_64bit", "linux_64bit", "mac");
#[cfg(target_arch = "aarch64")]
const PLUGIN_INSTALLATION: &[(&str, &str)] = plugin!("ubuntu_arm64", "linux_arm64", "mac_arm64");

impl Program {
    /// Where it is on the PATH.
    pub fn find(&self) -> Option<PathBuf> {
        env::split_paths(&env::var_os("PATH")?).map(|folder| folder.join(self.name)).find(|path| is_program(path))
    }

    /// How it is installed, on each system.
    pub fn installation(&self) -> String {
        let each = self.installation.iter().map(|(system, how)| format!("{system}: {how}"));
        format!("{}; more in {}", each.collect::<Vec<_>>().join("; "), self.guide)
    }
}

/// Whether a file can be run, by anybody at least.
fn is_program(path: &Path) -> bool {
    path.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn each_says_how_it_is_installed_on_each_system() {
        for program in [AWS_CLI, SESSION_PLUGIN, SSH] {
            let said = program.installation();
            for part in ["Linux", "on macOS", "on Windows", "https://"] {
                assert!(said.contains(part), "{}: {said}", program.name);
            }
        }
    }

    #[test]
    fn a_program_is_a_file_that_can_be_run() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("aws");
        fs::create_dir(folder.path().join("folder")).expect("a folder");
        fs::write(&path, "#!/bin/sh\n").expect("a file");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("a file");
        assert!(!is_program(&path) && !is_program(&folder.path().join("folder")) && !is_program(Path::new("nowhere")));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("a file");
        assert!(is_program(&path));
    }
}

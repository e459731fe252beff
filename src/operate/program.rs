//! Programs of others to which cloud101 hands over: where they are on this computer, and how each is installed.

use std::env;
use std::fs;
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
    installation: &'static [(System, &'static str)],
    /// Where all of this is written.
    pub guide: &'static str,
}

/// A system on which programs are installed in a way of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum System {
    /// Any Linux, where it is the same on all, or where it is not known which it is.
    Linux,
    /// One with packages as Debian's.
    Debian,
    /// One with packages as Red Hat's.
    RedHat,
    /// Apple's.
    MacOs,
    /// Microsoft's.
    Windows,
    /// Another.
    Unknown,
}

impl System {
    /// This computer's.
    fn here() -> Self {
        Self::of(env::consts::OS, &fs::read_to_string("/etc/os-release").unwrap_or_default())
    }

    /// The one that Rust calls `os`. `release`: what its `/etc/os-release` says, if there is one (os-release(5): `ID` and
    /// `ID_LIKE`).
    fn of(os: &str, release: &str) -> Self {
        let ids =
            release.lines().filter_map(|line| line.split_once('=')).filter(|(key, _)| ["ID", "ID_LIKE"].contains(key));
        let ids: Vec<&str> = ids.flat_map(|(_, value)| value.trim_matches(['"', '\'']).split(' ')).collect();
        let is_one_of = |names: &[&str]| ids.iter().any(|id| names.contains(id));
        match os {
            "linux" if is_one_of(&["debian", "ubuntu"]) => Self::Debian,
            "linux" if is_one_of(&["fedora", "rhel", "centos", "amzn"]) => Self::RedHat,
            "linux" => Self::Linux,
            "macos" => Self::MacOs,
            "windows" => Self::Windows,
            _ => Self::Unknown,
        }
    }

    /// Whether what is to be typed on `self` is to be typed on `other`, or may be.
    fn may_be(self, other: Self) -> bool {
        let is_linux = |one: Self| matches!(one, Self::Linux | Self::Debian | Self::RedHat);
        let is_any_linux = self == Self::Linux || other == Self::Linux;
        self == other || other == Self::Unknown || is_any_linux && is_linux(self) && is_linux(other)
    }

    fn words(self) -> &'static str {
        match self {
            Self::Linux => "on Linux",
            Self::Debian => "on Debian or Ubuntu",
            Self::RedHat => "on Fedora, RHEL or Amazon Linux",
            Self::MacOs => "on macOS",
            Self::Windows => "on Windows",
            Self::Unknown => "elsewhere",
        }
    }
}

/// What starts a session.
pub const AWS_CLI: Program = Program {
    name: "aws",
    title: "the AWS CLI",
    why: "`connect` has it start the session",
    installation: &[
        (
            System::Linux,
            "`curl -o awscliv2.zip https://awscli.amazonaws.com/awscli-exe-linux-$(uname -m).zip && unzip awscliv2.zip && \
             sudo ./aws/install`",
        ),
        (
            System::MacOs,
            "`curl -O https://awscli.amazonaws.com/AWSCLIV2.pkg && sudo installer -pkg AWSCLIV2.pkg -target /`",
        ),
        (System::Windows, "`msiexec.exe /i https://awscli.amazonaws.com/AWSCLIV2.msi`"),
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
        (System::Debian, "`sudo apt-get install openssh-client`"),
        (System::RedHat, "`sudo dnf install openssh-clients`"),
        (System::MacOs, "it is part of the system, in /usr/bin"),
        (
            System::Windows,
            "`Add-WindowsCapability -Online -Name OpenSSH.Client~~~~0.0.1.0` in an administrator's PowerShell",
        ),
    ],
    guide: "https://www.openssh.com/portable.html",
};

macro_rules! plugin {
    ($deb:literal, $rpm:literal, $mac:literal) => {
        &[
            (
                System::Debian,
                concat!(
                    "`curl -O https://s3.amazonaws.com/session-manager-downloads/plugin/latest/",
                    $deb,
                    "/session-manager-plugin.deb && sudo dpkg -i session-manager-plugin.deb`"
                ),
            ),
            (
                System::RedHat,
                concat!(
                    "`sudo dnf install -y https://s3.amazonaws.com/session-manager-downloads/plugin/latest/",
                    $rpm,
                    "/session-manager-plugin.rpm`"
                ),
            ),
            (
                System::MacOs,
                concat!(
                    "`curl -O https://s3.amazonaws.com/session-manager-downloads/plugin/latest/",
                    $mac,
                    "/session-manager-plugin.pkg && sudo installer -pkg session-manager-plugin.pkg -target / && sudo ln -s \
                     /usr/local/sessionmanagerplugin/bin/session-manager-plugin /usr/local/bin/`"
                ),
            ),
            (
                System::Windows,
                "run https://s3.amazonaws.com/session-manager-downloads/plugin/latest/windows/SessionManagerPluginSetup.exe",
            ),
        ]
    };
}

#[cfg(not(target_arch = "aarch64"))]
const PLUGIN_INSTALLATION: &[(System, &str)] = plugin!("ubuntu_64bit", "linux_64bit", "mac");
#[cfg(target_arch = "aarch64")]
const PLUGIN_INSTALLATION: &[(System, &str)] = plugin!("ubuntu_arm64", "linux_arm64", "mac_arm64");

impl Program {
    /// Where it is on the PATH.
    pub fn find(&self) -> Option<PathBuf> {
        env::split_paths(&env::var_os("PATH")?).map(|folder| folder.join(self.name)).find(|path| is_program(path))
    }

    /// How it is installed on this computer.
    pub fn installation(&self) -> String {
        self.installation_on(System::here())
    }

    /// The same on any, or on all that it may be.
    fn installation_on(&self, system: System) -> String {
        let here = self.installation.iter().filter(|(one, _)| one.may_be(system));
        let each: Vec<_> = here.map(|(system, how)| format!("{}: {how}", system.words())).collect();
        format!("{}; more in {}", each.join("; "), self.guide)
    }
}

/// Whether a file can be run, by anybody at least.
fn is_program(path: &Path) -> bool {
    path.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_says_how_it_is_installed_on_this_system_alone() {
        let all = ["on Linux", "on Debian", "on Fedora", "on macOS", "on Windows"];
        for program in [AWS_CLI, SESSION_PLUGIN, SSH] {
            for (system, own) in [
                (System::Debian, &["on Linux", "on Debian"][..]),
                (System::RedHat, &["on Linux", "on Fedora"]),
                (System::Linux, &["on Linux", "on Debian", "on Fedora"]),
                (System::MacOs, &["on macOS"]),
                (System::Windows, &["on Windows"]),
                (System::Unknown, &all),
            ] {
                let said = program.installation_on(system);
                let named: Vec<_> = all.into_iter().filter(|words| said.contains(*words)).collect();
                assert!(!named.is_empty() && named.iter().all(|words| own.contains(words)), "{system:?}: {said}");
                assert!(said.ends_with(program.guide), "{said}");
            }
        }
        assert!(SESSION_PLUGIN.installation_on(System::Debian).contains("dpkg -i"));
        assert!(SESSION_PLUGIN.installation_on(System::RedHat).contains("dnf install"));
    }

    #[test]
    fn a_system_is_known_by_what_it_says_of_itself() {
        let of = |os: &str, release: &str| System::of(os, release);
        assert_eq!(of("linux", "NAME=\"Debian GNU/Linux\"\nID=debian\n"), System::Debian);
        assert_eq!(of("linux", "ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n"), System::Debian);
        assert_eq!(of("linux", "ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n"), System::RedHat);
        assert_eq!(of("linux", "ID=\"amzn\"\nID_LIKE=\"fedora\"\n"), System::RedHat);
        for release in ["", "ID=arch\n", "NAME=debian\n"] {
            assert_eq!(of("linux", release), System::Linux, "{release}");
        }
        assert_eq!((of("macos", ""), of("windows", "")), (System::MacOs, System::Windows));
        assert_eq!(of("freebsd", ""), System::Unknown);
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

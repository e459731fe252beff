//! What is installed, and how.

use super::*;

/// A package of the file.
pub struct Requirement {
    /// `name==version`.
    pub pin: String,
    /// For which Pythons and computers, in Python's words; empty for all.
    pub marker: String,
    hashes: Vec<String>,
}

/// What the file says.
pub fn requirements() -> Vec<Requirement> {
    let text: String =
        REQUIREMENTS.lines().filter(|line| !line.trim_start().starts_with('#')).collect::<Vec<_>>().join("\n");
    let one = |line: &str| {
        let mut words = line.split(" --hash=");
        let (pin, marker) = words.next().map(|first| first.split_once(';').unwrap_or((first, ""))).unwrap();
        Requirement {
            pin: pin.trim().to_owned(),
            marker: marker.trim().to_owned(),
            hashes: words.map(|hash| hash.trim().to_owned()).collect(),
        }
    };
    text.replace("\\\n", "").lines().map(|line| one(&line.split_whitespace().collect::<Vec<_>>().join(" "))).collect()
}

#[test]
fn everything_is_pinned_with_its_hashes() {
    let all = requirements();
    assert!(all.len() > 30, "{}", all.len());
    for Requirement { pin, hashes, .. } in &all {
        let (name, version) = pin.split_once("==").unwrap_or_else(|| panic!("{pin} is not pinned"));
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        assert!(name.chars().all(plain) && !version.is_empty() && version.chars().all(plain), "{pin}");
        assert!(!hashes.is_empty(), "{pin} has no hash");
        for hash in hashes {
            let digits = hash.strip_prefix("sha256:").unwrap_or_else(|| panic!("{pin}: {hash}"));
            assert!(digits.len() == 64 && digits.chars().all(|c| c.is_ascii_hexdigit()), "{pin}: {hash}");
        }
    }
}

#[test]
fn what_is_needed_by_name_is_what_is_pinned() {
    let named = include_str!("../requirements.in").lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let pinned = requirements();
    for named in named {
        assert!(pinned.iter().any(|one| one.pin == named), "requirements.txt is older than {named}");
    }
}

/// Not a test of pip, but that it is asked: without the option it would install whatever comes.
#[test]
fn every_installer_is_reported_to_compare_hashes_and_to_build_nothing() {
    let file = PathBuf::from("requirements.txt");
    let (pip, uv) = (pip_install(&[&"--target", &"x"], &file), pinned(&[&"pip", &"install"], &file));
    for arguments in [pip, uv] {
        let words: Vec<_> = arguments.iter().map(|one| one.as_ref().to_string_lossy().into_owned()).collect();
        let line = words.join(" ");
        assert!(line.ends_with(" --require-hashes --only-binary :all: --requirement requirements.txt"), "{line}");
    }
}

#[test]
fn pins_name_the_versions_that_are_reported() {
    for emulator in [format!("ministack=={MINISTACK_VERSION}"), format!("moto=={MOTO_VERSION}")] {
        assert!(requirements().iter().any(|one| one.pin == emulator), "{emulator}");
    }
    assert_eq!(pins().len(), 8);
    assert_eq!(pins(), pins());
}

#[test]
fn tells_no_network_from_other_failures() {
    assert!(looks_offline("… Failed to establish a new connection: [Errno -3] Temporary failure in name resolution"));
    assert!(looks_offline("  Caused by: dns error: failed to lookup address information"));
    assert!(!looks_offline("ERROR: No matching distribution found for moto==5.2.5"));
}

#[test]
fn an_installation_counts_only_while_its_python_exists() {
    let folder = tempfile::tempdir().unwrap();
    let record = folder.path().join("installed.json");
    assert!(recorded(&record).is_none());
    let (python, launcher) = (folder.path().join("python"), folder.path().join("launch.py"));
    fs::write(&python, "").unwrap();
    fs::write(&launcher, "").unwrap();
    for (name, _) in BESIDE {
        fs::write(folder.path().join(name), "").unwrap();
    }
    let installed = Installed { folder: folder.path().to_owned(), python: python.clone(), launcher, packages: None };
    fs::write(&record, serde_json::to_string(&installed).unwrap()).unwrap();
    assert!(recorded(&record).is_some());
    fs::remove_file(&python).unwrap();
    assert!(recorded(&record).is_none());
    fs::write(&record, "half a fi").unwrap();
    assert!(recorded(&record).is_none());
}

#[tokio::test]
async fn a_failing_installer_is_quoted() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("install.log");
    fs::write(&log, "").unwrap();
    let failed = run("sh", &[&"-c", &"echo no such wheel >&2; exit 1"], &log).await.unwrap_err();
    assert!(matches!(&failed, Error::InstallFailed { tail, .. } if tail == "no such wheel"), "{failed}");
    let absent = run("there-is-no-such-program", &[], &log).await.unwrap_err();
    assert!(matches!(absent, Error::NotStarted { .. }));
}

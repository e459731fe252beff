//! Manual pages and completions know every command.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use crate::program::Folder;

/// The commands that `cloud101 --help` lists.
fn commands(folder: &Folder) -> BTreeSet<String> {
    let help = folder.said(&mut folder.command(&["--help"])).stdout;
    let list = help.split("Commands:\n").nth(1).and_then(|rest| rest.split("\n\n").next()).expect("a list");
    let is_name = |line: &&str| line.starts_with("  ") && !line.starts_with("   ");
    let words = list.lines().filter(is_name).filter_map(|line| line.split_whitespace().next());
    words.filter(|word| *word != "help").map(str::to_owned).collect()
}

#[test]
fn each_command_has_a_page() {
    let folder = Folder::new();
    let said = folder.said(&mut folder.command(&["man", "--out", "share/man1"]));
    assert_eq!((said.code, said.stdout.as_str()), (Some(0), ""), "{}", said.stderr);
    assert!(said.stderr.contains("man cloud101-plan"), "{}", said.stderr);
    let pages = folder.folder.path().join("share/man1");
    let commands = commands(&folder);
    assert!(commands.len() > 12, "{commands:?}");
    for name in commands.iter().map(|command| format!("cloud101-{command}")).chain(["cloud101".to_owned()]) {
        let path = pages.join(format!("{name}.1"));
        let page = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
        for part in [".TH ", ".SH NAME", ".SH SYNOPSIS", ".SH DESCRIPTION", ".SH OPTIONS"] {
            assert!(page.contains(part), "{name} has no {part}");
        }
    }
    let said = folder.said(&mut folder.command(&["man"]));
    assert_eq!((said.code, said.stdout), (Some(0), fs::read_to_string(pages.join("cloud101.1")).expect("a page")));
    let said = folder.said(&mut folder.command(&["man", "--out", "cloud101.yaml/x"]));
    assert_eq!((said.code, said.stderr.contains("can't be written")), (Some(1), true), "{}", said.stderr);
}

/// Where there is a `man` that shows pages, it finds nothing wrong with ours.
#[test]
fn man_shows_a_page() {
    let folder = Folder::new();
    folder.said(&mut folder.command(&["man", "--out", "."]));
    let page = folder.folder.path().join("cloud101-invoke.1");
    let shown =
        Command::new("man").args(["--warnings", "-P", "cat", "-l"]).arg(&page).env("LC_ALL", "C.UTF-8").output();
    let Some(shown) = shown.ok().filter(|output| output.status.success() && output.stdout.len() > 1000) else { return };
    let (text, warnings) = (String::from_utf8_lossy(&shown.stdout), String::from_utf8_lossy(&shown.stderr));
    assert!(text.contains("--payload") && text.contains("SYNOPSIS"), "{text}");
    assert_eq!(warnings, "");
}

#[test]
fn each_command_is_completed() {
    let folder = Folder::new();
    for shell in ["bash", "zsh", "fish"] {
        let script = folder.said(&mut folder.command(&["completions", shell])).stdout;
        for command in commands(&folder) {
            assert!(script.contains(&command), "{shell}: {command}");
        }
        for option in ["payload", "follow", "since", "tail"] {
            assert!(script.contains(option), "{shell}: {option}");
        }
    }
}

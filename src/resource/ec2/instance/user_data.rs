//! What the first boot gets: a text, or a file with one; packed where it is long.

use std::collections::HashMap;
use std::io::{Read, Write};

use base64::prelude::{BASE64_STANDARD, Engine};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde::de::IgnoredAny;

use crate::explain::Code;
use crate::model::credential::HEAD;
use crate::resource::guard::Guard;
use crate::resource::{Base, Diagnostic, Upload, is_unknown};

use super::image;
use super::spec::Spec;

/// The most that AWS takes, before base64 (API: RunInstances, UserData).
const LIMIT: usize = 16_384;
/// No text of this size is packed into as little as AWS takes.
const FILE_LIMIT: u64 = 1024 * 1024;
/// How packed data begins (RFC 1952).
const GZIP: [u8; 2] = [0x1f, 0x8b];
/// How a text begins that cloud-init reads (cloud-init's documentation, "User-data formats").
const BEGINNINGS: [&str; 9] = [
    "#!",
    "#cloud-config",
    "#include",
    "#cloud-boothook",
    "#part-handler",
    "#upstart-job",
    "## template: jinja",
    "content-type:",
    "mime-version:",
];
/// What to do about lines that YAML has made one.
const LINES: &str = "write `user_data: |`: with `>` YAML joins the lines into one";
/// The public parameters of images that use cloud-init.
const WITH_CLOUD_INIT: [&str; 4] =
    ["/ami-amazon-linux-latest/", "/canonical/ubuntu/", "/service/debian/", "/ecs/optimized-ami/amazon-linux"];

/// Everything wrong with `user_data` and `user_data_file`.
pub fn check(spec: &Spec, base: &Base) -> Vec<Diagnostic> {
    let (property, text) = match (&spec.user_data_file, &spec.user_data) {
        (Some(_), Some(_)) => {
            let diagnostic = Diagnostic::new(Code::Conflicting, "user_data_file", "the user data is set twice");
            return vec![diagnostic.help("keep either `user_data` or `user_data_file`")];
        }
        (Some(file), None) if !is_unknown(file) => match read(file, base) {
            Ok(text) => ("user_data_file", text),
            Err(diagnostic) => return vec![diagnostic],
        },
        (None, Some(text)) if !is_unknown(text) => ("user_data", text.clone()),
        _ => return Vec::new(),
    };
    let sent = bytes(&text).len();
    if sent > LIMIT {
        let packed = if is_packed(&text) { format!("{sent} when compressed") } else { "not packed".to_owned() };
        let message = format!("{} bytes, {packed}, and AWS accepts {LIMIT}", text.len());
        let hint = "move the long part to a bucket and let the script download it";
        return vec![Diagnostic::new(Code::TooLong, property, message).help(hint)];
    }
    unread(&spec.image, &text)
        .map(|(message, hint)| Diagnostic::new(Code::UserData, property, message).help(hint).warning())
        .into_iter()
        .collect()
}

/// Why cloud-init would not run a text, and what to write instead; `None`: it would, or the image may not use it.
fn unread(image: &str, text: &str) -> Option<(String, String)> {
    let parameter = image::parameter(image)?;
    if text.trim().is_empty() || !WITH_CLOUD_INIT.iter().any(|path| parameter.contains(path)) {
        return None;
    }
    let because = |message: &str, hint: &str| Some((message.to_owned(), hint.to_owned()));
    if text.starts_with('\u{feff}') {
        let message = "cloud-init does not run this: a byte order mark (U+FEFF), which most editors hide, precedes it";
        return because(message, "save it as UTF-8 without a byte order mark (BOM)");
    }
    if !is_for_cloud_init(text) {
        let is_path = !text.trim().contains(char::is_whitespace) && text.contains(['.', '/']) && text.len() < 256;
        let hint = match (is_base64(text), is_path) {
            (true, _) => "write the text itself: it is compressed and encoded for you",
            (_, true) => "to use a file, write `user_data_file:`; a script begins with `#!/bin/bash`",
            _ => "begin with `#!/bin/bash` on a line of its own, or with `#cloud-config`",
        };
        return because("cloud-init does not run this: its first line does not identify its format", hint);
    }
    if !text.starts_with("#!") && text.trim_start().starts_with("#!") {
        let message = "cloud-init does not run this: a script begins with `#!`, and this has blank space before it";
        return because(message, "begin with `#!/bin/bash`, without an empty line or a space before it");
    }
    let first = text.lines().next().unwrap_or_default();
    let words: Vec<_> = first.trim_start_matches("#!").split_whitespace().collect();
    if first.starts_with("#!") && words.len() > 2 && !words[0].ends_with("/env") {
        let message = "the whole script is on its first line, which only names the interpreter";
        return because(message, LINES);
    }
    unread_settings(text)
}

/// The same of cloud-config, of which cloud-init takes a mapping alone and passes over anything else (its `util.load_yaml`).
fn unread_settings(text: &str) -> Option<(String, String)> {
    let first = text.trim_start().lines().next().unwrap_or_default().trim_end();
    // Beside `#cloud-config-archive` and the like, which have other forms.
    let (name, rest) = first.split_at(first.find(char::is_whitespace).unwrap_or(first.len()));
    if !name.eq_ignore_ascii_case("#cloud-config") {
        return None;
    }
    if let Err(error) = serde_yaml::from_str::<IgnoredAny>(text) {
        // An end that comes too early is reported one line after the last.
        let line = error.location().map(|place| place.line().min(text.lines().count()));
        let line = line.map(|line| format!(" from its line {line} on")).unwrap_or_default();
        let hint = "lists and keys are indented with spaces, and every bracket and quote is closed";
        return Some((format!("cloud-init ignores all of this: it is not YAML{line}"), hint.to_owned()));
    }
    match serde_yaml::from_str::<Option<HashMap<String, IgnoredAny>>>(text) {
        Ok(None) if !rest.is_empty() => {
            let message = "everything is on the first line, which is a comment to cloud-init";
            Some((message.to_owned(), LINES.to_owned()))
        }
        Ok(_) => None,
        Err(_) => {
            let message = "cloud-init ignores all of this: below `#cloud-config` it expects keys with values";
            Some((message.to_owned(), "for example `packages: [tmux]`".to_owned()))
        }
    }
}

/// Whether cloud-init reads a text, in whatever way.
fn is_for_cloud_init(text: &str) -> bool {
    let head: String = text.chars().take(4096).collect::<String>().to_ascii_lowercase();
    BEGINNINGS.iter().any(|beginning| head.trim_start().starts_with(beginning)) || head.contains("mime-version:")
}

fn is_base64(text: &str) -> bool {
    let text: String = text.split_whitespace().collect();
    text.len() >= 16 && BASE64_STANDARD.decode(text).is_ok()
}

/// Whether a text is sent packed: it is too long as it is, and cloud-init unpacks it.
fn is_packed(text: &str) -> bool {
    text.len() > LIMIT && is_for_cloud_init(text)
}

/// What is sent for a text, before base64.
pub fn bytes(text: &str) -> Vec<u8> {
    if !is_packed(text) {
        return text.as_bytes().to_vec();
    }
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    // Writing to memory does not fail.
    let _ = packed.write_all(text.as_bytes());
    packed.finish().unwrap_or_else(|_| text.as_bytes().to_vec())
}

/// The text that AWS returns, decoded from base64 and, if compressed, decompressed.
pub fn reported(base64: Option<&str>) -> String {
    let base64: String = base64.unwrap_or_default().split_whitespace().collect();
    let bytes = BASE64_STANDARD.decode(base64).unwrap_or_default();
    if bytes.starts_with(&GZIP) {
        let mut text = String::new();
        if GzDecoder::new(bytes.as_slice()).take(FILE_LIMIT).read_to_string(&mut text).is_ok() {
            return text;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The text that a spec means; a file's is read.
pub fn text(spec: &Spec, base: &Base) -> Result<Option<String>, Diagnostic> {
    match &spec.user_data_file {
        Some(file) if !is_unknown(file) => read(file, base).map(Some),
        Some(unknown) => Ok(Some(unknown.clone())),
        None => Ok(spec.user_data.clone()),
    }
}

/// What is uploaded from a file, which must still have the text of the canonical `spec`.
pub fn upload(spec: &Spec, base: &Base) -> Result<Option<Upload>, Diagnostic> {
    let Some(file) = spec.user_data_file.as_ref().filter(|file| !is_unknown(file)) else { return Ok(None) };
    let text = read(file, base)?;
    if spec.user_data.as_ref() != Some(&text) {
        let diagnostic =
            Diagnostic::new(Code::NotThatFile, "user_data_file", format!("`{file}` has changed in the meantime"));
        return Err(diagnostic.help("run the same command again"));
    }
    Ok(Some(Upload::of_one("user_data_file", text.len() as u64)))
}

/// The text of a file. No credential is read, unless the command line names it.
fn read(file: &str, base: &Base) -> Result<String, Diagnostic> {
    let path = base.find("user_data_file", file)?;
    let diagnostic = |why: &str| Diagnostic::new(Code::NotThatFile, "user_data_file", format!("`{file}` {why}"));
    match std::fs::metadata(&path) {
        Ok(meta) if !meta.is_file() => return Err(diagnostic("is not a file").help("name the script itself")),
        Ok(meta) if meta.len() > FILE_LIMIT => {
            let hint = "move the long part to a bucket and let the script download it";
            return Err(diagnostic(&format!("is too long: compressed or not, AWS accepts {LIMIT} bytes")).help(hint));
        }
        Ok(_) => {}
        Err(error) => {
            return Err(diagnostic(&format!("can't be read: {error}")).help("give yourself permission to read it"));
        }
    }
    let bytes = std::fs::read(&path)
        .map_err(|error| diagnostic(&format!("can't be read: {error}")).help("give yourself permission to read it"))?;
    let mut guard = Guard::new(base, "user_data_file", file);
    guard.look("", &path, &bytes[..bytes.len().min(HEAD)]);
    guard.verdict()?;
    String::from_utf8(bytes).map_err(|_| {
        diagnostic("is not a text file").help("name the script itself: it is compressed and encoded for you")
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::spec::spec;
    use super::*;

    fn hint(image: &str, text: &str) -> String {
        unread(image, text).map(|(_, hint)| hint).unwrap_or_default()
    }

    /// diux-dev/cluster#44, community-templates#165.
    #[test]
    fn what_cloud_init_would_not_run_is_noticed() {
        for (text, right) in [
            ("sudo dnf install -y tmux", "#!/bin/bash"),
            ("\n#!/bin/bash\ndnf install -y tmux\n", "without an empty line"),
            (" #!/bin/bash\ntrue\n", "without an empty line"),
            ("setup.sh", "user_data_file"),
            ("\u{feff}#!/bin/bash\ntrue\n", "without a byte order mark"),
            ("#cloud-config packages: [tmux]\n", "user_data: |"),
            ("#cloud-config\npackages: [tmux\n", "every bracket"),
            ("#cloud-config\npackages:\n\t- tmux\n", "spaces"),
            ("#Cloud-Config\n- tmux\n", "packages: [tmux]"),
            ("#cloud-config\ntmux\n", "packages: [tmux]"),
            ("#!/bin/bash dnf install -y tmux\n", "user_data: |"),
            ("H4sIAAAAAAAAA1NW1E/KzNMvzuBKTc7IV8jI5AIAZ3xQEhQAAAA=", "the text itself"),
        ] {
            assert!(hint("al2023", text).contains(right), "{text}: {}", hint("al2023", text));
            assert!(hint("ubuntu-24.04", text).contains(right), "{text}");
            // Another image may do anything with it.
            assert_eq!(hint("ami-0abcdef1234567890", text), "");
        }
    }

    #[test]
    fn what_cloud_init_runs_passes() {
        for text in [
            "#!/bin/sh",
            "#!/bin/bash -xe\ntrue\n",
            "#!/usr/bin/env -S python3 -u\n",
            "#cloud-config\npackages: [tmux]\n",
            "#cloud-config # of the course\npackages: [tmux]\npackages: [vim]\n",
            "#cloud-config\n",
            "#cloud-config-archive\n- \"#!/bin/sh\"\n",
            "\n#cloud-config\npackages: [tmux]\n",
            "#include\nhttps://example.edu/setup\n",
            "#cloud-boothook\n#!/bin/sh\n",
            "## template: jinja\n#cloud-config\n",
            "Content-Type: multipart/mixed; boundary=\"==\"\nMIME-Version: 1.0\n",
            "From nobody\nMIME-Version: 1.0\nContent-Type: multipart/mixed\n",
            "",
        ] {
            assert_eq!(hint("al2023", text), "", "{text}");
        }
    }

    #[test]
    fn a_long_script_is_packed_and_reported_as_it_is() {
        let long = format!("#!/bin/sh\n{}", "echo the same again\n".repeat(2_000));
        assert!(long.len() > LIMIT && bytes(&long).len() < LIMIT);
        assert_eq!(reported(Some(&BASE64_STANDARD.encode(bytes(&long)))), long);
        assert_eq!(bytes("#!/bin/sh\n"), b"#!/bin/sh\n");
        // There is no guarantee that another program would unpack it.
        let windows = format!("<powershell>\n{}", "echo the same again\n".repeat(2_000));
        assert_eq!(bytes(&windows).len(), windows.len());
        let wrong = |text: &str| check(&spec(json!({ "user_data": text })), &Base::default()).len();
        assert_eq!((wrong(&long), wrong(&windows)), (0, 1));
    }

    #[test]
    fn a_file_is_read_and_no_credential_is() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &[u8]| std::fs::write(folder.path().join(name), text).unwrap();
        write("setup.sh", b"#!/bin/sh\ntrue\n");
        write("id_rsa", b"-----BEGIN OPENSSH PRIVATE KEY-----\nb3Blbn\n");
        write("image.bin", &[0xff, 0xfe, 0x00]);
        let base = Base::from(folder.path());
        let said = |file: &str| spec(json!({ "user_data_file": file }));
        assert!(check(&said("setup.sh"), &base).is_empty());
        assert_eq!(text(&said("setup.sh"), &base).unwrap().as_deref(), Some("#!/bin/sh\ntrue\n"));
        for wrong in ["id_rsa", "image.bin", "missing.sh", "."] {
            assert_eq!(check(&said(wrong), &base).len(), 1, "{wrong}");
        }
        let both = spec(json!({ "user_data_file": "setup.sh", "user_data": "#!/bin/sh" }));
        assert_eq!(check(&both, &base)[0].code, Code::Conflicting);
    }

    #[test]
    fn what_is_uploaded_is_what_was_planned() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("setup.sh");
        std::fs::write(&file, "#!/bin/sh\n").unwrap();
        let base = Base::from(folder.path());
        let mut spec = spec(json!({ "user_data_file": "setup.sh" }));
        spec.user_data = text(&spec, &base).unwrap();
        assert_eq!(upload(&spec, &base).unwrap().map(|upload| upload.bytes), Some(10));
        std::fs::write(&file, "#!/bin/sh\nrm -rf /\n").unwrap();
        assert!(upload(&spec, &base).is_err());
    }
}

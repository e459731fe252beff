use super::*;

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    folder
}

fn packed(code: &str, base: &tempfile::TempDir) -> Vec<u8> {
    pack(code, &base.path().into()).expect("packed").bytes
}

/// The names of the files in the folder `code`.
fn named(base: &tempfile::TempDir) -> Vec<String> {
    names("code", &base.path().into()).expect("names").into_iter().map(|file| file.name).collect()
}

/// If this fails after an upgrade of `zip`, every function's code would show as changed.
#[test]
fn the_packed_bytes_never_change() {
    let base = folder(&[("code/index.py", "x = 1\n"), ("code/lib/a.py", ""), ("code/lib.py", "y = 2\n")]);
    let bytes = packed("code", &base);
    assert_eq!(named(&base), ["index.py", "lib.py", "lib/a.py"]);
    assert_eq!(sha256(&bytes), "djXMWVeH2+MqDliMQRZDKQDVAp7l7s6w/T1X4+XmYNQ=");
}

#[test]
fn leftovers_are_left_out_and_one_file_is_enough() {
    let base = folder(&[
        ("code/index.py", "x = 1\n"),
        ("code/__pycache__/index.cpython-313.pyc", "-"),
        ("code/old.pyc", "-"),
        ("code/.git/HEAD", "-"),
        ("code/.DS_Store", "-"),
        ("code/index.py~", "-"),
        ("code/.#notes.py", "-"),
    ]);
    assert_eq!(named(&base), ["index.py"]);
    assert_eq!(packed("code", &base), packed("code/index.py", &base));
}

#[test]
fn an_archive_is_taken_as_it_is() {
    let base = folder(&[("code/index.py", "x = 1\n"), ("no.zip", "not a zip")]);
    let bytes = packed("code", &base);
    fs::write(base.path().join("code.zip"), &bytes).expect("written");
    assert_eq!(packed("code.zip", &base), bytes);
    assert_eq!(texts(&bytes), BTreeMap::from([("index.py".into(), "x = 1\n".into())]));
    assert!(pack("no.zip", &base.path().into()).expect_err("refused").message.contains("is not a zip archive"));
}

/// A .jar is for Lambda what a .zip is; inside of another archive it is not on Java's class path.
#[test]
fn a_jar_is_taken_as_it_is() {
    let base = folder(&[]);
    let bytes = zipped(&[("com/example/Handler.class", "x")]);
    for name in ["app.jar", "App.JAR"] {
        fs::write(base.path().join(name), &bytes).expect("written");
        assert_eq!(packed(name, &base), bytes);
        let files = names(name, &base.path().into()).expect("names");
        assert_eq!(files.iter().map(|file| file.name.as_str()).collect::<Vec<_>>(), ["com/example/Handler.class"]);
    }
}

/// The figures of recorded answers: a package has fewer than 52428800 bytes, and fewer than 262144000 unpacked.
#[test]
fn a_package_is_smaller_than_what_aws_refuses() {
    let base = folder(&[]);
    let of_zeros = |size: u64| {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        writer.start_file("data", options).expect("an entry");
        std::io::copy(&mut std::io::repeat(0).take(size), &mut writer).expect("written");
        fs::write(base.path().join("code.zip"), writer.finish().expect("an archive").into_inner()).expect("written");
        pack("code.zip", &base.path().into())
    };
    assert!(of_zeros(60 << 20).is_ok(), "packed, it is small");
    let diagnostic = of_zeros(262_144_000).expect_err("too large, unpacked");
    assert!(diagnostic.message.contains("have 250 MiB") && diagnostic.code == Code::TooLong, "{diagnostic:?}");
    let large = fs::File::create(base.path().join("large.zip")).expect("a file");
    for (size, says) in [(52_428_799, "is not a zip archive"), (52_428_800, "has 50 MiB or more")] {
        large.set_len(size).expect("as large");
        let diagnostic = pack("large.zip", &base.path().into()).expect_err("refused");
        assert!(diagnostic.message.contains(says), "{size}: {diagnostic:?}");
    }
}

#[test]
fn a_folder_that_is_too_large_is_refused_with_the_reason() {
    let base = folder(&[("code/index.py", "")]);
    let large = fs::File::create(base.path().join("code/lib.txt")).expect("a file");
    large.set_len(60 << 20).expect("as large");
    let diagnostic = pack("code", &base.path().into()).expect_err("refused");
    assert!(diagnostic.message.contains("packed without compression"), "{diagnostic:?}");
    assert!(diagnostic.help.is_some_and(|hint| hint.contains("`code: code.zip`")));
}

#[test]
fn what_is_missing_or_empty_is_said() {
    let base = folder(&[("email_agent/index.py", "")]);
    fs::create_dir(base.path().join("empty")).expect("a folder");
    let missing = pack("emial_agent", &base.path().into()).expect_err("missing");
    assert_eq!(missing.help.as_deref(), Some("did you mean `email_agent`?"));
    assert!(pack("empty", &base.path().into()).expect_err("empty").message.contains("no files"));
}

#[cfg(unix)]
#[test]
fn links_stay_inside_and_go_nowhere_in_circles() {
    use std::os::unix::fs::symlink;
    let base = folder(&[("code/index.py", "x"), ("secret.txt", "s")]);
    let code = base.path().join("code");
    symlink("index.py", code.join("same.py")).expect("a link");
    assert_eq!(named(&base), ["index.py", "same.py"]);
    symlink("nowhere", code.join("lost.py")).expect("a link");
    assert!(pack("code", &base.path().into()).expect_err("lost").message.contains("lost.py` is a broken link"));
    fs::remove_file(code.join("lost.py")).expect("removed");
    symlink("teacher@host.1234:1732", code.join(".#index.py")).expect("the lock of an editor");
    assert_eq!(named(&base), ["index.py", "same.py"]);
    symlink(".", code.join("again")).expect("a link");
    assert!(pack("code", &base.path().into()).expect_err("circle").message.contains("forms a loop"));
    fs::remove_file(code.join("again")).expect("removed");
    symlink("../secret.txt", code.join("secret.txt")).expect("a link");
    assert!(pack("code", &base.path().into()).expect_err("outside").message.contains("outside the folder"));
}

#[cfg(unix)]
#[test]
fn links_that_multiply_files_come_to_an_end() {
    use std::os::unix::fs::symlink;
    let base = folder(&[("code/index.py", "x")]);
    for n in 0..40 {
        let inner = base.path().join(format!("code/f{n}"));
        fs::create_dir(&inner).expect("a folder");
        for link in ["a", "b"].iter().filter(|_| n < 39) {
            symlink(format!("../f{}", n + 1), inner.join(link)).expect("a link");
        }
    }
    assert!(pack("code", &base.path().into()).expect_err("too many").message.contains("more than"));
}

#[test]
fn an_archive_that_leads_out_is_refused() {
    let base = folder(&[]);
    for (name, refused) in [
        ("a/..b.py", false),
        ("../evil.py", true),
        ("a/../../evil.py", true),
        ("/etc/evil.py", true),
        ("..\\evil.py", true),
        ("C:\\evil.py", true),
        ("a/..", true),
    ] {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        writer.start_file(name, SimpleFileOptions::default()).expect("an entry");
        let bytes = writer.finish().expect("an archive").into_inner();
        fs::write(base.path().join("code.zip"), bytes).expect("written");
        let packed = pack("code.zip", &base.path().into());
        assert_eq!(packed.is_err_and(|diagnostic| diagnostic.message.contains("points outside")), refused, "{name}");
    }
}

/// An archive of these files.
fn zipped(files: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in files {
        writer.start_file(*name, SimpleFileOptions::default()).expect("an entry");
        writer.write_all(text.as_bytes()).expect("a text");
    }
    writer.finish().expect("an archive").into_inner()
}

/// What `code` is refused with, by whatever looks at it, unless `allowed` are named.
fn refused(code: &str, folder: &tempfile::TempDir, allowed: &[&str]) -> Option<Diagnostic> {
    let named = allowed.iter().map(|path| folder.path().join(path));
    let base = Base::from(folder.path()).allowing_files(named);
    let (packed, names) = (pack(code, &base).err(), names(code, &base).err());
    assert_eq!(packed, names, "a stack that loads can be packed");
    assert!(packed.iter().all(|diagnostic| diagnostic.code == Code::Credentials), "{packed:?}");
    packed
}

const KEY: &str = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNza\n";

#[test]
fn credentials_in_a_folder_are_refused_unless_each_is_named() {
    let base = folder(&[
        ("code/index.py", "x = 1\n"),
        ("code/.env", "PASSWORD=x"),
        ("code/lib/.AWS/Config", "[default]"),
        ("code/notes.txt", KEY),
        ("code/certifi/cacert.pem", "-----BEGIN CERTIFICATE-----\nMIIB\n"),
        ("code/.env.example", "PASSWORD="),
    ]);
    let diagnostic = refused("code", &base, &[]).expect("refused");
    assert_eq!(
        diagnostic.message,
        "3 files look like credentials or private keys: `code/.env`, `code/lib/.AWS/Config`, \
         `code/notes.txt` (a private key)"
    );
    let typed = |name: &str| format!("--allow-file {}", base.path().join(name).display());
    let hint = diagnostic.help.expect("a hint");
    for name in ["code/.env", "code/lib/.AWS/Config", "code/notes.txt"] {
        assert!(hint.contains(&typed(name)), "{hint}");
    }
    let rest = refused("code", &base, &["code/.env", "code/lib"]).expect("still one");
    assert_eq!(rest.message, "`code/notes.txt` (a private key) looks like a credential or a private key");
    assert_eq!(refused("code", &base, &["code/.env", "code/lib/.AWS/Config", "code/notes.txt"]), None);
    assert_eq!(refused("code", &base, &["code"]), None);
}

#[test]
fn a_single_file_and_what_lies_in_a_folder_of_credentials_are_refused() {
    let base = folder(&[(".env", "x"), (".ssh/config", "x"), (".ssh/id.pub", "ssh-rsa"), ("key.py", KEY)]);
    for code in [".env", "./.env", ".ssh", ".ssh/config", "key.py"] {
        assert!(refused(code, &base, &[]).is_some(), "{code}");
        assert_eq!(refused(code, &base, &[code, ".ssh"]), None, "{code}");
    }
    assert_eq!(refused(".ssh/id.pub", &base, &[]), None);
}

#[cfg(unix)]
#[test]
fn neither_the_name_of_a_link_nor_what_it_leads_to_hides_a_credential() {
    use std::os::unix::fs::symlink;
    let base = folder(&[("code/.aws/x", "x"), ("code/settings", "x")]);
    symlink(".aws/x", base.path().join("code/innocent")).expect("a link");
    symlink("settings", base.path().join("code/.env")).expect("a link");
    symlink("code/.aws/x", base.path().join("index.py")).expect("a link");
    let message = refused("code", &base, &[]).expect("refused").message;
    for name in ["code/innocent", "code/.env", "code/.aws/x"] {
        assert!(message.contains(&format!("`{name}`")), "{message}");
    }
    assert!(refused("index.py", &base, &[]).is_some());
    assert_eq!(refused("code", &base, &["code/innocent", "code/.env"]), None);
}

#[test]
fn the_entries_of_archives_are_looked_at_wherever_they_are() {
    let base = folder(&[("code/index.py", "x")]);
    let archive = zipped(&[("index.py", "x"), (".env", "x"), ("keys/first", KEY), ("b/", "")]);
    fs::write(base.path().join("code.zip"), &archive).expect("written");
    fs::write(base.path().join("code/lib.whl"), &archive).expect("written");
    for archive in ["code.zip", "code/lib.whl"] {
        let code = archive.strip_suffix("/lib.whl").unwrap_or(archive);
        let message = refused(code, &base, &[]).expect("refused").message;
        assert!(message.contains(&format!("`{archive}/.env`, `{archive}/keys/first` (a private key)")), "{message}");
        assert!(refused(code, &base, &[&format!("{archive}/.env")]).is_some());
        assert_eq!(refused(code, &base, &[&format!("{archive}/.env"), &format!("{archive}/keys/first")]), None);
    }
}

/// The stack is changed all the time, and a plan that is saved beside it would never be the one that was made.
#[test]
fn the_stack_file_and_saved_plans_are_left_out_of_a_folder_unless_they_are_named() {
    let folder = folder(&[
        ("index.py", "x"),
        ("cloud101.yaml", "stack: lesson"),
        ("other.yaml", "stack: other"),
        ("class.plan", "{\n  \"cloud101_plan\": 1,\n"),
        ("data.json", "{\"plan\": 1}"),
    ]);
    let base = Base::from(folder.path()).with_stack_file(&folder.path().join("cloud101.yaml"), true);
    let both = |base: &Base| {
        let packed = pack(".", base).expect("packed").files.into_iter().map(|file| file.name).collect::<Vec<_>>();
        let files: Vec<_> = names(".", base).expect("names").into_iter().map(|file| file.name).collect();
        assert_eq!(packed, files);
        packed
    };
    assert_eq!(both(&base), ["data.json", "index.py", "other.yaml"]);
    let named = base.clone().allowing_files([folder.path().join("cloud101.yaml"), folder.path().join("class.plan")]);
    assert_eq!(both(&named), ["class.plan", "cloud101.yaml", "data.json", "index.py", "other.yaml"]);
    // By itself it goes, unless it says a secret.
    assert!(pack("cloud101.yaml", &base).expect_err("refused").message.contains("this stack file, with a secret"));
    let open = Base::from(folder.path()).with_stack_file(&folder.path().join("cloud101.yaml"), false);
    assert!(pack("cloud101.yaml", &open).is_ok());
}

#[cfg(unix)]
#[test]
fn locks_and_backups_of_editors_are_left_out_and_other_links_that_lead_nowhere_are_named() {
    use std::os::unix::fs::symlink;
    let base = folder(&[("code/index.py", "x"), ("code/index.py~", "old")]);
    symlink("teacher@host.1234:1732", base.path().join("code/.#index.py")).expect("a link");
    assert_eq!(named(&base), ["index.py"]);
    symlink("/opt/nodejs", base.path().join("code/nodejs")).expect("a link");
    let diagnostic = pack("code", &base.path().into()).expect_err("refused");
    assert_eq!(diagnostic.message, "`code/nodejs` is a broken link");
}

#[test]
fn a_large_folder_is_said_to_be_uploaded_without_compression() {
    let base = folder(&[("code/index.py", "x")]);
    for name in ["code/lib.txt", "data.py"] {
        let file = fs::File::create(base.path().join(name)).expect("a file");
        file.set_len(UPLOAD_LIMIT + 1).expect("a size");
    }
    let diagnostic = pack("code", &base.path().into()).expect_err("refused");
    assert!(diagnostic.message.contains("without compression"), "{diagnostic:?}");
    assert!(diagnostic.help.is_some_and(|hint| hint.contains("zip -r ../code.zip .")));
    assert!(pack("data.py", &base.path().into()).is_err());
}

#[test]
fn what_a_plan_lists_is_what_is_packed() {
    let base = folder(&[("code/index.py", "x = 1\n"), ("code/lib/a.py", "")]);
    let file = |name: &str, bytes| UploadedFile { name: name.into(), bytes };
    let upload = pack("code", &base.path().into()).expect("packed").upload();
    assert_eq!((&*upload.property, upload.count, upload.bytes), ("code", 2, 6));
    assert_eq!(upload.files, [file("index.py", 6), file("lib/a.py", 0)]);
    let archive = zipped(&[("index.py", "x = 1\n"), ("lib/", "")]);
    fs::write(base.path().join("code.zip"), &archive).expect("written");
    let upload = pack("code.zip", &base.path().into()).expect("packed").upload();
    assert_eq!((upload.count, upload.bytes), (1, archive.len() as u64));
    assert_eq!(upload.files, [file("index.py", 6)]);
}

#[test]
fn code_that_is_no_longer_what_was_planned_is_not_packed() {
    let folder = folder(&[("code/index.py", "x = 1\n")]);
    let base = Base::from(folder.path());
    let hash = sha256(&packed("code", &folder));
    let planned = |sha256: Option<&str>| super::planned(Some("code"), sha256, &base);
    assert!(planned(Some(&hash)).is_ok());
    fs::write(folder.path().join("code/index.py"), "x = 2\n").expect("written");
    let diagnostic = planned(Some(&hash)).expect_err("refused");
    assert!(diagnostic.message.starts_with("`code` was changed while this ran"), "{diagnostic:?}");
    assert!(planned(None).is_err());
}

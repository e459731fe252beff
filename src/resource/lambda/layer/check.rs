//! What can be said about a layer without AWS.

use crate::explain::Code;
use crate::resource::lambda::function::{code, package, runtimes};
use crate::resource::limits::too_many;
use crate::resource::{Address, Base, Diagnostic, is_unknown};

use super::Spec;
use super::mark;

/// How long a layer's name may be (API: LayerName).
const NAME: usize = 140;
/// How many runtimes a layer may name (API: CompatibleRuntimes).
const RUNTIMES: usize = 15;

/// Where each language looks below `/opt` for libraries, and a command that puts some there.
const FOLDERS: [(&str, &str, &str); 4] = [
    ("python", "python/", "pip install --target CODE/python NAME"),
    ("nodejs", "nodejs/", "npm install --prefix CODE/nodejs NAME"),
    ("ruby", "ruby/", "bundle install --path CODE/ruby/gems"),
    ("java", "java/", "cp NAME.jar CODE/java/lib/"),
];
/// Where programs and the system's libraries are found, whatever the language.
const FOR_ALL: [&str; 2] = ["bin/", "lib/"];

/// Everything that is wrong with the layer `name`.
pub fn check(name: &str, spec: &Spec, base: &Base) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    diagnostics.extend(layer_name(name));
    diagnostics.extend(source(spec));
    diagnostics.extend(spec.code_s3.iter().flat_map(package::in_s3));
    let count = spec.compatible_runtimes.as_ref().map_or(0, Vec::len);
    diagnostics.extend(too_many("compatible_runtimes", count, RUNTIMES));
    let runtimes = spec.compatible_runtimes.iter().flatten().enumerate();
    diagnostics.extend(runtimes.filter_map(|(n, runtime)| {
        let diagnostic = runtimes::misnamed(runtime, &runtimes::today())?;
        Some(diagnostic.at(format!("compatible_runtimes.{n}")))
    }));
    diagnostics.extend(folder(spec, base));
    diagnostics
}

/// The folder that the code lacks and in which a language of the layer looks for libraries: without it the layer is
/// published, and nothing in it is found. Data may be anywhere.
fn folder(spec: &Spec, base: &Base) -> Option<Diagnostic> {
    let code = spec.code.as_deref().filter(|code| !is_unknown(code))?;
    let runtimes = spec.compatible_runtimes.as_deref().filter(|runtimes| !runtimes.is_empty())?;
    // What can't be read is said by itself.
    let files = code::names(code, base).ok()?;
    let has = |folder: &str| files.iter().any(|file| file.name.starts_with(folder));
    if FOR_ALL.into_iter().any(has) {
        return None;
    }
    let is_for = |language: &str| runtimes.iter().any(|runtime| runtime.starts_with(language));
    let (_, folder, command) = FOLDERS.iter().find(|(language, folder, _)| is_for(language) && !has(folder))?;
    let message = format!("`{code}` has no folder `{folder}`, where the runtime looks for a layer's files");
    let path = base.find("code", code).ok().filter(|path| path.is_dir()).map_or("my_layer", |_| code);
    let hint = format!("put it there: `{}`", command.replace("CODE", path));
    Some(Diagnostic::new(Code::LayerFolder, "code", message).help(hint).warning())
}

/// What does not fit beside the mark of `address` in `stack`. `was`: see [`mark::left`].
pub fn beside_mark(stack: &str, address: &Address, was: Option<&Address>, spec: &Spec) -> Option<Diagnostic> {
    let left = mark::left(stack, address, was, spec.code_s3.is_some());
    if left == 0 {
        let message = "its logical name is too long: cloud101's ownership mark would fill the layer's description";
        return Some(Diagnostic::new(Code::TooLong, "", message).help("choose a shorter logical name"));
    }
    let text = spec.description.as_deref().filter(|text| !is_unknown(text))?;
    // As Java counts them.
    let length = text.encode_utf16().count();
    (length > left).then(|| {
        let message = format!("a description can have at most {left} characters here, but this one has {length}");
        let hint = format!(
            "shorten it: the rest of AWS's {} is for cloud101's ownership mark, because layers do not support \
                tags",
            mark::LIMIT
        );
        Diagnostic::new(Code::TooLong, "description", message).help(hint)
    })
}

fn layer_name(name: &str) -> Option<Diagnostic> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let fits = is_unknown(name) || (1..=NAME).contains(&name.len()) && name.chars().all(allowed);
    (!fits).then(|| {
        Diagnostic::new(Code::AwsName, "name", format!("`{name}` is not a valid layer name"))
            .help(format!("use 1 to {NAME} letters, digits, hyphens and underscores"))
    })
}

fn source(spec: &Spec) -> Option<Diagnostic> {
    match (&spec.code, &spec.code_s3) {
        (None, None) => Some(
            Diagnostic::new(Code::MissingKey, "", "a layer needs `code`")
                .help("for example `code: my_layer`, a folder next to the stack file; or `code_s3`"),
        ),
        (Some(_), Some(_)) => Some(
            Diagnostic::new(Code::Conflicting, "code_s3", "`code_s3` and `code` both name the code")
                .of_key()
                .help("remove one of them"),
        ),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::lambda::function::CodeInS3;

    fn paths(name: &str, spec: &Spec) -> Vec<String> {
        let said =
            |one: Diagnostic| format!("{}{} {}", if one.is_error() { "" } else { "warning " }, one.path(), one.code);
        check(name, spec, &Base::from(".")).into_iter().map(said).collect()
    }

    #[test]
    fn a_layer_has_a_name_and_one_place_for_its_code() {
        let code = Spec { code: Some("libs".into()), ..Spec::default() };
        let s3 = Some(CodeInS3 { bucket: Some("lesson".into()), key: Some("a.zip".into()), version: None });
        assert_eq!(paths("teaching-libs_2", &code), [""; 0]);
        assert_eq!(paths(&"x".repeat(140), &code), [""; 0]);
        for wrong in ["", "a.b", "arn:aws:lambda:us-east-1:123456789012:layer:a", &"x".repeat(141)] {
            assert_eq!(paths(wrong, &code), ["name C101-0407"], "{wrong}");
        }
        assert_eq!(paths("libs", &Spec::default()), [" C101-0202"]);
        assert_eq!(paths("libs", &Spec { code_s3: s3.clone(), ..code }), ["code_s3 C101-0210"]);
        assert_eq!(paths("libs", &Spec { code_s3: s3, ..Spec::default() }), [""; 0]);
    }

    /// A layer may be made for what no function is made with any more.
    #[test]
    fn only_a_runtime_that_is_none_is_said() {
        let with = |runtimes: &[&str]| {
            let compatible_runtimes = Some(runtimes.iter().map(|one| (*one).to_owned()).collect());
            paths("libs", &Spec { code: Some("libs".into()), compatible_runtimes, ..Spec::default() })
        };
        assert_eq!(with(&["python3.13", "python2.7", "nodejs4.3-edge", "provided"]), [""; 0]);
        assert_eq!(with(&["python3.13", "python313"]), ["compatible_runtimes.1 C101-0702"]);
        assert_eq!(with(&["python3.13"; 15]), [""; 0]);
        assert_eq!(with(&["python3.13"; 16]), ["compatible_runtimes C101-0214"]);
        assert_eq!(with(&["python3.99"]), ["warning compatible_runtimes.0 C101-0702"]);
    }

    #[test]
    fn what_no_runtime_would_find_is_said() {
        let folder = tempfile::tempdir().expect("a folder");
        let with = |file: &str, runtimes: &[&str]| {
            let path = folder.path().join("libs").join(file);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
            std::fs::write(&path, "").expect("a file");
            let compatible_runtimes = Some(runtimes.iter().map(|one| (*one).to_owned()).collect());
            let spec = Spec { code: Some("libs".into()), compatible_runtimes, ..Spec::default() };
            let found = check("libs", &spec, &Base::from(folder.path()));
            std::fs::remove_file(path).expect("removed");
            found.into_iter().map(|one| (one.code, one.is_error(), one.help.unwrap_or_default())).collect::<Vec<_>>()
        };
        let hint = "put it there: `pip install --target libs/python NAME`".to_owned();
        assert_eq!(with("numpy/core.py", &["python3.13"]), [(Code::LayerFolder, false, hint)]);
        for (file, runtimes) in [
            ("python/numpy.py", &["python3.13", "python3.12"][..]),
            ("lib/libz.so", &["nodejs22.x"]),
            ("numpy/core.py", &[]),
            ("data.csv", &["provided.al2023"]),
        ] {
            assert_eq!(with(file, runtimes), [], "{file}");
        }
        assert_eq!(with("python/a.py", &["python3.13", "nodejs22.x"]).len(), 1);
    }

    #[test]
    fn a_description_is_as_long_as_the_mark_leaves_it() {
        let said = |stack: &str, address: &str, length: usize| {
            let spec = Spec { description: Some("x".repeat(length)), ..Spec::default() };
            beside_mark(stack, &Address::parse(address), None, &spec).map(|diagnostic| diagnostic.message)
        };
        let left = mark::left("teaching", &Address::new("libs"), None, false);
        assert!((190..220).contains(&left), "{left}");
        assert_eq!(said("teaching", "libs", left), None);
        let too_long = said("teaching", "libs", 250).expect("too long");
        assert_eq!(too_long, format!("a description can have at most {left} characters here, but this one has 250"));
        assert!(said("teaching", &"x".repeat(250), 0).is_some_and(|said| said.contains("logical name")));
        // Two units each.
        let spec = Spec { description: Some("𝒳".repeat(left / 2 + 1)), ..Spec::default() };
        assert!(beside_mark("teaching", &Address::new("libs"), None, &spec).is_some());
    }
}

//! Where the private half of a key pair is on this computer. It is never read.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::aws::{Context, Result};
use crate::resource::Base;

use super::{is_private, is_type, named, parse, path_of, read_short};

/// The public half that AWS has of the key pair `name`; `None`: it has no such pair, or does not show its public half.
pub async fn public_half(cx: &Context, name: &str) -> Result<Option<String>> {
    let key = named(cx, name).await?.and_then(|pair| pair.public_key);
    Ok(key.and_then(|key| parse(&key).ok()))
}

/// The file beside the one that `public_key` of a stack names, if it names one that ends in `.pub`.
pub fn beside(public_key: &str, base: &Base) -> Option<PathBuf> {
    let is_key = is_private(public_key) || public_key.contains(['\n', ' ']) && is_type(public_key.trim_start());
    let path = path_of(public_key, base);
    (!is_key && path.extension().is_some_and(|ending| ending == "pub")).then(|| path.with_extension(""))
}

/// The private half of the key pair `name`, whose public half is `public`: beside the file that the stack names (`said`), in
/// `folder` beside the same public key, or there under the pair's own name, as AWS's consoles have it downloaded.
pub fn find(folder: &Path, name: &str, public: Option<&str>, said: Option<PathBuf>) -> Option<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    files.sort();
    let is_same = |path: &&PathBuf| {
        let text = read_short(path).ok().filter(|text| !is_private(text));
        path.extension().is_some_and(|ending| ending == "pub")
            && text.and_then(|text| parse(&text).ok()).is_some_and(|key| Some(key.as_str()) == public)
    };
    let same = files.iter().filter(is_same).map(|path| path.with_extension(""));
    // A name is not a path.
    let is_name = !name.contains('/');
    let by_name = [format!("{name}.pem"), name.to_owned()].map(|file| folder.join(file));
    let by_name = by_name.into_iter().filter(|_| is_name);
    said.into_iter().chain(same).chain(by_name).find(|path| path.is_file())
}

/// How others may use a private key that is the user's own, which OpenSSH's client refuses then; `None`: not at all.
pub fn open_to_others(path: &Path) -> Option<u32> {
    let mode = fs::metadata(path).ok()?.permissions().mode() & 0o777;
    (mode & 0o077 != 0).then_some(mode)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";
    const OTHER: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICAhIiMkJSYnKCkqKywtLi8wMTIzNDU2Nzg5Ojs8PT4/";

    #[test]
    fn it_is_found_beside_its_public_half_or_by_its_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        let write = |name: &str, text: &str| fs::write(at(name), text).expect("a file");
        let found = |name: &str, said: Option<&str>| find(folder.path(), name, Some(KEY), said.map(at));
        write("id_other.pub", &format!("{OTHER} ana@example.edu\n"));
        write("id_other", "");
        write("class.pub", &format!("{KEY} ana@example.edu\n"));
        assert_eq!(found("lesson", None), None, "there is no private half");
        write("lesson", "");
        assert_eq!(found("lesson", None), Some(at("lesson")));
        write("lesson.pem", "");
        assert_eq!(found("lesson", None), Some(at("lesson.pem")));
        write("class", "");
        assert_eq!(found("lesson", None), Some(at("class")));
        assert_eq!(found("lesson", Some("id_other")), Some(at("id_other")));
        assert_eq!(found("lesson", Some("nowhere")), Some(at("class")));
        assert_eq!(find(&at("nowhere"), "lesson", Some(KEY), None), None);
        fs::create_dir(at("folder")).expect("a folder");
        assert_eq!(find(&at("folder"), "../lesson", None, None), None, "a name is not a path");
    }

    #[test]
    fn only_a_file_that_ends_in_pub_has_one_beside_it() {
        let base = Base::from(Path::new("/class"));
        assert_eq!(beside("keys/class.pub", &base), Some("/class/keys/class".into()));
        for none in [KEY, "keys/class", "ssh-ed25519 AAAA my.pub", "a\nb.pub\n"] {
            assert_eq!(beside(none, &base), None, "{none}");
        }
    }

    #[test]
    fn a_key_that_others_may_use_is_reported() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("key");
        fs::write(&path, "").expect("a file");
        for (mode, open) in [(0o644, Some(0o644)), (0o600, None), (0o400, None), (0o620, Some(0o620))] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("a mode");
            assert_eq!(open_to_others(&path), open);
        }
    }
}

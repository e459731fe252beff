//! Which files contain credentials or private keys, judged by their names and first bytes. Pure.
//!
//! A name is enough for what tools keep secrets in. A `.pem` or `.key` may as well be a certificate, such as the bundles
//! that come with HTTP libraries: there the content decides. Any other file is judged by its content alone, by patterns
//! that are rare elsewhere.

use std::borrow::Cow;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

/// So many bytes at the beginning of a file are looked at.
pub const HEAD: usize = 16 << 20;

/// Folders in which everything counts, but for public keys.
const FOLDERS: [&str; 8] = [".aws", ".azure", ".docker", ".gcloud", ".gnupg", ".kube", ".password-store", ".ssh"];
/// The same for a folder in a certain other one.
const NESTED_FOLDERS: [(&str, &str); 4] =
    [(".config", "gcloud"), (".config", "gh"), (".config", "rclone"), ("share", "keyrings")];

/// Files by their whole name.
const NAMES: [&str; 32] = [
    ".boto",
    ".databrickscfg",
    ".dockercfg",
    ".dockerconfigjson",
    ".envrc",
    ".git-credentials",
    ".htpasswd",
    ".my.cnf",
    ".mylogin.cnf",
    ".netrc",
    ".npmrc",
    ".passwd-s3fs",
    ".pgpass",
    ".pypirc",
    ".s3cfg",
    ".terraformrc",
    ".vault-token",
    "_netrc",
    "accesskeys.csv",
    "application_default_credentials.json",
    "credentials",
    "credentials.csv",
    "credentials.json",
    "credentials.yaml",
    "credentials.yml",
    "kubeconfig",
    "pgpass.conf",
    "rootkey.csv",
    "secrets.json",
    "secrets.toml",
    "secrets.yaml",
    "secrets.yml",
];
/// Files by the end of their name.
const ENDINGS: [&str; 14] = [
    "_accesskeys.csv",
    "_credentials.csv",
    ".jks",
    ".kdbx",
    ".keystore",
    ".keytab",
    ".ovpn",
    ".p12",
    ".pfx",
    ".ppk",
    ".tfstate",
    ".tfstate.backup",
    ".tfvars",
    "_history",
];
/// JSON files by the beginning of their name.
const JSON: [&str; 3] = ["service-account", "service_account", "client_secret"];
/// The default names of private keys (ssh-keygen), to which people add `.old` or `_github`.
const SSH_KEYS: [&str; 5] = ["id_dsa", "id_ecdsa", "id_ed25519", "id_rsa", "id_xmss"];
/// What an environment file ends with that shows others what to put into theirs.
const SAMPLES: [&str; 4] = [".dist", ".example", ".sample", ".template"];

/// How tokens begin that stand in an address without a user's name: GitHub's and GitLab's.
const TOKENS: [&str; 7] = ["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-"];

/// What stands above a secret in the files of `cloud101 apply` that hand out what AWS shows once.
pub const HANDED_OUT: [&str; 2] = ["Password (AWS asks for a new one when it is first used)", "Secret access key"];

/// A PEM's beginning, before the words that say what it is.
const PEM: &[u8] = b"-----BEGIN ";
/// The length of AWS's secret access keys.
const SECRET_KEY: usize = 40;

/// What stands before a secret access key: its name in environments, configuration, code, JSON and XML; or the id that
/// belongs to it, by its beginning (IAM identifiers: those of users, and temporary ones). All at once, since a function
/// may have 50 MiB of libraries.
static BEFORE_SECRET_KEY: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let before = ["secret_access_key", "secretaccesskey", "secret_accesskey", "secretaccess_key", "akia", "asia"];
    AhoCorasick::builder().ascii_case_insensitive(true).build(before).ok()
});

/// Why a file counts as a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// Its name, or a folder's in which it is.
    Name,
    /// It is a private key.
    PrivateKey,
    /// It has an AWS secret access key.
    AwsKey,
    /// It is the key file of a service account.
    ServiceAccount,
    /// cloud101 wrote it for a user: a password or an access key.
    HandedOut,
    /// It is Git's configuration, with a password or token in it.
    GitToken,
}

impl Why {
    /// What a message says of it; `None` where the name says it all.
    pub fn words(self) -> Option<&'static str> {
        match self {
            Self::Name => None,
            Self::PrivateKey => Some("a private key"),
            Self::AwsKey => Some("an AWS access key"),
            Self::ServiceAccount => Some("a service account's key"),
            Self::HandedOut => Some("a user's password or access key"),
            Self::GitToken => Some("a password or token for Git"),
        }
    }
}

/// Whether the file at `path` counts as a credential; `head` is its beginning, up to [`HEAD`] bytes.
pub fn credential(path: &str, head: &[u8]) -> Option<Why> {
    let path = path.to_lowercase();
    let parts: Vec<_> = path.split(['/', '\\']).filter(|part| !matches!(*part, "" | ".")).collect();
    let (name, folders) = parts.split_last().unwrap_or((&"", &[]));
    if name.ends_with(".pub") {
        return by_content(name, head);
    }
    if in_a_folder_of_credentials(folders) || is_named_like_one(name, head) {
        return Some(Why::Name);
    }
    let of_git = name == &".gitconfig" || name == &".gitmodules" || name == &"config" && folders.contains(&".git");
    if of_git && has_git_token(&as_utf8(head)) {
        return Some(Why::GitToken);
    }
    by_content(name, head)
}

/// Whether Git's configuration has an address with a password or token in it, or a header that holds one, as the runners
/// of CI leave it.
fn has_git_token(text: &[u8]) -> bool {
    let text = String::from_utf8_lossy(text).to_ascii_lowercase();
    let in_address = |rest: &str| {
        let host = rest.split(['/', '"', '\n', ' ', '?', '#']).next().unwrap_or_default();
        let Some((user, _)) = host.rsplit_once('@') else { return false };
        let (name, password) = user.split_once(':').unwrap_or((user, ""));
        !password.is_empty() || TOKENS.iter().any(|start| name.starts_with(start))
    };
    text.split("://").skip(1).any(in_address) || text.contains("extraheader") && text.contains("authorization:")
}

fn in_a_folder_of_credentials(folders: &[&str]) -> bool {
    let nested = |pair: &[&str]| NESTED_FOLDERS.iter().any(|(outer, inner)| pair == [*outer, *inner]);
    folders.iter().any(|folder| FOLDERS.contains(folder)) || folders.windows(2).any(nested)
}

fn is_named_like_one(name: &str, head: &[u8]) -> bool {
    let is_sample = || SAMPLES.iter().any(|end| name.ends_with(end));
    let of_environment = match name.strip_suffix(".env") {
        Some(stem) => !SAMPLES.iter().any(|end| stem == &end[1..] || stem.ends_with(end)),
        None => name.starts_with(".env.") && !is_sample(),
    };
    // `id_token.py` is none.
    let of_ssh = name.starts_with("id_") && !name.contains('.') || SSH_KEYS.iter().any(|key| name.starts_with(key));
    // Keynote's presentations end in `.key`, too, and are archives.
    let of_key = name.ends_with(".key") && !head.starts_with(b"PK") || name.ends_with(".pem");
    of_environment
        || of_ssh
        || of_key && !contains(head, PEM)
        || NAMES.contains(&name)
        || ENDINGS.iter().any(|end| name.ends_with(end) && (*end != "_history" || name.starts_with('.')))
        || name.ends_with(".json") && JSON.iter().any(|start| name.starts_with(start))
}

/// What programs of Windows write in two bytes for each character, as UTF-8.
fn as_utf8(head: &[u8]) -> Cow<'_, [u8]> {
    let (is_big, text) = match head {
        [0xFF, 0xFE, rest @ ..] => (false, rest),
        [0xFE, 0xFF, rest @ ..] => (true, rest),
        [first, 0, second, 0, ..] if *first != 0 && *second != 0 => (false, head),
        [0, first, 0, second, ..] if *first != 0 && *second != 0 => (true, head),
        _ => return Cow::Borrowed(head),
    };
    let units = text.chunks_exact(2).map(|pair| match is_big {
        true => u16::from_be_bytes([pair[0], pair[1]]),
        false => u16::from_le_bytes([pair[0], pair[1]]),
    });
    let text: String = char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    Cow::Owned(text.into_bytes())
}

fn by_content(name: &str, head: &[u8]) -> Option<Why> {
    let head = &*as_utf8(head);
    let text = head.strip_prefix("\u{feff}".as_bytes()).unwrap_or(head).trim_ascii_start();
    if text.starts_with(b"{") && contains(text, b"\"private_key\"") && contains(text, b" PRIVATE KEY-----") {
        return Some(Why::ServiceAccount);
    }
    let is_pem = [".pem", ".key", ".crt", ".cer"].iter().any(|end| name.ends_with(end)) || begins_as_key(text);
    if is_pem && has_private_key(text) || text.starts_with(b"PuTTY-User-Key-File-") {
        return Some(Why::PrivateKey);
    }
    // Such files are short.
    let start = &head[..head.len().min(4096)];
    if HANDED_OUT.iter().any(|label| contains(start, format!("\n{label}\n  ").as_bytes())) {
        return Some(Why::HandedOut);
    }
    has_secret_access_key(head).then_some(Why::AwsKey)
}

/// Whether the first line that is not a comment begins a PEM. OpenSSL writes a key's attributes before it.
fn begins_as_key(text: &[u8]) -> bool {
    let mut lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let first = lines.find(|line| !line.is_empty() && !line.starts_with(b"#"));
    first.is_some_and(|line| line.starts_with(PEM) || line.starts_with(b"Bag Attributes"))
}

fn has_private_key(text: &[u8]) -> bool {
    let mut lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    lines.any(|line| line.strip_prefix(PEM).is_some_and(|kind| contains(kind, b"PRIVATE KEY")))
}

/// Whether a secret access key is assigned to its usual name, or follows the id that belongs to it.
fn has_secret_access_key(text: &[u8]) -> bool {
    let places = BEFORE_SECRET_KEY.iter().flat_map(|finder| finder.find_iter(text));
    let mut rests = places.filter_map(|found| match (&text[found.range()], &text[found.end()..]) {
        (b"AKIA" | b"ASIA", rest) => after_id(rest),
        (name, rest) => after_assignment(rest).filter(|_| name.len() > 4),
    });
    rests.any(begins_with_secret)
}

/// What stands after `" : "`, ` = '`, `=>` or `>`.
fn after_assignment(text: &[u8]) -> Option<&[u8]> {
    let text = skip(text, b"\"' \t]");
    let (first, rest) = text.split_first()?;
    b"=:>,".contains(first).then(|| skip(rest, b"=>\"' \t"))
}

/// What stands after the rest of an access key's id and what separates the two.
fn after_id(text: &[u8]) -> Option<&[u8]> {
    let (id, rest) = text.split_at_checked(16)?;
    let is_id = id.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    let separated = rest.first().is_some_and(|byte| b",:;|\t".contains(byte));
    (is_id && separated).then(|| skip(rest, b",:;|\"' \t"))
}

fn begins_with_secret(text: &[u8]) -> bool {
    let of_secret = |byte: &&u8| byte.is_ascii_alphanumeric() || b"/+".contains(byte);
    text.iter().take_while(of_secret).count() == SECRET_KEY && text.get(SECRET_KEY) != Some(&b'=')
}

fn skip<'a>(text: &'a [u8], bytes: &[u8]) -> &'a [u8] {
    let start = text.iter().position(|byte| !bytes.contains(byte)).unwrap_or(text.len());
    &text[start..]
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

#[cfg(test)]
mod tests;

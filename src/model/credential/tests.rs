use super::*;

/// No key of anybody: the example of AWS's documentation, with its letters mixed up.
const SECRET: &str = "bPxRfiCYwJalrXUtnFEMI/K7MDENG/EXAMPLEKEY";

#[test]
fn names_of_credentials_count_whatever_their_case() {
    for path in [
        ".env",
        "config/.ENV",
        ".env.production",
        ".env.local",
        "prod.env",
        ".envrc",
        ".aws/credentials",
        ".aws/config",
        "home/.AWS/cli/cache/x.json",
        ".ssh/known_hosts",
        ".gnupg/trustdb.gpg",
        ".config/gcloud/access_tokens.db",
        ".azure/accessTokens.json",
        ".kube/config",
        ".docker/config.json",
        "a\\.ssh\\config",
        "server.pem",
        "SERVER.KEY",
        "store.p12",
        "store.pfx",
        "store.jks",
        "login.ppk",
        "id_rsa",
        "id_ed25519",
        "id_work",
        "id_rsa.old",
        ".netrc",
        "_netrc",
        ".pgpass",
        ".npmrc",
        ".pypirc",
        ".git-credentials",
        "credentials",
        "Credentials.json",
        "ana_accessKeys.csv",
        "service-account-lesson.json",
        ".htpasswd",
        "terraform.tfstate",
        "terraform.tfstate.backup",
        ".boto",
        ".s3cfg",
        ".bash_history",
    ] {
        assert_eq!(credential(path, b"x"), Some(Why::Name), "{path}");
    }
}

#[test]
fn other_names_do_not_count() {
    for path in [
        ".env.example",
        ".env.sample",
        ".env.template",
        ".env.local.example",
        "example.env",
        "prod.example.env",
        "environment.py",
        "env/index.py",
        ".envelope",
        "id_token.py",
        "id_generator.py",
        "id_rsa.pub",
        ".ssh/id_rsa.pub",
        "credentials.py",
        "gdch_credentials.py",
        "credentials/index.py",
        "config/index.py",
        "gcloud/index.py",
        "keys.py",
        "history.py",
        "order_history",
        "monkey",
        "aws/credentials.go",
        "service-account.md",
        "",
    ] {
        assert_eq!(credential(path, b"x"), None, "{path}");
    }
}

#[test]
fn of_a_pem_the_content_decides() {
    let certificate = b"# GlobalSign\n-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
    let key = b"-----BEGIN RSA PRIVATE KEY-----\nMIIB\n-----END RSA PRIVATE KEY-----\n";
    let both = [&certificate[..], b"\r\n", key].concat();
    for name in ["certifi/cacert.pem", "public.key", "server.crt", "notes.txt"] {
        assert_eq!(credential(name, certificate), None, "{name}");
        assert_eq!(credential(name, key), Some(Why::PrivateKey), "{name}");
        assert_eq!(credential(name, &both), Some(Why::PrivateKey), "{name}");
    }
    assert_eq!(credential("slides.key", b"PK\x03\x04"), None, "a presentation");
    assert_eq!(credential("id_rsa.pub", key), Some(Why::PrivateKey), "misnamed");
    for begins in [
        "\u{feff}\n  -----BEGIN OPENSSH PRIVATE KEY-----",
        "-----BEGIN ENCRYPTED PRIVATE KEY-----",
        "-----BEGIN PGP PRIVATE KEY BLOCK-----",
        "Bag Attributes\n  x: y\n-----BEGIN PRIVATE KEY-----",
    ] {
        assert_eq!(credential("x", begins.as_bytes()), Some(Why::PrivateKey), "{begins}");
    }
    let code = b"MARK = '-----BEGIN PRIVATE KEY-----'\n";
    assert_eq!(credential("index.py", code), None, "code that speaks of keys");
}

#[test]
fn an_aws_access_key_is_found_in_every_form() {
    for text in [
        format!("[default]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = {SECRET}\n"),
        format!("export AWS_SECRET_ACCESS_KEY=\"{SECRET}\"\n"),
        format!("client = boto3.client('s3', aws_secret_access_key='{SECRET}')"),
        format!("os.environ['AWS_SECRET_ACCESS_KEY'] = '{SECRET}'"),
        format!("{{\"SecretAccessKey\": \"{SECRET}\"}}"),
        format!("<SecretAccessKey>{SECRET}</SecretAccessKey>"),
        format!("secretAccessKey => '{SECRET}'"),
        format!("Access key ID,Secret access key\nAKIAIOSFODNN7EXAMPLE,{SECRET}\n"),
        format!("AKIAIOSFODNN7EXAMPLE:{SECRET}"),
    ] {
        assert_eq!(credential("notes.txt", text.as_bytes()), Some(Why::AwsKey), "{text}");
    }
    for text in [
        "aws_secret_access_key=os.environ['AWS_SECRET_ACCESS_KEY']".to_owned(),
        "aws_secret_access_key = YOUR_SECRET_KEY".to_owned(),
        format!("aws_secret_access_key = {SECRET}x"),
        format!("sha1 = {}", "0".repeat(40)),
        "AKIAIOSFODNN7EXAMPLE".to_owned(),
        "secret_access_key".to_owned(),
        "secret_access_key=".to_owned(),
    ] {
        assert_eq!(credential("notes.txt", text.as_bytes()), None, "{text}");
    }
}

#[test]
fn what_is_written_in_two_bytes_for_each_character_is_read() {
    let key = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n";
    let aws = format!("[default]\naws_secret_access_key = {SECRET}\n");
    let bytes = |text: &str, ownership: &str, order: fn(u16) -> [u8; 2]| -> Vec<u8> {
        format!("{ownership}{text}").encode_utf16().flat_map(order).collect()
    };
    for ownership in ["\u{feff}", ""] {
        for order in [u16::to_le_bytes, u16::to_be_bytes] {
            assert_eq!(credential("notes.txt", &bytes(key, ownership, order)), Some(Why::PrivateKey), "{ownership:?}");
            assert_eq!(credential("notes.txt", &bytes(&aws, ownership, order)), Some(Why::AwsKey), "{ownership:?}");
            assert_eq!(credential("notes.txt", &bytes("hello", ownership, order)), None, "{ownership:?}");
        }
    }
}

#[test]
fn what_stands_behind_the_first_mebibyte_is_found() {
    let filling = "nothing to see\n".repeat(1 << 17);
    let late = format!("{filling}aws_secret_access_key = {SECRET}\n");
    assert!(late.len() > 1 << 20 && late.len() < HEAD);
    assert_eq!(credential("notes.txt", late.as_bytes()), Some(Why::AwsKey));
}

#[test]
fn tokens_in_the_configuration_of_git_are_found() {
    let remote = |address: &str| format!("[remote \"origin\"]\n\turl = {address}\n");
    for text in [
        remote("https://ana:geheim@git.example.edu/lesson.git"),
        remote("https://ghp_0123456789abcdefghijklmnopqrstuvwxyz@github.com/a/b"),
        remote("https://x-access-token:ghs_1@github.com/a/b"),
        "[http \"https://github.com/\"]\n\textraheader = AUTHORIZATION: basic eDp5\n".to_owned(),
    ] {
        for name in [".git/config", "code/.git/config", ".gitmodules", ".gitconfig", "lib/.git/modules/x/config"] {
            assert_eq!(credential(name, text.as_bytes()), Some(Why::GitToken), "{name} {text}");
        }
        assert_eq!(credential("config", text.as_bytes()), None, "another program's");
    }
    for text in [
        remote("https://github.com/a/b"),
        remote("https://ana@dev.azure.com/a/b"),
        remote("git@github.com:a/b.git"),
        remote("ssh://git@example.edu:2222/a/b"),
    ] {
        assert_eq!(credential(".git/config", text.as_bytes()), None, "{text}");
    }
}

#[test]
fn the_key_of_a_service_account_is_found_under_any_name() {
    let text = br#"{"type": "service_account", "private_key": "-----BEGIN PRIVATE KEY-----\nMIIB"}"#;
    assert_eq!(credential("lesson-4711.json", text), Some(Why::ServiceAccount));
}

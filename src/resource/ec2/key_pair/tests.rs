use super::*;

const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";

#[test]
fn the_comment_goes_and_a_file_is_read() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("class.pub"), format!("# the class\n{KEY} me@example.edu\n")).expect("written");
    for text in [format!("{KEY} me@example.edu"), KEY.to_owned(), "class.pub".to_owned()] {
        assert_eq!(read_key(&text, &folder.path().into()), Ok(KEY.to_owned()), "{text}");
    }
}

#[test]
fn a_private_key_is_refused_and_not_shown() {
    let folder = tempfile::tempdir().expect("a folder");
    let secret = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEA\n-----END OPENSSH PRIVATE KEY-----\n";
    std::fs::write(folder.path().join("id"), secret).expect("written");
    for text in [secret, "id"] {
        let diagnostic = read_key(text, &folder.path().into()).expect_err("refused");
        assert!(diagnostic.message.contains("private key"));
        assert!(!format!("{diagnostic:?}").contains("b3BlbnNz"));
    }
}

#[test]
fn a_file_that_is_not_a_key_is_not_shown() {
    let folder = tempfile::tempdir().expect("a folder");
    for content in ["hunter2 is the password", "hunter2", "root:hunter2:0:0\nuser:hunter2:1:1\n", "ssh-hunter2"] {
        std::fs::write(folder.path().join("file"), content).expect("written");
        let diagnostic = read_key("file", &folder.path().into()).expect_err("refused");
        assert!(
            !format!("{diagnostic:?}").contains(" hunter2") && !format!("{diagnostic:?}").contains("`hunter2"),
            "{diagnostic:?}"
        );
    }
    for path in ["/dev/zero", "/", "/dev/stdin"] {
        assert!(read_key(path, &folder.path().into()).is_err(), "{path}");
    }
}

#[test]
fn what_is_not_a_key_is_refused() {
    let cut = &KEY[..KEY.len() - 8];
    for text in [cut, "ssh-dss AAAA me", "ssh-rsa AAAA", "missing.pub", "", &KEY.replace("ssh-ed25519", "ssh-rsa")] {
        assert!(read_key(text, &Path::new("/nowhere").into()).is_err(), "{text}");
    }
}

fn rsa(bits: usize) -> String {
    let mut modulus = vec![0; 1 + bits / 8];
    modulus[1] = 0x80;
    let fields = [b"ssh-rsa".to_vec(), vec![1, 0, 1], modulus];
    let body: Vec<u8> =
        fields.into_iter().flat_map(|field| [(field.len() as u32).to_be_bytes().to_vec(), field].concat()).collect();
    format!("ssh-rsa {}", BASE64_STANDARD.encode(body))
}

#[test]
fn a_key_that_lost_a_part_or_has_one_too_much_is_damaged() {
    let nowhere = Path::new("/nowhere").into();
    for whole in [rsa(2048), rsa(4096), KEY.to_owned()] {
        assert_eq!(read_key(&format!("{whole} me"), &nowhere), Ok(whole.clone()));
        let (sort, body) = whole.split_once(' ').expect("two words");
        let bytes = BASE64_STANDARD.decode(body).expect("base64");
        for damaged in [bytes[..bytes.len() - 3].to_vec(), [bytes.clone(), vec![0; 3]].concat()] {
            let diagnostic =
                read_key(&format!("{sort} {}", BASE64_STANDARD.encode(damaged)), &nowhere).expect_err("damaged");
            assert!(diagnostic.message.contains("damaged"), "{diagnostic:?}");
        }
    }
    let odd = read_key(&rsa(3072), &nowhere).expect_err("a length that EC2 does not take");
    assert!(odd.message.contains("3072"), "{odd:?}");
}

/// The file is exchanged between the plan and the import.
#[tokio::test]
async fn the_key_that_was_planned_is_imported_whatever_its_file_holds_by_now() {
    use crate::testing::aws::{Aws, yes};
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("class.pub"), KEY).expect("written");
    let aws = Aws::with(|_| yes("<ImportKeyPairResponse><keyPairId>key-1</keyPairId></ImportKeyPairResponse>"));
    let mut cx = aws.context();
    cx.base = Base::from(folder.path());
    let spec = KeyPair.canonical(Spec { public_key: "class.pub".into() }, &cx.base).expect("a key");
    std::fs::write(folder.path().join("class.pub"), KEY.replace("AAABAgME", "AAAFAgME")).expect("written");
    let mut desired = Desired {
        address: crate::resource::Address::new("key"),
        name: "class".into(),
        spec,
        tags: Tags::new(),
        replaces: None,
    };
    KeyPair.create(&cx, &desired).await.expect("imported");
    let sent = &aws.calls()[0].body;
    let material = sent.split('&').find_map(|pair| pair.strip_prefix("PublicKeyMaterial=")).expect("a key");
    assert_eq!(BASE64_STANDARD.decode(material).expect("base64"), KEY.as_bytes());
    // A file is read by `canonical` alone.
    desired.spec.public_key = "class.pub".into();
    assert!(KeyPair.create(&cx, &desired).await.is_err());
    assert_eq!(aws.names().len(), 1);
}

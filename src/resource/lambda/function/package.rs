//! What a function is made from: code of this computer, code in S3, or a container image.

use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types as sdk;

use crate::aws::{Context, Error, Result};
use crate::explain::Code;
use crate::model::arn::is_account;
use crate::resource::limits::too_many;
use crate::resource::{Diagnostic, is_unknown};

use super::spec::{CodeInS3, ImageConfig, Spec};
use super::{arns, code};

/// How long the key of an object, or the id of its version, may be (API: S3Key, S3ObjectVersion).
const KEY: usize = 1024;
/// How many words a command or an entry point may have (API: StringList).
const WORDS: usize = 1500;
/// How long the name of a folder in an image may be (API: WorkingDirectory).
const FOLDER: usize = 1000;

impl ImageConfig {
    /// The same, with what it leaves out as it is in `other`.
    pub fn or(self, other: Self) -> Self {
        Self {
            command: self.command.or(other.command),
            entry_point: self.entry_point.or(other.entry_point),
            working_directory: self.working_directory.or(other.working_directory),
        }
    }
}

/// What is wrong with where the code comes from, and with what has to be said besides.
pub fn diagnostics(spec: &Spec) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    let given =
        [("code", spec.code.is_some()), ("code_s3", spec.code_s3.is_some()), ("image_uri", spec.image_uri.is_some())];
    let given: Vec<_> = given.iter().filter(|(_, is_given)| *is_given).map(|(name, _)| *name).collect();
    match given[..] {
        [] => diagnostics
            .push(missing("code", "`code: my_function`, a folder next to the stack file; or `code_s3` or `image_uri`")),
        [_] => {}
        [first, second, ..] => diagnostics.push(
            Diagnostic::new(Code::Conflicting, second, format!("`{second}` and `{first}` both name the code"))
                .of_key()
                .help("remove one of them"),
        ),
    }
    match &spec.image_uri {
        Some(uri) => diagnostics.extend(of_image(spec, uri)),
        None => {
            diagnostics.extend(spec.runtime.is_none().then(|| missing("runtime", "`runtime: python3.13`")));
            diagnostics.extend(spec.handler.is_none().then(|| missing("handler", "`handler: index.handler`")));
            diagnostics.extend(spec.image_config.is_some().then(|| {
                Diagnostic::new(Code::DoesNotApply, "image_config", "a function that is built from code has no image")
                    .of_key()
                    .help("remove `image_config`, or name an image in `image_uri`")
            }));
        }
    }
    diagnostics.extend(spec.code_s3.iter().flat_map(in_s3));
    diagnostics.extend(spec.image_config.iter().flat_map(started));
    diagnostics
}

fn missing(property: &str, example: &str) -> Diagnostic {
    Diagnostic::new(Code::MissingKey, "", format!("a function needs `{property}`"))
        .help(format!("for example {example}"))
}

fn of_image(spec: &Spec, uri: &str) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    if !is_unknown(uri) && !is_image(uri) {
        let message = format!("`{uri}` is not an image in a private repository of Amazon ECR");
        diagnostics.push(
            Diagnostic::new(Code::Image, "image_uri", message)
                .help("for example `123456789012.dkr.ecr.us-east-1.amazonaws.com/lesson:1`, with a tag or a digest"),
        );
    }
    let others = [
        ("runtime", spec.runtime.is_some()),
        ("handler", spec.handler.is_some()),
        ("layers", spec.layers.as_ref().is_some_and(|layers| !layers.is_empty())),
    ];
    diagnostics.extend(others.iter().filter(|(_, is_given)| *is_given).map(|(property, _)| {
        let message = format!("the image has its own: a function from an image does not accept `{property}`");
        Diagnostic::new(Code::DoesNotApply, *property, message).of_key().help(match *property {
            "handler" => "remove it; `image_config: { command: [app.handler] }` sets the command".to_owned(),
            property => format!("remove `{property}`"),
        })
    }));
    diagnostics
}

/// `ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME:TAG`, or `@sha256:…` in place of the tag.
fn is_image(uri: &str) -> bool {
    let Some((host, rest)) = uri.split_once('/') else { return false };
    let is_host = host.split_once(".dkr.ecr").is_some_and(|(account, _)| is_account(account));
    let name = rest.split([':', '@']).next().unwrap_or_default();
    is_host && !name.is_empty() && rest.len() > name.len() + 1 && !uri.contains(char::is_whitespace)
}

/// What is wrong with where in S3 the code is.
pub fn in_s3(code: &CodeInS3) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    let known = |text: &'_ Option<String>| text.clone().filter(|text| !is_unknown(text));
    if let Some(bucket) = known(&code.bucket) {
        let fits = |c: char| c.is_ascii_alphanumeric() || ".-_".contains(c);
        if !(3..=63).contains(&bucket.len()) || !bucket.chars().all(fits) || bucket.ends_with('.') {
            diagnostics.push(
                Diagnostic::new(Code::BucketName, "code_s3.bucket", format!("`{bucket}` is not the name of a bucket"))
                    .help("refer to a bucket of this stack, as in `${bucket.name}`"),
            );
        }
    }
    for (property, text) in [("key", known(&code.key)), ("version", known(&code.version))] {
        let Some(text) = text.filter(|text| !(1..=KEY).contains(&text.len())) else { continue };
        let message = format!("`{property}` has 1 to {KEY} bytes, not {}", text.len());
        diagnostics.push(
            Diagnostic::new(Code::TooLong, format!("code_s3.{property}"), message)
                .help("for example `packages/large.zip`"),
        );
    }
    diagnostics
}

fn started(config: &ImageConfig) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    for (property, words) in [("command", &config.command), ("entry_point", &config.entry_point)] {
        let count = words.as_ref().map_or(0, Vec::len);
        diagnostics.extend(too_many(&format!("image_config.{property}"), count, WORDS));
    }
    let folder = config.working_directory.iter().filter(|folder| !is_unknown(folder) && folder.len() > FOLDER);
    diagnostics.extend(folder.map(|_| {
        let message = format!("a folder has at most {FOLDER} characters here");
        Diagnostic::new(Code::TooLong, "image_config.working_directory", message).help("shorten it")
    }));
    diagnostics
}

/// The property because of which `live` can't become `desired` in place: AWS does not change a function's package type.
pub fn must_replace(live: &Spec, target: &Spec) -> Option<&'static str> {
    match (live.image_uri.is_some(), target.image_uri.is_some()) {
        (false, true) => Some("image_uri"),
        (true, false) if target.code_s3.is_some() => Some("code_s3"),
        (true, false) if target.code_sha256.is_some() => Some("code_sha256"),
        _ => None,
    }
}

/// That what the function names is in its region, as AWS asks for.
///
/// # Errors
/// A layer or an image is of another region.
pub fn is_near(spec: &Spec, region: &str) -> Result<()> {
    let layers = spec.layers.iter().flatten().filter(|layer| !is_unknown(layer));
    let far = layers.filter_map(|layer| Some((layer, arns::region(layer)?))).find(|(_, of)| *of != region);
    if let Some((layer, of)) = far {
        let error = Error::refused(format!("the layer `{layer}` is in {of}, and the function in {region}"));
        return Err(error.with_hint("a function can use layers from its own region only: publish the layer there too"));
    }
    let image = spec.image_uri.as_deref().filter(|uri| !is_unknown(uri));
    let of = image.and_then(|uri| uri.split('.').skip_while(|part| !part.starts_with("ecr")).nth(1));
    match of.filter(|of| *of != region) {
        Some(of) => Err(Error::refused(format!("the image is in {of}, and the function in {region}"))
            .with_hint("a function can use images from its own region only: push the image to a repository there too")),
        None => Ok(()),
    }
}

/// AWS's refusal of an image, with what to do about it: that the repository is closed to Lambda looks like a right that the
/// caller lacks.
pub fn explained(error: Error, spec: &Spec) -> Error {
    let repository = spec.image_uri.as_deref().and_then(|uri| uri.split_once('/')).map(|(_, rest)| rest);
    let name = repository.and_then(|rest| rest.split([':', '@']).next());
    match name.filter(|_| error.message.contains("permission to access the ECR image")) {
        Some(name) => error.with_hint(format!(
            "the policy of the repository `{name}` has to allow lambda.amazonaws.com ecr:BatchGetImage and \
             ecr:GetDownloadUrlForLayer; Lambda adds that by itself if you are allowed ecr:GetRepositoryPolicy and \
             ecr:SetRepositoryPolicy there"
        )),
        None => error,
    }
}

/// The code as AWS takes it. Of this computer it must be what was planned.
pub fn code(cx: &Context, spec: &Spec) -> Result<sdk::FunctionCode> {
    let builder = sdk::FunctionCode::builder();
    if let Some(uri) = &spec.image_uri {
        return Ok(builder.image_uri(uri).build());
    }
    Ok(match &spec.code_s3 {
        Some(CodeInS3 { bucket, key, version }) => {
            builder.set_s3_bucket(bucket.clone()).set_s3_key(key.clone()).set_s3_object_version(version.clone()).build()
        }
        None => {
            let packed = code::planned(spec.code.as_deref(), spec.code_sha256.as_deref(), &cx.base);
            builder.zip_file(Blob::new(packed.map_err(Error::found)?.bytes)).build()
        }
    })
}

/// What is started in an image. What is empty is what the image says.
pub fn image_config(config: ImageConfig) -> sdk::ImageConfig {
    sdk::ImageConfig::builder()
        .set_command(config.command)
        .set_entry_point(config.entry_point)
        .set_working_directory(config.working_directory)
        .build()
}

#[cfg(test)]
mod tests {
    use super::super::Function;
    use super::*;
    use crate::resource::{Base, Change, Desired, Live, Resource};
    use crate::testing::aws::{Aws, no, yes};
    use serde_json::{Value, json};

    const IMAGE: &str = "123456789012.dkr.ecr.us-east-1.amazonaws.com/lesson:1";

    fn spec(more: Value) -> Spec {
        let mut spec = json!({ "role": "arn:aws:iam::123456789012:role/lesson" });
        spec.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        serde_json::from_value(spec).expect("a spec")
    }

    fn paths(more: Value) -> Vec<String> {
        diagnostics(&spec(more))
            .into_iter()
            .map(|diagnostic| format!("{} {}", diagnostic.path(), diagnostic.code))
            .collect()
    }

    #[test]
    fn the_code_comes_from_one_place_and_brings_what_belongs_to_it() {
        let code = json!({ "runtime": "python3.13", "handler": "index.handler" });
        let with = |more: Value| {
            let mut all = code.clone();
            all.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
            paths(all)
        };
        let in_s3 = json!({ "bucket": "lesson", "key": "large.zip" });
        assert_eq!(with(json!({ "code": "fn" })), [""; 0]);
        assert_eq!(with(json!({ "code_s3": in_s3 })), [""; 0]);
        assert_eq!(paths(json!({ "image_uri": IMAGE, "image_config": { "command": ["app.handler"] } })), [""; 0]);
        assert_eq!(with(json!({})), [" C101-0202"]);
        assert_eq!(paths(json!({ "code": "fn" })), [" C101-0202", " C101-0202"]);
        assert_eq!(with(json!({ "code": "fn", "code_s3": in_s3 })), ["code_s3 C101-0210"]);
        assert_eq!(with(json!({ "image_uri": IMAGE })), ["runtime C101-0212", "handler C101-0212"]);
        assert_eq!(with(json!({ "code": "fn", "image_config": {} })), ["image_config C101-0212"]);
        assert_eq!(
            with(json!({ "code_s3": { "bucket": "b", "key": "" } })),
            ["code_s3.bucket C101-0408", "code_s3.key C101-0214"]
        );
        for wrong in [
            "lesson:1",
            "docker.io/lesson:1",
            "123456789012.dkr.ecr.us-east-1.amazonaws.com/lesson",
            "12.dkr.ecr.us-east-1.amazonaws.com/a:1",
        ] {
            assert_eq!(paths(json!({ "image_uri": wrong })), ["image_uri C101-0706"], "{wrong}");
        }
        assert_eq!(paths(json!({ "image_uri": IMAGE.replace(":1", "@sha256:ab12") })), [""; 0]);
    }

    #[test]
    fn layers_and_images_are_of_the_functions_region() {
        let layer = json!({ "layers": ["arn:aws:lambda:eu-west-1:123456789012:layer:numpy:1"] });
        assert!(is_near(&spec(layer.clone()), "eu-west-1").is_ok() && is_near(&spec(layer), "us-east-1").is_err());
        let image = json!({ "image_uri": IMAGE });
        assert!(is_near(&spec(image.clone()), "us-east-1").is_ok() && is_near(&spec(image), "eu-west-1").is_err());
        let of_aws = json!({ "layers": ["arn:aws:lambda:::awslayer:AmazonLinux1803"] });
        assert!(is_near(&spec(of_aws), "eu-west-1").is_ok());
    }

    #[test]
    fn code_becomes_an_image_by_a_new_function_alone() {
        let (image, code) = (spec(json!({ "image_uri": IMAGE })), spec(json!({ "code": "fn", "code_sha256": "x" })));
        let in_s3 = spec(json!({ "code_s3": { "bucket": "lesson", "key": "large.zip" } }));
        assert_eq!(must_replace(&code, &image), Some("image_uri"));
        assert_eq!(must_replace(&image, &code), Some("code_sha256"));
        assert_eq!(must_replace(&image, &in_s3), Some("code_s3"));
        assert_eq!(must_replace(&code, &in_s3).or(must_replace(&image, &image)), None);
    }

    /// An account in which functions are made, and what they were made of.
    fn account() -> Aws {
        Aws::with(|call| match call.name.as_str() {
            name if name.ends_with("/functions") => yes("{}"),
            name if name.contains("/url") || name.contains("/policy") => no(404, "ResourceNotFoundException", "none"),
            name if name.starts_with("lambda:GET") && name.ends_with("/configuration") => {
                yes(r#"{"State":"Active","LastUpdateStatus":"Successful"}"#)
            }
            name if name.starts_with("lambda:GET") => yes(json!({
                "Configuration": { "FunctionName": "lesson", "State": "Active", "PackageType": "Image",
                    "CodeSha256": "0f0f", "Role": "arn:aws:iam::123456789012:role/lesson",
                    "ImageConfigResponse": { "ImageConfig": { "Command": ["app.handler"] } } },
                "Code": { "ImageUri": IMAGE, "RepositoryType": "ECR", "ResolvedImageUri": IMAGE },
            })
            .to_string()),
            "logs:DescribeLogGroups" => yes(r#"{"logGroups":[]}"#),
            _ => yes("{}"),
        })
    }

    fn desired(spec: Spec) -> Desired<Spec> {
        let address = crate::resource::Address::new("fn");
        let spec = Function.canonical(spec, &Base::from(".")).expect("canonical");
        Desired { address, name: "lesson".into(), spec, tags: Default::default(), replaces: None }
    }

    fn sent(aws: &Aws, what: &str) -> Value {
        let calls = aws.calls().into_iter().filter(|call| call.name.starts_with("lambda:P"));
        let body = calls.filter(|call| call.name.contains(what)).map(|call| call.body).next().expect("a call");
        serde_json::from_str(&body).expect("JSON")
    }

    #[tokio::test]
    async fn a_function_is_made_from_an_image_and_read_as_one() {
        let aws = account();
        let spec = spec(json!({ "image_uri": IMAGE, "image_config": { "command": ["app.handler"] } }));
        let live = Function.create(&aws.context(), &desired(spec.clone())).await.expect("made");
        let sent = sent(&aws, "/functions");
        assert_eq!((&sent["PackageType"], &sent["Code"]["ImageUri"]), (&json!("Image"), &json!(IMAGE)));
        assert_eq!((sent.get("Runtime"), sent.get("Handler")), (None, None));
        assert_eq!(sent["ImageConfig"]["Command"], json!(["app.handler"]));
        assert_eq!((live.spec.image_uri.as_deref(), live.spec.code_sha256.as_deref()), (Some(IMAGE), None));
        assert_eq!((live.spec.runtime, live.spec.handler), (None, None));
        let config = live.spec.image_config.expect("a configuration");
        assert_eq!((config.command, config.working_directory.as_deref()), (Some(vec!["app.handler".into()]), Some("")));
    }

    #[test]
    fn an_image_that_lambda_may_not_read_is_a_matter_of_its_repository() {
        let refused = |message: &str| Error { kind: crate::aws::ErrorKind::Denied, ..Error::refused(message) };
        let error = refused("Lambda does not have permission to access the ECR image. Check the ECR permissions.");
        let advice = explained(error.clone(), &spec(json!({ "image_uri": IMAGE }))).advice().unwrap_or_default();
        assert!(advice.contains("the repository `lesson`") && advice.contains("ecr:SetRepositoryPolicy"), "{advice}");
        assert_eq!(explained(error, &spec(json!({}))).hint, None);
        assert_eq!(explained(refused("User: ana is not authorized"), &spec(json!({ "image_uri": IMAGE }))).hint, None);
    }

    #[tokio::test]
    async fn large_code_comes_from_a_bucket_when_it_is_made_and_when_it_changes() {
        let aws = account();
        let of = |version: &str| {
            spec(json!({ "runtime": "python3.13", "handler": "index.handler",
                "code_s3": { "bucket": "lesson", "key": "large.zip", "version": version } }))
        };
        Function.create(&aws.context(), &desired(of("one"))).await.expect("made");
        let code = json!({ "S3Bucket": "lesson", "S3Key": "large.zip", "S3ObjectVersion": "one" });
        assert_eq!(sent(&aws, "/functions")["Code"], code);
        let live = Live::new("lesson", of("one"), Default::default(), Default::default());
        let change = Change { target: of("two"), paths: ["code_s3.version".to_owned()].into() };
        Function.update(&aws.context(), &desired(of("two")), &live, &change).await.expect("changed");
        let sent = sent(&aws, "/code");
        assert_eq!((&sent["S3ObjectVersion"], sent.get("ZipFile")), (&json!("two"), None));
    }
}

use std::time::Duration;

use aws_config::Region;
use aws_config::retry::RetryConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_types::sdk_config::Builder;
use aws_types::service_config::LoadServiceConfig;
use serde_json::{Value, json};

use super::*;
use crate::aws::bounds::{Questions, around};
use crate::aws::{Call, ErrorKind};
use crate::testing::aws::{Answer, Asked, Aws, no, yes};

fn config(region: &str) -> Builder {
    let credentials = Credentials::new("AKIAIOSFODNN7EXAMPLE", "secret", None, None, "test");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region.to_owned()))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .retry_config(RetryConfig::standard().with_initial_backoff(Duration::from_millis(1)))
}

/// A client that asks `aws`, with the pauses of a test between attempts.
fn client(aws: &Aws) -> Client {
    let config = config("us-east-1").http_client(around(SharedHttpClient::new(aws.clone()))).endpoint_url("http://ssm");
    Client::new(&SSM, &config.build(), Questions::within(Duration::from_secs(60)))
}

async fn parameters(aws: &Aws) -> crate::aws::Result<Value> {
    client(aws).ask("GetParameters", json!({ "Names": ["/aws/service/x"] })).await.call("ssm:GetParameters")
}

/// The test's AWS holds each request against AWS's models.
#[tokio::test]
async fn a_call_is_signed_and_its_answer_read() {
    let aws = Aws::with(|_: &Asked| yes(r#"{"Parameters":[{"Value":"ami-1"}]}"#));
    let answer = parameters(&aws).await.unwrap();
    assert_eq!(answer["Parameters"][0]["Value"], "ami-1");
    let calls = aws.calls();
    assert_eq!(calls.len(), 1);
    assert_eq!(
        (calls[0].name.as_str(), calls[0].body.as_str()),
        ("ssm:GetParameters", r#"{"Names":["/aws/service/x"]}"#)
    );
    let headers = &calls[0].headers;
    assert_eq!(headers["x-amz-target"], "AmazonSSM.GetParameters");
    assert_eq!(headers["content-type"], "application/x-amz-json-1.1");
    let signature = &headers["authorization"];
    assert!(signature.starts_with("AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/"), "{signature}");
    assert!(signature.contains("/us-east-1/ssm/aws4_request"), "{signature}");
    for signed in ["host", "x-amz-date", "x-amz-target"] {
        assert!(signature.contains(signed), "{signature}");
    }
    assert!(headers["user-agent"].starts_with("aws-sdk-rust/"), "{headers:?}");
    assert!(headers["amz-sdk-request"].starts_with("attempt=1"), "{headers:?}");
}

#[tokio::test]
async fn what_is_throttled_or_fails_is_asked_again_and_a_refusal_is_not() {
    for (refusal, attempts) in [
        (no(400, "ThrottlingException", "Rate exceeded"), 3),
        (no(500, "InternalServerError", "An error occurred on the server side."), 3),
        (no(400, "ValidationException", "1 validation error detected"), 1),
    ] {
        let given: Answer = refusal.clone();
        let aws = Aws::with(move |_: &Asked| given.clone());
        let error = parameters(&aws).await.unwrap_err();
        assert_eq!(aws.calls().len(), attempts, "{error:?}");
    }
    let mut answers = vec![yes(r#"{"Parameters":[]}"#), no(400, "ThrottlingException", "Rate exceeded")];
    let aws = Aws::with(move |_: &Asked| answers.pop().expect("two attempts"));
    assert_eq!(parameters(&aws).await.unwrap(), json!({ "Parameters": [] }));
}

#[tokio::test]
async fn an_error_has_what_aws_says() {
    let refuse = || no(400, "AccessDeniedException", "User ana may not.").with(&[("x-amzn-requestid", "r-1")]);
    let error = parameters(&Aws::with(move |_: &Asked| refuse())).await.unwrap_err();
    assert_eq!((error.kind, error.operation), (ErrorKind::Denied, "ssm:GetParameters"));
    assert_eq!(error.code.as_deref(), Some("AccessDeniedException"));
    assert_eq!(error.message, "User ana may not.");
    assert_eq!(error.request_id.as_deref(), Some("r-1"));

    let error = parameters(&Aws::with(|_: &Asked| yes("<html>Log in</html>"))).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unreachable, "{error:?}");
}

#[derive(Debug)]
struct Settings;

impl LoadServiceConfig for Settings {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        let asked = (key.service_id(), key.env(), key.profile());
        (asked == ("SSM", "AWS_ENDPOINT_URL_SSM", "endpoint_url")).then(|| "http://127.0.0.1:1".to_owned())
    }
}

/// As in the tests of AWS's own endpoint rules for SSM.
#[test]
fn addresses_are_those_of_aws() {
    let address = |region: &str, fips: bool, dual_stack: bool| {
        url(&SSM, &config(region).use_fips(fips).use_dual_stack(dual_stack).build())
    };
    for (region, fips, dual_stack, expected) in [
        ("eu-north-1", false, false, "https://ssm.eu-north-1.amazonaws.com"),
        ("us-east-1", true, false, "https://ssm-fips.us-east-1.amazonaws.com"),
        ("us-east-1", true, true, "https://ssm-fips.us-east-1.api.aws"),
        ("us-east-1", false, true, "https://ssm.us-east-1.api.aws"),
        ("cn-north-1", false, false, "https://ssm.cn-north-1.amazonaws.com.cn"),
        ("cn-north-1", true, true, "https://ssm-fips.cn-north-1.api.amazonwebservices.com.cn"),
        ("us-gov-east-1", true, false, "https://ssm.us-gov-east-1.amazonaws.com"),
        ("us-gov-east-1", true, true, "https://ssm-fips.us-gov-east-1.api.aws"),
        ("us-iso-east-1", true, false, "https://ssm-fips.us-iso-east-1.c2s.ic.gov"),
        ("us-isob-east-1", false, false, "https://ssm.us-isob-east-1.sc2s.sgov.gov"),
        ("eu-new-9", false, false, "https://ssm.eu-new-9.amazonaws.com"),
    ] {
        assert_eq!(address(region, fips, dual_stack), expected);
    }
}

#[test]
fn an_address_of_ones_own_goes_before_that_of_aws() {
    let of_service = || config("us-east-1").service_config(Settings);
    assert_eq!(url(&SSM, &of_service().build()), "http://127.0.0.1:1");
    // `--endpoint-url` is for all services.
    let mut of_program = of_service().endpoint_url("http://127.0.0.1:2");
    of_program.insert_origin("endpoint_url", aws_types::origin::Origin::shared_config());
    assert_eq!(url(&SSM, &of_program.build()), "http://127.0.0.1:2");
}

#[derive(Debug, Deserialize)]
struct Names {
    #[serde(rename = "Parameters")]
    parameters: Vec<Value>,
}

#[tokio::test]
async fn a_list_is_asked_for_page_by_page() {
    use crate::aws::Bounded;

    let aws = Aws::with(|call: &Asked| match call.body.contains("second") {
        false => yes(r#"{"Parameters":[{"Name":"one"}],"NextToken":"second"}"#),
        true => yes(r#"{"Parameters":[{"Name":"two"}],"NextToken":""}"#),
    });
    let mut pages = client(&aws).pages::<Names>("DescribeParameters", json!({ "MaxResults": 1 })).bounded();
    for name in ["one", "two"] {
        assert_eq!(pages.next().await.unwrap().unwrap().parameters, [json!({ "Name": name })]);
    }
    assert!(pages.next().await.is_none());
    assert_eq!(aws.calls()[1].body, r#"{"MaxResults":1,"NextToken":"second"}"#);

    let denied = Aws::with(|_: &Asked| no(400, "AccessDeniedException", "You may not."));
    let mut pages = client(&denied).pages::<Names>("DescribeParameters", json!({})).bounded();
    assert!(pages.next().await.is_some_and(|page| page.is_err()));
    assert!(pages.next().await.is_none() && denied.calls().len() == 1);
}

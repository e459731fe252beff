//! From the command line's wishes to a [`Context`]: credentials, region, endpoints, and who we are.

use std::env;
use std::time::Duration;

use aws_config::identity::IdentityCache;
use aws_config::retry::RetryConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::SharedHttpClient;

use crate::model::account_profile::AccountProfile;
use crate::model::arn::Arn;
use crate::model::region::dns_suffix_of_region;
use crate::model::{Base, Place};

use super::bounds::{KEPT_AT_MOST, Questions, around, read_limit, usual_client};
use super::call::Call;

use super::credentials::{self, OnSecret};
use super::error::{Error, ErrorKind, Result};
use super::identity::{Clock, Identity};
use super::stand_in::StandIn;
use super::{Clients, Context, profile, settings};

/// More than the SDK's three, because IAM throttles a class-sized stack: where three of ten calls are throttled, six
/// attempts would let one run in sixteen fail. The SDK pauses up to 1, 2, 4, 8, 16, 20 and 20 s between them, half of
/// that on average. `AWS_MAX_ATTEMPTS` takes precedence, as in all of AWS's tools.
const ATTEMPTS: u32 = 8;
/// The first call only finds out whether AWS is there, and a person waits for it.
const FIRST_ATTEMPTS: u32 = 3;
/// How long the first call may take each time.
const FIRST_TIMEOUT: Duration = Duration::from_secs(10);
/// How long before their end credentials are renewed, beside the time for which a call may be kept back: the SDK's default.
const BEFORE_EXPIRY: Duration = Duration::from_secs(10);

/// Where to find AWS. What is left out comes from the SDK's own chain of environment, profile and so on.
#[derive(Default)]
pub struct Target {
    /// The region; `--region`, else the file's.
    pub region: Option<String>,
    /// `--profile`.
    pub profile: Option<String>,
    /// `--endpoint-url`, for all services.
    pub endpoint_url: Option<String>,
    /// What answers in AWS's place, such as the sandbox.
    pub stand_in: Option<StandIn>,
    /// An HTTP client in place of the SDK's, for tests.
    pub http_client: Option<SharedHttpClient>,
    /// Called with the secrets of the user's credentials before they are used.
    pub on_secret: Option<OnSecret>,
}

impl Target {
    /// Loads the configuration, asks AWS who we are (API: GetCallerIdentity), and refuses an account other than
    /// `account`. `base` is the stack file's folder.
    pub async fn connect(self, stack: &str, account: Option<&str>, base: impl Into<Base>) -> Result<Context> {
        if self.stand_in.is_none() && self.endpoint_url.is_none() {
            settings::check_endpoints(|name| env::var(name).ok())?;
        }
        let config = self.config().await?;
        let region = config.region().map(ToString::to_string).ok_or_else(no_region)?;
        settings::check_region(&region, |name| env::var(name).ok())?;
        let clients = self.clients(&config);
        let Identity { arn, account: found } = self.identity(&config, None).await?;
        let partition = Arn::parts(&arn).ok_or_else(|| missing("ARN"))?.partition;
        if let Some(wanted) = account.filter(|wanted| *wanted != found) {
            let message = format!("the stack is for account {wanted}, and these credentials are for {found}");
            return Err(Error { kind: ErrorKind::WrongAccount, ..Error::refused(message) });
        }
        tracing::debug!(account = %found, %region, "AWS answers");
        let place = Place { partition: partition.to_owned(), account: found, region, stack: stack.to_owned() };
        let account_profile = AccountProfile::of_caller(&arn);
        Ok(Context::new(clients, place, base).with_account_profile(account_profile))
    }

    /// Asks AWS who we are; `clock` notes the time in its answer.
    pub(super) async fn identity(&self, config: &SdkConfig, clock: Option<Clock>) -> Result<Identity> {
        let retry = RetryConfig::standard().with_max_attempts(attempts().min(FIRST_ATTEMPTS));
        let timeout = TimeoutConfig::builder().operation_attempt_timeout(FIRST_TIMEOUT).build();
        let mut config = config.to_builder().retry_config(retry).timeout_config(timeout);
        if let Some(stand_in) = &self.stand_in {
            config = config.endpoint_url(stand_in.url_of("sts"));
        }
        let config = config.build();
        let mut of_sts = aws_sdk_sts::config::Builder::from(&config).interceptor(Questions::within(read_limit()));
        if let Some(clock) = clock {
            of_sts = of_sts.interceptor(clock);
        }
        let sts = aws_sdk_sts::Client::from_conf(of_sts.build());
        let answer = sts.get_caller_identity().send().await.call("sts:GetCallerIdentity");
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) if error.kind == ErrorKind::Unreachable => return Err(self.with_the_address(error, &config)),
            Err(error) => return Err(self.with_the_profile(error).await),
        };
        let arn = answer.arn.ok_or_else(|| missing("ARN"))?;
        Ok(Identity { arn, account: answer.account.ok_or_else(|| missing("account"))? })
    }

    fn with_the_address(&self, error: Error, config: &SdkConfig) -> Error {
        let region = config.region().map(ToString::to_string).unwrap_or_default();
        let regional = || format!("https://sts.{region}.{}", dns_suffix_of_region(&region));
        let own = self.endpoint_url.clone().or_else(|| env::var("AWS_ENDPOINT_URL_STS").ok());
        let url = own.or_else(|| config.endpoint_url().map(str::to_owned)).unwrap_or_else(regional);
        Error { message: format!("no answer from {url}: {}", error.message), ..error }
    }

    /// The same with the profile that lacks credentials, and those that there are.
    pub(super) async fn with_the_profile(&self, error: Error) -> Error {
        match error.kind {
            ErrorKind::NoCredentials | ErrorKind::Expired => {
                profile::lacking(error, profile::chosen(self.profile.as_deref()).as_deref(), &profile::names().await)
            }
            _ => error,
        }
    }

    pub(super) async fn config(&self) -> Result<SdkConfig> {
        let retry = RetryConfig::standard().with_max_attempts(attempts());
        let client = around(self.http_client.clone().unwrap_or_else(usual_client));
        if let Some(stand_in) = &self.stand_in {
            let region = self.region.clone().unwrap_or_else(|| stand_in.region.clone());
            let test = Credentials::new(stand_in.access_key.clone(), "test", None, None, "stand-in");
            let config = SdkConfig::builder()
                .behavior_version(BehaviorVersion::latest())
                .region(Region::new(region))
                .credentials_provider(SharedCredentialsProvider::new(test))
                .retry_config(retry)
                .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
                .http_client(client);
            return Ok(config.build());
        }
        let identities = IdentityCache::lazy().buffer_time(KEPT_AT_MOST + BEFORE_EXPIRY).build();
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .retry_config(retry)
            .identity_cache(identities)
            // `around` checks whether something moves, and knows what is kept back.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .http_client(client);
        if let Some(region) = &self.region {
            loader = loader.region(Region::new(region.clone()));
        }
        if let Some(profile) = &self.profile {
            loader = loader.profile_name(profile);
        }
        if let Some(url) = &self.endpoint_url {
            loader = loader.endpoint_url(url);
        }
        let config = loader.load().await;
        Ok(match (config.credentials_provider(), &self.on_secret) {
            (Some(provider), Some(on_secret)) => {
                let provider = credentials::watched(provider, on_secret.clone());
                config.into_builder().credentials_provider(provider).build()
            }
            _ => config,
        })
    }

    fn clients(&self, config: &SdkConfig) -> Clients {
        let own_endpoint = ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"].iter().any(|name| env::var_os(name).is_some());
        let path_style = own_endpoint || config.endpoint_url().is_some() || self.stand_in.is_some();
        let stand_in = self.stand_in.clone();
        Clients::new(config, path_style, move |service| stand_in.as_ref().map(|stand_in| stand_in.url_of(service)))
    }
}

/// How often a call is made before its error counts.
fn attempts() -> u32 {
    let chosen = env::var("AWS_MAX_ATTEMPTS").ok().and_then(|text| text.parse().ok()).filter(|attempts| *attempts > 0);
    chosen.unwrap_or(ATTEMPTS)
}

fn missing(what: &str) -> Error {
    Error::unexpected("sts:GetCallerIdentity", format!("the answer has no {what}"))
}

pub(super) fn no_region() -> Error {
    Error::refused("no region is set").with_hint("add `region: us-east-1` to the stack file, or add --region us-east-1")
}

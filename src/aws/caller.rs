//! Who asks AWS, as this computer and AWS know it: what is known about a connection even if it fails.

use std::env;

use aws_config::SdkConfig;
use aws_credential_types::credential_feature::AwsCredentialFeature;
use aws_credential_types::provider::ProvideCredentials;
use aws_credential_types::provider::error::CredentialsError;

use super::classify;
use super::connect::{Target, no_region};
use super::error::{Error, Result};
use super::identity::{Clock, Identity};
use super::settings;

/// What is known of a connection.
#[derive(Debug)]
pub struct Caller {
    /// A setting of the environment that is not an address.
    pub wrong_setting: Option<Error>,
    /// Where questions go, if not to AWS: what says so, and the address.
    pub endpoints: Vec<(String, String)>,
    /// The region.
    pub region: Result<String>,
    /// Where the credentials come from, for example "the environment".
    pub credentials: Result<String>,
    /// Who that is, as AWS says.
    pub identity: Result<Identity>,
    /// How many seconds this computer's clock is ahead of AWS's; `None`: AWS returned no time.
    pub skew_seconds: Option<i64>,
}

impl Target {
    /// Looks who asks. What can't be found out is an error in the answer.
    pub async fn caller(&self) -> Caller {
        let variable = |name: &str| env::var(name).ok();
        let is_aws = self.stand_in.is_none() && self.endpoint_url.is_none();
        let wrong_setting = is_aws.then(|| settings::check_endpoints(variable).err()).flatten();
        if let Some(error) = wrong_setting {
            return Caller {
                endpoints: Vec::new(),
                region: self.region.clone().ok_or_else(no_region),
                credentials: Err(error.clone()),
                identity: Err(error.clone()),
                skew_seconds: None,
                wrong_setting: Some(error),
            };
        }
        let config = match self.config().await {
            Ok(config) => config,
            Err(error) => return Caller::unknown(&error),
        };
        let region = match config.region() {
            Some(region) => settings::check_region(region.as_ref(), variable).map(|()| region.to_string()),
            None => Err(no_region()),
        };
        let credentials = self.source(&config).await;
        let clock = Clock::default();
        let identity = match (&region, &credentials) {
            (Err(error), _) | (_, Err(error)) => Err(error.clone()),
            _ => self.identity(&config, Some(clock.clone())).await,
        };
        let endpoints = self.endpoints(&config, variable);
        Caller { wrong_setting: None, endpoints, region, credentials, identity, skew_seconds: clock.skew() }
    }

    fn endpoints(&self, config: &SdkConfig, variable: impl Fn(&str) -> Option<String>) -> Vec<(String, String)> {
        if let Some(stand_in) = &self.stand_in {
            return stand_in.servers.clone();
        }
        if let Some(url) = &self.endpoint_url {
            return vec![("--endpoint-url".to_owned(), url.clone())];
        }
        let mut endpoints = settings::endpoints(variable);
        // The profile may say one, too.
        if let Some(url) = config.endpoint_url().filter(|url| !endpoints.iter().any(|(_, other)| other == url)) {
            endpoints.push(("the profile".to_owned(), url.to_owned()));
        }
        endpoints
    }

    /// Where the credentials come from.
    async fn source(&self, config: &SdkConfig) -> Result<String> {
        if let Some(stand_in) = &self.stand_in {
            return Ok(stand_in.source.clone());
        }
        let credentials = match config.credentials_provider() {
            Some(provider) => provider.provide_credentials().await,
            None => Err(CredentialsError::not_loaded_no_source()),
        };
        let credentials = match credentials {
            Ok(credentials) => credentials,
            Err(error) => return Err(self.with_the_profile(classify::without_credentials(&error)).await),
        };
        let features = credentials.get_property::<Vec<AwsCredentialFeature>>();
        Ok(source(features.map(Vec::as_slice).unwrap_or_default(), self.profile.as_deref(), |name| env::var(name).ok()))
    }
}

impl Caller {
    fn unknown(error: &Error) -> Self {
        Self {
            wrong_setting: None,
            endpoints: Vec::new(),
            region: Err(error.clone()),
            credentials: Err(error.clone()),
            identity: Err(error.clone()),
            skew_seconds: None,
        }
    }
}

/// In words, where the SDK found credentials. `profile` is `--profile`; `variable` is the environment.
fn source(
    features: &[AwsCredentialFeature],
    profile: Option<&str>,
    variable: impl Fn(&str) -> Option<String>,
) -> String {
    use AwsCredentialFeature as Feature;
    let has = |wanted: &[Feature]| features.iter().any(|feature| wanted.contains(feature));
    if has(&[Feature::CredentialsEnvVars]) {
        return "the environment (AWS_ACCESS_KEY_ID)".to_owned();
    }
    let name = profile.map(str::to_owned).or_else(|| variable("AWS_PROFILE")).unwrap_or_else(|| "default".to_owned());
    let how = if has(&[Feature::CredentialsSso, Feature::CredentialsProfileSso]) {
        ", logged in with `aws sso login`"
    } else if has(&[Feature::CredentialsLogin, Feature::CredentialsProfileLogin]) {
        ", logged in with `aws login`"
    } else if has(&[Feature::CredentialsProcess, Feature::CredentialsProfileProcess]) {
        ", by the program it names"
    } else if has(&[Feature::CredentialsImds]) {
        return "the role of this machine".to_owned();
    } else if has(&[Feature::CredentialsHttp]) {
        return "the role of this container".to_owned();
    } else if has(&[Feature::CredentialsEnvVarsStsWebIdToken]) {
        return "a web identity token in the environment".to_owned();
    } else {
        ""
    };
    format!("the profile `{name}`{how}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_source_of_credentials_is_reported_in_words() {
        use AwsCredentialFeature as Feature;
        let reported = |features: &[Feature], profile| source(features, profile, |_| None);
        assert!(reported(&[Feature::CredentialsEnvVars], None).contains("AWS_ACCESS_KEY_ID"));
        assert_eq!(reported(&[Feature::CredentialsProfile], None), "the profile `default`");
        let sso = reported(&[Feature::CredentialsSso, Feature::CredentialsProfile], Some("school"));
        assert_eq!(sso, "the profile `school`, logged in with `aws sso login`");
        let named = source(&[Feature::CredentialsProfile], None, |name| (name == "AWS_PROFILE").then(|| "a".into()));
        assert_eq!(named, "the profile `a`");
    }
}

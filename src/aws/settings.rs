//! What the environment says of AWS's place, checked before the SDK takes it for an address.

use crate::explain::Code;

use super::error::{Error, Result};

/// The services whose endpoints are used, as AWS names them in `AWS_ENDPOINT_URL_…`.
const SERVICES: [&str; 9] = ["CLOUDWATCH_LOGS", "EC2", "IAM", "LAMBDA", "S3", "SESV2", "SNS", "SSM", "STS"];

/// The endpoints that the environment says, by the names of its variables. `variable` is the environment.
pub(super) fn endpoints(variable: impl Fn(&str) -> Option<String>) -> Vec<(String, String)> {
    let of_services = SERVICES.iter().map(|service| format!("AWS_ENDPOINT_URL_{service}"));
    let names = std::iter::once("AWS_ENDPOINT_URL".to_owned()).chain(of_services);
    names
        .filter_map(|name| Some((variable(&name).filter(|url| !url.is_empty())?, name)))
        .map(|(url, name)| (name, url))
        .collect()
}

/// Refuses an endpoint that is not an address. `variable` is the environment.
pub(super) fn check_endpoints(variable: impl Fn(&str) -> Option<String>) -> Result<()> {
    for (name, url) in endpoints(variable) {
        if !url.starts_with("http://") && !url.starts_with("https://") {
            let hint = format!("it must begin with http:// or https://; `unset {name}` goes back to AWS");
            return Err(Error::refused(format!("the environment variable {name} is `{url}`, which is not a URL"))
                .with_hint(hint));
        }
    }
    Ok(())
}

/// The passwords in the addresses that the environment gives for endpoints and proxies, and in `own`, the address of
/// `--endpoint-url`: `http://ana:password@proxy.example.edu`.
pub fn passwords(own: Option<&str>, variables: impl IntoIterator<Item = (String, String)>) -> Vec<String> {
    let is_address = |name: &str| name.starts_with("AWS_ENDPOINT_URL") || name.to_uppercase().ends_with("_PROXY");
    let found = variables.into_iter().filter(|(name, _)| is_address(name)).map(|(_, value)| value);
    let password = |url: String| {
        let (_, rest) = url.split_once("://")?;
        let (user, _) = rest.split(['/', '?', '#']).next()?.rsplit_once('@')?;
        user.split_once(':').map(|(_, password)| password.to_owned())
    };
    found.chain(own.map(str::to_owned)).filter_map(password).filter(|password| !password.is_empty()).collect()
}

/// Refuses a region that can't be a part of an address. The file's and `--region`'s have been checked before, so it
/// is of the environment or of the AWS configuration.
pub(super) fn check_region(region: &str, variable: impl Fn(&str) -> Option<String>) -> Result<()> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let fits = (1..=63).contains(&region.len())
        && region.chars().all(is_word)
        && !region.starts_with('-')
        && !region.ends_with('-');
    if fits {
        return Ok(());
    }
    let named = ["AWS_REGION", "AWS_DEFAULT_REGION"].into_iter().find(|name| variable(name).as_deref() == Some(region));
    let source = match named {
        Some(name) => format!("the environment variable {name}"),
        None => "the profile in the AWS configuration".to_owned(),
    };
    Err(Error::refused(format!("`{region}` is not a region; it comes from {source}"))
        .about(Code::Region)
        .with_hint("for example `us-east-1`; --region, or `region:` in the stack file, takes precedence"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said of an environment with this one variable.
    fn said(name: &str, value: &str, check: impl Fn(&dyn Fn(&str) -> Option<String>) -> Result<()>) -> Option<String> {
        check(&|asked: &str| (asked == name).then(|| value.to_owned())).err().map(|error| error.message)
    }

    #[test]
    fn an_endpoint_that_is_not_an_address_is_named() {
        let said = |name, value| said(name, value, |variable| check_endpoints(variable));
        assert_eq!(said("AWS_ENDPOINT_URL", "http://localhost:4566"), None);
        assert_eq!(said("AWS_ENDPOINT_URL", ""), None);
        assert!(said("AWS_ENDPOINT_URL", "foo").is_some_and(|said| said.contains("AWS_ENDPOINT_URL is `foo`")));
        assert!(said("AWS_ENDPOINT_URL_EC2", "localhost:1").is_some_and(|said| said.contains("AWS_ENDPOINT_URL_EC2")));
        assert_eq!(said("AWS_ENDPOINT_URL_DYNAMODB", "foo"), None);
    }

    #[test]
    fn passwords_of_addresses_are_found() {
        let variables = [
            ("AWS_ENDPOINT_URL_S3", "https://ana:one@s3.example.edu/path@x"),
            ("https_proxy", "http://bo:t:wo@proxy.example.edu:3128"),
            ("HTTP_PROXY", "http://proxy.example.edu:3128"),
            ("NO_PROXY", "example.edu"),
            ("HOME", "http://a:b@c"),
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(passwords(Some("http://x:three@[::1]:9"), variables), ["one", "t:wo", "three"]);
    }

    #[test]
    fn a_region_that_is_not_a_word_is_reported_with_its_source() {
        let said = |region: &str, name| said(name, region, |variable| check_region(region, variable));
        for good in ["us-east-1", "local", "eusc-de-east-1"] {
            assert_eq!(said(good, "AWS_REGION"), None, "{good}");
        }
        for bad in ["", "a b", "x/y", "-x"] {
            assert!(said(bad, "AWS_REGION").is_some_and(|said| said.ends_with("variable AWS_REGION")), "{bad}");
        }
        assert!(said("a b", "HOME").is_some_and(|said| said.ends_with("the AWS configuration")));
    }
}

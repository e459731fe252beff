//! A bucket as a web site (API: PutBucketWebsite).

use aws_sdk_s3::operation::get_bucket_website::GetBucketWebsiteOutput;
use aws_sdk_s3::types;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::aws::Result;
use crate::explain::Code;
use crate::resource::s3::{built, known};
use crate::resource::{Diagnostic, Place, is_unknown};

/// How many routing rules a site has at most (Amazon S3 User Guide, configuring redirects).
const RULES: usize = 50;
const PROTOCOLS: [&str; 2] = ["http", "https"];

/// Regions whose website endpoints have a hyphen before the region; later ones have a dot
/// (AWS General Reference, Amazon S3 website endpoints).
const HYPHENATED: [&str; 9] = [
    "us-east-1",
    "us-west-1",
    "us-west-2",
    "eu-west-1",
    "ap-northeast-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "sa-east-1",
    "us-gov-west-1",
];

/// How the objects are served: either `index_document` or `redirect_all_requests_to`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Website {
    /// The document served for a folder: `index.html`.
    pub index_document: Option<String>,
    /// The key of the page for errors. AWS's default: its own page.
    pub error_document: Option<String>,
    /// Sends every request to another host.
    pub redirect_all_requests_to: Option<RedirectAll>,
    /// Redirects for some requests; the first that matches applies.
    pub routing_rules: Option<Vec<RoutingRule>>,
}

/// Another host for everything.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RedirectAll {
    /// `www.example.edu`.
    pub host_name: String,
    /// `http` or `https`. AWS's default: that of the request.
    pub protocol: Option<String>,
}

/// A redirect for some requests.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RoutingRule {
    /// Which requests. Left out: all.
    pub condition: Option<Condition>,
    /// Where to.
    pub redirect: Redirect,
}

/// Which requests are redirected; both must hold.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// The prefix of the key.
    pub key_prefix_equals: Option<String>,
    /// The status of the response without a redirect, such as `404`.
    pub http_error_code_returned_equals: Option<String>,
}

/// Where a request is redirected to; what is left out stays as it is in the request.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Redirect {
    /// The host.
    pub host_name: Option<String>,
    /// `http` or `https`.
    pub protocol: Option<String>,
    /// The status of the answer. AWS's default: `301`.
    pub http_redirect_code: Option<String>,
    /// Replaces the condition's `key_prefix_equals`.
    pub replace_key_prefix_with: Option<String>,
    /// Replaces the whole key.
    pub replace_key_with: Option<String>,
}

/// The address of the site of the bucket `name`.
pub fn endpoint(place: &Place, name: &str) -> String {
    let region = &place.region;
    let joint = if HYPHENATED.contains(&region.as_str()) { '-' } else { '.' };
    format!("http://{name}.s3-website{joint}{region}.{}", super::dns_suffix(place))
}

impl RoutingRule {
    /// What S3 refuses of a rule and no model says.
    fn check(&self, path: &str) -> Vec<Diagnostic> {
        let mut diagnostics = Vec::new();
        let mut found = |code: Code, name: &str, message: &str, hint: &str| {
            diagnostics.push(Diagnostic::new(code, format!("{path}.{name}"), message).help(hint));
        };
        let is_number = |text: &str| text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_digit());
        if self.redirect == Redirect::default() {
            let hint =
                "add `host_name`, `protocol`, `replace_key_with`, `replace_key_prefix_with` or `http_redirect_code`";
            found(Code::Incomplete, "redirect", "a redirect must change at least one part of the address", hint);
        }
        if let Some(code) = self.redirect.http_redirect_code.as_deref().filter(|code| !is_unknown(code))
            && !(is_number(code) && code.starts_with('3') && code != "300")
        {
            let message = format!("`{code}` is not a redirect status: those are 301 to 399");
            found(Code::OutOfRange, "redirect.http_redirect_code", &message, "write `\"301\"` or `\"302\"`");
        }
        let Some(condition) = &self.condition else { return diagnostics };
        if *condition == Condition::default() {
            let hint = "add `key_prefix_equals` or `http_error_code_returned_equals`, or remove `condition` to match \
                all";
            found(Code::Incomplete, "condition", "a condition must have at least one key", hint);
        }
        if let Some(code) = condition.http_error_code_returned_equals.as_deref().filter(|code| !is_unknown(code))
            && !(is_number(code) && code.starts_with(['4', '5']))
        {
            let message = format!("`{code}` is not an error status: those are 400 to 599");
            let place = "condition.http_error_code_returned_equals";
            found(Code::OutOfRange, place, &message, "write `\"404\"` or `\"403\"`");
        }
        diagnostics
    }
}

impl Website {
    /// An empty list of rules is none.
    pub fn canonical(mut self) -> Self {
        self.routing_rules = self.routing_rules.filter(|rules| !rules.is_empty());
        self
    }

    /// What is wrong with it.
    pub fn check(&self) -> Vec<Diagnostic> {
        let mut diagnostics = Vec::new();
        match (&self.index_document, &self.redirect_all_requests_to) {
            (None, None) => diagnostics.push(
                Diagnostic::new(Code::Incomplete, "website", "a web site needs an `index_document`")
                    .help("`index_document: index.html`"),
            ),
            (Some(index), None) if index.is_empty() || index.contains('/') => diagnostics.push(
                Diagnostic::new(
                    Code::WebSite,
                    "website.index_document",
                    "the index document is a file name without a folder",
                )
                .help("`index_document: index.html` serves `a/index.html` for `a/`"),
            ),
            (_, Some(_))
                if self.index_document.is_some()
                    || self.error_document.is_some()
                    || self.routing_rules.as_ref().is_some_and(|rules| !rules.is_empty()) =>
            {
                diagnostics.push(
                    Diagnostic::new(
                        Code::Conflicting,
                        "website.redirect_all_requests_to",
                        "a site that redirects all requests can't have documents or rules",
                    )
                    .help("keep either the documents and rules or `redirect_all_requests_to`"),
                );
            }
            _ => {}
        }
        let all = self.redirect_all_requests_to.iter().flat_map(|redirect| &redirect.protocol);
        diagnostics.extend(
            all.filter_map(|protocol| known::check("website.redirect_all_requests_to.protocol", protocol, &PROTOCOLS)),
        );
        if self.routing_rules.as_ref().is_some_and(|rules| rules.len() > RULES) {
            let message = format!("a web site has at most {RULES} routing rules");
            let diagnostic = Diagnostic::new(Code::OutOfRange, "website.routing_rules", message);
            diagnostics.push(diagnostic.help("redirect with the objects themselves, or with a function URL"));
        }
        for (n, rule) in self.routing_rules.iter().flatten().enumerate() {
            diagnostics.extend(rule.check(&format!("website.routing_rules.{n}")));
            let path = format!("website.routing_rules.{n}.redirect");
            let protocol = rule.redirect.protocol.iter();
            diagnostics.extend(protocol.filter_map(|p| known::check(format!("{path}.protocol"), p, &PROTOCOLS)));
            if rule.redirect.replace_key_prefix_with.is_some() && rule.redirect.replace_key_with.is_some() {
                diagnostics.push(
                    Diagnostic::new(
                        Code::Conflicting,
                        path,
                        "use either `replace_key_prefix_with` or `replace_key_with`, not both",
                    )
                    .help("keep one of them"),
                );
            }
        }
        diagnostics
    }

    /// From the SDK's form.
    pub fn from_sdk(site: GetBucketWebsiteOutput) -> Self {
        let protocol = |protocol: types::Protocol| protocol.as_str().to_owned();
        let rule = |rule: types::RoutingRule| RoutingRule {
            condition: rule.condition.map(|condition| Condition {
                key_prefix_equals: condition.key_prefix_equals,
                http_error_code_returned_equals: condition.http_error_code_returned_equals,
            }),
            redirect: rule.redirect.map(|redirect| redirect_from_sdk(redirect, protocol)).unwrap_or_default(),
        };
        Self {
            index_document: site.index_document.map(|document| document.suffix),
            error_document: site.error_document.map(|document| document.key),
            redirect_all_requests_to: site
                .redirect_all_requests_to
                .map(|all| RedirectAll { host_name: all.host_name, protocol: all.protocol.map(protocol) }),
            routing_rules: site.routing_rules.map(|rules| rules.into_iter().map(rule).collect()),
        }
        .canonical()
    }

    /// In the SDK's form.
    pub fn to_sdk(&self) -> Result<types::WebsiteConfiguration> {
        let protocol = |protocol: &Option<String>| protocol.as_deref().map(types::Protocol::from);
        let index = self.index_document.as_ref();
        let index = index.map(|suffix| built(types::IndexDocument::builder().suffix(suffix).build())).transpose()?;
        let error = self.error_document.as_ref();
        let error = error.map(|key| built(types::ErrorDocument::builder().key(key).build())).transpose()?;
        let all = self.redirect_all_requests_to.as_ref().map(|all| {
            let to = types::RedirectAllRequestsTo::builder().host_name(&all.host_name);
            built(to.set_protocol(protocol(&all.protocol)).build())
        });
        let rule = |rule: &RoutingRule| {
            let condition = rule.condition.as_ref().map(|condition| {
                types::Condition::builder()
                    .set_key_prefix_equals(condition.key_prefix_equals.clone())
                    .set_http_error_code_returned_equals(condition.http_error_code_returned_equals.clone())
                    .build()
            });
            let redirect = types::Redirect::builder()
                .set_host_name(rule.redirect.host_name.clone())
                .set_protocol(protocol(&rule.redirect.protocol))
                .set_http_redirect_code(rule.redirect.http_redirect_code.clone())
                .set_replace_key_prefix_with(rule.redirect.replace_key_prefix_with.clone())
                .set_replace_key_with(rule.redirect.replace_key_with.clone())
                .build();
            types::RoutingRule::builder().set_condition(condition).redirect(redirect).build()
        };
        Ok(types::WebsiteConfiguration::builder()
            .set_index_document(index)
            .set_error_document(error)
            .set_redirect_all_requests_to(all.transpose()?)
            .set_routing_rules(self.routing_rules.as_ref().map(|rules| rules.iter().map(rule).collect()))
            .build())
    }
}

fn redirect_from_sdk(redirect: types::Redirect, protocol: impl Fn(types::Protocol) -> String) -> Redirect {
    Redirect {
        host_name: redirect.host_name,
        protocol: redirect.protocol.map(protocol),
        http_redirect_code: redirect.http_redirect_code,
        replace_key_prefix_with: redirect.replace_key_prefix_with,
        replace_key_with: redirect.replace_key_with,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn older_regions_have_a_hyphen_in_their_website_endpoints() {
        let place = |region: &str| Place {
            partition: "aws".into(),
            account: "123456789012".into(),
            region: region.into(),
            stack: "cloud101".into(),
        };
        assert_eq!(endpoint(&place("us-east-1"), "b"), "http://b.s3-website-us-east-1.amazonaws.com");
        assert_eq!(endpoint(&place("eu-central-1"), "b"), "http://b.s3-website.eu-central-1.amazonaws.com");
    }

    #[test]
    fn a_site_has_documents_or_redirects_everything() {
        let site = |index: Option<&str>, host: Option<&str>| Website {
            index_document: index.map(str::to_owned),
            redirect_all_requests_to: host.map(|host| RedirectAll { host_name: host.into(), protocol: None }),
            ..Website::default()
        };
        assert!(site(Some("index.html"), None).check().is_empty());
        assert!(site(None, Some("www.example.edu")).check().is_empty());
        for bad in [site(None, None), site(Some("a/index.html"), None), site(Some("i"), Some("www.example.edu"))] {
            assert_eq!(bad.check().len(), 1, "{bad:?}");
        }
    }
}

//! What every call of a kind gets: the clients, and where the stack lives.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{Region, SdkConfig};

use crate::model::account_profile::AccountProfile;
use crate::model::{Base, Place, Tags};

use super::bounds::{self, Questions};
use super::each::FEW;
use super::retry::TooManyRequests;
use super::shared::{Answers, Moment};
use super::together::Together;
use super::{Result, json, ownership};

/// How often a call is made in another region before its error counts, and how long it may take each time: where a
/// service has no address at all, there is no point in waiting for the last of many attempts.
const ATTEMPTS_ELSEWHERE: u32 = 4;
const TIMEOUT_ELSEWHERE: Duration = Duration::from_secs(20);

/// The same of what the stack has no use for and is only looked at: all attempts of a call together take at most a part
/// of what questions may take, 2.5 s of two minutes.
const ATTEMPTS_ASIDE: u32 = 3;
const PAUSE_ASIDE: Duration = Duration::from_millis(200);
const PART_ASIDE: u32 = 48;
const LEAST_ASIDE: Duration = Duration::from_secs(1);

/// A client that is made when it is first used: a destroy looks into each region, and asks few services there.
pub type OnUse<T> = Arc<LazyLock<T, Box<dyn FnOnce() -> T + Send>>>;

/// One client for each service, all of one region and one set of credentials. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Clients {
    /// Virtual machines.
    pub ec2: OnUse<aws_sdk_ec2::Client>,
    /// Roles and policies.
    pub iam: OnUse<aws_sdk_iam::Client>,
    /// Functions.
    pub lambda: OnUse<aws_sdk_lambda::Client>,
    /// Buckets and objects.
    pub s3: OnUse<aws_sdk_s3::Client>,
    /// Email.
    pub ses: OnUse<aws_sdk_sesv2::Client>,
    /// Topics.
    pub sns: OnUse<aws_sdk_sns::Client>,
    /// Those of services that speak JSON, by name.
    json: Arc<Mutex<BTreeMap<&'static str, json::Client>>>,
    ground: Arc<Ground>,
}

/// Where a service, by its AWS CLI name, is to be found, if not at AWS.
type Endpoint = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// What clients are made of, for others like them.
struct Ground {
    config: SdkConfig,
    path_style: bool,
    endpoint: Endpoint,
    /// See [`bounds::READ`].
    read: Duration,
}

impl fmt::Debug for Ground {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ground").field("path_style", &self.path_style).finish_non_exhaustive()
    }
}

impl Ground {
    /// The configuration of a service.
    fn at(&self, service: &str) -> SdkConfig {
        let mut builder = self.config.to_builder();
        if let Some(url) = (self.endpoint)(service) {
            builder.set_endpoint_url(Some(url));
        }
        builder.build()
    }
}

impl Clients {
    /// The clients of a loaded configuration. `path_style`: address buckets in the path instead of the host name,
    /// for endpoints of one's own. `endpoint`: where a service, by its AWS CLI name, is to be found, if not at AWS.
    pub fn new(
        config: &SdkConfig,
        path_style: bool,
        endpoint: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        Self::on(Ground {
            config: config.clone(),
            path_style,
            endpoint: Arc::new(endpoint),
            read: bounds::read_limit(),
        })
    }

    /// The same in another region.
    fn in_region(&self, region: &str) -> Self {
        let Ground { config, path_style, endpoint, read } = &*self.ground;
        let retry = RetryConfig::standard().with_max_attempts(ATTEMPTS_ELSEWHERE);
        let timeout = TimeoutConfig::builder().operation_attempt_timeout(TIMEOUT_ELSEWHERE).build();
        let config = config.to_builder().region(Region::new(region.to_owned()));
        let config = config.retry_config(retry).timeout_config(timeout).build();
        Self::on(Ground { config, path_style: *path_style, endpoint: endpoint.clone(), read: *read })
    }

    /// The same with little patience.
    fn aside(&self) -> Self {
        let Ground { config, path_style, endpoint, read } = &*self.ground;
        let attempts = config.retry_config().map_or(ATTEMPTS_ASIDE, |retry| retry.max_attempts().min(ATTEMPTS_ASIDE));
        let retry = RetryConfig::standard().with_max_attempts(attempts).with_initial_backoff(PAUSE_ASIDE);
        let timeout = TimeoutConfig::builder().operation_timeout((*read / PART_ASIDE).max(LEAST_ASIDE)).build();
        let config = config.to_builder().retry_config(retry).timeout_config(timeout).build();
        Self::on(Ground { config, path_style: *path_style, endpoint: endpoint.clone(), read: *read })
    }

    /// The same with less time, or more, for each question.
    #[cfg(test)]
    pub(crate) fn reading_within(&self, read: Duration) -> Self {
        let Ground { config, path_style, endpoint, .. } = &*self.ground;
        Self::on(Ground { config: config.clone(), path_style: *path_style, endpoint: endpoint.clone(), read })
    }

    fn on(ground: Ground) -> Self {
        let ground = Arc::new(ground);
        // Each client has limits of its own; `interceptor` is not part of what the SDKs have in common.
        macro_rules! client {
            ($sdk:ident, $service:literal) => {
                client!($sdk, $service, std::convert::identity)
            };
            ($sdk:ident, $service:literal, $with:expr) => {{
                let ground = ground.clone();
                let make = move || {
                    let config = $sdk::config::Builder::from(&ground.at($service));
                    $sdk::Client::from_conf($with(config.interceptor(Questions::within(ground.read))).build())
                };
                Arc::new(LazyLock::new(Box::new(make) as Box<dyn FnOnce() -> $sdk::Client + Send>))
            }};
        }
        let path_style = ground.path_style;
        Self {
            ec2: client!(aws_sdk_ec2, "ec2"),
            iam: client!(aws_sdk_iam, "iam"),
            lambda: client!(aws_sdk_lambda, "lambda"),
            s3: client!(aws_sdk_s3, "s3", move |config: aws_sdk_s3::config::Builder| {
                config.force_path_style(path_style)
            }),
            ses: client!(aws_sdk_sesv2, "sesv2"),
            sns: client!(aws_sdk_sns, "sns", |config: aws_sdk_sns::config::Builder| {
                config.retry_classifier(TooManyRequests)
            }),
            json: Arc::default(),
            ground,
        }
    }

    /// The calls of a service that speaks AWS's JSON and needs no client of its own.
    pub fn json(&self, service: &'static json::Service) -> json::Client {
        let mut clients = self.json.lock().unwrap_or_else(PoisonError::into_inner);
        let Ground { read, .. } = *self.ground;
        let make = || json::Client::new(service, &self.ground.at(service.name), Questions::within(read));
        clients.entry(service.name).or_insert_with(make).clone()
    }
}

/// Where a run takes place.
#[derive(Debug, Clone)]
pub struct Context {
    /// The services.
    pub clients: Clients,
    /// Partition, account, region, stack.
    pub place: Place,
    /// The programme that the account belongs to, by who asks. What it restricts holds whatever a stack file says.
    pub account_profile: Option<&'static AccountProfile>,
    /// The stack file's folder, to which the paths in the file are relative.
    pub base: Base,
    /// Whether a person would rather wait, for as long as AWS may take, than run the command again.
    pub is_patient: bool,
    /// The folder for what AWS shows once; `None`: none was named.
    pub credentials_to: Option<PathBuf>,
    /// Whether everything that is looked at goes, so that it does not matter how it is set.
    pub all_goes: bool,
    /// How many of one kind are worked on, if that is known: see [`is_crowded`](Self::is_crowded).
    crowd: usize,
    /// What several ask at the same time.
    together: Arc<Together>,
    /// What one look at the account has asked; `None`: every question goes to AWS.
    answers: Option<Arc<Answers>>,
    /// The same for questions about the whole region, which other looks of the same moment have in common with it.
    of_region: Option<Arc<Answers>>,
    /// What the look right before has asked.
    looked: Option<Arc<Answers>>,
}

impl Context {
    /// A context in which every question goes to AWS.
    pub fn new(clients: Clients, place: Place, base: impl Into<Base>) -> Self {
        Self {
            clients,
            place,
            account_profile: None,
            base: base.into(),
            is_patient: false,
            credentials_to: None,
            all_goes: false,
            crowd: 0,
            together: Arc::default(),
            answers: None,
            of_region: None,
            looked: None,
        }
    }

    /// The same in an account of a programme.
    pub fn with_account_profile(self, account_profile: Option<&'static AccountProfile>) -> Self {
        Self { account_profile, ..self }
    }

    /// The same for a look at what goes, all of it.
    pub fn for_what_goes(&self) -> Self {
        Self { all_goes: true, ..self.clone() }
    }

    /// The same for work on `crowd` of one kind.
    pub fn with_crowd(&self, crowd: usize) -> Self {
        Self { crowd, ..self.clone() }
    }

    /// How many of one kind are worked on; 0: that is not known.
    pub fn crowd(&self) -> usize {
        self.crowd
    }

    /// Whether so many of one kind are looked at that pages are cheaper than each by itself, and that what is only a word
    /// to people is not worth a call for each.
    pub fn is_crowded(&self) -> bool {
        self.crowd > FEW && self.answers.is_some()
    }

    /// Questions that those who ask at the same time ask together.
    pub fn together(&self) -> &Together {
        &self.together
    }

    /// The same for one look at the account: what is [`shared`](Self::shared) is asked once. Not for what waits for a
    /// change.
    pub fn with_read_cache(&self) -> Self {
        Self { answers: Some(Arc::default()), of_region: None, ..self.clone() }
    }

    /// The same for one of several looks that are made at this `moment`.
    pub fn for_a_look_at(&self, moment: &Moment) -> Self {
        Self { of_region: Some(moment.answers()), ..self.with_read_cache() }
    }

    /// The same right after `look`, whose answers are still at hand.
    pub fn right_after(&self, look: &Self) -> Self {
        Self { looked: look.answers.clone(), of_region: look.of_region.clone(), ..self.clone() }
    }

    /// The same with the answers of the look that was made right before, where there was one: for the first questions of a
    /// deletion. Not for what waits for a change.
    pub fn just_now(&self) -> Self {
        Self { answers: self.looked.clone(), ..self.clone() }
    }

    /// The same for a service that the stack has no use for: one that does not answer, or fails, is given up soon.
    pub fn aside(&self) -> Self {
        Self { clients: self.clients.aside(), ..self.clone() }
    }

    /// One look at another region of the same account.
    pub fn in_region(&self, region: &str) -> Self {
        let place = Place { region: region.to_owned(), ..self.place.clone() };
        let together = Arc::default();
        Self { clients: self.clients.in_region(region), place, together, ..self.with_read_cache() }
    }

    /// The answer to `question`, which `ask` gets from AWS: in one look once, else each time.
    pub fn shared<T>(
        &self,
        question: impl Into<String>,
        ask: impl Future<Output = Result<T>> + Send,
    ) -> impl Future<Output = Result<T>> + Send
    where
        T: Clone + Send + Sync + 'static,
    {
        // Boxed at once: the SDK's futures are large, and each layer around them would hold another copy.
        let (question, ask) = (question.into(), Box::pin(ask));
        async move {
            match &self.answers {
                Some(answers) => answers.get(question, ask).await,
                None => ask.await,
            }
        }
    }

    /// The same for questions about everything in the region or the account, such as who uses something.
    pub fn region_wide(&self) -> Self {
        let answers = self.answers.as_ref().map(|answers| self.of_region.as_ref().unwrap_or(answers).clone());
        Self { answers, ..self.clone() }
    }

    /// Whether `tags` carry this stack's name. Tags are copied easily: see [`owns`](Self::owns).
    pub fn is_tagged(&self, tags: &Tags) -> bool {
        tags.get(ownership::STACK).is_some_and(|stack| *stack == self.place.stack)
    }

    /// Whether what AWS knows as `name` is this stack's: it carries the stack's name and the record of this very name.
    pub fn owns(&self, name: &str, tags: &Tags) -> bool {
        self.is_tagged(tags) && ownership::LastApplied::read(tags).is_bound_to(name)
    }

    /// The IAM path under which this stack's roles, policies and instance profiles live.
    pub fn iam_path(&self) -> String {
        format!("/cloud101/{}/", self.place.stack)
    }
}

//! One call: when it began, what its attempts took, and when it is given up.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeSerializationInterceptorContextRef, BeforeTransmitInterceptorContextMut,
};
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};
use tokio::time::Instant;

use crate::aws::watch::{Watch, say_after};

use super::flow::Flow;
use super::limits::{Limits, only_asks, seconds};
use super::listing::Listing;

/// Gives each call of one client its limits.
#[derive(Debug, Clone)]
pub struct Questions {
    read: Duration,
    is_silent: Arc<AtomicBool>,
}

impl Questions {
    /// For one client, whose questions may take `read`. Clients share nothing, so one service's silence says
    /// nothing of another.
    pub fn within(read: Duration) -> Self {
        Self { read, is_silent: Arc::default() }
    }
}

#[dyn_dispatch_hint]
impl Intercept for Questions {
    fn name(&self) -> &'static str {
        "questions"
    }

    fn read_before_serialization(
        &self,
        _: &BeforeSerializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> std::result::Result<(), BoxError> {
        let (service, operation) = match cfg.load::<Metadata>() {
            Some(metadata) => (metadata.service().to_owned(), metadata.name().to_owned()),
            None => Default::default(),
        };
        let name = format!("{}:{operation}", prefix(&service));
        let question = Question::new(name, Limits::of(&operation, self.read), self.is_silent.clone());
        cfg.interceptor_state().store_put(Asked(Arc::new(question)));
        Ok(())
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> std::result::Result<(), BoxError> {
        if let Some(Asked(question)) = cfg.load::<Asked>() {
            context.request_mut().add_extension(question.clone());
        }
        Ok(())
    }
}

/// What a service is called in the names of calls.
fn prefix(service: &str) -> String {
    match service {
        "CloudWatch Logs" => "logs".to_owned(),
        "SESv2" => "ses".to_owned(),
        other => other.to_lowercase(),
    }
}

/// The call that is under way, for all its attempts. It ends with the bag that holds it.
#[derive(Debug)]
struct Asked(Arc<Question>);

impl Storable for Asked {
    type Storer = StoreReplace<Self>;
}

fn answer_of(name: &str, limits: &Limits) -> Watch {
    say_after(limits.word, format!("an answer of {name}, for {} s", seconds(limits.word)))
}

/// One call, with all its attempts.
#[derive(Debug)]
pub(super) struct Question {
    /// `ec2:RunInstances`.
    pub(super) name: String,
    limits: Limits,
    began: Instant,
    /// How long its attempts were kept back.
    kept_back: Mutex<Duration>,
    /// How much of the limit is used up by the pages before it.
    before: Duration,
    credit: Mutex<Duration>,
    is_heard: AtomicBool,
    is_silent: Arc<AtomicBool>,
    listing: Option<Arc<Listing>>,
    /// `None` where the listing has one for all pages.
    watch: Mutex<Option<Watch>>,
}

impl Question {
    /// One that begins now. `is_silent`: whether the last question to the service got no answer at all.
    pub(super) fn new(name: String, mut limits: Limits, is_silent: Arc<AtomicBool>) -> Self {
        if is_silent.load(Ordering::Relaxed) {
            limits.total = limits.total.min(limits.after_silence);
        }
        let listing = Listing::current();
        let watch = match &listing {
            Some(listing) => {
                listing.watch(&name, limits.word);
                None
            }
            None => Some(answer_of(&name, &limits)),
        };
        Self {
            name,
            limits,
            began: Instant::now(),
            kept_back: Mutex::default(),
            before: listing.as_ref().map(|listing| listing.spent()).unwrap_or_default(),
            credit: Mutex::default(),
            is_heard: AtomicBool::new(false),
            is_silent,
            listing,
            watch: Mutex::new(watch),
        }
    }

    /// Whether it changes nothing.
    pub(super) fn only_asks(&self) -> bool {
        self.name.split_once(':').is_none_or(|(_, operation)| only_asks(operation))
    }

    /// Notes that an attempt was kept back for so long, which is not AWS's time.
    pub(super) fn keep_back(&self, pause: Duration) {
        *self.kept_back.lock().unwrap_or_else(PoisonError::into_inner) += pause;
        self.listing.iter().for_each(|listing| listing.keep_back(pause));
    }

    /// An attempt waits for its service's pace, and is not under way yet.
    pub(super) fn paced(&self) {
        let (name, word) = (&self.name, self.limits.word);
        self.watch_for(|| {
            say_after(word, format!("its turn at {name}, whose rate AWS limits, for {} s", seconds(word)))
        });
    }

    /// It is under way now.
    pub(super) fn goes_on(&self) {
        self.watch_for(|| answer_of(&self.name, &self.limits));
    }

    fn watch_for(&self, watch: impl FnOnce() -> Watch) {
        let mut current = self.watch.lock().unwrap_or_else(PoisonError::into_inner);
        if current.take().is_some() {
            *current = Some(watch());
        }
    }

    /// When there is something to decide next, if nothing more moves.
    pub(super) fn next_check(&self, flow: &Flow) -> Instant {
        self.end(flow).min(flow.last() + self.limits.silence)
    }

    /// Why the attempt is given up now, if it is, and whether no other is worth making.
    pub(super) fn verdict(&self, flow: &Flow) -> Option<(GivenUp, bool)> {
        let now = Instant::now();
        let has_begun = flow.received() > 0;
        let (is_over, silence) = (now >= self.end(flow), self.limits.silence);
        if !is_over && now < flow.last() + silence {
            return None;
        }
        if !has_begun && !self.is_heard.load(Ordering::Relaxed) && self.pages() == 0 {
            self.is_silent.store(true, Ordering::Relaxed);
        }
        if is_over {
            return Some((self.too_long(flow), true));
        }
        let what = if has_begun { "the answer broke off" } else { "no answer" };
        Some((GivenUp { message: format!("{what} for {} s", seconds(silence)), hint: None }, false))
    }

    /// Notes that an attempt is over, which the service has `answered` or not.
    pub(super) fn note(&self, flow: &Flow, answered: bool) {
        if self.limits.is_transfer {
            *self.credit.lock().unwrap_or_else(PoisonError::into_inner) += flow.credit();
        }
        if answered {
            self.is_heard.store(true, Ordering::Relaxed);
            self.is_silent.store(false, Ordering::Relaxed);
        }
    }

    /// How many bytes the answer may have.
    pub(super) fn most(&self) -> u64 {
        self.limits.answer
    }

    /// Notes the size of the answer, which may be one page too much.
    pub(super) fn came(&self, bytes: u64) -> Result<(), GivenUp> {
        match &self.listing {
            Some(listing) if listing.came(bytes) > self.limits.list => Err(GivenUp {
                message: format!("the list is larger than {} MiB", self.limits.list >> 20),
                hint: Some(LONG),
            }),
            _ => Ok(()),
        }
    }

    fn end(&self, flow: &Flow) -> Instant {
        let kept_back = *self.kept_back.lock().unwrap_or_else(PoisonError::into_inner);
        let mut end = self.began + kept_back + self.limits.total.saturating_sub(self.before);
        if self.limits.is_transfer {
            end += *self.credit.lock().unwrap_or_else(PoisonError::into_inner) + flow.credit();
        }
        end
    }

    fn pages(&self) -> u64 {
        self.listing.as_ref().map(|listing| listing.pages()).unwrap_or_default()
    }

    fn too_long(&self, flow: &Flow) -> GivenUp {
        let within = format!("within {} s", seconds(self.limits.total));
        match (self.pages(), flow.received()) {
            (0, 0) => GivenUp { message: format!("no answer {within}"), hint: None },
            (0, bytes) => GivenUp {
                message: format!("the answer was not complete {within}: {bytes} bytes arrived"),
                hint: Some(
                    "run the same command again; if it happens again, check the network, and any proxy or \
                    firewall",
                ),
            },
            (pages, _) => GivenUp {
                message: format!("the list was not complete {within}: {pages} pages arrived"),
                hint: Some(LONG),
            },
        }
    }
}

const LONG: &str = "run the same command again; for a list that is really this long, such as millions of objects, \
                    allow more time: put CLOUD101_READ_LIMIT=600 before the command for 600 s";
const NOT_AWS: &str =
    "AWS's answers are smaller: check the network, and --endpoint-url or AWS_ENDPOINT_URL if you use one";

/// Why a call was given up.
#[derive(Debug)]
pub struct GivenUp {
    message: String,
    /// What to do, where that is not the same for all that do not answer.
    pub hint: Option<&'static str>,
}

impl GivenUp {
    /// An answer that has more than `most` bytes.
    pub(super) fn too_large(most: u64) -> Self {
        Self { message: format!("the answer is larger than {} MiB", most >> 20), hint: Some(NOT_AWS) }
    }
}

impl fmt::Display for GivenUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for GivenUp {}

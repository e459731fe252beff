//! A kind that is made at run time, with all its names, from its first plan to its end: boards, which are SNS's topics with
//! a title.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use aws_sdk_sns::types::Tag;
use futures::FutureExt;
use futures::future::{BoxFuture, join_all};
use serde_json::{Value, json};
use tokio::sync::mpsc::unbounded_channel;
use tokio_util::sync::CancellationToken;

use crate::aws::{Call, Context, Result};
use crate::plan::options::{Goal, Options};
use crate::plan::{Action, Plan};
use crate::resource::kind::Kind;
use crate::resource::schema::Schema;
use crate::resource::{
    Address, Attribute, Attributes, Change, Current, Desired, KindInfo, Listing, Live, Owned, Place, Registry, Tags,
};
use crate::stack::{Stack, load, load_text};
use crate::testing::aws::{Answer, Asked, Aws, no, yes};

use super::{Scope, Session};

/// SNS's name of a board's title.
const TITLE: &str = "DisplayName";

struct Board {
    info: KindInfo,
    schema: Schema,
    /// What the stack calls the title.
    title: String,
}

/// A kind of boards that stacks call so, and their titles so.
fn board(name: &str, title: &str) -> Arc<dyn Kind> {
    let attribute = |name: &str| Attribute { name: name.to_owned().into(), doc: format!("The board's {name}.").into() };
    let info = KindInfo {
        attributes: ["arn", "name"].map(attribute).into(),
        made_by: "sns:CreateTopic".to_owned().into(),
        ..KindInfo::new(name.to_owned(), format!("A board with a {title}."))
    };
    let about = json!({ "type": "string", "description": "What stands above it.", "x-default": "" });
    let properties: Value = [(title.to_owned(), about)].into_iter().collect();
    let schema = json!({ "type": "object", "additionalProperties": false, "properties": properties });
    Arc::new(Board { info, schema: schema.into(), title: title.to_owned() })
}

fn arn(place: &Place, name: &str) -> String {
    format!("arn:aws:sns:{}:{}:{name}", place.region, place.account)
}

async fn tags_of(cx: &Context, arn: &str) -> Result<Option<Tags>> {
    let tags = cx.clients.sns.list_tags_for_resource().resource_arn(arn).send().await;
    let tags = tags.call_if_found("sns:ListTagsForResource")?.and_then(|answer| answer.tags);
    Ok(tags.map(|tags| tags.into_iter().map(|tag| (tag.key, tag.value)).collect()))
}

impl Board {
    async fn live(&self, cx: &Context, arn: &str) -> Result<Option<Live<Value>>> {
        let asked = cx.clients.sns.get_topic_attributes().topic_arn(arn).send().await;
        let Some(found) = asked.call_if_found("sns:GetTopicAttributes")? else { return Ok(None) };
        let title = found.attributes.unwrap_or_default().remove(TITLE).unwrap_or_default();
        let name = arn.rsplit(':').next().unwrap_or_default();
        let attributes = self.computed_attributes(&cx.place, name, &Value::Null);
        let spec: Value = [(self.title.clone(), Value::from(title))].into_iter().collect();
        Ok(tags_of(cx, arn).await?.map(|tags| Live::new(arn, spec, attributes, tags)))
    }

    async fn set(&self, cx: &Context, arn: &str, spec: &Value) -> Result<()> {
        let title = spec[&self.title].as_str().unwrap_or_default();
        let call = cx.clients.sns.set_topic_attributes().topic_arn(arn).attribute_name(TITLE).attribute_value(title);
        call.send().await.call("sns:SetTopicAttributes").map(drop)
    }
}

impl Kind for Board {
    fn info(&self) -> &KindInfo {
        &self.info
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn computed_attributes(&self, place: &Place, name: &str, _: &Value) -> Attributes {
        Attributes::from([("arn".to_owned(), arn(place, name)), ("name".to_owned(), name.to_owned())])
    }

    fn read<'a>(
        &'a self,
        cx: &'a Context,
        desired: &'a [Desired<Value>],
    ) -> BoxFuture<'a, Vec<Result<Option<Live<Value>>>>> {
        let one = async |desired: &Desired<Value>| self.live(cx, &arn(&cx.place, &desired.name)).await;
        async move { join_all(desired.iter().map(one)).await }.boxed()
    }

    fn list<'a>(&'a self, cx: &'a Context) -> BoxFuture<'a, Result<Listing>> {
        async move {
            let mut all = Vec::new();
            for id in self.find_all(cx).await? {
                let name = id.rsplit(':').next().unwrap_or_default().to_owned();
                all.push(Owned { tags: tags_of(cx, &id).await?.unwrap_or_default(), id, name });
            }
            Ok(Listing::among(cx, all.len(), all))
        }
        .boxed()
    }

    fn create<'a>(&'a self, cx: &'a Context, desired: &'a Desired<Value>) -> BoxFuture<'a, Result<Live<Value>>> {
        async move {
            let tag = |(key, value): (&String, &String)| Tag::builder().key(key).value(value).build().expect("a tag");
            let tags = desired.tags.iter().map(tag).collect();
            let call = cx.clients.sns.create_topic().name(&desired.name).set_tags(Some(tags));
            call.send().await.call("sns:CreateTopic")?;
            let arn = arn(&cx.place, &desired.name);
            self.set(cx, &arn, &desired.spec).await?;
            Ok(self.live(cx, &arn).await?.expect("it was made"))
        }
        .boxed()
    }

    fn update<'a>(
        &'a self,
        cx: &'a Context,
        _: &'a Desired<Value>,
        live: &'a Live<Value>,
        change: &'a Change<Value>,
    ) -> BoxFuture<'a, Result<Live<Value>>> {
        async move {
            self.set(cx, &live.id, &change.target).await?;
            Ok(self.live(cx, &live.id).await?.expect("it was there"))
        }
        .boxed()
    }

    fn current<'a>(&'a self, cx: &'a Context, id: &'a str) -> BoxFuture<'a, Result<Option<Current>>> {
        async move { Ok(tags_of(cx, id).await?.map(Current::tagged)) }.boxed()
    }

    fn update_tags<'a>(
        &'a self,
        cx: &'a Context,
        id: &'a str,
        set: &'a Tags,
        remove: &'a [String],
    ) -> BoxFuture<'a, Result<()>> {
        async move {
            assert!(remove.is_empty(), "nothing is taken out here");
            let tag = |(key, value): (&String, &String)| Tag::builder().key(key).value(value).build().expect("a tag");
            let call = cx.clients.sns.tag_resource().resource_arn(id).set_tags(Some(set.iter().map(tag).collect()));
            call.send().await.call("sns:TagResource").map(drop)
        }
        .boxed()
    }

    fn delete<'a>(&'a self, cx: &'a Context, id: &'a str, _: bool) -> BoxFuture<'a, Result<()>> {
        async move { cx.clients.sns.delete_topic().topic_arn(id).send().await.call("sns:DeleteTopic").map(drop) }
            .boxed()
    }

    fn find<'a>(
        &'a self,
        cx: &'a Context,
        id: &'a str,
        _: Option<&'a Desired<Value>>,
    ) -> BoxFuture<'a, Result<Option<Live<Value>>>> {
        self.live(cx, id).boxed()
    }

    fn find_all<'a>(&'a self, cx: &'a Context) -> BoxFuture<'a, Result<Vec<String>>> {
        async move {
            let answer = cx.clients.sns.list_topics().send().await.call("sns:ListTopics")?;
            Ok(answer.topics.unwrap_or_default().into_iter().filter_map(|topic| topic.topic_arn).collect())
        }
        .boxed()
    }
}

/// SNS with its topics: title and tags by ARN.
#[derive(Default)]
struct Topics(BTreeMap<String, (String, Tags)>);

impl Topics {
    fn answer(&mut self, asked: &Asked) -> Answer {
        let part = |key: &str| asked.body.split('&').find_map(|pair| pair.strip_prefix(key)?.strip_prefix('='));
        let tags = || -> Tags {
            let key = |n: &usize| part(&format!("Tags.member.{n}.Key"));
            let pair = |n| Some((key(&n)?.to_owned(), part(&format!("Tags.member.{n}.Value"))?.to_owned()));
            (1..).map_while(pair).collect()
        };
        let arn = part("TopicArn").or(part("ResourceArn")).unwrap_or_default().to_owned();
        let operation = asked.name.trim_start_matches("sns:");
        let said = |result: String| {
            yes(format!("<{operation}Response><{operation}Result>{result}</{operation}Result></{operation}Response>"))
        };
        let there = self.0.get_mut(&arn);
        match (operation, there) {
            ("ListTopics", _) => {
                let member = |arn: &String| format!("<member><TopicArn>{arn}</TopicArn></member>");
                said(format!("<Topics>{}</Topics>", self.0.keys().map(member).collect::<String>()))
            }
            ("CreateTopic", _) => {
                let arn = self::arn(&crate::testing::place(), part("Name").unwrap_or_default());
                self.0.insert(arn.clone(), (String::new(), tags()));
                said(format!("<TopicArn>{arn}</TopicArn>"))
            }
            ("DeleteTopic", _) => {
                self.0.remove(&arn);
                said(String::new())
            }
            (_, None) => no(404, "NotFound", "Topic does not exist"),
            ("GetTopicAttributes", Some((title, _))) => {
                said(format!("<Attributes><entry><key>{TITLE}</key><value>{title}</value></entry></Attributes>"))
            }
            ("ListTagsForResource", Some((_, tags))) => {
                let member = |(key, value)| format!("<member><Key>{key}</Key><Value>{value}</Value></member>");
                said(format!("<Tags>{}</Tags>", tags.iter().map(member).collect::<String>()))
            }
            ("SetTopicAttributes", Some((title, _))) => {
                *title = part("AttributeValue").unwrap_or_default().to_owned();
                said(String::new())
            }
            ("TagResource", Some((_, there))) => {
                there.extend(tags());
                said(String::new())
            }
            (other, _) => panic!("{other}: {}", asked.body),
        }
    }
}

fn stack(registry: &Registry, title: &str) -> Stack {
    let text = format!(
        "stack: cloud101\nregion: us-east-1\nresources:\n  news: {{ type: class.board, headline: {title} }}\n\
         outputs: {{ board: '${{news.arn}}' }}\n"
    );
    let options = load::Options { registry: registry.clone(), ..load::Options::default() };
    load_text(&text, Path::new("stacks/cloud101.yaml"), &options).unwrap_or_else(|problems| panic!("{problems:?}"))
}

async fn plan(session: &Session, goal: Goal) -> Arc<Plan> {
    let planned = session.plan(goal, &Options::default()).await;
    Arc::new(planned.unwrap_or_else(|error| panic!("{error}")).plan)
}

fn actions(plan: &Plan) -> Vec<String> {
    let changes = plan.changes();
    changes.map(|step| format!("{:?} {} {:?}", step.action, step.name, step.kind)).collect()
}

#[tokio::test]
async fn a_kind_made_at_run_time_is_planned_applied_shown_and_destroyed() {
    let mut topics = Topics::default();
    let aws = Aws::with(move |asked| topics.answer(asked));
    let registry = Registry::empty().with(board("class.board", "headline"));
    let session = |title| Session::new(aws.context(), stack(&registry, title));

    let first = session("Hello");
    let create = plan(&first, Goal::Apply).await;
    assert_eq!(actions(&create), ["Create cloud101-news class.board"]);
    assert_eq!(create.outputs[0].value.as_str(), Some("arn:aws:sns:us-east-1:123456789012:cloud101-news"));
    let (events, _happened) = unbounded_channel();
    let summary = first.apply(&create, events.clone(), CancellationToken::new()).await;
    assert!(summary.is_complete(), "{:?}", summary.failed);
    assert!(plan(&first, Goal::Apply).await.is_empty());

    let second = session("Goodbye");
    let update = plan(&second, Goal::Apply).await;
    assert_eq!(actions(&update), ["Update cloud101-news class.board"]);
    assert_eq!(update.steps[0].changes[0].path, "headline");
    let summary = second.apply(&update, events.clone(), CancellationToken::new()).await;
    assert!(summary.is_complete(), "{:?}", summary.failed);
    let shown = second.show().await.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(shown.observation.live[&Address::new("news")].spec, json!({ "headline": "Goodbye" }));
    assert!(shown.plan.is_some_and(|plan| plan.is_empty()));

    let destroy = plan(&second, Goal::Destroy).await;
    assert_eq!(destroy.changes().map(|step| &step.action).collect::<Vec<_>>(), [&Action::Delete]);
    let (summary, _) = second.destroy(&destroy, Scope::Nowhere, events, CancellationToken::new()).await;
    assert!(summary.is_complete(), "{:?}", summary.failed);
    assert!(second.observe().await.is_ok_and(|account| account.live.is_empty() && account.owned.is_empty()));
}

#[test]
fn a_kind_in_a_registry_takes_the_place_of_one_of_its_name() {
    let registry = Registry::builtin().with(board("sns.topic", "headline")).with(board("class.board", "title"));
    assert_eq!(registry.all().count(), Registry::builtin().all().count() + 1);
    assert!(registry.find("sns.topic").is_some_and(|kind| kind.schema().at("headline").is_some()));
    assert!(registry.rank("s3.bucket") < registry.rank("class.board") && registry.find("ec2.nothing").is_none());
}

//! What others put into something of the stack's, or change of it, while the question is open: no plan has shown it, so
//! nothing of it is taken away or overwritten.

use std::fs;
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use aws_sdk_ec2::types::{EbsInstanceBlockDeviceSpecification, InstanceBlockDeviceMappingSpecification};
use aws_sdk_lambda::types::Environment;
use cloud101::explain::Code;
use cloud101::plan::options::Goal;
use cloud101::plan::{Action, Plan};
use cloud101::resource::Address;
use cloud101::stack::Stack;
use serde_json::{Value, json};

use crate::support::TestSandbox;
use crate::support::session::Session;

const NAME: &str = "additions";
const POLICY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;

fn document(round: &str) -> Value {
    let topic = json!([{ "protocol": "email", "endpoint": format!("{round}@example.edu") }]);
    json!({
        "stack": NAME,
        "region": "us-east-1",
        "resources": {
            "vm": { "type": "ec2.instance", "image": "al2023", "instance_type": "t3.micro" },
            "topic": { "type": "sns.topic", "subscriptions": topic },
            "bucket": { "type": "s3.bucket", "name": format!("{NAME}-files"), "empty_on_destroy": true },
            "page": { "type": "s3.object", "bucket": "${bucket.name}", "key": "page.html", "content": round },
            "role": {
                "type": "iam.role",
                "assumed_by": "lambda.amazonaws.com",
                "inline_policies": { round: serde_json::from_str::<Value>(POLICY).expect("JSON") },
                "description": round,
            },
            "group": { "type": "ec2.security_group", "ingress": [{ "port": 22, "cidr": "192.0.2.0/24", "description": round }] },
            "function": {
                "type": "lambda.function", "runtime": "python3.13", "handler": "alone.handler", "code": "alone.py",
                "role": "${role.arn}", "environment": { "ROUND": round },
            },
        },
    })
}

/// Others at work on the account.
struct Others<'a>(&'a Session);

impl Others<'_> {
    async fn act(&self, what: &str) -> Result<()> {
        let (clients, place) = (&self.0.cx.clients, &self.0.cx.place);
        let topic = format!("arn:aws:sns:us-east-1:{}:{NAME}-topic", place.account);
        let (bucket, role, function) = (format!("{NAME}-files"), format!("{NAME}-role"), format!("{NAME}-function"));
        match what {
            "attach a disk" => self.attach_a_disk().await?,
            "subscribe" => {
                let endpoint =
                    format!("arn:aws:sqs:us-east-1:{}:theirs-{}", place.account, self.0.proxy.changing_calls().len());
                let call = clients.sns.subscribe().topic_arn(topic).protocol("sqs").endpoint(endpoint);
                drop(call.send().await?);
            }
            "put an object" => drop(clients.s3.put_object().bucket(bucket).key("theirs").send().await?),
            "edit the page" => {
                let tags = clients.s3.get_object_tagging().bucket(&bucket).key("page.html").send().await?;
                let pairs: Vec<_> = tags.tag_set().iter().map(|tag| format!("{}={}", tag.key(), tag.value())).collect();
                let call = clients.s3.put_object().bucket(bucket).key("page.html").tagging(pairs.join("&"));
                drop(call.body(b"a thesis".to_vec().into()).send().await?);
            }
            "write an inline policy" => {
                let call = clients.iam.put_role_policy().role_name(role).policy_name("theirs");
                drop(call.policy_document(POLICY).send().await?);
            }
            "attach a policy" => {
                let arn = "arn:aws:iam::aws:policy/AmazonSNSReadOnlyAccess";
                drop(clients.iam.attach_role_policy().role_name(role).policy_arn(arn).send().await?);
            }
            "describe the role" => {
                drop(clients.iam.update_role().role_name(role).description("by hand").send().await?);
            }
            "let more in" => {
                let id = self.id("group").await?;
                let call = clients.ec2.authorize_security_group_ingress().group_id(id).ip_protocol("tcp");
                drop(call.from_port(8080).to_port(8080).cidr_ip("198.51.100.0/24").send().await?);
            }
            "publish a version" => drop(clients.lambda.publish_version().function_name(function).send().await?),
            "set the environment" => {
                let environment = Environment::builder().variables("HAND", "made").build();
                let call = clients.lambda.update_function_configuration().function_name(function);
                drop(call.environment(environment).send().await?);
            }
            other => anyhow::bail!("{other}"),
        }
        Ok(())
    }

    async fn attach_a_disk(&self) -> Result<()> {
        let (ec2, id) = (&self.0.cx.clients.ec2, self.id("vm").await?);
        let answer = ec2.describe_instances().instance_ids(&id).send().await?;
        let instance = answer.reservations().iter().flat_map(|one| one.instances()).next().context("no instance")?;
        let zone = instance.placement().and_then(|placement| placement.availability_zone()).unwrap_or_default();
        let disk = ec2.create_volume().size(1).availability_zone(zone).send().await?;
        let disk = disk.volume_id().unwrap_or_default();
        ec2.attach_volume().volume_id(disk).instance_id(&id).device("/dev/sdg").send().await?;
        let ebs = EbsInstanceBlockDeviceSpecification::builder().delete_on_termination(true).build();
        let mapping = InstanceBlockDeviceMappingSpecification::builder().device_name("/dev/sdg").ebs(ebs).build();
        ec2.modify_instance_attribute().instance_id(&id).block_device_mappings(mapping).send().await?;
        Ok(())
    }

    async fn id(&self, address: &str) -> Result<String> {
        let stack = self.0.load(&document("one"))?;
        let live = self.0.observe(&stack).await?.live;
        Ok(live.get(&Address::new(address)).with_context(|| format!("no {address}"))?.id.clone())
    }
}

async fn planned(session: &Session, document: &Value, goal: Goal, only: &str) -> Result<(Arc<Stack>, Plan)> {
    let (stack, mut plan) = session.plan(document, goal).await?;
    plan.steps.retain(|step| step.address == Address::new(only) || step.action != Action::Delete);
    let rest = plan.steps.iter_mut().filter(|step| step.address != Address::new(only));
    rest.for_each(|step| {
        step.action = Action::None;
        step.changes.clear();
    });
    ensure!(plan.changes().count() == 1, "{only}: {} changes", plan.changes().count());
    Ok((stack, plan))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_add_or_change_while_the_question_is_open_is_not_taken_from_them() -> Result<()> {
    let sandbox = TestSandbox::shared()?;
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("alone.py"), "def handler(event, context): return 1\n")?;
    let session = Session::open(&sandbox, NAME, folder.path()).await?;
    session.run(&document("one"), Goal::Apply).await?;
    // What they do, to what, and the word by which it is recognised; an update and a deletion each.
    let updates = [
        ("topic", "subscribe", "1 subscription"),
        ("role", "write an inline policy", "1 policy"),
        ("role", "describe the role", "`description`"),
        ("group", "let more in", "1 rule"),
        ("function", "set the environment", "`environment`"),
        ("page", "edit the page", "its content differs"),
    ];
    let deletions = [
        ("vm", "attach a disk", "1 disk"),
        ("topic", "subscribe", "1 subscription"),
        ("bucket", "put an object", "1 object"),
        ("role", "attach a policy", "1 policy"),
        ("function", "publish a version", "1 version"),
    ];
    for (goal, document, cases) in
        [(Goal::Apply, document("two"), &updates[..]), (Goal::Destroy, document("one"), &deletions)]
    {
        for (address, what, word) in cases {
            // What the last one did is seen by this plan.
            let (stack, plan) = planned(&session, &document, goal, address).await?;
            Others(&session).act(what).await?;
            refused(&session, stack, plan, what, word).await?;
        }
    }
    let (stack, plan) = session.plan(&document("two"), Goal::Destroy).await?;
    session.carry_out(stack, plan).await?;
    session.nothing_is_left().await
}

async fn refused(session: &Session, stack: Arc<Stack>, plan: Plan, what: &str, word: &str) -> Result<()> {
    let summary = session.attempt(stack, plan).await;
    let (_, error) = summary.failed.first().with_context(|| format!("{what}: it was done"))?;
    ensure!(error.explained() == Code::Changed && error.message.contains(word), "{what}: {error}");
    Ok(())
}

//! Killed at any call, run it again: the class's stack is applied and destroyed with one changing call spoilt, for each
//! changing call and each way to spoil it. The same command again must finish the work: nothing twice, nothing
//! orphaned.

mod wire;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail, ensure};
use cloud101::apply::{self, Summary};
use cloud101::aws::{Context, Target};
use cloud101::plan::Plan;
use cloud101::plan::decide::{Goal, Options, decide};
use cloud101::plan::observe::{Trouble, list, observe};
use cloud101::stack::{Stack, load};
use futures::{StreamExt, stream};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::support::TestSandbox;
use wire::{Spoil, Tokens, Wire};

/// How many stacks are in the making at once; the emulators are the bottleneck.
const AT_ONCE: usize = 4;
const STACK: &str = "stacks/cloud101.yaml";

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_changing_call_the_same_command_finishes_the_work() -> Result<()> {
    let sandbox = TestSandbox::shared()?;
    let calls = Case::new(&sandbox, "whole", None).unspoilt().await?;
    println!("{} changing calls to apply, {} to destroy", calls.0, calls.1);

    let mut cases = Vec::new();
    // Throttling is the SDK's business, so that a sample is enough.
    for (spoil, every) in [(Spoil::Killed, 1), (Spoil::AnswerLost, 1), (Spoil::Throttled, 5)] {
        let number = |n: &usize| format!("{spoil:?}-{n}").to_lowercase();
        let calls_of = |calls| (0..calls).step_by(every);
        cases.extend(calls_of(calls.0).map(|n| (Goal::Apply, format!("a-{}", number(&n)), (n, spoil))));
        cases.extend(calls_of(calls.1).map(|n| (Goal::Destroy, format!("d-{}", number(&n)), (n, spoil))));
    }
    let total = cases.len();
    let runs = cases.into_iter().map(|(goal, name, spoil)| {
        let sandbox = &sandbox;
        async move {
            let case = Case::new(sandbox, &name, Some(spoil));
            let result = case.spoilt(goal).await;
            result.err().map(|error| format!("{goal:?}, call {} {:?}: {error:#}", spoil.0, spoil.1))
        }
    });
    let runs: Vec<_> = runs.collect();
    let failures: Vec<_> = stream::iter(runs).buffer_unordered(AT_ONCE).filter_map(std::future::ready).collect().await;
    assert!(failures.is_empty(), "{} of {total} cases failed:\n{}", failures.len(), failures.join("\n"));
    Ok(())
}

/// A stack of its own, and how it is spoilt.
struct Case<'a> {
    sandbox: &'a TestSandbox,
    name: String,
    spoil: Option<(usize, Spoil)>,
    tokens: Tokens,
}

impl<'a> Case<'a> {
    fn new(sandbox: &'a TestSandbox, name: &str, spoil: Option<(usize, Spoil)>) -> Self {
        Self { sandbox, name: format!("c-{name}"), spoil, tokens: Tokens::default() }
    }

    /// The number of changing calls of an apply and of a destroy.
    async fn unspoilt(&self) -> Result<(usize, usize)> {
        let mut calls = [0, 0];
        for (goal, calls) in [Goal::Apply, Goal::Destroy].into_iter().zip(&mut calls) {
            let wire = Wire::new(None, self.tokens.clone());
            self.complete(goal, &wire).await?;
            *calls = wire.changing_calls();
        }
        Ok((calls[0], calls[1]))
    }

    async fn spoilt(&self, goal: Goal) -> Result<()> {
        if goal == Goal::Destroy {
            self.complete(Goal::Apply, &Wire::new(None, self.tokens.clone())).await.context("before")?;
        }
        let wire = Wire::new(self.spoil, self.tokens.clone());
        match self.spoil {
            Some((_, Spoil::AnswerLost | Spoil::Throttled)) => self.complete(goal, &wire).await.context("spoilt")?,
            _ => {
                tokio::select! {
                    () = wire.killed() => {}
                    ended = self.run(goal, &wire) => {
                        ended?;
                        bail!("it was not killed: there were only {} changing calls", wire.changing_calls());
                    }
                }
                self.complete(goal, &Wire::new(None, self.tokens.clone())).await.context("the second time")?;
            }
        }
        self.check(goal).await?;
        if goal == Goal::Apply {
            self.complete(Goal::Destroy, &Wire::new(None, self.tokens.clone())).await.context("cleaning up")?;
            self.check(Goal::Destroy).await?;
        }
        Ok(())
    }

    /// A plan is empty, and there is exactly one of each resource, or nothing.
    async fn check(&self, goal: Goal) -> Result<()> {
        let cx = self.context(&Wire::new(None, self.tokens.clone())).await?;
        let stack = self.stack()?;
        let plan = self.plan(&cx, &stack, goal).await?;
        let changes: Vec<_> = plan.changes().map(|step| format!("{} {:?}", step.address, step.action)).collect();
        ensure!(changes.is_empty(), "the plan afterwards is not empty: {changes:?}");
        let mut owned = Vec::new();
        for found in list(&cx).await {
            owned.extend(found.map_err(|trouble| said(vec![trouble]))?.into_iter().map(|found| found.mark.address));
        }
        let distinct: BTreeSet<_> = owned.iter().collect();
        let expected = if goal == Goal::Apply { stack.resources.len() } else { 0 };
        ensure!(owned.len() == expected && distinct.len() == expected, "{expected} expected, and there are {owned:?}");
        Ok(())
    }

    async fn complete(&self, goal: Goal, wire: &Wire) -> Result<()> {
        let summary = self.run(goal, wire).await?;
        if let Some((_, error)) = summary.failed.first() {
            bail!("{error}");
        }
        ensure!(summary.is_complete(), "not complete");
        Ok(())
    }

    /// One at a time, so that the calls come in the same order in every run.
    async fn run(&self, goal: Goal, wire: &Wire) -> Result<Summary> {
        let cx = self.context(wire).await?;
        let stack = self.stack()?;
        let plan = self.plan(&cx, &stack, goal).await?;
        let (events, _ignored) = mpsc::unbounded_channel();
        Ok(apply::run(&cx, Arc::new(stack), Arc::new(plan), 1, CancellationToken::new(), events).await)
    }

    async fn plan(&self, cx: &Context, stack: &Stack, goal: Goal) -> Result<Plan> {
        let observation = observe(cx, stack).await.map_err(said)?;
        decide(stack, &cx.place, observation, goal, &Options::default()).map_err(said)
    }

    async fn context(&self, wire: &Wire) -> Result<Context> {
        let target = Target {
            sandbox: Some(self.sandbox.running.clone()),
            http_client: Some(wire.client()),
            region: Some("us-east-1".to_owned()),
            ..Target::default()
        };
        Ok(target.connect(&self.name, None, Path::new("stacks").to_owned()).await?)
    }

    /// The class's stack under other names.
    fn stack(&self) -> Result<Stack> {
        let text = std::fs::read_to_string(STACK)?
            .replace("stack: cloud101\n", &format!("stack: {}\n", self.name))
            .replace("name: cloud101awsbucket\n", &format!("name: {}-bucket\n", self.name))
            .replace("name: cloud101\n", &format!("name: {}-function\n", self.name));
        load::load_text(&text, Path::new(STACK), &load::Options::default())
            .map_err(|problems| anyhow::anyhow!(cloud101::ui::diagnostics::render(&problems, false, 120)))
    }
}

fn said(troubles: Vec<Trouble>) -> anyhow::Error {
    let texts: Vec<_> = troubles.iter().map(|trouble| format!("{}: {}", trouble.kind, trouble.error)).collect();
    anyhow::anyhow!(texts.join("\n"))
}

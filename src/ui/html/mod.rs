//! A plan as one page for a browser: self-contained, for light and dark, for mouse and keyboard, without a script.
//!
//! The page is a pure function of the plan. Every text in it has passed the redactor and is escaped by the templates.
//! It may load nothing: its policy names the digest of its one style sheet.

mod change;
pub mod document;
#[cfg(test)]
mod tests;
mod warnings;

use std::collections::BTreeMap;

use maud::{Markup, html};

use crate::plan::options::Goal;
use crate::plan::value::UNKNOWN;
use crate::plan::{Action, Plan, Step};
use crate::resource::Address;
use crate::stack::graph::Graph;
use crate::stack::{Problems, Stack};

use super::change::Detail;
use super::graph::{self, Fate, Node, Picture};
use super::plan::{self, Block, DRIFT, Group, View};
use super::redact::Redactor;
use super::terminal::clean;

use document::{BASE, Document};

/// How the page of a plan begins, to distinguish it from other files, and so from other pages of cloud101.
pub const PAGE_BEGINS: &str =
    "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"generator\" content=\"cloud101";

/// The page of a plan for `stack`. It shows everything, whatever `view` says of details.
pub fn page(plan: &Plan, goal: Goal, stack: &Stack, view: View<'_>, redactor: &Redactor) -> String {
    let shown = |text: &str| clean(&redactor.text(text));
    let groups = plan::groups(plan, goal, Detail::Full, redactor);
    let place = &plan.place;
    let title = shown(&place.stack);
    let summary = plan::summary(plan, goal);
    let what = if goal == Goal::Destroy { "Plan to destroy" } else { "Plan" };
    let body = html! {
        a class="skip" href="#main" { "Skip to the changes" }
        header {
            p class="eyebrow" { "cloud101 · " (what) }
            h1 { (title) }
            ul class="place" aria-label="Where" {
                li { "account " (place.account) }
                li { (place.region) }
                @if view.sandbox { li class="sandbox" { "sandbox" } }
            }
            p class="summary" { (summary) }
            @if !groups.is_empty() || view.warnings.is_some() {
                nav aria-label="What happens" {
                    ul class="chips" {
                        @if let Some(warnings) = view.warnings { (chip(warnings)) }
                        @for (group, blocks) in &groups {
                            li { a class={ "chip " (class(*group)) } href={ "#" (class(*group)) } {
                                strong { (blocks.len()) } " " (group.title().to_lowercase())
                            } }
                        }
                        @if !groups.is_empty() && plan::unchanged(plan) > 0 {
                            li { a class="chip none" href="#unchanged" {
                                strong { (plan::unchanged(plan)) } " unchanged"
                            } }
                        }
                    }
                }
            }
        }
        main id="main" tabindex="-1" {
            @if let Some(warnings) = view.warnings { (warnings::section(warnings, redactor)) }
            (dependencies(&picture(plan, stack, &groups, redactor)))
            (changes(plan, &groups))
            (notes(plan, redactor))
            (outputs(plan, redactor))
            (unchanged(plan, redactor))
        }
        footer {
            @if let (Some(next), false) = (view.next, plan.is_empty()) {
                p { "To do this: " code { (shown(next)) } }
            }
            p { "Made by cloud101 " (env!("CARGO_PKG_VERSION")) ". Nothing was changed in the account." }
        }
    };
    let document = Document {
        title: &format!("{what}: {title}"),
        generator: concat!("cloud101 ", env!("CARGO_PKG_VERSION")),
        style: &[graph::STYLE, BASE, include_str!("style.css")].concat(),
    };
    document.with(&body).into_string()
}

/// The link to the warnings.
fn chip(warnings: &Problems) -> Markup {
    let count = warnings.list.len() + warnings.more;
    html! {
        li { a class="chip warned" href="#warnings" {
            strong { (count) } @if count == 1 { " warning" } @else { " warnings" }
        } }
    }
}

/// The class of a group's colours, and the name of its part of the page.
fn class(group: Group) -> &'static str {
    match group {
        Group::Create => "create",
        Group::Adopt => "adopt",
        Group::Change => "change",
        Group::Replace => "replace",
        Group::Destroy => "destroy",
        Group::Release => "release",
        Group::Keep => "keep",
    }
}

/// The resources of the plan, each linked to what the page says of it.
fn picture(plan: &Plan, stack: &Stack, groups: &[(Group, Vec<Block>)], redactor: &Redactor) -> Picture {
    let shown = |text: &str| clean(&redactor.text(text));
    let blocks = groups.iter().flat_map(|(_, blocks)| blocks);
    let of_step: BTreeMap<usize, &Block> = blocks.map(|block| (block.step, block)).collect();
    let node = |(number, step): (usize, &Step)| {
        let fate = match of_step.get(&number) {
            Some(block) => Fate {
                symbol: block.verb.0,
                word: block.verb.1,
                class: class(block.group),
                link: format!("#change-{number}"),
            },
            None => Fate { symbol: "", word: "unchanged", class: "none", link: "#unchanged".to_owned() },
        };
        let label = shown(&step.address.to_string());
        Node { label, kind: step.kind.name().to_owned(), fate: Some(fate) }
    };
    // What the file no longer has may have the address of something else.
    let addresses: Vec<Option<&Address>> = plan.steps.iter().map(|step| step.line().map(|_| &step.address)).collect();
    Picture {
        title: shown(&plan.place.stack),
        nodes: plan.steps.iter().enumerate().map(node).collect(),
        edges: Graph::new(&stack.resources).edges_between(&addresses),
    }
}

fn dependencies(picture: &Picture) -> Markup {
    if picture.nodes.is_empty() {
        return html! {};
    }
    html! {
        section aria-labelledby="dependencies" {
            h2 id="dependencies" { "Dependencies" }
            figure {
                div class="scroll" role="region" tabindex="0" aria-label="Graph, scrollable" {
                    (graph::drawing(picture))
                }
                figcaption {
                    "An arrow leads from a resource to the ones that depend on it. "
                    "Each box links to the changes of that resource."
                    @if let Some(said) = picture.arrows().said() { " " (said) "." }
                }
            }
        }
    }
}

fn changes(plan: &Plan, groups: &[(Group, Vec<Block>)]) -> Markup {
    html! {
        section aria-labelledby="changes" {
            h2 id="changes" { "Changes" }
            @if groups.is_empty() { p { "There is nothing to do." } }
            @for (group, blocks) in groups {
                section class={ "group " (class(*group)) } aria-labelledby=(class(*group)) {
                    h3 id=(class(*group)) tabindex="-1" { (group.title()) " " span class="count" { (blocks.len()) } }
                    @for block in blocks { (change::block(block)) }
                }
            }
            @if plan::drifts(plan) { p class="legend" { (DRIFT) "." } }
        }
    }
}

fn notes(plan: &Plan, redactor: &Redactor) -> Markup {
    let notes = plan::notes(plan, redactor);
    html! {
        @if !notes.is_empty() {
            section aria-labelledby="notes" {
                h2 id="notes" { "Notes" }
                dl class="pairs" {
                    @for (address, note) in &notes { div { dt { (address) } dd { (note) } } }
                }
            }
        }
    }
}

fn outputs(plan: &Plan, redactor: &Redactor) -> Markup {
    let shown = |text: &str| clean(&redactor.text(text));
    html! {
        @if !plan.outputs.is_empty() {
            section aria-labelledby="outputs" {
                h2 id="outputs" { "Outputs" }
                dl class="pairs" {
                    @for output in &plan.outputs {
                        div {
                            dt { (shown(&output.name)) }
                            dd {
                                @match output.shown() {
                                    Some(value) => code { (shown(&value)) },
                                    None => span class="soft" { (UNKNOWN) },
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn unchanged(plan: &Plan, redactor: &Redactor) -> Markup {
    let shown = |text: &str| clean(&redactor.text(text));
    html! {
        @if plan::unchanged(plan) > 0 {
            section aria-labelledby="unchanged" {
                h2 id="unchanged" tabindex="-1" { "Unchanged" }
                ul class="unchanged" {
                    @for step in plan.steps.iter().filter(|step| step.action == Action::None) {
                        li {
                            strong { (shown(&step.address.to_string())) } " "
                            span class="kind" { (step.kind.name()) } " " (shown(plan::name(step)))
                        }
                    }
                }
            }
        }
    }
}

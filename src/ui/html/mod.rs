//! A plan as one page for a browser: self-contained, for light and dark, for mouse and keyboard, without a script.
//!
//! Copies to which the same happens are one block. The page is a pure function of the plan. Every text in it has passed the redactor and is escaped by the templates.
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
use crate::plan::{Action, Plan, ProfileInUse, Step};
use crate::resource::Address;
use crate::stack::graph::Graph;
use crate::stack::{Diagnostics, Stack};

use super::change::Detail;
use super::graph::{self, Fate, Node, Picture};
use super::keyless::people;
use super::plan::{self, Block, DRIFT, Group, Shown, View};
use super::redact::Redactor;
use super::terminal::clean;

use document::{BASE, Document};

/// How the page of a plan begins, to distinguish it from other files, and so from other pages of cloud101.
pub const PAGE_BEGINS: &str =
    "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"generator\" content=\"cloud101";

/// The page of a plan for `stack`. It shows everything, whatever `view` says of details.
pub fn page(plan: &Plan, goal: Goal, stack: &Stack, view: View<'_>, redactor: &Redactor) -> String {
    let shown = |text: &str| clean(&redactor.text(text));
    let groups: Vec<(Group, usize, Vec<Shown>)> = plan::groups(plan, goal, Detail::Full, redactor)
        .into_iter()
        .map(|(group, blocks)| (group, blocks.len(), plan::together(blocks)))
        .collect();
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
                @if let Some(profile) = &plan.account_profile { li { (profile.title) } }
                @if view.sandbox { li class="sandbox" { "sandbox" } }
            }
            p class="summary" { (summary) }
            @if !groups.is_empty() || view.warnings.is_some() {
                nav aria-label="What happens" {
                    ul class="chips" {
                        @if let Some(warnings) = view.warnings { (chip(warnings)) }
                        @for (group, count, _) in &groups {
                            li { a class={ "chip " (class(*group)) } href={ "#" (class(*group)) } {
                                strong { (count) } " " (group.title().to_lowercase())
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
            @if let Some(profile) = &plan.account_profile { (account_profile(profile, redactor)) }
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
fn chip(warnings: &Diagnostics) -> Markup {
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
fn picture(plan: &Plan, stack: &Stack, groups: &[(Group, usize, Vec<Shown>)], redactor: &Redactor) -> Picture {
    let shown = |text: &str| clean(&redactor.text(text));
    let all = groups.iter().flat_map(|(_, _, shown)| shown);
    let of_step: BTreeMap<usize, &Block> =
        all.flat_map(|one| one.steps.iter().map(|step| (*step, &one.block))).collect();
    let node = |(number, step): (usize, &Step)| {
        let fate = match of_step.get(&number) {
            Some(block) => Fate {
                symbol: block.verb.0,
                word: block.verb.1,
                class: class(block.group),
                link: format!("#change-{}", block.step),
            },
            None => Fate { symbol: "", word: "unchanged", class: "none", link: "#unchanged".to_owned() },
        };
        let label = shown(&step.address.to_string());
        Node { label, kind: step.kind.name().to_owned(), fate: Some(fate), copies: 0 }
    };
    // One box for the copies that are shown as one, and one for those to which nothing happens.
    let group = |(number, step): (usize, &Step)| {
        let nothing = plan.steps.len();
        let block = of_step.get(&number).map_or(nothing, |block| block.step);
        step.address.key.as_ref().map(|_| (shown(&step.address.name), block))
    };
    let of_groups: Vec<_> = plan.steps.iter().enumerate().map(group).collect();
    // What the file no longer has may have the address of something else.
    let addresses: Vec<Option<&Address>> = plan.steps.iter().map(|step| step.line().map(|_| &step.address)).collect();
    let picture = Picture {
        title: shown(&plan.place.stack),
        nodes: plan.steps.iter().enumerate().map(node).collect(),
        edges: Graph::new(&stack.resources).edges_between(&addresses),
    };
    picture.together(&of_groups)
}

/// What the account's programme makes of the stack.
fn account_profile(profile: &ProfileInUse, redactor: &Redactor) -> Markup {
    let lines = plan::lines(profile, redactor);
    html! {
        section aria-labelledby="account-profile" {
            h2 id="account-profile" { (profile.title) }
            p { (plan::found(profile.found_by)) "." }
            @if !lines.is_empty() {
                dl class="pairs" {
                    @for (resource, said) in &lines { div { dt { (resource) } dd { (said) } } }
                }
            }
        }
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

fn changes(plan: &Plan, groups: &[(Group, usize, Vec<Shown>)]) -> Markup {
    html! {
        section aria-labelledby="changes" {
            h2 id="changes" { "Changes" }
            @if groups.is_empty() { p { "There is nothing to do." } }
            @for (group, count, blocks) in groups {
                section class={ "group " (class(*group)) } aria-labelledby=(class(*group)) {
                    h3 id=(class(*group)) tabindex="-1" { (group.title()) " " span class="count" { (count) } }
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
    let mut unchanged: Vec<Vec<&Step>> = Vec::new();
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for step in plan.steps.iter().filter(|step| step.action == Action::None) {
        let next = unchanged.len();
        let place = step.address.key.as_ref().map_or(next, |_| *places.entry(&step.address.name).or_insert(next));
        match unchanged.get_mut(place) {
            Some(copies) => copies.push(step),
            None => unchanged.push(vec![step]),
        }
    }
    let keys = |steps: &[&Step]| -> Vec<String> { steps.iter().filter_map(|step| step.address.key.clone()).collect() };
    html! {
        @if plan::unchanged(plan) > 0 {
            section aria-labelledby="unchanged" {
                h2 id="unchanged" tabindex="-1" { "Unchanged" }
                ul class="unchanged" {
                    @for steps in &unchanged {
                        @if let [step] = steps.as_slice() {
                            li {
                                strong { (shown(&step.address.to_string())) } " "
                                span class="kind" { (step.kind.name()) } " " (shown(plan::name(step)))
                            }
                        } @else if let Some(first) = steps.first() {
                            li {
                                strong { (shown(&first.address.name)) } " "
                                span class="kind" { (first.kind.name()) } " " (steps.len()) " copies: "
                                (shown(&people(&keys(steps))))
                            }
                        }
                    }
                }
            }
        }
    }
}

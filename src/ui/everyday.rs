//! The output of everyday commands: outputs, calls of functions, their logs, instances, and what `doctor` found.

use std::time::Duration;

use crate::doctor::Check;
use crate::operate::invoke::Answer;
use crate::operate::logs::Event;
use crate::operate::power::Machine;
use crate::plan::Output;
use crate::plan::handout::{Card, Cards};
use crate::plan::observe::PlanError;
use crate::resource::Place;
use crate::resource::ec2::instance::State;

use super::{HandoutFormat, Ui, examination, handout, invocation, json, outputs, power, written};

impl Ui {
    /// The stack's outputs. `unseen`: see [`Ui::unseen`].
    pub fn outputs(&self, place: &Place, outputs: &[Output], unseen: &[PlanError]) {
        if self.is_json() {
            return self.json(&json::OutputDocument::of(place, outputs, unseen));
        }
        self.result(&outputs::lines(outputs, self.out.stdout));
    }

    /// The stack's outputs as lines for a shell; those that are secret are only named, on standard error.
    pub fn exports(&self, outputs: &[Output]) {
        self.result(&outputs::exports(outputs));
        for output in outputs.iter().filter(|output| output.is_sensitive()) {
            self.note(&format!("{} is not set: it contains a secret variable.", output.name));
        }
    }

    /// The files of a hand-out; see [`handout::files`]. They are not printed, but written for the person who asks.
    pub fn handout(
        &self,
        cards: &[Card],
        format: HandoutFormat,
        place: &Place,
        sandbox: bool,
    ) -> Vec<(Option<String>, String)> {
        handout::files(cards, format, place, sandbox, &self.redactor())
    }

    /// What became of a hand-out: where the cards are, and who has none. `files` are those that were written, `to` the
    /// place that was asked for. `unseen`: see [`Ui::unseen`].
    pub fn handed_out(&self, place: &Place, cards: &Cards, files: Vec<String>, to: &str, unseen: &[PlanError]) {
        if self.is_json() {
            return self.json(&json::HandoutDocument::of(place, cards, files, unseen));
        }
        self.report(&handout::report::written(cards.ready.len(), to));
        self.gaps(cards);
    }

    /// A file of a hand-out, to standard output.
    pub fn card_file(&self, text: &str) {
        self.out.result(text);
    }

    /// Who has no card, and on whose cards credentials are missing.
    pub fn gaps(&self, cards: &Cards) {
        let useless = handout::report::useless(cards);
        if !useless.is_empty() {
            self.message(&format!("Not on the cards:\n{useless}"));
        }
        if !cards.lacking.is_empty() {
            self.message(&format!("No card yet:\n{}", handout::report::lacking(cards)));
        }
    }

    /// What came of calling a function: its answer to standard output, all else to standard error. `logs` is the command that
    /// shows its log.
    pub fn invocation(&self, function: &str, answer: &Answer, logs: &str) {
        if self.is_json() {
            return self.json(&json::InvokeDocument::of(function, answer));
        }
        self.result(&invocation::payload(answer));
        self.message(&invocation::messages(function, answer, logs, self.out.stderr));
    }

    /// Something that a function has written.
    pub fn written(&self, event: &Event) {
        if self.is_json() {
            return self.event(written::event(event));
        }
        self.result(&written::line(event, self.out.stdout));
    }

    /// The stack's instances, and what is about to be done with each.
    pub fn powering(&self, to: State, machines: &[Machine]) {
        if !self.is_json() {
            self.report(&power::before(to, machines, self.out.stdout));
        }
    }

    /// That an instance was started or stopped; with JSON an event `instance`.
    pub fn powered(&self, machine: &Machine, took: Duration) {
        if self.is_json() {
            return self.event(power::event(machine, took));
        }
        self.result(&power::after(machine, took, self.out.stdout));
    }

    /// What was found to be right and wrong.
    pub fn examination(&self, checks: &[Check]) {
        if self.is_json() {
            return self.json(&json::DoctorDocument::of(checks));
        }
        self.report(&examination::examination(checks, self.out.stdout));
    }
}

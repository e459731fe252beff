//! What is wrong, wherever it is: in a stack file, with AWS, with what was asked for.

use std::fmt::Display;

use crate::aws::Error;
use crate::plan::observe::PlanError;
use crate::stack::Stack;
use crate::stack::diagnostics::Diagnostics;

use super::{Ui, diagnostics, json, plan_errors};

impl Ui {
    /// What is wrong with a stack file.
    pub fn diagnostics(&self, diagnostics: &Diagnostics) {
        let diagnostics = &self.brief(diagnostics);
        if self.is_json() {
            return self.event(json::Event::Error(json::ErrorEvent::of_diagnostics(diagnostics)));
        }
        self.print_diagnostics(diagnostics);
    }

    /// What is probably a mistake in a valid stack file. Programs find it in the document of the plan or of the
    /// validation.
    pub fn warnings(&self, warnings: Option<&Diagnostics>) {
        if let Some(warnings) = warnings.filter(|_| !self.is_json()) {
            self.print_diagnostics(&self.brief(warnings));
            // What comes next stands apart.
            self.message("\n");
        }
    }

    /// A valid stack file, with its warnings.
    pub fn sound(&self, file: &str, stack: &Stack) {
        let warnings = stack.warnings.as_ref().map(|warnings| self.brief(warnings));
        if self.is_json() {
            return self.json(&json::ValidateDocument::sound(file, stack, warnings.as_ref()));
        }
        self.warnings(stack.warnings.as_ref());
        let count = stack.resources.len();
        let resources = if count == 1 { "1 resource".to_owned() } else { format!("{count} resources") };
        self.result(&format!("{file} is valid: stack {}, {resources}.\n", stack.name));
    }

    /// The same without secrets, and of a length that can be read.
    pub(super) fn brief(&self, diagnostics: &Diagnostics) -> Diagnostics {
        self.hide(&diagnostics.secrets);
        diagnostics::brief(diagnostics, |text| self.redacted(text))
    }

    fn print_diagnostics(&self, diagnostics: &Diagnostics) {
        let most = if self.out.live { diagnostics::SCREENFUL } else { usize::MAX };
        self.message(&diagnostics::render(diagnostics, self.out.stderr.is_on(), self.out.width(), most));
    }

    /// What AWS refused. `file` is the stack file as the person named it.
    pub fn trouble(&self, all: &[PlanError], file: &str) {
        if self.is_json() {
            return self.event(json::Event::Error(json::ErrorEvent::of_trouble(all, file)));
        }
        self.message(&plan_errors::text(all, file, self.out.stderr));
    }

    /// What could not be looked at and is not needed, for people. Programs find it in the document of the plan, of what
    /// is live, or of the outputs.
    pub fn unseen(&self, all: &[PlanError]) {
        if !self.is_json() {
            self.message(&plan_errors::unseen(all, self.out.stderr));
        }
    }

    /// An error of AWS that belongs to no resource.
    pub fn error(&self, error: &Error) {
        if self.is_json() {
            return self.event(json::Event::Error(json::ErrorEvent::of_error(error)));
        }
        self.message(&plan_errors::error(error, self.out.stderr));
    }

    /// Any other error, and what to type next.
    pub fn failure(&self, message: impl Display, hint: Option<&str>) {
        let message = message.to_string();
        if self.is_json() {
            return self.event(json::Event::Error(json::ErrorEvent::of_failure(&message, hint)));
        }
        self.message(&plan_errors::failure(&message, hint, self.out.stderr));
    }

    /// Why the plan saved in `file` is not carried out, and what to type next.
    pub fn outdated(&self, file: &str, reasons: &[String], hint: &str) {
        if self.is_json() {
            return self.event(json::Event::Error(json::ErrorEvent::of_outdated(file, reasons, hint)));
        }
        self.message(&plan_errors::outdated(file, reasons, hint, self.out.stderr));
    }

    /// Whether all results could be written; reports it if not, on standard error for every format.
    pub fn flush_failed(&self) -> bool {
        let Some(error) = self.out.lost() else { return true };
        let message = format!("the answer could not be written to standard output: {error}");
        let hint = "is the disk full, or was the file's folder deleted? Changes in the account are complete: the \
            command `show` lists its resources";
        self.message(&plan_errors::failure(&message, Some(hint), self.out.stderr));
        false
    }
}

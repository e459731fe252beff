//! What most commands begin with: load the stack, connect, observe, decide.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::aws::{Context, ErrorKind, Target};
use crate::plan::ahead::look_ahead;
use crate::plan::decide::{decide, scope};
use crate::plan::desired::Known;
use crate::plan::observe::{Observation, Trouble, look, observe};
use crate::plan::options::{Goal, Options};
use crate::plan::shown::secret_attributes;
use crate::plan::{Output, Plan, others, outputs};
use crate::resource::Address;
use crate::sandbox::{self, Sandbox};
use crate::stack::{Stack, find, load};
use crate::suggest;
use crate::ui::{Ui, View};

use super::failure::Failure;
use super::run::Length;
use super::{Global, StackArgument, command_line, saved};

/// A stack that is ready to be planned.
pub(super) struct Prepared {
    /// The stack.
    pub stack: Arc<Stack>,
    /// The file, as a person would type it.
    pub file: String,
    /// The connection.
    pub cx: Context,
}

/// Finds and loads the stack, without asking AWS. The second answer is the file, as a person would type it.
pub(super) fn stack(global: &Global, argument: &StackArgument, ui: &Ui) -> Result<(Stack, String), Failure> {
    let missing = |error: find::NotFound| Failure::Missing { message: error.message, hint: error.hint };
    let path = find::find(argument.stack.as_deref()).map_err(missing)?;
    if argument.stack.is_some() && saved::open(&path)?.is_some() {
        let file = path.display().to_string();
        let apply = command_line(global, "apply", argument, &BTreeMap::new());
        let hint = format!("name the stack's file; `{apply}` carries the plan out");
        return Err(Failure::usage(format!("`{file}` is a saved plan, not a stack"), hint));
    }
    let options = load::Options {
        vars: global.var.iter().cloned().collect(),
        region: global.region.clone(),
        strict: global.strict,
        allow_outside: global.allow_outside.clone(),
        allow_file: global.allow_file.clone(),
    };
    let stack = load::load(&path, &options)?;
    let secrets = stack.secrets();
    if !secrets.is_empty() {
        ui.publish(stack.public_names());
    }
    ui.hide(secrets);
    Ok((stack, path.display().to_string()))
}

/// Loads the stack, which must have all of `named`, says what is probably a mistake in it, and connects to AWS or the
/// sandbox.
pub(super) async fn prepare(
    global: &Global,
    argument: &StackArgument,
    named: impl IntoIterator<Item = &Address>,
    ui: &Ui,
) -> Result<Prepared, Failure> {
    let (stack, file) = stack(global, argument, ui)?;
    for address in named {
        check(&stack, &file, address)?;
    }
    ui.warnings(stack.warnings.as_ref());
    connect(global, stack, file, ui).await
}

/// Connects to AWS or the sandbox for a stack that is loaded.
pub(super) async fn connect(global: &Global, stack: Stack, file: String, ui: &Ui) -> Result<Prepared, Failure> {
    let connected = target(global, stack.region.clone(), ui)
        .await?
        .connect(&stack.name, stack.account.as_deref(), stack.base.clone())
        .await;
    let cx = connected.map_err(|error| match stack.account_line.filter(|_| error.kind == ErrorKind::WrongAccount) {
        Some(line) => error
            .with_hint(format!("choose the right profile with --profile, or change the account at {}:{line}", file)),
        None => error,
    })?;
    Ok(Prepared { stack: Arc::new(stack), file, cx })
}

/// Where AWS or the sandbox is, which is started for it. `region` is the file's.
pub(super) async fn target(global: &Global, region: Option<String>, ui: &Ui) -> Result<Target, sandbox::Error> {
    let sandbox = match global.sandbox {
        true => {
            let sandbox = Sandbox::default_location()?;
            let running = sandbox.start(&|progress| ui.sandbox(progress)).await?;
            ui.hide([running.access_key()]);
            global.watched.begin(sandbox, running.clone());
            Some(running)
        }
        false => None,
    };
    Ok(Target {
        region: global.region.clone().or(region),
        profile: global.profile.clone(),
        endpoint_url: global.endpoint_url.clone(),
        sandbox,
        http_client: None,
        on_secret: Some(Arc::new({
            let ui = ui.clone();
            move |secret: &str| ui.hide([secret])
        })),
    })
}

/// Whether the file has what `--target` or `--replace` names.
fn check(stack: &Stack, file: &str, address: &Address) -> Result<(), Failure> {
    if stack.get(address).is_some() {
        return Ok(());
    }
    let names: Vec<_> = stack.resources.iter().map(|declared| declared.address.to_string()).collect();
    let hint = match suggest::closest(&address.to_string(), names.iter().map(String::as_str)) {
        Some(close) => format!("did you mean `{close}`?"),
        None => format!("it has {}", suggest::list(&names)),
    };
    Err(Failure::usage(format!("{file} has no resource `{address}`"), hint))
}

impl Prepared {
    /// Reads the account.
    pub(super) async fn observe(&self, ui: &Ui) -> Result<Observation, Failure> {
        let spinner = ui.spinner("Reading the account");
        let observation = observe(&self.cx, &self.stack).await.map_err(|troubles| self.trouble(troubles))?;
        drop(spinner);
        ui.hide(secret_attributes(&self.stack, &observation.live));
        ui.unseen(&observation.unseen);
        Ok(observation)
    }

    /// Plans either. The second answer is what a destroy can do without; see [`Self::plan_to_destroy`].
    pub(super) async fn plan(&self, goal: Goal, options: &Options, ui: &Ui) -> Result<(Plan, Vec<Trouble>), Failure> {
        match goal {
            Goal::Apply => Ok((self.plan_to_apply(options, ui).await?, Vec::new())),
            Goal::Destroy => self.plan_to_destroy(options, ui).await,
        }
    }

    /// Plans an apply.
    pub(super) async fn plan_to_apply(&self, options: &Options, ui: &Ui) -> Result<Plan, Failure> {
        let scope = scope(&self.stack, Goal::Apply, &options.targets);
        if let Some(address) = options.replace.iter().find(|address| !scope.contains(address)) {
            let message = format!("--replace {address} asks for what --target leaves out");
            return Err(Failure::usage(message, format!("add --target {address}, or take one of the two away")));
        }
        let observation = self.observe(ui).await?;
        let plan = decide(&self.stack, &self.cx.place, observation, Goal::Apply, options);
        let mut plan = plan.map_err(|troubles| self.trouble(troubles))?;
        let ahead = look_ahead(&self.cx, &self.stack, &plan);
        let (ahead, others) = tokio::join!(ahead, others::ask(&self.cx, &self.stack, &plan));
        let notes = ahead.map_err(|troubles| self.trouble(troubles))?;
        notes.into_iter().for_each(|(index, notes)| plan.steps[index].notes.extend(notes));
        let settled = others::settle(&self.stack, Goal::Apply, &mut plan, others);
        settled.map_err(|troubles| self.trouble(troubles))?;
        Ok(plan)
    }

    /// Plans a destroy. A resource of the file that can't be read, because it is somebody else's or the credentials
    /// may not, keeps the others from nothing: it stays out of the plan, and its trouble is the second answer. A list
    /// which the file can do without is only noted.
    pub(super) async fn plan_to_destroy(&self, options: &Options, ui: &Ui) -> Result<(Plan, Vec<Trouble>), Failure> {
        let spinner = ui.spinner("Reading the account");
        let (mut observation, mut troubles) = look(&self.cx, &self.stack).await;
        drop(spinner);
        ui.hide(secret_attributes(&self.stack, &observation.live));
        let can_wait = |trouble: &Trouble| {
            trouble.address.is_some()
                && matches!(trouble.error.kind, ErrorKind::Denied | ErrorKind::Exists | ErrorKind::Refused)
        };
        if !troubles.iter().all(can_wait) {
            troubles.append(&mut observation.unseen);
            return Err(self.trouble(troubles));
        }
        ui.unseen(&observation.unseen);
        let plan = decide(&self.stack, &self.cx.place, observation, Goal::Destroy, options);
        let mut plan = plan.map_err(|troubles| self.trouble(troubles))?;
        let others = others::ask(&self.cx, &self.stack, &plan).await;
        let settled = others::settle(&self.stack, Goal::Destroy, &mut plan, others);
        settled.map_err(|troubles| self.trouble(troubles))?;
        Ok((plan, troubles))
    }

    /// The plan's place, what to type next, and how much is shown.
    pub(super) fn view<'a>(&'a self, global: &Global, next: Option<&'a str>, length: Length) -> View<'a> {
        let warnings = self.stack.warnings.as_ref();
        View { sandbox: global.sandbox, next, detail: length.detail(), warnings }
    }

    /// The stack's outputs, with what a run has made known.
    pub(super) fn outputs(&self, known: &Known) -> Vec<Output> {
        outputs(&self.stack, &self.cx.place, known)
    }

    pub(super) fn trouble(&self, troubles: Vec<Trouble>) -> Failure {
        Failure::Trouble { troubles, file: self.file.clone() }
    }
}

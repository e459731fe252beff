//! What most commands begin with: load the stack, connect, observe, decide.

use std::collections::BTreeMap;
use std::env;
use std::sync::Arc;

use crate::aws::command::quoted;
use crate::aws::{self, Context, ErrorKind, Target};
use crate::model::account_profile::{AccountProfile, ProfileChoice};
use crate::plan::observe::{Observation, PlanError};
use crate::plan::options::{Goal, Options};
use crate::plan::stopped;
use crate::resource::{Address, Registry};
use crate::sandbox::{self, Running, Sandbox, is_access_key};
use crate::session::{self, Planned, Session};
use crate::stack::{Stack, find, load};
use crate::suggest;
use crate::ui::{Ui, View};

use super::choices::{CREDENTIALS, Credentials, Length, Patience};
use super::copies::name_hint_to_change;
use super::failure::Failure;
use super::{Global, StackArgument, command_line, saved_file};

/// A stack that is ready to be planned.
pub(super) struct Prepared {
    /// It, connected.
    pub session: Session,
    /// The file, as a person would type it.
    pub file: String,
    /// The options with which it was prepared, for commands to type next.
    global: Global,
}

/// Finds and loads the stack, without asking AWS. The second answer is the file, as a person would type it.
pub(super) fn stack(global: &Global, argument: &StackArgument, ui: &Ui) -> Result<(Stack, String), Failure> {
    let missing = |error: find::NotFound| Failure::Missing { message: error.message, hint: error.hint };
    let path = find::find(argument.stack.as_deref()).map_err(missing)?;
    if argument.stack.is_some() && saved_file::open(global, &path)?.is_some() {
        let file = path.display().to_string();
        let apply = command_line(global, "apply", argument, &BTreeMap::new());
        let hint = format!("name the stack's file; `{apply}` applies the plan");
        return Err(Failure::usage(format!("`{file}` is a saved plan, not a stack"), hint));
    }
    let options = load::Options {
        registry: Registry::builtin(),
        vars: global.var.iter().cloned().collect(),
        region: global.region.clone(),
        strict: global.strict,
        allow_outside: global.allow_outside.clone(),
        allow_file: global.allow_file.clone(),
    };
    let line = |command: &str| command_line(global, command, argument, &BTreeMap::new());
    let loaded = Session::load(&path, &options);
    let stack = loaded.map_err(|error| Failure::of(error, &path.display().to_string(), line, ui))?;
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
    let refused = named.into_iter().find_map(|address| Some((address, check(&stack, &file, address).err()?)));
    if let Some((address, failure)) = refused {
        let leaver = address.key.as_deref().filter(|_| stack.left(address).is_some());
        let Some(key) = leaver else { return Err(failure) };
        let Ok(prepared) = connect(global, stack, file, ui).await else { return Err(failure) };
        let left = prepared.session.left(key).await;
        return Err(left.map_or(failure, |error| prepared.failure(error, ui)));
    }
    ui.warnings(stack.warnings.as_ref());
    connect(global, stack, file, ui).await
}

/// From so many resources on, reading the account takes so long that it is said also where no spinner turns.
const MANY: usize = 500;

/// Connects to AWS or the sandbox for a stack that is loaded.
pub(super) async fn connect(global: &Global, stack: Stack, file: String, ui: &Ui) -> Result<Prepared, Failure> {
    let account_line = stack.account_line;
    let argument = StackArgument { stack: Some(file.clone().into()) };
    let vars = stack.vars.clone();
    let line = |command: &str| command_line(global, command, &argument, &vars);
    let target = target(global, stack.region.clone(), ui).await?;
    let connected = Session::connect(stack, target).await;
    let session = connected.map_err(|error| match (error, account_line) {
        (session::Error::Aws(error), Some(line)) if error.kind == ErrorKind::WrongAccount && error.hint.is_none() => {
            let hint = format!("choose the right profile with --profile, or change the account at {file}:{line}");
            Failure::Aws(error.with_hint(hint))
        }
        (session::Error::Aws(error), _) if !global.sandbox && is_led_to_a_sandbox() => {
            let (again, start) = ("eval \"$(cloud101 sandbox env)\"", "cloud101 sandbox start");
            Failure::Aws(error.with_hint(format!(
                "this shell was led to a sandbox that no longer runs: type `{again}` here, after `{start}` if none runs now"
            )))
        }
        (error, _) => Failure::of(error, &file, line, ui),
    })?;
    if global.sandbox {
        rehearsed(session.cx(), session.stack()).await?;
    }
    let session = session.with_parallelism(usize::from(global.parallelism)).with_credentials_to(CREDENTIALS);
    Ok(Prepared { session, file, global: global.clone() })
}

/// Whether the credentials of this shell are those of a sandbox, as `sandbox env` sets them.
fn is_led_to_a_sandbox() -> bool {
    env::var("AWS_ACCESS_KEY_ID").is_ok_and(|key| is_access_key(&key))
}

/// The profile that the stack names, with all that is in its accounts from the start, in the sandbox of `cx`.
pub(super) async fn rehearsed(cx: &Context, stack: &Stack) -> aws::Result<Option<&'static AccountProfile>> {
    let Some(ProfileChoice::Of(profile)) = stack.profile else { return Ok(None) };
    sandbox::furnish(cx, profile).await?;
    Ok(Some(profile))
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
        stand_in: sandbox.as_ref().map(Running::stand_in),
        http_client: None,
        on_secret: Some(Arc::new({
            let ui = ui.clone();
            move |secrets: &[String]| ui.hide(secrets)
        })),
    })
}

/// The command line of `import`, which reads no stack file: it has no variables, and only the option says the region.
fn import_line(global: &Global, region: &str) -> String {
    let region = global.region.clone().or_else(|| Some(region.to_owned()));
    let global = Global { region, var: Vec::new(), ..global.clone() };
    command_line(&global, "import", &StackArgument { stack: None }, &BTreeMap::new())
}

/// Whether the file has what `--target` or `--replace` names.
fn check(stack: &Stack, file: &str, address: &Address) -> Result<(), Failure> {
    if stack.resources.iter().any(|declared| address.includes(&declared.address)) {
        return Ok(());
    }
    let all: Vec<_> = stack.resources.iter().map(|declared| &declared.address).collect();
    let hint = instead_of_address(stack, address).unwrap_or_else(|| name_hint_to_change(&all, &address.to_string()));
    Err(Failure::usage(format!("{file} has no resource `{address}`"), hint))
}

/// What to type for what is no address: keys, or several names at once.
fn instead_of_address(stack: &Stack, address: &Address) -> Option<String> {
    let words: Vec<_> = address.name.split(',').map(str::trim).filter(|word| !word.is_empty()).collect();
    let has_key = |word: &&str| stack.rosters.values().any(|roster| roster.has(word));
    let has_name = |word: &&str| stack.resources.iter().any(|declared| declared.address.name == **word);
    if address.key.is_some() || words.is_empty() {
        return None;
    }
    if words.iter().all(has_key) {
        let (is, keys) = if words.len() == 1 { ("is a key", "") } else { ("are keys", "s") };
        let only = quoted(&words.join(","));
        return Some(format!(
            "{} {is} of a roster: `--only {only}` chooses the copies for the key{keys}",
            suggest::list(&words)
        ));
    }
    let each: Vec<_> = words.iter().map(|word| format!("--target {word}")).collect();
    words.iter().all(has_name).then(|| format!("an option names one resource: repeat it, as in `{}`", each.join(" ")))
}

impl Prepared {
    /// Reads the account.
    pub(super) async fn observe(&self, ui: &Ui) -> Result<Observation, Failure> {
        let observation = self.reading(self.session.observe(), ui).await?;
        ui.unseen(&observation.unseen);
        Ok(observation)
    }

    /// Plans either.
    pub(super) async fn plan(&self, goal: Goal, options: &Options, ui: &Ui) -> Result<Planned, Failure> {
        let mut planned = self.reading(self.session.plan(goal, options), ui).await?;
        for note in planned.plan.steps.iter_mut().flat_map(|step| &mut step.notes) {
            *note = note.replace(stopped::START, &format!("`{}", self.line("start")));
        }
        ui.unseen(&planned.plan.unseen);
        for key in planned.nothing_for.iter().filter(|_| !ui.is_json()) {
            ui.note(&format!("The account has nothing for `{key}` that could be removed."));
        }
        Ok(planned)
    }

    /// The command line of another command for the same stack.
    pub(super) fn line(&self, command: &str) -> String {
        if command == "import" {
            return import_line(&self.global, &self.session.place().region);
        }
        let argument = StackArgument { stack: Some(self.file.clone().into()) };
        command_line(&self.global, command, &argument, &self.session.stack().vars)
    }

    /// The same, which waits or not.
    pub(super) fn patient(self, patience: &Patience) -> Self {
        Self { session: self.session.with_patience(patience.wait), ..self }
    }

    /// The same, which hands out credentials there.
    pub(super) fn handing_out(self, credentials: &Credentials) -> Self {
        Self { session: self.session.with_credentials_to(credentials.folder()), ..self }
    }

    /// The plan's place, what to type next, and how much is shown.
    pub(super) fn view<'a>(&'a self, global: &Global, next: Option<&'a str>, length: Length) -> View<'a> {
        let warnings = self.session.stack().warnings.as_ref();
        View { sandbox: global.sandbox, next, detail: length.detail(), warnings }
    }

    pub(super) fn trouble(&self, troubles: Vec<PlanError>) -> Failure {
        Failure::PlanError { troubles, file: self.file.clone() }
    }

    /// What the session answers; a spinner turns meanwhile.
    pub(super) async fn reading<T>(
        &self,
        question: impl Future<Output = Result<T, session::Error>>,
        ui: &Ui,
    ) -> Result<T, Failure> {
        let resources = self.session.stack().resources.len();
        if resources >= MANY && !ui.is_json() && !ui.is_live() {
            ui.message(&format!("Reading the account for {resources} resources\n"));
        }
        let spinner = ui.spinner("Reading the account");
        let answer = question.await;
        drop(spinner);
        answer.map_err(|error| self.failure(error, ui))
    }

    fn failure(&self, error: session::Error, ui: &Ui) -> Failure {
        Failure::of(error, &self.file, |command| self.line(command), ui)
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use crate::cli::Cli;

    use super::*;

    #[test]
    fn import_gets_the_region_of_the_file_and_no_variables() {
        let line = |words: &[&str]| {
            let words = [&["cloud101"], words, &["adopt", "news", "nothing"]].concat();
            import_line(&Cli::try_parse_from(words).expect("a command line").global, "eu-west-1")
        };
        let of_file = line(&["--sandbox", "--var", "a=b"]);
        assert!(of_file.ends_with(" --sandbox --region eu-west-1 import"), "{of_file}");
        let own = line(&["--region", "us-west-2"]);
        assert!(own.ends_with(" --region us-west-2 import"), "{own}");
    }
}

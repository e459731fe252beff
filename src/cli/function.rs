//! The function that `invoke` and `logs` are about.

use crate::resource::lambda::function::KIND;
use crate::resource::{Address, is_unknown, lookup};
use crate::ui::Ui;

use super::copies::{name_hint, one_of_copies};
use super::failure::Failure;
use super::prepare::{self, Prepared};
use super::{Global, StackArgument, command_line};

/// A function of the stack.
pub(super) struct Function {
    /// Its address in the stack.
    pub address: Address,
    /// Its name in AWS.
    pub name: String,
}

/// Connects, and finds the function that `desired` names: by its logical name, its name in AWS or its ARN.
pub(super) async fn find(
    global: &Global,
    stack: &StackArgument,
    desired: &str,
    ui: &Ui,
) -> Result<(Prepared, Function), Failure> {
    let (loaded, file) = prepare::stack(global, stack, ui)?;
    let functions = loaded.resources.iter().filter(|declared| declared.kind.name() == KIND);
    let templates: Vec<_> = functions.map(|declared| (declared.address.clone(), declared.name.clone())).collect();
    if templates.is_empty() {
        let hint = "a function is a resource of `type: lambda.function`; --stack names another stack";
        return Err(Failure::usage(format!("{file} has no function"), hint));
    }
    let prepared = prepare::connect(global, loaded, file, ui).await?;
    let resolved = |template: &str| {
        let known = crate::plan::desired::KnownAttributes::default();
        known.resolve(prepared.session.stack(), prepared.session.place(), template)
    };
    let mut functions: Vec<_> =
        templates.into_iter().map(|(address, name)| Function { name: resolved(&name), address }).collect();
    if functions.iter().any(|function| is_unknown(&function.name)) {
        let live = prepared.observe(ui).await?.live;
        functions.iter_mut().for_each(|function| function.learn(live.get(&function.address).map(|live| &live.id)));
    }
    // The last part of an ARN, which an output often is.
    lookup::check(prepared.session.place(), desired)?;
    let name = lookup::name_in(desired);
    let position = functions
        .iter()
        .position(|function| function.address == Address::parse(desired))
        .or_else(|| functions.iter().position(|function| function.name == name));
    match position {
        Some(position) if is_unknown(&functions[position].name) => {
            Err(not_there(global, stack, &prepared, &functions[position].address.to_string()))
        }
        Some(position) => Ok((prepared, functions.swap_remove(position))),
        None => {
            let all: Vec<_> = functions.iter().map(|function| &function.address).collect();
            Err(one_of_copies(&all, desired).unwrap_or_else(|| {
                Failure::usage(format!("{} has no function `{desired}`", prepared.file), name_hint(&all, desired))
            }))
        }
    }
}

/// The failure for a function that the file has and the account has not.
pub(super) fn not_there(global: &Global, stack: &StackArgument, prepared: &Prepared, what: &str) -> Failure {
    let apply = command_line(global, "apply", stack, &prepared.session.stack().vars);
    Failure::Missing { message: format!("the function `{what}` does not exist"), hint: format!("create it: `{apply}`") }
}

/// Another owner has a function with this name; `so` is what is therefore not done.
pub(super) fn not_ours(prepared: &Prepared, function: &Function, so: &str) -> Failure {
    Failure::Missing {
        message: format!("there is a function `{}`, which is not this stack's{so}", function.name),
        hint: format!("give `{}` another `name:` in {}, then apply", function.address, prepared.file),
    }
}

impl Function {
    /// Takes the name that AWS shows, where only AWS knows it.
    fn learn(&mut self, name: Option<&String>) {
        if let Some(name) = name.filter(|_| is_unknown(&self.name)) {
            self.name.clone_from(name);
        }
    }
}

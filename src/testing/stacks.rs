//! Stacks from text.

use std::path::Path;
use std::sync::LazyLock;

use crate::resource::Registry;
use crate::stack::Stack;
use crate::stack::diagnostics::Diagnostics;
use crate::stack::load::{self, load_text};

/// The stack `cloud101` with the rest of its file: `resources:` and what else a test needs.
pub fn stack(rest: &str) -> Stack {
    stack_in(Path::new("stacks"), rest)
}

/// The same for a file in another folder than `stacks`.
pub fn stack_in(folder: &Path, rest: &str) -> Stack {
    load_in(folder, rest).unwrap_or_else(|diagnostics| panic!("{:#?}", diagnostics.list))
}

/// The same for a file that may be wrong.
pub fn try_stack(rest: &str) -> Result<Stack, Diagnostics> {
    load_in(Path::new("stacks"), rest)
}

fn load_in(folder: &Path, rest: &str) -> Result<Stack, Diagnostics> {
    let text = format!("stack: cloud101\nregion: us-east-1\n{rest}");
    // The schemas of the types are made once for all tests.
    static REGISTRY: LazyLock<Registry> = LazyLock::new(Registry::builtin);
    let options = load::Options { registry: REGISTRY.clone(), ..load::Options::default() };
    load_text(&text, &folder.join("cloud101.yaml"), &options)
}

//! Whether the code has what the handler names, and what the runtime starts.

use crate::explain::Code;
use crate::resource::{Base, Diagnostic, is_unknown};

use super::code::{self, Packable};
use super::spec::Spec;

/// How long a handler may be (API: Handler).
const LONGEST: usize = 128;

/// What is wrong with the code, and with the handler in it.
pub fn diagnostics(spec: &Spec, base: &Base) -> Vec<Diagnostic> {
    let mut diagnostics: Vec<Diagnostic> = spec.handler.as_deref().and_then(form).into_iter().collect();
    let Some(code) = spec.code.as_ref().filter(|code| !is_unknown(code)) else { return diagnostics };
    match code::names(code, base) {
        Err(diagnostic) => diagnostics.push(diagnostic),
        // A layer may bring what the code lacks.
        Ok(_) if spec.layers.as_ref().is_some_and(|layers| !layers.is_empty()) => {}
        Ok(files) if diagnostics.is_empty() => {
            let named = spec.runtime.as_deref().zip(spec.handler.as_deref());
            diagnostics.extend(named.and_then(|(runtime, handler)| in_code(runtime, handler, code, &files)));
        }
        Ok(_) => {}
    }
    diagnostics
}

/// What no handler looks like, whatever the language.
fn form(handler: &str) -> Option<Diagnostic> {
    if is_unknown(handler) {
        return None;
    }
    let length = handler.chars().count();
    if length > LONGEST {
        return Some(
            Diagnostic::new(
                Code::TooLong,
                "handler",
                format!(
                    "a handler can have at most {LONGEST} characters, not \
                {length}"
                ),
            )
            .help("shorten the name of the file or of the function in it"),
        );
    }
    (handler.is_empty() || handler.contains(char::is_whitespace)).then(|| {
        let message = match handler.is_empty() {
            true => "the handler is empty".to_owned(),
            false => format!("`{handler}` is not a handler: a handler has no spaces"),
        };
        Diagnostic::new(Code::Handler, "handler", message)
            .help("for example `index.handler`: the function `handler` in the file `index`")
    })
}

fn in_code(runtime: &str, handler: &str, code: &str, files: &[Packable]) -> Option<Diagnostic> {
    let family_end = runtime.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(runtime.len());
    match &runtime[..family_end] {
        "provided" => bootstrap(code, files),
        _ if is_unknown(handler) => None,
        "python" => Language::PYTHON.diagnostic(handler, code, files),
        "nodejs" => Language::NODE.diagnostic(handler, code, files),
        "ruby" => Language::RUBY.diagnostic(handler, code, files),
        "java" => class(handler, code, files),
        "dotnet" => assembly(handler, code, files),
        _ => None,
    }
}

/// The file that Lambda starts in a function without a language of its own.
fn bootstrap(code: &str, files: &[Packable]) -> Option<Diagnostic> {
    let diagnostic = |message: String, hint: String| Some(Diagnostic::new(Code::Handler, "code", message).help(hint));
    match files.iter().find(|file| file.name == "bootstrap") {
        Some(file) if file.executable => None,
        Some(_) => diagnostic(
            format!("`bootstrap` in `{code}` is not executable, but Lambda has to start it"),
            format!("`chmod +x {code}/bootstrap`; in an archive, before it is packed"),
        ),
        None => diagnostic(
            format!("`{code}` has no file `bootstrap`, which Lambda starts with this runtime"),
            format!("add the program as `{code}/bootstrap`, at the top level, and make it executable"),
        ),
    }
}

/// Java's class, at the top of the package or in a library of it, which is not searched here.
fn class(handler: &str, code: &str, files: &[Packable]) -> Option<Diagnostic> {
    let name = handler.split("::").next().unwrap_or_default();
    let file = format!("{}.class", name.replace('.', "/"));
    let brings = |one: &Packable| one.name == file || one.name.starts_with("lib/") && one.name.ends_with(".jar");
    (!files.iter().any(brings)).then(|| {
        let message =
            format!("the handler is the class `{name}`, but `{code}` has neither `{file}` nor a library in `lib/`");
        Diagnostic::new(Code::Handler, "handler", message)
            .help("build the .jar with all its dependencies, and name it: `code: target/app.jar`")
            .warning()
    })
}

/// The assembly of .NET, which stands before `::`, or alone.
fn assembly(handler: &str, code: &str, files: &[Packable]) -> Option<Diagnostic> {
    let name = handler.split("::").next().unwrap_or_default();
    let file = format!("{name}.dll");
    (!files.iter().any(|one| one.name == file)).then(|| {
        let message = format!("the handler is in the assembly `{name}`, but `{code}` has no `{file}`");
        Diagnostic::new(Code::Handler, "handler", message)
            .help("`dotnet publish -c Release -o publish` builds it; then `code: publish`")
            .warning()
    })
}

/// How a language finds the function of a handler.
struct Language {
    /// What its files end with, the common one first.
    endings: &'static [&'static str],
    /// Splits a handler into the file without its ending and the function.
    split: fn(&str) -> Option<(String, &str)>,
    /// Whether a file is the one of this name, besides those with one of the endings.
    besides: fn(file: &str, stem: &str) -> bool,
}

impl Language {
    const PYTHON: Self = Self {
        endings: &[".py"],
        split: |handler| handler.rsplit_once('.').map(|(module, function)| (module.replace('.', "/"), function)),
        besides: |file, stem| {
            let rest = file.strip_prefix(stem).unwrap_or_default();
            rest == "/__init__.py" || rest.starts_with('.') && rest.ends_with(".so")
        },
    };
    /// The module ends at the first dot behind the last slash; it may be one of `node_modules`, or a folder.
    const NODE: Self = Self {
        endings: &[".js", ".mjs", ".cjs"],
        split: |handler| {
            let name = handler.rfind('/').map_or(0, |slash| slash + 1);
            let dot = name + handler.get(name..)?.find('.')?;
            Some((handler[..dot].trim_start_matches("./").to_owned(), &handler[dot + 1..]))
        },
        besides: |file, stem| {
            file == stem
                || file.strip_prefix(stem) == Some("/index.js")
                || file.starts_with(&format!("node_modules/{stem}/"))
        },
    };
    const RUBY: Self = Self {
        endings: &[".rb"],
        split: |handler| handler.split_once('.').map(|(file, function)| (file.to_owned(), function)),
        besides: |_, _| false,
    };

    fn diagnostic(&self, handler: &str, code: &str, files: &[Packable]) -> Option<Diagnostic> {
        let ending = self.endings[0];
        let Some((stem, function)) = (self.split)(handler).filter(|(file, name)| !file.is_empty() && !name.is_empty())
        else {
            let message = format!("`{handler}` does not name a function and its file");
            let hint = format!("`index.handler` is the function `handler` in the file `index{ending}`");
            return Some(Diagnostic::new(Code::Handler, "handler", message).help(hint));
        };
        let names = || files.iter().map(|file| file.name.as_str());
        let is_it = |name: &str| {
            let rest = name.strip_prefix(stem.as_str());
            rest.is_some_and(|rest| self.endings.contains(&rest)) || (self.besides)(name, &stem)
        };
        if names().any(is_it) {
            return None;
        }
        let message = format!("the handler is `{handler}`, but `{code}` has no `{stem}{ending}`");
        let diagnostic = Diagnostic::new(Code::Handler, "handler", message);
        let without = |name: &'_ str| self.endings.iter().find_map(|end| name.strip_suffix(end)).map(str::to_owned);
        let top = names().filter_map(without).find(|name| !name.contains('/'));
        let source = format!("{stem}.ts");
        Some(match top {
            _ if ending == ".js" && names().any(|name| name == source) => diagnostic
                .help(format!("`{source}` is TypeScript, which Lambda does not run: compile it to `{stem}.js`")),
            Some(file) => diagnostic.help(format!("did you mean `{file}.{function}`?")),
            None => diagnostic.help(format!("the file must be at the top level of `{code}`")),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said of a function with this runtime, handler and files; those with a `*` may be run.
    fn said(runtime: &str, handler: &str, files: &[&str]) -> Option<String> {
        let files: Vec<_> = files
            .iter()
            .map(|name| Packable { name: name.trim_end_matches('*').to_owned(), executable: name.ends_with('*') })
            .collect();
        form(handler).or_else(|| in_code(runtime, handler, "fn", &files)).map(|diagnostic| format!("{diagnostic:?}"))
    }

    #[test]
    fn what_a_custom_runtime_starts_is_there_and_may_be_run() {
        for runtime in ["provided.al2023", "provided.al2"] {
            assert_eq!(said(runtime, "any", &["bootstrap*"]), None);
            assert!(said(runtime, "any", &["bootstrap"]).is_some_and(|said| said.contains("chmod +x fn/bootstrap")));
            for files in [&["main*"][..], &["bin/bootstrap*"]] {
                assert!(said(runtime, "any", files).is_some_and(|said| said.contains("has no file `bootstrap`")));
            }
        }
    }

    #[test]
    fn the_file_of_a_handler_is_looked_for_as_each_language_does() {
        for (runtime, handler, file) in [
            ("python3.13", "pkg.index.handler", "pkg/index.py"),
            ("python3.13", "index.handler", "index.cpython-313-x86_64-linux-gnu.so"),
            ("nodejs22.x", "index.handler", "index.mjs"),
            ("nodejs22.x", "src/index.api.get", "src/index.js"),
            ("nodejs22.x", "app.handler", "app/index.js"),
            ("nodejs22.x", "tool.handler", "node_modules/tool/index.js"),
            ("ruby3.4", "lib/function.LambdaFunctions::Handler.process", "lib/function.rb"),
            ("java21", "com.example.Handler::handle", "com/example/Handler.class"),
            ("java21", "com.example.Handler", "lib/all.jar"),
            ("dotnet10", "Lesson::Lesson.Function::Handle", "Lesson.dll"),
            ("dotnet8", "Lesson", "Lesson.dll"),
        ] {
            assert_eq!(said(runtime, handler, &[file]), None, "{handler}");
        }
        for (runtime, handler, hint) in [
            ("python3.13", "main.handler", "did you mean `index.handler`?"),
            ("nodejs22.x", "main.handler", "did you mean `index.handler`?"),
            ("nodejs22.x", "source.handler", "compile it to `source.js`"),
            ("ruby3.4", "main.handler", "did you mean `index.handler`?"),
            ("nodejs22.x", "index", "the file `index.js`"),
            ("java21", "com.example.Handler", "`code: target/app.jar`"),
            ("dotnet10", "Lesson::Lesson.Function::Handle", "`code: publish`"),
        ] {
            let said = said(runtime, handler, &["index.py", "index.js", "index.rb", "source.ts"]);
            assert!(said.as_ref().is_some_and(|said| said.contains(hint)), "{handler}: {said:?}");
        }
    }

    #[test]
    fn a_handler_has_at_most_128_characters_and_no_spaces() {
        let long = |length: usize| format!("index.{}", "h".repeat(length - 6));
        assert_eq!(said("nodejs22.x", &long(128), &["index.js"]), None);
        assert!(said("nodejs22.x", &long(129), &["index.js"]).is_some_and(|said| said.contains("at most 128")));
        for handler in ["index. handler", "index.handler ", ""] {
            assert!(said("java21", handler, &["x"]).is_some(), "{handler:?}");
        }
    }
}

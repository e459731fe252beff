//! Which file the stack is in.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::aws::command::quoted;
use crate::suggest;

/// The default file.
const DEFAULT: &str = "cloud101.yaml";
/// The folder for stacks.
const FOLDER: &str = "stacks";
/// The endings of files that are no stacks.
const OTHERS: [&str; 4] = ["plan", "json", "csv", "txt"];

/// There is no stack file, or more than one; says what to type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotFound {
    /// What is the matter.
    pub message: String,
    /// What to type.
    pub hint: String,
}

impl fmt::Display for NotFound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.message, self.hint)
    }
}

impl std::error::Error for NotFound {}

/// Finds the stack file. `wanted` is a file, a folder, or the name of a stack in `stacks/`; without it the file is
/// `cloud101.yaml`, `stacks/cloud101.yaml` or the only stack in `stacks/`. The answer is relative to the current
/// folder unless `wanted` is absolute.
///
/// # Errors
/// There is none, or more than one.
pub fn find(wanted: Option<&Path>) -> Result<PathBuf, NotFound> {
    choose(wanted, &Disk)
}

/// What is where: a disk, or a list in a test.
trait Files {
    fn is_file(&self, path: &Path) -> bool;
    /// The names of the files in a folder, sorted; `None` if it is none.
    fn list(&self, folder: &Path) -> Option<Vec<String>>;
}

struct Disk;

impl Files for Disk {
    fn is_file(&self, path: &Path) -> bool {
        path.metadata().is_ok_and(|data| !data.is_dir())
    }

    fn list(&self, folder: &Path) -> Option<Vec<String>> {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let entries = folder.read_dir().ok()?.filter_map(Result::ok).filter(|entry| self.is_file(&entry.path()));
        let mut names: Vec<_> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
        names.sort();
        Some(names)
    }
}

fn choose(wanted: Option<&Path>, files: &impl Files) -> Result<PathBuf, NotFound> {
    match wanted {
        None => by_default(files),
        Some(path) if files.is_file(path) => Ok(path.to_owned()),
        Some(path) if files.list(path).is_some() => in_folder(path, files),
        Some(path) => by_name(path, files),
    }
}

fn by_default(files: &impl Files) -> Result<PathBuf, NotFound> {
    let here = PathBuf::from(DEFAULT);
    if files.is_file(&here) {
        return Ok(here);
    }
    if files.list(Path::new(FOLDER)).is_some() {
        return in_folder(Path::new(FOLDER), files);
    }
    Err(NotFound {
        message: format!("there is no `{DEFAULT}` and no folder `{FOLDER}` here"),
        hint: "change to the folder with your stacks, or name the file on the command line; `cloud101 init` creates a \
                first one"
            .into(),
    })
}

fn in_folder(folder: &Path, files: &impl Files) -> Result<PathBuf, NotFound> {
    let stacks = stacks_in(folder, files);
    let default = folder.join(DEFAULT);
    if stacks.contains(&default) {
        return Ok(default);
    }
    match stacks.as_slice() {
        [only] => Ok(only.clone()),
        [] => Err(NotFound {
            message: format!("there is no stack in `{}`", folder.display()),
            hint: "a stack is a file that ends in `.yaml`: name it on the command line; `cloud101 init` creates a \
                first one"
                .into(),
        }),
        [first, ..] => Err(NotFound {
            message: format!("there are {} stacks in `{}`: {}", stacks.len(), folder.display(), names(&stacks)),
            hint: format!("name one of them on the command line, for example `{}`", first.display()),
        }),
    }
}

fn by_name(path: &Path, files: &impl Files) -> Result<PathBuf, NotFound> {
    for folder in ["", FOLDER] {
        for ending in ["", ".yaml", ".yml"] {
            let mut candidate = Path::new(folder).join(path).into_os_string();
            candidate.push(ending);
            if files.is_file(Path::new(&candidate)) {
                return Ok(candidate.into());
            }
        }
    }
    if let Some(not_found) = other_file(path, files) {
        return Err(not_found);
    }
    let mut stacks = stacks_in(Path::new(""), files);
    stacks.extend(stacks_in(Path::new(FOLDER), files));
    let stems = stacks.iter().filter_map(|stack| Some((stack.file_stem()?.to_str()?, stack)));
    // What looks like an ending may be a part of the name, as in `class.v3`.
    let words =
        [path.file_name(), path.file_stem()].map(|word| word.and_then(|word| word.to_str()).unwrap_or_default());
    let close = words.iter().find_map(|word| suggest::closest(word, stems.clone().map(|(stem, _)| stem)));
    let close = stems.clone().find(|(stem, _)| Some(*stem) == close).map(|(_, stack)| stack);
    let hint = match close {
        Some(stack) => format!("did you mean `{}`?", stack.display()),
        None if stacks.is_empty() => "give the path of a stack file, for example `stacks/cloud101.yaml`".into(),
        None => format!("there are: {}", names(&stacks)),
    };
    Err(NotFound { message: format!("there is no stack `{}`", path.display()), hint })
}

/// That there is no such file, if it would be no stack but, by its ending, something else, such as a saved plan.
fn other_file(path: &Path, files: &impl Files) -> Option<NotFound> {
    let ending = path.extension().filter(|ending| OTHERS.iter().any(|other| ending == other))?;
    let shown = path.display();
    let folder = path.parent().unwrap_or(Path::new(""));
    let names = files.list(folder).unwrap_or_default();
    let alike = names.iter().filter(|name| Path::new(name).extension() == Some(ending));
    let hint = match suggest::closest(path.file_name()?.to_str()?, alike.map(String::as_str)) {
        Some(close) => format!("did you mean `{}`?", folder.join(close).display()),
        None if ending == "plan" => {
            let file = quoted(&shown.to_string());
            format!("`plan` with `--out {file}`, and the same options, saves a plan there")
        }
        None => "name a stack file, which ends in `.yaml`".to_owned(),
    };
    Some(NotFound { message: format!("there is no file `{shown}`"), hint })
}

fn stacks_in(folder: &Path, files: &impl Files) -> Vec<PathBuf> {
    let names = files.list(folder).unwrap_or_default().into_iter();
    let is_stack = |name: &String| name.ends_with(".yaml") || name.ends_with(".yml");
    names.filter(|name| is_stack(name) && !name.starts_with('.')).map(|name| folder.join(name)).collect()
}

fn names(stacks: &[PathBuf]) -> String {
    suggest::list(&stacks.iter().map(|stack| stack.display().to_string()).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Listed(&'static [&'static str]);

    impl Files for Listed {
        fn is_file(&self, path: &Path) -> bool {
            self.0.iter().any(|file| Path::new(file) == path)
        }

        fn list(&self, folder: &Path) -> Option<Vec<String>> {
            let inside = self.0.iter().filter(|file| Path::new(file).parent() == Some(folder));
            let names: Vec<_> = inside.filter_map(|file| Path::new(file).file_name()?.to_str()).collect();
            let is_folder = folder.as_os_str().is_empty() || !names.is_empty();
            is_folder.then(|| names.into_iter().map(str::to_owned).collect())
        }
    }

    fn chosen(wanted: Option<&str>, files: &'static [&'static str]) -> Result<String, String> {
        let found = choose(wanted.map(Path::new), &Listed(files));
        found.map(|path| path.display().to_string()).map_err(|error| error.to_string())
    }

    #[test]
    fn without_a_word_the_usual_place_is_taken() {
        let both: &[&str] = &["cloud101.yaml", "stacks/cloud101.yaml"];
        assert_eq!(chosen(None, both), Ok("cloud101.yaml".into()));
        assert_eq!(chosen(None, &["stacks/a.yaml", "stacks/cloud101.yaml"]), Ok("stacks/cloud101.yaml".into()));
        assert_eq!(chosen(None, &["stacks/a.yml", "stacks/notes.txt"]), Ok("stacks/a.yml".into()));
    }

    #[test]
    fn a_file_a_folder_and_a_bare_name_work() {
        let files: &[&str] = &["stacks/a.yaml", "stacks/b.yml", "other/c.yaml"];
        assert_eq!(chosen(Some("stacks/a.yaml"), files), Ok("stacks/a.yaml".into()));
        assert_eq!(chosen(Some("other"), files), Ok("other/c.yaml".into()));
        assert_eq!(chosen(Some("a"), files), Ok("stacks/a.yaml".into()));
        assert_eq!(chosen(Some("b"), files), Ok("stacks/b.yml".into()));
    }

    #[test]
    fn errors_say_what_to_type() {
        let files: &[&str] = &["stacks/a.yaml", "stacks/lesson.yaml"];
        for (wanted, files, expected) in [
            (None, files, "name one of them on the command line, for example `stacks/a.yaml`"),
            (None, &["readme.txt"], "there is no `cloud101.yaml` and no folder `stacks` here"),
            (Some("leson"), files, "there is no stack `leson`; did you mean `stacks/lesson.yaml`?"),
            (Some("zzz"), files, "there are: `stacks/a.yaml`, `stacks/lesson.yaml`"),
            (Some("clas.plan"), &["class.plan"], "there is no file `clas.plan`; did you mean `class.plan`?"),
            (
                Some("nosuch.plan"),
                files,
                "there is no file `nosuch.plan`; `plan` with `--out nosuch.plan`, and the same options, saves a plan there",
            ),
            (
                Some("class.v3"),
                &["stacks/class.v2.yaml", "stacks/zoo.yaml"],
                "there is no stack `class.v3`; did you mean `stacks/class.v2.yaml`?",
            ),
            (Some("leson.yml"), files, "there is no stack `leson.yml`; did you mean `stacks/lesson.yaml`?"),
            (Some("notes.txt"), files, "there is no file `notes.txt`; name a stack file, which ends in `.yaml`"),
        ] {
            let error = chosen(wanted, files).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }
}

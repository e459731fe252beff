//! Every Markdown document here: links lead somewhere, and what is shown as JSON or as a stack is one.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use cloud101::stack::load::{Options, load_text};
use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};

/// What a document holds.
#[derive(Default)]
struct Document {
    /// The targets of its links.
    links: Vec<String>,
    /// What a link may name behind `#`.
    anchors: BTreeSet<String>,
    /// Blocks of code, each with its language.
    blocks: Vec<(String, String)>,
}

impl Document {
    fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path)?;
        let mut document = Self::default();
        let (mut heading, mut block) = (None::<String>, None::<(String, String)>);
        for event in Parser::new_ext(&text, pulldown_cmark::Options::ENABLE_TABLES) {
            match event {
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    document.links.push(dest_url.into_string());
                }
                Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
                Event::End(TagEnd::Heading(_)) => {
                    let anchor = heading.take().map(|heading| anchor(&heading)).unwrap_or_default();
                    let again = (1..).map(|n| format!("{anchor}-{n}"));
                    let mut names = std::iter::once(anchor.clone()).chain(again);
                    document.anchors.extend(names.find(|name| !document.anchors.contains(name)));
                }
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language))) => {
                    block = Some((language.into_string(), String::new()));
                }
                Event::End(TagEnd::CodeBlock) => document.blocks.extend(block.take()),
                Event::Text(text) | Event::Code(text) => {
                    let into = heading.as_mut().or(block.as_mut().map(|(_, code)| code));
                    into.into_iter().for_each(|into| into.push_str(&text));
                }
                _ => {}
            }
        }
        Ok(document)
    }
}

/// As GitHub makes it of a heading.
fn anchor(heading: &str) -> String {
    let kept = heading.to_lowercase().replace(' ', "-");
    kept.chars().filter(|c| c.is_alphanumeric() || *c == '-' || *c == '_').collect()
}

/// Every Markdown file of the repository, but for what builds and tools put here.
fn documents() -> Result<BTreeMap<PathBuf, Document>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![PathBuf::from(".")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() && !name.starts_with('.') && name != "target" {
                folders.push(path);
            } else if name.ends_with(".md") {
                found.insert(path.clone(), Document::read(&path)?);
            }
        }
    }
    ensure!(found.len() >= 10, "only {} documents found", found.len());
    Ok(found)
}

#[test]
fn links_lead_somewhere() -> Result<()> {
    let documents = documents()?;
    let (mut broken, mut followed) = (Vec::new(), 0);
    for (path, document) in &documents {
        for link in document.links.iter().filter(|link| !link.contains("://") && !link.starts_with("mailto:")) {
            followed += 1;
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = match file {
                "" => path.clone(),
                file => simple(&path.parent().unwrap_or(Path::new(".")).join(file)),
            };
            let is_there = target.exists()
                && (anchor.is_empty() || {
                    documents.get(&target).is_some_and(|document| document.anchors.contains(anchor))
                });
            if !is_there {
                broken.push(format!("{}: {link}", path.display()));
            }
        }
    }
    ensure!(broken.is_empty(), "{broken:#?}");
    ensure!(followed > 40, "only {followed} links were followed");
    Ok(())
}

/// The path without `a/..` in it.
fn simple(path: &Path) -> PathBuf {
    let mut simple = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                simple.pop();
            }
            part => simple.push(part),
        }
    }
    simple
}

#[test]
fn json_is_json() -> Result<()> {
    let mut read = 0;
    for (path, document) in documents()? {
        for (_, code) in document.blocks.iter().filter(|(language, _)| language == "json") {
            serde_json::from_str::<serde_json::Value>(code).with_context(|| format!("{}:\n{code}", path.display()))?;
            read += 1;
        }
    }
    ensure!(read > 0, "no document shows JSON");
    Ok(())
}

/// A block that is a whole stack loads; the code that it names lies beside the class's stack, or with the examples.
#[test]
fn whole_stacks_load() -> Result<()> {
    let mut whole = BTreeSet::new();
    // The pages of mistakes show what does not load, too; the tests of `explain` try their examples.
    for (path, document) in documents()?.into_iter().filter(|(path, _)| !path.starts_with("./docs/errors")) {
        for (_, code) in document.blocks.iter().filter(|(language, code)| is_whole_stack(language, code)) {
            let code = code.replace("code: index.py", "code: email_agent/index.py");
            if let Err(diagnostics) = load_text(&code, Path::new("stacks/shown.yaml"), &Options::default()) {
                bail!("{}: {diagnostics}\n{code}", path.display());
            }
            whole.insert(path.clone());
        }
    }
    for page in ["./docs/from-terraform.md", "./docs/from-cloudformation.md", "./docs/reference/json.md"] {
        ensure!(whole.contains(Path::new(page)), "{page} shows no whole stack");
    }
    Ok(())
}

/// What CONTRIBUTING shows as a test is one, in the file that is named before it.
#[test]
fn examples_of_tests_are_tests() -> Result<()> {
    let page = fs::read_to_string("CONTRIBUTING.md")?;
    let blocks: Vec<_> = page.split("```rust\n").collect();
    let lines = |text: &str| text.lines().map(str::trim).collect::<Vec<_>>().join("\n");
    for two in blocks.windows(2) {
        let file = two[0].trim_end().trim_end_matches("`:").rsplit('`').next().unwrap_or_default();
        let (example, _) = two[1].split_once("```").context("a block without an end")?;
        let source = fs::read_to_string(file).with_context(|| format!("`{file}`, before\n{example}"))?;
        ensure!(lines(&source).contains(&lines(example.trim_end())), "{file} has no such test any more:\n{example}");
    }
    ensure!(blocks.len() == 4, "{} examples", blocks.len() - 1);
    Ok(())
}

fn is_whole_stack(language: &str, code: &str) -> bool {
    language == "yaml" && code.starts_with("stack:") && code.contains("\nresources:") && !code.contains('…')
}

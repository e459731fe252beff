//! From a file to a checked [`Stack`], or to everything that is wrong with it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use std::path::{Path, PathBuf};

use base64::prelude::{BASE64_STANDARD, Engine};
use jsonschema::Validator;
use sha2::{Digest, Sha256};

use crate::explain::Code;
use crate::model::account_profile::ProfileChoice;
use crate::model::is_logical_name;
use crate::model::region;
use crate::resource::{Address, Base, Registry};

use super::check::{self, Subject};
use super::copies::{self, Copies};
use super::diagnostics::{Diagnostic, Diagnostics, Lines, has_enough, has_errors};
use super::graph::Graph;
use super::handout::Expanded;
use super::links::{Link, RESERVED, Scope};
use super::moved::{Declared, Moves};
use super::node::{Entry, Node};
use super::resources::Draft;
use super::shape::Shapes;
use super::tags::Characters;
use super::values::{Values, texts};
use super::words::{
    account_hint, is_account, is_region, is_stack_name, region_hint, stack_name_hint, unknown_region_hint,
};
use super::{Roster, Stack, clashes, dedented, exclusive, roster, shape, size, source, tags, vars, when};

/// Of a cycle longer than this only the two ends are shown.
const LONG_CYCLE: usize = 10;

/// What the command line, or another program, says about the stack.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The kinds that a stack can name.
    pub registry: Registry,
    /// `--var name=value`.
    pub vars: BTreeMap<String, String>,
    /// `--region`, which goes before the file's.
    pub region: Option<String>,
    /// `--strict`: a warning is an error.
    pub strict: bool,
    /// `--allow-outside`: folders outside the stack file's own that its paths may point to.
    pub allow_outside: Vec<PathBuf>,
    /// `--allow-file`: files that may be uploaded although they look like credentials.
    pub allow_file: Vec<PathBuf>,
}

/// Reads and checks the stack in the file at `path`, without any call to AWS.
///
/// # Errors
/// Everything that is wrong with it.
pub fn load(path: &Path, options: &Options) -> Result<Stack, Diagnostics> {
    load_text(&source::read(path)?, path, options)
}

/// The same for a text that is the contents of the file at `path`; only the files that the stack names next to that
/// file are read.
///
/// # Errors
/// Everything that is wrong with it.
pub fn load_text(text: &str, path: &Path, options: &Options) -> Result<Stack, Diagnostics> {
    let file = path.display().to_string();
    let (mut diagnostics, mut more) = (Vec::new(), 0);
    let parsed = source::parse(text, &mut diagnostics).map_err(|mut diagnostics| {
        when::mend_hints(text, &mut diagnostics);
        Diagnostics::new(&file, text, diagnostics)
    });
    when::mend_hints(text, &mut diagnostics);
    let mut root = parsed?;
    let shapes = Shapes::new(&options.registry);
    dedented::mend(text, &shapes, &mut root, &mut diagnostics);
    let base = folder_of(path)
        .allowing(options.allow_outside.clone())
        .allowing_files(options.allow_file.clone())
        .with_stack_file(path, !vars::secret_defaults(&root).is_empty());
    let loader = Loader {
        text,
        root: &root,
        base: &base,
        options,
        shapes: &shapes,
        diagnostics: &mut diagnostics,
        more: &mut more,
    };
    let stack = loader.stack();
    match stack {
        Some(stack) if diagnostics.is_empty() => Ok(stack),
        stack => {
            let is_sound = !options.strict && !has_errors(&diagnostics);
            let mut diagnostics =
                Diagnostics::new(file, text, diagnostics).hiding(vars::secrets(&root, text, &options.vars));
            diagnostics.more += more;
            match stack.filter(|_| is_sound) {
                Some(stack) => Ok(Stack { warnings: Some(diagnostics), ..stack }),
                None => Err(if options.strict { diagnostics.strict() } else { diagnostics }),
            }
        }
    }
}

/// The rosters that the file at `path` declares, whatever else stands there: it may be unfinished. Variables have their
/// defaults.
///
/// # Errors
/// What is wrong with the rosters, or the file is not YAML.
pub fn rosters(path: &Path) -> Result<BTreeMap<String, Roster>, Diagnostics> {
    let (file, text) = (path.display().to_string(), source::read(path)?);
    let mut diagnostics = Vec::new();
    let root =
        source::parse(&text, &mut diagnostics).map_err(|diagnostics| Diagnostics::new(&file, &text, diagnostics))?;
    let name = root.get("stack").and_then(|entry| entry.value.text()).map(str::to_owned);
    let vars = vars::read(&root, &text, &BTreeMap::new(), &(0..0), &mut Vec::new());
    let values = Values { stack: name, region: None, account: None, vars };
    let (rosters, mistakes) = roster::read(&root, &text, &values, &folder_of(path));
    if !has_errors(&mistakes.list) {
        return Ok(rosters);
    }
    let mut diagnostics =
        Diagnostics::new(file, &text, mistakes.list).hiding(vars::secrets(&root, &text, &BTreeMap::new()));
    diagnostics.more += mistakes.more;
    Err(diagnostics)
}

/// Whether what is at `path` may be meant to be a stack file: it has a line of one. What can't be read may be one, too.
pub fn looks_like_one(path: &Path) -> bool {
    let is_of_one = |line: &str| ["stack", "resources", "rosters"].iter().any(|key| is_key_of_line(line, key));
    source::read(path).map_or(true, |text| text.trim().is_empty() || text.lines().any(is_of_one))
}

fn is_key_of_line(line: &str, key: &str) -> bool {
    let line = line.trim_start_matches(['{', ' ', '"', '\'']);
    line.strip_prefix(key).is_some_and(|rest| rest.trim_start_matches(['"', '\'', ' ']).starts_with(':'))
}

/// Where the paths in the stack file at `path` begin.
fn folder_of(path: &Path) -> Base {
    Base::from(path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")))
}

struct Loader<'a> {
    text: &'a str,
    root: &'a Node,
    base: &'a Base,
    options: &'a Options,
    shapes: &'a Shapes,
    diagnostics: &'a mut Vec<Diagnostic>,
    /// How many more there are, at least.
    more: &'a mut usize,
}

impl<'a> Loader<'a> {
    fn stack(mut self) -> Option<Stack> {
        let start = self.root.entries().first().map_or(0..0, |entry| entry.key_place.clone());
        self.check_shape(&start);
        let name = self.word(Code::StackName, "stack", is_stack_name, stack_name_hint);
        let region = self.word(Code::Region, "region", is_region, region_hint);
        self.check_region(&start);
        let account = self.word(Code::Account, "account", is_account, account_hint);
        let values = Values {
            stack: name.clone(),
            region: self.options.region.clone().or(region),
            account,
            vars: vars::read(self.root, self.text, &self.options.vars, &start, self.diagnostics),
        };

        // Before anything is replaced.
        let too_large = size::check(self.root, &start, |inside| values.length_of(inside));
        if !too_large.is_empty() {
            self.diagnostics.extend(too_large);
            return None;
        }

        let (rosters, mistakes) = roster::read(self.root, self.text, &values, self.base);
        self.diagnostics.extend(mistakes.list);
        *self.more += mistakes.more;
        let names = roster::Names::of(self.root, &values.vars);
        let copies = Copies::of(
            self.entries("resources"),
            &rosters,
            &names,
            self.entries("outputs"),
            self.root.get("handout"),
            self.diagnostics,
        )?;
        let declared = Declared {
            names: self.entries("resources").iter().map(|entry| entry.key.as_str()).collect(),
            copies: &copies,
            rosters: rosters.keys().map(String::as_str).collect(),
        };
        let moves = match copies.has_unknown() {
            true => Moves::default(),
            false => Moves::read(self.entries("moved"), &declared, self.diagnostics),
        };
        let all = copies.expand(self.entries("resources"), &|address| moves.formerly(address), self.diagnostics);
        let drafts: Vec<Draft<'_>> = all.iter().map(|copy| Draft::new(&self.options.registry, copy)).collect();
        let scope = Scope {
            text: self.text,
            resources: drafts.iter().map(|draft| (draft.name(), draft.kind.as_deref())).collect(),
            copies: &copies,
            vars: self.entries("vars").iter().map(|entry| entry.key.as_str()).collect(),
        };
        if let Some(tags) = self.root.get("tags") {
            scope.no_resources(&tags.value, "the tags of the stack", self.diagnostics);
            let characters = Characters::of_all(drafts.iter().map(|draft| draft.kind_name()));
            tags::check(&tags.value, characters, &|text| values.resolve(text), self.diagnostics);
        }
        if let Some(outputs) = self.root.get("outputs") {
            scope.links(&copies.in_outputs(&outputs.value), self.diagnostics);
        }
        let expanded = Expanded::of(self.root.get("handout"), &rosters, &names, &copies, self.diagnostics);
        let handout = expanded.as_ref().map(|expanded| expanded.handout(&scope, self.diagnostics));
        let links = self.resources(&drafts, &scope, &values);
        clashes::check(&drafts, &values, self.diagnostics);
        exclusive::check(&drafts, self.diagnostics);
        self.cycles(&links);
        if has_errors(self.diagnostics) {
            return None;
        }

        let lines = Lines::of(self.text);
        let declare = |draft: &Draft<'_>| {
            let depends_on = links.get(&draft.address).into_iter().flatten().map(|link| link.to.clone()).collect();
            draft.declare(name.as_deref()?, depends_on, lines.position(draft.entry.key_place.start).line)
        };
        let mut stack = Stack {
            name: name.clone()?,
            registry: self.options.registry.clone(),
            region: values.region.clone(),
            account: values.account.clone(),
            account_line: self.root.get("account").map(|entry| lines.position(entry.key_place.start).line),
            profile: self.root.get("profile").and_then(|entry| ProfileChoice::parse(entry.value.text()?)),
            tags: self.root.get("tags").map(|entry| texts(&entry.value)).unwrap_or_default().into_iter().collect(),
            for_each: copies.for_each(),
            rosters: rosters.clone(),
            resources: drafts.iter().map(declare).collect::<Option<_>>()?,
            outputs: copies.outputs(self.root.get("outputs").map(|entry| texts(&entry.value)).unwrap_or_default()),
            handout,
            vars: values.vars,
            base: self.base.clone(),
            sha256: self.sha256(),
            secret_attributes: BTreeSet::new(),
            strict: self.options.strict,
            warnings: None,
        };
        stack.find_secret_attributes();
        // Only now it is known which attributes give a secret away.
        if !stack.secret_attributes.is_empty() {
            let is_secret = |reference: &str| stack.is_secret_reference(reference);
            let tags = self.root.get("tags").map(|entry| &entry.value);
            drafts.iter().for_each(|draft| draft.check_identity(tags, &is_secret, self.diagnostics));
        }
        if let Some(expanded) = expanded {
            expanded.check_secrets(&|text| stack.is_secret(text), self.diagnostics);
        }
        (!has_errors(self.diagnostics)).then_some(stack)
    }

    /// See [`Stack::sha256`].
    fn sha256(&self) -> String {
        let mut hash = Sha256::new();
        let mut from = 0;
        for secret in vars::secret_defaults(self.root) {
            if let Some(before) = self.text.get(from..secret.start) {
                hash.update(before);
                hash.update([0]);
                from = secret.end;
            }
        }
        hash.update(self.text.get(from..).unwrap_or_default());
        BASE64_STANDARD.encode(hash.finalize())
    }

    /// The stack's own keys.
    fn check_shape(&mut self, start: &Range<usize>) {
        let schema = shape::file();
        let title = "the stack".to_owned();
        let subject = Subject { text: self.text, node: self.root, key: start.clone(), title, schema: &schema };
        if let Some(validator) = check::validator(&schema) {
            self.diagnostics.extend(subject.diagnostics(&validator, &self.root.to_json(&str::to_owned)));
        }
    }

    /// Warns of a region that AWS is not known to have: its calls would wait for addresses that are not there.
    fn check_region(&mut self, start: &Range<usize>) {
        let in_file = self.root.get("region").map(|entry| &entry.value);
        let (region, place) = match (&self.options.region, in_file) {
            (Some(region), _) => (region.as_str(), start),
            (None, Some(node)) => (node.text().unwrap_or_default(), &node.place),
            (None, None) => return,
        };
        if is_region(region) && !region::is_known(region) {
            let message = format!("`{region}` is not a region that cloud101 knows");
            let diagnostic = Diagnostic::new(Code::Region, place.clone(), message).help(unknown_region_hint(region));
            self.diagnostics.push(diagnostic.warning());
        }
    }

    /// A text at the top that follows a rule and holds no reference.
    fn word(
        &mut self,
        code: Code,
        key: &str,
        rule: impl Fn(&str) -> bool,
        hint: impl Fn(&str) -> String,
    ) -> Option<String> {
        let node = &self.root.get(key)?.value;
        let text = node.text()?;
        if rule(text) {
            return Some(text.to_owned());
        }
        let (code, message, hint) = match text.contains("${") {
            true => (
                Code::NoReferenceHere,
                format!("`{key}` can't contain a reference"),
                "write the value itself".to_owned(),
            ),
            false => (code, format!("`{key}` can't be `{text}`"), hint(text)),
        };
        self.diagnostics.push(Diagnostic::new(code, node.place.clone(), message).help(hint));
        None
    }

    fn entries(&self, key: &str) -> &'a [Entry] {
        self.root.get(key).map(|entry| entry.value.entries()).unwrap_or_default()
    }

    /// Checks every resource. Gives what each of them waits for.
    fn resources(&mut self, drafts: &[Draft<'_>], scope: &Scope<'_>, values: &Values) -> BTreeMap<Address, Vec<Link>> {
        let mut validators = HashMap::new();
        let mut links = BTreeMap::new();
        for copies in drafts.chunk_by(|one, next| one.name() == next.name()) {
            if has_enough(self.diagnostics) {
                break;
            }
            self.check_name(copies[0].name(), &copies[0].entry.key_place);
            let mut of_copies = Vec::new();
            for draft in copies {
                let mut diagnostics = Vec::new();
                links.insert(
                    draft.address.clone(),
                    self.resource(draft, scope, values, &mut validators, &mut diagnostics),
                );
                of_copies.push((draft.address.clone(), diagnostics));
            }
            self.diagnostics.extend(copies::together(of_copies));
        }
        links
    }

    /// A logical name.
    fn check_name(&mut self, name: &str, key: &Range<usize>) {
        let (message, hint) = if !is_logical_name(name) {
            (format!("`{name}` can't name a resource"), super::logical_name_hint(name))
        } else if RESERVED.contains(&name) {
            let message = format!("a resource can't be named `{name}`, because `${{{name}.…}}` has another meaning");
            (message, "choose another name".to_owned())
        } else {
            return;
        };
        self.diagnostics.push(Diagnostic::new(Code::LogicalName, key.clone(), message).help(hint));
    }

    /// Checks one resource, or one copy of it. Gives what it waits for.
    fn resource<'k>(
        &self,
        draft: &'k Draft<'_>,
        scope: &Scope<'_>,
        values: &Values,
        validators: &mut HashMap<&'k str, Option<Validator>>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Vec<Link> {
        let common = self.root.get("tags");
        let common_tags = common.map(|entry| &entry.value);
        let schema = self.shapes.resource(draft.kind.as_deref());
        let validator = validators.entry(draft.kind_name()).or_insert_with(|| check::validator(schema));
        let node = &draft.entry.value;
        let key = draft.entry.key_place.clone();
        let subject = Subject { text: self.text, node, key, title: draft.title(), schema };
        let fit = draft.check_shape(&self.options.registry, &subject, validator.as_ref(), values, diagnostics);
        let links = draft.links(scope, diagnostics);
        let own_tags = node.get("tags");
        if let Some(tags) = own_tags {
            let characters = Characters::of(draft.kind_name());
            tags::check(&tags.value, characters, &|text| values.resolve(text), diagnostics);
        }
        if let Some(kind) = draft.kind.as_deref() {
            tags::count(kind, &draft.title(), node, common, diagnostics);
            tags::twins(kind, own_tags.map(|tags| &tags.value), common_tags, diagnostics);
        }
        draft.check_identity(common_tags, &|reference| values.is_secret(reference), diagnostics);
        if let Some(fit) = fit {
            draft.check_rules(&subject, &fit, self.base, values, diagnostics);
        }
        links
    }

    /// Reports every cycle, each with all references of which it consists.
    fn cycles(&mut self, links: &BTreeMap<Address, Vec<Link>>) {
        let of = |links: &Vec<Link>| links.iter().map(|link| link.to.clone()).collect::<Vec<_>>();
        let graph = Graph::of(links.iter().map(|(address, links)| (address.clone(), of(links))));
        for cycle in graph.cycles() {
            let next = cycle.iter().cycle().skip(1);
            let places = cycle.iter().zip(next).filter_map(|(from, to)| {
                let link = links.get(from)?.iter().find(|link| link.to == *to)?;
                Some((link.place.clone(), format!("`{from}` waits for `{to}`")))
            });
            let mut places: Vec<_> = places.collect();
            places.sort_by_key(|(place, _)| place.start);
            let Some((place, label)) = places.first().cloned() else { continue };
            let mut diagnostic = match cycle.as_slice() {
                [only] => {
                    let before = &self.text[..place.start];
                    let line = before.rfind('\n').map_or(before, |n| &before[n..]);
                    let hint = match line.contains("security_group:") {
                        true => "in a rule, `security_group: self` means the group itself",
                        false => "a resource is created only after the resources it refers to; write the value itself",
                    };
                    Diagnostic::new(Code::SelfReference, place, format!("`{only}` refers to itself")).help(hint)
                }
                _ => {
                    let mut names: Vec<_> = cycle.iter().chain(cycle.first()).map(|a| format!("`{a}`")).collect();
                    if names.len() > LONG_CYCLE {
                        names.splice(LONG_CYCLE / 2..names.len() - LONG_CYCLE / 2, ["…".to_owned()]);
                    }
                    let hint = "remove one of these references, or write the value itself in its place";
                    Diagnostic::new(
                        Code::Cycle,
                        place,
                        format!("these resources depend on each other: {}", names.join(" → ")),
                    )
                    .help(hint)
                    .label(label)
                }
            };
            for (place, label) in places.into_iter().take(LONG_CYCLE).skip(1) {
                diagnostic = diagnostic.also(place, label);
            }
            self.diagnostics.push(diagnostic);
        }
    }
}

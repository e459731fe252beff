//! What the model refuses of a property, `validate` refuses.
//!
//! Each property of each kind becomes a member of a request, or does not, and `table` says which or why. For each rule
//! that the model has for that member, values are made at its edge and beyond it: those that the model refuses, the stack
//! file may not hold, and the complaint stands at the property. `docs/aws-models.md` is what came of it.

mod table;
mod values;
mod written;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use cloud101::model::Severity;
use cloud101::resource::Registry;
use cloud101::resource::kind::Kind;
use cloud101::resource::model_rules::{Rule, Rules};
use cloud101::stack::load;
use serde_json::{Value, json};

use crate::model::{self, check, pattern, shape::Shape};
use written::Written;

const DOCUMENT: &str = "docs/aws-models.md";
/// What the program knows of it.
const RULES: &str = "src/resource/model_rules.json";

/// Values at the edge that `validate` refuses although the model takes them: kind, property, the values, and why.
const STRICTER: &[(&str, &str, &str, &str)] = &[
    ("lambda.layer", "description", "*", "a part of the 256 characters is for cloud101's mark"),
    ("lambda.function", "name", "*", "140 characters are for an ARN; a name has 64 at most"),
    ("lambda.function", "memory_mib", "32768", "more than 10240 is for Lambda Managed Instances"),
    ("lambda.function", "ephemeral_storage_mib", "32768", "more than 10240 is for Lambda Managed Instances"),
    ("lambda.function", "timeout_seconds", "5400", "the longest is for Lambda Managed Instances"),
    (
        "lambda.function",
        "runtime",
        "nodejs nodejs4.3 nodejs6.10 nodejs8.10 dotnetcore1.0 dotnetcore2.0 dotnetcore2.1 dotnetcore3.1 nodejs4.3-edge provided",
        "nothing is made or changed with what is long out of use",
    ),
    ("lambda.function", "function_url.cors.allow_methods[]", "*", "six letters alone are not a method of HTTP"),
    ("s3.bucket", "encryption.algorithm", "aws:fsx aws:backup", "of buckets that other services keep"),
    (
        "s3.object",
        "storage_class",
        "OUTPOSTS SNOW EXPRESS_ONEZONE FSX_OPENZFS FSX_ONTAP AWS_BACKUP_WARM AWS_BACKUP_LOW_COST_WARM",
        "of buckets of other kinds",
    ),
    ("ec2.instance", "root_volume.type", "sc1 st1", "EC2 does not boot from them"),
];

/// What a property becomes.
enum Becomes {
    /// `service:Operation.Member`.
    Member(&'static str),
    /// Why there is nothing to compare with.
    Nothing(&'static str),
}

/// The table, by kind and property.
fn table() -> BTreeMap<(&'static str, &'static str), Becomes> {
    let mut rows = BTreeMap::new();
    let mut kind = "";
    for line in table::TABLE.lines().filter(|line| !line.trim().is_empty()) {
        match line.strip_prefix("  ") {
            None => kind = line.trim(),
            Some(row) => {
                let (property, becomes) = row.split_once(' ').unwrap_or_else(|| panic!("{line}"));
                let becomes = becomes.trim();
                let becomes = match becomes.strip_prefix("- ") {
                    Some(why) => Becomes::Nothing(why),
                    None => Becomes::Member(becomes),
                };
                assert!(rows.insert((kind, property), becomes).is_none(), "{kind} {property} is there twice");
            }
        }
    }
    rows
}

/// A kind's properties in the table's words, its name and its tags among them.
fn properties(kind: &dyn Kind) -> Vec<String> {
    fn walk(schema: &Value, path: &str, all: &mut Vec<String>) {
        let parts = [schema].into_iter().chain(schema["anyOf"].as_array().into_iter().flatten());
        let (mut is_group, mut is_map) = (false, false);
        for part in parts {
            if let Some(properties) = part["properties"].as_object() {
                is_group = true;
                for (name, inner) in properties {
                    walk(inner, &if path.is_empty() { name.clone() } else { format!("{path}.{name}") }, all);
                }
            } else if part["items"].is_object() {
                is_group = true;
                walk(&part["items"], &format!("{path}[]"), all);
            } else if part["additionalProperties"].is_object() || part["additionalProperties"] == true {
                is_map |= part["type"] == "object";
            }
        }
        match (is_group, is_map) {
            (true, _) => {}
            (_, true) => all.extend([format!("{path}{{key}}"), format!("{path}{{value}}")]),
            _ => all.push(path.to_owned()),
        }
    }
    let mut all = Vec::new();
    if kind.has_name() {
        all.push("name".to_owned());
    }
    walk(kind.schema().json(), "", &mut all);
    if kind.takes_tags() {
        all.extend(["tags{key}".to_owned(), "tags{value}".to_owned()]);
    }
    all
}

/// The shape of `service:Operation.Member.Part[]`, and that of the list if it is an element.
fn shape_of(member: &str) -> (&'static Shape, Option<&'static Shape>) {
    let (service, rest) = member.split_once(':').unwrap_or_else(|| panic!("{member}"));
    let model = model::model(service).unwrap_or_else(|| panic!("there is no model of {service}"));
    let mut parts = rest.split('.');
    let operation = &model.operations[parts.next().unwrap_or_default()];
    let mut shape = model.of(operation.input.as_ref().unwrap_or_else(|| panic!("{member}")));
    let mut list = None;
    for part in parts {
        let name = part.trim_end_matches("[]").trim_end_matches("{key}").trim_end_matches("{value}");
        let inner = shape.members.get(name).unwrap_or_else(|| panic!("{member}: there is no {name}"));
        shape = model.of(inner);
        list = None;
        match &part[name.len()..] {
            "[]" => {
                list = Some(shape);
                shape = model.of(shape.element());
            }
            "{key}" => shape = model.of(shape.entry().0),
            "{value}" => shape = model.of(shape.entry().1),
            _ => {}
        }
    }
    (shape, list)
}

/// A kind's example with what must stand around the property, and where the resource is in it.
fn around(kind: &dyn Kind, property: &str) -> (Value, String) {
    let text = fs::read_to_string(format!("stacks/examples/{}.yaml", kind.name())).expect("an example");
    let mut document: Value = serde_yaml::from_str(&text).expect("YAML");
    let resources = document["resources"].as_object().expect("resources");
    let own = |(_, resource): &(&String, &Value)| resource["type"] == kind.name();
    let (logical, _) = resources.iter().find(own).expect("the kind's own");
    let logical = logical.clone();
    let resource = &mut document["resources"][&logical];
    for (of, prefix, patch) in table::AROUND {
        if *of == kind.name() && property.starts_with(prefix) {
            let patch: Value = serde_json::from_str(patch).unwrap_or_else(|error| panic!("{patch}: {error}"));
            merge(resource, &patch);
        }
    }
    (document, logical)
}

/// `null` takes away.
fn merge(into: &mut Value, patch: &Value) {
    match patch {
        Value::Object(patch) if into.is_object() => {
            for (key, value) in patch {
                match value.is_null() {
                    true => drop(into.as_object_mut().expect("an object").remove(key)),
                    false => merge(&mut into[key], value),
                }
            }
        }
        patch => *into = patch.clone(),
    }
}

/// What `validate` says of a stack in which the property has this value: of the property, and of the rest.
#[derive(Default)]
struct Said {
    here: Vec<String>,
    warnings: Vec<String>,
    elsewhere: Vec<String>,
}

fn validate(kind: &dyn Kind, property: &str, value: &Value) -> Said {
    let (mut document, logical) = around(kind, property);
    let path = written::set(&mut document["resources"][&logical], property, value);
    let path = [&["resources".to_owned(), logical], path.as_slice()].concat();
    let Written { text, range } = written::written(&document, &path);
    let mut said = Said::default();
    let file = Path::new("stacks/examples/made.yaml");
    let loaded = load::load_text(&text, file, &load::Options::default());
    let diagnostics = loaded.map_or_else(Some, |stack| stack.warnings);
    for diagnostic in diagnostics.into_iter().flat_map(|diagnostics| diagnostics.list) {
        // A key with a dot in it is not found by its path, and an empty one not at all.
        let is_lost =
            property.ends_with("{key}") && value.as_str().is_some_and(|key| key.is_empty() || key.contains('.'));
        let is_here = is_lost
            || diagnostic.range().start < range.end
                && range.start < diagnostic.range().end.max(diagnostic.range().start + 1);
        let list = match (is_here, diagnostic.severity) {
            (false, _) => &mut said.elsewhere,
            (true, Severity::Error) => &mut said.here,
            (true, Severity::Warning) => &mut said.warnings,
        };
        list.push(diagnostic.message);
    }
    said
}

/// What came of one property.
#[derive(Default)]
struct Compared {
    rules: Vec<String>,
    tried: usize,
    wrong: Vec<String>,
}

fn compare(kind: &dyn Kind, property: &str, member: &str) -> Compared {
    let mut compared = Compared::default();
    let (shape, list) = shape_of(member);
    let list = list.filter(|_| property.ends_with("[]"));
    compared.rules.extend(values::rules(shape));
    compared.rules.extend(list.filter(|list| list.has_rules()).into_iter().flat_map(values::rules));
    if compared.rules.is_empty() {
        return compared;
    }
    let good = good(kind, property);
    for value in values::around_the_edge(shape, &good) {
        let refused = check::broken(shape, &value);
        let said = validate(kind, property, &value);
        compared.tried += 1;
        let shown = values::short(&value);
        match refused {
            // AWS adds values to an enum, so a warning is enough.
            Some(_) if !shape.values.is_empty() && !said.warnings.is_empty() => {}
            Some(rule) if said.here.is_empty() => {
                let instead = if said.elsewhere.is_empty() { "nothing" } else { &said.elsewhere[0] };
                compared.wrong.push(format!("{shown}: {rule}; validate says {instead}"));
            }
            None if !said.here.is_empty() && values::is_edge(shape, &value) && !is_stricter(kind, property, &value) => {
                compared.wrong.push(format!("{shown}: the model takes it; validate says {}", said.here[0]));
            }
            _ => {}
        }
    }
    // A list with too many elements: each of its own, since a repetition may be another mistake.
    if let Some(max) = list.and_then(|list| list.max).filter(|max| *max < 1000.0) {
        let list_property = property.trim_end_matches("[]");
        let many: Vec<_> = (0..=max as usize).map(|n| values::distinct(&good, n)).collect();
        let said = validate(kind, list_property, &json!(many));
        compared.tried += 1;
        if said.here.is_empty() {
            compared
                .wrong
                .push(format!("{} elements: the model takes at most {max}; validate says nothing", many.len()));
        }
    }
    compared
}

fn is_stricter(kind: &dyn Kind, property: &str, value: &Value) -> bool {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    STRICTER.iter().any(|(of, at, values, _)| {
        *of == kind.name() && *at == property && (*values == "*" || values.split(' ').any(|one| one == text))
    })
}

/// A value that the kind takes: what stands in the example or around the property, or one of its own examples.
fn good(kind: &dyn Kind, property: &str) -> Value {
    let (document, logical) = around(kind, property);
    let there = written::get(&document["resources"][&logical], property);
    let value = there.unwrap_or_else(|| values::example(kind, property));
    let is_known = |value: &Value| value.as_str().is_none_or(|text| !text.contains("${"));
    if is_known(&value) {
        return value;
    }
    let literal = table::LITERAL.iter().find(|(of, at, _)| *of == kind.name() && *at == property);
    let (_, _, literal) = literal.unwrap_or_else(|| panic!("{} {property} has no literal value to try", kind.name()));
    json!(literal)
}

/// What the program has to know of a property's rules; enums are the kinds' own.
fn rule(property: &str, member: &str) -> Option<Rule> {
    let (shape, list) = shape_of(member);
    let list = list.filter(|_| property.ends_with("[]"));
    let most = list.and_then(|list| list.max).map(|max| max as usize);
    let is_outside_the_spec = property == "name" || property.starts_with("tags{");
    if is_outside_the_spec || (shape.min.or(shape.max).is_none() && shape.pattern.is_none() && most.is_none()) {
        return None;
    }
    let pattern = shape.pattern.as_deref().filter(|pattern| pattern::is_usable(pattern)).map(pattern::plain);
    let [min, max] = [shape.min, shape.max].map(|bound| bound.map(|bound| bound as i64));
    let mut rule = Rule::default();
    (rule.member, rule.min, rule.max) = (member.to_owned(), min, max);
    (rule.pattern, rule.most_elements) = (pattern, most);
    Some(rule)
}

#[test]
fn what_the_model_refuses_of_a_property_validate_refuses() {
    let mut table = table();
    let (mut wrong, mut lines, mut without) = (Vec::new(), String::new(), String::new());
    let (mut properties_seen, mut rules, mut tried, mut bare) = (0, 0, 0, 0);
    let mut known = Rules::new();
    for kind in Registry::builtin().all().map(|kind| &**kind) {
        let all: BTreeSet<_> = properties(kind).into_iter().collect();
        for property in all {
            properties_seen += 1;
            let key = table.keys().find(|(of, at)| *of == kind.name() && *at == property).copied();
            let Some(row) = key.and_then(|key| table.remove(&key)) else {
                wrong.push(format!(
                    "{} {property}: tests/models/properties/table.rs does not say what it becomes",
                    kind.name()
                ));
                continue;
            };
            match row {
                Becomes::Nothing(why) => {
                    writeln!(without, "| `{}` | `{property}` | {why} |", kind.name()).expect("text")
                }
                Becomes::Member(member) => {
                    if let Some(rule) = rule(&property, member) {
                        known.entry(kind.name().to_owned()).or_default().insert(property.clone(), rule);
                    }
                    let compared = compare(kind, &property, member);
                    if compared.rules.is_empty() {
                        bare += 1;
                    } else {
                        let said = compared.rules.join(", ").replace('|', "\\|");
                        writeln!(lines, "| `{}` | `{property}` | `{member}` | {said} |", kind.name()).expect("text");
                    }
                    rules += compared.rules.len();
                    tried += compared.tried;
                    wrong.extend(compared.wrong.into_iter().map(|one| format!("{} {property}: {one}", kind.name())));
                }
            }
        }
    }
    wrong.extend(table.keys().map(|(kind, property)| format!("{kind} has no property {property}")));
    println!(
        "{properties_seen} properties, of which {bare} become members without rules; {rules} rules, {tried} values tried"
    );
    let stricter: String =
        STRICTER.iter().map(|(kind, at, values, why)| format!("| `{kind}` | `{at}` | {values} | {why} |\n")).collect();
    let compared = lines.lines().count();
    let left_out = without.lines().count();
    let document = format!(
        "# Properties and AWS's models\n\n\
         Generated by `tests/models`, which holds it true: `UPDATE_DOCS=1 cargo test --test models`.\n\n\
         AWS describes its services in models, from which its tools are made. They hold lengths, ranges, patterns and \
         enums. Of cloud101's {properties_seen} properties {compared} become members for which the models have such rules, \
         {rules} of them; for each, values at the edge and beyond it are tried ({tried}), and what the model refuses, `validate` refuses. \
         {bare} become members of which the model says no more than the type, and {left_out} none.\n\n\
         ## Compared\n\n| kind | property | member | rules |\n|---|---|---|---|\n{lines}\n\
         ## Stricter than the model\n\n| kind | property | values | why |\n|---|---|---|---|\n{stricter}\n\
         ## Left out\n\n| kind | property | why |\n|---|---|---|\n{without}{}",
        crate::recordings::operations::section()
    );
    let known = serde_json::to_string_pretty(&known).expect("JSON") + "\n";
    let is_renewed = std::env::var_os("UPDATE_DOCS").is_some();
    if is_renewed {
        // The next build knows them.
        fs::write(RULES, &known).expect("the rules");
    }
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
    if is_renewed {
        fs::write(DOCUMENT, &document).expect("the document");
    }
    for (file, made) in [(RULES, known), (DOCUMENT, document)] {
        let there = fs::read_to_string(file).unwrap_or_default();
        assert!(there == made, "{file} is out of date: UPDATE_DOCS=1 cargo test --test models, twice after a new rule");
    }
}

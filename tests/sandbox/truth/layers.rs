//! A layer's whole life: functions follow its versions in the same run, and what others publish outlives the stack.

use std::fs;

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use crate::support::gate::{Gate, Moment, Verdict};
use crate::support::missing::Missing;
use crate::support::world::{Lesson, World, run};

const FILE: &str = "tags: { course: lesson }\n\
    resources:\n\
    \x20 libs: { type: lambda.layer, code: libs, description: shared, compatible_runtimes: [python3.13] }\n\
    \x20 role: { type: iam.role, assumed_by: lambda.amazonaws.com }\n\
    \x20 fn: { type: lambda.function, runtime: python3.13, handler: index.handler, code: fn, role: \"${role.arn}\", layers: [\"${libs.arn}\"] }\n\
    outputs:\n\
    \x20 layer: ${libs.arn}\n";

/// A version by somebody else, of the layer that the argument names: its number.
const PUBLISH: &str = "import io, zipfile\n\
    made = io.BytesIO()\n\
    zipfile.ZipFile(made, 'w').writestr('python/theirs.py', '')\n\
    answer(client('lambda').publish_layer_version(LayerName=sys.argv[1], Description='theirs', Content={'ZipFile': made.getvalue()})['Version'])";
/// The versions of a layer, the layers of a function, and what the function answers.
const LOOK: &str = "functions, name = client('lambda'), sys.argv[1]\n\
    versions = [one['Version'] for one in functions.list_layer_versions(LayerName=f'{name}-libs')['LayerVersions']]\n\
    try:\n\
    \x20   layers = [one['Arn'] for one in functions.get_function(FunctionName=f'{name}-fn')['Configuration']['Layers']]\n\
    \x20   said = json.load(functions.invoke(FunctionName=f'{name}-fn')['Payload'])\n\
    except ClientError:\n\
    \x20   layers, said = None, None\n\
    answer({'versions': sorted(versions), 'layers': layers, 'said': said})";

fn lesson<'a>(world: &'a World, name: &str) -> Result<Lesson<'a>> {
    let lesson = world.stack(name, FILE)?;
    write(&lesson, "libs/python/shared.py", "SAID = 'one'\n")?;
    write(&lesson, "fn/index.py", "import shared\n\n\ndef handler(event, context):\n    return shared.SAID\n")?;
    Ok(lesson)
}

fn write(lesson: &Lesson<'_>, name: &str, text: &str) -> Result<()> {
    let path = lesson.file().with_file_name(name);
    fs::create_dir_all(path.parent().unwrap_or(&path))?;
    Ok(fs::write(path, text)?)
}

fn look(world: &World, lesson: &Lesson<'_>) -> Result<Value> {
    world.python(LOOK, &[&lesson.name])
}

fn arn(lesson: &Lesson<'_>, version: u32) -> String {
    format!("arn:aws:lambda:us-east-1:000000000000:layer:{}-libs:{version}", lesson.name)
}

fn apply(gate: &Gate, lesson: &Lesson<'_>) -> Result<()> {
    run(&mut lesson.through(gate, "apply", &["--yes"]))?.exits(0)?;
    run(&mut lesson.through(gate, "plan", &["--detailed-exitcode"]))?.exits(0)?;
    Ok(())
}

fn is_publish(call: &str) -> bool {
    call.starts_with("lambda:POST /2018-10-31/layers/") && call.ends_with("/versions")
}

#[test]
fn a_function_follows_its_layer_and_versions_of_others_outlive_the_stack() -> Result<()> {
    let world = World::shared()?;
    let lesson = lesson(&world, "layers")?;
    let gate = world.gate(&Missing::default(), |_| Verdict::Pass)?;
    apply(&gate, &lesson)?;
    let expected = json!({ "versions": [1], "layers": [arn(&lesson, 1)], "said": "one" });
    ensure!(look(&world, &lesson)? == expected, "{}", look(&world, &lesson)?);

    // Somebody publishes one, too: that changes nothing, and is said.
    let theirs = world.python(PUBLISH, &["layers-libs"])?;
    ensure!(theirs == 2, "{theirs}");
    run(&mut lesson.through(&gate, "plan", &["--detailed-exitcode"]))?.exits(0)?.says("others published version 2")?;

    write(&lesson, "libs/python/shared.py", "SAID = 'two'\n")?;
    let plan = run(&mut lesson.through(&gate, "plan", &["--detailed-exitcode"]))?.exits(2)?;
    let plan = plan.says("~ update libs")?.says("~ update fn")?.says("(known after apply)")?.says("+ SAID = 'two'")?;
    ensure!(plan.stdout.contains("because libs changes, and AWS assigns a new value"), "{plan}");
    let before = gate.changing_calls().len();
    apply(&gate, &lesson)?;
    let calls = &gate.changing_calls()[before..];
    let [published, .., configured] = calls else { anyhow::bail!("{calls:?}") };
    ensure!(is_publish(published) && configured.ends_with("/functions/layers-fn/configuration"), "{calls:?}");
    let expected = json!({ "versions": [1, 2, 3], "layers": [arn(&lesson, 3)], "said": "two" });
    ensure!(look(&world, &lesson)? == expected, "{}", look(&world, &lesson)?);

    // Each property is a version, and so is a flag.
    for (old, new) in
        [("description: shared", "description: shared by all"), ("code: libs,", "code: libs, protect: true,")]
    {
        lesson.edit(old, new)?;
        apply(&gate, &lesson)?;
    }
    ensure!(look(&world, &lesson)?["layers"] == json!([arn(&lesson, 5)]), "{}", look(&world, &lesson)?);
    lesson.edit("protect: true, ", "")?;
    apply(&gate, &lesson)?;

    run(&mut lesson.through(&gate, "destroy", &["--yes"]))?.exits(0)?.says("0 left")?;
    let expected = json!({ "versions": [2], "layers": null, "said": null });
    ensure!(look(&world, &lesson)? == expected, "{}", look(&world, &lesson)?);
    ensure!(world.marked("layers")?.is_empty(), "{:?}", world.marked("layers")?);
    Ok(())
}

#[test]
fn a_layer_of_others_gets_another_version_only_where_the_file_says_so() -> Result<()> {
    let world = World::shared()?;
    let lesson = lesson(&world, "layers-adopt")?;
    let gate = world.gate(&Missing::default(), |_| Verdict::Pass)?;
    world.python(PUBLISH, &["layers-adopt-libs"])?;
    run(&mut lesson.through(&gate, "apply", &["--yes"]))?.exits(1)?.says("no version of it is this stack's")?;
    run(&mut lesson.through(&gate, "destroy", &["--yes"]))?.exits(0)?;
    ensure!(gate.changing_calls().is_empty(), "{:?}", gate.changing_calls());
    lesson.edit("code: libs,", "code: libs, adopt: true,")?;
    run(&mut lesson.through(&gate, "plan", &[]))?.exits(0)?.says("the stack publishes the next version")?;
    apply(&gate, &lesson)?;
    ensure!(look(&world, &lesson)?["layers"] == json!([arn(&lesson, 2)]), "{}", look(&world, &lesson)?);
    run(&mut lesson.through(&gate, "destroy", &["--yes"]))?.exits(0)?.says("0 left")?;
    ensure!(look(&world, &lesson)?["versions"] == json!([1]), "{}", look(&world, &lesson)?);
    Ok(())
}

/// The file no longer says it: the flag is in the mark.
#[test]
fn a_layer_that_was_to_be_retained_stays_when_the_file_no_longer_has_it() -> Result<()> {
    let world = World::shared()?;
    let lesson = lesson(&world, "layers-kept")?;
    let gate = world.gate(&Missing::default(), |_| Verdict::Pass)?;
    lesson.edit("code: libs,", "code: libs, on_destroy: retain,")?;
    apply(&gate, &lesson)?;
    let text = lesson.text()?;
    let without: String = text.lines().filter(|line| !line.contains("libs")).map(|line| format!("{line}\n")).collect();
    lesson.write(&without.replace("outputs:\n", ""))?;
    run(&mut lesson.through(&gate, "apply", &["--yes"]))?.exits(0)?;
    run(&mut lesson.through(&gate, "plan", &["--detailed-exitcode"]))?.exits(0)?.says("on_destroy: retain")?;
    run(&mut lesson.through(&gate, "destroy", &["--yes"]))?.exits(0)?.says("on_destroy: retain")?;
    ensure!(look(&world, &lesson)?["versions"] == json!([1]), "{}", look(&world, &lesson)?);
    // With the line it is the stack's as before, and can go.
    lesson.write(&text.replace(" on_destroy: retain,", ""))?;
    apply(&gate, &lesson)?;
    lesson.destroy()?;
    ensure!(look(&world, &lesson)?["versions"] == json!([]), "{}", look(&world, &lesson)?);
    Ok(())
}

/// PublishLayerVersion knows no token, and each call makes a version.
#[test]
fn a_version_whose_answer_is_lost_is_not_published_twice() -> Result<()> {
    let world = World::shared()?;
    let lesson = lesson(&world, "layers-lost")?;
    let gate = world.gate(&Missing::default(), |call| match is_publish(&call.name) {
        true => Verdict::Cut(Moment::After),
        false => Verdict::Pass,
    })?;
    apply(&gate, &lesson)?;
    let published = gate.changing_calls().iter().filter(|call| is_publish(call)).count();
    ensure!(published == 1, "{:?}", gate.changing_calls());
    ensure!(look(&world, &lesson)?["versions"] == json!([1]), "{}", look(&world, &lesson)?);
    lesson.destroy()
}

//! A layer's whole life: functions follow its versions in the same run, and what others publish outlives the stack.

use std::fs;

use anyhow::{Result, ensure};
use serde_json::json;

use crate::proxy::{Call, Fault, Phase};
use crate::support::fixture::{Fixture, Lesson};
use crate::support::scenario::Run;

const FILE: &str = "tags: { course: lesson }\n\
    resources:\n\
    \x20 libs: { type: lambda.layer, code: libs, description: shared, compatible_runtimes: [python3.13] }\n\
    \x20 role: { type: iam.role, assumed_by: lambda.amazonaws.com }\n\
    \x20 fn: { type: lambda.function, runtime: python3.13, handler: index.handler, code: fn, role: \"${role.arn}\", layers: [\"${libs.arn}\"] }\n\
    outputs:\n\
    \x20 layer: ${libs.arn}\n";

/// A version by another, of the layer that the argument names: its number.
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

fn layered<'a>(fixture: &'a Fixture, name: &str) -> Result<Run<'a>> {
    let run = Run::of_stack(fixture, name, FILE)?;
    write(&run.lesson, "libs/python/shared.py", "SAID = 'one'\n")?;
    write(&run.lesson, "fn/index.py", "import shared\n\n\ndef handler(event, context):\n    return shared.SAID\n")?;
    Ok(run)
}

fn write(lesson: &Lesson<'_>, name: &str, text: &str) -> Result<()> {
    let path = lesson.file().with_file_name(name);
    fs::create_dir_all(path.parent().unwrap_or(&path))?;
    Ok(fs::write(path, text)?)
}

fn arn(run: &Run<'_>, version: u32) -> String {
    format!("arn:aws:lambda:us-east-1:000000000000:layer:{}-libs:{version}", run.lesson.name)
}

fn is_publish(call: &str) -> bool {
    call.starts_with("lambda:POST /2018-10-31/layers/") && call.ends_with("/versions")
}

#[test]
fn a_function_follows_its_layer_and_versions_of_others_outlive_the_stack() -> Result<()> {
    let fixture = Fixture::shared()?;
    let run = layered(&fixture, "layers")?;
    run.apply()?;
    let expected = json!({ "versions": [1], "layers": [arn(&run, 1)], "said": "one" });
    ensure!(run.python(LOOK)? == expected, "{}", run.python(LOOK)?);

    // Another publishes one, too: that changes nothing, and is reported.
    let theirs = fixture.python(PUBLISH, &["layers-libs"])?;
    ensure!(theirs == 2, "{theirs}");
    run.is_settled()?.says("others published version 2")?;

    write(&run.lesson, "libs/python/shared.py", "SAID = 'two'\n")?;
    let plan = run.cloud101("plan", &["--detailed-exitcode"])?.exits(2)?;
    let plan = plan.says("~ update libs")?.says("~ update fn")?.says("(known after apply)")?.says("+ SAID = 'two'")?;
    ensure!(plan.stdout.contains("because libs changes, and AWS assigns a new value"), "{plan}");
    let before = run.proxy.changing_calls().len();
    run.apply()?;
    let calls = &run.proxy.changing_calls()[before..];
    let [published, .., configured] = calls else { anyhow::bail!("{calls:?}") };
    ensure!(is_publish(published) && configured.ends_with("/functions/layers-fn/configuration"), "{calls:?}");
    let expected = json!({ "versions": [1, 2, 3], "layers": [arn(&run, 3)], "said": "two" });
    ensure!(run.python(LOOK)? == expected, "{}", run.python(LOOK)?);

    // Each property is a version, and so is a flag.
    for (old, new) in
        [("description: shared", "description: shared by all"), ("code: libs,", "code: libs, protect: true,")]
    {
        run.lesson.edit(old, new)?;
        run.apply()?;
    }
    ensure!(run.python(LOOK)?["layers"] == json!([arn(&run, 5)]), "{}", run.python(LOOK)?);
    run.lesson.edit("protect: true, ", "")?;
    run.apply()?;

    run.cloud101("destroy", &["--yes"])?.exits(0)?.says("0 left")?;
    let expected = json!({ "versions": [2], "layers": null, "said": null });
    ensure!(run.python(LOOK)? == expected, "{}", run.python(LOOK)?);
    ensure!(fixture.marked("layers")?.is_empty(), "{:?}", fixture.marked("layers")?);
    Ok(())
}

#[test]
fn a_layer_of_others_gets_another_version_only_where_the_file_says_so() -> Result<()> {
    let fixture = Fixture::shared()?;
    let run = layered(&fixture, "layers-adopt")?;
    fixture.python(PUBLISH, &["layers-adopt-libs"])?;
    run.cloud101("apply", &["--yes"])?.exits(1)?.says("no version of it is this stack's")?;
    run.cloud101("destroy", &["--yes"])?.exits(0)?;
    ensure!(run.proxy.changing_calls().is_empty(), "{:?}", run.proxy.changing_calls());
    run.lesson.edit("code: libs,", "code: libs, adopt: true,")?;
    run.cloud101("plan", &[])?.exits(0)?.says("the stack publishes the next version")?;
    run.apply()?;
    ensure!(run.python(LOOK)?["layers"] == json!([arn(&run, 2)]), "{}", run.python(LOOK)?);
    run.cloud101("destroy", &["--yes"])?.exits(0)?.says("0 left")?;
    ensure!(run.python(LOOK)?["versions"] == json!([1]), "{}", run.python(LOOK)?);
    Ok(())
}

/// The file no longer says it: the flag is in the mark.
#[test]
fn a_layer_that_was_to_be_retained_stays_when_the_file_no_longer_has_it() -> Result<()> {
    let fixture = Fixture::shared()?;
    let run = layered(&fixture, "layers-kept")?;
    run.lesson.edit("code: libs,", "code: libs, on_destroy: retain,")?;
    run.apply()?;
    let text = run.lesson.text()?;
    let without: String = text.lines().filter(|line| !line.contains("libs")).map(|line| format!("{line}\n")).collect();
    run.lesson.write(&without.replace("outputs:\n", ""))?;
    run.cloud101("apply", &["--yes"])?.exits(0)?;
    run.is_settled()?.says("on_destroy: retain")?;
    run.cloud101("destroy", &["--yes"])?.exits(0)?.says("on_destroy: retain")?;
    ensure!(run.python(LOOK)?["versions"] == json!([1]), "{}", run.python(LOOK)?);
    // With the line it is the stack's as before, and can go.
    run.lesson.write(&text.replace(" on_destroy: retain,", ""))?;
    run.apply()?;
    run.lesson.destroy()?;
    ensure!(run.python(LOOK)?["versions"] == json!([]), "{}", run.python(LOOK)?);
    Ok(())
}

/// PublishLayerVersion knows no token, and each call makes a version.
#[test]
fn a_version_whose_answer_is_lost_is_not_published_twice() -> Result<()> {
    let fixture = Fixture::shared()?;
    let lost = |call: &Call| is_publish(&call.name).then_some(Fault::Cut(Phase::After));
    let run = layered(&fixture, "layers-lost")?.with_faults(lost)?;
    run.apply()?;
    let published = run.proxy.changing_calls().iter().filter(|call| is_publish(call)).count();
    ensure!(published == 1, "{:?}", run.proxy.changing_calls());
    ensure!(run.python(LOOK)?["versions"] == json!([1]), "{}", run.python(LOOK)?);
    run.lesson.destroy()
}

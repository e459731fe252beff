//! What came of calling a function.

use crate::operate::invoke::{Answer, FunctionError, Log, Report};

use super::paint::Paint;
use super::plan_errors::help;
use super::terminal::{clean, escaped};

/// The payload, as JSON that people can read; nothing for no payload.
pub fn payload(answer: &Answer) -> String {
    let text = answer.payload.as_ref().and_then(|payload| serde_json::to_string_pretty(payload).ok());
    text.map(|text| escaped(&text) + "\n").unwrap_or_default()
}

/// What is shown besides the payload: the log, and the function's error. `logs` is the command that shows the whole log.
pub fn messages(function: &str, answer: &Answer, logs: &str, paint: Paint) -> String {
    let mut blocks = Vec::new();
    blocks.extend(answer.log.as_ref().map(|one| log(one, paint)));
    if let Some(failure) = &answer.failure {
        blocks.push(error(function, failure, answer.log.is_none().then_some(logs), paint));
    } else if answer.payload.is_none() {
        blocks.push(format!("{} returned nothing.\n", clean(function)));
    }
    blocks.join("\n")
}

fn log(log: &Log, paint: Paint) -> String {
    let mut text = match log.lines.is_empty() {
        true => format!("{}\n", paint.dim("It wrote nothing.")),
        false => format!("{}\n", paint.bold("Log")),
    };
    text.extend(log.lines.iter().map(|line| format!("  {}\n", clean(line))));
    text.extend(log.report.as_ref().map(|report| format!("{}\n", paint.dim(&took(report)))));
    text
}

/// `Took 12.3 ms (billed 13 ms), used 41 of 128 MiB, started in 250 ms.`
fn took(report: &Report) -> String {
    let Report { duration_ms, billed_ms, memory_mib, used_mib, init_ms } = report;
    let start = init_ms.map(|init| format!(", started in {}", time(init))).unwrap_or_default();
    format!("Took {} (billed {}), used {used_mib} of {memory_mib} MiB{start}.", time(*duration_ms), time(*billed_ms))
}

fn time(ms: f64) -> String {
    if ms >= 1000.0 { format!("{:.1} s", ms / 1000.0) } else { format!("{} ms", (ms * 10.0).round() / 10.0) }
}

/// `logs`: the command that shows its log, where that was not shown.
fn error(function: &str, failure: &FunctionError, logs: Option<&str>, paint: Paint) -> String {
    let FunctionError { sort, message, trace } = failure;
    let sort = if sort.is_empty() { String::new() } else { format!("{}: ", clean(sort)) };
    let head = format!("the function {} failed", clean(function));
    let mut text = format!("{}: {}\n", paint.error("error"), paint.bold(&head));
    text.extend(clean(&format!("{sort}{message}")).lines().map(|line| format!("  {line}\n")));
    text.extend(trace.iter().map(|line| format!("  {}\n", paint.dim(&clean(line)))));
    match (failure.hint(), logs) {
        (Some(hint), _) => text.push_str(&help(hint, paint)),
        (None, Some(logs)) => text.push_str(&help(&format!("its output is in its log: `{logs}` shows it"), paint)),
        (None, None) => {}
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_call_took_is_one_sentence() {
        let report = Report { duration_ms: 12.34, billed_ms: 13.0, memory_mib: 128, used_mib: 41, init_ms: None };
        assert_eq!(took(&report), "Took 12.3 ms (billed 13 ms), used 41 of 128 MiB.");
        let slow = Report { duration_ms: 61_499.0, billed_ms: 61_750.0, init_ms: Some(250.46), ..report };
        assert_eq!(took(&slow), "Took 61.5 s (billed 61.8 s), used 41 of 128 MiB, started in 250.5 ms.");
    }
}

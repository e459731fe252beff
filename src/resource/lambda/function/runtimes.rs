//! Lambda's runtimes, and until when AWS takes new functions with each.

use std::time::{SystemTime, UNIX_EPOCH};

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

use crate::aws::{Error, Result};
use crate::explain::Code;
use crate::resource::{Diagnostic, is_unknown};
use crate::suggest;

/// A runtime. Its days are `2026-10-31`, so that they compare as texts; empty: not announced.
struct Runtime {
    name: &'static str,
    /// From when it gets no security updates.
    deprecated: &'static str,
    /// From when AWS refuses new functions with it.
    no_new: &'static str,
    /// From when AWS refuses to change functions that have it.
    no_change: &'static str,
}

const fn row(name: &'static str, deprecated: &'static str, no_new: &'static str, no_change: &'static str) -> Runtime {
    Runtime { name, deprecated, no_new, no_change }
}

/// Every runtime that AWS has or had (API: Runtime, of 2026-11-20), newest first; the days are those of AWS's page
/// "Lambda runtimes" as cfn-lint 1.58.0 has it, of 2026-10-20.
#[rustfmt::skip]
const RUNTIMES: &[Runtime] = &[
    row("python3.15", "", "", ""),
    row("python3.14", "2029-06-30", "2029-07-31", "2029-08-31"),
    row("python3.13", "2029-06-30", "2029-07-31", "2029-08-31"),
    row("python3.12", "2028-10-31", "2028-11-30", "2029-01-10"),
    row("python3.11", "2027-06-30", "2027-07-31", "2027-08-31"),
    row("python3.10", "2026-10-31", "2027-02-01", "2027-03-03"),
    row("python3.9", "2025-12-15", "2027-02-01", "2027-03-03"),
    row("python3.8", "2024-10-14", "2027-02-01", "2027-03-03"),
    row("python3.7", "2023-12-04", "2024-01-09", "2027-03-03"),
    row("python3.6", "2022-07-18", "2022-07-18", "2022-08-29"),
    row("python2.7", "2021-07-15", "2021-07-15", "2022-05-30"),
    row("nodejs26.x", "", "", ""),
    row("nodejs24.x", "2028-04-30", "2028-06-01", "2028-07-01"),
    row("nodejs22.x", "2027-04-30", "2027-06-01", "2027-07-01"),
    row("nodejs20.x", "2026-04-30", "2027-02-01", "2027-03-03"),
    row("nodejs18.x", "2025-09-01", "2027-02-01", "2027-03-03"),
    row("nodejs16.x", "2024-06-12", "2027-02-01", "2027-03-03"),
    row("nodejs14.x", "2023-12-04", "2024-01-09", "2027-03-03"),
    row("nodejs12.x", "2023-03-31", "2023-03-31", "2023-04-30"),
    row("nodejs10.x", "2021-07-30", "2021-07-30", "2022-02-14"),
    row("nodejs8.10", "2020-03-06", "2020-02-04", "2020-03-06"),
    row("nodejs6.10", "2019-08-12", "2019-07-12", "2019-08-12"),
    row("nodejs4.3-edge", "2020-03-05", "2019-03-31", "2019-04-30"),
    row("nodejs4.3", "2020-03-05", "2020-02-03", "2020-03-05"),
    row("nodejs", "2016-08-30", "2016-09-30", "2016-10-31"),
    row("java25", "2029-06-30", "2029-07-31", "2029-08-31"),
    row("java21", "2029-06-30", "2029-07-31", "2029-08-31"),
    row("java17.al2023", "", "", ""),
    row("java17", "2027-06-30", "2027-07-31", "2027-08-31"),
    row("java11.al2023", "", "", ""),
    row("java11", "2027-06-30", "2027-07-31", "2027-08-31"),
    row("java8.al2023", "", "", ""),
    row("java8.al2", "2027-06-30", "2027-07-31", "2027-08-31"),
    row("java8", "2024-01-08", "2024-02-08", "2027-03-03"),
    row("dotnet10", "2028-11-14", "2028-12-14", "2029-01-15"),
    row("dotnet8", "2026-11-10", "2027-02-01", "2027-03-03"),
    row("dotnet6", "2024-12-20", "2027-02-01", "2027-03-03"),
    row("dotnetcore3.1", "2023-04-03", "2023-04-03", "2023-05-03"),
    row("dotnetcore2.1", "2022-01-05", "2022-01-05", "2022-04-13"),
    row("dotnetcore2.0", "2019-05-30", "2019-04-30", "2019-05-30"),
    row("dotnetcore1.0", "2019-06-27", "2019-06-30", "2019-07-30"),
    row("ruby4.0", "2029-03-31", "2029-04-30", "2029-05-31"),
    row("ruby3.4", "2028-03-31", "2028-04-30", "2028-05-31"),
    row("ruby3.3", "2027-03-31", "2027-04-30", "2027-05-31"),
    row("ruby3.2", "2026-03-31", "2027-02-01", "2027-03-03"),
    row("ruby2.7", "2023-12-07", "2024-01-09", "2027-03-03"),
    row("ruby2.5", "2021-07-30", "2021-07-30", "2022-03-31"),
    row("go1.x", "2024-01-08", "2024-02-08", "2027-03-03"),
    row("provided.al2023", "2029-06-30", "2029-07-31", "2029-08-31"),
    row("provided.al2", "2026-07-31", "2027-02-01", "2027-03-03"),
    row("provided", "2024-01-08", "2024-02-08", "2027-03-03"),
];

/// What to write for each language: a runtime that has been there for a while.
const ADVISED: [(&str, &str); 10] = [
    ("python", "python3.14"),
    ("nodejs", "nodejs24.x"),
    ("java", "java25"),
    ("dotnet", "dotnet10"),
    ("ruby", "ruby4.0"),
    ("provided", "provided.al2023"),
    ("go", "provided.al2023"),
    ("rust", "provided.al2023"),
    ("custom", "provided.al2023"),
    ("bash", "provided.al2023"),
];

/// This day (UTC).
pub fn today() -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let now = DateTime::from_secs(seconds.try_into().unwrap_or_default()).fmt(Format::DateTime);
    now.unwrap_or_default().chars().take("2026-10-31".len()).collect()
}

/// Whether `day` is today or past.
fn is_past(day: &str, today: &str) -> bool {
    !day.is_empty() && day <= today
}

/// Until when the table is AWS's. What is made from it for good, such as the editors' schema, speaks of this day.
const AS_OF: &str = "2026-11-20";

/// Every runtime, newest first, and what is wrong with it, if it is on its way out.
pub fn known() -> impl Iterator<Item = (&'static str, Option<String>)> {
    RUNTIMES.iter().map(|known| (known.name, about(known, AS_OF)))
}

/// What is to be said of a runtime on the day `today`. AWS adds runtimes between releases of cloud101, and functions that
/// are there go on with old ones: only what no runtime looks like is an error.
pub fn diagnostic(runtime: &str, today: &str) -> Option<Diagnostic> {
    if is_unknown(runtime) {
        return None;
    }
    let diagnostic = |message: String| Diagnostic::new(Code::Runtime, "runtime", message);
    let Some(known) = RUNTIMES.iter().find(|known| known.name == runtime) else {
        return Some(unknown(runtime, today));
    };
    let message = about(known, today)?;
    Some(diagnostic(message).help(format!("write `{}`, and test the code with it", advised(runtime))).warning())
}

/// The same of what a layer is made for: AWS takes the name of every runtime that it ever had.
pub fn misnamed(runtime: &str, today: &str) -> Option<Diagnostic> {
    let is_known = is_unknown(runtime) || RUNTIMES.iter().any(|known| known.name == runtime);
    (!is_known).then(|| unknown(runtime, today))
}

/// What is wrong with a runtime that is on its way out on the day `today`.
fn about(known: &Runtime, today: &str) -> Option<String> {
    let Runtime { name, deprecated, no_new, no_change } = known;
    if is_past(no_change, today) {
        Some(format!("AWS has not accepted new functions or changes with `{name}` since {no_change}"))
    } else if is_past(no_new, today) {
        Some(format!(
            "AWS has not accepted new functions with `{name}` since {no_new}, and accepts no changes from \
            {no_change}"
        ))
    } else if is_past(deprecated, today) {
        Some(format!(
            "`{name}` has had no security updates since {deprecated}; AWS accepts no new functions with it from \
             {no_new}, and no changes from {no_change}"
        ))
    } else {
        None
    }
}

/// A runtime that is in no list: a new one, or a mistake.
fn unknown(runtime: &str, today: &str) -> Diagnostic {
    let current = || RUNTIMES.iter().filter(|known| !is_past(known.deprecated, today)).map(|known| known.name);
    // Of those that are as near, the last: the newest version.
    let all: Vec<&str> = current().collect();
    let nearest = suggest::alike(runtime, all.iter().rev().copied());
    let of_language = ADVISED.iter().find(|(language, _)| *language == runtime).map(|(_, advised)| *advised);
    let is_os_only = of_language.is_some_and(|advised| advised.starts_with("provided"));
    if let Some(nearest) = of_language.or(nearest).filter(|_| !looks_like_a_runtime(runtime) && !is_os_only) {
        return Diagnostic::new(Code::Runtime, "runtime", format!("`{runtime}` is not a Lambda runtime"))
            .help(format!("did you mean `{nearest}`?"));
    }
    let hint = match (of_language, nearest) {
        (Some(advised), _) => format!("write `{advised}`, with a program `bootstrap` in the code"),
        (None, Some(nearest)) => {
            format!("did you mean `{nearest}`? Ignore this warning for a runtime newer than this version of cloud101")
        }
        (None, None) => {
            let advised: Vec<_> = ADVISED[..6].iter().map(|(_, advised)| format!("`{advised}`")).collect();
            format!("did you mean one of {}?", advised.join(", "))
        }
    };
    Diagnostic::new(Code::Runtime, "runtime", format!("`{runtime}` is not a runtime that cloud101 knows"))
        .help(hint)
        .warning()
}

/// A runtime to write in place of `runtime`.
fn advised(runtime: &str) -> &'static str {
    ADVISED.iter().find(|(language, _)| runtime.starts_with(language)).map_or("python3.14", |(_, advised)| advised)
}

/// That a function with this runtime can be made on the day `today`, as far as is known.
///
/// # Errors
/// AWS takes no new functions with it.
pub fn accepts_new_functions(runtime: &str, today: &str) -> Result<()> {
    match RUNTIMES.iter().find(|known| known.name == runtime) {
        Some(known) if is_past(known.no_new, today) => {
            let message =
                format!("AWS has not accepted new functions with the runtime `{runtime}` since {}", known.no_new);
            Err(Error::refused(message).with_hint(format!("write `runtime: {}`", advised(runtime))))
        }
        _ => Ok(()),
    }
}

/// Whether it is of a known family and its version has that family's form: it may be newer than this program.
fn looks_like_a_runtime(runtime: &str) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    let family_end = runtime.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(runtime.len());
    let (family, version) = runtime.split_at(family_end);
    let (first, second) = version.split_once('.').unwrap_or((version, ""));
    match family {
        "python" | "ruby" => is_number(first) && is_number(second),
        "nodejs" => is_number(first) && second == "x",
        "java" | "dotnet" => is_number(first),
        "provided" => first.is_empty() && !second.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: &str = "2026-11-29";

    /// `warning: …` or `error: …`, with the hint.
    fn said(runtime: &str, today: &str) -> Option<String> {
        diagnostic(runtime, today).map(|diagnostic| {
            let severity = if !diagnostic.is_error() { "warning" } else { "error" };
            format!("{severity}: {} / {}", diagnostic.message, diagnostic.help.unwrap_or_default())
        })
    }

    #[test]
    fn current_runtimes_are_fine() {
        let current = "python3.15 python3.14 python3.11 nodejs26.x nodejs24.x nodejs22.x java25 java17 java8.al2 \
            java17.al2023 java11.al2023 java8.al2023 dotnet10 ruby4.0 ruby3.3 provided.al2023";
        for runtime in current.split_whitespace() {
            assert_eq!(said(runtime, TODAY), None, "{runtime}");
            assert!(accepts_new_functions(runtime, TODAY).is_ok());
        }
    }

    #[test]
    fn a_runtime_that_is_on_its_way_out_is_a_warning_with_its_days() {
        let said = said("python3.10", TODAY).expect("a warning");
        assert_eq!(
            said,
            "warning: `python3.10` has had no security updates since 2026-10-31; AWS accepts no new functions with it \
                from 2027-02-01, and no changes from 2027-03-03 / write `python3.14`, and test the code with it"
        );
        for runtime in ["nodejs20.x", "nodejs18.x", "provided.al2", "dotnet8", "dotnet6", "python3.9", "ruby3.2"] {
            assert!(super::diagnostic(runtime, TODAY).is_some_and(|one| !one.is_error()), "{runtime}");
            assert!(accepts_new_functions(runtime, TODAY).is_ok(), "{runtime}");
        }
        // The same on other days.
        assert_eq!(super::diagnostic("python3.10", "2026-10-30"), None);
        assert!(
            accepts_new_functions("python3.10", "2027-01-31").is_ok()
                && accepts_new_functions("python3.10", "2027-02-01").is_err()
        );
    }

    #[test]
    fn what_aws_refuses_for_new_functions_can_stay_where_it_is() {
        for (runtime, instead) in [
            ("python3.7", "python3.14"),
            ("python2.7", "python3.14"),
            ("nodejs14.x", "nodejs24.x"),
            ("nodejs4.3", "nodejs24.x"),
            ("java8", "java25"),
            ("go1.x", "provided.al2023"),
            ("ruby2.7", "ruby4.0"),
            ("dotnetcore3.1", "dotnet10"),
            ("provided", "provided.al2023"),
        ] {
            let said = said(runtime, TODAY).unwrap_or_default();
            assert!(
                said.starts_with("warning: AWS has not accepted new functions") && said.contains(instead),
                "{said}"
            );
            let error = accepts_new_functions(runtime, TODAY).expect_err(runtime);
            assert!(error.hint.is_some_and(|hint| hint.contains(instead)), "{runtime}");
        }
        assert!(
            said("python2.7", TODAY).is_some_and(|said| said.contains("or changes with `python2.7` since 2022-05-30"))
        );
    }

    #[test]
    fn what_is_in_no_list_is_a_warning_and_what_is_misspelt_an_error() {
        for (runtime, severity, hint) in [
            ("python3.19", "warning", "did you mean `python3."),
            ("nodejs30.x", "warning", "did you mean `nodejs2"),
            ("java29", "warning", "did you mean `java25`"),
            ("dotnet9", "warning", "did you mean `dotnet10`"),
            ("provided.al2026", "warning", "did you mean `provided.al2023`"),
            ("banana", "warning", "did you mean one of `python3.14`"),
            ("rust", "warning", "`provided.al2023`, with a program `bootstrap`"),
            ("go", "warning", "`provided.al2023`, with a program `bootstrap`"),
            ("custom", "warning", "`provided.al2023`, with a program `bootstrap`"),
            ("python", "error", "did you mean `python3.14`"),
            ("Python3.13", "error", "did you mean `python3.13`"),
            ("python313", "error", "did you mean `python3.13`"),
            ("nodejs22", "error", "did you mean `nodejs22.x`"),
        ] {
            let said = said(runtime, TODAY).unwrap_or_default();
            assert!(said.starts_with(severity) && said.contains(hint), "{runtime}: {said}");
        }
    }

    #[test]
    fn days_are_in_order_and_advice_is_good() {
        for known in RUNTIMES {
            assert!(known.no_new <= known.no_change, "{}", known.name);
            assert_eq!(known.deprecated.is_empty(), known.no_change.is_empty(), "{}", known.name);
        }
        for (_, advised) in ADVISED {
            assert_eq!(said(advised, TODAY), None);
        }
        assert!(today().as_str() > "2026-01-01" && today().len() == 10);
    }
}

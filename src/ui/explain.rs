//! The long form of a code.

use crate::aws::codes::KnownCode;
use crate::aws::meanings::{self, Meaning};
use crate::explain::{Code, Page};

use super::paint::Paint;

/// What is explained.
#[derive(Debug, Clone, Copy)]
pub enum Explained {
    /// Every code, by its title.
    All,
    /// One code.
    Code(Code),
    /// One of AWS's codes.
    Aws(&'static KnownCode),
}

/// As text for a person.
pub fn text(explained: Explained, paint: Paint) -> String {
    match explained {
        Explained::All => {
            let line = |code: &Code| format!("{}  {}\n", paint.bold(&code.to_string()), code.page().title);
            Code::ALL.iter().map(line).collect()
        }
        Explained::Code(code) => page(code, &code.page(), paint),
        Explained::Aws(known) => {
            let code = known.kind.explained();
            let mut text = format!("{}: {}\n\n", paint.bold(known.code), known.cause);
            if !known.next.is_empty() {
                text.push_str(&format!("{}: {}\n\n", paint.help("help"), known.next));
            }
            for Meaning { said, known } in meanings::of(known.code).filter(|meaning| !meaning.said.is_empty()) {
                let next = if known.next.is_empty() { String::new() } else { format!("; {}", known.next) };
                text.push_str(&format!("If its message contains \"{said}\": {}{next}\n\n", known.cause));
            }
            let of =
                if known.services.is_empty() { String::new() } else { format!(" of {}", known.services.join(", ")) };
            text.push_str(&format!("AWS's code {}{of} is in this category:\n\n", known.code));
            text + &page(code, &code.page(), paint)
        }
    }
}

/// Markdown as it reads in a terminal: headings stand out, and code is indented.
fn page(code: Code, page: &Page, paint: Paint) -> String {
    let mut text = format!("{}\n\n", paint.bold(&format!("{code}: {}", page.title)));
    let mut in_code = false;
    for line in page.body.lines() {
        if line.starts_with("```") {
            in_code = !in_code;
            continue;
        }
        match line.strip_prefix("## ") {
            Some(heading) if !in_code => text.push_str(&format!("{}:\n", paint.bold(heading))),
            _ if in_code && !line.is_empty() => text.push_str(&format!("    {line}\n")),
            _ => text.push_str(&format!("{line}\n")),
        }
    }
    text
}

//! What a function has written.

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

use crate::operate::logs::Event;

use super::json;
use super::paint::Paint;
use super::terminal::clean;

/// The time, to the millisecond, and what was written; further lines stand below the first.
pub fn line(event: &Event, paint: Paint) -> String {
    let time = time(event.time);
    let text = clean(event.text.trim_end());
    let mut lines = text.lines();
    let mut shown = format!("{}  {}\n", paint.dim(&time), lines.next().unwrap_or_default());
    shown.extend(lines.map(|line| format!("{:1$}  {line}\n", "", time.len())));
    shown
}

/// The same for programs.
pub fn event(event: &Event) -> json::Event<'static> {
    let Event { stream, text, .. } = event;
    json::Event::Log { time: time(event.time), stream: stream.clone(), message: text.trim_end().to_owned() }
}

/// `2026-11-25T08:15:00.250Z`
fn time(ms: i64) -> String {
    let seconds = DateTime::from_secs(ms.div_euclid(1000)).fmt(Format::DateTime).unwrap_or_default();
    format!("{}.{:03}Z", seconds.trim_end_matches('Z'), ms.rem_euclid(1000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_lines_stand_below_each_other() {
        let text = "Traceback:\n  File \"index.py\"\u{1b}[2J\n".to_owned();
        let event = Event { time: 1_795_594_500_250, id: String::new(), stream: String::new(), text };
        insta::assert_snapshot!(line(&event, Paint::PLAIN), @r#"
        2026-11-25T08:15:00.250Z  Traceback:
                                    File "index.py"�[2J
        "#);
        assert_eq!(time(1_000), "1970-01-01T00:00:01.000Z");
    }
}

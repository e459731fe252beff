//! What is uploaded from this computer, in words.

use crate::resource::{Upload, UploadedFile};
use crate::ui::change::{Line, Sign};

/// `3 files, 4.2 KB`; of the one file that a property names, only its size.
pub fn summary(upload: &Upload) -> String {
    let size = size(upload.bytes);
    match (upload.count, upload.files.len()) {
        (1, 0) => size,
        (1, _) => format!("1 file, {size}"),
        (count, _) => format!("{} files, {size}", grouped(count)),
    }
}

/// The files, each with its size, the names in a column. `shown` makes a name fit to be shown.
pub fn files(upload: &Upload, shown: &dyn Fn(&str) -> String) -> Vec<Line> {
    /// A longer name has its size right after it.
    const WIDEST: usize = 60;
    let names: Vec<_> = upload.files.iter().map(|file| shown(&file.name)).collect();
    let widths = names.iter().map(|name| name.chars().count()).filter(|width| *width <= WIDEST);
    let width = widths.max().unwrap_or_default();
    let line = |(name, file): (&String, &UploadedFile)| {
        Line::new(Sign::Plain, format!("{name:width$}  {}", size(file.bytes))).indented()
    };
    let mut lines: Vec<_> = names.iter().zip(&upload.files).map(line).collect();
    let more = upload.count - upload.files.len();
    if more > 0 {
        let more = format!("… {} more", grouped(more));
        lines.push(Line::new(Sign::Aside, more).indented());
    }
    lines
}

/// Bytes in the unit that leaves one to three digits before the point.
fn size(bytes: u64) -> String {
    const UNITS: [&str; 3] = ["KB", "MB", "GB"];
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let mut size = bytes as f64 / 1000.0;
    let mut units = UNITS.iter();
    let mut unit = units.next();
    // What would be rounded up to 1000.
    while size >= 999.5 && units.len() > 0 {
        size /= 1000.0;
        unit = units.next();
    }
    let digits = if size < 9.95 { 1 } else { 0 };
    format!("{size:.digits$} {}", unit.unwrap_or(&"GB"))
}

/// `4,312`.
fn grouped(count: usize) -> String {
    let digits = count.to_string();
    let parts: Vec<_> = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy).collect();
    parts.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_counts_are_short() {
        let sizes = [0, 999, 1000, 4_200, 9_949, 9_950, 34_400, 999_499, 999_500, 1_234_567, 52_428_800, 5_368_709_120];
        let shown = sizes.map(size).join(" · ");
        assert_eq!(
            shown,
            "0 B · 999 B · 1.0 KB · 4.2 KB · 9.9 KB · 10 KB · 34 KB · 999 KB · 1.0 MB · 1.2 MB · 52 MB · 5.4 GB"
        );
        assert_eq!([1, 999, 4312, 1_234_567].map(grouped).join(" "), "1 999 4,312 1,234,567");
    }

    #[test]
    fn a_list_has_an_end() {
        let file = |n| UploadedFile { name: format!("f{n}.py"), bytes: 10 };
        let upload = Upload::of_files("code", 53_120, (0..5_312).map(file).collect());
        let lines: Vec<_> = files(&upload, &str::to_owned).iter().map(Line::plain).collect();
        assert_eq!((lines.len(), lines[0].as_str()), (1001, "  f0.py    10 B"));
        assert_eq!(lines.last().map(String::as_str), Some("  … 4,312 more"));
        assert_eq!(summary(&upload), "5,312 files, 53 KB");
    }
}

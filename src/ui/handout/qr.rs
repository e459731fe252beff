//! A QR code as a picture in a page.

use maud::{Markup, html};
use qrcode::{Color, EcLevel, QrCode};

/// The light margin that readers need on each side, in modules (ISO/IEC 18004).
const QUIET: usize = 4;

/// The code of a text; `None`: it is too long for one.
pub fn code(text: &str) -> Option<Markup> {
    // The more of it may be damaged and still be read, the less fits.
    let code =
        [EcLevel::M, EcLevel::L].into_iter().find_map(|level| QrCode::with_error_correction_level(text, level).ok())?;
    let size = code.width() + 2 * QUIET;
    Some(html! {
        svg class="code" role="img" aria-label="QR code of the link" viewBox={ "0 0 " (size) " " (size) }
            shape-rendering="crispEdges" {
            rect width=(size) height=(size) fill="#fff" {}
            path d=(dark(&code)) fill="#000" {}
        }
    })
}

/// The dark modules, each row's neighbours as one bar.
fn dark(code: &QrCode) -> String {
    let mut path = String::new();
    for (y, row) in code.to_colors().chunks(code.width()).enumerate() {
        let mut x = 0;
        for bar in row.chunk_by(|one, next| one == next) {
            if bar[0] == Color::Dark {
                path.push_str(&format!("M{} {}h{length}v1h-{length}z", x + QUIET, y + QUIET, length = bar.len()));
            }
            x += bar.len();
        }
    }
    path
}

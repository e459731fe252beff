//! A graph as a picture.

use maud::{Markup, PreEscaped, html};

use super::layout::{HEIGHT, layout};
use super::{Arrows, Node, Picture};

/// The rules for the classes in a drawing, for light and dark.
pub const STYLE: &str = include_str!("style.css");

/// The narrowest and the widest box, the room beside its text, and a letter's width, in pixels.
const NARROW: f64 = 128.0;
const WIDE: f64 = 264.0;
const PADDING: f64 = 14.0;
const LETTER: f64 = 7.8;
/// The room below for a line of text.
const FOOT: f64 = 24.0;

/// A picture that is a file of its own.
pub fn file(picture: &Picture) -> String {
    let markup = html! {
        (PreEscaped("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"))
        (svg(picture, &picture.arrows(), true))
        "\n"
    };
    markup.into_string()
}

/// A picture inside of a page that has [`STYLE`].
pub fn drawing(picture: &Picture) -> Markup {
    svg(picture, &picture.arrows(), false)
}

fn svg(picture: &Picture, arrows: &Arrows<'_>, alone: bool) -> Markup {
    let longest = picture.nodes.iter().map(letters).max().unwrap_or_default();
    let width = (longest as f64 * LETTER + 2.0 * PADDING).ceil().clamp(NARROW, WIDE);
    let places = layout(picture.nodes.len(), &arrows.drawn, width);
    // A page says it beside the picture.
    let said = arrows.said().filter(|_| alone);
    let (w, h) = (places.width, places.height + if said.is_some() { FOOT } else { 0.0 });
    let title = format!("What depends on what in {}", picture.title);
    html! {
        svg class="graph" xmlns=[alone.then_some("http://www.w3.org/2000/svg")] viewBox={ "0 0 " (w) " " (h) }
            width=(w) height=(h) role=(if alone { "img" } else { "group" }) aria-label=(title) {
            title { (title) }
            @if alone { style { (PreEscaped(STYLE)) } }
            defs {
                marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto" {
                    path class="tip" d="M0 0.5 L7.5 4 L0 7.5 Z" {}
                }
            }
            g aria-hidden="true" {
                @for line in &places.lines {
                    @let ((x, y), (to_x, to_y)) = (line.from, line.to);
                    @let bend = (x + to_x) / 2.0;
                    path class="edge" marker-end=[line.arrives.then_some("url(#tip)")]
                        d={ "M" (x) " " (y) " C" (bend) " " (y) " " (bend) " " (to_y) " " (to_x) " " (to_y) } {}
                }
            }
            @for (node, (x, y)) in picture.nodes.iter().zip(&places.boxes) {
                g transform={ "translate(" (x) " " (y) ")" } {
                    @match &node.fate {
                        Some(fate) => a href=(fate.link) class={ "node " (fate.class) }
                            aria-label={ (node.label) ", " (node.about()) ": " (fate.word) } { (face(node, width)) },
                        None => g class="node none" { (face(node, width)) },
                    }
                }
            }
            @if let Some(said) = &said { text class="foot" x=(PADDING) y=(h - PADDING) { (said) } }
        }
    }
}

/// The box and what is written in it.
fn face(node: &Node, width: f64) -> Markup {
    let room = ((width - 2.0 * PADDING) / LETTER) as usize;
    let symbol = node.fate.as_ref().map_or("", |fate| fate.symbol);
    html! {
        title { (node.label) " (" (node.about()) ")" }
        rect width=(width) height=(HEIGHT) rx="9" {}
        text class="label" x=(PADDING) y="19" { (shortened(&node.label, room - taken(symbol))) }
        text class="kind" x=(PADDING) y="35" { (shortened(&node.about(), room)) }
        @if !symbol.is_empty() {
            text class="symbol" x=(width - PADDING) y="19" text-anchor="end" { (symbol) }
        }
    }
}

/// How many letters a box has to have room for.
fn letters(node: &Node) -> usize {
    let label = node.label.chars().count() + node.fate.as_ref().map_or(0, |fate| taken(fate.symbol));
    label.max(node.about().chars().count())
}

/// The letters that a symbol takes away from the label, with the room between.
fn taken(symbol: &str) -> usize {
    if symbol.is_empty() { 0 } else { symbol.len() + 1 }
}

fn shortened(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.to_owned();
    }
    text.chars().take(room.saturating_sub(1)).chain(['…']).collect()
}

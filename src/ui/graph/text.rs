//! Graphs in the languages of Mermaid and of Graphviz.

use super::Picture;

/// For Mermaid, which Markdown on many sites and notebooks draw.
pub fn mermaid(picture: &Picture) -> String {
    let mut text = "flowchart LR\n".to_owned();
    for (n, node) in picture.nodes.iter().enumerate() {
        text.push_str(&format!("  n{n}[\"{}<br/>{}\"]\n", entities(&node.label), entities(&node.about())));
    }
    let arrows = picture.arrows();
    text.extend(arrows.said().map(|said| format!("  %% {said}\n")));
    for (from, to) in arrows.drawn.iter() {
        text.push_str(&format!("  n{from} --> n{to}\n"));
    }
    text
}

/// For Graphviz: `dot -Tpdf`.
pub fn dot(picture: &Picture) -> String {
    let mut text =
        format!("digraph {} {{\n  rankdir=LR;\n  node [shape=box, style=rounded];\n", quoted(&picture.title));
    for (n, node) in picture.nodes.iter().enumerate() {
        // `\n` is Graphviz's own escape for a new line, and not one that a label may bring along.
        let label = format!("{}\\n{}", escaped(&node.label), escaped(&node.about()));
        text.push_str(&format!("  n{n} [label=\"{label}\"];\n"));
    }
    let arrows = picture.arrows();
    text.extend(arrows.said().map(|said| format!("  label={};\n", quoted(&said))));
    for (from, to) in arrows.drawn.iter() {
        text.push_str(&format!("  n{from} -> n{to};\n"));
    }
    text.push_str("}\n");
    text
}

/// Mermaid reads `#35;` as the character with this number. Whatever is not plain could be markup.
fn entities(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ':' | '/' | '[' | ']' | ' ' | '@');
    text.chars().map(|c| if plain(c) { c.to_string() } else { format!("#{};", u32::from(c)) }).collect()
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", escaped(text))
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', " ")
}

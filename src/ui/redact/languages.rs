//! Texts in the languages of pages and pictures. Only what people read in them is redacted: a secret that is like a word of
//! the language must not spoil it.

use super::Redactor;

/// The attributes that people read, or have read to them.
const READ: [&str; 2] = [" aria-label=", " title="];

impl Redactor {
    /// HTML or SVG whose texts hold no secrets: what stands between tags, but for style sheets, and in some attributes.
    pub fn markup(&self, markup: &str) -> String {
        let mut clean = String::with_capacity(markup.len());
        let mut rest = markup;
        while let Some(start) = rest.find('<') {
            let end = rest[start..].find('>').map_or(rest.len(), |length| start + length + 1);
            let tag = &rest[start..end];
            clean += &self.text(&rest[..start]);
            clean += &self.tag(tag);
            rest = &rest[end..];
            if tag.starts_with("<style") {
                let (style, after) = rest.split_at(rest.find("</style>").unwrap_or_default());
                clean += style;
                rest = after;
            }
        }
        clean + &self.text(rest)
    }

    /// A graph for Mermaid or Graphviz whose labels, which are all between quotes, hold no secrets.
    pub fn labels(&self, graph: &str) -> String {
        let mut clean = String::with_capacity(graph.len());
        let (mut in_label, mut from) = (false, 0);
        let mut chars = graph.char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                // What comes next is not a quote that ends the label.
                '\\' if in_label => _ = chars.next(),
                '"' => {
                    let part = &graph[from..at];
                    clean += &if in_label { self.text(part) } else { part.to_owned() };
                    clean.push(c);
                    (in_label, from) = (!in_label, at + 1);
                }
                _ => {}
            }
        }
        clean + &graph[from..]
    }

    fn tag(&self, tag: &str) -> String {
        let mut attribute = "";
        let mut parts = Vec::new();
        for part in tag.split('"') {
            let is_read = READ.iter().any(|read| attribute.ends_with(read));
            parts.push(if is_read { self.text(part) } else { part.to_owned() });
            attribute = part;
        }
        parts.join("\"")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_hidden_and_the_language_stays() {
        let redactor = Redactor::new(["main", "class", "a\"b&c"]);
        let page = r##"<main class="class" aria-label="the class"><style>main {}</style>class<a href="#main">a&quot;b&amp;c</a></main> main"##;
        let clean = r##"<main class="class" aria-label="the (sensitive)"><style>main {}</style>(sensitive)<a href="#main">(sensitive)</a></main> (sensitive)"##;
        assert_eq!(redactor.markup(page), clean);
        assert_eq!(redactor.markup("a main < b"), "a (sensitive) < b");
    }

    #[test]
    fn labels_are_hidden_and_the_language_stays() {
        let redactor = Redactor::new(["label", "node", "a\"b"]);
        let graph = "digraph \"node\" {\n  n0 [label=\"the label\\nlambda\"];\n  n1 [label=\"a\\\"b node\"];\n}\n";
        let clean = "digraph \"(sensitive)\" {\n  n0 [label=\"the (sensitive)\\nlambda\"];\n  n1 [label=\"(sensitive) (sensitive)\"];\n}\n";
        assert_eq!(redactor.labels(graph), clean);
        assert_eq!(
            redactor.labels("flowchart LR\n  n0[\"node<br/>sns.topic\"]\n"),
            "flowchart LR\n  n0[\"(sensitive)<br/>sns.topic\"]\n"
        );
    }
}

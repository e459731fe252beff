//! Where everything in a YAML text stands, and the guards that keep a hostile text from doing harm.
//!
//! This reads the text as a stream of events and never recurses, so that depth and the size of expanded aliases are
//! known before anything else reads it.

use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use saphyr_parser::{Event, Parser, ScalarStyle, Span};

use crate::explain::Code;

use super::diagnostics::Diagnostic;
use super::syntax;

/// How deeply mappings and lists may be nested.
pub const DEPTH_LIMIT: usize = 64;
/// How large a file may become when its aliases are replaced by what they stand for, in bytes.
const EXPANDED_LIMIT: usize = 4 << 20;
/// How many values, keys among them, a file may have when its aliases are replaced. Each takes some hundred bytes of memory
/// until all is checked. Six hundred resources that name all those before them in `depends_on` have 184,000.
const VALUES_LIMIT: usize = 200_000;

/// The place of one node.
pub struct Spanned {
    /// The bytes of the text it takes up.
    pub span: Range<usize>,
    /// What stands there.
    pub shape: Shape,
    /// Levels below it, aliases replaced.
    height: usize,
    /// Bytes and nodes in it, aliases replaced.
    size: usize,
    /// Nodes in it and itself, aliases replaced.
    values: usize,
}

/// What stands at a place.
pub enum Shape {
    /// One value.
    Scalar {
        /// Whether it has no quotes around it.
        plain: bool,
    },
    /// A list.
    List {
        /// Its elements.
        items: Vec<Rc<Spanned>>,
        /// Whether it is written in lines, without brackets.
        block: bool,
    },
    /// Keys and values.
    Map {
        /// Its keys, each with its value.
        entries: Vec<(Rc<Spanned>, Rc<Spanned>)>,
        /// Whether it is written in lines, without braces.
        block: bool,
    },
    /// `*name`, and what it stands for.
    Alias(Rc<Spanned>),
}

/// A mapping or list whose end has not come yet.
struct Open {
    start: Range<usize>,
    anchor: usize,
    children: Vec<Rc<Spanned>>,
}

/// The places of the only document in `text`; `None` if there is nothing but comments.
///
/// # Errors
/// What keeps the text from being read at all: not YAML, too deep, too large, tags, several documents.
pub fn read(text: &str) -> Result<Option<Rc<Spanned>>, Vec<Diagnostic>> {
    let bytes = ByteOffsets::new(text);
    let mut parser = Parser::new_from_str(text);
    let mut reader =
        Reader { text, open: Vec::new(), anchors: HashMap::new(), root: None, tags: Vec::new(), has_aliases: false };
    let mut documents = 0;
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|error| {
            let byte = bytes.of(error.marker().index());
            // The parser's own limit for brackets; it reads ahead and may come to it before ours.
            let deep = error.info().contains("recursion limit");
            vec![if deep { too_deep(byte..byte) } else { syntax::diagnostic(text, byte, error.info()) }]
        })?;
        let span = bytes.range(span);
        if matches!(event, Event::DocumentStart(_)) {
            documents += 1;
            if documents > 1 {
                let place = span.start..text.floor_char_boundary(span.start + 3);
                let hint = "remove the line `---`, or move what follows to a separate file";
                return Err(vec![
                    Diagnostic::new(
                        Code::SeveralDocuments,
                        place,
                        "a second document starts here; a stack is a single document",
                    )
                    .help(hint),
                ]);
            }
        }
        reader.take(event, span).map_err(|diagnostic| vec![diagnostic])?;
    }
    if reader.tags.is_empty() { Ok(reader.root) } else { Err(reader.tags) }
}

struct Reader<'a> {
    text: &'a str,
    open: Vec<Open>,
    anchors: HashMap<usize, Rc<Spanned>>,
    root: Option<Rc<Spanned>>,
    tags: Vec<Diagnostic>,
    has_aliases: bool,
}

impl Reader<'_> {
    fn take(&mut self, event: Event<'_>, span: Range<usize>) -> Result<(), Diagnostic> {
        match event {
            Event::Scalar(value, style, anchor, tag) => {
                if tag.is_some() {
                    self.tags.push(syntax::tag(self.text, span.clone()));
                }
                let shape = Shape::Scalar { plain: style == ScalarStyle::Plain };
                self.add(Spanned { span, shape, height: 0, size: value.len() + 1, values: 1 }, anchor)
            }
            Event::SequenceStart(anchor, tag) | Event::MappingStart(anchor, tag) if self.open.len() < DEPTH_LIMIT => {
                if tag.is_some() {
                    self.tags.push(syntax::tag(self.text, span.clone()));
                }
                self.open.push(Open { start: span, anchor, children: Vec::new() });
                Ok(())
            }
            Event::SequenceStart(..) | Event::MappingStart(..) => Err(too_deep(span)),
            Event::SequenceEnd => self.close(span, false),
            Event::MappingEnd => self.close(span, true),
            Event::Alias(anchor) => {
                let Some(target) = self.anchors.get(&anchor).cloned() else {
                    let hint = "write the value here, or move `&…` to an earlier value";
                    return Err(Diagnostic::new(Code::BadAlias, span, "this alias refers to a value that contains it")
                        .help(hint));
                };
                self.has_aliases = true;
                let (height, size, values) = (target.height, target.size, target.values);
                self.add(Spanned { span, shape: Shape::Alias(target), height, size, values }, 0)
            }
            _ => Ok(()),
        }
    }

    fn close(&mut self, end: Range<usize>, is_map: bool) -> Result<(), Diagnostic> {
        let Some(open) = self.open.pop() else {
            return Ok(());
        };
        let block = end.is_empty();
        let last = open.children.last().map_or(open.start.end, |child| child.span.end);
        let first = match open.children.first() {
            Some(child) if block && open.start.is_empty() => child.span.start,
            _ => open.start.start,
        };
        let span = first..if block { last.max(first) } else { end.end };
        let height = 1 + open.children.iter().map(|child| child.height).max().unwrap_or(0);
        let size = open.children.iter().fold(1, |sum: usize, child| sum.saturating_add(child.size));
        let values = open.children.iter().fold(1, |sum: usize, child| sum.saturating_add(child.values));
        let shape = if is_map {
            let pairs = open.children.chunks_exact(2);
            let entries = pairs.map(|pair| (Rc::clone(&pair[0]), Rc::clone(&pair[1]))).collect();
            Shape::Map { entries, block }
        } else {
            Shape::List { items: open.children, block }
        };
        self.add(Spanned { span, shape, height, size, values }, open.anchor)
    }

    fn add(&mut self, mark: Spanned, anchor: usize) -> Result<(), Diagnostic> {
        if self.open.len() + mark.height > DEPTH_LIMIT {
            return Err(too_deep(mark.span));
        }
        if mark.size > EXPANDED_LIMIT {
            let message = "the aliases (`*name`) in this value make the file too large";
            return Err(Diagnostic::new(Code::TooDeep, first_line(self.text, &mark.span), message)
                .help("write it without nested aliases"));
        }
        if mark.values > VALUES_LIMIT {
            let with = if self.has_aliases { " with its aliases replaced" } else { "" };
            let message = format!("this has {} values{with}, and at most {VALUES_LIMIT} are allowed", mark.values);
            let hint = "split it into several stacks; move data that does not describe resources to files next to the \
                stack";
            return Err(Diagnostic::new(Code::TooLarge, first_line(self.text, &mark.span), message).help(hint));
        }
        let mark = Rc::new(mark);
        if anchor > 0 {
            self.anchors.insert(anchor, Rc::clone(&mark));
        }
        match self.open.last_mut() {
            Some(parent) => parent.children.push(mark),
            None => self.root = Some(mark),
        }
        Ok(())
    }
}

fn too_deep(span: Range<usize>) -> Diagnostic {
    let message = format!("this is nested more than {DEPTH_LIMIT} levels deep");
    Diagnostic::new(Code::TooDeep, span, message).help("is a bracket missing, or is this another kind of file?")
}

/// The part of `span` that is on its first line.
pub fn first_line(text: &str, span: &Range<usize>) -> Range<usize> {
    let inside = &text[span.clone()];
    let line = inside.lines().next().unwrap_or_default().trim_end();
    span.start..span.start + line.len()
}

/// The parser counts characters, everything else bytes.
struct ByteOffsets {
    /// The byte at which each character starts, and the end; empty if all characters are one byte long.
    starts: Vec<usize>,
    length: usize,
}

impl ByteOffsets {
    fn new(text: &str) -> Self {
        let starts = if text.is_ascii() { Vec::new() } else { text.char_indices().map(|(byte, _)| byte).collect() };
        Self { starts, length: text.len() }
    }

    fn of(&self, character: usize) -> usize {
        let byte = if self.starts.is_empty() { Some(character) } else { self.starts.get(character).copied() };
        byte.unwrap_or(self.length).min(self.length)
    }

    fn range(&self, span: Span) -> Range<usize> {
        let start = self.of(span.start.index());
        start..self.of(span.end.index()).max(start)
    }
}

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use insta::assert_snapshot;
use proptest::prelude::*;

use crate::stack::Stack;
use crate::testing::stack_in;
use crate::ui::json::GraphDocument;

use super::layout::{HEIGHT, Layout, layout};
use super::*;

const WIDTH: f64 = 160.0;

/// The class's own stack.
fn lesson() -> Picture {
    let text = include_str!("../../../stacks/cloud101.yaml");
    let rest: Vec<_> =
        text.lines().filter(|line| !line.starts_with("stack:") && !line.starts_with("region:")).collect();
    of(&stack_in(Path::new("stacks"), &rest.join("\n")))
}

fn of(stack: &Stack) -> Picture {
    Picture::of_stack(stack, &Redactor::default())
}

fn picture(labels: &[&str], edges: &[(usize, usize)]) -> Picture {
    let node = |label: &&str| Node { label: (*label).to_owned(), kind: "sns.topic".into(), fate: None, copies: 0 };
    Picture { title: "lesson".into(), nodes: labels.iter().map(node).collect(), edges: edges.to_vec() }
}

#[test]
fn each_format_has_every_resource_and_every_arrow() {
    assert_snapshot!(lesson().text(GraphFormat::Mermaid));
    assert_snapshot!(lesson().text(GraphFormat::Dot));
    assert_snapshot!(lesson().text(GraphFormat::Svg).replace(STYLE, "").replace("><", ">\n<"));
    assert_snapshot!(serde_json::to_string(&GraphDocument::of(&lesson())).unwrap());
}

#[test]
fn all_copies_of_a_resource_are_one_box() {
    let stack = stack_in(
        Path::new("stacks"),
        "rosters: { students: 25, staff: [zoe] }\nresources:\n  \
         news: { type: sns.topic }\n  \
         home: { type: s3.bucket, for_each: students, name: 'lab-${each.key}' }\n  \
         desk: { type: sqs.queue, for_each: staff }\n  \
         queue: { type: sqs.queue, for_each: students, tags: { of: '${home.name}', news: '${news.name}' } }\n  \
         list: { type: sns.topic, tags: { all: '${home[*].name}' } }\n",
    );
    assert_snapshot!(of(&stack).text(GraphFormat::Mermaid), @r##"
    flowchart LR
      n0["news<br/>sns.topic"]
      n1["home<br/>s3.bucket#44; 25 copies"]
      n2["desk[#34;zoe#34;]<br/>sqs.queue"]
      n3["queue<br/>sqs.queue#44; 25 copies"]
      n4["list<br/>sns.topic"]
      n0 --> n3
      n1 --> n3
      n1 --> n4
    "##);
    assert!(of(&stack).text(GraphFormat::Svg).contains(">s3.bucket, 25 copies</text>"));
    // Programs get each.
    let each = GraphDocument::of(&Picture::of_each(&stack, &Redactor::default()));
    assert_eq!(each.resources.len(), 1 + 25 + 1 + 25 + 1);
    assert_eq!(each.resources.last().unwrap().depends_on.len(), 25);
}

#[test]
fn names_are_not_markup() {
    let hostile = picture(&["<script>alert(1)</script>", "a\"]; x --> y", "b\\\"; }", "#quot;\n&lt;"], &[(0, 1)]);
    assert_snapshot!(hostile.text(GraphFormat::Mermaid));
    assert_snapshot!(hostile.text(GraphFormat::Dot));
    let svg = hostile.text(GraphFormat::Svg);
    assert!(!svg.contains("<script") && svg.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "{svg}");
}

#[test]
fn a_secret_like_a_word_of_the_format_spoils_nothing() {
    let stack = stack_in(Path::new("stacks"), "resources:\n  path: { type: sns.topic }\n");
    let svg = Picture::of_stack(&stack, &Redactor::new(["path", "rect"])).text(GraphFormat::Svg);
    assert!(svg.contains("<rect") && svg.contains("<path") && svg.contains(">(sensitive)</text>"), "{svg}");
}

/// Boxes do not overlap, all of them are in the picture, and each arrow leads to the right.
fn assert_good(layout: &Layout, count: usize, edges: &[(usize, usize)]) {
    assert_eq!(layout.boxes.len(), count);
    let mut columns: BTreeMap<i64, Vec<f64>> = BTreeMap::new();
    for (x, y) in &layout.boxes {
        assert!(*x >= 0.0 && x + WIDTH <= layout.width && *y >= 0.0 && y + HEIGHT <= layout.height, "{x} {y}");
        columns.entry(*x as i64).or_default().push(*y);
    }
    let lefts: Vec<_> = columns.keys().collect();
    assert!(lefts.windows(2).all(|pair| (pair[1] - pair[0]) as f64 > WIDTH), "{lefts:?}");
    for column in columns.values_mut() {
        column.sort_by(f64::total_cmp);
        assert!(column.windows(2).all(|pair| pair[1] - pair[0] >= HEIGHT), "{column:?}");
    }
    for (from, to) in edges {
        assert!(layout.boxes[*from].0 < layout.boxes[*to].0, "{from} {to}");
    }
    // Every line can be followed from a box to a box.
    let ends: BTreeSet<_> = layout.lines.iter().map(|line| key(line.from)).collect();
    for line in layout.lines.iter().filter(|line| !line.arrives) {
        assert!(ends.contains(&key(line.to)), "{line:?}");
    }
    let arrivals: BTreeSet<_> = layout.lines.iter().filter(|line| line.arrives).map(|line| key(line.to)).collect();
    for (_, to) in edges {
        let (x, y) = layout.boxes[*to];
        assert!(arrivals.contains(&key((x, y + HEIGHT / 2.0))), "{to}");
    }
}

fn key((x, y): (f64, f64)) -> (i64, i64) {
    (x.round() as i64, y.round() as i64)
}

#[test]
fn three_hundred_resources_have_room() {
    // One firewall and one key for 298 machines, each fifth of which has a disk of the one before.
    let mut edges: Vec<_> = (2..300).flat_map(|n| [(0, n), (1, n)]).collect();
    edges.extend((7..300).step_by(5).map(|n| (n - 1, n)));
    let large = layout(300, &edges, WIDTH);
    assert_good(&large, 300, &edges);
    assert!(large.width < 4000.0 && large.height < 4000.0, "{} x {}", large.width, large.height);
    assert!(large.lines.len() < 2 * edges.len(), "{}", large.lines.len());
}

#[test]
fn of_a_graph_with_too_many_arrows_those_are_drawn_that_do_not_follow_from_others() {
    let labels: Vec<_> = (0..40).map(|n| format!("r{n}")).collect();
    let all: Vec<_> = (0..40).flat_map(|to| (0..to).map(move |from| (from, to))).collect();
    let dense = picture(&labels.iter().map(String::as_str).collect::<Vec<_>>(), &all);
    let said = "741 arrows implied by others are omitted";
    for (format, arrow, text) in [
        (GraphFormat::Mermaid, " --> ", format!("%% {said}")),
        (GraphFormat::Dot, " -> ", format!("label=\"{said}\"")),
        (GraphFormat::Svg, "url(#tip)", format!(">{said}</text>")),
    ] {
        let drawn = dense.text(format);
        assert_eq!(drawn.matches(arrow).count(), 39, "{drawn}");
        assert!(drawn.contains(&text), "{drawn}");
    }
    // Programs get all of them, and a graph that can be followed by eye has all.
    assert_eq!(GraphDocument::of(&dense).resources[39].depends_on.len(), 39);
    assert!(!lesson().text(GraphFormat::Svg).contains("left out"));
}

#[test]
fn six_hundred_that_each_need_three_hundred_have_room() {
    let edges: Vec<_> = (0..300).flat_map(|from| (300..600).map(move |to| (from, to))).collect();
    let wide = layout(600, &edges, WIDTH);
    assert_good(&wide, 600, &edges);
}

#[test]
fn without_arrows_there_are_rows() {
    let rows = layout(300, &[], WIDTH);
    assert_good(&rows, 300, &[]);
    assert_eq!(rows.boxes.iter().map(|(x, _)| *x as i64).collect::<BTreeSet<_>>().len(), 4);
    assert_good(&layout(1, &[], WIDTH), 1, &[]);
    let nothing = layout(0, &[], WIDTH);
    assert!(nothing.boxes.is_empty() && nothing.width >= 0.0 && nothing.height >= 0.0);
    assert!(picture(&[], &[]).text(GraphFormat::Svg).contains("</svg>"));
}

proptest! {
    #[test]
    fn any_graph_is_laid_out_well_and_always_the_same(
        edges in prop::collection::btree_set((0..30_usize, 0..30_usize), 0..80),
    ) {
        let edges: Vec<_> = edges.into_iter().filter(|(from, to)| from < to).collect();
        let one = layout(30, &edges, WIDTH);
        assert_good(&one, 30, &edges);
        prop_assert_eq!(&one, &layout(30, &edges, WIDTH));
        let mut turned = edges.clone();
        turned.reverse();
        prop_assert_eq!(one, layout(30, &turned, WIDTH));
    }
}

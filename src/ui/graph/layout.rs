//! Where the boxes of a graph stand and how its lines run.
//!
//! Boxes stand in columns by how much must be there before them. A line that passes columns gets a lane in each; the
//! lines that leave one box for the same column share one, so that a box on which hundreds depend has one trunk with
//! branches. What is connected to nothing stands in rows below. The same graph is always laid out the same way.

use std::collections::{BTreeMap, BTreeSet};

/// The size of a box, and the room around it, in pixels.
pub const HEIGHT: f64 = 46.0;
const GAP: f64 = 16.0;
const LANE: f64 = 10.0;
/// Between two columns, where lines change their height.
const ALLEY: f64 = 64.0;
/// Around everything.
const MARGIN: f64 = 12.0;
/// Rounds of ordering, and of straightening.
const ROUNDS: usize = 12;
/// Columns of boxes that are connected to nothing, where no others say how many there are.
const COLUMNS: usize = 4;
/// A column has at least room for so many boxes; in a large graph for more.
const TALL: usize = 12;

/// A layout.
#[derive(Debug, Clone, PartialEq)]
pub struct Layout {
    /// The whole width.
    pub width: f64,
    /// The whole height.
    pub height: f64,
    /// The upper left corner of each box.
    pub boxes: Vec<(f64, f64)>,
    /// From the right side of one thing to the left side of the next.
    pub lines: Vec<Stretch>,
}

/// A part of a line.
#[derive(Debug, Clone, PartialEq)]
pub struct Stretch {
    /// Where it begins.
    pub from: (f64, f64),
    /// Where it ends.
    pub to: (f64, f64),
    /// Whether it ends at a box.
    pub arrives: bool,
}

/// What stands in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Item {
    Box(usize),
    /// The lane of what leaves this box, in this column.
    Lane(usize, usize),
}

/// Lays out `count` boxes, each `width` wide. `edges` lead from what must be there first to what needs it.
pub fn layout(count: usize, edges: &[(usize, usize)], width: f64) -> Layout {
    let connected: BTreeSet<usize> = edges.iter().flat_map(|(from, to)| [*from, *to]).collect();
    let depth = depths(count, edges, &connected);
    let mut columns: Vec<Vec<Item>> = vec![Vec::new(); depth.values().max().map_or(0, |deepest| deepest + 1)];
    for (one, depth) in &depth {
        columns[*depth].push(Item::Box(*one));
    }
    let mut links = BTreeSet::new();
    for (from, to) in edges {
        let mut last = Item::Box(*from);
        for (number, column) in columns.iter_mut().enumerate().take(depth[to]).skip(depth[from] + 1) {
            let lane = Item::Lane(*from, number);
            if !column.contains(&lane) {
                column.push(lane);
            }
            links.insert((last, lane));
            last = lane;
        }
        links.insert((last, Item::Box(*to)));
    }
    order(&mut columns, &links);
    let middle = heights(&columns, &links);
    let x = |column: usize| MARGIN + column as f64 * (width + ALLEY);
    let column_of = |item: Item| match item {
        Item::Box(one) => depth[&one],
        Item::Lane(_, column) => column,
    };

    let mut boxes = vec![(0.0, 0.0); count];
    let mut bottom = 0.0_f64;
    for (item, y) in &middle {
        if let Item::Box(one) = item {
            boxes[*one] = (x(column_of(*item)), MARGIN + y - HEIGHT / 2.0);
        }
        bottom = bottom.max(y + HEIGHT / 2.0);
    }
    let mut lines: Vec<_> = links
        .iter()
        .map(|(from, to)| Stretch {
            from: (x(column_of(*from)) + width, MARGIN + middle[from]),
            to: (x(column_of(*to)), MARGIN + middle[to]),
            arrives: matches!(to, Item::Box(_)),
        })
        .collect();
    for (item, y) in middle.iter().filter(|(item, _)| matches!(item, Item::Lane(..))) {
        let (left, y) = (x(column_of(*item)), MARGIN + y);
        lines.push(Stretch { from: (left, y), to: (left + width, y), arrives: false });
    }

    let alone: Vec<usize> = (0..count).filter(|one| !connected.contains(one)).collect();
    let wide = columns.len().max(COLUMNS.min(alone.len()));
    let top = if bottom > 0.0 { bottom + 2.0 * GAP } else { 0.0 };
    for (place, one) in alone.iter().enumerate() {
        let (row, column) = (place / wide, place % wide);
        boxes[*one] = (x(column), MARGIN + top + row as f64 * (HEIGHT + GAP));
        bottom = bottom.max(boxes[*one].1 - MARGIN + HEIGHT);
    }
    let width = wide as f64 * (width + ALLEY) - ALLEY;
    Layout { width: width.max(0.0) + 2.0 * MARGIN, height: bottom + 2.0 * MARGIN, boxes, lines }
}

/// The column of each box that is connected: after all that must be there first, and where there is room.
fn depths(count: usize, edges: &[(usize, usize)], connected: &BTreeSet<usize>) -> BTreeMap<usize, usize> {
    let room = TALL.max((count as f64).sqrt() as usize * 2);
    let mut waits: BTreeMap<usize, usize> = connected.iter().map(|one| (*one, 0)).collect();
    let mut next: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (from, to) in edges {
        *waits.entry(*to).or_default() += 1;
        next.entry(*from).or_default().push(*to);
    }
    let mut ready: BTreeSet<(usize, usize)> =
        waits.iter().filter(|(_, waits)| **waits == 0).map(|(one, _)| (0, *one)).collect();
    let mut earliest = BTreeMap::new();
    let mut taken: BTreeMap<usize, usize> = BTreeMap::new();
    // In a cycle, which no stack has, nothing is ever ready: those boxes stand in the first column.
    let mut depth: BTreeMap<usize, usize> = connected.iter().map(|one| (*one, 0)).collect();
    while let Some((first, one)) = ready.pop_first() {
        let mut column = first;
        while taken.get(&column).is_some_and(|taken| *taken >= room) {
            column += 1;
        }
        *taken.entry(column).or_default() += 1;
        depth.insert(one, column);
        for after in next.get(&one).into_iter().flatten() {
            let least = earliest.entry(*after).or_insert(0);
            *least = (column + 1).max(*least);
            if let Some(waits) = waits.get_mut(after) {
                *waits -= 1;
                if *waits == 0 {
                    ready.insert((*least, *after));
                }
            }
        }
    }
    depth
}

/// Orders each column by where its neighbours stand, so that fewer lines cross.
fn order(columns: &mut [Vec<Item>], links: &BTreeSet<(Item, Item)>) {
    let (before, after) = neighbours(links);
    for round in 0..ROUNDS {
        let forth = round % 2 == 0;
        let beside = if forth { &before } else { &after };
        let all: Vec<usize> = if forth { (0..columns.len()).collect() } else { (0..columns.len()).rev().collect() };
        for column in all {
            let place: BTreeMap<Item, usize> =
                columns.iter().flat_map(|column| column.iter().enumerate().map(|(n, item)| (*item, n))).collect();
            let middle = |item: &Item| mean(beside.get(item).into_iter().flatten().map(|other| place[other] as f64));
            let key = |item: &Item| middle(item).unwrap_or(place[item] as f64);
            columns[column].sort_by(|a, b| key(a).total_cmp(&key(b)));
        }
    }
}

/// The middle of each item, from 0 on: as near to its neighbours as the order and the room allow.
fn heights(columns: &[Vec<Item>], links: &BTreeSet<(Item, Item)>) -> BTreeMap<Item, f64> {
    let half = |item: &Item| if matches!(item, Item::Box(_)) { (HEIGHT + GAP) / 2.0 } else { LANE / 2.0 };
    let (before, after) = neighbours(links);
    let mut middle: BTreeMap<Item, f64> = BTreeMap::new();
    for column in columns {
        let mut edge = 0.0;
        for item in column {
            middle.insert(*item, edge + half(item));
            edge += 2.0 * half(item);
        }
    }
    for _ in 0..ROUNDS {
        for column in columns {
            let wish: Vec<f64> = column
                .iter()
                .map(|item| {
                    let beside = [&before, &after].into_iter().flat_map(|side| side.get(item).into_iter().flatten());
                    mean(beside.map(|other| middle[other])).unwrap_or(middle[item])
                })
                .collect();
            let room = column.windows(2).map(|pair| half(&pair[0]) + half(&pair[1]));
            middle.extend(column.iter().copied().zip(apart(&wish, room)));
        }
    }
    let top = middle.iter().map(|(item, y)| y - half(item) + GAP / 2.0).fold(f64::INFINITY, f64::min);
    middle.into_iter().map(|(item, y)| (item, (y - top).round())).collect()
}

/// The places nearest to the wishes (least squares) that are in order and have `room` between each two: those that
/// would overlap stand together around the mean of their wishes.
fn apart(wishes: &[f64], room: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut offset = 0.0;
    let offsets: Vec<f64> = std::iter::once(0.0)
        .chain(room)
        .map(|room| {
            offset += room;
            offset
        })
        .collect();
    let mut together: Vec<(f64, usize)> = Vec::new();
    for (wish, offset) in wishes.iter().zip(&offsets) {
        let mut last = (wish - offset, 1);
        while let Some((sum, count)) = together.pop_if(|(sum, count)| *sum / *count as f64 > last.0 / last.1 as f64) {
            last = (last.0 + sum, last.1 + count);
        }
        together.push(last);
    }
    let means = together.iter().flat_map(|(sum, count)| std::iter::repeat_n(sum / *count as f64, *count));
    means.zip(&offsets).map(|(mean, offset)| mean + offset).collect()
}

type Sides = BTreeMap<Item, Vec<Item>>;

/// For each item those to its left, and those to its right.
fn neighbours(links: &BTreeSet<(Item, Item)>) -> (Sides, Sides) {
    let (mut before, mut after) = (Sides::new(), Sides::new());
    for (from, to) in links {
        before.entry(*to).or_default().push(*from);
        after.entry(*from).or_default().push(*to);
    }
    (before, after)
}

fn mean(numbers: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = numbers.fold((0.0, 0_u32), |(sum, count), number| (sum + number, count + 1));
    (count > 0).then(|| sum / f64::from(count))
}

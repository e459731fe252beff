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
/// With more boxes and lanes than these, fewer rounds: such a picture can't be viewed at once.
const MANY: usize = 20_000;
const FEW_ROUNDS: usize = 2;
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

/// What stands in the columns: the boxes, by their numbers, then the lanes, all lanes of what leaves a box one after the
/// other.
struct Items {
    boxes: usize,
    /// The column of each; `None`: a box that is connected to nothing.
    column: Vec<Option<usize>>,
}

impl Items {
    fn is_box(&self, item: usize) -> bool {
        item < self.boxes
    }

    /// Half of the height that it needs.
    fn half(&self, item: usize) -> f64 {
        if self.is_box(item) { (HEIGHT + GAP) / 2.0 } else { LANE / 2.0 }
    }
}

/// From an item in one column to one in the next.
type Link = (usize, usize);

/// Lays out `count` boxes, each `width` wide. `edges` lead from what must be there first to what needs it.
pub fn layout(count: usize, edges: &[(usize, usize)], width: f64) -> Layout {
    let connected: BTreeSet<usize> = edges.iter().flat_map(|(from, to)| [*from, *to]).collect();
    let depth = depths(count, edges, &connected);
    let (items, links) = lanes(count, edges, &depth);
    let mut columns: Vec<Vec<usize>> = vec![Vec::new(); depth.values().max().map_or(0, |deepest| deepest + 1)];
    for (item, column) in items.column.iter().enumerate() {
        if let Some(column) = column {
            columns[*column].push(item);
        }
    }
    let rounds = if items.column.len() > MANY { FEW_ROUNDS } else { ROUNDS };
    let (before, after) = neighbours(items.column.len(), &links);
    order(&mut columns, (&before, &after), rounds);
    let middle = heights(&items, &columns, (&before, &after), rounds);
    let x = |column: usize| MARGIN + column as f64 * (width + ALLEY);
    let left = |item: usize| x(items.column[item].unwrap_or_default());

    let mut boxes = vec![(0.0, 0.0); count];
    let mut bottom = 0.0_f64;
    for item in columns.iter().flatten() {
        if items.is_box(*item) {
            boxes[*item] = (left(*item), MARGIN + middle[*item] - HEIGHT / 2.0);
        }
        bottom = bottom.max(middle[*item] + HEIGHT / 2.0);
    }
    let mut lines: Vec<_> = links
        .iter()
        .map(|(from, to)| Stretch {
            from: (left(*from) + width, MARGIN + middle[*from]),
            to: (left(*to), MARGIN + middle[*to]),
            arrives: items.is_box(*to),
        })
        .collect();
    for (lane, middle) in middle.iter().enumerate().skip(count) {
        let (left, y) = (left(lane), MARGIN + middle);
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

/// The boxes and the lanes that the edges need, and what leads from one to the next, in order.
fn lanes(count: usize, edges: &[(usize, usize)], depth: &BTreeMap<usize, usize>) -> (Items, Vec<Link>) {
    let mut column: Vec<Option<usize>> = (0..count).map(|one| depth.get(&one).copied()).collect();
    // Where what leaves each box arrives last.
    let mut furthest = vec![0; count];
    for (from, to) in edges {
        furthest[*from] = depth[to].max(furthest[*from]);
    }
    // The number that the lane in the column of the box itself would have.
    let mut base = vec![0; count];
    let mut links = Vec::new();
    for (one, depth) in depth {
        base[*one] = column.len().saturating_sub(1);
        let mut last = *one;
        for passed in depth + 1..furthest[*one] {
            links.push((last, column.len()));
            last = column.len();
            column.push(Some(passed));
        }
    }
    links.extend(edges.iter().map(|(from, to)| {
        let passed = depth[to].saturating_sub(depth[from] + 1);
        (if passed == 0 { *from } else { base[*from] + passed }, *to)
    }));
    links.sort_unstable();
    links.dedup();
    (Items { boxes: count, column }, links)
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
fn order(columns: &mut [Vec<usize>], (before, after): (&Sides, &Sides), rounds: usize) {
    let mut place = vec![0.0; before.len()];
    let note = |column: &[usize], place: &mut [f64]| {
        column.iter().enumerate().for_each(|(n, item)| place[*item] = n as f64);
    };
    columns.iter().for_each(|column| note(column, &mut place));
    for round in 0..rounds {
        let forth = round % 2 == 0;
        let beside = if forth { before } else { after };
        let all: Vec<usize> = if forth { (0..columns.len()).collect() } else { (0..columns.len()).rev().collect() };
        for column in all {
            let wish = |item: usize| mean(beside[item].iter().map(|other| place[*other])).unwrap_or(place[item]);
            let mut wishes: Vec<_> = columns[column].iter().map(|item| (wish(*item), *item)).collect();
            wishes.sort_by(|(a, _), (b, _)| a.total_cmp(b));
            columns[column] = wishes.into_iter().map(|(_, item)| item).collect();
            note(&columns[column], &mut place);
        }
    }
}

/// The middle of each item, from 0 on: as near to its neighbours as the order and the room allow.
fn heights(items: &Items, columns: &[Vec<usize>], (before, after): (&Sides, &Sides), rounds: usize) -> Vec<f64> {
    let mut middle = vec![0.0; before.len()];
    for column in columns {
        let mut edge = 0.0;
        for item in column {
            middle[*item] = edge + items.half(*item);
            edge += 2.0 * items.half(*item);
        }
    }
    for _ in 0..rounds {
        for column in columns {
            let beside = |item: usize| before[item].iter().chain(&after[item]).map(|other| middle[*other]);
            let wishes: Vec<f64> = column.iter().map(|item| mean(beside(*item)).unwrap_or(middle[*item])).collect();
            let room = column.windows(2).map(|pair| items.half(pair[0]) + items.half(pair[1]));
            for (item, y) in column.iter().zip(apart(&wishes, room)) {
                middle[*item] = y;
            }
        }
    }
    let all = columns.iter().flatten();
    let top = all.map(|item| middle[*item] - items.half(*item) + GAP / 2.0).fold(f64::INFINITY, f64::min);
    middle.into_iter().map(|y| (y - top).round()).collect()
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

/// For each item those beside it, in one direction.
type Sides = Vec<Vec<usize>>;

/// Those to the left of each item, and those to its right.
fn neighbours(count: usize, links: &[Link]) -> (Sides, Sides) {
    let (mut before, mut after) = (vec![Vec::new(); count], vec![Vec::new(); count]);
    for (from, to) in links {
        before[*to].push(*from);
        after[*from].push(*to);
    }
    (before, after)
}

fn mean(numbers: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = numbers.fold((0.0, 0_u32), |(sum, count), number| (sum + number, count + 1));
    (count > 0).then(|| sum / f64::from(count))
}

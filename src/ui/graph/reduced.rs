//! Which arrows of a large graph are drawn.

use std::borrow::Cow;

use super::Picture;

/// Up to so many arrows all are drawn. More are followed by no eye, and Mermaid draws none of them (`maxEdges`).
pub const MOST: usize = 500;

/// The arrows of a picture.
#[derive(Debug, PartialEq, Eq)]
pub struct Arrows<'a> {
    /// Those that are drawn, as in [`Picture::edges`].
    pub drawn: Cow<'a, [(usize, usize)]>,
    /// How many are not, because they follow from those that are.
    pub left_out: usize,
}

impl Arrows<'_> {
    /// What is to be said with the picture; `None`: it has all there are.
    pub fn said(&self) -> Option<String> {
        match self.left_out {
            0 => None,
            1 => Some("1 arrow implied by others is omitted".to_owned()),
            many => Some(format!("{many} arrows implied by others are omitted")),
        }
    }
}

impl Picture {
    /// The arrows to draw: all of a graph of usual size, else those that do not follow from others.
    pub fn arrows(&self) -> Arrows<'_> {
        let all = &self.edges;
        let drawn = if all.len() > MOST { Cow::Owned(reduced(self.nodes.len(), all)) } else { Cow::Borrowed(&**all) };
        Arrows { left_out: all.len() - drawn.len(), drawn }
    }
}

/// The edges of which no other way leads from the same start to the same end (the transitive reduction), in their order.
/// A graph with a cycle, which no stack has, keeps all.
pub fn reduced(count: usize, edges: &[(usize, usize)]) -> Vec<(usize, usize)> {
    let mut needs = vec![Vec::new(); count];
    for (from, to) in edges {
        needs[*to].push(*from);
    }
    let Some(order) = in_order(&needs, edges) else { return edges.to_vec() };
    let mut place = vec![0; count];
    for (n, one) in order.iter().enumerate() {
        place[*one] = n;
    }
    let mut kept = Vec::new();
    // Of each node the places of all that must be there before it, one bit each. What needs nothing has none.
    let mut before: Vec<Vec<u64>> = vec![Vec::new(); count];
    for one in order {
        let mut firsts = std::mem::take(&mut needs[one]);
        firsts.sort_unstable_by_key(|first| std::cmp::Reverse(place[*first]));
        firsts.dedup();
        let mut reached = vec![0_u64; if firsts.is_empty() { 0 } else { place[one] / 64 + 1 }];
        for first in firsts {
            let (word, bit) = (place[first] / 64, 1 << (place[first] % 64));
            if reached[word] & bit == 0 {
                reached[word] |= bit;
                reached.iter_mut().zip(&before[first]).for_each(|(all, more)| *all |= more);
                kept.push((first, one));
            }
        }
        before[one] = reached;
    }
    kept.sort_unstable();
    kept
}

/// All nodes, each after what it needs; `None` if there is a cycle.
fn in_order(needs: &[Vec<usize>], edges: &[(usize, usize)]) -> Option<Vec<usize>> {
    let mut next = vec![Vec::new(); needs.len()];
    for (from, to) in edges {
        next[*from].push(*to);
    }
    let mut waits: Vec<usize> = needs.iter().map(Vec::len).collect();
    let mut order: Vec<usize> = (0..needs.len()).filter(|one| waits[*one] == 0).collect();
    let mut at = 0;
    while let Some(one) = order.get(at).copied() {
        at += 1;
        for after in &next[one] {
            waits[*after] -= 1;
            if waits[*after] == 0 {
                order.push(*after);
            }
        }
    }
    (order.len() == needs.len()).then_some(order)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    const COUNT: usize = 14;

    /// Every pair of which a way leads from the first to the second.
    fn ways(edges: &[(usize, usize)]) -> BTreeSet<(usize, usize)> {
        let mut ways: BTreeSet<_> = edges.iter().copied().collect();
        for middle in 0..COUNT {
            let to: Vec<_> = ways.iter().filter(|(_, to)| *to == middle).map(|(from, _)| *from).collect();
            let from: Vec<_> = ways.iter().filter(|(from, _)| *from == middle).map(|(_, to)| *to).collect();
            ways.extend(to.iter().flat_map(|one| from.iter().map(|other| (*one, *other))));
        }
        ways
    }

    #[test]
    fn of_all_edges_there_can_be_a_chain_is_left() {
        let all: Vec<_> = (0..600).flat_map(|to| (0..to).map(move |from| (from, to))).collect();
        let chain: Vec<_> = (1..600).map(|to| (to - 1, to)).collect();
        assert_eq!(reduced(600, &all), chain);
    }

    #[test]
    fn what_follows_from_nothing_is_kept() {
        let each: Vec<_> = (0..30).flat_map(|from| (30..60).map(move |to| (from, to))).collect();
        assert_eq!(reduced(60, &each), each);
        // No stack has a cycle, and no picture may be wrong.
        let cycle = [(0, 1), (1, 2), (2, 0), (0, 2)];
        assert_eq!(reduced(3, &cycle), cycle);
    }

    proptest! {
        #[test]
        fn the_same_depends_on_the_same_and_no_edge_can_be_spared(
            edges in prop::collection::btree_set((0..COUNT, 0..COUNT), 0..60),
            names in Just((0..COUNT).collect::<Vec<_>>()).prop_shuffle(),
        ) {
            let edges: Vec<_> =
                edges.into_iter().filter(|(from, to)| from < to).map(|(from, to)| (names[from], names[to])).collect();
            let kept = reduced(COUNT, &edges);
            prop_assert_eq!(ways(&kept), ways(&edges));
            for n in 0..kept.len() {
                let without = [&kept[..n], &kept[n + 1..]].concat();
                prop_assert!(ways(&without) != ways(&kept), "{:?}", kept[n]);
            }
        }
    }
}

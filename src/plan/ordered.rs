//! A graph that gets its edges one by one and never a cycle.

use std::collections::HashSet;

use petgraph::Direction;
use petgraph::graph::{DiGraph, NodeIndex};

/// The graph, with an order of its nodes that all edges respect (the algorithm of Pearce and Kelly): an edge that fits into
/// it closes no cycle, and only for another one is a part of the graph looked at.
pub struct Ordered<N, E> {
    graph: DiGraph<N, E>,
    /// The place of each node in the order.
    place: Vec<usize>,
    /// Every edge that was asked for: looking for one in the graph goes through all of a node's edges.
    asked: HashSet<(NodeIndex, NodeIndex)>,
}

impl<N, E> Ordered<N, E> {
    /// A graph without edges. `order` has all of its nodes; the better it foretells the edges, the less there is to do.
    pub fn new(graph: DiGraph<N, E>, order: &[NodeIndex]) -> Self {
        let mut place = vec![0; graph.node_count()];
        for (n, node) in order.iter().enumerate() {
            place[node.index()] = n;
        }
        Self { graph, place, asked: HashSet::new() }
    }

    /// Adds an edge, unless there is one already or it would close a cycle.
    pub fn add(&mut self, from: NodeIndex, to: NodeIndex, edge: E) {
        if from == to || !self.asked.insert((from, to)) {
            return;
        }
        if self.place(from) < self.place(to) || self.make_room(from, to) {
            self.graph.add_edge(from, to, edge);
        }
    }

    /// The graph.
    pub fn into_graph(self) -> DiGraph<N, E> {
        self.graph
    }

    fn place(&self, node: NodeIndex) -> usize {
        self.place[node.index()]
    }

    /// Changes the order so that `from` comes before `to`. Gives `false` if `from` has to come after it.
    fn make_room(&mut self, from: NodeIndex, to: NodeIndex) -> bool {
        let (first, last) = (self.place(to), self.place(from));
        let after = self.reached(to, Direction::Outgoing, |place| place <= last);
        if after.contains(&from) {
            return false;
        }
        let before = self.reached(from, Direction::Incoming, |place| place >= first);
        let sorted = |nodes: HashSet<NodeIndex>| {
            let mut nodes: Vec<_> = nodes.into_iter().collect();
            nodes.sort_by_key(|node| self.place(*node));
            nodes
        };
        let moved: Vec<_> = sorted(before).into_iter().chain(sorted(after)).collect();
        let mut places: Vec<_> = moved.iter().map(|node| self.place(*node)).collect();
        places.sort_unstable();
        for (node, place) in moved.into_iter().zip(places) {
            self.place[node.index()] = place;
        }
        true
    }

    /// `start` and what can be reached from it, as far as `within` allows.
    fn reached(&self, start: NodeIndex, way: Direction, within: impl Fn(usize) -> bool) -> HashSet<NodeIndex> {
        let mut reached = HashSet::from([start]);
        let mut waiting = vec![start];
        while let Some(node) = waiting.pop() {
            for next in self.graph.neighbors_directed(node, way) {
                if within(self.place(next)) && reached.insert(next) {
                    waiting.push(next);
                }
            }
        }
        reached
    }
}

#[cfg(test)]
mod tests {
    use petgraph::algo::has_path_connecting;
    use proptest::prelude::*;

    use super::*;

    /// Its edges have a weight, which is to go with them.
    type Graph = DiGraph<(), bool>;

    const COUNT: usize = 12;

    fn nodes() -> (Graph, Vec<NodeIndex>) {
        let mut graph = Graph::new();
        let nodes = (0..COUNT).map(|_| graph.add_node(())).collect();
        (graph, nodes)
    }

    proptest! {
        #[test]
        fn just_those_edges_are_left_out_that_would_close_a_cycle(
            order in Just((0..COUNT).collect::<Vec<_>>()).prop_shuffle(),
            edges in prop::collection::vec((0..COUNT, 0..COUNT, any::<bool>()), 0..80),
        ) {
            let (mut plain, nodes) = nodes();
            let order: Vec<_> = order.into_iter().map(|n| nodes[n]).collect();
            let mut ordered = Ordered::new(plain.clone(), &order);
            for (from, to, weight) in edges {
                let (from, to) = (nodes[from], nodes[to]);
                ordered.add(from, to, weight);
                if from != to && plain.find_edge(from, to).is_none() && !has_path_connecting(&plain, to, from, None) {
                    plain.add_edge(from, to, weight);
                }
            }
            let all = |graph: &Graph| {
                graph.raw_edges().iter().map(|edge| (edge.source(), edge.target(), edge.weight)).collect::<Vec<_>>()
            };
            prop_assert_eq!(all(&ordered.into_graph()), all(&plain));
        }
    }
}

//! What depends on what.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use petgraph::Direction;
use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, EdgeReference, NodeIndex};
use petgraph::visit::{DfsPostOrder, EdgeRef};

use crate::resource::Address;

use super::ResourceConfig;

/// The resources of a stack, each with what it depends on.
#[derive(Debug, Clone)]
pub struct Graph {
    /// An edge goes from a resource to what must be there first.
    graph: DiGraph<Address, ()>,
    index: BTreeMap<Address, NodeIndex>,
}

impl Graph {
    /// The graph of a stack's resources.
    pub fn new(resources: &[ResourceConfig]) -> Self {
        Self::of(resources.iter().map(|declared| (declared.address.clone(), declared.depends_on.iter().cloned())))
    }

    /// The graph of resources, each with what it depends on. Dependencies that are not resources count for nothing.
    pub fn of<D: IntoIterator<Item = Address>>(resources: impl IntoIterator<Item = (Address, D)>) -> Self {
        let mut graph = DiGraph::new();
        let mut index = BTreeMap::new();
        let mut edges = Vec::new();
        for (address, dependencies) in resources {
            let node = *index.entry(address.clone()).or_insert_with(|| graph.add_node(address));
            edges.push((node, dependencies));
        }
        for (node, dependencies) in edges {
            let mut dependencies: Vec<_> = dependencies.into_iter().filter_map(|address| index.get(&address)).collect();
            dependencies.sort();
            // Looking for an edge in the graph goes through all of a node's edges.
            dependencies.dedup();
            for dependency in dependencies {
                graph.add_edge(node, *dependency, ());
            }
        }
        Self { graph, index }
    }

    /// All resources, each after what it depends on; otherwise in the order in which they were given.
    pub fn order(&self) -> Vec<Address> {
        let mut walk = DfsPostOrder::empty(&self.graph);
        let mut order = Vec::with_capacity(self.graph.node_count());
        for start in self.graph.node_indices() {
            walk.move_to(start);
            while let Some(node) = walk.next(&self.graph) {
                order.push(self.graph[node].clone());
            }
        }
        order
    }

    /// The cycles: for each knot of resources that wait for each other one shortest way around it.
    /// `[a, b]` means that `a` depends on `b` and `b` on `a`.
    pub fn cycles(&self) -> Vec<Vec<Address>> {
        let knots = kosaraju_scc(&self.graph).into_iter();
        let mut cycles: Vec<_> = knots.filter_map(|knot| self.around(&knot.into_iter().collect())).collect();
        cycles.sort();
        cycles
    }

    /// What `address` itself depends on.
    pub fn dependencies(&self, address: &Address) -> BTreeSet<Address> {
        self.neighbours(address, Direction::Outgoing)
    }

    /// What itself depends on `address`.
    pub fn dependents(&self, address: &Address) -> BTreeSet<Address> {
        self.neighbours(address, Direction::Incoming)
    }

    /// `targets` and everything that must be there first.
    pub fn with_dependencies<'a>(&self, targets: impl IntoIterator<Item = &'a Address>) -> BTreeSet<Address> {
        self.closure(targets, Direction::Outgoing)
    }

    /// `targets` and everything that needs one of them, near or far.
    pub fn with_dependents<'a>(&self, targets: impl IntoIterator<Item = &'a Address>) -> BTreeSet<Address> {
        self.closure(targets, Direction::Incoming)
    }

    /// The edges between the resources at `addresses`, as positions there, each from what must be there first to what
    /// needs it. `None` stands for something that is not a resource.
    pub fn edges_between(&self, addresses: &[Option<&Address>]) -> Vec<(usize, usize)> {
        let mut places = vec![None; self.graph.node_count()];
        for (place, address) in addresses.iter().enumerate() {
            if let Some(node) = address.and_then(|address| self.index.get(address)) {
                places[node.index()] = Some(place);
            }
        }
        let between =
            |edge: EdgeReference<'_, ()>| Some((places[edge.target().index()]?, places[edge.source().index()]?));
        let mut edges: Vec<_> = self.graph.edge_references().filter_map(between).collect();
        edges.sort_unstable();
        edges
    }

    fn neighbours(&self, address: &Address, direction: Direction) -> BTreeSet<Address> {
        let nodes = self.index.get(address).map(|node| self.graph.neighbors_directed(*node, direction));
        nodes.into_iter().flatten().map(|node| self.graph[node].clone()).collect()
    }

    fn closure<'a>(&self, targets: impl IntoIterator<Item = &'a Address>, way: Direction) -> BTreeSet<Address> {
        let mut waiting: Vec<NodeIndex> = targets.into_iter().filter_map(|a| self.index.get(a).copied()).collect();
        let mut found = BTreeSet::new();
        while let Some(node) = waiting.pop() {
            if found.insert(node) {
                waiting.extend(self.graph.neighbors_directed(node, way));
            }
        }
        found.into_iter().map(|node| self.graph[node].clone()).collect()
    }

    /// A shortest way from the knot's first resource back to itself; `None` if there is none.
    fn around(&self, knot: &BTreeSet<NodeIndex>) -> Option<Vec<Address>> {
        let start = *knot.first()?;
        let mut came_from = BTreeMap::new();
        let mut waiting = VecDeque::from([start]);
        while let Some(node) = waiting.pop_front() {
            if self.graph.contains_edge(node, start) {
                let way = std::iter::successors(Some(node), |node| came_from.get(node).copied());
                let mut cycle: Vec<_> = way.map(|node| self.graph[node].clone()).collect();
                cycle.reverse();
                return Some(cycle);
            }
            for next in self.graph.neighbors(node).filter(|next| knot.contains(next)) {
                if next != start && !came_from.contains_key(&next) {
                    came_from.insert(next, node);
                    waiting.push_back(next);
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn address(n: usize) -> Address {
        Address::new(format!("r{n:03}"))
    }

    fn graph(edges: &[(usize, usize)], count: usize) -> Graph {
        Graph::of((0..count).map(|n| {
            let to: Vec<_> = edges.iter().filter(|(from, _)| *from == n).map(|(_, to)| address(*to)).collect();
            (address(n), to)
        }))
    }

    #[test]
    fn closures_follow_the_edges_both_ways() {
        let graph = graph(&[(0, 1), (1, 2), (3, 2)], 5);
        let set = |numbers: &[usize]| numbers.iter().map(|n| address(*n)).collect::<BTreeSet<_>>();
        assert_eq!(graph.with_dependencies(&[address(1)]), set(&[1, 2]));
        assert_eq!(graph.with_dependents(&[address(2)]), set(&[0, 1, 2, 3]));
        assert_eq!(graph.dependencies(&address(0)), set(&[1]));
        assert_eq!(graph.dependents(&address(2)), set(&[1, 3]));
        assert_eq!(graph.with_dependents(&[Address::new("unknown")]), set(&[]));
    }

    #[test]
    fn edges_lead_from_what_must_be_there_first() {
        let graph = graph(&[(0, 1), (1, 2), (3, 2)], 5);
        let all = [3, 2, 1, 0].map(address);
        let mut places: Vec<_> = all.iter().map(Some).collect();
        assert_eq!(graph.edges_between(&places), [(1, 0), (1, 2), (2, 3)]);
        // What is not a resource, or is left out, has no edges.
        places[1] = None;
        assert_eq!(graph.edges_between(&places), [(2, 3)]);
    }

    #[test]
    fn what_does_not_depend_on_each_other_keeps_its_order() {
        let order = graph(&[(1, 3), (1, 2)], 5).order();
        assert_eq!(order, [0, 2, 3, 1, 4].map(address));
    }

    #[test]
    fn a_cycle_is_shown_the_short_way() {
        let graph = graph(&[(0, 1), (1, 2), (2, 0), (1, 0), (3, 3), (4, 0)], 5);
        assert_eq!(graph.cycles(), [vec![address(0), address(1)], vec![address(3)]]);
    }

    #[test]
    fn a_long_chain_does_no_harm() {
        let edges: Vec<_> = (0..20_000).map(|n| (n, n + 1)).collect();
        let graph = Graph::of(edges.iter().map(|(from, to)| (address(*from), [address(*to)])));
        assert_eq!(graph.order().len(), 20_000);
    }

    fn any_edges(count: usize) -> impl Strategy<Value = Vec<(usize, usize)>> {
        prop::collection::vec((0..count, 0..count), 0..60)
    }

    proptest! {
        #[test]
        fn order_respects_every_edge(edges in any_edges(20), names in Just((0..20).collect::<Vec<_>>()).prop_shuffle()) {
            // From the larger to the smaller number there can be no cycle; the shuffled names hide the order.
            let edges: Vec<_> = edges.into_iter().filter(|(a, b)| a > b).map(|(a, b)| (names[a], names[b])).collect();
            let graph = graph(&edges, 20);
            let order = graph.order();
            let position = |n: usize| order.iter().position(|a| *a == address(n));
            prop_assert_eq!(order.len(), 20);
            prop_assert!(graph.cycles().is_empty());
            for (from, to) in edges {
                prop_assert!(position(to) < position(from));
            }
        }

        #[test]
        fn a_cycle_is_found_wherever_it_is(edges in any_edges(20), ring in prop::collection::btree_set(0..20usize, 1..6)) {
            let ring: Vec<_> = ring.into_iter().collect();
            let mut edges = edges;
            edges.extend(ring.iter().zip(ring.iter().cycle().skip(1)).map(|(a, b)| (*a, *b)));
            let graph = graph(&edges, 20);
            let cycles = graph.cycles();
            prop_assert!(!cycles.is_empty());
            prop_assert_eq!(graph.order().len(), 20);
            for cycle in cycles {
                for (from, to) in cycle.iter().zip(cycle.iter().cycle().skip(1)) {
                    prop_assert!(graph.dependencies(from).contains(to));
                }
            }
        }
    }
}

//! Rings in the graph of files.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::Finding;

/// Which file depends on which, with the first line that says so.
#[derive(Default)]
pub struct Edges(BTreeMap<String, BTreeMap<String, usize>>);

/// Files of which each depends on the next, and the last on the first.
pub struct Ring(Vec<(String, usize)>);

impl Edges {
    /// Adds a dependency; one of a file on itself is none.
    pub fn add(&mut self, from: String, to: String, line: usize) {
        if from != to {
            self.0.entry(from).or_default().entry(to).or_insert(line);
        }
    }

    /// A shortest ring for each group of files that depend on each other.
    pub fn rings(&self) -> Vec<Ring> {
        let mut rings = Vec::new();
        let mut grouped = BTreeSet::new();
        for file in self.0.keys() {
            if grouped.contains(file) {
                continue;
            }
            if let Some(ring) = self.shortest_ring(file) {
                let reachable = self.reachable(file);
                let group = reachable.iter().filter(|other| self.reachable(other).contains(file));
                grouped.extend(group.cloned());
                rings.push(ring);
            }
        }
        rings
    }

    fn reachable(&self, file: &str) -> BTreeSet<String> {
        let mut reached = BTreeSet::new();
        let mut open = vec![file];
        while let Some(file) = open.pop() {
            for next in self.0.get(file).into_iter().flat_map(BTreeMap::keys) {
                if reached.insert(next.clone()) {
                    open.push(next);
                }
            }
        }
        reached
    }

    fn shortest_ring(&self, start: &str) -> Option<Ring> {
        let mut before: BTreeMap<&str, &str> = BTreeMap::new();
        let mut open = VecDeque::from([start]);
        while let Some(file) = open.pop_front() {
            for next in self.0.get(file).into_iter().flat_map(BTreeMap::keys) {
                if next == start {
                    return Some(self.ring(start, file, &before));
                }
                if !before.contains_key(next.as_str()) {
                    before.insert(next, file);
                    open.push_back(next);
                }
            }
        }
        None
    }

    fn ring(&self, start: &str, last: &str, before: &BTreeMap<&str, &str>) -> Ring {
        let mut files = vec![last];
        while let Some(file) = before.get(files[files.len() - 1]) {
            files.push(file);
        }
        files.reverse();
        let next = |index: usize| files.get(index + 1).copied().unwrap_or(start);
        let lines = files.iter().enumerate().map(|(index, file)| {
            let line = self.0.get(*file).and_then(|edges| edges.get(next(index)));
            ((*file).to_owned(), line.copied().unwrap_or_default())
        });
        Ring(lines.collect())
    }
}

impl Ring {
    /// The ring as a finding at its first file.
    pub fn finding(&self) -> Finding {
        let steps: Vec<String> =
            self.0.iter().map(|(file, line)| format!("{file}:{line}")).collect();
        let (file, line) = self.0.first().cloned().unwrap_or_default();
        let message = format!(
            "modules import each other: {} -> {file}. Move what they share into a module \
             below both",
            steps.join(" -> ")
        );
        Finding { file, line, message }
    }
}

//! Steps in the order and at the depth at which they are shown.

use std::collections::{HashMap, HashSet};

use runledger_model::StepExecution;

/// A step at its place in the tree.
#[derive(Clone, Copy, Debug)]
pub struct Node<'a> {
    /// The step.
    pub step: &'a StepExecution,
    /// 0 at the top, one more for each step that it is nested in.
    pub depth: usize,
    /// Whether no other step is nested in it.
    pub is_leaf: bool,
}

/// All steps, each before those that are nested in it, and otherwise in their order. `parent`
/// returns the id of the step that a step is nested in. A step whose parent is unknown, or is
/// nested in itself, is at the top.
pub fn nodes<'a>(
    steps: &'a [StepExecution],
    parent: impl Fn(&'a StepExecution) -> Option<&'a str>,
) -> Vec<Node<'a>> {
    let indexes: HashMap<_, _> =
        steps.iter().enumerate().map(|(index, step)| (step.id.as_str(), index)).collect();
    let parent_of = |step| parent(step).and_then(|id| indexes.get(id).copied());
    let mut children: HashMap<Option<usize>, Vec<usize>> = HashMap::new();
    for (index, step) in steps.iter().enumerate() {
        children.entry(parent_of(step)).or_default().push(index);
    }
    let mut nodes = Vec::with_capacity(steps.len());
    let mut seen = HashSet::new();
    // What is in a ring has no way from the top: each ring begins at its first step.
    let starts = children.get(&None).into_iter().flatten().copied().chain(0..steps.len());
    for start in starts {
        let mut waiting = vec![(start, 0)];
        while let Some((index, depth)) = waiting.pop() {
            if !seen.insert(index) {
                continue;
            }
            let nested = children.get(&Some(index));
            nodes.push(Node { step: &steps[index], depth, is_leaf: nested.is_none() });
            let nested = nested.into_iter().flatten().rev();
            waiting.extend(nested.map(|&index| (index, depth + 1)));
        }
    }
    nodes
}

#[cfg(test)]
mod tests {
    use runledger_model::{StepStatus, StepType};

    use super::*;

    /// The tree of steps with these ids, each of which is nested in the step after its slash.
    fn tree(steps: &[&str]) -> Vec<String> {
        let time = "2025-01-04T12:00:00Z".parse().unwrap();
        let step =
            |id: &&str| StepExecution::new(*id, *id, StepType::Piece, StepStatus::Succeeded, time);
        let steps: Vec<_> = steps.iter().map(step).collect();
        let find = |name: &str| steps.iter().find(|step| step.id.starts_with(name));
        let parent = |step: &StepExecution| {
            let name = step.id.split_once('/')?.1;
            Some(find(name).map_or("absent", |step| step.id.as_str()))
        };
        let nodes = nodes(&steps, parent);
        nodes.iter().map(|node| format!("{}{}", " ".repeat(node.depth), node.step.id)).collect()
    }

    #[test]
    fn nested_steps_follow_their_parent_in_their_order() {
        let steps = ["a", "b", "a1/a", "c/absent", "b1/b", "a11/a1", "a2/a"];
        assert_eq!(tree(&steps), ["a", " a1/a", "  a11/a1", " a2/a", "b", " b1/b", "c/absent"]);
    }

    #[test]
    fn a_ring_is_shown_once() {
        assert_eq!(tree(&["a", "x/y", "y/x", "z/z"]), ["a", "x/y", " y/x", "z/z"]);
    }

    #[test]
    fn a_very_deep_tree_needs_no_stack() {
        let ids: Vec<_> = (0..2000).map(|n| format!("{n:05}/{:05}", n - 1)).collect();
        let ids: Vec<_> = ids.iter().map(String::as_str).collect();
        assert_eq!(tree(&ids).last().unwrap(), &format!("{}01999/01998", " ".repeat(1999)));
    }
}

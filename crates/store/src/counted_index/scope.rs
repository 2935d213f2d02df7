//! Which runs are counted together, and the changes that a transaction makes to the counts.

use std::collections::{BTreeMap, btree_map};

use super::{Change, RunKey};

/// Stands for every workflow or every status of a [`Scope`]. No workflow has this number and no
/// status has this [storage code](crate::codes).
pub const ANY: i64 = 0;

/// A set of runs with an index of its own: a tenant's, of one workflow or [`ANY`], in one status or
/// [`ANY`]; or a tenant's that have a pair of metadata, in one status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scope {
    /// The tenant's id.
    pub tenant: i64,
    /// The workflow's number, the negative of a [pair's](Scope::of_pair), or [`ANY`].
    pub workflow: i64,
    /// The status's storage code or [`ANY`].
    pub status: i64,
}

impl Scope {
    /// The runs in a status that have the pair of metadata with this number, which is positive.
    pub fn of_pair(tenant: i64, pair: i64, status: i64) -> Self {
        Self { tenant, workflow: -pair, status }
    }

    /// Whether the runs are those that have a pair of metadata.
    pub fn is_of_pair(self) -> bool {
        self.workflow < 0
    }

    /// The scopes to which the runs of this one belong. It has a workflow and a status.
    pub fn enclosing(self) -> [Self; 4] {
        let (workflow, status) = (ANY, ANY);
        [
            Self { workflow, status, ..self },
            Self { workflow, ..self },
            Self { status, ..self },
            self,
        ]
    }
}

/// The changes of a transaction, added up by scope and run.
#[derive(Default)]
pub struct Changes(BTreeMap<Scope, BTreeMap<RunKey, i64>>);

impl Changes {
    /// Counts a run as added (`by` = 1) or removed (`by` = -1) in all scopes that it belongs to but
    /// those of its metadata. `run` has its workflow and its status.
    pub fn add(&mut self, run: Scope, key: &RunKey, by: i64) {
        for scope in run.enclosing() {
            self.add_to(scope, key, by);
        }
    }

    /// Counts a run as added (`by` = 1) or removed (`by` = -1) in this scope only.
    pub fn add_to(&mut self, scope: Scope, key: &RunKey, by: i64) {
        *self.0.entry(scope).or_default().entry(key.clone()).or_default() += by;
    }
}

impl IntoIterator for Changes {
    type Item = (Scope, Vec<Change>);
    type IntoIter = ChangesByScope;

    /// The changes of each scope, sorted by key as [`apply`](super::apply) takes them. A scope
    /// whose changes cancel out has none.
    fn into_iter(self) -> ChangesByScope {
        ChangesByScope(self.0.into_iter())
    }
}

/// The iterator of [`Changes`].
pub struct ChangesByScope(btree_map::IntoIter<Scope, BTreeMap<RunKey, i64>>);

impl Iterator for ChangesByScope {
    type Item = (Scope, Vec<Change>);

    fn next(&mut self) -> Option<Self::Item> {
        let (scope, changes) = self.0.next()?;
        let changes = changes.into_iter().filter(|(_, by)| *by != 0);
        Some((scope, changes.map(|(key, by)| Change { key, by }).collect()))
    }
}

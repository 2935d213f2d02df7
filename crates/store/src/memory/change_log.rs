//! The numbers of the changes of one tenant's runs.

use std::collections::{BTreeMap, HashMap};

/// The number of the last change of each run, and of each deletion.
#[derive(Default)]
pub struct ChangeLog {
    last: u64,
    by_number: BTreeMap<u64, String>,
    numbers: HashMap<String, u64>,
}

impl ChangeLog {
    /// Gives the next number to a change of the run with this id.
    pub fn add(&mut self, id: &str) {
        self.last += 1;
        if let Some(earlier) = self.numbers.insert(id.to_owned(), self.last) {
            self.by_number.remove(&earlier);
        }
        self.by_number.insert(self.last, id.to_owned());
    }

    /// The number of the last change; 0 if there was none.
    pub fn last(&self) -> u64 {
        self.last
    }

    /// The numbers above `after`, ascending, each with the id of its run.
    pub fn above(&self, after: u64) -> impl Iterator<Item = (u64, &str)> {
        let above = after.checked_add(1).map(|first| self.by_number.range(first..));
        above.into_iter().flatten().map(|(number, id)| (*number, id.as_str()))
    }
}

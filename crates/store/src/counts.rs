//! The bookkeeping of counts: how many runs each scope has ever, on each day and in each hour.
//!
//! With them the totals of a list are one look-up each, and a page is found without passing all
//! runs before it: days are added up, then the hours of one day, and an engine skips at most one
//! hour's runs.

use std::{
    collections::{HashMap, hash_map},
    ops::{ControlFlow, RangeInclusive},
};

/// Stands for every workflow or every status of a [`Scope`]. No workflow has this number and no
/// status has this [storage code](crate::codes).
pub const ANY: i64 = 0;

const HOURS_PER_DAY: i64 = 24;
const MILLIS_PER_HOUR: i64 = 3_600_000;

/// A set of runs that is counted: a tenant's, of one workflow or [`ANY`], in one status or [`ANY`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Scope {
    /// The tenant's id.
    pub tenant: i64,
    /// The workflow's number or [`ANY`].
    pub workflow: i64,
    /// The status's storage code or [`ANY`].
    pub status: i64,
}

/// The length of the time that one count covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Grain {
    /// All time, as one bucket with the number 0.
    Ever,
    /// A day of UTC; buckets are days since 1970.
    Day,
    /// An hour of UTC; buckets are hours since 1970.
    Hour,
}

impl Grain {
    /// All grains.
    pub const ALL: [Self; 3] = [Self::Ever, Self::Day, Self::Hour];

    /// The number that is stored for this grain.
    pub fn code(self) -> i64 {
        match self {
            Self::Ever => 0,
            Self::Day => 1,
            Self::Hour => 2,
        }
    }

    /// The bucket of a time in milliseconds since 1970, which may be negative.
    fn bucket(self, millis: i64) -> i64 {
        match self {
            Self::Ever => 0,
            Self::Day => millis.div_euclid(HOURS_PER_DAY * MILLIS_PER_HOUR),
            Self::Hour => millis.div_euclid(MILLIS_PER_HOUR),
        }
    }
}

/// What identifies a count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CountKey {
    /// The runs that are counted.
    pub scope: Scope,
    /// The length of the bucket.
    pub grain: Grain,
    /// The number of the bucket.
    pub bucket: i64,
}

/// The changes of counts that a transaction makes, added up so that each count is written once.
#[derive(Default)]
pub struct Deltas(HashMap<CountKey, i64>);

impl Deltas {
    /// Counts one run more (`by` = 1) or one less (`by` = -1) in all scopes that the run belongs
    /// to.
    ///
    /// `run` has the numbers of its workflow and status, `created_at` is in milliseconds since
    /// 1970.
    pub fn add(&mut self, run: Scope, created_at: i64, by: i64) {
        for workflow in [ANY, run.workflow] {
            for status in [ANY, run.status] {
                for grain in Grain::ALL {
                    let scope = Scope { workflow, status, ..run };
                    let key = CountKey { scope, grain, bucket: grain.bucket(created_at) };
                    *self.0.entry(key).or_default() += by;
                }
            }
        }
    }
}

impl IntoIterator for Deltas {
    type Item = (CountKey, i64);
    type IntoIter = hash_map::IntoIter<CountKey, i64>;

    /// What is to be added to each count. It may be 0.
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// The stored counts as [`locate`] reads them. A count of 0 need not be stored.
pub trait CountRows {
    /// Why reading failed.
    type Error;

    /// Calls `visit` with the bucket and the count of each row of this scope and grain whose bucket
    /// is in the range, in the order given, until it breaks.
    ///
    /// # Errors
    /// An error of the engine.
    fn visit(
        &self,
        scope: Scope,
        grain: Grain,
        buckets: RangeInclusive<i64>,
        order: Order,
        visit: &mut dyn FnMut(i64, i64) -> ControlFlow<()>,
    ) -> Result<(), Self::Error>;
}

/// The order in which counts are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// From the latest bucket to the earliest.
    NewestFirst,
    /// From the earliest bucket to the latest.
    OldestFirst,
}

/// The position of a run in a scope's list: after skipping `skip` of the runs that were created
/// before `end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The end of the hour that the run was created in, exclusive, in milliseconds since 1970.
    pub end: i64,
    /// How many runs of this hour are newer.
    pub skip: i64,
}

/// Finds the run at `offset` in a scope's list of `total` runs, newest first. `offset` must be less
/// than `total`; `None` means that the counts do not add up to `total`.
///
/// # Errors
/// An error of the engine.
pub fn locate<R: CountRows>(
    rows: &R,
    scope: Scope,
    offset: i64,
    total: i64,
) -> Result<Option<Position>, R::Error> {
    let Some((day, newer)) = locate_day(rows, scope, offset, total)? else { return Ok(None) };
    let hours = day * HOURS_PER_DAY..=(day + 1) * HOURS_PER_DAY - 1;
    let (mut skip, mut position) = (offset - newer, None);
    rows.visit(scope, Grain::Hour, hours, Order::NewestFirst, &mut |hour, count| {
        if skip < count {
            position = Some(Position { end: (hour + 1) * MILLIS_PER_HOUR, skip });
            return ControlFlow::Break(());
        }
        skip -= count;
        ControlFlow::Continue(())
    })?;
    Ok(position)
}

/// The day of the run at `offset`, and how many runs are newer than this day. Days are added up
/// from the end of the list that is nearer.
fn locate_day<R: CountRows>(
    rows: &R,
    scope: Scope,
    offset: i64,
    total: i64,
) -> Result<Option<(i64, i64)>, R::Error> {
    let (order, target) = if offset < total / 2 {
        (Order::NewestFirst, offset)
    } else {
        (Order::OldestFirst, total - 1 - offset)
    };
    let (mut passed, mut found) = (0, None);
    rows.visit(scope, Grain::Day, i64::MIN..=i64::MAX, order, &mut |day, count| {
        if target < passed + count {
            let newer = match order {
                Order::NewestFirst => passed,
                Order::OldestFirst => total - passed - count,
            };
            found = Some((day, newer));
            return ControlFlow::Break(());
        }
        passed += count;
        ControlFlow::Continue(())
    })?;
    Ok(found)
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, convert::Infallible};

    use proptest::prelude::*;

    use super::*;

    const RUN: Scope = Scope { tenant: 1, workflow: 7, status: 3 };

    /// Counts in memory, by scope, grain and bucket.
    #[derive(Default)]
    struct Rows(HashMap<(Scope, Grain), BTreeMap<i64, i64>>);

    impl Rows {
        fn write(&mut self, deltas: Deltas) {
            for (CountKey { scope, grain, bucket }, by) in deltas {
                *self.0.entry((scope, grain)).or_default().entry(bucket).or_default() += by;
            }
        }
    }

    impl CountRows for Rows {
        type Error = Infallible;

        fn visit(
            &self,
            scope: Scope,
            grain: Grain,
            buckets: RangeInclusive<i64>,
            order: Order,
            visit: &mut dyn FnMut(i64, i64) -> ControlFlow<()>,
        ) -> Result<(), Infallible> {
            let Some(rows) = self.0.get(&(scope, grain)) else { return Ok(()) };
            let mut rows: Vec<_> = rows.range(buckets).collect();
            if order == Order::NewestFirst {
                rows.reverse();
            }
            let _ = rows.into_iter().try_for_each(|(bucket, count)| visit(*bucket, *count));
            Ok(())
        }
    }

    fn any_time() -> impl Strategy<Value = i64> {
        let hour = prop_oneof![-50i64..50, Just(20_000)];
        (hour, prop_oneof![Just(0i64), Just(3_599_999), 0..3_600_000i64])
            .prop_map(|(hour, millis)| hour * MILLIS_PER_HOUR + millis)
    }

    proptest! {
        #[test]
        fn every_run_is_located_where_it_is_in_the_sorted_list(
            mut times in proptest::collection::vec(any_time(), 1..60),
            removed in proptest::collection::vec(any_time(), 0..10),
        ) {
            let mut rows = Rows::default();
            for time in times.iter().chain(&removed) {
                let mut deltas = Deltas::default();
                deltas.add(RUN, *time, 1);
                rows.write(deltas);
            }
            let mut deltas = Deltas::default();
            removed.iter().for_each(|time| deltas.add(RUN, *time, -1));
            rows.write(deltas);
            times.sort_unstable_by(|a, b| b.cmp(a));
            let total = times.len() as i64;
            for (workflow, status) in [(ANY, ANY), (7, ANY), (ANY, 3), (7, 3)] {
                let scope = Scope { workflow, status, ..RUN };
                for (offset, time) in times.iter().enumerate() {
                    let Ok(position) = locate(&rows, scope, offset as i64, total);
                    let Position { end, skip } = position.expect("a position");
                    let older: Vec<_> = times.iter().filter(|time| **time < end).collect();
                    prop_assert_eq!(older[skip as usize], time);
                }
            }
            let Ok(nothing) = locate(&rows, Scope { status: 4, ..RUN }, 0, 1);
            prop_assert_eq!(nothing, None);
        }
    }
}

//! The index in memory, against a sorted set of keys.

use std::{
    collections::{BTreeMap, BTreeSet},
    convert::Infallible,
    ops::Bound::{Excluded, Included, Unbounded},
};

use proptest::{collection::vec, prelude::*};

use super::*;

type Result<T> = std::result::Result<T, Infallible>;

/// Index rows and runs in memory.
#[derive(Clone, Debug, Default, PartialEq)]
struct Memory {
    rows: BTreeMap<(u8, RunKey), u64>,
    runs: BTreeSet<RunKey>,
}

impl Memory {
    fn first_of<'a>(
        mut rows: impl Iterator<Item = (&'a (u8, RunKey), &'a u64)>,
    ) -> Result<Option<Block>> {
        Ok(rows.next().map(|((_, bound), runs)| Block { bound: bound.clone(), runs: *runs }))
    }
}

impl IndexRows for Memory {
    type Error = Infallible;

    async fn root(&mut self) -> Result<Option<(u8, Block)>> {
        let top = self.rows.last_key_value().map(|((level, _), _)| *level);
        let root = |level| (level, RunKey::LEAST);
        Ok(top.map(|level| (level, Block { bound: RunKey::LEAST, runs: self.rows[&root(level)] })))
    }

    async fn covering(&mut self, level: u8, key: &RunKey) -> Result<Option<Block>> {
        Self::first_of(self.rows.range((level, RunKey::LEAST)..=(level, key.clone())).rev())
    }

    async fn before(&mut self, level: u8, key: &RunKey) -> Result<Option<Block>> {
        Self::first_of(self.rows.range((level, RunKey::LEAST)..(level, key.clone())).rev())
    }

    async fn after(&mut self, level: u8, key: &RunKey) -> Result<Option<Block>> {
        let range = (Excluded((level, key.clone())), Excluded((level + 1, RunKey::LEAST)));
        Self::first_of(self.rows.range(range))
    }

    async fn blocks(
        &mut self,
        level: u8,
        from: &RunKey,
        to: Option<&RunKey>,
    ) -> Result<Vec<Block>> {
        let end = to.map_or((level + 1, RunKey::LEAST), |to| (level, to.clone()));
        let rows = self.rows.range((level, from.clone())..end);
        Ok(rows.map(|((_, bound), runs)| Block { bound: bound.clone(), runs: *runs }).collect())
    }

    async fn put(&mut self, level: u8, block: &Block) -> Result<()> {
        self.rows.insert((level, block.bound.clone()), block.runs);
        Ok(())
    }

    async fn delete(&mut self, level: u8, bound: &RunKey) -> Result<()> {
        self.rows.remove(&(level, bound.clone()));
        Ok(())
    }

    async fn count_runs(&mut self, from: &RunKey, to: Option<&RunKey>) -> Result<u64> {
        if to.is_some_and(|to| to <= from) {
            return Ok(0);
        }
        let count = self.runs.range((Included(from), to.map_or(Unbounded, Excluded))).count();
        assert!(count <= MAX_BLOCK, "{count} runs were counted one by one");
        Ok(count as u64)
    }

    async fn run_keys(&mut self, from: &RunKey, positions: &[u64]) -> Result<Vec<RunKey>> {
        let runs: Vec<&RunKey> = self.runs.range(from..).collect();
        Ok(positions.iter().map(|position| runs[*position as usize].clone()).collect())
    }
}

/// The value of a future that never waits.
fn ready<T>(future: impl Future<Output = Result<T>>) -> T {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match std::pin::pin!(future).poll(&mut context) {
        std::task::Poll::Ready(Ok(value)) => value,
        std::task::Poll::Pending => panic!("the future waits"),
    }
}

/// Adds and removes runs as one transaction does.
fn change(memory: &mut Memory, added: Vec<RunKey>, removed: Vec<RunKey>) {
    let added = added.into_iter().filter(|key| memory.runs.insert(key.clone()));
    let mut changes: Vec<_> = added.map(|key| Change { key, by: 1 }).collect();
    let removed = removed.into_iter().filter(|key| memory.runs.remove(key));
    changes.extend(removed.map(|key| Change { key, by: -1 }));
    changes.sort();
    ready(apply(memory, &changes));
}

/// Checks the structure, and positions and ranks against the sorted keys; about `samples` of them.
fn expect_sound(memory: &mut Memory, samples: usize) {
    assert_eq!(ready(verify(memory)), [""; 0]);
    let keys: Vec<RunKey> = memory.runs.iter().cloned().collect();
    assert_eq!(ready(total(memory)), keys.len() as u64);
    assert_eq!(ready(locate(memory, keys.len() as u64)), None);
    for (index, key) in keys.iter().enumerate().step_by((keys.len() / samples).max(1)) {
        assert_eq!(ready(rank(memory, key)), index as u64);
        let newer = (keys.len() - 1 - index) as u64;
        let position = ready(locate(memory, newer)).expect("there is such a run");
        assert!(position.skip < MAX_BLOCK as u64, "{position:?}");
        let below = match &position.end {
            Some(end) => memory.runs.range(..end.clone()).rev().nth(position.skip as usize),
            None => memory.runs.iter().rev().nth(position.skip as usize),
        };
        assert_eq!(below, Some(key));
    }
    let expected: Vec<u64> = (0..keys.len() as u64).collect();
    let (mut some, mut at) = (Vec::new(), Vec::new());
    for index in (0..keys.len()).filter(|index| index % 7 < 2) {
        some.push(keys[index].clone());
        at.push(expected[index]);
    }
    assert_eq!(ready(ranks(memory, &some)), at);
    assert_eq!(ready(rank(memory, &RunKey::LEAST)), 0);
    assert_eq!(ready(rank(memory, &RunKey::new(i64::MAX, "z"))), keys.len() as u64);
}

/// How the creation times of runs follow each other.
#[derive(Clone, Copy, Debug)]
enum Shape {
    Ascending,
    Descending,
    OneMillisecond,
    Random,
    TwoInterleaved,
    BeforeAndAfter1970,
}

const SHAPES: [Shape; 6] = [
    Shape::Ascending,
    Shape::Descending,
    Shape::OneMillisecond,
    Shape::Random,
    Shape::TwoInterleaved,
    Shape::BeforeAndAfter1970,
];

impl Shape {
    /// The key of the run with this number.
    fn key(self, number: i64) -> RunKey {
        // A prime modulus gives every number below it once, in an order that looks random.
        let scattered = number * 7_919 % 100_003;
        let time = match self {
            Self::Ascending => number,
            Self::Descending => -number,
            Self::OneMillisecond => 5,
            Self::Random => scattered,
            Self::TwoInterleaved if number % 2 == 0 => number,
            Self::TwoInterleaved => 1_000_000 - number,
            Self::BeforeAndAfter1970 => (number / 300) * if number % 2 == 0 { 1 } else { -1 },
        };
        let id = if matches!(self, Self::OneMillisecond) { scattered } else { number };
        RunKey::new(time, &format!("{id:06}"))
    }
}

/// A transaction: runs to add, or which of the present runs to remove.
#[derive(Clone, Debug)]
enum Step {
    Add(usize),
    RemoveOldest(usize),
    RemoveNewest(usize),
    RemoveFrom { percent: usize, count: usize },
    KeepEvery(usize),
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (1usize..1500).prop_map(Step::Add),
        1 => (1usize..1500).prop_map(Step::RemoveOldest),
        1 => (1usize..1500).prop_map(Step::RemoveNewest),
        1 => (0usize..100, 1usize..3000)
            .prop_map(|(percent, count)| Step::RemoveFrom { percent, count }),
        1 => (2usize..6).prop_map(Step::KeepEvery),
    ]
}

fn removed_by(step: &Step, runs: &BTreeSet<RunKey>) -> Vec<RunKey> {
    let runs = runs.iter().cloned();
    match *step {
        Step::Add(_) => Vec::new(),
        Step::RemoveOldest(count) => runs.take(count).collect(),
        Step::RemoveNewest(count) => runs.rev().take(count).collect(),
        Step::RemoveFrom { percent, count } => {
            let start = runs.len() * percent / 100;
            runs.skip(start).take(count).collect()
        }
        Step::KeepEvery(nth) => {
            let keys = runs.enumerate().filter(|(index, _)| index % nth != 0);
            keys.map(|(_, key)| key).collect()
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 48,
        failure_persistence: None,
        ..Default::default()
    })]

    #[test]
    fn any_transactions_leave_a_sound_index(
        shape in proptest::sample::select(SHAPES.to_vec()),
        steps in vec(any_step(), 1..20),
    ) {
        let (mut memory, mut next) = (Memory::default(), 0);
        for step in steps {
            let added = match step {
                Step::Add(count) => (next..next + count as i64).map(|n| shape.key(n)).collect(),
                _ => Vec::new(),
            };
            next += added.len() as i64;
            let removed = removed_by(&step, &memory.runs);
            change(&mut memory, added, removed);
            expect_sound(&mut memory, 20);
        }
        expect_sound(&mut memory, 500);
        let all = memory.runs.iter().cloned().collect();
        change(&mut memory, Vec::new(), all);
        prop_assert_eq!(memory, Memory::default());
    }

    #[test]
    fn a_built_index_is_sound_and_can_be_changed(
        shape in proptest::sample::select(SHAPES.to_vec()),
        count in prop_oneof![0i64..5, 190i64..195, 0i64..40_000],
    ) {
        let runs = (0..count).map(|n| shape.key(n)).collect();
        let mut memory = Memory { runs, ..Memory::default() };
        let mut builder = Builder::default();
        memory.runs.iter().for_each(|key| builder.push(key.clone()));
        ready(builder.write(&mut memory));
        expect_sound(&mut memory, 50);
        let removed = removed_by(&Step::KeepEvery(3), &memory.runs);
        change(&mut memory, (count..count + 700).map(|n| shape.key(n)).collect(), removed);
        expect_sound(&mut memory, 50);
    }

    #[test]
    fn a_position_in_several_scopes_is_that_of_the_merged_list(
        shape in proptest::sample::select(SHAPES.to_vec()),
        shares in vec(1i64..40, 1..5),
        count in 1i64..12_000,
        depth in 0.0f64..1.0,
    ) {
        let mut scopes = vec![Memory::default(); shares.len()];
        let mut added = vec![Vec::new(); shares.len()];
        let pattern: Vec<usize> =
            shares.iter().enumerate().flat_map(|(at, share)| vec![at; *share as usize]).collect();
        for number in 0..count {
            added[pattern[number as usize % pattern.len()]].push(shape.key(number));
        }
        for (scope, added) in scopes.iter_mut().zip(added) {
            change(scope, added, Vec::new());
        }
        let mut merged: Vec<_> = scopes.iter().flat_map(|scope| scope.runs.clone()).collect();
        merged.sort_by(|a, b| b.cmp(a));
        prop_assert_eq!(ready(locate_in_union(&mut scopes, merged.len() as u64)), None);
        for newer in [0, (merged.len() as f64 * depth) as usize, merged.len() - 1] {
            let position = ready(locate_in_union(&mut scopes, newer as u64)).expect("a position");
            let below = scopes.iter().zip(&position.ends).flat_map(|(scope, end)| {
                let is_below = |key: &&RunKey| end.as_ref().is_none_or(|end| *key < end);
                scope.runs.iter().filter(is_below)
            });
            let mut below: Vec<_> = below.collect();
            below.sort_by(|a, b| b.cmp(a));
            prop_assert_eq!(below[position.skip as usize], &merged[newer]);
            let most = (MAX_BLOCK * scopes.len() * (scopes.len() + 1)) as u64;
            prop_assert!(position.skip <= most, "{} of {}", position.skip, scopes.len());
        }
    }

    #[test]
    fn keys_compare_as_time_and_id(
        a in (any::<i64>(), ".{0,8}"), b in (any::<i64>(), ".{0,8}"),
    ) {
        let key = |(time, id): &(i64, String)| RunKey::new(*time, id);
        prop_assert_eq!(key(&a).cmp(&key(&b)), a.cmp(&b));
        let first = key(&a);
        prop_assert_eq!(first.parts(), Some((a.0, a.1.as_str())));
        prop_assert!(RunKey::LEAST < first);
    }
}

/// Hundreds of thousands of runs have three levels, of which the rows stay few.
#[test]
fn rows_are_few_in_every_shape() {
    for shape in SHAPES {
        let mut memory = Memory::default();
        for start in (0..100_000).step_by(1000) {
            change(&mut memory, (start..start + 1000).map(|n| shape.key(n)).collect(), Vec::new());
        }
        expect_sound(&mut memory, 100);
        let per_row = memory.runs.len() / memory.rows.len();
        assert!(per_row >= MAX_BLOCK / 2 - 2, "{shape:?}: {per_row} runs per row");
    }
}

#[test]
fn faults_are_found() {
    let mut sound = Memory::default();
    change(&mut sound, (0..70_000).map(|n| Shape::Ascending.key(n)).collect(), Vec::new());
    assert_eq!(ready(verify(&mut sound)), [""; 0]);
    let damaged = |damage: fn(&mut Memory)| {
        let mut memory = sound.clone();
        damage(&mut memory);
        ready(verify(&mut memory))
    };
    for (name, faults) in [
        ("count", damaged(|it| *it.rows.get_mut(&(0, RunKey::LEAST)).unwrap() += 1)),
        ("run", damaged(|it| drop(it.runs.pop_first()))),
        ("root", damaged(|it| assert!(it.rows.remove(&(2, RunKey::LEAST)).is_some()))),
        ("bound", damaged(|it| assert!(it.rows.remove(&(0, RunKey::LEAST)).is_some()))),
    ] {
        assert!(!faults.is_empty(), "the fault in a {name} is not found");
    }
    let mut uncounted = Memory { runs: BTreeSet::from([RunKey::new(1, "a")]), ..Memory::default() };
    assert_eq!(ready(verify(&mut uncounted)), ["1 runs are not counted"]);
}

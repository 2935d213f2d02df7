//! Random damage: what `check` does not report changes no response.

use std::{collections::BTreeMap, fs, path::Path};

use proptest::{prelude::*, test_runner::TestRunner};
use runledger_model::{
    ListExecutionsQuery, ListWorkflowRunsResponse, StepExecution, Timestamp, WorkflowRunDetail,
    WorkflowRunStatus,
};
use runledger_store::{
    KeyHash, KeyStore, ListedKey, NewApiKey, RunName, RunStore, Salvage, TenantId,
    test_suite::{run, runtime},
};
use runledger_store_sqlite::SqliteStore;
use rusqlite::Connection;

use crate::{check, repair};

/// How many bytes are overwritten.
pub const DAMAGED_BYTES: usize = 40;

/// The names of the tenants, which are the secrets of their keys as well.
const TENANTS: [&str; 2] = ["one", "two"];

/// The nth run of a tenant: some have many steps, and some have errors that fill several pages.
pub fn nth_run(number: i64) -> WorkflowRunDetail {
    let original = run(&format!("run {number}"));
    let step = |position: i64| StepExecution {
        id: format!("step {position}"),
        error: (position % 3 == 0).then(|| "no such host: é ".repeat(1 + number as usize * 20)),
        ..original.steps[0].clone()
    };
    let steps: Vec<_> = (0..number % 7).map(step).collect();
    let statuses = WorkflowRunStatus::ALL;
    WorkflowRunDetail {
        workflow_id: format!("workflow {}", number % 3),
        status: statuses[number as usize % statuses.len()],
        created_at: Timestamp::from_millis(1_700_000_000_000 + number * 60_000).unwrap(),
        step_count: steps.len() as i32,
        steps,
        ..original.clone()
    }
}

/// Creates a file with two tenants, their keys and runs, some of which were deleted.
fn create(path: &Path) {
    let store = SqliteStore::open(path).unwrap();
    runtime().block_on(async {
        for name in TENANTS {
            let tenant = store.find_or_create_tenant(name).await.unwrap();
            store.create_key(NewApiKey::of(name, tenant)).await.unwrap();
            store.record(tenant, (0..60).map(nth_run).collect()).await.unwrap();
            for number in 20..30 {
                store.delete(tenant, &format!("run {number}")).await.unwrap();
            }
        }
    });
}

/// Everything that a file contains.
#[derive(Debug, PartialEq)]
struct Content {
    tenants: Vec<(TenantId, String)>,
    keys: Vec<ListedKey>,
    /// The tenants of the keys with these secrets.
    secrets: Vec<Option<TenantId>>,
    lists: Vec<ListWorkflowRunsResponse>,
    runs: BTreeMap<RunName, WorkflowRunDetail>,
}

impl Content {
    fn read(path: &Path) -> Self {
        let store = SqliteStore::open(path).unwrap();
        runtime().block_on(async {
            let tenants = store.list_tenants().await.unwrap();
            let keys = store.list_keys().await.unwrap();
            let mut secrets = Vec::new();
            for secret in TENANTS {
                let found = store.find_key(&KeyHash::of(secret.as_bytes())).await.unwrap();
                secrets.push(found.map(|key| key.tenant));
            }
            let (mut lists, mut runs) = (Vec::new(), BTreeMap::new());
            for (tenant, name) in &tenants {
                for workflow_id in [None, Some("workflow 1".to_owned())] {
                    let query =
                        ListExecutionsQuery { limit: 100, workflow_id, ..Default::default() };
                    let list = store.list(*tenant, query).await.unwrap();
                    for run in &list.items {
                        let found = store.get(*tenant, &run.id).await.unwrap().unwrap();
                        let tenant = name.clone();
                        runs.insert(RunName { tenant, id: run.id.clone() }, found);
                    }
                    lists.push(list);
                }
            }
            Self { tenants, keys, secrets, lists, runs }
        })
    }
}

/// A file without damage.
struct Whole {
    bytes: Vec<u8>,
    content: Content,
    pages: Pages,
}

impl Whole {
    fn create() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("whole.db");
        create(&path);
        let (bytes, content) = (fs::read(&path).unwrap(), Content::read(&path));
        Self { bytes, content, pages: Pages::read(&path) }
    }
}

/// The pages of a file: whose they are, and how many runs the loss of one may cost.
struct Pages(Vec<(String, usize)>);

impl Pages {
    const BYTES: usize = 4096;

    fn read(path: &Path) -> Self {
        let connection = Connection::open(path).unwrap();
        let count: u32 =
            connection.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
        let mut pages = vec![(String::new(), 0); count as usize];
        let mut statement =
            connection.prepare("SELECT pageno, name, pagetype, ncell FROM dbstat").unwrap();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let (number, name): (u32, String) = (row.get(0).unwrap(), row.get(1).unwrap());
            let (kind, cells): (String, u32) = (row.get(2).unwrap(), row.get(3).unwrap());
            let runs = match (&*name, &*kind) {
                // The first and the last run may have steps on other pages.
                ("run" | "step", "leaf") => cells as usize + 1,
                ("run" | "step", "internal") => usize::MAX,
                ("run" | "step", _) => 1,
                _ => 0,
            };
            pages[number as usize - 1] = (name, runs);
        }
        Self(pages)
    }

    /// The offsets of the pages of the tables whose rows many runs share, and their indexes.
    fn shared(&self) -> Vec<usize> {
        let tables = ["tenant", "api_key", "version", "workflow"];
        let is_shared = |name: &str| tables.iter().any(|table| name.contains(table));
        let pages = self.0.iter().enumerate().filter(|(_, (name, _))| is_shared(name));
        pages.map(|(page, _)| page * Self::BYTES).collect()
    }

    /// The offset of the page with the most steps.
    fn steps(&self) -> usize {
        let pages = self.0.iter().enumerate();
        let leaves = pages.filter(|(_, (name, runs))| name == "step" && *runs != usize::MAX);
        leaves.max_by_key(|(_, (_, runs))| *runs).unwrap().0 * Self::BYTES
    }

    /// The offsets of the pages that continue rows of steps.
    fn continued_steps(&self) -> Vec<usize> {
        let pages = self.0.iter().enumerate();
        let continued = pages.filter(|(_, (name, runs))| name == "step" && *runs == 1);
        continued.map(|(page, _)| page * Self::BYTES).collect()
    }

    /// How many runs this damage may cost.
    fn max_lost(&self, offset: usize) -> usize {
        let touched = offset / Self::BYTES..=(offset + DAMAGED_BYTES - 1) / Self::BYTES;
        self.0[touched].iter().fold(0, |max, (_, runs)| max.saturating_add(*runs))
    }
}

/// Damages a copy of the file, checks it, and repairs it.
fn damage_and_repair(whole: &Whole, offset: usize, damage: [u8; DAMAGED_BYTES]) {
    let Whole { bytes, content, pages } = whole;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.db");
    let mut damaged = bytes.clone();
    damaged[offset..offset + DAMAGED_BYTES].copy_from_slice(&damage);
    fs::write(&path, &damaged).unwrap();
    let is_of_first_page = offset < Pages::BYTES;
    match check(&path) {
        // Such as a header that is not SQLite's.
        Err(error) => return assert!(is_of_first_page, "{error}"),
        Ok(faults) if faults.is_empty() => {
            assert!(Content::read(&path) == *content, "the check found nothing");
            return;
        }
        Ok(faults) => assert!(faults.iter().all(|fault| !fault.message.is_empty())),
    }
    let repair = match repair(&path) {
        Ok(repair) => repair,
        Err(error) => {
            assert!(is_of_first_page, "{error}");
            assert!(fs::read(&path).unwrap() == damaged, "a failed repair changes nothing");
            return;
        }
    };
    assert_eq!(check(&path).unwrap(), []);
    let salvage = repair.salvage.unwrap_or_default();
    expect_saved(content, &Content::read(&path), &salvage);
    let lost = salvage.lost_runs.len() + salvage.unnamed_lost_runs as usize;
    assert!(lost <= pages.max_lost(offset), "{lost} runs are lost");
}

/// Checks that everything is as it was, except for what the repair has named.
fn expect_saved(content: &Content, repaired: &Content, salvage: &Salvage) {
    let is_decided = !salvage.decisions.is_empty();
    for (name, run) in &content.runs {
        let is_named = salvage.lost_runs.contains(name) || salvage.unnamed_lost_runs > 0;
        match repaired.runs.get(name) {
            Some(saved) => assert!(saved == run || salvage.altered_runs.contains(name), "{name}"),
            None => assert!(is_named || is_decided, "{name} was lost and is not named"),
        }
    }
    assert!(content.tenants == repaired.tenants || is_decided, "{:?}", repaired.tenants);
    let is_named = !salvage.lost_others.is_empty();
    assert!(content.keys == repaired.keys || is_named || is_decided, "{:?}", repaired.keys);
    assert!(content.secrets == repaired.secrets || is_named || is_decided);
    let no_run_is_concerned = salvage.lost_runs.is_empty()
        && salvage.altered_runs.is_empty()
        && salvage.unnamed_lost_runs == 0;
    if no_run_is_concerned && !is_decided {
        assert!(content.lists == repaired.lists, "the lists differ");
    }
}

/// The beginning of such a page says which page is the next. The rows of other runs are searched by
/// way of this one, and are found all the same.
#[test]
fn a_broken_row_costs_its_own_run_only() {
    let whole = Whole::create();
    let continued = whole.pages.continued_steps();
    assert!(continued.len() > 300, "the errors of {} steps", continued.len());
    for offset in continued.into_iter().step_by(31) {
        damage_and_repair(&whole, offset, [0xff; DAMAGED_BYTES]);
    }
}

/// The numbers of runs are overwritten as well, by which the steps of a run are found.
#[test]
fn a_page_of_damaged_steps_costs_the_runs_of_its_steps_only() {
    let whole = Whole::create();
    let page = whole.pages.steps();
    for offset in (page..=page + Pages::BYTES - DAMAGED_BYTES).step_by(DAMAGED_BYTES) {
        damage_and_repair(&whole, offset, [0; DAMAGED_BYTES]);
    }
}

/// The second page says for each page which one leads to it. Reading does not use that.
#[test]
fn a_damaged_map_of_the_pages_costs_nothing() {
    let whole = Whole::create();
    for offset in (Pages::BYTES..2 * Pages::BYTES - DAMAGED_BYTES).step_by(336) {
        damage_and_repair(&whole, offset, [0x55; DAMAGED_BYTES]);
    }
}

#[test]
fn any_damage_is_reported_or_has_no_effect() {
    let whole = Whole::create();
    let shared = whole.pages.shared();
    assert_eq!(shared.len(), 10, "the tables and indexes of shared rows have a page each");
    let config = ProptestConfig {
        cases: 48,
        failure_persistence: None,
        max_shrink_iters: 30,
        ..Default::default()
    };
    let anywhere = 0..=whole.bytes.len() - DAMAGED_BYTES;
    let in_shared_page = (prop::sample::select(shared), 0..=Pages::BYTES - DAMAGED_BYTES)
        .prop_map(|(page, offset)| page + offset);
    let damage = any::<[u8; DAMAGED_BYTES]>();
    let test = |(offset, damage)| {
        damage_and_repair(&whole, offset, damage);
        Ok(())
    };
    let offsets = prop_oneof![anywhere, in_shared_page];
    TestRunner::new(config).run(&(offsets, damage), test).unwrap();
}

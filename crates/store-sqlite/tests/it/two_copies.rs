//! Damage of values that stand in a table and in its unique index.

use std::{fs, path::Path};

use runledger_store::{
    ChangeStore, KeyHash, KeyStore, NewApiKey, RunStore, Salvage,
    test_suite::{run, runtime},
};
use runledger_store_sqlite::SqliteStore;

use crate::{check, ledger, repair, total};

/// Overwrites the beginning of one occurrence of these bytes in the database's file.
fn overwrite(path: &Path, old: &[u8], new: &[u8], which: usize) {
    let mut bytes = fs::read(path).unwrap();
    let found: Vec<_> =
        (0..bytes.len() - old.len()).filter(|at| bytes[*at..].starts_with(old)).collect();
    assert!(found.len() > which, "{found:?}");
    bytes[found[which]..][..new.len()].copy_from_slice(new);
    fs::write(path, bytes).unwrap();
}

/// How often these bytes are in the file.
fn count(path: &Path, wanted: &[u8]) -> usize {
    fs::read(path).unwrap().windows(wanted.len()).filter(|found| *found == wanted).count()
}

/// A ledger of the tenant "customer" with one key and 50 runs; its log is empty.
fn ledger_with_key(path: &Path) {
    let store = SqliteStore::open(path).unwrap();
    runtime().block_on(async {
        let tenant = store.find_or_create_tenant("customer").await.unwrap();
        let key = NewApiKey { prefix: "rl_secret".to_owned(), ..NewApiKey::of("secret", tenant) };
        store.create_key(key).await.unwrap();
        store.record(tenant, (0..50).map(|n| run(&format!("run {n}"))).collect()).await.unwrap();
    });
}

/// Checks and repairs the file: not without keeping the old one.
fn salvage(path: &Path, message: &str) -> Salvage {
    let damaged = fs::read(path).unwrap();
    let faults = check(path).unwrap();
    assert!(faults.iter().any(|fault| fault.message.contains(message)), "{faults:?}");
    assert!(faults.iter().any(|fault| !fault.is_derived), "{faults:?}");
    let salvage = repair(path).unwrap().salvage.unwrap();
    assert_eq!(check(path).unwrap(), []);
    assert!(fs::read(&salvage.original).unwrap()[100..] == damaged[100..]);
    salvage
}

#[test]
fn checksums_decide_between_two_texts() {
    let expected = run("run 7");
    let text = format!("{}{}", expected.version_id, expected.version_display_name);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.db");
    let tenant = ledger(&path);
    let copies = count(&path, text.as_bytes());
    assert_eq!(copies, 2, "the table and its index");
    let whole = fs::read(&path).unwrap();
    for which in 0..copies {
        fs::write(&path, &whole).unwrap();
        overwrite(&path, text.as_bytes(), b"?", which);
        let Salvage { saved_runs, lost_runs, altered_runs, decisions, .. } =
            salvage(&path, "in its index");
        assert_eq!((saved_runs, lost_runs.len(), altered_runs.len()), (50, 0, 0));
        assert_eq!(decisions.len(), 1, "{decisions:?}");
        assert!(decisions[0].contains("fits the checksums of 50 of 50"), "{decisions:?}");
        let store = SqliteStore::open(&path).unwrap();
        assert_eq!(runtime().block_on(store.get(tenant, "run 7")).unwrap(), Some(expected.clone()));
    }
}

#[test]
fn a_tenant_keeps_the_name_by_which_it_was_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.db");
    ledger_with_key(&path);
    let whole = fs::read(&path).unwrap();
    let mut names = Vec::new();
    for which in 0..2 {
        fs::write(&path, &whole).unwrap();
        overwrite(&path, b"customer", b"q", which);
        let Salvage { saved_runs, lost_runs, decisions, .. } = salvage(&path, "in its index");
        assert_eq!((saved_runs, lost_runs.len(), decisions.len()), (50, 0, 1), "{decisions:?}");
        for name in ["\"customer\"", "\"qustomer\""] {
            assert!(decisions[0].contains(name), "{decisions:?}");
        }
        let store = SqliteStore::open(&path).unwrap();
        names.extend(runtime().block_on(store.list_tenants()).unwrap());
        let key = runtime().block_on(store.find_key(&KeyHash::of(b"secret"))).unwrap();
        assert_eq!(key.map(|key| key.tenant), Some(names[which].0));
    }
    assert_eq!(count(&path, b"customer") + count(&path, b"qustomer"), 2);
    // The copies of the table and of the index were damaged, in the order of their pages.
    assert_eq!([&*names[0].1, &*names[1].1], ["customer", "qustomer"]);
}

#[test]
fn a_key_works_whichever_of_its_hashes_is_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.db");
    ledger_with_key(&path);
    let hash = KeyHash::of(b"secret");
    assert_eq!(count(&path, &hash.0), 2, "the table and its index");
    let whole = fs::read(&path).unwrap();
    for which in 0..2 {
        fs::write(&path, &whole).unwrap();
        overwrite(&path, &hash.0, b"?", which);
        let decisions = salvage(&path, "the API key 1 differs from its index").decisions;
        assert!(decisions[0].contains("prefix \"rl_secret\""), "{decisions:?}");
        let store = SqliteStore::open(&path).unwrap();
        assert!(runtime().block_on(store.find_key(&hash)).unwrap().is_some());
        assert_eq!(runtime().block_on(store.list_keys()).unwrap().len(), 2);
    }
}

#[test]
fn the_id_with_which_the_checksum_fits_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.db");
    let tenant = ledger(&path);
    let connection = rusqlite::Connection::open(&path).unwrap();
    let (id, other): (Vec<u8>, Vec<u8>) = connection
        .query_row(
            "SELECT (SELECT id FROM run WHERE pk = 8), (SELECT id FROM run WHERE pk = 10)",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .unwrap();
    drop(connection);
    assert_eq!(id.len(), other.len());
    let whole = fs::read(&path).unwrap();
    let mut corrected = 0;
    for which in 0..count(&path, &id) {
        fs::write(&path, &whole).unwrap();
        overwrite(&path, &id, &other, which);
        let faults = check(&path).unwrap();
        let named = faults.iter().find(|fault| fault.message.contains("by the index"));
        if let Some(fault) = named {
            corrected += 1;
            assert!(fault.message.contains("run 7") && fault.message.contains("run 9"));
        }
        let before = repair(&path).unwrap();
        assert_eq!((check(&path).unwrap(), total(&path, tenant)), (vec![], 50), "{before:?}");
        let store = SqliteStore::open(&path).unwrap();
        let changes = runtime().block_on(store.changes(tenant, 0, 1000)).unwrap().changes;
        assert_eq!(changes.len(), 50);
        for id in ["run 7", "run 9"] {
            assert!(runtime().block_on(store.get(tenant, id)).unwrap().is_some());
        }
    }
    assert_eq!(corrected, 1, "the row itself");
}

/// As after damage of the only page of tenants.
#[test]
fn tenants_without_a_row_keep_their_runs() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.db");
    let tenant = ledger(&path);
    let connection = rusqlite::Connection::open(&path).unwrap();
    let store = SqliteStore::open(&path).unwrap();
    runtime().block_on(store.delete(tenant, "run 3")).unwrap();
    drop(store);
    connection.execute_batch("DELETE FROM tenant").unwrap();
    drop(connection);
    let salvage = repair(&path).unwrap().salvage.unwrap();
    assert_eq!((salvage.saved_runs, salvage.lost_runs.len()), (49, 0));
    assert_eq!(check(&path).unwrap(), []);
    let store = SqliteStore::open(&path).unwrap();
    let tenants = runtime().block_on(store.list_tenants()).unwrap();
    assert_eq!(tenants, [(tenant, "recovered-1".to_owned())]);
    let changes = runtime().block_on(store.changes(tenant, 51, 1000)).unwrap();
    assert_eq!((changes.changes.len(), changes.last), (49, 100));
}

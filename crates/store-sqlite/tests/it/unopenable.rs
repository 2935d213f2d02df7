//! Repairing files that SQLite refuses to open.

use std::fs;

use runledger_store::{Salvage, StoreError};
use runledger_store_sqlite::SqliteStore;

use crate::{check, ledger, repair, total};

#[test]
fn what_is_left_of_a_file_without_its_end_is_saved() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.db");
    let tenant = ledger(&path);
    let whole = fs::read(&path).unwrap();
    let mut saved = Vec::new();
    for missing in [1, 811, 4096, 3 * 4096, whole.len() / 4] {
        fs::write(&path, &whole[..whole.len() - missing]).unwrap();
        assert!(check(&path).unwrap()[0].message.contains("its length is"));
        let Salvage { saved_runs, lost_runs, unnamed_lost_runs, altered_runs, .. } =
            repair(&path).unwrap().salvage.unwrap();
        assert_eq!(check(&path).unwrap(), [], "{missing}");
        assert_eq!(total(&path, tenant), saved_runs as i64);
        assert_eq!(lost_runs.len() as u64 + unnamed_lost_runs + saved_runs, 50, "{missing}");
        saved.push((saved_runs, altered_runs.len()));
    }
    // The end of a page has its oldest rows, or is not used.
    assert!(saved[0].0 >= 49 && saved[0].1 <= 1, "{saved:?}");
    assert!(saved[1].0 >= 35 && saved[1].1 <= 15, "{saved:?}");
}

#[test]
fn a_damaged_schema_is_that_of_the_program() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.db");
    let tenant = ledger(&path);
    let whole = fs::read(&path).unwrap();
    for text in ["CREATE TABLE api_key", "api_key", "tenant", "CREATE INDEX run_by_time"] {
        let at = whole[..4096].windows(text.len()).position(|found| found == text.as_bytes());
        let mut damaged = whole.clone();
        damaged[at.unwrap()] = b'(';
        fs::write(&path, &damaged).unwrap();
        assert!(check(&path).unwrap().iter().any(|fault| !fault.is_derived), "{text}");
        let Salvage { saved_runs, lost_runs, original, .. } =
            repair(&path).unwrap().salvage.unwrap();
        assert_eq!((saved_runs, lost_runs.len()), (50, 0), "{text}");
        assert_eq!((check(&path).unwrap(), total(&path, tenant)), (vec![], 50), "{text}");
        assert!(fs::read(original).unwrap()[100..] == damaged[100..], "{text}");
    }
}

#[test]
fn where_nothing_can_be_saved_the_file_is_left_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.db");
    drop(SqliteStore::open(&path).unwrap());
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..100]).unwrap();
    let error = repair(&path).unwrap_err();
    assert!(matches!(error, StoreError::Unrepairable { .. }), "{error}");
    assert!(fs::read(&path).unwrap() == whole[..100]);
}

/// The file may be repaired by root, and served by another user.
#[cfg(unix)]
#[test]
fn a_repaired_file_keeps_its_permissions() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.db");
    ledger(&path);
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    // Only root may give a file away.
    let _ = chown(&path, Some(65_534), Some(65_534));
    let owner = |path: &std::path::Path| {
        let file = fs::metadata(path).unwrap();
        (file.uid(), file.gid(), file.mode())
    };
    let before = owner(&path);
    assert!(repair(&path).unwrap().salvage.is_some());
    assert_eq!(owner(&path), before);
    assert_eq!(owner(&folder.path().join("runs.db-serving")), before);
}

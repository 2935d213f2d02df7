//! Repairing files that SQLite refuses to open.

use std::fs;

use runledger_store::{Salvage, StoreError};
use runledger_store_sqlite::SqliteStore;

use crate::{check, ledger, ledger_of, repair, total};

#[test]
fn what_is_left_of_a_file_without_its_end_is_saved() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.db");
    // So many that the pages of the schema are not among those at the end.
    let tenant = ledger_of(&path, 400);
    let whole = fs::read(&path).unwrap();
    let mut saved = Vec::new();
    for missing in [1, 811, 4096, 3 * 4096, 7 * 4096] {
        fs::write(&path, &whole[..whole.len() - missing]).unwrap();
        assert!(check(&path).unwrap()[0].message.contains("its length is"));
        let Salvage { saved_runs, lost_runs, unnamed_lost_runs, altered_runs, .. } =
            repair(&path).unwrap().salvage.unwrap();
        assert_eq!(check(&path).unwrap(), [], "{missing}");
        assert_eq!(total(&path, tenant), saved_runs as i64);
        assert_eq!(lost_runs.len() as u64 + unnamed_lost_runs + saved_runs, 400, "{missing}");
        saved.push((saved_runs, altered_runs.len()));
    }
    // The end of a page has its oldest rows, or is not used.
    assert!(saved[0].0 >= 399 && saved[0].1 <= 1, "{saved:?}");
    assert!(saved[1].0 >= 385 && saved[1].1 <= 15, "{saved:?}");
}

/// Where neither the runs nor their entries in the indexes are left, their count tells.
#[test]
fn the_lost_runs_of_a_short_file_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.db");
    ledger_of(&path, 300);
    let whole = fs::read(&path).unwrap();
    let mut counted = 0;
    for pages in (20..whole.len() / 4096).step_by(4) {
        fs::write(&path, &whole[..pages * 4096]).unwrap();
        let Ok(repair) = repair(&path) else { continue };
        let Salvage { saved_runs, lost_runs, unnamed_lost_runs, lost_others, .. } =
            repair.salvage.unwrap();
        let is_unknown = lost_others.iter().any(|lost| lost.starts_with("runs whose number"));
        let seen = saved_runs + lost_runs.len() as u64 + unnamed_lost_runs;
        assert!(seen == 300 || is_unknown, "{pages} pages: {seen} of 300, {lost_others:?}");
        counted += u32::from(unnamed_lost_runs > 0);
    }
    assert!(counted > 0);
}

#[test]
fn a_damaged_schema_is_that_of_the_program() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.db");
    let tenant = ledger(&path);
    let whole = fs::read(&path).unwrap();
    for text in ["CREATE TABLE api_key", "api_key", "CREATE TABLE step", "CREATE INDEX run_by_time"]
    {
        let mut damaged = whole.clone();
        for at in positions_in_schema(&whole, text) {
            damaged[at] = b'(';
        }
        fs::write(&path, &damaged).unwrap();
        assert!(check(&path).unwrap().iter().any(|fault| !fault.is_derived), "{text}");
        let Salvage { saved_runs, lost_runs, original, .. } =
            repair(&path).unwrap().salvage.unwrap();
        assert_eq!((saved_runs, lost_runs.len()), (50, 0), "{text}");
        assert_eq!((check(&path).unwrap(), total(&path, tenant)), (vec![], 50), "{text}");
        assert!(fs::read(original).unwrap()[100..] == damaged[100..], "{text}");
    }
}

/// Where the pages of the table of the schema have this text, also in stale copies of rows that
/// have moved to another page.
fn positions_in_schema(file: &[u8], text: &str) -> Vec<usize> {
    const PAGE: usize = 4096;
    const HEADER: usize = 100;
    const INTERIOR: u8 = 5;
    let number = |at: usize| u32::from_be_bytes(file[at..at + 4].try_into().unwrap()) as usize;
    let pages = if file[HEADER] == INTERIOR {
        let cells = usize::from(u16::from_be_bytes([file[HEADER + 3], file[HEADER + 4]]));
        let cell = |nth: usize| {
            let pointer = HEADER + 12 + 2 * nth;
            usize::from(u16::from_be_bytes([file[pointer], file[pointer + 1]]))
        };
        (0..cells).map(|nth| number(cell(nth))).chain([number(HEADER + 8)]).collect()
    } else {
        vec![1]
    };
    let in_page = |page: usize| {
        let start = (page - 1) * PAGE;
        let windows = file[start..start + PAGE].windows(text.len()).enumerate();
        windows.filter(|(_, found)| *found == text.as_bytes()).map(move |(at, _)| start + at)
    };
    let positions: Vec<_> = pages.into_iter().flat_map(in_page).collect();
    assert!(!positions.is_empty(), "{text}");
    positions
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

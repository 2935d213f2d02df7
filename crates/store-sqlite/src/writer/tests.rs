use std::path::PathBuf;

use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::*;
use crate::{connection::open_writer, error::Error};

/// A writer on a new file that has a table `t` with the column `x`.
struct Fixture {
    path: PathBuf,
    writer: Writer,
    runtime: Runtime,
    _folder: TempDir,
}

impl Fixture {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.db");
        let connection = open_writer(&path, false).unwrap();
        connection.execute_batch("CREATE TABLE t (x)").unwrap();
        let writer = Writer::start(connection, &path, Arc::default()).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        Self { path, writer, runtime, _folder: folder }
    }

    /// Ends the writer and returns what is in the table.
    fn rows(self) -> String {
        drop(self.writer);
        let connection = Connection::open(&self.path).unwrap();
        let sql = "SELECT coalesce(group_concat(x), '') FROM t";
        connection.query_row(sql, [], |row| row.get(0)).unwrap()
    }
}

fn insert(batch: &mut Batch<'_>, x: i32) -> crate::Result<()> {
    batch.connection.execute("INSERT INTO t (x) VALUES (?1)", [x])?;
    Ok(())
}

/// The numbers that a failed transaction gave to texts were never written.
#[test]
fn the_dictionary_of_a_failed_transaction_is_discarded() {
    let fixture = Fixture::new();
    let number = |uid: &'static str, fails: bool| {
        let work = move |batch: &mut Batch<'_>| {
            let number = batch.dictionary.workflow(batch.connection, 1, uid)?;
            if fails { Err(StoreError::Closed.into()) } else { Ok(number) }
        };
        fixture.runtime.block_on(fixture.writer.write(work, |_| {}))
    };
    assert!(number("lost", true).is_err());
    let other = number("other", false).unwrap();
    let lost = number("lost", false).unwrap();
    assert_ne!(lost, other, "two workflows have one number");
}

#[test]
fn a_commit_waits_for_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let connection = open_writer(&folder.path().join("t.db"), false).unwrap();
    let level = connection.pragma_query_value(None, "synchronous", |row| row.get::<_, i32>(0));
    assert_eq!(level.unwrap(), 2, "FULL");
}

#[test]
fn a_panic_undoes_its_transaction_and_the_writer_goes_on() {
    let fixture = Fixture::new();
    let write = |x: i32| {
        let work = move |batch: &mut Batch<'_>| {
            insert(batch, x)?;
            if x == 1 { panic!("on purpose") } else { Ok(()) }
        };
        fixture.runtime.block_on(fixture.writer.write(work, |()| {}))
    };
    for _ in 0..3 {
        assert!(matches!(write(1), Err(StoreError::Engine { .. })));
        assert!(write(2).is_ok());
    }
    assert_eq!(fixture.rows(), "2,2,2");
}

/// SQLite itself ends a transaction after some errors, such as a full disk.
#[test]
fn nothing_is_written_after_a_job_that_ended_the_transaction() {
    let fixture = Fixture::new();
    let writer = &fixture.writer;
    // Blocks the writer until the other jobs are queued, so that they share a transaction.
    let (release, released) = crossbeam_channel::bounded::<()>(1);
    let (begin, begun) = crossbeam_channel::bounded::<()>(1);
    let block =
        writer.write(move |_| Ok(begin.send(()).is_ok() && released.recv().is_ok()), |_| {});
    let fail = writer.write(
        |batch| {
            insert(batch, 1)?;
            batch.connection.execute_batch("ROLLBACK")?;
            Err::<(), Error>(StoreError::engine("the disk is full").into())
        },
        |_| {},
    );
    let late = writer.write(|batch| insert(batch, 2), |()| {});
    let (blocked, (failed, late, ())) = fixture.runtime.block_on(async {
        tokio::join!(block, async {
            begun.recv().expect("the writer has begun");
            tokio::join!(fail, late, async { release.send(()).expect("the writer waits") })
        })
    });
    assert!(blocked.is_ok_and(|done| done));
    assert!(failed.is_err() && late.is_err(), "{failed:?} {late:?}");

    let next = writer.write(|batch| insert(batch, 3), |()| {});
    assert!(fixture.runtime.block_on(next).is_ok(), "the writer goes on");
    assert_eq!(fixture.rows(), "3");
}

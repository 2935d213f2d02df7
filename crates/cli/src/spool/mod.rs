//! The spool directory: runs that wait for a server, in files.
//!
//! Each server and key has a directory of its own, a queue, in which a run has up to four files:
//! - `RUN.json`: the run, as it waits to be delivered.
//! - `RUN.running.json`: the run as it was while its command ran, if its end is not there.
//! - `RUN.refused`: the run, which the server refused for good.
//! - `RUN.reason`: why.
//!
//! A file is delivered by the process that has it locked, so that no run is delivered twice at the
//! same time, with two keys. A process that is killed loses its locks and no file. What it was
//! writing has another name until it is complete, and is deleted a day later.

mod entry;

use std::{
    fs::{self, DirEntry, File},
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Context;
use clap::Args;
use runledger_model::WorkflowRunDetail;
use runledger_store::KeyHash;
use serde::Serialize;

pub use entry::{Claim, Delivery, Entry};

use crate::ledger::{Destination, RemoteLedger};

/// The option that names the spool directory.
#[derive(Args)]
pub struct SpoolOption {
    /// Directory for runs that cannot be delivered. The default is in the home directory:
    /// .local/state/runledger/spool.
    #[arg(long, env = "RUNLEDGER_SPOOL", value_name = "DIRECTORY")]
    spool: Option<PathBuf>,
}

/// A spool directory.
pub struct Spool(PathBuf);

/// The runs for one server and key.
pub struct Queue(PathBuf);

/// The file of a queue that contains its [`Destination`].
const DESTINATION: &str = "destination";
/// What the name of a file begins with until it is complete.
const UNFINISHED: &str = ".tmp";
/// The age at which such a file is no longer being written.
const UNFINISHED_AGE: Duration = Duration::from_secs(24 * 60 * 60);

impl SpoolOption {
    /// The directory of the option, or the user's default one. Creates nothing yet.
    ///
    /// # Errors
    /// If no directory is given and the user has no home directory.
    pub fn open(self) -> anyhow::Result<Spool> {
        let directory = self.spool.or_else(default_directory);
        directory.map(Spool).context("there is no home directory; set --spool")
    }
}

impl Spool {
    /// The path of the directory.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The runs for this server and key.
    pub fn queue(&self, server: &RemoteLedger) -> Queue {
        // A run must never be delivered with another tenant's key, and no file name may show a key.
        self.queue_of(server.identity())
    }

    /// The runs for a server whose key cannot be read. They wait until they are sent with a key
    /// that the user names: it may be another tenant's.
    pub fn queue_without_key(&self, server: &Destination) -> Queue {
        self.queue_of(&format!("{}/", server.url))
    }

    fn queue_of(&self, identity: &str) -> Queue {
        let hash = KeyHash::of(identity.as_bytes());
        let name: String = hash.0[..8].iter().map(|byte| format!("{byte:02x}")).collect();
        Queue(self.0.join(name))
    }

    /// The queues of all servers and keys.
    ///
    /// # Errors
    /// If the directory exists and cannot be read.
    pub fn queues(&self) -> io::Result<Vec<Queue>> {
        let entries = match fs::read_dir(&self.0) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut paths =
            entries.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<Vec<_>>>()?;
        paths.retain(|path| path.is_dir());
        paths.sort();
        Ok(paths.into_iter().map(Queue).collect())
    }
}

impl Queue {
    /// Stores a run that has ended, and claims it. It is on disk when this returns.
    ///
    /// # Errors
    /// If the directory cannot be created or written to.
    pub fn store(&self, run: WorkflowRunDetail, server: &Destination) -> anyhow::Result<Claim> {
        // The ids that `exec` creates are valid file names and sort by time.
        let path = self.0.join(format!("{}.json", run.id));
        let claim = self.write(path, run, server)?;
        // Only the last state matters.
        let _ = fs::remove_file(self.running(&claim.run().id));
        Ok(claim)
    }

    /// Stores a run whose command is running, and claims it. It is on disk when this returns.
    ///
    /// # Errors
    /// As [`store`](Self::store).
    pub fn store_running(
        &self,
        run: WorkflowRunDetail,
        server: &Destination,
    ) -> anyhow::Result<Claim> {
        self.write(self.running(&run.id), run, server)
    }

    /// Deletes what [`store_running`](Self::store_running) has stored.
    pub fn remove_running(&self, id: &str) {
        let _ = fs::remove_file(self.running(id));
    }

    /// Deletes what processes that were killed were writing.
    pub fn remove_unfinished(&self) {
        let is_old = |file: &DirEntry| -> io::Result<bool> {
            let age = file.metadata()?.modified()?.elapsed();
            Ok(age.is_ok_and(|age| age > UNFINISHED_AGE))
        };
        for file in fs::read_dir(&self.0).into_iter().flatten().flatten() {
            let is_unfinished = file.file_name().to_string_lossy().starts_with(UNFINISHED);
            if is_unfinished && is_old(&file).unwrap_or(false) {
                let _ = fs::remove_file(file.path());
            }
        }
    }

    /// The stored runs, oldest first.
    pub fn entries(&self) -> Vec<Entry> {
        let files = fs::read_dir(&self.0).into_iter().flatten().flatten();
        let mut entries: Vec<_> = files.filter_map(|file| Entry::of(file.path())).collect();
        entries.sort();
        entries
    }

    /// The server and the key; `None` if the queue does not say.
    pub fn destination(&self) -> Option<Destination> {
        serde_json::from_slice(&fs::read(self.0.join(DESTINATION)).ok()?).ok()
    }

    fn running(&self, id: &str) -> PathBuf {
        self.0.join(format!("{id}.running.json"))
    }

    fn write(
        &self,
        path: PathBuf,
        run: WorkflowRunDetail,
        server: &Destination,
    ) -> anyhow::Result<Claim> {
        create_private(&self.0).with_context(|| format!("cannot create {}", self.0.display()))?;
        let destination = self.0.join(DESTINATION);
        if !destination.exists() {
            write(&destination, server)?;
        }
        let file = write(&path, &run)?;
        File::open(&self.0)?.sync_all()?;
        Ok(Claim::new(path, file, run))
    }
}

/// Writes a value to a file, which replaces another one as a whole. The file is locked.
fn write(path: &Path, value: &impl Serialize) -> anyhow::Result<File> {
    let directory = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(directory)?;
    // Without locks, as on some network file systems, a run may be recorded twice, which changes
    // nothing.
    let _ = file.as_file().try_lock();
    serde_json::to_writer(&mut file, value)?;
    file.write_all(b"\n")?;
    file.as_file().sync_all()?;
    Ok(file.persist(path)?)
}

fn default_directory() -> Option<PathBuf> {
    let state = dirs::state_dir().or_else(dirs::data_local_dir)?;
    Some(state.join("runledger/spool"))
}

/// Creates a directory that only this user can read: a command's errors may be confidential.
fn create_private(directory: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(directory)
}

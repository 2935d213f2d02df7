//! One run in the spool directory.

use std::{
    ffi::OsStr,
    fs::{self, File, TryLockError},
    io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use runledger_model::WorkflowRunDetail;

use crate::ledger::{RemoteError, RemoteLedger};

/// The extension of a run that waits.
const WAITING: &str = "json";
/// The extension of a run that the server refused.
const REFUSED: &str = "refused";
/// The extension of the reason.
const REASON: &str = "reason";

/// A run in a file. Entries are in the order of their ids.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry(PathBuf);

/// A run that this process alone delivers, until the value is dropped.
pub struct Claim {
    path: PathBuf,
    run: WorkflowRunDetail,
    _lock: File,
}

/// What became of the delivery of a run.
#[derive(Debug)]
pub enum Delivery {
    /// The server has the run; its file is deleted.
    Delivered,
    /// The server will never accept the run, for this reason; the file remains and is not
    /// delivered again unless the user asks for it.
    Refused(String),
    /// The delivery failed; the file remains.
    Failed(RemoteError),
}

impl Entry {
    /// The run in this file; `None` if it is another file.
    pub fn of(path: PathBuf) -> Option<Self> {
        let extension = path.extension()?;
        (extension == WAITING || extension == REFUSED).then_some(Self(path))
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The id of the run.
    pub fn id(&self) -> &str {
        let name = self.0.file_name().and_then(OsStr::to_str).unwrap_or_default();
        // The ids that `exec` creates have no dots.
        name.split('.').next().unwrap_or_default()
    }

    /// Whether the server refused the run.
    pub fn is_refused(&self) -> bool {
        self.0.extension().is_some_and(|extension| extension == REFUSED)
    }

    /// Why the server refused the run; `None` if that is unknown.
    pub fn reason(&self) -> Option<String> {
        fs::read_to_string(self.0.with_extension(REASON)).ok()
    }

    /// The run.
    ///
    /// # Errors
    /// If the file cannot be read or does not contain a run.
    pub fn read(&self) -> io::Result<WorkflowRunDetail> {
        Ok(serde_json::from_reader(io::BufReader::new(File::open(&self.0)?))?)
    }

    /// Claims the run; `None` if another process has claimed or delivered it, or there is no run in
    /// the file.
    pub fn claim(self) -> Option<Claim> {
        let lock = File::open(&self.0).ok()?;
        if let Err(TryLockError::WouldBlock) = lock.try_lock() {
            return None;
        }
        // The file may have been deleted or replaced before it was locked.
        let (opened, named) = (lock.metadata().ok()?, fs::metadata(&self.0).ok()?);
        if (opened.dev(), opened.ino()) != (named.dev(), named.ino()) {
            return None;
        }
        let run = self.read().ok()?;
        Some(Claim::new(self.0, lock, run))
    }
}

impl Claim {
    /// The run in this file, which is locked.
    pub fn new(path: PathBuf, lock: File, run: WorkflowRunDetail) -> Self {
        Self { path, run, _lock: lock }
    }

    /// The run.
    pub fn run(&self) -> &WorkflowRunDetail {
        &self.run
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Records the run. Dropping the future leaves the file, which can be delivered again:
    /// recording a run twice changes nothing.
    pub async fn deliver(&mut self, server: &RemoteLedger) -> Delivery {
        match server.record(&self.run).await {
            Ok(()) => self.remove(),
            // The server knows how the run ended.
            Err(error) if error.is_conflict() && !self.run.status.is_final() => self.remove(),
            Err(error) if error.is_permanent() => self.refuse(error.to_string()),
            Err(error) => Delivery::Failed(error),
        }
    }

    fn remove(&self) -> Delivery {
        let _ = fs::remove_file(&self.path);
        let _ = fs::remove_file(self.path.with_extension(REASON));
        Delivery::Delivered
    }

    fn refuse(&mut self, reason: String) -> Delivery {
        let _ = fs::write(self.path.with_extension(REASON), &reason);
        let refused = self.path.with_extension(REFUSED);
        if fs::rename(&self.path, &refused).is_ok() {
            self.path = refused;
        }
        Delivery::Refused(reason)
    }
}

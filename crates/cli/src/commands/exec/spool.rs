//! Runs that could not be delivered: one file each, in a directory for each server and key.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::Context;
use runledger_client::StatusCode;
use runledger_model::WorkflowRunDetail;
use runledger_store::KeyHash;

use crate::{ledger::RemoteError, message::message};

/// Time after which no further file is delivered, so that a command does not wait for long.
const DELIVERY_TIMEOUT: Duration = Duration::from_secs(10);

/// The directory for one server and key.
pub struct Spool(PathBuf);

impl Spool {
    /// The part of this directory, or of the user's default one, for the server and key with this
    /// identity. Creates nothing yet.
    ///
    /// # Errors
    /// If no directory is given and the user has no home directory.
    pub fn new(directory: Option<PathBuf>, identity: &str) -> anyhow::Result<Self> {
        let directory = directory.or_else(default_directory);
        let directory = directory.context("there is no home directory; set --spool")?;
        // A run must never be delivered with another tenant's key, and no file name may show a key.
        let hash = KeyHash::of(identity.as_bytes());
        let part: String = hash.0[..8].iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self(directory.join(part)))
    }

    /// Stores a run. It is on disk when this returns its path.
    ///
    /// # Errors
    /// If the directory cannot be created or written to.
    pub fn store(&self, run: &WorkflowRunDetail) -> anyhow::Result<PathBuf> {
        create_private(&self.0).with_context(|| format!("cannot create {}", self.0.display()))?;
        let mut file = tempfile::NamedTempFile::new_in(&self.0)?;
        serde_json::to_writer(&mut file, run)?;
        file.write_all(b"\n")?;
        file.as_file().sync_all()?;
        // The ids that `exec` creates are valid file names and sort by time.
        let path = self.0.join(format!("{}.json", run.id));
        file.persist(&path)?;
        File::open(&self.0)?.sync_all()?;
        Ok(path)
    }

    /// Delivers the stored runs, oldest first, with `record`. Stops at the first that fails or
    /// after a timeout. A run that the server will never accept is renamed to `….refused`.
    pub async fn deliver(
        &self,
        record: impl AsyncFn(&WorkflowRunDetail) -> Result<(), RemoteError>,
    ) {
        let start = Instant::now();
        for file in self.files() {
            if start.elapsed() > DELIVERY_TIMEOUT {
                return;
            }
            // Two processes may deliver the same file: recording a run twice changes nothing.
            let Some(run) = read(&file) else { continue };
            match record(&run).await {
                Ok(()) => drop(fs::remove_file(&file)),
                Err(RemoteError::Refused { status, body }) if is_permanent(status) => {
                    let refused = file.with_extension("refused");
                    message!("runledger: refused: {}; see {}", body.error, refused.display());
                    let _ = fs::rename(&file, refused);
                }
                Err(_) => return,
            }
        }
    }

    fn files(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(&self.0).into_iter().flatten().flatten();
        let mut files: Vec<_> = entries.map(|entry| entry.path()).collect();
        files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
        files.sort();
        files
    }
}

fn default_directory() -> Option<PathBuf> {
    let state = dirs::state_dir().or_else(dirs::data_local_dir)?;
    Some(state.join("runledger/spool"))
}

/// Whether the same request will always be refused.
fn is_permanent(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::BAD_REQUEST
            | StatusCode::CONFLICT
            | StatusCode::PAYLOAD_TOO_LARGE
            | StatusCode::UNPROCESSABLE_ENTITY
    )
}

fn read(file: &Path) -> Option<WorkflowRunDetail> {
    serde_json::from_slice(&fs::read(file).ok()?).ok()
}

/// Creates a directory that only this user can read: a command's errors may be confidential.
fn create_private(directory: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(directory)
}

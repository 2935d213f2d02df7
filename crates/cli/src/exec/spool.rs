//! Runs that could not be delivered: a file each, in a folder for each server and key.

use std::{
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::Context;
use runledger_client::StatusCode;
use runledger_model::WorkflowRunDetail;
use runledger_store::KeyHash;

use crate::remote::{Hasty, RemoteError};

/// How long one command's end may be held up by what others left.
const DELIVERY: Duration = Duration::from_secs(10);

/// The folder.
pub struct Spool(PathBuf);

impl Spool {
    /// The part of this folder (by default the user's own) for the server and key of that name. Nothing is made yet.
    pub fn new(folder: Option<PathBuf>, name: &str) -> anyhow::Result<Self> {
        let folder = folder.or_else(|| {
            dirs::state_dir()
                .or_else(dirs::data_local_dir)
                .map(|state| state.join("runledger/spool"))
        });
        let folder = folder.context("there is no home folder; name a --spool folder")?;
        // A hash, so that no key stands in a file's name; a run must never reach another tenant.
        let hash = KeyHash::of(name.as_bytes());
        let part: String = hash.0[..8].iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self(folder.join(part)))
    }

    /// Keeps a run; it is on disk when this answers.
    pub fn keep(&self, run: &WorkflowRunDetail) -> anyhow::Result<PathBuf> {
        make_private(&self.0).with_context(|| format!("cannot make {}", self.0.display()))?;
        let mut file = tempfile::NamedTempFile::new_in(&self.0)?;
        serde_json::to_writer(&mut file, run)?;
        file.write_all(b"\n")?;
        file.as_file().sync_all()?;
        // Ids of runs made by `exec` sort by time, and are names for files.
        let path = self.0.join(format!("{}.json", run.id));
        file.persist(&path)?;
        File::open(&self.0)?.sync_all()?;
        Ok(path)
    }

    /// Delivers what is kept, oldest first, until it is gone, the server is, or it has taken too long.
    pub async fn deliver(&self, server: &Hasty) {
        let begun = Instant::now();
        for file in self.kept() {
            if begun.elapsed() > DELIVERY {
                return;
            }
            // Another command may be delivering it at this moment, too: that is the same twice.
            let Some(run) = read(&file) else { continue };
            match server.record(&run).await {
                Ok(()) => drop(fs::remove_file(&file)),
                Err(RemoteError::Refused { status, body }) if is_final(status) => {
                    eprintln!("runledger: {} was refused for good: {}", file.display(), body.error);
                    let _ = fs::rename(&file, file.with_extension("refused"));
                }
                Err(_) => return,
            }
        }
    }

    fn kept(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(&self.0).into_iter().flatten().flatten();
        let mut files: Vec<_> = entries.map(|entry| entry.path()).collect();
        files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
        files.sort();
        files
    }
}

/// Whether the server will never take it, whenever it is asked.
fn is_final(status: StatusCode) -> bool {
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

/// What a command says on standard error may be nobody else's business.
fn make_private(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

//! What the user can do about an error.

use std::{io, path::Path};

use runledger_client::StatusCode;
use runledger_store::{Cause, StoreError};

use crate::ledger::RemoteError;

/// What an error interrupted, as a part of its message. What was done remains, and the command can
/// be repeated.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Interrupted(pub String);

/// Lines that follow the error message, with a command to type where one helps.
pub fn hint(error: &anyhow::Error) -> Option<String> {
    let of_server = || error.downcast_ref().and_then(of_server).map(str::to_owned);
    let of_cause = error.downcast_ref().and_then(of_store).or_else(of_server);
    let repeat = error.is::<Interrupted>().then(|| {
        "Once the cause is fixed, repeat the command; what is recorded already stays unchanged."
            .to_owned()
    });
    let hints: Vec<_> = of_cause.into_iter().chain(repeat).collect();
    (!hints.is_empty()).then(|| hints.join("\n"))
}

/// What helps if a server refuses a request.
fn of_server(error: &RemoteError) -> Option<&'static str> {
    let RemoteError::Refused { status, body } = error else { return None };
    Some(match *status {
        StatusCode::UNAUTHORIZED => {
            "The keys of a database and when they expire: runledger keys list. \
             The key is given alone, without the word Token."
        }
        StatusCode::FORBIDDEN => {
            "Create a key that permits it: runledger keys create --tenant NAME --scope both"
        }
        StatusCode::NOT_FOUND if body.error.contains("endpoint") => {
            "Check the URL: it is the address of the server, without /v1."
        }
        _ => return None,
    })
}

fn of_store(error: &StoreError) -> Option<String> {
    Some(match error {
        StoreError::Missing { database } if !has_folder(database) => {
            "Its directory does not exist. Name an existing database with --database.".to_owned()
        }
        StoreError::Missing { database } => format!(
            "Name an existing database with --database, or create this one: \
             runledger serve --database {database}"
        ),
        StoreError::AlreadyExists { file: _ } => {
            "Choose another file name, or replace an older copy with --replace.".to_owned()
        }
        StoreError::InvalidTarget { file: _, reason: _ } => {
            "Choose another file name for the copy.".to_owned()
        }
        StoreError::HardLinked { database, names: _ } => format!(
            "Delete the other names, or copy the file: \
             cp {database} copy.db && mv copy.db {database}"
        ),
        StoreError::NotAFile { file: _, kind: _ } => {
            "Name a database file with --database.".to_owned()
        }
        StoreError::Mounted { database: _ } => {
            "Mount the directory that contains the file instead, such as: \
             docker run --volume /var/lib/runledger:/var/lib/runledger"
                .to_owned()
        }
        StoreError::InUse { database: _ } => {
            "Stop that process first, such as: systemctl stop runledger".to_owned()
        }
        StoreError::Locked { database: _, seconds: _ } => {
            "Wait until that process is done, or stop it, and repeat the command.".to_owned()
        }
        StoreError::Foreign { database: _ } => {
            "Name a Runledger database with --database.".to_owned()
        }
        StoreError::NewerSchema { database: _, found: _, supported: _ } => {
            "Install the newer Runledger, or restore a backup of the older database.".to_owned()
        }
        StoreError::OlderSchema { database, found: _, needed: _ } => {
            format!("Migrate it by serving it once: runledger serve --database {database}")
        }
        StoreError::Damaged { database, fault: _ } => format!(
            "Restore a backup, or save what can be read: \
             runledger check --repair --database {database}"
        ),
        StoreError::Unrepairable { database: _, fault: _ } => "Restore a backup.".to_owned(),
        StoreError::Corrupt { source: _ } => {
            "Restore a backup, or stop the server and save what can be read: \
             runledger check --repair --database FILE"
                .to_owned()
        }
        StoreError::Orphaned { database, files: _ } => format!(
            "Put that database back. To create a new one instead, move {database}-wal and \
             {database}-shm away first."
        ),
        StoreError::NotReadable { file: _, source } if !is_of_permissions(source) => {
            "Name a database file with --database.".to_owned()
        }
        StoreError::NotReadable { file: _, source: _ } => {
            "Run the command as a user who can read the file, such as: sudo -u runledger".to_owned()
        }
        StoreError::NotWritable { file: _, source: _ } => {
            "The directory must exist; the directory, \
             the database and the files beside it must be writable for this user. \
             Run the command as the owner, such as: sudo -u runledger"
                .to_owned()
        }
        StoreError::Disk { database: _, source: _ } => {
            "Check the disk and its free space: df -h".to_owned()
        }
        StoreError::TooBroad { runs: _, max: _ } => {
            "Choose a shorter range with --since and --until.".to_owned()
        }
        StoreError::Busy => "Repeat the command later.".to_owned(),
        StoreError::Moved { file: _, found: _ }
        | StoreError::DuplicateKey
        | StoreError::Engine { message: _, source: _ }
        | StoreError::ReadOnly
        | StoreError::Closed => return None,
    })
}

fn has_folder(file: &str) -> bool {
    let folder = Path::new(file).parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.is_none_or(Path::is_dir)
}

fn is_of_permissions(cause: &Cause) -> bool {
    let error = cause.downcast_ref::<io::Error>();
    error.is_some_and(|error| error.kind() == io::ErrorKind::PermissionDenied)
}

//! The files that the documents are generated from, and their changes.

use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, Result};
use notify_debouncer_mini::{
    DebounceEventResult, Debouncer, new_debouncer,
    notify::{RecommendedWatcher, RecursiveMode},
};
use tokio::sync::mpsc;

/// The folders that decide what is generated.
const FOLDERS: [&str; 2] = ["crates/model/src", "crates/server/src"];
/// Writes of an editor that are this close together count as one change.
const DEBOUNCE: Duration = Duration::from_millis(50);

/// The files that the documents are generated from.
pub struct Sources {
    root: PathBuf,
}

impl Sources {
    /// The files of the workspace in this folder.
    pub fn new(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    /// Reports changes as long as the watcher lives. It also reports events that change nothing,
    /// such as a read: compare fingerprints.
    ///
    /// # Errors
    /// Where a folder does not exist or cannot be watched.
    pub fn watch(&self) -> Result<(Debouncer<RecommendedWatcher>, mpsc::Receiver<()>)> {
        let (sender, receiver) = mpsc::channel(1);
        let report = move |_: DebounceEventResult| {
            // Where a report is waiting to be read, a second one says nothing new.
            let _ = sender.try_send(());
        };
        let mut debouncer = new_debouncer(DEBOUNCE, report)?;
        let folders = FOLDERS.map(|folder| (self.root.join(folder), RecursiveMode::Recursive));
        // Editors replace a file by another: Cargo.toml is watched through its folder.
        let root = (self.root.clone(), RecursiveMode::NonRecursive);
        for (folder, mode) in folders.into_iter().chain([root]) {
            let watched = debouncer.watcher().watch(&folder, mode);
            watched.with_context(|| format!("{} cannot be watched", folder.display()))?;
        }
        Ok((debouncer, receiver))
    }

    /// A hash of the names and contents of the files.
    pub fn fingerprint(&self) -> u64 {
        let mut files = vec![self.root.join("Cargo.toml")];
        FOLDERS.iter().for_each(|folder| collect(&self.root.join(folder), &mut files));
        files.sort();
        let mut hasher = DefaultHasher::new();
        for file in files {
            file.hash(&mut hasher);
            // A missing file is just being replaced, which will be reported as well.
            fs::read(&file).unwrap_or_default().hash(&mut hasher);
        }
        hasher.finish()
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => collect(&path, files),
            _ if is_source(&path) => files.push(path),
            _ => {}
        }
    }
}

/// Whether the file is not one of an editor's own.
fn is_source(path: &Path) -> bool {
    path.extension().is_some_and(|extension| ["rs", "js"].iter().any(|known| extension == *known))
}

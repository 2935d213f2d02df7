//! What the contract is made from, and when it changes.

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

/// The folders that say what the contract is.
const FOLDERS: [&str; 2] = ["crates/model/src", "crates/server/src"];
/// An editor writes a file in several strokes; this is how long they may lie apart.
const STROKES: Duration = Duration::from_millis(50);

/// The files that the contract is made from.
pub struct Sources {
    root: PathBuf,
}

impl Sources {
    /// Those of the workspace in this folder.
    pub fn new(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    /// Tells of changes for as long as the watcher lives. It also tells of some that are none, such as a file that was
    /// read: compare fingerprints.
    ///
    /// # Errors
    /// Where a folder is not there or cannot be watched.
    pub fn watch(&self) -> Result<(Debouncer<RecommendedWatcher>, mpsc::Receiver<()>)> {
        let (sender, receiver) = mpsc::channel(1);
        let tell = move |_: DebounceEventResult| {
            // Where one is waiting to be read, another says nothing new.
            let _ = sender.try_send(());
        };
        let mut debouncer = new_debouncer(STROKES, tell)?;
        let folders = FOLDERS.map(|folder| (self.root.join(folder), RecursiveMode::Recursive));
        // Editors replace a file by another: Cargo.toml is watched through its folder.
        let root = (self.root.clone(), RecursiveMode::NonRecursive);
        for (folder, mode) in folders.into_iter().chain([root]) {
            let watched = debouncer.watcher().watch(&folder, mode);
            watched.with_context(|| format!("{} cannot be watched", folder.display()))?;
        }
        Ok((debouncer, receiver))
    }

    /// A number that is another one where the files are called or hold something else.
    pub fn fingerprint(&self) -> u64 {
        let mut files = vec![self.root.join("Cargo.toml")];
        FOLDERS.iter().for_each(|folder| collect(&self.root.join(folder), &mut files));
        files.sort();
        let mut hasher = DefaultHasher::new();
        for file in files {
            file.hash(&mut hasher);
            // One that is away at this moment is being replaced; that will be told, too.
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

/// Editors put files of their own beside those that they edit.
fn is_source(path: &Path) -> bool {
    path.extension().is_some_and(|extension| ["rs", "js"].iter().any(|known| extension == *known))
}

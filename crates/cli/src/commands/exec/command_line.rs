//! Commands as a user types them.

use std::ffi::OsStr;

/// The words as a shell reads them, quoted where that is needed. Invalid UTF-8 is replaced.
pub fn quoted<'a>(words: impl IntoIterator<Item = &'a OsStr>) -> String {
    let words: Vec<_> = words.into_iter().map(OsStr::to_string_lossy).collect();
    let words = words.iter().map(|word| &**word);
    // Fails for NUL only, which no argument can contain.
    shlex::try_join(words).unwrap_or_default()
}

//! A folder as a `.tar.gz`: the same files give the same bytes.

use std::{
    fs::{self, File},
    io::Write,
    path::Path,
    time::SystemTime,
};

use anyhow::{Context, Result};
use flate2::{Compression, write::GzEncoder};
use tar::{Builder, EntryType, Header};

/// Packs all files of a folder, sorted, below a folder of this name in the archive. All are owned
/// by root and have the same modification time.
///
/// # Errors
/// Where a file cannot be read, or the archive cannot be written.
pub fn write(folder: &Path, name: &str, modified: SystemTime, to: &Path) -> Result<()> {
    let failed = || format!("{} cannot be written", to.display());
    let seconds = modified.duration_since(SystemTime::UNIX_EPOCH)?.as_secs();
    // Without a time and a file name in the gzip header.
    let gzip = GzEncoder::new(File::create(to).with_context(failed)?, Compression::best());
    let mut tar = Builder::new(gzip);
    append_folder(&mut tar, folder, Path::new(name), seconds).with_context(failed)?;
    let gzip = tar.into_inner().with_context(failed)?;
    gzip.finish().with_context(failed)?.sync_all().with_context(failed)
}

fn append_folder(
    tar: &mut Builder<impl Write>,
    from: &Path,
    as_path: &Path,
    seconds: u64,
) -> Result<()> {
    let mut entry = header(0o755, 0, seconds);
    entry.set_entry_type(EntryType::Directory);
    tar.append_data(&mut entry, as_path, std::io::empty())?;
    let mut entries = fs::read_dir(from)?.collect::<Result<Vec<_>, _>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for found in entries {
        let as_path = as_path.join(found.file_name());
        if found.file_type()?.is_dir() {
            append_folder(tar, &found.path(), &as_path, seconds)?;
            continue;
        }
        let file = File::open(found.path())?;
        let metadata = file.metadata()?;
        let mut entry = header(mode(&metadata), metadata.len(), seconds);
        tar.append_data(&mut entry, as_path, file)?;
    }
    Ok(())
}

fn header(mode: u32, size: u64, seconds: u64) -> Header {
    let mut header = Header::new_gnu();
    header.set_mode(mode);
    header.set_size(size);
    header.set_mtime(seconds);
    header.set_uid(0);
    header.set_gid(0);
    header
}

/// Executable files stay executable; the rest of the mode depends on the user and is not kept.
fn mode(metadata: &fs::Metadata) -> u32 {
    #[cfg(unix)]
    if std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o100 != 0 {
        return 0o755;
    }
    let _ = metadata;
    0o644
}

#[cfg(test)]
mod tests {
    use std::{io::Read, time::Duration};

    use flate2::read::GzDecoder;

    use super::*;

    #[test]
    fn the_same_files_give_the_same_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let modified = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        let packed = |name: &str, files: &[&str]| {
            let from = folder.path().join(name);
            for file in files {
                let file = from.join(file);
                fs::create_dir_all(file.parent().unwrap()).unwrap();
                fs::write(file, "text").unwrap();
            }
            let to = folder.path().join(format!("{name}.tar.gz"));
            write(&from, "runledger-1", modified, &to).unwrap();
            fs::read(to).unwrap()
        };
        let one = packed("one", &["b", "a/z", "a/y"]);
        let other = packed("other", &["a/y", "a/z", "b"]);
        assert_eq!(one, other);

        let mut archive = tar::Archive::new(GzDecoder::new(&one[..]));
        let mut found = Vec::new();
        for entry in archive.entries().unwrap() {
            let mut entry = entry.unwrap();
            let mut text = String::new();
            entry.read_to_string(&mut text).unwrap();
            assert_eq!(entry.header().mtime().unwrap(), 1_700_000_000);
            assert_eq!(entry.header().uid().unwrap(), 0);
            found.push((entry.path().unwrap().display().to_string(), text));
        }
        let files = [
            ("runledger-1", ""),
            ("runledger-1/a", ""),
            ("runledger-1/a/y", "text"),
            ("runledger-1/a/z", "text"),
            ("runledger-1/b", "text"),
        ];
        assert_eq!(found, files.map(|(path, text)| (path.to_owned(), text.to_owned())));
    }

    #[cfg(unix)]
    #[test]
    fn an_executable_file_stays_executable() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        for (before, after) in [(0o700, 0o755), (0o775, 0o755), (0o600, 0o644), (0o664, 0o644)] {
            fs::set_permissions(&file, fs::Permissions::from_mode(before)).unwrap();
            assert_eq!(mode(&fs::metadata(&file).unwrap()), after);
        }
    }
}

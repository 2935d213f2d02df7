//! Damage of the log beside a file (`-wal`). SQLite reads the log up to the first frame whose
//! checksum is wrong and takes that for the end, so that committed transactions behind it would be
//! lost without an error, and overwritten by the next.
//!
//! The format is that of SQLite's file format, section 4.

use std::{
    fs::File,
    io::{self, BufReader, ErrorKind, Read, Seek, SeekFrom},
    path::Path,
};

use crate::files::beside;

const HEADER_BYTES: usize = 32;
const FRAME_HEADER_BYTES: usize = 24;
/// The first four bytes of a log; a set lowest bit says that words are big-endian in checksums.
const MAGIC: u32 = 0x377F_0682;
/// A process may write to the log while it is read: the frame at which a first reading ends can be
/// incomplete, but not in a second one if others are behind it.
const READINGS: usize = 2;

/// The offset in bytes at which the log is damaged; `None` if it is whole, absent or only ends with
/// a transaction that was never committed. `page_bytes` is the size of the database's pages.
///
/// # Errors
/// Those of reading the log.
pub fn find(database: &Path, page_bytes: usize) -> io::Result<Option<u64>> {
    let mut found = None;
    for _ in 0..READINGS {
        let log = match File::open(beside(database, "-wal")) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            log => log?,
        };
        let Some((header, at)) = Log::read(log, page_bytes)? else { return Ok(None) };
        match found {
            Some(first) if first == (header, at) => return Ok(Some(at)),
            _ => found = Some((header, at)),
        }
    }
    // It changed between the readings.
    Ok(None)
}

/// A log that is read frame by frame.
struct Log {
    file: BufReader<File>,
    /// The words of checksums are big-endian.
    is_big_endian: bool,
    /// Set by each process that begins the log anew. Frames before that have others.
    salts: [u8; 8],
    /// The bytes of a frame: its header and a page.
    frame: Vec<u8>,
}

/// A checksum of everything before a position in the log.
type Checksum = [u32; 2];

impl Log {
    /// Looks for damage, and returns the header of the log and the offset of the damage.
    fn read(file: File, page_bytes: usize) -> io::Result<Option<([u8; HEADER_BYTES], u64)>> {
        let mut file = BufReader::new(file);
        let mut header = [0; HEADER_BYTES];
        if !is_filled(file.read_exact(&mut header))? {
            return Ok(None);
        }
        let magic = word(&header, 0);
        let is_known = magic | 1 == MAGIC | 1;
        // Processes write the byte order of the machine.
        let is_big_endian = if is_known { magic & 1 == 1 } else { cfg!(target_endian = "big") };
        let first = add([0; 2], &header[..24], is_big_endian);
        let is_valid = is_known && first == checksum_at(&header, 24);
        let mut salts = [0; 8];
        salts.copy_from_slice(&header[16..24]);
        let frame = vec![0; FRAME_HEADER_BYTES + page_bytes];
        let mut log = Self { file, is_big_endian, salts, frame };
        let damaged = log.first_damaged(is_valid.then_some(first))?;
        let mut reread = [0; HEADER_BYTES];
        log.file.seek(SeekFrom::Start(0))?;
        log.file.read_exact(&mut reread)?;
        // Otherwise a process has begun the log anew meanwhile.
        Ok(damaged.filter(|_| reread == header).map(|at| (header, at)))
    }

    /// The offset of the first damaged frame if a committed transaction ends at it or behind it; 0
    /// if the header is damaged. `header` is its checksum otherwise.
    fn first_damaged(&mut self, header: Option<Checksum>) -> io::Result<Option<u64>> {
        let Some(mut checksum) = header else {
            if !self.next_frame()? {
                return Ok(None);
            }
            self.salts.copy_from_slice(&self.frame[8..16]);
            return Ok(self.is_committed_behind()?.then_some(0));
        };
        let mut at = HEADER_BYTES as u64;
        while self.next_frame()? {
            checksum = self.checksum_after(checksum);
            if checksum != self.stated_checksum() || !self.is_current() {
                return Ok(self.is_committed_behind()?.then_some(at));
            }
            at += self.frame.len() as u64;
        }
        Ok(None)
    }

    /// Whether, from the frame that was read last, a transaction ends and a further frame continues
    /// its checksum. The transaction was on disk then, since a process writes a further frame only
    /// after that.
    fn is_committed_behind(&mut self) -> io::Result<bool> {
        let mut ended = None;
        loop {
            if let Some(before) = ended
                && self.is_current()
                && self.checksum_after(before) == self.stated_checksum()
            {
                return Ok(true);
            }
            let ends = self.is_current() && word(&self.frame, 4) > 0;
            ended = ends.then(|| self.stated_checksum());
            if !self.next_frame()? {
                return Ok(false);
            }
        }
    }

    /// Reads the next frame; `false` at the end of the file.
    fn next_frame(&mut self) -> io::Result<bool> {
        is_filled(self.file.read_exact(&mut self.frame))
    }

    fn is_current(&self) -> bool {
        self.frame[8..16] == self.salts
    }

    fn stated_checksum(&self) -> Checksum {
        checksum_at(&self.frame, 16)
    }

    /// The checksum after the frame, if this is the one before it.
    fn checksum_after(&self, before: Checksum) -> Checksum {
        let sum = add(before, &self.frame[..8], self.is_big_endian);
        add(sum, &self.frame[FRAME_HEADER_BYTES..], self.is_big_endian)
    }
}

/// Whether a buffer was filled, and the file did not end before.
fn is_filled(read: io::Result<()>) -> io::Result<bool> {
    match read {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(false),
        read => read.map(|()| true),
    }
}

/// SQLite's checksum, continued with these bytes, whose number is a multiple of eight.
fn add(sum: Checksum, bytes: &[u8], is_big_endian: bool) -> Checksum {
    let word = |bytes: &[u8]| {
        let bytes = [bytes[0], bytes[1], bytes[2], bytes[3]];
        if is_big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) }
    };
    bytes.chunks_exact(8).fold(sum, |[first, second], pair| {
        let first = first.wrapping_add(word(&pair[..4])).wrapping_add(second);
        [first, second.wrapping_add(word(&pair[4..])).wrapping_add(first)]
    })
}

fn checksum_at(bytes: &[u8], at: usize) -> Checksum {
    [word(bytes, at), word(bytes, at + 4)]
}

/// The big-endian word at an offset that the bytes have.
fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

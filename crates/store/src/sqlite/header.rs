//! The first bytes of a file, read without SQLite, which would leave its traces beside a file that is refused.
//! The offsets are those of SQLite's file format, section 1.3.

use std::{
    fs::File,
    io::{self, ErrorKind, Read},
    path::Path,
};

/// `RLgr`: what SQLite's header says of whose file it is.
pub const APPLICATION_ID: i32 = 0x524C_6772;

/// What a file begins with.
pub struct Header {
    bytes: Vec<u8>,
    /// How long the file is.
    pub length: i64,
}

impl Header {
    /// Reads it; `None` where there is no file yet, or an empty one.
    pub fn read(path: &Path) -> io::Result<Option<Self>> {
        let file = match File::open(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            opened => opened?,
        };
        let length = file.metadata().map_or(0, |file| file.len() as i64);
        let mut bytes = Vec::with_capacity(100);
        file.take(100).read_to_end(&mut bytes)?;
        Ok((!bytes.is_empty()).then_some(Self { bytes, length }))
    }

    /// Whether it is SQLite's, and says that the file is ours.
    pub fn is_ours(&self) -> bool {
        self.bytes.starts_with(b"SQLite format 3\0") && self.field(68) == APPLICATION_ID
    }

    /// `user_version`: which schema the file has.
    pub fn version(&self) -> i32 {
        self.field(60)
    }

    /// How long the file must be, by its pages.
    pub fn pages_length(&self) -> i64 {
        let page = match self.bytes.get(16..18) {
            // The field has two bytes, and no room for the largest size.
            Some([0, 1]) => 65_536,
            Some([high, low]) => i64::from(u16::from_be_bytes([*high, *low])),
            _ => 0,
        };
        i64::from(self.field(28)) * page
    }

    fn field(&self, at: usize) -> i32 {
        let field = self.bytes.get(at..at + 4).and_then(|bytes| bytes.try_into().ok());
        field.map_or(0, i32::from_be_bytes)
    }
}

//! The header of a file, read without SQLite, which would create files beside one that is refused.
//! The offsets are those of SQLite's file format, section 1.3.

use std::{
    fs::File,
    io::{self, ErrorKind, Read},
    path::Path,
};

/// `RLgr`, the application id in the header of a ledger's file.
pub const APPLICATION_ID: i32 = 0x524C_6772;

/// The first 100 bytes of a file.
pub struct Header {
    bytes: Vec<u8>,
    /// The length of the file in bytes.
    pub length: i64,
}

impl Header {
    /// Reads the header; `None` for a file that is empty or does not exist.
    ///
    /// # Errors
    /// An error of the operating system.
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

    /// Whether it is SQLite's header with our application id.
    pub fn is_ours(&self) -> bool {
        self.bytes.starts_with(b"SQLite format 3\0") && self.field(68) == APPLICATION_ID
    }

    /// `user_version`, the version of the file's schema.
    pub fn version(&self) -> i32 {
        self.field(60)
    }

    /// The length in bytes that the file's page count calls for.
    pub fn expected_length(&self) -> i64 {
        i64::from(self.field(28)) * i64::from(self.page_bytes())
    }

    /// The size of a page in bytes.
    pub fn page_bytes(&self) -> u32 {
        match self.bytes.get(16..18) {
            // The largest size does not fit into the field's two bytes.
            Some([0, 1]) => 65_536,
            Some([high, low]) => u16::from_be_bytes([*high, *low]).into(),
            _ => 0,
        }
    }

    fn field(&self, at: usize) -> i32 {
        let field = self.bytes.get(at..at + 4).and_then(|bytes| bytes.try_into().ok());
        field.map_or(0, i32::from_be_bytes)
    }
}

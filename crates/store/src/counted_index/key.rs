//! The key that orders the runs of a scope.

/// The creation time of a run, then the bytes of its id, as bytes that compare in this order.
///
/// The least key has no bytes and is below the key of every run.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunKey(Vec<u8>);

impl RunKey {
    /// The key below every run.
    pub const LEAST: Self = Self(Vec::new());

    /// The key of the run with this creation time (milliseconds since 1970) and id. With an empty
    /// id, it is the lower bound of all runs created at this time.
    pub fn new(created_at: i64, id: &str) -> Self {
        let mut bytes = Vec::with_capacity(size_of::<i64>() + id.len());
        // With the sign bit flipped, the bytes of negative numbers are below those of positive
        // ones.
        bytes.extend_from_slice(&(created_at ^ i64::MIN).to_be_bytes());
        bytes.extend_from_slice(id.as_bytes());
        Self(bytes)
    }

    /// The bytes to store.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// A key from stored bytes.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The creation time (milliseconds since 1970) and the id; `None` for the least key and for
    /// bytes that are not a key.
    pub fn parts(&self) -> Option<(i64, &str)> {
        let (time, id) = self.0.split_first_chunk()?;
        Some((i64::from_be_bytes(*time) ^ i64::MIN, std::str::from_utf8(id).ok()?))
    }
}

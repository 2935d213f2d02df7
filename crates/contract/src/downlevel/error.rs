//! The reason that a document cannot be converted.

/// A part of the document that OpenAPI 3.0 cannot express.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{pointer}: OpenAPI 3.0 cannot express {what}; use a form that 3.0 and 3.1 both support")]
pub struct DownlevelError {
    /// The JSON pointer of the part.
    pub pointer: String,
    /// The keyword or construct.
    pub what: String,
}

pub type Result<T> = std::result::Result<T, DownlevelError>;

pub fn cannot(pointer: &str, what: &str) -> DownlevelError {
    DownlevelError { pointer: pointer.into(), what: what.into() }
}

//! The client that progenitor generates from `openapi-3.0.json` at build time.
#![allow(missing_docs, reason = "the document does not describe every schema")]

::progenitor::generate_api!(
    spec = "../../openapi-3.0.json",
    interface = Builder,
    derives = [PartialEq],
    inner_type = crate::Retry,
    hooks = Expected,
);

/// The support module of the generated code: progenitor's own, with one function replaced.
mod progenitor {
    pub mod progenitor_client {
        pub use ::progenitor_client::*;
        use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

        /// The unreserved characters of RFC 3986, section 2.3.
        const UNRESERVED: &AsciiSet =
            &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

        /// An id as a segment of a path. Progenitor's own function does not encode a backslash,
        /// which URL parsers treat as a slash.
        pub fn encode_path(id: &str) -> String {
            utf8_percent_encode(id, UNRESERVED).to_string()
        }
    }
}

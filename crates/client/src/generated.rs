//! What progenitor makes of the document, at build time.
#![allow(missing_docs, reason = "what has no description in the document has none here")]

::progenitor::generate_api!(
    spec = "../../openapi-3.0.json",
    interface = Builder,
    derives = [PartialEq],
    inner_type = crate::Retry,
    hooks = Expected,
);

/// The generated code takes its support from here: progenitor's own, but for one function.
mod progenitor {
    pub mod progenitor_client {
        pub use ::progenitor_client::*;
        use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

        /// What stands for itself in a path (RFC 3986, section 2.3).
        const IN_PATH: &AsciiSet =
            &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

        /// An id in a path. Progenitor's own leaves a backslash as it is, which URLs take for a slash.
        pub fn encode_path(id: &str) -> String {
            utf8_percent_encode(id, IN_PATH).to_string()
        }
    }
}

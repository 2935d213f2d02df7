//! The text form of documents.

use serde_json::Value;

/// The document as indented JSON in its own key order, with a line feed at the end.
pub fn to_pretty(document: &Value) -> String {
    format!("{document:#}\n")
}

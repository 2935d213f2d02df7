//! Access to JSON values, and JSON Pointers (RFC 6901).

use percent_encoding::percent_decode_str;
use serde_json::Value;

/// The members of an object; none for any other value.
pub(crate) fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

/// The elements of an array; none for any other value.
pub(crate) fn elements(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// The pointer to a member or element of the value at `pointer`.
pub(crate) fn join(pointer: &str, key: &str) -> String {
    format!("{pointer}/{}", escape(key))
}

/// A key as a reference token of a JSON Pointer.
pub(crate) fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// The target of a `$ref` within the document, and its pointer. References found at the target are
/// not followed.
///
/// `None` if the target does not exist or is in another document.
pub(crate) fn resolve<'a>(root: &'a Value, reference: &str) -> Option<(&'a Value, String)> {
    let pointer = percent_decode_str(reference.strip_prefix('#')?).decode_utf8().ok()?;
    Some((root.pointer(&pointer)?, pointer.into_owned()))
}

//! Excerpts of client input in error messages.

/// The greatest number of characters of client input that an error message repeats.
const MAX_CHARACTERS: usize = 40;

/// The beginning of a text from the client: enough to recognize it in an error message.
pub fn excerpt(text: &str) -> String {
    match text.char_indices().nth(MAX_CHARACTERS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

//! The rules for ids and names.

use crate::{ApiError, limits::MAX_ID_CHARACTERS};

/// Checks that a text has `min` to [`MAX_ID_CHARACTERS`] characters and no control characters.
pub fn check_text(location: &str, text: &str, min: usize) -> Result<(), ApiError> {
    let length = text.len() >= min && !longer_than(text, MAX_ID_CHARACTERS);
    if length && !text.contains(char::is_control) {
        return Ok(());
    }
    let problem =
        format!("must have {min} to {MAX_ID_CHARACTERS} characters, no control characters");
    Err(ApiError::validation(location, problem))
}

/// Whether a text has more than this number of characters.
pub fn longer_than(text: &str, characters: usize) -> bool {
    text.len() > characters && text.chars().nth(characters).is_some()
}

//! The rules for the fields of a run or a step that a recorder need not give. `prefix` comes before
//! the name of a field in an error message.

use crate::{
    ApiError, Metadata,
    limits::{
        MAX_METADATA_KEY_CHARACTERS, MAX_METADATA_PAIRS, MAX_METADATA_VALUE_CHARACTERS,
        MAX_OUTCOME_CHARACTERS, MAX_URL_CHARACTERS,
    },
    text::{check_text, longer_than},
};

/// An empty text is the same as none.
pub fn not_empty(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

/// An id or a name.
pub fn optional_text(location: &str, text: Option<String>) -> Result<Option<String>, ApiError> {
    let text = not_empty(text);
    text.iter().try_for_each(|text| check_text(location, text, 1))?;
    Ok(text)
}

/// An outcome; `implied` is that of the status.
pub fn read_outcome(
    prefix: &str,
    outcome: Option<String>,
    implied: Option<&str>,
) -> Result<Option<String>, ApiError> {
    let Some(outcome) = not_empty(outcome) else { return Ok(implied.map(str::to_owned)) };
    let is_part = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    if outcome.len() <= MAX_OUTCOME_CHARACTERS && outcome.bytes().all(is_part) {
        return Ok(Some(outcome));
    }
    let problem =
        format!("must have 1 to {MAX_OUTCOME_CHARACTERS} characters of A to Z, 0 to 9 and _");
    Err(ApiError::validation(&format!("{prefix}outcome"), problem))
}

/// Where an engine shows a run or a step.
pub fn read_url(prefix: &str, url: Option<String>) -> Result<Option<String>, ApiError> {
    let Some(url) = not_empty(url) else { return Ok(None) };
    let has = |scheme: &str| {
        url.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    };
    let is_valid = (has("http://") || has("https://"))
        && !longer_than(&url, MAX_URL_CHARACTERS)
        && !url.contains(char::is_control);
    if is_valid {
        return Ok(Some(url));
    }
    let problem = format!(
        "must begin with http:// or https:// and have at most {MAX_URL_CHARACTERS} characters, no \
         control characters"
    );
    Err(ApiError::validation(&format!("{prefix}url"), problem))
}

/// Pairs of strings.
pub fn read_metadata(prefix: &str, metadata: Option<Metadata>) -> Result<Metadata, ApiError> {
    let metadata = metadata.unwrap_or_default();
    let invalid = |problem: String| ApiError::validation(&format!("{prefix}metadata"), problem);
    if metadata.len() > MAX_METADATA_PAIRS {
        return Err(invalid(format!("must have at most {MAX_METADATA_PAIRS} pairs")));
    }
    for (key, value) in &metadata {
        let is_key = !key.is_empty()
            && !longer_than(key, MAX_METADATA_KEY_CHARACTERS)
            && !key.contains(char::is_control);
        if !is_key {
            let range = format!("1 to {MAX_METADATA_KEY_CHARACTERS}");
            return Err(invalid(format!("must have keys of {range} characters, no control ones")));
        }
        if longer_than(value, MAX_METADATA_VALUE_CHARACTERS) || value.contains('\0') {
            let max = MAX_METADATA_VALUE_CHARACTERS;
            let problem = format!("must have values of at most {max} characters, without NUL");
            return Err(invalid(problem));
        }
    }
    Ok(metadata)
}

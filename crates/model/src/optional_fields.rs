//! The rules for the fields of a run or a step that a recorder need not give. `prefix` comes before
//! the name of a field in an error message.

use std::collections::BTreeMap;

use crate::{
    ApiError, Metadata, Reported, ReportedMetadata, ReportedStatus,
    excerpt::excerpt,
    grouped::grouped,
    kept_text,
    limits::{
        MAX_METADATA_KEY_CHARACTERS, MAX_METADATA_PAIRS, MAX_OUTCOME_CHARACTERS, MAX_URL_CHARACTERS,
    },
    text::{check_text, longer_than},
};

/// An id.
pub fn optional_id(location: &str, text: Option<String>) -> Result<Option<String>, ApiError> {
    let text = not_empty(text);
    text.iter().try_for_each(|text| check_text(location, text, 1))?;
    Ok(text)
}

/// A name.
pub fn optional_name(text: Option<String>) -> Option<String> {
    not_empty(text).map(kept_text::name)
}

/// An outcome, beside a status if that is known.
pub fn read_outcome<S: ReportedStatus>(
    prefix: &str,
    outcome: Option<String>,
    status: Option<Reported<S>>,
) -> Result<Option<String>, ApiError> {
    let invalid = |problem| ApiError::validation(&format!("{prefix}outcome"), problem);
    let Some(outcome) = not_empty(outcome) else { return Ok(None) };
    let is_part = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    if outcome.len() > MAX_OUTCOME_CHARACTERS || !outcome.bytes().all(is_part) {
        let range = format!("1 to {MAX_OUTCOME_CHARACTERS}");
        return Err(invalid(format!("must have {range} characters of A to Z, 0 to 9 and _")));
    }
    let (Some(status), Some(required)) = (status, S::of_outcome(&outcome)) else {
        return Ok(Some(outcome));
    };
    if status.status.word() == required.word() {
        return Ok(Some(outcome));
    }
    Err(ApiError::unprocessable(format!(
        "{prefix}outcome must not be {outcome} where {prefix}status is {}: send the status {}, or \
         leave the outcome out",
        status.word(),
        required.word()
    )))
}

/// Where an engine shows a run or a step.
pub fn read_url(prefix: &str, url: Option<String>) -> Result<Option<String>, ApiError> {
    let Some(url) = not_empty(url) else { return Ok(None) };
    let invalid = |problem: &str| Err(ApiError::validation(&format!("{prefix}url"), problem));
    let after = |scheme: &str| {
        let start = url.get(..scheme.len())?;
        start.eq_ignore_ascii_case(scheme).then(|| &url[scheme.len()..])
    };
    let Some(rest) = after("http://").or_else(|| after("https://")) else {
        let url = excerpt(&url);
        return invalid(&format!("must begin with http:// or https://, not {url:?}"));
    };
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    if host.is_empty() || host.starts_with(':') {
        return invalid(&format!("must have a host, unlike {:?}", excerpt(&url)));
    }
    if url.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return invalid("must not have blanks or control characters; percent-encode them");
    }
    if longer_than(&url, MAX_URL_CHARACTERS) {
        let max = grouped(MAX_URL_CHARACTERS as i64);
        return invalid(&format!("must have at most {max} characters"));
    }
    Ok(Some(url))
}

/// Pairs that are recorded whole.
pub fn read_metadata(prefix: &str, metadata: ReportedMetadata) -> Result<Metadata, ApiError> {
    let pairs = read_pairs(prefix, metadata.0.unwrap_or_default())?;
    let pairs = pairs.into_iter().map(|(key, value)| match value {
        Some(value) => Ok((key, value)),
        None => {
            let location = format!("{prefix}metadata.{}", excerpt(&key));
            Err(ApiError::validation(&location, "must be a string, not null"))
        }
    });
    pairs.collect()
}

/// Pairs that are merged into those that are recorded.
pub fn read_merged_metadata(
    prefix: &str,
    metadata: ReportedMetadata,
) -> Result<ReportedMetadata, ApiError> {
    metadata.0.map(|pairs| read_pairs(prefix, pairs)).transpose().map(ReportedMetadata)
}

fn read_pairs(
    prefix: &str,
    pairs: BTreeMap<String, Option<String>>,
) -> Result<BTreeMap<String, Option<String>>, ApiError> {
    let invalid = |problem: String| ApiError::validation(&format!("{prefix}metadata"), problem);
    if pairs.len() > MAX_METADATA_PAIRS {
        return Err(invalid(format!("must have at most {MAX_METADATA_PAIRS} pairs")));
    }
    if let Some(key) = pairs.keys().find(|key| !is_metadata_key(key)) {
        let key = excerpt(key);
        return Err(invalid(format!(
            "must have keys of 1 to {MAX_METADATA_KEY_CHARACTERS} characters, no control \
             characters, unlike {key:?}"
        )));
    }
    Ok(pairs.into_iter().map(|(key, value)| (key, value.map(kept_text::value))).collect())
}

/// Whether a text can be the key of a pair.
pub fn is_metadata_key(key: &str) -> bool {
    let has_length = !key.is_empty() && !longer_than(key, MAX_METADATA_KEY_CHARACTERS);
    has_length && !key.contains(char::is_control)
}

/// An empty text is the same as none.
fn not_empty(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

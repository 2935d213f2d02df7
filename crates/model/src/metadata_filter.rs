//! The query parameter that selects runs by their metadata.

use crate::{
    ApiError,
    excerpt::excerpt,
    grouped::grouped,
    limits::{MAX_METADATA_FILTERS, MAX_METADATA_KEY_CHARACTERS, MAX_METADATA_VALUE_CHARACTERS},
    optional_fields::is_metadata_key,
    text::longer_than,
};

/// Pairs of metadata, each as `key:value`.
pub(crate) fn pairs(name: &str, values: Vec<String>) -> Result<Vec<String>, ApiError> {
    if values.len() > MAX_METADATA_FILTERS {
        let problem = format!("must be given at most {MAX_METADATA_FILTERS} times");
        return Err(ApiError::validation(name, problem));
    }
    for value in &values {
        check_metadata_pair(value).map_err(|problem| ApiError::validation(name, problem))?;
    }
    Ok(values)
}

/// Checks a pair of metadata in a filter, `key:value`.
///
/// # Errors
/// What is wrong with it, as a clause.
pub fn check_metadata_pair(text: &str) -> Result<(), String> {
    // A key and a value may have colons, too.
    let mut pairs = text.match_indices(':').map(|(at, _)| (&text[..at], &text[at + 1..]));
    if pairs.clone().all(|(key, _)| key.is_empty()) {
        let text = excerpt(text);
        return Err(format!("must be a key, a colon and a value, such as env:prod, not {text:?}"));
    }
    let is_value =
        |value: &str| !longer_than(value, MAX_METADATA_VALUE_CHARACTERS) && !value.contains('\0');
    if pairs.any(|(key, value)| is_metadata_key(key) && is_value(value)) {
        return Ok(());
    }
    Err(format!(
        "must have a key of 1 to {MAX_METADATA_KEY_CHARACTERS} characters without control \
         characters, and a value of at most {} characters without NUL: no run has the pair {:?}",
        grouped(MAX_METADATA_VALUE_CHARACTERS as i64),
        excerpt(text)
    ))
}

#[cfg(test)]
mod tests {
    use crate::{HistogramQuery, ListExecutionsQuery, check_metadata_pair};

    #[test]
    fn pairs_of_metadata_are_repeated() {
        let parse = |query| ListExecutionsQuery::parse(query).unwrap();
        let query = parse("metadata=env:prod&limit=5&metadata=a+b%3Ac:%C3%A9%26&metadata=::");
        assert_eq!(query.metadata, ["env:prod", "a b:c:é&", "::"]);
        assert_eq!(query.limit, 5);
        let histogram = HistogramQuery::parse("metadata=env:prod&metadata=a:").unwrap();
        assert_eq!(ListExecutionsQuery::from(histogram).metadata, ["env:prod", "a:"]);
        let forms = ["metadata=a:1&metadata=b:2", "metadata=b:2&metadata=a:1&metadata=b:2"];
        assert_eq!(parse(forms[0]).filters(), parse(forms[1]).filters());
        assert_ne!(parse(forms[0]).filters(), parse("metadata=a:1").filters());
        assert_eq!(parse("").filters(), "None None [None, None]", "that of earlier cursors");
    }

    #[test]
    fn a_pair_that_no_run_can_have_is_invalid() {
        let long = |key: usize, value: usize| "k".repeat(key) + ":" + &"é".repeat(value);
        for pair in [&long(64, 1024), ":::", "a:\n", &format!("a:{}", long(100, 900))] {
            assert_eq!(check_metadata_pair(pair), Ok(()), "{pair}");
        }
        for pair in [&long(65, 0), &long(1, 1025), "a\0:b", "a:b\0", "a\n:b", ":", "a", ""] {
            assert!(check_metadata_pair(pair).is_err(), "{pair}");
        }
    }
}

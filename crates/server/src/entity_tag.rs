//! Entity tags (RFC 9110, section 8.8.3) of responses, and the condition `If-None-Match`.

use axum::http::{
    HeaderMap, HeaderValue,
    header::{CONTENT_ENCODING, ETAG, IF_MATCH, IF_NONE_MATCH},
};
use runledger_model::WorkflowRunDetail;
use twox_hash::XxHash3_128;

/// The content codings of responses. Each makes another representation, with a tag of its own.
const CODINGS: [&str; 2] = ["gzip", "zstd"];

/// The strong tag of a content: equal for equal bytes, and for no others.
#[derive(Clone, Debug, PartialEq)]
pub struct EntityTag(HeaderValue);

impl EntityTag {
    /// The tag of this content before compression: a hash of 128 bits.
    pub fn of(content: &[u8]) -> Self {
        let text = format!("\"{:032x}\"", XxHash3_128::oneshot(content));
        Self(HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("\"\"")))
    }

    /// The tag of the content that `getExecution` returns for this run.
    pub fn of_run(run: &WorkflowRunDetail) -> Self {
        Self::of(&serde_json::to_vec(run).unwrap_or_default())
    }

    /// The value of `ETag`.
    pub fn value(&self) -> HeaderValue {
        self.0.clone()
    }

    /// The tag in `If-None-Match` that names this content, whatever its coding; `None` if none
    /// does. It is the value of `ETag` in a 304.
    pub fn matched(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        headers.get_all(IF_NONE_MATCH).iter().find_map(|value| self.matched_in(value))
    }

    /// Whether `If-Match` names this content, whatever its coding, or any content. A weak tag names
    /// none (RFC 9110, section 13.1.1).
    pub fn is_in_if_match(&self, headers: &HeaderMap) -> bool {
        headers.get_all(IF_MATCH).iter().filter_map(|value| value.to_str().ok()).any(|value| {
            let mut tags = value.split(',').map(str::trim);
            tags.any(|tag| tag == "*" || !tag.starts_with("W/") && self.is_named_by(tag))
        })
    }

    fn matched_in(&self, value: &HeaderValue) -> Option<HeaderValue> {
        if value == self.0 {
            return Some(self.value());
        }
        // No tag of this server has a comma, so that a part of another one matches none of them.
        let mut tags = value.to_str().ok()?.split(',').map(str::trim);
        let tag = tags.find(|tag| *tag == "*" || self.is_named_by(tag))?;
        if tag == "*" {
            return Some(self.value());
        }
        HeaderValue::from_str(tag.strip_prefix("W/").unwrap_or(tag)).ok()
    }

    /// The weak comparison (RFC 9110, section 8.8.3.2), also with the tags of other codings.
    fn is_named_by(&self, tag: &str) -> bool {
        let ours = self.0.to_str().unwrap_or_default().trim_end_matches('"');
        let Some(rest) = tag.strip_prefix("W/").unwrap_or(tag).strip_prefix(ours) else {
            return false;
        };
        rest == "\"" || CODINGS.iter().any(|coding| rest == format!("-{coding}\""))
    }
}

/// Gives a compressed response a tag of its own: a strong tag names one sequence of bytes.
pub fn distinguish_coding(headers: &mut HeaderMap) {
    let (Some(coding), Some(tag)) = (headers.get(CONTENT_ENCODING), headers.get(ETAG)) else {
        return;
    };
    let (Ok(coding), Ok(tag)) = (coding.to_str(), tag.to_str()) else { return };
    let text = format!("{}-{coding}\"", tag.trim_end_matches('"'));
    if let Ok(value) = HeaderValue::from_str(&text) {
        headers.insert(ETAG, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn condition(values: &[&str]) -> HeaderMap {
        values.iter().map(|value| (IF_NONE_MATCH, value.parse().unwrap())).collect()
    }

    #[test]
    fn a_condition_names_a_content_in_any_coding() {
        let (tag, other) = (EntityTag::of(b"content"), EntityTag::of(b"other"));
        assert_ne!(tag, other);
        let (strong, other) = (tag.value(), other.value());
        let (strong, other) = (strong.to_str().unwrap(), other.to_str().unwrap());
        assert_eq!(strong.len(), 34);
        let gzip = format!("{}-gzip\"", strong.trim_end_matches('"'));
        for (values, expected) in [
            (vec![strong], Some(strong)),
            (vec![&*format!("W/{strong}")], Some(strong)),
            (vec![&*format!("{other}, {strong}")], Some(strong)),
            (vec![other, strong], Some(strong)),
            (vec![&*gzip], Some(&*gzip)),
            (vec![&*format!("{other},W/{gzip}")], Some(&*gzip)),
            (vec!["*"], Some(strong)),
            (vec![other], None),
            (vec![""], None),
            (vec![], None),
            (vec![&strong[..20]], None),
            (vec![strong.trim_matches('"')], None),
            (vec![&*strong.replace("\"", "\"x")], None),
            (vec![&*gzip.replace("gzip", "br")], None),
        ] {
            let matched = tag.matched(&condition(&values));
            assert_eq!(matched, expected.map(|tag| tag.parse().unwrap()), "{values:?}");
        }
    }

    #[test]
    fn if_match_needs_a_strong_tag() {
        let tag = EntityTag::of(b"content");
        let strong = tag.value().to_str().unwrap().to_owned();
        let gzip = format!("{}-gzip\"", strong.trim_end_matches('"'));
        for (value, expected) in [
            (strong.clone(), true),
            (format!("\"other\", {strong}"), true),
            (gzip, true),
            ("*".to_owned(), true),
            (format!("W/{strong}"), false),
            ("\"other\"".to_owned(), false),
            (String::new(), false),
        ] {
            let headers = HeaderMap::from_iter([(IF_MATCH, value.parse().unwrap())]);
            assert_eq!(tag.is_in_if_match(&headers), expected, "{value}");
        }
        assert!(!tag.is_in_if_match(&HeaderMap::new()));
    }

    #[test]
    fn a_compressed_response_has_a_tag_of_its_own() {
        let tag = EntityTag::of(b"content");
        let mut headers = HeaderMap::from_iter([(ETAG, tag.value())]);
        distinguish_coding(&mut headers);
        assert_eq!(headers[ETAG], tag.value(), "not compressed");
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("zstd"));
        distinguish_coding(&mut headers);
        assert_ne!(headers[ETAG], tag.value());
        let condition = HeaderMap::from_iter([(IF_NONE_MATCH, headers[ETAG].clone())]);
        assert_eq!(tag.matched(&condition), Some(headers[ETAG].clone()));
    }
}

//! Texts of engines that are recorded whatever they contain: errors.

use std::fmt;

use serde::{
    Deserializer,
    de::{Error, Visitor},
};

use crate::limits::MAX_ERROR_CHARACTERS;

/// For a field: a text that may have NUL and halves of surrogate pairs, which become U+FFFD, and
/// any length, of which the beginning and the end are kept; or null. Empty is null.
pub fn text<'de, D: Deserializer<'de>>(json: D) -> Result<Option<String>, D::Error> {
    json.deserialize_option(FreeText)
}

struct FreeText;

impl<'de> Visitor<'de> for FreeText {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_none<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        // As bytes, serde_json gives halves of surrogate pairs, too; as a text, it refuses them.
        json.deserialize_bytes(self)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Some(shortened(text.replace('\0', "\u{FFFD}"))))
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Self::Value, E> {
        match str::from_utf8(bytes) {
            Ok(text) => self.visit_str(text),
            Err(_) => self.visit_str(&without_surrogates(bytes)),
        }
    }
}

/// A text of which halves of surrogate pairs are encoded as other characters are, in three bytes
/// each.
fn without_surrogates(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    let mut rest = bytes;
    loop {
        match str::from_utf8(rest) {
            Ok(valid) => {
                text.push_str(valid);
                return text;
            }
            Err(error) => {
                let (valid, invalid) = rest.split_at(error.valid_up_to());
                text.push_str(&String::from_utf8_lossy(valid));
                text.push('\u{FFFD}');
                let is_surrogate = matches!(invalid, [0xED, 0xA0..=0xBF, 0x80..=0xBF, ..]);
                let length = if is_surrogate { 3 } else { error.error_len().unwrap_or(1) };
                rest = invalid.get(length..).unwrap_or_default();
            }
        }
    }
}

/// The text, or its beginning and its end with the number of characters left out between them.
pub fn shortened(text: String) -> String {
    if text.len() <= MAX_ERROR_CHARACTERS {
        return text;
    }
    let characters = text.chars().count();
    if characters <= MAX_ERROR_CHARACTERS {
        return text;
    }
    /// More than the line between the beginning and the end takes.
    const BETWEEN: usize = 64;
    let kept = (MAX_ERROR_CHARACTERS - BETWEEN) / 2;
    let start_of = |character: usize| text.char_indices().nth(character).map(|(at, _)| at);
    let (Some(beginning), Some(end)) = (start_of(kept), start_of(characters - kept)) else {
        return text;
    };
    let left_out = characters - 2 * kept;
    format!("{}\n[{left_out} characters left out]\n{}", &text[..beginning], &text[end..])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    struct Body {
        #[serde(default, deserialize_with = "text")]
        error: Option<String>,
    }

    fn read(json: &str) -> Result<Option<String>, String> {
        let body = serde_json::from_str::<Body>(&format!("{{\"error\":{json}}}"));
        body.map(|body| body.error).map_err(|error| error.to_string())
    }

    #[test]
    fn what_no_text_can_contain_becomes_the_replacement_character() {
        for (json, text) in [
            (r#""a\u0000b""#, "a\u{FFFD}b"),
            (r#""cut \ud83d""#, "cut \u{FFFD}"),
            (r#""\ud83d\ud83d\ude00""#, "\u{FFFD}\u{1F600}"),
            (r#""\ude00x\ud83dé\ud83d\n""#, "\u{FFFD}x\u{FFFD}é\u{FFFD}\n"),
            (r#""\ud83d\u0000""#, "\u{FFFD}\u{FFFD}"),
            (r#""é😀""#, "é😀"),
        ] {
            assert_eq!(read(json).unwrap().as_deref(), Some(text), "{json}");
        }
        assert_eq!(read("null"), Ok(None));
        for json in ["5", "[97]", "{}", "true"] {
            let error = read(json).unwrap_err();
            assert!(error.contains("expected a string"), "{json}: {error}");
        }
    }

    #[test]
    fn a_long_text_keeps_its_beginning_and_its_end() {
        let text = format!("beginning{}end", "é".repeat(100_000));
        let kept = shortened(text);
        assert!(kept.starts_with("beginningé") && kept.ends_with("éend"));
        assert!(kept.contains("é\n[34540 characters left out]\né"), "{}", &kept[65_400..65_600]);
        let longest = "é".repeat(MAX_ERROR_CHARACTERS);
        assert_eq!(shortened(longest.clone()), longest);
    }

    proptest! {
        #[test]
        fn a_shortened_text_is_not_shortened_again(length in 0..200_000usize, unit in "x|é|😀") {
            let kept = shortened(unit.repeat(length));
            prop_assert!(kept.chars().count() <= MAX_ERROR_CHARACTERS);
            prop_assert_eq!(shortened(kept.clone()), kept);
        }

        #[test]
        fn any_code_units_are_read(units in proptest::collection::vec(any::<u16>(), 0..20)) {
            let json: String = units.iter().map(|unit| format!("\\u{unit:04x}")).collect();
            let expected = String::from_utf16_lossy(&units).replace('\0', "\u{FFFD}");
            prop_assert_eq!(read(&format!("\"{json}\"")).unwrap(), Some(expected));
        }
    }
}

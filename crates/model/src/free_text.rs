//! Texts that are read whatever they contain: halves of surrogate pairs, which no text of Rust can
//! have, become U+FFFD. `kept_text.rs` says what is recorded of them.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{Error, Visitor},
};

/// For a field: a text or null.
pub fn text<'de, D: Deserializer<'de>>(json: D) -> Result<Option<String>, D::Error> {
    json.deserialize_option(OptionalText)
}

/// For a field: a text.
pub fn required_text<'de, D: Deserializer<'de>>(json: D) -> Result<String, D::Error> {
    FreeText::deserialize(json).map(|FreeText(text)| text)
}

/// For a field: a text; null is an empty one.
pub fn text_or_empty<'de, D: Deserializer<'de>>(json: D) -> Result<String, D::Error> {
    text(json).map(Option::unwrap_or_default)
}

/// A text that is read whatever it contains.
pub struct FreeText(pub String);

impl<'de> Deserialize<'de> for FreeText {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        // As bytes, serde_json gives halves of surrogate pairs, too; as a text, it refuses them.
        json.deserialize_bytes(AnyText)
    }
}

struct AnyText;

impl Visitor<'_> for AnyText {
    type Value = FreeText;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<FreeText, E> {
        Ok(FreeText(text.to_owned()))
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<FreeText, E> {
        Ok(FreeText(without_surrogates(bytes)))
    }
}

struct OptionalText;

impl<'de> Visitor<'de> for OptionalText {
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
        required_text(json).map(Some)
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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
    fn halves_of_surrogate_pairs_become_the_replacement_character() {
        for (json, text) in [
            (r#""cut \ud83d""#, "cut \u{FFFD}"),
            (r#""\ud83d\ud83d\ude00""#, "\u{FFFD}\u{1F600}"),
            (r#""\ude00x\ud83dé\ud83d\n""#, "\u{FFFD}x\u{FFFD}é\u{FFFD}\n"),
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

    proptest! {
        #[test]
        fn any_code_units_are_read(units in proptest::collection::vec(any::<u16>(), 0..20)) {
            let json: String = units.iter().map(|unit| format!("\\u{unit:04x}")).collect();
            let expected = String::from_utf16_lossy(&units);
            prop_assert_eq!(read(&format!("\"{json}\"")).unwrap(), Some(expected));
        }
    }
}

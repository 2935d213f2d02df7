//! What is recorded of texts of engines: nothing in them costs a run.

use crate::limits::{MAX_ERROR_CHARACTERS, MAX_ID_CHARACTERS, MAX_METADATA_VALUE_CHARACTERS};

/// The error of a run or a step: NUL becomes U+FFFD. Empty is the same as none.
pub fn error(text: Option<String>) -> Option<String> {
    const LENGTH: Length = Length { max: MAX_ERROR_CHARACTERS, between: 64, blank: '\n' };
    let text = text.filter(|text| !text.is_empty())?;
    Some(shortened(replaced(text, |c| c == '\0'), LENGTH))
}

/// A name: control characters become U+FFFD.
pub fn name(text: String) -> String {
    const LENGTH: Length = Length { max: MAX_ID_CHARACTERS, between: 45, blank: ' ' };
    shortened(replaced(text, char::is_control), LENGTH)
}

/// A value of metadata: NUL becomes U+FFFD.
pub fn value(text: String) -> String {
    const LENGTH: Length = Length { max: MAX_METADATA_VALUE_CHARACTERS, between: 64, blank: ' ' };
    shortened(replaced(text, |c| c == '\0'), LENGTH)
}

fn replaced(text: String, is_replaced: impl Fn(char) -> bool) -> String {
    if text.contains(&is_replaced) { text.replace(is_replaced, "\u{FFFD}") } else { text }
}

/// How long a text may be, in characters, and what is said of the rest.
struct Length {
    max: usize,
    /// The characters between the beginning and the end of a text that is longer: at least as many
    /// as the words there have.
    between: usize,
    /// What stands before and after these words.
    blank: char,
}

/// The text, or its beginning and its end with the number of characters left out between them.
fn shortened(text: String, length: Length) -> String {
    let Length { max, between, blank } = length;
    if text.len() <= max {
        return text;
    }
    let characters = text.chars().count();
    if characters <= max {
        return text;
    }
    let kept = (max - between) / 2;
    let start_of = |character: usize| text.char_indices().nth(character).map(|(at, _)| at);
    let (Some(beginning), Some(end)) = (start_of(kept), start_of(characters - kept)) else {
        return text;
    };
    let left_out = characters - 2 * kept;
    format!("{}{blank}[{left_out} characters left out]{blank}{}", &text[..beginning], &text[end..])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn characters_that_no_text_may_have_are_replaced() {
        assert_eq!(error(Some("a\0\tb\n".to_owned())).unwrap(), "a\u{FFFD}\tb\n");
        assert_eq!(value("a\0\tb\n".to_owned()), "a\u{FFFD}\tb\n");
        assert_eq!(name("a\0\tb\n".to_owned()), "a\u{FFFD}\u{FFFD}b\u{FFFD}");
        assert_eq!(error(Some(String::new())), None);
    }

    #[test]
    fn a_long_text_keeps_its_beginning_and_its_end() {
        let text = |length: usize| format!("beginning{}end", "é".repeat(length - 12));
        let kept = error(Some(text(100_012))).unwrap();
        assert!(kept.starts_with("beginningé") && kept.ends_with("éend"));
        assert!(kept.contains("é\n[34540 characters left out]\né"), "{}", &kept[65_400..65_600]);
        let kept = name(text(304));
        assert!(kept.starts_with("beginningé") && kept.ends_with("éend"), "{kept}");
        assert!(kept.contains("é [94 characters left out] é"), "{kept}");
        assert!(value(text(1100)).contains("é [140 characters left out] é"));
        let longest = "é".repeat(MAX_ERROR_CHARACTERS);
        assert_eq!(error(Some(longest.clone())), Some(longest));
        assert_eq!(name("é".repeat(255)), "é".repeat(255));
        assert_eq!(value("é".repeat(1024)), "é".repeat(1024));
    }

    proptest! {
        #[test]
        fn a_recorded_text_is_not_changed_again(length in 1..200_000usize, unit in "x|é|😀|\0|\n") {
            let text = unit.repeat(length);
            let kept = [error(Some(text.clone())).unwrap(), name(text.clone()), value(text)];
            let maxima = [MAX_ERROR_CHARACTERS, MAX_ID_CHARACTERS, MAX_METADATA_VALUE_CHARACTERS];
            for (kept, max) in kept.iter().zip(maxima) {
                prop_assert!(kept.chars().count() <= max);
            }
            let [kept_error, kept_name, kept_value] = kept.clone();
            let again = [error(Some(kept_error)).unwrap(), name(kept_name), value(kept_value)];
            prop_assert_eq!(again, kept);
        }
    }
}

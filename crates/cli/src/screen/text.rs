//! Recorded texts on a terminal: harmless, and of a known width.

use anstream::adapter::strip_str;
use unicode_width::UnicodeWidthStr;

/// Number of spaces for a tab.
const TAB: &str = "    ";

/// The text in one line that cannot control the terminal: escape sequences are removed, and every
/// other control character, also of the direction of writing, becomes U+FFFD.
pub fn harmless(text: &str) -> String {
    let text = strip_str(text).to_string();
    text.chars().map(|c| if is_control(c) { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

/// The same for each line of the text. Tabs are kept as spaces.
pub fn harmless_lines(text: &str) -> Vec<String> {
    // Sequences first: one may contain a line break.
    let text = strip_str(text).to_string();
    text.lines().map(|line| harmless(&line.replace('\t', TAB))).collect()
}

/// The number of columns that the text takes.
pub fn width(text: &str) -> usize {
    text.width()
}

/// The text, or if it is wider than so many columns its beginning and an ellipsis.
pub fn shortened(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut end = 0;
    for (at, c) in text.char_indices() {
        let next = at + c.len_utf8();
        if width(&text[..next]) >= columns {
            break;
        }
        end = next;
    }
    format!("{}…", text[..end].trim_end())
}

/// The text with spaces up to this number of columns.
pub fn pad(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// A recorded text as one argument of a command to type: quoted where a shell would change it.
pub fn shell_word(text: &str) -> String {
    let text = harmless(text);
    // The error is about NUL, which is gone.
    shlex::try_quote(&text).map_or_else(|_| text.clone(), |quoted| quoted.into_owned())
}

fn is_control(c: char) -> bool {
    // The others are marks and overrides of the direction of writing, and separators of lines.
    c.is_control()
        || matches!(c, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_text_controls_the_terminal() {
        assert_eq!(harmless("\u{1b}[31mred\u{1b}[0m"), "red");
        assert_eq!(harmless("\u{1b}]0;title\u{7}a"), "a");
        assert_eq!(harmless("a\r\nb\u{8}\u{9b}31m"), "a\u{FFFD}\u{FFFD}b\u{FFFD}31m");
        assert_eq!(harmless("abc\u{202E}def"), "abc\u{FFFD}def");
        let lines = harmless_lines("one\r\n\u{1b}[1mtwo\u{1b}[0m\n\tthree\u{0}");
        assert_eq!(lines, ["one", "two", "    three"]);
    }

    #[test]
    fn every_character_is_harmless() {
        for c in '\0'..=char::MAX {
            let text = harmless(&format!("a{c}b"));
            assert!(!text.chars().any(is_control), "{c:?}: {text:?}");
        }
    }

    #[test]
    fn wide_characters_take_two_columns() {
        assert_eq!([width("abc"), width("日本"), width("e\u{301}")], [3, 4, 1]);
        assert_eq!(shortened("nightly-backup", 14), "nightly-backup");
        assert_eq!(shortened("nightly-backup", 8), "nightly…");
        assert_eq!(shortened("日本語の名前", 7), "日本語…");
        assert_eq!(shortened("日本語の名前", 6), "日本…");
        assert_eq!(shortened("ab", 1), "…");
        assert_eq!(pad("日本", 6), "日本  ");
        assert_eq!(pad("long", 2), "long");
    }
}

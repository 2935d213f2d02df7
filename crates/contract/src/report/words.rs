//! Text of a document in the middle of other text: on one line, and without markup.

/// The text on one line. Control characters are escaped, so that a document cannot move the
/// terminal's cursor.
pub(crate) fn one_line(text: &str) -> String {
    let plain =
        |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(plain).collect()
}

/// The text on one line, with a capital letter.
pub(crate) fn sentence(text: &str) -> String {
    let text = one_line(text);
    let mut rest = text.chars();
    rest.next().map_or(String::new(), |first| first.to_uppercase().chain(rest).collect())
}

/// The text on one line as Markdown. Code between paired backticks stays code; everything else is
/// escaped.
pub(crate) fn escaped(text: &str) -> String {
    let text = one_line(text);
    let paired = text.matches('`').count().is_multiple_of(2);
    let mut escaped = String::new();
    for (position, part) in text.split('`').enumerate() {
        if position > 0 {
            escaped.push_str(if paired { "`" } else { "\\`" });
        }
        // In code, a backslash stands for itself.
        let is_code = paired && position % 2 == 1;
        for c in part.chars() {
            if !is_code && matches!(c, '*' | '_' | '<' | '>' | '[' | ']' | '\\' | '#' | '|' | '~') {
                escaped.push('\\');
            }
            escaped.push(c);
        }
    }
    escaped
}

/// The text on one line as code in Markdown.
pub(crate) fn code(text: &str) -> String {
    let text = one_line(text);
    if text.contains('`') { format!("`` {text} ``") } else { format!("`{text}`") }
}

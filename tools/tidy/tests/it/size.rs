//! Wide lines and long files.

use tidy::{MAX_COLUMNS, MAX_LINES, check_size};

use super::{file, lines};

#[test]
fn a_wide_line_is_found() {
    let wide = format!("// {}", "word ".repeat(MAX_COLUMNS / 5));
    let found = check_size(&file("a.rs", &format!("fn f() {{}}\n{}\n", wide.trim_end())));
    assert_eq!(lines(&found), ["a.rs:2: the line has 102 columns; the limit is 100"]);
}

#[test]
fn characters_are_counted_and_not_bytes() {
    assert!(check_size(&file("a.rs", &"é ".repeat(MAX_COLUMNS / 2))).is_empty());
}

#[test]
fn a_url_and_prose_may_be_wider() {
    let url = format!("//! <https://example.com/{}>", "a".repeat(MAX_COLUMNS));
    assert!(check_size(&file("a.rs", &url)).is_empty());
    assert!(check_size(&file("a.md", &"word ".repeat(MAX_COLUMNS))).is_empty());
}

#[test]
fn a_long_file_is_found_unless_it_states_its_reason() {
    let long = "x\n".repeat(MAX_LINES + 1);
    let found = check_size(&file("a.rs", &long));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].message.starts_with("the file has 401 lines; the limit is 400"));
    assert!(check_size(&file("a.rs", &"x\n".repeat(MAX_LINES))).is_empty());
    let stated = format!("//! A table. tidy: long because it is one table.\n{long}");
    assert!(check_size(&file("a.rs", &stated)).is_empty());
}

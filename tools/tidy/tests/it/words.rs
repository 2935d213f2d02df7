//! Words that the glossary rules out.

use tidy::{Glossary, check_words};

use super::{file, lines};

const TEXT: &str = "\
# Architecture

| a | `table` | `elsewhere` |

## Glossary

| for | say | not |
| --- | --- | --- |
| memory | `budget`, slot | `room`, `at_a_time` |
| health | health endpoint | `signs of life` |
| limits | `max_…` | `most_` |

## Decisions

| a | `table` | `behind` |
";

fn found(path: &str, text: &str) -> Vec<String> {
    lines(&check_words(&file(path, text), &Glossary::parse(TEXT).unwrap()))
}

#[test]
fn the_table_of_its_section_is_read() {
    let glossary = Glossary::parse(TEXT).unwrap();
    let words: Vec<&str> = glossary.entries.iter().map(|entry| entry.ruled_out.as_str()).collect();
    assert_eq!(words, ["room", "at_a_time", "signs of life", "most_"]);
    assert!(Glossary::parse("## Other").is_err());
    assert!(Glossary::parse("## Glossary\n\nNo table.").is_err());
}

#[test]
fn a_word_is_found_in_prose_and_in_identifiers() {
    assert_eq!(found("a.md", "Line\nNo Room."), ["a.md:2: \"room\": say budget, slot"]);
    for text in ["free_room", "freeRoom", "FreeRoom", "ROOM", "a.room()"] {
        assert_eq!(found("a.rs", text).len(), 1, "{text}");
    }
    assert_eq!(found("room/a.rs", "").len(), 1, "a path is text as well");
    for text in ["mushroom", "rooms", "roomy"] {
        assert_eq!(found("a.rs", text).len(), 0, "{text}");
    }
}

#[test]
fn words_that_follow_each_other_are_found() {
    for text in ["the signs of life", "signs_of_life()", "SignsOfLife"] {
        assert_eq!(found("a.rs", text).len(), 1, "{text}");
    }
    assert_eq!(found("a.rs", "signs of a life").len(), 0);
}

#[test]
fn a_part_of_an_identifier_is_not_looked_for_in_prose() {
    assert_eq!(found("a.rs", "requests_at_a_time: usize").len(), 1);
    assert_eq!(found("a.rs", "one at a time").len(), 0);
    assert_eq!(found("a.rs", "MOST_BYTES and most_bytes").len(), 1);
    assert_eq!(found("a.rs", "at most 5, almost_done, the_most").len(), 0);
}

#[test]
fn the_user_s_documentation_is_left_alone() {
    assert_eq!(found("tests/documentation/executions.txt", "room").len(), 0);
}

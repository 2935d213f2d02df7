//! The line of a file at which the target of a JSON pointer begins.

use std::collections::HashMap;

use serde_json::value::RawValue;

/// The lines of a JSON file. Each object and array is parsed once.
pub struct Lines<'t> {
    text: &'t str,
    /// The offsets of the line feeds.
    ends: Vec<usize>,
    /// The members of the objects and arrays read so far, by pointer.
    known: HashMap<String, HashMap<String, &'t RawValue>>,
}

impl<'t> Lines<'t> {
    pub fn of(text: &'t str) -> Self {
        let ends = text.match_indices('\n').map(|(at, _)| at).collect();
        Self { text, ends, known: HashMap::new() }
    }

    /// The line number, from 1; the line of the last existing container if the target does not
    /// exist.
    pub fn line(&mut self, pointer: &str) -> usize {
        let mut here = self.text;
        let mut prefix = String::new();
        for key in pointer.split('/').skip(1) {
            let within = self.known.entry(prefix.clone()).or_insert_with(|| members(here));
            let Some(value) = within.get(&key.replace("~1", "/").replace("~0", "~")) else { break };
            here = value.get();
            prefix = format!("{prefix}/{key}");
        }
        let offset = here.as_ptr() as usize - self.text.as_ptr() as usize;
        self.ends.partition_point(|end| *end < offset) + 1
    }
}

/// The members of an object or array; none for any other value.
fn members(text: &str) -> HashMap<String, &RawValue> {
    if text.trim_start().starts_with('{') {
        return serde_json::from_str(text).unwrap_or_default();
    }
    let values: Vec<&RawValue> = serde_json::from_str(text).unwrap_or_default();
    values.into_iter().enumerate().map(|(position, value)| (position.to_string(), value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_has_the_line_of_its_target_or_of_the_last_existing_container() {
        let text = "{\n  \"a\": {\n    \"b/~\": [\n      1,\n      {\"c\": 2}\n    ]\n  }\n}\n";
        let mut lines = Lines::of(text);
        for (pointer, line) in [
            ("", 1),
            ("/a", 2),
            ("/a/b~1~0", 3),
            ("/a/b~1~0/0", 4),
            ("/a/b~1~0/1/c", 5),
            ("/a/gone/x", 2),
        ] {
            assert_eq!(lines.line(pointer), line, "{pointer}");
        }
        assert_eq!(
            Lines::of("openapi: 3.1.0\n").line("/a"),
            1,
            "a file that is not JSON has one line"
        );
    }
}

//! Finds the end of a JSON object without reading what is in it.

/// The greatest nesting. serde_json reads none deeper.
const MAX_DEPTH: usize = 127;

/// How far an object has been scanned.
#[derive(Default)]
pub struct Scanner {
    depth: usize,
    is_in_string: bool,
    is_escaped: bool,
}

/// What the scanned text is.
#[derive(Debug, PartialEq, Eq)]
pub enum Scanned {
    /// The object ends before this byte of the text that was scanned last.
    Complete(usize),
    /// More of it must follow.
    Incomplete,
    /// Whatever follows, it is no object: a string has a line break in it, or it is nested too
    /// deeply.
    Invalid,
}

impl Scanner {
    /// Scans the next line, which has no line break at its end.
    pub fn scan(&mut self, line: &[u8]) -> Scanned {
        for (at, &byte) in line.iter().enumerate() {
            if self.is_in_string {
                match byte {
                    _ if self.is_escaped => self.is_escaped = false,
                    b'\\' => self.is_escaped = true,
                    b'"' => self.is_in_string = false,
                    _ => {}
                }
                continue;
            }
            match byte {
                b'"' => self.is_in_string = true,
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
            if self.depth == 0 {
                return Scanned::Complete(at + 1);
            }
            if self.depth > MAX_DEPTH {
                return Scanned::Invalid;
            }
        }
        if self.is_in_string { Scanned::Invalid } else { Scanned::Incomplete }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_ends_with_its_last_bracket() {
        let scan = |line: &str| Scanner::default().scan(line.as_bytes());
        for line in ["{}", r#"{"a":{"b":["}"]}}"#, r#"{"\"}":"\\"}"#] {
            assert_eq!(scan(&format!("{line} {{}}")), Scanned::Complete(line.len()), "{line}");
        }
        assert_eq!(scan(r#"{"a":["#), Scanned::Incomplete);
        assert_eq!(scan(r#"{"a":"}"#), Scanned::Invalid);
        assert_eq!(scan(&"{\"a\":".repeat(200)), Scanned::Invalid);
        let mut scanner = Scanner::default();
        assert_eq!(scanner.scan(b"{\"a\": ["), Scanned::Incomplete);
        assert_eq!(scanner.scan(b"]} rest"), Scanned::Complete(2));
    }
}

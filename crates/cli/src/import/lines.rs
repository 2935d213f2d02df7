//! Lines of a file with their numbers, in bounded memory.

use std::io::{self, BufRead, BufReader, Read};

/// The longest line in bytes: what the largest run takes, and room to spare.
const LONGEST: usize = 64 * 1024 * 1024;

/// What some programs begin a file with, to tell its encoding: U+FEFF in UTF-8.
const MARK: &[u8] = b"\xEF\xBB\xBF";

/// Reads line by line; empty ones are skipped, and counted.
pub struct Lines<R> {
    input: BufReader<R>,
    line: Vec<u8>,
    number: u64,
}

/// A line with its number, counted from 1; or that it is too long.
type Numbered<'a> = (u64, Result<&'a [u8], &'static str>);

impl<R: Read> Lines<R> {
    /// The lines of this input.
    pub fn new(input: R) -> Self {
        Self { input: BufReader::with_capacity(1 << 16, input), line: Vec::new(), number: 0 }
    }

    /// The next line that is not empty; `None` at the end.
    pub fn next(&mut self) -> io::Result<Option<Numbered<'_>>> {
        loop {
            self.line.clear();
            let most = LONGEST as u64 + 1;
            if self.input.by_ref().take(most).read_until(b'\n', &mut self.line)? == 0 {
                return Ok(None);
            }
            self.number += 1;
            if self.line.len() > LONGEST && !self.line.ends_with(b"\n") {
                self.skip_rest()?;
                return Ok(Some((self.number, Err("the line is longer than 64 MiB"))));
            }
            if !self.text().is_empty() {
                return Ok(Some((self.number, Ok(self.text()))));
            }
        }
    }

    fn text(&self) -> &[u8] {
        let line = match self.number {
            1 => self.line.strip_prefix(MARK).unwrap_or(&self.line),
            _ => &self.line,
        };
        line.trim_ascii()
    }

    fn skip_rest(&mut self) -> io::Result<()> {
        self.line.truncate(1024);
        self.line.shrink_to_fit();
        self.input.skip_until(b'\n')?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_count_empty_lines_and_marks_and_long_ones_are_skipped() {
        let long = "x".repeat(LONGEST + 1);
        let text = format!("\u{FEFF}a\n\n  \nb\r\n{long}\nc");
        let mut lines = Lines::new(text.as_bytes());
        assert_eq!(lines.next().unwrap(), Some((1, Ok(&b"a"[..]))));
        assert_eq!(lines.next().unwrap(), Some((4, Ok(&b"b"[..]))));
        assert_eq!(lines.next().unwrap().unwrap().1, Err("the line is longer than 64 MiB"));
        assert_eq!(lines.next().unwrap(), Some((6, Ok(&b"c"[..]))));
        assert_eq!(lines.next().unwrap(), None);
    }
}

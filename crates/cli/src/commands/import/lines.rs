//! Reads numbered lines in bounded memory.

use std::io::{self, BufRead, BufReader, Read};

/// Maximum length of a line in bytes. The largest run that the API accepts is shorter.
const MAX_LINE_BYTES: usize = 64 * 1024 * 1024;
/// The error of a longer line.
const TOO_LONG: &str = "the line is longer than 64 MiB";

/// The UTF-8 byte order mark, with which some programs begin a file.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Reads line by line. Empty lines are counted and skipped.
pub struct Lines<R> {
    input: BufReader<R>,
    line: Vec<u8>,
    number: u64,
}

/// A line's number, counted from 1, and its text or the reason for rejecting it.
type Numbered<'a> = (u64, Result<&'a [u8], &'static str>);

impl<R: Read> Lines<R> {
    /// The lines of this input.
    pub fn new(input: R) -> Self {
        Self { input: BufReader::with_capacity(1 << 16, input), line: Vec::new(), number: 0 }
    }

    /// The next line that is not empty; `None` at the end of the input.
    ///
    /// # Errors
    /// If the input cannot be read.
    pub fn next(&mut self) -> io::Result<Option<Numbered<'_>>> {
        loop {
            self.line.clear();
            let limit = MAX_LINE_BYTES as u64 + 1;
            if self.input.by_ref().take(limit).read_until(b'\n', &mut self.line)? == 0 {
                return Ok(None);
            }
            self.number += 1;
            if self.line.len() > MAX_LINE_BYTES && !self.line.ends_with(b"\n") {
                self.skip_rest()?;
                return Ok(Some((self.number, Err(TOO_LONG))));
            }
            if !self.text().is_empty() {
                return Ok(Some((self.number, Ok(self.text()))));
            }
        }
    }

    fn text(&self) -> &[u8] {
        let line = match self.number {
            1 => self.line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&self.line),
            _ => &self.line,
        };
        line.trim_ascii()
    }

    fn skip_rest(&mut self) -> io::Result<()> {
        self.line = Vec::new();
        self.input.skip_until(b'\n')?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_empty_lines_and_skips_long_lines_and_the_byte_order_mark() {
        let long = "x".repeat(MAX_LINE_BYTES + 1);
        let text = format!("\u{FEFF}a\n\n  \nb\r\n{long}\nc");
        let mut lines = Lines::new(text.as_bytes());
        assert_eq!(lines.next().unwrap(), Some((1, Ok(&b"a"[..]))));
        assert_eq!(lines.next().unwrap(), Some((4, Ok(&b"b"[..]))));
        assert_eq!(lines.next().unwrap(), Some((5, Err(TOO_LONG))));
        assert_eq!(lines.next().unwrap(), Some((6, Ok(&b"c"[..]))));
        assert_eq!(lines.next().unwrap(), None);
    }
}

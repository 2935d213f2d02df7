//! Reads numbered lines in bounded memory.

use std::{
    collections::VecDeque,
    io::{self, BufRead, Read},
};

/// Maximum length of a line in bytes, and of a run on several lines.
pub const MAX_BYTES: usize = 64 * 1024 * 1024;

/// A line, or the rest of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its number, counted from 1.
    pub number: u64,
    /// Its text without the line break; `None` if it is longer than [`MAX_BYTES`].
    pub text: Option<Vec<u8>>,
}

/// Reads line by line.
pub struct Lines<R> {
    input: R,
    /// Lines that come again.
    pending: VecDeque<Line>,
    number: u64,
}

impl<R: BufRead> Lines<R> {
    /// The lines of this input.
    pub fn new(input: R) -> Self {
        Self { input, pending: VecDeque::new(), number: 0 }
    }

    /// The next line; `None` at the end of the input.
    ///
    /// # Errors
    /// If the input cannot be read.
    pub fn next(&mut self) -> io::Result<Option<Line>> {
        if let Some(line) = self.pending.pop_front() {
            return Ok(Some(line));
        }
        let mut text = Vec::new();
        let limit = MAX_BYTES as u64 + 1;
        if self.input.by_ref().take(limit).read_until(b'\n', &mut text)? == 0 {
            return Ok(None);
        }
        self.number += 1;
        let number = self.number;
        if text.len() > MAX_BYTES && !text.ends_with(b"\n") {
            self.input.skip_until(b'\n')?;
            return Ok(Some(Line { number, text: None }));
        }
        if text.ends_with(b"\n") {
            text.pop();
        }
        Ok(Some(Line { number, text: Some(text) }))
    }

    /// Returns these lines again, before all others.
    pub fn put_back(&mut self, lines: impl DoubleEndedIterator<Item = Line>) {
        for line in lines.rev() {
            self.pending.push_front(line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_numbered_and_may_come_again() {
        let long = "x".repeat(MAX_BYTES + 1);
        let text = format!("a\n\nb\r\n{long}\nc");
        let mut lines = Lines::new(text.as_bytes());
        let line = |number, text: Option<&str>| {
            let text = text.map(|text| text.as_bytes().to_vec());
            Some(Line { number, text })
        };
        assert_eq!(lines.next().unwrap(), line(1, Some("a")));
        assert_eq!(lines.next().unwrap(), line(2, Some("")));
        let third = lines.next().unwrap();
        assert_eq!(third, line(3, Some("b\r")));
        assert_eq!(lines.next().unwrap(), line(4, None));
        lines.put_back(third.clone().into_iter());
        assert_eq!(lines.next().unwrap(), third);
        assert_eq!(lines.next().unwrap(), line(5, Some("c")));
        assert_eq!(lines.next().unwrap(), None);
    }
}

//! Cuts the lines of an input into JSON objects, one for each run: one on each line, on several
//! lines each, or in an array. Text that is no object is a record, too, so that it is reported.

use std::io::{self, BufRead, ErrorKind};

use serde::de::IgnoredAny;

use super::{
    lines::{Line, Lines, MAX_BYTES},
    position::Position,
    scanner::{Scanned, Scanner},
};

/// The text of one run.
#[derive(Debug, PartialEq, Eq)]
pub struct Record {
    /// Where it is.
    pub position: Position,
    /// The text; `None` if it is longer than [`MAX_BYTES`].
    pub text: Option<Vec<u8>>,
}

/// Reads records.
pub struct Records<R> {
    lines: Lines<R>,
    place: Place,
    /// Number of elements of the array that have been read.
    elements: u64,
    /// Whether the last record is a faulty one that may have the end of the array in it.
    may_have_ended: bool,
}

#[derive(PartialEq, Eq)]
enum Place {
    /// Before the first record.
    Start,
    /// In an array.
    Array,
    /// Between records that are not in an array.
    Between,
}

/// How many lines that look like the next record are tried before an incomplete one is given up.
const MAX_CHECKS: u32 = 2;

impl<R: BufRead> Records<R> {
    /// The records of this input.
    pub fn new(input: R) -> Self {
        Self { lines: Lines::new(input), place: Place::Start, elements: 0, may_have_ended: false }
    }

    /// The next record; `None` at the end of the input.
    ///
    /// # Errors
    /// If the input cannot be read, or ends within an array.
    pub fn next(&mut self) -> io::Result<Option<Record>> {
        while let Some(line) = self.lines.next()? {
            let Some(text) = &line.text else {
                self.may_have_ended = true;
                return Ok(Some(self.record(vec![line])));
            };
            let trimmed = self.without_separators(text);
            if trimmed.is_empty() {
                continue;
            }
            self.may_have_ended = false;
            let first = Line { number: line.number, text: Some(trimmed.to_vec()) };
            return match trimmed[0] {
                b'{' => self.object(first).map(Some),
                _ => Ok(Some(self.other_value(first))),
            };
        }
        self.expect_end()
    }

    /// # Errors
    /// If the input has ended within an array: what followed is missing, such as after a download
    /// that broke off.
    fn expect_end(&mut self) -> io::Result<Option<Record>> {
        let is_cut = self.place == Place::Array && !self.may_have_ended;
        self.place = Place::Between;
        match is_cut {
            true => Err(io::Error::new(
                ErrorKind::UnexpectedEof,
                "it ends within an array, so that the rest is missing",
            )),
            false => Ok(None),
        }
    }

    /// The text without the brackets and commas of an array around it.
    fn without_separators<'a>(&mut self, text: &'a [u8]) -> &'a [u8] {
        let mut text = text.trim_ascii();
        loop {
            let (rest, place) = match (text.first(), &self.place) {
                (Some(b'['), Place::Start) => (&text[1..], Place::Array),
                (Some(b','), Place::Array) => (&text[1..], Place::Array),
                (Some(b']'), Place::Array) => (&text[1..], Place::Between),
                (Some(_), Place::Start) => (text, Place::Between),
                _ => return text,
            };
            (text, self.place) = (rest.trim_ascii(), place);
        }
    }

    /// The value other than an object that begins with this line. It costs the other values of an
    /// array nothing.
    fn other_value(&mut self, line: Line) -> Record {
        if self.place == Place::Array {
            let text = line.text.as_deref().unwrap_or_default();
            let mut values = serde_json::Deserializer::from_slice(text).into_iter::<IgnoredAny>();
            if let Some(Ok(_)) = values.next() {
                let end = values.byte_offset();
                return self.complete(Vec::new(), line, end);
            }
        }
        self.faulty(vec![line])
    }

    /// The object that begins with this line.
    fn object(&mut self, first: Line) -> io::Result<Record> {
        let mut scanner = Scanner::default();
        let mut lines: Vec<Line> = Vec::new();
        let (mut bytes, mut checks) = (0, 0);
        let mut next = Some(first);
        while let Some(line) = next {
            let Some(text) = &line.text else {
                lines.push(line);
                break;
            };
            let looks_like_next = !lines.is_empty() && text.starts_with(b"{");
            if looks_like_next && checks < MAX_CHECKS {
                checks += 1;
                if !may_go_on(&lines, text) {
                    lines.push(line);
                    break;
                }
            }
            bytes += text.len();
            match scanner.scan(text) {
                _ if bytes > MAX_BYTES => {
                    lines.push(line);
                    break;
                }
                Scanned::Complete(end) => return Ok(self.complete(lines, line, end)),
                Scanned::Incomplete => lines.push(line),
                Scanned::Invalid => {
                    lines.push(line);
                    break;
                }
            }
            next = self.lines.next()?;
        }
        Ok(self.incomplete(lines))
    }

    /// The object that ends before byte `end` of the last line. What follows on the line comes
    /// next if it is another object; if not, it belongs to a faulty one.
    fn complete(&mut self, mut lines: Vec<Line>, mut last: Line, end: usize) -> Record {
        let text = last.text.take().unwrap_or_default();
        let rest = text[end..].trim_ascii();
        let is_next = rest.is_empty() || rest[0] == b'{' || self.place == Place::Array;
        let cut = if is_next { end } else { text.len() };
        if is_next && !rest.is_empty() {
            let rest = Line { number: last.number, text: Some(text[cut..].to_vec()) };
            self.lines.put_back([rest].into_iter());
        }
        last.text = Some(text[..cut].to_vec());
        lines.push(last);
        self.record(lines)
    }

    /// An object without an end. What looks like the next object is not part of it.
    fn incomplete(&mut self, mut lines: Vec<Line>) -> Record {
        let is_start = |line: &Line| line.text.as_ref().is_none_or(|text| text.starts_with(b"{"));
        let next = lines.iter().skip(1).position(is_start).map(|position| position + 1);
        if let Some(next) = next {
            self.lines.put_back(lines.drain(next..));
        }
        self.faulty(lines)
    }

    /// A record that is no JSON value.
    fn faulty(&mut self, lines: Vec<Line>) -> Record {
        let record = self.record(lines);
        self.may_have_ended = record.text.as_ref().is_none_or(|text| text.ends_with(b"]"));
        record
    }

    /// The next record, which is on these lines.
    fn record(&mut self, lines: Vec<Line>) -> Record {
        let line = lines.first().map_or(0, |line| line.number);
        let element = (self.place == Place::Array).then(|| {
            self.elements += 1;
            self.elements
        });
        let is_whole = lines.iter().all(|line| line.text.is_some());
        let text = is_whole.then(|| joined(&lines)).filter(|text| text.len() <= MAX_BYTES);
        Record { position: Position { line, element }, text }
    }
}

/// Whether the lines and the next one can be the beginning of an object, or all of one.
fn may_go_on(lines: &[Line], next: &[u8]) -> bool {
    let text = [&*joined(lines), next].concat();
    match serde_json::from_slice::<IgnoredAny>(&text) {
        Ok(_) => true,
        Err(error) => error.is_eof(),
    }
}

/// The texts with line breaks between them, so that an error's line is the right one.
fn joined(lines: &[Line]) -> Vec<u8> {
    let texts: Vec<&[u8]> = lines.iter().filter_map(|line| line.text.as_deref()).collect();
    texts.join(&b'\n').trim_ascii_end().to_vec()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    /// The records as their line numbers and texts, without spaces and line breaks.
    fn records(input: &str) -> Vec<(u64, String)> {
        let mut records = Records::new(input.as_bytes());
        let next = || records.next().unwrap();
        let compact = |record: Record| {
            let text = String::from_utf8(record.text.unwrap()).unwrap();
            (record.position.line, text.split_whitespace().collect())
        };
        std::iter::from_fn(next).map(compact).collect()
    }

    #[track_caller]
    fn check(input: &str, expected: &[(u64, &str)]) {
        let expected: Vec<_> = expected.iter().map(|(n, text)| (*n, (*text).to_owned())).collect();
        assert_eq!(records(input), expected, "{input}");
    }

    #[test]
    fn one_object_on_each_line() {
        check(
            "{\"a\":1}\n\n  {\"b\":2}\r\n{\"c\":3}",
            &[(1, "{\"a\":1}"), (3, "{\"b\":2}"), (4, "{\"c\":3}")],
        );
        check("{}{} {}\n", &[(1, "{}"), (1, "{}"), (1, "{}")]);
        check("", &[]);
    }

    #[test]
    fn objects_on_several_lines() {
        let pretty = "{\n  \"a\": [\n    {\n      \"b\": \"}\"\n    }\n  ]\n}\n";
        let compact = "{\"a\":[{\"b\":\"}\"}]}";
        check(&pretty.repeat(3), &[(1, compact), (8, compact), (15, compact)]);
        check(
            "{\"a\":[\n{\"b\":1},\n{\"b\":2}\n]}\n{}",
            &[(1, "{\"a\":[{\"b\":1},{\"b\":2}]}"), (5, "{}")],
        );
    }

    #[test]
    fn an_array_of_objects() {
        for array in [
            "[{\"a\":1},{\"b\":2}]",
            "[\n  {\"a\":1},\n  {\n\"b\":2\n}\n]\n",
            "[{\"a\":1}\n,{\"b\":2}\n]",
        ] {
            let texts: Vec<_> = records(array).into_iter().map(|(_, text)| text).collect();
            assert_eq!(texts, ["{\"a\":1}", "{\"b\":2}"], "{array}");
        }
        check("[]", &[]);
        check("[1, {}]", &[(1, "1"), (1, "{}")]);
        check("[5, null, [], {}]", &[(1, "5"), (1, "null"), (1, "[]"), (1, "{}")]);
        check("[nonsense, {}]", &[(1, "nonsense,{}]")]);
    }

    #[test]
    fn elements_of_an_array_are_numbered() {
        let positions = |input: &str| {
            let mut records = Records::new(input.as_bytes());
            let next = || records.next().unwrap();
            std::iter::from_fn(next).map(|record| record.position.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(positions("[{}, 5,{}]"), ["1", "2", "3"]);
        assert_eq!(positions("[{},\n{}\n]\n{}"), ["1", "2 (line 2)", "4"]);
        assert_eq!(positions("{}\n\n{}"), ["1", "3"]);
    }

    #[test]
    fn an_array_without_its_end_is_an_error() {
        for (cut, complete) in [
            ("[", 0),
            ("[{}", 1),
            ("[{},", 1),
            ("[\n{},\n{}\n", 2),
            ("[{},{},{\"a\":", 3),
            ("[{},1", 2),
            ("[nonsense\n{}", 2),
        ] {
            let mut records = Records::new(cut.as_bytes());
            for _ in 0..complete {
                assert!(records.next().unwrap().is_some(), "{cut}");
            }
            assert_eq!(records.next().unwrap_err().kind(), ErrorKind::UnexpectedEof, "{cut}");
            assert_eq!(records.next().unwrap(), None, "{cut}");
        }
    }

    #[test]
    fn a_fault_costs_its_own_line_only() {
        check("nonsense\n{}\n", &[(1, "nonsense"), (2, "{}")]);
        check("{\"a\":1}}\n{}\n", &[(1, "{\"a\":1}}"), (2, "{}")]);
        for cut in ["{\"a\":\"b", "{\"a\":1,", "{\"a\":[", "{\"a\":[{\"b\":", "{\"a\"", "{"] {
            let (first, last) = ("{\"x\":1}", "{\"y\":[{}]}");
            check(
                &format!("{first}\n{cut}\n{last}\n{last}\n{last}\n"),
                &[(1, first), (2, cut), (3, last), (4, last), (5, last)],
            );
            check(&format!("{last}\n{cut}\n"), &[(1, last), (2, cut)]);
        }
        let pretty = "{\n  \"a\": {\n    \"b\": 1\n";
        check(pretty, &[(1, "{\"a\":{\"b\":1")]);
        check(
            &format!("{pretty}{{\n  \"c\": 1\n}}\n"),
            &[(1, "{\"a\":{\"b\":1"), (4, "{\"c\":1}")],
        );
    }

    /// An object with strings of brackets, quotes and line breaks.
    fn object() -> impl Strategy<Value = Value> {
        let text = "[\\[\\]{}\"\\\\,: a\n]{0,6}";
        let leaf = prop_oneof![text.prop_map(Value::from), any::<i32>().prop_map(Value::from)];
        let value = leaf.prop_recursive(3, 12, 3, move |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                proptest::collection::hash_map(text, inner, 0..3)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        });
        proptest::collection::hash_map(text, value, 0..3)
            .prop_map(|map| Value::Object(map.into_iter().collect()))
    }

    proptest! {
        #[test]
        fn objects_are_found_in_every_layout(
            objects in proptest::collection::vec((object(), any::<bool>()), 0..6),
            is_array in any::<bool>(),
            cut in 0..100_usize,
        ) {
            let texts = objects.iter().map(|(object, is_pretty)| match is_pretty {
                true => format!("{object:#}"),
                false => object.to_string(),
            });
            let texts: Vec<_> = texts.collect();
            let text = match is_array {
                true => format!("[{}]", texts.join(",\n")),
                false => texts.join("\n"),
            };
            let mut records = Records::new(text.as_bytes());
            let read = std::iter::from_fn(|| records.next().unwrap()).map(|record| {
                let first_line = text.lines().nth(record.position.line as usize - 1).unwrap();
                assert!(first_line.contains('{'));
                serde_json::from_slice::<Value>(&record.text.unwrap()).unwrap()
            });
            prop_assert_eq!(
                read.collect::<Vec<_>>(),
                objects.into_iter().map(|(object, _)| object).collect::<Vec<_>>()
            );
            // Whatever the input is, its end is reached.
            let end = text.len() * cut / 100;
            let mut records = Records::new(&text.as_bytes()[..end]);
            while !matches!(records.next(), Ok(None)) {}
            // An array that is cut anywhere is never taken as complete.
            if is_array && end > 0 && end < text.len() {
                let mut records = Records::new(&text.as_bytes()[..end]);
                let read = std::iter::from_fn(|| records.next().transpose());
                let is_fault = |record: &io::Result<Record>| match record {
                    Ok(Record { text, .. }) => {
                        serde_json::from_slice::<Value>(text.as_deref().unwrap()).is_err()
                    }
                    Err(_) => true,
                };
                prop_assert!(read.into_iter().any(|record| is_fault(&record)));
            }
        }
    }
}

//! What kind of file an import reads.

use std::io::{self, BufRead, BufReader, Cursor, Read};

use flate2::bufread::MultiGzDecoder;

/// Number of bytes by which a format is recognized.
const MAGIC_BYTES: u64 = 4;
const GZIP_MAGIC: &[u8] = &[0x1F, 0x8B];
/// The beginnings of compressed files that are not read, and the programs that decompress them.
const OTHER_COMPRESSIONS: [(&[u8], &str); 3] =
    [(b"\x28\xB5\x2F\xFD", "zstdcat"), (b"\xFD7zX", "xzcat"), (b"BZh", "bzcat")];
/// The UTF-8 byte order mark, with which some programs begin a file.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";
const UTF_16_MARKS: [&[u8]; 2] = [b"\xFF\xFE", b"\xFE\xFF"];
const BUFFER_BYTES: usize = 1 << 16;

/// The text of an input: decompressed if it is gzip, and without a byte order mark.
///
/// # Errors
/// If the input cannot be read, or has a format that is recognized and not read; the message says
/// what to type.
pub fn text(input: impl Read + Send + 'static) -> io::Result<Box<dyn BufRead>> {
    let (magic, input) = peek(input)?;
    if magic.starts_with(GZIP_MAGIC) {
        let (magic, text) =
            peek(MultiGzDecoder::new(BufReader::with_capacity(BUFFER_BYTES, input)))?;
        return without_mark(&magic, text);
    }
    without_mark(&magic, input)
}

fn without_mark(magic: &[u8], text: impl Read + 'static) -> io::Result<Box<dyn BufRead>> {
    let mut others = OTHER_COMPRESSIONS.iter();
    if let Some((_, program)) = others.find(|(start, _)| magic.starts_with(start)) {
        return Err(io::Error::other(format!(
            "the input is compressed; decompress it: {program} FILE | runledger import -"
        )));
    }
    if UTF_16_MARKS.iter().any(|mark| magic.starts_with(mark)) {
        let message = "the input is UTF-16; convert it: \
                       iconv -f UTF-16 -t UTF-8 FILE | runledger import -";
        return Err(io::Error::other(message));
    }
    let mut text = BufReader::with_capacity(BUFFER_BYTES, text);
    if magic.starts_with(BYTE_ORDER_MARK) {
        text.read_exact(&mut [0; BYTE_ORDER_MARK.len()])?;
    }
    Ok(Box::new(text))
}

/// The first bytes of an input, and the whole of it.
fn peek<R: Read>(mut input: R) -> io::Result<(Vec<u8>, impl Read + use<R>)> {
    let mut magic = Vec::new();
    let read = input.by_ref().take(MAGIC_BYTES).read_to_end(&mut magic);
    read.map_err(|error| unreadable(&error))?;
    Ok((magic.clone(), Cursor::new(magic).chain(input)))
}

/// The error of an input that cannot be read, such as a gzip file that is cut.
pub fn unreadable(error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("the input cannot be read: {error}"))
}

/// What to type if the first line of an input is the heading of a CSV file.
pub fn csv_hint(first_line: &[u8]) -> Option<String> {
    let line = std::str::from_utf8(first_line).ok()?;
    let separator = [',', ';', '\t'].into_iter().find(|&separator| line.contains(separator))?;
    let is_name = |cell: &str| {
        let name = cell.trim().trim_matches('"');
        let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ' ');
        name.starts_with(char::is_alphabetic) && name.chars().all(is_part)
    };
    line.split(separator).all(is_name).then(|| {
        let delimiter = match separator {
            ',' => String::new(),
            '\t' => ", delimiter=\"\\t\"".to_owned(),
            separator => format!(", delimiter=\"{separator}\""),
        };
        format!(
            "the input looks like CSV; rename the columns in its first line to the names of the \
             API, such as workflow_id and status, and make one JSON object of each row:\n\
             python3 -c 'import csv, json, sys\n\
             numbers = \"duration\", \"attempt\", \"step_count\", \"heartbeat_timeout\"\n\
             def value(name, text):\n    \
             is_number = name in numbers and text.replace(\".\", \"\", 1).isdecimal()\n    \
             return float(text) if is_number else text\n\
             for row in csv.DictReader(sys.stdin{delimiter}):\n    \
             print(json.dumps({{name: value(name, text) for name, text in row.items() if text}}))' \
             < FILE | runledger import -"
        )
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};

    use super::*;

    fn read(input: Vec<u8>) -> Result<String, String> {
        let mut read = String::new();
        let mut text = text(Cursor::new(input)).map_err(|error| error.to_string())?;
        text.read_to_string(&mut read).map_err(|error| error.to_string())?;
        Ok(read)
    }

    fn gzip(text: &str) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn gzip_and_the_byte_order_mark_are_read() {
        for text in ["", "{", "{}\n", "{\"id\":\"long enough\"}\n"] {
            assert_eq!(read(text.into()).as_deref(), Ok(text));
            assert_eq!(read(format!("\u{FEFF}{text}").into()).as_deref(), Ok(text));
            assert_eq!(read(gzip(text)).as_deref(), Ok(text));
            assert_eq!(read(gzip(&format!("\u{FEFF}{text}"))).as_deref(), Ok(text));
        }
        assert_eq!(read([gzip("a\n"), gzip("b\n")].concat()).as_deref(), Ok("a\nb\n"));
        let cut = gzip("a whole line\n");
        assert!(read(cut[..cut.len() - 6].to_vec()).is_err(), "an incomplete file");
    }

    #[test]
    fn other_formats_are_recognized() {
        assert!(read(b"\xFF\xFE{\0}\0".to_vec()).unwrap_err().contains("iconv"));
        for (start, program) in [
            (&b"\x28\xB5\x2F\xFD\0\0"[..], "zstdcat FILE"),
            (b"\xFD7zXZ\0", "xzcat FILE"),
            (b"BZh91AY", "bzcat FILE"),
        ] {
            assert!(read(start.to_vec()).unwrap_err().contains(program), "{program}");
        }
        for line in ["id,workflow_id,status", "\"id\";\"status\"", "id\tstatus"] {
            assert!(csv_hint(line.as_bytes()).unwrap().contains("csv.DictReader"), "{line}");
        }
        for line in ["nonsense", "id: a, status: b", "{\"id\":\"a\",\"b\":1}", "1,2,3", ""] {
            assert_eq!(csv_hint(line.as_bytes()), None, "{line}");
        }
    }
}

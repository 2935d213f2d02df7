//! Reads server-sent events as this API sends them.

/// An event.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Event {
    /// The number to resume from.
    pub id: Option<String>,
    /// The content; empty if there is none.
    pub data: String,
}

/// Cuts a stream of bytes into events.
#[derive(Default)]
pub struct EventReader {
    received: Vec<u8>,
    event: Event,
    /// Whether a field of the event was received.
    has_begun: bool,
}

impl EventReader {
    /// Adds bytes, which may end anywhere.
    pub fn extend(&mut self, bytes: &[u8]) {
        self.received.extend_from_slice(bytes);
    }

    /// The next whole event.
    pub fn next(&mut self) -> Option<Event> {
        let mut read = 0;
        let mut event = None;
        while let Some(length) = self.received[read..].iter().position(|&byte| byte == b'\n') {
            let line = String::from_utf8_lossy(&self.received[read..read + length]).into_owned();
            read += length + 1;
            if self.is_end(line.trim_end_matches('\r')) {
                event = Some(std::mem::take(&mut self.event));
                break;
            }
        }
        self.received.drain(..read);
        event
    }

    /// Reads a line. Returns whether an event ends with it.
    fn is_end(&mut self, line: &str) -> bool {
        if line.is_empty() {
            return std::mem::take(&mut self.has_begun);
        }
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match name {
            "id" => self.event.id = Some(value.to_owned()),
            "data" if self.event.data.is_empty() => value.clone_into(&mut self.event.data),
            "data" => self.event.data += &format!("\n{value}"),
            // A comment keeps the connection alive, and the other fields are not needed.
            _ => return false,
        }
        self.has_begun = true;
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &str = ": hello\n\nid: 7\nretry: 2000\n\n:\n\nid: 8\nevent: change\r\n\
                          data: {\"a\":\ndata: \"é: b\"}\n\nid: 9\ndata:x\n\nid: 10\n";

    #[test]
    fn events_are_the_same_wherever_the_stream_is_cut() {
        let event = |id: &str, data: &str| Event { id: Some(id.to_owned()), data: data.to_owned() };
        let expected = [event("7", ""), event("8", "{\"a\":\n\"é: b\"}"), event("9", "x")];
        for size in 1..STREAM.len() {
            let mut reader = EventReader::default();
            let mut events = Vec::new();
            for chunk in STREAM.as_bytes().chunks(size) {
                reader.extend(chunk);
                events.extend(std::iter::from_fn(|| reader.next()));
            }
            assert_eq!(events, expected, "{size}");
        }
    }
}

//! A server-sent event.

/// An event with data.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Event {
    /// The value of its `id`; empty if it has none.
    pub id: String,
    /// The lines of its `data`.
    pub data: String,
}

impl Event {
    /// Reads the lines of an event; `None` if it has no data.
    pub fn parse(block: &str) -> Option<Self> {
        let mut event = Self::default();
        for line in block.lines() {
            let (field, value) = line.split_once(':').unwrap_or((line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match field {
                "id" => value.clone_into(&mut event.id),
                "data" => event.data += value,
                _ => {}
            }
        }
        (!event.data.is_empty()).then_some(event)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_and_comments_and_events_without_data_are_none() {
        let event = Event::parse("event: change\nid: 7\ndata:{\"a\":\ndata: 1}").unwrap();
        assert_eq!((&*event.id, &*event.data), ("7", "{\"a\":1}"));
        for block in ["id: 7\nretry: 1", ":", ": data: x", ""] {
            assert_eq!(Event::parse(block), None, "{block}");
        }
    }
}

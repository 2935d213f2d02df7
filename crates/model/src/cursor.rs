//! Where a walk through a list goes on.

use std::{fmt, str::FromStr};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::{Serialize, Serializer};

use crate::{Timestamp, excerpt::excerpt};

/// The text of a cursor at the newest run that is not empty.
const NEWEST: &str = "newest";

/// Where a walk through a list goes on: at the newest run, or below a run that was listed.
///
/// Its text is opaque to clients.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ListCursor {
    /// The walk begins. The text is empty, or `newest`, since some clients drop empty parameters.
    Newest,
    /// The walk goes on below the run with this creation time and id.
    Below {
        /// When the run was created.
        created_at: Timestamp,
        /// The id of the run.
        id: String,
        /// A checksum of the two and of the filters of the walk. A cursor of other filters is
        /// refused: the walk would skip runs.
        checksum: u32,
    },
}

impl ListCursor {
    /// The cursor of a walk with these filters, in their canonical form, that goes on below this
    /// run.
    pub fn below(filters: &str, created_at: Timestamp, id: &str) -> Self {
        let checksum = checksum(filters, created_at, id);
        Self::Below { created_at, id: id.to_owned(), checksum }
    }

    /// Whether the cursor is one of a walk with these filters, in their canonical form.
    pub fn belongs_to(&self, filters: &str) -> bool {
        match self {
            Self::Newest => true,
            Self::Below { created_at, id, checksum: found } => {
                checksum(filters, *created_at, id) == *found
            }
        }
    }
}

fn checksum(filters: &str, created_at: Timestamp, id: &str) -> u32 {
    crc32fast::hash(format!("{filters} {} {id}", created_at.millis()).as_bytes())
}

impl fmt::Display for ListCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Newest => Ok(()),
            Self::Below { created_at, id, checksum } => {
                let mut bytes = created_at.millis().to_be_bytes().to_vec();
                bytes.extend_from_slice(&checksum.to_be_bytes());
                bytes.extend_from_slice(id.as_bytes());
                f.write_str(&BASE64_URL_SAFE_NO_PAD.encode(bytes))
            }
        }
    }
}

impl FromStr for ListCursor {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.is_empty() || text == NEWEST {
            return Ok(Self::Newest);
        }
        below(text).ok_or_else(|| {
            let text = excerpt(text);
            format!("must be empty, {NEWEST} or the next_cursor of a response, not {text:?}")
        })
    }
}

fn below(text: &str) -> Option<ListCursor> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
    let (millis, rest) = bytes.split_first_chunk()?;
    let (checksum, id) = rest.split_first_chunk()?;
    let created_at = Timestamp::from_millis(i64::from_be_bytes(*millis))?;
    let id = std::str::from_utf8(id).ok()?;
    let checksum = u32::from_be_bytes(*checksum);
    (!id.is_empty()).then(|| ListCursor::Below { created_at, id: id.to_owned(), checksum })
}

impl Serialize for ListCursor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_walk_begins_with_the_empty_text_or_with_a_word() {
        for text in ["", "newest"] {
            assert_eq!(text.parse(), Ok(ListCursor::Newest));
        }
        assert!("Newest".parse::<ListCursor>().is_err());
    }

    proptest! {
        #[test]
        fn a_cursor_is_read_as_it_was_written(
            millis in -62_135_596_800_000i64..253_402_300_799_999, id in "[^\\p{Cc}]{1,40}",
        ) {
            let created_at = Timestamp::from_millis(millis).unwrap();
            let cursor = ListCursor::below("filters", created_at, &id);
            prop_assert!(cursor.belongs_to("filters") && !cursor.belongs_to("others"));
            prop_assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }

        #[test]
        fn any_text_is_a_cursor_or_an_error(text in ".{0,40}") {
            if let Ok(cursor) = text.parse::<ListCursor>() && text != NEWEST {
                prop_assert_eq!(cursor.to_string(), text);
            }
        }
    }
}

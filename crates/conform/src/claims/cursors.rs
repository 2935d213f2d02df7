//! Walks by cursor.

use serde_json::Value;

use super::encoded;
use crate::{
    claim::{Claim, Operation::List, Outcome},
    listing::{Page, PageSequence, while_unchanged},
    probe::Probe,
};

/// The walk.
pub const CURSOR_WALK: Claim = Claim {
    id: "cursor-walk",
    statement: "a walk by cursor lists the runs of the pages, each once and in the same order, and \
                next_cursor is null at its end",
    operation: List,
    location: "parameter cursor and response 200 $.next_cursor",
    reason: "an export by cursor lacks runs, has them twice or never ends",
    advice: "let next_cursor state created_at and id of the last run, and list what is below",
};

/// Tests [`CURSOR_WALK`].
pub async fn cursor_walk(probe: &Probe<'_>, pages: &PageSequence) -> Result<(), Outcome> {
    let expected: Vec<_> = pages.items().map(|item| item["id"].clone()).collect();
    while_unchanged(probe, "", async || {
        let first = Page::read(probe, "?limit=1").await?;
        if first.totals != pages.first[0].totals {
            return Err(Outcome::Skipped("the list changed after its pages were read".into()));
        }
        walk(probe, pages, &expected).await
    })
    .await
}

/// Walks as far as the pages were read.
async fn walk(probe: &Probe<'_>, pages: &PageSequence, expected: &[Value]) -> Result<(), Outcome> {
    let mut listed = Vec::new();
    let mut cursor = String::new();
    loop {
        let query = format!("?limit={}&cursor={}", pages.limit, encoded(&cursor));
        let page = Page::read(probe, &query).await?;
        listed.extend(page.items.iter().map(|item| item["id"].clone()));
        if !expected.starts_with(&listed) {
            return Err(page.response.failure("the next runs of the list"));
        }
        match &page.response.json()?["next_cursor"] {
            Value::Null if pages.is_complete && listed == expected => return Ok(()),
            Value::String(_) if !pages.is_complete && listed == expected => return Ok(()),
            Value::String(next) if !page.items.is_empty() => next.clone_into(&mut cursor),
            other => {
                let count = expected.len();
                let text = format!(
                    "a next_cursor until the end of the list, and null there; after {} of {count} \
                     runs it is {other}",
                    listed.len()
                );
                return Err(page.response.failure(&text));
            }
        }
    }
}

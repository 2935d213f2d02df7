//! Pages of the list, and sequences of pages.

use serde_json::Value;

use crate::{claim::Outcome, probe::Probe, response::Response};

/// The number of attempts to read a list that changes while it is read.
const MAX_ATTEMPTS: usize = 3;
/// The number of pages that a short list is divided into, so that there are pages to compare.
const MIN_PAGES: i64 = 10;

/// One page as a server returned it.
#[derive(Clone, Debug)]
pub struct Page {
    /// Its runs.
    pub items: Vec<Value>,
    /// `total`, `succeeded` and `failed`.
    pub totals: [i64; 3],
    /// `page` and `limit`.
    pub echo: [i64; 2],
    /// The response itself.
    pub response: Response,
}

/// The pages of a list that did not change while they were read.
#[derive(Clone, Debug)]
pub struct PageSequence {
    /// The first pages in order; all of them if there are not too many.
    pub first: Vec<Page>,
    /// The last page and the next one, according to the totals, if they are not among the first.
    pub last: Vec<Page>,
    /// The limit of each page.
    pub limit: i64,
    /// Whether the first pages are all pages.
    pub is_complete: bool,
}

impl Page {
    /// Reads the page of this query, which begins with `?` if it is not empty.
    pub async fn read(probe: &Probe<'_>, query: &str) -> Result<Self, Outcome> {
        Self::of(probe.get(&format!("/v1/executions{query}")).await?)
    }

    /// Reads a page with another key.
    pub async fn read_as(probe: &Probe<'_>, key: &str, query: &str) -> Result<Self, Outcome> {
        Self::of(probe.get_as(key, &format!("/v1/executions{query}")).await?)
    }

    /// A response as a page.
    ///
    /// # Errors
    /// A status other than 200 fails the claim that is tested. A body of another shape skips it,
    /// because other claims are about shapes.
    pub fn of(response: Response) -> Result<Self, Outcome> {
        response.expect(200)?;
        let body = response.json()?;
        let skipped =
            || Outcome::Skipped("a list does not have the documented shape: see schemas".into());
        let number = |name: &str| body[name].as_f64().map(|n| n as i64).ok_or_else(skipped);
        Ok(Self {
            items: body["items"].as_array().ok_or_else(skipped)?.clone(),
            totals: [number("total")?, number("succeeded")?, number("failed")?],
            echo: [number("page")?, number("limit")?],
            response: response.clone(),
        })
    }

    /// The number of runs that match, on all pages.
    pub fn total(&self) -> i64 {
        self.totals[0]
    }

    fn is_unchanged_since(&self, earlier: &Self) -> bool {
        self.totals == earlier.totals && self.items.first() == earlier.items.first()
    }
}

impl PageSequence {
    /// Reads the list from its first page on.
    pub async fn read(probe: &Probe<'_>) -> Result<Self, Outcome> {
        let total = Page::read(probe, "?limit=1").await?.total();
        let limit = (total / MIN_PAGES).clamp(1, 100);
        let max_pages = i64::try_from(probe.target.max_pages.max(2)).unwrap_or(i64::MAX);
        while_unchanged(probe, "", async || {
            let mut pages = Self { first: Vec::new(), last: Vec::new(), limit, is_complete: false };
            // One page more than the limit is read, because the list may end just there.
            for number in 1..=max_pages + 1 {
                let page = Page::read(probe, &format!("?page={number}&limit={limit}")).await?;
                pages.is_complete = page.items.is_empty();
                // The first empty page is kept, because it must agree with the total.
                if pages.is_complete || number <= max_pages {
                    pages.first.push(page);
                }
                if pages.is_complete {
                    return Ok(pages);
                }
            }
            let last = (pages.first[0].total() + limit - 1) / limit;
            for number in [last, last + 1].into_iter().filter(|number| *number > max_pages) {
                let page = Page::read(probe, &format!("?page={number}&limit={limit}")).await?;
                pages.last.push(page);
            }
            Ok(pages)
        })
        .await
    }

    /// The runs of the first pages in the order of the pages.
    pub fn items(&self) -> impl Iterator<Item = &Value> {
        self.first.iter().flat_map(|page| &page.items)
    }
}

/// Calls `read` until the list with this filter did not change meanwhile, as far as its first page
/// shows.
pub async fn while_unchanged<T>(
    probe: &Probe<'_>,
    filter: &str,
    mut read: impl AsyncFnMut() -> Result<T, Outcome>,
) -> Result<T, Outcome> {
    let query = format!("?limit=1{filter}");
    for _ in 0..MAX_ATTEMPTS {
        let before = Page::read(probe, &query).await?;
        let value = read().await?;
        if Page::read(probe, &query).await?.is_unchanged_since(&before) {
            return Ok(value);
        }
    }
    let reason = format!("the list changed while it was read, {MAX_ATTEMPTS} times in a row");
    Err(Outcome::Skipped(reason))
}

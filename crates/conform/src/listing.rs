//! Pages of the list, read as far as a claim needs them, and all of them together.

use serde_json::Value;

use crate::{answer::Answer, claim::Verdict, probe::Probe};

/// How often a list is read again that changed meanwhile.
const ATTEMPTS: usize = 3;
/// Into how many pages a short list is cut, so that there is something to put together.
const PIECES: i64 = 10;

/// One page, as a server answered it.
#[derive(Clone, Debug)]
pub struct Page {
    /// Its runs.
    pub items: Vec<Value>,
    /// `total`, `succeeded` and `failed`.
    pub totals: [i64; 3],
    /// `page` and `limit`.
    pub echo: [i64; 2],
    /// The answer itself.
    pub answer: Answer,
}

/// The pages of a list that did not change while they were read.
#[derive(Clone, Debug)]
pub struct Walk {
    /// The first pages, in order; all of them where there are not too many.
    pub pages: Vec<Page>,
    /// The last page and the one behind it, as the totals say, where the walk ended before.
    pub end: Vec<Page>,
    /// How many runs were asked for on each page.
    pub limit: i64,
    /// Whether these are all pages.
    pub whole: bool,
}

impl Page {
    /// Reads a page with this query, which begins with `?` where it is not empty.
    pub async fn read(probe: &Probe<'_>, query: &str) -> Result<Self, Verdict> {
        Self::of(probe.get(&format!("/v1/executions{query}")).await?)
    }

    /// Reads a page for another key.
    pub async fn read_as(probe: &Probe<'_>, key: &str, query: &str) -> Result<Self, Verdict> {
        Self::of(probe.get_as(key, &format!("/v1/executions{query}")).await?)
    }

    /// An answer as a page. One that is not 200 fails the claim that asked; one of another shape is left to the claims
    /// about shapes.
    pub fn of(answer: Answer) -> Result<Self, Verdict> {
        answer.expect(200)?;
        let body = answer.json()?;
        let skipped =
            || Verdict::Skipped("a list is not of the documented shape: see schemas".into());
        let number = |name: &str| body[name].as_f64().map(|n| n as i64).ok_or_else(skipped);
        let page = Self {
            items: body["items"].as_array().ok_or_else(skipped)?.clone(),
            totals: [number("total")?, number("succeeded")?, number("failed")?],
            echo: [number("page")?, number("limit")?],
            answer: answer.clone(),
        };
        Ok(page)
    }

    /// How many runs match, on all pages.
    pub fn total(&self) -> i64 {
        self.totals[0]
    }

    fn is_as(&self, other: &Self) -> bool {
        self.totals == other.totals && self.items.first() == other.items.first()
    }
}

impl Walk {
    /// Reads the list from its first page on.
    pub async fn read(probe: &Probe<'_>) -> Result<Self, Verdict> {
        let total = Page::read(probe, "?limit=1").await?.total();
        let limit = (total / PIECES).clamp(1, 100);
        let most = i64::try_from(probe.target.most_pages.max(2)).unwrap_or(i64::MAX);
        while_still(probe, "", async || {
            let mut walk = Self { pages: Vec::new(), end: Vec::new(), limit, whole: false };
            for number in 1..=most + 1 {
                let page = Page::read(probe, &format!("?page={number}&limit={limit}")).await?;
                // The first page that is empty is kept: that it is empty must agree with the total.
                walk.whole = page.items.is_empty();
                // One page more is looked at, since the list may end just here.
                if walk.whole || number <= most {
                    walk.pages.push(page);
                }
                if walk.whole {
                    return Ok(walk);
                }
            }
            let last = (walk.pages[0].total() + limit - 1) / limit;
            for page in [last, last + 1].into_iter().filter(|page| *page > most) {
                let page = Page::read(probe, &format!("?page={page}&limit={limit}")).await?;
                walk.end.push(page);
            }
            Ok(walk)
        })
        .await
    }

    /// All runs of the first pages, in the order of the pages.
    pub fn items(&self) -> impl Iterator<Item = &Value> {
        self.pages.iter().flat_map(|page| &page.items)
    }
}

/// Reads something of a list (with this query) that did not change meanwhile, as far as its first page shows.
pub async fn while_still<T>(
    probe: &Probe<'_>,
    filter: &str,
    mut read: impl AsyncFnMut() -> Result<T, Verdict>,
) -> Result<T, Verdict> {
    let query = format!("?limit=1{filter}");
    for _ in 0..ATTEMPTS {
        let before = Page::read(probe, &query).await?;
        let value = read().await?;
        if Page::read(probe, &query).await?.is_as(&before) {
            return Ok(value);
        }
    }
    Err(Verdict::Skipped(format!("the ledger changed meanwhile, {ATTEMPTS} times in a row")))
}

//! The kinds of requests, each of which is measured with random values.

use anyhow::Result;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use runledger_model::{ListExecutionsQuery, WorkflowRunStatus};
use runledger_store::TenantId;
use runledger_store_sqlite::Reader;

use super::{DAY_MS, HISTOGRAM_DAYS, LIMIT, ListRead, Read};
use crate::data::Data;

/// A kind of request.
pub struct Kind {
    /// Its name in the tables.
    pub name: &'static str,
    /// Whether the goal for pages applies to it: at most twice the time of page 1.
    pub is_page: bool,
    /// Makes a request.
    pub make: fn(&mut Maker<'_>) -> Result<Read>,
}

/// The name of the kind that others are compared with.
pub const PAGE_1: &str = "page 1";

/// All kinds.
pub const KINDS: &[Kind] = &[
    page(PAGE_1, |maker| maker.page_1(ListRead::default())),
    page("page at 80 % depth", |maker| maker.page_at(ListRead::default(), 0.8)),
    page("random page", |maker| maker.random_page(ListRead::default())),
    page("a state, page 1", |maker| maker.page_1(failed())),
    page("a state, random page", |maker| maker.random_page(failed())),
    page("a workflow, page 1", |maker| {
        let list = maker.workflow(ListRead::default());
        maker.page_1(list)
    }),
    page("a workflow, random page", |maker| {
        let list = maker.workflow(ListRead::default());
        maker.random_page(list)
    }),
    page("a workflow and a state, random page", |maker| {
        let list = maker.workflow(failed());
        maker.random_page(list)
    }),
    page("a day, random page", |maker| {
        let list = maker.day();
        maker.random_page(list)
    }),
    page("an odd span, random page", |maker| {
        let list = maker.odd_span(ListRead::default());
        maker.random_page(list)
    }),
    page("a state in an odd span, random page", |maker| {
        let list = maker.odd_span(failed());
        maker.random_page(list)
    }),
    page("two states, page 1", |maker| maker.page_1(two_states())),
    page("two states, random page", |maker| maker.random_page(two_states())),
    other("histogram of 30 days by hour", |maker| maker.histogram()),
    other("one run", |maker| maker.run()),
];

const fn page(name: &'static str, make: fn(&mut Maker<'_>) -> Result<Read>) -> Kind {
    Kind { name, is_page: true, make }
}

const fn other(name: &'static str, make: fn(&mut Maker<'_>) -> Result<Read>) -> Kind {
    Kind { name, is_page: false, make }
}

fn failed() -> ListRead {
    ListRead { statuses: vec![WorkflowRunStatus::Failed], ..ListRead::default() }
}

fn two_states() -> ListRead {
    let statuses = vec![WorkflowRunStatus::Failed, WorkflowRunStatus::Cancelled];
    ListRead { statuses, ..ListRead::default() }
}

/// Makes requests whose pages exist.
pub struct Maker<'a> {
    /// What is in the ledger.
    pub data: Data,
    /// Where runs are counted.
    pub reader: &'a Reader,
    /// Whose they are.
    pub tenant: TenantId,
    /// Where random values come from.
    pub rng: ChaCha8Rng,
}

impl Maker<'_> {
    /// The page at this share (0 to 1) of all pages.
    ///
    /// # Errors
    /// Where the runs cannot be counted.
    pub fn page_at(&self, list: ListRead, share: f64) -> Result<Read> {
        let query = ListExecutionsQuery { limit: 1, ..list.query() };
        let total = self.reader.list(self.tenant, &query)?.total;
        let pages = (total.max(1) - 1) / LIMIT + 1;
        let page = ((pages as f64 * share) as i64).min(pages - 1);
        Ok(Read::List(ListRead { offset: page * LIMIT, ..list }))
    }

    fn page_1(&self, list: ListRead) -> Result<Read> {
        Ok(Read::List(list))
    }

    fn random_page(&mut self, list: ListRead) -> Result<Read> {
        let share = self.rng.random();
        self.page_at(list, share)
    }

    fn workflow(&mut self, list: ListRead) -> ListRead {
        ListRead { workflow: Some(self.data.random_workflow(&mut self.rng)), ..list }
    }

    /// A random day, from midnight to midnight.
    fn day(&mut self) -> ListRead {
        let created = self.moment();
        let midnight = created - created.rem_euclid(DAY_MS);
        ListRead { range: Some((midnight, midnight + DAY_MS)), ..ListRead::default() }
    }

    /// A random span that begins and ends at any millisecond.
    fn odd_span(&mut self, list: ListRead) -> ListRead {
        let (a, b) = (self.moment(), self.moment());
        ListRead { range: Some((a.min(b), a.max(b) + 1)), ..list }
    }

    fn histogram(&mut self) -> Result<Read> {
        let latest = self.data.start() + self.data.span_ms();
        let earliest = (self.data.start() + HISTOGRAM_DAYS * DAY_MS).min(latest);
        let end = self.rng.random_range(earliest..=latest);
        Ok(Read::Histogram { end })
    }

    fn run(&mut self) -> Result<Read> {
        let number = self.rng.random_range(0..self.data.runs);
        Ok(Read::Run { number, id: self.data.id(number) })
    }

    /// A random time in the data, in milliseconds since 1970.
    fn moment(&mut self) -> i64 {
        self.data.start() + self.rng.random_range(0..self.data.span_ms())
    }
}

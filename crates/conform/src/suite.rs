//! All claims in the order of their tests.

use crate::{
    Claim, ClaimResult, ConformError, Contract, Outcome, Results, Target,
    claims::{
        bounds, changes, cursors, engines, errors, filters, histogram, isolation, lost, metadata,
        pages, ranges,
        recording::{self, Recorder},
        refusals, requests, responses, runs, sizes, tags, updates, workflows,
    },
    listing::PageSequence,
    probe::Probe,
};

/// Tests every claim on a server.
///
/// # Errors
/// If the target is invalid or the server does not respond.
pub async fn conform(target: &Target, contract: &Contract) -> Result<Results, ConformError> {
    let probe = Probe::new(target, contract)?;
    probe.reach().await.map_err(ConformError::Unreachable)?;
    let mut suite = Suite::default();
    let accepted = requests::key_accepted(&probe).await;
    let can_read = accepted.is_ok();
    suite.add(&requests::KEY_ACCEPTED, accepted);
    if can_read {
        suite.test_reading(&probe).await;
        suite.test_isolation(&probe).await;
        if target.write {
            suite.test_recording(&probe).await;
        } else {
            suite.remarks.push("nothing was recorded; --write also tests recording".into());
        }
    } else {
        suite.remarks.push("nothing else was tested".into());
    }
    let faults = probe.faults();
    for claim in &responses::ALL {
        suite.claims.push(ClaimResult { claim, outcome: responses::outcome(claim, &faults) });
    }
    let subject = format!("{} against version {} of the contract", target.url, contract.version());
    Ok(Results {
        subject: probe.redacted(&subject),
        claims: suite.claims.into_iter().map(|result| redacted(result, &probe)).collect(),
        remarks: suite.remarks.iter().map(|remark| probe.redacted(remark)).collect(),
    })
}

/// The result without the keys: an id or a time in a response may contain one.
fn redacted(mut result: ClaimResult, probe: &Probe<'_>) -> ClaimResult {
    if let Outcome::Failed(text) | Outcome::Skipped(text) = &mut result.outcome {
        *text = probe.redacted(text);
    }
    result
}

/// Tests a claim on pages that have been read.
type PageTest = fn(&PageSequence) -> Result<(), Outcome>;

#[derive(Default)]
struct Suite {
    claims: Vec<ClaimResult>,
    remarks: Vec<String>,
}

impl Suite {
    fn add(&mut self, claim: &'static Claim, result: Result<(), Outcome>) {
        let outcome = result.err().unwrap_or(Outcome::Passed);
        self.claims.push(ClaimResult { claim, outcome });
    }

    /// The claims that only read.
    async fn test_reading(&mut self, probe: &Probe<'_>) {
        self.add(&requests::DOCUMENTED_REQUESTS, requests::documented_requests(probe).await);
        self.add(&requests::ECHO, requests::echo(probe).await);
        self.add(&bounds::BOUNDS_ACCEPTED, bounds::bounds_accepted(probe).await);
        self.add(&bounds::LIMIT_RESPECTED, bounds::limit_respected(probe).await);
        self.add(&bounds::BOUNDS_REFUSED, bounds::bounds_refused(probe).await);
        self.add(&bounds::STATUS_REFUSED, bounds::status_refused(probe).await);
        self.add(&bounds::UNKNOWN_PARAMETER, bounds::unknown_parameter(probe).await);
        self.add(&bounds::FILTERS_REFUSED, bounds::filters_refused(probe).await);
        self.add(&bounds::COMBINATIONS_REFUSED, bounds::combinations_refused(probe).await);
        let pages = PageSequence::read(probe).await;
        self.test_pages(&pages);
        self.add(&pages::PAST_THE_LAST, pages::past_the_last(probe).await);
        self.add(&filters::STATUS_FILTER, filters::status_filter(probe).await);
        self.add(&filters::WORKFLOW_FILTER, filters::workflow_filter(probe).await);
        self.add(&filters::BOTH_FILTERS, filters::both_filters(probe).await);
        self.add(&filters::STATUS_ALL, filters::status_all(probe).await);
        self.add(&filters::COUNTS_ADD_UP, filters::counts_add_up(probe).await);
        self.add(&filters::STATUSES_ADD_UP, filters::statuses_add_up(probe).await);
        self.add(&histogram::ADDS_UP, histogram::adds_up(probe).await);
        self.add(&histogram::BUCKETS, histogram::buckets(probe).await);
        self.add(&workflows::FIGURES, workflows::figures(probe).await);
        self.add(&workflows::DURATIONS, workflows::durations(probe).await);
        self.add(&workflows::PAGES, workflows::pages(probe).await);
        self.add(&workflows::BEGINNING, workflows::beginning(probe).await);
        match &pages {
            Ok(pages) => {
                self.add(&ranges::TIME_RANGE, ranges::time_range(probe, pages).await);
                self.add(&cursors::CURSOR_WALK, cursors::cursor_walk(probe, pages).await);
                self.add(&runs::LISTED_RUNS, runs::listed_runs(probe, pages).await);
                self.add(&runs::STEP_COUNT, runs::step_count(probe, pages).await);
            }
            Err(reason) => {
                self.add(&ranges::TIME_RANGE, Err(without_pages(reason)));
                self.add(&cursors::CURSOR_WALK, Err(without_pages(reason)));
                self.add(&runs::LISTED_RUNS, Err(without_pages(reason)));
                self.add(&runs::STEP_COUNT, Err(without_pages(reason)));
            }
        }
        self.add(&changes::CHANGES_IN_ORDER, changes::changes_in_order(probe).await);
        self.add(&tags::NOT_MODIFIED, tags::not_modified(probe).await);
        self.add(&errors::UNKNOWN_RUN, errors::unknown_run(probe).await);
        self.add(&errors::KEY_REQUIRED, errors::key_required(probe).await);
        self.add(&errors::NO_ENDPOINT, errors::no_endpoint(probe).await);
    }

    /// The claims about pages. If they could not be read, the first of them states why.
    fn test_pages(&mut self, pages: &Result<PageSequence, Outcome>) {
        let claims: [(_, PageTest); 6] = [
            (&pages::PAGES_FULL, pages::pages_full),
            (&pages::NO_RUN_TWICE, pages::no_run_twice),
            (&pages::NEWEST_FIRST, pages::newest_first),
            (&pages::TOTALS_AGREE, pages::totals_agree),
            (&pages::TOTAL_EXACT, pages::total_exact),
            (&pages::OUTCOMES_EXACT, pages::outcomes_exact),
        ];
        for (position, (claim, test)) in claims.into_iter().enumerate() {
            let result = match pages {
                Ok(pages) => test(pages),
                Err(reason) if position == 0 => Err(reason.clone()),
                Err(reason) => Err(without_pages(reason)),
            };
            self.add(claim, result);
        }
        if let Ok(pages) = pages
            && !pages.is_complete
        {
            let (read, total) = (pages.items().count(), pages.first[0].total());
            self.remarks.push(format!(
                "{read} of {total} runs were read, in pages of {}, and the last page",
                pages.limit
            ));
        }
    }

    /// The claims that need a second tenant.
    async fn test_isolation(&mut self, probe: &Probe<'_>) {
        let other = match &probe.target.other_key {
            Some(other) => {
                let accepted = isolation::other_key_accepted(probe, other).await;
                let can_read = accepted.is_ok();
                self.add(&isolation::OTHER_KEY_ACCEPTED, accepted);
                can_read.then_some(other).ok_or_else(other_key_refused)
            }
            None => Err(no_other_key()),
        };
        match other {
            Ok(other) => {
                self.add(&isolation::LISTS_APART, isolation::lists_apart(probe, other).await);
                self.add(&isolation::RUNS_APART, isolation::runs_apart(probe, other).await);
                self.add(&workflows::APART, workflows::apart(probe, other).await);
                self.add(&changes::CHANGES_APART, changes::changes_apart(probe, other).await);
            }
            Err(reason) => {
                for claim in [
                    &isolation::LISTS_APART,
                    &isolation::RUNS_APART,
                    &workflows::APART,
                    &changes::CHANGES_APART,
                ] {
                    self.add(claim, Err(reason.clone()));
                }
            }
        }
    }

    /// The claims that record runs.
    async fn test_recording(&mut self, probe: &Probe<'_>) {
        let own = Recorder::new();
        self.add(&recording::RECORDED, recording::recorded(probe, &own).await);
        self.add(&recording::PUT_BACK, recording::put_back(probe, &own).await);
        self.add(&recording::COUNTS_MOVE, recording::counts_move(probe, &own).await);
        self.add(&workflows::FOLLOW, workflows::follow(probe, &own).await);
        self.add(&recording::ENCODED_IDS, recording::encoded_ids(probe, &own).await);
        self.add(&recording::STEP_ORDER, recording::step_order(probe, &own).await);
        self.add(&recording::OMITTED, recording::omitted(probe, &own).await);
        self.add(&engines::ODD_FACTS, engines::odd_facts(probe, &own).await);
        self.add(&engines::OPTIONAL_FIELDS, engines::optional_fields(probe, &own).await);
        self.add(&engines::SMALLEST, engines::smallest(probe, &own).await);
        self.add(&engines::ATTEMPTS, engines::attempts(probe, &own).await);
        self.add(&updates::MERGED, updates::merged(probe, &own).await);
        self.add(&updates::NULL_REMOVES, updates::null_removes(probe, &own).await);
        self.add(&updates::WORKFLOW_NEEDED, updates::workflow_needed(probe, &own).await);
        self.add(&updates::ONLY_CREATE, updates::only_create(probe, &own).await);
        self.add(&updates::STALE, updates::stale(probe, &own).await);
        self.add(&tags::RECORDED, tags::recorded(probe, &own).await);
        self.add(&lost::LOST, lost::lost(probe, &own).await);
        self.add(&sizes::LONG_TEXTS, sizes::long_texts(probe, &own).await);
        self.add(&sizes::TOO_LARGE, sizes::too_large(probe, &own).await);
        self.add(&recording::BATCHES, recording::batches(probe, &own).await);
        self.add(&metadata::METADATA_FILTER, metadata::metadata_filter(probe, &own).await);
        self.add(&changes::CHANGES_RECORDED, changes::changes_recorded(probe, &own).await);
        self.add(&changes::EVENTS_RESUME, changes::events_resume(probe, &own).await);
        self.add(&refusals::FINISHED_STAYS, refusals::finished_stays(probe, &own).await);
        self.add(&refusals::CONTRADICTIONS, refusals::contradictions(probe, &own).await);
        self.add(&refusals::BAD_BODIES, refusals::bad_bodies(probe, &own).await);
        self.add(&refusals::UNKNOWN_FIELDS, refusals::unknown_fields(probe, &own).await);
        self.add(&refusals::BAD_BATCHES, refusals::bad_batches(probe).await);
        self.add(&refusals::KEY_REQUIRED, refusals::key_required(probe, &own).await);
        let apart = match &probe.target.other_key {
            Some(other) if isolation::other_key_accepted(probe, other).await.is_ok() => {
                recording::recorded_apart(probe, &own, other).await
            }
            Some(_) => Err(other_key_refused()),
            None => Err(no_other_key()),
        };
        self.add(&recording::RECORDED_APART, apart);
        let remark = format!("the recorded runs stay on the server, in workflow {}", own.workflow);
        self.remarks.push(remark);
    }
}

fn no_other_key() -> Outcome {
    Outcome::Skipped("no --other-key was given".into())
}

fn other_key_refused() -> Outcome {
    Outcome::Skipped("the other key was refused: see other-key-accepted".into())
}

fn without_pages(reason: &Outcome) -> Outcome {
    match reason {
        Outcome::Skipped(reason) => Outcome::Skipped(reason.clone()),
        _ => Outcome::Skipped("the pages could not be read: see pages-full".into()),
    }
}

//! Everything in its order.

use crate::{
    Claim, ConformError, Contract, Judged, Outcome, Target, Verdict,
    claims::{
        answers, bounds, errors, filters, isolation, pages,
        recording::{self, Recorder},
        refusals, requests, runs,
    },
    listing::Walk,
    probe::Probe,
};

/// Tries every claim on a server.
///
/// # Errors
/// Where the target is none, or nothing answers there.
pub async fn conform(target: &Target, contract: &Contract) -> Result<Outcome, ConformError> {
    let probe = Probe::new(target, contract)?;
    probe.reach().await.map_err(ConformError::Unreachable)?;
    let mut suite = Suite::default();
    suite.take(&requests::KEY_ACCEPTED, requests::key_accepted(&probe).await);
    if suite.is_clean() {
        suite.read(&probe).await;
        suite.isolate(&probe).await;
        if target.write {
            suite.record(&probe).await;
        } else {
            suite.remarks.push("nothing was recorded: --write tries that as well".into());
        }
    } else {
        suite.remarks.push("nothing else was tried".into());
    }
    let faults = probe.faults();
    for claim in &answers::ALL {
        let verdict = answers::judge(claim, &faults);
        suite.judged.push(Judged { claim, verdict });
    }
    let subject = format!("{} against version {} of the contract", target.url, contract.version());
    Ok(Outcome {
        subject: probe.blackened(&subject),
        judged: suite.judged.into_iter().map(|one| one.blackened(&probe)).collect(),
        remarks: suite.remarks.iter().map(|remark| probe.blackened(remark)).collect(),
    })
}

impl Judged {
    /// Without the keys: an id or a time in an answer may hold one.
    fn blackened(mut self, probe: &Probe<'_>) -> Self {
        if let Verdict::Failed(words) | Verdict::Skipped(words) = &mut self.verdict {
            *words = probe.blackened(words);
        }
        self
    }
}

/// What tries a claim on pages that have been read.
type Trial = fn(&Walk) -> Result<(), Verdict>;

#[derive(Default)]
struct Suite {
    judged: Vec<Judged>,
    remarks: Vec<String>,
}

impl Suite {
    fn take(&mut self, claim: &'static Claim, held: Result<(), Verdict>) {
        let verdict = held.err().unwrap_or(Verdict::Held);
        self.judged.push(Judged { claim, verdict });
    }

    fn is_clean(&self) -> bool {
        self.judged.iter().all(|one| one.verdict == Verdict::Held)
    }

    /// What can be tried on a server without a trace.
    async fn read(&mut self, probe: &Probe<'_>) {
        self.take(&requests::DOCUMENTED_REQUESTS, requests::documented_requests(probe).await);
        self.take(&requests::ECHO, requests::echo(probe).await);
        self.take(&bounds::BOUNDS_TAKEN, bounds::bounds_taken(probe).await);
        self.take(&bounds::LIMIT_KEPT, bounds::limit_kept(probe).await);
        self.take(&bounds::BOUNDS_REFUSED, bounds::bounds_refused(probe).await);
        self.take(&bounds::STATUS_REFUSED, bounds::status_refused(probe).await);
        let walk = Walk::read(probe).await;
        self.put_together(&walk);
        self.take(&pages::PAST_THE_LAST, pages::past_the_last(probe).await);
        self.take(&filters::STATUS_FILTER, filters::status_filter(probe).await);
        self.take(&filters::WORKFLOW_FILTER, filters::workflow_filter(probe).await);
        self.take(&filters::BOTH_FILTERS, filters::both_filters(probe).await);
        self.take(&filters::STATUS_ALL, filters::status_all(probe).await);
        self.take(&filters::COUNTS_ADD_UP, filters::counts_add_up(probe).await);
        match &walk {
            Ok(walk) => {
                self.take(&runs::LISTED_RUNS, runs::listed_runs(probe, walk).await);
                self.take(&runs::STEP_COUNT, runs::step_count(probe, walk).await);
            }
            Err(why) => {
                self.take(&runs::LISTED_RUNS, Err(without_pages(why)));
                self.take(&runs::STEP_COUNT, Err(without_pages(why)));
            }
        }
        self.take(&errors::UNKNOWN_RUN, errors::unknown_run(probe).await);
        self.take(&errors::KEY_WANTED, errors::key_wanted(probe).await);
        self.take(&errors::NO_ENDPOINT, errors::no_endpoint(probe).await);
    }

    /// The claims about pages; the first of them tells why there are none.
    fn put_together(&mut self, walk: &Result<Walk, Verdict>) {
        let claims: [(_, Trial); 6] = [
            (&pages::PAGES_FULL, pages::pages_full),
            (&pages::NO_RUN_TWICE, pages::no_run_twice),
            (&pages::NEWEST_FIRST, pages::newest_first),
            (&pages::TOTALS_AGREE, pages::totals_agree),
            (&pages::TOTAL_EXACT, pages::total_exact),
            (&pages::OUTCOMES_EXACT, pages::outcomes_exact),
        ];
        for (at, (claim, try_it)) in claims.into_iter().enumerate() {
            let held = match walk {
                Ok(walk) => try_it(walk),
                Err(why) if at == 0 => Err(why.clone()),
                Err(why) => Err(without_pages(why)),
            };
            self.take(claim, held);
        }
        if let Ok(walk) = walk {
            let (read, total) = (walk.items().count(), walk.pages[0].total());
            if !walk.whole {
                self.remarks.push(format!(
                    "{read} of {total} runs were looked at, in pages of {}, and the last page",
                    walk.limit
                ));
            }
        }
    }

    /// Two tenants.
    async fn isolate(&mut self, probe: &Probe<'_>) {
        let (lists, runs) = match &probe.target.other_key {
            Some(other) => {
                let accepted = isolation::other_key_accepted(probe, other).await;
                let opens = accepted.is_ok();
                self.take(&isolation::OTHER_KEY_ACCEPTED, accepted);
                if opens {
                    let lists = isolation::lists_apart(probe, other).await;
                    (lists, isolation::runs_apart(probe, other).await)
                } else {
                    (Err(shut_out()), Err(shut_out()))
                }
            }
            None => (Err(no_other_key()), Err(no_other_key())),
        };
        self.take(&isolation::LISTS_APART, lists);
        self.take(&isolation::RUNS_APART, runs);
    }

    /// What leaves runs behind.
    async fn record(&mut self, probe: &Probe<'_>) {
        let own = Recorder::new();
        self.take(&recording::RECORDED, recording::recorded(probe, &own).await);
        self.take(&recording::PUT_BACK, recording::put_back(probe, &own).await);
        self.take(&recording::COUNTS_MOVE, recording::counts_move(probe, &own).await);
        self.take(&recording::ODD_IDS, recording::odd_ids(probe, &own).await);
        self.take(&recording::STEP_ORDER, recording::step_order(probe, &own).await);
        self.take(&recording::LEFT_OUT, recording::left_out(probe, &own).await);
        self.take(&recording::BATCHES, recording::batches(probe, &own).await);
        self.take(&refusals::FINISHED_STAYS, refusals::finished_stays(probe, &own).await);
        self.take(&refusals::CONTRADICTIONS, refusals::contradictions(probe, &own).await);
        self.take(&refusals::BAD_BODIES, refusals::bad_bodies(probe, &own).await);
        self.take(&refusals::BAD_BATCHES, refusals::bad_batches(probe).await);
        self.take(
            &refusals::KEY_WANTED_TO_RECORD,
            refusals::key_wanted_to_record(probe, &own).await,
        );
        let apart = match &probe.target.other_key {
            Some(other) if isolation::other_key_accepted(probe, other).await.is_ok() => {
                recording::recorded_apart(probe, &own, other).await
            }
            Some(_) => Err(shut_out()),
            None => Err(no_other_key()),
        };
        self.take(&recording::RECORDED_APART, apart);
        self.remarks.push(format!("what was recorded stays, in the workflow {}", own.workflow));
    }
}

fn no_other_key() -> Verdict {
    Verdict::Skipped("no --other-key was given".into())
}

fn shut_out() -> Verdict {
    Verdict::Skipped("the other key opens nothing: see other-key-accepted".into())
}

fn without_pages(why: &Verdict) -> Verdict {
    match why {
        Verdict::Skipped(why) => Verdict::Skipped(why.clone()),
        _ => Verdict::Skipped("the pages could not be read: see pages-full".into()),
    }
}

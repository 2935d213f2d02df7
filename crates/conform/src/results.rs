//! The outcomes of all claims as a report.

use std::io::{self, Write};

use runledger_contract::{Format, Report};
use serde_json::{Value, json};

use crate::claim::{Claim, Outcome};

/// A claim and its outcome.
#[derive(Debug)]
pub struct ClaimResult {
    /// The claim.
    pub claim: &'static Claim,
    /// Its outcome.
    pub outcome: Outcome,
}

/// The outcomes of all claims.
#[derive(Debug)]
pub struct Results {
    /// The server and the version of the contract.
    pub subject: String,
    /// Each claim with its outcome, in the order of the tests.
    pub claims: Vec<ClaimResult>,
    /// The extent of the test: pages that were not read, runs that stay on the server.
    pub remarks: Vec<String>,
}

impl Results {
    /// The ids of the claims that failed, in the order of the tests.
    pub fn failed(&self) -> Vec<&'static str> {
        let failed =
            self.claims.iter().filter(|result| matches!(result.outcome, Outcome::Failed(_)));
        failed.map(|result| result.claim.id).collect()
    }

    /// Whether no claim failed.
    pub fn passed(&self) -> bool {
        self.failed().is_empty()
    }

    /// Writes the outcome of each claim, then the findings.
    ///
    /// # Errors
    /// An error of `out`.
    pub fn write(&self, format: Format, out: &mut dyn Write) -> io::Result<()> {
        match format {
            Format::Json => return self.write_json(out),
            Format::Markdown => self.write_table(out)?,
            Format::Text | Format::Github => self.write_lines(out)?,
        }
        self.report().write(format, out)
    }

    fn report(&self) -> Report {
        let findings = self.claims.iter().filter_map(|result| match &result.outcome {
            Outcome::Failed(observation) => Some(result.claim.finding(observation)),
            Outcome::Passed | Outcome::Skipped(_) => None,
        });
        Report {
            subject: self.subject.clone(),
            file: "openapi.json".into(),
            text: crate::contract::CHECKED_IN.to_owned(),
            findings: findings.collect(),
            nothing: "no claim failed",
        }
    }

    fn write_lines(&self, out: &mut dyn Write) -> io::Result<()> {
        for ClaimResult { claim, outcome } in &self.claims {
            let statement = with_reason(claim, outcome);
            writeln!(out, "{:<8}{:<27}{statement}", word(outcome), claim.id)?;
        }
        for remark in &self.remarks {
            writeln!(out, "{:<8}{remark}", "note")?;
        }
        writeln!(out)
    }

    fn write_table(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "| outcome | claim | statement |\n| --- | --- | --- |")?;
        for ClaimResult { claim, outcome } in &self.claims {
            let statement = with_reason(claim, outcome);
            writeln!(out, "| {} | `{}` | {statement} |", word(outcome), claim.id)?;
        }
        writeln!(out)?;
        for remark in &self.remarks {
            writeln!(out, "{remark}.\n")?;
        }
        Ok(())
    }

    /// The object of the report, with the claims and the remarks added.
    fn write_json(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut report = Vec::new();
        self.report().write(Format::Json, &mut report)?;
        let mut object: Value = serde_json::from_slice(&report)?;
        let claims = self.claims.iter().map(|ClaimResult { claim, outcome }| {
            let mut object = json!({
                "id": claim.id, "statement": claim.statement, "outcome": word(outcome),
            });
            if let Outcome::Skipped(reason) = outcome {
                object["reason"] = json!(reason);
            }
            object
        });
        object["claims"] = claims.collect();
        object["remarks"] = json!(self.remarks);
        writeln!(out, "{object:#}")
    }
}

fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Passed => "passed",
        Outcome::Failed(_) => "failed",
        Outcome::Skipped(_) => "skipped",
    }
}

/// The statement, and the reason why it was skipped.
fn with_reason(claim: &Claim, outcome: &Outcome) -> String {
    match outcome {
        Outcome::Skipped(reason) => format!("{} (skipped: {reason})", claim.statement),
        _ => claim.statement.to_owned(),
    }
}

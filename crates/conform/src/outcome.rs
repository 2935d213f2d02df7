//! What became of all claims, as a report that somebody can act on.

use std::io::{self, Write};

use runledger_contract::{Format, Report};
use serde_json::{Value, json};

use crate::claim::{Claim, Verdict};

/// A claim, and what became of it.
#[derive(Debug)]
pub struct Judged {
    /// The claim.
    pub claim: &'static Claim,
    /// What became of it.
    pub verdict: Verdict,
}

/// What became of all claims.
#[derive(Debug)]
pub struct Outcome {
    /// What was held to what.
    pub subject: String,
    /// The claims, in the order in which they were tried.
    pub judged: Vec<Judged>,
    /// How far the suite went: pages that were not read, runs that it left behind.
    pub remarks: Vec<String>,
}

impl Outcome {
    /// The names of the claims that the server does not hold, in the order in which they were tried.
    pub fn failed(&self) -> Vec<&'static str> {
        let failed = self.judged.iter().filter(|one| matches!(one.verdict, Verdict::Failed(_)));
        failed.map(|one| one.claim.name).collect()
    }

    /// Whether the server holds everything that was tried.
    pub fn holds(&self) -> bool {
        self.failed().is_empty()
    }

    /// Writes the claims, then what is wrong.
    ///
    /// # Errors
    /// Where `out` does not take it.
    pub fn write(&self, format: Format, out: &mut dyn Write) -> io::Result<()> {
        match format {
            Format::Json => return self.write_json(out),
            Format::Markdown => self.write_table(out)?,
            Format::Text | Format::Github => self.write_lines(out)?,
        }
        self.report().write(format, out)
    }

    fn report(&self) -> Report {
        let findings = self.judged.iter().filter_map(|one| match &one.verdict {
            Verdict::Failed(what) => Some(one.claim.finding(what)),
            _ => None,
        });
        Report {
            subject: self.subject.clone(),
            file: "openapi.json".into(),
            text: crate::contract::CHECKED_IN.to_owned(),
            findings: findings.collect(),
            nothing: "everything that was tried holds",
        }
    }

    fn write_lines(&self, out: &mut dyn Write) -> io::Result<()> {
        for Judged { claim, verdict } in &self.judged {
            writeln!(out, "{:<8}{:<25}{}", word(verdict), claim.name, words(claim, verdict))?;
        }
        for remark in &self.remarks {
            writeln!(out, "{:<8}{remark}", "note")?;
        }
        writeln!(out)
    }

    fn write_table(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "| | claim | |\n| --- | --- | --- |")?;
        for Judged { claim, verdict } in &self.judged {
            writeln!(out, "| {} | `{}` | {} |", word(verdict), claim.name, words(claim, verdict))?;
        }
        writeln!(out)?;
        for remark in &self.remarks {
            writeln!(out, "{remark}.\n")?;
        }
        Ok(())
    }

    /// The report's object, with the claims and the remarks in it.
    fn write_json(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut report = Vec::new();
        self.report().write(Format::Json, &mut report)?;
        let mut whole: Value = serde_json::from_slice(&report)?;
        let claims = self.judged.iter().map(|Judged { claim, verdict }| {
            let mut one =
                json!({ "name": claim.name, "says": claim.says, "verdict": word(verdict) });
            if let Verdict::Skipped(why) = verdict {
                one["why"] = json!(why);
            }
            one
        });
        whole["claims"] = claims.collect();
        whole["remarks"] = json!(self.remarks);
        writeln!(out, "{whole:#}")
    }
}

fn word(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Held => "held",
        Verdict::Failed(_) => "failed",
        Verdict::Skipped(_) => "skipped",
    }
}

fn words(claim: &Claim, verdict: &Verdict) -> String {
    match verdict {
        Verdict::Skipped(why) => format!("{} (not tried: {why})", claim.says),
        _ => claim.says.to_owned(),
    }
}

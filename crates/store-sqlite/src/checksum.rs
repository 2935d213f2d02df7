//! The checksum of a run, by which `check` finds changed bytes that look like others.

use runledger_model::{StepExecution, WorkflowRunDetail};
use runledger_store::codes::StorageCode;

use crate::optional_fields::{OptionalFields, OptionalRunFields, OptionalStepFields};

/// Whether this is the checksum of the run: of one that was written whole, or of one whose steps
/// are merged one by one.
pub fn fits(stored: u32, run: &WorkflowRunDetail) -> bool {
    let merged = || {
        let steps = run.steps.iter().map(checksum_of_step).fold(0, u32::wrapping_add);
        merged_checksum(run, steps)
    };
    stored == checksum(run) || stored == merged()
}

/// The checksum of a run whose steps are merged one by one, of which this is the sum of the
/// [checksums](checksum_of_step).
pub fn merged_checksum(run: &WorkflowRunDetail, steps: u32) -> u32 {
    crc32fast::hash(&Checksum::of_run(run).0).wrapping_add(steps)
}

/// The CRC-32 of everything that a step contains.
pub fn checksum_of_step(step: &StepExecution) -> u32 {
    let mut checksum = Checksum(Vec::with_capacity(256));
    checksum.step(step);
    crc32fast::hash(&checksum.0)
}

/// The CRC-32 of everything that a run and its steps contain. It is in databases: what is fed to
/// it, and in which order, never changes.
pub fn checksum(run: &WorkflowRunDetail) -> u32 {
    let mut checksum = Checksum::of_run(run);
    for step in &run.steps {
        checksum.step(step);
    }
    crc32fast::hash(&checksum.0)
}
/// The bytes whose checksum it is.
struct Checksum(Vec<u8>);

impl Checksum {
    /// All fields but the steps.
    fn of_run(run: &WorkflowRunDetail) -> Self {
        let WorkflowRunDetail {
            id,
            workflow_id,
            version_id,
            version_display_name,
            run_type,
            status,
            duration,
            created_at,
            started_at,
            finished_at,
            attempt: _,
            outcome: _,
            url: _,
            metadata: _,
            parent_id: _,
            triggered_by: _,
            heartbeat_timeout: _,
            error: _,
            attempts: _,
            steps: _,
            step_count: _,
        } = run;
        let mut checksum = Self(Vec::with_capacity(1024));
        for text in [id, workflow_id, version_id, version_display_name, run_type] {
            checksum.text(text);
        }
        checksum.number(status.code());
        checksum.optional(duration.map(|duration| duration.micros()));
        checksum.number(created_at.millis());
        checksum.optional(started_at.map(|time| time.millis()));
        checksum.optional(finished_at.map(|time| time.millis()));
        checksum.optional_fields(&OptionalRunFields::from(run));
        checksum
    }

    fn step(&mut self, step: &StepExecution) {
        let StepExecution {
            id,
            step_name,
            step_type,
            status,
            attempt,
            error,
            duration,
            created_at,
            started_at,
            finished_at,
            outcome: _,
            url: _,
            metadata: _,
            parent_id: _,
            iteration: _,
        } = step;
        self.text(id);
        self.text(step_name);
        self.number(step_type.code());
        self.number(status.code());
        self.number((*attempt).into());
        self.optional(error.as_ref().map(|error| error.len() as i64));
        self.0.extend_from_slice(error.as_deref().unwrap_or_default().as_bytes());
        self.number(duration.micros());
        self.number(created_at.millis());
        self.optional(started_at.map(|time| time.millis()));
        self.optional(finished_at.map(|time| time.millis()));
        self.optional_fields(&OptionalStepFields::from(step));
    }

    /// Nothing where no field is set, as before there were such fields.
    fn optional_fields(&mut self, fields: &impl OptionalFields) {
        if let Some(json) = fields.json() {
            self.text(&json);
        }
    }

    /// The length comes first, so that no two sequences of texts are the same bytes.
    fn text(&mut self, text: &str) {
        self.number(text.len() as i64);
        self.0.extend_from_slice(text.as_bytes());
    }

    fn number(&mut self, number: i64) {
        self.0.extend_from_slice(&number.to_le_bytes());
    }

    fn optional(&mut self, number: Option<i64>) {
        self.0.extend_from_slice(&[u8::from(number.is_some())]);
        self.number(number.unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use runledger_store::test_suite::run;

    use super::*;

    #[test]
    fn merged_steps_have_the_same_checksum_in_any_order() {
        let mut run = run("run_1");
        let steps = run.steps.iter().map(checksum_of_step).fold(0, u32::wrapping_add);
        let stored = merged_checksum(&run, steps);
        assert_eq!(stored, 3_368_889_301);
        assert!(fits(stored, &run) && fits(checksum(&run), &run));
        run.steps.reverse();
        assert!(fits(stored, &run));
        run.steps[0].step_name += "x";
        assert!(!fits(stored, &run));
    }

    #[test]
    fn the_checksum_is_that_on_disk() {
        let mut run = run("run_1");
        assert_eq!(checksum(&run), 4_278_102_596);
        run.steps[1].error = Some("e".to_owned());
        assert_eq!(checksum(&run), 925_773_992);
        (run.attempt, run.outcome) = (2, Some("LOST".to_owned()));
        run.steps[0].iteration = Some(3);
        assert_eq!(checksum(&run), 736_042_674);
    }
}

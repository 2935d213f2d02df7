//! The runs as a table, and the totals below it.

use indicatif::HumanCount;
use runledger_model::{Timestamp, WorkflowRunStatus};

use crate::screen::{
    Screen,
    runs::{self, Row},
    shell_word,
};

/// The runs, and what is said below them on a terminal.
pub struct Table {
    /// The runs, in their order.
    pub rows: Vec<Row>,
    /// Number of runs that match.
    pub total: i64,
    /// Number of these that succeeded.
    pub succeeded: i64,
    /// Number of these that failed.
    pub failed: i64,
    /// Whether only some of the ledger's runs match.
    pub is_filtered: bool,
    /// The options that name the ledger, for the commands to type next; begins with a space.
    pub source: String,
}

impl Table {
    /// The lines as they are shown if it is now `now`.
    pub fn render(&self, screen: &Screen, now: Timestamp) -> String {
        let mut lines = Vec::new();
        if !self.rows.is_empty() {
            lines.extend(runs::table(&self.rows, screen, now));
        }
        if screen.width.is_some() {
            lines.extend(self.footer(screen));
        }
        lines.into_iter().map(|line| line.trim_end().to_owned() + "\n").collect()
    }

    /// The totals, and what to type next.
    fn footer(&self, screen: &Screen) -> Vec<String> {
        let Self { rows, total, succeeded, failed, is_filtered, source } = self;
        let Some(first) = rows.first() else {
            return match is_filtered {
                true => vec!["No run matches.".to_owned()],
                false => vec![
                    "There are no runs yet.".to_owned(),
                    screen.dim("Record one: runledger exec --workflow hello -- echo hello"),
                ],
            };
        };
        let total_count = HumanCount(total.cast_unsigned());
        let (succeeded, failed) =
            (HumanCount(succeeded.cast_unsigned()), HumanCount(failed.cast_unsigned()));
        let shown = match rows.len() as i64 == *total {
            true => total_count.to_string(),
            false => format!("{} of {total_count}", HumanCount(rows.len() as u64)),
        };
        let noun = if *total == 1 { "run" } else { "runs" };
        let failed_run = rows.iter().find(|row| row.run.status == WorkflowRunStatus::Failed);
        let id = shell_word(&failed_run.unwrap_or(first).run.id);
        vec![
            String::new(),
            format!("{shown} {noun}. In total, {succeeded} succeeded and {failed} failed."),
            screen.dim(&format!("Details: runledger show {id}{source}")),
        ]
    }
}

#[cfg(test)]
mod tests {
    use runledger_model::{Seconds, WorkflowRunMetadata};

    use super::*;
    use crate::screen::width;

    const PLAIN: Screen = Screen { width: Some(80), color: false };
    const LONG: &str = "a-workflow-with-a-name-that-is-much-longer-than-the-screen-is-wide";

    fn now() -> Timestamp {
        "2025-01-04T12:00:00Z".parse().unwrap()
    }

    /// A run that was created this many seconds ago, and started then.
    fn run(id: &str, workflow: &str, status: WorkflowRunStatus, age: i64) -> WorkflowRunMetadata {
        let created = Timestamp::from_millis(now().millis() - age * 1000).unwrap();
        let mut run =
            WorkflowRunMetadata::new(id, workflow, "v", "Version", "TEST", status, created);
        run.started_at = Some(created);
        run
    }

    fn table(rows: Vec<Row>) -> Table {
        let source = " --tenant acme".to_owned();
        let (total, succeeded, failed) = (1234, 1200, 30);
        Table { rows, total, succeeded, failed, is_filtered: false, source }
    }

    fn rows() -> Vec<Row> {
        use WorkflowRunStatus::*;
        let mut failed = run("run_a-2", "夜間バックアップ・データベース・全テナント", Failed, 400);
        failed.duration = Seconds::from_micros(125_000_000);
        let mut succeeded = run("run with space", "invoice-sync", Succeeded, 7_300);
        succeeded.duration = Seconds::from_micros(350_000);
        let mut pending = run("run_p", "report", Pending, 3);
        pending.started_at = None;
        let mut skipped = run("run_s", "report", Succeeded, 90);
        skipped.outcome = Some("SKIPPED".to_owned());
        let mut lost = run("run_l", "report", Failed, 90);
        (lost.outcome, lost.attempt) = (Some("LOST".to_owned()), 2);
        let others = [
            succeeded,
            pending,
            run("run_r", LONG, Running, 130),
            run("run_q", "\u{1b}[31mred\u{1b}[0m\u{7}", Paused, 100_000),
            run("run_c", "report", Cancelled, 300_000),
            skipped,
            lost,
        ];
        let note = "copy: exit status 1: no space on the device".to_owned();
        let failed = Row { run: failed, note: Some(note) };
        let others = others.into_iter().map(|run| Row { run, note: None });
        [failed].into_iter().chain(others).collect()
    }

    #[test]
    fn on_a_terminal_of_80_columns() {
        let text = table(rows()).render(&PLAIN, now());
        assert!(text.lines().all(|line| width(line) <= 80), "{text}");
        insta::assert_snapshot!(text);
    }

    #[test]
    fn on_a_narrow_terminal_the_id_has_a_line_of_its_own() {
        let text = table(rows()).render(&Screen { width: Some(48), ..PLAIN }, now());
        let mut table = text.lines().take_while(|line| !line.is_empty());
        assert!(table.all(|line| width(line) <= 48), "{text}");
        insta::assert_snapshot!(text);
    }

    #[test]
    fn the_ids_of_exec_fit_80_columns() {
        let run = run("exec_0198c5b0a3f29b1c2d3e4f50", LONG, WorkflowRunStatus::Succeeded, 7_300);
        let duration = Seconds::from_micros(754_000_000);
        let run = WorkflowRunMetadata { duration, ..run };
        let text = table(vec![Row { run, note: None }]).render(&PLAIN, now());
        let line = text.lines().nth(1).unwrap();
        assert!(line.contains("  a-workflow-with-a…  ") && line.ends_with("3e4f50"), "{text}");
        assert_eq!(width(line), 80);
    }

    #[test]
    fn a_long_outcome_is_shortened() {
        let mut run = run("run_a", LONG, WorkflowRunStatus::Failed, 90);
        run.outcome = Some("EXCEEDED_THE_MEMORY_OF_ITS_CONTAINER".to_owned());
        let rows = vec![Row { run, note: None }];
        let text = table(rows).render(&Screen { color: true, ..PLAIN }, now());
        let line = anstream::adapter::strip_str(text.lines().nth(1).unwrap()).to_string();
        assert!(line.starts_with("✗ EXCEEDED_THE_MEMORY_O…  a-workflow"), "{text}");
        assert_eq!(width(&line), 80);
    }

    #[test]
    fn elsewhere_nothing_is_shortened_or_added() {
        let text = table(rows()).render(&Screen { width: None, ..PLAIN }, now());
        assert!(text.contains(LONG), "{text}");
        assert!(!text.contains("runledger show"), "{text}");
    }

    #[test]
    fn colors_do_not_move_columns() {
        let colored = table(rows()).render(&Screen { color: true, ..PLAIN }, now());
        assert!(colored.contains("\u{1b}[31m✗ FAILED\u{1b}[0m"), "{colored}");
        let plain = anstream::adapter::strip_str(&colored).to_string();
        assert_eq!(plain, table(rows()).render(&PLAIN, now()));
    }

    #[test]
    fn without_runs_it_says_what_to_do() {
        let empty = |is_filtered| {
            let table = Table { total: 0, is_filtered, ..table(Vec::new()) };
            table.render(&PLAIN, now())
        };
        let hint = "Record one: runledger exec --workflow hello -- echo hello";
        assert_eq!(empty(false), format!("There are no runs yet.\n{hint}\n"));
        assert_eq!(empty(true), "No run matches.\n");
    }
}

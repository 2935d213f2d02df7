//! The scenario that every client's program runs; `tests/clients/README.md` describes it.

use anyhow::{Result, ensure};

/// The names of the steps, in order.
pub const STEPS: [&str; 26] = [
    "list",
    "filters",
    "pages",
    "nulls",
    "steps",
    "invalid",
    "unauthorized",
    "missing",
    "record",
    "put back",
    "conflict",
    "batch",
    "escaped id",
    "500 steps",
    "range",
    "statuses",
    "walk",
    "histogram",
    "workflows",
    "delete",
    "changes",
    "update",
    "optional fields",
    "attempts",
    "metadata",
    "conditions",
];

/// Checks that a program's output names each step once and in order.
///
/// # Errors
/// Where it does not; the message contains the output.
pub fn check(output: &str) -> Result<()> {
    ensure!(
        steps_done(output) == STEPS,
        "the program did not complete the scenario; its output:\n{output}"
    );
    Ok(())
}

/// The steps that a program's output says are done.
pub fn steps_done(output: &str) -> Vec<String> {
    // Maven, for one, writes colors into files as well.
    let output = anstream::adapter::strip_str(output).to_string();
    let lines = output.lines().filter_map(|line| line.trim_end().strip_prefix("ok "));
    lines.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tools_support::workspace;

    use super::*;

    #[test]
    fn a_program_that_leaves_a_step_out_or_repeats_one_fails() {
        let all: String = STEPS.iter().map(|step| format!("ok {step}\r\n")).collect();
        check(&all).unwrap();
        check(&format!("a warning of its runtime\n\u{1b}[0m{all}")).unwrap();
        for step in STEPS {
            let line = format!("ok {step}\r\n");
            check(&all.replace(&line, "")).unwrap_err();
            check(&all.replace(&line, &line.repeat(2))).unwrap_err();
        }
        check("").unwrap_err();
    }

    #[test]
    fn the_steps_are_those_of_the_readme() {
        let readme = workspace::root().join("tests/clients/README.md");
        let text = fs::read_to_string(readme).unwrap();
        let rows = text.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
        assert_eq!(rows.collect::<Vec<_>>(), STEPS);
    }
}

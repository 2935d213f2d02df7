//! What every client's program does; `tests/clients/README.md` tells it.

use anyhow::{Result, ensure};

/// The steps, in order.
pub const STEPS: [&str; 14] = [
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
    "odd id",
    "500 steps",
];

/// Holds what a program printed to the steps: each of them once and in order, so that none is left out in silence.
///
/// # Errors
/// Where they differ, with what was printed.
pub fn check(printed: &str) -> Result<()> {
    let done = steps_done(printed);
    ensure!(done == STEPS, "the program did not go through the scenario; it printed:\n{printed}");
    Ok(())
}

/// The steps that a program says it has done.
pub fn steps_done(printed: &str) -> Vec<String> {
    // Maven, for one, sets its colours also where nobody sees them.
    let printed = anstream::adapter::strip_str(printed).to_string();
    printed
        .lines()
        .filter_map(|line| line.trim_end().strip_prefix("ok "))
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;

    #[test]
    fn a_program_that_leaves_a_step_out_is_noticed() {
        let all: String = STEPS.iter().map(|step| format!("ok {step}\r\n")).collect();
        check(&all).unwrap();
        check(&format!("a warning of its runtime\n\u{1b}[0m{all}")).unwrap();
        for step in STEPS {
            check(&all.replace(&format!("ok {step}\r\n"), "")).unwrap_err();
            check(&all.replace(&format!("ok {step}\r\n"), &format!("ok {step}\nok {step}\n")))
                .unwrap_err();
        }
        check("").unwrap_err();
    }

    #[test]
    fn the_steps_are_those_that_are_told() {
        let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/clients/README.md");
        let text = fs::read_to_string(readme).unwrap();
        let told: Vec<_> =
            text.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
        assert_eq!(told, STEPS);
    }
}

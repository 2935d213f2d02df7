//! What is printed in the terminal.

use serde_json::Value;

use crate::state::{Activity, CommandReport, State};

/// Prints the beginning of a step.
pub fn print_activity(activity: &Activity) {
    println!("{:>6.1} s  {}", activity.seconds, activity.step);
}

/// Prints the result of a round.
pub fn print(state: &State) {
    print!("{}", text(state));
}

fn text(state: &State) -> String {
    let mut text = String::new();
    match &state.failure {
        Some(failure) => text += &format!("{}\n\n{}\n", failure.output, failure.summary),
        None => state.reports.iter().for_each(|report| text += &report_text(report)),
    }
    text + &format!("{:>6.1} s  waiting for a save\n\n", state.seconds)
}

fn report_text(report: &CommandReport) -> String {
    let CommandReport { command, report, output } = report;
    let Some(report) = report else {
        return format!("{command}: no report\n{output}\n");
    };
    let findings = report["findings"].as_array().map(Vec::as_slice).unwrap_or_default();
    if findings.is_empty() {
        return format!("{command}: no findings\n");
    }
    let mut text = format!("{command}: {}\n", counts(report));
    for finding in findings {
        let of = |key: &str| finding[key].as_str().unwrap_or_default();
        text += &format!("  {}: {}\n", of("level"), of("message"));
        if let Some(operation) = finding["operations"][0].as_str() {
            text += &format!("      where  {operation} {}\n", of("location"));
        }
        text += &format!("      do     {}\n", of("advice"));
    }
    text
}

fn counts(report: &Value) -> String {
    let counts = report["counts"].as_object().into_iter().flatten();
    let counts = counts.filter(|(_, count)| count.as_u64() != Some(0));
    counts.map(|(level, count)| format!("{count} {level}")).collect::<Vec<_>>().join(", ")
}

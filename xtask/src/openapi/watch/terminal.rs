//! What somebody sees who looks at the terminal.

use serde_json::Value;

use super::round::{Answer, Shown};

/// A round begins.
pub fn working() {
    println!("building ...");
}

/// A round has ended.
pub fn show(shown: &Shown) {
    print!("{}", text(shown));
}

fn text(shown: &Shown) -> String {
    let mut text = String::new();
    match &shown.failure {
        Some(failure) => text += &format!("{}\n\n{}:\n", failure.words, failure.what),
        None => shown.answers.iter().for_each(|answer| text += &words(answer)),
    }
    text + &format!("after {:.1} s; waiting for a save\n\n", shown.seconds)
}

fn words(answer: &Answer) -> String {
    let Some(report) = &answer.report else {
        return format!("{}: no answer\n{}\n", answer.command, answer.words);
    };
    let findings = report["findings"].as_array().map(Vec::as_slice).unwrap_or_default();
    if findings.is_empty() {
        return format!("{}: nothing found\n", answer.command);
    }
    let mut text = format!("{}: {}\n", answer.command, counts(report));
    for finding in findings {
        let of = |key: &str| finding[key].as_str().unwrap_or_default();
        text += &format!("  {}: {}\n", of("level"), of("message"));
        if let Some(operation) = finding["operations"][0].as_str() {
            text += &format!("      location  {operation} {}\n", of("location"));
        }
        text += &format!("      advice    {}\n", of("advice"));
    }
    text
}

fn counts(report: &Value) -> String {
    let counts = report["counts"].as_object().into_iter().flatten();
    let some = counts.filter(|(_, count)| count.as_u64() != Some(0));
    some.map(|(level, count)| format!("{count} {level}")).collect::<Vec<_>>().join(", ")
}

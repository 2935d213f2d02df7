//! The steps of a run on the screen.

use indicatif::HumanCount;
use runledger_model::{Seconds, StepExecution, StepStatus, Timestamp, WorkflowRunDetail};

use super::tree::{self, Node};
use crate::{
    failure,
    screen::{Screen, State, elapsed, harmless, pad, shortened, time, time_of_day, width},
};

/// The greatest number of steps of which each has a line, if not all are wanted.
const MAX_LINES: usize = 100;
/// The smallest number of steps that are summarized in one line.
const MIN_SUMMARIZED: usize = 3;
/// The indentation of a nested step.
const INDENT: &str = "  ";
/// The deepest indentation, if there is space: half of the column of names is left for the name.
const MAX_DEPTH: usize = 12;
/// The widest and the narrowest that the column of names becomes.
const NAME_WIDTHS: [usize; 2] = [16, 60];
/// Number of columns of durations and times, with the space before them.
const OTHER_COLUMNS: usize = 2 + 11 + 2 + 8;

/// A line of the list.
enum Line<'a> {
    Step(Node<'a>),
    /// So many steps, beginning with this one, succeeded.
    Succeeded(Node<'a>, usize),
}

/// The heading and the lines of all steps. The error of the step `explained` is shown elsewhere.
pub fn render(
    run: &WorkflowRunDetail,
    explained: Option<&StepExecution>,
    shows_all: bool,
    screen: &Screen,
    now: Timestamp,
) -> Vec<String> {
    if run.steps.is_empty() {
        return vec![screen.dim("No steps are recorded.")];
    }
    let nodes = tree::nodes(&run.steps, |step| step.parent_id.as_deref());
    let lines = match shows_all || nodes.len() <= MAX_LINES {
        true => nodes.into_iter().map(Line::Step).collect(),
        false => summarized(nodes),
    };
    let [least, most] = NAME_WIDTHS;
    let left = screen.width.map_or(most, |columns| columns.saturating_sub(OTHER_COLUMNS));
    let left = left.clamp(least, most);
    let deepest = MAX_DEPTH.min(left / 2 / INDENT.len());
    let name = |line: &Line<'_>| format!("{}{}", indent(line, deepest), name(line, run));
    let columns = lines.iter().map(|line| width(&name(line))).max().unwrap_or_default().min(left);
    let count = HumanCount(run.steps.len() as u64);
    let mut text = vec![screen.bold(&format!("Steps ({count})"))];
    for line in &lines {
        let cell = pad(&shortened(&name(line), columns), columns);
        match line {
            Line::Step(Node { step, .. }) => {
                let painted = State::from(*step).paint(screen, &cell);
                let times = screen.dim(&times(step, run, now));
                text.push(format!("{painted}  {times}"));
                if explained.is_none_or(|explained| !std::ptr::eq(explained, *step)) {
                    text.extend(error(step, &(indent(line, deepest) + INDENT), screen));
                }
            }
            Line::Succeeded(..) => text.push(screen.dim(&cell)),
        }
    }
    text
}

/// One line for several leaves beside each other that succeeded at the first attempt.
fn summarized(nodes: Vec<Node<'_>>) -> Vec<Line<'_>> {
    let mut lines = Vec::new();
    let is_alike = |node: &Node<'_>, depth: usize| {
        node.is_leaf
            && node.depth == depth
            && node.step.status == StepStatus::Succeeded
            && node.step.outcome.is_none()
    };
    let mut rest = &*nodes;
    while let Some(first) = rest.first() {
        let count = rest.iter().take_while(|node| is_alike(node, first.depth)).count();
        if count < MIN_SUMMARIZED {
            lines.push(Line::Step(*first));
            rest = &rest[1..];
        } else {
            lines.push(Line::Succeeded(*first, count));
            rest = &rest[count..];
        }
    }
    lines
}

fn indent(line: &Line<'_>, deepest: usize) -> String {
    let (Line::Step(node) | Line::Succeeded(node, _)) = line;
    INDENT.repeat(node.depth.min(deepest))
}

/// The first cell of a line: symbol and name.
fn name(line: &Line<'_>, run: &WorkflowRunDetail) -> String {
    match line {
        Line::Step(Node { step, .. }) => {
            let symbol = State::from(*step).symbol();
            let notes = notes(step, run);
            format!("{symbol} {}{notes}", harmless(&step.step_name))
        }
        Line::Succeeded(Node { step, .. }, count) => {
            let symbol = State::from(*step).symbol();
            format!("{symbol} {} steps succeeded", HumanCount(*count as u64))
        }
    }
}

/// What distinguishes the step from others of its name, and whether its run has ended without its
/// end, in parentheses after a space.
fn notes(step: &StepExecution, run: &WorkflowRunDetail) -> String {
    let iteration = step.iteration.map(|number| format!("iteration {number}"));
    let attempt = Some(step.attempt).filter(|&number| number != 1);
    let attempt = attempt.map(|number| format!("attempt {number}"));
    let is_left = run.status.is_final() && step.status == StepStatus::Running;
    let left = is_left.then(|| "no end".to_owned());
    let notes = [iteration, attempt, step.outcome.as_deref().map(harmless), left];
    let notes: Vec<_> = notes.into_iter().flatten().collect();
    if notes.is_empty() { String::new() } else { format!(" ({})", notes.join(", ")) }
}

/// The duration, of an unfinished step until the end of the run, and the start; the date, too, if
/// it is not the run's.
fn times(step: &StepExecution, run: &WorkflowRunDetail, now: Timestamp) -> String {
    let Some(start) = step.started_at else { return String::new() };
    let has_ended = matches!(step.status, StepStatus::Succeeded | StepStatus::Failed)
        || step.finished_at.is_some()
        || step.duration > Seconds::default();
    let took = match (has_ended, run.finished_at) {
        (true, _) => Some(step.duration),
        // An engine that was killed leaves steps without an end.
        (false, end) => end.filter(|end| *end >= start).map(|end| Seconds::between(start, end)),
    };
    let took = elapsed(has_ended || run.status.is_final(), took, Some(start), now);
    let is_same_day = time(start)[..10] == time(run.created_at)[..10];
    let start = if is_same_day { time_of_day(start) } else { time(start) };
    format!("{took:11}  {start}")
}

/// The first line of the step's error, if it has one.
fn error(step: &StepExecution, indent: &str, screen: &Screen) -> Option<String> {
    let error = harmless(failure::first_line(step.error.as_deref()?)?);
    Some(screen.dim(&format!("{indent}{}", screen.fitted(&error, indent.len()))))
}

#[cfg(test)]
mod tests {
    use runledger_model::{StepType, WorkflowRunMetadata, WorkflowRunStatus};

    use super::*;

    #[test]
    fn deep_steps_have_names_on_every_screen() {
        let time: Timestamp = "2025-01-04T12:00:00Z".parse().unwrap();
        let status = WorkflowRunStatus::Failed;
        let run = WorkflowRunMetadata::new("r", "w", "v", "v", "TEST", status, time);
        let steps = (0..20).map(|number| {
            let (id, name) = (format!("s{number}"), format!("step{number}"));
            let status = StepStatus::Failed;
            let mut step = StepExecution::new(&id, &name, StepType::Piece, status, time);
            step.parent_id = (number > 0).then(|| format!("s{}", number - 1));
            step.error = Some("no space left on the device of the host".to_owned());
            step.started_at = Some(time);
            step
        });
        let run = run.with_steps(steps.collect());
        for columns in [40, 60, 80, 200] {
            let screen = Screen { width: Some(columns), color: false };
            let lines = render(&run, None, false, &screen, time);
            for (number, line) in lines[1..].iter().step_by(2).enumerate() {
                assert!(line.contains(&format!("step{number} ")), "{columns}: {line}");
            }
            assert!(lines.iter().all(|line| width(line) <= columns), "{columns}: {lines:#?}");
            let error = lines.last().unwrap().trim();
            assert!(error.starts_with("no space left on the"), "{columns}: {error}");
        }
    }
}

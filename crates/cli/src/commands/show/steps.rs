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
/// The deepest indentation: a name must have space beside it.
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
    let names = lines.iter().map(|line| width(&name(line, run))).max().unwrap_or_default();
    let [least, most] = NAME_WIDTHS;
    let left = screen.width.map_or(most, |columns| columns.saturating_sub(OTHER_COLUMNS).min(most));
    let columns = names.min(left.max(least));
    let count = HumanCount(run.steps.len() as u64);
    let mut text = vec![screen.bold(&format!("Steps ({count})"))];
    for line in &lines {
        let cell = pad(&shortened(&name(line, run), columns), columns);
        match line {
            Line::Step(Node { step, .. }) => {
                let painted = State::from(*step).paint(screen, &cell);
                let times = screen.dim(&times(step, run, now));
                text.push(format!("{painted}  {times}"));
                if explained.is_none_or(|explained| !std::ptr::eq(explained, *step)) {
                    text.extend(error(line, screen));
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

/// The first cell of a line: symbol and name, indented.
fn name(line: &Line<'_>, run: &WorkflowRunDetail) -> String {
    match line {
        Line::Step(Node { step, depth, .. }) => {
            let symbol = State::from(*step).symbol();
            let notes = notes(step, run);
            format!("{}{symbol} {}{notes}", indent(*depth), harmless(&step.step_name))
        }
        Line::Succeeded(Node { step, depth, .. }, count) => {
            let symbol = State::from(*step).symbol();
            format!("{}{symbol} {} steps succeeded", indent(*depth), HumanCount(*count as u64))
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
fn error(line: &Line<'_>, screen: &Screen) -> Option<String> {
    let Line::Step(Node { step, depth, .. }) = line else { return None };
    let error = harmless(failure::first_line(step.error.as_deref()?)?);
    let indent = indent(*depth + 1);
    Some(screen.dim(&format!("{indent}{}", screen.fitted(&error, indent.len()))))
}

fn indent(depth: usize) -> String {
    INDENT.repeat(depth.min(MAX_DEPTH))
}

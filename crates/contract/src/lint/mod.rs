//! Faults of one document: what the specification forbids, what tools misread silently, and what
//! generators and clients are known to fail on.

mod enums;
mod examples;
mod frame;
mod operations;
mod parameters;
mod paths;
mod put;
mod references;
mod responses;
mod rules;
mod schemas;
mod survey;

mod validity;

pub use rules::LINT_RULES;
use survey::Survey;

use crate::{document::Document, finding::Finding};

/// Finds the faults of a document, the worst first. A warning is left out where `x-lint-ignore` of
/// the object concerned names its rule: a string, or an array of strings.
pub fn lint(document: &Document) -> Vec<Finding> {
    let mut survey = Survey::new(document);
    for group in [
        frame::lint,
        references::lint,
        operations::lint,
        paths::lint,
        parameters::lint,
        responses::lint,
        put::lint,
        schemas::lint,
        enums::lint,
        examples::lint,
        // Last: it leaves out what a more specific rule has found.
        validity::lint,
    ] {
        let violations = group(&survey);
        survey.add(violations);
    }
    survey.into_findings()
}

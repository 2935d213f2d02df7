//! What is wrong with one document: what the specification forbids, what is silently misread, and what generators and
//! clients are known to suffer from.

mod enums;
mod examples;
mod frame;
mod kind;
mod operations;
mod parameters;
mod references;
mod responses;
mod rules;
mod schemas;
mod survey;
mod validity;

pub use rules::LINT_RULES;
use survey::Survey;

use crate::{Document, Finding};

/// Finds what is wrong with a document, the worst first.
pub fn lint(document: &Document) -> Vec<Finding> {
    let mut survey = Survey::new(document);
    for group in [
        frame::lint,
        references::lint,
        operations::lint,
        parameters::lint,
        responses::lint,
        schemas::lint,
        enums::lint,
        examples::lint,
        validity::lint,
    ] {
        group(&mut survey);
    }
    survey.into_findings()
}

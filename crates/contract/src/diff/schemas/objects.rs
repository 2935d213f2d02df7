//! Additional properties.

use super::pair::ShapePair;
use crate::diff::{
    comparison::Comparison,
    location::{ANYTHING, Location},
    rules::*,
    shape::Additional::{self, Any, Forbidden, Schemas},
    trace::Step,
};

/// Compares the properties without a schema of their own.
pub fn additional<'a>(comparison: &mut Comparison<'a>, pair: &ShapePair<'_, 'a>) {
    let narrower = match (&pair.old.additional, &pair.new.additional) {
        (Any, Any) | (Forbidden, Forbidden) => return,
        (Schemas(old), Any) => {
            // The values of a map: their type changes for programs that read them.
            let pointer = pair.new.pointer_of("additionalProperties");
            let values = (old.clone(), vec![Location::new(&ANYTHING, pointer)]);
            let step = Step::AdditionalProperties;
            return comparison.schemas(pair.node, step, values, pair.direction);
        }
        (Schemas(old), Schemas(new)) => {
            let (step, values) = (Step::AdditionalProperties, (old.clone(), new.clone()));
            return comparison.schemas(pair.node, step, values, pair.direction);
        }
        (Any, _) | (Schemas(_), Forbidden) => true,
        (Forbidden, _) => false,
    };
    let rule = if narrower {
        pair.rule(REQUEST_ADDITIONAL_PROPERTIES_NARROWED, RESPONSE_ADDITIONAL_PROPERTIES_NARROWED)
    } else {
        pair.rule(REQUEST_ADDITIONAL_PROPERTIES_WIDENED, RESPONSE_ADDITIONAL_PROPERTIES_WIDENED)
    };
    let (from, to) = (in_words(&pair.old.additional), in_words(&pair.new.additional));
    let subject = pair.subject;
    let message = format!("additional properties of {subject} were {from} and are now {to}");
    pair.change(comparison, rule, "additionalProperties", message);
}

fn in_words(additional: &Additional<'_>) -> &'static str {
    match additional {
        Any => "allowed",
        Schemas(_) => "restricted by a schema",
        Forbidden => "forbidden",
    }
}

//! Request bodies.

use super::{
    comparison::Comparison,
    content::{self, Owner},
    location::Location,
    operation_pair::OperationPair,
    rules::*,
    side::{Direction, Side},
};
use crate::document::Operation;

const LOCATION: &str = "request body";

/// Compares the request bodies of an operation.
pub fn compare<'a>(comparison: &mut Comparison<'a>, pair: &OperationPair<'a>) {
    let old = body(&comparison.old, &pair.old);
    let new = body(&comparison.new, &pair.new);
    let direction = pair.direction;
    let mut add = |rule, message: &str, body: &Location<'a>| {
        comparison.trace.change(pair.node, rule, message, LOCATION, &body.pointer);
    };
    match (old, new) {
        (None, None) => {}
        (None, Some(new)) => {
            let (rule, message) = match (direction, new.is_set("required")) {
                (Direction::Response, _) => (RESPONSE_BODY_ADDED, "a request body was added"),
                (Direction::Request, true) => {
                    (REQUEST_BODY_ADDED_REQUIRED, "a required request body was added")
                }
                (Direction::Request, false) => {
                    (REQUEST_BODY_ADDED_OPTIONAL, "an optional request body was added")
                }
            };
            add(rule, message, &new);
        }
        (Some(old), None) => {
            let rule = direction.rule(REQUEST_BODY_REMOVED, CALLBACK_BODY_REMOVED);
            add(rule, "the request body was removed", &old);
        }
        (Some(old), Some(new)) => {
            match (old.is_set("required"), new.is_set("required")) {
                (false, true) => {
                    let rule =
                        direction.rule(REQUEST_BODY_BECAME_REQUIRED, CALLBACK_BODY_BECAME_REQUIRED);
                    add(rule, "the request body is now required", &new);
                }
                (true, false) => {
                    let rule =
                        direction.rule(REQUEST_BODY_BECAME_OPTIONAL, CALLBACK_BODY_BECAME_OPTIONAL);
                    add(rule, "the request body is now optional", &new);
                }
                _ => {}
            }
            let subject = "the request body";
            let owner = Owner { node: pair.node, location: LOCATION, subject, direction };
            content::compare(comparison, &owner, (&old, &new));
        }
    }
}

fn body<'a>(side: &Side<'a>, operation: &Operation<'a>) -> Option<Location<'a>> {
    let operation = Location::new(operation.value, operation.pointer.clone());
    operation.member("requestBody").map(|body| side.follow(body))
}

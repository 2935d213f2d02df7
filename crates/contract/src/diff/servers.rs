//! The servers of a document or an operation.

use serde_json::Value;

use super::{
    comparison::Comparison,
    rules::{SERVER_ADDED, SERVER_REMOVED},
    trace::NodeId,
};
use crate::json::elements;

/// Compares two lists of servers: those of an operation, or those of the documents.
pub fn compare(
    comparison: &mut Comparison<'_>,
    (old, new): (&Value, &Value),
    operation: Option<NodeId>,
) {
    let urls = |servers: &Value| -> Vec<String> {
        elements(servers).iter().filter_map(|one| one["url"].as_str().map(str::to_owned)).collect()
    };
    let (old, new) = (urls(old), urls(new));
    let mut add = |rule, message: String| match operation {
        Some(node) => comparison.trace.change(node, rule, message, "", "/servers"),
        None => comparison.trace.global_change(rule, message, "/servers"),
    };
    for url in old.iter().filter(|url| !new.contains(url)) {
        add(SERVER_REMOVED, format!("the server {url} was removed"));
    }
    for url in new.iter().filter(|url| !old.contains(url)) {
        add(SERVER_ADDED, format!("the server {url} was added"));
    }
}

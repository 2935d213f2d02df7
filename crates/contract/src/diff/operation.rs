//! One operation in both documents.

use serde_json::Value;

use super::{
    comparison::Comparison, location::Location, operation_pair::OperationPair, parameters,
    requests, responses, rules::*, security, servers, side::Side,
};
use crate::{
    document::{Document, Operation},
    grammar::METHODS,
    json::{elements, join, members},
};

/// Compares an operation, with its callbacks and all that is sent over the network.
pub fn compare<'a>(comparison: &mut Comparison<'a>, pair: OperationPair<'a>) {
    fields(comparison, &pair);
    own_servers(comparison, &pair);
    security::requirements(comparison, &pair);
    callbacks(comparison, &pair);
    messages(comparison, &pair);
}

/// The method and the path without the names of its parameters, which are not sent.
pub fn key(operation: &Operation<'_>) -> (String, String) {
    let mut path = String::new();
    let mut rest = operation.path;
    while let Some((before, after)) = rest.split_once('{') {
        path.push_str(before);
        path.push_str("{}");
        rest = after.split_once('}').map_or("", |(_, after)| after);
    }
    path.push_str(rest);
    (operation.method.to_owned(), path)
}

/// The operationId.
pub fn id<'a>(operation: &Operation<'a>) -> Option<&'a str> {
    operation.value["operationId"].as_str()
}

fn messages<'a>(comparison: &mut Comparison<'a>, pair: &OperationPair<'a>) {
    parameters::compare(comparison, pair);
    requests::compare(comparison, pair);
    responses::compare(comparison, pair);
}

fn fields<'a>(comparison: &mut Comparison<'a>, pair: &OperationPair<'a>) {
    let OperationPair { node, old, new, direction: _ } = pair;
    let mut add = |rule, message: String, key: &str| {
        let holder = if new.value.get(key).is_some() { new } else { old };
        let pointer =
            if key.is_empty() { holder.pointer.clone() } else { join(&holder.pointer, key) };
        comparison.trace.change(*node, rule, message, "", pointer);
    };
    if key(old) != key(new) {
        add(OPERATION_MOVED, format!("{} was moved to {}", old.name(), new.name()), "");
    }
    if id(old) != id(new) {
        let words = |id: Option<&str>| id.map_or("none".to_owned(), |id| format!("`{id}`"));
        let (from, to) = (words(id(old)), words(id(new)));
        let message = format!("the operationId changed from {from} to {to}");
        add(OPERATION_ID_CHANGED, message, "operationId");
    }
    if tags(old) != tags(new) {
        let words =
            |tags: Vec<&str>| if tags.is_empty() { "none".to_owned() } else { tags.join(", ") };
        let (from, to) = (words(tags(old)), words(tags(new)));
        add(OPERATION_TAGS_CHANGED, format!("the tags changed from {from} to {to}"), "tags");
    }
    let is_deprecated = |operation: &Operation<'a>| operation.value["deprecated"] == true;
    match (is_deprecated(old), is_deprecated(new)) {
        (false, true) => {
            add(OPERATION_DEPRECATED, format!("{} is now deprecated", new.name()), "deprecated");
        }
        (true, false) => {
            let message = format!("{} is no longer deprecated", new.name());
            add(OPERATION_UNDEPRECATED, message, "deprecated");
        }
        _ => {}
    }
}

fn tags<'a>(operation: &Operation<'a>) -> Vec<&'a str> {
    elements(&operation.value["tags"]).iter().filter_map(Value::as_str).collect()
}

/// The servers of the operation or its path, which replace those of the document.
fn own_servers<'a>(comparison: &mut Comparison<'a>, pair: &OperationPair<'a>) {
    let own = |operation: &Operation<'a>| match &operation.value["servers"] {
        Value::Null => &operation.item.0["servers"],
        servers => servers,
    };
    if own(&pair.old).is_null() && own(&pair.new).is_null() {
        return;
    }
    let effective = |operation, document: &'a Document| match own(operation) {
        Value::Null => &document.root()["servers"],
        servers => servers,
    };
    let old = effective(&pair.old, comparison.old.document);
    let new = effective(&pair.new, comparison.new.document);
    servers::compare(comparison, (old, new), Some(pair.node));
}

/// The requests that the server sends while it handles one, in which the directions are swapped.
fn callbacks<'a>(comparison: &mut Comparison<'a>, pair: &OperationPair<'a>) {
    let direction = pair.direction.flipped();
    let node = pair.node;
    let old = read_callbacks(&comparison.old, &pair.old);
    let new = read_callbacks(&comparison.new, &pair.new);
    for (key, one) in &old {
        if let Some((_, other)) = new.iter().find(|(other, _)| other == key) {
            let (old, new) = (one.clone(), other.clone());
            messages(comparison, &OperationPair { node, old, new, direction });
        } else {
            let message = format!("the callback {} was removed", one.name());
            comparison.trace.change(node, CALLBACK_REMOVED, message, "", &one.pointer);
        }
    }
    for (_, one) in new.iter().filter(|(key, _)| old.iter().all(|(other, _)| other != key)) {
        let message = format!("the callback {} was added", one.name());
        comparison.trace.change(node, CALLBACK_ADDED, message, "", &one.pointer);
    }
}

/// The name, the expression and the method of a callback.
type CallbackKey<'a> = (&'a str, &'a str, &'a str);

fn read_callbacks<'a>(
    side: &Side<'a>,
    operation: &Operation<'a>,
) -> Vec<(CallbackKey<'a>, Operation<'a>)> {
    let mut found = Vec::new();
    let Some(callbacks) = operation.value.get("callbacks") else { return found };
    for (name, callback) in members(callbacks) {
        let pointer = join(&join(&operation.pointer, "callbacks"), name);
        let callback = side.follow(Location::new(callback, pointer));
        for (path, item) in members(callback.value) {
            let item = side.follow(Location::new(item, join(&callback.pointer, path)));
            let is_operation = |method: &str| METHODS.contains(&method);
            for (method, value) in members(item.value).filter(|(key, _)| is_operation(key)) {
                let pointer = join(&item.pointer, method);
                let item = (item.value, item.pointer.clone());
                let operation = Operation { path, method, pointer, value, item };
                found.push(((name.as_str(), path.as_str(), method.as_str()), operation));
            }
        }
    }
    found
}

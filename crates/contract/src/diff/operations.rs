//! Which operation became which, and what is said of an operation as a whole.

use std::collections::HashMap;

use serde_json::Value;

use super::{
    Comparison, Direction, parameters, requests, responses, rules::*, security, trace::NodeId,
};
use crate::{
    Operation,
    document::{METHODS, elements, escape, members},
};

/// An operation before and after.
pub(super) struct Pair<'a> {
    pub(super) node: NodeId,
    pub(super) old: Operation<'a>,
    pub(super) new: Operation<'a>,
    /// Who sends its requests.
    pub(super) direction: Direction,
}

/// Compares the operations of both documents, their webhooks, and what belongs to all of them.
pub(super) fn compare(comparison: &mut Comparison<'_>) {
    let (old, new) = (comparison.old.document, comparison.new.document);
    servers(comparison, (&old.root()["servers"], &new.root()["servers"]), None);
    security::schemes(comparison);
    all(comparison, (old.operations(), new.operations()), Direction::Sent);
    all(comparison, (old.webhooks(), new.webhooks()), Direction::Answered);
}

fn all<'a>(
    comparison: &mut Comparison<'a>,
    (old, new): (Vec<Operation<'a>>, Vec<Operation<'a>>),
    direction: Direction,
) {
    let mut left: HashMap<_, _> = HashMap::new();
    let mut by_id: HashMap<_, _> = HashMap::new();
    for (n, operation) in new.iter().enumerate() {
        left.insert(key(operation), n);
        if let Some(id) = id(operation) {
            by_id.insert(id, n);
        }
    }
    let mut partners: Vec<Option<usize>> = old.iter().map(|one| left.remove(&key(one))).collect();
    // What is at no known place may have moved: its operationId tells.
    for (one, partner) in old.iter().zip(&mut partners).filter(|(_, partner)| partner.is_none()) {
        let moved =
            id(one).and_then(|id| by_id.get(id)).filter(|n| left.contains_key(&key(&new[**n])));
        if let Some(n) = moved {
            left.remove(&key(&new[*n]));
            *partner = Some(*n);
        }
    }
    let webhooks = direction == Direction::Answered;
    for (one, partner) in old.into_iter().zip(partners) {
        let node = comparison.trace.operation(one.name());
        match partner {
            Some(n) => pair(comparison, Pair { node, old: one, new: new[n].clone(), direction }),
            None => {
                let rule = if webhooks { WEBHOOK_REMOVED } else { OPERATION_REMOVED };
                let what = format!("{} is gone", one.name());
                comparison.trace.change(node, rule, what, "", one.pointer);
            }
        }
    }
    for one in new.into_iter().filter(|one| left.contains_key(&key(one))) {
        let node = comparison.trace.operation(one.name());
        let rule = if webhooks { WEBHOOK_ADDED } else { OPERATION_ADDED };
        comparison.trace.change(node, rule, format!("{} is new", one.name()), "", one.pointer);
    }
}

fn pair<'a>(comparison: &mut Comparison<'a>, pair: Pair<'a>) {
    whole(comparison, &pair);
    security::requirements(comparison, &pair);
    body(comparison, &pair);
    callbacks(comparison, &pair);
}

/// What goes over the wire.
fn body<'a>(comparison: &mut Comparison<'a>, pair: &Pair<'a>) {
    parameters::compare(comparison, pair);
    requests::compare(comparison, pair);
    responses::compare(comparison, pair);
}

fn whole<'a>(comparison: &mut Comparison<'a>, pair: &Pair<'a>) {
    let Pair { node, old, new, .. } = pair;
    let mut tell = |rule, what: String, keyword: &str| {
        let holder = if new.value.get(keyword).is_some() { new } else { old };
        comparison.trace.change(
            *node,
            rule,
            what,
            "",
            format!("{}{}", holder.pointer, slash(keyword)),
        );
    };
    if key(old) != key(new) {
        tell(OPERATION_MOVED, format!("{} is {} now", old.name(), new.name()), "");
    }
    if id(old) != id(new) {
        let words = |id: Option<&str>| id.map_or("none".to_owned(), |id| format!("`{id}`"));
        let what = format!("the operationId was {} and is {}", words(id(old)), words(id(new)));
        tell(OPERATION_ID_CHANGED, what, "operationId");
    }
    let tags = |operation: &Operation<'a>| -> Vec<_> {
        elements(&operation.value["tags"]).iter().filter_map(Value::as_str).collect()
    };
    if tags(old) != tags(new) {
        let words =
            |tags: Vec<&str>| if tags.is_empty() { "none".to_owned() } else { tags.join(", ") };
        let what = format!("the tags were {} and are {}", words(tags(old)), words(tags(new)));
        tell(OPERATION_TAGS_CHANGED, what, "tags");
    }
    match (is_deprecated(old.value), is_deprecated(new.value)) {
        (false, true) => {
            tell(OPERATION_DEPRECATED, format!("{} is deprecated now", new.name()), "deprecated")
        }
        (true, false) => {
            tell(
                OPERATION_UNDEPRECATED,
                format!("{} is no longer deprecated", new.name()),
                "deprecated",
            );
        }
        _ => {}
    }
    let own = |operation: &Operation<'a>| match &operation.value["servers"] {
        Value::Null => &operation.item.0["servers"],
        servers => servers,
    };
    if !(own(old).is_null() && own(new).is_null()) {
        let of = |operation, document: &'a crate::Document| match own(operation) {
            Value::Null => &document.root()["servers"],
            servers => servers,
        };
        let both = (of(old, comparison.old.document), of(new, comparison.new.document));
        servers(comparison, both, Some(*node));
    }
}

/// Whether something is marked as deprecated.
pub(super) fn is_deprecated(value: &Value) -> bool {
    value["deprecated"] == Value::Bool(true)
}

fn servers(comparison: &mut Comparison<'_>, (old, new): (&Value, &Value), node: Option<NodeId>) {
    let urls = |servers: &Value| -> Vec<String> {
        elements(servers).iter().filter_map(|one| one["url"].as_str().map(str::to_owned)).collect()
    };
    let (old, new) = (urls(old), urls(new));
    let mut tell = |rule, what: String| match node {
        Some(node) => comparison.trace.change(node, rule, what, "", "/servers"),
        None => comparison.trace.change_of_all(rule, what, "/servers"),
    };
    for url in old.iter().filter(|url| !new.contains(url)) {
        tell(SERVER_REMOVED, format!("the server {url} is gone"));
    }
    for url in new.iter().filter(|url| !old.contains(url)) {
        tell(SERVER_ADDED, format!("the server {url} is new"));
    }
}

/// The requests that the server sends while it answers one: what callers are to it, it is to them.
fn callbacks<'a>(comparison: &mut Comparison<'a>, both: &Pair<'a>) {
    let (old, new) = (&both.old.value["callbacks"], &both.new.value["callbacks"]);
    let direction = both.direction.flipped();
    // A callback is known by its name, its expression and its method.
    type Callback<'a> = ((&'a str, &'a str, &'a str), Operation<'a>);
    let read = |side: &super::Side<'a>, value: &'a Value, pointer: &str| -> Vec<Callback<'a>> {
        let mut found = Vec::new();
        for (name, callback) in members(value) {
            let place = format!("{pointer}/callbacks/{}", escape(name));
            let (callback, place) = side.document.follow(callback, &place);
            for (path, item) in members(callback) {
                let (item, place) =
                    side.document.follow(item, &format!("{place}/{}", escape(path)));
                for (method, value) in members(item).filter(|(m, _)| METHODS.contains(&m.as_str()))
                {
                    let pointer = format!("{place}/{method}");
                    let item = (item, place.clone());
                    let operation = Operation { path, method, pointer, value, item };
                    found.push(((name.as_str(), path.as_str(), method.as_str()), operation));
                }
            }
        }
        found
    };
    let old = read(&comparison.old, old, &both.old.pointer);
    let new = read(&comparison.new, new, &both.new.pointer);
    for (known, one) in &old {
        match new.iter().find(|(other, _)| other == known) {
            Some((_, other)) => {
                let pair =
                    Pair { node: both.node, old: one.clone(), new: other.clone(), direction };
                body(comparison, &pair);
            }
            None => {
                let what = format!("the callback {} is gone", one.name());
                comparison.trace.change(both.node, CALLBACK_REMOVED, what, "", &one.pointer);
            }
        }
    }
    for (_, one) in new.iter().filter(|(known, _)| old.iter().all(|(other, _)| other != known)) {
        let what = format!("the callback {} is new", one.name());
        comparison.trace.change(both.node, CALLBACK_ADDED, what, "", &one.pointer);
    }
}

fn id<'a>(operation: &Operation<'a>) -> Option<&'a str> {
    operation.value["operationId"].as_str()
}

/// What a request to it looks like: the names of a path's parameters are not seen on the wire.
fn key(operation: &Operation<'_>) -> (String, String) {
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

fn slash(keyword: &str) -> String {
    if keyword.is_empty() { String::new() } else { format!("/{keyword}") }
}

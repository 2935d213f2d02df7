//! `oneOf` and `anyOf`: which branch of the one is which of the other.

use serde_json::Value;

use super::{
    Comparison,
    limits::Types,
    rules::*,
    same::same,
    schemas::Both,
    shape::{Group, Place, Shape},
    trace::Step,
};

/// Of one of the sides, which alternative is what the other side is.
pub(super) enum Taken<'a> {
    /// The branch of the older schema, and where all its branches stand.
    Old(Place<'a>, String),
    /// The branch of the newer schema, and where all its branches stand.
    New(Place<'a>, String),
}

/// Compares the alternatives of a pair. Where only one side has any, and the other side is one of them, says which: what
/// else is said is compared with that one.
pub(super) fn compare<'a>(
    comparison: &mut Comparison<'a>,
    both: &Both<'_, 'a>,
    old: &[Place<'a>],
    new: &[Place<'a>],
) -> Option<Taken<'a>> {
    discriminators(comparison, both);
    match (both.old.groups.as_slice(), both.new.groups.as_slice()) {
        ([], []) => None,
        ([], [group]) => {
            let words = "{} has to be one of several alternatives now";
            let find =
                |branch: &Place<'a>| alike(comparison, both, old, std::slice::from_ref(branch));
            let taken = taken(comparison, both, group, group.branches.iter().position(find), words);
            taken.map(|branch| Taken::New(branch, group.pointer.clone()))
        }
        ([group], []) => {
            let words = "{} does not have to be one of several alternatives any more";
            let find =
                |branch: &Place<'a>| alike(comparison, both, std::slice::from_ref(branch), new);
            let taken = taken(comparison, both, group, group.branches.iter().position(find), words);
            taken.map(|branch| Taken::Old(branch, group.pointer.clone()))
        }
        (old_groups, new_groups) if old_groups.len() == new_groups.len() => {
            for (old, new) in old_groups.iter().zip(new_groups) {
                groups(comparison, both, old, new);
            }
            None
        }
        (_, groups) => {
            let pointer = groups.first().map_or(both.new.pointer(), |group| group.pointer.as_str());
            changed(comparison, both, pointer, "the lists of alternatives of {} are other ones");
            None
        }
    }
}

/// The branch that the other side is; the others came with it, or went.
fn taken<'a>(
    comparison: &mut Comparison<'a>,
    both: &Both<'_, 'a>,
    group: &Group<'a>,
    position: Option<usize>,
    words: &str,
) -> Option<Place<'a>> {
    let Some(position) = position else {
        changed(comparison, both, &group.pointer, words);
        return None;
    };
    let came = both.old.groups.is_empty();
    for (_, branch) in group.branches.iter().enumerate().filter(|(n, _)| *n != position) {
        if came {
            added(comparison, both, branch);
        } else {
            removed(comparison, both, branch);
        }
    }
    Some(group.branches[position].clone())
}

fn groups<'a>(
    comparison: &mut Comparison<'a>,
    both: &Both<'_, 'a>,
    old: &Group<'a>,
    new: &Group<'a>,
) {
    if old.keyword != new.keyword {
        changed(comparison, both, &new.pointer, "`oneOf` and `anyOf` changed places in {}");
    }
    let mut left: Vec<_> = new.branches.iter().collect();
    let mut unmatched = Vec::new();
    // What is certain comes first, so that a guess cannot take its partner away.
    for branch in &old.branches {
        let certain = |other: &&Place<'a>| {
            comparison.renamed.is_one(name(branch), name(other)) || same(branch.value, other.value)
        };
        match left.iter().position(certain) {
            Some(n) => meet(comparison, both, branch, left.remove(n)),
            None => unmatched.push(branch),
        }
    }
    let alike: [fn(Types, Types) -> bool; 2] =
        [|old, new| old == new, |old, new| old.within(new) || new.within(old)];
    for alike in alike {
        for branch in std::mem::take(&mut unmatched) {
            let guess = |other: &&Place<'a>| {
                (name(branch).is_none() || name(other).is_none())
                    && have(comparison, both, branch, other, alike)
            };
            match left.iter().position(guess) {
                Some(n) => meet(comparison, both, branch, left.remove(n)),
                None => unmatched.push(branch),
            }
        }
    }
    for branch in unmatched {
        removed(comparison, both, branch);
    }
    for branch in left {
        added(comparison, both, branch);
    }
}

fn meet<'a>(
    comparison: &mut Comparison<'a>,
    both: &Both<'_, 'a>,
    old: &Place<'a>,
    new: &Place<'a>,
) {
    let pair = (vec![old.clone()], vec![new.clone()]);
    comparison.schemas(both.node, Step::Alternative, pair, both.direction);
}

/// What a branch is called: the schema that it refers to, or its title.
fn name<'a>(branch: &Place<'a>) -> Option<&'a str> {
    branch.value.get("$ref").or_else(|| branch.value.get("title"))?.as_str()
}

/// Whether a schema and a branch are meant to be the same: by their names where both have one, else by what they say.
fn alike<'a>(
    comparison: &Comparison<'a>,
    both: &Both<'_, 'a>,
    old: &[Place<'a>],
    new: &[Place<'a>],
) -> bool {
    let ([old], [new]) = (old, new) else { return false };
    let component = |place: &Place<'a>| match place.pointer.strip_prefix("/components/schemas/") {
        Some(name) if !name.contains('/') => Some(format!("#{}", place.pointer)),
        _ => name(place).map(str::to_owned),
    };
    match (component(old), component(new)) {
        (Some(old), Some(new)) if comparison.renamed.is_one(Some(&old), Some(&new)) => true,
        _ => {
            same(old.value, new.value) || {
                // A scalar that became one of several types.
                let shape = |place: &Place<'a>, side| {
                    Shape::of(std::slice::from_ref(place), side, both.direction)
                };
                let (old, new) = (shape(old, &comparison.old), shape(new, &comparison.new));
                old.properties.is_empty()
                    && new.properties.is_empty()
                    && old.types == new.types
                    && old.types.is_scalar()
            }
        }
    }
}

/// Whether the types of two branches are alike.
fn have<'a>(
    comparison: &Comparison<'a>,
    both: &Both<'_, 'a>,
    old: &Place<'a>,
    new: &Place<'a>,
    alike: fn(Types, Types) -> bool,
) -> bool {
    let old = Shape::of(std::slice::from_ref(old), &comparison.old, both.direction);
    let new = Shape::of(std::slice::from_ref(new), &comparison.new, both.direction);
    alike(old.types, new.types)
}

/// Compares by what alternatives are told apart, whether they stand beside it or refer to it, as the parts of an `allOf`
/// do.
fn discriminators<'a>(comparison: &mut Comparison<'a>, both: &Both<'_, 'a>) {
    const KEYWORD: &str = "discriminator";
    let rule = both.direction.rule(REQUEST_DISCRIMINATOR_CHANGED, RESPONSE_DISCRIMINATOR_CHANGED);
    let of = |shape: &Shape<'a>| shape.keyword(KEYWORD).map(|(value, _)| value);
    let (old, new) = (of(both.old), of(both.new));
    let pointer = both.new.keyword(KEYWORD).or_else(|| both.old.keyword(KEYWORD));
    let Some((_, pointer)) = pointer else { return };
    let (trace, renamed) = (&mut comparison.trace, &comparison.renamed);
    let mut tell = |what| trace.change(both.node, rule, what, "", &pointer);
    let property = |value: Option<&'a Value>| value.and_then(|d| d.get("propertyName")?.as_str());
    let subject = both.subject;
    if property(old) != property(new) {
        let words =
            |name: Option<&str>| name.map_or("nothing".to_owned(), |name| format!("`{name}`"));
        let (was, is) = (words(property(old)), words(property(new)));
        tell(format!("the alternatives of {subject} were told apart by {was} and are by {is}"));
        return;
    }
    let mapping = |value: Option<&'a Value>| value.and_then(|d| d.get("mapping")?.as_object());
    for (value, target) in mapping(old).into_iter().flatten() {
        match mapping(new).and_then(|mapping| mapping.get(value)) {
            Some(other) if renamed.is_one(target.as_str(), other.as_str()) => {}
            Some(other) => {
                tell(format!("{value:?} of {subject} stood for {target} and stands for {other}"))
            }
            None => tell(format!("{value:?} of {subject} no longer stands for {target}")),
        }
    }
}

fn added<'a>(comparison: &mut Comparison<'a>, both: &Both<'_, 'a>, branch: &Place<'a>) {
    let rule = both.direction.rule(REQUEST_ALTERNATIVE_ADDED, RESPONSE_ALTERNATIVE_ADDED);
    let what = format!("{} has a new alternative: {}", both.subject, in_words(branch));
    comparison.trace.change(both.node, rule, what, "", &branch.pointer);
}

fn removed<'a>(comparison: &mut Comparison<'a>, both: &Both<'_, 'a>, branch: &Place<'a>) {
    let rule = both.direction.rule(REQUEST_ALTERNATIVE_REMOVED, RESPONSE_ALTERNATIVE_REMOVED);
    let what = format!("{} no longer has the alternative {}", both.subject, in_words(branch));
    comparison.trace.change(both.node, rule, what, "", &branch.pointer);
}

fn changed<'a>(comparison: &mut Comparison<'a>, both: &Both<'_, 'a>, pointer: &str, words: &str) {
    let rule = both.direction.rule(REQUEST_ALTERNATIVES_CHANGED, RESPONSE_ALTERNATIVES_CHANGED);
    comparison.trace.change(both.node, rule, words.replace("{}", both.subject), "", pointer);
}

fn in_words(branch: &Place<'_>) -> String {
    match name(branch) {
        Some(name) => format!("`{}`", name.rsplit('/').next().unwrap_or(name)),
        None => match branch.value.get("type") {
            Some(Value::String(name)) => format!("one of type {name}"),
            _ => "one without a name".to_owned(),
        },
    }
}

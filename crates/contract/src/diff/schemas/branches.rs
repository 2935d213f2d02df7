//! Which branch of the older alternatives corresponds to which of the newer ones.

use serde_json::Value;

use super::pair::ShapePair;
use crate::diff::{
    comparison::Comparison, equality::equal, location::Location, shape::Shape, shape::types::Types,
};

/// The name of a branch: the schema that it refers to, or its title.
pub fn name<'a>(branch: &Location<'a>) -> Option<&'a str> {
    branch.value.get("$ref").or_else(|| branch.value.get("title"))?.as_str()
}

/// The name of a branch for messages.
pub fn in_words(branch: &Location<'_>) -> String {
    match name(branch) {
        Some(name) => format!("`{}`", name.rsplit('/').next().unwrap_or(name)),
        None => match branch.value.get("type") {
            Some(Value::String(name)) => format!("of type {name}"),
            _ => "without a name".to_owned(),
        },
    }
}

/// Pairs of corresponding branches, the branches that were removed and those that were added.
pub struct Matching<'s, 'a> {
    pub pairs: Vec<(&'s Location<'a>, &'s Location<'a>)>,
    pub removed: Vec<&'s Location<'a>>,
    pub added: Vec<&'s Location<'a>>,
}

/// Finds the corresponding branches.
pub fn matching<'s, 'a>(
    comparison: &Comparison<'a>,
    pair: &ShapePair<'_, 'a>,
    old: &'s [Location<'a>],
    new: &'s [Location<'a>],
) -> Matching<'s, 'a> {
    let mut matching =
        Matching { pairs: Vec::new(), removed: old.iter().collect(), added: new.iter().collect() };
    // Certain matches come first, so that a guess cannot take their branches.
    matching.take(|old, new| {
        comparison.renames.are_same(name(old), name(new)) || equal(old.value, new.value)
    });
    let related: [fn(Types, Types) -> bool; 2] =
        [|old, new| old == new, |old, new| old.within(new) || new.within(old)];
    for are_related in related {
        matching.take(|old, new| {
            (name(old).is_none() || name(new).is_none()) && {
                let (old, new) = shapes(comparison, pair, old, new);
                are_related(old.types, new.types)
            }
        });
    }
    matching
}

/// Whether a schema and a branch are the same: by their names, if both have one, or by what they
/// allow.
pub fn correspond<'a>(
    comparison: &Comparison<'a>,
    pair: &ShapePair<'_, 'a>,
    old: &[Location<'a>],
    new: &[Location<'a>],
) -> bool {
    let ([old], [new]) = (old, new) else { return false };
    if let (Some(old), Some(new)) = (component(old), component(new))
        && comparison.renames.are_same(Some(&old), Some(&new))
    {
        return true;
    }
    equal(old.value, new.value) || {
        // A scalar type may become one of several types.
        let (old, new) = shapes(comparison, pair, old, new);
        old.properties.is_empty()
            && new.properties.is_empty()
            && old.types == new.types
            && old.types.is_scalar()
    }
}

impl<'s, 'a> Matching<'s, 'a> {
    /// Moves each removed and added branch that match to the pairs.
    fn take(&mut self, mut is_match: impl FnMut(&Location<'a>, &Location<'a>) -> bool) {
        for old in std::mem::take(&mut self.removed) {
            match self.added.iter().position(|new| is_match(old, new)) {
                Some(position) => self.pairs.push((old, self.added.remove(position))),
                None => self.removed.push(old),
            }
        }
    }
}

fn component(schema: &Location<'_>) -> Option<String> {
    match schema.pointer.strip_prefix("/components/schemas/") {
        Some(name) if !name.contains('/') => Some(format!("#{}", schema.pointer)),
        _ => name(schema).map(str::to_owned),
    }
}

fn shapes<'a>(
    comparison: &Comparison<'a>,
    pair: &ShapePair<'_, 'a>,
    old: &Location<'a>,
    new: &Location<'a>,
) -> (Shape<'a>, Shape<'a>) {
    let old = Shape::of(std::slice::from_ref(old), &comparison.old, pair.direction);
    let new = Shape::of(std::slice::from_ref(new), &comparison.new, pair.direction);
    (old, new)
}

//! One pair of schemas.

mod alternatives;
mod branches;
mod keywords;
mod objects;
mod pair;
mod properties;
mod scalars;
mod types;
mod values;

use alternatives::Match;
use pair::ShapePair;

use super::{
    comparison::{Comparison, SchemaPair},
    location::{ANYTHING, Location},
    shape::Shape,
    trace::Step,
};

/// Compares a pair of schemas, and adds the pairs within it to the comparison.
pub fn compare<'a>(comparison: &mut Comparison<'a>, pair: SchemaPair<'a>) {
    let SchemaPair { node, old, new, direction, is_branch, subject } = pair;
    let mut old_shape = Shape::of(&old, &comparison.old, direction);
    let mut new_shape = Shape::of(&new, &comparison.new, direction);
    old_shape.align_with(&new_shape);
    new_shape.align_with(&old_shape);
    let shapes = ShapePair { node, old: &old_shape, new: &new_shape, direction, subject: &subject };
    if !is_branch {
        types::null(comparison, &shapes);
    }
    match alternatives::compare(comparison, &shapes, &old, &new) {
        Some(Match::Old(branch, list)) => {
            let branch = (branch, list.as_str());
            old_shape = Shape::with_branch(&old, branch, &comparison.old, direction);
        }
        Some(Match::New(branch, list)) => {
            let branch = (branch, list.as_str());
            new_shape = Shape::with_branch(&new, branch, &comparison.new, direction);
        }
        None => {}
    }
    let shapes = ShapePair { node, old: &old_shape, new: &new_shape, direction, subject: &subject };
    types::types(comparison, &shapes);
    if !shapes.old.types.within(shapes.new.types) && !shapes.new.types.within(shapes.old.types) {
        // The keywords of unrelated types cannot be compared.
        return;
    }
    types::format(comparison, &shapes);
    values::compare(comparison, &shapes);
    scalars::compare(comparison, &shapes);
    properties::compare(comparison, &shapes);
    objects::additional(comparison, &shapes);
    items(comparison, &shapes);
    keywords::compare(comparison, &shapes);
}

fn items<'a>(comparison: &mut Comparison<'a>, pair: &ShapePair<'_, 'a>) {
    let or_anything = |shape: &Shape<'a>| match shape.items.as_slice() {
        [] => vec![Location::new(&ANYTHING, shape.pointer().to_owned())],
        items => items.to_vec(),
    };
    if pair.old.items.is_empty() && pair.new.items.is_empty() {
        return;
    }
    let items = (or_anything(pair.old), or_anything(pair.new));
    comparison.schemas(pair.node, Step::Items, items, pair.direction);
}

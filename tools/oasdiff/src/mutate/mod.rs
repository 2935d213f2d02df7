//! Random changes to documents.

mod annotations;
mod messages;
mod mutation;
mod operations;
mod parameters;
mod properties;
mod schema;
mod targets;

use std::fmt;

use rand::{
    RngExt,
    seq::{IndexedRandom, SliceRandom},
};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use self::{
    mutation::{Draw, Mutation},
    targets::targets,
};

/// The mutation that is never combined with another one: oasdiff does not compare an operation
/// whose path has changed.
const ALONE: &str = "path renamed";

/// A change that was made to a document.
pub struct Change {
    /// The name of the mutation.
    pub name: &'static str,
    /// The JSON pointer of the changed object, in the document before this change.
    pub pointer: String,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {:?}", self.name, self.pointer)
    }
}

/// Makes a random change to a copy of a document, and two changes to every fourth copy. The number
/// of the pair selects the mutation, so that all of them are used equally often.
pub fn mutate(old: &Value, number: u64, rng: &mut ChaCha8Rng) -> (Value, Vec<Change>) {
    let mut new = old.clone();
    let mut mutations: Vec<_> = mutations().collect();
    let first = usize::try_from(number).unwrap_or_default() % mutations.len();
    mutations.rotate_left(first);
    let mut changes = Vec::from_iter(apply_first(&mut new, &mutations, rng));
    if rng.random_ratio(1, 4) && changes.iter().all(|change| change.name != ALONE) {
        mutations.retain(|mutation| mutation.name != ALONE);
        mutations.shuffle(rng);
        changes.extend(apply_first(&mut new, &mutations, rng));
    }
    // The version is not compared here, and oasdiff would report that it did not change.
    new["info"]["version"] = json!("999.0.0");
    (new, changes)
}

/// Makes the first mutation that applies to an object of the document.
fn apply_first(
    document: &mut Value,
    mutations: &[&'static Mutation],
    rng: &mut ChaCha8Rng,
) -> Option<Change> {
    let targets = targets(document);
    let is_3_0 = document["openapi"].as_str().is_some_and(|version| version.starts_with("3.0"));
    for mutation in mutations {
        let applies = |pointer: &str| {
            let object = document.pointer(pointer).and_then(Value::as_object);
            object.is_some_and(|object| mutation.applies_to(object))
        };
        let found: Vec<_> = targets
            .iter()
            .filter(|(target, pointer)| *target == mutation.target && applies(pointer))
            .collect();
        if let Some((_, pointer)) = found.choose(rng) {
            let object = document.pointer_mut(pointer)?.as_object_mut()?;
            mutation.apply(object, &mut Draw { rng, is_3_0 });
            return Some(Change { name: mutation.name, pointer: pointer.clone() });
        }
    }
    None
}

fn mutations() -> impl Iterator<Item = &'static Mutation> {
    schema::MUTATIONS.iter().copied().flatten().chain(
        [
            messages::MUTATIONS,
            operations::MUTATIONS,
            parameters::MUTATIONS,
            properties::MUTATIONS,
            annotations::MUTATIONS,
        ]
        .into_iter()
        .flatten(),
    )
}

/// Whether a mutation has this name.
#[cfg(test)]
pub fn is_mutation(name: &str) -> bool {
    mutations().any(|mutation| mutation.name == name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rand::SeedableRng;
    use runledger_contract::Document;

    use super::{super::documents::Source, *};

    #[test]
    fn each_mutation_applies_to_the_fixture_and_changes_it() {
        let source = Source::fixture().unwrap();
        let mut drawn = BTreeSet::new();
        for number in 0..mutations().count() as u64 * 4 {
            let mut rng = ChaCha8Rng::seed_from_u64(number);
            let old = source.draw(&mut rng);
            let (new, changes) = mutate(&old, number, &mut rng);
            let mut before = old.clone();
            before["info"]["version"] = new["info"]["version"].clone();
            let words: Vec<_> = changes.iter().map(ToString::to_string).collect();
            let is_order = changes.iter().any(|change| change.name == "order of keys changed");
            assert!(new != before || is_order, "{words:?}");
            assert!(Document::new(new).is_ok(), "{words:?}");
            drawn.extend(changes.iter().map(|change| change.name));
        }
        let missing: Vec<_> =
            mutations().map(|it| it.name).filter(|name| !drawn.contains(name)).collect();
        assert_eq!(missing, [] as [&str; 0]);
    }

    #[test]
    fn the_names_of_mutations_are_unique() {
        let names: BTreeSet<_> = mutations().map(|mutation| mutation.name).collect();
        assert_eq!(names.len(), mutations().count());
    }

    #[test]
    fn the_same_seed_draws_the_same_pair() {
        let source = Source::fixture().unwrap();
        let draw = |seed| {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            mutate(&source.draw(&mut rng), 22, &mut rng).0
        };
        assert_eq!(draw(1), draw(1));
        assert!((2..20).any(|seed| draw(seed) != draw(1)));
    }
}

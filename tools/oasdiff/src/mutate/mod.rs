//! Changes to a document: which there are, where they fit, and a random one of them.

mod keywords;
mod messages;
mod operations;
mod places;
mod properties;
mod words;

use std::fmt;

use rand::{
    RngExt,
    seq::{IndexedRandom, SliceRandom},
};
use rand_chacha::ChaCha8Rng;
use serde_json::{Map, Value, json};

use self::places::{Place, places};

/// The kind of change that is made alone: oasdiff loses sight of an operation at another path, and says nothing of what
/// else became of it.
const ALONE: &str = "path renamed";

/// An object of a document.
type Object = Map<String, Value>;

/// A kind of change.
struct Kind {
    /// What it is called.
    name: &'static str,
    /// What it is done to.
    place: Place,
    /// Whether it can be done here.
    fits: fn(&Object) -> bool,
    /// Does it.
    edit: fn(&mut Object, &mut Draw<'_>),
}

/// What a change may ask for while it is made.
struct Draw<'r> {
    rng: &'r mut ChaCha8Rng,
    /// Whether the document is written in 3.0.
    older: bool,
}

/// What was done to a document.
pub struct Change {
    /// Which kind of change it is.
    pub name: &'static str,
    /// Where it was done, as a JSON pointer into the older document, or into what an earlier change made of it.
    pub pointer: String,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {:?}", self.name, self.pointer)
    }
}

/// Does a random change to a copy of a document, and two to every fourth. The kinds take turns, and the number says
/// whose turn it is.
pub fn mutate(old: &Value, number: u64, rng: &mut ChaCha8Rng) -> (Value, Vec<Change>) {
    let mut new = old.clone();
    let mut kinds: Vec<_> = kinds().collect();
    let turn = usize::try_from(number).unwrap_or_default() % kinds.len();
    kinds.rotate_left(turn);
    let mut changes = Vec::from_iter(one(&mut new, &kinds, rng));
    if rng.random_ratio(1, 4) && changes.iter().all(|change| change.name != ALONE) {
        kinds.retain(|kind| kind.name != ALONE);
        kinds.shuffle(rng);
        changes.extend(one(&mut new, &kinds, rng));
    }
    // How the version has to move is a question of its own, and oasdiff would ask it in each pair.
    new["info"]["version"] = json!("999.0.0");
    (new, changes)
}

/// Does the first change that fits somewhere.
fn one(document: &mut Value, kinds: &[&'static Kind], rng: &mut ChaCha8Rng) -> Option<Change> {
    let places = places(document);
    let older = document["openapi"].as_str().is_some_and(|it| it.starts_with("3.0"));
    for kind in kinds {
        let fits = |pointer: &str| {
            document.pointer(pointer).and_then(Value::as_object).is_some_and(kind.fits)
        };
        let here = places.iter().filter(|(place, it)| *place == kind.place && fits(it));
        if let Some((_, pointer)) = here.collect::<Vec<_>>().choose(rng) {
            let object = document.pointer_mut(pointer)?.as_object_mut()?;
            (kind.edit)(object, &mut Draw { rng, older });
            return Some(Change { name: kind.name, pointer: pointer.clone() });
        }
    }
    None
}

fn kinds() -> impl Iterator<Item = &'static Kind> {
    [keywords::KINDS, messages::KINDS, operations::KINDS, properties::KINDS, words::KINDS]
        .into_iter()
        .flatten()
}

impl Draw<'_> {
    /// One of these.
    fn one_of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.rng.random_range(0..all.len())]
    }

    /// One of the keys of an object that is not empty.
    fn key(&mut self, object: &Object) -> String {
        let keys: Vec<_> = object.keys().cloned().collect();
        self.one_of(&keys).clone()
    }

    /// A number from 0 to below the bound.
    fn below(&mut self, bound: usize) -> usize {
        self.rng.random_range(0..bound)
    }
}

/// Gives a member another name and leaves it where it stands.
fn rename(object: &mut Object, old: &str, new: &str) {
    let renamed =
        std::mem::take(object).into_iter().map(|(key, value)| match key.as_str() == old {
            true => (new.to_owned(), value),
            false => (key, value),
        });
    *object = renamed.collect();
}

/// The object at a key; nothing where there is none, or an empty one.
fn filled<'a>(object: &'a Object, key: &str) -> Option<&'a Object> {
    object.get(key).and_then(Value::as_object).filter(|object| !object.is_empty())
}

/// The same, to change it. Who asks has seen to it that it is there.
fn within<'a>(object: &'a mut Object, key: &str) -> &'a mut Object {
    object
        .entry(key)
        .or_insert_with(|| json!({}))
        .as_object_mut()
        .expect("a change is made only where it fits")
}

/// The list at a key, to change it; a new one where there is none.
fn list<'a>(object: &'a mut Object, key: &str) -> &'a mut Vec<Value> {
    object
        .entry(key)
        .or_insert_with(|| json!([]))
        .as_array_mut()
        .expect("a change is made only where it fits")
}

/// How long the list at a key is.
fn length(object: &Object, key: &str) -> usize {
    object.get(key).and_then(Value::as_array).map_or(0, Vec::len)
}

/// Whether there is a kind of change of this name.
#[cfg(test)]
pub fn is_kind(name: &str) -> bool {
    kinds().any(|kind| kind.name == name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rand::SeedableRng;
    use runledger_contract::Document;

    use super::{super::documents::Source, *};

    #[test]
    fn each_kind_of_change_fits_into_the_zoo_and_changes_it() {
        let source = Source::zoo().unwrap();
        // What the zoo has no place for is drawn in 3.0, or where a document says less.
        let mut drawn = BTreeSet::new();
        for number in 0..kinds().count() as u64 * 4 {
            let mut rng = ChaCha8Rng::seed_from_u64(number);
            let old = source.draw(&mut rng);
            let (new, changes) = mutate(&old, number, &mut rng);
            let mut before = old.clone();
            before["info"]["version"] = new["info"]["version"].clone();
            let words: Vec<_> = changes.iter().map(ToString::to_string).collect();
            let order = changes.iter().any(|change| change.name == "keys in another order");
            assert!(new != before || order, "{words:?}");
            assert!(Document::new(new).is_ok(), "{words:?}");
            drawn.extend(changes.iter().map(|change| change.name));
        }
        let missing: Vec<_> = kinds().map(|it| it.name).filter(|it| !drawn.contains(it)).collect();
        assert_eq!(missing, [] as [&str; 0]);
    }

    #[test]
    fn no_two_kinds_share_a_name() {
        let names: BTreeSet<_> = kinds().map(|kind| kind.name).collect();
        assert_eq!(names.len(), kinds().count());
    }

    #[test]
    fn the_same_seed_draws_the_same_pair() {
        let source = Source::zoo().unwrap();
        let draw = |seed| {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            mutate(&source.draw(&mut rng), 22, &mut rng).0
        };
        assert_eq!(draw(1), draw(1));
        assert!((2..20).any(|seed| draw(seed) != draw(1)));
    }
}

//! Numeric bounds: of numbers, and of the lengths of strings, arrays and objects.

use std::cmp::Ordering;

use serde_json::{Map, Number, Value};

use super::types::Types;

/// The numeric bounds of a schema.
#[derive(Debug, Default)]
pub struct Bounds(Vec<Bound>);

/// The tightest bound of one keyword.
#[derive(Clone, Debug)]
struct Bound {
    keyword: &'static str,
    number: Number,
    /// Whether the number itself is excluded.
    exclusive: bool,
}

/// A changed bound.
pub struct BoundChange {
    /// The keyword, without `exclusive`.
    pub keyword: &'static str,
    /// Whether a value that was allowed is refused.
    pub tighter: bool,
    /// Whether a value that was refused is allowed.
    pub looser: bool,
    /// The old bound, such as "`minimum: 1`"; `None` if the bound is added.
    pub old: Option<String>,
    /// The new bound; `None` if the bound is removed.
    pub new: Option<String>,
}

const LOWER: [&str; 4] = ["minimum", "minLength", "minItems", "minProperties"];
const UPPER: [&str; 4] = ["maximum", "maxLength", "maxItems", "maxProperties"];
const MULTIPLE: &str = "multipleOf";
const UNIQUE: &str = "uniqueItems";

impl Bounds {
    /// Adds the bounds of a schema; of two bounds, the tighter one is kept.
    pub fn merge(&mut self, schema: &Map<String, Value>) {
        for keyword in LOWER.into_iter().chain(UPPER).chain([MULTIPLE]) {
            if let Some(Value::Number(number)) = schema.get(keyword) {
                // A lower bound of 0 for a length restricts nothing.
                if number.as_u64() != Some(0) || keyword == "minimum" || UPPER.contains(&keyword) {
                    let exclusive = schema.get(exclusive(keyword)) == Some(&Value::Bool(true));
                    self.add(Bound { keyword, number: number.clone(), exclusive });
                }
            }
            if let Some(Value::Number(number)) = schema.get(exclusive(keyword)) {
                self.add(Bound { keyword, number: number.clone(), exclusive: true });
            }
        }
        if schema.get(UNIQUE) == Some(&Value::Bool(true)) {
            self.add(Bound { keyword: UNIQUE, number: 1.into(), exclusive: false });
        }
    }

    /// For integers, replaces an exclusive bound by the next inclusive one.
    pub fn normalize(&mut self, types: Types) {
        if types != Types::INTEGER {
            return;
        }
        for bound in self.0.iter_mut().filter(|bound| bound.exclusive) {
            let step = if LOWER.contains(&bound.keyword) { 1 } else { -1 };
            if let Some(next) = bound.number.as_i64().and_then(|number| number.checked_add(step)) {
                *bound = Bound { number: next.into(), exclusive: false, ..bound.clone() };
            }
        }
    }

    /// The changes from these bounds to new ones.
    pub fn changes_to(&self, new: &Self) -> Vec<BoundChange> {
        let keywords = LOWER.into_iter().chain(UPPER).chain([MULTIPLE, UNIQUE]);
        keywords
            .filter_map(|keyword| change(keyword, self.get(keyword), new.get(keyword)))
            .collect()
    }

    fn get(&self, keyword: &str) -> Option<&Bound> {
        self.0.iter().find(|bound| bound.keyword == keyword)
    }

    fn add(&mut self, bound: Bound) {
        match self.0.iter_mut().find(|known| known.keyword == bound.keyword) {
            Some(known) if tightness(&bound, known) == Some(Ordering::Greater) => *known = bound,
            Some(_) => {}
            None => self.0.push(bound),
        }
    }
}

fn exclusive(keyword: &str) -> &'static str {
    match keyword {
        "minimum" => "exclusiveMinimum",
        "maximum" => "exclusiveMaximum",
        _ => "",
    }
}

fn change(keyword: &'static str, old: Option<&Bound>, new: Option<&Bound>) -> Option<BoundChange> {
    let (tighter, looser) = match (old, new) {
        (None, None) => return None,
        (None, Some(_)) => (true, false),
        (Some(_), None) => (false, true),
        (Some(old), Some(new)) => match tightness(new, old) {
            Some(Ordering::Equal) => return None,
            Some(order) => (order == Ordering::Greater, order == Ordering::Less),
            None => (true, true),
        },
    };
    Some(BoundChange { keyword, tighter, looser, old: old.map(in_words), new: new.map(in_words) })
}

/// Compares two bounds of one keyword: the tighter one is greater. `None` if neither allows all
/// values that the other allows. The smaller of two multiples is looser if it divides the other.
fn tightness(one: &Bound, other: &Bound) -> Option<Ordering> {
    let order = compare(&one.number, &other.number);
    if one.keyword == MULTIPLE {
        let (a, b) = (one.number.as_f64().unwrap_or(1.0), other.number.as_f64().unwrap_or(1.0));
        // 0.1 is a multiple of 0.01 in spite of rounding errors.
        let is_multiple = |ratio: f64| (ratio - ratio.round()).abs() < 1e-9 && ratio.round() != 0.0;
        return match order {
            Ordering::Equal => Some(order),
            _ if is_multiple(b / a) => Some(Ordering::Less),
            _ if is_multiple(a / b) => Some(Ordering::Greater),
            _ => None,
        };
    }
    let order = if UPPER.contains(&one.keyword) { order.reverse() } else { order };
    Some(order.then(one.exclusive.cmp(&other.exclusive)))
}

fn compare(one: &Number, other: &Number) -> Ordering {
    match (one.as_i128(), other.as_i128()) {
        (Some(one), Some(other)) => one.cmp(&other),
        _ => one.as_f64().partial_cmp(&other.as_f64()).unwrap_or(Ordering::Equal),
    }
}

fn in_words(bound: &Bound) -> String {
    match (bound.keyword, bound.exclusive) {
        (UNIQUE, _) => "`uniqueItems`".to_owned(),
        (keyword, false) => format!("`{keyword}: {}`", bound.number),
        (keyword, true) => format!("`{}: {}`", exclusive(keyword), bound.number),
    }
}

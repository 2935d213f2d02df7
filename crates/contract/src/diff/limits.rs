//! Types, and the numbers that bound a value.

use std::cmp::Ordering;

use serde_json::{Map, Number, Value};

/// A set of JSON's types, null left aside. A number may be whole or broken, so that `integer` is a part of `number`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Types(u8);

const NAMED: [(&str, Types); 6] = [
    ("boolean", Types(1)),
    ("string", Types(2)),
    ("number", Types(4 | 8)),
    ("integer", Types(4)),
    ("object", Types::OBJECT),
    ("array", Types::ARRAY),
];

impl Types {
    pub(super) const NONE: Self = Self(0);
    pub(super) const OBJECT: Self = Self(16);
    pub(super) const ARRAY: Self = Self(32);
    pub(super) const ALL: Self = Self(63);
    const INTEGER: Self = Self(4);

    /// What `type` says; all types where it is not there.
    pub(super) fn said_by(schema: &Map<String, Value>) -> Self {
        match schema.get("type") {
            Some(Value::String(name)) => Self::named(name),
            Some(Value::Array(names)) => names
                .iter()
                .filter_map(Value::as_str)
                .fold(Self::NONE, |all, name| Self(all.0 | Self::named(name).0)),
            _ => Self::ALL,
        }
    }

    /// The types of these values.
    pub(super) fn of_values(values: &[&Value]) -> Self {
        let of = |value: &Value| match value {
            Value::Null => Self::NONE,
            Value::Bool(_) => Self::named("boolean"),
            Value::String(_) => Self::named("string"),
            Value::Number(number) if number.is_f64() => Self::named("number"),
            Value::Number(_) => Self::INTEGER,
            Value::Array(_) => Self::ARRAY,
            Value::Object(_) => Self::OBJECT,
        };
        values.iter().fold(Self::NONE, |all, value| Self(all.0 | of(value).0))
    }

    fn named(name: &str) -> Self {
        NAMED.iter().find(|(known, _)| *known == name).map_or(Self::NONE, |(_, types)| *types)
    }

    pub(super) fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether all of these are among the others.
    pub(super) fn within(self, other: Self) -> bool {
        self.and(other) == self
    }

    /// Whether these are several types that somebody wrote down.
    pub(super) fn are_listed(self) -> bool {
        self != Self::ALL && self.in_words().contains(" or ")
    }

    /// Whether none of these has parts of its own.
    pub(super) fn is_scalar(self) -> bool {
        self.and(Self(Self::OBJECT.0 | Self::ARRAY.0)) == Self::NONE
    }

    /// The types in words.
    pub(super) fn in_words(self) -> String {
        match self {
            Self::ALL => "anything".to_owned(),
            Self::NONE => "nothing".to_owned(),
            _ => {
                let mut names: Vec<_> =
                    NAMED.iter().filter(|(_, types)| types.within(self)).map(|(n, _)| *n).collect();
                if names.contains(&"number") {
                    names.retain(|name| *name != "integer");
                }
                names.join(" or ")
            }
        }
    }
}

/// The bounds that a schema sets.
#[derive(Debug, Default)]
pub(super) struct Limits(Vec<Limit>);

/// One of them; of several, the tightest.
#[derive(Clone, Debug)]
struct Limit {
    keyword: &'static str,
    number: Number,
    /// Whether the number itself is out.
    exclusive: bool,
}

/// How a bound moved.
pub(super) struct Moved {
    /// The keyword, without `exclusive`.
    pub(super) keyword: &'static str,
    /// Whether something that was let through no longer is.
    pub(super) tighter: bool,
    /// Whether something is let through that was not.
    pub(super) looser: bool,
    /// How it was and how it is, in words.
    pub(super) words: String,
}

/// Bounds below which nothing is let through, and those above; and those of which any other number is another rule.
const LOWER: [&str; 4] = ["minimum", "minLength", "minItems", "minProperties"];
const UPPER: [&str; 4] = ["maximum", "maxLength", "maxItems", "maxProperties"];
const MULTIPLE: &str = "multipleOf";
const UNIQUE: &str = "uniqueItems";

impl Limits {
    pub(super) fn take(&mut self, schema: &Map<String, Value>) {
        for keyword in LOWER.into_iter().chain(UPPER).chain([MULTIPLE]) {
            if let Some(Value::Number(number)) = schema.get(keyword) {
                // A lower bound of no length lets everything through.
                if number.as_u64() != Some(0) || keyword == "minimum" || UPPER.contains(&keyword) {
                    let exclusive = schema.get(exclusive(keyword)) == Some(&Value::Bool(true));
                    self.add(Limit { keyword, number: number.clone(), exclusive });
                }
            }
            if let Some(Value::Number(number)) = schema.get(exclusive(keyword)) {
                self.add(Limit { keyword, number: number.clone(), exclusive: true });
            }
        }
        if schema.get(UNIQUE) == Some(&Value::Bool(true)) {
            self.add(Limit { keyword: UNIQUE, number: 1.into(), exclusive: false });
        }
    }

    /// Where only whole numbers are let through, a bound that is itself out is the next one that is in.
    pub(super) fn whole_numbers(&mut self, types: Types) {
        if types != Types::INTEGER {
            return;
        }
        for limit in self.0.iter_mut().filter(|limit| limit.exclusive) {
            let step = if LOWER.contains(&limit.keyword) { 1 } else { -1 };
            if let Some(next) = limit.number.as_i64().and_then(|number| number.checked_add(step)) {
                *limit = Limit { number: next.into(), exclusive: false, ..limit.clone() };
            }
        }
    }

    /// How these bounds moved to the new ones.
    pub(super) fn moved_to(&self, new: &Self) -> Vec<Moved> {
        let keywords = LOWER.into_iter().chain(UPPER).chain([MULTIPLE, UNIQUE]);
        keywords.filter_map(|keyword| moved(keyword, self.get(keyword), new.get(keyword))).collect()
    }

    fn get(&self, keyword: &str) -> Option<&Limit> {
        self.0.iter().find(|limit| limit.keyword == keyword)
    }

    fn add(&mut self, limit: Limit) {
        match self.0.iter_mut().find(|known| known.keyword == limit.keyword) {
            Some(known) if tightness(&limit, known) == Some(Ordering::Greater) => *known = limit,
            Some(_) => {}
            None => self.0.push(limit),
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

fn moved(keyword: &'static str, old: Option<&Limit>, new: Option<&Limit>) -> Option<Moved> {
    let (tighter, looser, words) = match (old, new) {
        (None, None) => return None,
        (None, Some(new)) => (true, false, format!("{} is a new bound", in_words(new))),
        (Some(old), None) => (false, true, format!("the bound {} is gone", in_words(old))),
        (Some(old), Some(new)) => {
            let (tighter, looser) = match tightness(new, old) {
                Some(Ordering::Equal) => return None,
                Some(order) => (order == Ordering::Greater, order == Ordering::Less),
                None => (true, true),
            };
            (tighter, looser, format!("{} became {}", in_words(old), in_words(new)))
        }
    };
    Some(Moved { keyword, tighter, looser, words })
}

/// Which of two bounds of one keyword is tighter; nothing where neither lets through all that the other does. Multiples
/// are looser where the other is a multiple of them.
fn tightness(one: &Limit, other: &Limit) -> Option<Ordering> {
    let order = compare(&one.number, &other.number);
    if one.keyword == MULTIPLE {
        let (a, b) = (one.number.as_f64().unwrap_or(1.0), other.number.as_f64().unwrap_or(1.0));
        // 0.1 is a multiple of 0.01, whatever the last bits of the two say.
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

fn in_words(limit: &Limit) -> String {
    match (limit.keyword, limit.exclusive) {
        (UNIQUE, _) => "`uniqueItems`".to_owned(),
        (keyword, false) => format!("`{keyword}: {}`", limit.number),
        (keyword, true) => format!("`{}: {}`", exclusive(keyword), limit.number),
    }
}

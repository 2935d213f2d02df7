//! JSON documents with errors: repeated keys, numbers that no type can hold, invalid strings, wrong
//! types.

use proptest::{collection::vec, prelude::*, sample::Index};
use serde_json::Value;

/// A document whose leaves are arbitrary text.
#[derive(Clone, Debug)]
pub enum Json {
    Leaf(String),
    Array(Vec<Json>),
    Object(Vec<(String, Json)>),
}

/// A mistake in one place of a document.
#[derive(Clone, Debug)]
pub enum Mistake {
    /// The value is another.
    Replaced(Index, String),
    /// The value is another of its kind: a time, a number, a string.
    Altered(Index, Index),
    /// An entry is missing.
    Dropped(Index, Index),
    /// An entry is repeated.
    Repeated(Index, Index),
    /// A key has another name, or an entry is another value.
    Renamed(Index, Index, String),
}

/// Any mistake.
pub fn any_mistake() -> impl Strategy<Value = Mistake> {
    let at = any::<Index>;
    prop_oneof![
        4 => (at(), any_value()).prop_map(|(at, value)| Mistake::Replaced(at, value)),
        6 => (at(), at()).prop_map(|(at, other)| Mistake::Altered(at, other)),
        1 => (at(), at()).prop_map(|(at, entry)| Mistake::Dropped(at, entry)),
        1 => (at(), at()).prop_map(|(at, entry)| Mistake::Repeated(at, entry)),
        1 => (at(), at(), any_string())
            .prop_map(|(at, entry, name)| Mistake::Renamed(at, entry, name)),
    ]
}

/// The text of any JSON value, and of some that are none.
pub fn any_value() -> impl Strategy<Value = String> {
    let digits = (1usize..400).prop_map(|n| "9".repeat(n));
    let nested = (0usize..300).prop_map(|n| "[".repeat(n) + &"]".repeat(n));
    let scalar = prop_oneof![
        4 => proptest::sample::select(WORDS).prop_map(str::to_owned),
        2 => any_string(),
        1 => any::<i64>().prop_map(|n| n.to_string()),
        1 => any::<f64>().prop_map(|n| format!("{n:e}")),
        1 => digits,
        1 => nested,
    ];
    scalar.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(|all| format!("[{}]", all.join(","))),
            vec((any_string(), inner), 0..4).prop_map(|all| {
                let all: Vec<_> = all.iter().map(|(key, value)| format!("{key}:{value}")).collect();
                format!("{{{}}}", all.join(","))
            }),
        ]
    })
}

/// A string in quotes, sometimes with escapes that stand for nothing.
fn any_string() -> impl Strategy<Value = String> {
    let long = prop_oneof![4 => 0usize..300, 1 => 0usize..70_000];
    prop_oneof![
        any::<String>().prop_map(|text| Value::from(text).to_string()),
        proptest::sample::select(STRINGS).prop_map(|text| format!("\"{text}\"")),
        proptest::sample::select(TIMES).prop_map(|text| format!("\"{text}\"")),
        ("[a-z]{0,3}", "\\PC", long)
            .prop_map(|(first, one, n)| format!("\"{first}{}\"", one.repeat(n))),
    ]
}

const WORDS: &[&str] = &[
    "null",
    "true",
    "false",
    "0",
    "-0",
    "-1",
    "1",
    "1.0",
    "2.0",
    "0.5",
    "1e2",
    "1e308",
    "1e309",
    "-1e400",
    "1e-400",
    "2147483648",
    "-2147483649",
    "9007199254740993",
    "18446744073709551616",
    "1000000000",
    "1000000000.0000001",
    "01",
    "+1",
    ".5",
    "1.",
    "NaN",
    "-",
    "",
    "[]",
    "{}",
    "[",
    "}",
    "\"",
    "nul",
    "/**/1",
];

const STRINGS: &[&str] = &[
    "",
    " ",
    "a",
    "\\u0000",
    "\\ud800",
    "\\udc00\\ud800",
    "\\ud83d\\ude00",
    "\\uD83D",
    "\\x",
    "\\",
    "\u{7f}",
    "\u{0}",
    "\u{feff}",
    "\u{202e}",
    "PENDING",
    "RUNNING",
    "SUCCEEDED",
    "FAILED",
    "CANCELLED",
    "all",
    "TRIGGER",
    "PIECE",
    "id",
    "workflow_id",
    "steps",
    "step_count",
    "items",
    "run_def456",
    "a1",
    "batch",
    "a/b",
];

const TIMES: &[&str] = &[
    "1969-12-31T23:59:59.999Z",
    "1970-01-01T00:00:00Z",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999Z",
    "2025-01-04T12:00:00Z",
    "0000-12-31T23:59:59Z",
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:60Z",
    "9999-12-31T23:59:59-00:01",
    "2016-12-31T23:59:60Z",
    "2025-02-30T00:00:00Z",
    "2025-01-04 12:00:00Z",
    "2025-01-04T12:00:00,5Z",
    "+12025-01-04T12:00:00Z",
    "2025-01-04T12:00:00.99999999999999999999999999999999999Z",
];

impl From<&Value> for Json {
    fn from(value: &Value) -> Self {
        match value {
            Value::Array(all) => Self::Array(all.iter().map(Self::from).collect()),
            Value::Object(all) => Self::Object(
                all.iter()
                    .map(|(key, value)| (Value::from(key.as_str()).to_string(), Self::from(value)))
                    .collect(),
            ),
            leaf => Self::Leaf(leaf.to_string()),
        }
    }
}

impl Json {
    /// The document with this mistake.
    pub fn with(mut self, mistake: &Mistake) -> Self {
        let (Mistake::Replaced(at, _)
        | Mistake::Altered(at, _)
        | Mistake::Dropped(at, _)
        | Mistake::Repeated(at, _)
        | Mistake::Renamed(at, _, _)) = mistake;
        // Rather one of the first: those are the run's own, and a mistake in a step is one like
        // many others.
        let size = self.size();
        let mut left = at.index(size).pow(2) / size;
        if let Some(value) = self.nth(&mut left) {
            value.spoil(mistake);
        }
        self
    }

    /// Its text.
    pub fn text(&self) -> String {
        match self {
            Self::Leaf(text) => text.clone(),
            Self::Array(all) => {
                format!("[{}]", all.iter().map(Self::text).collect::<Vec<_>>().join(","))
            }
            Self::Object(all) => {
                let entry = |(key, value): &(String, Self)| format!("{key}:{}", value.text());
                format!("{{{}}}", all.iter().map(entry).collect::<Vec<_>>().join(","))
            }
        }
    }

    /// How many values there are, itself included.
    fn size(&self) -> usize {
        match self {
            Self::Leaf(_) => 1,
            Self::Array(all) => 1 + all.iter().map(Self::size).sum::<usize>(),
            Self::Object(all) => 1 + all.iter().map(|(_, value)| value.size()).sum::<usize>(),
        }
    }

    /// The value that `left` others stand before.
    fn nth(&mut self, left: &mut usize) -> Option<&mut Self> {
        if *left == 0 {
            return Some(self);
        }
        *left -= 1;
        match self {
            Self::Leaf(_) => None,
            Self::Array(all) => all.iter_mut().find_map(|value| value.nth(left)),
            Self::Object(all) => all.iter_mut().find_map(|(_, value)| value.nth(left)),
        }
    }

    fn spoil(&mut self, mistake: &Mistake) {
        match (self, mistake) {
            (value, Mistake::Replaced(_, text)) => *value = Self::Leaf(text.clone()),
            (Self::Leaf(text), Mistake::Altered(_, other)) => {
                *text = match text.as_bytes() {
                    [b'"', b'0'..=b'9', ..] => format!("\"{}\"", other.get(TIMES)),
                    [b'"', ..] => format!("\"{}\"", other.get(STRINGS)),
                    _ => (*other.get(WORDS)).to_owned(),
                };
            }
            (Self::Array(all), _) if !all.is_empty() => spoil_entry(all, mistake, |value, text| {
                *value = Self::Leaf(text.to_owned());
            }),
            (Self::Object(all), _) if !all.is_empty() => {
                spoil_entry(all, mistake, |(key, _), text| text.clone_into(key));
            }
            (value, Mistake::Renamed(_, _, text)) => *value = Self::Leaf(text.clone()),
            (value, _) => *value = Self::Array(Vec::new()),
        }
    }
}

fn spoil_entry<T: Clone>(all: &mut Vec<T>, mistake: &Mistake, rename: impl Fn(&mut T, &str)) {
    match mistake {
        Mistake::Replaced(..) | Mistake::Altered(..) => {}
        Mistake::Dropped(_, entry) => {
            all.remove(entry.index(all.len()));
        }
        Mistake::Repeated(_, entry) => all.push(entry.get(all).clone()),
        Mistake::Renamed(_, entry, text) => rename(entry.get_mut(all), text),
    }
}

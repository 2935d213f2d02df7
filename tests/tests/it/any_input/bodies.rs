//! Bodies: runs and batches with errors in them, text that is not JSON, and both in any encoding.

use std::{fmt, io::Write};

use flate2::{Compression, write::GzEncoder};
use proptest::{
    collection::vec,
    prelude::*,
    sample::{Index, select},
};
use runledger_model::{Timestamp, WorkflowRunDetail, WorkflowRunStatus, examples};
use serde_json::{Value, json};

use super::json::{Json, any_mistake, any_value};

/// Bytes that a failing test shows as text where they are some.
#[derive(Clone, PartialEq)]
pub struct Raw(pub Vec<u8>);

impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "b\"{}\"", self.0.escape_ascii())
    }
}

/// The names of the encodings, which the header may give with or without truth.
pub const ENCODINGS: &[&str] = &["gzip", "zstd", "br", "identity", "gzip, zstd", "GZIP", "", "x"];

/// Any body, plain.
pub fn any_body() -> impl Strategy<Value = Raw> {
    let deep = (1usize..5000).prop_map(|n| "[".repeat(n).into_bytes());
    let deep_objects = (1usize..5000).prop_map(|n| "{\"items\":".repeat(n).into_bytes());
    let many = (995usize..1005).prop_map(|n| json!({ "items": vec![json!({}); n] }).to_string());
    let text = prop_oneof![
        12 => document(run()).prop_map(String::into_bytes),
        6 => document(batch()).prop_map(String::into_bytes),
        2 => any_value().prop_map(String::into_bytes),
        2 => vec(any::<u8>(), 0..300),
        1 => deep,
        1 => deep_objects,
        1 => many.prop_map(String::into_bytes),
    ];
    (text, damage()).prop_map(|(bytes, damage)| Raw(damage.done_to(bytes)))
}

/// Any body in some encoding, sometimes damaged, and the name that tells its encoding, sometimes a
/// wrong one.
pub fn any_encoded_body() -> impl Strategy<Value = (Option<&'static str>, Raw)> {
    let named = select(ENCODINGS);
    let encoded = prop_oneof![
        any_body().prop_map(|body| ("gzip", gzip(&body.0))),
        any_body().prop_map(|body| ("zstd", zstd::encode_all(&body.0[..], 0).unwrap())),
    ];
    prop_oneof![
        6 => any_body().prop_map(|body| (None, body)),
        1 => (any_body(), named.clone()).prop_map(|(body, name)| (Some(name), body)),
        3 => (encoded, damage(), prop_oneof![4 => Just(None), 1 => named.prop_map(Some)]).prop_map(
            |((truth, bytes), damage, name)| {
                (Some(name.unwrap_or(truth)), Raw(damage.done_to(bytes)))
            },
        ),
    ]
}

/// A document with none, one or some mistakes.
fn document(good: impl Strategy<Value = Value>) -> impl Strategy<Value = String> {
    let mistakes = prop_oneof![
        2 => vec(any_mistake(), 0),
        2 => vec(any_mistake(), 1),
        1 => vec(any_mistake(), 2..5),
    ];
    (good, mistakes).prop_map(|(good, mistakes)| {
        mistakes.iter().fold(Json::from(&good), |document, mistake| document.with(mistake)).text()
    })
}

/// The documented run, under one of a few ids or none, in any state, of any time.
fn run() -> impl Strategy<Value = Value> {
    let id = proptest::option::weighted(0.3, select(super::ids::IDS));
    let millis = prop_oneof![-62_135_596_800_000..=253_402_300_799_999i64, -100..100i64];
    let created_at = millis.prop_map(|millis| Timestamp::from_millis(millis).unwrap());
    let steps = 0..=examples::execution().steps.len();
    (id, select(WorkflowRunStatus::ALL), created_at, steps).prop_map(
        |(id, status, created_at, steps)| {
            let mut run = WorkflowRunDetail { status, created_at, ..examples::execution() };
            run.steps.truncate(steps);
            run.step_count = steps as i32;
            let mut run = json!(run);
            match id {
                Some(id) => run["id"] = json!(id),
                None => drop(run.as_object_mut().unwrap().remove("id")),
            }
            run
        },
    )
}

fn batch() -> impl Strategy<Value = Value> {
    vec(run(), 0..4).prop_map(|runs| json!({ "items": runs }))
}

/// What happens to bytes on their way.
#[derive(Clone, Debug)]
pub enum Damage {
    None,
    CutAt(Index),
    Inserted(Index, Vec<u8>),
    Flipped(Index, u8),
}

pub fn damage() -> impl Strategy<Value = Damage> {
    let at = any::<Index>;
    prop_oneof![
        12 => Just(Damage::None),
        1 => at().prop_map(Damage::CutAt),
        1 => (at(), vec(any::<u8>(), 1..8)).prop_map(|(at, bytes)| Damage::Inserted(at, bytes)),
        1 => (at(), 1u8..).prop_map(|(at, bits)| Damage::Flipped(at, bits)),
    ]
}

impl Damage {
    pub fn done_to(&self, mut bytes: Vec<u8>) -> Vec<u8> {
        match self {
            Self::None => {}
            Self::CutAt(at) => bytes.truncate(at.index(bytes.len() + 1)),
            Self::Inserted(at, new) => {
                let at = at.index(bytes.len() + 1);
                bytes.splice(at..at, new.iter().copied());
            }
            Self::Flipped(_, _) if bytes.is_empty() => {}
            Self::Flipped(at, bits) => *at.get_mut(&mut bytes) ^= bits,
        }
        bytes
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

//! The documents to change: a whole document, or a few operations of a large one with everything
//! that they refer to.

use std::{collections::BTreeSet, fs, path::Path};

use anyhow::{Context, Result};
use rand::{RngExt, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;
use runledger_contract::{Document, grammar::METHODS};
use serde_json::{Map, Value, json};

/// The number of operations above which a document is reduced to a few of them.
const MAX_OPERATIONS: usize = 30;

/// A document from which pairs are drawn.
pub struct Source {
    /// The file's name.
    pub name: String,
    document: Document,
    operations: Vec<(String, String)>,
}

impl Source {
    /// Reads a document.
    ///
    /// # Errors
    /// If the file cannot be read, or is not an OpenAPI document.
    pub fn read(file: &Path) -> Result<Self> {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let text = fs::read_to_string(file).with_context(|| format!("{}", file.display()))?;
        Self::new(name, &text).with_context(|| format!("{}", file.display()))
    }

    /// A document with constructs that our own contract does not have.
    ///
    /// # Errors
    /// If the fixture is not an OpenAPI document.
    pub fn fixture() -> Result<Self> {
        Self::new("fixture.yaml".to_owned(), include_str!("fixture.yaml"))
    }

    fn new(name: String, text: &str) -> Result<Self> {
        let document = Document::read(text)?;
        let operations = document.operations();
        let operations =
            operations.iter().map(|it| (it.path.to_owned(), it.method.to_owned())).collect();
        Ok(Self { name, document, operations })
    }

    /// The whole document, or one to six of its operations.
    pub fn draw(&self, rng: &mut ChaCha8Rng) -> Value {
        if self.operations.len() <= MAX_OPERATIONS {
            return self.document.root().clone();
        }
        let count = rng.random_range(1..=6);
        let chosen: Vec<_> = self.operations.sample(rng, count).collect();
        self.reduced(&chosen)
    }

    fn reduced(&self, chosen: &[&(String, String)]) -> Value {
        let root = self.document.root();
        let mut paths = Map::new();
        for (path, method) in chosen {
            let item = &root["paths"][path];
            let here = paths.entry(path).or_insert_with(|| json!({}));
            for (key, value) in item.as_object().into_iter().flatten() {
                if key == method || !METHODS.contains(&key.as_str()) {
                    here[key] = value.clone();
                }
            }
        }
        let mut small = json!({"openapi": root["openapi"], "info": root["info"]});
        for key in ["servers", "security", "tags"] {
            if let Some(value) = root.get(key) {
                small[key] = value.clone();
            }
        }
        small["paths"] = Value::Object(paths);
        small["components"] = json!({});
        if let Some(schemes) = root["components"].get("securitySchemes") {
            small["components"]["securitySchemes"] = schemes.clone();
        }
        self.add_components(&mut small);
        small
    }

    /// Copies the components that the document refers to, and those that they refer to.
    fn add_components(&self, small: &mut Value) {
        let mut known = BTreeSet::new();
        let mut pending = Vec::new();
        references(small, &mut pending);
        while let Some(reference) = pending.pop() {
            let mut names = reference.trim_start_matches("#/components/").splitn(2, '/');
            let (Some(section), Some(name)) = (names.next(), names.next()) else { continue };
            let Some(value) = self.document.root()["components"][section].get(name) else {
                continue;
            };
            if known.insert(reference.clone()) {
                small["components"][section][name] = value.clone();
                references(value, &mut pending);
            }
        }
    }
}

fn references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            found.extend(members.get("$ref").and_then(Value::as_str).map(str::to_owned));
            members.values().for_each(|value| references(value, found));
        }
        Value::Array(elements) => elements.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

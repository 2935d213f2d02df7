//! What is changed: a document as it is, or, of a large one, a few operations with all that they refer to.

use std::{collections::BTreeSet, fs, path::Path};

use anyhow::{Context, Result};
use rand::{RngExt, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;
use runledger_contract::{Document, grammar::METHODS};
use serde_json::{Map, Value, json};

/// A document with more operations is cut before it is changed.
const LARGE: usize = 30;

/// A document to draw from.
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
    /// Where it cannot be read, or is none.
    pub fn read(file: &Path) -> Result<Self> {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let text = fs::read_to_string(file).with_context(|| format!("{}", file.display()))?;
        Self::new(name, &text).with_context(|| format!("{}", file.display()))
    }

    /// A document that has what our own contract does not have.
    ///
    /// # Errors
    /// Where it is none.
    pub fn zoo() -> Result<Self> {
        Self::new("zoo.yaml".to_owned(), include_str!("zoo.yaml"))
    }

    fn new(name: String, text: &str) -> Result<Self> {
        let document = Document::read(text)?;
        let operations = document.operations();
        let operations =
            operations.iter().map(|it| (it.path.to_owned(), it.method.to_owned())).collect();
        Ok(Self { name, document, operations })
    }

    /// All of it, or one to six of its operations.
    pub fn draw(&self, rng: &mut ChaCha8Rng) -> Value {
        if self.operations.len() <= LARGE {
            return self.document.root().clone();
        }
        let count = rng.random_range(1..=6);
        let chosen: Vec<_> = self.operations.sample(rng, count).collect();
        self.cut(&chosen)
    }

    fn cut(&self, chosen: &[&(String, String)]) -> Value {
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
        self.bring_along(&mut small);
        small
    }

    /// Copies the components that it refers to, and those that they refer to.
    fn bring_along(&self, small: &mut Value) {
        let mut known = BTreeSet::new();
        let mut todo = Vec::new();
        references(small, &mut todo);
        while let Some(reference) = todo.pop() {
            let mut names = reference.trim_start_matches("#/components/").splitn(2, '/');
            let (Some(room), Some(name)) = (names.next(), names.next()) else { continue };
            let Some(value) = self.document.root()["components"][room].get(name) else { continue };
            if known.insert(reference.clone()) {
                small["components"][room][name] = value.clone();
                references(value, &mut todo);
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

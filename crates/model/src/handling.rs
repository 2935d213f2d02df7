//! What is done with fields that are not documented.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_ignored::Path;
use serde_json::value::RawValue;

use crate::{ApiError, excerpt::excerpt, json};

/// The greatest number of unknown fields that an error names.
const MAX_NAMED: usize = 10;

/// What is done with fields of a run that are not documented.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Handling {
    /// They are ignored.
    #[default]
    Lenient,
    /// They are an error.
    Strict,
}

impl Handling {
    /// Checks the fields of a valid value.
    ///
    /// # Errors
    /// 400 that names the unknown fields.
    pub(crate) fn check<T: DeserializeOwned>(
        self,
        what: &str,
        json: &[u8],
    ) -> Result<(), ApiError> {
        if self == Self::Lenient {
            return Ok(());
        }
        let (mut names, mut unnamed) = (Vec::new(), 0);
        let mut json = serde_json::Deserializer::from_slice(json);
        let read = serde_ignored::deserialize::<_, _, T>(&mut json, |path| {
            if names.len() < MAX_NAMED { names.push(name(&path)) } else { unnamed += 1 }
        });
        if read.is_err() { Ok(()) } else { expect_none(what, &names, unnamed) }
    }

    /// As [`check`](Self::check), for an object with these fields, which are not looked into.
    pub(crate) fn check_fields(
        self,
        what: &str,
        json: &[u8],
        known: &[&str],
    ) -> Result<(), ApiError> {
        if self == Self::Lenient {
            return Ok(());
        }
        let fields: BTreeMap<String, &RawValue> = json::read(what, json)?;
        let mut unknown = fields.keys().filter(|name| !known.contains(&name.as_str()));
        let names: Vec<_> = unknown.by_ref().take(MAX_NAMED).map(|name| excerpt(name)).collect();
        expect_none(what, &names, unknown.count())
    }
}

/// Checks that there are no unknown fields.
fn expect_none(what: &str, names: &[String], unnamed: usize) -> Result<(), ApiError> {
    if names.is_empty() {
        return Ok(());
    }
    let others = if unnamed > 0 { format!(" and {unnamed} others") } else { String::new() };
    let problem = format!(
        "has fields that are not known: {}{others}; leave them out, or do not send \
             Prefer: handling=strict",
        names.join(", ")
    );
    Err(ApiError::validation(what, problem))
}

fn name(path: &Path<'_>) -> String {
    match path {
        Path::Root => String::new(),
        Path::Seq { parent, index } => format!("{}[{index}]", name(parent)),
        Path::Map { parent, key } => match name(parent) {
            parent if parent.is_empty() => excerpt(key),
            parent => format!("{parent}.{}", excerpt(key)),
        },
        Path::Some { parent }
        | Path::NewtypeStruct { parent }
        | Path::NewtypeVariant { parent } => name(parent),
    }
}

//! Mutations of `pattern`.

use serde_json::json;

use super::{
    super::{
        mutation::{
            Condition::{Has, When},
            Edit::{Remove, Set},
            Mutation,
        },
        targets::Target::Schema,
    },
    kind::is_open_string,
};

pub const MUTATIONS: &[Mutation] = &[
    Mutation {
        name: "pattern added",
        target: Schema,
        condition: When(|schema| is_open_string(schema) && !schema.contains_key("pattern")),
        edit: Set("pattern", || json!("^[a-z]+$")),
    },
    Mutation {
        name: "pattern changed",
        target: Schema,
        condition: Has("pattern"),
        edit: Set("pattern", || json!("^[a-z0-9]{3}$")),
    },
    Mutation {
        name: "pattern removed",
        target: Schema,
        condition: Has("pattern"),
        edit: Remove("pattern"),
    },
];

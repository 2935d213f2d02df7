//! Mutations of numeric bounds.

use serde_json::{Value, json};

use super::{
    super::{
        mutation::{
            Condition::When,
            Draw,
            Edit::{Set, With},
            Mutation, Object, yes,
        },
        targets::Target::Schema,
    },
    kind::is,
};

/// Keywords with a bound, the type that they apply to, and a possible bound.
const BOUNDS: [(&str, &str, i64); 8] = [
    ("minimum", "integer", 1),
    ("maximum", "integer", 1000),
    ("minLength", "string", 1),
    ("maxLength", "string", 1000),
    ("minItems", "array", 1),
    ("maxItems", "array", 1000),
    ("minProperties", "object", 1),
    ("maxProperties", "object", 1000),
];

pub const MUTATIONS: &[Mutation] = &[
    Mutation {
        name: "bound added",
        target: Schema,
        condition: When(|it| bounds(it, false).next().is_some() && !it.contains_key("enum")),
        edit: With(|schema, draw| {
            let all: Vec<_> = bounds(schema, false).collect();
            let (keyword, number) = *draw.one_of(&all);
            schema.insert(keyword.into(), json!(number));
        }),
    },
    Mutation {
        name: "bound removed",
        target: Schema,
        condition: When(|schema| bounds(schema, true).next().is_some()),
        edit: With(|schema, draw| {
            let all: Vec<_> = bounds(schema, true).collect();
            schema.shift_remove(draw.one_of(&all).0);
        }),
    },
    Mutation {
        name: "bound raised",
        target: Schema,
        condition: When(|schema| bounds(schema, true).next().is_some()),
        edit: With(|schema, draw| move_bound(schema, draw, 1)),
    },
    Mutation {
        name: "bound lowered",
        target: Schema,
        condition: When(|it| bounds(it, true).any(|(key, _)| it[key].as_i64() > Some(0))),
        edit: With(|schema, draw| move_bound(schema, draw, -1)),
    },
    Mutation {
        name: "bound became exclusive",
        target: Schema,
        condition: When(|schema| {
            schema.contains_key("minimum") && !schema.contains_key("exclusiveMinimum")
        }),
        edit: With(|schema, draw| {
            if draw.is_3_0 {
                schema.insert("exclusiveMinimum".into(), json!(true));
            } else if let Some(number) = schema.shift_remove("minimum") {
                schema.insert("exclusiveMinimum".into(), number);
            }
        }),
    },
    Mutation {
        name: "multipleOf added",
        target: Schema,
        condition: When(|schema| is(schema, "integer") && !schema.contains_key("multipleOf")),
        edit: Set("multipleOf", || json!(5)),
    },
    Mutation {
        name: "uniqueItems added",
        target: Schema,
        condition: When(|schema| is(schema, "array") && !schema.contains_key("uniqueItems")),
        edit: Set("uniqueItems", yes),
    },
];

/// The bounds that a schema has, or those that it could have, each with a possible number.
fn bounds(schema: &Object, existing: bool) -> impl Iterator<Item = (&'static str, i64)> {
    BOUNDS
        .into_iter()
        .filter(move |(key, type_name, _)| {
            is(schema, type_name) && existing == schema.get(*key).is_some_and(Value::is_i64)
        })
        .map(|(key, _, number)| (key, number))
}

fn move_bound(schema: &mut Object, draw: &mut Draw<'_>, by: i64) {
    let all: Vec<_> = bounds(schema, true).collect();
    let movable: Vec<_> =
        all.iter().filter(|(key, _)| by > 0 || schema[*key].as_i64() > Some(0)).collect();
    let key = draw.one_of(&movable).0;
    let moved = schema[key].as_i64().unwrap_or_default().saturating_add(by);
    schema.insert(key.into(), json!(moved));
}

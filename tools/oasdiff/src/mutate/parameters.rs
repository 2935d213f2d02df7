//! Mutations of parameters.

use serde_json::{Value, json};

use super::{
    mutation::{
        Condition::{Always, IsNotTrue, Lacks, When},
        Draw,
        Edit::{Remove, Set, With},
        Mutation, Object, list_at, yes,
    },
    targets::Target::{Operation, Parameter},
};

pub const MUTATIONS: &[Mutation] = &[
    Mutation {
        name: "parameter removed",
        target: Operation,
        condition: When(has_free_parameter),
        edit: With(|operation, draw| {
            let position = free_parameter(operation, draw);
            list_at(operation, "parameters").remove(position);
        }),
    },
    Mutation {
        name: "parameter renamed",
        target: Operation,
        condition: When(has_free_parameter),
        edit: With(|operation, draw| {
            let position = free_parameter(operation, draw);
            list_at(operation, "parameters")[position]["name"] = json!("renamed");
        }),
    },
    Mutation {
        name: "parameter moved",
        target: Operation,
        condition: When(has_free_parameter),
        edit: With(|operation, draw| {
            let position = free_parameter(operation, draw);
            let parameter = &mut list_at(operation, "parameters")[position];
            let other = if parameter["in"] == "query" { "header" } else { "query" };
            parameter["in"] = json!(other);
        }),
    },
    Mutation {
        name: "optional parameter added",
        target: Operation,
        condition: Always,
        edit: With(|operation, draw| add(operation, draw, false)),
    },
    Mutation {
        name: "required parameter added",
        target: Operation,
        condition: Always,
        edit: With(|operation, draw| add(operation, draw, true)),
    },
    Mutation {
        name: "parameter became required",
        target: Parameter,
        condition: IsNotTrue("required"),
        edit: Set("required", yes),
    },
    Mutation {
        name: "parameter became optional",
        target: Parameter,
        condition: When(|it| it.get("required") == Some(&json!(true)) && it["in"] != "path"),
        edit: Remove("required"),
    },
    Mutation {
        name: "parameter deprecated",
        target: Parameter,
        condition: Lacks("deprecated"),
        edit: Set("deprecated", yes),
    },
    Mutation {
        name: "parameter style changed",
        target: Parameter,
        condition: When(|it| it.get("in") == Some(&json!("query")) && it.contains_key("schema")),
        edit: With(|parameter, _| {
            parameter.insert("style".into(), json!("spaceDelimited"));
            parameter.insert("explode".into(), json!(false));
        }),
    },
];

/// The positions of the parameters that are neither references nor part of the path.
fn free_parameters(operation: &Object) -> impl Iterator<Item = usize> {
    let all = operation.get("parameters").and_then(Value::as_array).into_iter().flatten();
    let is_free = |it: &Value| it.get("$ref").is_none() && it["in"] != "path";
    all.enumerate().filter(move |(_, it)| is_free(it)).map(|(position, _)| position)
}

fn has_free_parameter(operation: &Object) -> bool {
    free_parameters(operation).next().is_some()
}

fn free_parameter(operation: &Object, draw: &mut Draw<'_>) -> usize {
    *draw.one_of(&free_parameters(operation).collect::<Vec<_>>())
}

fn add(operation: &mut Object, draw: &mut Draw<'_>, required: bool) {
    let place = *draw.one_of(&["query", "header"]);
    let schema = json!({"type": "string"});
    let parameter = json!({"name": "new", "in": place, "required": required, "schema": schema});
    list_at(operation, "parameters").push(parameter);
}

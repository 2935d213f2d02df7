//! Mutations of operations, paths, servers and security.

use runledger_contract::grammar::METHODS;
use serde_json::{Value, json};

use super::{
    mutation::{
        Condition::{Always, Has, HasElements, HasMembers, IsNotTrue, IsTrue, When},
        Draw,
        Edit::{Remove, Set, With},
        Mutation, Object, list_at, members, object_at, rename, yes,
    },
    targets::Target::{Operation, Paths, Root},
};

pub const MUTATIONS: &[Mutation] = &[
    Mutation {
        name: "operation removed",
        target: Paths,
        condition: When(|paths| !paths.is_empty()),
        edit: With(|paths, draw| {
            let (path, method) = an_operation(paths, draw);
            object_at(paths, &path).shift_remove(&method);
            if !object_at(paths, &path).keys().any(|key| METHODS.contains(&key.as_str())) {
                paths.shift_remove(&path);
            }
        }),
    },
    Mutation {
        name: "operation added",
        target: Paths,
        condition: When(|paths| !paths.is_empty()),
        edit: With(|paths, draw| {
            let (path, method) = an_operation(paths, draw);
            let mut item = paths[&path].clone();
            let other = METHODS.iter().filter(|name| **name != method);
            other.for_each(|name| {
                item.as_object_mut().and_then(|item| item.shift_remove(*name));
            });
            item[&method]["operationId"] = json!("somethingNew");
            paths.insert(format!("/new{path}"), item);
        }),
    },
    Mutation {
        name: "path renamed",
        target: Paths,
        condition: When(|paths| !paths.is_empty()),
        edit: With(|paths, draw| {
            let path = draw.key(paths);
            rename(paths, &path, &format!("/renamed{path}"));
        }),
    },
    Mutation {
        name: "path parameter renamed",
        target: Paths,
        condition: When(|paths| paths.iter().any(|(path, item)| parameter(path, item).is_some())),
        edit: With(|paths, draw| {
            let with = paths.iter().filter(|(path, item)| parameter(path, item).is_some());
            let with: Vec<_> = with.map(|(path, _)| path.clone()).collect();
            let path = draw.one_of(&with).clone();
            let Some(name) = parameter(&path, &paths[&path]) else { return };
            let new = format!("{name}_renamed");
            rename_parameter(&mut paths[&path], &name, &new);
            rename(paths, &path, &path.replace(&format!("{{{name}}}"), &format!("{{{new}}}")));
        }),
    },
    Mutation {
        name: "operationId changed",
        target: Operation,
        condition: Has("operationId"),
        edit: Set("operationId", || json!("anotherName")),
    },
    Mutation {
        name: "operationId removed",
        target: Operation,
        condition: Has("operationId"),
        edit: Remove("operationId"),
    },
    Mutation {
        name: "tag changed",
        target: Operation,
        condition: HasElements("tags"),
        edit: With(|operation, _| list_at(operation, "tags")[0] = json!("another")),
    },
    Mutation {
        name: "tag added",
        target: Operation,
        condition: Always,
        edit: With(|operation, _| list_at(operation, "tags").push(json!("another"))),
    },
    Mutation {
        name: "operation deprecated",
        target: Operation,
        condition: IsNotTrue("deprecated"),
        edit: Set("deprecated", yes),
    },
    Mutation {
        name: "operation no longer deprecated",
        target: Operation,
        condition: IsTrue("deprecated"),
        edit: Remove("deprecated"),
    },
    Mutation {
        name: "security of an operation removed",
        target: Operation,
        condition: When(|operation| operation.get("security") != Some(&json!([]))),
        edit: Set("security", || json!([])),
    },
    Mutation {
        name: "security of all operations removed",
        target: Root,
        condition: HasElements("security"),
        edit: Remove("security"),
    },
    Mutation {
        name: "security scheme replaced",
        target: Root,
        condition: Has("components"),
        edit: With(|root, _| {
            add_scheme(root);
            root.insert("security".into(), json!([{"Other": []}]));
        }),
    },
    Mutation {
        name: "alternative security scheme added",
        target: Root,
        condition: HasElements("security"),
        edit: With(|root, _| {
            add_scheme(root);
            list_at(root, "security").push(json!({"Other": []}));
        }),
    },
    Mutation {
        name: "header of the API key changed",
        target: Root,
        condition: When(|root| api_key(root).is_some()),
        edit: With(|root, _| {
            if let Some(name) = api_key(root) {
                let schemes = object_at(object_at(root, "components"), "securitySchemes");
                object_at(schemes, &name).insert("name".into(), json!("X-Other"));
            }
        }),
    },
    Mutation {
        name: "scope added",
        target: Operation,
        condition: When(|it| it.get("security") == Some(&json!([{"Login": ["write"]}]))),
        edit: Set("security", || json!([{"Login": ["write", "read"]}])),
    },
    Mutation {
        name: "webhook removed",
        target: Root,
        condition: HasMembers("webhooks"),
        edit: With(|root, draw| {
            let webhooks = object_at(root, "webhooks");
            let name = draw.key(webhooks);
            webhooks.shift_remove(&name);
        }),
    },
    Mutation {
        name: "server replaced",
        target: Root,
        condition: HasElements("servers"),
        edit: With(|root, _| list_at(root, "servers")[0] = json!({"url": "http://127.0.0.1:9"})),
    },
    Mutation {
        name: "server added",
        target: Root,
        condition: Always,
        edit: With(|root, _| list_at(root, "servers").push(json!({"url": "http://127.0.0.1:9"}))),
    },
];

fn an_operation(paths: &Object, draw: &mut Draw<'_>) -> (String, String) {
    let all = paths.iter().flat_map(|(path, item)| {
        let methods = METHODS.iter().filter(|method| item.get(**method).is_some());
        methods.map(|method| (path.clone(), (*method).to_owned()))
    });
    draw.one_of(&all.collect::<Vec<_>>()).clone()
}

/// The first parameter in the template of a path, if it is declared without a reference for all its
/// operations.
fn parameter(path: &str, item: &Value) -> Option<String> {
    let name = path.split_once('{')?.1.split_once('}')?.0;
    let declares = |holder: &Value| {
        holder["parameters"].as_array().is_some_and(|all| all.iter().any(|it| it["name"] == name))
    };
    let mut operations = METHODS.iter().filter_map(|method| item.get(*method));
    (declares(item) || operations.all(declares)).then(|| name.to_owned())
}

fn rename_parameter(item: &mut Value, old: &str, new: &str) {
    let lists = item.as_object_mut().into_iter().flat_map(|item| item.values_mut());
    for list in lists {
        let list = if list.is_array() { Some(list) } else { list.get_mut("parameters") };
        for parameter in list.and_then(Value::as_array_mut).into_iter().flatten() {
            if parameter["name"] == old && parameter["in"] == "path" {
                parameter["name"] = json!(new);
            }
        }
    }
}

fn add_scheme(root: &mut Object) {
    let scheme = json!({"type": "http", "scheme": "basic"});
    object_at(object_at(root, "components"), "securitySchemes").insert("Other".into(), scheme);
}

fn api_key(root: &Object) -> Option<String> {
    let schemes = members(members(root, "components")?, "securitySchemes")?;
    schemes.iter().find(|(_, scheme)| scheme["type"] == "apiKey").map(|(name, _)| name.clone())
}

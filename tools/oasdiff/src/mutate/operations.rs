//! Changes to operations, their parameters, and what they ask for.

use serde_json::{Value, json};

use runledger_contract::grammar::METHODS;

use super::{
    Draw, Kind, Object,
    Place::{Operation, Parameter, Paths, Root},
    filled, length, list, rename, within,
};

pub(super) const KINDS: &[Kind] = &[
    Kind {
        name: "operation removed",
        place: Paths,
        fits: |paths| !paths.is_empty(),
        edit: |paths, draw| {
            let (path, method) = an_operation(paths, draw);
            within(paths, &path).shift_remove(&method);
            if !within(paths, &path).keys().any(|key| METHODS.contains(&key.as_str())) {
                paths.shift_remove(&path);
            }
        },
    },
    Kind {
        name: "operation added",
        place: Paths,
        fits: |paths| !paths.is_empty(),
        edit: |paths, draw| {
            let (path, method) = an_operation(paths, draw);
            let mut item = paths[&path].clone();
            let other = METHODS.iter().filter(|name| **name != method);
            other.for_each(|name| {
                item.as_object_mut().and_then(|item| item.shift_remove(*name));
            });
            item[&method]["operationId"] = json!("somethingNew");
            paths.insert(format!("/new{path}"), item);
        },
    },
    Kind {
        name: "path renamed",
        place: Paths,
        fits: |paths| !paths.is_empty(),
        edit: |paths, draw| {
            let path = draw.key(paths);
            rename(paths, &path, &format!("/renamed{path}"));
        },
    },
    Kind {
        name: "path parameter renamed",
        place: Paths,
        fits: |paths| paths.iter().any(|(path, item)| a_brace(path, item).is_some()),
        edit: |paths, draw| {
            let with = paths.iter().filter(|(path, item)| a_brace(path, item).is_some());
            let with: Vec<_> = with.map(|(path, _)| path.clone()).collect();
            let path = draw.one_of(&with).clone();
            let Some(name) = a_brace(&path, &paths[&path]) else { return };
            let new = format!("{name}_renamed");
            rename_parameter(&mut paths[&path], &name, &new);
            rename(paths, &path, &path.replace(&format!("{{{name}}}"), &format!("{{{new}}}")));
        },
    },
    Kind {
        name: "operationId changed",
        place: Operation,
        fits: |operation| operation.contains_key("operationId"),
        edit: |operation, _| {
            operation.insert("operationId".into(), json!("anotherName"));
        },
    },
    Kind {
        name: "operationId removed",
        place: Operation,
        fits: |operation| operation.contains_key("operationId"),
        edit: |operation, _| {
            operation.shift_remove("operationId");
        },
    },
    Kind {
        name: "tag changed",
        place: Operation,
        fits: |operation| length(operation, "tags") > 0,
        edit: |operation, _| list(operation, "tags")[0] = json!("another"),
    },
    Kind {
        name: "tag added",
        place: Operation,
        fits: |_| true,
        edit: |operation, _| list(operation, "tags").push(json!("another")),
    },
    Kind {
        name: "operation deprecated",
        place: Operation,
        fits: |operation| operation.get("deprecated") != Some(&json!(true)),
        edit: |operation, _| {
            operation.insert("deprecated".into(), json!(true));
        },
    },
    Kind {
        name: "operation no longer deprecated",
        place: Operation,
        fits: |operation| operation.get("deprecated") == Some(&json!(true)),
        edit: |operation, _| {
            operation.shift_remove("deprecated");
        },
    },
    Kind {
        name: "operation open to all",
        place: Operation,
        fits: |operation| operation.get("security") != Some(&json!([])),
        edit: |operation, _| {
            operation.insert("security".into(), json!([]));
        },
    },
    Kind {
        name: "all operations open to all",
        place: Root,
        fits: |root| length(root, "security") > 0,
        edit: |root, _| {
            root.shift_remove("security");
        },
    },
    Kind {
        name: "another credential wanted of all",
        place: Root,
        fits: |root| root.contains_key("components"),
        edit: |root, _| {
            let scheme = json!({"type": "http", "scheme": "basic"});
            within(within(root, "components"), "securitySchemes").insert("Other".into(), scheme);
            root.insert("security".into(), json!([{"Other": []}]));
        },
    },
    Kind {
        name: "second credential is enough",
        place: Root,
        fits: |root| length(root, "security") > 0,
        edit: |root, _| {
            let scheme = json!({"type": "http", "scheme": "basic"});
            within(within(root, "components"), "securitySchemes").insert("Other".into(), scheme);
            list(root, "security").push(json!({"Other": []}));
        },
    },
    Kind {
        name: "key looked for elsewhere",
        place: Root,
        fits: |root| a_key(root).is_some(),
        edit: |root, _| {
            if let Some(name) = a_key(root) {
                let schemes = within(within(root, "components"), "securitySchemes");
                within(schemes, &name).insert("name".into(), json!("X-Other"));
            }
        },
    },
    Kind {
        name: "scope added",
        place: Operation,
        fits: |operation| a_scope(operation, "write"),
        edit: |operation, _| operation["security"] = json!([{"Login": ["write", "read"]}]),
    },
    Kind {
        name: "webhook removed",
        place: Root,
        fits: |root| filled(root, "webhooks").is_some(),
        edit: |root, draw| {
            let webhooks = within(root, "webhooks");
            let name = draw.key(webhooks);
            webhooks.shift_remove(&name);
        },
    },
    Kind {
        name: "parameter removed",
        place: Operation,
        fits: |operation| free_parameters(operation).next().is_some(),
        edit: |operation, draw| {
            let n = a_parameter(operation, draw);
            list(operation, "parameters").remove(n);
        },
    },
    Kind {
        name: "parameter renamed",
        place: Operation,
        fits: |operation| free_parameters(operation).next().is_some(),
        edit: |operation, draw| {
            let n = a_parameter(operation, draw);
            list(operation, "parameters")[n]["name"] = json!("renamed");
        },
    },
    Kind {
        name: "parameter moved",
        place: Operation,
        fits: |operation| free_parameters(operation).next().is_some(),
        edit: |operation, draw| {
            let n = a_parameter(operation, draw);
            let parameter = &mut list(operation, "parameters")[n];
            let other = if parameter["in"] == "query" { "header" } else { "query" };
            parameter["in"] = json!(other);
        },
    },
    Kind {
        name: "optional parameter added",
        place: Operation,
        fits: |_| true,
        edit: |operation, draw| add_parameter(operation, draw, false),
    },
    Kind {
        name: "required parameter added",
        place: Operation,
        fits: |_| true,
        edit: |operation, draw| add_parameter(operation, draw, true),
    },
    Kind {
        name: "parameter became required",
        place: Parameter,
        fits: |parameter| parameter.get("required") != Some(&json!(true)),
        edit: |parameter, _| {
            parameter.insert("required".into(), json!(true));
        },
    },
    Kind {
        name: "parameter became optional",
        place: Parameter,
        fits: |it| it.get("required") == Some(&json!(true)) && it["in"] != "path",
        edit: |parameter, _| {
            parameter.shift_remove("required");
        },
    },
    Kind {
        name: "parameter deprecated",
        place: Parameter,
        fits: |parameter| !parameter.contains_key("deprecated"),
        edit: |parameter, _| {
            parameter.insert("deprecated".into(), json!(true));
        },
    },
    Kind {
        name: "parameter written in another style",
        place: Parameter,
        fits: |it| it.get("in") == Some(&json!("query")) && it.contains_key("schema"),
        edit: |parameter, _| {
            parameter.insert("style".into(), json!("spaceDelimited"));
            parameter.insert("explode".into(), json!(false));
        },
    },
    Kind {
        name: "server replaced",
        place: Root,
        fits: |root| length(root, "servers") > 0,
        edit: |root, _| list(root, "servers")[0] = json!({"url": "http://127.0.0.1:9"}),
    },
    Kind {
        name: "server added",
        place: Root,
        fits: |_| true,
        edit: |root, _| list(root, "servers").push(json!({"url": "http://127.0.0.1:9"})),
    },
];

fn an_operation(paths: &Object, draw: &mut Draw<'_>) -> (String, String) {
    let all = paths.iter().flat_map(|(path, item)| {
        let methods = METHODS.iter().filter(|method| item.get(**method).is_some());
        methods.map(|method| (path.clone(), (*method).to_owned()))
    });
    draw.one_of(&all.collect::<Vec<_>>()).clone()
}

/// The name in the first braces of a path, where the parameter of that name is declared below it for all operations, and by no reference.
fn a_brace(path: &str, item: &Value) -> Option<String> {
    let name = path.split_once('{')?.1.split_once('}')?.0;
    let declared = |holder: &Value| {
        holder["parameters"].as_array().is_some_and(|all| all.iter().any(|it| it["name"] == name))
    };
    let mut operations = METHODS.iter().filter_map(|method| item.get(*method));
    (declared(item) || operations.all(declared)).then(|| name.to_owned())
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

/// The numbers of the parameters that are neither references nor a part of the path.
fn free_parameters(operation: &Object) -> impl Iterator<Item = usize> {
    let all = operation.get("parameters").and_then(Value::as_array).into_iter().flatten();
    let free = |it: &Value| it.get("$ref").is_none() && it["in"] != "path";
    all.enumerate().filter(move |(_, it)| free(it)).map(|(n, _)| n)
}

fn a_parameter(operation: &Object, draw: &mut Draw<'_>) -> usize {
    *draw.one_of(&free_parameters(operation).collect::<Vec<_>>())
}

fn add_parameter(operation: &mut Object, draw: &mut Draw<'_>, required: bool) {
    let place = *draw.one_of(&["query", "header"]);
    let schema = json!({"type": "string"});
    let parameter = json!({"name": "new", "in": place, "required": required, "schema": schema});
    list(operation, "parameters").push(parameter);
}

fn a_scope(operation: &Object, scope: &str) -> bool {
    let security = operation.get("security").unwrap_or(&Value::Null);
    security == &json!([{"Login": [scope]}])
}

fn a_key(root: &Object) -> Option<String> {
    let schemes = filled(filled(root, "components")?, "securitySchemes")?;
    schemes.iter().find(|(_, scheme)| scheme["type"] == "apiKey").map(|(name, _)| name.clone())
}

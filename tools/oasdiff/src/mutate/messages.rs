//! Mutations of request bodies, responses and headers.

use serde_json::{Value, json};

use super::{
    mutation::{
        Condition::{Always, Has, HasMembers, IsNotTrue, IsTrue, Lacks, When},
        Draw,
        Edit::{Remove, Set, With},
        Mutation, Object, has_members, object_at, rename, yes,
    },
    targets::Target::{
        Header, Operation, RequestBody, RequestContent, Response, ResponseContent, Responses,
    },
};

pub const MUTATIONS: &[Mutation] = &[
    Mutation {
        name: "request body removed",
        target: Operation,
        condition: Has("requestBody"),
        edit: Remove("requestBody"),
    },
    Mutation {
        name: "required request body added",
        target: Operation,
        condition: Lacks("requestBody"),
        edit: Set("requestBody", || json!({"required": true, "content": content()})),
    },
    Mutation {
        name: "optional request body added",
        target: Operation,
        condition: Lacks("requestBody"),
        edit: Set("requestBody", || json!({"required": false, "content": content()})),
    },
    Mutation {
        name: "request body became required",
        target: RequestBody,
        condition: IsNotTrue("required"),
        edit: Set("required", yes),
    },
    Mutation {
        name: "request body became optional",
        target: RequestBody,
        condition: IsTrue("required"),
        edit: Remove("required"),
    },
    Mutation {
        name: "request media type added",
        target: RequestContent,
        condition: When(|content| !content.is_empty()),
        edit: Set("application/x-new", media_type),
    },
    Mutation {
        name: "request media type renamed",
        target: RequestContent,
        condition: When(|content| !content.is_empty()),
        edit: With(rename_media_type),
    },
    Mutation {
        name: "response media type added",
        target: ResponseContent,
        condition: When(|content| !content.is_empty()),
        edit: Set("application/x-new", media_type),
    },
    Mutation {
        name: "response media type renamed",
        target: ResponseContent,
        condition: When(|content| !content.is_empty()),
        edit: With(rename_media_type),
    },
    Mutation {
        name: "response removed",
        target: Responses,
        condition: When(|responses| responses.len() > 1),
        edit: With(|responses, draw| {
            let status = draw.key(responses);
            responses.shift_remove(&status);
        }),
    },
    Mutation {
        name: "successful response added",
        target: Responses,
        condition: Lacks("206"),
        edit: Set("206", response),
    },
    Mutation {
        name: "error response added",
        target: Responses,
        condition: Lacks("418"),
        edit: Set("418", response),
    },
    Mutation {
        name: "response status changed",
        target: Responses,
        condition: When(|it| it.contains_key("200") && !it.contains_key("203")),
        edit: With(|responses, _| rename(responses, "200", "203")),
    },
    Mutation {
        name: "response body removed",
        target: Response,
        condition: HasMembers("content"),
        edit: Remove("content"),
    },
    Mutation {
        name: "response body added",
        target: Response,
        condition: When(|response| !has_members(response, "content")),
        edit: Set("content", content),
    },
    Mutation {
        name: "header removed",
        target: Response,
        condition: HasMembers("headers"),
        edit: With(|response, draw| {
            let headers = object_at(response, "headers");
            let name = draw.key(headers);
            headers.shift_remove(&name);
        }),
    },
    Mutation {
        name: "header renamed",
        target: Response,
        condition: HasMembers("headers"),
        edit: With(|response, draw| {
            let headers = object_at(response, "headers");
            let name = draw.key(headers);
            rename(headers, &name, "X-Renamed");
        }),
    },
    Mutation {
        name: "header added",
        target: Response,
        condition: Always,
        edit: With(|response, _| {
            let header = json!({"schema": {"type": "string"}});
            object_at(response, "headers").insert("X-New".into(), header);
        }),
    },
    Mutation {
        name: "header became required",
        target: Header,
        condition: IsNotTrue("required"),
        edit: Set("required", yes),
    },
    Mutation {
        name: "header became optional",
        target: Header,
        condition: IsTrue("required"),
        edit: Remove("required"),
    },
];

fn content() -> Value {
    json!({"application/json": {"schema": {"type": "object"}}})
}

fn media_type() -> Value {
    json!({"schema": {"type": "string"}})
}

fn response() -> Value {
    json!({"description": "Something new", "content": content()})
}

fn rename_media_type(content: &mut Object, draw: &mut Draw<'_>) {
    let name = draw.key(content);
    rename(content, &name, "application/x-renamed");
}

//! Changes to what requests and answers carry.

use serde_json::{Value, json};

use super::{
    Draw, Kind, Object,
    Place::{Body, Header, Operation, RequestContent, Response, ResponseContent, Responses},
    filled, rename, within,
};

pub(super) const KINDS: &[Kind] = &[
    Kind {
        name: "body removed",
        place: Operation,
        fits: |operation| operation.contains_key("requestBody"),
        edit: |operation, _| {
            operation.shift_remove("requestBody");
        },
    },
    Kind {
        name: "required body added",
        place: Operation,
        fits: |operation| !operation.contains_key("requestBody"),
        edit: |operation, _| add_body(operation, true),
    },
    Kind {
        name: "optional body added",
        place: Operation,
        fits: |operation| !operation.contains_key("requestBody"),
        edit: |operation, _| add_body(operation, false),
    },
    Kind {
        name: "body became required",
        place: Body,
        fits: |body| body.get("required") != Some(&json!(true)),
        edit: |body, _| {
            body.insert("required".into(), json!(true));
        },
    },
    Kind {
        name: "body became optional",
        place: Body,
        fits: |body| body.get("required") == Some(&json!(true)),
        edit: |body, _| {
            body.shift_remove("required");
        },
    },
    Kind {
        name: "media type of a request added",
        place: RequestContent,
        fits: |content| !content.is_empty(),
        edit: add_media_type,
    },
    Kind {
        name: "media type of a request replaced",
        place: RequestContent,
        fits: |content| !content.is_empty(),
        edit: replace_media_type,
    },
    Kind {
        name: "media type of an answer added",
        place: ResponseContent,
        fits: |content| !content.is_empty(),
        edit: add_media_type,
    },
    Kind {
        name: "media type of an answer replaced",
        place: ResponseContent,
        fits: |content| !content.is_empty(),
        edit: replace_media_type,
    },
    Kind {
        name: "status removed",
        place: Responses,
        fits: |responses| responses.len() > 1,
        edit: |responses, draw| {
            let status = draw.key(responses);
            responses.shift_remove(&status);
        },
    },
    Kind {
        name: "status of success added",
        place: Responses,
        fits: |responses| !responses.contains_key("206"),
        edit: |responses, _| {
            responses.insert("206".into(), an_answer());
        },
    },
    Kind {
        name: "status of failure added",
        place: Responses,
        fits: |responses| !responses.contains_key("418"),
        edit: |responses, _| {
            responses.insert("418".into(), an_answer());
        },
    },
    Kind {
        name: "status renamed",
        place: Responses,
        fits: |responses| responses.contains_key("200") && !responses.contains_key("203"),
        edit: |responses, _| rename(responses, "200", "203"),
    },
    Kind {
        name: "answer without a body",
        place: Response,
        fits: |response| filled(response, "content").is_some(),
        edit: |response, _| {
            response.shift_remove("content");
        },
    },
    Kind {
        name: "answer with a body",
        place: Response,
        fits: |response| filled(response, "content").is_none(),
        edit: |response, _| {
            let content = json!({"application/json": {"schema": {"type": "object"}}});
            response.insert("content".into(), content);
        },
    },
    Kind {
        name: "header removed",
        place: Response,
        fits: |response| filled(response, "headers").is_some(),
        edit: |response, draw| {
            let headers = within(response, "headers");
            let name = draw.key(headers);
            headers.shift_remove(&name);
        },
    },
    Kind {
        name: "header renamed",
        place: Response,
        fits: |response| filled(response, "headers").is_some(),
        edit: |response, draw| {
            let headers = within(response, "headers");
            let name = draw.key(headers);
            rename(headers, &name, "X-Renamed");
        },
    },
    Kind {
        name: "header added",
        place: Response,
        fits: |_| true,
        edit: |response, _| {
            let header = json!({"schema": {"type": "string"}});
            within(response, "headers").insert("X-New".into(), header);
        },
    },
    Kind {
        name: "header became required",
        place: Header,
        fits: |header| header.get("required") != Some(&json!(true)),
        edit: |header, _| {
            header.insert("required".into(), json!(true));
        },
    },
    Kind {
        name: "header became optional",
        place: Header,
        fits: |header| header.get("required") == Some(&json!(true)),
        edit: |header, _| {
            header.shift_remove("required");
        },
    },
];

fn add_body(operation: &mut Object, required: bool) {
    let content = json!({"application/json": {"schema": {"type": "object"}}});
    operation.insert("requestBody".into(), json!({"required": required, "content": content}));
}

fn add_media_type(content: &mut Object, _: &mut Draw<'_>) {
    content.insert("application/x-new".into(), json!({"schema": {"type": "string"}}));
}

fn replace_media_type(content: &mut Object, draw: &mut Draw<'_>) {
    let name = draw.key(content);
    rename(content, &name, "application/x-renamed");
}

fn an_answer() -> Value {
    let content = json!({"application/json": {"schema": {"type": "object"}}});
    json!({"description": "Something new", "content": content})
}

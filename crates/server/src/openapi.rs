//! The OpenAPI document: the declarations of the routes and the model, and additions to them.

use runledger_model::{
    ApiError, BucketWidth, ErrorKind, ErrorResponse, StepStatus, WorkflowRunStatusFilter,
};
use serde_json::{Value, json};
use utoipa::{
    Modify, OpenApi,
    openapi::{
        ContentBuilder, HeaderBuilder, ObjectBuilder, OpenApi as Document, Ref, ResponseBuilder,
        example::ExampleBuilder,
        schema::{KnownFormat, SchemaFormat, Type},
        security::{ApiKey, ApiKeyValue, SecurityScheme},
    },
};

/// The contract as OpenAPI 3.1, in the order of the checked-in file.
pub fn openapi_document() -> Value {
    let (_, routes) = crate::routes::api().split_for_parts();
    let mut document = Frame::openapi();
    document.merge(routes);
    // After the merge: what is added here depends on all routes.
    SharedResponses.modify(&mut document);
    let mut document = serde_json::to_value(&document).unwrap_or_default();
    distinguish_enum_constants(&mut document);
    remove_defaults(&mut document);
    keep_fractions(&mut document["components"]["schemas"]);
    keep_fractions(&mut document["paths"]);
    document
}

/// The description of the whole API.
const DESCRIPTION: &str = "\
The runs of a workflow engine: what ran, and what happened in each run, step by step.

**Key.** Every `/v1` endpoint requires `Authorization: Token <api key>`. A key belongs to one \
tenant and gives access to the runs of that tenant only. Reading requires the scope `read`, \
recording the scope `write`.

**Lists** have the parameters `page` (from 1) and `limit` (1 to 100) and return `items`, \
`total`, `page` and `limit`. Totals are exact, and every page of runs is as fast as the \
first.

**Times** are RFC 3339 in UTC with `Z`. The fraction is omitted if it is zero, and has at most \
three digits. **Durations** are in seconds, with microsecond precision.

**Conditional requests.** Lists, histograms and runs have an `ETag`. A request with its value in \
`If-None-Match` gets a 304 without a body while the response would be the same. Recording, \
updating and deleting one run with the `ETag` of the run in `If-Match` is a 412, and changes \
nothing, if the run is another one by then; with `If-None-Match: *`, if there is one.

**Bodies** of requests and responses may be compressed with gzip or zstd.

**Errors** are always JSON: `error` is a message for people, and `code` is for programs, if the \
HTTP status is not specific enough. Every response has an `x-request-id`, under which the log of \
the server has the cause of a 500. It is the id of the request, if that is one word of at most \
128 characters, or else a new one.

A connection whose first bytes are not HTTP, and a request whose header section exceeds 64 KiB \
or 200 fields, is closed with a bare status line.";

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Runledger",
        version = "1.1.0",
        description = DESCRIPTION,
        contact(name = "The Runledger authors"),
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    servers((
        url = "http://127.0.0.1:7400",
        description = "The address on which `runledger demo` listens by default"
    )),
    tags(
        (name = "Executions", description = "List and inspect execution history, including \
            per-step breakdown."),
        (name = "Recording", description = "Record one run or many, or delete one. An addition to \
            the documented API, which does not affect clients of the documented operations."),
        (name = "Workflows", description = "The workflows that have runs. An addition to the \
            documented API."),
        (name = "Changes", description = "What has changed, as a list and as it happens. An \
            addition to the documented API."),
        (name = "Analysis", description = "Figures over many runs. An addition to the documented \
            API."),
    ),
    components(schemas(BucketWidth, ErrorResponse, WorkflowRunStatusFilter)),
    security(("ApiKey" = [])),
    modifiers(&KeyScheme),
)]
struct Frame;

/// The scheme of the API key. It is `apiKey`, because several client generators send no credential
/// for the type `http` with the scheme `Token`.
struct KeyScheme;

impl Modify for KeyScheme {
    fn modify(&self, document: &mut Document) {
        let scheme = SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::with_description(
            "Authorization",
            "The word `Token`, a space and the API key: `Token your-api-key-here`. (Enter all of \
             it in Swagger UI.)",
        )));
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("ApiKey", scheme);
    }
}

/// The errors to which operations refer, once each, from the catalog of the model.
struct SharedResponses;

impl Modify for SharedResponses {
    fn modify(&self, document: &mut Document) {
        let text = serde_json::to_string(&document.paths).unwrap_or_default();
        let used = |kind: &&ErrorKind| {
            text.contains(&format!("\"#/components/responses/{}\"", kind.name()))
        };
        let components = document.components.get_or_insert_default();
        for kind in ErrorKind::ALL.iter().filter(used) {
            let example = ExampleBuilder::new()
                .summary(format!("{} {}", kind.status(), kind.name()))
                .value(Some(json!(ApiError::example(*kind).body)));
            let content = ContentBuilder::new()
                .schema(Some(Ref::from_schema_name("ErrorResponse")))
                .examples_from_iter([(kind.name(), example)])
                .build();
            let mut response = ResponseBuilder::new()
                .description(kind.description())
                .content("application/json", content);
            if *kind == ErrorKind::InternalError {
                response = response.header("x-request-id", request_id_header());
            }
            if matches!(kind, ErrorKind::TooManyRequests | ErrorKind::ServiceUnavailable) {
                response = response.header("retry-after", retry_after_header());
            }
            if *kind == ErrorKind::Unauthorized {
                response = response.header("www-authenticate", challenge_header());
            }
            components.responses.insert(kind.name().to_owned(), response.build().into());
        }
    }
}

fn request_id_header() -> utoipa::openapi::Header {
    HeaderBuilder::new()
        .description(Some(
            "The id of the request; the log of the server has the cause of the error under it.",
        ))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .build()
}

fn challenge_header() -> utoipa::openapi::Header {
    HeaderBuilder::new()
        .description(Some(
            "The scheme `Token`, and in `error_description` what is wrong with the form of the \
             header field `Authorization`: that it is missing or has another scheme, for example. \
             It does not depend on which keys exist.",
        ))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .build()
}

fn retry_after_header() -> utoipa::openapi::Header {
    let seconds = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int32)))
        .minimum(Some(0));
    HeaderBuilder::new()
        .description(Some("Seconds to wait before repeating the request."))
        .schema(Some(seconds))
        .build()
}

/// Go's constants share one namespace: enums that share values need distinct names for them.
fn distinguish_enum_constants(document: &mut Value) {
    let steps = StepStatus::ALL.iter().map(|s| s.as_str());
    let filters = WorkflowRunStatusFilter::ALL.iter().map(|s| s.as_str());
    let names = |prefix: &str, words: &mut dyn Iterator<Item = &str>| -> Value {
        words.map(|word| format!("{prefix}_{}", word.to_uppercase())).collect()
    };
    let schemas = &mut document["components"]["schemas"];
    schemas["StepStatus"]["x-enum-varnames"] = names("STEP", &mut steps.into_iter());
    schemas["WorkflowRunStatusFilter"]["x-enum-varnames"] =
        names("FILTER", &mut filters.into_iter());
}

/// What may be missing from a PATCH has no default: it stays as it is. A step must be named.
fn remove_defaults(document: &mut Value) {
    for name in ["WorkflowRunPatch", "StepExecutionPatch"] {
        let schema = &mut document["components"]["schemas"][name];
        let properties = schema["properties"].as_object_mut().into_iter().flatten();
        for property in properties.filter_map(|(_, property)| property.as_object_mut()) {
            property.remove("default");
        }
        if name == "StepExecutionPatch" {
            schema["required"] = json!(["id"]);
        }
    }
}

/// Tells ogen, a generator for Go, to send the fraction of times (ogen-go/ogen issue 1063), as Go's
/// pattern for at most three digits.
fn keep_fractions(schema: &mut Value) {
    match schema {
        Value::Object(object) if object.get("format") == Some(&json!("date-time")) => {
            object.insert("x-ogen-time-format".into(), json!("2006-01-02T15:04:05.999Z07:00"));
        }
        Value::Object(object) => object.values_mut().for_each(keep_fractions),
        Value::Array(schemas) => schemas.iter_mut().for_each(keep_fractions),
        _ => {}
    }
}

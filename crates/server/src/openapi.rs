//! The OpenAPI document: what the routes and the model declare, and what neither can say by itself.

use runledger_model::{ApiError, ErrorKind, ErrorResponse, StepStatus, WorkflowRunStatusFilter};
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

/// The contract, as OpenAPI 3.1, in the order in which it is checked in.
pub fn openapi_document() -> Value {
    let (_, routes) = crate::routes::api().split_for_parts();
    let mut document = Frame::openapi();
    document.merge(routes);
    // The routes' own (empty) title and version must not win, and what is added below must see all routes.
    SharedResponses.modify(&mut document);
    let mut document = serde_json::to_value(&document).unwrap_or_default();
    distinguish_enum_constants(&mut document);
    keep_fractions(&mut document["components"]["schemas"]);
    document
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Runledger",
        version = "1.0.1",
        description = "The ledger of a workflow engine's runs: what ran, and what happened in a run, step by step.\n\n**Key.** Every `/v1` endpoint wants `Authorization: Token <api key>`. A key belongs to one tenant and sees that tenant's runs only; reading wants the scope `read`, recording the scope `write`.\n\n**Lists** take `page` (from 1) and `limit` (1 to 100) and answer with `items`, `total`, `page` and `limit`. Totals are exact, and a page is as fast as the first however deep it lies.\n\n**Times** are RFC 3339 in UTC with `Z`; a fraction is written only where there is one, and has at most three digits. **Durations** are seconds, kept to the microsecond.\n\n**Bodies** may be compressed with gzip or zstd, in both directions.\n\n**Errors** are always JSON: `error` for people, `code` for programs where the HTTP status does not say it all. Every response carries an `x-request-id`, under which the server's log has the cause of a 500: the request's own, where that is one word of at most 128 characters, or a new one. What is no HTTP request at all, or has a head of more than 64 KiB or 200 fields, gets no more than a status and the end of its connection.",
        contact(name = "The Runledger authors"),
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    servers((url = "http://127.0.0.1:7400", description = "The address on which `runledger demo` listens by default")),
    tags(
        (name = "Executions", description = "List and inspect execution history, including per-step breakdown."),
        (name = "Recording", description = "Record runs, one or many. An addition to the documented API: a client of the documentation alone never notices it."),
    ),
    components(schemas(ErrorResponse, WorkflowRunStatusFilter)),
    security(("ApiKey" = [])),
    modifiers(&KeyScheme),
)]
struct Frame;

/// How the key is sent. `apiKey`, because several generators send nothing at all for `http` with the scheme `Token`.
struct KeyScheme;

impl Modify for KeyScheme {
    fn modify(&self, document: &mut Document) {
        let scheme = SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::with_description(
            "Authorization",
            "The word `Token`, a blank and the API key: `Token your-api-key-here`. (Type all of it into Swagger UI's box.)",
        )));
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("ApiKey", scheme);
    }
}

/// The errors that operations refer to, once each, from the model's catalogue.
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
            components.responses.insert(kind.name().to_owned(), response.build().into());
        }
    }
}

fn request_id_header() -> utoipa::openapi::Header {
    HeaderBuilder::new()
        .description(Some("The id under which the server's log has the cause."))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .build()
}

fn retry_after_header() -> utoipa::openapi::Header {
    let seconds = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int32)))
        .minimum(Some(0));
    HeaderBuilder::new()
        .description(Some("How many seconds to wait before the request is repeated."))
        .schema(Some(seconds))
        .build()
}

/// Go's constants share one name space: enums with values in common need names of their own for them.
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

/// ogen, a generator for Go, sends times without their fraction (ogen-go/ogen issue 1063) where this does not tell it
/// Go's pattern for one of at most three digits.
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

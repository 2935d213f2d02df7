//! The rules of `lint`: the level of each, the affected parties, the reason and the advice.

use crate::{
    finding::{
        Level::{Error, Warning},
        Party::{Callers, GeneratedCode, Readers, Servers},
    },
    rule::{Rule, rules},
};

const INVALID: &str = "the specification forbids it, and strict tools refuse the whole document";
const NOTHING_MATCHES: &str = "no value is valid, so a strict client or server refuses every value";
const NO_ADDRESS: &str = "generated clients have no address to connect to";
const NO_LICENSE: &str = "programs that check licenses cannot identify it";

rules! {
    /// All rules of `lint`.
    LINT_RULES;

    WRONG_TYPE "wrong-type" Error [GeneratedCode]
        INVALID,
        "use the JSON type that the specification requires";
    SCHEMA_INVALID "schema-invalid" Error [GeneratedCode]
        "it is not a valid schema of JSON Schema 2020-12, and each tool reads it differently",
        "use a value that JSON Schema allows";
    VERSION_TOO_NEW "version-too-new" Error [GeneratedCode]
        "no target of openapi-generator supports this version",
        "use 3.1.0";
    INFO_INCOMPLETE "info-incomplete" Error [GeneratedCode]
        INVALID,
        "add the title and the version";
    INFO_EMPTY "info-empty" Warning [Callers]
        "readers find nothing, and linters report it",
        "fill it in, or remove the key";
    INFO_BARE "info-bare" Warning [Callers]
        "the document does not say what the API is for, or how to reach its maintainers",
        "add a description and a contact";
    LICENSE_UNIDENTIFIED "license-unidentified" Warning [Callers]
        NO_LICENSE,
        "add `identifier` with an SPDX expression, or `url`";
    LICENSE_UNKNOWN "license-unknown" Warning [Callers]
        NO_LICENSE,
        "use an SPDX expression, such as `MIT OR Apache-2.0`";
    SERVER_MISSING "server-missing" Warning [GeneratedCode]
        NO_ADDRESS,
        "add a server, such as http://127.0.0.1:8080";
    SERVER_RELATIVE "server-relative" Warning [GeneratedCode]
        NO_ADDRESS,
        "use an absolute URL with a scheme and a host";
    SERVER_PLACEHOLDER "server-placeholder" Warning [GeneratedCode]
        "clients cannot reach it, and linters report it",
        "use a real address, or 127.0.0.1 for the local machine";
    SCHEME_UNKNOWN_TO_CLIENTS "http-scheme-unknown-to-clients" Error [Callers, GeneratedCode]
        "several generated clients silently send no credential",
        "use `apiKey` in the header `Authorization`, and describe the prefix of the key";
    SECURITY_UNDEFINED "security-undefined" Error [GeneratedCode]
        INVALID,
        "define the scheme in `components/securitySchemes`";

    REF_DANGLING "ref-dangling" Error [GeneratedCode]
        "generators fail, or accept any value in its place",
        "define the target, or correct the reference";
    REF_OUTSIDE "ref-outside" Error [GeneratedCode]
        "the document cannot be read without the other file",
        "move the target into `components`";
    REF_CIRCULAR "ref-circular" Error [GeneratedCode]
        "it leads to no schema, and many tools never finish",
        "replace the reference with a schema";
    COMPONENT_UNUSED "component-unused" Warning [GeneratedCode]
        "linters report it, and generated clients contain unused code",
        "remove it, or refer to it";

    OPERATION_ID_MISSING "operation-id-missing" Warning [GeneratedCode]
        "each generator invents its own name",
        "add a verb and a noun, such as `listThings`";
    OPERATION_ID_DUPLICATE "operation-id-duplicate" Error [GeneratedCode]
        INVALID,
        "use a different operationId for each operation";
    OPERATION_ID_STYLE "operation-id-style" Warning [GeneratedCode]
        "NSwag splits names at underscores into several clients, and some generators rename a \
         bare verb such as `list` to `callList`",
        "use a verb and a noun in camelCase, such as `listThings`";
    OPERATION_ID_COLLISION "operation-id-collides-with-schema" Warning [GeneratedCode]
        "generators use the same name for the types of the operation",
        "rename the schema or the operation";
    OPERATION_UNDESCRIBED "operation-undescribed" Warning [Callers]
        "the document does not say what the operation does",
        "add a summary and a description";
    TAGS_NOT_ONE "tags-not-one" Warning [GeneratedCode]
        "generators group operations by tag: without a tag the operation is in `DefaultApi`, and \
         with several tags it is generated several times",
        "use exactly one tag";
    TAG_UNDECLARED "tag-undeclared" Warning [GeneratedCode]
        "the group of operations has no description",
        "declare the tag with a description in `tags`";
    PATH_DUPLICATE "path-duplicate" Error [Servers]
        "both templates match the same URLs, which the specification forbids",
        "use one template";
    PATH_PARAMETER_UNDECLARED "path-parameter-undeclared" Error [GeneratedCode]
        "clients send the braces unchanged, or generators fail",
        "declare a parameter with this name and `in: path`";
    PATH_PARAMETER_STRAY "path-parameter-stray" Error [GeneratedCode]
        "the URL has no place for its value",
        "add the parameter to the template, or remove it";
    PATH_PARAMETER_OPTIONAL "path-parameter-optional" Error [GeneratedCode]
        INVALID,
        "add `required: true`";
    PARAMETER_DUPLICATE "parameter-duplicate" Error [GeneratedCode]
        INVALID,
        "remove one of the declarations";
    QUERY_NULL "query-null" Warning [GeneratedCode, Callers]
        "a query string cannot express null: clients send the word `null`, or nothing",
        "do not allow null; make the parameter optional instead";
    PARAMETER_DEFAULT_BESIDE_REF "parameter-default-beside-ref" Warning [GeneratedCode]
        "Python clients use the type `Any` for the parameter",
        "move the default to the schema that it refers to";
    PUT_REQUEST_LACKS_PROPERTY "put-request-lacks-property" Warning [Callers]
        "the property can be read but not written: a client that sends back what it has read \
         loses it",
        "add the property to the request schema, or mark it as `readOnly` in the response schema";

    RESPONSES_MISSING "responses-missing" Error [GeneratedCode]
        INVALID,
        "add the responses of the operation";
    RESPONSE_UNDESCRIBED "response-undescribed" Error [GeneratedCode]
        "the specification requires a description, and some generators refuse the document",
        "add a description";
    STATUS_INVALID "status-invalid" Error [GeneratedCode]
        INVALID,
        "use a status code from 100 to 599 in quotation marks";
    STATUS_RANGE "status-range" Warning [GeneratedCode]
        "orval, oazapfts and NSwag do not support ranges",
        "list the status codes";
    STATUS_DEFAULT "status-default" Warning [GeneratedCode]
        "progenitor panics if another response has a different type",
        "list the status codes";
    ERROR_MISSING "error-missing" Warning [Callers]
        "the document does not say what an error response contains",
        "add a 4xx response";
    ERROR_SCHEMAS_DIFFER "error-schemas-differ" Warning [GeneratedCode]
        "programs cannot handle all errors in the same way",
        "use one schema for all errors";
    ERROR_WITHOUT_EXAMPLE "error-without-example" Warning [Callers]
        "mock servers and documentation invent one, and use it for all errors",
        "add an example for each error";
    RESPONSE_CONSTRAINED "response-constrained" Warning [Readers]
        "clients that validate responses fail when the limit changes",
        "constrain requests; describe the limits of responses in words";
    RESPONSE_CLOSED "response-closed" Warning [Readers]
        "clients that validate responses fail when a property is added",
        "remove `additionalProperties`";
    RESPONSE_OPTIONAL_OR_NULL "response-optional-or-null" Warning [GeneratedCode]
        "a value can be absent in two ways, and generated types become `T | null | undefined` or \
         `Option<Option<T>>`",
        "make the property required, or do not allow null";

    ALL_OF_IMPOSSIBLE "all-of-impossible" Error [Callers, Readers]
        NOTHING_MATCHES,
        "keep one of the branches";
    BOUNDS_IMPOSSIBLE "bounds-impossible" Error [Callers, Readers]
        NOTHING_MATCHES,
        "correct the bounds; a macro may have ignored a constant in an attribute";
    DEFAULT_INVALID "default-invalid" Error [GeneratedCode, Servers]
        "code that fills in the default sends or stores an invalid value",
        "use a default that matches the schema";
    REQUIRED_UNKNOWN "required-unknown" Warning [GeneratedCode]
        "no schema describes the required property; its name may be misspelled",
        "describe the property, or correct its name";
    DESCRIPTION_IN_BRANCH "description-in-null-branch" Warning [GeneratedCode]
        "some generators lose the description of a branch",
        "move the description beside the list of branches";
    PROPERTY_NAMES "property-names" Warning [GeneratedCode]
        "OpenAPI 3.0 and the generators that support only 3.0 do not know the keyword",
        "describe the restriction in words";
    NUMBER_WITHOUT_FORMAT "number-without-format" Warning [GeneratedCode]
        "Go clients use `int` or `float32`, and other clients choose their own type",
        "add the format `int32`, `int64`, `float` or `double`";
    NUMBER_WITHOUT_MINIMUM "number-without-minimum" Warning [Callers]
        "the document does not say whether the number can be negative",
        "add a minimum";
    FORMAT_UNSIGNED "format-unsigned" Warning [GeneratedCode]
        "most generators do not know it, and JavaScript rounds numbers above 2^53 silently",
        "use `int32` or `int64` with `minimum: 0`";
    FORMAT_UNKNOWN "format-unknown" Warning [GeneratedCode]
        "generators ignore formats that no registry contains",
        "use a format of the OpenAPI registry";

    ENUM_INLINE "enum-inline" Warning [GeneratedCode]
        "generators invent names such as `Status1` and `Status2`",
        "move the enum to a component with a name";
    ENUM_VARNAMES_SHARED "enum-values-shared" Warning [GeneratedCode]
        "constants are package-wide in Go, so the client does not compile",
        "add `x-enum-varnames` to all but one of the enums";
    ENUM_VARNAMES_LENGTH "enum-varnames-length" Error [GeneratedCode]
        "names and values are paired by their order",
        "write one name for each value";
    ENUM_EMPTY "enum-empty" Error [Callers, Readers]
        NOTHING_MATCHES,
        "list the values";

    EXAMPLE_INVALID "example-invalid" Error [Callers]
        "copied requests are refused, and mock servers return impossible responses",
        "correct the example or the schema";
    EXAMPLE_TWICE "example-twice" Error [GeneratedCode]
        "the two keys exclude each other",
        "keep `examples`";
    EXAMPLES_OF_OTHER_SHAPE "examples-shape" Error [GeneratedCode]
        INVALID,
        "use a list of values in a schema, and a map from names to objects with `value` elsewhere";
}

//! What each rule is called, how bad it is to break it, for whom and why, and what to do.

use crate::{
    Level::{Error, Warning},
    Party::{Callers, GeneratedCode, Readers, Servers},
    Rule,
    rule::rules,
};

const INVALID: &str = "the specification forbids it, and strict tools refuse the whole document";
const NOTHING_FITS: &str =
    "no value fits, so that a strict side refuses whatever the other one sends";

rules! {
    /// Every rule that a document is held to.
    LINT_RULES;

    WRONG_TYPE "wrong-type" Error [GeneratedCode] INVALID, "write what the specification wants there";
    SCHEMA_INVALID "schema-invalid" Error [GeneratedCode]
        "it is no schema of JSON Schema 2020-12: what it is meant to let through, every tool guesses for itself",
        "write what JSON Schema wants there";
    VERSION_TOO_NEW "version-too-new" Error [GeneratedCode]
        "every target of openapi-generator refuses such a document", "stay at 3.1.0";
    INFO_INCOMPLETE "info-incomplete" Error [GeneratedCode] INVALID, "fill in title and version";
    INFO_EMPTY "info-empty" Warning [Callers] "linters and readers find nothing where they look", "fill it in, or leave the key out";
    INFO_BARE "info-bare" Warning [Callers] "they learn neither what it is nor whom to ask", "add a description and a contact";
    LICENCE_UNIDENTIFIED "licence-unidentified" Warning [Callers]
        "programs that check licences cannot tell which one it is", "add `identifier` with an SPDX expression, or `url`";
    LICENCE_UNKNOWN "licence-unknown" Warning [Callers]
        "programs that check licences cannot tell which one it is", "write an expression of SPDX, such as MIT OR Apache-2.0";
    SERVER_MISSING "server-missing" Warning [GeneratedCode]
        "clients are left without an address to begin with", "name a server, such as http://127.0.0.1:8080";
    SERVER_RELATIVE "server-relative" Warning [GeneratedCode]
        "clients are left without an address to begin with", "write the whole URL, with its scheme and host";
    SERVER_PLACEHOLDER "server-placeholder" Warning [GeneratedCode]
        "it is no server that anybody can reach, and linters refuse it", "name a real address; 127.0.0.1 for this machine";
    SCHEME_UNKNOWN_TO_CLIENTS "http-scheme-unknown-to-clients" Error [Callers, GeneratedCode]
        "several generated clients silently send no credential at all", "use `apiKey` in the header Authorization, and say in its description what stands before the key";
    SECURITY_UNDEFINED "security-undefined" Error [GeneratedCode] INVALID, "define the scheme in components/securitySchemes";

    REF_DANGLING "ref-dangling" Error [GeneratedCode] "generators fail, or take it for anything at all", "register what it refers to, or mend its spelling";
    REF_OUTSIDE "ref-outside" Error [GeneratedCode]
        "whoever has this file alone cannot read it", "put what it refers to into components";
    REF_CIRCULAR "ref-circular" Error [GeneratedCode] "it refers to nothing but itself, and many tools never return", "say what it is";
    COMPONENT_UNUSED "component-unused" Warning [GeneratedCode]
        "linters complain, and clients get code for nothing", "remove it, or refer to it";

    OPERATION_ID_MISSING "operation-id-missing" Warning [GeneratedCode] "each generator makes up a name of its own", "give it a verb and a noun, such as listThings";
    OPERATION_ID_DUPLICATE "operation-id-duplicate" Error [GeneratedCode] INVALID, "give each operation its own";
    OPERATION_ID_STYLE "operation-id-style" Warning [GeneratedCode]
        "NSwag splits names at underscores into several clients, and a bare verb such as `list` becomes callList", "use camelCase with a verb and a noun, such as listThings";
    OPERATION_ID_COLLISION "operation-id-collides-with-schema" Warning [GeneratedCode]
        "generators give this very name to the operation's own types", "rename the schema or the operation";
    OPERATION_UNDESCRIBED "operation-undescribed" Warning [Callers] "they do not learn what it is for", "add summary and description";
    TAGS_NOT_ONE "tags-not-one" Warning [GeneratedCode]
        "clients are split by tags: without one it lands in DefaultApi, with several it is there twice", "give it exactly one tag";
    TAG_UNDECLARED "tag-undeclared" Warning [GeneratedCode] "nothing says what the group is", "declare it under `tags`, with a description";
    PATH_DUPLICATE "path-duplicate" Error [Servers] "the templates match the same URLs, which the specification forbids", "use one template";
    PATH_PARAMETER_UNDECLARED "path-parameter-undeclared" Error [GeneratedCode] "the braces are sent as they stand, or generators fail", "declare a parameter in: path of this name";
    PATH_PARAMETER_STRAY "path-parameter-stray" Error [GeneratedCode] "its value has no place in the URL", "put it into the template, or remove it";
    PATH_PARAMETER_OPTIONAL "path-parameter-optional" Error [GeneratedCode] INVALID, "write required: true";
    PARAMETER_DUPLICATE "parameter-duplicate" Error [GeneratedCode] INVALID, "keep one of them";

    QUERY_NULL "query-null" Warning [GeneratedCode, Callers] "a query cannot say null: clients send the word or nothing", "take null away; leave out means absent";
    PARAMETER_DEFAULT_BESIDE_REF "parameter-default-beside-ref" Warning [GeneratedCode]
        "Python clients make the type Any of it", "let the default stand on the schema that it refers to";

    RESPONSES_MISSING "responses-missing" Error [GeneratedCode] INVALID, "say what it answers";
    RESPONSE_UNDESCRIBED "response-undescribed" Error [GeneratedCode] "the specification wants a description, and two generators refuse the document", "describe it";
    STATUS_INVALID "status-invalid" Error [GeneratedCode] INVALID, "write a status from 100 to 599 in quotation marks";
    STATUS_RANGE "status-range" Warning [GeneratedCode] "orval, oazapfts and NSwag do not read ranges", "list the statuses";
    STATUS_DEFAULT "status-default" Warning [GeneratedCode] "progenitor panics where another response has another type", "list the statuses";
    ERROR_MISSING "error-missing" Warning [Callers] "nothing says how a refusal looks", "document a response 4xx";
    ERROR_SCHEMAS_DIFFER "error-schemas-differ" Warning [GeneratedCode] "programs cannot treat all errors alike", "let all errors refer to one schema";
    ERROR_WITHOUT_EXAMPLE "error-without-example" Warning [Callers] "mocks and documentation make one up, the same for all errors", "give each error an example of its own";
    RESPONSE_CONSTRAINED "response-constrained" Warning [Readers] "clients that check refuse answers when the limit is ever moved", "constrain what is sent; describe what is answered";
    RESPONSE_CLOSED "response-closed" Warning [Readers] "clients refuse the next field that is added", "leave additionalProperties unset";
    RESPONSE_OPTIONAL_OR_NULL "response-optional-or-null" Warning [GeneratedCode]
        "there are two ways to be absent, and types become `T | null | undefined` or Option<Option<T>>", "make it required, or take null away";

    ALL_OF_IMPOSSIBLE "all-of-impossible" Error [Callers, Readers] NOTHING_FITS, "use one of the branches";
    BOUNDS_IMPOSSIBLE "bounds-impossible" Error [Callers, Readers] NOTHING_FITS, "swap or mend the bounds; constants in attributes may have been ignored";
    DEFAULT_INVALID "default-invalid" Error [GeneratedCode, Servers] "code that fills it in sends or makes what is not allowed", "choose a default that fits";
    REQUIRED_UNKNOWN "required-unknown" Warning [GeneratedCode] "a key is demanded that no property describes; often it is misspelt", "describe the property, or mend its name";
    DESCRIPTION_IN_BRANCH "description-in-null-branch" Warning [GeneratedCode] "some clients lose a description in a branch of oneOf", "let it stand beside oneOf";
    PROPERTY_NAMES "property-names" Warning [GeneratedCode] "3.0 and the generators that stop there do not know it", "say it in the description";
    NUMBER_WITHOUT_FORMAT "number-without-format" Warning [GeneratedCode] "Go takes int or float32 for it, and others what they like", "say int32, int64, float or double";
    NUMBER_WITHOUT_MINIMUM "number-without-minimum" Warning [Callers] "nothing says whether it can be negative", "say the least value";
    FORMAT_UNSIGNED "format-unsigned" Warning [GeneratedCode] "most generators do not know it; above 2^53 JavaScript rounds silently", "use int32 or int64 with minimum 0";
    FORMAT_UNKNOWN "format-unknown" Warning [GeneratedCode] "generators ignore a format that no registry knows", "use one of OpenAPI's registry";

    ENUM_INLINE "enum-inline" Warning [GeneratedCode] "generators call it Status1 and Status2", "make it a component with a name";
    ENUM_VARNAMES_SHARED "enum-values-shared" Warning [GeneratedCode]
        "Go's constants are package-wide: the client does not compile", "add x-enum-varnames on all but one";
    ENUM_VARNAMES_LENGTH "enum-varnames-length" Error [GeneratedCode] "names and values are paired by their order", "write one name for each value";
    ENUM_EMPTY "enum-empty" Error [Callers, Readers] NOTHING_FITS, "name its values";

    EXAMPLE_INVALID "example-invalid" Error [Callers] "who copies it is refused, and mocks answer what the server never would", "mend the example or the schema";
    EXAMPLE_TWICE "example-twice" Error [GeneratedCode] "the two exclude each other", "keep `examples`";
    EXAMPLES_OF_OTHER_SHAPE "examples-shape" Error [GeneratedCode] INVALID, "in a schema it is a list of values, elsewhere a map from names to objects with `value`";
}

//! The kinds of change: the level of each, the affected parties, the reason and the advice.
//!
//! tidy: long because it is one table

use crate::{
    finding::{
        Level::{Breaking, Compatible, Warning},
        Party::{Callers, GeneratedCode, Readers},
    },
    rule::{Rule, rules},
};

const NEXT_MAJOR: &str =
    "keep it, mark it as deprecated, and remove it with the next major version";
const KEEP_NAME: &str =
    "keep the old name; add the new name beside it until the next major version";
const KEEP_ACCEPTING: &str = "keep accepting what was accepted, or wait for the next major version";
const KEEP_RETURNING: &str =
    "keep returning only what was documented, or wait for the next major version";
const ACCEPT_BOTH: &str = "accept both until the next major version";
const NOTHING: &str = "nothing";
const CHANGELOG: &str = "mention it in the changelog";
const REVIEW: &str = "check whether all values that were valid still are";
const DEFAULT_INSTEAD: &str =
    "make it optional, with a default that means what its absence meant before";
const KEEP_OPTIONAL: &str = "keep it optional";
const SAY_INSTEAD: &str = "say in its description what to use instead";

const UNAFFECTED: &str = "existing requests and responses stay valid";
const TYPE_CHANGES: &str =
    "its generated type changes in many languages, and code that uses it may not compile";
const REFUSED: &str = "requests that are valid today will be refused";
const REFUSED_WITHOUT: &str = "requests without it will be refused";
const UNEXPECTED: &str = "responses may contain values that programs do not expect, and strict \
                          programs refuse the whole response";
const UNDECIDABLE: &str = "a program cannot decide which values the two versions allow";
const WILL_GO: &str = "it will be removed, and compilers that treat warnings as errors refuse it";
const STAYS: &str = "it is not going to be removed";
const WAS_ALWAYS_PRESENT: &str = "it was always present, and programs rely on it";
const NEVER_SENT: &str = "the server no longer sends a request that programs wait for";
const ON_DEMAND: &str = "programs that do not ask for it do not get it";

rules! {
    /// All kinds of change that `diff` reports.
    DIFF_RULES;

    OPERATION_REMOVED "operation-removed" Breaking [Callers, GeneratedCode]
        "requests get the status 404 or 405, and the generated method is missing",
        NEXT_MAJOR;
    OPERATION_MOVED "operation-moved" Breaking [Callers]
        "requests to the old path or method get the status 404 or 405",
        "keep the old one, marked as deprecated, until the next major version";
    OPERATION_ADDED "operation-added" Compatible [Callers]
        UNAFFECTED,
        CHANGELOG;
    OPERATION_ID_CHANGED "operation-id-changed" Breaking [GeneratedCode]
        "generators derive the names of methods, and often of types and files, from it",
        "keep the old operationId";
    OPERATION_TAGS_CHANGED "operation-tags-changed" Breaking [GeneratedCode]
        "generators derive the names of classes and modules from the tags",
        "keep the old tags";
    OPERATION_DEPRECATED "operation-deprecated" Warning [Callers, GeneratedCode]
        WILL_GO,
        "say in its description what to use instead, and how long it stays";
    OPERATION_UNDEPRECATED "operation-undeprecated" Compatible [Callers]
        STAYS,
        CHANGELOG;
    SERVER_REMOVED "server-removed" Warning [Callers, GeneratedCode]
        "generated clients use the listed servers as their default addresses",
        "keep the old server in the list as long as it responds";
    SERVER_ADDED "server-added" Compatible [Callers]
        UNAFFECTED,
        NOTHING;

    PARAMETER_REMOVED "parameter-removed" Breaking [Callers, GeneratedCode]
        "requests with it are refused, or it is ignored, and the generated argument is missing",
        NEXT_MAJOR;
    PARAMETER_RENAMED "parameter-renamed" Breaking [Callers, GeneratedCode]
        "requests with the old name are refused, or the old name is ignored",
        KEEP_NAME;
    PARAMETER_MOVED "parameter-moved" Breaking [Callers, GeneratedCode]
        "requests carry it where the server no longer reads it",
        "accept it in both places until the next major version";
    PATH_PARAMETER_RENAMED "path-parameter-renamed" Breaking [GeneratedCode]
        "requests stay the same, but generators derive the names of arguments from it",
        "keep the old name";
    PARAMETER_ADDED_REQUIRED "parameter-added-required" Breaking [Callers, GeneratedCode]
        "requests without it will be refused, and generated methods have one more argument",
        DEFAULT_INSTEAD;
    PARAMETER_ADDED_OPTIONAL "parameter-added-optional" Compatible [Callers]
        UNAFFECTED,
        CHANGELOG;
    PARAMETER_BECAME_REQUIRED "parameter-became-required" Breaking [Callers, GeneratedCode]
        REFUSED_WITHOUT,
        KEEP_OPTIONAL;
    PARAMETER_BECAME_OPTIONAL "parameter-became-optional" Warning [GeneratedCode]
        TYPE_CHANGES,
        CHANGELOG;
    PARAMETER_STYLE_CHANGED "parameter-style-changed" Breaking [Callers, GeneratedCode]
        "requests carry it in a form that the server no longer reads",
        ACCEPT_BOTH;
    PARAMETER_DEPRECATED "parameter-deprecated" Warning [Callers, GeneratedCode]
        WILL_GO,
        SAY_INSTEAD;
    PARAMETER_UNDEPRECATED "parameter-undeprecated" Compatible [Callers]
        STAYS,
        CHANGELOG;

    REQUEST_BODY_REMOVED "request-body-removed" Breaking [Callers, GeneratedCode]
        "requests with a body are refused, or it is ignored, and the generated argument is missing",
        NEXT_MAJOR;
    REQUEST_BODY_ADDED_REQUIRED "request-body-added-required" Breaking [Callers, GeneratedCode]
        REFUSED_WITHOUT,
        "make it optional";
    REQUEST_BODY_ADDED_OPTIONAL "request-body-added-optional" Warning [GeneratedCode]
        "generated methods have one more argument",
        CHANGELOG;
    REQUEST_BODY_BECAME_REQUIRED "request-body-became-required" Breaking [Callers, GeneratedCode]
        REFUSED_WITHOUT,
        KEEP_OPTIONAL;
    REQUEST_BODY_BECAME_OPTIONAL "request-body-became-optional" Warning [GeneratedCode]
        TYPE_CHANGES,
        CHANGELOG;
    REQUEST_MEDIA_TYPE_REMOVED "request-media-type-removed" Breaking [Callers, GeneratedCode]
        "requests with this media type get the status 415",
        NEXT_MAJOR;
    REQUEST_MEDIA_TYPE_ADDED "request-media-type-added" Compatible [Callers]
        UNAFFECTED,
        CHANGELOG;
    ENCODING_CHANGED "encoding-changed" Warning [Callers, GeneratedCode]
        "the parts of the form are encoded in another way",
        ACCEPT_BOTH;

    RESPONSE_STATUS_REMOVED "response-status-removed" Breaking [Readers, GeneratedCode]
        "programs that expect it get another status, and its generated type is missing",
        "keep returning it until the next major version";
    RESPONSE_ERROR_STATUS_REMOVED "response-error-status-removed" Warning [GeneratedCode]
        "generators that create a type for each response create one less, and code that uses the \
         type does not compile",
        "keep it in the document until the next major version";
    RESPONSE_STATUS_ADDED "response-status-added" Warning [Readers, GeneratedCode]
        "programs that know only the other statuses treat it as a failure",
        "return it only to requests that ask for it in a new way";
    RESPONSE_ERROR_STATUS_ADDED "response-error-status-added" Compatible [Readers]
        "programs have to handle unknown errors anyway",
        CHANGELOG;
    RESPONSE_MEDIA_TYPE_REMOVED "response-media-type-removed" Breaking [Readers, GeneratedCode]
        "programs that request it get the status 406, or a media type that they cannot read",
        NEXT_MAJOR;
    RESPONSE_MEDIA_TYPE_ADDED "response-media-type-added" Compatible [Readers]
        ON_DEMAND,
        CHANGELOG;
    RESPONSE_BODY_ADDED "response-body-added" Warning [GeneratedCode]
        "a generated method that returned nothing returns a value",
        CHANGELOG;
    RESPONSE_HEADER_REMOVED "response-header-removed" Breaking [Readers, GeneratedCode]
        WAS_ALWAYS_PRESENT,
        NEXT_MAJOR;
    RESPONSE_OPTIONAL_HEADER_REMOVED "response-optional-header-removed"
        Warning [Readers, GeneratedCode]
        "programs that use it never find it",
        NEXT_MAJOR;
    RESPONSE_HEADER_BECAME_OPTIONAL "response-header-became-optional"
        Breaking [Readers, GeneratedCode]
        WAS_ALWAYS_PRESENT,
        "keep sending it in every response";
    RESPONSE_HEADER_BECAME_REQUIRED "response-header-became-required" Warning [GeneratedCode]
        TYPE_CHANGES,
        CHANGELOG;
    RESPONSE_HEADER_ADDED "response-header-added" Compatible [Readers]
        UNAFFECTED,
        CHANGELOG;
    CALLBACK_BODY_REMOVED "callback-body-removed" Breaking [Readers, GeneratedCode]
        "the server no longer sends a body that programs wait for",
        NEXT_MAJOR;
    CALLBACK_BODY_BECAME_OPTIONAL "callback-body-became-optional" Breaking [Readers, GeneratedCode]
        WAS_ALWAYS_PRESENT,
        "keep sending it in every request";
    CALLBACK_BODY_BECAME_REQUIRED "callback-body-became-required" Compatible [Readers]
        UNAFFECTED,
        CHANGELOG;
    CALLBACK_STATUS_REMOVED "callback-status-removed" Breaking [Readers, GeneratedCode]
        "the server no longer understands a response that programs return",
        "keep accepting it until the next major version";
    CALLBACK_STATUS_ADDED "callback-status-added" Compatible [Readers]
        UNAFFECTED,
        CHANGELOG;
    CALLBACK_REMOVED "callback-removed" Breaking [Readers]
        NEVER_SENT,
        NEXT_MAJOR;
    CALLBACK_ADDED "callback-added" Compatible [Readers]
        ON_DEMAND,
        CHANGELOG;
    WEBHOOK_REMOVED "webhook-removed" Breaking [Readers]
        NEVER_SENT,
        NEXT_MAJOR;
    WEBHOOK_ADDED "webhook-added" Compatible [Readers]
        "programs that do not subscribe to it do not get it",
        CHANGELOG;

    SECURITY_TIGHTENED "security-tightened" Breaking [Callers, GeneratedCode]
        "requests with the old credentials get the status 401 or 403",
        "keep accepting the old credentials until the next major version";
    SECURITY_LOOSENED "security-loosened" Compatible [Callers]
        "the old credentials stay sufficient",
        "check that the change is intended";
    SECURITY_SCHEME_CHANGED "security-scheme-changed" Breaking [Callers, GeneratedCode]
        "requests carry the credentials in a place or form that the server no longer reads",
        "add a second scheme, and accept both until the next major version";

    SCHEMA_REMOVED "schema-removed" Breaking [GeneratedCode]
        "its generated type is missing, and code that uses the type does not compile",
        "keep the schema under its name";
    SCHEMA_RENAMED "schema-renamed" Breaking [GeneratedCode]
        "requests and responses stay the same, but its generated type has another name, and code \
         that uses the type does not compile",
        "keep the old name (in Rust: `#[schema(as = OldName)]` and \
         `#[schemars(rename = \"OldName\")]`)";
    ENUM_NAMES_CHANGED "enum-names-changed" Breaking [GeneratedCode]
        "generators derive the names of constants from `x-enum-varnames`",
        "keep the old names in the old order";

    REQUEST_PROPERTY_REMOVED "request-property-removed" Breaking [Callers, GeneratedCode]
        "requests with it are refused, or it is ignored, and the generated field is missing",
        NEXT_MAJOR;
    REQUEST_PROPERTY_RENAMED "request-property-renamed" Breaking [Callers, GeneratedCode]
        "requests with the old name are refused, or the old name is ignored",
        KEEP_NAME;
    REQUEST_PROPERTY_ADDED_REQUIRED "request-property-added-required"
        Breaking [Callers, GeneratedCode]
        REFUSED_WITHOUT,
        DEFAULT_INSTEAD;
    REQUEST_PROPERTY_ADDED_OPTIONAL "request-property-added-optional" Compatible [Callers]
        UNAFFECTED,
        CHANGELOG;
    REQUEST_PROPERTY_BECAME_REQUIRED "request-property-became-required"
        Breaking [Callers, GeneratedCode]
        REFUSED_WITHOUT,
        KEEP_OPTIONAL;
    REQUEST_PROPERTY_BECAME_OPTIONAL "request-property-became-optional" Warning [GeneratedCode]
        TYPE_CHANGES,
        CHANGELOG;
    REQUEST_PROPERTY_DEPRECATED "request-property-deprecated" Warning [Callers, GeneratedCode]
        WILL_GO,
        SAY_INSTEAD;
    REQUEST_PROPERTY_UNDEPRECATED "request-property-undeprecated" Compatible [Callers]
        STAYS,
        CHANGELOG;
    REQUEST_NULL_ALLOWED "request-null-allowed" Warning [GeneratedCode]
        TYPE_CHANGES,
        CHANGELOG;
    REQUEST_NULL_REFUSED "request-null-refused" Breaking [Callers, GeneratedCode]
        REFUSED,
        KEEP_ACCEPTING;
    REQUEST_TYPE_CHANGED "request-type-changed" Breaking [Callers, GeneratedCode]
        REFUSED,
        "add a property or parameter with the new type beside it";
    REQUEST_TYPE_WIDENED "request-type-widened" Warning [GeneratedCode]
        TYPE_CHANGES,
        CHANGELOG;
    REQUEST_TYPE_NARROWED "request-type-narrowed" Breaking [Callers, GeneratedCode]
        REFUSED,
        KEEP_ACCEPTING;
    REQUEST_FORMAT_CHANGED "request-format-changed" Breaking [Callers, GeneratedCode]
        REFUSED,
        "add a property or parameter with the new format beside it";
    REQUEST_FORMAT_WIDENED "request-format-widened" Warning [GeneratedCode]
        TYPE_CHANGES,
        CHANGELOG;
    REQUEST_FORMAT_NARROWED "request-format-narrowed" Breaking [Callers, GeneratedCode]
        REFUSED,
        KEEP_ACCEPTING;
    REQUEST_ENUM_VALUE_REMOVED "request-enum-value-removed" Breaking [Callers, GeneratedCode]
        "requests with it will be refused, and its generated constant is missing",
        NEXT_MAJOR;
    REQUEST_ENUM_VALUE_ADDED "request-enum-value-added" Compatible [Callers]
        UNAFFECTED,
        CHANGELOG;
    REQUEST_ENUM_INTRODUCED "request-enum-introduced" Breaking [Callers, GeneratedCode]
        REFUSED,
        KEEP_ACCEPTING;
    REQUEST_ENUM_DROPPED "request-enum-dropped" Warning [GeneratedCode]
        TYPE_CHANGES,
        CHANGELOG;
    REQUEST_BOUND_TIGHTENED "request-bound-tightened" Breaking [Callers]
        REFUSED,
        KEEP_ACCEPTING;
    REQUEST_BOUND_LOOSENED "request-bound-loosened" Compatible [Callers]
        UNAFFECTED,
        CHANGELOG;
    REQUEST_PATTERN_ADDED "request-pattern-added" Breaking [Callers]
        REFUSED,
        KEEP_ACCEPTING;
    REQUEST_PATTERN_REMOVED "request-pattern-removed" Compatible [Callers]
        UNAFFECTED,
        CHANGELOG;
    REQUEST_PATTERN_CHANGED "request-pattern-changed" Warning [Callers]
        UNDECIDABLE,
        REVIEW;
    REQUEST_DEFAULT_CHANGED "request-default-changed" Breaking [Callers]
        "requests without it change their meaning",
        "keep the old default";
    REQUEST_DEFAULT_ADDED "request-default-added" Warning [Callers, GeneratedCode]
        "clients that fill in defaults begin to send it, and requests without it may change their \
         meaning",
        "make sure that the default means what its absence meant before";
    REQUEST_DEFAULT_REMOVED "request-default-removed" Warning [Callers, GeneratedCode]
        "clients that fill in defaults stop sending it, and requests without it may change their \
         meaning",
        "make sure that its absence means what the default meant before";
    REQUEST_ADDITIONAL_PROPERTIES_NARROWED "request-additional-properties-narrowed"
        Breaking [Callers, GeneratedCode]
        REFUSED,
        KEEP_ACCEPTING;
    REQUEST_ADDITIONAL_PROPERTIES_WIDENED "request-additional-properties-widened"
        Compatible [Callers]
        UNAFFECTED,
        CHANGELOG;
    REQUEST_ALTERNATIVE_ADDED "request-alternative-added" Compatible [Callers]
        UNAFFECTED,
        CHANGELOG;
    REQUEST_ALTERNATIVE_REMOVED "request-alternative-removed" Breaking [Callers, GeneratedCode]
        REFUSED,
        KEEP_ACCEPTING;
    REQUEST_ALTERNATIVES_CHANGED "request-alternatives-changed" Warning [Callers, GeneratedCode]
        UNDECIDABLE,
        REVIEW;
    REQUEST_DISCRIMINATOR_CHANGED "request-discriminator-changed" Breaking [Callers, GeneratedCode]
        "the server reads a request as another alternative, or refuses it",
        KEEP_ACCEPTING;
    REQUEST_KEYWORD_ADDED "request-keyword-added" Breaking [Callers]
        REFUSED,
        KEEP_ACCEPTING;
    REQUEST_KEYWORD_REMOVED "request-keyword-removed" Compatible [Callers]
        UNAFFECTED,
        CHANGELOG;
    REQUEST_KEYWORD_CHANGED "request-keyword-changed" Warning [Callers]
        UNDECIDABLE,
        REVIEW;

    RESPONSE_PROPERTY_REMOVED "response-property-removed" Breaking [Readers, GeneratedCode]
        "programs that read it find nothing, and the generated field is missing",
        NEXT_MAJOR;
    RESPONSE_PROPERTY_RENAMED "response-property-renamed" Breaking [Readers, GeneratedCode]
        "programs that read the old name find nothing",
        "return both names until the next major version";
    RESPONSE_PROPERTY_ADDED "response-property-added" Compatible [Readers]
        "programs ignore properties that they do not know",
        CHANGELOG;
    RESPONSE_PROPERTY_ADDED_TO_CLOSED "response-property-added-to-closed"
        Breaking [Readers, GeneratedCode]
        "the schema forbids additional properties, so programs refuse responses with unknown ones",
        "keep the response; allow additional properties with the next major version";
    RESPONSE_PROPERTY_BECAME_OPTIONAL "response-property-became-optional"
        Breaking [Readers, GeneratedCode]
        "it was always present: strict programs refuse responses without it, and other programs \
         fail when they read it",
        "keep sending it in every response, with a value of its type that means absence";
    RESPONSE_PROPERTY_BECAME_REQUIRED "response-property-became-required" Warning [GeneratedCode]
        TYPE_CHANGES,
        CHANGELOG;
    RESPONSE_PROPERTY_DEPRECATED "response-property-deprecated" Warning [Readers, GeneratedCode]
        WILL_GO,
        SAY_INSTEAD;
    RESPONSE_PROPERTY_UNDEPRECATED "response-property-undeprecated" Compatible [Readers]
        STAYS,
        CHANGELOG;
    RESPONSE_NULL_ALLOWED "response-null-allowed" Breaking [Readers, GeneratedCode]
        "programs get null where they expect a value",
        KEEP_RETURNING;
    RESPONSE_NULL_REFUSED "response-null-refused" Warning [GeneratedCode]
        TYPE_CHANGES,
        CHANGELOG;
    RESPONSE_TYPE_CHANGED "response-type-changed" Breaking [Readers, GeneratedCode]
        UNEXPECTED,
        "add a property with the new type beside it";
    RESPONSE_TYPE_WIDENED "response-type-widened" Breaking [Readers, GeneratedCode]
        UNEXPECTED,
        KEEP_RETURNING;
    RESPONSE_TYPE_NARROWED "response-type-narrowed" Warning [GeneratedCode]
        TYPE_CHANGES,
        CHANGELOG;
    RESPONSE_FORMAT_CHANGED "response-format-changed" Breaking [Readers, GeneratedCode]
        UNEXPECTED,
        "add a property with the new format beside it";
    RESPONSE_FORMAT_WIDENED "response-format-widened" Breaking [Readers, GeneratedCode]
        UNEXPECTED,
        KEEP_RETURNING;
    RESPONSE_FORMAT_NARROWED "response-format-narrowed" Warning [GeneratedCode]
        TYPE_CHANGES,
        CHANGELOG;
    RESPONSE_ENUM_VALUE_ADDED "response-enum-value-added" Breaking [Readers, GeneratedCode]
        "generated clients in most languages refuse the whole response because of one unknown \
         value",
        KEEP_RETURNING;
    RESPONSE_ENUM_VALUE_REMOVED "response-enum-value-removed" Breaking [GeneratedCode]
        "programs wait for it without end, and its generated constant is missing, so code that \
         uses the constant does not compile",
        "keep it in the enum, and say in the description that it no longer occurs";
    RESPONSE_ENUM_INTRODUCED "response-enum-introduced" Warning [GeneratedCode]
        TYPE_CHANGES,
        CHANGELOG;
    RESPONSE_ENUM_DROPPED "response-enum-dropped" Breaking [Readers, GeneratedCode]
        UNEXPECTED,
        KEEP_RETURNING;
    RESPONSE_BOUND_TIGHTENED "response-bound-tightened" Compatible [Readers]
        UNAFFECTED,
        NOTHING;
    RESPONSE_BOUND_LOOSENED "response-bound-loosened" Breaking [Readers, GeneratedCode]
        "clients that validate responses refuse values beyond the old bound",
        KEEP_RETURNING;
    RESPONSE_PATTERN_ADDED "response-pattern-added" Compatible [Readers]
        UNAFFECTED,
        NOTHING;
    RESPONSE_PATTERN_REMOVED "response-pattern-removed" Breaking [Readers, GeneratedCode]
        "clients that validate responses refuse values that do not match the old pattern",
        KEEP_RETURNING;
    RESPONSE_PATTERN_CHANGED "response-pattern-changed" Warning [Readers]
        UNDECIDABLE,
        REVIEW;
    RESPONSE_DEFAULT_CHANGED "response-default-changed" Warning [Readers, GeneratedCode]
        "clients that fill in the default for an absent value show another value",
        "return the value instead of omitting it";
    RESPONSE_ADDITIONAL_PROPERTIES_NARROWED "response-additional-properties-narrowed"
        Warning [GeneratedCode]
        TYPE_CHANGES,
        CHANGELOG;
    RESPONSE_ADDITIONAL_PROPERTIES_WIDENED "response-additional-properties-widened"
        Warning [Readers, GeneratedCode]
        "clients that refuse additional properties keep refusing them, and generated types may \
         change",
        CHANGELOG;
    RESPONSE_ALTERNATIVE_ADDED "response-alternative-added" Breaking [Readers, GeneratedCode]
        UNEXPECTED,
        KEEP_RETURNING;
    RESPONSE_ALTERNATIVE_REMOVED "response-alternative-removed" Warning [GeneratedCode]
        TYPE_CHANGES,
        CHANGELOG;
    RESPONSE_ALTERNATIVES_CHANGED "response-alternatives-changed" Warning [Readers, GeneratedCode]
        UNDECIDABLE,
        REVIEW;
    RESPONSE_DISCRIMINATOR_CHANGED "response-discriminator-changed"
        Breaking [Readers, GeneratedCode]
        "generated code reads a response as another alternative, or refuses it",
        KEEP_RETURNING;
    RESPONSE_KEYWORD_ADDED "response-keyword-added" Compatible [Readers]
        UNAFFECTED,
        NOTHING;
    RESPONSE_KEYWORD_REMOVED "response-keyword-removed" Breaking [Readers, GeneratedCode]
        UNEXPECTED,
        KEEP_RETURNING;
    RESPONSE_KEYWORD_CHANGED "response-keyword-changed" Warning [Readers]
        UNDECIDABLE,
        REVIEW;
}

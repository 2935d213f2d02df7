//! What each kind of change means: how bad it is, for whom, why, and what to do instead.

use crate::{
    Level::{Breaking, Compatible, Warning},
    Party::{Callers, GeneratedCode, Readers},
    Rule,
    rule::rules,
};

const NEXT_MAJOR: &str =
    "keep it, mark it as deprecated, and remove it with the next major version";
const KEEP_NAME: &str =
    "keep the old name; a new one can stand beside it until the next major version";
const ACCEPT_AS_BEFORE: &str =
    "go on accepting what was accepted, or wait for the next major version";
const ANSWER_AS_BEFORE: &str =
    "go on answering within what was promised, or wait for the next major version";
const NOTHING: &str = "nothing";
const TELL: &str = "tell them in the changelog";
const UNNOTICED: &str = "what they send and read stays as it is";
const OTHER_TYPE: &str = "its type changes where a language says such things in types, and code may not compile any more";
const REFUSED: &str = "what they send today is refused tomorrow";
const NOT_FORESEEN: &str =
    "an answer may hold what their programs do not foresee, and strict ones refuse all of it";
const LOOK: &str = "look whether all that was valid still is";
const CANNOT_TELL: &str = "which values it lets through cannot be compared by a program";

rules! {
    /// Every kind of change that is told apart.
    DIFF_RULES;

    OPERATION_REMOVED "operation-removed" Breaking [Callers, GeneratedCode]
        "their requests are answered with 404 or 405, and its method is gone from generated code", NEXT_MAJOR;
    OPERATION_MOVED "operation-moved" Breaking [Callers]
        "requests to the old place are answered with 404 or 405", "serve the old place as well, as deprecated, until the next major version";
    OPERATION_ADDED "operation-added" Compatible [Callers] UNNOTICED, TELL;
    OPERATION_ID_CHANGED "operation-id-changed" Breaking [GeneratedCode]
        "generators name methods, and often types and files, after it", "keep the old operationId";
    OPERATION_TAGS_CHANGED "operation-tags-changed" Breaking [GeneratedCode]
        "generators name classes and modules after the tags", "keep the old tags";
    OPERATION_DEPRECATED "operation-deprecated" Warning [Callers, GeneratedCode]
        "it will go one day, and compilers that take warnings for errors refuse calls of it from now on",
        "say in its description what to use instead and until when it stays";
    OPERATION_UNDEPRECATED "operation-undeprecated" Compatible [Callers] "it stays after all", TELL;
    SERVER_REMOVED "server-removed" Warning [Callers, GeneratedCode]
        "generated clients take the document's servers for their addresses", "keep the old address as long as it answers";
    SERVER_ADDED "server-added" Compatible [Callers] UNNOTICED, NOTHING;

    PARAMETER_REMOVED "parameter-removed" Breaking [Callers, GeneratedCode]
        "a request with it is refused or, worse, answered as if it were not there, and its argument is gone from generated code", NEXT_MAJOR;
    PARAMETER_RENAMED "parameter-renamed" Breaking [Callers, GeneratedCode]
        "a request with the old name is refused or, worse, answered as if it were not there", KEEP_NAME;
    PARAMETER_MOVED "parameter-moved" Breaking [Callers, GeneratedCode]
        "they send it where it is no longer looked for", "accept it in both places until the next major version";
    PATH_PARAMETER_RENAMED "path-parameter-renamed" Breaking [GeneratedCode]
        "nothing changes on the wire, but generated methods name their arguments after it", "keep the old name";
    PARAMETER_ADDED_REQUIRED "parameter-added-required" Breaking [Callers, GeneratedCode]
        "requests without it are refused, and generated methods want one more argument", "make it optional, with a default that means what was meant without it";
    PARAMETER_ADDED_OPTIONAL "parameter-added-optional" Compatible [Callers] UNNOTICED, TELL;
    PARAMETER_BECAME_REQUIRED "parameter-became-required" Breaking [Callers, GeneratedCode]
        "requests without it are refused", "leave it optional";
    PARAMETER_BECAME_OPTIONAL "parameter-became-optional" Warning [GeneratedCode] OTHER_TYPE, TELL;
    PARAMETER_STYLE_CHANGED "parameter-style-changed" Breaking [Callers, GeneratedCode]
        "it is written in another way in the request", "accept both ways until the next major version";
    PARAMETER_DEPRECATED "parameter-deprecated" Warning [Callers, GeneratedCode]
        "it will go one day, and compilers that take warnings for errors refuse it from now on", "say in its description what to use instead";
    PARAMETER_UNDEPRECATED "parameter-undeprecated" Compatible [Callers] "it stays after all", TELL;

    REQUEST_BODY_REMOVED "request-body-removed" Breaking [Callers, GeneratedCode]
        "what they send is refused or, worse, ignored, and its argument is gone from generated code", NEXT_MAJOR;
    REQUEST_BODY_ADDED_REQUIRED "request-body-added-required" Breaking [Callers, GeneratedCode]
        "requests without it are refused", "make it optional";
    REQUEST_BODY_ADDED_OPTIONAL "request-body-added-optional" Warning [GeneratedCode]
        "generated methods get one more argument", TELL;
    REQUEST_BODY_BECAME_REQUIRED "request-body-became-required" Breaking [Callers, GeneratedCode]
        "requests without it are refused", "leave it optional";
    REQUEST_BODY_BECAME_OPTIONAL "request-body-became-optional" Warning [GeneratedCode] OTHER_TYPE, TELL;
    REQUEST_MEDIA_TYPE_REMOVED "request-media-type-removed" Breaking [Callers, GeneratedCode]
        "requests in it are answered with 415", NEXT_MAJOR;
    REQUEST_MEDIA_TYPE_ADDED "request-media-type-added" Compatible [Callers] UNNOTICED, TELL;
    ENCODING_CHANGED "encoding-changed" Warning [Callers, GeneratedCode]
        "the parts of a form are written in another way", "accept both ways until the next major version";

    RESPONSE_STATUS_REMOVED "response-status-removed" Breaking [Readers, GeneratedCode]
        "programs that wait for it get something else, and its type is gone from generated code", "go on answering with it until the next major version";
    RESPONSE_ERROR_STATUS_REMOVED "response-error-status-removed" Warning [GeneratedCode]
        "nobody misses an error, but generators that make a type of each answer make one less, and code that names it does not compile", "leave it documented until the next major version";
    RESPONSE_STATUS_ADDED "response-status-added" Warning [Readers, GeneratedCode]
        "programs that know the other statuses only take it for a failure", "answer with it only where a new request asks for it";
    RESPONSE_ERROR_STATUS_ADDED "response-error-status-added" Compatible [Readers]
        "a program has to bear errors that it does not know", TELL;
    RESPONSE_MEDIA_TYPE_REMOVED "response-media-type-removed" Breaking [Readers, GeneratedCode]
        "programs that ask for it are answered with 406, or with what they cannot read", NEXT_MAJOR;
    RESPONSE_MEDIA_TYPE_ADDED "response-media-type-added" Compatible [Readers]
        "who does not ask for it does not get it", TELL;
    RESPONSE_BODY_ADDED "response-body-added" Warning [GeneratedCode]
        "a method that returned nothing returns something", TELL;
    RESPONSE_HEADER_REMOVED "response-header-removed" Breaking [Readers, GeneratedCode]
        "it was always there, and programs rely on it", NEXT_MAJOR;
    RESPONSE_OPTIONAL_HEADER_REMOVED "response-optional-header-removed" Warning [Readers, GeneratedCode]
        "programs that look for it never find it any more", NEXT_MAJOR;
    RESPONSE_HEADER_BECAME_OPTIONAL "response-header-became-optional" Breaking [Readers, GeneratedCode]
        "it was always there, and programs rely on it", "go on sending it always";
    RESPONSE_HEADER_BECAME_REQUIRED "response-header-became-required" Warning [GeneratedCode] OTHER_TYPE, TELL;
    RESPONSE_HEADER_ADDED "response-header-added" Compatible [Readers] UNNOTICED, TELL;
    CALLBACK_BODY_REMOVED "callback-body-removed" Breaking [Readers, GeneratedCode]
        "the body that they wait for never comes", NEXT_MAJOR;
    CALLBACK_BODY_BECAME_OPTIONAL "callback-body-became-optional" Breaking [Readers, GeneratedCode]
        "it was always there, and programs rely on it", "go on sending it always";
    CALLBACK_BODY_BECAME_REQUIRED "callback-body-became-required" Compatible [Readers] UNNOTICED, TELL;
    CALLBACK_STATUS_REMOVED "callback-status-removed" Breaking [Readers, GeneratedCode]
        "what they answer is no longer understood", "go on understanding it until the next major version";
    CALLBACK_STATUS_ADDED "callback-status-added" Compatible [Readers] UNNOTICED, TELL;
    CALLBACK_REMOVED "callback-removed" Breaking [Readers]
        "the request that they wait for never comes", NEXT_MAJOR;
    CALLBACK_ADDED "callback-added" Compatible [Readers] "who does not ask for it does not get it", TELL;
    WEBHOOK_REMOVED "webhook-removed" Breaking [Readers]
        "the request that they wait for never comes", NEXT_MAJOR;
    WEBHOOK_ADDED "webhook-added" Compatible [Readers] "who does not subscribe to it does not get it", TELL;

    SECURITY_TIGHTENED "security-tightened" Breaking [Callers, GeneratedCode]
        "the credentials that were enough are answered with 401 or 403", "go on accepting the old credentials until the next major version";
    SECURITY_LOOSENED "security-loosened" Compatible [Callers] "the credentials that they send stay enough", "make sure that it is meant";
    SECURITY_SCHEME_CHANGED "security-scheme-changed" Breaking [Callers, GeneratedCode]
        "they send the credentials where or how they are no longer looked for", "declare a second scheme beside it, and accept both until the next major version";

    SCHEMA_REMOVED "schema-removed" Breaking [GeneratedCode]
        "the type that is generated from it is gone, and code that names it does not compile", "keep the schema under its name";
    SCHEMA_RENAMED "schema-renamed" Breaking [GeneratedCode]
        "nothing changes on the wire, but the generated type has another name, and code that names it does not compile", "keep the old name (in Rust: `#[schema(as = OldName)]` and `#[schemars(rename = \"OldName\")]`)";
    ENUM_NAMES_CHANGED "enum-names-changed" Breaking [GeneratedCode]
        "generators name constants after x-enum-varnames", "keep the old names in the old order";

    REQUEST_PROPERTY_REMOVED "request-property-removed" Breaking [Callers, GeneratedCode]
        "what they send in it is refused or, worse, ignored, and its field is gone from generated code", NEXT_MAJOR;
    REQUEST_PROPERTY_RENAMED "request-property-renamed" Breaking [Callers, GeneratedCode]
        "what they send under the old name is refused or, worse, ignored", KEEP_NAME;
    REQUEST_PROPERTY_ADDED_REQUIRED "request-property-added-required" Breaking [Callers, GeneratedCode]
        "requests without it are refused", "make it optional, with a default that means what was meant without it";
    REQUEST_PROPERTY_ADDED_OPTIONAL "request-property-added-optional" Compatible [Callers] UNNOTICED, TELL;
    REQUEST_PROPERTY_BECAME_REQUIRED "request-property-became-required" Breaking [Callers, GeneratedCode]
        "requests without it are refused", "leave it optional";
    REQUEST_PROPERTY_BECAME_OPTIONAL "request-property-became-optional" Warning [GeneratedCode] OTHER_TYPE, TELL;
    REQUEST_PROPERTY_DEPRECATED "request-property-deprecated" Warning [Callers, GeneratedCode]
        "it will go one day, and compilers that take warnings for errors refuse it from now on", "say in its description what to use instead";
    REQUEST_PROPERTY_UNDEPRECATED "request-property-undeprecated" Compatible [Callers] "it stays after all", TELL;
    REQUEST_NULL_ALLOWED "request-null-allowed" Warning [GeneratedCode] OTHER_TYPE, TELL;
    REQUEST_NULL_REFUSED "request-null-refused" Breaking [Callers, GeneratedCode] REFUSED, ACCEPT_AS_BEFORE;
    REQUEST_TYPE_CHANGED "request-type-changed" Breaking [Callers, GeneratedCode] REFUSED, "add a property or parameter with the new type beside it";
    REQUEST_TYPE_WIDENED "request-type-widened" Warning [GeneratedCode] OTHER_TYPE, TELL;
    REQUEST_TYPE_NARROWED "request-type-narrowed" Breaking [Callers, GeneratedCode] REFUSED, ACCEPT_AS_BEFORE;
    REQUEST_FORMAT_CHANGED "request-format-changed" Breaking [Callers, GeneratedCode] REFUSED, "add a property or parameter with the new format beside it";
    REQUEST_FORMAT_WIDENED "request-format-widened" Warning [GeneratedCode] OTHER_TYPE, TELL;
    REQUEST_FORMAT_NARROWED "request-format-narrowed" Breaking [Callers, GeneratedCode] REFUSED, ACCEPT_AS_BEFORE;
    REQUEST_ENUM_VALUE_REMOVED "request-enum-value-removed" Breaking [Callers, GeneratedCode]
        "requests with it are refused, and its constant is gone from generated code", NEXT_MAJOR;
    REQUEST_ENUM_VALUE_ADDED "request-enum-value-added" Compatible [Callers] UNNOTICED, TELL;
    REQUEST_ENUM_INTRODUCED "request-enum-introduced" Breaking [Callers, GeneratedCode] REFUSED, ACCEPT_AS_BEFORE;
    REQUEST_ENUM_DROPPED "request-enum-dropped" Warning [GeneratedCode] OTHER_TYPE, TELL;
    REQUEST_BOUND_TIGHTENED "request-bound-tightened" Breaking [Callers] REFUSED, ACCEPT_AS_BEFORE;
    REQUEST_BOUND_LOOSENED "request-bound-loosened" Compatible [Callers] UNNOTICED, TELL;
    REQUEST_PATTERN_ADDED "request-pattern-added" Breaking [Callers] REFUSED, ACCEPT_AS_BEFORE;
    REQUEST_PATTERN_REMOVED "request-pattern-removed" Compatible [Callers] UNNOTICED, TELL;
    REQUEST_PATTERN_CHANGED "request-pattern-changed" Warning [Callers] CANNOT_TELL, LOOK;
    REQUEST_DEFAULT_CHANGED "request-default-changed" Breaking [Callers]
        "who leaves it out gets another behaviour", "keep the old default";
    REQUEST_DEFAULT_ADDED "request-default-added" Warning [Callers, GeneratedCode]
        "clients that fill in defaults send it from now on, and who leaves it out may get another behaviour", "make sure that the default means what was meant without it";
    REQUEST_DEFAULT_REMOVED "request-default-removed" Warning [Callers, GeneratedCode]
        "clients that filled in the default do not send it any more, and who leaves it out may get another behaviour", "make sure that leaving it out means what the default meant";
    REQUEST_ADDITIONAL_PROPERTIES_NARROWED "request-additional-properties-narrowed" Breaking [Callers, GeneratedCode] REFUSED, ACCEPT_AS_BEFORE;
    REQUEST_ADDITIONAL_PROPERTIES_WIDENED "request-additional-properties-widened" Compatible [Callers] UNNOTICED, TELL;
    REQUEST_ALTERNATIVE_ADDED "request-alternative-added" Compatible [Callers] UNNOTICED, TELL;
    REQUEST_ALTERNATIVE_REMOVED "request-alternative-removed" Breaking [Callers, GeneratedCode] REFUSED, ACCEPT_AS_BEFORE;
    REQUEST_ALTERNATIVES_CHANGED "request-alternatives-changed" Warning [Callers, GeneratedCode] CANNOT_TELL, LOOK;
    REQUEST_DISCRIMINATOR_CHANGED "request-discriminator-changed" Breaking [Callers, GeneratedCode]
        "what they send is taken for another alternative, or for none", ACCEPT_AS_BEFORE;
    REQUEST_KEYWORD_CHANGED "request-keyword-changed" Warning [Callers] CANNOT_TELL, LOOK;

    REQUEST_KEYWORD_ADDED "request-keyword-added" Breaking [Callers] REFUSED, ACCEPT_AS_BEFORE;
    REQUEST_KEYWORD_REMOVED "request-keyword-removed" Compatible [Callers] UNNOTICED, TELL;

    RESPONSE_PROPERTY_REMOVED "response-property-removed" Breaking [Readers, GeneratedCode]
        "programs that read it find nothing, and its field is gone from generated code", NEXT_MAJOR;
    RESPONSE_PROPERTY_RENAMED "response-property-renamed" Breaking [Readers, GeneratedCode]
        "programs that read the old name find nothing", "answer with both names until the next major version";
    RESPONSE_PROPERTY_ADDED "response-property-added" Compatible [Readers]
        "who does not know it ignores it", TELL;
    RESPONSE_PROPERTY_ADDED_TO_CLOSED "response-property-added-to-closed" Breaking [Readers, GeneratedCode]
        "`additionalProperties: false` told them to refuse answers with properties that they do not know", "leave the answer as it is; allow further properties with the next major version";
    RESPONSE_PROPERTY_BECAME_OPTIONAL "response-property-became-optional" Breaking [Readers, GeneratedCode]
        "it was always there: strict programs refuse answers without it, others find nothing where they expect something", "go on sending it always; where there is nothing to say, say so in a value of its type";
    RESPONSE_PROPERTY_BECAME_REQUIRED "response-property-became-required" Warning [GeneratedCode] OTHER_TYPE, TELL;
    RESPONSE_PROPERTY_DEPRECATED "response-property-deprecated" Warning [Readers, GeneratedCode]
        "it will go one day, and compilers that take warnings for errors refuse it from now on", "say in its description what to use instead";
    RESPONSE_PROPERTY_UNDEPRECATED "response-property-undeprecated" Compatible [Readers] "it stays after all", TELL;
    RESPONSE_NULL_ALLOWED "response-null-allowed" Breaking [Readers, GeneratedCode]
        "null arrives where programs expect a value", ANSWER_AS_BEFORE;
    RESPONSE_NULL_REFUSED "response-null-refused" Warning [GeneratedCode] OTHER_TYPE, TELL;
    RESPONSE_TYPE_CHANGED "response-type-changed" Breaking [Readers, GeneratedCode] NOT_FORESEEN, "add a property with the new type beside it";
    RESPONSE_TYPE_WIDENED "response-type-widened" Breaking [Readers, GeneratedCode] NOT_FORESEEN, ANSWER_AS_BEFORE;
    RESPONSE_TYPE_NARROWED "response-type-narrowed" Warning [GeneratedCode] OTHER_TYPE, TELL;
    RESPONSE_FORMAT_CHANGED "response-format-changed" Breaking [Readers, GeneratedCode] NOT_FORESEEN, "add a property with the new format beside it";
    RESPONSE_FORMAT_WIDENED "response-format-widened" Breaking [Readers, GeneratedCode] NOT_FORESEEN, ANSWER_AS_BEFORE;
    RESPONSE_FORMAT_NARROWED "response-format-narrowed" Warning [GeneratedCode] OTHER_TYPE, TELL;
    RESPONSE_ENUM_VALUE_ADDED "response-enum-value-added" Breaking [Readers, GeneratedCode]
        "generated clients in most languages refuse the whole answer over one value that they do not know", ANSWER_AS_BEFORE;
    RESPONSE_ENUM_VALUE_REMOVED "response-enum-value-removed" Breaking [GeneratedCode]
        "readers wait for it in vain, and its constant is gone from generated code, so that code that names it does not compile", "leave it in the enum, and say in the description that it no longer occurs";
    RESPONSE_ENUM_INTRODUCED "response-enum-introduced" Warning [GeneratedCode] OTHER_TYPE, TELL;
    RESPONSE_ENUM_DROPPED "response-enum-dropped" Breaking [Readers, GeneratedCode] NOT_FORESEEN, ANSWER_AS_BEFORE;
    RESPONSE_BOUND_TIGHTENED "response-bound-tightened" Compatible [Readers] UNNOTICED, NOTHING;
    RESPONSE_BOUND_LOOSENED "response-bound-loosened" Breaking [Readers, GeneratedCode]
        "clients that check answers against the bound refuse what is beyond it", ANSWER_AS_BEFORE;
    RESPONSE_PATTERN_ADDED "response-pattern-added" Compatible [Readers] UNNOTICED, NOTHING;
    RESPONSE_PATTERN_REMOVED "response-pattern-removed" Breaking [Readers, GeneratedCode]
        "clients that check answers against the pattern refuse what does not match it", ANSWER_AS_BEFORE;
    RESPONSE_PATTERN_CHANGED "response-pattern-changed" Warning [Readers] CANNOT_TELL, LOOK;
    RESPONSE_DEFAULT_CHANGED "response-default-changed" Warning [Readers, GeneratedCode]
        "clients that fill in the default where it is left out show another value", "write the value in the answer instead of leaving it out";
    RESPONSE_ADDITIONAL_PROPERTIES_NARROWED "response-additional-properties-narrowed" Warning [GeneratedCode] OTHER_TYPE, TELL;
    RESPONSE_ADDITIONAL_PROPERTIES_WIDENED "response-additional-properties-widened" Warning [Readers, GeneratedCode]
        "clients that were told to refuse further properties go on refusing them, and generated types may change", TELL;
    RESPONSE_ALTERNATIVE_ADDED "response-alternative-added" Breaking [Readers, GeneratedCode] NOT_FORESEEN, ANSWER_AS_BEFORE;
    RESPONSE_ALTERNATIVE_REMOVED "response-alternative-removed" Warning [GeneratedCode] OTHER_TYPE, TELL;
    RESPONSE_ALTERNATIVES_CHANGED "response-alternatives-changed" Warning [Readers, GeneratedCode] CANNOT_TELL, LOOK;
    RESPONSE_DISCRIMINATOR_CHANGED "response-discriminator-changed" Breaking [Readers, GeneratedCode]
        "generated code takes an answer for another alternative, or for none", ANSWER_AS_BEFORE;
    RESPONSE_KEYWORD_ADDED "response-keyword-added" Compatible [Readers] UNNOTICED, NOTHING;
    RESPONSE_KEYWORD_REMOVED "response-keyword-removed" Breaking [Readers, GeneratedCode] NOT_FORESEEN, ANSWER_AS_BEFORE;
    RESPONSE_KEYWORD_CHANGED "response-keyword-changed" Warning [Readers] CANNOT_TELL, LOOK;
}

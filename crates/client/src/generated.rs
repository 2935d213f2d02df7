//! What progenitor makes of the document, at build time.
#![allow(missing_docs, reason = "what has no description in the document has none here")]

progenitor::generate_api!(
    spec = "../../openapi-3.0.json",
    interface = Builder,
    derives = [PartialEq],
    inner_type = crate::Retry,
    hooks = Expected,
);

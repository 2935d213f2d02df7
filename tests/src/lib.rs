//! What the conformance tests share: the documentation, a parser of its curl lines, the check of
//! requests and responses against the OpenAPI document, and the live router in memory and on a
//! port.

pub mod curl;
pub mod documentation;
pub mod events;
pub mod panicking;
pub mod server;
pub mod spec;
pub mod world;

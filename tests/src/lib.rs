//! What the conformance tests share: the documentation as it was given, a reader of curl lines, the
//! shared check of requests and responses against the spec, the world that the live router responses
//! from, and a server on the wire.

pub mod curl;
pub mod documentation;
pub mod panicking;
pub mod server;
pub mod spec;
pub mod world;

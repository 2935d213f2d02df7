//! Conformance: the documentation against the OpenAPI document against the live router.

mod agreement;
mod analysis;
mod any_input;
mod connections;
mod coverage;
mod delete;
mod documentation;
mod errors;
mod examples;
mod keys;
mod limits;
mod list;
mod operations;
mod panics;
mod record;
mod rust_client;
mod schema_files;
mod schemas;
mod shared_check;
mod tenants;
mod traps;
mod walk;
mod wire;
mod workflows;

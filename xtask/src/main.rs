//! Commands for contributors. They are in `tools/xtask-commands`; this program only links them with
//! the types and routes.

use std::process::ExitCode;

use runledger_model::schemas;
use xtask_commands::{Generator, SchemaFile};

fn main() -> ExitCode {
    xtask_commands::main(&Generator {
        document: runledger_server::openapi_document,
        schemas: schema_files,
    })
}

fn schema_files() -> Vec<SchemaFile> {
    let schemas = schemas::all().into_iter();
    schemas.map(|wire| SchemaFile { name: wire.file_name(), schema: wire.schema }).collect()
}

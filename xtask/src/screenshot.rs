//! `cargo xtask screenshot`: the documents' pictures, made by the tests that use the pages.

use std::{fs, path::Path, process::ExitCode};

use anyhow::Result;

use crate::{browser, validators::Validators};

/// Where the README has its picture from.
const SWAGGER_UI: &str = "docs/swagger-ui.png";
/// Where the picture of `cargo xtask openapi watch` is.
const WATCH: &str = "docs/watch.png";

/// Goes through both pages as the tests do, and keeps the pictures.
pub fn run(root: &Path) -> Result<ExitCode> {
    let tools = Validators::new(root);
    tools.ensure(false)?;
    fs::create_dir_all(root.join("docs"))?;
    browser::swagger_ui(root, &tools.node_modules(), &root.join(SWAGGER_UI))?;
    println!("{SWAGGER_UI}: written");
    browser::watch(root, &tools.node_modules(), &root.join(WATCH))?;
    println!("{WATCH}: written");
    Ok(ExitCode::SUCCESS)
}

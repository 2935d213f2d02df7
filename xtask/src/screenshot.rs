//! `cargo xtask screenshot`: the README's picture, made by the test that uses the page.

use std::{fs, path::Path, process::ExitCode};

use anyhow::Result;

use crate::{browser, validators::Validators};

/// Where the README has it from.
const PICTURE: &str = "docs/swagger-ui.png";

/// Goes through Swagger UI as the test does, and keeps the picture.
pub fn run(root: &Path) -> Result<ExitCode> {
    let tools = Validators::new(root);
    tools.ensure(false)?;
    let picture = root.join(PICTURE);
    fs::create_dir_all(root.join("docs"))?;
    browser::swagger_ui(root, &tools.node_modules(), &picture)?;
    println!("{PICTURE}: written");
    Ok(ExitCode::SUCCESS)
}

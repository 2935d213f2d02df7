//! Builds what is installed on servers: an archive of the release program with everything that
//! belongs to it, and a Debian package.

mod archive;
mod contents;
mod debian;

use std::{
    fs,
    path::Path,
    process::{Command, ExitCode},
    time::{Duration, SystemTime},
};

use anyhow::{Context, Result};
use bytesize::ByteSize;
use clap::Parser;
use tools_support::{
    command::{cargo, run},
    machine, workspace,
};

use crate::{
    contents::{Contents, PROGRAM},
    debian::CargoDeb,
};

/// The cargo profile, which is defined in the root `Cargo.toml`.
const PROFILE: &str = "dist";

/// Build an archive of the program and everything that belongs to it, and a Debian package
///
/// Both are in target/dist. The archive has the same bytes for the same commit.
#[derive(Parser)]
#[command(bin_name = "cargo xtask dist")]
struct Arguments {
    /// Build a Debian package as well; needs Debian and cargo-deb
    #[arg(long)]
    deb: bool,
    /// The version of the Debian package [default: the program's]
    #[arg(long, value_name = "VERSION", requires = "deb")]
    deb_version: Option<String>,
    /// Install cargo-deb into target/ where it is missing
    #[arg(long, requires = "deb")]
    install: bool,
}

fn main() -> ExitCode {
    match build(&Arguments::parse(), &workspace::root()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn build(arguments: &Arguments, root: &Path) -> Result<()> {
    let Arguments { deb, deb_version, install } = arguments;
    let metadata = licenses::metadata(root)?;
    let linked = licenses::linked(&metadata, PROGRAM)?;
    let program = linked.iter().find(|package| *package.name == PROGRAM).context(PROGRAM)?;
    let build = ["build", "--profile", PROFILE, "--locked", "--package", PROGRAM];
    run(cargo().current_dir(root).args(build))?;

    let binary = metadata.target_directory.join(PROFILE).join(PROGRAM);
    let folder = root.join("target/dist");
    let contents = Contents::create(folder.join("contents"))?;
    contents.add_program(binary.as_std_path())?;
    contents.add_files(root)?;
    contents.write("THIRD-PARTY-LICENSES.txt", &licenses::texts(root, &linked)?)?;

    let name = format!("{PROGRAM}-{}-{}", program.version, machine::target_triple()?);
    let file = folder.join(format!("{name}.tar.gz"));
    archive::write(contents.folder(), &name, modification_time(root)?, &file)?;
    print(&file)?;
    if *deb {
        let cargo_deb = CargoDeb::ensure(root, *install)?;
        print(&cargo_deb.package(root, &folder, deb_version.as_deref())?)?;
    }
    Ok(())
}

/// The modification time of all files in the archive: `SOURCE_DATE_EPOCH`, or else the time of the
/// last commit, so that the same commit gives the same bytes.
fn modification_time(root: &Path) -> Result<SystemTime> {
    let seconds = match std::env::var("SOURCE_DATE_EPOCH") {
        Ok(seconds) => seconds,
        Err(_) => {
            let log = ["log", "-1", "--format=%ct"];
            let output = Command::new("git").current_dir(root).args(log).output();
            String::from_utf8(output.map(|output| output.stdout).unwrap_or_default())?
        }
    };
    let seconds = seconds
        .trim()
        .parse()
        .context("set SOURCE_DATE_EPOCH (seconds since 1970), or run this in a git repository")?;
    Ok(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
}

fn print(file: &Path) -> Result<()> {
    println!("{}: {}", file.display(), ByteSize(fs::metadata(file)?.len()));
    Ok(())
}

//! `cargo xtask dist`: what people put on their machines.

mod archive;
mod debian;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
    time::{Duration, SystemTime},
};

use anyhow::{Context, Result, ensure};
use bytesize::ByteSize;

use tools_support::{
    command::{cargo, run},
    machine,
};

use crate::licences;

/// The program that is given to people.
const PROGRAM: &str = "runledger";
/// The files that go in as they are, and where to.
const FILES: &[(&str, &str)] = &[
    ("README.md", ""),
    ("CHANGELOG.md", ""),
    ("LICENSE-APACHE", ""),
    ("LICENSE-MIT", ""),
    ("openapi.json", ""),
    ("docs/operating.md", "docs"),
    ("packaging/systemd/runledger.service", "systemd"),
    ("packaging/systemd/runledger.default", "systemd"),
];

#[derive(clap::Args)]
pub struct Arguments {
    /// Make a Debian package as well; wants Debian and cargo-deb
    #[arg(long)]
    deb: bool,
    /// The package's version for Debian; the program's own one without this
    #[arg(long, value_name = "VERSION", requires = "deb")]
    deb_version: Option<String>,
    /// Install cargo-deb into target/ where it is missing
    #[arg(long, requires = "deb")]
    install: bool,
}

/// Checks the licences, builds the release program, and packs it with all that belongs to it.
pub fn run_all(arguments: &Arguments, root: &Path) -> Result<ExitCode> {
    let metadata = licences::metadata(root)?;
    licences::check(&metadata.packages)?;
    let linked = licences::linked(&metadata, PROGRAM)?;
    let program = linked.iter().find(|package| *package.name == PROGRAM).context(PROGRAM)?;
    let build = ["build", "--release", "--locked", "--package", PROGRAM];
    run(cargo().current_dir(root).args(build))?;

    let binary = metadata.target_directory.join("release").join(PROGRAM);
    let folder = root.join("target/dist");
    let contents = Contents::new(folder.join("contents"))?;
    contents.add_program(binary.as_std_path())?;
    contents.add_files(root)?;
    contents.write("THIRD-PARTY-LICENSES.txt", &licences::texts(root, &linked)?)?;

    let name = format!("{PROGRAM}-{}-{}", program.version, machine::target_triple()?);
    let file = folder.join(format!("{name}.tar.gz"));
    archive::write(&contents.0, &name, moment(root)?, &file)?;
    say(&file)?;
    if arguments.deb {
        debian::ensure(root, arguments.install)?;
        say(&debian::package(root, &folder, arguments.deb_version.as_deref())?)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The folder that is packed, and that the Debian package takes its files from.
struct Contents(PathBuf);

impl Contents {
    fn new(folder: PathBuf) -> Result<Self> {
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        Ok(Self(folder))
    }

    /// The program without what only a debugger reads; and what it writes about itself.
    fn add_program(&self, binary: &Path) -> Result<()> {
        let program = self.0.join("bin").join(PROGRAM);
        fs::create_dir_all(self.0.join("bin"))?;
        // The names of functions stay, so that a backtrace says something.
        run(Command::new("strip").arg("--strip-debug").arg("-o").arg(&program).arg(binary))?;
        for (shell, file) in [("bash", PROGRAM), ("zsh", "_runledger"), ("fish", "runledger.fish")]
        {
            let output = Command::new(&program).args(["completions", shell]).output()?;
            ensure!(output.status.success(), "the program wrote no completions for {shell}");
            self.write(&format!("completions/{shell}/{file}"), &String::from_utf8(output.stdout)?)?;
        }
        run(Command::new(&program).arg("man").arg(self.0.join("man/man1")))
    }

    fn add_files(&self, root: &Path) -> Result<()> {
        for (file, folder) in FILES {
            let from = root.join(file);
            let text = fs::read_to_string(&from)
                .with_context(|| format!("{} cannot be read", from.display()))?;
            let name = from.file_name().unwrap_or_default();
            self.write(&Path::new(folder).join(name).to_string_lossy(), &text)?;
        }
        Ok(())
    }

    fn write(&self, file: &str, text: &str) -> Result<()> {
        let file = self.0.join(file);
        fs::create_dir_all(file.parent().context("a file has a folder")?)?;
        fs::write(&file, text).with_context(|| format!("{} cannot be written", file.display()))
    }
}

/// The moment that all files are said to be of: the one of the newest commit, so that who packs the same twice gets the
/// same bytes. `SOURCE_DATE_EPOCH` wins.
fn moment(root: &Path) -> Result<SystemTime> {
    let seconds = match std::env::var("SOURCE_DATE_EPOCH") {
        Ok(seconds) => seconds,
        Err(_) => {
            let log = ["log", "-1", "--format=%ct"];
            let output = Command::new("git").current_dir(root).args(log).output();
            let output = output.map(|output| output.stdout).unwrap_or_default();
            String::from_utf8(output)?
        }
    };
    let seconds = seconds.trim().parse().context(
        "neither git nor SOURCE_DATE_EPOCH tells of which moment, in seconds since 1970, the files are",
    )?;
    Ok(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
}

fn say(file: &Path) -> Result<()> {
    println!("{}: {}", file.display(), ByteSize(fs::metadata(file)?.len()));
    Ok(())
}

//! What the tests need of the machine: parts of the Rust toolchain, and Debian packages.

use std::{
    collections::BTreeSet,
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};

use crate::command::{cargo, run};

/// A command that succeeds where something is installed, and the name of the package to install.
type Need = (&'static [&'static str], &'static str);

/// Components of the Rust toolchain.
const RUST: &[Need] =
    &[(&["cargo", "fmt", "--version"], "rustfmt"), (&["cargo", "clippy", "--version"], "clippy")];
/// Debian packages.
const DEBIAN: &[Need] = &[
    (&["python3", "-c", "import ensurepip, venv"], "python3-venv"),
    (&["node", "--version"], "nodejs"),
    (&["npm", "--version"], "npm"),
    (&["/usr/bin/chromium", "--version"], "chromium"),
];
/// Debian packages without which tests are skipped and say so.
const OPTIONAL: &[Need] = &[(&["dpkg", "--status", "libfaketime"], "libfaketime")];
/// Programs whose Debian package has another name.
const PACKAGES: &[(&str, &str)] = &[
    ("column", "bsdextrautils"),
    ("go", "golang-go"),
    ("java", "openjdk-17-jre-headless"),
    ("javac", "openjdk-17-jdk-headless"),
    ("mcs", "mono-mcs"),
    ("mono", "mono-runtime"),
    ("mvn", "maven"),
    ("node", "nodejs"),
    ("php", "php-cli"),
    ("python3", "python3-venv"),
];

/// Checks that rustfmt and clippy are installed. They belong to the toolchain and are never
/// installed by this command.
///
/// # Errors
/// Where one is missing; the message says what to type.
pub fn ensure_rust() -> Result<()> {
    let missing = missing(RUST);
    if missing.is_empty() {
        return Ok(());
    }
    bail!("missing in the Rust toolchain; type: rustup component add {}", missing.join(" "))
}

/// Checks that Python with venv, Node.js, npm and Chromium are installed; with `install`, and as
/// root, installs those that are missing, and libfaketime, without which a test is skipped.
///
/// # Errors
/// Where one is missing and may not or cannot be installed; the message says what to type.
pub fn ensure_debian(install: bool) -> Result<()> {
    let mut packages = missing(DEBIAN);
    if install && is_root() {
        packages.extend(missing(OPTIONAL));
    }
    install_debian(&packages, "cargo xtask test --install", install)
}

/// Checks that these programs are on the `PATH` and these Debian packages are installed; with
/// `install`, and as root, installs those that are missing. `command` is what the user can type for
/// that.
///
/// # Errors
/// Where one is missing and may not or cannot be installed; the message says what to type.
pub fn ensure_programs<'a>(
    programs: impl Iterator<Item = &'a str>,
    packages: impl Iterator<Item = &'a str>,
    command: &str,
    install: bool,
) -> Result<()> {
    let programs = programs.filter(|program| !is_on_path(program)).map(package_of);
    let packages = packages.filter(|package| !is_installed(package));
    let missing: BTreeSet<&str> = programs.chain(packages).collect();
    install_debian(&Vec::from_iter(missing), command, install)
}

/// The target triple of this machine, such as `x86_64-unknown-linux-gnu`.
///
/// # Errors
/// Where cargo does not name it.
pub fn target_triple() -> Result<String> {
    let output = cargo().arg("-vV").output().context("cargo cannot be started")?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("cargo -vV names no host")?.to_owned())
}

fn package_of(program: &str) -> &str {
    PACKAGES.iter().find(|(name, _)| *name == program).map_or(program, |(_, package)| package)
}

fn install_debian(missing: &[&str], command: &str, install: bool) -> Result<()> {
    if missing.is_empty() {
        return Ok(());
    }
    let packages = missing.join(" ");
    if !(install && is_root()) {
        bail!(
            "missing on this machine: {packages}; \
             as root, type: {command} (or: apt-get install {packages})"
        );
    }
    run(Command::new("apt-get").args(["update", "--quiet"]))?;
    let mut install = Command::new("apt-get");
    install.args(["install", "--yes", "--quiet", "--no-install-recommends"]).args(missing);
    // Packages ask no questions during the installation.
    run(install.env("DEBIAN_FRONTEND", "noninteractive"))
        .with_context(|| format!("these Debian packages are missing: {packages}"))
}

fn is_on_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

fn is_installed(package: &str) -> bool {
    succeeds(&["dpkg", "--status", package])
}

fn missing(needs: &[Need]) -> Vec<&'static str> {
    needs.iter().filter(|(probe, _)| !succeeds(probe)).map(|(_, name)| *name).collect()
}

fn succeeds(probe: &[&str]) -> bool {
    let mut command = Command::new(probe[0]);
    command.args(&probe[1..]).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_target_triple_names_this_machines_architecture() {
        let triple = target_triple().unwrap();
        assert!(triple.starts_with(std::env::consts::ARCH), "{triple}");
        assert!(!triple.contains(char::is_whitespace), "{triple}");
    }

    #[test]
    fn a_need_whose_probe_fails_is_missing() {
        let needs: &[Need] =
            &[(&["true"], "there"), (&["false"], "broken"), (&["/no/such/program"], "absent")];
        assert_eq!(missing(needs), ["broken", "absent"]);
    }

    #[test]
    fn without_install_the_error_names_the_packages_and_what_to_type() {
        let programs = ["no-such-program", "sh"].into_iter();
        let error = ensure_programs(programs, std::iter::empty(), "the command", false);
        let error = error.unwrap_err().to_string();
        assert!(error.starts_with("missing on this machine: no-such-program; "), "{error}");
        assert!(
            error.contains("type: the command (or: apt-get install no-such-program)"),
            "{error}"
        );
    }
}

//! A proxy that checks everything that passes against the document, while the clients' scenarios
//! run through it.

use std::{
    fs::File,
    net::{Ipv4Addr, TcpListener, TcpStream},
    os::unix::process::CommandExt,
    process::Child,
    thread,
    time::Duration,
};

use anyhow::{Context, Result, bail};

use crate::{
    environment::{Environment, last_lines},
    outcome::{self, KEY, Outcome},
    scenario,
};

/// How often a connection to a starting proxy is attempted, 50 ms apart.
const MAX_ATTEMPTS: u32 = 2400;

/// Starts the proxy in front of the server at this URL, and runs every compiled client of the core
/// through it.
pub fn run<'a: 'b, 'b>(
    environment: &Environment<'a>,
    clients: impl Iterator<Item = &'b Environment<'a>>,
    url: &str,
) -> Outcome<'a> {
    let mut outcome = Outcome::new(environment.manifest);
    if !environment.is_installed() {
        outcome.stage("install", || environment.install());
    }
    outcome.stage("run", || {
        environment.copy_files()?;
        let proxy = Proxy::start(environment, url)?;
        let mut count = 0;
        for client in clients.filter(|client| client.manifest.core) {
            let name = &client.manifest.name;
            let output = outcome::run_program(client, &proxy.url);
            let checked = output.and_then(|output| scenario::check(&output));
            checked.with_context(|| format!("{name} through the proxy"))?;
            println!("           {name} through the proxy: ok");
            count += 1;
        }
        if count == 0 { bail!("no client of the core is selected") } else { Ok(()) }
    });
    outcome
}

/// A running proxy. It is killed when this value is dropped.
struct Proxy {
    process: Child,
    url: String,
}

impl Proxy {
    fn start(environment: &Environment, server: &str) -> Result<Self> {
        // The port is free now, and nothing else asks for a free one before the proxy starts.
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let mut command = environment.command(&environment.manifest.run.join("\n"));
        command.env("RUNLEDGER_URL", server).env("RUNLEDGER_KEY", KEY);
        command.env("PROXY_PORT", port.to_string());
        // In a process group of its own: the shell, npx and the proxy end together.
        let log = File::create(environment.log("run"))?;
        command.stdout(log.try_clone()?).stderr(log).process_group(0);
        let process = command.spawn().context("the proxy cannot be started")?;
        let mut proxy = Self { process, url: format!("http://127.0.0.1:{port}") };
        proxy.wait_until_it_listens(environment, port)?;
        Ok(proxy)
    }

    fn wait_until_it_listens(&mut self, environment: &Environment, port: u16) -> Result<()> {
        for _ in 0..MAX_ATTEMPTS {
            if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() {
                return Ok(());
            }
            if let Some(status) = self.process.try_wait()? {
                let output = environment.output("run");
                bail!("the proxy ended before it listened ({status}):\n{}", last_lines(&output));
            }
            thread::sleep(Duration::from_millis(50));
        }
        bail!("the proxy does not listen:\n{}", last_lines(&environment.output("run")))
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let group = nix::unistd::Pid::from_raw(self.process.id().cast_signed());
        // Killing fails where it has ended by itself; it is waited for in either case.
        let _ = nix::sys::signal::killpg(group, nix::sys::signal::Signal::SIGKILL);
        let _ = self.process.wait();
    }
}

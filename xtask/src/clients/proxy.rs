//! A proxy that holds everything that passes to the document, with the clients' scenarios going through it.

use std::{
    fs::File,
    net::{Ipv4Addr, TcpListener, TcpStream},
    os::unix::process::CommandExt,
    process::Child,
    thread,
    time::Duration,
};

use anyhow::{Context, Result, bail};

use super::{
    manifest::SetUp,
    scenario,
    trial::{self, KEY, Trial},
    workshop::{Workshop, ending},
};

/// Starts the proxy before the server at this address, and lets each client go through it that has been compiled.
pub fn run<'a, 'b>(
    set_up: &'a SetUp,
    workshop: &Workshop,
    clients: impl Iterator<Item = (&'b SetUp, &'b Workshop<'b>)>,
    url: &str,
) -> Trial<'a> {
    let mut trial = Trial::new(set_up);
    if !workshop.is_installed() {
        trial.stage("install", || workshop.install());
    }
    trial.stage("run", || {
        workshop.lay_out()?;
        let proxy = Proxy::start(set_up, workshop, url)?;
        let mut tried = 0;
        for (client, workshop) in clients.filter(|(client, _)| client.core) {
            let printed = trial::type_run(client, workshop, &proxy.url);
            let through = printed.and_then(|printed| scenario::check(&printed));
            through.with_context(|| format!("{} through it", client.name))?;
            println!("           {} through it: ok", client.name);
            tried += 1;
        }
        if tried == 0 { bail!("no client of the core was chosen to go through it") } else { Ok(()) }
    });
    trial
}

/// A proxy that ends with this value.
struct Proxy {
    process: Child,
    url: String,
}

impl Proxy {
    fn start(set_up: &SetUp, workshop: &Workshop, server: &str) -> Result<Self> {
        // Free at this moment; nothing else asks for one of its own meanwhile.
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let mut command = workshop.command(&set_up.run.join("\n"));
        command.env("RUNLEDGER_URL", server).env("RUNLEDGER_KEY", KEY);
        command.env("PROXY_PORT", port.to_string());
        // A group of its own: the shell, npx and the proxy end together.
        let log = File::create(workshop.log("run"))?;
        command.stdout(log.try_clone()?).stderr(log).process_group(0);
        let process = command.spawn().context("the proxy cannot be started")?;
        let mut proxy = Self { process, url: format!("http://127.0.0.1:{port}") };
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            if let Some(status) = proxy.process.try_wait()? {
                let said = workshop.said("run");
                bail!("the proxy ended before it listened ({status}):\n{}", ending(&said));
            }
            thread::sleep(Duration::from_millis(50));
        }
        Ok(proxy)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let group = nix::unistd::Pid::from_raw(self.process.id().cast_signed());
        // It may have ended by itself; either way it is waited for.
        let _ = nix::sys::signal::killpg(group, nix::sys::signal::Signal::SIGKILL);
        let _ = self.process.wait();
    }
}

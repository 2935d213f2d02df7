//! `runledger list`, `show` and `tail` on a pseudo-terminal, with its width and colors.

use std::{
    fs::{File, OpenOptions},
    io::{Read, Write},
    os::unix::{ffi::OsStrExt, process::ExitStatusExt},
    path::Path,
    process::{Child, Command, ExitStatus},
};

use program_harness::{Folder, Server, call};
use rustix::{
    pty::{OpenptFlags, openpt, ptsname, unlockpt},
    termios::{Winsize, tcsetwinsize},
};
use unicode_width::UnicodeWidthStr;

use crate::{
    exec::exec,
    terminal::{import, run},
};

const RED_STATE: &str = "\u{1b}[31m✗ FAILED\u{1b}[0m";

/// A program on a terminal of its own.
struct Terminal {
    process: Child,
    /// The other end of the pseudo-terminal.
    keyboard: File,
    /// What the program has written since the last text that was expected.
    output: Vec<u8>,
}

impl Terminal {
    /// Starts the program on a terminal with this number of columns.
    fn start(folder: &Folder, columns: u16, arguments: &[&str]) -> Self {
        // No other process that is started meanwhile may inherit an end.
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        let keyboard = openpt(flags).unwrap();
        unlockpt(&keyboard).unwrap();
        let name = ptsname(&keyboard, Vec::new()).unwrap();
        let path = Path::new(std::ffi::OsStr::from_bytes(name.as_bytes()));
        let terminal = OpenOptions::new().read(true).write(true).open(path).unwrap();
        let size = Winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&terminal, size).unwrap();
        let program = folder.program(arguments);
        // Ctrl-C reaches the process only if the terminal is the one that controls it.
        let mut command = Command::new("setsid");
        command.arg("--ctty").arg(program.get_program()).args(program.get_args());
        command.current_dir(folder.path(""));
        for (name, value) in program.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command.env("TERM", "xterm-256color");
        command.env_remove("NO_COLOR").env_remove("CLICOLOR").env_remove("CLICOLOR_FORCE");
        let end = || terminal.try_clone().unwrap();
        let process = command.stdin(end()).stdout(end()).stderr(end()).spawn().unwrap();
        Self { process, keyboard: keyboard.into(), output: Vec::new() }
    }

    /// Waits for this text, and returns all up to it.
    fn expect(&mut self, text: &str) -> String {
        loop {
            let mut windows = self.output.windows(text.len());
            if let Some(at) = windows.position(|window| window == text.as_bytes()) {
                let rest = self.output.split_off(at + text.len());
                let output = std::mem::replace(&mut self.output, rest);
                return String::from_utf8(output).unwrap();
            }
            assert!(self.read(), "{text:?}: {}", String::from_utf8_lossy(&self.output));
        }
    }

    /// Everything up to the end of the program, and its status.
    fn end(mut self) -> (String, ExitStatus) {
        while self.read() {}
        (String::from_utf8(self.output).unwrap(), self.process.wait().unwrap())
    }

    /// Reads more; `false` once the program has closed the terminal, which is an error of the read.
    fn read(&mut self) -> bool {
        let mut buffer = [0; 4096];
        let length = self.keyboard.read(&mut buffer).unwrap_or(0);
        self.output.extend_from_slice(&buffer[..length]);
        length > 0
    }
}

/// The output of a program on a terminal with this number of columns, without the carriage returns.
fn screen(folder: &Folder, columns: u16, arguments: &[&str]) -> String {
    let (output, status) = Terminal::start(folder, columns, arguments).end();
    assert!(status.success(), "{output}");
    output.replace("\r\n", "\n")
}

/// The lines without escape sequences.
fn plain(text: &str) -> Vec<String> {
    anstream::adapter::strip_str(text).to_string().lines().map(str::to_owned).collect()
}

fn expect_width(lines: &[String], columns: usize) {
    assert!(lines.iter().all(|line| line.width() <= columns), "{columns}: {lines:#?}");
}

/// A folder with two runs of `exec` whose workflow has a long name; the newer one failed.
fn folder() -> Folder {
    let folder = Folder::new();
    let time = |minute| format!("2025-01-04T12:0{minute}:00Z");
    let mut runs = [
        run("exec_0198c5b0a3f29b1c2d3e4f50", "SUCCEEDED", &time(1)),
        run("exec_0198c5b0a3f29b1c2d3e4f51", "FAILED", &time(2)),
    ];
    for run in &mut runs {
        run["workflow_id"] = "nightly-backup-of-the-database-of-every-tenant".into();
        run["finished_at"] = time(9).into();
    }
    import(&folder, &runs);
    folder
}

#[test]
fn a_list_has_the_width_and_the_colors_of_the_terminal() {
    let folder = folder();
    let list = |columns| screen(&folder, columns, &["list", "--tenant", "acme", "--failed"]);
    for columns in [40, 60, 80, 120] {
        let list = list(columns);
        assert!(list.contains(RED_STATE), "{list}");
        let lines = plain(&list);
        let end = lines.iter().position(String::is_empty).unwrap();
        expect_width(&lines[..end], columns.into());
        let has_id = |line: &&String| line.ends_with("exec_0198c5b0a3f29b1c2d3e4f51");
        let id = lines.iter().find(has_id).unwrap();
        assert_eq!(id.starts_with("✗ FAILED"), columns >= 80, "{lines:#?}");
        assert_eq!(lines[end - 1].trim(), "copy: no space on disk");
        assert_eq!(lines[end + 1], "1 run. In total, 0 succeeded and 1 failed.");
        assert!(lines[end + 2].starts_with("Details: runledger show exec_"), "{lines:#?}");
    }
    assert!(list(120).contains("nightly-backup-of-the-database-of-every-tenant"));
}

#[test]
fn a_run_is_shown_with_colors_and_what_to_type_next() {
    let folder = folder();
    let arguments = ["show", "exec_0198c5b0a3f29b1c2d3e4f51", "--tenant", "acme"];
    for columns in [60, 80] {
        let shown = screen(&folder, columns, &arguments);
        assert!(shown.starts_with(RED_STATE), "{shown}");
        let lines = plain(&shown);
        let next = lines.iter().rposition(String::is_empty).unwrap();
        expect_width(&lines[..next], columns.into());
        assert!(lines[next + 1].starts_with("Runs of the workflow: runledger list"), "{lines:#?}");
    }
}

#[test]
fn tail_shows_a_run_as_it_happens_and_ends_with_ctrl_c() {
    let folder = folder();
    let key = folder.key("acme");
    let server = Server::start(&folder, &[]);
    let arguments = ["tail", "--tenant", "acme", "--limit", "1"];
    let mut tail = Terminal::start(&folder, 80, &arguments);
    let start = tail.expect("Ctrl-C ends\r\n");
    assert!(start.contains("\u{1b}[31m✗ FAILED "), "{start}");
    expect_width(&plain(&start), 80);
    call(&mut exec(&folder, &server.url, &key, "job", "echo full >&2; exit 3"));
    let failed = tail.expect("sh: full\u{1b}[0m\r\n");
    expect_width(&plain(&failed), 80);
    let line = plain(&failed).into_iter().find(|line| line.contains("✗ FAILED")).unwrap();
    assert!(line.contains("  job ") && line.contains("  exec_"), "{failed}");

    tail.keyboard.write_all(b"\x03").unwrap();
    let (rest, status) = tail.end();
    assert_eq!((&*rest, status.signal()), ("^C", Some(2)));
}

//! `cargo xtask walk`: does to a copy of the tree what CONTRIBUTING.md says, so that the page cannot rot.

use std::{
    fs,
    path::Path,
    process::{Command, ExitCode},
};

use anyhow::{Context, Result, bail, ensure};

use tools_support::{command::run as run_command, tree::Tree};

const PAGE: &str = "CONTRIBUTING.md";

/// Something that the page tells its reader to do.
#[derive(Debug, PartialEq)]
enum Step {
    /// Make a file of these contents.
    Create { file: String, contents: String },
    /// In a file, put the second text in the place of the first, which stands there once.
    Change { file: String, old: String, new: String },
    /// Run a command, and see these lines in what it prints.
    Run { command: String, printed: Vec<String> },
}

/// Follows the page on a copy of the tree under `target/trees`, which it makes anew.
///
/// # Errors
/// Where a step cannot be done, or a command does not do what the page shows.
pub fn run(root: &Path) -> Result<ExitCode> {
    let page = fs::read_to_string(root.join(PAGE)).context(PAGE)?;
    let steps = steps(&page)?;
    let tree = Tree::copy(root, "walk")?;
    // What the page shows of `diff` is the difference from the main branch.
    let mut git = Command::new("git");
    run_command(git.current_dir(&tree.path).args(["switch", "--quiet", "--create", "workflows"]))?;
    for step in &steps {
        take(step, &tree.path, &|command| tree.set_environment(command))?;
    }
    println!("{} steps of {PAGE} were taken", steps.len());
    Ok(ExitCode::SUCCESS)
}

/// Reads the steps off the page: its fenced blocks, and the file that was named last before each.
fn steps(page: &str) -> Result<Vec<Step>> {
    let (mut steps, mut file) = (Vec::new(), String::new());
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let Some(language) = line.strip_prefix("```") else {
            let spans = line.split('`').skip(1).step_by(2);
            file = spans.filter(|span| is_file(span)).last().map_or(file, str::to_owned);
            continue;
        };
        let block: Vec<_> = lines.by_ref().take_while(|line| *line != "```").collect();
        match language {
            "rust" => {
                let contents = block.join("\n") + "\n";
                steps.push(Step::Create { file: file.clone(), contents });
            }
            "diff" => steps.push(Step::Change {
                file: file.clone(),
                old: side(&block, '-')?,
                new: side(&block, '+')?,
            }),
            "console" => steps.extend(commands(&block)?),
            other => bail!("{PAGE}: a block of {other:?} is none that the walk knows"),
        }
    }
    Ok(steps)
}

fn is_file(span: &str) -> bool {
    span.contains('/') && span.ends_with(".rs") && !span.contains(' ')
}

/// What a block with pluses and minuses looks like before (`-`) or after (`+`).
fn side(block: &[&str], mark: char) -> Result<String> {
    let mut side = String::new();
    for line in block {
        let own = line.chars().next().context("an empty line in a block of changes")?;
        ensure!(
            ['+', '-', ' '].contains(&own),
            "{line:?} begins with none of plus, minus and blank"
        );
        if own == mark || own == ' ' {
            side += &line[1..];
            side.push('\n');
        }
    }
    Ok(side)
}

fn commands(block: &[&str]) -> Result<Vec<Step>> {
    let mut steps = Vec::new();
    for line in block {
        match (line.strip_prefix("$ "), steps.last_mut()) {
            (Some(command), _) => {
                steps.push(Step::Run { command: command.to_owned(), printed: Vec::new() });
            }
            (None, Some(Step::Run { printed, .. })) => printed.push((*line).to_owned()),
            (None, _) => bail!("{line:?} is printed by no command"),
        }
    }
    Ok(steps)
}

/// Takes a step in the copy; its commands are dressed for it.
fn take(step: &Step, copy: &Path, dress: &dyn Fn(&mut Command)) -> Result<()> {
    match step {
        Step::Create { file, contents } => {
            println!("{PAGE}: makes {file}");
            ensure!(!copy.join(file).exists(), "{file} is there already");
            fs::write(copy.join(file), contents).with_context(|| file.clone())
        }
        Step::Change { file, old, new } => {
            println!("{PAGE}: changes {file}");
            let path = copy.join(file);
            let text = fs::read_to_string(&path).with_context(|| file.clone())?;
            let times = text.matches(old.as_str()).count();
            ensure!(times == 1, "{PAGE} changes what stands {times} times in {file}:\n{old}");
            fs::write(&path, text.replacen(old.as_str(), new, 1)).with_context(|| file.clone())
        }
        Step::Run { command, printed } => {
            println!("{PAGE}: runs {command}");
            let mut shell = Command::new("sh");
            shell.current_dir(copy).args(["-c", &format!("( {command} ) 2>&1")]);
            dress(&mut shell);
            let output = shell.output().context("sh cannot be started")?;
            let text = String::from_utf8_lossy(&output.stdout);
            ensure!(output.status.success(), "{command}: {}\n{text}", output.status);
            for line in printed {
                ensure!(text.contains(line.as_str()), "{command} does not print {line:?}:\n{text}");
            }
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_read_as_its_reader_reads_it() {
        let page = "Say `cargo xtask`. In `a/b.rs`, new:\n\n```rust\nfn f() {}\n```\n\nThere, too:\n\n```diff\n fn f()\n-a\n+b\n```\n\n\
                    ```console\n$ echo one\none\n$ true\n```\n";
        let file = || "a/b.rs".to_owned();
        let run = |command: &str, printed: &[&str]| Step::Run {
            command: command.to_owned(),
            printed: printed.iter().map(|line| (*line).to_owned()).collect(),
        };
        assert_eq!(
            steps(page).unwrap(),
            [
                Step::Create { file: file(), contents: "fn f() {}\n".into() },
                Step::Change { file: file(), old: "fn f()\na\n".into(), new: "fn f()\nb\n".into() },
                run("echo one", &["one"]),
                run("true", &[]),
            ]
        );
        assert!(steps("```sh\nls\n```\n").is_err());
    }

    #[test]
    fn a_step_that_cannot_be_taken_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let copy = folder.path();
        fs::write(copy.join("a.rs"), "one\ntwo\ntwo\n").unwrap();
        let change =
            |old: &str| Step::Change { file: "a.rs".into(), old: old.into(), new: "x\n".into() };
        let run = |command: &str, printed: &str| Step::Run {
            command: command.into(),
            printed: vec![printed.into()],
        };
        take(&change("one\n"), copy, &|_| ()).unwrap();
        take(&run("echo out; echo err >&2", "err"), copy, &|_| ()).unwrap();
        for bad in [
            change("two\n"),
            change("gone\n"),
            Step::Create { file: "a.rs".into(), contents: String::new() },
            run("exit 3", ""),
            run("echo other", "one"),
        ] {
            assert!(take(&bad, copy, &|_| ()).is_err(), "{bad:?}");
        }
        assert_eq!(fs::read_to_string(copy.join("a.rs")).unwrap(), "x\ntwo\ntwo\n");
    }
}

//! Does what CONTRIBUTING.md says in a copy of the tree, so that the page stays correct.

use std::{
    fs,
    path::Path,
    process::{Command, ExitCode},
};

use anyhow::{Context, Result, bail, ensure};

use tools_support::{command::run, tree::Tree, workspace};

const PAGE: &str = "CONTRIBUTING.md";

/// A step of the page.
#[derive(Debug, PartialEq)]
enum Step {
    /// Create a file with these contents.
    Create { file: String, contents: String },
    /// Replace the first text, which the file contains once, by the second.
    Change { file: String, old: String, new: String },
    /// Run a command whose output contains these lines.
    Run { command: String, printed: Vec<String> },
}

fn main() -> ExitCode {
    match follow(&workspace::root()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Follows the page in a copy of the tree under `target/trees`.
fn follow(root: &Path) -> Result<()> {
    let page = fs::read_to_string(root.join(PAGE)).context(PAGE)?;
    let steps = steps(&page)?;
    let tree = Tree::copy(root, "walkthrough")?;
    // The page shows `diff` against the main branch.
    let mut git = Command::new("git");
    run(git.current_dir(&tree.path).args(["switch", "--quiet", "--create", "workflows"]))?;
    for step in &steps {
        step.apply(&tree.path, &|command| tree.set_environment(command))?;
    }
    println!("{} steps of {PAGE} passed", steps.len());
    Ok(())
}

/// The steps of the page: its fenced blocks, each with the file that is named last before it.
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
            "rust" | "sql" => {
                let contents = block.join("\n") + "\n";
                steps.push(Step::Create { file: file.clone(), contents });
            }
            "diff" => steps.push(Step::Change {
                file: file.clone(),
                old: side(&block, '-')?,
                new: side(&block, '+')?,
            }),
            "console" => steps.extend(commands(&block)?),
            other => bail!("{PAGE}: blocks of {other:?} are not supported"),
        }
    }
    Ok(steps)
}

fn is_file(span: &str) -> bool {
    let extension = span.ends_with(".rs") || span.ends_with(".sql");
    extension && span.contains('/') && !span.contains(' ')
}

/// The text of a block of changes before (`-`) or after (`+`) them.
fn side(block: &[&str], mark: char) -> Result<String> {
    let mut side = String::new();
    for line in block {
        let own = line.chars().next().context("an empty line in a block of changes")?;
        ensure!(
            ['+', '-', ' '].contains(&own),
            "{line:?} does not begin with a plus, a minus or a space"
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
            (None, _) => bail!("{line:?} is not the output of a command"),
        }
    }
    Ok(steps)
}

impl Step {
    /// Applies the step in the copy; `set_environment` prepares its commands.
    fn apply(&self, copy: &Path, set_environment: &dyn Fn(&mut Command)) -> Result<()> {
        match self {
            Step::Create { file, contents } => {
                println!("{PAGE}: creates {file}");
                ensure!(!copy.join(file).exists(), "{file} exists already");
                fs::write(copy.join(file), contents).with_context(|| file.clone())
            }
            Step::Change { file, old, new } => {
                println!("{PAGE}: changes {file}");
                let path = copy.join(file);
                let text = fs::read_to_string(&path).with_context(|| file.clone())?;
                let count = text.matches(old.as_str()).count();
                ensure!(
                    count == 1,
                    "{PAGE} replaces a text that {file} contains {count} times:\n{old}"
                );
                fs::write(&path, text.replacen(old.as_str(), new, 1)).with_context(|| file.clone())
            }
            Step::Run { command, printed } => {
                println!("{PAGE}: runs {command}");
                let mut shell = Command::new("sh");
                shell.current_dir(copy).args(["-c", &format!("( {command} ) 2>&1")]);
                set_environment(&mut shell);
                let output = shell.output().context("sh cannot be started")?;
                let text = String::from_utf8_lossy(&output.stdout);
                ensure!(output.status.success(), "{command}: {}\n{text}", output.status);
                for line in printed {
                    ensure!(
                        text.contains(line.as_str()),
                        "{command} does not print {line:?}:\n{text}"
                    );
                }
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_the_fenced_blocks_with_the_files_named_before() {
        let page = concat!(
            "Say `cargo xtask`. In `a/b.rs`, new:\n\n```rust\nfn f() {}\n```\n\n",
            "There, too:\n\n```diff\n fn f()\n-a\n+b\n```\n\n",
            "```console\n$ echo one\none\n$ true\n```\n",
        );
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
    fn a_step_that_cannot_be_applied_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let copy = folder.path();
        fs::write(copy.join("a.rs"), "one\ntwo\ntwo\n").unwrap();
        let change =
            |old: &str| Step::Change { file: "a.rs".into(), old: old.into(), new: "x\n".into() };
        let run = |command: &str, printed: &str| Step::Run {
            command: command.into(),
            printed: vec![printed.into()],
        };
        change("one\n").apply(copy, &|_| ()).unwrap();
        run("echo out; echo err >&2", "err").apply(copy, &|_| ()).unwrap();
        for bad in [
            change("two\n"),
            change("gone\n"),
            Step::Create { file: "a.rs".into(), contents: String::new() },
            run("exit 3", ""),
            run("echo other", "one"),
        ] {
            assert!(bad.apply(copy, &|_| ()).is_err(), "{bad:?}");
        }
        assert_eq!(fs::read_to_string(copy.join("a.rs")).unwrap(), "x\ntwo\ntwo\n");
    }
}

//! What people read in a terminal: its width and colors, and texts, times and states as they are
//! shown there.

pub mod runs;
mod state;
mod text;
mod times;

use std::{
    env,
    ffi::OsString,
    io::{self, IsTerminal},
};

use anstyle::Style;

pub use state::State;
pub use text::{harmless, harmless_lines, pad, shell_word, shortened, width};
pub use times::{age, elapsed, span, time, time_of_day};

/// The narrowest terminal that the layout adapts to, in columns.
const MIN_WIDTH: usize = 40;

/// Where a command writes to.
#[derive(Clone, Copy, Debug)]
pub struct Screen {
    /// Number of columns; `None` if the output is not a terminal, so that nothing is shortened.
    pub width: Option<usize>,
    /// Whether colors are shown.
    pub color: bool,
}

impl Screen {
    /// Standard output.
    pub fn of_stdout() -> Self {
        let is_terminal = io::stdout().is_terminal();
        let size = is_terminal.then(terminal_size::terminal_size).flatten();
        let width = size.map_or(80, |(columns, _)| usize::from(columns.0)).max(MIN_WIDTH);
        Self {
            width: is_terminal.then_some(width),
            color: shows_color(is_terminal, |name| env::var_os(name)),
        }
    }

    /// The text in this style, if colors are shown.
    pub fn paint(&self, style: Style, text: &str) -> String {
        match self.color && !text.is_empty() {
            true => format!("{style}{text}{style:#}"),
            false => text.to_owned(),
        }
    }

    /// The text in a line of its own after so many columns, with an ellipsis if it does not fit.
    pub fn fitted(&self, text: &str, indent: usize) -> String {
        let columns = self.width.map_or(usize::MAX, |columns| columns.saturating_sub(indent));
        shortened(text, columns)
    }

    /// The text as something less important.
    pub fn dim(&self, text: &str) -> String {
        self.paint(Style::new().dimmed(), text)
    }

    /// The text as something more important.
    pub fn bold(&self, text: &str) -> String {
        self.paint(Style::new().bold(), text)
    }
}

/// Whether colors are shown: on a terminal, unless `NO_COLOR`, `CLICOLOR_FORCE`, `CLICOLOR` or
/// `TERM` says otherwise, in this order. <https://no-color.org> and <https://bixense.com/clicolors>
/// describe them; anstream takes `CLICOLOR_FORCE=0` as a wish for colors.
fn shows_color(is_terminal: bool, variable: impl Fn(&str) -> Option<OsString>) -> bool {
    let is = |name, value: &str| variable(name).is_some_and(|given| given == value);
    let is_set = |name| variable(name).is_some_and(|value| !value.is_empty());
    if is_set("NO_COLOR") {
        return false;
    }
    if is_set("CLICOLOR_FORCE") && !is("CLICOLOR_FORCE", "0") {
        return true;
    }
    is_terminal && !is("CLICOLOR", "0") && is_set("TERM") && !is("TERM", "dumb")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colors_are_shown_on_a_terminal_that_has_them_or_if_they_are_forced() {
        let color = |is_terminal, variables: &[(&str, &str)]| {
            let value = |name: &str| {
                let found = variables.iter().find(|(variable, _)| *variable == name);
                found.map(|(_, value)| OsString::from(value))
            };
            shows_color(is_terminal, value)
        };
        let term = ("TERM", "xterm");
        assert!(color(true, &[term]) && !color(false, &[term]));
        assert!(!color(true, &[]) && !color(true, &[("TERM", "dumb")]));
        assert!(!color(true, &[term, ("CLICOLOR", "0")]));
        assert!(!color(true, &[term, ("NO_COLOR", "1")]) && color(true, &[term, ("NO_COLOR", "")]));
        assert!(color(false, &[("CLICOLOR_FORCE", "1")]));
        assert!(!color(false, &[("CLICOLOR_FORCE", "0")]));
        assert!(color(true, &[term, ("CLICOLOR_FORCE", "0")]));
        assert!(!color(true, &[term, ("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
    }

    #[test]
    fn a_style_is_reset_after_its_text() {
        let screen = Screen { width: None, color: true };
        assert_eq!(screen.bold("a"), "\u{1b}[1ma\u{1b}[0m");
        assert_eq!(screen.bold(""), "");
        assert_eq!(Screen { color: false, ..screen }.dim("a"), "a");
    }
}

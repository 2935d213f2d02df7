//! What people read in a terminal: its width and colors, and texts, times and states as they are
//! shown there.

mod state;
mod text;
mod times;

use std::io::{self, IsTerminal};

use anstream::{AutoStream, ColorChoice};
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
    /// Standard output. Colors are shown on a terminal; `NO_COLOR` and `CLICOLOR_FORCE` change
    /// that, as <https://bixense.com/clicolors> describes.
    pub fn of_stdout() -> Self {
        let stdout = io::stdout();
        let is_terminal = stdout.is_terminal();
        let size = is_terminal.then(terminal_size::terminal_size).flatten();
        let width = size.map_or(80, |(columns, _)| usize::from(columns.0)).max(MIN_WIDTH);
        Self {
            width: is_terminal.then_some(width),
            color: AutoStream::choice(&stdout) != ColorChoice::Never,
        }
    }

    /// The text in this style, if colors are shown.
    pub fn paint(&self, style: Style, text: &str) -> String {
        match self.color && !text.is_empty() {
            true => format!("{style}{text}{style:#}"),
            false => text.to_owned(),
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_style_is_reset_after_its_text() {
        let screen = Screen { width: None, color: true };
        assert_eq!(screen.bold("a"), "\u{1b}[1ma\u{1b}[0m");
        assert_eq!(screen.bold(""), "");
        assert_eq!(Screen { color: false, ..screen }.dim("a"), "a");
    }
}

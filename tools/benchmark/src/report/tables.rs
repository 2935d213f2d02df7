//! Tables in Markdown.

use std::fmt::{Display, Write};

/// A table whose first column has names, and the others figures.
pub struct Table {
    columns: usize,
    text: String,
}

impl Table {
    /// An empty table with these column titles.
    pub fn new(titles: &[&str]) -> Self {
        let rule = vec!["---:"; titles.len() - 1].join(" | ");
        let text = format!("| {} |\n| --- | {rule} |\n", titles.join(" | "));
        Self { columns: titles.len(), text }
    }

    /// Adds a row.
    ///
    /// # Panics
    /// Where it has more or fewer cells than there are titles.
    pub fn row(&mut self, name: impl Display, figures: &[String]) {
        assert_eq!(figures.len() + 1, self.columns, "{name}");
        let _ = writeln!(self.text, "| {name} | {} |", figures.join(" | "));
    }

    /// The table as text.
    pub fn text(self) -> String {
        self.text
    }
}

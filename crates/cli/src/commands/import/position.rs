//! Where a run is in an input.

use std::fmt;

/// Where a record is in the input. Positions are in the order of the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The number of its first line, counted from 1.
    pub line: u64,
    /// Its number in the array, counted from 1; `None` outside of an array.
    pub element: Option<u64>,
}

/// The number of the line, or that of the element and the line. An array on one line needs none.
impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self { line, element: None } => write!(f, "{line}"),
            Self { line: 1, element: Some(element) } => write!(f, "{element}"),
            Self { line, element: Some(element) } => write!(f, "{element} (line {line})"),
        }
    }
}

//! How runs are spread over time and workflows.

use std::fmt;

/// A shape of data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Shape {
    /// 40 workflows, evenly spread over 90 days
    Even,
    /// 40 workflows, all runs within one hour
    Hour,
    /// 10,000 workflows, evenly spread over 90 days
    Workflows,
}

const HOUR_MS: i64 = 60 * 60 * 1000;

impl Shape {
    /// All shapes.
    pub const ALL: [Self; 3] = [Self::Even, Self::Hour, Self::Workflows];

    /// From the oldest run to the end of the data, in milliseconds.
    pub fn span_ms(self) -> i64 {
        match self {
            Self::Even | Self::Workflows => 90 * 24 * HOUR_MS,
            Self::Hour => HOUR_MS,
        }
    }

    /// The number of workflows.
    pub fn workflows(self) -> u64 {
        match self {
            Self::Even | Self::Hour => 40,
            Self::Workflows => 10_000,
        }
    }

    /// A name for files.
    pub fn file_name(self) -> &'static str {
        match self {
            Self::Even => "even",
            Self::Hour => "hour",
            Self::Workflows => "workflows",
        }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Even => "evenly spread over 90 days",
            Self::Hour => "all within one hour",
            Self::Workflows => "10,000 workflows",
        })
    }
}

//! The closed sets of documented words: states and types.

use std::{borrow::Cow, fmt};

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de::Error};
use utoipa::ToSchema;

use crate::excerpt::excerpt;

/// Declares a closed set of words once for serde, both schemas and lookups. The words are `tt`, not
/// `literal`: utoipa silently ignores a `rename` whose value is a `literal` fragment.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($variant:ident = $word:tt),+ $(,)? }) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, ToSchema, JsonSchema)]
        $(#[$meta])*
        pub enum $name {
            $(#[doc = concat!("`", $word, "`")] #[serde(rename = $word)] $variant,)+
        }

        impl $name {
            /// Every value, in the documentation's order.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word in JSON and in a query.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// The value of this word; case-sensitive.
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }

            /// The value of this word, or what is wrong with it.
            pub(crate) fn parse(word: &str) -> Result<Self, String> {
                Self::from_word(word).ok_or_else(|| {
                    let words = [$($word),+].join(", ");
                    format!("must be one of {words}, not {:?}", excerpt(word))
                })
            }
        }

        // Not derived: the error of serde's derived code for a wrong type names no words.
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
                let word = Cow::<str>::deserialize(json)?;
                Self::parse(&word).map_err(D::Error::custom)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

pub(crate) use words;

words! {
    /// State of a run. PENDING, RUNNING and PAUSED are live. SUCCEEDED, FAILED and CANCELLED are
    /// final: a run in a final state never becomes live again.
    WorkflowRunStatus {
        Pending = "PENDING",
        Running = "RUNNING",
        Succeeded = "SUCCEEDED",
        Failed = "FAILED",
        Cancelled = "CANCELLED",
        Paused = "PAUSED",
    }
}

impl WorkflowRunStatus {
    /// Whether a run in this state has finished.
    pub fn is_final(self) -> bool {
        match self {
            Self::Succeeded | Self::Failed | Self::Cancelled => true,
            Self::Pending | Self::Running | Self::Paused => false,
        }
    }
}

words! {
    /// Which runs a list contains: those in one state, or `all`, which is the same as no filter.
    #[schema(default = "all")]
    #[schemars(extend("default" = "all"))]
    WorkflowRunStatusFilter {
        Pending = "PENDING",
        Running = "RUNNING",
        Succeeded = "SUCCEEDED",
        Failed = "FAILED",
        Cancelled = "CANCELLED",
        Paused = "PAUSED",
        All = "all",
    }
}

impl WorkflowRunStatusFilter {
    /// The state to filter by; `None` for `all`.
    pub fn status(self) -> Option<WorkflowRunStatus> {
        WorkflowRunStatus::from_word(self.as_str())
    }
}

words! {
    /// State of a step: not started, running, or finished with either result.
    StepStatus {
        Pending = "PENDING",
        Running = "RUNNING",
        Succeeded = "SUCCEEDED",
        Failed = "FAILED",
    }
}

words! {
    /// Type of a step: TRIGGER, which started the run, or PIECE, a part of the work.
    StepType {
        Trigger = "TRIGGER",
        Piece = "PIECE",
    }
}

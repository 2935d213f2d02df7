//! What state a run or a step is in.

use std::{borrow::Cow, fmt};

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de::Error};
use utoipa::ToSchema;

use crate::json::shortened;

/// Declares a closed set of documented words, once for serde, both schemas and look-ups. The words are `tt`, not
/// `literal`: utoipa silently ignores a `rename` whose value comes in through a `literal` fragment.
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

            /// The word as it stands in JSON and in a query.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// The value that this word stands for; case matters.
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }

        // Not derived: serde's own error about what is no string says nothing.
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
                let word = Cow::<str>::deserialize(json)?;
                Self::from_word(&word).ok_or_else(|| D::Error::custom(one_of(&[$($word),+], &word)))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

words! {
    /// State of a run. PENDING, RUNNING and PAUSED are live; SUCCEEDED, FAILED and CANCELLED are final: a run
    /// that reached one of these never becomes live again.
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
    /// Whether a run in this state is over for good.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Cancelled)
    }
}

words! {
    /// Which runs a list shows: those in one state, or `all`, which is the same as leaving the filter out.
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
    /// The one state that is let through; `None` for `all`.
    pub fn status(self) -> Option<WorkflowRunStatus> {
        WorkflowRunStatus::from_word(self.as_str())
    }
}

words! {
    /// State of a step: waiting, at work, or done with either result.
    StepStatus {
        Pending = "PENDING",
        Running = "RUNNING",
        Succeeded = "SUCCEEDED",
        Failed = "FAILED",
    }
}

words! {
    /// What a step is: TRIGGER, which set the run off, or PIECE, a part of the workflow's work.
    StepType {
        Trigger = "TRIGGER",
        Piece = "PIECE",
    }
}

/// What is said about a word that is none of these.
pub(crate) fn one_of(words: &[&str], given: &str) -> String {
    format!("must be one of {}, not {:?}", words.join(", "), shortened(given))
}

//! Storage codes: the numbers that stand for statuses and types in a database.
//!
//! A code never changes and is never given to another value, because databases contain it. The
//! order of the variants in the model does not matter here. Code 0 is never used; the counts use it
//! for "any".

use runledger_model::{StepStatus, StepType, WorkflowRunStatus};

/// A closed set of values, each of which is stored as a number.
pub trait StorageCode: Sized {
    /// The number that is stored for this value, at least 1.
    fn code(self) -> i64;

    /// The value that this number is stored for.
    ///
    /// # Errors
    /// [`UnknownCode`] if there is none.
    fn from_code(code: i64) -> Result<Self, UnknownCode>;
}

/// A number that is stored for no value. The database was damaged, or written by a newer program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code} is not the storage code of a {of}")]
pub struct UnknownCode {
    /// The number.
    pub code: i64,
    /// What the number was read as.
    pub of: &'static str,
}

impl StorageCode for WorkflowRunStatus {
    fn code(self) -> i64 {
        match self {
            Self::Pending => 1,
            Self::Running => 2,
            Self::Succeeded => 3,
            Self::Failed => 4,
            Self::Cancelled => 5,
            Self::Paused => 6,
        }
    }

    fn from_code(code: i64) -> Result<Self, UnknownCode> {
        find(Self::ALL, code, "run status")
    }
}

impl StorageCode for StepStatus {
    fn code(self) -> i64 {
        match self {
            Self::Pending => 1,
            Self::Running => 2,
            Self::Succeeded => 3,
            Self::Failed => 4,
        }
    }

    fn from_code(code: i64) -> Result<Self, UnknownCode> {
        find(Self::ALL, code, "step status")
    }
}

impl StorageCode for StepType {
    fn code(self) -> i64 {
        match self {
            Self::Trigger => 1,
            Self::Piece => 2,
        }
    }

    fn from_code(code: i64) -> Result<Self, UnknownCode> {
        find(Self::ALL, code, "step type")
    }
}

/// Decoding searches `ALL`, so that only the `match` states a code.
fn find<T: StorageCode + Copy>(all: &[T], code: i64, of: &'static str) -> Result<T, UnknownCode> {
    all.iter().copied().find(|value| value.code() == code).ok_or(UnknownCode { code, of })
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fmt::Debug};

    use super::*;

    /// These codes are in databases: a line may be added here and never changed.
    #[test]
    fn codes_are_those_on_disk() {
        let expected = [
            (WorkflowRunStatus::Pending, 1),
            (WorkflowRunStatus::Running, 2),
            (WorkflowRunStatus::Succeeded, 3),
            (WorkflowRunStatus::Failed, 4),
            (WorkflowRunStatus::Cancelled, 5),
            (WorkflowRunStatus::Paused, 6),
        ];
        pinned(&expected, WorkflowRunStatus::ALL);
        let expected = [
            (StepStatus::Pending, 1),
            (StepStatus::Running, 2),
            (StepStatus::Succeeded, 3),
            (StepStatus::Failed, 4),
        ];
        pinned(&expected, StepStatus::ALL);
        pinned(&[(StepType::Trigger, 1), (StepType::Piece, 2)], StepType::ALL);
    }

    fn pinned<T>(expected: &[(T, i64)], all: &[T])
    where
        T: StorageCode + Copy + Debug + PartialEq,
    {
        assert_eq!(expected.len(), all.len(), "a value without a pinned code: {all:?}");
        for (value, code) in expected {
            assert_eq!(value.code(), *code, "{value:?}");
            assert_eq!(T::from_code(*code), Ok(*value));
        }
        let codes: BTreeSet<_> = all.iter().map(|value| value.code()).collect();
        assert_eq!(codes.len(), all.len(), "two values with one code: {all:?}");
        for code in (-1..100).chain([i64::MIN, i64::MAX]).filter(|code| !codes.contains(code)) {
            assert!(T::from_code(code).is_err(), "{code}");
        }
        assert!(!codes.contains(&0), "0 is reserved");
    }
}

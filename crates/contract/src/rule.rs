//! The rules that produce findings.

use crate::finding::{Level, Party};

/// A rule of `lint`, or a kind of change of `diff`.
#[derive(Debug)]
pub struct Rule {
    /// Its name, in words joined by hyphens. A published name does not change.
    pub name: &'static str,
    /// The level of its findings.
    pub level: Level,
    /// The parties that its findings affect.
    pub affects: &'static [Party],
    /// Why a finding matters to these parties.
    pub reason: &'static str,
    /// What to do about a finding.
    pub advice: &'static str,
}

/// Declares a constant for each rule, and the list of all of them.
macro_rules! rules {
    (
        $(#[$doc:meta])* $all:ident;
        $(
            $constant:ident $name:literal $level:ident [$($party:ident),+]
            $reason:expr, $advice:expr;
        )+
    ) => {
        $(pub const $constant: &Rule = &Rule {
            name: $name,
            level: $level,
            affects: &[$($party),+],
            reason: $reason,
            advice: $advice,
        };)+
        $(#[$doc])*
        pub const $all: &[&Rule] = &[$($constant),+];
    };
}

pub(crate) use rules;

//! What a finding is found by.

use crate::{Level, Party};

/// A rule of `lint`, or a kind of change of `diff`.
#[derive(Debug)]
pub struct Rule {
    /// Its name, in words joined by hyphens; it does not change once it is published.
    pub name: &'static str,
    /// How bad it is.
    pub level: Level,
    /// Whom it matters to.
    pub whom: &'static [Party],
    /// Why it matters to them.
    pub why: &'static str,
    /// What to do instead, or about it.
    pub todo: &'static str,
}

/// Declares rules, a constant for each, and the list of all of them.
macro_rules! rules {
    (
        $(#[$doc:meta])* $all:ident;
        $($constant:ident $name:literal $level:ident [$($party:ident),+] $why:expr, $todo:expr;)+
    ) => {
        $(pub(super) const $constant: &Rule = &Rule {
            name: $name, level: $level, whom: &[$($party),+], why: $why, todo: $todo,
        };)+
        $(#[$doc])*
        pub const $all: &[&Rule] = &[$($constant),+];
    };
}

pub(crate) use rules;

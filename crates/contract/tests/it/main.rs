//! The behavior of the crate as its users see it, by function.

mod changelog;
mod diff;
mod downlevel;
mod lint;
mod malformed;
mod meaning;

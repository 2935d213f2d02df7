//! Rules for names that the user types, which are the API's rules for names.

use std::ops::RangeInclusive;

use crate::usage::bail_usage;

/// Number of characters of a name that must be given.
pub const REQUIRED: RangeInclusive<usize> = 1..=255;
/// Number of characters of a text that may be empty.
pub const OPTIONAL: RangeInclusive<usize> = 0..=255;

/// Checks the length of an option's value and that it has no control characters.
///
/// # Errors
/// If the value breaks one of the rules; the message names the option.
pub fn check(option: &str, value: &str, characters: RangeInclusive<usize>) -> anyhow::Result<()> {
    if characters.contains(&value.chars().count()) && !value.contains(char::is_control) {
        return Ok(());
    }
    bail_usage!(
        "{option} must have {} to {} characters and no control characters",
        characters.start(),
        characters.end()
    );
}

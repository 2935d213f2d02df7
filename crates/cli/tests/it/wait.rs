//! Waiting for another process.

/// How often a condition is checked before the test fails.
const MAX_ATTEMPTS: u32 = 100_000;

/// Checks the condition until it is true.
///
/// # Panics
/// If it stays false.
pub fn until(description: &str, mut condition: impl FnMut() -> bool) {
    for _ in 0..MAX_ATTEMPTS {
        if condition() {
            return;
        }
        std::thread::yield_now();
    }
    panic!("{description}: still false after {MAX_ATTEMPTS} attempts");
}

//! Ids that look random and never repeat.

/// What an id identifies. Ids of one kind are distinct for each seed.
#[derive(Clone, Copy)]
pub enum Kind {
    /// A run.
    Run,
    /// An attempt at a step.
    Step,
    /// A version of a workflow.
    Version,
}

/// `run_`, `step_exec_` or `version_` and 12 base62 characters, which differ for every `number`.
pub fn id(kind: Kind, seed: u64, number: u64) -> String {
    let prefix = match kind {
        Kind::Run => "run_",
        Kind::Step => "step_exec_",
        Kind::Version => "version_",
    };
    let mut rest = scatter(number.wrapping_add(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15)));
    let mut id = String::with_capacity(prefix.len() + 12);
    id.push_str(prefix);
    for _ in 0..12 {
        id.push(char::from(BASE62[(rest % 62) as usize]));
        rest /= 62;
    }
    id
}

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Maps distinct numbers to distinct numbers below 62^12: the finalizer of SplitMix64, which is a
/// bijection, and a product with a factor that is coprime to 62^12.
fn scatter(number: u64) -> u128 {
    let mut z = number;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^= z >> 31;
    (u128::from(z) * 1_000_000_000_000_000_003) % 62u128.pow(12)
}

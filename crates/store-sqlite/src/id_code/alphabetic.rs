//! Prefix codes that keep the order of bytes.

/// A code for each byte, none of which begins another one, so that a greater byte has a greater
/// code. The mean length is the least that such codes can have for the weights of the bytes.
///
/// No code consists of zeros only: a leaf before that of byte 0 has this code.
pub struct AlphabeticCode {
    /// The code of each byte, right-aligned, and its number of bits.
    codes: [(u32, u32); 256],
    /// For the first bits of some input: the byte whose code they begin with, and the number of its
    /// bits; 0 for a longer code.
    first: Vec<(u8, u8)>,
}

/// The number of bits that find a byte at once.
const FIRST_BITS: u32 = 10;
/// The bytes and the leaf of zeros.
const LEAVES: usize = 257;

impl AlphabeticCode {
    /// The code for these weights, each at least 1.
    pub fn new(weight: impl Fn(u8) -> u32) -> Self {
        let mut codes = [(0, 0); 256];
        let mut weights = vec![0];
        weights.extend((0..=u8::MAX).map(weight));
        let roots = roots(&weights);
        // Every subtree: its leaves, the code that leads to it and its number of bits.
        let mut subtrees = vec![(0, LEAVES - 1, 0_u32, 0_u32)];
        while let Some((first, last, code, length)) = subtrees.pop() {
            if first < last {
                let cut = roots[first * LEAVES + last];
                subtrees.push((first, cut, code << 1, length + 1));
                subtrees.push((cut + 1, last, code << 1 | 1, length + 1));
            } else if let Some(byte) = first.checked_sub(1) {
                codes[byte] = (code, length);
            }
        }
        let mut first = vec![(0, 0); 1 << FIRST_BITS];
        for (byte, (code, length)) in (0..=u8::MAX).zip(codes) {
            if let Some(free) = FIRST_BITS.checked_sub(length) {
                let start = (code << free) as usize;
                first[start..start + (1 << free)].fill((byte, length as u8));
            }
        }
        Self { codes, first }
    }

    /// The code of a byte, right-aligned, and its number of bits.
    pub fn code(&self, byte: u8) -> (u32, u32) {
        self.codes[usize::from(byte)]
    }

    /// The byte whose code these bits, which are left-aligned, begin with, and the number of its
    /// bits; `None` if they begin with the code of no byte.
    pub fn byte(&self, bits: u64) -> Option<(u8, u32)> {
        let (byte, length) = self.first[(bits >> (u64::BITS - FIRST_BITS)) as usize];
        if length > 0 {
            return Some((byte, u32::from(length)));
        }
        let left_aligned = |(code, length): &(u32, u32)| u64::from(*code) << (u64::BITS - *length);
        // The codes ascend.
        let after = self.codes.partition_point(|code| left_aligned(code) <= bits);
        let byte = after.checked_sub(1)?;
        Some((byte as u8, self.codes[byte].1))
    }
}

/// For the leaves from `first` to `last`, at `first * LEAVES + last`: the last leaf on the left
/// side of the best tree. Knuth's algorithm (The Art of Computer Programming, 6.2.2).
fn roots(weights: &[u32]) -> Vec<usize> {
    let mut sums = vec![0_u64];
    for weight in weights {
        sums.push(sums[sums.len() - 1] + u64::from(*weight));
    }
    let mut costs = vec![0_u64; LEAVES * LEAVES];
    let mut roots: Vec<usize> = (0..LEAVES * LEAVES).map(|at| at / LEAVES).collect();
    for length in 1..LEAVES {
        for first in 0..LEAVES - length {
            let last = first + length;
            // The best root is between those of the two trees with a leaf less.
            let from = roots[first * LEAVES + last - 1];
            let to = roots[(first + 1) * LEAVES + last].min(last - 1);
            let cost = |cut: usize| costs[first * LEAVES + cut] + costs[(cut + 1) * LEAVES + last];
            let cut = (from..=to).min_by_key(|cut| cost(*cut)).unwrap_or(first);
            costs[first * LEAVES + last] = cost(cut) + sums[last + 1] - sums[first];
            roots[first * LEAVES + last] = cut;
        }
    }
    roots
}

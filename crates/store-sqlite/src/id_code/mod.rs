//! The stored form of a run's id: fewer bytes that compare as the id does.
//!
//! Every order of runs is an index that ends with the id, so each byte of an id is stored five
//! times. The first bits say how the id compares with [`PREFIX`], with which the documented ids
//! begin, and stand for it. Each further byte becomes some bits, by an [`AlphabeticCode`] that
//! depends on the bytes before it: digits and the letters of hexadecimal numbers take about 4 bits,
//! other letters 6. The last byte is filled up with zeros.
//!
//! Two ids differ first at a byte before which they are equal. Its code is of the same table for
//! both, so the codes are in the order of the bytes. An id that is the beginning of another one is
//! followed by zeros, which are below every code. The tables are in databases and never change.

mod alphabetic;

use std::sync::LazyLock;

use self::alphabetic::AlphabeticCode;

/// The code of an id. It compares bytewise as the id does.
pub fn encode(id: &[u8]) -> Vec<u8> {
    let tables = &*TABLES;
    let mut code = Vec::with_capacity(id.len() * 3 / 4 + 2);
    if id.is_empty() {
        return code;
    }
    let (start, coded) = Start::of(id);
    // The bits that do not fill a byte yet, right-aligned.
    let (start, mut count) = start.bits();
    let mut bits = u64::from(start);
    let mut context = Context::Hexadecimal;
    for byte in coded {
        let (value, length) = tables[context as usize].code(*byte);
        bits = bits << length | u64::from(value);
        count += length;
        while count >= 8 {
            count -= 8;
            code.push((bits >> count) as u8);
        }
        context = context.after(*byte);
    }
    if count > 0 {
        code.push((bits << (8 - count)) as u8);
    }
    code
}

/// The id of a code; `None` for bytes that are not the code of an id.
pub fn decode(code: &[u8]) -> Option<Vec<u8>> {
    let tables = &*TABLES;
    let mut following = code.iter();
    let Some(first) = following.next() else { return Some(Vec::new()) };
    let start = Start::from_bits(*first);
    let mut id = Vec::with_capacity(code.len() * 2);
    if start == Start::Prefix {
        id.extend_from_slice(PREFIX);
    }
    let (_, used) = start.bits();
    // The bits that have not been decoded yet, left-aligned.
    let (mut bits, mut count) = (u64::from(*first) << (56 + used), 8 - used);
    let mut context = Context::Hexadecimal;
    loop {
        while count <= 56
            && let Some(byte) = following.next()
        {
            bits |= u64::from(*byte) << (56 - count);
            count += 8;
        }
        if bits == 0 {
            // What fills up the last byte is less than a byte.
            let is_code = count < 8 && !id.is_empty() && Start::of(&id).0 == start;
            return is_code.then_some(id);
        }
        let (byte, length) = tables[context as usize].byte(bits)?;
        if length > count {
            return None;
        }
        bits <<= length;
        count -= length;
        id.push(byte);
        context = context.after(byte);
    }
}

/// How the ids in the documentation begin.
const PREFIX: &[u8] = b"run_";

/// How an id compares with [`PREFIX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Start {
    /// It is below.
    Below,
    /// It begins with it.
    Prefix,
    /// It is above and does not begin with it.
    Above,
}

impl Start {
    /// The start of an id, and what of the id is coded byte by byte.
    fn of(id: &[u8]) -> (Self, &[u8]) {
        match id.strip_prefix(PREFIX) {
            Some(rest) => (Self::Prefix, rest),
            None if id < PREFIX => (Self::Below, id),
            None => (Self::Above, id),
        }
    }

    /// Its bits, right-aligned, and their number.
    fn bits(self) -> (u8, u32) {
        match self {
            Self::Below => (0b0, 1),
            Self::Prefix => (0b10, 2),
            Self::Above => (0b11, 2),
        }
    }

    /// The start of the id whose code begins with this byte.
    fn from_bits(first: u8) -> Self {
        match first >> 6 {
            0b11 => Self::Above,
            0b10 => Self::Prefix,
            _ => Self::Below,
        }
    }
}

/// What the bytes of an id so far say about the next one. The number is the position of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Context {
    /// Only digits, `a` to `f`, `-` and `_`: the digits of a number or a UUID.
    Hexadecimal = 0,
    /// Anything else in ASCII.
    Text = 1,
    /// A byte of a character outside ASCII.
    Wide = 2,
}

impl Context {
    const ALL: [Self; 3] = [Self::Hexadecimal, Self::Text, Self::Wide];

    fn after(self, byte: u8) -> Self {
        match byte {
            0x80.. => Self::Wide,
            b'0'..=b'9' | b'a'..=b'f' | b'-' | b'_' if self == Self::Hexadecimal => self,
            _ => Self::Text,
        }
    }

    /// How often a byte is expected in this context, compared with others.
    fn weight(self, byte: u8) -> u32 {
        let [hexadecimal, alphanumeric, hyphen, printable, wide] = match self {
            Self::Hexadecimal => [300, 15, 100, 2, 1],
            Self::Text => [100, 100, 100, 8, 1],
            Self::Wide => [20, 20, 20, 5, 60],
        };
        match byte {
            b'0'..=b'9' | b'a'..=b'f' => hexadecimal,
            b'A'..=b'Z' | b'g'..=b'z' => alphanumeric,
            b'-' | b'_' => hyphen,
            b' '..=b'~' => printable,
            0x80.. => wide,
            _ => 1,
        }
    }
}

/// The tables of all contexts.
static TABLES: LazyLock<[AlphabeticCode; 3]> =
    LazyLock::new(|| Context::ALL.map(|context| AlphabeticCode::new(|byte| context.weight(byte))));

#[cfg(test)]
mod tests;

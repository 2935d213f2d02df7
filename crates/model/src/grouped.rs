//! Numbers in messages.

/// The number with a comma before each group of three digits: `65,536`.
pub fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::from(if number < 0 { "-" } else { "" });
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_have_three_digits() {
        let numbers = [0, 64, -999, 1024, 65_536, -1_000_000_000];
        let texts = ["0", "64", "-999", "1,024", "65,536", "-1,000,000,000"];
        assert_eq!(numbers.map(grouped), texts);
    }
}

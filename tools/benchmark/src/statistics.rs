//! Medians and quartiles.

use std::fmt;

/// The median of some figures, and the quartiles between which half of them are.
#[derive(Clone, Copy, Debug)]
pub struct Summary {
    /// The median.
    pub median: f64,
    /// The lower quartile.
    pub low: f64,
    /// The upper quartile.
    pub high: f64,
}

impl Summary {
    /// Of these figures.
    ///
    /// # Panics
    /// Where there are none.
    pub fn of(figures: impl IntoIterator<Item = f64>) -> Self {
        let mut figures: Vec<f64> = figures.into_iter().collect();
        figures.sort_by(f64::total_cmp);
        let at = |share: f64| figures[((figures.len() - 1) as f64 * share).round() as usize];
        Self { median: at(0.5), low: at(0.25), high: at(0.75) }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { median, low, high } = self;
        write!(f, "{} ({} to {})", Figure(*median), Figure(*low), Figure(*high))
    }
}

/// A number with the digits that a reader needs: three, or all of a large integer.
pub struct Figure(pub f64);

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.0;
        match number.abs() {
            1000.0.. => f.write_str(&grouped(number.round() as i64)),
            100.0.. => write!(f, "{number:.0}"),
            10.0.. => write!(f, "{number:.1}"),
            _ => write!(f, "{number:.2}"),
        }
    }
}

/// A whole number with commas between its thousands.
pub fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::from(if number < 0 { "-" } else { "" });
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
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
    fn a_summary_has_the_median_and_the_quartiles() {
        let summary = Summary::of([5.0, 1.0, 4.0, 2.0, 3.0]);
        assert_eq!((summary.low, summary.median, summary.high), (2.0, 3.0, 4.0));
        assert_eq!(summary.to_string(), "3.00 (2.00 to 4.00)");
    }

    #[test]
    fn figures_have_three_digits_or_all_of_a_large_integer() {
        let texts = [0.123, 12.34, 123.4, 1234.5, 1_234_567.0].map(|n| Figure(n).to_string());
        assert_eq!(texts, ["0.12", "12.3", "123", "1,235", "1,234,567"]);
        assert_eq!(grouped(-1000), "-1,000");
    }
}

//! When runs are created: few at night and on weekends, many in the morning and in the afternoon,
//! scheduled ones at all hours.

/// The length of the history in days.
pub const DAYS: i64 = 90;
/// Milliseconds in an hour.
pub const HOUR: i64 = 3_600_000;
/// The weight of scheduled runs in each hour.
const SCHEDULED: f64 = 0.3;

/// The cumulative weights of the hours, which map a share of all runs to a time.
pub struct Rhythm {
    start: i64,
    /// For each hour the weight of all earlier hours, and the total weight at the end.
    before: Vec<f64>,
}

impl Rhythm {
    /// The 90 days before `end` (milliseconds since 1970).
    pub fn ending_at(end: i64) -> Self {
        let start = end - DAYS * 24 * HOUR;
        let mut before = vec![0.0];
        for hour in 0..DAYS * 24 {
            before.push(before[hour as usize] + weight(start + hour * HOUR));
        }
        Self { start, before }
    }

    /// The time before which this share (0 to 1) of all runs was created.
    pub fn moment(&self, share: f64) -> i64 {
        let hours = self.before.len() - 1;
        let sought = share * self.before[hours];
        let hour = self.before.partition_point(|before| *before <= sought).clamp(1, hours) - 1;
        let (low, high) = (self.before[hour], self.before[hour + 1]);
        self.start + ((hour as f64 + (sought - low) / (high - low)) * HOUR as f64) as i64
    }

    /// The probability that a run at this time is a scheduled one.
    pub fn scheduled(&self, moment: i64) -> f64 {
        SCHEDULED / weight(moment)
    }
}

fn weight(moment: i64) -> f64 {
    let hour = moment.div_euclid(HOUR).rem_euclid(24) as usize;
    // 1970-01-01 was a Thursday; 0 is Monday here.
    let weekday = (moment.div_euclid(24 * HOUR) + 3).rem_euclid(7) as usize;
    SCHEDULED + DAY[hour] * WEEK[weekday]
}

const DAY: [f64; 24] = [
    0.10, 0.08, 0.06, 0.06, 0.08, 0.15, 0.35, 0.70, 1.20, 1.60, 1.70, 1.50, 1.10, 1.30, 1.60, 1.50,
    1.30, 0.95, 0.65, 0.50, 0.40, 0.30, 0.22, 0.15,
];
const WEEK: [f64; 7] = [1.15, 1.05, 1.0, 1.0, 0.85, 0.25, 0.2];

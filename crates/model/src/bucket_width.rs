//! The width of the buckets of a histogram.

use std::{borrow::Cow, fmt};

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de::Error};
use utoipa::ToSchema;

use crate::{Timestamp, excerpt::excerpt, status::words};

words! {
    /// Width of the buckets of a histogram. Buckets begin at full minutes, full hours, midnight, or
    /// midnight on Monday, in UTC.
    #[schema(default = "day")]
    #[schemars(extend("default" = "day"))]
    BucketWidth {
        Minute = "minute",
        Hour = "hour",
        Day = "day",
        Week = "week",
    }
}

impl BucketWidth {
    /// The width in milliseconds.
    pub const fn millis(self) -> i64 {
        const MINUTE: i64 = 60_000;
        match self {
            Self::Minute => MINUTE,
            Self::Hour => 60 * MINUTE,
            Self::Day => 24 * 60 * MINUTE,
            Self::Week => 7 * 24 * 60 * MINUTE,
        }
    }

    /// The start of the bucket with this time, in milliseconds since 1970.
    pub(crate) fn start(self, time: Timestamp) -> i64 {
        /// A Monday: 1969-12-29T00:00:00Z. The other widths divide it.
        const MONDAY: i64 = -3 * BucketWidth::Day.millis();
        MONDAY + (time.millis() - MONDAY).div_euclid(self.millis()) * self.millis()
    }
}

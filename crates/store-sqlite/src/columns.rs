//! Reading rows from left to right, and writing the same lists of columns.

use runledger_model::{Seconds, Timestamp};
use runledger_store::codes::StorageCode;
use rusqlite::{
    Row,
    types::{FromSql, Type},
};

/// The columns of a row that have not been read yet. A struct is read by a literal that lists its
/// fields in the order of the columns.
pub struct Columns<'a> {
    row: &'a Row<'a>,
    next: usize,
}

impl<'a> Columns<'a> {
    /// All columns of this row.
    pub fn of(row: &'a Row<'a>) -> Self {
        Self { row, next: 0 }
    }

    /// The next column.
    pub fn value<T: FromSql>(&mut self) -> rusqlite::Result<T> {
        self.next += 1;
        self.row.get(self.next - 1)
    }

    /// A storage code.
    pub fn code<T: StorageCode>(&mut self) -> rusqlite::Result<T> {
        let code = self.value()?;
        let column = self.next - 1;
        T::from_code(code).map_err(|error| {
            rusqlite::Error::FromSqlConversionFailure(column, Type::Integer, error.into())
        })
    }

    /// Milliseconds since 1970.
    pub fn time(&mut self) -> rusqlite::Result<Timestamp> {
        let millis = self.value()?;
        Timestamp::from_millis(millis).ok_or_else(|| self.out_of_range(millis))
    }

    /// Milliseconds since 1970, or NULL.
    pub fn optional_time(&mut self) -> rusqlite::Result<Option<Timestamp>> {
        let millis: Option<i64> = self.value()?;
        let time = |millis| Timestamp::from_millis(millis).ok_or_else(|| self.out_of_range(millis));
        millis.map(time).transpose()
    }

    /// Microseconds.
    pub fn duration(&mut self) -> rusqlite::Result<Seconds> {
        let micros = self.value()?;
        Seconds::from_micros(micros).ok_or_else(|| self.out_of_range(micros))
    }

    /// Microseconds, or NULL.
    pub fn optional_duration(&mut self) -> rusqlite::Result<Option<Seconds>> {
        let micros: Option<i64> = self.value()?;
        let duration =
            |micros| Seconds::from_micros(micros).ok_or_else(|| self.out_of_range(micros));
        micros.map(duration).transpose()
    }

    /// The value of the column that was read last is not one that this program writes.
    fn out_of_range(&self, value: i64) -> rusqlite::Error {
        rusqlite::Error::IntegralValueOutOfRange(self.next - 1, value)
    }
}

/// `?, ?, ?`: a parameter for each of these columns.
pub fn parameters(columns: &str) -> String {
    vec!["?"; columns.split(',').count()].join(", ")
}

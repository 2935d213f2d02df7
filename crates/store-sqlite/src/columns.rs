//! Reading rows from left to right, and writing the same lists of columns.

use runledger_model::{Seconds, Timestamp};
use runledger_store::codes::StorageCode;
use rusqlite::{
    Row,
    types::{FromSql, Type},
};

use crate::{id_code, optional_fields::OptionalFields};

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

    /// The id of a run, which is stored as a code.
    pub fn run_id(&mut self) -> rusqlite::Result<String> {
        self.next += 1;
        stored_run_id(self.row, self.next - 1)
    }

    /// A storage code.
    pub fn code<T: StorageCode>(&mut self) -> rusqlite::Result<T> {
        let code = self.value()?;
        let column = self.next - 1;
        T::from_code(code).map_err(|error| {
            rusqlite::Error::FromSqlConversionFailure(column, Type::Integer, error.into())
        })
    }

    /// The fields that are stored as JSON; NULL if none is set.
    pub fn optional_fields<T: OptionalFields>(&mut self) -> rusqlite::Result<T> {
        self.next += 1;
        let column = self.next - 1;
        let json = self.row.get_ref(column)?.as_str_or_null();
        let Some(json) = json.map_err(rusqlite::Error::from)? else { return Ok(T::default()) };
        serde_json::from_str(json).map_err(|error| {
            rusqlite::Error::FromSqlConversionFailure(column, Type::Text, error.into())
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

    /// This many milliseconds after another time, or NULL.
    pub fn time_after(&mut self, start: Timestamp) -> rusqlite::Result<Option<Timestamp>> {
        let millis: Option<i64> = self.value()?;
        let after = |millis: i64| {
            let time = start.millis().checked_add(millis).and_then(Timestamp::from_millis);
            time.ok_or_else(|| self.out_of_range(millis))
        };
        millis.map(after).transpose()
    }

    /// By how many microseconds a duration is longer than this one, or NULL.
    pub fn duration_beyond(&mut self, base: Seconds) -> rusqlite::Result<Option<Seconds>> {
        let micros: Option<i64> = self.value()?;
        let beyond = |micros: i64| {
            let duration = base.micros().checked_add(micros).and_then(Seconds::from_micros);
            duration.ok_or_else(|| self.out_of_range(micros))
        };
        micros.map(beyond).transpose()
    }

    /// Microseconds.
    pub fn duration(&mut self) -> rusqlite::Result<Seconds> {
        let micros = self.value()?;
        Seconds::from_micros(micros).ok_or_else(|| self.out_of_range(micros))
    }

    /// The value of the column that was read last is not one that this program writes.
    fn out_of_range(&self, value: i64) -> rusqlite::Error {
        rusqlite::Error::IntegralValueOutOfRange(self.next - 1, value)
    }
}

/// The id of a run in this column.
pub fn stored_run_id(row: &Row<'_>, column: usize) -> rusqlite::Result<String> {
    let id = id_code::decode(row.get_ref(column)?.as_blob()?);
    id.and_then(|id| String::from_utf8(id).ok()).ok_or_else(|| {
        let error = "not the code of a run's id";
        rusqlite::Error::FromSqlConversionFailure(column, Type::Blob, error.into())
    })
}

/// `?, ?, ?`: a parameter for each of these columns.
pub fn parameters(columns: &str) -> String {
    vec!["?"; columns.split(',').count()].join(", ")
}

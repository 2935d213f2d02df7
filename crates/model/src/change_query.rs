//! The query parameters of the list of changes and of the stream of changes.

use crate::{
    ApiError,
    excerpt::excerpt,
    limits::{MAX_CHANGE_NUMBER, MAX_CHANGES_LIMIT},
    parameters::parameters,
    query::whole_number,
};

parameters! {
    /// Which changes to list: the query of `GET /v1/changes`.
    pub struct ListChangesQuery, checked by any;

    /// Only changes with a greater number: 0 for the beginning, then the `next_after` of each
    /// response. Not above the number of the tenant's last change.
    #[param(required = false, minimum = 0, maximum = 9007199254740991i64, default = 0)]
    after: i64 = 0, read by change_number;

    /// Maximum number of changes in a response.
    #[param(required = false, minimum = 1, maximum = 1000, default = 100)]
    limit: i32 = 100, read by whole_number::<MAX_CHANGES_LIMIT>;
}

parameters! {
    /// Where a stream of changes begins: the query of `GET /v1/events`.
    pub struct StreamChangesQuery, checked by any;

    /// Begins with the changes that have a greater number. If it is omitted, the stream begins with
    /// the next change. `Last-Event-ID` takes precedence. Not above the number of the tenant's last
    /// change.
    #[param(nullable = false, minimum = 0, maximum = 9007199254740991i64)]
    after: Option<i64> = None, read by some_change_number;
}

/// Reads the number of a change, or 0. `name` is that of its parameter or header field.
///
/// # Errors
/// 400 if the text is no such number.
pub fn read_change_number(name: &str, value: &str) -> Result<i64, ApiError> {
    let digits = !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit());
    let number = digits.then(|| value.parse().ok()).flatten();
    number.filter(|number| *number <= MAX_CHANGE_NUMBER).ok_or_else(|| {
        let value = excerpt(value);
        let problem =
            format!("must be a whole number from 0 to {MAX_CHANGE_NUMBER}, not {value:?}");
        ApiError::validation(name, problem)
    })
}

/// Checks a number to go on from. `name` is that of its parameter or header field, `last` is the
/// number of the tenant's last change.
///
/// # Errors
/// 400 if no change has the number yet: the ledger has lost changes that the client has seen.
pub fn check_change_number(name: &str, number: u64, last: u64) -> Result<(), ApiError> {
    if number <= last {
        return Ok(());
    }
    let problem = format!(
        "must be at most {last}, the number of the last change, not {number}; the ledger was \
         restored from an older copy: discard your copy of its runs, and begin again at 0"
    );
    Err(ApiError::validation(name, problem))
}

fn change_number(name: &str, value: String) -> Result<i64, ApiError> {
    read_change_number(name, &value)
}

fn some_change_number(name: &str, value: String) -> Result<Option<i64>, ApiError> {
    change_number(name, value).map(Some)
}

/// All combinations of parameters are valid.
fn any<T>(_: &T, _: &[&str]) -> Result<(), ApiError> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_the_documented_ones() {
        let query = ListChangesQuery::parse("").unwrap();
        assert_eq!((query.after, query.limit), (0, 100));
        assert_eq!(StreamChangesQuery::parse("").unwrap().after, None);
    }

    #[test]
    fn numbers_are_read_up_to_the_greatest_that_every_client_reads() {
        let query = ListChangesQuery::parse("limit=1000&after=9007199254740991").unwrap();
        assert_eq!((query.after, query.limit), ((1 << 53) - 1, 1000));
        assert_eq!(StreamChangesQuery::parse("after=7").unwrap().after, Some(7));
        for value in ["", "-1", "1.0", "x", "9007199254740992", "99999999999999999999"] {
            let error = ListChangesQuery::parse(&format!("after={value}")).unwrap_err().body.error;
            let start = "after must be a whole number from 0 to 9007199254740991, not";
            assert_eq!(error, format!("{start} {value:?}"));
            assert!(StreamChangesQuery::parse(&format!("after={value}")).is_err(), "{value}");
            assert!(read_change_number("Last-Event-ID", value).is_err(), "{value}");
        }
        assert_eq!(check_change_number("after", 7, 7), Ok(()));
        let error = check_change_number("after", 8, 7).unwrap_err().body.error;
        assert!(error.starts_with("after must be at most 7, the number of the last change, not 8"));
        for query in ["limit=0", "limit=1001", "limit=x", "from=1"] {
            assert!(ListChangesQuery::parse(query).is_err(), "{query}");
        }
    }
}

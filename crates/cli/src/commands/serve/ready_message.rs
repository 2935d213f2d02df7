//! What `runledger serve` prints when it is ready.

use std::{fmt, path::Path};

/// Printed on standard output once the server accepts connections. Programs may wait for its first
/// line.
pub struct ReadyMessage<'a> {
    /// The database that is served.
    pub database: &'a Path,
    /// Base URL of the server for clients on this machine.
    pub url: String,
    /// Number of API keys that are neither expired nor revoked.
    pub valid_keys: usize,
}

impl fmt::Display for ReadyMessage<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { database, url, valid_keys } = self;
        let database = database.display();
        writeln!(
            f,
            "Serving {database} at {url} (Swagger UI at {url}/docs); valid keys: {valid_keys}"
        )?;
        if *valid_keys == 0 {
            writeln!(
                f,
                "Create the first key: runledger keys create --tenant NAME --database {database}"
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_says_how_to_create_the_first_key() {
        let message = |valid_keys| {
            let url = "http://127.0.0.1:7400".to_owned();
            ReadyMessage { database: Path::new("a.db"), url, valid_keys }.to_string()
        };
        let url = "http://127.0.0.1:7400";
        let ready = format!("Serving a.db at {url} (Swagger UI at {url}/docs); valid keys:");
        assert_eq!(message(1), format!("{ready} 1\n"));
        let hint = "Create the first key: runledger keys create --tenant NAME --database a.db";
        assert_eq!(message(0), format!("{ready} 0\n{hint}\n"));
    }
}

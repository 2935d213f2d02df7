//! The options that name a server and an API key.

use std::path::PathBuf;

use clap::{ArgMatches, Args, Command, FromArgMatches, error::ErrorKind, parser::ValueSource};
use runledger_client::{AccessError, Client, Retry};

use super::{
    key::Key,
    remote::{Destination, RemoteLedger},
};
use crate::{
    message::message,
    usage::{UsageError, bail_usage},
};

/// A server and an API key. If the command line gives the key in one way and the environment in
/// another, the command line takes precedence.
#[derive(Default)]
pub struct Access {
    url: Option<String>,
    key: Option<Key>,
}

#[derive(Args)]
// clap wants a name that no other struct of a command has.
struct AccessOptions {
    /// URL of a server, such as https://runledger.example.com.
    #[arg(long, env = "RUNLEDGER_URL", value_name = "URL")]
    url: Option<String>,

    /// API key for the server. Prefer --key-file or the environment variable: other users of this
    /// machine can see command lines.
    #[arg(long, env = "RUNLEDGER_KEY", value_name = "KEY", hide_env_values = true)]
    key: Option<String>,

    /// File that contains the API key and nothing else. Only its owner should be able to read it
    /// (mode 0600); if everyone can, a warning says so.
    #[arg(long, env = "RUNLEDGER_KEY_FILE", value_name = "FILE")]
    key_file: Option<PathBuf>,
}

impl Access {
    /// Whether no option is given.
    pub fn is_empty(&self) -> bool {
        self.url.is_none() && self.key.is_none()
    }

    /// Whether a server is given.
    pub fn has_url(&self) -> bool {
        self.url.is_some()
    }

    /// Drops all options.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Whether the command line has one of the options.
    pub fn is_typed(matches: &ArgMatches) -> bool {
        ["url", "key", "key_file"].into_iter().any(|id| is_typed(matches, id))
    }

    /// The ledger of the key's tenant on the server. Reads the file of the key, and warns on
    /// standard error if everyone can read it; sends nothing yet.
    ///
    /// # Errors
    /// If an option is missing or invalid, or the file cannot be read.
    pub fn ledger(&self, retry: Retry) -> anyhow::Result<RemoteLedger> {
        let (Some(url), Some(key)) = (&self.url, &self.key) else {
            bail_usage!(
                "--url and --key (or RUNLEDGER_URL and RUNLEDGER_KEY) are both required; \
                 --key-file (RUNLEDGER_KEY_FILE) reads the key from a file"
            );
        };
        let secret = key.secret()?;
        let client = Client::connect_with(url, &secret, retry).map_err(|error| match error {
            AccessError::Url => usage(
                "--url (or RUNLEDGER_URL) must be an HTTP or HTTPS address without user, query or \
                 fragment, such as https://runledger.example.com",
            ),
            AccessError::Key => usage(&format!("{key} has an invalid character")),
            error => error.into(),
        })?;
        if let Some(warning) = key.warning() {
            message!("runledger: {warning}");
        }
        Ok(RemoteLedger::new(client, &secret))
    }

    /// The server, if the file of its key does not contain one, or cannot be read.
    pub fn server_without_key(&self) -> Option<Destination> {
        let key = self.key.as_ref().filter(|key| matches!(key, Key::File(_)))?;
        let url = self.url.clone().filter(|_| key.secret().is_err())?;
        Some(Destination { url, key_prefix: String::new() })
    }
}

fn is_typed(matches: &ArgMatches, id: &str) -> bool {
    matches.value_source(id) == Some(ValueSource::CommandLine)
}

impl Args for Access {
    fn augment_args(command: Command) -> Command {
        AccessOptions::augment_args(command)
    }

    fn augment_args_for_update(command: Command) -> Command {
        AccessOptions::augment_args_for_update(command)
    }
}

impl FromArgMatches for Access {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let AccessOptions { url, key, key_file } = AccessOptions::from_arg_matches(matches)?;
        let key = match (key, key_file) {
            (Some(_), Some(_)) if is_typed(matches, "key") && is_typed(matches, "key_file") => {
                let message = "--key and --key-file cannot be used together";
                return Err(clap::Error::raw(ErrorKind::ArgumentConflict, message));
            }
            (Some(_), Some(file)) if is_typed(matches, "key_file") => Some(Key::File(file)),
            (Some(key), _) => Some(Key::Secret(key)),
            (None, file) => file.map(Key::File),
        };
        Ok(Self { url, key })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

fn usage(message: &str) -> anyhow::Error {
    UsageError(message.to_owned()).into()
}

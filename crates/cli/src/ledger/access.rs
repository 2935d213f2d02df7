//! The options that name a server and an API key.

use clap::Args;
use runledger_client::{AccessError, Client, Retry};

use super::remote::RemoteLedger;
use crate::usage::{UsageError, bail_usage};

/// A server and an API key.
#[derive(Args)]
pub struct Access {
    /// URL of a server, such as https://runledger.example.com.
    #[arg(long, env = "RUNLEDGER_URL", value_name = "URL")]
    url: Option<String>,

    /// API key for the server. Prefer the environment variable: other users of this machine can
    /// see command lines.
    #[arg(long, env = "RUNLEDGER_KEY", value_name = "KEY", hide_env_values = true)]
    key: Option<String>,
}

impl Access {
    /// Whether neither option is given.
    pub fn is_empty(&self) -> bool {
        self.url.is_none() && self.key.is_none()
    }

    /// Whether both options are given.
    pub fn is_complete(&self) -> bool {
        self.url.is_some() && self.key.is_some()
    }

    /// Drops both options.
    pub fn clear(&mut self) {
        (self.url, self.key) = (None, None);
    }

    /// The ledger of the key's tenant on the server. Sends nothing yet.
    ///
    /// # Errors
    /// If an option is missing or invalid.
    pub fn ledger(&self, retry: Retry) -> anyhow::Result<RemoteLedger> {
        let (Some(url), Some(key)) = (&self.url, &self.key) else {
            bail_usage!("--url and --key (or RUNLEDGER_URL and RUNLEDGER_KEY) are both required");
        };
        let client = Client::connect_with(url, key, retry).map_err(|error| match error {
            AccessError::Url => usage(
                "--url (or RUNLEDGER_URL) must be an HTTP or HTTPS address without user, query or \
                 fragment, such as https://runledger.example.com",
            ),
            AccessError::Key => usage("--key (or RUNLEDGER_KEY) has an invalid character"),
            error => error.into(),
        })?;
        Ok(RemoteLedger::new(client, key))
    }
}

fn usage(message: &str) -> anyhow::Error {
    UsageError(message.to_owned()).into()
}

//! `runledger keys revoke`.

use anyhow::bail;
use clap::Args;

use crate::{database::DatabaseFile, message::message};

/// Revoke a key.
///
/// A revoked key cannot be restored. A running server refuses it within a second.
#[derive(Args)]
#[command(after_help = "\
Examples:
  # The first column of the list is the id
  runledger keys list
  runledger keys revoke 3")]
pub struct Revoke {
    #[command(flatten)]
    database: DatabaseFile,

    /// Id of the key, as `keys list` shows it.
    #[arg(value_parser = key_id, allow_negative_numbers = true)]
    id: i64,
}

impl Revoke {
    /// Revokes the key.
    pub async fn run(self) -> anyhow::Result<()> {
        let id = self.id;
        if !self.database.open().await?.revoke_key(id).await? {
            bail!("there is no key {id}\nList all keys: runledger keys list");
        }
        message!("Revoked key {id}. A running server refuses it within a second.");
        Ok(())
    }
}

fn key_id(text: &str) -> Result<i64, &'static str> {
    text.parse().map_err(|_| {
        "must be the id of a key: the number in the first column of `runledger keys list`, such as \
         3"
    })
}

//! `runledger keys list`.

use std::io::{self, Write};

use clap::Args;
use comfy_table::{Table, TableStyle};
use runledger_model::Timestamp;
use runledger_store::ListedKey;

use crate::{database::DatabaseFile, message::message, screen::span};

/// List the keys of all tenants.
///
/// The list shows the first characters of each key, never its secret.
#[derive(Args)]
#[command(after_help = "\
Examples:
  runledger keys list --database /var/lib/runledger/runledger.db")]
pub struct List {
    #[command(flatten)]
    database: DatabaseFile,
}

impl List {
    /// Prints a table of all keys.
    pub async fn run(self, out: &mut dyn Write) -> anyhow::Result<()> {
        let keys = self.database.open_for_reading().await?.list_keys().await?;
        if keys.is_empty() {
            message!("There are no keys. Create one: runledger keys create --tenant NAME");
            return Ok(());
        }
        Ok(write_table(&keys, Timestamp::now(), out)?)
    }
}

fn write_table(keys: &[ListedKey], now: Timestamp, out: &mut dyn Write) -> io::Result<()> {
    let mut table = Table::new();
    table.load_style(TableStyle::new());
    table.set_header(["ID", "TENANT", "KEY", "SCOPE", "AGE", "EXPIRES", "LAST USED", "NOTE"]);
    table.add_rows(keys.iter().map(|key| row(key, now)));
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    writeln!(out, "{}", table.trim_fmt())
}

fn row(key: &ListedKey, now: Timestamp) -> [String; 8] {
    let scope = match (key.read, key.write) {
        (true, true) => "both",
        (true, false) => "read",
        (false, true) => "write",
        (false, false) => "none",
    };
    let expires = match key.expires_at {
        _ if key.revoked => "revoked".to_owned(),
        None => "never".to_owned(),
        Some(end) if end <= now => format!("{} ago", span(end, now)),
        Some(end) => format!("in {}", span(now, end)),
    };
    [
        key.id.to_string(),
        key.tenant.clone(),
        format!("{}…", key.prefix),
        scope.to_owned(),
        key.created_at.map_or("unknown".to_owned(), |at| span(at, now)),
        expires,
        key.last_used_at.map_or("never".to_owned(), |at| format!("{} ago", span(at, now))),
        key.note.clone(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_shows_every_state_of_a_key() {
        let day: i64 = 24 * 60 * 60 * 1000;
        let now = Timestamp::from_millis(1_750_000_000_000).unwrap();
        let days_later = |days| Timestamp::from_millis(now.millis() + days * day);
        let new = ListedKey {
            id: 1,
            tenant: "acme".to_owned(),
            prefix: "rl_abcde".to_owned(),
            read: true,
            write: true,
            created_at: Some(now),
            expires_at: None,
            last_used_at: None,
            revoked: false,
            note: String::new(),
        };
        let used = ListedKey {
            id: 2,
            write: false,
            created_at: days_later(-100),
            expires_at: days_later(10),
            last_used_at: Timestamp::from_millis(now.millis() - 300_000),
            note: "dashboard".to_owned(),
            ..new.clone()
        };
        let expired = ListedKey {
            id: 3,
            read: false,
            created_at: None,
            expires_at: days_later(-1),
            ..new.clone()
        };
        let revoked = ListedKey { id: 4, revoked: true, ..used.clone() };
        let mut out = Vec::new();
        write_table(&[new, used, expired, revoked], now, &mut out).unwrap();
        insta::assert_snapshot!(String::from_utf8(out).unwrap(), @r"
        ID  TENANT  KEY        SCOPE  AGE       EXPIRES     LAST USED  NOTE
        1   acme    rl_abcde…  both   0 s       never       never
        2   acme    rl_abcde…  read   100 days  in 10 days  5 min ago  dashboard
        3   acme    rl_abcde…  write  unknown   24 h ago    never
        4   acme    rl_abcde…  read   100 days  revoked     5 min ago  dashboard
        ");
    }
}

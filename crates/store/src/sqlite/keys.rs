//! API keys: stored in the file, all of them held in memory, so that checking one reads no database.

use std::{
    collections::HashMap,
    path::Path,
    sync::{Arc, PoisonError, RwLock},
    thread::{self, JoinHandle},
    time::Duration,
};

use crossbeam_channel::{RecvTimeoutError, Sender};
use runledger_model::Timestamp;
use rusqlite::{Connection, Row, params};

use super::{Result, schema};
use crate::{ApiKey, KeyHash, ListedKey, NewApiKey, StoreError, TenantId};

/// How often to look whether another process has changed a key; a revocation must reach this one within a second.
const PERIOD: Duration = Duration::from_millis(250);

/// Every key of the file, by its hash.
pub struct Keys(RwLock<HashMap<KeyHash, ApiKey>>);

impl Keys {
    /// Reads all keys.
    pub fn load(connection: &Connection) -> Result<Self> {
        Ok(Self(RwLock::new(read_all(connection)?)))
    }

    /// Reads all keys again. Nobody looks one up or changes one meanwhile: what is revoked here stays revoked.
    fn reload(&self, connection: &Connection) -> Result<()> {
        let mut keys = self.0.write().unwrap_or_else(PoisonError::into_inner);
        *keys = read_all(connection)?;
        Ok(())
    }

    /// The key with this hash.
    pub fn get(&self, hash: &KeyHash) -> Option<ApiKey> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(hash).cloned()
    }

    /// Adds a key that is on disk.
    pub fn insert(&self, hash: KeyHash, key: ApiKey) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(hash, key);
    }

    /// Marks a key as revoked, which on disk it is.
    pub fn revoke(&self, id: i64) {
        let mut keys = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = keys.values_mut().find(|key| key.id == id) {
            key.revoked = true;
        }
    }
}

/// Keeps the keys up to date with what other processes change, on a thread that ends with this value.
pub struct Follower {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Follower {
    /// Starts the thread, which has a connection of its own to the file.
    pub fn start(keys: Arc<Keys>, path: &Path) -> Result<Self> {
        let connection = schema::open_reader(path)?;
        let (stop, stopped) = crossbeam_channel::bounded(0);
        let thread = thread::Builder::new().name("runledger-keys".into()).spawn(move || {
            let mut seen = None;
            while stopped.recv_timeout(PERIOD) == Err(RecvTimeoutError::Timeout) {
                if let Err(error) = follow(&connection, &keys, &mut seen) {
                    tracing::error!(%error, "changes of keys cannot be seen");
                }
            }
        });
        let failed = |error| StoreError::Engine(format!("no thread for the keys: {error}"));
        Ok(Self { stop: Some(stop), thread: Some(thread.map_err(failed)?) })
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn follow(connection: &Connection, keys: &Keys, seen: &mut Option<i64>) -> Result<()> {
    let sql = "SELECT n FROM key_change";
    let now = connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
    if *seen != Some(now) {
        keys.reload(connection)?;
        *seen = Some(now);
    }
    Ok(())
}

fn read_all(connection: &Connection) -> Result<HashMap<KeyHash, ApiKey>> {
    let mut statement = connection.prepare_cached(
        "SELECT hash, id, tenant, can_read, can_write, expires_at, revoked FROM api_key",
    )?;
    let keys = statement.query_map([], |row| {
        let key = ApiKey {
            id: row.get(1)?,
            tenant: TenantId(row.get(2)?),
            read: row.get(3)?,
            write: row.get(4)?,
            expires_at: time(row, 5)?,
            revoked: row.get(6)?,
        };
        Ok((KeyHash(row.get(0)?), key))
    })?;
    Ok(keys.collect::<rusqlite::Result<_>>()?)
}

/// Every key as a list shows it, oldest first.
pub fn list(connection: &Connection) -> Result<Vec<ListedKey>> {
    let mut statement = connection.prepare_cached(
        "SELECT api_key.id, tenant.name, prefix, can_read, can_write, created_at, expires_at, revoked,
         note FROM api_key JOIN tenant ON tenant.id = api_key.tenant ORDER BY api_key.id",
    )?;
    let keys = statement.query_map([], |row| {
        Ok(ListedKey {
            id: row.get(0)?,
            tenant: row.get(1)?,
            prefix: row.get(2)?,
            read: row.get(3)?,
            write: row.get(4)?,
            created_at: time(row, 5)?,
            expires_at: time(row, 6)?,
            revoked: row.get(7)?,
            note: row.get(8)?,
        })
    })?;
    Ok(keys.collect::<rusqlite::Result<_>>()?)
}

fn time(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Timestamp>> {
    Ok(row.get::<_, Option<i64>>(column)?.and_then(Timestamp::from_millis))
}

/// Writes a new key; `None` where there is one with this secret already.
pub fn create(connection: &Connection, new: &NewApiKey) -> Result<Option<(KeyHash, ApiKey)>> {
    let written = connection.execute(
        "INSERT INTO api_key (hash, tenant, can_read, can_write, expires_at, prefix, note, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (hash) DO NOTHING",
        params![
            new.hash.0,
            new.tenant.0,
            new.read,
            new.write,
            new.expires_at.map(|t| t.millis()),
            new.prefix,
            new.note,
            Timestamp::now().millis(),
        ],
    )?;
    let key = ApiKey {
        id: connection.last_insert_rowid(),
        tenant: new.tenant,
        read: new.read,
        write: new.write,
        expires_at: new.expires_at,
        revoked: false,
    };
    Ok((written == 1).then_some((new.hash, key)))
}

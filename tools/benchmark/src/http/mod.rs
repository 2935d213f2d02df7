//! HTTP: the load generator, and the server of static bytes that ours is compared with.

mod connection;
mod load;
mod static_bytes;

pub use self::{
    load::{Exchange, Slice, exchange},
    static_bytes::{COMMAND, StaticBytes, serve},
};

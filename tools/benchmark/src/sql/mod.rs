//! Plain SQL on the same file, and on a bare table.

mod bare;
mod read;

pub use self::{
    bare::BareTable,
    read::{Place, PlainReader},
};

#![doc = include_str!("../README.md")]

mod connect;
mod generated;
mod hooks;
mod put_back;
mod retry;
mod runs;

pub use connect::AccessError;
pub use generated::{Client, Error, ResponseValue, builder, types};
pub use hooks::{causes, credentials_fault, foreign_response};
pub use progenitor_client::ClientInfo;
pub use reqwest::StatusCode;
pub use retry::Retry;

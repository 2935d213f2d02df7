//! What an OpenAPI document means; knows nothing of runs.

mod downlevel;
mod print;

pub use downlevel::{DownlevelError, downlevel};
pub use print::to_pretty;

//! What the tests of the suite share.

use std::sync::Arc;

use runledger_model::{WorkflowRunDetail, examples};
use tokio::runtime::Runtime;

use crate::Store;

/// Makes a new store and what must be kept while it is used, such as a temporary folder.
pub type New<T> = fn() -> (T, Arc<dyn Store>);

/// A runtime on the current thread.
pub fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().build().unwrap()
}

/// The documented run under this id.
pub fn run(id: &str) -> WorkflowRunDetail {
    WorkflowRunDetail { id: id.into(), ..examples::execution() }
}

//! Numbers of runs by state.

/// Declares how runs are added to a type that has `total` and a count for each state.
macro_rules! count_states {
    ($name:ident) => {
        impl $name {
            /// Adds this many runs in this state.
            pub fn add(&mut self, status: $crate::WorkflowRunStatus, runs: i64) {
                use $crate::WorkflowRunStatus::{
                    Cancelled, Failed, Paused, Pending, Running, Succeeded,
                };
                let of_status = match status {
                    Pending => &mut self.pending,
                    Running => &mut self.running,
                    Succeeded => &mut self.succeeded,
                    Failed => &mut self.failed,
                    Cancelled => &mut self.cancelled,
                    Paused => &mut self.paused,
                };
                *of_status += runs;
                self.total += runs;
            }
        }
    };
}

pub(crate) use count_states;

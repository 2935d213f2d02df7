//! A line of a file to import.

/// A failed run with one step, which has this error.
pub fn failed_run(id: &str, error: &str) -> String {
    format!(
        "{{\"id\":\"{id}\",\"workflow_id\":\"w\",\"version_id\":\"v\",\
         \"version_display_name\":\"\",\"type\":\"TEST\",\"status\":\"FAILED\",\
         \"created_at\":\"2025-01-04T12:00:00Z\",\"steps\":[{{\"id\":\"s\",\
         \"step_name\":\"s\",\"step_type\":\"PIECE\",\"status\":\"FAILED\",\
         \"created_at\":\"2025-01-04T12:00:00Z\",\"error\":\"{error}\"}}]}}\n"
    )
}

//! What the demo prints when it is ready.

use std::io::{self, Write};

use runledger_model::examples::API_KEY;

use super::{file::DemoFile, fill::Filled};

/// Writes the keys and requests to try. Programs may wait for its last line.
pub fn write(out: &mut dyn Write, url: &str, filled: &Filled, file: &DemoFile) -> io::Result<()> {
    let Filled { key, runs, large_run } = filled;
    let deleted = if file.is_temporary() { " (deleted at the end)" } else { "" };
    write!(
        out,
        "The Runledger demo is running.\n\n\
         Swagger UI  {url}/docs\n\
         Database    {}{deleted}\n\
         Keys        {API_KEY:<35}  the documentation's tenant, 250 runs\n\
         \x20           {key:<35}  the demo's tenant, {runs} runs\n\n\
         Requests of the documentation:\n\n",
        file.path().display(),
    )?;
    let mut request = |title: &str, path: &str, key: &str| {
        let header = format!("Authorization: Token {key}");
        write!(out, "# {title}\ncurl -X GET \"{url}{path}\" \\\n  -H \"{header}\"\n\n")
    };
    request("All runs", "/v1/executions", API_KEY)?;
    request("Filter by workflow", "/v1/executions?workflow_id=workflow_abc123", API_KEY)?;
    request("Filter by status", "/v1/executions?status=SUCCEEDED", API_KEY)?;
    request("Paginated", "/v1/executions?page=2&limit=50", API_KEY)?;
    request("A run with its steps", "/v1/executions/run_def456", API_KEY)?;
    request(
        "The newest failed runs of the large history",
        "/v1/executions?status=FAILED&limit=5",
        key,
    )?;
    if let Some((id, steps)) = large_run {
        request(&format!("A run with {steps} steps"), &format!("/v1/executions/{id}"), key)?;
    }
    writeln!(out, "Ready. Stop with Ctrl-C.")
}

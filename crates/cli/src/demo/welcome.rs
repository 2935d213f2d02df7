//! What the demo says when it is ready.

use std::{fmt::Write, net::SocketAddr};

use runledger_model::examples::API_KEY;

use super::{database::Database, fill::Filled};

/// The keys, where to look, and what to type. Its last line is the sign that the demo is ready.
pub fn text(address: SocketAddr, filled: &Filled, database: &Database) -> String {
    let base = format!("http://{address}");
    let key = &filled.key;
    let mut text = format!(
        "Runledger's demo.\n\n\
         Swagger UI  {base}/docs\n\
         Database    {}{}\n\
         Keys        {API_KEY:<35}  the documentation's tenant, 250 runs\n\
         \x20           {key:<35}  the demo's tenant, {} runs\n\n\
         The documentation's requests:\n\n",
        database.path().display(),
        if database.is_temporary() { " (deleted at the end)" } else { "" },
        filled.runs,
    );
    let mut request = |title: &str, path: &str, key: &str| {
        let _ = write!(
            text,
            "# {title}\ncurl -X GET \"{base}{path}\" \\\n  -H \"Authorization: Token {key}\"\n\n"
        );
    };
    request("All runs", "/v1/executions", API_KEY);
    request("Filter by workflow", "/v1/executions?workflow_id=workflow_abc123", API_KEY);
    request("Filter by status", "/v1/executions?status=SUCCEEDED", API_KEY);
    request("Paginated", "/v1/executions?page=2&limit=50", API_KEY);
    request("One run with its steps", "/v1/executions/run_def456", API_KEY);
    request("In the large history: what failed last", "/v1/executions?status=FAILED&limit=5", key);
    if let Some((id, steps)) = &filled.wide {
        request(&format!("A run with {steps} steps"), &format!("/v1/executions/{id}"), key);
    }
    text.push_str("Ready. Stop with Ctrl-C.\n");
    text
}

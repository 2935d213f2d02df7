//! The documentation's requests and responses, verbatim.

/// The complete page.
pub const PAGE: &str = include_str!("../documentation/executions.txt");

/// The documented requests, each with a name for tests.
pub const REQUESTS: [(&str, &str); 5] = [
    ("list_all", include_str!("../documentation/list_all.curl")),
    ("list_by_workflow", include_str!("../documentation/list_by_workflow.curl")),
    ("list_by_status", include_str!("../documentation/list_by_status.curl")),
    ("list_page", include_str!("../documentation/list_page.curl")),
    ("get", include_str!("../documentation/get.curl")),
];

/// The body of a 200 of `GET /v1/executions`.
pub const LIST: &str = include_str!("../documentation/list_200.json");
/// The body of a 200 of `GET /v1/executions/{id}`.
pub const RUN: &str = include_str!("../documentation/get_200.json");
/// The body of a 401.
pub const UNAUTHORIZED: &str = include_str!("../documentation/error_401.json");
/// The body of a 404.
pub const NOT_FOUND: &str = include_str!("../documentation/error_404.json");

/// All requests and bodies above, by name.
pub fn pieces() -> Vec<(&'static str, &'static str)> {
    let mut pieces = REQUESTS.to_vec();
    pieces.extend([("list", LIST), ("run", RUN), ("401", UNAUTHORIZED), ("404", NOT_FOUND)]);
    pieces
}

/// Whether the page contains a piece as complete lines, character for character.
pub fn stands_in_the_page(piece: &str) -> bool {
    let lines = format!("\n{PAGE}\n");
    piece.strip_suffix('\n').is_some_and(|text| lines.contains(&format!("\n{text}\n")))
}

//! Reads the curl lines of the documentation.

/// The request of a curl line.
#[derive(Debug, PartialEq, Eq)]
pub struct CurlRequest {
    /// The method after `-X`.
    pub method: String,
    /// Path and query, without the base URL.
    pub path: String,
    /// The header fields, in order.
    pub headers: Vec<(String, String)>,
}

/// Reads `curl -X METHOD "URL" \ -H "name: value" …`.
///
/// # Panics
/// Where the line has another form.
pub fn parse(line: &str) -> CurlRequest {
    let line = line.replace("\\\n", " ");
    let rest = line.trim().strip_prefix("curl -X ").expect("a curl line");
    let (method, rest) = rest.split_once(' ').expect("a method");
    let mut quoted = rest.split('"');
    let mut headers = Vec::new();
    assert_eq!(quoted.next(), Some(""), "the URL follows the method");
    let url = quoted.next().expect("a URL");
    while let Some(option) = quoted.next() {
        match option.trim() {
            "-H" => {
                let (name, value) =
                    quoted.next().and_then(|header| header.split_once(": ")).expect("a header");
                headers.push((name.to_owned(), value.to_owned()));
            }
            "" => {}
            other => panic!("not an option of the documentation's curl lines: {other}"),
        }
    }
    let path = url.strip_prefix("https://api.puq.ai").expect("the documentation's base URL");
    CurlRequest { method: method.to_owned(), path: path.to_owned(), headers }
}

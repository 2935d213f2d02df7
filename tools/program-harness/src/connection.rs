//! One HTTP/1.1 connection to a server, for one request after another.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use serde_json::Value;

/// Ends a test whose server never responds; no response takes nearly as long.
const READ_TIMEOUT: Duration = Duration::from_secs(120);

/// A persistent connection.
pub struct Connection(BufReader<TcpStream>);

/// A response.
#[derive(Debug)]
pub struct Response {
    /// Its status code.
    pub status: u16,
    /// Its status line and header section.
    pub header_section: String,
    /// Its content.
    pub body: Vec<u8>,
}

impl Response {
    /// The body as JSON.
    ///
    /// # Panics
    /// Where it is not JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("a JSON body")
    }

    /// The value of the first header field of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.header_section.lines().find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then_some(value.trim())
        })
    }
}

impl Connection {
    /// Connects to this address.
    ///
    /// # Errors
    /// Where the connection is refused.
    pub fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(READ_TIMEOUT))?;
        Ok(Self(BufReader::new(stream)))
    }

    /// Sends a `GET` request and reads its response.
    ///
    /// # Errors
    /// Where the connection ends before.
    pub fn get(&mut self, path: &str, key: &str) -> io::Result<Response> {
        self.send("GET", path, key, &[])?;
        self.response()
    }

    /// Sends a request; an empty `body` means a request without content.
    ///
    /// # Errors
    /// Where the connection ends before it is sent.
    pub fn send(&mut self, method: &str, path: &str, key: &str, body: &[u8]) -> io::Result<()> {
        let mut request =
            format!("{method} {path} HTTP/1.1\r\nhost: a\r\nauthorization: Token {key}\r\n");
        if !body.is_empty() {
            request += "content-type: application/json\r\n";
            request += &format!("content-length: {}\r\n", body.len());
        }
        request += "\r\n";
        self.0.get_mut().write_all(&[request.as_bytes(), body].concat())
    }

    /// Reads a whole response.
    ///
    /// # Errors
    /// Where the connection ends before, or the response states no `Content-Length`.
    pub fn response(&mut self) -> io::Result<Response> {
        let mut header_section = String::new();
        while !header_section.ends_with("\r\n\r\n") {
            if self.0.read_line(&mut header_section)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        let status = header_section.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.ok_or(io::ErrorKind::InvalidData)?;
        let mut response = Response { status, header_section, body: Vec::new() };
        let length = match response.header("content-length") {
            // These have no content.
            None if matches!(status, 204 | 304) => Some(0),
            length => length.and_then(|length| length.parse().ok()),
        };
        response.body = vec![0; length.ok_or(io::ErrorKind::InvalidData)?];
        self.0.read_exact(&mut response.body)?;
        Ok(response)
    }
}

/// Sends a request over plain HTTP on a connection of its own; returns the status and the body.
///
/// # Panics
/// Where there is no response, or its body is not UTF-8.
pub fn request(url: &str, method: &str, key: &str, body: &str) -> (u16, String) {
    let (host, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut connection = Connection::open(host.parse().unwrap()).unwrap();
    connection.send(method, &format!("/{path}"), key, body.as_bytes()).unwrap();
    let response = connection.response().unwrap();
    (response.status, String::from_utf8(response.body).unwrap())
}

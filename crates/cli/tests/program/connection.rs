//! One connection to a server, on which one request follows another.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use serde_json::Value;

/// Only so that a test ends where a server never answers: no server takes as long.
const NEVER: Duration = Duration::from_secs(120);

/// A connection that is kept.
pub struct Connection(BufReader<TcpStream>);

/// What was answered.
#[derive(Debug)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its status line and headers.
    pub head: String,
    /// Its whole body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("a JSON body")
    }

    /// The value of a header that stands once.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then_some(value.trim())
        })
    }
}

impl Connection {
    /// Opens one.
    pub fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(NEVER))?;
        Ok(Self(BufReader::new(stream)))
    }

    /// What `GET` answers.
    pub fn get(&mut self, path: &str, key: &str) -> io::Result<Answer> {
        self.send("GET", path, key, &[])?;
        self.answer()
    }

    /// Sends a request; an empty body is none.
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

    /// Reads an answer to its end.
    pub fn answer(&mut self) -> io::Result<Answer> {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if self.0.read_line(&mut head)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        let mut answer =
            Answer { status: status.ok_or(io::ErrorKind::InvalidData)?, head, body: Vec::new() };
        let length = answer.header("content-length").and_then(|length| length.parse().ok());
        answer.body = vec![0; length.ok_or(io::ErrorKind::InvalidData)?];
        self.0.read_exact(&mut answer.body)?;
        Ok(answer)
    }
}

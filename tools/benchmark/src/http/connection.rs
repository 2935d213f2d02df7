//! A connection that sends one request after another, and reads no more of a response than its
//! status and its length.

use std::{io, net::SocketAddr};

use anyhow::{Context, Result, bail};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// What is read at a time, in bytes; a page of runs is smaller.
const BUFFER_BYTES: usize = 64 * 1024;

/// An HTTP/1.1 connection that stays open.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    filled: usize,
}

/// What is known of a response.
#[derive(Clone, Copy, Debug)]
pub struct Response {
    /// Its status code.
    pub status: u16,
    /// The length of its content, in bytes.
    pub content_bytes: u64,
}

impl Connection {
    /// Connects.
    ///
    /// # Errors
    /// Where the connection is refused.
    pub async fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: vec![0; BUFFER_BYTES], filled: 0 })
    }

    /// Sends a request and reads its response.
    ///
    /// # Errors
    /// Where the connection ends, or the response has no `Content-Length` and may have content.
    pub async fn send(&mut self, request: &[u8]) -> Result<Response> {
        self.stream.write_all(request).await?;
        self.filled = 0;
        let end = loop {
            self.fill().await?;
            if let Some(end) = find(&self.buffer[..self.filled], b"\r\n\r\n") {
                break end + 4;
            }
            if self.filled == self.buffer.len() {
                bail!("the header section is too long");
            }
        };
        let response = parse(&self.buffer[..end])?;
        let mut missing = response.content_bytes.saturating_sub((self.filled - end) as u64);
        while missing > 0 {
            self.filled = 0;
            self.fill().await?;
            missing = missing.saturating_sub(self.filled as u64);
        }
        Ok(response)
    }

    async fn fill(&mut self) -> Result<()> {
        match self.stream.read(&mut self.buffer[self.filled..]).await? {
            0 => bail!("the server closed the connection"),
            bytes => self.filled += bytes,
        }
        Ok(())
    }
}

/// Reads a status line and the header section after it.
fn parse(section: &[u8]) -> Result<Response> {
    let status = section.get(9..12).and_then(|digits| std::str::from_utf8(digits).ok());
    let status = status.and_then(|digits| digits.parse().ok()).context("no status")?;
    if matches!(status, 204 | 304) {
        return Ok(Response { status, content_bytes: 0 });
    }
    let mut lines = section.split(|byte| *byte == b'\n');
    let length = lines.find_map(|line| {
        let (name, value) = line.split_at_checked(15)?;
        let value = name.eq_ignore_ascii_case(b"content-length:").then_some(value)?;
        std::str::from_utf8(value).ok()?.trim().parse().ok()
    });
    Ok(Response { status, content_bytes: length.context("no Content-Length")? })
}

fn find(bytes: &[u8], sought: &[u8]) -> Option<usize> {
    bytes.windows(sought.len()).position(|window| window == sought)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_has_a_status_and_a_length() {
        let response = parse(b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n").unwrap();
        assert_eq!((response.status, response.content_bytes), (200, 12));
        let response = parse(b"HTTP/1.1 304 Not Modified\r\n\r\n").unwrap();
        assert_eq!((response.status, response.content_bytes), (304, 0));
        assert!(parse(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").is_err());
    }
}

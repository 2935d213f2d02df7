//! A reader of server-sent events, over any stream of bytes.

use std::{convert::Infallible, future::Future, io, str::FromStr};

use axum::body::{Body, Bytes};
use http_body_util::BodyExt;
use runledger_model::WorkflowRunChange;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpStream, ToSocketAddrs},
};

/// A block of lines of a stream: an event, or a comment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Block {
    /// The value of `id`.
    pub id: Option<u64>,
    /// The value of `event`.
    pub event: Option<String>,
    /// The value of `data`.
    pub data: Option<String>,
    /// Whether there is a comment.
    pub has_comment: bool,
}

impl Block {
    /// The change in the data of an event, which has its number as the id.
    pub fn change(&self) -> Option<WorkflowRunChange> {
        let change: WorkflowRunChange =
            serde_json::from_str(self.data.as_ref()?).expect("a change");
        assert_eq!(self.event.as_deref(), Some("change"), "{self:?}");
        assert_eq!(self.id, Some(change.number.cast_unsigned()), "{self:?}");
        assert_eq!(change.deleted, change.run.is_none(), "{self:?}");
        Some(change)
    }
}

/// Reads a stream of events.
pub struct EventReader<S> {
    source: S,
    /// What was received and not returned yet.
    text: String,
}

/// Where a stream comes from.
pub trait Source {
    /// What is received next; empty at the end.
    fn receive(&mut self) -> impl Future<Output = io::Result<Bytes>>;
}

impl Source for TcpStream {
    async fn receive(&mut self) -> io::Result<Bytes> {
        let mut buffer = [0; 4096];
        let length = self.read(&mut buffer).await?;
        Ok(Bytes::copy_from_slice(&buffer[..length]))
    }
}

impl Source for Body {
    async fn receive(&mut self) -> io::Result<Bytes> {
        let frame = self.frame().await.transpose().map_err(io::Error::other)?;
        Ok(frame.and_then(|frame| frame.into_data().ok()).unwrap_or_default())
    }
}

impl EventReader<TcpStream> {
    /// Requests a stream with these header fields, and reads the header section of the response,
    /// which must be a 200.
    ///
    /// # Errors
    /// If the connection fails.
    pub async fn connect(
        address: impl ToSocketAddrs,
        path: &str,
        headers: &[(&str, &str)],
    ) -> io::Result<Self> {
        let mut connection = TcpStream::connect(address).await?;
        let fields = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n"));
        let fields: String = fields.collect();
        // The content of a response to HTTP/1.0 has no chunks.
        let request = format!("GET {path} HTTP/1.0\r\n{fields}\r\n");
        connection.write_all(request.as_bytes()).await?;
        let mut reader = Self::new(connection);
        while !reader.text.contains("\r\n\r\n") {
            if !reader.receive().await? {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        let (header, content) = reader.text.split_once("\r\n\r\n").expect("found above");
        assert!(header.starts_with("HTTP/1.0 200"), "{header}");
        reader.text = content.to_owned();
        Ok(reader)
    }
}

impl<S: Source> EventReader<S> {
    /// A reader of this source.
    pub fn new(source: S) -> Self {
        Self { source, text: String::new() }
    }

    /// The next block; `None` at the end, where a block without its end is dropped.
    ///
    /// # Errors
    /// If the connection fails.
    pub async fn next_block(&mut self) -> io::Result<Option<Block>> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let block = block.parse().expect("infallible");
                self.text = rest.to_owned();
                return Ok(Some(block));
            }
            if !self.receive().await? {
                return Ok(None);
            }
        }
    }

    /// The next change; `None` at the end.
    ///
    /// # Errors
    /// If the connection fails.
    pub async fn next_change(&mut self) -> io::Result<Option<WorkflowRunChange>> {
        while let Some(block) = self.next_block().await? {
            if let Some(change) = block.change() {
                return Ok(Some(change));
            }
        }
        Ok(None)
    }

    /// Receives more text. Returns whether there was any.
    async fn receive(&mut self) -> io::Result<bool> {
        let bytes = self.source.receive().await?;
        self.text += std::str::from_utf8(&bytes).expect("ASCII, in these tests");
        Ok(!bytes.is_empty())
    }
}

impl FromStr for Block {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        let mut block = Self::default();
        for line in text.lines() {
            let (field, value) = line.split_once(':').expect("a field");
            let value = value.strip_prefix(' ').unwrap_or(value);
            match field {
                "" => block.has_comment = true,
                "id" => block.id = Some(value.parse().expect("a number")),
                "event" => block.event = Some(value.to_owned()),
                "data" => block.data = Some(value.to_owned()),
                "retry" => assert!(value.parse::<u64>().is_ok_and(|millis| millis > 0), "{line}"),
                _ => panic!("{line}"),
            }
        }
        Ok(block)
    }
}

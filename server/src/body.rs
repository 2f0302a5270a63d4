//! Bodies of requests, limited in size and time while they are read.

use std::time::Duration;

use axum::body::Body;
use futures_util::StreamExt;

/// A body that was not read to its end. The connection it came over ends with the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReadError {
    /// Larger than what the address takes.
    TooLarge,
    /// Not there in time, however steadily it came.
    TooSlow,
    /// The sender went away.
    Broken,
}

/// The body as sent, `most` bytes at most, all of it before `deadline` has passed.
pub(crate) async fn read(body: Body, most: usize, deadline: Duration) -> Result<Vec<u8>, ReadError> {
    tokio::time::timeout(deadline, collect(body, most)).await.unwrap_or(Err(ReadError::TooSlow))
}

async fn collect(body: Body, most: usize) -> Result<Vec<u8>, ReadError> {
    let mut all = Vec::new();
    let mut pieces = body.into_data_stream();
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|_| ReadError::Broken)?;
        if all.len() + piece.len() > most {
            return Err(ReadError::TooLarge);
        }
        all.extend_from_slice(&piece);
    }
    Ok(all)
}

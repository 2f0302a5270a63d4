//! Bodies, limited before they are read and while they are inflated.

use std::io::Read;
use std::time::Duration;

use axum::body::Body;
use flate2::read::MultiGzDecoder;
use futures_util::StreamExt;
use http::{HeaderMap, StatusCode, header};
use wire::problem::ProblemKind;

use crate::refusal::Refusal;

/// A sender slower than this gives its place up.
const DEADLINE: Duration = Duration::from_secs(30);

/// The body as sent, `most` bytes at most.
pub(super) async fn read(body: Body, most: usize) -> Result<Vec<u8>, Refusal> {
    let slow = || Refusal::new(ProblemKind::BadRequest, StatusCode::REQUEST_TIMEOUT, "the body took more than 30 s");
    tokio::time::timeout(DEADLINE, collect(body, most)).await.map_err(|_| slow())?
}

async fn collect(body: Body, most: usize) -> Result<Vec<u8>, Refusal> {
    let mut all = Vec::new();
    let mut pieces = body.into_data_stream();
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|_| Refusal::bad_request("the body broke off: send it again"))?;
        if all.len() + piece.len() > most {
            return Err(Refusal::too_large(format!("the body is over {most} bytes: send fewer events")));
        }
        all.extend_from_slice(&piece);
    }
    Ok(all)
}

/// The body as meant, `most` bytes at most.
pub(super) fn inflate(headers: &HeaderMap, sent: Vec<u8>, most: usize) -> Result<Vec<u8>, Refusal> {
    match headers.get(header::CONTENT_ENCODING).map(|v| v.as_bytes()) {
        None | Some(b"identity") => Ok(sent),
        Some(b"gzip") => {
            let mut all = Vec::new();
            let read = MultiGzDecoder::new(sent.as_slice()).take(most as u64 + 1).read_to_end(&mut all);
            read.map_err(|_| Refusal::bad_request("the body is not gzip, though Content-Encoding says so"))?;
            if all.len() > most {
                return Err(Refusal::too_large(format!("the body inflates to over {most} bytes: send fewer events")));
            }
            Ok(all)
        }
        Some(_) => Err(Refusal::new(
            ProblemKind::BadRequest,
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "Content-Encoding must be gzip or absent",
        )),
    }
}

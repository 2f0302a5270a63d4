//! Bodies, limited before they are read and while they are inflated.

use std::io::Read;

use axum::body::Body;
use flate2::read::MultiGzDecoder;
use http::{HeaderMap, StatusCode, header};
use wire::problem::ProblemKind;

use crate::app::App;
use crate::body::{self, ReadError};
use crate::refusal::Refusal;

/// The body as sent, `most` bytes at most, in time.
pub(super) async fn read(app: &App, body: Body, most: usize) -> Result<Vec<u8>, Refusal> {
    let deadline = app.http.body_deadline();
    body::read(body, most, deadline).await.map_err(|wrong| match wrong {
        ReadError::TooLarge => Refusal::too_large(format!("the body is over {most} bytes: send fewer events")),
        ReadError::TooSlow => {
            let detail = format!("the body took more than {} s", deadline.as_secs());
            Refusal::new(ProblemKind::BadRequest, StatusCode::REQUEST_TIMEOUT, detail)
        }
        ReadError::Broken => Refusal::bad_request("the body broke off: send it again"),
    })
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

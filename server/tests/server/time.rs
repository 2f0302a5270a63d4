//! What a borne without a clock is promised.

use axum::body::Body;
use http::{Request, StatusCode};
use wire::problem::ProblemKind;
use wire::time::{TimeError, TimeNonce, TimeReply, verify};

use crate::support::{Answer, Site, refused};

const NONCE: TimeNonce = TimeNonce::from_random([5; 16]);

async fn get(site: &Site, path: &str) -> Answer {
    site.send(Request::get(path).body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn r7_the_time_is_signed_with_the_key_that_enrolment_gave_and_a_restart_keeps() {
    let mut site = Site::open().await;
    let pinned = site.borne(1).await.reply.server_key;
    for _ in 0..2 {
        let answer = get(&site, &NONCE.path_and_query()).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.headers["cache-control"], "no-store");
        assert!(answer.body.len() <= 256, "{} bytes", answer.body.len());
        let reply: TimeReply = answer.json();
        assert_eq!(verify(&reply, &NONCE, &pinned), Ok(site.now()));
        assert_eq!(verify(&reply, &TimeNonce::from_random([6; 16]), &pinned), Err(TimeError::Nonce));
        site.advance(3600);
        site.reopen().await;
    }
}

#[tokio::test]
async fn a_question_for_the_time_that_cannot_be_read_says_why() {
    let site = Site::open().await;
    for path in ["/v1/time", "/v1/time?nonce=AAAA", "/v1/time?nonce=%3Cb%3E"] {
        let detail = refused(&get(&site, path).await, 400, ProblemKind::BadRequest);
        assert!(detail.contains("nonce="), "{detail}");
    }
}

#[tokio::test]
async fn the_time_is_told_once_a_second_and_address_after_a_burst_of_twenty() {
    let site = Site::open().await;
    for _ in 0..20 {
        assert_eq!(get(&site, &NONCE.path_and_query()).await.status, StatusCode::OK);
    }
    let more = get(&site, &NONCE.path_and_query()).await;
    refused(&more, 429, ProblemKind::TooManyRequests);
    assert_eq!(more.headers["retry-after"], "1");
    site.advance(1);
    assert_eq!(get(&site, &NONCE.path_and_query()).await.status, StatusCode::OK);
}

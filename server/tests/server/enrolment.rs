//! What bornes are promised of enrolment.

use axum::body::Body;
use ed25519_dalek::SigningKey;
use http::Request;
use wire::enrolment::EnrolReply;
use wire::problem::ProblemKind;

use crate::support::{Site, refused, site_id};

#[tokio::test]
async fn r3_each_borne_gets_a_series_of_its_own_and_r10_the_seventh_is_refused() {
    let site = Site::open().await;
    let mut series = Vec::new();
    for n in 1..=6 {
        series.push(site.borne(n).await.reply.series.digit());
    }
    assert_eq!(series, [1, 2, 3, 4, 5, 6]);
    let seventh = site.enrol_raw(&site.code(7).await, &SigningKey::from_bytes(&[7; 32])).await;
    refused(&seventh, 409, ProblemKind::NoSeriesLeft);
}

#[tokio::test]
async fn r3_a_series_is_free_again_on_the_service_day_after_the_revocation() {
    let site = Site::open().await;
    let mut bornes = Vec::new();
    for n in 1..=6 {
        bornes.push(site.borne(n).await);
    }
    assert!(site.store().revoke(bornes[2].id, site.now()).await.unwrap());
    let seventh = SigningKey::from_bytes(&[7; 32]);
    let same_day = site.enrol_raw(&site.code(7).await, &seventh).await;
    refused(&same_day, 409, ProblemKind::NoSeriesLeft);
    site.advance(24 * 3600);
    let next_day: EnrolReply = site.enrol_raw(&site.code(8).await, &seventh).await.json();
    assert_eq!(next_day.series.digit(), 3);
}

#[tokio::test]
async fn a_code_works_once_and_a_lost_answer_is_given_again() {
    let site = Site::open().await;
    let code = site.code(1).await;
    let key = SigningKey::from_bytes(&[1; 32]);
    let first: EnrolReply = site.enrol_raw(&code, &key).await.json();
    let again: EnrolReply = site.enrol_raw(&code, &key).await.json();
    assert_eq!((first.borne, first.series), (again.borne, again.series));
    assert_eq!(first.server_key, site.app.public_key());
    let other = site.enrol_raw(&code, &SigningKey::from_bytes(&[2; 32])).await;
    refused(&other, 403, ProblemKind::EnrolmentCode);
    assert_eq!(site.store().bornes(site_id()).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_code_ends_after_a_day_and_burns_after_ten_wrong_ones() {
    let site = Site::open().await;
    let key = SigningKey::from_bytes(&[1; 32]);
    let old = site.code(1).await;
    site.advance(24 * 3600);
    refused(&site.enrol_raw(&old, &key).await, 403, ProblemKind::EnrolmentCode);
    let burned = site.code(2).await;
    for _ in 0..10 {
        site.advance(12);
        let wrong = wire::enrolment::EnrolmentCode::from_random([99; 10]);
        refused(&site.enrol_raw(&wrong, &key).await, 403, ProblemKind::EnrolmentCode);
    }
    site.advance(60);
    refused(&site.enrol_raw(&burned, &key).await, 403, ProblemKind::EnrolmentCode);
}

#[tokio::test]
async fn of_several_sites_none_pays_for_codes_that_are_nobodys_but_the_address_does() {
    let site = Site::open_two().await;
    let key = SigningKey::from_bytes(&[1; 32]);
    let good = site.code(2).await;
    let wrong = wire::enrolment::EnrolmentCode::from_random([99; 10]);
    for _ in 0..10 {
        site.advance(12);
        refused(&site.enrol_raw(&wrong, &key).await, 403, ProblemKind::EnrolmentCode);
    }
    site.advance(12);
    refused(&site.enrol_raw(&good, &key).await, 429, ProblemKind::TooManyRequests);
    site.advance(6 * 60);
    let reply: EnrolReply = site.enrol_raw(&good, &key).await.json();
    assert_eq!(reply.site, site_id(), "its code still holds");
}

#[tokio::test]
async fn enrolment_is_limited_to_five_a_minute_and_address() {
    let site = Site::open().await;
    let wrong = wire::enrolment::EnrolmentCode::from_random([99; 10]);
    let key = SigningKey::from_bytes(&[1; 32]);
    for _ in 0..5 {
        refused(&site.enrol_raw(&wrong, &key).await, 403, ProblemKind::EnrolmentCode);
    }
    let sixth = site.enrol_raw(&wrong, &key).await;
    refused(&sixth, 429, ProblemKind::TooManyRequests);
    assert_eq!(sixth.headers["retry-after"], "12");
}

#[tokio::test]
async fn an_enrolment_that_cannot_be_read_says_why() {
    let site = Site::open().await;
    for (body, word) in [("{", "EOF"), ("{\"v\":1}", "code"), ("{\"v\":1,\"more\":2}", "more")] {
        let request = Request::post("/v1/enrol").body(Body::from(body)).unwrap();
        let detail = refused(&site.send(request).await, 400, ProblemKind::BadRequest);
        assert!(detail.contains(word), "{detail}");
    }
}

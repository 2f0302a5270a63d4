use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::routing::post;
use wire::enrolment::{EnrolReply, PublicKey};
use wire::ids::{OriginId, SiteId};
use wire::label::Series;

use super::*;
use crate::config::Server;
use crate::identity::DeviceKey;
use crate::store::Answers;
use crate::survey::CellKey;

fn paris() -> TimeZone {
    TimeZone::get("Europe/Paris").unwrap()
}

fn uplink(folder: &Path, url: String, clock: &Clock, handle: &UplinkHandle) -> Uplink {
    let reply = EnrolReply {
        borne: OriginId(uuid::Uuid::from_u128(1)),
        site: SiteId(uuid::Uuid::from_u128(2)),
        series: Series::FIRST,
        server_key: PublicKey([0; 32]),
        server_time: Timestamp::UNIX_EPOCH,
    };
    let identity = Identity::new(DeviceKey::from_random(&[1; 32]), &reply);
    let client = Client::new(&Server::at(url), clock).unwrap();
    Uplink::new(client, identity, folder, clock.clone(), paris(), handle.clone(), |_| {}).unwrap()
}

/// A server that refuses every batch of answers, and counts them.
async fn refusing(asked: Arc<AtomicUsize>) -> String {
    let refuse = |State(asked): State<Arc<AtomicUsize>>| async move {
        asked.fetch_add(1, Ordering::SeqCst);
        let problem = r#"{"type":"urn:accueil:problem:bad-request","title":"Bad Request","status":400,"detail":"no such survey"}"#;
        (StatusCode::BAD_REQUEST, [(CONTENT_TYPE, wire::problem::MEDIA_TYPE)], problem)
    };
    let router = Router::new().route(SURVEY_PATH, post(refuse)).with_state(asked);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

#[tokio::test]
async fn a_batch_of_answers_that_is_refused_waits_a_day_and_holds_nothing_else_up() {
    let folder = tempfile::tempdir().unwrap();
    let asked = Arc::new(AtomicUsize::new(0));
    let (clock, handle) = (Clock::default(), UplinkHandle::default());
    let mut uplink = uplink(folder.path(), refusing(Arc::clone(&asked)).await, &clock, &handle);

    let yesterday = clock.now() - SignedDuration::from_hours(48);
    let key = CellKey {
        survey: "accueil-1".parse().unwrap(),
        service: None,
        period: wire::service_day::Period::half_day_of(yesterday, &paris()),
        vector: "1.1".parse().unwrap(),
        suspect: false,
    };
    let mut answers = Answers::open(folder.path()).unwrap();
    for _ in 0..5 {
        answers.count(&key).unwrap();
    }
    answers
        .close(yesterday + SignedDuration::from_hours(24), &paris(), || SignedDuration::ZERO, random::uuid_v4)
        .unwrap();
    assert_eq!(answers.waiting().unwrap(), 1);

    assert_eq!(uplink.look_after_answers().await, None, "the events go on");
    assert_eq!((asked.load(Ordering::SeqCst), answers.waiting().unwrap()), (1, 1), "kept");
    assert_eq!(uplink.look_after_answers().await, None);
    assert_eq!(asked.load(Ordering::SeqCst), 1, "not asked again at once");
    clock.advance(SignedDuration::from_hours(25));
    assert_eq!(uplink.look_after_answers().await, None);
    assert_eq!(asked.load(Ordering::SeqCst), 2, "asked again a day later");
}

#[tokio::test]
async fn no_server_sends_a_borne_to_sleep_for_longer_than_ten_minutes() {
    let folder = tempfile::tempdir().unwrap();
    let (clock, handle) = (Clock::default(), UplinkHandle::default());
    let mut uplink = uplink(folder.path(), "http://127.0.0.1:9".to_owned(), &clock, &handle);
    let refused = |seconds| {
        let problem = Problem {
            kind: ProblemKind::Other,
            title: "Service Unavailable".to_owned(),
            status: 503,
            detail: String::new(),
            expected_seq: None,
            server_time: None,
        };
        let retry_after = Some(Duration::from_secs(seconds));
        ExchangeError::Call(CallError::Refused { problem: Box::new(problem), retry_after })
    };
    assert_eq!(uplink.after(refused(86_400)), Next::Rest(LONGEST_WAIT));
    let Next::Rest(wait) = uplink.after(refused(120)) else { panic!("a refusal that tells nothing to follow") };
    assert!(wait >= Duration::from_secs(120), "{wait:?}");
    assert!(handle.status().fault.unwrap().contains("503"));
}

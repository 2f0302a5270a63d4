use std::io::Read as _;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
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

/// A server that takes one exchange in two, and keeps what it is asked.
async fn wavering(asked: Arc<Mutex<Vec<SyncRequest>>>) -> String {
    let answer = |State(asked): State<Arc<Mutex<Vec<SyncRequest>>>>, headers: HeaderMap, body: Bytes| async move {
        let mut text = String::new();
        if headers.contains_key(CONTENT_ENCODING) {
            flate2::read::GzDecoder::new(&*body).read_to_string(&mut text).unwrap();
        } else {
            text.push_str(std::str::from_utf8(&body).unwrap());
        }
        let request: SyncRequest = serde_json::from_str(&text).unwrap();
        let hwm = request.from_seq - 1;
        let mut asked = asked.lock().unwrap();
        asked.push(request);
        let status = if asked.len() % 2 == 1 { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
        let now = Timestamp::now();
        (status, format!(r#"{{"hwm":{hwm},"server_time":"{now}","config_version":1,"next_poll_s":30}}"#))
    };
    let router = Router::new().route(PATH, post(answer)).with_state(asked);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

#[tokio::test]
async fn a_report_goes_with_each_exchange_until_the_server_has_it() {
    let folder = tempfile::tempdir().unwrap();
    let (clock, handle, asked) = (Clock::default(), UplinkHandle::default(), Arc::default());
    let url = wavering(Arc::clone(&asked)).await;
    let status = crate::core::CoreStatus { catalogue: 7, ..Default::default() };
    let reporter = Reporter::new(move || status.clone(), clock.clone(), folder.path(), Duration::ZERO);
    let mut uplink = uplink(folder.path(), url, &clock, &handle).with_reports(reporter);
    let mut store = Store::open(folder.path()).unwrap();
    for n in 0..=MAX_EVENTS {
        let help = wire::ids::HelpId(uuid::Uuid::from_u128(u128::try_from(n).unwrap()));
        store.append(clock.now(), wire::event::EventBody::HelpRequested { help }).unwrap();
    }
    uplink.try_exchange().await.unwrap_err();
    uplink.try_exchange().await.unwrap();
    store.acknowledge(u64::try_from(MAX_EVENTS).unwrap()).unwrap();
    uplink.try_exchange().await.unwrap_err();
    uplink.try_exchange().await.unwrap();
    let requests = std::mem::take(&mut *asked.lock().unwrap());
    let told: Vec<_> =
        requests.iter().map(|request| request.report.as_ref().map(|r| Report::read(r.get()).unwrap())).collect();
    let backlog = |nth: usize| told[nth].as_ref().map(|report| (report.unsent, report.oldest_unsent.is_some()));
    assert_eq!(told[0].as_ref().map(|report| report.catalogue), Some(7));
    assert_eq!((backlog(0), backlog(1)), (Some((1, true)), Some((1, true))), "what did not come is told again");
    assert_eq!(backlog(2), Some((0, false)), "what this request brings is no backlog");
    uplink.try_exchange().await.unwrap_err();
    assert!(asked.lock().unwrap()[0].report.is_none(), "nothing new");
}

#[tokio::test]
async fn what_an_earlier_run_left_is_told_before_the_server_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let (clock, handle) = (Clock::default(), UplinkHandle::default());
    let mut store = Store::open(folder.path()).unwrap();
    let help = wire::ids::HelpId(uuid::Uuid::from_u128(1));
    store.append(clock.now(), wire::event::EventBody::HelpRequested { help }).unwrap();
    let _not_yet_run = uplink(folder.path(), "http://127.0.0.1:9".to_owned(), &clock, &handle);
    assert_eq!((handle.status().unsent, handle.status().oldest_unsent.is_some()), (1, true));
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

/// A server that no longer waits for the first result, is away for the second, and keeps what it is sent.
async fn waiting(asked: Arc<Mutex<Vec<Outcome>>>) -> String {
    let answer = |State(asked): State<Arc<Mutex<Vec<Outcome>>>>, body: Bytes| async move {
        let mut asked = asked.lock().unwrap();
        asked.push(serde_json::from_slice(&body).unwrap());
        let problem = r#"{"type":"urn:accueil:problem:not-found","title":"Not Found","status":404,"detail":""}"#;
        match asked.len() {
            1 => (StatusCode::NOT_FOUND, problem),
            2 => (StatusCode::SERVICE_UNAVAILABLE, ""),
            _ => (StatusCode::NO_CONTENT, ""),
        }
    };
    let router = Router::new().route(wire::outcome::PATH, post(answer)).with_state(asked);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

#[tokio::test]
async fn what_became_of_a_command_is_sent_until_it_is_taken_or_nobody_waits() {
    use wire::outcome::Ended;
    let folder = tempfile::tempdir().unwrap();
    let asked = Arc::default();
    let (clock, handle) = (Clock::default(), UplinkHandle::default());
    let mut uplink = uplink(folder.path(), waiting(Arc::clone(&asked)).await, &clock, &handle);
    let outcome = |n| Outcome::of(wire::ids::CommandId(uuid::Uuid::from_u128(n)), Ended::Done);
    assert!(handle.has_told());
    (1..=3).for_each(|n| handle.tell(outcome(n)));
    assert!(matches!(uplink.tell_results().await, Some(Next::Rest(_))), "the server is away");
    assert_eq!(uplink.tell_results().await, None, "the events try whether it is back");
    assert_eq!(*asked.lock().unwrap(), [outcome(1), outcome(2)], "the first one is over");
    assert!(!handle.has_told(), "two wait");
    uplink.failures = 0;
    assert_eq!(uplink.tell_results().await, None);
    assert!(handle.has_told());
    assert_eq!(*asked.lock().unwrap(), [1, 2, 2, 3].map(outcome));
    assert_eq!(uplink.tell_results().await, None);
    assert_eq!(asked.lock().unwrap().len(), 4, "once");
}

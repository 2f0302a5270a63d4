//! Clients that take their time, or too many places, on real connections.

use std::io::ErrorKind;
use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use accueil_server::settings::Http;
use http::StatusCode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{interval, timeout};

use crate::display::Events;
use crate::support::{HOST, Site};
use crate::web::{DEADLINE, Web, browser};

fn n(n: u32) -> NonZeroU32 {
    NonZeroU32::new(n).unwrap()
}

/// A server that waits for nobody longer than a second.
async fn impatient() -> Site {
    Site::open_with(Http { head_deadline_s: n(1), body_deadline_s: n(1), ..Http::default() }).await
}

async fn connect(web: &Web) -> TcpStream {
    TcpStream::connect(web.address).await.unwrap()
}

/// Sends one byte after another, steadily, until the server has closed. Answers what it said, and after how long.
async fn dribble(mut stream: TcpStream, bytes: &[u8]) -> (String, Duration) {
    let begun = Instant::now();
    let (mut reader, mut writer) = stream.split();
    let write = async {
        let mut pace = interval(Duration::from_millis(20));
        for byte in bytes {
            pace.tick().await;
            if writer.write_all(&[*byte]).await.is_err() {
                break;
            }
        }
    };
    let mut said = Vec::new();
    let read = async {
        match reader.read_to_end(&mut said).await {
            Ok(_) => {}
            Err(e) => assert_eq!(e.kind(), ErrorKind::ConnectionReset, "{e}"),
        }
    };
    let both = async {
        tokio::join!(write, read);
    };
    timeout(DEADLINE, both).await.expect("the server closes");
    (String::from_utf8(said).unwrap(), begun.elapsed())
}

/// A head that takes the server's patience many times over at a byte each 20 ms.
fn long_head() -> Vec<u8> {
    format!("GET /sante HTTP/1.1\r\nhost: {HOST}\r\nx-slow: {}", "y".repeat(10_000)).into_bytes()
}

#[tokio::test]
async fn a_head_that_dribbles_in_or_never_comes_is_cut_off_while_streams_go_on() {
    let site = impatient().await;
    let web = Web::start(&site).await;
    let mut screen = Events::open(&web, "/a/hall/flux").await;
    assert_eq!(screen.calls().await, []);
    let bytes = long_head();
    let (head, nothing) = tokio::join!(dribble(connect(&web).await, &bytes), dribble(connect(&web).await, b""));
    for (said, after) in [head, nothing] {
        assert_eq!(said, "");
        assert!(after >= Duration::from_millis(900), "not before its second: {after:?}");
    }
    // The screen has been there longer than either was allowed to be.
    site.advance(24 * 3600);
    assert_eq!(browser().get(web.url("/sante")).send().await.unwrap().status().as_u16(), 200);
    assert_eq!(screen.calls().await, [], "a new day");
    web.stop().await;
}

#[tokio::test]
async fn a_connection_between_two_requests_may_idle_as_long_as_a_head_may_take() {
    let site = impatient().await;
    let web = Web::start(&site).await;
    let request = format!("GET /sante HTTP/1.1\r\nhost: {HOST}\r\n\r\n");
    let mut stream = connect(&web).await;
    for _ in 0..2 {
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = [0; 15];
        stream.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"HTTP/1.1 200 OK");
        let mut rest = vec![0; 4096];
        let read = stream.read(&mut rest).await.unwrap();
        assert!(String::from_utf8_lossy(&rest[..read]).contains("started_at"));
    }
    let (said, _) = dribble(stream, b"").await;
    assert_eq!(said, "");
    web.stop().await;
}

#[tokio::test]
async fn a_form_that_dribbles_in_is_answered_and_cut_off() {
    let site = impatient().await;
    let web = Web::start(&site).await;
    let mut stream = connect(&web).await;
    let head = format!(
        "POST /connexion HTTP/1.1\r\nhost: {HOST}\r\ncontent-type: application/x-www-form-urlencoded\r\n\
         content-length: 4000\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let (said, after) = dribble(stream, &[b'x'; 3_999]).await;
    assert!(said.starts_with("HTTP/1.1 408 ") && said.contains("L’envoi a pris trop de temps."), "{said}");
    assert!(after >= Duration::from_millis(900), "{after:?}");
    web.stop().await;
}

#[tokio::test]
async fn a_signed_body_that_dribbles_in_is_refused_and_cut_off() {
    let site = impatient().await;
    let borne = site.borne(1).await;
    let web = Web::start(&site).await;
    let body = borne.batch(1, &[]);
    let request = borne.signed("/v1/sync", &body, &borne.params(&site)).body(()).unwrap();
    let mut head = format!("POST /v1/sync HTTP/1.1\r\ncontent-length: {}\r\n", 10_000);
    for (name, value) in request.headers() {
        head += &format!("{name}: {}\r\n", value.to_str().unwrap());
    }
    let mut stream = connect(&web).await;
    stream.write_all(format!("{head}\r\n").as_bytes()).await.unwrap();
    let (said, _) = dribble(stream, &[b' '; 9_999]).await;
    assert!(said.starts_with("HTTP/1.1 408 ") && said.contains("the body took more than 1 s"), "{said}");
    assert_eq!(borne.sync(&site, 1, &[]).await.status, StatusCode::OK, "nothing was spent");
    web.stop().await;
}

#[tokio::test]
async fn a_head_or_a_form_that_is_too_large_is_refused() {
    let site = Site::open().await;
    let web = Web::start(&site).await;
    let head = browser().get(web.url("/sante")).header("x-large", "y".repeat(20_000)).send().await.unwrap();
    assert_eq!(head.status().as_u16(), 431);
    let form = [("name", "Léa".to_owned()), ("password", "y".repeat(5_000))];
    let form = browser().post(web.url("/connexion")).form(&form).send().await.unwrap();
    assert_eq!(form.status().as_u16(), 413);
    assert!(form.text().await.unwrap().contains("Ce formulaire est trop grand."));
    web.stop().await;
}

#[tokio::test]
async fn an_address_gets_its_share_of_connections_and_a_trusted_proxy_more() {
    let share = Http { connections_per_address_max: n(2), ..Http::default() };
    let site = Site::open_with(share.clone()).await;
    let web = Web::start(&site).await;
    let mut screens = [Events::open(&web, "/a/hall/flux").await, Events::open(&web, "/a/hall/flux").await];
    let (said, _) = dribble(connect(&web).await, b"").await;
    assert_eq!(said, "", "closed at once");
    assert!(browser().get(web.url("/sante")).send().await.is_err());
    for screen in &mut screens {
        assert_eq!(screen.calls().await, [], "those who are in stay");
    }
    drop(screens);
    let begun = Instant::now();
    while browser().get(web.url("/sante")).send().await.is_err() {
        assert!(begun.elapsed() < DEADLINE, "a place that was left is free again");
    }
    web.stop().await;

    let site = Site::open_with(Http { trusted_proxies: vec!["127.0.0.1".parse().unwrap()], ..share }).await;
    let web = Web::start(&site).await;
    let mut screens = Vec::new();
    for _ in 0..5 {
        screens.push(Events::open(&web, "/a/hall/flux").await);
    }
    web.stop().await;
}

#[tokio::test]
async fn beyond_the_last_place_clients_wait_for_one() {
    let site = Site::open_with(Http { connections_max: n(2), ..Http::default() }).await;
    let web = Web::start(&site).await;
    let request = format!("GET /sante HTTP/1.1\r\nhost: {HOST}\r\n\r\n");
    let mut places = [connect(&web).await, connect(&web).await];
    let mut late = connect(&web).await;
    late.write_all(request.as_bytes()).await.unwrap();
    let mut answer = [0; 4096];
    for place in &mut places {
        place.write_all(request.as_bytes()).await.unwrap();
        assert!(timeout(DEADLINE, place.read(&mut answer)).await.unwrap().unwrap() > 0);
    }
    assert_eq!(late.try_read(&mut answer).unwrap_err().kind(), ErrorKind::WouldBlock, "no place yet");
    drop(places);
    assert!(timeout(DEADLINE, late.read(&mut answer)).await.unwrap().unwrap() > 0);
    web.stop().await;
}

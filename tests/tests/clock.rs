//! A borne whose clock is stale finds its way back to a server whose certificate it takes for one of the future (R7).

#![expect(clippy::unwrap_used, reason = "a test ends where its hall cannot be built")]

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use integration_tests::process::until;
use integration_tests::server::Server;
use integration_tests::{PATIENCE, free_port, project};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use kiosk_runtime::clock::{Clock, Trust};
use kiosk_runtime::config::Server as Address;
use kiosk_runtime::enrol::enrol;
use kiosk_runtime::identity::Identity;
use kiosk_runtime::sync::{Client, Uplink, UplinkHandle};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// A certificate that has been valid for one second: to a clock that stands where its program was built, it is one of
/// the future.
fn certificate(folder: &Path) -> (PathBuf, ServerConfig) {
    let mut params = rcgen::CertificateParams::new(["localhost".to_owned()]).unwrap();
    params.not_before = (SystemTime::now() - Duration::from_secs(1)).into();
    params.not_after = (SystemTime::now() + Duration::from_secs(86_400)).into();
    let key = rcgen::KeyPair::generate().unwrap();
    let pem = params.self_signed(&key).unwrap().pem();
    let file = folder.join("authority.pem");
    std::fs::write(&file, &pem).unwrap();
    kiosk_runtime::sync::provide_tls();
    let chain = vec![CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()];
    let key = PrivateKeyDer::from_pem_slice(key.serialize_pem().as_bytes()).unwrap();
    (file, ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key).unwrap())
}

/// TLS before a server, one request a connection. Ends with the test's process.
fn tls_before(server_port: u16, config: ServerConfig) -> u16 {
    use std::io::{Read, Write};
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let config = Arc::new(config);
    let forward = move |client: TcpStream, config: Arc<ServerConfig>| -> std::io::Result<()> {
        let tls = ServerConnection::new(config).map_err(std::io::Error::other)?;
        let mut client = StreamOwned::new(tls, client);
        let mut server = TcpStream::connect(("127.0.0.1", server_port))?;
        let mut request = vec![0; 64 << 10];
        let mut length = 0;
        // A request of these tests is small and comes whole: its head, then as many bytes as the head says.
        loop {
            let read = client.read(&mut request[length..])?;
            length += read;
            let text = String::from_utf8_lossy(&request[..length]).to_lowercase();
            let body =
                text.split("content-length: ").nth(1).and_then(|t| t.split("\r\n").next()?.parse::<usize>().ok());
            let whole = text.find("\r\n\r\n").is_some_and(|head| length >= head + 4 + body.unwrap_or(0));
            if whole || read == 0 {
                break;
            }
        }
        server.write_all(&request[..length])?;
        server.set_read_timeout(Some(Duration::from_millis(500)))?;
        let mut answer = vec![0; 64 << 10];
        while let Ok(read @ 1..) = server.read(&mut answer) {
            client.write_all(&answer[..read])?;
        }
        client.conn.send_close_notify();
        client.flush()
    };
    std::thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let config = Arc::clone(&config);
            // A client that refuses the certificate hangs up.
            std::thread::spawn(move || drop(forward(client, config)));
        }
    });
    port
}

struct Hall {
    place: tempfile::TempDir,
    server: Server,
    data: PathBuf,
    identity: Identity,
    address: Address,
}

async fn hall() -> Hall {
    let place = tempfile::tempdir().unwrap();
    let site = project().join("config/examples/marseille/site.toml");
    let server_port = free_port().unwrap();
    let mut server = Server::prepare(&place.path().join("server"), &site, server_port).unwrap();
    let code = server.enrolment_code().unwrap().parse().unwrap();
    server.start().await.unwrap();
    let data = place.path().join("borne");
    let plain = Address::at(server.url());
    let identity = enrol(&plain, code, "Borne 01", &data, false).await.unwrap();
    let (authority, config) = certificate(place.path());
    let url = format!("https://localhost:{}", tls_before(server_port, config));
    let address = Address { url, authority: Some(authority), time_url: Some(server.url()) };
    Hall { place, server, data, identity, address }
}

fn way_up(hall: &Hall, address: &Address, clock: &Clock, handle: &UplinkHandle) -> Uplink {
    let client = Client::new(address, clock).unwrap();
    let zone = TimeZone::get("Europe/Paris").unwrap();
    Uplink::new(client, hall.identity.clone(), &hall.data, clock.clone(), zone, handle.clone(), |_| {}).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn r7_a_stale_clock_is_told_the_time_and_takes_the_certificate() {
    let hall = hall().await;
    let (clock, handle) = (Clock::on_a_machine_wrong_by(SignedDuration::from_hours(-400)), UplinkHandle::default());
    let task = tokio::spawn(way_up(&hall, &hall.address, &clock, &handle).run());
    until("the server in reach", PATIENCE, || async { Ok(handle.status().up.then_some(())) }).await.unwrap();
    task.abort();
    let moment = clock.moment();
    let error = Timestamp::now().duration_since(moment.at).abs();
    assert_eq!(moment.trust, Trust::Server);
    assert!(error < SignedDuration::from_secs(10), "{error}");
    drop((hall.server, hall.place));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_that_word_the_certificate_is_refused_and_nothing_is_trusted() {
    let hall = hall().await;
    let nobody = format!("http://127.0.0.1:{}", free_port().unwrap());
    let address = Address { time_url: Some(nobody), ..hall.address.clone() };
    let (clock, handle) = (Clock::on_a_machine_wrong_by(SignedDuration::from_hours(-400)), UplinkHandle::default());
    let task = tokio::spawn(way_up(&hall, &address, &clock, &handle).run());
    let fault = until("a fault", PATIENCE, || async { Ok(handle.status().fault) }).await.unwrap();
    task.abort();
    assert!(fault.contains("certificate"), "{fault}");
    assert_eq!((clock.moment().trust, handle.status().up), (Trust::Uncertain, false));
}

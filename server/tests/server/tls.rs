//! TLS that the server speaks itself, over real connections.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use accueil_server::roles::Role;
use accueil_server::settings::{Catalogues, Http, TlsMode};
use accueil_server::store::{NewDraft, PublicationKind, StoreAddress};
use accueil_server::{App, Clock, Housekeeping, Listeners, Settings, run};
use http::{Request, StatusCode};
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use jiff::{SignedDuration, Timestamp};
use reqwest::{Certificate, Client};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use wire::time::{TimeNonce, TimeReply, verify};

use crate::support::CATALOGUE;
use crate::support::pages::form;
use crate::web::{DEADLINE, PASSWORD, account_as, account_in, provide_tls, screen_in};

const NAME: &str = "accueil.test";

/// A certificate for [`NAME`] that signs itself, and its key, in PEM.
fn self_signed() -> (String, String) {
    let key = rcgen::KeyPair::generate().unwrap();
    let params = rcgen::CertificateParams::new([NAME.to_owned()]).unwrap();
    (params.self_signed(&key).unwrap().pem(), key.serialize_pem())
}

struct Hall {
    folder: TempDir,
    settings: Settings,
    now_ms: Arc<AtomicI64>,
}

impl Hall {
    fn new(mode: TlsMode, public_url: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let catalogue = folder.path().join("site.toml");
        std::fs::write(&catalogue, CATALOGUE.replace("http://127.0.0.1:8080", public_url)).unwrap();
        let mut settings = Settings::default();
        settings.site.catalogue = Catalogues::One(catalogue);
        settings.store.address = StoreAddress::Sqlite(folder.path().join("accueil.db"));
        settings.tls.mode = mode;
        settings.tls.certificate = folder.path().join("certificate.pem");
        settings.tls.key = folder.path().join("key.pem");
        Self { folder, settings, now_ms: Arc::new(AtomicI64::new(Timestamp::now().as_millisecond())) }
    }

    /// With a certificate in files. Answers it.
    fn with_files() -> (Self, String) {
        let hall = Self::new(TlsMode::Files, &format!("https://{NAME}"));
        let (certificate, key) = self_signed();
        hall.write(&certificate, &key);
        (hall, certificate)
    }

    fn write(&self, certificate: &str, key: &str) {
        std::fs::write(&self.settings.tls.certificate, certificate).unwrap();
        std::fs::write(&self.settings.tls.key, key).unwrap();
    }

    async fn open(&self) -> Result<Arc<App>, accueil_server::StartError> {
        let now_ms = Arc::clone(&self.now_ms);
        let clock = Clock::new(move || Timestamp::from_millisecond(now_ms.load(Ordering::SeqCst)).unwrap());
        App::open(&self.settings, clock).await
    }

    async fn refused(&self) -> String {
        let Err(e) = self.open().await else { panic!("it starts") };
        accueil_server::chain(&e)
    }

    fn advance(&self, by: SignedDuration) {
        self.now_ms.fetch_add(i64::try_from(by.as_millis()).unwrap(), Ordering::SeqCst);
    }

    async fn serve(&self) -> Served {
        provide_tls();
        let app = self.open().await.unwrap();
        let bind = async || TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let (plain, tls) = (bind().await, bind().await);
        let (clear, address) = (plain.local_addr().unwrap(), tls.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel();
        let shutdown = async {
            let _ = stopped.await;
        };
        let running = tokio::spawn(run(Arc::clone(&app), Listeners { plain, tls: Some(tls), metrics: None }, shutdown));
        Served { app, clear, address, stop, running }
    }
}

struct Served {
    app: Arc<App>,
    clear: SocketAddr,
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    running: JoinHandle<()>,
}

impl Served {
    async fn stop(self) {
        let _ = self.stop.send(());
        timeout(DEADLINE, self.running).await.expect("it stops").unwrap();
    }

    /// A browser that trusts one certificate.
    fn browser(&self, root: &str) -> Client {
        let root = Certificate::from_pem(root.as_bytes()).unwrap();
        let client = Client::builder().tls_certs_only([root]).resolve(NAME, self.address).cookie_store(true);
        client.redirect(reqwest::redirect::Policy::none()).timeout(DEADLINE).build().unwrap()
    }

    /// The same address over TLS as browsers write it.
    fn url(&self, path: &str) -> String {
        format!("https://{NAME}:{}{path}", self.address.port())
    }

    async fn clear(&self, method: reqwest::Method, path: &str) -> reqwest::Response {
        let client = Client::builder().redirect(reqwest::redirect::Policy::none()).timeout(DEADLINE).build().unwrap();
        client.request(method, format!("http://{}{path}", self.clear)).send().await.unwrap()
    }

    /// Shakes hands with whoever holds a certificate of this root, offering these protocols.
    async fn shake(&self, root: &str, protocols: &[&[u8]]) -> std::io::Result<TlsStream<TcpStream>> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(root.as_bytes()).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let mut config = versions.with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
        let stream = TcpStream::connect(self.address).await?;
        TlsConnector::from(Arc::new(config)).connect(ServerName::try_from(NAME).unwrap(), stream).await
    }

    /// The certificate that is shown now.
    async fn shown(&self, root: &str) -> Vec<u8> {
        let stream = self.shake(root, &[]).await.unwrap();
        stream.get_ref().1.peer_certificates().unwrap()[0].to_vec()
    }

    async fn look(&self) {
        Housekeeping::default().look(&self.app).await;
    }
}

fn der(pem: &str) -> Vec<u8> {
    CertificateDer::from_pem_slice(pem.as_bytes()).unwrap().to_vec()
}

#[tokio::test]
async fn tls_by_files_serves_pages_and_the_clear_only_leads_there() {
    let (hall, certificate) = Hall::with_files();
    let served = hall.serve().await;
    account_in(served.app.store().as_ref(), "Léa").await;
    let browser = served.browser(&certificate);
    let form = [("name", "Léa"), ("password", PASSWORD)];
    let signed_in = browser.post(served.url("/connexion")).form(&form).send().await.unwrap();
    assert_eq!(signed_in.status(), StatusCode::SEE_OTHER);
    let cookie = signed_in.headers()["set-cookie"].to_str().unwrap();
    assert!(cookie.starts_with("__Host-sid=") && cookie.ends_with("; Secure"), "{cookie}");
    let page = browser.get(served.url("/poste")).send().await.unwrap();
    assert_eq!(page.status(), StatusCode::OK);
    assert_eq!(page.headers()["strict-transport-security"], "max-age=2592000");

    let led = served.clear(reqwest::Method::GET, "/t/abc?lang=ar").await;
    assert_eq!(led.status(), StatusCode::PERMANENT_REDIRECT);
    assert_eq!(led.headers()["location"], format!("https://{NAME}/t/abc?lang=ar").as_str());
    let posted = served.clear(reqwest::Method::POST, "/connexion").await;
    assert_eq!(posted.status(), StatusCode::BAD_REQUEST);
    assert!(posted.text().await.unwrap().contains(&format!("https://{NAME}")));
    let nonce = TimeNonce::from_random([5; 16]);
    let time: TimeReply = served.clear(reqwest::Method::GET, &nonce.path_and_query()).await.json().await.unwrap();
    assert!(verify(&time, &nonce, &served.app.public_key()).is_ok(), "a borne without a clock asks here");
    let none = served.clear(reqwest::Method::GET, "/v1/root.pem").await;
    assert_eq!(none.status(), StatusCode::NOT_FOUND);
    served.stop().await;
}

#[tokio::test]
async fn tls_files_that_change_are_shown_from_the_next_connection_on() {
    let (hall, first) = Hall::with_files();
    let served = hall.serve().await;
    assert_eq!(served.shown(&first).await, der(&first));
    // One file is there, the other not yet.
    let (second, key) = self_signed();
    std::fs::write(&hall.settings.tls.certificate, &second).unwrap();
    served.look().await;
    assert_eq!(served.shown(&first).await, der(&first), "half of a pair is not used");
    std::fs::write(&hall.settings.tls.key, key).unwrap();
    served.look().await;
    assert_eq!(served.shown(&second).await, der(&second));
    std::fs::remove_file(&hall.settings.tls.key).unwrap();
    served.look().await;
    assert_eq!(served.shown(&second).await, der(&second));
    served.stop().await;
}

#[tokio::test]
async fn what_cannot_be_used_for_tls_is_told_in_a_sentence_that_names_the_remedy() {
    let (hall, certificate) = Hall::with_files();
    let (_, foreign) = self_signed();
    hall.write(&certificate, &foreign);
    let told = hall.refused().await;
    assert!(told.contains("key.pem` is not that of the certificate"), "{told}");
    assert!(told.contains("made together"), "{told}");
    hall.write("nothing", &foreign);
    let told = hall.refused().await;
    assert!(told.contains("certificate.pem` holds no certificate") && told.contains("tls.certificate"), "{told}");
    hall.write(&certificate, &certificate);
    let told = hall.refused().await;
    assert!(told.contains("key.pem` holds no key") && told.contains("tls.key"), "{told}");
    std::fs::remove_file(&hall.settings.tls.key).unwrap();
    let told = hall.refused().await;
    assert!(told.contains("cannot read") && told.contains("check tls.key"), "{told}");
    let told = Hall::new(TlsMode::Authority, "http://127.0.0.1:8080").refused().await;
    assert!(told.contains("`http://127.0.0.1:8080`") && told.contains("https://"), "{told}");
}

#[tokio::test]
async fn an_authority_of_the_sites_own_serves_who_installed_its_root() {
    let mut hall = Hall::new(TlsMode::Authority, &format!("https://{NAME}"));
    hall.settings.tls.names = vec!["127.0.0.1".into()];
    let served = hall.serve().await;
    let fetched = served.clear(reqwest::Method::GET, "/v1/root.pem").await;
    assert_eq!(fetched.headers()["content-type"], "application/x-pem-file");
    let root = fetched.text().await.unwrap();
    let known = served.app.tls().unwrap().root().unwrap();
    assert_eq!(known.pem, root);
    assert_eq!(known.fingerprint, fingerprint(&root));
    let browser = served.browser(&root);
    for url in [served.url("/sante"), format!("https://{}/sante", served.address)] {
        assert_eq!(browser.get(url).send().await.unwrap().status(), StatusCode::OK);
    }
    // It signs anew long before its certificate ends, and the root stays.
    let first = served.shown(&root).await;
    hall.advance(SignedDuration::from_hours(59 * 24));
    served.look().await;
    assert_eq!(served.shown(&root).await, first);
    hall.advance(SignedDuration::from_hours(2 * 24));
    served.look().await;
    assert_ne!(served.app.tls().unwrap().root().unwrap().pem, "");
    let mut other = served.shake(&root, &[]).await;
    assert!(other.as_mut().is_err(), "it begins a day before it is signed, and that is months ahead of this machine");
    served.stop().await;
    let again = hall.serve().await;
    assert_eq!(again.app.tls().unwrap().root().unwrap().pem, root, "after a restart");
    again.stop().await;

    hall.settings.tls.names = vec!["mairie.test".into()];
    let told = hall.refused().await;
    assert!(told.contains("not made for mairie.test") && told.contains("tls.authority"), "{told}");
    hall.settings.tls.authority = 2.try_into().unwrap();
    let renewed = hall.open().await.unwrap();
    assert_ne!(renewed.tls().unwrap().root().unwrap().pem, root);
}

/// Whether a program that is not ours takes the server's certificate for a name, knowing this root only.
async fn taken_by(program: &str, served: &Served, root: &Path, name: &str) -> (bool, String) {
    let (root, port) = (root.display().to_string(), served.address.port().to_string());
    let mut command = tokio::process::Command::new(program);
    match program {
        "gnutls-cli" => command.args(["--x509cafile", &root, "--verify-hostname", name, "--port", &port, "127.0.0.1"]),
        "openssl" => {
            let kind = if name.parse::<std::net::IpAddr>().is_ok() { "-verify_ip" } else { "-verify_hostname" };
            let connect = served.address.to_string();
            command.args(["s_client", "-connect", &connect, "-CAfile", &root, kind, name, "-verify_return_error"])
        }
        _ => panic!("nobody said how {program} is asked"),
    };
    command.stdin(std::process::Stdio::null()).kill_on_drop(true);
    let said = timeout(DEADLINE, command.output()).await.expect("it ends");
    let said = said.unwrap_or_else(|e| panic!("{program}: {e}; deploy/dev/setup test installs it"));
    (said.status.success(), String::from_utf8_lossy(&[said.stdout, said.stderr].concat()).into_owned())
}

/// Debian's apt fetches updates by GnuTLS, other tools by OpenSSL.
#[tokio::test]
async fn programs_of_others_take_what_the_authority_signs_for_its_names_and_addresses_alone() {
    for (url, more, good, bad) in [
        ("https://127.0.0.1:8443", None, &["127.0.0.1"][..], &["accueil.test", "127.0.0.2"][..]),
        ("https://accueil.test", None, &["accueil.test"][..], &["bank.test", "127.0.0.1"][..]),
        ("https://accueil.test", Some("127.0.0.1"), &["accueil.test", "127.0.0.1"][..], &["bank.test"][..]),
    ] {
        let mut hall = Hall::new(TlsMode::Authority, url);
        hall.settings.tls.names = more.map(str::to_owned).into_iter().collect();
        let served = hall.serve().await;
        let root = hall.folder.path().join("root.pem");
        std::fs::write(&root, &served.app.tls().unwrap().root().unwrap().pem).unwrap();
        for program in ["gnutls-cli", "openssl"] {
            for (names, wanted) in [(good, true), (bad, false)] {
                for name in names {
                    let (taken, said) = taken_by(program, &served, &root, name).await;
                    assert_eq!(taken, wanted, "{program}: {name} at {url}: {said}");
                }
            }
        }
        served.stop().await;
    }
}

#[tokio::test]
async fn an_address_that_the_authority_was_not_made_for_is_not_published() {
    let mut hall = Hall::new(TlsMode::Authority, &format!("https://{NAME}"));
    hall.settings.site.catalogue = Catalogues::Each(Vec::new());
    let told = hall.refused().await;
    assert!(told.contains("needs a name") && told.contains("tls.names"), "{told}");
    hall.settings.site.catalogue = Catalogues::One(hall.folder.path().join("site.toml"));
    let served = hall.serve().await;
    account_as(served.app.store().as_ref(), "Inès", Role::Administrator, None).await;
    let browser = served.browser(&served.app.tls().unwrap().root().unwrap().pem);
    let post = async |path: &str, fields: Vec<(String, String)>| {
        hall.advance(SignedDuration::from_secs(1));
        let answer = browser.post(served.url(path)).form(&fields).send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    };
    let fields = |pairs: &[(&str, &str)]| pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    let (status, _) = post("/connexion", fields(&[("name", "Inès"), ("password", PASSWORD)])).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let page = async |path: &str| browser.get(served.url(path)).send().await.unwrap().text().await.unwrap();
    for (address, why) in
        [("http://accueil.exemple.fr", "commence par https"), ("https://mairie.exemple.fr", "ne vaut pas pour")]
    {
        let mut place = form(&page("/admin/site").await, "/admin/site");
        place.retain(|(name, _)| name != "public");
        place.push(("public".to_owned(), address.to_owned()));
        let (status, text) = post("/admin/site", place).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{text}");
        let draft = form(&page("/admin/brouillon").await, "/admin/publier");
        let (status, text) = post("/admin/publier", draft).await;
        assert!(status == StatusCode::CONFLICT && text.contains(why), "{text}");
    }
    let mut new = form(&page("/admin/sites").await, "/admin/sites");
    new.retain(|(name, _)| !matches!(name.as_str(), "public" | "nom"));
    new.extend([("nom", "Annexe"), ("public", "https://annexe.exemple.fr")].map(|(k, v)| (k.into(), v.into())));
    let (status, text) = post("/admin/sites", new).await;
    assert!(status == StatusCode::CONFLICT && text.contains("ne vaut pas pour"), "{text}");
    served.stop().await;
    hall.serve().await.stop().await;
}

fn fingerprint(pem: &str) -> String {
    let hash = wire::token::Hash32::of(&der(pem)).0;
    hash.map(|byte| format!("{byte:02X}")).join(":")
}

#[tokio::test]
async fn browsers_speak_http2_and_are_answered_as_by_http1() {
    let (hall, certificate) = Hall::with_files();
    let served = hall.serve().await;
    let stream = served.shake(&certificate, &[b"h2", b"http/1.1"]).await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let (mut sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    let connection = tokio::spawn(connection);
    let ask = |request: http::request::Builder| request.body(String::new()).unwrap();
    let health = sender.send_request(ask(Request::get(served.url("/sante")))).await.unwrap();
    assert_eq!(health.status(), StatusCode::OK);
    let origin = |origin: &str| Request::post(served.url("/connexion")).header("origin", origin);
    let foreign = sender.send_request(ask(origin("https://elsewhere.test"))).await.unwrap();
    assert_eq!(foreign.status(), StatusCode::FORBIDDEN, "the host stands in the request's address only");
    let own = sender.send_request(ask(origin(served.url("").as_str()))).await.unwrap();
    assert_eq!(own.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE, "it came as far as the form");
    let large = Request::get(served.url("/sante")).header("x-large", "y".repeat(20_000));
    let large = sender.send_request(ask(large)).await;
    assert!(large.is_err() || large.unwrap().status() == StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
    served.stop().await;
    timeout(DEADLINE, connection).await.expect("it is told to end").unwrap().unwrap();
}

#[tokio::test]
async fn slow_clients_hold_no_place_over_tls_either() {
    let (mut hall, certificate) = Hall::with_files();
    let second = 1.try_into().unwrap();
    hall.settings.http = Http { head_deadline_s: second, body_deadline_s: second, ..Http::default() };
    let served = hall.serve().await;
    // Says nothing, and something that is no handshake's beginning.
    let mut silent = TcpStream::connect(served.address).await.unwrap();
    ended(&mut silent).await;
    let mut begun = TcpStream::connect(served.address).await.unwrap();
    begun.write_all(&[22, 3, 1, 2, 0, 1]).await.unwrap();
    ended(&mut begun).await;
    // Shakes hands and says nothing more.
    let mut first = served.shake(&certificate, &[b"http/1.1"]).await.unwrap();
    first.write_all(b"GET /sante HTTP/1.1\r\nhost: ").await.unwrap();
    ended(&mut first).await;
    let mut second = served.shake(&certificate, &[b"h2"]).await.unwrap();
    // The preface, empty settings, and a head that never ends.
    second.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.unwrap();
    second.write_all(b"\0\0\x01\x01\0\0\0\0\x01\x82").await.unwrap();
    ended(&mut second).await;
    served.stop().await;
}

/// Reads until the server has closed.
async fn ended(stream: &mut (impl AsyncReadExt + Unpin)) {
    let read = async { while matches!(stream.read(&mut [0; 1024]).await, Ok(1..)) {} };
    timeout(DEADLINE, read).await.expect("the server closes");
}

#[tokio::test]
async fn http2_streams_stay_open_past_the_deadline_of_idle_connections() {
    let (mut hall, certificate) = Hall::with_files();
    hall.settings.http = Http { head_deadline_s: 1.try_into().unwrap(), ..Http::default() };
    let served = hall.serve().await;
    let stream = served.shake(&certificate, &[b"h2"]).await.unwrap();
    let (mut sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    let connection = tokio::spawn(connection);
    let site = served.app.sites().remove(0).plan().catalogue.site.id;
    let (_, screen) = screen_in(served.app.store().as_ref(), site, "hall").await;
    let flow = Request::get(served.url("/a/hall/flux")).header("cookie", screen).body(String::new()).unwrap();
    let screen = sender.send_request(flow).await.unwrap();
    assert_eq!(screen.status(), StatusCode::OK);
    // A connection beside it idles and is ended: by then this one has been open as long.
    let mut idle = served.shake(&certificate, &[b"h2"]).await.unwrap();
    idle.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.unwrap();
    ended(&mut idle).await;
    let health = Request::get(served.url("/sante")).body(String::new()).unwrap();
    assert_eq!(sender.send_request(health).await.unwrap().status(), StatusCode::OK, "the same connection");
    drop((screen, sender));
    timeout(DEADLINE, connection).await.expect("an empty connection ends").unwrap().unwrap();
    served.stop().await;
}

#[tokio::test]
async fn the_command_prints_the_root_that_the_server_shows() {
    let hall = Hall::new(TlsMode::Authority, &format!("https://{NAME}"));
    let served = hall.serve().await;
    let root = served.app.tls().unwrap().root().unwrap();
    served.stop().await;
    let printed = command(hall.folder.path(), "authority", &["tls", "root"]);
    assert!(printed.status.success(), "{}", String::from_utf8_lossy(&printed.stderr));
    assert_eq!(String::from_utf8(printed.stdout).unwrap(), root.pem);
    assert!(String::from_utf8(printed.stderr).unwrap().contains(&root.fingerprint));
    let none = command(hall.folder.path(), "proxy", &["tls", "root"]);
    assert!(!none.status.success() && String::from_utf8(none.stderr).unwrap().contains("tls.mode"));
}

#[tokio::test]
async fn a_server_that_an_address_keeps_from_starting_is_given_another_one() {
    let mut hall = Hall::new(TlsMode::None, "http://accueil.test");
    let app = hall.open().await.unwrap();
    let (site, kind) = (app.sites()[0].plan().catalogue.site.id, PublicationKind::Catalogue);
    let mut begun = app.sites()[0].plan().catalogue.clone();
    begun.services[0].quota = Some(12);
    let draft = NewDraft { body: Some(begun.to_json()), by: None, at: Timestamp::now() };
    app.store().put_draft(site, kind, 0, &draft).await.unwrap().unwrap();
    hall.settings.tls.mode = TlsMode::Files;
    let (certificate, key) = self_signed();
    hall.write(&certificate, &key);
    let why = hall.refused().await;
    assert!(why.contains("`http://accueil.test`") && why.contains("accueil-server catalogue address"), "{why}");

    let address = |url| command(hall.folder.path(), "files", &["catalogue", "address", url]);
    let said = |url| String::from_utf8(address(url).stderr).unwrap();
    assert!(said("http://other.test").contains("begins with https://"), "the server would not start either");
    assert!(said("https://").contains("https://"));
    assert!(address("https://accueil.test").status.success());
    assert!(said("https://accueil.test").contains("that already"));
    let shown = command(hall.folder.path(), "files", &["catalogue", "show"]);
    let shown = wire::catalogue::Catalogue::from_toml(&String::from_utf8(shown.stdout).unwrap()).unwrap();
    assert_eq!(shown.site.public_url, "https://accueil.test");
    let app = hall.open().await.unwrap();
    assert_eq!(app.sites()[0].plan().catalogue, shown);
    let kept = app.store().draft(site, kind).await.unwrap().body.unwrap();
    begun.site.public_url = "https://accueil.test".into();
    assert_eq!(kept, begun.to_json(), "whatever somebody has begun stays, with the new address");
    let last = app.store().audit_from(1, 10).await.unwrap().pop().unwrap();
    assert_eq!(last.action, accueil_server::audit::Action::Publication.as_str());
}

fn command(folder: &Path, mode: &str, arguments: &[&str]) -> std::process::Output {
    let file = folder.join("server.toml");
    let store = "[store]\naddress = \"sqlite:accueil.db\"\n";
    std::fs::write(&file, format!("[site]\ncatalogue = \"site.toml\"\n{store}[tls]\nmode = \"{mode}\"\n")).unwrap();
    let mut server = std::process::Command::new(env!("CARGO_BIN_EXE_accueil-server"));
    server.arg("--config").arg(&file).args(arguments).output().unwrap()
}

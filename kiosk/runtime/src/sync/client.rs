//! Signed requests to the server.

use std::io::Write;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::{SignedDuration, Timestamp};
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::{Method, StatusCode, Url};
use wire::enrolment::{EnrolReply, EnrolRequest, PublicKey};
use wire::problem::{Problem, ProblemKind};
use wire::signature::{self, Params, Request};
use wire::time::{self, TimeNonce, TimeReply};

use super::tls::{self, TlsError};
use crate::clock::Clock;
use crate::config::Server;
use crate::identity::Identity;

/// Long enough for a slow line, short enough to come to the next try.
const TIME_OUT: Duration = Duration::from_secs(20);
/// The largest answer that is read.
const MAX_ANSWER: usize = 1 << 20;

/// Why a request had no success.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// No answer.
    #[error("the server cannot be reached: {0}")]
    Unreachable(String),
    /// The server says no.
    #[error("the server refuses: {} ({}) {}", .problem.title, .problem.status, .problem.detail)]
    Refused {
        /// Why.
        problem: Box<Problem>,
        /// When to come back.
        retry_after: Option<Duration>,
    },
    /// The answer is none of this protocol.
    #[error("what answers at this address is no Accueil server: {0}")]
    Foreign(String),
}

/// A successful answer.
#[derive(Debug)]
pub struct Answer {
    /// The body.
    pub body: Vec<u8>,
    /// How long it took.
    pub round_trip: Duration,
}

/// The way to one server.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    base: Url,
    /// Where the time is told over plain HTTP.
    time: Url,
}

/// The address or the TLS set-up cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// Not an address.
    #[error("`{0}` is no address such as https://accueil.example.fr")]
    Address(String),
    /// No TLS.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// No client.
    #[error("no client can be made")]
    Http(#[source] reqwest::Error),
}

/// Chooses the cryptography of TLS, which a process must do before it makes its first client.
pub fn provide_tls() {
    // The first call in a process decides; a later one finds it decided.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

impl Client {
    /// A client of a server, whose certificate is judged by that clock.
    pub fn new(server: &Server, clock: &Clock) -> Result<Self, ClientError> {
        let address = |url: &str| url.parse::<Url>().map_err(|_| ClientError::Address(url.to_owned()));
        let base = address(&server.url)?;
        let time = match &server.time_url {
            Some(url) => address(url)?,
            None => in_plain(&base),
        };
        provide_tls();
        let mut builder = reqwest::Client::builder()
            .timeout(TIME_OUT)
            .connect_timeout(Duration::from_secs(5))
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(format!("accueil-borne/{}", crate::version::installed()));
        builder = if base.scheme() == "http" {
            // A town hall's own network or a test: no authority is asked, so none needs to be installed.
            builder.tls_certs_only([])
        } else {
            builder.tls_backend_preconfigured(tls::client_config(clock, server.authority.as_deref())?)
        };
        Ok(Self { http: builder.build().map_err(ClientError::Http)?, base, time })
    }

    /// Enrols a new borne.
    pub async fn enrol(&self, request: &EnrolRequest) -> Result<EnrolReply, CallError> {
        let body = serde_json::to_vec(request).map_err(|e| CallError::Foreign(e.to_string()))?;
        let answer = self.send(wire::enrolment::PATH, body, HeaderMap::new()).await?;
        serde_json::from_slice(&answer.body).map_err(|e| CallError::Foreign(e.to_string()))
    }

    /// Whether the server says that it is well.
    pub async fn health(&self) -> Result<(), CallError> {
        let url = self.url("/sante")?;
        let response = self.http.get(url).send().await.map_err(unreachable)?;
        if response.status().is_success() { Ok(()) } else { Err(CallError::Foreign(response.status().to_string())) }
    }

    /// What time the server says that it is, over plain HTTP and signed (rule R7), with the round trip.
    pub async fn ask_time(&self, nonce: TimeNonce, key: &PublicKey) -> Result<(Timestamp, Duration), CallError> {
        let foreign = |error: &dyn std::error::Error| CallError::Foreign(error.to_string());
        let url = self.time.join(&nonce.path_and_query()).map_err(|e| foreign(&e))?;
        let started = Instant::now();
        let body = read(self.http.get(url).send().await.map_err(unreachable)?).await?;
        let reply: TimeReply = serde_json::from_slice(&body).map_err(|e| foreign(&e))?;
        let time = time::verify(&reply, &nonce, key).map_err(|e| foreign(&e))?;
        Ok((time, started.elapsed()))
    }

    /// Posts a body under the borne's signature. `created` is the server's time as far as it is known.
    pub async fn post(
        &self,
        path: &str,
        body: Vec<u8>,
        gzip: bool,
        identity: &Identity,
        created: Timestamp,
        nonce: u64,
    ) -> Result<Answer, CallError> {
        let body = if gzip { compress(&body) } else { body };
        let mut headers = self.signed(&Method::POST, path, &body, identity, created, nonce)?;
        if gzip {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        self.send(path, body, headers).await
    }

    /// Gets something under the borne's signature.
    pub async fn get(
        &self,
        path: &str,
        identity: &Identity,
        created: Timestamp,
        nonce: u64,
    ) -> Result<Answer, CallError> {
        let headers = self.signed(&Method::GET, path, &[], identity, created, nonce)?;
        let started = Instant::now();
        let response = self.http.get(self.url(path)?).headers(headers).send().await.map_err(unreachable)?;
        answered(response, started).await
    }

    fn signed(
        &self,
        method: &Method,
        path: &str,
        body: &[u8],
        identity: &Identity,
        created: Timestamp,
        nonce: u64,
    ) -> Result<HeaderMap, CallError> {
        let mut headers = HeaderMap::new();
        let digest = signature::content_digest(body);
        let params = Params { created: created.as_second(), nonce, keyid: identity.borne.to_string() };
        let authority = authority(&self.base);
        let request =
            Request { method: method.as_str(), authority: &authority, path, query: "", content_digest: &digest };
        let signed = identity.key.sign(&params.base(&request));
        let set = [
            ("content-digest", digest.clone()),
            ("signature-input", params.header()),
            ("signature", signature::header(&signed)),
        ];
        for (name, value) in set {
            let value = HeaderValue::from_str(&value).map_err(|e| CallError::Foreign(e.to_string()))?;
            headers.insert(HeaderName::from_static(name), value);
        }
        Ok(headers)
    }

    fn url(&self, path: &str) -> Result<Url, CallError> {
        self.base.join(path).map_err(|e| CallError::Foreign(e.to_string()))
    }

    async fn send(&self, path: &str, body: Vec<u8>, mut headers: HeaderMap) -> Result<Answer, CallError> {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let started = Instant::now();
        let request = self.http.post(self.url(path)?).headers(headers).body(body);
        answered(request.send().await.map_err(unreachable)?, started).await
    }
}

async fn answered(response: reqwest::Response, started: Instant) -> Result<Answer, CallError> {
    let (status, headers) = (response.status(), response.headers().clone());
    let body = read(response).await?;
    if status.is_success() {
        return Ok(Answer { body, round_trip: started.elapsed() });
    }
    Err(refusal(status, &headers, &body))
}

async fn read(mut response: reqwest::Response) -> Result<Vec<u8>, CallError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
        if body.len() + chunk.len() > MAX_ANSWER {
            return Err(CallError::Foreign("its answer is too long".to_owned()));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// The same host over plain HTTP, where a server tells the time.
fn in_plain(base: &Url) -> Url {
    let mut url = base.clone();
    if base.scheme() != "http" {
        // An address of the web takes both.
        let _ = url.set_port(None).and_then(|()| url.set_scheme("http"));
    }
    url
}

fn refusal(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> CallError {
    let seconds = headers.get(RETRY_AFTER).and_then(|v| v.to_str().ok()).and_then(|v| v.parse().ok());
    let problem = serde_json::from_slice(body).unwrap_or_else(|_| Problem {
        kind: ProblemKind::Other,
        title: status.canonical_reason().unwrap_or("an error").to_owned(),
        status: status.as_u16(),
        detail: String::new(),
        expected_seq: None,
        server_time: None,
    });
    CallError::Refused { problem: Box::new(problem), retry_after: seconds.map(Duration::from_secs) }
}

fn unreachable(error: reqwest::Error) -> CallError {
    // The whole chain, since the outermost text only names the address.
    let mut text = String::new();
    let mut cause: Option<&dyn std::error::Error> = Some(&error);
    while let Some(error) = cause {
        text = error.to_string();
        cause = error.source();
    }
    CallError::Unreachable(text)
}

fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default().to_ascii_lowercase();
    url.port().map_or_else(|| host.clone(), |port| format!("{host}:{port}"))
}

fn compress(body: &[u8]) -> Vec<u8> {
    let mut out = GzEncoder::new(Vec::new(), Compression::fast());
    // Writing to memory cannot fail.
    let _ = out.write_all(body);
    out.finish().unwrap_or_default()
}

/// What the server's clock says beyond ours, from the middle of a request; nothing where the line is too slow to tell.
#[must_use]
pub fn clock_offset(server: Timestamp, received: Timestamp, round_trip: Duration) -> Option<SignedDuration> {
    let round_trip = SignedDuration::try_from(round_trip).ok()?;
    (round_trip <= SignedDuration::from_secs(5)).then(|| server.duration_since(received - round_trip / 2))
}

/// The server's time as far as it is known.
#[must_use]
pub fn server_time(clock: &Clock, offset: Option<SignedDuration>) -> Timestamp {
    clock.now().checked_add(offset.unwrap_or(SignedDuration::ZERO)).unwrap_or_else(|_| clock.now())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_offset_is_that_of_the_requests_middle() {
        let at = |s| Timestamp::from_second(s).unwrap();
        let offset = clock_offset(at(1_000), at(502), Duration::from_secs(4));
        assert_eq!(offset, Some(SignedDuration::from_secs(500)));
        assert_eq!(clock_offset(at(1_000), at(502), Duration::from_secs(6)), None);
    }

    #[test]
    fn the_time_is_asked_of_the_same_host_without_tls() {
        let of = |url: &str| in_plain(&url.parse().unwrap()).to_string();
        assert_eq!(of("https://accueil.example.fr:8443"), "http://accueil.example.fr/");
        assert_eq!(of("http://127.0.0.1:8080"), "http://127.0.0.1:8080/");
    }

    #[test]
    fn the_authority_has_no_default_port() {
        let of = |url: &str| authority(&url.parse().unwrap());
        assert_eq!(of("https://Accueil.example.fr"), "accueil.example.fr");
        assert_eq!(of("https://accueil.example.fr:443"), "accueil.example.fr");
        assert_eq!(of("http://127.0.0.1:8080"), "127.0.0.1:8080");
    }
}

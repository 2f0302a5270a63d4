//! Questions to the server, and what it answers.

use std::time::Duration;

use reqwest::{Client, ClientBuilder, RequestBuilder, Response, StatusCode};

/// The longest that anything asked of the server may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often something that the server puts off is asked again.
const AGAIN: usize = 20;
/// The least pause between two questions of one session: a server takes so many.
pub(super) const LEAST: Duration = Duration::from_millis(400);

/// Why the server's answer is none.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// It does not answer.
    #[error("the server does not answer: is it running, and is --url its address?")]
    Http(#[from] reqwest::Error),
    /// It answers something else.
    #[error("{path} answers {status}")]
    Answer {
        /// What was asked.
        path: String,
        /// What it answered.
        status: StatusCode,
    },
    /// Whoever asks is not signed in any more.
    #[error(
        "its session is over: somebody ended it, or it has lasted for the ten hours that sessions do. Play the day again"
    )]
    SignedOut,
    /// It leads to another page than whoever does this comes to.
    #[error(
        "{path} leads to {to}: somebody took the counter away, or the account is another's by now. Play the day again"
    )]
    Elsewhere {
        /// What was asked.
        path: String,
        /// Where that led.
        to: String,
    },
}

/// A client like any other. Programs choose the cryptography of TLS once.
pub(super) fn client() -> ClientBuilder {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().timeout(PATIENCE)
}

/// What the server answers; what it puts off is asked again when it says, as browsers' users do. A refusal that explains
/// itself is an answer.
pub(super) async fn answered(asked: RequestBuilder, path: &str) -> Result<Response, AskError> {
    let refused = |status| AskError::Answer { path: path.to_owned(), status };
    for _ in 0..AGAIN {
        let Some(again) = asked.try_clone() else { break };
        let answer = again.send().await?;
        let status = answer.status();
        if status == StatusCode::TOO_MANY_REQUESTS {
            let after = answer.headers().get("retry-after").and_then(|after| after.to_str().ok()?.parse().ok());
            tokio::time::sleep(Duration::from_secs(after.unwrap_or(1)).max(LEAST)).await;
            continue;
        }
        let explained = status.is_success() || status.is_redirection() || status == StatusCode::CONFLICT;
        return if explained { Ok(answer) } else { Err(refused(status)) };
    }
    Err(refused(StatusCode::TOO_MANY_REQUESTS))
}

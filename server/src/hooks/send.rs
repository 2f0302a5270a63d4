//! One attempt: what is sent, and what the answer means.

use std::time::Duration;

use http::StatusCode;
use jiff::Timestamp;
use reqwest::redirect::Policy;
use reqwest::{Client, Url};

use super::reach::Reach;
use super::sign::signature;
use crate::refusal::chain;
use crate::settings;
use crate::store::{Delivery, Hook};

/// How long an address may take to answer.
const DEADLINE: Duration = Duration::from_secs(10);
/// As much of what went wrong as is kept.
const DETAIL_MAX: usize = 300;

/// What became of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    /// The address has it.
    Taken(StatusCode),
    /// It will not have this one.
    Refused(String),
    /// Nobody answers there, or not now.
    Away(String),
}

/// Sends to whatever may be reached.
#[derive(Debug)]
pub(crate) struct Sender {
    reach: Reach,
    secure: Client,
    plain: Client,
}

impl Sender {
    /// Over TLS to the public internet and to the networks that the settings name, to these without TLS too. It follows
    /// no redirection and asks no proxy: either would reach what may not be reached.
    pub(crate) fn new(settings: &settings::Hooks) -> Result<Self, reqwest::Error> {
        // Another part of the program may have chosen it before: it is the same one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let reach = Reach::new(&settings.allowed_networks);
        let client = |plain| {
            Client::builder()
                .dns_resolver(reach.resolver(plain))
                .redirect(Policy::none())
                .no_proxy()
                .timeout(DEADLINE)
                .user_agent(format!("Accueil/{}", crate::version::installed()))
                .build()
        };
        Ok(Self { secure: client(false)?, plain: client(true)?, reach })
    }

    /// What may be reached.
    pub(crate) const fn reach(&self) -> &Reach {
        &self.reach
    }

    /// Sends one delivery once. What the address says beside its status is not read.
    pub(crate) async fn send(&self, hook: &Hook, delivery: &Delivery, now: Timestamp) -> Sent {
        let url: Url = match self.reach.check(&hook.url) {
            Ok(url) => url,
            Err(e) => return Sent::Away(e.to_string()),
        };
        let client = if url.scheme() == "https" { &self.secure } else { &self.plain };
        let request = client
            .post(url)
            .header("content-type", "application/json")
            .header("x-accueil-event", &delivery.what.kind)
            .header("x-accueil-delivery", &delivery.what.event)
            .header("x-accueil-signature", signature(&hook.secret, now, &delivery.what.body))
            .body(delivery.what.body.clone());
        match request.send().await {
            Ok(answer) => judge(answer.status()),
            Err(e) => Sent::Away(chain(&e.without_url()).chars().take(DETAIL_MAX).collect()),
        }
    }
}

fn judge(status: StatusCode) -> Sent {
    let said = || format!("HTTP {}", status.as_u16());
    match status {
        _ if status.is_success() => Sent::Taken(status),
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => Sent::Away(said()),
        _ if status.is_server_error() => Sent::Away(said()),
        _ => Sent::Refused(said()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_answer_means() {
        let of = |code| judge(StatusCode::from_u16(code).unwrap());
        assert_eq!(of(204), Sent::Taken(StatusCode::NO_CONTENT));
        for away in [408, 429, 500, 503] {
            assert_eq!(of(away), Sent::Away(format!("HTTP {away}")));
        }
        for refused in [301, 400, 404, 410, 422] {
            assert_eq!(of(refused), Sent::Refused(format!("HTTP {refused}")));
        }
    }
}

//! A hall's display, as its page follows it: snapshots over a stream.

use std::time::Duration;

use anyhow::{Context, bail};
use reqwest::ClientBuilder;
use serde::Deserialize;

use crate::client;

/// A number on the display.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Shown {
    /// `A 1`, with a no-break space.
    pub label: String,
    /// `Guichet 1`.
    pub counter: String,
}

#[derive(Deserialize)]
struct Snapshot {
    calls: Vec<Shown>,
}

/// A display that follows its stream.
pub struct Display {
    answer: reqwest::Response,
    unread: String,
}

impl Display {
    /// Types a code, as whoever hangs a screen up does, and begins to follow.
    pub async fn follow(url: &str, display: &str, code: &str) -> anyhow::Result<Self> {
        Self::follow_on(client()?, url, display, code).await
    }

    /// The same on a machine of its own.
    pub async fn follow_on(machine: ClientBuilder, url: &str, display: &str, code: &str) -> anyhow::Result<Self> {
        let machine = machine.cookie_store(true).build()?;
        machine.post(format!("{url}/afficher")).form(&[("code", code)]).send().await?.error_for_status()?;
        let answer = machine.get(format!("{url}/a/{display}/flux")).send().await?.error_for_status()?;
        Ok(Self { answer, unread: String::new() })
    }

    /// The next snapshot.
    pub async fn snapshot(&mut self) -> anyhow::Result<Vec<Shown>> {
        loop {
            while let Some((event, rest)) = self.unread.split_once("\n\n") {
                let (event, rest) = (event.to_owned(), rest.to_owned());
                self.unread = rest;
                if event.lines().any(|line| line == "event: appels") {
                    let data = event.lines().find_map(|line| line.strip_prefix("data: ")).context("no data")?;
                    return Ok(serde_json::from_str::<Snapshot>(data)?.calls);
                }
            }
            let chunk = self.answer.chunk().await?.context("the stream ended")?;
            self.unread.push_str(std::str::from_utf8(&chunk)?);
        }
    }

    /// Waits until a number is shown at the top.
    pub async fn shows(&mut self, label: &str, patience: Duration) -> anyhow::Result<Shown> {
        let wait = async {
            loop {
                let calls = self.snapshot().await?;
                if let Some(first) = calls.into_iter().next().filter(|c| c.label == label) {
                    return Ok(first);
                }
            }
        };
        match tokio::time::timeout(patience, wait).await {
            Ok(shown) => shown,
            Err(_) => bail!("the display did not show {label} within {} s", patience.as_secs()),
        }
    }
}

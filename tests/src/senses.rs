//! A visitor who sees and touches, and one who hears and feels a keypad: both say what they want, by the words that the
//! borne shows or speaks.

use std::time::Duration;

use anyhow::{Context, bail, ensure};
use kiosk_flow::Key;
use kiosk_runtime::control::{Spoken, Stroke};

use crate::PATIENCE;
use crate::borne::{Borne, number_on};
use crate::process::until;

/// More places than any screen has.
const MOST_PLACES: usize = 60;

/// How a visitor reaches the borne.
pub enum Visitor<'a> {
    /// By eyes and a finger.
    Seeing(&'a Borne),
    /// By ears and the keypad; everything that was heard, in order.
    Listening(&'a Borne, Vec<Spoken>),
}

impl<'a> Visitor<'a> {
    /// Somebody who looks at the screen.
    #[must_use]
    pub const fn seeing(borne: &'a Borne) -> Self {
        Self::Seeing(borne)
    }

    /// Somebody who plugs a headset in and never looks at the screen.
    pub async fn listening(borne: &'a Borne) -> anyhow::Result<Self> {
        borne.heard().await?;
        borne.headset(true).await?;
        let mut visitor = Self::Listening(borne, Vec::new());
        visitor.listen().await.context("the headset is silent")?;
        Ok(visitor)
    }

    /// Goes away: a listener takes the headset along.
    pub async fn leave(self) -> anyhow::Result<Vec<Spoken>> {
        match self {
            Self::Seeing(_) => Ok(Vec::new()),
            Self::Listening(borne, heard) => {
                borne.headset(false).await?;
                Ok(heard)
            }
        }
    }

    /// Waits for words, and for the end of them.
    async fn listen(&mut self) -> anyhow::Result<Vec<Spoken>> {
        let Self::Listening(borne, heard) = self else { bail!("somebody who sees does not listen") };
        let borne = *borne;
        let words = until("words", Duration::from_secs(5), || async move {
            let words: Vec<Spoken> = borne.heard().await?.into_iter().filter(|s| !s.text.is_empty()).collect();
            Ok((!words.is_empty()).then_some(words))
        })
        .await?;
        heard.extend(words.iter().cloned());
        Ok(words)
    }

    /// Looks for words that lead somewhere, and does what they say. `lead_to` are the screens it may lead to, which
    /// only somebody who sees is told.
    pub async fn choose(&mut self, label: &str, lead_to: &[&str]) -> anyhow::Result<()> {
        match self {
            Self::Seeing(borne) => borne.tap(label, lead_to).await.map(drop),
            Self::Listening(..) => self.explore_to(label).await,
        }
    }

    async fn explore_to(&mut self, label: &str) -> anyhow::Result<()> {
        let mut passed = Vec::new();
        for _ in 0..MOST_PLACES {
            self.key(Key::Next).await?;
            let words = self.listen().await?;
            let here = words.iter().any(|w| w.text == label || w.text.starts_with(&format!("{label}, ")));
            let words: Vec<String> = words.into_iter().map(|w| w.text).collect();
            if here {
                return self.activate(label, &words).await;
            }
            passed.extend(words);
        }
        bail!("« {label} » was not heard; there were: {}", passed.join(" · "))
    }

    /// The round key, again where it came too soon after the screen changed: then the same place is said once more.
    async fn activate(&mut self, label: &str, place: &[String]) -> anyhow::Result<()> {
        let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
        while tokio::time::Instant::now() < deadline {
            self.key(Key::Select).await?;
            let words: Vec<String> = self.listen().await?.into_iter().map(|w| w.text).collect();
            if words != place {
                return Ok(());
            }
        }
        bail!("« {label} » did nothing")
    }

    /// Presses a key and lets it go.
    pub async fn key(&mut self, key: Key) -> anyhow::Result<()> {
        let Self::Listening(borne, _) = self else { bail!("somebody who sees has no keypad here") };
        borne.key(key, Stroke::Tap).await
    }

    /// The number of the ticket, as it is shown, or as it was said last.
    pub async fn number(&mut self) -> anyhow::Result<String> {
        match self {
            Self::Seeing(borne) => {
                let screen = borne.becomes(|code| code == "S15" || code == "S16", PATIENCE).await?;
                number_on(&screen).context("no number on the screen")
            }
            Self::Listening(..) => loop {
                let Self::Listening(_, heard) = &*self else { bail!("nobody listens") };
                let mut numbers =
                    heard.iter().map(|spoken| &spoken.text).filter(|t| t.parse::<wire::label::Label>().is_ok());
                if let Some(number) = numbers.next_back() {
                    return Ok(number.clone());
                }
                self.listen().await.context("no number was said")?;
            },
        }
    }

    /// Whether something is shown, or was said since the start.
    pub async fn notices(&mut self, text: &str) -> anyhow::Result<()> {
        match self {
            Self::Seeing(borne) => {
                let borne = *borne;
                until(text, PATIENCE, || async move {
                    let screen = borne.screen().await?;
                    Ok(screen.elements.iter().any(|e| e.label.contains(text)).then_some(()))
                })
                .await
            }
            Self::Listening(..) => loop {
                let Self::Listening(_, heard) = &*self else { bail!("nobody listens") };
                if heard.iter().any(|spoken| spoken.text.contains(text)) {
                    return Ok(());
                }
                let said: Vec<String> = heard.iter().map(|spoken| spoken.text.clone()).collect();
                self.listen().await.with_context(|| format!("« {text} » was not said: {}", said.join(" · ")))?;
            },
        }
    }
}

/// Everything that was heard was in one language (language names have voices of their own) and in the headset.
pub fn ensure_private(heard: &[Spoken]) -> anyhow::Result<()> {
    ensure!(!heard.is_empty(), "nothing was heard");
    let spilt: Vec<&str> = heard.iter().filter(|s| !s.headset).map(|s| s.text.as_str()).collect();
    ensure!(spilt.is_empty(), "the hall heard: {}", spilt.join(" · "));
    Ok(())
}

//! The console's one stream: it names the pieces that changed, and the page asks for what its agent may see.

use std::time::Duration;

use axum::response::Response;
use axum::response::sse::Event;
use futures_util::StreamExt;
use futures_util::stream;
use tokio::sync::watch;
use wire::catalogue::Counter;

use super::AtCounter;
use super::view::{Names, Pieces, Scene};
use crate::pages::session::Person;
use crate::pages::stream::{BEAT, answer};
use crate::presence::Watching;
use crate::roles::Permission;

/// Changes of one moment are told together.
const TOGETHER: Duration = Duration::from_millis(120);

/// What a stream remembers between two of its words.
struct Told {
    person: Person,
    counter: Counter,
    news: watch::Receiver<u64>,
    marks: Option<[(&'static str, u64); 5]>,
    /// The counter's page is open for as long as its stream is.
    _open: Watching,
}

pub(super) async fn stream(AtCounter { person, counter }: AtCounter) -> Response {
    let site = std::sync::Arc::clone(&person.site);
    let open = site.presence.watch(&counter.id);
    let told = Told { news: site.watch(), person, counter, marks: None, _open: open };
    let words = stream::unfold(told, |mut told| async move {
        let words = told.next().await?;
        Some((stream::iter(words), told))
    });
    answer(&site, words.flatten())
}

impl Told {
    /// What is to be told next: after a change the pieces that differ, otherwise that the line holds. Nothing any more once
    /// the session is over, the agent sits elsewhere or may sit at no counter any more.
    async fn next(&mut self) -> Option<Vec<Event>> {
        let first = self.marks.is_none();
        if !first {
            let changed = tokio::time::timeout(BEAT, self.news.changed()).await;
            match changed {
                Ok(Ok(())) => tokio::time::sleep(TOGETHER).await,
                Ok(Err(_)) => return None,
                Err(_) => {}
            }
        }
        self.news.mark_unchanged();
        let site = &self.person.site;
        let now = site.clock.now();
        let seated = site.store.session(self.person.session, now).await.ok().flatten()?;
        let may = seated.grants.iter().any(|grant| grant.allows(site.id, Permission::Counter));
        let sits = seated.counter.as_ref() == Some(&self.counter.id) && seated.site.is_none_or(|at| at == site.id);
        if !may || !sits {
            return None;
        }
        let plan = site.plan();
        let scene = Scene { site, plan: &plan, counter: &self.counter, now };
        let marks = Pieces::draw(scene, &Names::default(), None).marks();
        let word = |name: &'static str| Event::default().event(name).data("1");
        let words = match self.marks.replace(marks) {
            // Whatever happened while nobody listened.
            None => vec![word("etat")],
            Some(before) => {
                let differs = |(new, old): (&(&'static str, u64), &(&'static str, u64))| (new != old).then_some(new.0);
                marks.iter().zip(&before).filter_map(differs).map(word).collect()
            }
        };
        Some(if words.is_empty() { vec![word("pouls")] } else { words })
    }
}

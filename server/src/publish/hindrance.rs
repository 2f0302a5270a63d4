//! What keeps a draft without faults from being published now: people whom it would leave behind, and an address that leads
//! to nobody.

use wire::catalogue::Catalogue;
use wire::ids::Language;

use crate::app::App;
use crate::site::Site;
use crate::store::StoreError;
use crate::tls::Unreached;

/// Why a draft is not published now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Hindrance {
    /// Somebody sits at a counter that it removes.
    Seated {
        /// What the counter is called.
        counter: String,
        /// Who sits there.
        agent: String,
    },
    /// A counter that it removes holds a ticket.
    Held {
        /// What the counter is called.
        counter: String,
        /// The ticket's number.
        label: String,
    },
    /// People wait for a service that it removes.
    Waited {
        /// What the service is called.
        service: String,
        /// How many.
        people: usize,
    },
    /// Nobody would reach the site at the address that it gives.
    Address(Unreached),
}

impl Site {
    /// What keeps a draft from being published now.
    pub(crate) async fn hindrances(&self, app: &App, after: &Catalogue) -> Result<Vec<Hindrance>, StoreError> {
        let (now, before) = (self.clock.now(), self.published().await?);
        let mut all = Vec::new();
        let counters = before.counters.iter().filter(|counter| after.counter(&counter.id).is_none());
        let counters: Vec<_> = counters.collect();
        if !counters.is_empty() {
            for (id, agent) in self.store.seats(self.id, now).await? {
                if let Some(counter) = counters.iter().find(|counter| counter.id == id) {
                    all.push(Hindrance::Seated { counter: counter.name.get(Language::Fr).to_owned(), agent });
                }
            }
        }
        self.live.read(now, |hall| {
            for counter in counters {
                let name = || counter.name.get(Language::Fr).to_owned();
                let held = hall.all_at_counter(&counter.id).into_iter().filter_map(|ticket| ticket.issue());
                all.extend(held.map(|issue| Hindrance::Held { counter: name(), label: issue.label.display() }));
            }
            for service in before.services.iter().filter(|service| after.service(&service.id).is_none()) {
                let parked = hall.parked();
                let open = hall.waiting().chain(parked.iter().copied());
                let people = open.filter(|t| t.place().is_some_and(|place| place.service == service.id)).count();
                if people > 0 {
                    all.push(Hindrance::Waited { service: service.name.get(Language::Fr).to_owned(), people });
                }
            }
        });
        all.extend(app.unreached(&after.site.public_url).map(Hindrance::Address));
        Ok(all)
    }
}

//! What keeps a draft without faults from being published now: people whom it would leave behind, and an address that leads
//! to nobody.

use wire::catalogue::Catalogue;
use wire::ids::Language;

use crate::app::App;
use crate::received::Left;
use crate::roles::Permission;
use crate::site::{Plan, Site};
use crate::store::{Account, Grant, StoreError};
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
    /// People are set aside at a counter that it removes.
    Parked {
        /// What the counter is called.
        counter: String,
        /// How many.
        people: usize,
    },
    /// People wait whom nobody could call any more.
    Left(Left),
    /// Nobody would reach the site at the address that it gives.
    Address(Unreached),
}

impl Site {
    /// Whom another plan would leave to nobody.
    pub(crate) async fn left_by(&self, before: &Plan, after: &Plan) -> Result<Vec<Left>, StoreError> {
        let accounts = self.store.accounts(Some(self.id)).await?;
        let receives = |account: &Account| {
            let may = |grant: &Grant| grant.allows(self.id, Permission::Counter);
            account.disabled_at.is_none() && account.grants.iter().any(may)
        };
        let agents: Vec<_> = accounts.into_iter().filter(receives).map(|account| account.id).collect();
        Ok(self.live.read(self.clock.now(), |hall| before.left_by(after, hall, &agents)))
    }

    /// What keeps a draft from being published now.
    pub(crate) async fn hindrances(&self, app: &App, after: &Catalogue) -> Result<Vec<Hindrance>, StoreError> {
        let (now, before) = (self.clock.now(), self.published().await?);
        let mut all = Vec::new();
        let gone = before.counters.iter().filter(|counter| after.counter(&counter.id).is_none());
        let counters: Vec<_> = gone.cloned().collect();
        if !counters.is_empty() {
            for (id, agent) in self.store.seats(self.id, now).await? {
                if let Some(counter) = counters.iter().find(|counter| counter.id == id) {
                    all.push(Hindrance::Seated { counter: counter.name.get(Language::Fr).to_owned(), agent });
                }
            }
        }
        self.live.read(now, |hall| {
            let parked = hall.parked();
            for counter in counters {
                let name = || counter.name.get(Language::Fr).to_owned();
                let held = hall.all_at_counter(&counter.id).into_iter().filter_map(|ticket| ticket.issue());
                all.extend(held.map(|issue| Hindrance::Held { counter: name(), label: issue.label.display() }));
                let here = parked.iter().filter_map(|ticket| ticket.parking());
                let people = here.filter(|parking| parking.counter == counter.id).count();
                if people > 0 {
                    all.push(Hindrance::Parked { counter: name(), people });
                }
            }
        });
        let policy = self.plan().policy.clone();
        let after_all = Plan { catalogue: after.clone(), policy: policy.clone() };
        let left = self.left_by(&Plan { catalogue: before, policy }, &after_all).await?;
        all.extend(left.into_iter().map(Hindrance::Left));
        all.extend(app.unreached(&after.site.public_url).map(Hindrance::Address));
        Ok(all)
    }
}

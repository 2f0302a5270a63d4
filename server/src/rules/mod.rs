//! The rules of calls as supervisors change them: a draft is filled in, looked through and published; what is published never
//! changes, holds from the next service day or at once, and every call keeps the version it was made by.
//!
//! [`form`], [`fields`] and [`sentences`] are pure: a policy as a form and back, and as sentences.

pub(crate) mod fields;
pub(crate) mod form;
pub(crate) mod publish;
pub(crate) mod sentences;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use queue_engine::Policy;
use wire::catalogue::Catalogue;
use wire::ids::{AgentRef, CounterId, Language, ServiceId};

use crate::site::Site;
use crate::store::{PublicationKind, StoreError};

/// What things are called that rules are about.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// Services, in the catalogue's order.
    pub(crate) services: Vec<(ServiceId, String)>,
    /// Counters, in the catalogue's order.
    pub(crate) counters: Vec<(CounterId, String)>,
    /// Agents.
    pub(crate) agents: Vec<(AgentRef, String)>,
}

impl Names {
    pub(crate) fn of(catalogue: &Catalogue, agents: Vec<(AgentRef, String)>) -> Self {
        let services = catalogue.services.iter().map(|s| (s.id.clone(), s.name.get(Language::Fr).to_owned()));
        let counters = catalogue.counters.iter().map(|c| (c.id.clone(), c.name.get(Language::Fr).to_owned()));
        Self { services: services.collect(), counters: counters.collect(), agents }
    }

    fn service(&self, id: &ServiceId) -> String {
        found(&self.services, id).unwrap_or_else(|| id.to_string())
    }

    fn counter(&self, id: &CounterId) -> String {
        found(&self.counters, id).unwrap_or_else(|| id.to_string())
    }

    fn agent(&self, id: AgentRef) -> String {
        found(&self.agents, &id).unwrap_or_else(|| format!("agent {id}"))
    }
}

fn found<T: PartialEq>(names: &[(T, String)], id: &T) -> Option<String> {
    names.iter().find(|(known, _)| known == id).map(|(_, name)| name.clone())
}

/// What keeps a policy from being published at a site, as supervisors read it.
pub(crate) fn faults(policy: &Policy, catalogue: &Catalogue) -> Vec<String> {
    let services = catalogue.services.iter().map(|service| service.id.clone()).collect();
    let counters = catalogue.counters.iter().map(|counter| counter.id.clone()).collect();
    policy.faults(&services, &counters).iter().map(queue_engine::policy::Fault::in_french).collect()
}

/// A policy as it is kept: its version stands beside it.
pub(crate) fn read(body: &str, version: u64) -> Result<Policy, StoreError> {
    let policy: Policy =
        serde_json::from_str(body).map_err(|_| StoreError::Unreadable { what: "the rules of calls" })?;
    Ok(Policy { version: u32::try_from(version).unwrap_or(u32::MAX), ..policy })
}

/// The bytes that are kept of a policy.
pub(crate) fn body(policy: &Policy) -> Result<String, StoreError> {
    serde_json::to_string(policy).map_err(|_| StoreError::Unreadable { what: "the rules of calls" })
}

impl Site {
    /// The rules of a version: 0 are those of a site that has published none.
    pub(crate) async fn rules_of(&self, version: u64) -> Result<Option<Policy>, StoreError> {
        if version == 0 {
            return Ok(Some(self.usual.clone()));
        }
        let found = self.store.publication(self.id, PublicationKind::Policy, version).await?;
        found.map(|found| read(&found.body, version)).transpose()
    }

    /// The names of what its rules are about.
    pub(crate) async fn names(&self) -> Result<Names, StoreError> {
        let accounts = self.store.accounts(Some(self.id)).await?;
        let mut agents: BTreeMap<AgentRef, String> = BTreeMap::new();
        agents.extend(accounts.into_iter().map(|account| (account.id, account.name)));
        Ok(Names::of(&self.plan().catalogue, agents.into_iter().collect()))
    }
}

//! What a service day was at this borne.

use std::collections::{BTreeMap, BTreeSet};

use wire::event::{Event, EventBody, TicketIssued};
use wire::ids::{ServiceId, TicketId};
use wire::label::Label;
use wire::service_day::ServiceDay;

use super::{Store, StoreError};

impl Store {
    /// How many tickets this borne gave for each service.
    pub fn issued_on(&self, day: ServiceDay) -> Result<BTreeMap<ServiceId, u32>, StoreError> {
        let sql = "SELECT raw ->> '$.service', count(*) FROM log \
                   WHERE raw ->> '$.type' = 'ticket_issued' AND raw ->> '$.day' = ?1 GROUP BY 1";
        let mut statement = self.db.prepare(sql).map_err(self.fault())?;
        let rows = statement
            .query_map([day.to_string()], |row| Ok((row.get::<_, String>(0)?, row.get::<_, u32>(1)?)))
            .map_err(self.fault())?;
        let mut issued = BTreeMap::new();
        for row in rows {
            let (service, count) = row.map_err(self.fault())?;
            // A service that another version named otherwise than any can be counts for nothing.
            issued.extend(service.parse().ok().map(|service: ServiceId| (service, count)));
        }
        Ok(issued)
    }

    /// The numbers of the tickets whose paper nobody knows of: sent, and no printer confirmed any print of them.
    pub fn uncertain_on(&self, day: ServiceDay) -> Result<Vec<Label>, StoreError> {
        let sql = "SELECT raw, outcome FROM log WHERE outcome IN ('unknown', 'printed') ORDER BY seq";
        let mut statement = self.db.prepare(sql).map_err(self.fault())?;
        let rows = statement
            .query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))
            .map_err(self.fault())?;
        let mut unknown: Vec<(TicketId, Label)> = Vec::new();
        let mut printed = BTreeSet::new();
        for row in rows {
            let (raw, outcome) = row.map_err(self.fault())?;
            let Ok(event) = Event::decode(&raw) else { continue };
            if let EventBody::TicketIssued(TicketIssued { ticket, label, day: its, .. }) = event.body {
                if outcome == "printed" {
                    printed.insert(ticket);
                } else if its == day {
                    unknown.push((ticket, label));
                }
            } else if let EventBody::Reprinted { ticket, .. } = event.body
                && outcome == "printed"
            {
                printed.insert(ticket);
            }
        }
        Ok(unknown.into_iter().filter(|(ticket, _)| !printed.contains(ticket)).map(|(_, label)| label).collect())
    }
}

//! How well waits are foretold: days played with a seed each, the same ones that the tests hold the estimate to.

use std::collections::BTreeSet;

use integration_tests::bench::{Figure, Goal};
use queue_engine::Seat;
use queue_engine::simulation::reference::{COVERED_LEAST, Foretold, GATES, Gate, foretold, hall};
use wire::ids::AgentRef;

const SERVICE: &str = "titres";

pub fn figures() -> anyhow::Result<Vec<Figure>> {
    let mut all = Vec::new();
    for Gate { desks, people, days, error_most } in GATES {
        let seat = |n: u32| -> anyhow::Result<Seat> {
            Ok(Seat {
                counter: n.to_string().parse()?,
                agent: Some(AgentRef(n)),
                services: [SERVICE.parse()?].into(),
                capabilities: BTreeSet::new(),
                stranded: BTreeSet::new(),
            })
        };
        let seats = (1..=desks).map(seat).collect::<anyhow::Result<_>>()?;
        let Foretold { error, covered, mean_wait_s } = foretold(&hall(SERVICE.parse()?, seats, people), days);
        let wait = mean_wait_s / 60;
        let (error, covered) = (error * 100.0, covered * 100.0);
        let name = format!("{desks} counters, {wait} min on average: off by");
        all.push(Figure::new(&name, error, "% of it", error_most * 100.0, Goal::AtMost(1.0)));
        let name = format!("{desks} counters: wait no longer than told");
        all.push(Figure::new(&name, covered, "% of all", COVERED_LEAST * 100.0, Goal::AtLeast(1.0)));
    }
    Ok(all)
}

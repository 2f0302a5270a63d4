//! What cannot be published, and what a supervisor should know before they publish it.

use std::collections::BTreeSet;

use wire::ids::{AgentRef, CounterId, ServiceId};

use super::{Lane, LaneMode, Policy};

/// The longest wait anything may be set to, in minutes: a day of service.
const DAY_MIN: u32 = 12 * 60;
/// The shortest ceiling, in minutes: below, everybody is over it and arrival alone counts.
const CEILING_LEAST: u32 = 5;
/// The most turns of one lane or share: a counter must come round to the others before the day ends.
const WEIGHT_MOST: u32 = 20;

/// What makes a policy impossible. Each says what to change.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Fault {
    /// A lane is missing from the order, or named twice.
    #[error("the order of lanes names each lane once: {0:?} is missing or named twice")]
    Order(Lane),
    /// A weight outside the limits.
    #[error("lane {0:?} has a weight of {1}: choose 1 to {WEIGHT_MOST}")]
    LaneWeight(Lane, u32),
    /// A weight outside the limits.
    #[error("the share of {0} has a weight of {1}: choose 1 to {WEIGHT_MOST}")]
    ShareWeight(ServiceId, u32),
    /// A share of nothing.
    #[error("share {0} names no service: name one, or take the share out")]
    EmptyShare(usize),
    /// A service in two shares.
    #[error("{0} is in two shares: leave it in one")]
    SharedTwice(ServiceId),
    /// A ratio of nothing.
    #[error(
        "after 0 people with priority in a row nobody with priority would be called: choose 1 or more, or no limit"
    )]
    Ratio,
    /// A ceiling outside the limits.
    #[error("the longest wait{} is {minutes} minutes: choose {CEILING_LEAST} to {DAY_MIN}", of(.service))]
    Ceiling {
        /// Of which service, or of those without one of their own.
        service: Option<ServiceId>,
        /// As written.
        minutes: u32,
    },
    /// A tolerance longer than a day.
    #[error("an appointment's tolerance is {0} minutes: choose at most {DAY_MIN}")]
    Tolerance(u32),
    /// Absent without a call.
    #[error("nobody is absent who was not called: ask for 1 call or more before an absence")]
    Calls,
    /// A service that the site does not have.
    #[error("the site has no service {0}: take it out, or publish the service first")]
    UnknownService(ServiceId),
    /// A counter that the site does not have.
    #[error("the site has no counter {0}: take it out, or publish the counter first")]
    UnknownCounter(CounterId),
    /// A counter named twice.
    #[error("counter {0} is described twice: leave one description")]
    CounterTwice(CounterId),
    /// An agent named twice.
    #[error("the skills of agent {0} are described twice: leave one description")]
    SkillTwice(AgentRef),
    /// Help without a reason to begin.
    #[error("counter {0} helps out, but nothing says when: give a wait or a number of people")]
    OverflowNever(CounterId),
    /// Help for nothing.
    #[error("counter {0} helps out for no service: name one, or take the help out")]
    OverflowNothing(CounterId),
}

fn of(service: &Option<ServiceId>) -> String {
    service.as_ref().map_or_else(String::new, |service| format!(" for {service}"))
}

impl Fault {
    /// The same for a supervisor.
    #[must_use]
    pub fn in_french(&self) -> String {
        match self {
            Self::Order(lane) => {
                format!("Chaque file figure une seule fois dans l’ordre : « {} » manque ou figure deux fois.", name(*lane))
            }
            Self::LaneWeight(lane, weight) => {
                format!("La file « {} » a un poids de {weight} : choisissez de 1 à {WEIGHT_MOST}.", name(*lane))
            }
            Self::ShareWeight(service, weight) => {
                format!("La part du service « {service} » a un poids de {weight} : choisissez de 1 à {WEIGHT_MOST}.")
            }
            Self::EmptyShare(_) => "Une part ne contient aucun service : ajoutez-en un ou supprimez-la.".into(),
            Self::SharedTwice(service) => {
                format!("Le service « {service} » est dans deux parts : gardez-le dans une seule.")
            }
            Self::Ratio => {
                "Avec 0 personne prioritaire de suite, aucune ne serait appelée : choisissez 1 ou plus, ou pas de limite."
                    .into()
            }
            Self::Ceiling { service, minutes } => {
                let service = service.as_ref().map_or_else(String::new, |s| format!(" pour le service « {s} »"));
                format!("L’attente maximale{service} est de {minutes} min : choisissez de {CEILING_LEAST} à {DAY_MIN} min.")
            }
            Self::Tolerance(minutes) => {
                format!("La tolérance des rendez-vous est de {minutes} min : choisissez {DAY_MIN} min au plus.")
            }
            Self::Calls => "Personne n’est absent sans avoir été appelé : demandez au moins 1 appel.".into(),
            Self::UnknownService(service) => {
                format!("Le service « {service} » n’existe pas sur ce site : retirez-le ou publiez-le d’abord.")
            }
            Self::UnknownCounter(counter) => {
                format!("Le guichet « {counter} » n’existe pas sur ce site : retirez-le ou publiez-le d’abord.")
            }
            Self::CounterTwice(counter) => format!("Le guichet « {counter} » est décrit deux fois : gardez une description."),
            Self::SkillTwice(agent) => {
                format!("Les compétences de l’agent {agent} sont décrites deux fois : gardez une description.")
            }
            Self::OverflowNever(counter) => format!(
                "Le guichet « {counter} » vient en renfort, mais rien ne dit quand : indiquez une attente ou un nombre de personnes."
            ),
            Self::OverflowNothing(counter) => {
                format!("Le guichet « {counter} » vient en renfort pour aucun service : indiquez-en un ou retirez le renfort.")
            }
        }
    }
}

/// What can be published, and may surprise.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Caution {
    /// Holders of the card "priorité" come first by law (CASF L241-3): a limit, a weight or another order may break it.
    LegalPriority,
    /// Nobody is ever noted absent for good until the day ends.
    EndlessReturns,
}

impl Caution {
    /// For a supervisor.
    #[must_use]
    pub const fn in_french(self) -> &'static str {
        match self {
            Self::LegalPriority => {
                "La loi (CASF, art. L241-3) donne la priorité dans les files aux titulaires de la carte « priorité ». Avec ce réglage, ils peuvent attendre derrière d’autres personnes."
            }
            Self::EndlessReturns => {
                "Une personne absente revient très souvent dans la file : les appels sans réponse vont se multiplier."
            }
        }
    }
}

const fn name(lane: Lane) -> &'static str {
    match lane {
        Lane::Priority => "priorité",
        Lane::Appointment => "rendez-vous",
        Lane::Return => "retour",
        Lane::Ordinary => "ordinaire",
    }
}

impl Policy {
    /// Everything that keeps it from being published on a site with these services and counters.
    #[must_use]
    pub fn faults(&self, services: &BTreeSet<ServiceId>, counters: &BTreeSet<CounterId>) -> Vec<Fault> {
        let mut faults = Vec::new();
        let once = |lane: &Lane| self.lanes.order.iter().filter(|known| *known == lane).count() == 1;
        faults.extend(Lane::ALL.into_iter().filter(|lane| !once(lane)).map(Fault::Order));
        let weighs = |weight: u32| (1..=WEIGHT_MOST).contains(&weight);
        let lanes = self.lanes.weights.iter().filter(|(_, weight)| !weighs(**weight));
        faults.extend(lanes.map(|(lane, weight)| Fault::LaneWeight(*lane, *weight)));
        if self.lanes.priority_in_a_row == Some(0) {
            faults.push(Fault::Ratio);
        }
        self.share_faults(&mut faults, weighs);
        let default = (None, self.ceiling.default_min);
        let named = self.ceiling.services.iter().map(|(service, minutes)| (Some(service.clone()), *minutes));
        let beyond = |(_, minutes): &(_, u32)| !(CEILING_LEAST..=DAY_MIN).contains(minutes);
        let ceilings = std::iter::once(default).chain(named).filter(beyond);
        faults.extend(ceilings.map(|(service, minutes)| Fault::Ceiling { service, minutes }));
        let tolerances = [self.appointment.early_min, self.appointment.late_min];
        faults.extend(tolerances.into_iter().filter(|minutes| *minutes > DAY_MIN).map(Fault::Tolerance));
        if self.no_show.min_calls == 0 {
            faults.push(Fault::Calls);
        }
        self.counter_faults(&mut faults, counters);
        let mut agents = BTreeSet::new();
        let twice = self.skills.iter().filter(|skill| !agents.insert(skill.agent));
        faults.extend(twice.map(|skill| Fault::SkillTwice(skill.agent)));
        let unknown = self.services_named().into_iter().filter(|service| !services.contains(service));
        faults.extend(unknown.map(Fault::UnknownService));
        faults
    }

    /// What may surprise whoever publishes it.
    #[must_use]
    pub fn cautions(&self) -> Vec<Caution> {
        let mut cautions = Vec::new();
        let first = self.lanes.mode == LaneMode::Strict
            && self.lanes.order.first() == Some(&Lane::Priority)
            && self.lanes.priority_in_a_row.is_none();
        if !first {
            cautions.push(Caution::LegalPriority);
        }
        if self.no_show.returns > 3 {
            cautions.push(Caution::EndlessReturns);
        }
        cautions
    }

    fn share_faults(&self, faults: &mut Vec<Fault>, weighs: impl Fn(u32) -> bool) {
        let mut known = BTreeSet::new();
        for (place, share) in self.shares.iter().enumerate() {
            match share.services.first() {
                None => faults.push(Fault::EmptyShare(place + 1)),
                Some(first) if !weighs(share.weight) => faults.push(Fault::ShareWeight(first.clone(), share.weight)),
                Some(_) => {}
            }
            let twice = share.services.iter().filter(|service| !known.insert((*service).clone()));
            faults.extend(twice.cloned().map(Fault::SharedTwice));
        }
    }

    fn counter_faults(&self, faults: &mut Vec<Fault>, counters: &BTreeSet<CounterId>) {
        let mut known = BTreeSet::new();
        for rules in &self.counters {
            if !known.insert(rules.id.clone()) {
                faults.push(Fault::CounterTwice(rules.id.clone()));
            }
            if !counters.contains(&rules.id) {
                faults.push(Fault::UnknownCounter(rules.id.clone()));
            }
            if let Some(overflow) = &rules.overflow {
                if overflow.services.is_empty() {
                    faults.push(Fault::OverflowNothing(rules.id.clone()));
                }
                if overflow.when_wait_over_min.is_none() && overflow.when_longer_than.is_none() {
                    faults.push(Fault::OverflowNever(rules.id.clone()));
                }
            }
        }
    }

    fn services_named(&self) -> BTreeSet<ServiceId> {
        let shares = self.shares.iter().flat_map(|share| &share.services);
        let own = self.counters.iter().filter_map(|rules| rules.services.as_ref()).flatten();
        let overflow = self.counters.iter().filter_map(|rules| rules.overflow.as_ref()).flat_map(|o| &o.services);
        let skills = self.skills.iter().flat_map(|skill| &skill.services);
        shares.chain(own).chain(overflow).chain(skills).chain(self.ceiling.services.keys()).cloned().collect()
    }
}

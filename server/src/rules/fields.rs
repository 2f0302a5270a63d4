//! The form of a policy as it is drawn: its sections and fields, filled in as they were typed.

use wire::ids::ServiceId;

use super::Names;
use super::form::{LANES, PLACES, SHARES, Typed};
use super::sentences::lane as lane_name;

/// Fields about one matter.
#[derive(Debug)]
pub(crate) struct Section {
    pub(crate) title: String,
    pub(crate) intro: Option<&'static str>,
    pub(crate) fields: Vec<Field>,
    /// One of several alike, which are drawn folded.
    pub(crate) folded: bool,
}

/// A field.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) label: String,
    pub(crate) kind: Kind,
}

/// What a field takes.
#[derive(Debug)]
pub(crate) enum Kind {
    /// A whole number.
    Number { value: String, unit: &'static str, optional: bool },
    /// Words.
    Text { value: String },
    /// One of several.
    Choice { options: Vec<Choice> },
    /// Any of several.
    Checks { options: Vec<Choice> },
}

/// Something to choose.
#[derive(Debug)]
pub(crate) struct Choice {
    pub(crate) value: String,
    pub(crate) text: String,
    pub(crate) chosen: bool,
}

impl Field {
    /// Whether something is said in it.
    pub(crate) fn is_said(&self) -> bool {
        match &self.kind {
            Kind::Number { value, .. } | Kind::Text { value } => !value.is_empty(),
            Kind::Choice { options } => options.iter().any(|option| option.chosen && !option.value.is_empty()),
            Kind::Checks { options } => options.iter().any(|option| option.chosen),
        }
    }
}

/// The form, filled in as it was typed.
pub(crate) fn sections(typed: &Typed, names: &Names) -> Vec<Section> {
    let form = Form { typed, names };
    let mut all =
        vec![form.order(), form.ceiling(), form.shares(), form.appointments(), form.calls(), form.afterwards()];
    all.extend(names.counters.iter().map(|(id, name)| form.counter(id.as_str(), name)));
    all.extend(names.agents.iter().map(|(id, name)| form.agent(&id.to_string(), name)));
    all
}

struct Form<'a> {
    typed: &'a Typed,
    names: &'a Names,
}

impl Form<'_> {
    fn number(&self, name: &str, label: &str, unit: &'static str) -> Field {
        let kind = Kind::Number { value: self.typed.get(name).to_owned(), unit, optional: false };
        Field { name: name.to_owned(), label: label.to_owned(), kind }
    }

    fn optional(&self, name: &str, label: &str, unit: &'static str) -> Field {
        let kind = Kind::Number { value: self.typed.get(name).to_owned(), unit, optional: true };
        Field { name: name.to_owned(), label: label.to_owned(), kind }
    }

    fn choice(&self, name: &str, label: &str, options: &[(&str, &str)]) -> Field {
        let chosen = self.typed.get(name);
        let option = |(value, text): &(&str, &str)| Choice {
            value: (*value).to_owned(),
            text: (*text).to_owned(),
            chosen: *value == chosen,
        };
        let kind = Kind::Choice { options: options.iter().map(option).collect() };
        Field { name: name.to_owned(), label: label.to_owned(), kind }
    }

    fn checks(&self, name: &str, label: &str) -> Field {
        let option = |(id, text): &(ServiceId, String)| Choice {
            value: id.to_string(),
            text: text.clone(),
            chosen: self.typed.has(name, id.as_str()),
        };
        let kind = Kind::Checks { options: self.names.services.iter().map(option).collect() };
        Field { name: name.to_owned(), label: label.to_owned(), kind }
    }

    fn order(&self) -> Section {
        let modes = [
            ("strict", "Dans l’ordre : une file attend que celles d’avant soient vides"),
            ("weighted", "À tour de rôle, selon les poids"),
        ];
        let lanes: Vec<(&str, &str)> = LANES.iter().map(|(lane, key)| (*key, lane_name(*lane))).collect();
        let mut fields = vec![self.choice("mode", "Façon d’appeler", &modes)];
        let ranks = ["1re file", "2e file", "3e file", "4e file"];
        let ranked = (1..).zip(ranks).map(|(n, label)| self.choice(&format!("order.{n}"), label, &lanes));
        fields.extend(ranked);
        let weighed = LANES.iter().map(|(lane, key)| {
            self.number(&format!("weight.{key}"), &format!("Poids : {}", lane_name(*lane)), "sur 20 au plus")
        });
        fields.extend(weighed);
        fields.push(self.optional("in_a_row", "Personnes prioritaires de suite, au plus", "vide : sans limite"));
        let intro = "Les poids ne comptent que si l’on appelle à tour de rôle.";
        Section { title: "Qui passe avant qui".to_owned(), intro: Some(intro), fields, folded: false }
    }

    fn ceiling(&self) -> Section {
        let mut fields = vec![self.number("ceiling", "Toutes les démarches", "min")];
        let own = |(id, name): &(ServiceId, String)| {
            self.optional(&format!("ceiling.{id}"), name, "min (vide : comme les autres)")
        };
        fields.extend(self.names.services.iter().map(own));
        let intro = "Au-delà, une personne passe d’abord, en alternance avec les personnes prioritaires.";
        Section { title: "Attente maximale".to_owned(), intro: Some(intro), fields, folded: false }
    }

    fn shares(&self) -> Section {
        let options: Vec<(&str, &str)> = std::iter::once(("", "aucune : avec toutes les autres"))
            .chain(SHARES.iter().map(|share| (*share, *share)))
            .collect();
        let part = |(id, name): &(ServiceId, String)| self.choice(&format!("share.{id}"), name, &options);
        let mut fields: Vec<Field> = self.names.services.iter().map(part).collect();
        let turns =
            |share: &&str| self.optional(&format!("turns.{share}"), &format!("Tours de la part {share}"), "1 à 20");
        fields.extend(SHARES.iter().map(turns));
        let intro = "Sans part, seul l’ordre d’arrivée compte entre les démarches.";
        Section { title: "Parts des démarches".to_owned(), intro: Some(intro), fields, folded: true }
    }

    fn appointments(&self) -> Section {
        let fields = vec![
            self.number("late", "Retard accepté", "min"),
            self.number("early", "Avance possible, si personne d’autre n’attend", "min"),
        ];
        Section { title: "Rendez-vous".to_owned(), intro: None, fields, folded: false }
    }

    fn calls(&self) -> Section {
        let fields = vec![
            self.number("min_calls", "Appels avant une absence", "appels"),
            self.number("wait_s", "Durée avant une absence", "s"),
            self.number("recall_gap_s", "Entre deux appels d’un même numéro", "s"),
            self.number("returns", "Retours dans la file après une absence", "fois"),
            self.number("return_after_min", "Retour après", "min"),
        ];
        Section { title: "Appel et absence".to_owned(), intro: None, fields, folded: false }
    }

    fn afterwards(&self) -> Section {
        let places: Vec<(&str, &str)> = PLACES.iter().map(|(_, key, text)| (*key, *text)).collect();
        let fields = vec![
            self.choice("place", "Une personne transférée se place", &places),
            self.number("undo_staff", "L’agent peut annuler pendant", "s"),
            self.number("undo_visitor", "Le visiteur peut annuler pendant", "s"),
            self.number("postpone_places", "Qui demande plus de temps laisse passer", "personnes"),
            self.number("postpone_times", "Et cela, au plus", "fois"),
            self.number("remind", "Rappel d’une personne mise en attente après", "min"),
        ];
        Section { title: "Ensuite".to_owned(), intro: None, fields, folded: false }
    }

    fn counter(&self, id: &str, name: &str) -> Section {
        let field = |what: &str| format!("counter.{id}.{what}");
        let needs = Kind::Text { value: self.typed.get(&field("has")).to_owned() };
        let fields = vec![
            self.checks(&field("services"), "Reçoit pour (rien de coché : comme dans la configuration du site)"),
            Field { name: field("has"), label: "Équipé pour, par exemple : pmr langue-lsf".to_owned(), kind: needs },
            self.checks(&field("helps"), "Vient en renfort pour"),
            self.optional(&field("wait"), "quand quelqu’un y attend plus de", "min"),
            self.optional(&field("longer"), "ou quand y attendent plus de", "personnes"),
        ];
        Section { title: name.to_owned(), intro: None, fields, folded: true }
    }

    fn agent(&self, id: &str, name: &str) -> Section {
        let fields = vec![self.checks(&format!("skill.{id}"), "Sait recevoir pour (rien de coché : pour tout)")];
        Section { title: format!("Compétences : {name}"), intro: None, fields, folded: true }
    }
}

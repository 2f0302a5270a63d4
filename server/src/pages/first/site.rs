//! What a new site begins with: as much as lets the first visitor be received.

use uuid::Uuid;
use wire::catalogue::{
    ADDRESS_MAX, Catalogue, Counter, Display, Layout, Localised, PUBLIC_URL_MAX, Priority, SHORT_NAME_MAX, Service,
    Site,
};
use wire::ids::SiteId;
use wire::label::{LabelForm, Prefix};

use crate::app::App;
use crate::pages::admin::form::Form;
use crate::pages::admin::hindered;
use crate::pages::admin::words::slug;

/// The longest name of a site, in characters.
const NAME_MAX: usize = 60;
/// As many services as the first page has room for; more are added later.
const SERVICES: usize = 8;
/// As many counters as are made at once.
const COUNTERS_MAX: u32 = 30;

/// Time zones of France, and of its neighbours who speak French.
const ZONES: [(&str, &str); 14] = [
    ("Europe/Paris", "France métropolitaine (Paris)"),
    ("America/Guadeloupe", "Guadeloupe, Saint-Martin, Saint-Barthélemy"),
    ("America/Martinique", "Martinique"),
    ("America/Cayenne", "Guyane"),
    ("Indian/Reunion", "La Réunion"),
    ("Indian/Mayotte", "Mayotte"),
    ("America/Miquelon", "Saint-Pierre-et-Miquelon"),
    ("Pacific/Noumea", "Nouvelle-Calédonie"),
    ("Pacific/Tahiti", "Polynésie française (Tahiti)"),
    ("Pacific/Wallis", "Wallis-et-Futuna"),
    ("Europe/Brussels", "Belgique (Bruxelles)"),
    ("Europe/Luxembourg", "Luxembourg"),
    ("Europe/Zurich", "Suisse (Zurich)"),
    ("Europe/Monaco", "Monaco"),
];

/// A site to make.
pub(in crate::pages) struct NewSite {
    name: String,
    address: Option<String>,
    zone: String,
    public_url: String,
    /// With the services and counters of the site it is made at.
    pub(in crate::pages) alike: bool,
    /// Whether that may be chosen.
    has_model: bool,
    /// Its identity: a form that is sent twice makes one site.
    pub(in crate::pages) id: SiteId,
}

impl NewSite {
    /// The first one, at the address that the browser knows.
    pub(super) fn at(browser: &str) -> Self {
        let zone = "Europe/Paris".to_owned();
        let public_url = browser.to_owned();
        Self { name: String::new(), address: None, zone, public_url, alike: false, has_model: false, id: fresh() }
    }

    /// Another one beside a site.
    pub(in crate::pages) fn like(catalogue: &Catalogue) -> Self {
        let zone = catalogue.site.time_zone.clone();
        let public_url = catalogue.site.public_url.clone();
        Self { name: String::new(), address: None, zone, public_url, alike: true, has_model: true, id: fresh() }
    }

    pub(in crate::pages) fn declare(&mut self, form: &mut Form<'_>) {
        form.group("", "");
        form.text("nom", "Nom du site", "Par exemple\u{a0}: Mairie de Bonneveine.", NAME_MAX, &mut self.name);
        form.optional(
            "adresse",
            "Adresse postale",
            "Facultative\u{a0}: elle est sur la page du ticket.",
            ADDRESS_MAX,
            &mut self.address,
        );
        let known = ZONES.iter().map(|(key, text)| ((*key).to_owned(), (*key).to_owned(), (*text).to_owned()));
        let mut zones: Vec<(String, String, String)> = known.collect();
        if zones.iter().all(|(zone, ..)| *zone != self.zone) {
            zones.push((self.zone.clone(), self.zone.clone(), self.zone.clone()));
        }
        form.choice("fuseau", "Fuseau horaire", "Il ne change plus ensuite.", &zones, &mut self.zone);
        form.text(
            "public",
            "Adresse du serveur",
            "Celle que le téléphone d’un usager atteint, sans chemin. Elle se change plus tard.",
            PUBLIC_URL_MAX,
            &mut self.public_url,
        );
        let wrong = url_fault(&self.public_url);
        form.mend("public", wrong);
        if self.has_model {
            let help = "Sinon, le nouveau site commence sans démarche ni guichet.";
            form.check("pareil", "Reprendre les démarches et les guichets de ce site", help, &mut self.alike);
        }
    }

    /// Says of the form that was read what a start would say of the address.
    pub(in crate::pages) fn check(&self, app: &App, form: &mut Form<'_>) {
        form.mend("public", app.unreached(&self.public_url).as_ref().map(hindered::address));
    }

    /// A catalogue with nothing to come for yet.
    pub(in crate::pages) fn catalogue(&self) -> Catalogue {
        let hall = Display {
            id: "hall".parse().unwrap_or_else(never),
            name: Localised::french("Hall d’accueil"),
            layout: Layout::List,
            zones: Vec::new(),
            counter: None,
            diagonal_in: None,
            distance_m: None,
            media: Vec::new(),
        };
        Catalogue {
            version: 1,
            site: Site {
                id: self.id,
                name: Localised::french(&self.name),
                time_zone: self.zone.clone(),
                label_form: LabelForm::Plain,
                public_url: self.public_url.clone(),
                languages: Vec::new(),
                hours: None,
                exceptions: Vec::new(),
                online: None,
                mobile: false,
                zones: Vec::new(),
                address: self.address.clone(),
                commitment_min: None,
                nearby: Vec::new(),
                priority: Priority::default(),
            },
            families: Vec::new(),
            services: Vec::new(),
            counters: Vec::new(),
            displays: vec![hall],
            survey: None,
        }
    }
}

fn fresh() -> SiteId {
    SiteId(Uuid::now_v7())
}

/// What is wrong with an address that browsers are sent to.
fn url_fault(url: &str) -> Option<String> {
    let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | ':');
    let fits = host.is_some_and(|host| !host.is_empty() && host.chars().all(plain));
    (!fits).then(|| "Écrivez une adresse comme https://accueil.exemple.fr, sans chemin.".to_owned())
}

/// What people come for, and how many counters receive them.
#[derive(Default)]
pub(super) struct Offer {
    names: [Option<String>; SERVICES],
    counters: Option<u32>,
}

impl Offer {
    pub(super) fn declare(&mut self, form: &mut Form<'_>) {
        form.group(
            "Pour quoi vient-on chez vous\u{a0}?",
            "Un nom court par ligne, comme «\u{a0}État civil\u{a0}» ou «\u{a0}Carte d’identité\u{a0}». Les traductions, les documents à \
             apporter et les horaires se règlent ensuite.",
        );
        for (n, name) in (1..).zip(&mut self.names) {
            form.optional(&format!("demarche{n}"), &format!("Démarche {n}"), "", SHORT_NAME_MAX, name);
        }
        form.group("Vos guichets", "");
        let mut counters = self.counters.or(Some(2));
        let help = "Ils reçoivent d’abord pour toutes les démarches.";
        form.number("guichets", "Nombre de guichets", help, (1..=COUNTERS_MAX, "guichets"), &mut counters);
        self.counters = counters;
    }

    /// Their names, without those that stand twice.
    pub(super) fn services(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for name in self.names.iter().flatten() {
            if !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
        names
    }

    /// A site with these.
    pub(super) fn fill(&self, mut catalogue: Catalogue) -> Catalogue {
        let letters = Prefix::ALLOWED.chars().filter_map(|c| Prefix::try_from(c).ok());
        let letters = letters.filter(|letter| *letter != Prefix::APPOINTMENT);
        for (name, letter) in self.services().into_iter().zip(letters) {
            let taken = |id: &str| catalogue.services.iter().any(|service| service.id.as_str() == id);
            let id = slug(name, taken).parse().unwrap_or_else(never);
            catalogue.services.push(Service {
                id,
                letter,
                name: Localised::french(name),
                short_name: None,
                room: None,
                documents: Vec::new(),
                online: None,
                family: None,
                hours: None,
                quota: None,
                group: false,
                sensitive: false,
                commitment_min: None,
                full_text: None,
                unreviewed: std::collections::BTreeSet::new(),
            });
        }
        for n in 1..=self.counters.unwrap_or(1) {
            catalogue.counters.push(Counter {
                id: n.to_string().parse().unwrap_or_else(never),
                name: Localised::french(&format!("Guichet {n}")),
                services: catalogue.services.iter().map(|service| service.id.clone()).collect(),
                zone: None,
                capabilities: std::collections::BTreeSet::new(),
            });
        }
        catalogue
    }
}

/// Short names that stand here or that [`slug`] makes are short names.
#[track_caller]
fn never<T, E: std::fmt::Display>(e: E) -> T {
    unreachable!("a short name of ours is one: {e}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_site_may_be_published_as_it_is() {
        let site = NewSite { name: "Mairie".into(), ..NewSite::at("https://accueil.exemple.fr") };
        let mut offer = Offer { counters: Some(3), ..Offer::default() };
        offer.names[0] = Some("État civil".into());
        offer.names[2] = Some("Carte d’identité".into());
        offer.names[3] = Some("État civil".into());
        let catalogue = offer.fill(site.catalogue());
        assert_eq!(catalogue.violations(), Vec::<String>::new());
        let ids: Vec<&str> = catalogue.services.iter().map(|service| service.id.as_str()).collect();
        assert_eq!((ids, catalogue.counters.len()), (vec!["etat-civil", "carte-d-identite"], 3));
        assert_ne!(NewSite::at("").id, catalogue.site.id);
    }

    #[test]
    fn addresses_have_a_scheme_and_a_host_and_nothing_else() {
        for good in ["https://accueil.exemple.fr", "http://127.0.0.1:8080"] {
            assert_eq!(url_fault(good), None, "{good}");
        }
        for bad in ["", "accueil.exemple.fr", "https://", "https://a.fr/x", "https://é.fr", "ftp://a.fr"] {
            assert!(url_fault(bad).is_some(), "{bad}");
        }
    }
}

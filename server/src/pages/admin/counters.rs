//! Where people are received: halls, counters, and the screens that call them.

use std::collections::BTreeSet;

use wire::catalogue::{Catalogue, Counter, Display, Layout, Media, NAME_MAX, Tenths, Zone};
use wire::ids::{CounterId, Language, NeedId, ServiceId, ZoneId};

use super::form::Form;
use super::items::{Item, Words};
use super::place::empty;
use super::services::never;
use super::words::slug;
use crate::pages::french::NEEDS;

/// Pictures that a form has room for, beyond those that are there.
const MEDIA_ROWS: usize = 3;
/// The longest name of a hall or a screen, in characters.
const PLACE_MAX: usize = 40;
/// The longest file name of a picture, in characters.
const FILE_MAX: usize = 80;
/// The longest description of a picture, in characters.
const PICTURE_MAX: usize = 120;

type Options<T> = Vec<(T, String, String)>;

fn zones(catalogue: &Catalogue) -> Options<ZoneId> {
    let named = |zone: &Zone| (zone.id.clone(), zone.id.to_string(), zone.name.get(Language::Fr).to_owned());
    catalogue.site.zones.iter().map(named).collect()
}

fn optional<T>(options: Options<T>, none: &str) -> Options<Option<T>> {
    let some = options.into_iter().map(|(value, key, text)| (Some(value), key, text));
    std::iter::once((None, String::new(), none.to_owned())).chain(some).collect()
}

impl Item for Counter {
    const WORDS: Words = Words {
        path: "/admin/guichets",
        many: "Guichets",
        one: "Guichet",
        add: "Ajouter un guichet",
        remove: "Supprimer ce guichet",
        intro: "Où les personnes sont reçues, et pour quelles démarches.",
        removal: "Un agent qui y est installé est signalé avant la publication.",
        ordered: true,
        beside: None,
    };

    fn all(catalogue: &Catalogue) -> &[Self] {
        &catalogue.counters
    }

    fn edit(catalogue: &mut Catalogue, edit: impl FnOnce(&mut Vec<Self>)) {
        edit(&mut catalogue.counters);
    }

    fn key(&self, _: usize) -> String {
        self.id.to_string()
    }

    fn title(&self) -> String {
        self.name.get(Language::Fr).to_owned()
    }

    fn summary(&self, catalogue: &Catalogue) -> String {
        let services = self.services.len();
        let what = match services {
            0 => "ne reçoit pour aucune démarche".to_owned(),
            n if n == catalogue.services.len() => "toutes les démarches".to_owned(),
            n => super::words::count(n, "démarche", "démarches"),
        };
        let zone = self.zone.as_ref().and_then(|zone| catalogue.zone(zone));
        let zone = zone.map(|zone| zone.name.get(Language::Fr).to_owned());
        std::iter::once(what).chain(zone).collect::<Vec<_>>().join(" · ")
    }

    fn blank(catalogue: &Catalogue) -> Self {
        Self {
            id: "x".parse().unwrap_or_else(never),
            name: wire::catalogue::Localised::french(&format!("Guichet {}", catalogue.counters.len() + 1)),
            services: catalogue.services.iter().map(|service| service.id.clone()).collect(),
            zone: None,
            capabilities: BTreeSet::new(),
        }
    }

    fn declare(&mut self, form: &mut Form<'_>, catalogue: &Catalogue) {
        form.group("", "");
        form.localised(
            "nom",
            "Nom",
            "Sur l’écran et dans l’annonce\u{a0}: «\u{a0}Guichet 4\u{a0}».",
            NAME_MAX,
            &mut self.name,
        );
        let services: Options<ServiceId> = catalogue
            .services
            .iter()
            .map(|service| (service.id.clone(), service.id.to_string(), service.name.get(Language::Fr).to_owned()))
            .collect();
        form.several("demarches", "Démarches reçues ici", "", &services, &mut self.services);
        if !catalogue.site.zones.is_empty() || self.zone.is_some() {
            let zones = optional(zones(catalogue), "Toutes les salles");
            form.choice("salle", "Salle", "Là où ses appels sont affichés et annoncés.", &zones, &mut self.zone);
        }
        let known = NEEDS.iter().filter_map(|(key, text)| Some((key.parse().ok()?, *text)));
        let mut needs: Options<NeedId> =
            known.map(|(id, text): (NeedId, _)| (id.clone(), id.to_string(), text.to_owned())).collect();
        let others = self.capabilities.iter().filter(|own| needs.iter().all(|(known, ..)| known != *own));
        let others: Options<NeedId> = others.map(|id| (id.clone(), id.to_string(), id.to_string())).collect();
        needs.extend(others);
        let mut own: Vec<NeedId> = self.capabilities.iter().cloned().collect();
        form.several("moyens", "Ce guichet a", "", &needs, &mut own);
        self.capabilities = own.into_iter().collect();
    }

    fn settle(&mut self, before: Option<&Self>, catalogue: &Catalogue) {
        if before.is_none() {
            let taken = |id: &str| catalogue.counters.iter().any(|c| c.id.as_str() == id);
            self.id = slug(self.name.get(Language::Fr), taken).parse().unwrap_or_else(never);
        }
    }

    fn forget(&self, catalogue: &mut Catalogue) {
        for display in catalogue.displays.iter_mut().filter(|display| display.counter.as_ref() == Some(&self.id)) {
            display.counter = None;
        }
    }
}

impl Item for Zone {
    const WORDS: Words = Words {
        path: "/admin/salles",
        many: "Salles",
        one: "Salle",
        add: "Ajouter une salle",
        remove: "Supprimer cette salle",
        intro: "S’il y a plusieurs salles d’attente\u{a0}: un appel est affiché et annoncé là où la personne attend. Avec une \
                seule salle, il n’y a rien à ajouter.",
        removal: "Les guichets et les écrans qui y sont valent alors pour toutes les salles.",
        ordered: true,
        beside: None,
    };

    fn all(catalogue: &Catalogue) -> &[Self] {
        &catalogue.site.zones
    }

    fn edit(catalogue: &mut Catalogue, edit: impl FnOnce(&mut Vec<Self>)) {
        edit(&mut catalogue.site.zones);
    }

    fn key(&self, _: usize) -> String {
        self.id.to_string()
    }

    fn title(&self) -> String {
        self.name.get(Language::Fr).to_owned()
    }

    fn summary(&self, catalogue: &Catalogue) -> String {
        let counters = catalogue.counters.iter().filter(|counter| counter.zone.as_ref() == Some(&self.id)).count();
        let displays = catalogue.displays.iter().filter(|display| display.zones.contains(&self.id)).count();
        let (counters, displays) =
            (super::words::count(counters, "guichet", "guichets"), super::words::count(displays, "écran", "écrans"));
        format!("{counters} · {displays}")
    }

    fn blank(_: &Catalogue) -> Self {
        Self { id: "x".parse().unwrap_or_else(never), name: empty() }
    }

    fn declare(&mut self, form: &mut Form<'_>, _: &Catalogue) {
        form.group("", "");
        form.localised("nom", "Nom", "«\u{a0}Salle A, 1er étage\u{a0}».", PLACE_MAX, &mut self.name);
    }

    fn settle(&mut self, before: Option<&Self>, catalogue: &Catalogue) {
        if before.is_none() {
            let taken = |id: &str| catalogue.site.zones.iter().any(|z| z.id.as_str() == id);
            self.id = slug(self.name.get(Language::Fr), taken).parse().unwrap_or_else(never);
        }
    }

    fn forget(&self, catalogue: &mut Catalogue) {
        for counter in catalogue.counters.iter_mut().filter(|counter| counter.zone.as_ref() == Some(&self.id)) {
            counter.zone = None;
        }
        for display in &mut catalogue.displays {
            display.zones.retain(|zone| *zone != self.id);
        }
    }
}

impl Item for Display {
    const WORDS: Words = Words {
        path: "/admin/affichages",
        many: "Écrans d’appel",
        one: "Écran",
        add: "Ajouter un écran",
        remove: "Supprimer cet écran",
        intro: "Les écrans qui montrent et annoncent les numéros appelés.",
        removal: "L’écran dira qu’il n’est plus en service.",
        ordered: false,
        beside: Some((crate::pages::screens::ADDRESS, "Écrans reliés")),
    };

    fn all(catalogue: &Catalogue) -> &[Self] {
        &catalogue.displays
    }

    fn edit(catalogue: &mut Catalogue, edit: impl FnOnce(&mut Vec<Self>)) {
        edit(&mut catalogue.displays);
    }

    fn key(&self, _: usize) -> String {
        self.id.to_string()
    }

    fn title(&self) -> String {
        self.name.get(Language::Fr).to_owned()
    }

    fn summary(&self, catalogue: &Catalogue) -> String {
        let layout = layouts().into_iter().find(|(layout, ..)| *layout == self.layout).map(|(_, _, text)| text);
        let zones = catalogue.site.zones.iter().filter(|zone| self.zones.contains(&zone.id));
        let zones = zones.map(|zone| zone.name.get(Language::Fr).to_owned()).collect::<Vec<_>>().join(", ");
        let address = format!("adresse /a/{}", self.id);
        layout.into_iter().chain((!zones.is_empty()).then_some(zones)).chain([address]).collect::<Vec<_>>().join(" · ")
    }

    fn blank(_: &Catalogue) -> Self {
        Self {
            id: "x".parse().unwrap_or_else(never),
            name: empty(),
            layout: Layout::List,
            zones: Vec::new(),
            counter: None,
            diagonal_in: None,
            distance_m: None,
            media: Vec::new(),
        }
    }

    fn declare(&mut self, form: &mut Form<'_>, catalogue: &Catalogue) {
        form.group("L’écran", "");
        form.localised("nom", "Nom", "«\u{a0}Hall d’accueil\u{a0}».", PLACE_MAX, &mut self.name);
        form.choice("disposition", "Ce qu’il montre", "", &layouts(), &mut self.layout);
        if !catalogue.site.zones.is_empty() || !self.zones.is_empty() {
            let help = "Sans choix\u{a0}: toutes.";
            form.several("salles", "Salles dont il montre les appels", help, &zones(catalogue), &mut self.zones);
        }
        let counters: Options<CounterId> = catalogue
            .counters
            .iter()
            .map(|counter| (counter.id.clone(), counter.id.to_string(), counter.name.get(Language::Fr).to_owned()))
            .collect();
        let help = "Seulement pour un écran au-dessus d’un guichet.";
        form.choice("guichet", "Guichet", help, &optional(counters, "Aucun"), &mut self.counter);
        form.group("Taille des lettres", "Elle est calculée pour la personne la plus éloignée.");
        let (write, read) = (Tenths::get, |measure| Tenths::try_from(measure).ok());
        form.measure(("diagonale", "Diagonale", "Par exemple 43.", "pouces"), &mut self.diagonal_in, write, read);
        form.measure(
            ("distance", "Distance de lecture", "Jusqu’à la personne la plus éloignée.", "mètres"),
            &mut self.distance_m,
            write,
            read,
        );
        self.declare_media(form);
    }

    fn settle(&mut self, before: Option<&Self>, catalogue: &Catalogue) {
        if before.is_none() {
            let taken = |id: &str| catalogue.displays.iter().any(|d| d.id.as_str() == id);
            self.id = slug(self.name.get(Language::Fr), taken).parse().unwrap_or_else(never);
        }
    }

    fn forget(&self, _: &mut Catalogue) {}
}

/// Pictures beside the list.
trait Pictures {
    fn declare_media(&mut self, form: &mut Form<'_>);
}

impl Pictures for Display {
    fn declare_media(&mut self, form: &mut Form<'_>) {
        let help =
            "Pour la disposition partagée\u{a0}: des images du dossier de médias du serveur, l’une après l’autre.";
        form.group("Images", help);
        let rows = self.media.len() + 1;
        let mut media = Vec::new();
        for n in 1..=rows.max(MEDIA_ROWS) {
            let kept = self.media.get(n - 1);
            let mut file = kept.map(|media| media.file.clone());
            let mut seconds = Some(kept.map_or(15, |media| u32::from(media.seconds)));
            let mut text = kept.and_then(|media| media.text.clone());
            form.optional(&format!("image{n}"), &format!("Image {n}"), "Nom du fichier.", FILE_MAX, &mut file);
            let range = (1..=u32::from(wire::catalogue::MEDIA_S_MAX), "secondes");
            form.number(&format!("duree{n}"), &format!("Durée de l’image {n}"), "", range, &mut seconds);
            let label = format!("Ce que dit l’image {n}");
            form.optional_localised(&format!("texte{n}"), &label, "", PICTURE_MAX, &mut text);
            if let Some(file) = file {
                let seconds = seconds.and_then(|s| u16::try_from(s).ok()).unwrap_or(15);
                media.push(Media { file, text, seconds });
            }
        }
        self.media = media;
    }
}

fn layouts() -> Options<Layout> {
    let option = |layout, key: &str, text: &str| (layout, key.to_owned(), text.to_owned());
    vec![
        option(Layout::List, "liste", "Les derniers appels"),
        option(Layout::Shared, "partage", "Les derniers appels, à côté d’images"),
        option(Layout::Counter, "guichet", "L’appel d’un guichet, au-dessus de ce guichet"),
        option(Layout::Directions, "orientation", "Toutes les salles, à l’entrée"),
    ]
}

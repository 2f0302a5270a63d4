//! What people come for, and the families it is found under.

use std::collections::BTreeSet;

use wire::catalogue::{
    Catalogue, DOCUMENT_MAX, FULL_TEXT_MAX, Family, Localised, NAME_MAX, ROOM_MAX, SHORT_NAME_MAX, Service,
};
use wire::ids::{FamilyId, Language};
use wire::label::Prefix;

use super::form::{Form, french_name};
use super::items::{Item, Words};
use super::place::{LINK_MAX, commitment_range, empty, quota_range};
use super::words::slug;

/// As many documents as the screen shows.
const DOCUMENTS: usize = 5;

impl Item for Service {
    const WORDS: Words = Words {
        path: "/admin/services",
        many: "Démarches",
        one: "Démarche",
        add: "Ajouter une démarche",
        remove: "Supprimer cette démarche",
        intro: "Ce pour quoi les usagers viennent, dans l’ordre où la borne les montre.",
        removal: "Les guichets ne la recevront plus. Les personnes qui attendent déjà sont signalées avant la publication.",
        ordered: true,
        beside: None,
    };

    fn all(catalogue: &Catalogue) -> &[Self] {
        &catalogue.services
    }

    fn edit(catalogue: &mut Catalogue, edit: impl FnOnce(&mut Vec<Self>)) {
        edit(&mut catalogue.services);
    }

    fn key(&self, _: usize) -> String {
        self.id.to_string()
    }

    fn title(&self) -> String {
        self.name.get(Language::Fr).to_owned()
    }

    fn summary(&self, catalogue: &Catalogue) -> String {
        let counters = catalogue.counters.iter().filter(|counter| counter.services.contains(&self.id)).count();
        let counters = match counters {
            0 => "aucun guichet ne la reçoit".to_owned(),
            n => super::words::count(n, "guichet", "guichets"),
        };
        let quota = self.quota.map(|quota| format!("{quota} tickets par jour"));
        let hours = self.hours.as_ref().map(|_| "horaires propres".to_owned());
        let letter = Some(format!("lettre {}", self.letter.letter()));
        let unreviewed = (!self.unreviewed.is_empty()).then(|| "traductions à relire".to_owned());
        letter.into_iter().chain([counters]).chain(quota).chain(hours).chain(unreviewed).collect::<Vec<_>>().join(" · ")
    }

    fn blank(catalogue: &Catalogue) -> Self {
        Self {
            // Its name makes it, once there is one.
            id: slug("x", |id| catalogue.services.iter().any(|s| s.id.as_str() == id)).parse().unwrap_or_else(never),
            letter: free_letter(catalogue),
            name: empty(),
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
            unreviewed: BTreeSet::new(),
        }
    }

    fn declare(&mut self, form: &mut Form<'_>, catalogue: &Catalogue) {
        form.group("Sur la borne et le ticket", "");
        form.localised("nom", "Nom", "Tel qu’il est sur le bouton de la borne.", NAME_MAX, &mut self.name);
        form.optional_localised(
            "court",
            "Nom court",
            "Pour le papier étroit\u{a0}: nécessaire si le nom dépasse 24 caractères.",
            SHORT_NAME_MAX,
            &mut self.short_name,
        );
        let letters: Vec<(Prefix, String, String)> = Prefix::ALLOWED
            .chars()
            .filter_map(|c| Prefix::try_from(c).ok())
            .filter(|letter| *letter != Prefix::APPOINTMENT)
            .map(|letter| {
                let others = catalogue.services.iter().filter(|s| s.letter == letter && s.id != self.id);
                let used: Vec<&str> = others.map(|s| s.name.get(Language::Fr)).collect();
                let text = if used.is_empty() {
                    letter.letter().to_string()
                } else {
                    format!("{} (aussi\u{a0}: {})", letter.letter(), used.join(", "))
                };
                (letter, letter.letter().to_string(), text)
            })
            .collect();
        form.choice("lettre", "Lettre du numéro", "A 42\u{a0}: la lettre dit la démarche.", &letters, &mut self.letter);
        if !catalogue.families.is_empty() {
            let families: Vec<(Option<FamilyId>, String, String)> = catalogue
                .families
                .iter()
                .map(|family| {
                    (Some(family.id.clone()), family.id.to_string(), family.name.get(Language::Fr).to_owned())
                })
                .chain([(None, String::new(), "Aucune".to_owned())])
                .collect();
            form.choice("famille", "Famille", "Où la borne la range.", &families, &mut self.family);
        }
        form.optional_localised(
            "salle",
            "Où attendre",
            "Sur le ticket\u{a0}: «\u{a0}Salle A, 1er étage\u{a0}».",
            ROOM_MAX,
            &mut self.room,
        );
        self.declare_documents(form);
        form.optional(
            "page",
            "La même démarche en ligne",
            "Une adresse Internet, proposée en QR code.",
            LINK_MAX,
            &mut self.online,
        );
        form.group("Accueil", "");
        form.number(
            "places",
            "Tickets par jour",
            "Sans nombre, pas de limite.",
            (quota_range(), "tickets"),
            &mut self.quota,
        );
        form.optional_localised(
            "complet",
            "Quand il n’y a plus de place",
            "Laissez vide pour la phrase habituelle.",
            FULL_TEXT_MAX,
            &mut self.full_text,
        );
        form.number(
            "engagement",
            "Engagement d’attente",
            "Sans nombre, celui du site.",
            (commitment_range(), "minutes"),
            &mut self.commitment_min,
        );
        form.check(
            "groupe",
            "Plusieurs personnes peuvent venir avec un ticket",
            "La borne demande combien elles sont.",
            &mut self.group,
        );
        form.check(
            "discret",
            "Démarche sensible",
            "Son nom n’est dit qu’au casque et n’apparaît sur aucun écran.",
            &mut self.sensitive,
        );
        form.group(
            "Horaires propres",
            "Seulement s’ils diffèrent de ceux du site\u{a0}; sans aucune heure\u{a0}: ceux du site.",
        );
        form.week(&mut self.hours);
        self.declare_reviews(form);
    }

    fn settle(&mut self, before: Option<&Self>, catalogue: &Catalogue) {
        let Some(before) = before else {
            let taken = |id: &str| catalogue.services.iter().any(|s| s.id.as_str() == id);
            self.id = slug(self.name.get(Language::Fr), taken).parse().unwrap_or_else(never);
            return;
        };
        // A translation whose French text changed and which did not is to be read again.
        let french = |service: &Self| service.texts().map(|text| text.get(Language::Fr).to_owned()).collect::<Vec<_>>();
        if french(before) != french(self) {
            for lang in Language::ALL.into_iter().filter(|lang| *lang != Language::Fr) {
                let of = |service: &Self| {
                    let texts = service.texts().filter(|text| text.is_in(lang));
                    texts.map(|text| text.get(lang).to_owned()).collect::<Vec<_>>()
                };
                if !of(self).is_empty() && of(before) == of(self) {
                    self.unreviewed.insert(lang);
                }
            }
        }
    }

    fn forget(&self, catalogue: &mut Catalogue) {
        for counter in &mut catalogue.counters {
            counter.services.retain(|service| *service != self.id);
        }
    }
}

/// What visitors read of a service.
trait Texts {
    fn texts(&self) -> impl Iterator<Item = &Localised>;
    fn declare_documents(&mut self, form: &mut Form<'_>);
    fn declare_reviews(&mut self, form: &mut Form<'_>);
}

impl Texts for Service {
    fn texts(&self) -> impl Iterator<Item = &Localised> {
        let optional = self.short_name.iter().chain(&self.room).chain(&self.documents).chain(&self.full_text);
        std::iter::once(&self.name).chain(optional)
    }

    fn declare_documents(&mut self, form: &mut Form<'_>) {
        form.group("Documents à apporter", "Cinq au plus\u{a0}: la borne les montre avant de donner le ticket.");
        let rows = self.documents.len().max(DOCUMENTS);
        let mut documents: Vec<Option<Localised>> = self.documents.iter().cloned().map(Some).collect();
        documents.resize(rows, None);
        for (n, document) in (1..).zip(&mut documents) {
            form.optional_localised(&format!("document{n}"), &format!("Document {n}"), "", DOCUMENT_MAX, document);
        }
        self.documents = documents.into_iter().flatten().collect();
    }

    fn declare_reviews(&mut self, form: &mut Form<'_>) {
        let languages: Vec<(Language, String, String)> = Language::ALL
            .into_iter()
            .filter(|lang| *lang != Language::Fr && self.texts().any(|text| text.is_in(*lang)))
            .map(|lang| (lang, lang.tag().to_owned(), french_name(lang).to_owned()))
            .collect();
        if languages.is_empty() {
            return;
        }
        let mut unreviewed: Vec<Language> = self.unreviewed.iter().copied().collect();
        form.group(
            "Traductions à relire",
            "Cochées quand le français a changé\u{a0}; décochez une langue une fois relue.",
        );
        form.several("relire", "À relire", "", &languages, &mut unreviewed);
        self.unreviewed = unreviewed.into_iter().collect();
    }
}

impl Item for Family {
    const WORDS: Words = Words {
        path: "/admin/familles",
        many: "Familles de démarches",
        one: "Famille",
        add: "Ajouter une famille",
        remove: "Supprimer cette famille",
        intro: "Quand les démarches sont trop nombreuses pour un écran (plus de huit), la borne montre d’abord des familles. \
                Sans famille, elle montre toutes les démarches.",
        removal: "Ses démarches n’auront plus de famille.",
        ordered: true,
        beside: None,
    };

    fn all(catalogue: &Catalogue) -> &[Self] {
        &catalogue.families
    }

    fn edit(catalogue: &mut Catalogue, edit: impl FnOnce(&mut Vec<Self>)) {
        edit(&mut catalogue.families);
    }

    fn key(&self, _: usize) -> String {
        self.id.to_string()
    }

    fn title(&self) -> String {
        self.name.get(Language::Fr).to_owned()
    }

    fn summary(&self, catalogue: &Catalogue) -> String {
        let services = catalogue.services.iter().filter(|service| service.family.as_ref() == Some(&self.id)).count();
        super::words::count(services, "démarche", "démarches")
    }

    fn blank(_: &Catalogue) -> Self {
        Self { id: "x".parse().unwrap_or_else(never), name: empty() }
    }

    fn declare(&mut self, form: &mut Form<'_>, _: &Catalogue) {
        form.group("", "");
        form.localised("nom", "Nom", "Tel qu’il est sur le bouton de la borne.", NAME_MAX, &mut self.name);
    }

    fn settle(&mut self, before: Option<&Self>, catalogue: &Catalogue) {
        if before.is_none() {
            let taken = |id: &str| catalogue.families.iter().any(|f| f.id.as_str() == id);
            self.id = slug(self.name.get(Language::Fr), taken).parse().unwrap_or_else(never);
        }
    }

    fn forget(&self, catalogue: &mut Catalogue) {
        for service in catalogue.services.iter_mut().filter(|service| service.family.as_ref() == Some(&self.id)) {
            service.family = None;
        }
    }
}

/// The first letter that no service has; where all are taken, the first.
fn free_letter(catalogue: &Catalogue) -> Prefix {
    let letters = || Prefix::ALLOWED.chars().filter_map(|c| Prefix::try_from(c).ok());
    let ordinary = || letters().filter(|letter| *letter != Prefix::APPOINTMENT);
    let free = ordinary().find(|letter| catalogue.services.iter().all(|service| service.letter != *letter));
    free.or_else(|| ordinary().next()).unwrap_or(Prefix::APPOINTMENT)
}

/// What [`slug`] makes is always a short name.
#[track_caller]
pub(super) fn never<T, E: std::fmt::Display>(e: E) -> T {
    unreachable!("a short name that was made of a name is one: {e}")
}

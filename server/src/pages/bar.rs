//! The bar over the pages of staff: where they are, what else they may open, who they are.

use wire::ids::Language;

use super::drawn::At;
use super::session::Person;
use super::{backups, fleet, hooks, keys, screens};
use crate::roles::Permission;
use crate::room::Access;

/// A page's address and name, and what it takes.
type Place = (&'static str, &'static str, Access);

/// The rooms of staff, in the order in which they stand in the bar.
const ROOMS: [Place; 5] = [
    ("/poste", "Guichet", Access::May(Permission::Counter)),
    ("/accueil", "Accueil", Access::May(Permission::Reception)),
    ("/salle", "Salle", Access::May(Permission::Floor)),
    ("/regles", "Règles d’appel", Access::May(Permission::Rules)),
    (fleet::ADDRESS, "Bornes", Access::May(Permission::Fleet)),
];

const SITES: Access = Access::May(Permission::Sites);
/// The pages of administration by what they are about.
const SECTIONS: [(&str, &[Place]); 6] = [
    (
        "Le site",
        &[
            ("/admin/site", "Nom, adresse, tickets", SITES),
            ("/admin/horaires", "Horaires", SITES),
            ("/admin/fermetures", "Fermetures", SITES),
            ("/admin/salles", "Salles", SITES),
        ],
    ),
    (
        "Les démarches",
        &[
            ("/admin/services", "Démarches", SITES),
            ("/admin/familles", "Familles", SITES),
            ("/admin/quotas", "Places par jour", SITES),
        ],
    ),
    (
        "L’accueil",
        &[
            ("/admin/guichets", "Guichets", SITES),
            ("/admin/affichages", "Écrans d’appel", SITES),
            (screens::ADDRESS, "Écrans reliés", Access::May(Permission::Displays)),
            ("/admin/enquete", "Enquête", SITES),
        ],
    ),
    (
        "Publication",
        &[
            ("/admin/brouillon", "Brouillon", SITES),
            ("/admin/publications", "Versions", SITES),
            ("/admin/transfert", "Importer, exporter", SITES),
        ],
    ),
    (
        "Organisation",
        &[
            ("/admin/comptes", "Comptes et rôles", Access::May(Permission::Accounts)),
            ("/admin/sites", "Sites", SITES),
            ("/admin/audit", "Journal", Access::May(Permission::Audit)),
        ],
    ),
    (
        "Technique",
        &[
            (keys::ADDRESS, "Clés d’accès", Access::May(Permission::Api)),
            (hooks::ADDRESS, "Webhooks", Access::May(Permission::Api)),
            (backups::ADDRESS, "Sauvegardes", Access::May(Permission::Backups)),
        ],
    ),
];

/// What stands in the bar.
pub(crate) struct Bar {
    /// The site's name.
    pub(crate) site: String,
    /// The person's name.
    pub(crate) name: String,
    /// What they may open.
    pub(crate) links: Vec<Link>,
    /// The pages beside this one, on pages of administration where there is more than one.
    pub(crate) sections: Vec<Section>,
    /// Whether administration has a page that tells how all stands.
    pub(crate) overview: bool,
    /// Whether there is another site to go to.
    pub(crate) elsewhere: bool,
    /// What the page's forms carry.
    pub(crate) at: At,
}

/// Links about one thing.
pub(crate) struct Section {
    /// What they are about.
    pub(crate) title: &'static str,
    /// The links.
    pub(crate) links: Vec<Link>,
}

/// A room to go to.
pub(crate) struct Link {
    /// Its address.
    pub(crate) to: &'static str,
    /// Its name.
    pub(crate) name: &'static str,
    /// Whether it is this page.
    pub(crate) here: bool,
    /// Whether this page is one of those behind it.
    pub(crate) within: bool,
}

impl Bar {
    /// The bar for somebody on the page with this address.
    pub(crate) fn of(person: &Person, here: &str) -> Self {
        let sections = sections(person, here);
        let within = here.starts_with("/admin");
        let mut links = open(person, &ROOMS, here);
        let overview = person.opens(SITES);
        // Whoever may open one page of administration finds it by its name.
        let mut pages = sections.iter().flat_map(|section| &section.links);
        match (pages.next(), pages.next()) {
            (Some(only), None) => links.push(Link { ..*only }),
            (Some(first), Some(_)) => {
                let to = if overview { "/admin" } else { first.to };
                links.push(Link { to, name: "Administration", here: here == to, within });
            }
            (None, _) => {}
        }
        let several = sections.iter().map(|section| section.links.len()).sum::<usize>() > 1;
        Self {
            site: person.site.plan().catalogue.site.name.get(Language::Fr).to_owned(),
            name: person.name.clone(),
            links,
            sections: if within && several { sections } else { Vec::new() },
            overview,
            elsewhere: person.elsewhere,
            at: At::of(person),
        }
    }
}

fn sections(person: &Person, here: &str) -> Vec<Section> {
    let all = SECTIONS.iter().map(|(title, pages)| Section { title, links: open(person, pages, here) });
    all.filter(|section| !section.links.is_empty()).collect()
}

/// What somebody may open of these.
fn open(person: &Person, rooms: &[Place], here: &str) -> Vec<Link> {
    let open = rooms.iter().filter(|(.., access)| person.opens(*access));
    open.map(|(to, name, _)| Link { to, name, here: *to == here, within: false }).collect()
}

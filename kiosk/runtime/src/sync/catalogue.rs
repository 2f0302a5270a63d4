//! What the office publishes of the site: fetched when it is new, verified with the pinned key, kept for the next start.
//!
//! A borne never needs it to boot: without a good one it serves what it served before, or what its own file says. The form of
//! numbers changes when a service day begins (rule R2), across restarts too.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use wire::catalogue::Catalogue;
use wire::enrolment::PublicKey;
use wire::ids::{ServiceId, SiteId};
use wire::label::LabelForm;
use wire::publication::{PublicationError, SignedCatalogue};
use wire::service_day::ServiceDay;
use wire::token::Hash32;

use crate::identity::{Identity, write_secret};

/// The last good publication, in the borne's data folder.
const FILE: &str = "catalogue.json";

/// A catalogue and the form of numbers that holds until a service day has ended.
#[derive(Clone, Debug, PartialEq)]
pub struct InForce {
    catalogue: Catalogue,
    /// The hash of its text as the server signed it; none of a file of the borne's own.
    hash: Option<Hash32>,
    /// The form of numbers through the end of `day`.
    form: LabelForm,
    day: ServiceDay,
}

impl InForce {
    /// A catalogue that holds as a whole, from a day on.
    #[must_use]
    pub fn since(catalogue: Catalogue, day: ServiceDay) -> Self {
        Self { form: catalogue.site.label_form, catalogue, hash: None, day }
    }

    /// Its version.
    #[must_use]
    pub const fn version(&self) -> u64 {
        self.catalogue.version
    }

    /// The form of numbers on a service day.
    #[must_use]
    pub fn form_on(&self, day: ServiceDay) -> LabelForm {
        if day <= self.day { self.form } else { self.catalogue.site.label_form }
    }

    /// What holds on a service day.
    #[must_use]
    pub fn on(&self, day: ServiceDay) -> Catalogue {
        let mut catalogue = self.catalogue.clone();
        catalogue.site.label_form = self.form_on(day);
        catalogue
    }
}

/// What a borne needs of a catalogue to be of use.
#[derive(Clone, Debug, Default)]
pub struct Needs {
    /// It asks how it went.
    pub survey: bool,
    /// The service that its survey is bound to.
    pub service: Option<ServiceId>,
    /// The site's time zone, which never changes.
    pub zone: String,
}

/// A publication that is not taken; what was served stays.
#[derive(Debug, thiserror::Error)]
pub enum NotTaken {
    /// It is not what the server that enrolled this borne published for it, or cannot be used.
    #[error(transparent)]
    Publication(#[from] PublicationError),
    /// This borne could do nothing with it.
    #[error("{0}")]
    Unfit(&'static str),
    /// It cannot be kept.
    #[error("{path} cannot be written")]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

#[derive(Serialize, Deserialize)]
struct Kept {
    signed: SignedCatalogue,
    form: LabelForm,
    day: ServiceDay,
}

/// The newest publication, as the server tells of it: its version, and its hash where the server is new enough.
pub type Newest = (u64, Option<Hash32>);

/// Keeps what was published last.
#[derive(Clone, Debug)]
pub struct Publications {
    path: PathBuf,
    site: SiteId,
    key: PublicKey,
    needs: Needs,
    held: InForce,
    /// What was fetched last, as the server told of it: whatever came of that, it is not fetched again and again.
    fetched: Option<Newest>,
}

/// Whether a borne has ever kept a publication in its data folder.
#[must_use]
pub fn is_kept(folder: &Path) -> bool {
    folder.join(FILE).exists()
}

/// The last good publication in a borne's data folder; nothing where there is none, or none that holds.
#[must_use]
pub fn kept(folder: &Path, identity: &Identity) -> Option<InForce> {
    let path = folder.join(FILE);
    let shown = path.display();
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
        Err(error) => {
            tracing::error!(%error, path = %shown, "the kept catalogue cannot be read; the borne goes on without it");
            return None;
        }
    };
    let kept: Kept = match serde_json::from_str(&text) {
        Ok(kept) => kept,
        Err(error) => {
            tracing::error!(%error, path = %shown, "the kept catalogue is damaged; the borne goes on without it");
            return None;
        }
    };
    match kept.signed.verify(&identity.server_key, &identity.site, None) {
        Ok(catalogue) => {
            let hash = Some(Hash32::of(kept.signed.catalogue.as_bytes()));
            Some(InForce { catalogue, hash, form: kept.form, day: kept.day })
        }
        Err(error) => {
            tracing::error!(%error, path = %shown, "the kept catalogue is not taken; the borne goes on without it");
            None
        }
    }
}

impl Needs {
    /// Why a borne could do nothing with a catalogue.
    pub fn met_by(&self, catalogue: &Catalogue) -> Result<(), NotTaken> {
        if self.survey && catalogue.survey.is_none() {
            return Err(NotTaken::Unfit("this borne asks how it went, and the catalogue has no survey: publish one"));
        }
        if self.service.as_ref().is_some_and(|service| catalogue.service(service).is_none()) {
            return Err(NotTaken::Unfit(
                "the service that this borne's survey is bound to is gone: correct borne.service",
            ));
        }
        if self.zone != catalogue.site.time_zone {
            return Err(NotTaken::Unfit("a site's time zone never changes: make another site"));
        }
        Ok(())
    }
}

impl Publications {
    /// A keeper beside what is served now.
    #[must_use]
    pub fn new(folder: &Path, identity: &Identity, needs: Needs, held: InForce) -> Self {
        Self { path: folder.join(FILE), site: identity.site, key: identity.server_key, needs, held, fetched: None }
    }

    /// Whether the server's newest publication is worth fetching: a later one, or another one of the same version, which a
    /// server restored from a backup publishes.
    #[must_use]
    pub fn wants(&self, newest: Newest) -> bool {
        let (version, hash) = newest;
        let another = version == self.held.version() && hash.is_some() && hash != self.held.hash;
        (version > self.held.version() || another) && self.fetched != Some(newest)
    }

    /// Takes what was fetched as `asked`: verified first, kept durably, and only then served. What could not be written is
    /// fetched again.
    pub fn take(&mut self, signed: SignedCatalogue, asked: Newest, today: ServiceDay) -> Result<InForce, NotTaken> {
        let taken = self.try_take(signed, today);
        self.fetched = (!matches!(taken, Err(NotTaken::File { .. }))).then_some(asked);
        taken
    }

    fn try_take(&mut self, signed: SignedCatalogue, today: ServiceDay) -> Result<InForce, NotTaken> {
        let catalogue = signed.verify(&self.key, &self.site, Some(self.held.version()))?;
        self.needs.met_by(&catalogue)?;
        let form = self.held.form_on(today);
        let hash = Some(Hash32::of(signed.catalogue.as_bytes()));
        let new = InForce { catalogue, hash, form, day: today };
        let kept = Kept { signed, form, day: today };
        let written = serde_json::to_string(&kept).map_err(io::Error::from);
        let written = written.and_then(|text| write_secret(&self.path, &text));
        written.map_err(|source| NotTaken::File { path: self.path.clone(), source })?;
        self.held = new.clone();
        Ok(new)
    }
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::SigningKey;
    use wire::enrolment::EnrolReply;
    use wire::label::Series;

    use super::*;
    use crate::identity::DeviceKey;

    const EXAMPLE: &str = include_str!("../../../../config/examples/marseille/site.toml");

    fn server(byte: u8) -> SigningKey {
        SigningKey::from_bytes(&[byte; 32])
    }

    fn version(version: u64) -> Catalogue {
        Catalogue { version, ..Catalogue::from_toml(EXAMPLE).unwrap() }
    }

    fn in_series(n: u64) -> Catalogue {
        let mut catalogue = version(n);
        catalogue.site.label_form = LabelForm::Series;
        catalogue
    }

    fn identity() -> Identity {
        let reply = EnrolReply {
            borne: wire::ids::OriginId(uuid::Uuid::from_u128(1)),
            site: version(1).site.id,
            series: Series::FIRST,
            server_key: PublicKey(server(7).verifying_key().to_bytes()),
            server_time: jiff::Timestamp::UNIX_EPOCH,
        };
        Identity::new(DeviceKey::from_random(&[1; 32]), &reply)
    }

    fn day(text: &str) -> ServiceDay {
        text.parse().unwrap()
    }

    fn keeper(folder: &Path, needs: Needs) -> Publications {
        let needs = Needs { zone: "Europe/Paris".into(), ..needs };
        Publications::new(folder, &identity(), needs, InForce::since(version(1), day("2026-11-20")))
    }

    #[test]
    fn what_the_server_published_is_kept_and_served_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let mut keeper = keeper(folder.path(), Needs::default());
        assert!(!keeper.wants((1, None)) && keeper.wants((2, None)) && kept(folder.path(), &identity()).is_none());
        let taken = keeper.take(SignedCatalogue::sign(&version(2), &server(7)), (2, None), day("2026-11-21")).unwrap();
        assert_eq!(taken.version(), 2);
        assert!(!keeper.wants((2, None)));
        assert_eq!(kept(folder.path(), &identity()), Some(taken));
    }

    #[test]
    fn another_publication_of_the_version_that_is_held_is_fetched_once() {
        let folder = tempfile::tempdir().unwrap();
        let mut keeper = keeper(folder.path(), Needs::default());
        let lost = SignedCatalogue::sign(&version(2), &server(7));
        let told = |signed: &SignedCatalogue| (signed.version, Some(Hash32::of(signed.catalogue.as_bytes())));
        keeper.take(lost.clone(), told(&lost), day("2026-11-21")).unwrap();
        assert!(!keeper.wants(told(&lost)) && !keeper.wants((2, None)));
        // The server was restored from a copy of before, and has published its version 2 anew.
        let again = SignedCatalogue::sign(&in_series(2), &server(7));
        assert!(keeper.wants(told(&again)));
        let taken = keeper.take(again.clone(), told(&again), day("2026-11-21")).unwrap();
        assert!(!keeper.wants(told(&again)));
        assert_eq!(kept(folder.path(), &identity()), Some(taken));
    }

    #[test]
    fn what_could_not_be_written_is_fetched_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut keeper = keeper(&folder.path().join("full"), Needs::default());
        let signed = SignedCatalogue::sign(&version(2), &server(7));
        assert!(matches!(keeper.take(signed.clone(), (2, None), day("2026-11-21")), Err(NotTaken::File { .. })));
        assert!(keeper.wants((2, None)), "the disk may have room again");
        fs::create_dir(folder.path().join("full")).unwrap();
        keeper.take(signed, (2, None), day("2026-11-21")).unwrap();
        assert!(!keeper.wants((2, None)));
    }

    #[test]
    fn what_is_not_good_leaves_the_last_good_one() {
        let folder = tempfile::tempdir().unwrap();
        let today = day("2026-11-21");
        let mut keeper = keeper(folder.path(), Needs { survey: true, ..Needs::default() });
        keeper.take(SignedCatalogue::sign(&version(5), &server(7)), (5, None), today).unwrap();
        let elsewhere = Catalogue {
            site: wire::catalogue::Site { time_zone: "Indian/Reunion".into(), ..version(6).site },
            ..version(6)
        };
        for (bad, asked) in [
            (SignedCatalogue::sign(&version(6), &server(8)), 6),
            (SignedCatalogue::sign(&version(4), &server(7)), 7),
            (SignedCatalogue::sign(&Catalogue { survey: None, ..version(6) }, &server(7)), 8),
            (SignedCatalogue::sign(&elsewhere, &server(7)), 9),
        ] {
            let asked = (asked, None);
            assert!(keeper.take(bad, asked, today).is_err());
            assert!(!keeper.wants(asked), "it is not fetched again and again");
            assert_eq!(kept(folder.path(), &identity()).unwrap().version(), 5);
        }
        assert!(keeper.wants((10, None)));
        // A spoilt file is no catalogue, and no reason to stop.
        let path = folder.path().join(FILE);
        let good = fs::read_to_string(&path).unwrap();
        for spoilt in [
            good.replace("Passeport", "Passport").replace("passeport", "passport"),
            good[..99].to_owned(),
            String::new(),
        ] {
            fs::write(&path, spoilt).unwrap();
            assert_eq!(kept(folder.path(), &identity()), None);
        }
    }

    #[test]
    fn r2_the_label_form_changes_at_a_service_day_only() {
        let folder = tempfile::tempdir().unwrap();
        let (today, tomorrow) = (day("2026-11-21"), day("2026-11-22"));
        let mut keeper = keeper(folder.path(), Needs::default());
        let first = keeper.take(SignedCatalogue::sign(&in_series(2), &server(7)), (2, None), today).unwrap();
        let forms = |of: &InForce| (of.form_on(today), of.form_on(tomorrow));
        assert_eq!(forms(&first), (LabelForm::Plain, LabelForm::Series));
        assert_eq!(first.on(today).site.label_form, LabelForm::Plain);
        // Another publication of the same day, and a restart, change nothing of that.
        let second = keeper.take(SignedCatalogue::sign(&in_series(3), &server(7)), (3, None), today).unwrap();
        assert_eq!(forms(&second), (LabelForm::Plain, LabelForm::Series));
        let again = kept(folder.path(), &identity()).unwrap();
        assert_eq!(forms(&again), (LabelForm::Plain, LabelForm::Series));
        let back = keeper.take(SignedCatalogue::sign(&version(4), &server(7)), (4, None), tomorrow).unwrap();
        assert_eq!(back.form_on(tomorrow), LabelForm::Series);
        assert_eq!(back.form_on(day("2026-11-23")), LabelForm::Plain);
    }
}

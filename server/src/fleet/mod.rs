//! The bornes of a site as technicians see them: when each was heard of, what it said last, and what is wrong with it.
//!
//! [`muted`] tells of the hall's screens that let nothing sound.
//! [`judge`] is pure: it says what holds of a borne at an instant; [`words`] says it in French; `watch` begins
//! and ends alarms by it.

pub(crate) mod actions;
pub(crate) mod judge;
pub(crate) mod muted;
pub(crate) mod rings;
pub(crate) mod wanted;
mod watch;
pub(crate) mod words;

use jiff::Timestamp;
use wire::report::{Report, UpdateOutcome};
use wire::wanted::{Release, ReleaseName};

use self::judge::Norm;
pub(crate) use self::watch::WatchingBornes;
use crate::app::App;
use crate::site::Site;
use crate::store::{Alarm, AlarmKind, Borne, PublicationKind, StoreError};

/// As many publications as are looked through for the one in force.
const PUBLICATIONS: u32 = 20;

/// A borne, and what is known of it.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub(crate) borne: Borne,
    /// When any server heard of it.
    pub(crate) heard_at: Option<Timestamp>,
    /// What it said last, and when.
    pub(crate) report: Option<(Timestamp, Report)>,
    /// The one release that it was asked to run at /parc.
    pub(crate) asked: Option<ReleaseName>,
    /// Since when events are lacking that it has no more, as far as it was told.
    pub(crate) gap_since: Option<Timestamp>,
}

impl Known {
    /// Whether events are lacking that it has no more. What it says is kept once nothing is lacking.
    pub(crate) fn lacks_events(&self) -> bool {
        let said = self.report.as_ref().map(|(at, _)| *at);
        self.gap_since.is_some_and(|since| said.is_none_or(|said| said <= since))
    }

    /// The version that it tried last and took back; none where it came to run it after all.
    pub(crate) fn took_back(&self) -> Option<&str> {
        let (_, report) = self.report.as_ref()?;
        let tried = report.update.as_ref().filter(|update| update.outcome == UpdateOutcome::TakenBack)?;
        (tried.version != report.version).then_some(&tried.version)
    }
}

impl App {
    /// Every borne that ever enrolled at a site, oldest first.
    pub(crate) async fn bornes_of(&self, site: &Site) -> Result<Vec<Known>, StoreError> {
        let (bornes, words) = (self.store.bornes(site.id).await?, self.store.last_words(site.id).await?);
        let wanted = self.store.all_wanted(site.id).await?;
        let lasting = self.store.lasting_alarms(site.id).await?;
        let known = bornes.into_iter().map(|borne| {
            let word = words.iter().find(|word| word.borne == borne.id);
            let heard_at = word.and_then(|word| word.heard_at).max(self.pulse.heard_of(borne.id));
            // It was read when it came; what a later version wrote that is none here is as good as none.
            let report = word.and_then(|word| word.report.as_ref());
            let report = report.and_then(|(at, raw)| Report::read(raw).ok().map(|report| (*at, report)));
            let wanted = wanted.iter().find(|wanted| wanted.borne == borne.id).and_then(wanted::read);
            let asked = wanted.and_then(|wanted| match wanted.release {
                Release::Exact(name) => Some(name),
                Release::Newest | Release::Hold => None,
            });
            let gap = |alarm: &&Alarm| alarm.origin == Some(borne.id) && alarm.kind == AlarmKind::Gap.as_str();
            let gap_since = lasting.iter().find(gap).map(|alarm| alarm.at);
            Known { borne, heard_at, report, asked, gap_since }
        });
        Ok(known.collect())
    }

    /// What is asked of a site's bornes now.
    pub(crate) async fn norm_of(&self, site: &Site, now: Timestamp) -> Result<Norm<'_>, StoreError> {
        let plan = site.plan();
        let version = plan.catalogue.version;
        let published = self.store.publications(site.id, PublicationKind::Catalogue, PUBLICATIONS).await?;
        let since = published.iter().find(|head| head.version == version).map(|head| head.at.max(head.valid_from));
        let local = now.to_zoned(site.zone.clone()).datetime();
        let open_since = match plan.catalogue.hours() {
            None => Some(Timestamp::MIN),
            Some(hours) => hours
                .on(local.date())
                .iter()
                .find(|stretch| (stretch.from..stretch.to).contains(&local.time()))
                .and_then(|stretch| local.date().to_datetime(stretch.from).to_zoned(site.zone.clone()).ok())
                .map(|began| began.timestamp()),
        };
        Ok(Norm { thresholds: &self.fleet, catalogue: (version, since), open_since, heard_since: self.started_at })
    }
}

//! A whole borne: its parts opened, its threads started, its end in order.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use drivers::printer::{FontSource, Printer, Profile};
use drivers::watchdog::Watchdog;
use jiff::tz::TimeZone;
use kiosk_flow::texts::Library;
use kiosk_flow::{Journey, Role, Rooms, Setup};
use tokio_util::sync::CancellationToken;
use wire::catalogue::Catalogue;
use wire::service_day::ServiceDay;

use crate::badges::Badges;
use crate::clock::Clock;
use crate::config::Config;
use crate::control;
use crate::core::{Core, CoreHandle, Message, Parts};
use crate::devices::Devices;
use crate::identity::Identity;
use crate::recent::Recent;
use crate::report::{self, Reporter};
use crate::screen::Screen;
use crate::speech::{Speech, SpeechHandle};
use crate::store::{Answers, PrintJournal, Store};
use crate::sync::{Client, InForce, Needs, Publications, Uplink, UplinkHandle, catalogue};
use crate::wanted::WantedKeeper;

/// Why a borne cannot start; each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The catalogue cannot be read.
    #[error("the catalogue {path} cannot be read: {source}; set borne.site to the site's file")]
    CatalogueFile {
        /// Which file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The catalogue cannot be used.
    #[error("{path}: {source}")]
    Catalogue {
        /// Which file.
        path: String,
        /// What is wrong.
        source: wire::catalogue::CatalogueError,
    },
    /// The borne belongs elsewhere.
    #[error(
        "this borne is enrolled for site {enrolled}, the catalogue is of site {catalogue}; correct borne.site or enrol anew"
    )]
    OtherSite {
        /// Where it is enrolled.
        enrolled: wire::ids::SiteId,
        /// What the catalogue says.
        catalogue: wire::ids::SiteId,
    },
    /// The survey is bound to a service that is not there.
    #[error("borne.service: the site has no service `{0}`")]
    NoService(wire::ids::ServiceId),
    /// The identity.
    #[error(transparent)]
    Identity(#[from] crate::identity::IdentityError),
    /// The store.
    #[error(transparent)]
    Store(#[from] crate::store::StoreError),
    /// The printer.
    #[error("printer.device: {0}")]
    Printer(String),
    /// The server's address.
    #[error(transparent)]
    Client(#[from] crate::sync::ClientError),
    /// The loop.
    #[error(transparent)]
    Core(#[from] crate::core::CoreError),
    /// The control socket.
    #[error(transparent)]
    Control(#[from] control::ControlError),
    /// A survey borne without a survey.
    #[error(
        "borne.role is \"survey\", and the site's catalogue has no [survey]; add one, or give the borne another role"
    )]
    NoSurvey,
    /// Another borne uses the data folder.
    #[error("another borne already runs on {0}; stop it first, or set borne.data")]
    InUse(String),
    /// A thread.
    #[error("a thread cannot be started: {0}")]
    Thread(#[from] std::io::Error),
}

/// Reads a catalogue from its file.
pub fn read_catalogue(path: &Path) -> Result<Catalogue, StartError> {
    let shown = path.display().to_string();
    let text =
        std::fs::read_to_string(path).map_err(|source| StartError::CatalogueFile { path: shown.clone(), source })?;
    Catalogue::from_toml(&text).map_err(|source| StartError::Catalogue { path: shown, source })
}

/// What a borne needs of its site's catalogue.
fn needs(config: &Config, zone: &str) -> Needs {
    let survey = config.borne.role == Role::Survey;
    Needs { survey, service: config.borne.service.clone(), zone: zone.to_owned() }
}

/// Who this borne is, and what its site offers: the last publication that is good, or its own file where that is newer or all
/// there is.
fn site_of(config: &Config) -> Result<(Identity, InForce), StartError> {
    let file = file_of(config);
    let file = if catalogue::is_kept(&config.borne.data) { file } else { Ok(file?) };
    let identity = Identity::load(&config.borne.data)?;
    let of_here = |catalogue: &Catalogue| {
        let other = StartError::OtherSite { enrolled: identity.site, catalogue: catalogue.site.id };
        if identity.site == catalogue.site.id { Ok(()) } else { Err(other) }
    };
    let file = file.and_then(|file| of_here(&file).map(|()| file));
    // What needs no day to be known holds from the first one on.
    let first = ServiceDay(jiff::civil::Date::MIN);
    let kept = catalogue::kept(&config.borne.data, &identity);
    let kept = kept.filter(|kept| {
        let catalogue = kept.on(first);
        let met = needs(config, &catalogue.site.time_zone).met_by(&catalogue);
        met.inspect_err(|error| tracing::error!(%error, "the kept catalogue is not served")).is_ok()
    });
    match (kept, file) {
        (Some(kept), Ok(file)) if file.version > kept.version() => Ok((identity, InForce::since(file, first))),
        (Some(kept), Ok(_)) => Ok((identity, kept)),
        (Some(kept), Err(error)) => {
            tracing::warn!(%error, "the site's own file is not used, the kept catalogue is");
            Ok((identity, kept))
        }
        (None, file) => Ok((identity, InForce::since(file?, first))),
    }
}

/// The site's own file, where this borne can do something with it.
fn file_of(config: &Config) -> Result<Catalogue, StartError> {
    let catalogue = read_catalogue(&config.borne.site)?;
    if config.borne.role == Role::Survey && catalogue.survey.is_none() {
        return Err(StartError::NoSurvey);
    }
    if let Some(service) = config.borne.service.as_ref().filter(|s| catalogue.service(s).is_none()) {
        return Err(StartError::NoService(service.clone()));
    }
    Ok(catalogue)
}

/// What only a demonstration has.
#[derive(Clone, Debug, Default)]
pub struct Demo {
    /// Serves the live view on this address of the loopback as well.
    pub live_view: Option<std::net::SocketAddr>,
    /// Whether the clock may be moved.
    pub movable_clock: bool,
}

/// A borne that runs.
pub struct Borne {
    /// The loop.
    pub core: CoreHandle,
    /// The wall clock.
    pub clock: Clock,
    /// The badges of the site's staff.
    pub badges: Badges,
    /// Where the live view is served, in a demonstration.
    pub live_view: Option<std::net::SocketAddr>,
    stop: CancellationToken,
    threads: Vec<JoinHandle<()>>,
    _lock: File,
}

impl Borne {
    /// Opens everything and starts the threads. `rooms` is what fits the screens of this panel.
    pub fn start(
        config: &Config,
        rooms: Rooms,
        screen: Arc<dyn Screen>,
        messages: (Sender<Message>, Receiver<Message>),
        demo: &Demo,
        watchdog: Option<&Watchdog>,
        recent: Recent,
    ) -> Result<Self, StartError> {
        let (identity, published) = site_of(config)?;
        let wanted = WantedKeeper::open(&config.borne.data, &identity);
        let (own, config) = (config, &wanted.apply(config));
        let zone =
            TimeZone::get(&published.on(ServiceDay(jiff::civil::Date::MIN)).site.time_zone).unwrap_or(TimeZone::UTC);
        // Before the store is touched: what a running borne is doing must not be judged as left behind.
        let doors = control::Doors::open(&config.control.socket, demo.live_view)?;
        let lock = lock(&config.borne.data)?;
        let clock = Clock::default();
        let (sender, receiver) = messages;
        let mut store = Store::open(&config.borne.data)?;
        store.recall_numbers()?;
        clock.raise_floor(store.confirmed_at()?);
        clock.look();
        let (printer, profile) = open_printer(config, &sender)?;
        let (devices, device_states) = Devices::open(config, &sender);
        let uplink = UplinkHandle::default();
        let catalogue = Arc::new(published.on(ServiceDay::of(clock.now(), &zone)));
        let needs = needs(config, &catalogue.site.time_zone);
        let publications = Publications::new(&config.borne.data, &identity, needs, published.clone());
        let badges = Badges::open(&config.borne.data, identity.site);
        let texts = Arc::<Library>::default();
        let appearance = config.panel.appearance();
        let setup = Setup { catalogue: Arc::clone(&catalogue), role: config.borne.role, rooms, appearance };
        let journey = Journey::new(setup, Arc::clone(&texts), Duration::ZERO);
        let speech = open_speech(config, &zone, &sender)?;
        let parts = Parts {
            journey,
            catalogue,
            published,
            zone: zone.clone(),
            identity: identity.clone(),
            service: config.borne.service.clone(),
            store,
            answers: Answers::open(&config.borne.data)?,
            texts,
            name: config.borne.name.clone(),
            server: config.server.url.clone(),
            commands: config.machine.commands(),
            speech,
            has_jack: config.audio.jack.is_some(),
            printer,
            profile,
            devices,
            badges: badges.clone(),
            device_states,
            recent: recent.clone(),
            heart: watchdog.map(|watchdog| watchdog.heart("core")),
            screen: Arc::clone(&screen),
            uplink: uplink.clone(),
            clock: clock.clone(),
        };
        let (core, handle) = Core::new(parts, sender.clone())?;
        let look = handle.clone();
        let reporter = Reporter::new(move || look.status(), clock.clone(), &config.borne.data, report::SETTLED)
            .with_panel(&config.panel)
            .with_update(Path::new(report::LAST_UPDATE));
        let way_up = {
            let news = sender;
            let client = Client::new(&config.server, &clock)?;
            let tell = move |told| {
                // The loop has ended: so will this.
                let _ = news.send(Message::Uplink(told));
            };
            Uplink::new(
                client,
                identity.clone(),
                &config.borne.data,
                clock.clone(),
                zone.clone(),
                uplink.clone(),
                tell,
            )?
            .with_badges(badges.clone())
            .with_reports(reporter.with_wanted(wanted.clone(), config.in_force()))
            .with_wanted(wanted, own.clone())
            .with_publications(publications)
        };
        let stop = CancellationToken::new();
        let desk = control::Desk {
            name: config.borne.name.clone(),
            identity,
            zone,
            core: handle.clone(),
            uplink,
            screen: Arc::clone(&screen),
            clock: clock.clone(),
            recent,
            movable_clock: demo.movable_clock,
        };
        let live_view = doors.live_view();
        let fuse = || Fuse(Arc::clone(&screen));
        let of_core = fuse();
        let run_core = move || {
            let _of_core = of_core;
            core.run(&receiver);
        };
        let threads = vec![
            thread::Builder::new().name("core".to_owned()).spawn(run_core)?,
            on_a_thread("uplink", way_up.run(), stop.clone(), fuse())?,
            on_a_thread("control", control::serve(doors, desk, stop.clone()), stop.clone(), fuse())?,
        ];
        Ok(Self { core: handle, clock, badges, live_view, stop, threads, _lock: lock })
    }

    /// Ends the threads; what is under way at the printer gets a few seconds. Fails where one had panicked, so that
    /// whoever watches over the program starts it again.
    pub fn stop(self) -> Result<(), Broken> {
        // The loop may have ended by itself.
        let _ = self.core.messages.send(Message::Quit);
        self.stop.cancel();
        let ended: Vec<bool> = self.threads.into_iter().map(|thread| thread.join().is_ok()).collect();
        if ended.contains(&false) { Err(Broken) } else { Ok(()) }
    }
}

/// A part of the program broke.
#[derive(Debug, thiserror::Error)]
#[error("a part of the program broke, the log says which; start it again")]
pub struct Broken;

/// Ends the program where its thread panics: a borne whose buttons do nothing is worse than one that starts anew.
struct Fuse(Arc<dyn Screen>);

impl Drop for Fuse {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.quit();
        }
    }
}

/// One borne a data folder, held as long as the file is open.
fn lock(data: &Path) -> Result<File, StartError> {
    let file = File::options().create(true).truncate(false).write(true).open(data.join("lock"))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(_) => Err(StartError::InUse(data.display().to_string())),
    }
}

fn open_printer(config: &Config, events: &Sender<Message>) -> Result<(Option<Printer>, Profile), StartError> {
    let profile =
        Profile::load(&config.printer.profile).map_err(|e| StartError::Printer(format!("printer.profile: {e}")))?;
    let Some(device) = &config.printer.device else { return Ok((None, profile)) };
    let journal = PrintJournal::open(&config.borne.data)?;
    let events = events.clone();
    let tell = move |event| {
        // The loop has ended: nobody is left to hear.
        let _ = events.send(Message::Printer(event));
    };
    let fonts = FontSource::new(&config.borne.fonts);
    let printer = Printer::open(device, profile.clone(), &fonts, Box::new(journal), tell);
    let printer = printer.map_err(|e| {
        let cause = std::error::Error::source(&e).map(|c| format!(": {c}")).unwrap_or_default();
        StartError::Printer(format!("{e}{cause}"))
    })?;
    Ok((Some(printer), profile))
}

fn open_speech(config: &Config, zone: &TimeZone, events: &Sender<Message>) -> std::io::Result<SpeechHandle> {
    let events = events.clone();
    let tell = move |event| {
        // The loop has ended: nobody is left to hear.
        let _ = events.send(Message::Speech(event));
    };
    Speech::start(&config.audio, zone.clone(), tell)
}

/// A task on a thread and a runtime of its own: its blocking calls hold nobody else up.
fn on_a_thread(
    name: &str,
    task: impl Future<Output = ()> + Send + 'static,
    stop: CancellationToken,
    fuse: Fuse,
) -> std::io::Result<JoinHandle<()>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    thread::Builder::new().name(name.to_owned()).spawn(move || {
        let _fuse = fuse;
        runtime.block_on(async {
            tokio::select! {
                () = task => {}
                () = stop.cancelled() => {}
            }
        });
        runtime.shutdown_timeout(Duration::from_secs(1));
    })
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use kiosk_flow::view::View;

    use super::*;
    use crate::core::messages;
    use crate::screen::{Element, Picture, ScreenError};

    const ROOMS: Rooms = {
        let room = kiosk_flow::Room {
            cards: 6,
            documents: 5,
            split_detail: false,
            split_ticket: false,
            split_lines: false,
            language_tiles: true,
        };
        Rooms { normal: room, large: room }
    };

    /// A screen that only tells that it was ended.
    struct Ended(Sender<()>);

    impl Screen for Ended {
        fn show(&self, _: View) {}
        fn picture(&self) -> Result<Picture, ScreenError> {
            Err(ScreenError::Gone)
        }
        fn elements(&self) -> Result<Vec<Element>, ScreenError> {
            Err(ScreenError::Gone)
        }
        fn tap(&self, _: f32, _: f32) -> Result<(), ScreenError> {
            Err(ScreenError::Gone)
        }
        fn key(&self, _: kiosk_flow::Key, _: kiosk_flow::Press) -> Result<(), ScreenError> {
            Err(ScreenError::Gone)
        }
        fn quit(&self) {
            self.0.send(()).unwrap();
        }
    }

    #[test]
    fn a_thread_that_panics_ends_the_program_and_one_that_ends_does_not() {
        let (told, ended) = channel();
        let screen: Arc<dyn Screen> = Arc::new(Ended(told));
        let well = Fuse(Arc::clone(&screen));
        thread::spawn(move || drop(well)).join().unwrap();
        assert!(ended.try_recv().is_err());
        let ill = Fuse(screen);
        let panicked = thread::spawn(move || {
            let _ill = ill;
            panic!("for the test");
        });
        assert!(panicked.join().is_err());
        assert_eq!(ended.try_recv(), Ok(()));
    }

    #[test]
    fn a_borne_boots_without_and_with_a_bad_catalogue() {
        let folder = tempfile::tempdir().unwrap();
        let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/examples/marseille/site.toml");
        let server = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
        let text = std::fs::read_to_string(&example).unwrap();
        let version = |version| Catalogue { version, ..Catalogue::from_toml(&text).unwrap() };
        let file = folder.path().join("site.toml");
        std::fs::write(&file, &text).unwrap();
        let data = ("borne.data", folder.path().display().to_string());
        let config = Config::load(None, &[data, ("borne.site", file.display().to_string())]).unwrap();
        let reply = wire::enrolment::EnrolReply {
            borne: wire::ids::OriginId(uuid::Uuid::from_u128(1)),
            site: version(1).site.id,
            series: wire::label::Series::FIRST,
            server_key: wire::enrolment::PublicKey(server.verifying_key().to_bytes()),
            server_time: jiff::Timestamp::UNIX_EPOCH,
        };
        let identity = Identity::new(crate::identity::DeviceKey::from_random(&[1; 32]), &reply);
        identity.save(folder.path()).unwrap();
        let boots = || site_of(&config).map(|(_, published)| published.version());
        assert_eq!(boots().unwrap(), 1, "nothing was ever fetched: its own file");
        let needs = needs(&config, "Europe/Paris");
        let day = "2026-11-21".parse().unwrap();
        let mut keeper = Publications::new(folder.path(), &identity, needs, InForce::since(version(1), day));
        let signed = wire::publication::SignedCatalogue::sign(&version(3), &server);
        keeper.take(signed, (3, None), day).unwrap();
        assert_eq!(boots().unwrap(), 3, "the last good one, without any network");
        std::fs::remove_file(&file).unwrap();
        assert_eq!(boots().unwrap(), 3, "and without its own file");
        std::fs::write(&file, text.replacen("version = 1", "version = 4", 1)).unwrap();
        assert_eq!(boots().unwrap(), 4, "a technician's newer file goes before");
        std::fs::write(&file, &text).unwrap();
        let kept = folder.path().join("catalogue.json");
        for bad in ["", "{", &std::fs::read_to_string(&kept).unwrap().replace("Bonneveine", "Ailleurs")] {
            std::fs::write(&kept, bad).unwrap();
            assert_eq!(boots().unwrap(), 1, "a bad one is as good as none");
        }
        std::fs::remove_file(&file).unwrap();
        let error = boots().unwrap_err().to_string();
        assert!(error.contains("borne.site"), "{error}");
    }

    #[test]
    fn a_survey_borne_without_a_survey_does_not_start_and_says_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/examples/marseille/site.toml");
        let mut site: toml::Table = std::fs::read_to_string(example).unwrap().parse().unwrap();
        site.remove("survey").unwrap();
        let path = folder.path().join("site.toml");
        std::fs::write(&path, site.to_string()).unwrap();
        let overrides = [("borne.role", "survey".to_owned()), ("borne.site", path.display().to_string())];
        let config = Config::load(None, &overrides).unwrap();
        let (told, _ended) = channel();
        let started =
            Borne::start(&config, ROOMS, Arc::new(Ended(told)), messages(), &Demo::default(), None, Recent::default());
        let error = started.err().unwrap();
        assert!(matches!(error, StartError::NoSurvey), "{error}");
        assert!(error.to_string().contains("[survey]"), "{error}");
    }
}

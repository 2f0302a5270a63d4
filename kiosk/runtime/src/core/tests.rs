use std::io::Read as _;
use std::net::TcpListener;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use drivers::printer::{FontSource, JobId, Outcome as Printed, PrinterSelector, Reason};
use ed25519_dalek::SigningKey;
use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use kiosk_flow::{Key, Press, Role, Room, Rooms, Setup};
use wire::command::{Command, PrintTicket, SignedCommand, What};
use wire::enrolment::{EnrolReply, PublicKey};
use wire::event::{CommandAnswer, Event, EventBody};
use wire::ids::{Language, OriginId};
use wire::label::Series;
use wire::sync::Hall;
use wire::token::TicketToken;

use super::effects::FIRST_TEST_JOB;
use super::*;
use crate::identity::DeviceKey;
use crate::screen::{Element, Picture, ScreenError};
use crate::speech::{Speech, SpeechLog};
use crate::store::PrintJournal;

/// Longer than nobody must have been there.
const A_WHILE: Duration = Duration::from_secs(4);

#[test]
fn a_closed_site_says_for_how_long_it_is() {
    let now = date(2026, 11, 23).at(17, 30, 0, 0);
    let next = Some(date(2026, 11, 24).at(8, 30, 0, 0));
    assert_eq!(closed_for_min(Opening::Closed { next }, now), Some(15 * 60));
    assert_eq!(closed_for_min(Opening::Closed { next: None }, now), Some(UNKNOWN_MIN));
    assert_eq!(closed_for_min(Opening::Open { until: jiff::civil::time(18, 0, 0, 0) }, now), None);
    assert_eq!(left_of_the_night(date(2026, 11, 23).at(4, 50, 0, 0)), Some(10));
    assert_eq!(left_of_the_night(date(2026, 11, 23).at(5, 0, 0, 0)), None);
    assert_eq!(left_of_the_night(now), None);
}

/// A screen that counts how often it was ended.
#[derive(Default)]
struct Ended(AtomicUsize);

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
    fn key(&self, _: Key, _: Press) -> Result<(), ScreenError> {
        Err(ScreenError::Gone)
    }
    fn quit(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// A printer that takes everything and says nothing.
fn mute_printer(data: &Path) -> (Printer, Profile) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let selector: PrinterSelector = format!("tcp:{}", listener.local_addr().unwrap()).parse().unwrap();
    std::thread::spawn(move || {
        for mut link in listener.incoming().map_while(Result::ok) {
            let mut paper = [0; 4_096];
            while link.read(&mut paper).is_ok_and(|length| length > 0) {}
        }
    });
    let profile = Profile::load("generic-80").unwrap();
    let fonts = FontSource::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../assets/fonts"));
    let journal = Box::new(PrintJournal::open(data).unwrap());
    // The tests say themselves what becomes of a paper.
    let printer = Printer::open(&selector, profile.clone(), &fonts, journal, |_| {}).unwrap();
    while !printer.status().ready() {
        std::thread::sleep(Duration::from_millis(10));
    }
    (printer, profile)
}

fn server() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

fn borne() -> OriginId {
    OriginId(uuid::Uuid::from_u128(1))
}

/// A borne whose loop the tests turn by hand.
struct Bench {
    core: Core,
    screen: Arc<Ended>,
    clock: Clock,
    asked: u128,
    _messages: Receiver<Message>,
    folder: tempfile::TempDir,
}

impl Bench {
    fn at(clock: Clock) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let site = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/examples/marseille/site.toml");
        let catalogue = Catalogue::from_toml(&std::fs::read_to_string(site).unwrap()).unwrap();
        let published = InForce::since(catalogue.clone(), ServiceDay(Date::MIN));
        let catalogue = Arc::new(catalogue);
        let reply = EnrolReply {
            borne: borne(),
            site: catalogue.site.id,
            series: Series::FIRST,
            server_key: PublicKey(server().verifying_key().to_bytes()),
            server_time: Timestamp::UNIX_EPOCH,
        };
        let room = Room {
            cards: 6,
            documents: 5,
            split_detail: false,
            split_ticket: false,
            split_lines: false,
            language_tiles: true,
        };
        let setup = Setup {
            catalogue: Arc::clone(&catalogue),
            role: Role::Ticket,
            rooms: Rooms { normal: room, large: room },
            appearance: kiosk_flow::Appearance::default(),
        };
        let texts = Arc::<Library>::default();
        let store = Store::open(folder.path()).unwrap();
        let (printer, profile) = mute_printer(folder.path());
        let screen = Arc::new(Ended::default());
        let parts = Parts {
            journey: Journey::new(setup, Arc::clone(&texts), Duration::ZERO),
            published,
            zone: TimeZone::get("Europe/Paris").unwrap(),
            identity: Identity::new(DeviceKey::from_random(&[1; 32]), &reply),
            service: None,
            store,
            answers: Answers::open(folder.path()).unwrap(),
            texts,
            name: "hall".to_owned(),
            server: "http://127.0.0.1:9".to_owned(),
            commands: MachineCommands::default(),
            speech: Speech::start_on(Box::new(SpeechLog::default()), None, |_| {}).unwrap(),
            has_jack: false,
            printer: Some(printer),
            profile,
            devices: Devices::default(),
            badges: Badges::open(folder.path(), catalogue.site.id),
            catalogue,
            device_states: DeviceStates::default(),
            recent: Recent::default(),
            heart: None,
            screen: Arc::clone(&screen) as Arc<dyn Screen>,
            uplink: UplinkHandle::default(),
            clock: clock.clone(),
        };
        let (sender, messages) = messages();
        let (core, _) = Core::new(parts, sender).unwrap();
        let mut bench = Self { core, screen, clock, asked: 0, _messages: messages, folder };
        bench.core.look_at_printer();
        bench.core.turn();
        bench.passes(A_WHILE);
        bench
    }

    fn new() -> Self {
        Self::at(Clock::default())
    }

    fn passes(&mut self, time: Duration) {
        self.core.epoch = self.core.epoch.checked_sub(time).unwrap();
        self.core.turn();
    }

    fn command(&mut self, expires_at: Timestamp, what: What) -> SignedCommand {
        self.asked += 1;
        let command = Command { id: CommandId(uuid::Uuid::from_u128(self.asked)), expires_at, what };
        SignedCommand::seal(&command, &borne(), &server())
    }

    /// An answer of the server that says it is so late.
    fn answers(&mut self, server_time: Timestamp, commands: Vec<SignedCommand>) {
        let reply = SyncReply {
            hwm: 0,
            server_time,
            config_version: 1,
            config_hash: None,
            commands,
            waits: vec![],
            help: vec![],
            hall: Hall::default(),
            next_poll_s: 30,
            staff: None,
            wanted: None,
        };
        self.core.hear(Message::Uplink(UplinkNews::Reply(Box::new(reply))));
    }

    /// All of this is asked for in one answer, and ends in two minutes.
    fn asks(&mut self, all: impl IntoIterator<Item = What>) {
        let now = Timestamp::now();
        let commands = all.into_iter().map(|what| self.command(now + SignedDuration::from_mins(2), what)).collect();
        self.answers(now, commands);
        self.core.turn();
    }

    fn ended(&mut self, job: u64) {
        let (job, outcome, reason) = (JobId(job), Printed::Printed, Reason::Confirmed);
        self.core.hear(Message::Printer(PrinterEvent::Outcome { job, outcome, reason }));
        self.core.turn();
    }

    fn ends(&self) -> usize {
        self.screen.0.load(Ordering::SeqCst)
    }

    fn answered(&self) -> Vec<CommandAnswer> {
        let pending = Store::open(self.folder.path()).unwrap().pending(100, 1 << 20).unwrap();
        let bodies = pending.raw.iter().map(|raw| Event::decode(raw).unwrap().body);
        bodies
            .filter_map(|body| if let EventBody::CommandAnswered { answer, .. } = body { Some(answer) } else { None })
            .collect()
    }

    fn last_event(&self) -> u64 {
        self.core.parts.store.last_seq().unwrap()
    }
}

fn ticket_of_the_desk() -> What {
    What::Print(PrintTicket {
        ticket: TicketId(uuid::Uuid::from_u128(9)),
        label: "B7 42".parse().unwrap(),
        service: "etat-civil".parse().unwrap(),
        lang: Language::Fr,
        issued_at: Timestamp::now(),
        token: TicketToken::from_random(*b"0123456789abcdef"),
        duplicate: false,
        group: 1,
        priority: false,
    })
}

#[test]
fn a_new_start_that_nothing_holds_up_comes_at_once() {
    let mut bench = Bench::new();
    bench.asks([What::Restart]);
    assert_eq!((bench.ends(), bench.core.parts.store.restarted_by().is_some()), (1, true));
    bench.passes(A_WHILE);
    assert_eq!(bench.ends(), 1, "once");
    let mut bench = Bench::new();
    bench.core.hear(Message::Uplink(UplinkNews::Settings));
    bench.core.turn();
    assert_eq!((bench.ends(), bench.core.parts.store.restarted_by()), (1, None));
}

#[test]
fn a_paper_of_the_desk_holds_up_a_new_start() {
    let mut bench = Bench::new();
    bench.asks([ticket_of_the_desk()]);
    let print = bench.last_event();
    bench.asks([What::Restart]);
    bench.passes(A_WHILE);
    assert_eq!(bench.ends(), 0, "the paper comes first");
    bench.ended(print);
    assert_eq!(bench.ends(), 1);
}

#[test]
fn a_paper_of_the_desk_holds_up_other_settings() {
    let mut bench = Bench::new();
    bench.asks([ticket_of_the_desk()]);
    let print = bench.last_event();
    bench.core.hear(Message::Uplink(UplinkNews::Settings));
    bench.core.turn();
    bench.passes(A_WHILE);
    assert_eq!(bench.ends(), 0, "the paper comes first");
    bench.ended(print);
    assert_eq!(bench.ends(), 1);
}

#[test]
fn what_is_asked_for_with_a_new_start_comes_before_it_and_is_told() {
    for all in [[What::TestPrint, What::Restart], [What::Restart, What::TestPrint]] {
        let mut bench = Bench::new();
        bench.asks(all);
        bench.passes(A_WHILE);
        assert_eq!(bench.ends(), 0, "the slip comes first");
        bench.ended(FIRST_TEST_JOB);
        assert_eq!(bench.ends(), 0, "the server has not been told yet");
        bench.passes(Duration::from_secs(6));
        assert_eq!(bench.ends(), 1, "a server that is away is not waited for");
    }
}

#[test]
fn a_picture_that_is_taken_holds_up_a_new_start() {
    let mut bench = Bench::new();
    bench.asks([What::Picture, What::Restart]);
    bench.passes(A_WHILE);
    assert_eq!(bench.ends(), 0);
    bench.core.hear(Message::Pictured(CommandId(uuid::Uuid::from_u128(1)), Ok(Bytes(vec![]))));
    bench.core.turn();
    bench.passes(Duration::from_secs(6));
    assert_eq!(bench.ends(), 1);
}

#[test]
fn a_paper_that_never_ends_holds_up_no_new_start_for_ever() {
    let mut bench = Bench::new();
    bench.asks([What::TestPrint, What::Restart]);
    bench.passes(Duration::from_secs(50));
    assert_eq!(bench.ends(), 0);
    bench.passes(Duration::from_secs(15));
    assert_eq!((bench.ends(), bench.core.parts.store.restarted_by().is_some()), (1, true), "before the command ends");
    let mut bench = Bench::new();
    bench.asks([What::TestPrint]);
    bench.core.hear(Message::Uplink(UplinkNews::Settings));
    bench.core.turn();
    bench.passes(Duration::from_secs(150));
    assert_eq!(bench.ends(), 0);
    bench.passes(Duration::from_secs(60));
    assert_eq!(bench.ends(), 1);
}

#[test]
fn an_answer_that_nobody_signed_brings_no_command_back_that_is_over() {
    let mut bench = Bench::new();
    let then = bench.clock.now() - SignedDuration::from_hours(15 * 24);
    // No borne is older than its program, which was just built.
    let old = bench.command(then + SignedDuration::from_mins(5), ticket_of_the_desk());
    // As the way up takes it before it hands the answer on.
    bench.clock.confirm_by_server(then);
    bench.answers(then, vec![old]);
    assert_eq!(bench.answered(), [CommandAnswer::Expired]);
}

#[test]
fn a_clock_that_nobody_vouches_for_ends_no_command() {
    for hours in [-48, 48] {
        let mut bench = Bench::at(Clock::on_a_machine_wrong_by(SignedDuration::from_hours(hours)));
        if bench.clock.moment().trust == Trust::Ntp {
            return;
        }
        bench.asks([ticket_of_the_desk()]);
        assert_eq!(bench.answered(), [CommandAnswer::Taken], "{hours}");
    }
}

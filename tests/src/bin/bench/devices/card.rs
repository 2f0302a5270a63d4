//! A card on a reader: from the daemon's word of it to its number, beside a program that does nothing else.

use std::ffi::CString;
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use anyhow::Context;
use drivers::card::{CardEvent, CardOptions, CardReader, CardSelector};
use drivers::virtual_card::{Answer, PORTS, PrivateDaemon, READERS, VirtualCard};
use integration_tests::bench::{Figure, Goal, percentile};

use super::{PATIENCE, ms};

const CARDS: usize = 20;
const UID: [u8; 7] = [0x04, 0xA2, 0x2B, 0xC1, 0x6E, 0x5D, 0x80];
/// As long as a card without contacts takes to answer.
const THINKS: Duration = Duration::from_millis(20);

pub struct Bench {
    _daemon: PrivateDaemon,
    _reader: CardReader,
    told: Receiver<(Instant, CardEvent)>,
}

impl Bench {
    /// The daemon is up, and its readers are known.
    pub fn open(place: &Path) -> anyhow::Result<Self> {
        let daemon = PrivateDaemon::start(&place.join("pcscd"))?;
        let (tell, told) = channel();
        let events = move |event| drop(tell.send((Instant::now(), event)));
        let reader = CardReader::open(CardSelector::Any, CardOptions::default(), events)?;
        let bench = Self { _daemon: daemon, _reader: reader, told };
        let mut readers = 0;
        while readers < READERS.len() {
            let (_, event) = bench.next()?;
            readers += usize::from(matches!(event, CardEvent::Reader { .. }));
        }
        Ok(bench)
    }

    fn next(&self) -> anyhow::Result<(Instant, CardEvent)> {
        self.told.recv_timeout(PATIENCE).context("the card readers told nothing in time")
    }

    /// The daemon sees a card when it looks, every 0.4 s, which no driver can hasten: what counts is the time from there,
    /// against the time in which a bare program asks the same card the same question.
    pub fn numbers(&self) -> anyhow::Result<Figure> {
        let (mut took, mut bare) = (Vec::new(), Vec::new());
        for _ in 0..CARDS {
            let card = VirtualCard::put(PORTS[0], &UID, vec![Answer::After(THINKS); 2])?;
            let (told, event) = self.next()?;
            let CardEvent::CardInserted { at, .. } = event else { anyhow::bail!("a card is expected, not {event:?}") };
            took.push(ms(told.saturating_duration_since(at)));
            bare.push(ms(exchange(READERS[0])?));
            drop(card);
            let (_, event) = self.next()?;
            anyhow::ensure!(matches!(event, CardEvent::CardRemoved { .. }), "the card is gone, not {event:?}");
        }
        let (took, bare) = (percentile(&took, 0.5), percentile(&bare, 0.5));
        Ok(Figure::new("card: number told, median (limit a bare exchange)", took, "ms", bare, Goal::AtMost(2.0)))
    }
}

/// A program's whole exchange with a card, without the driver.
fn exchange(reader: &str) -> anyhow::Result<Duration> {
    let began = Instant::now();
    let context = pcsc::Context::establish(pcsc::Scope::User)?;
    let card = context.connect(&CString::new(reader)?, pcsc::ShareMode::Shared, pcsc::Protocols::ANY)?;
    let length = card.transmit(&[0xFF, 0xCA, 0, 0, 0], &mut [0; 64])?.len();
    anyhow::ensure!(length == UID.len() + 2, "the bare program got {length} bytes");
    card.disconnect(pcsc::Disposition::LeaveCard).map_err(|(_, error)| error)?;
    Ok(began.elapsed())
}

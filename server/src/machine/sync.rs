//! `POST /v1/sync`: events come in, and the borne learns how the hall is.

use std::sync::Arc;
use std::time::Instant;

use axum::Json;
use axum::extract::{Request, State};
use jiff::{SignedDuration, Timestamp};
use queue_engine::{Hall, Received, Seat, estimate};
use wire::ids::OriginId;
use wire::report::Report;
use wire::sync::{HelpState, MAX_EVENTS, SyncReply, SyncRequest, VERSION, Wait};

use super::pulse::Holds;
use super::signed::{self, Signed};
use crate::app::App;
use crate::refusal::Refusal;
use crate::site::{Plan, Site};
use crate::store::{AlarmKind, Batch, Borne, Ingested, NewEvent};
use crate::{badges, commands, desk};

/// When to come back without news, in seconds.
const POLL_S: u32 = 30;
/// The same while somebody waits for help.
const POLL_HELP_S: u32 = 2;
/// The same while somebody sits at the reception desk, who may want a paper.
const POLL_RECEPTION_S: u32 = 3;
/// How long an answered call for help is told of.
const ANSWERED_FOR: SignedDuration = SignedDuration::from_mins(10);

pub(super) async fn sync(State(app): State<Arc<App>>, request: Request) -> Result<Json<SyncReply>, Refusal> {
    let signed = signed::open(&app, request).await?;
    let borne = signed.borne;
    app.telling(borne, take(&app, signed).await).await.map(Json)
}

async fn take(app: &App, signed: Signed) -> Result<SyncReply, Refusal> {
    let Signed { borne, sender, before, site, nonce, body } = signed;
    let mut asked: SyncRequest = super::parse(&body)?;
    check(&asked, borne)?;
    let now = app.clock.now();
    let (holds, report) = (Holds { staff: asked.staff.take(), wanted: asked.wanted }, asked.report.take());
    let (batch, received, unreadable) = read(asked, nonce, now)?;
    if batch.events.is_empty() {
        if !app.pulse.claim(borne, nonce, now) {
            return Err(Refusal::replay());
        }
        if report.is_none()
            && let Some(hwm) = app.pulse.quiet(borne, nonce, batch.from_seq, &holds, Instant::now())
        {
            return reply(&site, borne, hwm, now).await;
        }
    }
    let from_seq = batch.from_seq;
    let hwm = match app.gathering.ingest(batch).await? {
        Ingested::Stored { hwm } => hwm,
        Ingested::Sequence { expected } => {
            app.pulse.hear(borne, now);
            if from_seq > expected && app.ahead.asked_before(borne, expected) {
                let detail = format!("it sends events from {from_seq} on, and {expected} is the next one here");
                app.alarm(borne, AlarmKind::Gap, &detail).await;
            }
            return Err(Refusal::sequence(expected));
        }
        Ingested::Cloned { seq } => {
            tracing::warn!(%borne, seq, "two devices write one log: the borne is quarantined");
            return Err(Refusal::cloned(seq));
        }
        Ingested::Replay => return Err(Refusal::replay()),
        Ingested::Revoked => return Err(Refusal::revoked()),
    };
    app.pulse.hear(borne, now);
    app.figures.ingested(received.len() + unreadable.len());
    site.live.apply(now, site.read_from(now), &received);
    if let Some(report) = report {
        keep_report(app, borne, now, report.get()).await?;
    }
    commands::settle(&site, borne, &received).await?;
    if let Some((first, more)) = unreadable.split_first() {
        let more = if more.is_empty() { String::new() } else { format!(", and {} more", more.len()) };
        app.alarm(borne, AlarmKind::Unreadable, &format!("{first} has another form here{more}")).await;
    }
    let staff = badges::news(&site, holds.staff.as_deref()).await?;
    let commands = commands::of_borne(app, &site, borne, now).await?;
    let wanted = app.news_of_wanted(borne, holds.wanted).await?;
    if staff.is_none() && commands.is_empty() && wanted.is_none() {
        app.pulse.learn(before, Borne { hwm, ..sender }, holds);
    } else {
        app.pulse.forget(borne);
    }
    Ok(SyncReply { staff, commands, wanted, ..reply(&site, borne, hwm, now).await? })
}

/// Keeps how a borne says that it is; tickets do not wait for a report that cannot be read.
async fn keep_report(app: &App, borne: OriginId, now: Timestamp, raw: &str) -> Result<(), Refusal> {
    match Report::read(raw) {
        Ok(_) => Ok(app.store.keep_report(borne, now, raw).await?),
        Err(e) => {
            app.alarm(borne, AlarmKind::Unreadable, &e.to_string()).await;
            Ok(())
        }
    }
}

fn check(asked: &SyncRequest, signer: OriginId) -> Result<(), Refusal> {
    if asked.v != VERSION {
        return Err(Refusal::version(asked.v));
    }
    if asked.borne != signer {
        return Err(Refusal::bad_request("borne is not the keyid of the signature"));
    }
    if asked.events.len() > MAX_EVENTS {
        return Err(Refusal::too_large(format!("{} events, {MAX_EVENTS} at most", asked.events.len())));
    }
    let last = asked.from_seq.checked_add(asked.events.len() as u64);
    if asked.from_seq == 0 || last.is_none_or(|last| i64::try_from(last).is_err()) {
        return Err(Refusal::bad_request("from_seq is the first event's number, from 1"));
    }
    Ok(())
}

/// What is kept, what it means, and what could not be understood.
fn read(asked: SyncRequest, nonce: u64, now: Timestamp) -> Result<(Batch, Vec<Received>, Vec<String>), Refusal> {
    let (mut kept, mut understood, mut unreadable) = (Vec::new(), Vec::new(), Vec::new());
    for ((index, raw), expected) in asked.events.iter().enumerate().zip(asked.from_seq..) {
        let reading = NewEvent::read(raw.get().to_owned())
            .map_err(|e| Refusal::bad_request(format!("events[{index}] needs at least seq, at and type: {e}")))?;
        if reading.seq != expected {
            let detail = format!("events[{index}].seq is {}, {expected} follows: events go without gaps", reading.seq);
            return Err(Refusal::bad_request(detail));
        }
        match reading.event {
            Some(event) => understood.push(Received {
                origin: asked.borne,
                received_at: now,
                clock_offset_ms: asked.clock_offset_ms,
                event,
            }),
            None => unreadable.push(format!("event {expected} of type {}", reading.kept.kind)),
        }
        kept.push(reading.kept);
    }
    let batch = Batch {
        origin: asked.borne,
        nonce,
        from_seq: asked.from_seq,
        events: kept,
        received_at: now,
        clock_offset_ms: asked.clock_offset_ms,
    };
    Ok((batch, understood, unreadable))
}

async fn reply(site: &Site, borne: OriginId, hwm: u64, now: Timestamp) -> Result<SyncReply, Refusal> {
    let plan = site.plan();
    let (waits, mut help) = site.live.read(now, |hall| (waits(&plan, hall, now), help(hall, borne, now)));
    if !help.is_empty() {
        let staffed = !site.store.seats(site.id, now).await?.is_empty();
        help.iter_mut().for_each(|call| call.staffed = staffed);
    }
    let asking = help.iter().any(|call| !call.answered);
    Ok(SyncReply {
        hwm,
        server_time: now,
        config_version: plan.catalogue.version,
        config_hash: site.catalogue_hash(),
        commands: Vec::new(),
        waits,
        help,
        hall: site.intake(now).told(),
        next_poll_s: if asking {
            POLL_HELP_S
        } else if site.reception.is_open() {
            POLL_RECEPTION_S
        } else {
            POLL_S
        },
        staff: None,
        wanted: None,
    })
}

/// Minutes stay absent where too little is known: a guess shown as a promise is worse than none.
fn waits(plan: &Plan, hall: &Hall, now: Timestamp) -> Vec<Wait> {
    let seats: Vec<Seat> = plan.catalogue.counters.iter().map(|counter| desk::seat(hall, counter)).collect();
    let wait = |service: &wire::catalogue::Service| {
        let told = estimate(hall, &plan.policy, &seats, &service.id, now, now).ok();
        Wait {
            service: service.id.clone(),
            ahead: hall.ahead(&service.id),
            low_min: told.map(|wait| wait.low_min),
            high_min: told.map(|wait| wait.high_min),
            as_of: now,
        }
    };
    plan.catalogue.services.iter().map(wait).collect()
}

/// Whether anybody could come is for the store to say.
fn help(hall: &Hall, borne: OriginId, now: Timestamp) -> Vec<HelpState> {
    let calls = hall.help().into_iter().filter(|call| call.origin() == Some(borne));
    let recent = calls.filter(|call| call.answered().is_none_or(|at| now.duration_since(at) < ANSWERED_FOR));
    recent.map(|call| HelpState { help: call.id, answered: call.answered().is_some(), staffed: false }).collect()
}

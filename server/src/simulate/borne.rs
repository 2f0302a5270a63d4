//! A borne that gives tickets and sends them, signed, as real ones do.

use std::collections::BTreeMap;

use ed25519_dalek::{Signer, SigningKey};
use jiff::{SignedDuration, Timestamp};
use queue_engine::simulation::Visitor;
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;
use wire::catalogue::Catalogue;
use wire::enrolment::{EnrolReply, EnrolRequest, EnrolmentCode, VERSION};
use wire::event::{Event, EventBody, TicketIssued, Voider};
use wire::ids::{Language, OriginId, TicketId};
use wire::label::{Label, LabelForm, Prefix, Series};
use wire::problem::Problem;
use wire::service_day::ServiceDay;
use wire::signature::{self, Params};
use wire::sync::{MAX_EVENTS, PATH, SyncReply};
use wire::token::TicketToken;

use super::SimulateError;
use super::asked::answered;
use super::kept::public;
use crate::app::random;
use crate::store;

/// Enrols a key with a one-time code.
pub(super) async fn enrol(
    http: &Client,
    url: &str,
    code: EnrolmentCode,
    name: &str,
    key: &SigningKey,
) -> Result<OriginId, SimulateError> {
    const ENROL: &str = "/v1/enrol";
    let request = EnrolRequest { v: VERSION, code, public_key: public(key), name: name.to_owned() };
    let answer = answered(http.post(format!("{url}{ENROL}")).json(&request), ENROL).await?;
    if answer.status() == StatusCode::CONFLICT {
        return Err(SimulateError::NotEnrolled(answer.json::<Problem>().await?.detail));
    }
    Ok(answer.json::<EnrolReply>().await?.borne)
}

/// An enrolled borne.
pub(super) struct Borne {
    http: Client,
    url: String,
    authority: String,
    pub(super) id: OriginId,
    key: SigningKey,
    series: Series,
    form: LabelForm,
    /// Server time minus ours.
    offset: SignedDuration,
    nonce: u64,
    seq: u64,
    /// The last number of each letter that it has given today.
    numbers: BTreeMap<Prefix, u32>,
}

impl Borne {
    /// A borne that the server knows, which says that it is there.
    pub(super) async fn meet(
        http: &Client,
        url: &str,
        known: &store::Borne,
        key: SigningKey,
        form: LabelForm,
        numbers: BTreeMap<Prefix, u32>,
    ) -> Result<Self, SimulateError> {
        let authority = reqwest::Url::parse(url).map_err(|_| SimulateError::Url(url.to_owned()))?;
        let host = authority.host_str().ok_or_else(|| SimulateError::Url(url.to_owned()))?;
        let authority = authority.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        let mut borne = Self {
            http: http.clone(),
            url: url.to_owned(),
            authority,
            id: known.id,
            key,
            series: known.series,
            form,
            offset: SignedDuration::ZERO,
            // Greater than whatever the borne has counted on the days before.
            nonce: u64::try_from(Timestamp::now().as_millisecond()).unwrap_or(0),
            seq: known.hwm,
            numbers,
        };
        let reply = borne.exchange(&[]).await?;
        borne.seq = reply.hwm;
        borne.offset = reply.server_time.duration_since(Timestamp::now());
        Ok(borne)
    }

    fn now(&self) -> Timestamp {
        let now = Timestamp::now().checked_add(self.offset).unwrap_or(Timestamp::MAX);
        Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
    }

    /// Gives somebody a ticket and sends it. Answers the number.
    pub(super) async fn issue(
        &mut self,
        visitor: &Visitor,
        expected_in: Option<SignedDuration>,
        catalogue: &Catalogue,
    ) -> Result<Label, SimulateError> {
        let at = self.now();
        let zone = jiff::tz::TimeZone::get(&catalogue.site.time_zone).unwrap_or(jiff::tz::TimeZone::UTC);
        let service = catalogue.service(&visitor.service).ok_or(SimulateError::Changed("the service"))?;
        let number = self.numbers.entry(service.letter).or_default();
        *number += 1;
        let label = Label::new(service.letter, self.series, self.form, *number);
        let token = TicketToken::from_random(random().map_err(SimulateError::Random)?);
        let issued = TicketIssued {
            ticket: TicketId(Uuid::now_v7()),
            label,
            day: ServiceDay::of(at, &zone),
            service: visitor.service.clone(),
            lang: Language::Fr,
            token: token.hash(),
            paperless: false,
            uncertain: false,
            priority: visitor.priority,
            group: visitor.group,
            appointment: expected_in.and_then(|ahead| at.checked_add(ahead).ok()),
            needs: visitor.needs.clone(),
        };
        self.send(&[EventBody::TicketIssued(issued)]).await?;
        Ok(label)
    }

    /// Cancels tickets of its own.
    pub(super) async fn cancel(&mut self, tickets: &[TicketId]) -> Result<(), SimulateError> {
        for some in tickets.chunks(MAX_EVENTS) {
            let cancelled = some.iter().map(|ticket| EventBody::TicketVoided { ticket: *ticket, by: Voider::Visitor });
            self.send(&cancelled.collect::<Vec<_>>()).await?;
        }
        Ok(())
    }

    async fn send(&mut self, bodies: &[EventBody]) -> Result<(), SimulateError> {
        let reply = self.exchange(bodies).await?;
        self.seq += bodies.len() as u64;
        if reply.hwm == self.seq { Ok(()) } else { Err(SimulateError::Changed("the borne's log")) }
    }

    async fn exchange(&mut self, bodies: &[EventBody]) -> Result<SyncReply, SimulateError> {
        let (at, from_seq) = (self.now(), self.seq + 1);
        let events = (from_seq..).zip(bodies).map(|(seq, body)| Event { seq, at, body: body.clone() }.encode());
        let events = events.map(|event| serde_json::from_str(&event)).collect::<Result<Vec<Value>, _>>()?;
        let body = json!({ "v": wire::sync::VERSION, "borne": self.id, "from_seq": from_seq, "events": events });
        let body = body.to_string();
        self.nonce += 1;
        let params = Params { created: at.as_second(), nonce: self.nonce, keyid: self.id.to_string() };
        let content_digest = signature::content_digest(body.as_bytes());
        let (method, path) = ("POST", PATH);
        let request =
            signature::Request { method, authority: &self.authority, path, query: "", content_digest: &content_digest };
        let signed = self.key.sign(params.base(&request).as_bytes());
        let asked = self
            .http
            .post(format!("{}{PATH}", self.url))
            .header("content-digest", content_digest)
            .header("signature-input", params.header())
            .header("signature", signature::header(&signed.to_bytes()))
            .body(body);
        let answer = answered(asked, PATH).await?;
        if answer.status() == StatusCode::CONFLICT {
            return Err(SimulateError::Changed("the borne's log"));
        }
        Ok(answer.json().await?)
    }
}

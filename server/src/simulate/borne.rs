//! A borne that enrols, gives tickets and sends them, signed, as real ones do.

use std::collections::BTreeMap;

use ed25519_dalek::{Signer, SigningKey};
use jiff::{SignedDuration, Timestamp};
use queue_engine::simulation::Visitor;
use reqwest::Client;
use serde_json::json;
use uuid::Uuid;
use wire::catalogue::Catalogue;
use wire::enrolment::{EnrolReply, EnrolRequest, EnrolmentCode, PublicKey, VERSION};
use wire::event::{Event, EventBody, TicketIssued};
use wire::ids::{Language, OriginId, TicketId};
use wire::label::{Label, LabelForm, Prefix, Series};
use wire::service_day::ServiceDay;
use wire::signature::{self, Params};
use wire::sync::{PATH, SyncReply};
use wire::token::TicketToken;

use super::{SimulateError, answered};
use crate::app::random;

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
    numbers: BTreeMap<Prefix, u32>,
}

impl Borne {
    /// Enrols with a one-time code.
    pub(super) async fn enrol(
        http: &Client,
        url: &str,
        code: EnrolmentCode,
        name: &str,
        form: LabelForm,
    ) -> Result<Self, SimulateError> {
        let key = SigningKey::from_bytes(&random().map_err(SimulateError::Random)?);
        let public_key = PublicKey(key.verifying_key().to_bytes());
        let request = EnrolRequest { v: VERSION, code, public_key, name: name.to_owned() };
        let asked = http.post(format!("{url}/v1/enrol")).json(&request);
        let reply: EnrolReply = answered(asked, "/v1/enrol").await?.json().await?;
        let authority = reqwest::Url::parse(url).map_err(|_| SimulateError::Url(url.to_owned()))?;
        let host = authority.host_str().ok_or_else(|| SimulateError::Url(url.to_owned()))?;
        let authority = authority.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        Ok(Self {
            http: http.clone(),
            url: url.to_owned(),
            authority,
            id: reply.borne,
            key,
            series: reply.series,
            form,
            offset: reply.server_time.duration_since(Timestamp::now()),
            nonce: 0,
            seq: 0,
            numbers: BTreeMap::new(),
        })
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
        self.send(at, EventBody::TicketIssued(issued)).await?;
        Ok(label)
    }

    async fn send(&mut self, at: Timestamp, body: EventBody) -> Result<(), SimulateError> {
        self.seq += 1;
        let event: serde_json::Value = serde_json::from_str(&Event { seq: self.seq, at, body }.encode())?;
        let body = json!({ "v": wire::sync::VERSION, "borne": self.id, "from_seq": self.seq, "events": [event] });
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
        let reply: SyncReply = answered(asked, PATH).await?.json().await?;
        if reply.hwm < self.seq {
            return Err(SimulateError::Changed("the borne's log"));
        }
        Ok(())
    }
}

//! What other programs are promised: `/api/v1` is what its document says, a key opens its site and nothing else, pages follow
//! each other without holes, and nothing is done twice.

mod calls;
mod document;
mod keys;
mod once;

use std::sync::atomic::{AtomicUsize, Ordering};

use accueil_server::Scope;
use accueil_server::store::ApiKey;
use axum::body::Body;
use data_encoding::BASE64URL_NOPAD;
use http::Request;
use serde_json::Value;
use uuid::Uuid;
use wire::ids::SiteId;
use wire::token::Hash32;

use crate::support::{Answer, Site, site_id};

/// A program with a key.
struct Program<'a> {
    site: &'a Site,
    key: String,
    id: Uuid,
    asked: AtomicUsize,
}

impl<'a> Program<'a> {
    async fn with(site: &'a Site, scopes: &[Scope]) -> Self {
        Self::of(site, site_id(), scopes).await
    }

    async fn of(site: &'a Site, of: SiteId, scopes: &[Scope]) -> Self {
        static KEYS: AtomicUsize = AtomicUsize::new(1);
        let mut bits = [0; 32];
        bits[..8].copy_from_slice(&KEYS.fetch_add(1, Ordering::SeqCst).to_be_bytes());
        let key = ApiKey {
            id: Uuid::now_v7(),
            site: of,
            name: "Agenda".into(),
            scopes: scopes.to_vec(),
            since: site.now(),
            expires_at: None,
            revoked_at: None,
            used_at: None,
        };
        site.store().add_key(&key, Hash32::of(&bits)).await.unwrap();
        Self { site, key: format!("acc_{}", BASE64URL_NOPAD.encode(&bits)), id: key.id, asked: AtomicUsize::new(0) }
    }

    fn request(&self, method: &str, path: &str) -> http::request::Builder {
        // One request a second, so that none comes too often.
        self.site.advance(1);
        Request::builder().method(method).uri(path).header("authorization", format!("Bearer {}", self.key))
    }

    async fn get(&self, path: &str) -> Answer {
        self.site.send(self.request("GET", path).body(Body::empty()).unwrap()).await
    }

    async fn see(&self, path: &str) -> Value {
        let answer = self.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        assert_eq!(
            (&answer.headers["cache-control"], &answer.headers["x-content-type-options"]),
            (&"no-store".parse().unwrap(), &"nosniff".parse().unwrap())
        );
        answer.json()
    }

    /// Asks under a name of its own.
    async fn post(&self, path: &str, body: &Value) -> Answer {
        let name = format!("request {}", self.asked.fetch_add(1, Ordering::SeqCst));
        self.post_as(&name, path, body).await
    }

    async fn post_as(&self, name: &str, path: &str, body: &Value) -> Answer {
        let request = self.request("POST", path).header("idempotency-key", name);
        self.site.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    async fn done(&self, path: &str, body: &Value) -> Value {
        let answer = self.post(path, body).await;
        assert!(answer.status.is_success(), "{path}: {}", answer.text());
        answer.json()
    }
}

//! A small OpenID provider on loopback, which can be told to misbehave.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use data_encoding::{BASE64, BASE64URL_NOPAD};
use ed25519_dalek::{Signer, SigningKey};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use wire::token::Hash32;

pub const CLIENT: &str = "accueil";
pub const SECRET: &str = "ein Geheimnis";

/// What it does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    WrongNonce,
    Expired,
    ForeignKey,
    OtherAudience,
    NoSignature,
    NoToken,
    /// It passes somebody on whom it asked an hour ago.
    NotAsked,
}

/// A code that was given to a browser.
struct Given {
    nonce: String,
    challenge: String,
    back: String,
    claims: Value,
}

struct Inside {
    issuer: String,
    key: SigningKey,
    key_id: String,
    codes: HashMap<String, Given>,
    fault: Option<Fault>,
    asked: u32,
}

#[derive(Clone)]
pub struct Provider {
    pub issuer: String,
    inside: Arc<Mutex<Inside>>,
}

impl Provider {
    pub async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let inside = Inside {
            issuer: issuer.clone(),
            key: SigningKey::from_bytes(&[3; 32]),
            key_id: "1".into(),
            codes: HashMap::new(),
            fault: None,
            asked: 0,
        };
        let provider = Self { issuer, inside: Arc::new(Mutex::new(inside)) };
        let routes = Router::new()
            .route("/.well-known/openid-configuration", get(describe))
            .route("/keys", get(keys))
            .route("/token", post(token))
            .with_state(provider.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        provider
    }

    pub fn misbehave(&self, fault: Option<Fault>) {
        self.inside.lock().unwrap().fault = fault;
    }

    /// Signs with another key from now on, and says so.
    pub fn change_key(&self) {
        let mut inside = self.inside.lock().unwrap();
        inside.key = SigningKey::from_bytes(&[4; 32]);
        inside.key_id = "2".into();
    }

    /// How often it was asked what it is.
    pub fn asked(&self) -> u32 {
        self.inside.lock().unwrap().asked
    }

    /// What somebody's browser does there, sent to `address`: they show who they are. Answers the address they are sent back
    /// to, and what was asked.
    pub fn let_in(&self, address: &str, claims: Value) -> (String, HashMap<String, String>) {
        let (place, query) = address.split_once('?').unwrap();
        assert_eq!(place, format!("{}/authorize", self.issuer));
        let asked: HashMap<String, String> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        assert_eq!((&*asked["response_type"], &*asked["client_id"]), ("code", CLIENT));
        assert_eq!(asked["code_challenge_method"], "S256");
        assert!(asked["scope"].split(' ').any(|scope| scope == "openid"), "{asked:?}");
        assert!(asked["state"].len() >= 43 && asked["nonce"].len() >= 43 && asked["state"] != asked["nonce"]);
        let mut inside = self.inside.lock().unwrap();
        let code = format!("code-{}", inside.codes.len());
        let given = Given {
            nonce: asked["nonce"].clone(),
            challenge: asked["code_challenge"].clone(),
            back: asked["redirect_uri"].clone(),
            claims,
        };
        inside.codes.insert(code.clone(), given);
        let back = asked["redirect_uri"].strip_prefix("http://127.0.0.1:8080").unwrap();
        (format!("{back}?code={code}&state={}", asked["state"]), asked)
    }
}

async fn describe(State(provider): State<Provider>) -> Json<Value> {
    let mut inside = provider.inside.lock().unwrap();
    inside.asked += 1;
    let at = |path: &str| format!("{}{path}", inside.issuer);
    Json(json!({
        "issuer": inside.issuer,
        "authorization_endpoint": at("/authorize"),
        "token_endpoint": at("/token"),
        "jwks_uri": at("/keys"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["EdDSA"],
    }))
}

async fn keys(State(provider): State<Provider>) -> Json<Value> {
    let inside = provider.inside.lock().unwrap();
    let x = BASE64URL_NOPAD.encode(&inside.key.verifying_key().to_bytes());
    let key = json!({"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": inside.key_id, "x": x});
    Json(json!({"keys": [key]}))
}

async fn token(
    State(provider): State<Provider>,
    headers: HeaderMap,
    Form(sent): Form<HashMap<String, String>>,
) -> (StatusCode, Json<Value>) {
    let refused = |error: &str| (StatusCode::BAD_REQUEST, Json(json!({"error": error})));
    let secret: String = form_urlencoded::byte_serialize(SECRET.as_bytes()).collect();
    let expected = format!("Basic {}", BASE64.encode(format!("{CLIENT}:{secret}").as_bytes()));
    if headers.get("authorization").and_then(|value| value.to_str().ok()) != Some(&expected) {
        return refused("invalid_client");
    }
    let mut inside = provider.inside.lock().unwrap();
    // A code is spent once.
    let Some(given) = inside.codes.get_mut(&sent["code"]).map(|given| std::mem::replace(given, spent())) else {
        return refused("invalid_grant");
    };
    let challenge = BASE64URL_NOPAD.encode(&Hash32::of(sent["code_verifier"].as_bytes()).0);
    if challenge != given.challenge || sent["redirect_uri"] != given.back {
        return refused("invalid_grant");
    }
    let fault = inside.fault;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let mut claims = given.claims;
    let nonce = if fault == Some(Fault::WrongNonce) { "another".to_owned() } else { given.nonce };
    let audience = if fault == Some(Fault::OtherAudience) { "another" } else { CLIENT };
    let (from, until) = if fault == Some(Fault::Expired) { (now - 900, now - 600) } else { (now, now + 300) };
    for (name, value) in [
        ("iss", json!(inside.issuer)),
        ("aud", json!(audience)),
        ("nonce", json!(nonce)),
        ("iat", json!(from)),
        ("exp", json!(until)),
        ("auth_time", json!(if fault == Some(Fault::NotAsked) { from - 3_600 } else { from })),
    ] {
        claims[name] = value;
    }
    let algorithm = if fault == Some(Fault::NoSignature) { "none" } else { "EdDSA" };
    let part = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    let signed = format!("{}.{}", part(&json!({"alg": algorithm, "kid": inside.key_id})), part(&claims));
    let key = if fault == Some(Fault::ForeignKey) { &SigningKey::from_bytes(&[9; 32]) } else { &inside.key };
    let signature = match fault {
        Some(Fault::NoSignature) => String::new(),
        _ => BASE64URL_NOPAD.encode(&key.sign(signed.as_bytes()).to_bytes()),
    };
    let mut answer = json!({"access_token": "x", "token_type": "Bearer", "id_token": format!("{signed}.{signature}")});
    if fault == Some(Fault::NoToken) {
        answer["id_token"].take();
        answer.as_object_mut().unwrap().remove("id_token");
    }
    (StatusCode::OK, Json(answer))
}

fn spent() -> Given {
    Given { nonce: String::new(), challenge: "spent".into(), back: String::new(), claims: Value::Null }
}

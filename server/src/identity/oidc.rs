//! OpenID Connect: code, PKCE, state and nonce.
//!
//! The provider is asked when somebody signs in, not when the server starts: local accounts work without it. What must come
//! back with the code (state, nonce, PKCE's verifier) stays in the person's browser, in a cookie of this host, so that any
//! server on the same store may answer. Tokens are read once and kept nowhere.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use data_encoding::BASE64URL_NOPAD;
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreAuthenticationFlow, CoreErrorResponseType, CoreGenderClaim, CoreJsonWebKey,
    CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreProviderMetadata, CoreRevocableToken,
    CoreRevocationErrorResponse, CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AdditionalClaims, AuthorizationCode, ClaimsVerificationError, Client, ClientId, ClientSecret, CsrfToken,
    EmptyExtraTokenFields, EndpointMaybeSet, EndpointNotSet, EndpointSet, HttpRequest, HttpResponse, IdTokenFields,
    IssuerUrl, Nonce, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RequestTokenError, Scope,
    SignatureVerificationError, StandardErrorResponse, StandardTokenResponse, TokenResponse as _,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio::sync::Mutex;

use super::claims::{Mapping, MappingError, display_name};
use crate::app::random;
use crate::refusal::chain;
use crate::settings::Oidc;
use crate::store::Grant;

/// How long somebody may take at the provider, in seconds.
pub(crate) const WAY_S: i64 = 600;
/// How long before it answers the provider may have asked somebody who they are, where it was to ask anew, in seconds.
const ASKED_S: i64 = 300;
/// How long an answer of the provider may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// The largest answer that is read.
const ANSWER_MAX: usize = 1 << 20;
/// How long what the provider says about itself is believed.
const KNOWN_FOR: Duration = Duration::from_secs(3_600);

/// Signatures of keys that only the provider has. Those by a shared secret, and none at all, are not taken.
const SIGNED_BY: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::EdDsa,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
];

/// Settings of `[oidc]` that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OidcError {
    /// The provider's address.
    #[error("oidc.issuer is `{0}`: write the provider's address as it names itself, with https://")]
    Issuer(String),
    /// Something that must be there is not.
    #[error("oidc.issuer is set and oidc.{0} is not: the provider's staff tell it")]
    Missing(&'static str),
    /// A role.
    #[error(transparent)]
    Mapping(#[from] MappingError),
    /// The authority of the provider's certificate.
    #[error("the authority `{}` cannot be used: oidc.authority names a file of PEM certificates", path.display())]
    Authority {
        /// Which file.
        path: PathBuf,
    },
    /// No client.
    #[error("the provider cannot be asked")]
    Http(#[source] reqwest::Error),
}

/// Why nobody is signed in.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refused {
    /// The provider does not answer, or not as it should.
    #[error("the provider does not answer as it should: {0}")]
    Down(String),
    /// What came back does not belong to what this browser began, or came too late, or twice.
    #[error("what came back is not what this browser began")]
    NotBegun,
    /// The provider says no.
    #[error("the provider says no: {0}")]
    Provider(String),
    /// The provider's word does not hold.
    #[error("the provider's word does not hold: {0}")]
    Word(String),
}

/// Who came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    /// Which provider and who there: nobody else ever has it.
    pub(crate) subject: String,
    /// What colleagues see.
    pub(crate) name: String,
    /// What they may do where.
    pub(crate) grants: Vec<Grant>,
}

/// What a browser keeps while its owner is at the provider.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Way {
    state: String,
    nonce: String,
    verifier: String,
    /// Until when, in seconds since 1970.
    until: i64,
    /// Where they go then, if they are signed in already and only show once more who they are.
    pub(crate) again: Option<String>,
}

impl Way {
    /// As the cookie holds it.
    pub(crate) fn write(&self) -> String {
        BASE64URL_NOPAD.encode(&serde_json::to_vec(self).unwrap_or_default())
    }

    /// Whether an answer with this state belongs to it, and comes in time. The state is no secret from who sees the time that
    /// takes: it lies in the same browser and is used once.
    pub(crate) fn is_of(&self, state: &str, now_s: i64) -> bool {
        self.state == state && (self.until - WAY_S..self.until).contains(&now_s)
    }

    pub(crate) fn read(text: &str) -> Option<Self> {
        serde_json::from_slice(&BASE64URL_NOPAD.decode(text.as_bytes()).ok()?).ok()
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct AllClaims(Map<String, Value>);

impl AdditionalClaims for AllClaims {}

type Fields = IdTokenFields<
    AllClaims,
    EmptyExtraTokenFields,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;

type ProviderClient = Client<
    AllClaims,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    StandardTokenResponse<Fields, CoreTokenType>,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// A provider, and what its word is worth here.
pub(crate) struct Provider {
    issuer: IssuerUrl,
    /// What the button says.
    pub(crate) name: String,
    id: ClientId,
    secret: Option<ClientSecret>,
    scopes: Vec<Scope>,
    display_claim: Option<String>,
    mapping: Mapping,
    http: reqwest::Client,
    known: Mutex<Option<(Instant, Arc<CoreProviderMetadata>)>>,
}

impl Provider {
    /// The one that the settings name. It is not asked yet.
    pub(crate) fn new(settings: &Oidc) -> Result<Option<Self>, OidcError> {
        let Some(issuer) = settings.issuer.clone() else {
            return Ok(None);
        };
        let wrong = || OidcError::Issuer(issuer.clone());
        let address = IssuerUrl::new(issuer.clone()).map_err(|_| wrong())?;
        let host = address.url().host_str().unwrap_or_default();
        let here = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
        if address.url().scheme() != "https" && !(here && address.url().scheme() == "http") {
            return Err(wrong());
        }
        if settings.client_id.is_empty() {
            return Err(OidcError::Missing("client_id"));
        }
        let claim = settings.role_claim.as_deref().ok_or(OidcError::Missing("role_claim"))?;
        if settings.roles.is_empty() {
            return Err(OidcError::Missing("roles"));
        }
        let name = if settings.name.is_empty() { host.to_owned() } else { settings.name.clone() };
        Ok(Some(Self {
            name,
            id: ClientId::new(settings.client_id.clone()),
            secret: settings.client_secret.as_ref().map(|secret| ClientSecret::new(secret.reveal().to_owned())),
            scopes: settings.scopes.iter().map(|scope| Scope::new(scope.clone())).collect(),
            display_claim: settings.display_claim.clone(),
            mapping: Mapping::read(claim, &settings.roles)?,
            http: client(settings)?,
            known: Mutex::default(),
            issuer: address,
        }))
    }

    /// Where to send somebody's browser, and what it keeps until they come back to `back`.
    pub(crate) async fn send(&self, back: String, again: Option<String>, now_s: i64) -> Result<(String, Way), Refused> {
        let provider = self.provider(false).await?;
        let client = self.client(&provider, back)?;
        let text = || {
            let bits = random::<32>().map_err(|e| Refused::Down(chain(&e)))?;
            Ok::<_, Refused>(BASE64URL_NOPAD.encode(&bits))
        };
        let (state, nonce, verifier) = (text()?, text()?, PkceCodeVerifier::new(text()?));
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&verifier);
        let anew = again.is_some();
        let way = Way {
            state: state.clone(),
            nonce: nonce.clone(),
            verifier: verifier.secret().clone(),
            until: now_s + WAY_S,
            again,
        };
        let asked = client.authorize_url(
            CoreAuthenticationFlow::AuthorizationCode,
            move || CsrfToken::new(state),
            move || Nonce::new(nonce),
        );
        let mut asked = asked.add_scopes(self.scopes.iter().cloned()).set_pkce_challenge(challenge);
        if anew {
            asked = asked.add_prompt(CoreAuthPrompt::Login).set_max_age(Duration::ZERO);
        }
        Ok((asked.url().0.to_string(), way))
    }

    /// Who came back with a code, where it is the one that `way` began with.
    pub(crate) async fn take(&self, back: String, way: Way, code: String) -> Result<Known, Refused> {
        let anew = way.again.is_some();
        let provider = self.provider(false).await?;
        let client = self.client(&provider, back.clone())?;
        let ask = self.ask();
        let exchange = client.exchange_code(AuthorizationCode::new(code));
        let exchange = exchange.map_err(|e| Refused::Down(chain(&e)))?;
        let verifier = PkceCodeVerifier::new(way.verifier);
        let answer = exchange.set_pkce_verifier(verifier).request_async(&ask).await.map_err(|e| match &e {
            RequestTokenError::ServerResponse(said) => Refused::Provider(said.error().to_string()),
            RequestTokenError::Request(_) | RequestTokenError::Parse(..) | RequestTokenError::Other(_) => {
                Refused::Down(chain(&e))
            }
        })?;
        let token = answer.id_token().ok_or_else(|| Refused::Word("no ID token came".to_owned()))?;
        let nonce = Nonce::new(way.nonce);
        let claims = match token.claims(&client.id_token_verifier().set_allowed_algs(SIGNED_BY), &nonce) {
            Err(ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey)) => {
                // Keys change; what is known of them may be an hour old.
                let provider = self.provider(true).await?;
                let client = self.client(&provider, back)?;
                let verifier = client.id_token_verifier().set_allowed_algs(SIGNED_BY);
                token.claims(&verifier, &nonce).map_err(|e| Refused::Word(chain(&e)))?.clone()
            }
            claims => claims.map_err(|e| Refused::Word(chain(&e)))?.clone(),
        };
        if anew {
            // A provider may pass somebody on without asking: it must say when it asked last.
            let asked_s = claims.auth_time().map(|asked| (claims.issue_time() - asked).num_seconds());
            if asked_s.is_none_or(|asked_s| asked_s.abs() > ASKED_S) {
                return Err(Refused::Word("it did not ask again who this is".to_owned()));
            }
        }
        let subject = claims.subject().to_string();
        let claims = serde_json::to_value(&claims).map_err(|e| Refused::Word(e.to_string()))?;
        Ok(Known {
            name: display_name(&claims, self.display_claim.as_deref(), &subject),
            grants: self.mapping.grants(&claims),
            // Another provider may give somebody else the same.
            subject: format!("{} {subject}", self.issuer.as_str()),
        })
    }

    /// What the provider says about itself, with its keys.
    async fn provider(&self, anew: bool) -> Result<Arc<CoreProviderMetadata>, Refused> {
        // Whoever comes meanwhile waits for the same answer.
        let mut known = self.known.lock().await;
        if let Some((since, provider)) = known.as_ref()
            && !anew
            && since.elapsed() < KNOWN_FOR
        {
            return Ok(Arc::clone(provider));
        }
        let ask = self.ask();
        let told = CoreProviderMetadata::discover_async(self.issuer.clone(), &ask).await;
        let provider = Arc::new(told.map_err(|e| Refused::Down(chain(&e)))?);
        *known = Some((Instant::now(), Arc::clone(&provider)));
        Ok(provider)
    }

    fn client(&self, provider: &CoreProviderMetadata, back: String) -> Result<ProviderClient, Refused> {
        let back = RedirectUrl::new(back).map_err(|e| Refused::Down(chain(&e)))?;
        let client = Client::from_provider_metadata(provider.clone(), self.id.clone(), self.secret.clone());
        Ok(client.set_redirect_uri(back))
    }

    fn ask(
        &self,
    ) -> impl Fn(HttpRequest) -> std::pin::Pin<Box<dyn Future<Output = Result<HttpResponse, AskError>> + Send>> + use<>
    {
        let http = self.http.clone();
        move |request| Box::pin(ask(http.clone(), request))
    }
}

fn client(settings: &Oidc) -> Result<reqwest::Client, OidcError> {
    // The first call in a process decides; a later one finds it decided.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut client = reqwest::Client::builder()
        .timeout(PATIENCE)
        // A provider that leads elsewhere could lead to what only this machine reaches.
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(format!("accueil-server/{}", crate::version::installed()));
    if let Some(path) = &settings.authority {
        let wrong = || OidcError::Authority { path: path.clone() };
        let pem = std::fs::read(path).map_err(|_| wrong())?;
        let roots = reqwest::Certificate::from_pem_bundle(&pem).map_err(|_| wrong())?;
        if roots.is_empty() {
            return Err(wrong());
        }
        client = client.tls_certs_merge(roots);
    }
    client.build().map_err(OidcError::Http)
}

/// Why a request had no answer.
#[derive(Debug, thiserror::Error)]
enum AskError {
    #[error("no answer")]
    Http(#[from] reqwest::Error),
    #[error("the answer is too long")]
    TooLong,
    #[error("the answer is no HTTP")]
    Foreign(#[from] http::Error),
}

async fn ask(http: reqwest::Client, request: HttpRequest) -> Result<HttpResponse, AskError> {
    let mut answer = http.execute(request.try_into()?).await?;
    let mut response = http::Response::builder().status(answer.status());
    for (name, value) in answer.headers() {
        response = response.header(name, value);
    }
    let mut body = Vec::new();
    while let Some(piece) = answer.chunk().await? {
        if body.len() + piece.len() > ANSWER_MAX {
            return Err(AskError::TooLong);
        }
        body.extend_from_slice(&piece);
    }
    Ok(response.body(body)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_browser_keeps_comes_back_as_it_was() {
        let way =
            Way { state: "s".into(), nonce: "n".into(), verifier: "v".into(), until: 17, again: Some("/x y".into()) };
        assert!(Way::read(&way.write()) == Some(way));
        for wrong in ["", "x", "cyBuIHY", "cyBuICAxNyAx"] {
            assert!(Way::read(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn settings_that_cannot_work_are_told_at_the_start() {
        let good = Oidc {
            issuer: Some("https://auth.ville.test".into()),
            client_id: "accueil".into(),
            role_claim: Some("groups".into()),
            roles: [("agents".to_owned(), "agent".to_owned())].into(),
            ..Oidc::default()
        };
        assert!(Provider::new(&good).unwrap().is_some());
        assert!(Provider::new(&Oidc::default()).unwrap().is_none());
        let refused = |change: &dyn Fn(&mut Oidc)| {
            let mut settings = good.clone();
            change(&mut settings);
            Provider::new(&settings).err().unwrap().to_string()
        };
        assert!(refused(&|s| s.issuer = Some("http://auth.ville.test".into())).contains("https://"));
        assert!(refused(&|s| s.issuer = Some("auth".into())).contains("oidc.issuer"));
        assert!(refused(&|s| s.client_id.clear()).contains("oidc.client_id"));
        assert!(refused(&|s| s.role_claim = None).contains("oidc.role_claim"));
        assert!(refused(&|s| s.roles.clear()).contains("oidc.roles"));
        assert!(refused(&|s| s.authority = Some("/nowhere.pem".into())).contains("oidc.authority"));
    }
}

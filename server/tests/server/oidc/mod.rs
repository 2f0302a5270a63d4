//! Signing in by an OpenID provider, against a small one that can misbehave.

mod provider;

use accueil_server::audit::Link;
use accueil_server::roles::Role;
use accueil_server::settings::Oidc;
use accueil_server::store::{Grant, NewAccount};
use axum::body::Body;
use http::{Request, StatusCode};
use serde_json::{Value, json};

use self::provider::{CLIENT, Fault, Provider, SECRET};
use crate::support::{Answer, HOST, Site};

struct Hall {
    site: Site,
    provider: Provider,
}

/// What a browser keeps.
#[derive(Clone, Default)]
struct Jar(Vec<(String, String)>);

impl Jar {
    fn take(&mut self, answer: &Answer) {
        for cookie in answer.headers.get_all("set-cookie") {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.0.retain(|(kept, _)| kept != name);
            if !value.is_empty() {
                self.0.push((name.to_owned(), value.to_owned()));
            }
        }
    }

    fn header(&self) -> String {
        self.0.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(kept, _)| kept == name)
    }
}

fn lea() -> Value {
    json!({"sub": "s-1", "name": "Léa Martin", "groups": ["accueil-agents", "sport"]})
}

impl Hall {
    async fn open() -> Self {
        let provider = Provider::start().await;
        let oidc = Oidc {
            issuer: Some(provider.issuer.clone()),
            name: "la Ville".into(),
            client_id: CLIENT.into(),
            client_secret: Some(SECRET.to_owned().into()),
            scopes: vec!["profile".into()],
            role_claim: Some("groups".into()),
            roles: [("accueil-agents", "agent"), ("accueil-chefs", "supervisor"), ("dsi", "administrator")]
                .map(|(group, role)| (group.to_owned(), role.to_owned()))
                .into(),
            ..Oidc::default()
        };
        let site = Site::open_as(|settings| settings.oidc = oidc).await;
        Self { site, provider }
    }

    async fn get(&self, path: &str, jar: &mut Jar) -> Answer {
        let ask = Request::get(path).header("host", HOST).header("cookie", jar.header());
        let answer = self.site.send(ask.body(Body::empty()).unwrap()).await;
        jar.take(&answer);
        answer
    }

    /// As far as the provider sends somebody back.
    async fn begin(&self, claims: Value, jar: &mut Jar) -> String {
        let sent = self.get("/connexion/sso", jar).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text());
        assert!(jar.has("sso"));
        self.provider.let_in(sent.headers["location"].to_str().unwrap(), claims).0
    }

    async fn sign_in(&self, claims: Value, jar: &mut Jar) -> Answer {
        let back = self.begin(claims, jar).await;
        self.get(&back, jar).await
    }

    async fn signed_in(&self, claims: Value) -> Jar {
        let mut jar = Jar::default();
        let answer = self.sign_in(claims, &mut jar).await;
        assert_eq!((answer.status, &answer.headers["location"].to_str().unwrap()), (StatusCode::SEE_OTHER, &"/"));
        assert!(jar.has("sid") && !jar.has("sso"), "{}", jar.header());
        jar
    }

    /// Somebody is told why and is not signed in.
    async fn refused(&self, back: &str, jar: &mut Jar, status: StatusCode, text: &str) {
        let answer = self.get(back, jar).await;
        assert_eq!(answer.status, status, "{}", answer.text());
        assert!(answer.text().contains(text), "{}", answer.text());
        assert!(!jar.has("sid") && !jar.has("sso"), "{}", jar.header());
    }

    async fn done(&self) -> Vec<(String, String, String)> {
        let links: Vec<Link> = self.site.store().audit_from(1, 100).await.unwrap();
        links.into_iter().map(|link| (link.action, link.actor, link.object)).collect()
    }
}

fn owned(entries: &[(&str, &str, &str)]) -> Vec<(String, String, String)> {
    entries.iter().map(|(a, b, c)| ((*a).to_owned(), (*b).to_owned(), (*c).to_owned())).collect()
}

const AGENT: Grant = Grant { site: None, role: Role::Agent };

#[tokio::test]
async fn oidc_happy() {
    let hall = Hall::open().await;
    let page = hall.get("/connexion", &mut Jar::default()).await;
    assert!(page.text().contains("Se connecter avec la Ville"), "{}", page.text());
    let mut jar = hall.signed_in(lea()).await;
    assert_eq!(hall.get("/poste", &mut jar).await.status, StatusCode::OK);
    let account = hall.site.store().account("Léa Martin").await.unwrap().unwrap();
    assert_eq!((account.password, account.grants), (None, vec![AGENT]));
    assert_eq!(account.oidc_subject, Some(format!("{} s-1", hall.provider.issuer)));
    let expected = [("account", "sso", "Léa Martin"), ("sign_in", "Léa Martin", "sso")];
    assert_eq!(hall.done().await, owned(&expected));
    // Roles follow the provider, under the name that colleagues know.
    hall.signed_in(json!({"sub": "s-1", "name": "Léa Durand", "groups": ["accueil-chefs"]})).await;
    let account = hall.site.store().account("Léa Martin").await.unwrap().unwrap();
    assert_eq!(account.grants, [Grant { site: None, role: Role::Supervisor }]);
    assert_eq!(hall.provider.asked(), 1, "it is not asked each time what it is");
}

#[tokio::test]
async fn oidc_wrong_state() {
    let hall = Hall::open().await;
    let (mut mine, mut theirs) = (Jar::default(), Jar::default());
    let back = hall.begin(lea(), &mut theirs).await;
    hall.begin(lea(), &mut mine).await;
    hall.refused(&back, &mut mine, StatusCode::BAD_REQUEST, "n’a pas été commencée dans ce navigateur").await;
    hall.refused(&back, &mut Jar::default(), StatusCode::BAD_REQUEST, "Recommencer").await;
    let late = hall.begin(lea(), &mut mine).await;
    hall.site.advance(601);
    hall.refused(&late, &mut mine, StatusCode::BAD_REQUEST, "il y a trop longtemps").await;
}

#[tokio::test]
async fn oidc_replayed_code() {
    let hall = Hall::open().await;
    let mut jar = Jar::default();
    let back = hall.begin(lea(), &mut jar).await;
    let mut stolen = jar.clone();
    assert_eq!(hall.get(&back, &mut jar).await.status, StatusCode::SEE_OTHER);
    jar.0.retain(|(name, _)| name != "sid");
    hall.refused(&back, &mut jar, StatusCode::BAD_REQUEST, "elle a déjà servi").await;
    hall.refused(&back, &mut stolen, StatusCode::FORBIDDEN, "ne vous a pas laissé entrer").await;
}

#[tokio::test]
async fn oidc_wrong_nonce_expired_and_other_words_that_do_not_hold() {
    let hall = Hall::open().await;
    for fault in
        [Fault::WrongNonce, Fault::Expired, Fault::ForeignKey, Fault::OtherAudience, Fault::NoSignature, Fault::NoToken]
    {
        hall.site.advance(60);
        let mut jar = Jar::default();
        hall.provider.misbehave(Some(fault));
        let back = hall.begin(lea(), &mut jar).await;
        let answer = hall.get(&back, &mut jar).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{fault:?}: {}", answer.text());
        assert!(answer.text().contains("n’est pas valable") && !jar.has("sid"), "{fault:?}");
    }
    assert_eq!(hall.site.store().account("Léa Martin").await.unwrap(), None);
    hall.provider.misbehave(None);
    hall.signed_in(lea()).await;
    // Its key may change at any time.
    hall.provider.change_key();
    hall.signed_in(lea()).await;
}

#[tokio::test]
async fn oidc_unknown_claim() {
    let hall = Hall::open().await;
    let stranger = json!({"sub": "s-2", "name": "Omar", "groups": ["sport"]});
    for claims in [stranger, json!({"sub": "s-2", "name": "Omar"})] {
        let mut jar = Jar::default();
        let back = hall.begin(claims, &mut jar).await;
        hall.refused(&back, &mut jar, StatusCode::FORBIDDEN, "aucun rôle ne vous est donné ici").await;
    }
    assert_eq!(hall.site.store().account("Omar").await.unwrap(), None, "no account for who may do nothing");
    // Who leaves loses what they had, at once and everywhere.
    let mut lea_is_in = hall.signed_in(lea()).await;
    let mut elsewhere = Jar::default();
    let back = hall.begin(json!({"sub": "s-1", "name": "Léa Martin", "groups": []}), &mut elsewhere).await;
    hall.refused(&back, &mut elsewhere, StatusCode::FORBIDDEN, "aucun rôle").await;
    let page = hall.get("/poste", &mut lea_is_in).await;
    assert_eq!((page.status, &page.headers["location"].to_str().unwrap()), (StatusCode::SEE_OTHER, &"/connexion"));
    // Who is shut out here stays out, whatever the provider says.
    let account = hall.site.store().account("Léa Martin").await.unwrap().unwrap();
    hall.site.store().disable(account.id, Some(hall.site.now())).await.unwrap();
    let back = hall.begin(lea(), &mut elsewhere).await;
    hall.refused(&back, &mut elsewhere, StatusCode::FORBIDDEN, "Votre compte est fermé ici").await;
}

#[tokio::test]
async fn oidc_never_takes_a_local_account_of_the_same_name() {
    let hall = Hall::open().await;
    let local = NewAccount { name: "Léa Martin".into(), password: Some("-".into()), ..NewAccount::default() };
    let local = hall.site.store().put_account(&local).await.unwrap();
    hall.signed_in(lea()).await;
    let kept = hall.site.store().account("Léa Martin").await.unwrap().unwrap();
    assert_eq!((kept.id, kept.oidc_subject, kept.grants), (local, None, vec![]));
    let made = hall.site.store().account("Léa Martin (2)").await.unwrap().unwrap();
    assert_eq!(made.grants, [AGENT]);
}

#[tokio::test]
async fn oidc_down_or_refusing_leaves_local_accounts() {
    let hall = Hall::open().await;
    let mut jar = Jar::default();
    let back = hall.begin(lea(), &mut jar).await;
    let state = back.split("state=").nth(1).unwrap();
    let denied = format!("/connexion/sso/retour?error=access_denied&state={state}");
    hall.refused(&denied, &mut jar, StatusCode::FORBIDDEN, "ne vous a pas laissé entrer").await;
    let nobody = Oidc {
        issuer: Some("http://127.0.0.1:1".into()),
        client_id: CLIENT.into(),
        role_claim: Some("groups".into()),
        roles: [("a".to_owned(), "agent".to_owned())].into(),
        ..Oidc::default()
    };
    let site = Site::open_as(|settings| settings.oidc = nobody).await;
    let answer = site.send(Request::get("/connexion/sso").body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(
        answer.text().contains("href=\"/connexion\"") && answer.text().contains("compte local"),
        "{}",
        answer.text()
    );
    let without = Site::open().await;
    let none = without.send(Request::get("/connexion/sso").body(Body::empty()).unwrap()).await;
    assert_eq!(none.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn oidc_confirms_who_one_is_for_a_quarter_of_an_hour() {
    let hall = Hall::open().await;
    let mut jar = hall.signed_in(lea()).await;
    let fresh = async |jar: &Jar| {
        let sid = jar.0.iter().find(|(name, _)| name == "sid").unwrap().1.clone();
        let bits = data_encoding::BASE64URL_NOPAD.decode(sid.as_bytes()).unwrap();
        let hash = wire::token::Hash32::of(&bits);
        hall.site.store().session(hash, hall.site.now()).await.unwrap().unwrap().fresh_until > hall.site.now()
    };
    assert!(fresh(&jar).await);
    hall.site.advance(15 * 60);
    assert!(!fresh(&jar).await);
    hall.provider.misbehave(Some(Fault::NotAsked));
    let sent = hall.get("/connexion/sso?vers=/admin/audit", &mut jar).await;
    let (back, _) = hall.provider.let_in(sent.headers["location"].to_str().unwrap(), lea());
    assert_eq!(hall.get(&back, &mut jar).await.status, StatusCode::FORBIDDEN, "it passed them on unasked");
    assert!(!fresh(&jar).await);
    hall.provider.misbehave(None);
    let sent = hall.get("/connexion/sso?vers=/admin/audit", &mut jar).await;
    let (back, asked) = hall.provider.let_in(sent.headers["location"].to_str().unwrap(), lea());
    assert_eq!((&*asked["prompt"], &*asked["max_age"]), ("login", "0"), "the provider must ask for their password");
    let answer = hall.get(&back, &mut jar).await;
    assert_eq!(answer.headers["location"], "/admin/audit");
    assert!(fresh(&jar).await);
    hall.site.advance(15 * 60);
    let sent = hall.get("/connexion/sso?vers=//elsewhere.test", &mut jar).await;
    let omar = json!({"sub": "s-2", "name": "Omar", "groups": ["accueil-agents"]});
    let (back, _) = hall.provider.let_in(sent.headers["location"].to_str().unwrap(), omar);
    let answer = hall.get(&back, &mut jar).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "somebody else");
    assert!(!fresh(&jar).await);
}

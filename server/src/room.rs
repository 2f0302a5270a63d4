//! Rooms: groups of routes with the same needs. A route cannot exist without a row that says who may use it, and what is
//! done before its handler runs follows from that row: who asks, for which site, how often, and how much they may send.
//!
//! The rows are the table of `docs`' security chapter; a test walks through all of them with every role.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{FromRequestParts, RawPathParams, Request, State};
use axum::handler::Handler;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::MethodRouter;
use futures_util::future::BoxFuture;
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method};
use wire::token::Hash32;

use crate::api::{self, Scope};
use crate::app::App;
use crate::body;
use crate::limits::Limiter;
use crate::pages;
use crate::refusal::Refusal;
use crate::roles::Permission;

/// Forms of people are some dozens to hundreds of bytes where nothing else is said.
const FORM_MAX: usize = 4 << 10;

/// Who may use a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everybody.
    Public,
    /// Whoever holds the address: a ticket's secret stands in it.
    Ticket,
    /// A display of the hall.
    Display,
    /// Whoever is signed in.
    SignedIn,
    /// Whoever is signed in and may do this at the site.
    May(Permission),
    /// The same, having given their password within a quarter of an hour.
    MayFreshly(Permission),
    /// A borne that has a one-time code.
    Code,
    /// A borne, which signs.
    Borne,
    /// A program with a key of the site that is for this.
    Key(Scope),
}

impl Access {
    /// What somebody must be allowed to do.
    #[must_use]
    pub const fn permission(self) -> Option<Permission> {
        match self {
            Self::May(permission) | Self::MayFreshly(permission) => Some(permission),
            Self::Public | Self::Ticket | Self::Display | Self::SignedIn | Self::Code | Self::Borne | Self::Key(_) => {
                None
            }
        }
    }

    const fn wants_session(self) -> bool {
        matches!(self, Self::SignedIn) || self.permission().is_some()
    }

    /// Whether the password must have been given a short while ago.
    #[must_use]
    pub const fn is_fresh(self) -> bool {
        matches!(self, Self::MayFreshly(_))
    }
}

/// What of where a form was drawn must still be so for it to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Same {
    /// The site that the session works at.
    pub site: bool,
    /// The service day there.
    pub day: bool,
    /// The counter that the session holds there.
    pub counter: bool,
}

impl Same {
    /// The site.
    pub const SITE: Self = Self { site: true, day: false, counter: false };
    /// The site and its service day.
    pub const DAY: Self = Self { day: true, ..Self::SITE };
    /// The site and the counter there.
    pub const COUNTER: Self = Self { counter: true, ..Self::SITE };
    /// All of it.
    pub const ALL: Self = Self { site: true, day: true, counter: true };
}

/// A page as it is now, in the place of what a form asked for.
type Anew = Arc<dyn Fn(Request, Arc<App>) -> BoxFuture<'static, Response> + Send + Sync>;

/// A route's line in the table.
#[derive(Clone, Debug)]
pub struct Row {
    /// As axum writes paths.
    pub path: &'static str,
    /// GET stands for HEAD too.
    pub method: Method,
    /// Who may use it.
    pub access: Access,
    /// The longest body, in bytes.
    pub body_max: usize,
    /// How much one session, or one display, may post here.
    pub posts: Rate,
    /// What of where its forms were drawn must still be so.
    pub same: Same,
}

/// The fewest posts at once: a form that an impatient hand sends twice must not shut out the next one.
const BURST_MIN: u32 = 5;

/// So many at once, then one each period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// At once.
    pub burst: u32,
    /// Then one each.
    pub each: Duration,
}

impl Rate {
    /// So many a second, twice as many at once, and no fewer than five.
    #[must_use]
    pub const fn a_second(n: u32) -> Self {
        let burst = if n * 2 < BURST_MIN { BURST_MIN } else { n * 2 };
        Self { burst, each: Duration::from_millis(1000 / n as u64) }
    }
}

/// Routes with the same needs.
pub(crate) struct Room {
    app: Arc<App>,
    rate: Rate,
    body_max: usize,
    same: Same,
    anew: Option<Anew>,
    posts: Arc<Limiter<Hash32>>,
    rows: Vec<Row>,
    router: Router<Arc<App>>,
}

impl Room {
    /// A room whose sessions and displays may post so often.
    pub(crate) fn new(app: &Arc<App>, rate: Rate) -> Self {
        Self {
            app: Arc::clone(app),
            rate,
            body_max: FORM_MAX,
            same: Same::default(),
            anew: None,
            posts: Arc::new(Limiter::new(rate.burst, rate.each)),
            rows: Vec::new(),
            router: Router::new(),
        }
    }

    /// The same with forms of so many bytes, from here on.
    pub(crate) fn with_forms_of(mut self, bytes: usize) -> Self {
        self.body_max = bytes;
        self
    }

    /// From here on forms are done only where so much of what they were drawn for is still so; else their page is shown
    /// anew, by a handler that takes a [`pages::Stale`].
    pub(crate) fn drawn_by<H, T>(mut self, same: Same, page: H) -> Self
    where
        H: Handler<T, Arc<App>> + Sync,
        T: 'static,
    {
        self.same = same;
        self.anew = Some(Arc::new(move |request, app| Box::pin(page.clone().call(request, app))));
        self
    }

    /// A page.
    pub(crate) fn get<H, T>(self, path: &'static str, access: Access, handler: H) -> Self
    where
        H: Handler<T, Arc<App>>,
        T: 'static,
    {
        self.route(Method::GET, path, access, axum::routing::get(handler))
    }

    /// An action.
    pub(crate) fn post<H, T>(self, path: &'static str, access: Access, handler: H) -> Self
    where
        H: Handler<T, Arc<App>>,
        T: 'static,
    {
        self.route(Method::POST, path, access, axum::routing::post(handler))
    }

    fn route(mut self, method: Method, path: &'static str, access: Access, route: MethodRouter<Arc<App>>) -> Self {
        let row = Row { path, method, access, body_max: self.body_max, posts: self.rate, same: self.same };
        let (app, posts, anew) = (Arc::clone(&self.app), Arc::clone(&self.posts), self.anew.clone());
        let guard = Guard { app, posts, row: row.clone(), anew };
        self.router = self.router.route(path, route.layer(middleware::from_fn_with_state(Arc::new(guard), admit)));
        self.rows.push(row);
        self
    }

    pub(crate) fn into_parts(self) -> (Vec<Row>, Router<Arc<App>>) {
        (self.rows, self.router)
    }
}

/// What stands before one route.
struct Guard {
    app: Arc<App>,
    posts: Arc<Limiter<Hash32>>,
    row: Row,
    anew: Option<Anew>,
}

/// Lets in whom the row lets in.
async fn admit(State(guard): State<Arc<Guard>>, request: Request, next: Next) -> Response {
    let Guard { app, posts, row, anew } = &*guard;
    let (mut parts, body) = request.into_parts();
    if row.access == Access::Display {
        let screen = match pages::screen(app, &parts).await {
            Ok(screen) => screen,
            Err(refused) => return *refused,
        };
        if parts.method == Method::POST
            && let Err(seconds) = posts.take(screen.token(), app.clock.now())
        {
            return pages::too_many(seconds);
        }
        parts.extensions.insert(screen);
    }
    if row.access.wants_session() {
        let path = RawPathParams::from_request_parts(&mut parts, app).await;
        let named = path.iter().flat_map(RawPathParams::iter).find(|(name, _)| *name == "site").map(|(_, site)| site);
        let session = match pages::identify(app, &mut parts, row.access, named).await {
            Ok(session) => session,
            Err(refused) => return *refused,
        };
        if parts.method == Method::POST
            && let Err(seconds) = posts.take(session, app.clock.now())
        {
            return pages::too_many(seconds);
        }
    }
    if let Access::Key(scope) = row.access {
        return admit_program(&guard, scope, Request::from_parts(parts, body), next).await;
    }
    if matches!(row.access, Access::Code | Access::Borne) {
        return next.run(Request::from_parts(parts, body)).await;
    }
    // A form is read before anything is done with it.
    let mut form = if parts.method.is_safe() {
        Vec::new()
    } else {
        match body::read(body, row.body_max, app.http.body_deadline()).await {
            Ok(form) => form,
            Err(wrong) => return pages::unread_form(wrong),
        }
    };
    if let Some(anew) = anew {
        parts = match unless_moved(app, row.same, anew, parts, &form).await {
            Ok(parts) => parts,
            Err(page) => return page,
        };
    }
    if row.access.is_fresh()
        && let Some(person) = parts.extensions.get().cloned()
    {
        form = match pages::confirm(app, &person, &parts, form).await {
            Ok(form) => form,
            Err(asked) => return asked,
        };
    }
    next.run(Request::from_parts(parts, Body::from(form))).await
}

/// What was drawn elsewhere is not done; who sent it gets the page as it is now. A part of a page that shows another site
/// is no part of this one: scripts load the whole.
async fn unless_moved(
    app: &Arc<App>,
    same: Same,
    anew: &Anew,
    mut parts: Parts,
    form: &[u8],
) -> Result<Parts, Response> {
    let Some(person) = parts.extensions.get() else { return Ok(parts) };
    if parts.method.is_safe() {
        let query = parts.uri.query().unwrap_or_default();
        if pages::Stale::is_part_of(query, person, same) {
            let reload = (HeaderName::from_static("hx-refresh"), HeaderValue::from_static("true"));
            return Err([reload].into_response());
        }
        return Ok(parts);
    }
    match pages::Stale::of_form(form, person, same) {
        None => Ok(parts),
        Some(stale) => {
            parts.extensions.insert(stale);
            Err(anew(Request::from_parts(parts, Body::empty()), Arc::clone(app)).await)
        }
    }
}

/// The same for a program: it is told in its own words what it may not, and counted whatever it asks.
async fn admit_program(guard: &Guard, scope: Scope, request: Request, next: Next) -> Response {
    let Guard { app, posts, row, .. } = guard;
    let (mut parts, body) = request.into_parts();
    let key = match api::identify(app, &mut parts, scope).await {
        Ok(key) => key,
        Err(refused) => return *refused,
    };
    if let Err(seconds) = posts.take(key, app.clock.now()) {
        return Refusal::too_many(seconds).into_response();
    }
    match body::read(body, row.body_max, app.http.body_deadline()).await {
        Ok(body) => next.run(Request::from_parts(parts, Body::from(body))).await,
        Err(wrong) => Refusal::unread(wrong, row.body_max).into_response(),
    }
}

//! `/`: what somebody may open. Who may open one room goes there.

use askama::Template;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;

use crate::pages::bar::Bar;
use crate::pages::page::render;
use crate::pages::session::SignedIn;

#[derive(Template)]
#[template(path = "entrance/home.html")]
struct Page {
    bar: Bar,
}

pub(super) async fn page(signed_in: SignedIn) -> Response {
    let Some(person) = signed_in.person() else {
        return Redirect::to("/site").into_response();
    };
    let bar = Bar::of(&person, "/");
    match bar.links.as_slice() {
        [only] => Redirect::to(only.to).into_response(),
        _ => render(StatusCode::OK, &Page { bar }),
    }
}

//! `/t/{token}`: the ticket on a phone. Until it can be followed, every token gets the same page, and no oracle.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use http::{HeaderName, HeaderValue, StatusCode, header};
use wire::label::Label;

use super::page::render;

#[derive(Template)]
#[template(path = "ticket.html")]
struct Page {
    label: Option<String>,
}

pub(super) async fn page() -> Response {
    answer(None)
}

/// The label is for the eyes of whoever holds the paper; it is shown only if it could be one.
pub(super) async fn page_with_label(Path((_token, label)): Path<(String, String)>) -> Response {
    answer(label.to_ascii_uppercase().parse::<Label>().ok().map(|label| label.display()))
}

fn answer(label: Option<String>) -> Response {
    let mut page = render(StatusCode::OK, &Page { label });
    let headers = page.headers_mut();
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex"));
    page
}

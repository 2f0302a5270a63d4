//! Styles and scripts, embedded, under addresses that change with their content.

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use http::header;
use rust_embed::RustEmbed;

use super::page;

#[derive(RustEmbed)]
#[folder = "assets"]
struct Assets;

/// As many hexadecimal digits of the hash as stand in an address.
const DIGITS: usize = 16;

fn digits(hash: [u8; 32]) -> String {
    data_encoding::HEXLOWER.encode(&hash).chars().take(DIGITS).collect()
}

/// The address of a file.
pub(crate) fn url(name: &str) -> String {
    let hash = Assets::get(name).map_or_else(String::new, |file| digits(file.metadata.sha256_hash()));
    format!("/actifs/{hash}/{name}")
}

/// A file's content, for one that has an address of its own.
pub(super) fn content(name: &str) -> Option<Vec<u8>> {
    Assets::get(name).map(|file| file.data.into_owned())
}

pub(super) async fn file(Path((hash, name)): Path<(String, String)>) -> Response {
    match Assets::get(&name) {
        Some(file) if digits(file.metadata.sha256_hash()) == hash => {
            let kind = file.metadata.mimetype().to_owned();
            let headers =
                [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "public, max-age=31536000, immutable".into())];
            (headers, file.data.into_owned()).into_response()
        }
        _ => page::not_found().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_the_pages_name_is_there() {
        for name in [
            "pages.css",
            "css/display.css",
            "css/admin.css",
            "css/upkeep.css",
            "console.js",
            "display.js",
            "line.js",
            "htmx-4.0.1.min.js",
            "hx-sse-4.0.1.min.js",
        ] {
            assert!(Assets::get(name).is_some(), "{name}");
            assert!(!url(name).contains("//"), "{}", url(name));
        }
    }
}

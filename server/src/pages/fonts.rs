//! The letters of the screens: measured, and the same on every machine, in every language.

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use http::header;

use super::page::not_found;

/// Under the Open Font Licence, which stands beside them.
const FONTS: [(&str, &str, &[u8]); 5] = [
    (
        "AtkinsonHyperlegibleNext_700Bold.ttf",
        "font/ttf",
        include_bytes!("../../../assets/fonts/AtkinsonHyperlegibleNext_700Bold.ttf"),
    ),
    ("NotoSans-Bold.ttf", "font/ttf", include_bytes!("../../../assets/fonts/NotoSans-Bold.ttf")),
    ("NotoSansArabicUI-Bold.ttf", "font/ttf", include_bytes!("../../../assets/fonts/NotoSansArabicUI-Bold.ttf")),
    ("NotoSansSC-Bold.ttf", "font/ttf", include_bytes!("../../../assets/fonts/NotoSansSC-Bold.ttf")),
    ("OFL.txt", "text/plain; charset=utf-8", include_bytes!("../../../assets/fonts/OFL.txt")),
];

/// The addresses of the letters.
pub(super) fn urls() -> Vec<String> {
    let letters = FONTS.iter().filter(|(_, kind, _)| *kind == "font/ttf");
    letters.map(|(name, _, _)| format!("/actifs/polices/{name}")).collect()
}

/// A file of letters: style sheets name them, so their address does not change.
pub(super) async fn file(Path(name): Path<String>) -> Response {
    match FONTS.iter().find(|(known, _, _)| *known == name) {
        Some((_, kind, bytes)) => {
            let headers = [(header::CONTENT_TYPE, *kind), (header::CACHE_CONTROL, "public, max-age=604800")];
            (headers, *bytes).into_response()
        }
        None => not_found().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_font_that_the_screens_name_is_served() {
        let style = include_str!("../../assets/css/display.css");
        for url in urls() {
            assert!(style.contains(&format!("url(\"{url}\")")), "{url}");
        }
        assert_eq!(style.matches("url(\"").count(), urls().len());
    }
}

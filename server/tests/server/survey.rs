//! What visitors are promised of their anonymous answers.

use http::StatusCode;
use serde_json::{Value, json};
use wire::problem::ProblemKind;

use crate::support::{Site, refused, site_id};

fn cell() -> Value {
    json!({"v": 1, "survey": "2026-1", "service": null, "half_day": "2026-11-21.am", "vector": "1.4", "suspect": false,
        "count": 6, "batch_id": "6f9619ff-8b86-4d01-b42d-00cf4fc964ff"})
}

fn with(key: &str, value: Value) -> Value {
    let mut cell = cell();
    cell[key] = value;
    cell
}

#[tokio::test]
async fn answers_are_counted_once_a_batch() {
    let site = Site::open().await;
    let borne = site.borne(1).await;
    let upload = json!([cell(), with("vector", json!("2.0"))]).to_string();
    for _ in 0..2 {
        assert_eq!(borne.post(&site, "/v1/survey", upload.as_bytes()).await.status, StatusCode::NO_CONTENT);
    }
    let another = json!([with("batch_id", json!("6f9619ff-8b86-4d01-b42d-00cf4fc96400"))]).to_string();
    assert_eq!(borne.post(&site, "/v1/survey", another.as_bytes()).await.status, StatusCode::NO_CONTENT);
    let counts: Vec<(String, u64)> =
        site.store().cells(site_id()).await.unwrap().into_iter().map(|c| (c.vector, c.count)).collect();
    assert_eq!(counts, [("1.4".to_owned(), 12), ("2.0".to_owned(), 6)]);
}

#[tokio::test]
async fn answers_that_do_not_fit_are_refused_whole() {
    let site = Site::open().await;
    let borne = site.borne(1).await;
    let cases = [
        (json!([with("ticket", json!("B 42"))]), "unknown field `ticket`"),
        (json!([with("service", json!("piscine"))]), "there is no service `piscine`"),
        (json!([with("vector", json!("1"))]), "does not fit"),
        (json!([with("vector", json!("4.1"))]), "does not fit"),
        (json!([with("count", json!(0))]), "count"),
        (json!([with("v", json!(2))]), "version 2"),
        (json!([with("batch_id", json!("019aa5f0-7c00-7000-8000-0000000000aa"))]), "UUIDv4"),
        (json!([cell(), with("batch_id", json!("6f9619ff-8b86-4d01-b42d-00cf4fc96400"))]), "cells[1]"),
        (json!([]), "one cell or more"),
    ];
    for (body, word) in cases {
        site.advance(1);
        let detail =
            refused(&borne.post(&site, "/v1/survey", body.to_string().as_bytes()).await, 400, ProblemKind::BadRequest);
        assert!(detail.contains(word), "{detail}");
    }
    assert!(site.store().cells(site_id()).await.unwrap().is_empty());
}

#[tokio::test]
async fn answers_of_a_survey_that_was_replaced_count_as_well() {
    let site = Site::open().await;
    let borne = site.borne(1).await;
    let late = json!([with("survey", json!("2019-1"))]).to_string();
    assert_eq!(borne.post(&site, "/v1/survey", late.as_bytes()).await.status, StatusCode::NO_CONTENT);
    assert_eq!(site.store().cells(site_id()).await.unwrap().len(), 1);
}

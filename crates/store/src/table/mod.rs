//! One file a table, or a few that are one thing. Every function works in the transaction that it receives.

pub mod allotment;
pub mod base;
pub mod cart;
pub mod catalogue;
pub mod config;
pub mod counter;
pub mod decision;
pub mod drawer_job;
pub mod feed;
pub mod generation;
pub mod held;
pub mod journal;
pub mod parked;
pub mod person;
pub mod place;
pub mod print_job;
pub mod promise;
pub mod recovery;
pub mod sale;
pub mod scan;
pub mod search;
pub mod setting;
pub mod shift;
pub mod station;
pub mod stock;
pub mod transfer;
pub mod tray;

use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::StoreError;

/// JSON of a value of ours.
fn json<T: Serialize>(table: &'static str, value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::value(table, error))
}

/// A value of ours from its JSON.
fn from_json<T: DeserializeOwned>(table: &'static str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::value(table, error))
}

/// A UUID as SQLite keeps it.
fn blob(id: Uuid) -> [u8; 16] {
    id.into_bytes()
}

/// A UUID from SQLite.
fn uuid(table: &'static str, bytes: &[u8]) -> Result<Uuid, StoreError> {
    Uuid::from_slice(bytes).map_err(|error| StoreError::value(table, error))
}

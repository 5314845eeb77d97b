//! Schemas of what travels as text inside JSON: the bodies of entries and of rows of the feed. Whoever writes another
//! client finds them in central's document beside the calls.

use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// A kind and version of a body, and how its JSON looks.
pub struct Travelling {
    /// As in the entry's body or in the row.
    pub kind: &'static str,
    /// Of the kind.
    pub version: u32,
    /// What its schema is called.
    pub name: String,
    /// Its schema and all that it needs, by name.
    pub schemas: Vec<(String, RefOr<Schema>)>,
}

impl Travelling {
    /// A body of this kind and version is a `T`.
    pub fn of<T: PartialSchema + ToSchema>(kind: &'static str, version: u32) -> Self {
        let name = T::name().into_owned();
        let mut schemas = vec![(name.clone(), T::schema())];
        T::schemas(&mut schemas);
        Travelling { kind, version, name, schemas }
    }
}

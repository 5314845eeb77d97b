//! What can stand in a text's variable.

use fluent_bundle::FluentValue;

/// A variable's value: words, or a count that chooses the plural.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// As it is.
    Text(String),
    /// Chooses among a message's variants, and is written without grouping.
    Count(i64),
}

impl Value {
    pub(crate) fn to_fluent(&self) -> FluentValue<'_> {
        match self {
            Value::Text(text) => FluentValue::from(text.as_str()),
            Value::Count(count) => FluentValue::from(*count),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::Text(text)
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Value::Text(text.clone())
    }
}

impl From<i64> for Value {
    fn from(count: i64) -> Self {
        Value::Count(count)
    }
}

impl From<u32> for Value {
    fn from(count: u32) -> Self {
        Value::Count(i64::from(count))
    }
}

impl From<usize> for Value {
    fn from(count: usize) -> Self {
        Value::Count(i64::try_from(count).unwrap_or(i64::MAX))
    }
}

impl From<u64> for Value {
    fn from(count: u64) -> Self {
        Value::Count(i64::try_from(count).unwrap_or(i64::MAX))
    }
}

//! What a scanned text means, as JSON.

/// Explains a text as the till would read it from a scanner.
///
/// # Errors
/// When the explanation cannot be written, which does not happen.
pub fn explain(text: &str) -> Result<String, serde_json::Error> {
    serde_json::to_string_pretty(&selvedge_domain::barcode::explain(text))
}

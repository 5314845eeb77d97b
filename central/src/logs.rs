//! What goes into the log. Central's own lines name ids only; a library that would write down what it sends is kept quiet,
//! whatever `RUST_LOG` asks for.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

/// Libraries that name values, passwords or bodies in their finer lines.
const QUIET: [&str; 7] = ["tokio_postgres", "postgres_protocol", "hyper", "hyper_util", "h2", "rustls", "axum"];

/// What `RUST_LOG` asks for, `info` without it.
pub fn filter() -> EnvFilter {
    let asked = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let finest = asked.max_level_hint().unwrap_or(LevelFilter::INFO).min(LevelFilter::INFO);
    let quiet = QUIET.iter().filter_map(|library| format!("{library}={finest}").parse().ok());
    quiet.fold(asked, EnvFilter::add_directive)
}

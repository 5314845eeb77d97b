//! `selvedge-central`: see [`selvedge_central::cli`].

use clap::Parser;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt()
        .json()
        .with_writer(std::io::stderr)
        .with_env_filter(selvedge_central::logs::filter())
        .init();
    selvedge_central::cli::Cli::parse().run().await
}

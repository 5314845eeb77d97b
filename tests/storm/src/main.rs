//! Two windowless stations and central as processes, a network full of faults between them, and SIGKILL for each of them
//! in turn while they sell. In the end nothing that was shown as done is missing or double. See `docs/simulation.md`.

mod check;
mod dice;
mod process;
mod proxy;
mod rounds;
mod till;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    role: Role,
}

#[derive(Subcommand)]
enum Role {
    /// Rounds of selling and killing, then the checks
    Rounds {
        /// How many
        #[arg(long, default_value_t = 200)]
        rounds: u32,
        /// Of the faults; times are the machine's own
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Two replicas of central on a PostgreSQL of its own, which is killed too
        #[arg(long)]
        postgres: bool,
    },
    /// What the rounds start: selvedge-central, with its own words
    #[command(disable_help_flag = true)]
    Central {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        words: Vec<String>,
    },
    /// What the rounds start: a till that sells until its input ends, and then sends all that it has
    Till { folder: PathBuf, central: String, code: String },
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().role {
        Role::Rounds { rounds, seed, postgres } => rounds::run(rounds, seed, postgres),
        Role::Central { words } => {
            if words.first().is_some_and(|word| word == "serve") {
                process::end_with_input();
            }
            let words = ["selvedge-central".to_owned()].into_iter().chain(words);
            let cli = selvedge_central::cli::Cli::try_parse_from(words)?;
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?.block_on(cli.run())
        }
        Role::Till { folder, central, code } => till::run(folder, &central, &code),
    }
}

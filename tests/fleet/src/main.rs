//! A fleet of tills on one machine: thousands of stations of a company, each with its key, its journal and its own
//! connection, against one central in a process of its own. Everything goes over real sockets of this machine. See
//! `docs/sizing.md` for what came out.

mod answers;
mod centre;
mod company;
mod cores;
mod figures;
mod flood;
mod line;
mod scenes;
mod smallest;
mod till;

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use clap::{Parser, Subcommand};

use crate::figures::Measured;
use crate::scenes::Fleet;

/// A fleet that has not ended by then never does.
const LONGEST: Duration = Duration::from_secs(7_200);
const LONGEST_SMOKE: Duration = Duration::from_secs(600);

#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    role: Role,
}

#[derive(Subcommand)]
enum Role {
    /// A normal day, a payday, too many lookups, and the return after an outage
    Load(Plan),
    /// What the others start: many cheap requests
    #[command(hide = true)]
    Flood,
    /// What the others start: the smallest server, whose answers have so many bytes
    #[command(hide = true)]
    Smallest { bytes: usize },
    /// What the others start: selvedge-central, with its own words
    #[command(disable_help_flag = true)]
    Central {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        words: Vec<String>,
    },
}

/// How much of it.
#[derive(clap::Args, Clone)]
pub struct Plan {
    /// Tills
    #[arg(long, default_value_t = 10_000)]
    tills: usize,
    /// Entries that each till has written while central was away: four hours at forty sales an hour
    #[arg(long, default_value_t = 160)]
    backlog: u64,
    /// Sales of all tills in a second of a normal hour
    #[arg(long, default_value_t = 50)]
    sales: u64,
    /// Seconds of the day, of the payday and of the overload, each
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// On a PostgreSQL of its own instead of a file
    #[arg(long)]
    postgres: bool,
    /// What is played, in this order: day, payday, lookups, overload, storm
    #[arg(long, value_delimiter = ',', default_value = "day,payday,lookups,overload,storm")]
    scenes: Vec<Scene>,
    /// The figures of lookups, overload and storm as JSON, into a file
    #[arg(long)]
    json: Option<std::path::PathBuf>,
    /// Few tills and few seconds: that it works, not how well
    #[arg(long)]
    smoke: bool,
}

/// A scene.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Scene {
    /// A normal hour
    Day,
    /// The hour after the wages came
    Payday,
    /// What is available, as often as it can be answered, beside the smallest server
    Lookups,
    /// Ten times as many lookups of stock as can be served
    Overload,
    /// All tills come back at once
    Storm,
}

fn main() -> Result<()> {
    match Arguments::parse().role {
        Role::Central { words } => {
            let words = ["selvedge-central".to_owned()].into_iter().chain(words);
            let cli = selvedge_central::cli::Cli::try_parse_from(words)?;
            runtime()?.block_on(cli.run())
        }
        Role::Flood => flood::run(),
        Role::Smallest { bytes } => runtime()?.block_on(smallest::serve(bytes)),
        Role::Load(mut plan) => {
            cores::raise_limits()?;
            let mut longest = LONGEST;
            if plan.smoke {
                (plan.tills, plan.backlog, plan.sales, plan.seconds) = (60, 40, 20, 3);
                longest = LONGEST_SMOKE;
            }
            ensure!(plan.tills > 0 && plan.sales > 0 && plan.seconds > 0, "a fleet has tills, sales and time");
            let ends = async { tokio::time::timeout(longest, run(&plan)).await };
            runtime()?.block_on(ends).with_context(|| format!("it has not ended after {longest:?}"))?
        }
    }
}

async fn run(plan: &Plan) -> Result<()> {
    let mut fleet = Fleet::open(plan).await?;
    println!("| what | figure |\n| --- | --- |");
    let mut measured = Measured::default();
    for scene in &plan.scenes {
        match scene {
            Scene::Day => fleet.day().await?,
            Scene::Payday => fleet.payday().await?,
            Scene::Lookups => measured.lookups = Some(fleet.lookups().await?),
            Scene::Overload => measured.overload = Some(fleet.overload().await?),
            Scene::Storm => measured.storm = Some(fleet.storm().await?),
        }
    }
    fleet.close().await?;
    if let Some(file) = &plan.json {
        std::fs::write(file, serde_json::to_vec(&measured)?)?;
    }
    Ok(())
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?)
}

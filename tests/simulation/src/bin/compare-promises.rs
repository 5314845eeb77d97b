//! Plays the same weeks under several rules of promising; prints the table of `docs/promises.md`, and draws its picture.

use std::path::PathBuf;

use clap::Parser;
use selvedge_simulation::compare::{RULES, compare, picture, table};

/// Rules of promising, compared
#[derive(Parser)]
struct Arguments {
    /// Weeks, from seed 1 on
    #[arg(long, default_value_t = 200)]
    weeks: u64,
    /// Draws the picture into this file
    #[arg(long)]
    picture: Option<PathBuf>,
}

fn main() -> std::io::Result<()> {
    let arguments = Arguments::parse();
    let names = RULES.iter().map(|(name, _)| *name);
    let rules: Vec<_> = names.zip(compare(arguments.weeks)).collect();
    print!("{}", table(&rules, arguments.weeks));
    match arguments.picture {
        Some(path) => std::fs::write(path, picture(&rules, arguments.weeks)),
        None => Ok(()),
    }
}

//! Runs the simulation from the command line: one seed with its trace, or many.

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use clap::Parser;
use selvedge_simulation::{Counts, Runner};

/// The company in virtual time
#[derive(Parser)]
struct Arguments {
    /// Replay one seed and tell what happens
    #[arg(long)]
    seed: Option<u64>,
    /// With --seed: the whole trace, not shrunk; with many: no trace
    #[arg(long)]
    whole: bool,
    /// First of many seeds
    #[arg(long, default_value_t = 1)]
    from: u64,
    /// How many seeds
    #[arg(long, default_value_t = 1_000)]
    seeds: u64,
    /// Seeds at a time
    #[arg(long, default_value_t = 2)]
    threads: u32,
    /// Go on after a seed that breaks a rule
    #[arg(long)]
    all: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match arguments.seed {
        Some(seed) if arguments.whole => whole(seed),
        Some(seed) => one(seed),
        None => many(&arguments),
    }
}

fn whole(seed: u64) -> ExitCode {
    let (lived, trace) = Runner::new().trace(seed);
    trace.iter().for_each(|line| println!("{line}"));
    match lived {
        Ok(counts) => {
            println!("seed {seed} keeps all rules: {counts:?}");
            ExitCode::SUCCESS
        }
        Err(rule) => {
            println!("seed {seed} breaks a rule: {rule}");
            ExitCode::FAILURE
        }
    }
}

fn one(seed: u64) -> ExitCode {
    match Runner::new().run(seed) {
        Ok(counts) => {
            println!("seed {seed} keeps all rules: {counts:?}");
            ExitCode::SUCCESS
        }
        Err(broken) => {
            println!("{broken}");
            ExitCode::FAILURE
        }
    }
}

fn many(arguments: &Arguments) -> ExitCode {
    let next = AtomicU64::new(arguments.from);
    let end = arguments.from + arguments.seeds;
    let (counts, broken) = (Mutex::new(Counts::new()), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for _ in 0..arguments.threads.max(1) {
            scope.spawn(|| {
                let runner = Runner::new();
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= end || (!arguments.all && broken.load(Ordering::Relaxed) > 0) {
                        return;
                    }
                    let ran = if arguments.whole {
                        let rule = |rule| format!("seed {seed} breaks a rule: {rule}");
                        runner.lives(seed).map_err(rule)
                    } else {
                        runner.run(seed).map_err(|broken| broken.to_string())
                    };
                    match ran {
                        Ok(lived) => add(&mut counts.lock().expect("the counts"), &lived),
                        Err(rule) => {
                            broken.fetch_add(1, Ordering::Relaxed);
                            println!("{rule}");
                        }
                    }
                }
            });
        }
    });
    let broken = broken.into_inner();
    println!("{} seeds from {}: {:?}", arguments.seeds, arguments.from, counts.into_inner().expect("the counts"));
    if broken == 0 {
        return ExitCode::SUCCESS;
    }
    println!("{broken} seeds break a rule");
    ExitCode::FAILURE
}

fn add(sum: &mut Counts, lived: &Counts) {
    for (what, count) in lived {
        *sum.entry(what).or_default() += count;
    }
}

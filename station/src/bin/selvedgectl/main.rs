//! `selvedgectl`: what can be asked of a station without a window.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::{Parser, Subcommand, ValueEnum};
use selvedge_station::tools::doctor::Grade;
use selvedge_station::tools::{barcode, doctor, journal, pruning, receipt};
use selvedge_store::Store;
use selvedge_store::table::base::HORIZON_DAYS;

/// Looks at barcodes, receipts, journals and the health of a station, without a window.
#[derive(Parser)]
#[command(name = "selvedgectl", version)]
struct Call {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// What a scanned text means, as JSON.
    Barcode {
        /// As the scanner types it.
        text: String,
    },
    /// A receipt's document as text, picture or printer bytes.
    Receipt {
        /// The document, JSON; without it the last receipt of the data folder.
        file: Option<PathBuf>,
        /// The form.
        #[arg(long = "as", value_enum, default_value_t = Form::Txt)]
        form: Form,
        /// The printer's profile.
        #[arg(long, default_value = "generic-80")]
        profile: String,
        /// Where to write it; standard output when not given.
        #[arg(long, short)]
        output: Option<PathBuf>,
        /// Where the station keeps its data.
        #[arg(long, env = "SELVEDGE_DATA_DIR")]
        data_dir: Option<PathBuf>,
    },
    /// Looks at a journal.
    Journal {
        #[command(subcommand)]
        what: JournalWhat,
    },
    /// What is wrong with this station, and what to do.
    Doctor {
        /// Where the station keeps its data.
        #[arg(long, env = "SELVEDGE_DATA_DIR")]
        data_dir: Option<PathBuf>,
        /// The devices on the counter.
        #[arg(long, env = "SELVEDGE_DEVICES")]
        devices: Option<PathBuf>,
    },
}

#[derive(Subcommand)]
enum JournalWhat {
    /// Checks chain, signatures and balances.
    Verify {
        /// A data folder, or a file of entries as JSON lines.
        path: PathBuf,
    },
    /// Lets old entries make room for what central signs of them, or says what stands in the way.
    Prune {
        /// Where the station keeps its data.
        #[arg(long, env = "SELVEDGE_DATA_DIR")]
        data_dir: Option<PathBuf>,
        /// Days that entries stay: no fewer than central's oldest backup is old.
        #[arg(long, default_value_t = HORIZON_DAYS, value_parser = clap::value_parser!(u32).range(30..))]
        older_than: u32,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum Form {
    Txt,
    Png,
    Escpos,
}

fn main() -> ExitCode {
    match run(Call::parse().what) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("selvedgectl: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(what: What) -> anyhow::Result<ExitCode> {
    match what {
        What::Barcode { text } => println!("{}", barcode::explain(&text)?),
        What::Receipt { file, form, profile, output, data_dir } => {
            let document = match file {
                Some(file) => {
                    let text = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
                    receipt::read(&text).with_context(|| file.display().to_string())?
                }
                None => receipt::last(&folder(data_dir)?)?,
            };
            let form = match form {
                Form::Txt => receipt::Form::Txt,
                Form::Png => receipt::Form::Png,
                Form::Escpos => receipt::Form::Escpos,
            };
            write(output, &receipt::make(&document, &profile, form)?)?;
        }
        What::Journal { what: JournalWhat::Verify { path } } => {
            for sound in journal::verify(&path)? {
                let unknown =
                    if sound.unknown > 0 { format!(", {} of unknown kinds", sound.unknown) } else { String::new() };
                let based =
                    if sound.in_bases > 0 { format!(", {} of them in bases", sound.in_bases) } else { String::new() };
                println!(
                    "{}: {} entries, unbroken{based}{unknown}, head {}",
                    sound.generation, sound.entries, sound.head
                );
            }
        }
        What::Journal { what: JournalWhat::Prune { data_dir, older_than } } => prune(&folder(data_dir)?, older_than)?,
        What::Doctor { data_dir, devices } => return Ok(examine(&folder(data_dir)?, devices.as_deref())),
    }
    Ok(ExitCode::SUCCESS)
}

fn prune(folder: &std::path::Path, days: u32) -> anyhow::Result<()> {
    let store = Store::open(folder)?;
    for one in pruning::ask(&store, days)? {
        let says = match one.next {
            Ok((first, last)) => format!("entries {first} to {last} go when central has signed, and those after them"),
            Err(stays) => format!("nothing goes now: {stays}"),
        };
        println!("{}: {} entries are in bases; {says}", one.generation, one.in_bases);
    }
    Ok(())
}

fn folder(given: Option<PathBuf>) -> anyhow::Result<PathBuf> {
    match given.or_else(selvedge_station::default_data_dir) {
        Some(folder) => Ok(folder),
        None => bail!("no data folder: give --data-dir"),
    }
}

fn write(output: Option<PathBuf>, bytes: &[u8]) -> anyhow::Result<()> {
    match output {
        Some(file) => std::fs::write(&file, bytes).with_context(|| file.display().to_string()),
        None => Ok(std::io::stdout().write_all(bytes)?),
    }
}

fn examine(folder: &std::path::Path, devices: Option<&std::path::Path>) -> ExitCode {
    let findings = doctor::examine(folder, devices);
    for finding in &findings {
        let mark = match finding.grade {
            Grade::Fine => "fine     ",
            Grade::Attention => "attention",
            Grade::Wrong => "wrong    ",
        };
        println!("{mark}  {:<10} {}", finding.about, finding.says);
    }
    let worst = findings.iter().map(|finding| finding.grade).max();
    if worst == Some(Grade::Wrong) { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

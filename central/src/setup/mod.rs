//! Setting a company up: from `company.toml`, checked whole before anything is written.

mod change;
mod file;
mod people;
mod plan;

use std::path::{Path, PathBuf};

pub use change::{Difference, compare};
pub use people::{Somebody, people};
pub use plan::{Loaded, Wanted, WantedPerson, load, want};

/// What is wrong with a company's file.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// It cannot be read.
    #[error("{path:?} cannot be read")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Something in it is wrong.
    #[error("{path}, line {line}: {detail}", path = path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: u64,
        /// The field and what is wrong with it.
        detail: String,
    },
    /// Lines of the products' file are wrong: all of them, so that they are mended in one go.
    #[error("{path}: {lines}", path = path.display(), lines = lines.join("; "))]
    Products {
        /// The file.
        path: PathBuf,
        /// Each bad line.
        lines: Vec<String>,
    },
    /// The products' file cannot be read.
    #[error(transparent)]
    Table(#[from] crate::import::TableError),
    /// A PIN cannot be hashed.
    #[error("a PIN cannot be hashed: {0}")]
    Pin(String),
}

/// The line of a place in a text.
fn line_of(text: &str, at: usize) -> u64 {
    let before = text.as_bytes().iter().take(at).filter(|byte| **byte == b'\n').count();
    u64::try_from(before).unwrap_or(u64::MAX).saturating_add(1)
}

fn at(path: &Path, text: &str, offset: usize, detail: impl Into<String>) -> SetupError {
    SetupError::Line { path: path.to_owned(), line: line_of(text, offset), detail: detail.into() }
}

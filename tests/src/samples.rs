//! Real data, where it lies: `SELVEDGE_SAMPLE_DATA=DIR`. It is never copied into the repository.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;

/// The folder's variable.
pub const FOLDER: &str = "SELVEDGE_SAMPLE_DATA";
/// With `1`, missing samples fail a test.
pub const REQUIRED: &str = "SELVEDGE_REQUIRE_SAMPLES";

/// A sample file, or a line that says that the test is left out.
///
/// # Panics
/// When samples are required and it is not there.
pub fn find(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os(FOLDER);
    let path = folder.as_ref().map(|folder| Path::new(folder).join(name));
    match path {
        Some(path) if path.is_file() => Some(path),
        _ => {
            let why = folder
                .map_or(format!("{FOLDER} is not set"), |folder| format!("it is not in {}", folder.to_string_lossy()));
            let required = std::env::var(REQUIRED).is_ok_and(|value| value == "1");
            assert!(!required, "{name} is required: {why}");
            println!("left out: {name}: {why}");
            None
        }
    }
}

/// The rows of a file, plain or gzip, of fields between `delimiter`s under a head.
///
/// # Panics
/// When it cannot be read.
pub fn rows(path: &Path, delimiter: u8) -> csv::Reader<Box<dyn Read>> {
    let file = File::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let packed = path.extension().is_some_and(|ending| ending == "gz");
    let content: Box<dyn Read> = if packed { Box::new(GzDecoder::new(file)) } else { Box::new(file) };
    let quoting = delimiter != b'\t';
    csv::ReaderBuilder::new().delimiter(delimiter).quoting(quoting).from_reader(content)
}

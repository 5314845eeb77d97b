//! A table in a file, line by line: plain or gzip, tabs, commas or semicolons.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use csv::ByteRecord;
use flate2::bufread::MultiGzDecoder;

use super::columns::{Columns, HeaderError};
use super::draft::{Field, FieldProblem};

/// An open table, behind its header.
pub struct Table {
    reader: csv::Reader<Box<dyn Read + Send>>,
    columns: Columns,
    record: ByteRecord,
    path: PathBuf,
    line: u64,
}

/// A line of the table.
pub struct Line<'a> {
    /// Counted from 1, the header's line included.
    pub line: u64,
    /// Its known fields, or what is wrong with all of it.
    pub fields: Result<Vec<Field<'a>>, FieldProblem>,
}

impl Table {
    /// Opens a file.
    ///
    /// # Errors
    /// [`TableError`]: it cannot be read, or its header says too little.
    pub fn open(path: &Path) -> Result<Self, TableError> {
        let failed = |source| TableError::Read { path: path.to_owned(), after_line: 0, source };
        let mut plain = BufReader::with_capacity(1 << 16, File::open(path).map_err(failed)?);
        let gzip = plain.fill_buf().map_err(failed)?.starts_with(&[0x1f, 0x8b]);
        let unpacked: Box<dyn Read + Send> = if gzip { Box::new(MultiGzDecoder::new(plain)) } else { Box::new(plain) };
        let mut buffered = BufReader::with_capacity(1 << 16, unpacked);
        let delimiter = delimiter(buffered.fill_buf().map_err(failed)?);
        let boxed: Box<dyn Read + Send> = Box::new(buffered);
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            // In tab-separated files a quote is an inch, or part of a name.
            .quoting(delimiter != b'\t')
            .flexible(true)
            .from_reader(boxed);
        let header = reader.byte_headers().map_err(|error| of_csv(error, path, 0))?.clone();
        let titles: Vec<String> = header.iter().map(|title| String::from_utf8_lossy(title).into_owned()).collect();
        let columns = Columns::read(titles.iter().map(String::as_str))
            .map_err(|source| TableError::Header { path: path.to_owned(), source })?;
        Ok(Table { reader, columns, record: ByteRecord::new(), path: path.to_owned(), line: 1 })
    }

    /// What its columns are.
    pub fn columns(&self) -> &Columns {
        &self.columns
    }

    /// The next line; none at the end.
    ///
    /// # Errors
    /// [`TableError::Read`], when the file breaks off: a damaged archive, a bad disk.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> Result<Option<Line<'_>>, TableError> {
        let found =
            self.reader.read_byte_record(&mut self.record).map_err(|error| of_csv(error, &self.path, self.line))?;
        if !found {
            return Ok(None);
        }
        self.line = self.record.position().map_or(self.line + 1, csv::Position::line);
        Ok(Some(Line { line: self.line, fields: self.fields() }))
    }

    fn fields(&self) -> Result<Vec<Field<'_>>, FieldProblem> {
        let (found, expected) = (self.record.len(), self.columns.fields.len());
        if found != expected {
            return Err(FieldProblem { column: "line", reason: format!("{found} fields, the header has {expected}") });
        }
        let mut fields = Vec::with_capacity(expected);
        for (bytes, column) in self.record.iter().zip(&self.columns.fields) {
            let Some(column) = column else { continue };
            let text = std::str::from_utf8(bytes).map_err(|_| FieldProblem::new(*column, "is not UTF-8 text"))?;
            fields.push((*column, text));
        }
        Ok(fields)
    }
}

/// The one that the header has most of.
fn delimiter(start: &[u8]) -> u8 {
    let header = start.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let count = |delimiter: u8| header.iter().filter(|byte| **byte == delimiter).count();
    [b'\t', b';', b','].into_iter().max_by_key(|delimiter| count(*delimiter)).unwrap_or(b',')
}

fn of_csv(error: csv::Error, path: &Path, after_line: u64) -> TableError {
    TableError::Read { path: path.to_owned(), after_line, source: error.into() }
}

/// A file that cannot be read as a table.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// Not there, not allowed, or broken off.
    #[error("{path:?} cannot be read after line {after_line}")]
    Read {
        /// The file.
        path: PathBuf,
        /// The last line that was read.
        after_line: u64,
        /// Why.
        source: std::io::Error,
    },
    /// The header says too little.
    #[error("{path:?}, {source}")]
    Header {
        /// The file.
        path: PathBuf,
        /// What is missing.
        source: HeaderError,
    },
}

//! A document as text, picture or bytes: the same layout as on paper.

use std::path::Path;

use selvedge_domain::receipt::{Document, layout};
use selvedge_hardware::escpos::{Profile, ProfileError, encode};
use selvedge_hardware::picture::{self, PictureError};
use selvedge_store::table::{print_job, sale};
use selvedge_store::{Store, StoreError};

/// In which form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Plain text.
    Txt,
    /// A picture.
    Png,
    /// The bytes for the printer.
    Escpos,
}

/// Why a receipt cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum ReceiptError {
    /// Not a document.
    #[error("this is not a receipt's document: {0}")]
    Document(#[from] serde_json::Error),
    /// No such profile.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// It cannot be drawn.
    #[error(transparent)]
    Picture(#[from] PictureError),
}

/// Reads a document from its JSON.
///
/// # Errors
/// [`ReceiptError::Document`], with line and column.
pub fn read(json: &str) -> Result<Document, ReceiptError> {
    Ok(serde_json::from_str(json)?)
}

/// Makes a document for a printer of `profile`.
///
/// # Errors
/// [`ReceiptError`].
pub fn make(document: &Document, profile: &str, form: Form) -> Result<Vec<u8>, ReceiptError> {
    let profile = Profile::built_in(profile)?;
    let layout = layout(document, profile.paper());
    Ok(match form {
        Form::Txt => layout.txt().into_bytes(),
        Form::Png => picture::png(&layout)?,
        Form::Escpos => encode(&layout, &profile).bytes,
    })
}

/// The document of the last receipt in a data folder.
///
/// # Errors
/// [`LastError`].
pub fn last(folder: &Path) -> Result<Document, LastError> {
    let store = Store::open(folder)?;
    store.read(|tx| {
        let last = sale::last(tx)?.ok_or(LastError::None)?;
        let job = print_job::of_sale(tx, last.sale.cart.id)?.ok_or(LastError::None)?;
        Ok(job.document)
    })
}

/// Why there is no last receipt.
#[derive(Debug, thiserror::Error)]
pub enum LastError {
    /// The data cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Nothing was sold yet.
    #[error("there is no receipt yet")]
    None,
}

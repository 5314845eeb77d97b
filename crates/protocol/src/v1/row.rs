//! A row of central's feed: chained to the row before it and signed, so that one row proves itself, also when the rows of
//! other sites between are missing. What stations keep of them is central's backup.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::bodies::{FeedBody, FeedBodyError};
use super::feed::Cursor;
use crate::journal::{DeviceKey, Hash, Hex32, Hex64, PublicKey};

const DOMAIN: &[u8] = b"selvedge.feed.row\0";

/// A decision of central's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FeedRow {
    /// The life of central's journal in which it stands.
    pub epoch: Uuid,
    /// Rises, with gaps: other sites' rows are between.
    pub number: u64,
    /// Hash of the row before it, whoever's site that concerns; hex, 64 zeros for the first.
    pub previous: String,
    /// One of [`feed_kind`](super::feed_kind); an unknown one is passed over, the cursor goes on.
    pub kind: String,
    /// Of the kind's body.
    pub version: u32,
    /// Which site it concerns; none is all of them.
    pub site: Option<Uuid>,
    /// When it was decided, by central's clock, milliseconds since 1970; never before a row that central knew then.
    pub at_ms: i64,
    /// Where it stood when it was decided, when it was taken back from a station in a later life.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<OriginV1>,
    /// What: JSON, the very text whose hash is in the row's. Read it with [`FeedRow::read`].
    pub body: String,
    /// Ed25519 by central's key over [`Cursor::message`] of this row, hex.
    pub signature: String,
}

/// Where a row stood when it was decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OriginV1 {
    /// The life of central's journal.
    pub epoch: Uuid,
    /// The row's number.
    pub number: u64,
    /// The hash that it had there, hex: what was decided once is taken back once.
    pub hash: String,
}

/// Where a row stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The life of central's journal.
    pub epoch: Uuid,
    /// The row's number.
    pub number: u64,
}

/// The order of decisions about one subject, whichever lives they were made in: the last one holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Decided {
    /// See [`FeedRow::at_ms`].
    pub at_ms: i64,
    /// Where it stood first.
    pub place: Place,
}

impl FeedRow {
    /// The row's hash: over a domain tag, epoch, number, the hash of the row before it, kind, version, site, time, origin
    /// and the hash of the body's text, so that a person's name can be erased and the chain still holds.
    ///
    /// # Errors
    /// [`RowError::Malformed`].
    pub fn hash(&self) -> Result<Hash, RowError> {
        self.hash_over(&self.body_digest())
    }

    /// SHA-256 of the body's text: what is left of a body that was erased.
    pub fn body_digest(&self) -> [u8; 32] {
        Sha256::digest(self.body.as_bytes()).into()
    }

    fn hash_over(&self, body: &[u8; 32]) -> Result<Hash, RowError> {
        let previous = Hex32::try_from(self.previous.clone()).map_err(|_| self.malformed())?;
        let mut sha = Sha256::new();
        sha.update(DOMAIN);
        sha.update(self.epoch.as_bytes());
        sha.update(self.number.to_be_bytes());
        sha.update(previous.0);
        sha.update(u64::try_from(self.kind.len()).unwrap_or(u64::MAX).to_be_bytes());
        sha.update(self.kind.as_bytes());
        sha.update(self.version.to_be_bytes());
        sha.update(self.site.unwrap_or(Uuid::nil()).as_bytes());
        sha.update(self.at_ms.to_be_bytes());
        if let Some(origin) = &self.origin {
            sha.update(origin.epoch.as_bytes());
            sha.update(origin.number.to_be_bytes());
            sha.update(Hex32::try_from(origin.hash.clone()).map_err(|_| self.malformed())?.0);
        } else {
            sha.update([0; 56]);
        }
        sha.update(body);
        Ok(Hex32(sha.finalize().into()))
    }

    /// Signs the row; gives its hash.
    ///
    /// # Errors
    /// [`RowError::Malformed`].
    pub fn seal(&mut self, key: &DeviceKey) -> Result<Hash, RowError> {
        let hash = self.hash()?;
        self.signature = Cursor::sign(key, self.epoch, self.number, &hash).to_string();
        Ok(hash)
    }

    /// Whether central signed this very row; gives its hash.
    ///
    /// # Errors
    /// [`RowError`].
    pub fn verify(&self, key: &PublicKey) -> Result<Hash, RowError> {
        self.verify_over(&self.body_digest(), key)
    }

    /// The same of a row whose body was erased, and had this digest.
    ///
    /// # Errors
    /// [`RowError`].
    pub fn verify_over(&self, body: &[u8; 32], key: &PublicKey) -> Result<Hash, RowError> {
        let hash = self.hash_over(body)?;
        let signature = Hex64::try_from(self.signature.clone()).map_err(|_| self.malformed())?;
        if key.verifies(&Cursor::message(self.epoch, self.number, &hash), &signature) {
            Ok(hash)
        } else {
            Err(RowError::Signature { number: self.number })
        }
    }

    /// The cursor behind this row.
    ///
    /// # Errors
    /// [`RowError::Malformed`].
    pub fn cursor(&self) -> Result<Cursor, RowError> {
        let row_hash = self.hash()?.to_string();
        Ok(Cursor { epoch: self.epoch, number: self.number, row_hash, signature: self.signature.clone() })
    }

    /// What it says.
    ///
    /// # Errors
    /// [`FeedBodyError`] when a known kind does not hold what it must.
    pub fn read(&self) -> Result<FeedBody, FeedBodyError> {
        FeedBody::read(&self.kind, self.version, &self.body)
    }

    /// Where it stands.
    pub fn place(&self) -> Place {
        Place { epoch: self.epoch, number: self.number }
    }

    /// Its place among all decisions about its subject.
    pub fn decided(&self) -> Decided {
        let origin = self.origin.as_ref().map(|origin| Place { epoch: origin.epoch, number: origin.number });
        Decided { at_ms: self.at_ms, place: origin.unwrap_or_else(|| self.place()) }
    }

    fn malformed(&self) -> RowError {
        RowError::Malformed { number: self.number }
    }
}

/// Verifies rows that stand together. A row whose hash is the next one's `previous` is proved by it, so a run without
/// gaps costs one signature; gives the rows' hashes.
///
/// # Errors
/// The first row that central did not write so.
pub fn verify_rows(rows: &[FeedRow], key: &PublicKey) -> Result<Vec<Hash>, RowError> {
    let mut hashes = Vec::with_capacity(rows.len());
    for (at, row) in rows.iter().enumerate() {
        let hash = row.hash()?;
        let proved = rows.get(at + 1).is_some_and(|next| next.previous == hash.to_string());
        if !proved {
            row.verify(key)?;
        }
        hashes.push(hash);
    }
    Ok(hashes)
}

/// Why a row is not central's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RowError {
    /// Its hashes are no hex.
    #[error("row {number} makes no sense")]
    Malformed {
        /// Which.
        number: u64,
    },
    /// It was changed, or somebody else wrote it.
    #[error("row {number} is not signed by central")]
    Signature {
        /// Which.
        number: u64,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(count: u64) -> Vec<FeedRow> {
        let key = DeviceKey::from_seed([9; 32]);
        let mut previous = super::super::GENESIS_CURSOR_HASH;
        (1..=count)
            .map(|number| {
                let mut row = FeedRow {
                    epoch: Uuid::from_u128(1),
                    number,
                    previous: previous.to_string(),
                    kind: "till".to_owned(),
                    version: 1,
                    site: None,
                    at_ms: 5,
                    origin: None,
                    body: format!("{{\"code\":\"{number}\"}}"),
                    signature: String::new(),
                };
                previous = row.seal(&key).expect("a row");
                row
            })
            .collect()
    }

    #[test]
    fn one_row_proves_itself_and_no_changed_one_does() {
        let key = DeviceKey::from_seed([9; 32]).public();
        let row = chain(3).remove(1);
        assert!(row.verify(&key).is_ok());
        assert!(row.cursor().expect("a cursor").is_signed_by(&key), "and so does the cursor behind it");
        assert!(row.verify(&DeviceKey::from_seed([8; 32]).public()).is_err(), "another central's");
        let changed = [
            FeedRow { number: 3, ..row.clone() },
            FeedRow { epoch: Uuid::from_u128(2), ..row.clone() },
            FeedRow { previous: "11".repeat(32), ..row.clone() },
            FeedRow { kind: "tills".to_owned(), ..row.clone() },
            FeedRow { version: 2, ..row.clone() },
            FeedRow { site: Some(Uuid::from_u128(3)), ..row.clone() },
            FeedRow { at_ms: 6, ..row.clone() },
            FeedRow { origin: Some(OriginV1 { epoch: row.epoch, number: 1, hash: "11".repeat(32) }), ..row.clone() },
            FeedRow { body: "{}".to_owned(), ..row.clone() },
            FeedRow { signature: "00".repeat(64), ..row.clone() },
            FeedRow { signature: "nonsense".to_owned(), ..row.clone() },
        ];
        for row in changed {
            assert!(row.verify(&key).is_err(), "{row:?}");
        }
    }

    #[test]
    fn rows_that_stand_together_are_proved_together_and_a_foreign_one_is_found() {
        let key = DeviceKey::from_seed([9; 32]).public();
        let rows = chain(6);
        assert_eq!(verify_rows(&rows, &key).expect("all of them").len(), 6);
        let gap = [&rows[..2], &rows[3..]].concat();
        assert_eq!(verify_rows(&gap, &key).expect("with a gap").len(), 5);
        for at in 0..rows.len() {
            let mut forged = rows.clone();
            forged[at].body = "{}".to_owned();
            assert!(verify_rows(&forged, &key).is_err(), "row {at} was changed");
        }
        let mut unsigned = rows;
        unsigned[5].signature = unsigned[4].signature.clone();
        assert_eq!(verify_rows(&unsigned, &key), Err(RowError::Signature { number: 6 }));
    }
}

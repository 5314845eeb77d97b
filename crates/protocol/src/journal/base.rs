//! What a stretch of a journal did, so that its entries need not be kept for ever: a **base** says how stock moved by
//! them all together, which entries they are, and between which two hashes they stand. Station and central make it of the
//! entries by the same pure function; central signs it when it had them all and applied them all. A central that lost
//! everything believes its own signature.

use selvedge_domain::Quantity;
use selvedge_domain::ids::ProductId;
use selvedge_domain::stock::ledger::Account;
use selvedge_domain::stock::sums::{Line, Sum, Sums};
use selvedge_domain::time::Interval;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::body::{Body, Fact};
use super::envelope::{Entry, EntryId, GENESIS, Hash, Hex32, HexError, Signature};
use super::identity::{DeviceKey, PublicKey, verifies};
use super::movements::movements_of;

/// Entries of one base. Stretches begin behind multiples of it, so that whoever has the same journal makes the same bases.
pub const STRETCH: u64 = crate::v1::MAX_BASE_ENTRIES;
/// Bytes of a statement at most.
pub const MAX_BASE_BYTES: usize = 4 * 1024 * 1024;

const SIGNED: &[u8] = b"selvedge.journal.base\0";
/// Bytes of an entry's hash by which a base names it.
const DIGEST: usize = 8;
/// What of a statement changes when it is read in another way.
const VERSION: u32 = 1;

/// What a base says. Written once as JSON; that text is signed, kept and sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BaseStatement {
    /// How it is to be read: 1.
    pub version: u32,
    /// Whose journal.
    pub device: Uuid,
    /// Which life of it.
    pub generation: Uuid,
    /// The first entry that it stands for.
    pub first: u64,
    /// The last one.
    pub last: u64,
    /// Hash of the entry before the first; zeros before entry 1.
    pub previous: Hash,
    /// Hash of the last entry.
    pub hash: Hash,
    /// Of each entry's hash the first 8 bytes, in order, hex.
    pub digests: String,
    /// How stock moved, in the order of product, accounts and lot.
    pub sums: Vec<BaseSumV1>,
}

/// A line of a base.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BaseSumV1 {
    /// What moved.
    pub product: Uuid,
    /// Key of the account that gave.
    pub from: String,
    /// Key of the account that received.
    pub to: String,
    /// Its lot, where somebody scanned one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lot: Option<String>,
    /// All together; positive.
    pub quantity_thousandths: i64,
    /// When the first of it happened at the earliest, milliseconds since 1970.
    pub from_ms: i64,
    /// When the last of it happened at the latest.
    pub to_ms: i64,
}

/// A base as it is kept and sent: the statement's text, and central's signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Base {
    /// JSON of a [`BaseStatement`], the very text that was signed.
    pub text: String,
    /// Ed25519 by central's key over [`statement_message`].
    pub signature: Signature,
}

/// A base that central signed, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadBase {
    /// As it came.
    pub base: Base,
    /// What it says.
    pub says: BaseStatement,
    digests: Vec<u8>,
    sums: Sums,
}

/// Whether an entry stays whole although a base stands for it: that says what it did to stock, and no more.
pub fn is_kept_whole(fact: &Fact) -> bool {
    match fact {
        // What a station is, what it lost, what it promised, what it sent to other sites, and the till's accounts day by day.
        Fact::GenerationStarted(_)
        | Fact::JournalRecovered(_)
        | Fact::PromiseMade(_)
        | Fact::PromiseEnded(_)
        | Fact::AllotmentReturned(_)
        | Fact::TransferDispatched(_)
        | Fact::TransferReceived(_)
        | Fact::TransferClosed(_)
        | Fact::ShiftClosed(_)
        | Fact::Unknown { .. } => true,
        Fact::PersonSigned(_)
        | Fact::ShiftOpened(_)
        | Fact::CashMoved(_)
        | Fact::Sale(_)
        | Fact::CartCancelled(_)
        | Fact::CodeUnknown(_)
        | Fact::ReceiptCopied(_)
        | Fact::DrawerPulsed(_)
        | Fact::CountRaised(_) => false,
    }
}

/// Adds up a stretch: entries of one generation, without a gap, each after the one before.
///
/// # Errors
/// [`BaseError`]: what cannot be added up stays as it is.
pub fn add_up(entries: &[Entry]) -> Result<BaseStatement, BaseError> {
    let (Some(first), Some(last)) = (entries.first(), entries.last()) else { return Err(BaseError::Empty) };
    let mut sums = Sums::default();
    let mut digests = String::with_capacity(entries.len() * DIGEST * 2);
    let mut before = (first.id.sequence.wrapping_sub(1), first.previous);
    for entry in entries {
        let id = EntryId { sequence: before.0.wrapping_add(1), ..first.id };
        if entry.id != id || entry.previous != before.1 {
            return Err(BaseError::Broken { sequence: id.sequence });
        }
        let unreadable = |_| BaseError::Unreadable { sequence: id.sequence };
        let body = Body::decode(&entry.body).map_err(unreadable)?;
        let fact = body.fact().map_err(unreadable)?;
        if let Fact::Unknown { .. } = fact {
            return Err(BaseError::UnknownKind { sequence: id.sequence });
        }
        movements_of(body.id, body.at.into(), &fact).iter().for_each(|movement| sums.add(movement));
        digests.push_str(&hex::encode(&entry.hash.0[..DIGEST]));
        before = (entry.id.sequence, entry.hash);
    }
    let line = |(line, sum): (&Line, &Sum)| BaseSumV1 {
        product: line.product.0,
        from: line.from.key(),
        to: line.to.key(),
        lot: line.lot.clone(),
        quantity_thousandths: sum.quantity.thousandths(),
        from_ms: sum.span.from_ms,
        to_ms: sum.span.to_ms,
    };
    Ok(BaseStatement {
        version: VERSION,
        device: first.id.device,
        generation: first.id.generation,
        first: first.id.sequence,
        last: last.id.sequence,
        previous: first.previous,
        hash: last.hash,
        digests,
        sums: sums.iter().map(line).collect(),
    })
}

impl BaseStatement {
    /// The text that is signed.
    ///
    /// # Errors
    /// [`BaseError::TooLarge`].
    pub fn encode(&self) -> Result<String, BaseError> {
        let text = serde_json::to_string(self).map_err(|_| BaseError::Malformed)?;
        if text.len() > MAX_BASE_BYTES { Err(BaseError::TooLarge) } else { Ok(text) }
    }
}

/// SHA-256 of a statement's text.
pub fn statement_hash(text: &str) -> Hash {
    Hex32(Sha256::digest(text.as_bytes()).into())
}

/// What central signs: a domain tag and the statement's hash.
pub fn statement_message(hash: &Hash) -> Vec<u8> {
    [SIGNED, &hash.0].concat()
}

impl Base {
    /// Central's signature under a statement.
    pub fn sign(key: &DeviceKey, text: String) -> Base {
        let signature = key.sign_bytes(&statement_message(&statement_hash(&text)));
        Base { text, signature }
    }

    /// Reads it, when central signed it and it can be understood.
    ///
    /// # Errors
    /// [`BaseError`].
    pub fn read(self, central: &PublicKey) -> Result<ReadBase, BaseError> {
        if !verifies(central, &statement_message(&statement_hash(&self.text)), &self.signature) {
            return Err(BaseError::Signature);
        }
        let says: BaseStatement = serde_json::from_str(&self.text).map_err(|_| BaseError::Malformed)?;
        if says.version != VERSION {
            return Err(BaseError::Version { version: says.version });
        }
        let digests = hex::decode(&says.digests).map_err(|_| BaseError::Malformed)?;
        let count = says.last.checked_sub(says.first).and_then(|more| usize::try_from(more).ok()).map(|more| more + 1);
        let begins = says.first > 0 && (says.first > 1 || says.previous == GENESIS);
        let ends = digests.ends_with(&says.hash.0[..DIGEST]);
        if !begins || !ends || Some(digests.len()) != count.and_then(|count| count.checked_mul(DIGEST)) {
            return Err(BaseError::Malformed);
        }
        let lines = says.sums.iter().map(|sum| Some((sum.line()?, sum.sum())));
        let sums = lines.collect::<Option<Sums>>().ok_or(BaseError::Malformed)?;
        Ok(ReadBase { base: self, says, digests, sums })
    }
}

impl BaseSumV1 {
    fn line(&self) -> Option<Line> {
        let (from, to) = (Account::of_key(&self.from)?, Account::of_key(&self.to)?);
        Some(Line { product: ProductId(self.product), from, to, lot: self.lot.clone() })
    }

    fn sum(&self) -> Sum {
        let span = Interval { from_ms: self.from_ms, to_ms: self.to_ms };
        Sum { quantity: Quantity::from_thousandths(self.quantity_thousandths), span }
    }
}

impl ReadBase {
    /// Whether it stands for this very entry, which need not be there.
    pub fn stands_for(&self, generation: Uuid, sequence: u64, hash: &Hash) -> bool {
        generation == self.says.generation && self.digest(sequence).is_some_and(|digest| hash.0.starts_with(digest))
    }

    /// By what it names the entry with this number; none where it does not stand for that number.
    pub fn digest(&self, sequence: u64) -> Option<&[u8]> {
        if sequence > self.says.last {
            return None;
        }
        digest_of(&self.digests, self.says.first, sequence)
    }

    /// By what it names its entries, one after the other: for whoever keeps it apart from its text.
    pub fn digests(&self) -> &[u8] {
        &self.digests
    }

    /// How stock moved.
    pub fn sums(&self) -> &Sums {
        &self.sums
    }
}

/// Of the digests of a base that begins with entry `first`, the one of an entry.
pub fn digest_of(digests: &[u8], first: u64, sequence: u64) -> Option<&[u8]> {
    let at = usize::try_from(sequence.checked_sub(first)?).ok()?.checked_mul(DIGEST)?;
    digests.get(at..at.checked_add(DIGEST)?)
}

impl TryFrom<(String, String)> for Base {
    type Error = HexError;
    fn try_from((text, signature): (String, String)) -> Result<Base, HexError> {
        Ok(Base { text, signature: Signature::try_from(signature)? })
    }
}

/// Why there is no base.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BaseError {
    /// Of nothing.
    #[error("there are no entries")]
    Empty,
    /// A gap, or another journal.
    #[error("entry {sequence} is missing, or does not follow the one before it")]
    Broken {
        /// Its number.
        sequence: u64,
    },
    /// Nobody knows what it did.
    #[error("entry {sequence} cannot be read")]
    Unreadable {
        /// Its number.
        sequence: u64,
    },
    /// This version does not know what it did.
    #[error("entry {sequence} is of a kind that only a newer version knows")]
    UnknownKind {
        /// Its number.
        sequence: u64,
    },
    /// More lines than can be sent at once.
    #[error("the statement is too large")]
    TooLarge,
    /// Not what a statement must be.
    #[error("the statement cannot be understood")]
    Malformed,
    /// Of a newer version.
    #[error("the statement is of version {version}")]
    Version {
        /// Which.
        version: u32,
    },
    /// Somebody else signed it.
    #[error("central did not sign it")]
    Signature,
}

//! The body: what happened, when and by whom. Decoded for ever; a kind or version that this build does not know is
//! kept as it is and applied after an upgrade.

use selvedge_domain::time::Stamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::bodies::{
    AllotmentReturnedV1, CartCancelledV1, CashMovedV1, CodeUnknownV1, CountRaisedV1, DrawerPulsedV1,
    GenerationStartedV1, JournalRecoveredV1, PersonSignedV1, PromiseEndedV1, PromiseMadeV1, ReceiptCopiedV1, SaleV1,
    ShiftClosedV1, ShiftOpenedV1, TransferClosedV1, TransferDispatchedV1, TransferReceivedV1,
};

/// A body as it stands in the entry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Body {
    /// UUIDv7 of the fact.
    pub id: Uuid,
    /// `sale`, `shift-opened` …
    pub kind: String,
    /// Of the kind's payload.
    pub version: u32,
    /// The clocks of the station.
    pub at: StampV1,
    /// Who did it; none where the machine did.
    pub person: Option<Uuid>,
    /// Where.
    pub site: Uuid,
    /// What.
    pub payload: Value,
}

/// The station's clocks, raw.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StampV1 {
    /// Wall clock, milliseconds since 1970 UTC, as the machine shows it, right or wrong.
    pub clock_ms: i64,
    /// The run of the machine in which `ticks_ms` counts.
    pub boot: Uuid,
    /// Monotonic milliseconds since some moment of that run.
    pub ticks_ms: u64,
    /// Central's clock minus the station's at the last contact, milliseconds; none before the first contact.
    pub offset_ms: Option<i64>,
    /// Where the offset was not measured in this run of the machine: what surely was past, by central's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub floor_ms: Option<i64>,
}

impl From<Stamp> for StampV1 {
    fn from(stamp: Stamp) -> Self {
        StampV1 {
            clock_ms: stamp.clock_ms,
            boot: stamp.boot.0,
            ticks_ms: stamp.ticks_ms,
            offset_ms: stamp.offset_ms,
            floor_ms: stamp.floor_ms,
        }
    }
}

impl From<StampV1> for Stamp {
    fn from(stamp: StampV1) -> Self {
        Stamp {
            clock_ms: stamp.clock_ms,
            boot: selvedge_domain::ids::BootId(stamp.boot),
            ticks_ms: stamp.ticks_ms,
            offset_ms: stamp.offset_ms,
            floor_ms: stamp.floor_ms,
        }
    }
}

/// What a new entry says; [`NewBody::encode`] makes its bytes, once.
pub struct NewBody {
    /// UUIDv7 of the fact.
    pub id: Uuid,
    /// The clocks.
    pub at: Stamp,
    /// Who did it.
    pub person: Option<Uuid>,
    /// Where.
    pub site: Uuid,
    /// What.
    pub fact: Fact,
}

impl NewBody {
    /// The body's bytes.
    ///
    /// # Errors
    /// [`BodyError::Json`]; no fact of ours gives it.
    pub fn encode(&self) -> Result<String, BodyError> {
        let (kind, version) = self.fact.kind();
        let body = Body {
            id: self.id,
            kind: kind.to_owned(),
            version,
            at: self.at.into(),
            person: self.person,
            site: self.site,
            payload: self.fact.payload()?,
        };
        Ok(serde_json::to_string(&body)?)
    }
}

impl Body {
    /// Reads an entry's body.
    ///
    /// # Errors
    /// [`BodyError::Json`] when it is not even a body.
    pub fn decode(bytes: &str) -> Result<Body, BodyError> {
        Ok(serde_json::from_str(bytes)?)
    }

    /// What happened.
    ///
    /// # Errors
    /// [`BodyError::Json`] when a known kind and version does not hold what it must.
    pub fn fact(&self) -> Result<Fact, BodyError> {
        Fact::read(&self.kind, self.version, &self.payload)
    }
}

macro_rules! facts {
    ($($(#[$doc:meta])* $variant:ident($payload:ty) = $kind:literal, $version:literal;)*) => {
        /// Everything that can have happened, of the kinds that this build knows.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Fact {
            $($(#[$doc])* $variant($payload),)*
            /// Of a kind or version that this build does not know; kept, applied after an upgrade.
            Unknown {
                /// Its kind.
                kind: String,
                /// Its version.
                version: u32,
                /// As it came.
                payload: Value,
            },
        }

        impl Fact {
            /// Kind and version, as they stand in the body.
            pub fn kind(&self) -> (&str, u32) {
                match self {
                    $(Fact::$variant(_) => ($kind, $version),)*
                    Fact::Unknown { kind, version, .. } => (kind, *version),
                }
            }

            /// Every kind and version that this build knows, with the schema of its payload.
            #[cfg(feature = "openapi")]
            pub fn travelling() -> Vec<crate::openapi::Travelling> {
                vec![$(crate::openapi::Travelling::of::<$payload>($kind, $version),)*]
            }

            fn payload(&self) -> Result<Value, BodyError> {
                Ok(match self {
                    $(Fact::$variant(payload) => serde_json::to_value(payload)?,)*
                    Fact::Unknown { payload, .. } => payload.clone(),
                })
            }

            fn read(kind: &str, version: u32, payload: &Value) -> Result<Fact, BodyError> {
                Ok(match (kind, version) {
                    $(($kind, $version) => Fact::$variant(<$payload>::deserialize(payload)?),)*
                    (kind, version) => {
                        Fact::Unknown { kind: kind.to_owned(), version, payload: payload.clone() }
                    }
                })
            }
        }
    };
}

facts! {
    /// The first entry of every generation.
    GenerationStarted(GenerationStartedV1) = "generation-started", 1;
    /// A damaged data file was recovered.
    JournalRecovered(JournalRecoveredV1) = "journal-recovered", 1;
    /// Somebody signed in or out.
    PersonSigned(PersonSignedV1) = "person-signed", 1;
    /// A till was opened with its float.
    ShiftOpened(ShiftOpenedV1) = "shift-opened", 1;
    /// Cash was put in or taken out.
    CashMoved(CashMovedV1) = "cash-moved", 1;
    /// A sale, a return, or both in one.
    Sale(SaleV1) = "sale", 1;
    /// A cart with something in it was thrown away.
    CartCancelled(CartCancelledV1) = "cart-cancelled", 1;
    /// A code that nobody knew was scanned.
    CodeUnknown(CodeUnknownV1) = "code-unknown", 1;
    /// A second paper was asked for.
    ReceiptCopied(ReceiptCopiedV1) = "receipt-copied", 1;
    /// The drawer was opened without a sale.
    DrawerPulsed(DrawerPulsedV1) = "drawer-pulsed", 1;
    /// A till was closed with its counted cash: the Z report.
    ShiftClosed(ShiftClosedV1) = "shift-closed", 1;
    /// A promise was drawn from an allotment.
    PromiseMade(PromiseMadeV1) = "promise-made", 1;
    /// A promise was cancelled, or handed over without a sale.
    PromiseEnded(PromiseEndedV1) = "promise-ended", 1;
    /// What is left of an allotment was given back.
    AllotmentReturned(AllotmentReturnedV1) = "allotment-returned", 1;
    /// Goods left for another site.
    TransferDispatched(TransferDispatchedV1) = "transfer-dispatched", 1;
    /// Goods came from another site.
    TransferReceived(TransferReceivedV1) = "transfer-received", 1;
    /// What is still on the way, or came too much, was written off.
    TransferClosed(TransferClosedV1) = "transfer-closed", 1;
    /// More was sold than the books had: a count is due.
    CountRaised(CountRaisedV1) = "count-raised", 1;
}

/// A body that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// Not JSON, or without a field that it must have.
    #[error("the body cannot be read")]
    Json(#[from] serde_json::Error),
}

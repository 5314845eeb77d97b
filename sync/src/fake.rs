//! Central in memory, for tests: the same answers as the real one to what sync asks, and it can be restored from a
//! backup. It keeps entries and feed rows and applies nothing.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use selvedge_domain::ids::{DeviceId, PromiseId, TransferId};
use selvedge_protocol::journal::{Base, DeviceKey, Entry, GENESIS, Hash, Hex32, PublicKey, add_up, statement_hash};
use selvedge_protocol::v1::{
    AllotmentAnswer, AllotmentV1, AllotmentsAnswer, AllotmentsRequest, ApiError, AvailabilityAnswer, AvailabilityQuery,
    AvailableV1, BalancePage, BalanceQuery, BalanceV1, BaseAnswer, BaseRequest, CauseV1, ChannelV1, Cursor,
    DecisionsAnswer, DecisionsRequest, EnrolAnswer, EnrolRequest, EntriesPage, EntriesQuery, EntryV1, FeedBody,
    FeedPage, FeedQuery, FeedRow, GENESIS_CURSOR_HASH, GenerationAnswer, GenerationRequest, HeadV1, Health,
    JournalAnswer, JournalRequest, LocationV1, MAX_CLOCK_SKEW_MS, MAX_PAGE_ROWS, MAX_SEGMENT_ENTRIES, ProblemV1,
    PromiseAnswer, PromiseChangeRequest, PromiseLineV1, PromiseRequest, PromiseV1, RESERVED_FOR_S, REVISION,
    ReportAnswer, StationReportV1, StreamEventV1, TokenAnswer, TokenRequest, TransferAnswer, TransferRequest,
    TransferV1, code, no_allotment, normal_code, problem, promise_id, stream_event,
};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use uuid::Uuid;

mod transfers;

use crate::{Answer, CallError, CentralApi, Pokes};

/// Central in memory.
pub struct FakeCentral {
    inside: Mutex<Inside>,
}

struct Inside {
    epoch: Uuid,
    codes: Vec<String>,
    generations: BTreeMap<Uuid, (Uuid, PublicKey)>,
    revoked: Vec<Uuid>,
    entries: Vec<Entry>,
    rows: Vec<(FeedRow, Hash)>,
    handed_in: Vec<FeedRow>,
    balances: Vec<(u64, BalanceV1)>,
    next_id: u128,
    listeners: Vec<(Uuid, UnboundedSender<&'static str>)>,
    reports: BTreeMap<Uuid, StationReportV1>,
    revision: u32,
    other_time: bool,
    stock: BTreeMap<(Uuid, Uuid), i64>,
    promises: BTreeMap<Uuid, (PromiseRequest, PromiseV1)>,
    lendable: BTreeMap<Uuid, (Uuid, i64)>,
    lent: BTreeMap<Uuid, AllotmentV1>,
    transfers: BTreeMap<Uuid, TransferV1>,
}

/// Its clock stands: 21 November 2026.
const NOW_MS: i64 = 1_795_250_000_000;

/// The fake's only site.
pub const SITE: Uuid = Uuid::from_u128(0x517e);

/// The fake's key.
pub fn key() -> DeviceKey {
    DeviceKey::from_seed([0xce; 32])
}

impl Default for FakeCentral {
    fn default() -> Self {
        FakeCentral::new()
    }
}

impl FakeCentral {
    /// An empty one, on 21 November 2026.
    pub fn new() -> Self {
        FakeCentral {
            inside: Mutex::new(Inside {
                epoch: Uuid::from_u128(0xe0),
                codes: Vec::new(),
                generations: BTreeMap::new(),
                revoked: Vec::new(),
                entries: Vec::new(),
                rows: Vec::new(),
                handed_in: Vec::new(),
                balances: Vec::new(),
                next_id: 0x1000,
                listeners: Vec::new(),
                reports: BTreeMap::new(),
                revision: REVISION,
                other_time: false,
                stock: BTreeMap::new(),
                promises: BTreeMap::new(),
                lendable: BTreeMap::new(),
                lent: BTreeMap::new(),
                transfers: BTreeMap::new(),
            }),
        }
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Its clock.
    pub fn now_ms(&self) -> i64 {
        NOW_MS
    }

    /// Gives out an enrolment code.
    pub fn add_code(&self, code: &str) {
        self.inside().codes.extend(normal_code(code));
    }

    /// Knows a generation, as after enrolment.
    pub fn know(&self, device: Uuid, generation: Uuid, key: PublicKey) {
        self.inside().generations.insert(generation, (device, key));
    }

    /// Revokes a station, or takes that back.
    pub fn set_revoked(&self, device: Uuid, revoked: bool) {
        let mut inside = self.inside();
        inside.revoked.retain(|known| *known != device);
        if revoked {
            inside.revoked.push(device);
        }
    }

    /// Decides something.
    pub fn publish(&self, body: &FeedBody) {
        let mut inside = self.inside();
        let (Some((kind, version)), Ok(text)) = (body.kind(), body.encode()) else { return };
        let (number, previous) = inside.feed_head();
        let mut row = FeedRow {
            epoch: inside.epoch,
            number: number + 1,
            previous: previous.to_string(),
            kind: kind.to_owned(),
            version,
            site: None,
            at_ms: self.now_ms(),
            origin: None,
            body: text,
            signature: String::new(),
        };
        let Ok(hash) = row.seal(&key()) else { return };
        inside.rows.push((row, hash));
        inside.poke(stream_event::FEED);
    }

    /// Ends every stream, as when it is started again.
    pub fn end_streams(&self) {
        self.inside().listeners.clear();
    }

    /// How many stations listen.
    pub fn listeners(&self) -> usize {
        let mut inside = self.inside();
        inside.listeners.retain(|(_, listener)| !listener.is_closed());
        inside.listeners.len()
    }

    /// Is of another time: it says this revision, and knows no call but that.
    pub fn set_of_another_time(&self, revision: u32) {
        let mut inside = self.inside();
        (inside.revision, inside.other_time) = (revision, true);
    }

    /// What a station said of itself last.
    pub fn report_of(&self, device: Uuid) -> Option<StationReportV1> {
        self.inside().reports.get(&device).cloned()
    }

    /// Changes a balance.
    pub fn set_balance(&self, balance: BalanceV1) {
        let mut inside = self.inside();
        let number = inside.balances.last().map_or(0, |(number, _)| *number) + 1;
        inside.balances.push((number, balance));
        inside.poke(stream_event::BALANCES);
    }

    /// Has so much of a product at a site, thousandths.
    pub fn set_stock(&self, product: Uuid, site: Uuid, thousandths: i64) {
        self.inside().stock.insert((product, site), thousandths);
    }

    /// There is not enough of what it promised.
    pub fn break_promise(&self, promise: Uuid, cause: CauseV1) {
        if let Some((_, there)) = self.inside().promises.get_mut(&promise) {
            "broken".clone_into(&mut there.state);
            there.cause = Some(cause);
        }
    }

    /// It was set back to before it promised that.
    pub fn forget_promise(&self, promise: Uuid) {
        self.inside().promises.remove(&promise);
    }

    /// Promises that came back by their rows, in that order.
    pub fn promises_handed_in(&self) -> Vec<PromiseV1> {
        let read = |row: &FeedRow| match row.read() {
            Ok(FeedBody::Promise(promise)) => Some(promise),
            Ok(_) | Err(_) => None,
        };
        self.inside().handed_in.iter().filter_map(read).collect()
    }

    /// What it promised, in the order of their ids.
    pub fn promises(&self) -> Vec<PromiseV1> {
        self.inside().promises.values().map(|(_, promise)| promise.clone()).collect()
    }

    /// Has an entry from before.
    pub fn keep(&self, entry: Entry) {
        self.inside().entries.push(entry);
    }

    /// Everything it has of a generation, in the order in which it came.
    pub fn entries_of(&self, generation: Uuid) -> Vec<Entry> {
        self.inside().entries.iter().filter(|entry| entry.id.generation == generation).cloned().collect()
    }

    /// Goes back to a backup that had this many entries and rows, and begins a new epoch.
    pub fn restore(&self, entries: usize, rows: usize) {
        let mut inside = self.inside();
        inside.entries.truncate(entries);
        inside.rows.truncate(rows);
        inside.epoch = Uuid::from_u128(inside.epoch.as_u128() + 1);
        inside.balances.clear();
        // The numbers go on; the hashes are those of the new life.
        let (epoch, mut previous) = (inside.epoch, GENESIS_CURSOR_HASH);
        for (row, hash) in &mut inside.rows {
            (row.epoch, row.previous) = (epoch, previous.to_string());
            *hash = row.seal(&key()).unwrap_or(*hash);
            previous = *hash;
        }
    }

    fn refuse<T>(&self, status: u16, code: &str) -> Result<T, CallError> {
        let error = ApiError {
            code: code.to_owned(),
            detail: format!("the fake says {code}"),
            request_id: "fake".to_owned(),
            now_ms: (code == code::CLOCK).then(|| self.now_ms()),
            epoch: (code == code::UNKNOWN_CURSOR).then(|| self.inside().epoch),
        };
        Err(CallError::Refused { status, error: Box::new(error), retry_after_ms: None })
    }

    fn device(&self, token: &str) -> Result<Uuid, CallError> {
        let read = || {
            let (device, ends_ms) = token.split_once('|')?;
            Some((Uuid::parse_str(device).ok()?, ends_ms.parse::<i64>().ok()?))
        };
        match read() {
            Some((device, ends_ms)) if self.now_ms() < ends_ms => Ok(device),
            Some(_) | None => self.refuse(401, code::TOKEN),
        }
    }

    fn station(&self, token: &str) -> Result<Uuid, CallError> {
        let device = self.device(token)?;
        if self.inside().revoked.contains(&device) { self.refuse(403, code::DEVICE_REVOKED) } else { Ok(device) }
    }

    fn answer_availability(&self, token: &str, query: &AvailabilityQuery) -> Result<AvailabilityAnswer, CallError> {
        self.station(token)?;
        let inside = self.inside();
        let product = query.product.unwrap_or_default();
        let of = inside.stock.iter().filter(|((of, _), _)| *of == product);
        let sites: Vec<_> = of.map(|((_, site), on_hand)| inside.available(product, *site, *on_hand)).collect();
        drop(inside);
        if sites.is_empty() {
            return self.refuse(404, code::NOT_FOUND);
        }
        let (as_of_ms, now_ms) = (self.now_ms() - 400, self.now_ms());
        Ok(AvailabilityAnswer { product, sku: "FAKE".to_owned(), sites, as_of_ms, now_ms })
    }

    fn answer_reserve(&self, token: &str, key: &str, request: &PromiseRequest) -> Result<PromiseAnswer, CallError> {
        let channel = ChannelV1::device(DeviceId(self.station(token)?));
        let id = promise_id(&channel, key);
        let mut inside = self.inside();
        let known = inside.promises.get(&id).cloned();
        let promise = match known {
            Some((asked, _)) if asked != *request => {
                drop(inside);
                return self.refuse(409, code::IDEMPOTENCY_KEY);
            }
            Some((_, promise)) => promise,
            None => {
                let stock = |line: &PromiseLineV1| inside.stock.get(&(line.product, request.site)).copied();
                if request.lines.iter().any(|line| stock(line).is_none()) {
                    drop(inside);
                    return self.refuse(404, code::NOT_FOUND);
                }
                let enough = |line: &PromiseLineV1| {
                    let on_hand = stock(line).unwrap_or(0);
                    let there = inside.available(line.product, request.site, on_hand);
                    there.available_thousandths >= line.quantity_thousandths
                };
                if !request.lines.iter().all(enough) {
                    drop(inside);
                    return self.refuse(409, code::SOLD_OUT);
                }
                let promise = inside.promise(id, channel, request);
                inside.promises.insert(id, (request.clone(), promise.clone()));
                promise
            }
        };
        Ok(inside.told(promise))
    }

    fn answer_promise(&self, token: &str, promise: PromiseId) -> Result<PromiseAnswer, CallError> {
        self.station(token)?;
        let inside = self.inside();
        match inside.promises.get(&promise.0).map(|(_, there)| there.clone()) {
            Some(there) => Ok(inside.told(there)),
            None => {
                drop(inside);
                self.refuse(404, code::NOT_FOUND)
            }
        }
    }

    fn answer_cancel(&self, token: &str, promise: PromiseId) -> Result<PromiseAnswer, CallError> {
        self.station(token)?;
        let mut inside = self.inside();
        let Some((_, there)) = inside.promises.get_mut(&promise.0) else {
            drop(inside);
            return self.refuse(404, code::NOT_FOUND);
        };
        there.state = "cancelled".to_owned();
        let promise = there.clone();
        Ok(inside.told(promise))
    }

    fn answer_enrol(&self, request: &EnrolRequest) -> Result<EnrolAnswer, CallError> {
        let wanted = normal_code(&request.code);
        let Ok(key) = Hex32::try_from(request.public_key.clone()) else { return self.refuse(400, code::BAD_REQUEST) };
        let mut inside = self.inside();
        let Some(at) = inside.codes.iter().position(|code| Some(code) == wanted.as_ref()) else {
            drop(inside);
            return self.refuse(403, code::ENROL_CODE);
        };
        inside.codes.remove(at);
        inside.next_id += 1;
        let device = Uuid::from_u128(inside.next_id);
        inside.generations.insert(request.generation, (device, key));
        let location = |id, kind: &str| LocationV1 { id: Uuid::from_u128(id), kind: kind.into(), name: kind.into() };
        Ok(EnrolAnswer {
            device,
            company: Uuid::from_u128(1),
            company_name: "Fake".to_owned(),
            site: SITE,
            site_name: "Here".to_owned(),
            till: "01".to_owned(),
            station_name: "Till 1".to_owned(),
            locations: vec![location(2, "sales-floor"), location(3, "counter")],
            currency: "EUR".to_owned(),
            price_mode: "inclusive".to_owned(),
            time_zone: "Europe/Dublin".to_owned(),
            central: Uuid::from_u128(4),
            central_key: self::key().public().to_string(),
            epoch: inside.epoch,
            now_ms: self.now_ms(),
        })
    }

    fn answer_token(&self, request: &TokenRequest) -> Result<TokenAnswer, CallError> {
        let known = self.inside().generations.get(&request.generation).copied();
        let right = known.is_some_and(|(device, key)| device == request.device && request.is_signed_by(&key));
        let now_ms = self.now_ms();
        if !right {
            return self.refuse(401, code::SIGNATURE);
        }
        if now_ms.abs_diff(request.at_ms) > MAX_CLOCK_SKEW_MS.unsigned_abs() {
            return self.refuse(401, code::CLOCK);
        }
        let expires_ms = now_ms + selvedge_protocol::v1::TOKEN_LIFE_MS;
        let inside = self.inside();
        Ok(TokenAnswer {
            token: format!("{}|{expires_ms}", request.device),
            expires_ms,
            now_ms,
            epoch: inside.epoch,
            revoked: inside.revoked.contains(&request.device),
            revision: inside.revision,
        })
    }

    fn answer_generation(&self, token: &str, request: &GenerationRequest) -> Result<GenerationAnswer, CallError> {
        let device = self.device(token)?;
        let Ok(key) = Hex32::try_from(request.public_key.clone()) else { return self.refuse(400, code::BAD_REQUEST) };
        let before = request.after.and_then(|after| self.inside().generations.get(&after).copied());
        let signed = before.is_some_and(|(of, key)| of == device && request.is_signed_by(device, &key));
        if request.signature.is_some() && !signed {
            return self.refuse(401, code::SIGNATURE);
        }
        let known = *self.inside().generations.entry(request.generation).or_insert((device, key));
        if known == (device, key) {
            Ok(GenerationAnswer { generation: request.generation })
        } else {
            self.refuse(409, code::GENERATION)
        }
    }

    fn answer_journal(&self, token: &str, request: &JournalRequest) -> Result<JournalAnswer, CallError> {
        let device = self.device(token)?;
        if request.entries.len() > MAX_SEGMENT_ENTRIES {
            return self.refuse(413, code::TOO_LARGE);
        }
        let mut inside = self.inside();
        let mut problems = Vec::new();
        for sent in &request.entries {
            if let Err((kept, code)) = inside.take(sent.clone().try_into().ok()) {
                problems.push(ProblemV1 {
                    device: sent.device,
                    generation: sent.generation,
                    sequence: sent.sequence,
                    kept,
                    code: code.to_owned(),
                    detail: format!("the fake says {code}"),
                });
            }
        }
        let heads = inside.heads(device);
        Ok(JournalAnswer { heads, problems, now_ms: self.now_ms(), epoch: inside.epoch })
    }

    fn answer_base(&self, token: &str, asked: &BaseRequest) -> Result<BaseAnswer, CallError> {
        let device = self.device(token)?;
        let inside = self.inside();
        let of_it = |entry: &&Entry| {
            entry.id.device == device
                && entry.id.generation == asked.generation
                && (asked.first..=asked.last).contains(&entry.id.sequence)
        };
        let entries: Vec<Entry> = inside.entries.iter().filter(of_it).cloned().collect();
        let text = add_up(&entries).and_then(|statement| statement.encode());
        match text.ok().filter(|text| statement_hash(text).to_string() == asked.statement) {
            Some(text) => {
                let signature = Base::sign(&key(), text).signature.to_string();
                Ok(BaseAnswer { signature, now_ms: self.now_ms() })
            }
            None => self.refuse(409, code::BASE),
        }
    }

    fn answer_entries(&self, token: &str, query: &EntriesQuery) -> Result<EntriesPage, CallError> {
        let device = self.device(token)?;
        let inside = self.inside();
        let own = |entry: &&Entry| entry.id.device == device && entry.id.generation == query.generation;
        let mut later: Vec<&Entry> =
            inside.entries.iter().filter(own).filter(|entry| entry.id.sequence > query.after).collect();
        later.sort_by_key(|entry| entry.id.sequence);
        later.dedup_by_key(|entry| entry.id.sequence);
        let limit = query.limit.map_or(MAX_SEGMENT_ENTRIES, |limit| usize::try_from(limit).unwrap_or(1)).max(1);
        let page = &later[..later.len().min(limit)];
        let entries = page.iter().map(|entry| EntryV1::from(*entry)).collect();
        Ok(EntriesPage { entries, more: later.len() > limit, now_ms: self.now_ms() })
    }

    fn answer_feed(&self, token: &str, query: &FeedQuery) -> Result<FeedPage, CallError> {
        self.station(token)?;
        let inside = self.inside();
        let after = match (query.epoch, query.number, query.row_hash.clone()) {
            (Some(epoch), Some(number), Some(row_hash)) => {
                Cursor { epoch, number, row_hash, signature: query.signature.clone().unwrap_or_default() }
            }
            _ => Cursor::start(inside.epoch),
        };
        let known = after == Cursor::start(inside.epoch)
            || (after.epoch == inside.epoch
                && inside
                    .rows
                    .iter()
                    .any(|(row, hash)| row.number == after.number && hash.to_string() == after.row_hash));
        if !known {
            drop(inside);
            return self.refuse(409, code::UNKNOWN_CURSOR);
        }
        let limit = usize::try_from(query.limit.unwrap_or(MAX_PAGE_ROWS).clamp(1, MAX_PAGE_ROWS)).unwrap_or(1);
        let later: Vec<_> = inside.rows.iter().filter(|(row, _)| row.number > after.number).collect();
        let page = &later[..later.len().min(limit)];
        let next = page.last().map_or_else(|| inside.feed_end(), |(row, _)| inside.cursor_behind(row));
        let rows = page.iter().map(|(row, _)| row.clone()).collect();
        Ok(FeedPage { rows, next, more: later.len() > limit, now_ms: self.now_ms() })
    }

    /// It takes back what it signed, and decides nothing again.
    fn answer_decisions(&self, token: &str, request: &DecisionsRequest) -> Result<DecisionsAnswer, CallError> {
        self.device(token)?;
        let mut inside = self.inside();
        let mut answer = DecisionsAnswer { epoch: inside.epoch, taken: 0, problems: Vec::new(), now_ms: self.now_ms() };
        for row in &request.rows {
            match row.verify(&key().public()) {
                Ok(_) if inside.handed_in.contains(row) || inside.rows.iter().any(|(own, _)| own == row) => {}
                Ok(_) => {
                    inside.handed_in.push(row.clone());
                    answer.taken += 1;
                }
                Err(error) => answer.problems.push(error.to_string()),
            }
        }
        Ok(answer)
    }

    /// Lends so many thousandths of a product of a site to each station that asks from now on; nothing of it with zero.
    pub fn set_lendable(&self, product: Uuid, site: Uuid, thousandths: i64) {
        self.inside().lendable.insert(product, (site, thousandths));
    }

    /// What it lent, as it lent it, in the order of their identities.
    pub fn lent(&self) -> Vec<AllotmentV1> {
        self.inside().lent.values().cloned().collect()
    }

    /// The same identity is the same allotment; of what it was not told to lend there is too little.
    fn answer_allotments(&self, token: &str, request: &AllotmentsRequest) -> Result<AllotmentsAnswer, CallError> {
        let device = self.station(token)?;
        let mut inside = self.inside();
        let mut allotments = Vec::new();
        for asked in &request.allotments {
            let (site, quantity_thousandths) = inside.lendable.get(&asked.product).copied().unwrap_or((SITE, 0));
            if quantity_thousandths > 0 {
                inside.lent.entry(asked.id).or_insert_with(|| AllotmentV1 {
                    id: asked.id,
                    device,
                    site,
                    product: asked.product,
                    quantity_thousandths,
                    granted_ms: NOW_MS,
                    ttl_ms: i64::from(asked.ttl_s) * 1_000,
                    state: "open".to_owned(),
                    draws: Vec::new(),
                    used_thousandths: 0,
                    returned_thousandths: 0,
                    written_off_thousandths: 0,
                    cause: None,
                });
            }
            allotments.push(match inside.lent.get(&asked.id).cloned() {
                Some(lent) => {
                    let row = inside.row_of(&FeedBody::Allotment(lent.clone()), lent.site);
                    AllotmentAnswer { id: asked.id, allotment: Some(lent), row: Some(row), why: None }
                }
                None => {
                    let why = Some(no_allotment::SCARCE.to_owned());
                    AllotmentAnswer { id: asked.id, allotment: None, row: None, why }
                }
            });
        }
        Ok(AllotmentsAnswer { allotments, now_ms: NOW_MS })
    }

    /// What stations handed in that it had lost.
    pub fn handed_in(&self) -> Vec<FeedRow> {
        self.inside().handed_in.clone()
    }

    fn answer_balances(&self, token: &str, query: &BalanceQuery) -> Result<BalancePage, CallError> {
        let device = self.station(token)?;
        let inside = self.inside();
        let last = inside.balances.last().map_or(0, |(number, _)| *number);
        let known = query.after.filter(|after| query.epoch == Some(inside.epoch) && *after <= last);
        let limit = usize::try_from(query.limit.unwrap_or(MAX_PAGE_ROWS).clamp(1, MAX_PAGE_ROWS)).unwrap_or(1);
        let later: Vec<_> = inside.balances.iter().filter(|(number, _)| *number > known.unwrap_or(0)).collect();
        let page = &later[..later.len().min(limit)];
        Ok(BalancePage {
            rows: page.iter().map(|(_, row)| row.clone()).collect(),
            next: page.last().map_or(last, |(number, _)| *number),
            more: later.len() > limit,
            restarted: known.is_none(),
            as_of_ms: self.now_ms(),
            heads: inside.heads(device),
            epoch: inside.epoch,
        })
    }
}

impl Inside {
    fn available(&self, product: Uuid, site: Uuid, on_hand: i64) -> AvailableV1 {
        let open = |promise: &&PromiseV1| promise.site == site && matches!(&*promise.state, "reserved" | "confirmed");
        let lines = self.promises.values().map(|(_, promise)| promise).filter(open).flat_map(|open| &open.lines);
        let of_it = lines.filter(|line| line.product == product);
        let promised: i64 = of_it.map(|line| line.quantity_thousandths).sum();
        AvailableV1 {
            site,
            name: "Here".to_owned(),
            available_thousandths: on_hand - promised,
            on_hand_thousandths: on_hand,
            promised_thousandths: promised,
            lent_thousandths: 0,
        }
    }

    fn promise(&self, id: Uuid, channel: ChannelV1, request: &PromiseRequest) -> PromiseV1 {
        let stands = request.kind == "order";
        let seconds = request.expires_in_s.unwrap_or(RESERVED_FOR_S);
        PromiseV1 {
            id,
            site: request.site,
            kind: request.kind.clone(),
            channel,
            reference: request.reference.clone(),
            lines: request.lines.clone(),
            state: if stands { "confirmed" } else { "reserved" }.to_owned(),
            made_ms: NOW_MS,
            expires_ms: (!stands).then(|| NOW_MS + i64::from(seconds) * 1_000),
            due_ms: request.due_ms,
            ended_ms: None,
            deliveries: Vec::new(),
            cause: None,
            asked: None,
        }
    }

    /// The answer, with a row that is not of its feed: nobody else hears of it.
    fn told(&self, promise: PromiseV1) -> PromiseAnswer {
        let row = self.row_of(&FeedBody::Promise(promise.clone()), promise.site);
        PromiseAnswer { promise, row, now_ms: NOW_MS }
    }

    fn row_of(&self, body: &FeedBody, site: Uuid) -> FeedRow {
        let (kind, version) = body.kind().unwrap_or_default();
        let mut row = FeedRow {
            epoch: self.epoch,
            number: u64::MAX / 2,
            previous: GENESIS_CURSOR_HASH.to_string(),
            kind: kind.to_owned(),
            version,
            site: Some(site),
            at_ms: NOW_MS,
            origin: None,
            body: body.encode().unwrap_or_default(),
            signature: String::new(),
        };
        let _sealed = row.seal(&key());
        row
    }

    fn poke(&mut self, what: &'static str) {
        self.listeners.retain(|(_, listener)| listener.send(what).is_ok());
    }

    fn feed_head(&self) -> (u64, Hash) {
        self.rows.last().map_or((0, GENESIS_CURSOR_HASH), |(row, hash)| (row.number, *hash))
    }

    fn cursor_behind(&self, row: &FeedRow) -> Cursor {
        row.cursor().unwrap_or_else(|_| Cursor::start(self.epoch))
    }

    fn feed_end(&self) -> Cursor {
        self.rows.last().map_or_else(|| Cursor::start(self.epoch), |(row, _)| self.cursor_behind(row))
    }

    /// Keeps an entry, or says why not, or what is the matter although it is kept.
    fn take(&mut self, entry: Option<Entry>) -> Result<(), (bool, &'static str)> {
        let entry = entry.ok_or((false, problem::MALFORMED))?;
        let (device, key) = self.generations.get(&entry.id.generation).ok_or((false, problem::UNKNOWN_GENERATION))?;
        if *device != entry.id.device {
            return Err((false, problem::UNKNOWN_GENERATION));
        }
        entry.check(key).map_err(|_| (false, problem::SIGNATURE))?;
        let of_generation = || self.entries.iter().filter(|known| known.id.generation == entry.id.generation);
        if of_generation().any(|known| known.hash == entry.hash) {
            return Ok(());
        }
        let follows = match entry.id.sequence {
            1 => entry.previous == GENESIS,
            sequence => of_generation().any(|one| one.id.sequence + 1 == sequence && one.hash == entry.previous),
        };
        if !follows {
            return Err((false, problem::GAP));
        }
        let fork = of_generation().any(|known| known.id.sequence == entry.id.sequence);
        self.entries.push(entry);
        if fork { Err((true, problem::FORK)) } else { Ok(()) }
    }

    /// The entries that none follows are the ends of branches.
    fn heads(&self, device: Uuid) -> Vec<HeadV1> {
        let mut heads = Vec::new();
        for (generation, _) in self.generations.iter().filter(|(_, (of, _))| *of == device) {
            let entries: Vec<&Entry> = self.entries.iter().filter(|one| one.id.generation == *generation).collect();
            let ends = entries.iter().filter(|end| !entries.iter().any(|next| next.previous == end.hash));
            let mut ends: Vec<(u64, Hash)> = ends.map(|end| (end.id.sequence, end.hash)).collect();
            if ends.is_empty() {
                ends.push((0, GENESIS));
            }
            let forked = ends.len() > 1;
            heads.extend(ends.into_iter().map(|(sequence, hash)| HeadV1 {
                device,
                generation: *generation,
                sequence,
                hash: hash.to_string(),
                forked,
            }));
        }
        heads
    }
}

impl CentralApi for FakeCentral {
    fn enrol<'a>(&'a self, request: &'a EnrolRequest) -> Answer<'a, EnrolAnswer> {
        Box::pin(async move { self.answer_enrol(request) })
    }

    fn health(&self) -> Answer<'_, Health> {
        let (revision, now_ms) = (self.inside().revision, self.now_ms());
        let health = Health { status: "ok".to_owned(), version: "fake".to_owned(), now_ms, revision };
        Box::pin(std::future::ready(Ok(health)))
    }

    fn token<'a>(&'a self, request: &'a TokenRequest) -> Answer<'a, TokenAnswer> {
        Box::pin(async move {
            if self.inside().other_time {
                return Err(CallError::no_such_path());
            }
            self.answer_token(request)
        })
    }

    fn generation<'a>(&'a self, token: &'a str, request: &'a GenerationRequest) -> Answer<'a, GenerationAnswer> {
        Box::pin(async move { self.answer_generation(token, request) })
    }

    fn journal<'a>(&'a self, token: &'a str, request: &'a JournalRequest) -> Answer<'a, JournalAnswer> {
        Box::pin(async move { self.answer_journal(token, request) })
    }

    fn entries<'a>(&'a self, token: &'a str, query: &'a EntriesQuery) -> Answer<'a, EntriesPage> {
        Box::pin(async move { self.answer_entries(token, query) })
    }

    fn base<'a>(&'a self, token: &'a str, request: &'a BaseRequest) -> Answer<'a, BaseAnswer> {
        Box::pin(async move { self.answer_base(token, request) })
    }

    fn decisions<'a>(&'a self, token: &'a str, request: &'a DecisionsRequest) -> Answer<'a, DecisionsAnswer> {
        Box::pin(async move { self.answer_decisions(token, request) })
    }

    fn feed<'a>(&'a self, token: &'a str, query: &'a FeedQuery) -> Answer<'a, FeedPage> {
        Box::pin(async move { self.answer_feed(token, query) })
    }

    fn balances<'a>(&'a self, token: &'a str, query: &'a BalanceQuery) -> Answer<'a, BalancePage> {
        Box::pin(async move { self.answer_balances(token, query) })
    }

    fn availability<'a>(&'a self, token: &'a str, query: &'a AvailabilityQuery) -> Answer<'a, AvailabilityAnswer> {
        Box::pin(async move { self.answer_availability(token, query) })
    }

    fn reserve<'a>(&'a self, token: &'a str, key: &'a str, request: &'a PromiseRequest) -> Answer<'a, PromiseAnswer> {
        Box::pin(async move { self.answer_reserve(token, key, request) })
    }

    fn promise<'a>(&'a self, token: &'a str, promise: PromiseId) -> Answer<'a, PromiseAnswer> {
        Box::pin(async move { self.answer_promise(token, promise) })
    }

    fn cancel<'a>(
        &'a self,
        token: &'a str,
        promise: PromiseId,
        _request: &'a PromiseChangeRequest,
    ) -> Answer<'a, PromiseAnswer> {
        Box::pin(async move { self.answer_cancel(token, promise) })
    }

    fn allot<'a>(&'a self, token: &'a str, request: &'a AllotmentsRequest) -> Answer<'a, AllotmentsAnswer> {
        Box::pin(async move { self.answer_allotments(token, request) })
    }

    fn ask_transfer<'a>(&'a self, token: &'a str, request: &'a TransferRequest) -> Answer<'a, TransferAnswer> {
        Box::pin(async move { self.answer_ask_transfer(token, request) })
    }

    fn cancel_transfer<'a>(&'a self, token: &'a str, transfer: TransferId) -> Answer<'a, TransferAnswer> {
        Box::pin(async move { self.answer_cancel_transfer(token, transfer) })
    }

    fn report<'a>(&'a self, token: &'a str, report: &'a StationReportV1) -> Answer<'a, ReportAnswer> {
        Box::pin(async move {
            let device = self.device(token)?;
            self.inside().reports.insert(device, report.clone());
            Ok(ReportAnswer { now_ms: self.now_ms() })
        })
    }

    fn listen<'a>(&'a self, token: &'a str) -> Answer<'a, Box<dyn Pokes>> {
        Box::pin(async move {
            let device = self.station(token)?;
            let (listener, hears) = unbounded_channel();
            for what in [stream_event::FEED, stream_event::BALANCES] {
                let _open = listener.send(what);
            }
            let mut inside = self.inside();
            // A second stream of a station ends the first.
            inside.listeners.retain(|(of, _)| *of != device);
            inside.listeners.push((device, listener));
            Ok(Box::new(FakePokes { epoch: inside.epoch, hears }) as Box<dyn Pokes>)
        })
    }
}

struct FakePokes {
    epoch: Uuid,
    hears: UnboundedReceiver<&'static str>,
}

impl Pokes for FakePokes {
    fn next(&mut self) -> Answer<'_, Option<StreamEventV1>> {
        Box::pin(async move {
            let what = self.hears.recv().await;
            Ok(what.map(|what| StreamEventV1 { what: what.to_owned(), epoch: self.epoch }))
        })
    }
}

#[cfg(test)]
mod tests {
    use selvedge_protocol::v1::CompanyV1;

    use super::*;

    #[test]
    fn the_fake_is_a_central() {
        let central = FakeCentral::new();
        central.add_code("K7QM-2D9F");
        for number in 0..5 {
            let name = format!("Company {number}");
            central.publish(&FeedBody::Company(CompanyV1 { id: Uuid::from_u128(number), name }));
        }
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(crate::suite::central(&central, "K7QM-2D9F"));
    }
}

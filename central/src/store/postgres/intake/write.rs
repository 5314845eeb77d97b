//! A few segments in one transaction: looked up together, decided in memory, written together.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use selvedge_protocol::journal::{Body, Hash};
use selvedge_protocol::v1::{FeedBody, HeadV1, ReleaseV1, problem};
use uuid::Uuid;

use super::plan::{Around, NO_GENERATION, New, Plan, There};
use super::rights::{self, Rights};
use super::{Checked, Segment};
use crate::judge::{self, Known, Verdict};
use crate::rights::Doubt;
use crate::store::postgres::balance::Books;
use crate::store::postgres::feed::Appender;
use crate::store::postgres::work::{Tx, execute, rows};
use crate::store::postgres::{base, device, feed, hash, held, promise, recovery, setup, text, transfer, unsigned};
use crate::store::promise::Said;
use crate::store::transfer::heard;
use crate::store::{Device, HeldDecision, Problem, StoreError, Stored, Taken};

pub(super) async fn take(tx: &Tx<'_>, segments: &[Segment]) -> Result<Vec<Taken>, StoreError> {
    let now_ms = segments.iter().map(|segment| segment.now_ms).max().unwrap_or(0);
    let mut books = Books::new(tx);
    lock(tx, segments).await?;
    let mut bases = take_bases(tx, &mut books, segments).await?.into_iter();
    let around = around(tx, segments).await?;
    let asked = good(segments).map(|(entry, body)| Asked {
        device: entry.id.device,
        generation: entry.id.generation,
        sequence: entry.id.sequence,
        hash: entry.hash,
        forked: around.has_another(entry),
        body,
    });
    let mut verdicts = verdicts(tx, asked.collect()).await?.into_iter();
    let rights = Rights::of(tx, segments).await?;
    let mut plan = Plan::new(around);
    let mut answers = Vec::with_capacity(segments.len());
    let mut said = Vec::new();
    let mut doubts = Vec::new();
    let mut based = false;
    for segment in segments {
        let before = plan.new.len();
        let mut problems = Vec::new();
        let mut new_base = false;
        for _ in &segment.bases {
            let Some((new, problem)) = bases.next() else { return Err(StoreError::Stopped) };
            new_base |= new;
            problems.extend(problem);
        }
        based |= new_base;
        for checked in &segment.entries {
            match checked {
                Checked::Refused(problem) => problems.push(problem.clone()),
                Checked::Good(good) => {
                    let (entry, body) = &**good;
                    let kind = body.as_ref().map_or("", |body| &body.kind);
                    let Some(verdict) = verdicts.next() else { return Err(StoreError::Stopped) };
                    let new = plan.new.len();
                    problems.extend(plan.take(entry, kind, verdict, (segment.sender, segment.now_ms)));
                    let applied = plan.new.get(new).filter(|new| new.stored == Stored::Applied);
                    let says = applied.zip(body.as_ref());
                    said.extend(says.map(|(new, body)| Said::of(entry.id.device, body, &new.movements)));
                    if plan.new.len() > new {
                        doubts.extend(body.as_ref().and_then(|body| rights.doubt(body)).map(|doubt| (new, doubt)));
                    }
                }
            }
        }
        answers.push((problems, plan.new.len() - before));
    }
    let (sites, decided) = keep_and_tell(tx, &plan, &doubts, books, &said, now_ms).await?;
    let grown: Vec<Uuid> = plan.heads.keys().map(|(generation, _)| *generation).collect();
    let declared = plan.new.iter().any(|new| new.kind == judge::RECOVERED && new.stored == Stored::Applied);
    if declared || based || (!grown.is_empty() && recovery::has_lost_of(tx, &grown).await?) {
        recovery::list_lost_entries(tx, now_ms).await?;
    }
    let heads = heads(tx, segments).await?;
    let taken = answers.into_iter().zip(heads);
    Ok(taken.map(|((problems, new), heads)| Taken { heads, problems, new, sites: sites.clone(), decided }).collect())
}

/// Keeps what was planned, and tells promises and transfers of it; whether something was decided because of it.
async fn keep_and_tell(
    tx: &Tx<'_>,
    plan: &Plan<'_>,
    doubts: &[(usize, Doubt)],
    books: Books<'_>,
    said: &[Said],
    now_ms: i64,
) -> Result<(BTreeSet<Uuid>, bool), StoreError> {
    // What promises and transfers decide is a row of the feed, whose lock is taken before that of the balances.
    let promised = promise::is_concerned(tx, said).await?;
    let transfers = heard(said);
    let decided = promised || !transfers.is_empty();
    if decided {
        feed::lock(tx).await?;
    }
    let sites = keep(tx, plan, doubts, books).await?;
    transfer::hear(tx, &transfers, now_ms).await?;
    if promised {
        promise::hear(tx, said, now_ms).await?;
    } else if promise::is_concerned(tx, said).await? {
        return Err(StoreError::gave_way("something was promised meanwhile"));
    }
    Ok((sites, decided))
}

pub(super) fn good(segments: &[Segment]) -> impl Iterator<Item = (&selvedge_protocol::journal::Entry, Option<&Body>)> {
    segments.iter().flat_map(|segment| &segment.entries).filter_map(|checked| match checked {
        Checked::Good(good) => Some((&good.0, good.1.as_ref())),
        Checked::Refused(_) => None,
    })
}

/// Locks the generations of what came, in their order; and the feed where a base came, so that nothing that is held is let
/// go of meanwhile.
async fn lock(tx: &Tx<'_>, segments: &[Segment]) -> Result<(), StoreError> {
    let bases = segments.iter().flat_map(|segment| &segment.bases);
    let of_entries = good(segments).map(|(entry, _)| entry.id.generation);
    let generations: BTreeSet<Uuid> = of_entries.chain(bases.clone().map(|base| base.says.generation)).collect();
    let generations: Vec<Uuid> = generations.into_iter().collect();
    if !generations.is_empty() {
        let sql = "SELECT 1 FROM generation WHERE generation = ANY($1) ORDER BY generation FOR NO KEY UPDATE";
        execute(tx, sql, &[&generations]).await?;
    }
    if bases.count() > 0 { feed::lock(tx).await } else { Ok(()) }
}

/// Takes the bases of all segments in their order: which are new, and what is the matter with them.
async fn take_bases(
    tx: &Tx<'_>,
    books: &mut Books<'_>,
    segments: &[Segment],
) -> Result<Vec<(bool, Option<Problem>)>, StoreError> {
    let mut taken = Vec::new();
    for segment in segments {
        for read in &segment.bases {
            let says = &read.says;
            let known = device::generation(tx, says.generation).await?.filter(|known| known.device == says.device);
            let (new, said) = match known {
                Some(_) => base::take(tx, books, read, (segment.sender, segment.now_ms)).await?,
                None => (false, Some((false, problem::UNKNOWN_GENERATION, NO_GENERATION.to_owned()))),
            };
            taken.push((new, said.map(|said| Problem::of_base(read, said))));
        }
    }
    Ok(taken)
}

/// Looks at what is there around the entries.
async fn around(tx: &Tx<'_>, segments: &[Segment]) -> Result<Around, StoreError> {
    let generations: BTreeSet<Uuid> = good(segments).map(|(entry, _)| entry.id.generation).collect();
    let generations: Vec<Uuid> = generations.into_iter().collect();
    if generations.is_empty() {
        return Ok(Around::default());
    }
    let sql = "SELECT generation, (SELECT max(branch) FROM branch WHERE branch.generation = generation.generation),
                      EXISTS (SELECT 1 FROM base WHERE base.generation = generation.generation)
               FROM generation WHERE generation = ANY($1)";
    let mut around = Around::default();
    let mut based = false;
    for row in rows(tx, sql, &[&generations]).await? {
        around.generations.insert(row.get(0), row.get(1));
        based |= row.get::<_, bool>(2);
    }

    let places: BTreeSet<(Uuid, i64)> = good(segments)
        .flat_map(|(entry, _)| {
            let at = i64::try_from(entry.id.sequence).unwrap_or(i64::MAX);
            [(entry.id.generation, at), (entry.id.generation, at - 1)]
        })
        .collect();
    let (of, at): (Vec<Uuid>, Vec<i64>) = places.into_iter().unzip();
    let found = rows(
        tx,
        "SELECT entry.generation, entry.sequence, entry.hash, entry.branch, held.code, held.detail
         FROM unnest($1::uuid[], $2::bigint[]) AS place (generation, sequence)
         JOIN entry ON entry.generation = place.generation AND entry.sequence = place.sequence
         LEFT JOIN held ON held.entry = entry.number",
        &[&of, &at],
    )
    .await?;
    for row in found {
        let sequence = u64::try_from(row.get::<_, i64>(1)).unwrap_or(0);
        let code: Option<&str> = row.get(4);
        let problem = code.map(|code| (judge::held_code(code), row.get(5)));
        let there = There { hash: hash("entry", row.get(2))?, branch: row.get(3), problem };
        around.there.entry((row.get(0), sequence)).or_default().push(there);
    }
    if based {
        around.bases = base::around(tx, &of, &at).await?;
    }
    around.lost = lost(tx, segments, &around).await?;
    Ok(around)
}

/// What the stations of entries without a parent declared lost before; most segments have none.
async fn lost(tx: &Tx<'_>, segments: &[Segment], around: &Around) -> Result<Vec<(Uuid, String)>, StoreError> {
    let coming: BTreeSet<(Uuid, Hash)> = good(segments).map(|(entry, _)| (entry.id.generation, entry.hash)).collect();
    let orphans = good(segments).filter(|(entry, _)| {
        let (of, at) = (entry.id.generation, entry.id.sequence);
        let there = around
            .there
            .get(&(of, at.saturating_sub(1)))
            .is_some_and(|there| there.iter().any(|there| there.hash == entry.previous));
        at > 1 && !there && !coming.contains(&(of, entry.previous))
    });
    let devices: Vec<Uuid> = orphans.map(|(entry, _)| entry.id.device).collect::<BTreeSet<_>>().into_iter().collect();
    if devices.is_empty() {
        return Ok(Vec::new());
    }
    let sql = "SELECT device, body FROM entry WHERE kind = $1 AND state = 'applied' AND device = ANY($2)";
    let said = rows(tx, sql, &[&judge::RECOVERED, &devices]).await?;
    let read = |row: &tokio_postgres::Row| {
        let body = String::from_utf8(row.get(1)).map_err(|error| StoreError::value("entry", error))?;
        Ok((row.get(0), body))
    };
    said.iter().map(read).collect()
}

/// An entry that is judged.
struct Asked<'a> {
    device: Uuid,
    generation: Uuid,
    sequence: u64,
    hash: Hash,
    /// Another one has its number.
    forked: bool,
    body: Option<&'a Body>,
}

/// Judges each by itself and against what central knows.
async fn verdicts(tx: &Tx<'_>, asked: Vec<Asked<'_>>) -> Result<Vec<Verdict>, StoreError> {
    let devices: Vec<Uuid> = asked.iter().map(|one| one.device).collect::<BTreeSet<_>>().into_iter().collect();
    if devices.is_empty() {
        return Ok(Vec::new());
    }
    let devices: HashMap<Uuid, Device> = device::by_ids(tx, &devices).await?;
    let generations: BTreeSet<Uuid> = asked.iter().map(|one| one.generation).collect();
    let generations: Vec<Uuid> = generations.into_iter().collect();
    let counted = if devices.values().any(|device| device.revoked) {
        device::counted(tx, &generations).await?
    } else {
        HashMap::new()
    };
    let of = |one: &Asked<'_>| {
        let mut device = devices.get(&one.device)?.clone();
        // What counted when it was revoked counts whenever it comes; a branch that begins later does not.
        let before = counted.get(&one.generation).is_some_and(|last| one.sequence <= *last);
        device.revoked = device.revoked && (one.forked || !before);
        Some(device)
    };
    let judged: Vec<Verdict> = asked.iter().map(|one| judge::judge(of(one).as_ref(), one.body)).collect();
    let moved: BTreeSet<Uuid> = judged.iter().flat_map(products).collect();
    let moved: Vec<Uuid> = moved.into_iter().collect();
    let mut known: HashMap<Uuid, Known> = HashMap::new();
    if !moved.is_empty() {
        let there = rows(tx, "SELECT id FROM product WHERE id = ANY($1)", &[&moved]).await?;
        let there: BTreeSet<Uuid> = there.iter().map(|row| row.get(0)).collect();
        let sites: Vec<Uuid> = devices.values().map(|device| device.site).collect();
        let mut places: HashMap<Uuid, BTreeSet<Uuid>> = HashMap::new();
        for (site, location) in setup::locations(tx, &sites).await? {
            places.entry(site).or_default().insert(location);
        }
        for device in devices.values() {
            let locations = places.get(&device.site).cloned().unwrap_or_default();
            known.insert(device.id, Known { products: there.clone(), locations });
        }
    }
    let nothing = Known::default();
    let against =
        |(verdict, one): (Verdict, &Asked<'_>)| judge::against(verdict, known.get(&one.device).unwrap_or(&nothing));
    let judged: Vec<Verdict> = judged.into_iter().zip(&asked).map(against).collect();
    if !judged.iter().any(|verdict| matches!(verdict, Verdict::Hold { .. })) {
        return Ok(judged);
    }
    let decided = held::decided(tx, &generations).await?;
    let release = |(verdict, one): (Verdict, &Asked<'_>)| match &verdict {
        Verdict::Hold { .. } => match decided.get(&(one.generation, one.hash)) {
            Some(HeldDecision::Release) => judge::on_release(one.body).map_or(verdict, Verdict::Apply),
            Some(HeldDecision::Dismiss) => Verdict::Dismissed,
            None => verdict,
        },
        Verdict::Apply(_) | Verdict::UnknownKind { .. } | Verdict::Dismissed => verdict,
    };
    Ok(judged.into_iter().zip(&asked).map(release).collect())
}

fn products(verdict: &Verdict) -> Vec<Uuid> {
    match verdict {
        Verdict::Apply(movements) => movements.iter().map(|movement| movement.product.0).collect(),
        Verdict::Hold { .. } | Verdict::UnknownKind { .. } | Verdict::Dismissed => Vec::new(),
    }
}

/// Writes what was decided; says at which sites balances changed.
async fn keep(
    tx: &Tx<'_>,
    plan: &Plan<'_>,
    doubts: &[(usize, Doubt)],
    mut books: Books<'_>,
) -> Result<BTreeSet<Uuid>, StoreError> {
    if plan.new.is_empty() {
        return books.finish().await;
    }
    let numbers = insert(tx, &plan.new).await?;
    grow(tx, &plan.heads).await?;
    let held: Vec<(i64, &str, &str)> = plan
        .new
        .iter()
        .zip(&numbers)
        .filter_map(|(new, number)| new.held.as_ref().map(|(code, detail)| (*number, *code, detail.as_str())))
        .collect();
    hold(tx, &held).await?;
    let doubts = doubts.iter().filter_map(|(at, doubt)| Some((*numbers.get(*at)?, plan.new.get(*at)?, doubt)));
    rights::note(tx, doubts.map(|(number, new, doubt)| (number, new.entry.id.device, doubt))).await?;
    for (new, number) in plan.new.iter().zip(&numbers) {
        for movement in &new.movements {
            books.post_of(*number, new.base, movement.clone()).await?;
        }
    }
    books.finish().await
}

/// Writes entries; their numbers, in the same order.
async fn insert(tx: &Tx<'_>, new: &[New<'_>]) -> Result<Vec<i64>, StoreError> {
    let ids = |of: fn(&New<'_>) -> Uuid| new.iter().map(of).collect::<Vec<_>>();
    let bytes = |of: for<'n> fn(&'n New<'_>) -> &'n [u8]| new.iter().map(of).collect::<Vec<_>>();
    let sequences: Vec<i64> = new.iter().map(|one| i64::try_from(one.entry.id.sequence).unwrap_or(i64::MAX)).collect();
    let branches: Vec<i32> = new.iter().map(|one| one.branch).collect();
    let formats: Vec<i64> = new.iter().map(|one| i64::from(one.entry.format)).collect();
    let kinds: Vec<String> = new.iter().map(|one| text(&one.kind)).collect();
    let states: Vec<&str> = new.iter().map(|one| one.stored.word()).collect();
    let received: Vec<i64> = new.iter().map(|one| one.received_ms).collect();
    let written = rows(
        tx,
        "INSERT INTO entry (device, generation, sequence, branch, format, previous, body, hash, signature, kind, state,
                            sender, received_ms)
         SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::integer[], $5::bigint[], $6::bytea[],
                              $7::bytea[], $8::bytea[], $9::bytea[], $10::text[], $11::text[], $12::uuid[],
                              $13::bigint[])
         RETURNING number, generation, sequence, branch",
        &[
            &ids(|one| one.entry.id.device),
            &ids(|one| one.entry.id.generation),
            &sequences,
            &branches,
            &formats,
            &bytes(|one| &one.entry.previous.0),
            &bytes(|one| one.entry.body.as_bytes()),
            &bytes(|one| &one.entry.hash.0),
            &bytes(|one| &one.entry.signature.0),
            &kinds,
            &states,
            &ids(|one| one.sender),
            &received,
        ],
    )
    .await?;
    let numbers: HashMap<(Uuid, i64, i32), i64> =
        written.iter().map(|row| ((row.get(1), row.get(2), row.get(3)), row.get(0))).collect();
    let number = |(one, sequence): (&New<'_>, &i64)| numbers.get(&(one.entry.id.generation, *sequence, one.branch));
    new.iter().zip(&sequences).map(|pair| number(pair).copied().ok_or(StoreError::Stopped)).collect()
}

/// Moves the ends of branches on.
async fn grow(tx: &Tx<'_>, heads: &BTreeMap<(Uuid, i32), (u64, Hash)>) -> Result<(), StoreError> {
    let of: Vec<Uuid> = heads.keys().map(|(generation, _)| *generation).collect();
    let branches: Vec<i32> = heads.keys().map(|(_, branch)| *branch).collect();
    let sequences: Vec<i64> =
        heads.values().map(|(sequence, _)| i64::try_from(*sequence).unwrap_or(i64::MAX)).collect();
    let hashes: Vec<&[u8]> = heads.values().map(|(_, hash)| hash.0.as_slice()).collect();
    execute(
        tx,
        "INSERT INTO branch (generation, branch, sequence, hash)
         SELECT * FROM unnest($1::uuid[], $2::integer[], $3::bigint[], $4::bytea[])
         ON CONFLICT (generation, branch) DO UPDATE SET sequence = excluded.sequence, hash = excluded.hash
             WHERE excluded.sequence > branch.sequence",
        &[&of, &branches, &sequences, &hashes],
    )
    .await?;
    Ok(())
}

/// Holds entries, each for a reason.
pub(in crate::store::postgres) async fn hold(tx: &Tx<'_>, held: &[(i64, &str, &str)]) -> Result<(), StoreError> {
    if held.is_empty() {
        return Ok(());
    }
    let numbers: Vec<i64> = held.iter().map(|(number, _, _)| *number).collect();
    let codes: Vec<&str> = held.iter().map(|(_, code, _)| *code).collect();
    let details: Vec<String> = held.iter().map(|(_, _, detail)| text(detail)).collect();
    execute(
        tx,
        "INSERT INTO held (entry, code, detail) SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[])
         ON CONFLICT (entry) DO UPDATE SET code = excluded.code, detail = excluded.detail",
        &[&numbers, &codes, &details],
    )
    .await?;
    Ok(())
}

/// What each sender hears: the heads of all its own generations and of others that it sent something of.
async fn heads(tx: &Tx<'_>, segments: &[Segment]) -> Result<Vec<Vec<HeadV1>>, StoreError> {
    let senders: Vec<Uuid> = segments.iter().map(|segment| segment.sender).collect();
    let others = |segment: &Segment| {
        good(std::slice::from_ref(segment))
            .filter(|(entry, _)| entry.id.device != segment.sender)
            .map(|(entry, _)| entry.id.generation)
            .collect::<BTreeSet<Uuid>>()
    };
    let more: Vec<Uuid> = segments.iter().flat_map(others).collect();
    let all = device::heads(tx, &senders, &more).await?;
    let hears = |segment: &Segment| {
        let mut heads = all.get(&segment.sender).cloned().unwrap_or_default();
        let of = others(segment);
        let theirs = all.iter().filter(|(device, _)| **device != segment.sender).flat_map(|(_, heads)| heads);
        heads.extend(theirs.filter(|head| of.contains(&head.generation)).cloned());
        heads
    };
    Ok(segments.iter().map(hears).collect())
}

/// Judges again all that waits; what can be applied by now is, and that is said in the feed.
pub(in crate::store::postgres) async fn release(tx: &Tx<'_>, now_ms: i64) -> Result<u64, StoreError> {
    feed::lock(tx).await?;
    let applied = judge_again(tx, "state IN ('held', 'unknown-kind')", now_ms).await?;
    let mut feed = Appender::new(tx, now_ms).await?;
    for release in &applied {
        feed.append(None, &FeedBody::Release(release.clone())).await?;
    }
    feed.finish().await?;
    Ok(u64::try_from(applied.len()).unwrap_or(u64::MAX))
}

/// The same for what was held because central did not know what it names: it does not depend on which came first, the
/// product or its sale, so nobody decides anything.
pub(in crate::store::postgres) async fn release_known(tx: &Tx<'_>, now_ms: i64) -> Result<(), StoreError> {
    let held = "number IN (SELECT entry FROM held WHERE code IN ('unknown-product', 'other-site'))";
    feed::lock(tx).await?;
    judge_again(tx, held, now_ms).await.map(|_| ())
}

/// Those that could be applied.
async fn judge_again(tx: &Tx<'_>, which: &str, now_ms: i64) -> Result<Vec<ReleaseV1>, StoreError> {
    let sql = format!(
        "SELECT number, device, body, generation, sequence, hash, branch FROM entry WHERE {which}
         ORDER BY number FOR UPDATE"
    );
    let waiting = rows(tx, &sql, &[]).await?;
    let body =
        |row: &tokio_postgres::Row| std::str::from_utf8(row.get(2)).ok().and_then(|text| Body::decode(text).ok());
    let bodies: Vec<Option<Body>> = waiting.iter().map(body).collect();
    let mut asked = Vec::with_capacity(waiting.len());
    for (row, body) in waiting.iter().zip(&bodies) {
        asked.push(Asked {
            device: row.get(1),
            generation: row.get(3),
            sequence: unsigned(row.get(4)),
            hash: hash("entry", row.get(5))?,
            forked: row.get::<_, i32>(6) > 0,
            body: body.as_ref(),
        });
    }
    let verdicts = verdicts(tx, asked).await?;
    let mut books = Books::new(tx);
    let mut applied: Vec<i64> = Vec::new();
    let (mut said, mut heard) = (Vec::new(), Vec::new());
    let mut held: Vec<(i64, &str, String)> = Vec::new();
    for ((row, body), verdict) in waiting.iter().zip(&bodies).zip(verdicts) {
        let number = row.get(0);
        match verdict {
            Verdict::Apply(movements) => {
                heard.extend(body.as_ref().map(|body| Said::of(row.get(1), body, &movements)));
                let (device, generation, sequence) = (row.get(1), row.get(3), unsigned(row.get(4)));
                let base = base::of_entry(tx, generation, sequence, row.get(5)).await?;
                for movement in movements {
                    books.post_of(number, base, movement).await?;
                }
                applied.push(number);
                said.push(ReleaseV1 {
                    device,
                    generation,
                    sequence,
                    hash: hex::encode(row.get::<_, &[u8]>(5)),
                    dismissed: false,
                });
            }
            Verdict::Hold { code, detail } => held.push((number, code, detail)),
            Verdict::UnknownKind { .. } | Verdict::Dismissed => {}
        }
    }
    let_go(tx, &applied, Stored::Applied).await?;
    let held: Vec<(i64, &str, &str)> =
        held.iter().map(|(number, code, detail)| (*number, *code, detail.as_str())).collect();
    hold(tx, &held).await?;
    books.finish().await?;
    hear(tx, &heard, now_ms).await?;
    Ok(said)
}

/// Under the feed's lock, which was taken before the balances changed.
pub(in crate::store::postgres) async fn hear(tx: &Tx<'_>, said: &[Said], now_ms: i64) -> Result<(), StoreError> {
    transfer::hear(tx, &heard(said), now_ms).await?;
    if promise::is_concerned(tx, said).await? { promise::hear(tx, said, now_ms).await } else { Ok(()) }
}

pub(in crate::store::postgres) async fn let_go(tx: &Tx<'_>, numbers: &[i64], stored: Stored) -> Result<(), StoreError> {
    execute(tx, "DELETE FROM held WHERE entry = ANY($1)", &[&numbers]).await?;
    execute(tx, "UPDATE entry SET state = $2 WHERE number = ANY($1)", &[&numbers, &stored.word()]).await?;
    Ok(())
}

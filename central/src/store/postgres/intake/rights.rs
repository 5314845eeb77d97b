//! Who may do what, as far as the feed says: read once for all segments of a transaction.

use std::collections::{BTreeSet, HashMap};

use selvedge_protocol::journal::Body;
use uuid::Uuid;

use super::Segment;
use super::write::good;
use crate::rights::{self, Doubt, Known};
use crate::store::StoreError;
use crate::store::postgres::work::{Tx, execute, rows};
use crate::store::postgres::{from_json, recovery};

pub(super) struct Rights {
    /// By site and person.
    people: HashMap<(Uuid, Uuid), Known>,
    /// People are still coming back: nobody is a stranger.
    waits: bool,
}

impl Rights {
    /// Looks up who did the entries.
    pub(super) async fn of(tx: &Tx<'_>, segments: &[Segment]) -> Result<Self, StoreError> {
        let asked: BTreeSet<(Uuid, Uuid)> =
            good(segments).filter_map(|(_, body)| body.and_then(|body| Some((body.site, body.person?)))).collect();
        let mut people = HashMap::new();
        if asked.is_empty() {
            return Ok(Rights { people, waits: false });
        }
        let (sites, subjects): (Vec<Uuid>, Vec<String>) =
            asked.iter().map(|(site, person)| (*site, person.to_string())).unzip();
        let sql = "SELECT feed.site, feed.subject, feed.body, feed.at_ms
                   FROM unnest($1::uuid[], $2::text[]) AS asked (site, subject)
                   JOIN feed ON feed.kind = 'person' AND feed.subject = asked.subject AND feed.site = asked.site
                   WHERE NOT feed.replaced";
        for row in rows(tx, sql, &[&sites, &subjects]).await? {
            let person = Uuid::parse_str(row.get(1)).map_err(|error| StoreError::value("person", error))?;
            let known = Known::of(&from_json("person", row.get(2))?, row.get(3));
            people.insert((row.get(0), person), known);
        }
        let waits = people.len() < asked.len() && !recovery::may_grant(tx).await?;
        Ok(Rights { people, waits })
    }

    /// What is odd about who did it.
    pub(super) fn doubt(&self, body: &Body) -> Option<Doubt> {
        let known = body.person.and_then(|person| self.people.get(&(body.site, person)));
        let doubt = rights::doubt(body, known)?;
        let waits = self.waits && known.is_none() && doubt.code == rights::UNKNOWN_PERSON;
        (!waits).then_some(doubt)
    }
}

/// Notes doubts: the entry's number, its station, and what is odd.
pub(super) async fn note<'a>(
    tx: &Tx<'_>,
    doubts: impl Iterator<Item = (i64, Uuid, &'a Doubt)>,
) -> Result<(), StoreError> {
    let (mut entries, mut devices, mut codes, mut details) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (entry, device, doubt) in doubts {
        entries.push(entry);
        devices.push(device);
        codes.push(doubt.code);
        details.push(doubt.detail.as_str());
    }
    if entries.is_empty() {
        return Ok(());
    }
    let sql = "INSERT INTO doubt (entry, device, code, detail)
               SELECT * FROM unnest($1::bigint[], $2::uuid[], $3::text[], $4::text[])";
    execute(tx, sql, &[&entries, &devices, &codes, &details]).await?;
    Ok(())
}

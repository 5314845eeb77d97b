//! What may be promised, for many who look: a projection in memory, of each replica its own. Who asks at the same time is
//! answered by one look into the store; what was looked up stands until something changes, and then for a blink. Each
//! figure says of which moment it is.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::sync::{mpsc, oneshot, watch};
use uuid::Uuid;

use crate::store::{LookUp, Standing, Store, StoreError, chain};
use crate::surroundings::Around;

/// A figure stands so long although something changed, perhaps this product: nobody sees the difference, and a hot
/// product is looked up a few times a second however many ask.
const BLINK_MS: i64 = 250;
/// A figure stands no longer, whatever was heard: who listens may have missed something.
const OLDEST_MS: i64 = 2_000;
/// What a number stands for hardly ever changes.
const NAMES_MS: i64 = 30_000;
/// While the store does not answer, an older figure is better than none; its age is said.
const IN_NEED_MS: i64 = 60_000;
/// Who waits; more are asked to come back.
const WAITING: usize = 4_096;
/// Questions that one look answers.
const TOGETHER: usize = 1_024;
/// Products that are remembered; then all are forgotten.
const MOST: usize = 100_000;

/// How a product stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Which.
    pub product: Uuid,
    /// The company's own number.
    pub sku: String,
    /// Where, in the order of sites.
    pub sites: Arc<Vec<Standing>>,
    /// Of which moment, milliseconds since 1970.
    pub as_of_ms: i64,
}

type Heard = Result<Option<Found>, StoreError>;
type Question = (LookUp, oneshot::Sender<Heard>);

/// Where one asks.
#[derive(Clone)]
pub struct Availability {
    shelf: Shelf,
    questions: Arc<OnceLock<mpsc::Sender<Question>>>,
}

impl Availability {
    /// Of a store; begins to work with the first question.
    pub fn new(store: Arc<dyn Store>, around: Around) -> Self {
        let heard = store.pokes().any();
        Availability { shelf: Shelf { store, around, heard, known: Arc::default() }, questions: Arc::default() }
    }

    /// How a product stands; none when there is none.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::Away`] when too many ask.
    pub async fn ask(&self, look: LookUp) -> Heard {
        // Almost always somebody asked a moment ago.
        if let Some(found) = self.shelf.at_hand(&look) {
            return Ok(found);
        }
        let questions = self.questions.get_or_init(|| {
            let (questions, asked) = mpsc::channel(WAITING);
            tokio::spawn(self.shelf.clone().answer(asked));
            questions
        });
        let (answer, answered) = oneshot::channel();
        let full = |_| StoreError::Away { detail: "too many ask what is available".to_owned() };
        questions.try_send((look, answer)).map_err(full)?;
        answered.await.map_err(|_| StoreError::Stopped)?
    }
}

/// What was looked up, and where more is found.
#[derive(Clone)]
struct Shelf {
    store: Arc<dyn Store>,
    around: Around,
    /// How many changes were heard of.
    heard: watch::Receiver<u64>,
    /// Never locked while the store is asked.
    known: Arc<Mutex<Known>>,
}

#[derive(Default)]
struct Known {
    names: HashMap<LookUp, (Option<(Uuid, String)>, i64)>,
    figures: HashMap<Uuid, Figure>,
}

struct Figure {
    sites: Arc<Vec<Standing>>,
    as_of_ms: i64,
    /// The changes that it contains.
    changes: u64,
}

impl Shelf {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn changes(&self) -> u64 {
        *self.heard.borrow()
    }

    /// What is known well enough to be said without a look.
    fn at_hand(&self, look: &LookUp) -> Option<Option<Found>> {
        let (now_ms, changes) = (self.around.now_ms(), self.changes());
        let known = self.known();
        let Some((product, sku)) = known.name(look, now_ms)? else { return Some(None) };
        let figure = known.figures.get(product).filter(|figure| figure.is_good(changes, now_ms))?;
        Some(Some(figure.of(*product, sku)))
    }

    async fn answer(self, mut asked: mpsc::Receiver<Question>) {
        let mut questions = Vec::new();
        while asked.recv_many(&mut questions, TOGETHER).await > 0 {
            let looks: BTreeSet<LookUp> = questions.iter().map(|(look, _)| look.clone()).collect();
            let failed = self.look(looks).await.err();
            for (look, answer) in questions.drain(..) {
                // Who hung up does not wait for it.
                answer.send(self.found(&look, failed.as_ref())).ok();
            }
        }
    }

    /// Looks up what is not known, or not known well enough.
    async fn look(&self, looks: BTreeSet<LookUp>) -> Result<(), StoreError> {
        // Heard of before the look: what changes meanwhile is looked at once more.
        let (now_ms, changes) = (self.around.now_ms(), self.changes());
        let unknown = self.known().unknown(&looks, now_ms);
        if !unknown.is_empty() {
            let found = self.store.look_up(unknown.clone()).await?;
            self.known().names.extend(unknown.into_iter().zip(found).map(|(look, name)| (look, (name, now_ms))));
        }
        let wanted = self.known().wanted(&looks, changes, now_ms);
        if wanted.is_empty() {
            return Ok(());
        }
        let found = self.store.standings(wanted.iter().copied().collect()).await?;
        let mut sites: BTreeMap<Uuid, Vec<Standing>> =
            wanted.into_iter().map(|product| (product, Vec::new())).collect();
        for one in found {
            sites.entry(one.product).or_default().push(one);
        }
        let figure = |sites| Figure { sites: Arc::new(sites), as_of_ms: now_ms, changes };
        self.known().figures.extend(sites.into_iter().map(|(product, sites)| (product, figure(sites))));
        Ok(())
    }

    fn found(&self, look: &LookUp, failed: Option<&StoreError>) -> Heard {
        let now_ms = self.around.now_ms();
        let shelf = self.known();
        let known = shelf.names.get(look).map(|(name, _)| name);
        let figure = known.and_then(Option::as_ref).and_then(|(product, sku)| {
            let figure = shelf.figures.get(product)?;
            is_within(figure.as_of_ms, now_ms, IN_NEED_MS).then(|| figure.of(*product, sku))
        });
        match (known, figure, failed) {
            (_, Some(found), _) => Ok(Some(found)),
            (Some(None), None, None) => Ok(None),
            (_, None, failed) => {
                let detail = failed.map_or_else(|| "nothing was found out".to_owned(), |error| chain(error));
                Err(StoreError::Away { detail })
            }
        }
    }
}

impl Known {
    /// What a number stands for, as far as that is known; the inner none says that it stands for nothing.
    fn name(&self, look: &LookUp, now_ms: i64) -> Option<Option<&(Uuid, String)>> {
        let (name, at_ms) = self.names.get(look)?;
        is_within(*at_ms, now_ms, NAMES_MS).then_some(name.as_ref())
    }

    fn unknown(&mut self, looks: &BTreeSet<LookUp>, now_ms: i64) -> Vec<LookUp> {
        if self.figures.len() > MOST || self.names.len() > MOST {
            *self = Known::default();
        }
        looks.iter().filter(|look| self.name(look, now_ms).is_none()).cloned().collect()
    }

    fn wanted(&self, looks: &BTreeSet<LookUp>, changes: u64, now_ms: i64) -> BTreeSet<Uuid> {
        let named = looks.iter().filter_map(|look| self.names.get(look)?.0.as_ref().map(|(product, _)| *product));
        let good = |product: &Uuid| self.figures.get(product).is_some_and(|figure| figure.is_good(changes, now_ms));
        named.filter(|product| !good(product)).collect()
    }
}

impl Figure {
    fn is_good(&self, changes: u64, now_ms: i64) -> bool {
        let stands_ms = if self.changes == changes { OLDEST_MS } else { BLINK_MS };
        is_within(self.as_of_ms, now_ms, stands_ms)
    }

    fn of(&self, product: Uuid, sku: &str) -> Found {
        Found { product, sku: sku.to_owned(), sites: Arc::clone(&self.sites), as_of_ms: self.as_of_ms }
    }
}

/// Not longer ago than that; a clock that was set back makes nothing younger.
fn is_within(at_ms: i64, now_ms: i64, most_ms: i64) -> bool {
    (0..most_ms).contains(&(now_ms - at_ms))
}

//! The door: how many requests are at work at once, who waits, and who is asked to come back when. Central has two
//! processors and one disk; what is taken in beyond that only makes everybody's answer late. So the work is bounded, the
//! line before it is short, and who finds no room is told so at once, with a time of his own to come back.
//!
//! [`rules`] are pure; here they meet tasks and the clock.

mod pace;
pub mod rules;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;

use crate::surroundings::Around;
use rules::{Asked, Class, Rules};

/// The door of one replica.
#[derive(Clone)]
pub struct Door {
    inner: Arc<Inner>,
}

struct Inner {
    around: Around,
    state: Mutex<State>,
}

struct State {
    rules: Rules,
    waiting: BTreeMap<u64, oneshot::Sender<Leave>>,
}

/// The right to be at work; it ends when it is dropped.
pub struct Leave {
    /// None once it was given back.
    at: Option<(Arc<Inner>, Class)>,
}

/// No room: to come back after so many milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Later(pub u64);

/// What the door has to tell, a class each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crowd {
    /// Of which class.
    pub class: Class,
    /// Requests at work.
    pub at_work: usize,
    /// Requests that wait.
    pub waiting: usize,
    /// Requests that were asked to come back, ever.
    pub sent_away: u64,
}

impl Door {
    /// A door with nobody in it.
    pub fn new(around: Around) -> Self {
        let state = State { rules: Rules::default(), waiting: BTreeMap::new() };
        Door { inner: Arc::new(Inner { around, state: Mutex::new(state) }) }
    }

    /// Goes in, after a short wait where there is no room yet.
    ///
    /// # Errors
    /// [`Later`].
    pub async fn enter(&self, class: Class) -> Result<Leave, Later> {
        let (ticket, mut granted, patience_ms) = {
            let mut state = self.inner.lock();
            match state.rules.ask(class, self.inner.around.now_ms()) {
                Asked::Go => return Ok(Leave { at: Some((Arc::clone(&self.inner), class)) }),
                Asked::Later { after_ms } => return Err(Later(after_ms)),
                Asked::Wait { ticket, patience_ms } => {
                    let (sender, granted) = oneshot::channel();
                    state.waiting.insert(ticket, sender);
                    (ticket, granted, patience_ms)
                }
            }
        };
        // Who hangs up while he waits gives his place up, too.
        let mut place = Place { inner: &self.inner, ticket: Some(ticket) };
        if let Ok(Ok(leave)) = tokio::time::timeout(Duration::from_millis(patience_ms), &mut granted).await {
            place.ticket = None;
            return Ok(leave);
        }
        let after_ms = place.give_up();
        match (after_ms, granted.try_recv()) {
            // The room came in the last moment.
            (_, Ok(leave)) => Ok(leave),
            (Some(after_ms), Err(_)) => Err(Later(after_ms)),
            (None, Err(_)) => Err(Later(rules::LEAST_MS)),
        }
    }

    /// Says no where not even the line has room; who hears nothing goes on to [`Self::enter`].
    pub fn refuse(&self, class: Class) -> Option<Later> {
        let now_ms = self.inner.around.now_ms();
        self.inner.lock().rules.refuse(class, now_ms).map(Later)
    }

    /// How full it is.
    pub fn crowd(&self) -> Vec<Crowd> {
        let state = self.inner.lock();
        Class::ALL
            .map(|class| Crowd {
                class,
                at_work: state.rules.at_work(class),
                waiting: state.rules.waiting(class),
                sent_away: state.rules.sent_away(class),
            })
            .to_vec()
    }
}

impl Inner {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn leave(inner: &Arc<Inner>, class: Class) {
        let now_ms = inner.around.now_ms();
        let granted: Vec<(oneshot::Sender<Leave>, Class)> = {
            let mut state = inner.lock();
            let next = state.rules.leave(class, now_ms);
            next.into_iter().filter_map(|(ticket, class)| Some((state.waiting.remove(&ticket)?, class))).collect()
        };
        for (waiter, class) in granted {
            // Whoever gave up in this moment does not take it: dropped, it goes to the next one.
            drop(waiter.send(Leave { at: Some((Arc::clone(inner), class)) }));
        }
    }
}

impl Drop for Leave {
    fn drop(&mut self) {
        if let Some((inner, class)) = self.at.take() {
            Inner::leave(&inner, class);
        }
    }
}

/// A place in the line.
struct Place<'a> {
    inner: &'a Arc<Inner>,
    ticket: Option<u64>,
}

impl Place<'_> {
    /// When to come back; none when the place was no longer in the line.
    fn give_up(&mut self) -> Option<u64> {
        let ticket = self.ticket.take()?;
        let mut state = self.inner.lock();
        state.waiting.remove(&ticket);
        state.rules.give_up(ticket, self.inner.around.now_ms())
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.give_up();
    }
}

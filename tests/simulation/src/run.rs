//! One run: a plan from the seed, the world that lives through it, the checks; and, when a rule is broken, the shortest
//! plan that still breaks it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::{Arc, Once};

use tokio::runtime::Runtime;

use crate::actions::{ACTIONS, Action};
use crate::dice::Dice;
use crate::template::Template;
use crate::world::World;
use crate::{again, checks, heal};

/// Runs of a shrunk plan at most.
const MOST_TRIES: usize = 120;

/// One step of a plan. It says what, not where: whatever is left out before it, it still makes sense.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// In [`ACTIONS`].
    pub action: usize,
    /// Time that passes before it.
    pub wait_ms: u64,
    /// Its own chance.
    pub chance: u64,
}

/// What a seed plans.
pub fn plan(seed: u64) -> Vec<Step> {
    let mut dice = Dice::new(seed, 6);
    // In some lives much is promised, so that it becomes scarce.
    let scarce = dice.chance(40);
    let weight = |action: &Action| if scarce && action.promises { action.weight * 5 } else { action.weight };
    let all: u64 = ACTIONS.iter().map(weight).sum();
    let count = dice.between(6, 26);
    (0..count)
        .map(|_| {
            let mut roll = dice.below(all);
            let action = ACTIONS.iter().position(|action| {
                let here = roll < weight(action);
                roll = roll.saturating_sub(weight(action));
                here
            });
            let wait_ms = match dice.below(10) {
                0..=4 => dice.below(50),
                5..=7 => dice.below(3_000),
                _ => dice.below(40_000),
            };
            Step { action: action.unwrap_or(0), wait_ms, chance: dice.draw() }
        })
        .collect()
}

/// A broken rule.
#[derive(Clone, Debug)]
pub struct Broken {
    /// The seed that finds it.
    pub seed: u64,
    /// The rule and what broke it.
    pub rule: String,
    /// What happened, shrunk where that was possible.
    pub trace: Vec<String>,
    /// Steps that are left of the plan.
    pub steps: usize,
}

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for line in &self.trace {
            writeln!(f, "  {line}")?;
        }
        writeln!(f, "seed {} breaks a rule with {} steps: {}", self.seed, self.steps, self.rule)?;
        write!(f, "replay it: cargo run -p selvedge-simulation -- --seed {}", self.seed)
    }
}

/// How often what happened.
pub type Counts = BTreeMap<&'static str, u64>;

/// Runs seeds, one after the other.
pub struct Runner {
    template: Template,
    runtime: Arc<Runtime>,
}

impl Default for Runner {
    fn default() -> Self {
        Self::new()
    }
}

impl Runner {
    /// Makes the template.
    ///
    /// # Panics
    /// When it cannot be made.
    pub fn new() -> Self {
        listen_to_panics();
        // Whoever waits for a time waits for ours.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        let runtime = runtime.expect("a runtime");
        let runtime = Arc::new(runtime);
        let made = caught(|| Template::new(&runtime));
        let template = made.unwrap_or_else(|rule| panic!("the template cannot be made: {rule}"));
        Runner { template, runtime }
    }

    /// Runs a seed.
    ///
    /// # Errors
    /// The rule that it breaks, with the shortest trace that was found.
    pub fn run(&self, seed: u64) -> Result<Counts, Box<Broken>> {
        let steps = plan(seed);
        match self.live(seed, &steps, false) {
            (Ok(counts), _) => Ok(counts),
            (Err(rule), _) => Err(Box::new(self.shrink(seed, steps, rule))),
        }
    }

    /// Runs a seed as it is.
    ///
    /// # Errors
    /// The rule that is broken.
    pub fn lives(&self, seed: u64) -> Result<Counts, String> {
        self.live(seed, &plan(seed), false).0
    }

    /// Runs a seed as it is and tells what happened.
    pub fn trace(&self, seed: u64) -> (Result<Counts, String>, Vec<String>) {
        self.live(seed, &plan(seed), true)
    }

    fn live(&self, seed: u64, steps: &[Step], traced: bool) -> (Result<Counts, String>, Vec<String>) {
        let mut world = match caught(|| World::new(&self.template, seed, &self.runtime, traced)) {
            Ok(world) => world,
            Err(rule) => return (Err(rule), Vec::new()),
        };
        let lived = caught(|| {
            let _context = self.runtime.enter();
            for step in steps {
                world.pass(step.wait_ms);
                let mut dice = Dice::new(step.chance, 4);
                world.say(|| format!("— {}", ACTIONS[step.action].name));
                (ACTIONS[step.action].act)(&mut world, &mut dice);
            }
            let mut dice = Dice::new(seed, 5);
            heal::heal(&mut world, &mut dice);
            let entries = checks::check(&world);
            // What is held from a revoked station depends on when it was revoked.
            if world.revoked.is_none() {
                again::check(&world, &entries, &self.template, &self.runtime, &mut dice);
            }
            let bases = u64::try_from(world.central.bases().len()).unwrap_or(0);
            *world.counts.entry("bases taken back").or_default() += bases;
            *world.counts.entry("entries").or_default() += u64::try_from(entries.len()).unwrap_or(0);
        });
        let counts = world.counts.clone();
        (lived.map(|()| counts), world.into_trace())
    }

    /// Leaves steps out, halves first, as long as a rule is still broken.
    fn shrink(&self, seed: u64, mut steps: Vec<Step>, mut rule: String) -> Broken {
        let mut tries = 0;
        let mut piece = steps.len().div_ceil(2);
        while piece > 0 && tries < MOST_TRIES {
            let mut at = 0;
            while at < steps.len() && tries < MOST_TRIES {
                let mut fewer = steps.clone();
                fewer.drain(at..(at + piece).min(steps.len()));
                tries += 1;
                if let (Err(still), _) = self.live(seed, &fewer, false) {
                    (steps, rule) = (fewer, still);
                } else {
                    at += piece;
                }
            }
            piece /= 2;
        }
        let (_, trace) = self.live(seed, &steps, true);
        Broken { seed, rule, trace, steps: steps.len() }
    }
}

thread_local! {
    /// What the panic under way said, while somebody catches it.
    static CAUGHT: RefCell<Option<String>> = const { RefCell::new(None) };
    static CATCHES: RefCell<bool> = const { RefCell::new(false) };
}

/// A panic within [`caught`] is a broken rule or a power cut, and nothing to print.
fn listen_to_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = take_hook();
        set_hook(Box::new(move |info| {
            if !CATCHES.with(|catches| *catches.borrow()) {
                return before(info);
            }
            let text = info.payload_as_str().unwrap_or("a crash");
            let place = info.location().map(|place| format!(" ({}:{})", place.file(), place.line()));
            let said = format!("{text}{}", place.unwrap_or_default());
            CAUGHT.with(|caught| *caught.borrow_mut() = Some(said));
        }));
    });
}

fn caught<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    CATCHES.with(|catches| *catches.borrow_mut() = true);
    let done = catch_unwind(AssertUnwindSafe(work));
    CATCHES.with(|catches| *catches.borrow_mut() = false);
    done.map_err(|_| CAUGHT.with(|caught| caught.borrow_mut().take()).unwrap_or_default())
}

//! Who goes in, who waits, who is sent away. Pure: the time is passed in, and nothing waits here.

use std::collections::{BTreeMap, VecDeque};

use super::pace::Pace;

/// Requests of all classes that are at work at once. The store does not do more at once: one writes, or sixteen sessions
/// are open; the others read or write their bodies meanwhile.
pub const AT_WORK: usize = 32;
/// Nobody is asked to come back sooner.
pub const LEAST_MS: u64 = 1_000;

/// What is asked for, the most important first: what happened comes before what is promised, and both before what is only
/// looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// A journal's newest entries: what is sold now.
    Live,
    /// What comes before entries: tokens, generations, enrolment. A line of its own: when a fleet comes back, all ask for a
    /// token at once, and who has one sells on meanwhile.
    Token,
    /// A journal's backlog after an outage, and decisions that come back.
    Backlog,
    /// Stock that is promised.
    Promise,
    /// Availability and balances, stations' pages.
    Lookup,
    /// Central's decisions on their way to the stations.
    Feed,
    /// What a station begins with.
    Snapshot,
    /// What can wait: reports of stations about themselves.
    Report,
}

/// What a class may take up.
struct Share {
    /// At work at once, of [`AT_WORK`].
    at_work: usize,
    /// In the line.
    line: usize,
    /// How long one stays in the line.
    patience_ms: u64,
    /// Who came last goes in first.
    newest_first: bool,
}

impl Class {
    /// All of them, the most important first.
    pub const ALL: [Class; 8] = [
        Class::Live,
        Class::Token,
        Class::Backlog,
        Class::Promise,
        Class::Lookup,
        Class::Feed,
        Class::Snapshot,
        Class::Report,
    ];

    /// As in the counts.
    pub fn word(self) -> &'static str {
        match self {
            Class::Live => "live",
            Class::Token => "token",
            Class::Backlog => "backlog",
            Class::Promise => "promise",
            Class::Lookup => "lookup",
            Class::Feed => "feed",
            Class::Snapshot => "snapshot",
            Class::Report => "report",
        }
    }

    /// The smaller the share, the sooner it is shed; who only looks is served quickly or not at all, since the answer is of
    /// no use later: of lookups the newest goes in first, so that those who are served have hardly waited, and who waited
    /// long hears it. A backlog leaves room for promises however long it is.
    fn share(self) -> Share {
        match self {
            Class::Live => Share { at_work: AT_WORK, line: 512, patience_ms: 2_000, newest_first: false },
            Class::Token => Share { at_work: AT_WORK * 3 / 4, line: 512, patience_ms: 2_000, newest_first: false },
            Class::Backlog => Share { at_work: AT_WORK / 2, line: 128, patience_ms: 1_000, newest_first: false },
            Class::Promise => Share { at_work: AT_WORK * 3 / 4, line: 128, patience_ms: 1_000, newest_first: false },
            Class::Lookup => Share { at_work: AT_WORK / 2, line: 64, patience_ms: 30, newest_first: true },
            Class::Feed => Share { at_work: AT_WORK / 4, line: 128, patience_ms: 2_000, newest_first: false },
            Class::Snapshot => Share { at_work: 4, line: 8, patience_ms: 1_000, newest_first: false },
            Class::Report => Share { at_work: 2, line: 16, patience_ms: 250, newest_first: false },
        }
    }
}

/// An answer to somebody who asks for room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// There is room.
    Go,
    /// In the line, for so long.
    Wait {
        /// Which place.
        ticket: u64,
        /// Then [`Rules::give_up`].
        patience_ms: u64,
    },
    /// Not even in the line.
    Later {
        /// When to come back.
        after_ms: u64,
    },
}

#[derive(Default)]
struct Room {
    at_work: usize,
    line: VecDeque<u64>,
    sent_away: u64,
    pace: Pace,
}

/// How full it is.
#[derive(Default)]
pub struct Rules {
    rooms: BTreeMap<Class, Room>,
    at_work: usize,
    tickets: u64,
    classes: BTreeMap<u64, Class>,
}

impl Rules {
    /// Somebody asks. Nobody goes in past those who wait in the same line.
    pub fn ask(&mut self, class: Class, now_ms: i64) -> Asked {
        let share = class.share();
        let full = self.at_work >= AT_WORK;
        let room = self.rooms.entry(class).or_default();
        if !full && room.line.is_empty() && room.at_work < share.at_work {
            room.at_work += 1;
            self.at_work += 1;
            return Asked::Go;
        }
        if let Some(after_ms) = self.refuse(class, now_ms) {
            return Asked::Later { after_ms };
        }
        let room = self.rooms.entry(class).or_default();
        self.tickets += 1;
        room.line.push_back(self.tickets);
        self.classes.insert(self.tickets, class);
        Asked::Wait { ticket: self.tickets, patience_ms: share.patience_ms }
    }

    /// When to come back, where not even the line has room; the same as [`Self::ask`] says then, and nothing else is done.
    pub fn refuse(&mut self, class: Class, now_ms: i64) -> Option<u64> {
        let room = self.rooms.entry(class).or_default();
        (room.line.len() >= class.share().line).then(|| room.send_away(now_ms))
    }

    /// Somebody is done: those who go in now.
    pub fn leave(&mut self, class: Class, now_ms: i64) -> Vec<(u64, Class)> {
        let room = self.rooms.entry(class).or_default();
        room.at_work = room.at_work.saturating_sub(1);
        room.pace.served(now_ms);
        self.at_work = self.at_work.saturating_sub(1);
        let mut next = Vec::new();
        while self.at_work < AT_WORK {
            let Some((ticket, class)) = self.first() else { break };
            self.at_work += 1;
            next.push((ticket, class));
        }
        next
    }

    /// The first of the most important line that may go in.
    fn first(&mut self) -> Option<(u64, Class)> {
        for (class, room) in &mut self.rooms {
            let share = class.share();
            if room.at_work < share.at_work
                && let Some(ticket) = if share.newest_first { room.line.pop_back() } else { room.line.pop_front() }
            {
                room.at_work += 1;
                self.classes.remove(&ticket);
                return Some((ticket, *class));
            }
        }
        None
    }

    /// Somebody waits no longer: when to come back; none when he is in already.
    pub fn give_up(&mut self, ticket: u64, now_ms: i64) -> Option<u64> {
        let class = self.classes.remove(&ticket)?;
        let room = self.rooms.entry(class).or_default();
        room.line.retain(|place| *place != ticket);
        Some(room.send_away(now_ms))
    }

    /// Requests of a class at work.
    pub fn at_work(&self, class: Class) -> usize {
        self.rooms.get(&class).map_or(0, |room| room.at_work)
    }

    /// Requests of a class in the line.
    pub fn waiting(&self, class: Class) -> usize {
        self.rooms.get(&class).map_or(0, |room| room.line.len())
    }

    /// Requests of a class that were sent away.
    pub fn sent_away(&self, class: Class) -> u64 {
        self.rooms.get(&class).map_or(0, |room| room.sent_away)
    }
}

impl Room {
    fn send_away(&mut self, now_ms: i64) -> u64 {
        self.sent_away += 1;
        self.pace.next(now_ms, i64::try_from(LEAST_MS).unwrap_or(i64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(rules: &mut Rules, class: Class) -> usize {
        let mut taken = 0;
        while rules.at_work(class) < class.share().at_work && matches!(rules.ask(class, 0), Asked::Go) {
            taken += 1;
        }
        taken
    }

    fn wait(rules: &mut Rules, class: Class) -> u64 {
        match rules.ask(class, 0) {
            Asked::Wait { ticket, .. } => ticket,
            other @ (Asked::Go | Asked::Later { .. }) => panic!("{class:?} should wait: {other:?}"),
        }
    }

    #[test]
    fn the_more_important_goes_in_first_whoever_came_before() {
        let mut rules = Rules::default();
        assert_eq!(fill(&mut rules, Class::Live), AT_WORK);
        let [report, lookup, promise, live] =
            [Class::Report, Class::Lookup, Class::Promise, Class::Live].map(|class| wait(&mut rules, class));
        let order: Vec<u64> = (0..4).flat_map(|_| rules.leave(Class::Live, 0)).map(|(ticket, _)| ticket).collect();
        assert_eq!(order, [live, promise, lookup, report]);
    }

    #[test]
    fn what_happened_always_finds_room_beside_lookups_and_a_backlog() {
        let mut rules = Rules::default();
        fill(&mut rules, Class::Lookup);
        wait(&mut rules, Class::Lookup);
        assert_eq!(rules.ask(Class::Live, 0), Asked::Go, "lookups take half of it, not more");
        fill(&mut rules, Class::Backlog);
        let live = wait(&mut rules, Class::Live);
        assert_eq!(rules.leave(Class::Lookup, 0), [(live, Class::Live)], "and the next room is its own");
    }

    #[test]
    fn who_has_a_token_sells_while_a_fleet_asks_for_theirs() {
        let mut rules = Rules::default();
        fill(&mut rules, Class::Token);
        let asking: Vec<u64> = (0..Class::Token.share().line).map(|_| wait(&mut rules, Class::Token)).collect();
        assert!(matches!(rules.ask(Class::Token, 0), Asked::Later { .. }));
        for _ in Class::Token.share().at_work..AT_WORK {
            assert_eq!(rules.ask(Class::Live, 0), Asked::Go);
        }
        let sold = wait(&mut rules, Class::Live);
        assert_eq!(rules.leave(Class::Token, 0), [(sold, Class::Live)], "what is sold goes in first");
        assert_eq!(rules.leave(Class::Token, 0), [(asking[0], Class::Token)]);
    }

    #[test]
    fn a_line_is_bounded_and_nobody_passes_it() {
        let mut rules = Rules::default();
        fill(&mut rules, Class::Lookup);
        let line = Class::Lookup.share().line;
        let tickets: Vec<u64> = (0..line).map(|_| wait(&mut rules, Class::Lookup)).collect();
        assert!(matches!(rules.ask(Class::Lookup, 0), Asked::Later { after_ms } if after_ms >= LEAST_MS));
        assert_eq!(rules.refuse(Class::Report, 0), None, "another line has room");
        assert!(rules.refuse(Class::Lookup, 0).is_some_and(|after_ms| after_ms >= LEAST_MS));
        assert_eq!(rules.leave(Class::Lookup, 0), [(tickets[line - 1], Class::Lookup)], "the newest first");
        assert_eq!(rules.refuse(Class::Lookup, 0), None, "there is a place in the line again");
        assert_eq!(rules.waiting(Class::Lookup), line - 1);
        assert_eq!(rules.sent_away(Class::Lookup), 2);
    }

    #[test]
    fn who_gives_up_is_out_of_the_line_and_is_told_when_to_come_back() {
        let mut rules = Rules::default();
        fill(&mut rules, Class::Lookup);
        let (first, second) = (wait(&mut rules, Class::Lookup), wait(&mut rules, Class::Lookup));
        assert!(rules.give_up(first, 0).is_some_and(|after_ms| after_ms >= LEAST_MS));
        assert_eq!(rules.give_up(first, 0), None, "once");
        assert_eq!(rules.leave(Class::Lookup, 0), [(second, Class::Lookup)]);
        assert_eq!(rules.give_up(second, 0), None, "he is in");
    }

    #[test]
    fn never_more_at_work_than_there_is_room_and_nobody_is_forgotten() {
        // Any order of coming, going and giving up, from a simple generator.
        let mut rules = Rules::default();
        let (mut inside, mut outside) = (Vec::new(), Vec::new());
        let mut state = 1_u64;
        let mut dice = |sides: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % sides
        };
        for step in 0..50_000 {
            let which = usize::try_from(dice(8)).unwrap_or(0);
            match dice(8) {
                0..=3 => match rules.ask(Class::ALL[which], step) {
                    Asked::Go => inside.push(Class::ALL[which]),
                    Asked::Wait { ticket, .. } => outside.push(ticket),
                    Asked::Later { after_ms } => assert!(after_ms >= LEAST_MS),
                },
                4..=6 if !inside.is_empty() => {
                    let at = usize::try_from(dice(64)).unwrap_or(0) % inside.len();
                    let done = inside.swap_remove(at);
                    for (ticket, class) in rules.leave(done, step) {
                        let before = outside.len();
                        outside.retain(|waiting| *waiting != ticket);
                        assert_eq!(outside.len() + 1, before, "only who waits goes in");
                        inside.push(class);
                    }
                }
                _ if !outside.is_empty() => {
                    let at = usize::try_from(dice(64)).unwrap_or(0) % outside.len();
                    assert!(rules.give_up(outside.swap_remove(at), step).is_some());
                }
                _ => {}
            }
            assert!(inside.len() <= AT_WORK);
            let waiting: usize = Class::ALL.iter().map(|class| rules.waiting(*class)).sum();
            assert_eq!(waiting, outside.len());
            for class in Class::ALL {
                assert_eq!(rules.at_work(class), inside.iter().filter(|one| **one == class).count());
                assert!(rules.at_work(class) <= class.share().at_work);
                let could = rules.at_work(class) < class.share().at_work && inside.len() < AT_WORK;
                assert!(!could || rules.waiting(class) == 0, "nobody waits before an empty room");
            }
        }
    }
}

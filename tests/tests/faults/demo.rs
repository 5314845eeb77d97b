//! The choice of the demo: the station killed around it, and around the founding of the demo company that follows.

use std::path::Path;
use std::sync::Arc;

use selvedge_contract::view::{Screen, View};
use selvedge_contract::{Command, commands::*};
use selvedge_station::{Options, Station};
use selvedge_store::{NoWitness, Phase, Witness};
use selvedge_tests::shop::quick_folder;

use crate::child::{self, Killer, Point};
use crate::names::STATION_WRITES;

fn open(folder: &Path, witness: Arc<dyn Witness>) -> Station {
    let options = Options { witness, ..Options::at(folder.to_owned()) };
    Station::start(options, Arc::new(|_| {})).expect("the station starts")
}

fn call<C: Command>(station: &Station, command: C) -> C::Reply {
    let payload = serde_json::to_value(command).expect("a payload");
    let reply = station.dispatch(C::NAME, payload).expect("an answer");
    serde_json::from_value(reply).expect("a reply")
}

/// Not a test by itself: somebody tries the demo and leaves it.
#[test]
fn the_station_of_a_child() {
    if child::role().as_deref() != Some("demo") {
        return;
    }
    let killer = Arc::new(Killer::at(Point::parse(&child::point_text())));
    let station = open(&child::folder(), killer);
    call(&station, StartDemo {});
    call(&station, LeaveDemo {});
    std::process::exit(0);
}

fn is_demo(view: &View) -> bool {
    match &view.screen {
        Screen::FirstStart(_) => false,
        Screen::SignIn(sign_in) => {
            assert_eq!(sign_in.company, "Twisted Threads", "the demo company is whole");
            assert!(!sign_in.people.is_empty(), "with its people");
            true
        }
        other => panic!("nobody signed in: {other:?}"),
    }
}

#[test]
fn a_kill_around_the_choice_of_the_demo_leaves_it_chosen_or_not() {
    // The demo is chosen, founded ("join", in its own folder), and left.
    let after = [("choose-demo", 1, false, true), ("join", 1, true, true), ("choose-demo", 2, true, false)];
    assert!(STATION_WRITES.iter().all(|write| after.iter().any(|(name, ..)| name == write)), "every write is killed");
    for (write, nth, before, done) in after {
        for phase in Phase::ALL {
            let point = Point { write: write.to_owned(), phase, nth };
            let folder = quick_folder();
            let output = child::start("demo::the_station_of_a_child", "demo", folder.path(), &point.text(), &[]);
            child::assert_killed(&output, &point.text());
            let station = open(folder.path(), Arc::new(NoWitness));
            let expected = if phase == Phase::Committed { done } else { before };
            assert_eq!(
                is_demo(&station.app().view().expect("a view")),
                expected,
                "{point:?}: chosen or not, never half"
            );
            if !expected {
                assert!(is_demo(&call(&station, StartDemo {})), "{point:?}: the demo can be chosen again");
            }
            let left = call(&station, LeaveDemo {});
            assert!(matches!(left.screen, Screen::FirstStart(_)), "{point:?}: and left");
        }
    }
}

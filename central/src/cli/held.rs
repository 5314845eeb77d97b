//! `release`: what is held is applied, or let go of.

use anyhow::bail;
use uuid::Uuid;

use crate::store::{HeldDecision, HeldNamed, Store};
use crate::surroundings::Surroundings;

/// Reads `GENERATION:SEQUENCE`.
pub(super) fn named(text: &str) -> Result<HeldNamed, String> {
    let parts = text.split_once(':');
    let read = parts.and_then(|(generation, sequence)| {
        Some(HeldNamed::Entry { generation: Uuid::parse_str(generation).ok()?, sequence: sequence.parse().ok()? })
    });
    read.ok_or_else(|| "write it as `export --kind held` has it: GENERATION:SEQUENCE".to_owned())
}

/// What a manager names.
pub(super) fn all(entries: Vec<HeldNamed>, device: Option<Uuid>) -> Vec<HeldNamed> {
    entries.into_iter().chain(device.map(HeldNamed::Device)).collect()
}

/// As it stands in the list of commands.
pub(super) fn words(named: &[HeldNamed], dismiss: bool) -> String {
    let one = |named: &HeldNamed| match named {
        HeldNamed::Entry { generation, sequence } => format!("{generation}:{sequence}"),
        HeldNamed::Device(device) => format!("all of station {device}"),
    };
    match named {
        [] => "what can be applied by now".to_owned(),
        named => {
            let named: Vec<String> = named.iter().map(one).collect();
            format!("{}{}", if dismiss { "dismissed: " } else { "" }, named.join(", "))
        }
    }
}

pub(super) async fn release(
    store: &dyn Store,
    around: &dyn Surroundings,
    named: Vec<HeldNamed>,
    dismiss: bool,
) -> anyhow::Result<()> {
    if named.is_empty() {
        if dismiss {
            bail!("say which, with --entry or --device: nothing is dismissed by itself");
        }
        println!("{} entries applied", store.release(around.now_ms()).await?);
        return Ok(());
    }
    let decision = if dismiss { HeldDecision::Dismiss } else { HeldDecision::Release };
    let (mut done, mut stayed) = (0_usize, 0_usize);
    for one in named {
        let what = words(std::slice::from_ref(&one), false);
        let settled = store.decide_held(one, decision, around.now_ms()).await?;
        if settled.is_empty() {
            eprintln!("{what}: nothing is held");
            stayed += 1;
        }
        for entry in settled {
            let which = format!("{}:{}", entry.id.generation, entry.id.sequence);
            match entry.done {
                Ok(()) => done += 1,
                Err(why) => {
                    eprintln!("{which} stays held, it cannot be applied: {why}; --dismiss lets go of it");
                    stayed += 1;
                }
            }
        }
    }
    println!("{done} entries {}", if dismiss { "dismissed" } else { "applied" });
    if stayed > 0 {
        bail!("{stayed} of what was named could not be done");
    }
    Ok(())
}

//! `cargo xtask demo`: a demo shop from nothing. Central with the demo company, and a till that belongs to it, with
//! devices that are played. What it has stays in `demo` in the target folder until `--fresh`.

use std::fs::{self, File};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::arguments::Arguments;
use crate::build::{self, Profile};
use crate::setup::{self, Need};
use crate::shell::{self, Shell};

/// The till of the demo.
const SITE: &str = "galway";
const TILL: &str = "04";
/// How long central may take until it answers.
const PATIENCE: Duration = Duration::from_secs(30);

/// The till's printer, played by the app.
const PROFILE: &str = "generic-80-42";

/// Builds, starts central, and opens the till: for a person, or without a display for itself.
pub fn run(shell: &Shell, mut arguments: Arguments) -> Result<()> {
    let fresh = arguments.flag("--fresh");
    let yes = arguments.flag("--yes");
    arguments.finish()?;

    let alone = !setup::has_display();
    setup::run(shell, if alone { Need::Everything } else { Need::Building }, yes)?;
    build::run(shell, Profile::Debug)?;
    let demo = Demo::prepare(shell, fresh)?;
    let mut central = demo.serve(shell)?;
    println!("\nTill {TILL} of {SITE} sells. Who may sign in:");
    for person in of_our_site(&demo.people) {
        println!("  {person}");
    }
    println!("Everybody of the company: {}\n", demo.folder.join("people.txt").display());
    let outcome = if alone { demo.sell(shell) } else { demo.open(shell) };
    setup::end(&mut central);
    outcome
}

/// What lies in the demo's folder.
struct Demo {
    folder: PathBuf,
    /// Where central listens. It stays the same, because the till remembers it.
    address: String,
    /// Who may sign in, in central's words.
    people: String,
    /// The code with which the till joins; a till that has joined does not look at it.
    code: String,
}

impl Demo {
    fn prepare(shell: &Shell, fresh: bool) -> Result<Self> {
        let folder = shell.target().join("demo");
        if fresh && folder.exists() {
            fs::remove_dir_all(&folder).with_context(|| format!("removing {}", folder.display()))?;
        }
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("devices.toml"), devices())?;
        let address =
            kept(&folder.join("address.txt"), || Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.to_string()))?;
        let people = kept(&folder.join("people.txt"), || central(shell, &folder, &["demo"]))?;
        let code = kept(&folder.join("code.txt"), || {
            let answer = central(shell, &folder, &["enrol", "--site", SITE, "--till", TILL])?;
            Ok(answer.split_whitespace().next_back().context("central gave no code")?.to_owned())
        })?;
        Ok(Demo { folder, address, people, code })
    }

    /// Starts central, and waits until it answers.
    fn serve(&self, shell: &Shell) -> Result<Child> {
        let store = store(&self.folder);
        let mut serve = shell.command(build::path(shell, Profile::Debug, "selvedge-central"));
        serve.args(["serve", "--listen", &self.address, "--store", &store]);
        let log = File::options().create(true).append(true).open(self.folder.join("central.log"))?;
        let mut central = serve.stdout(Stdio::null()).stderr(log).spawn().context("starting central")?;
        let start = Instant::now();
        while TcpStream::connect(&self.address).is_err() {
            if let Some(status) = central.try_wait()? {
                bail!("central ended with {status}; is another demo running? `cargo xtask demo --fresh` begins anew");
            }
            if start.elapsed() > PATIENCE {
                setup::end(&mut central);
                bail!("central does not answer at {}", self.address);
            }
            sleep(Duration::from_millis(50));
        }
        Ok(central)
    }

    /// Opens the till for whoever sits here, until the window is closed.
    fn open(&self, shell: &Shell) -> Result<()> {
        println!("The till opens now. Close its window to end the demo; the next start goes on from there.");
        let mut till = shell.command(build::path(shell, Profile::Debug, "selvedge"));
        shell::run(till.args(self.flags()))
    }

    /// Nobody is here to see it: a till on a display of its own sells by itself, and leaves its pictures.
    fn sell(&self, shell: &Shell) -> Result<()> {
        println!("There is no display, so the till uses a virtual one and makes a sale by itself.");
        let pictures = ["till.png", "receipt.png"].map(|name| self.folder.join(name));
        for picture in pictures.iter().filter(|picture| picture.exists()) {
            fs::remove_file(picture)?;
        }
        let mut sale = shell.command(build::path(shell, Profile::Debug, "demo-sale"));
        shell::run(sale.arg(&self.folder).args(self.flags()))?;
        let mut receipt = shell.command(build::path(shell, Profile::Debug, "selvedgectl"));
        receipt.args(["receipt", "--as", "png", "--profile", PROFILE, "--output"]).arg(self.folder.join("receipt.png"));
        shell::run(receipt.arg("--data-dir").arg(self.folder.join("till")))?;
        for picture in &pictures {
            ensure!(picture.is_file(), "the demo left no {}", picture.display());
            println!("{}", picture.display());
        }
        Ok(())
    }

    fn flags(&self) -> Vec<String> {
        let path = |name: &str| self.folder.join(name).to_string_lossy().into_owned();
        let flags = [
            ["--data-dir", &path("till")],
            ["--central", &format!("http://{}", self.address)],
            ["--enrol", &self.code],
            ["--devices", &path("devices.toml")],
        ];
        flags.concat().into_iter().map(ToOwned::to_owned).collect()
    }
}

/// The till's devices. The scanner is whatever types codes and Return.
fn devices() -> String {
    format!(
        "[[device]]\nname = \"receipt printer\"\nkind = \"receipt-printer\"\ntransport = \"virtual\"\nprofile = \"{PROFILE}\"\n\n\
         [[device]]\nname = \"keyboard scanner\"\nkind = \"scanner\"\ntransport = \"wedge\"\n"
    )
}

/// What a file says; without the file, it is made first.
fn kept(file: &Path, make: impl FnOnce() -> Result<String>) -> Result<String> {
    if !file.is_file() {
        fs::write(file, make()?)?;
    }
    Ok(fs::read_to_string(file)?.trim().to_owned())
}

/// Asks the built central something about the demo's store.
fn central(shell: &Shell, folder: &Path, words: &[&str]) -> Result<String> {
    let mut central = shell.command(build::path(shell, Profile::Debug, "selvedge-central"));
    let output = central.args(words).args(["--store", &store(folder)]).output().context("starting central")?;
    ensure!(
        output.status.success(),
        "`selvedge-central {}` ended with {}: {}",
        words.join(" "),
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(String::from_utf8(output.stdout)?)
}

/// Of all whom central names, those of the till's own site: the lines below the one with its flag.
fn of_our_site(people: &str) -> Vec<&str> {
    let site = format!("--site {SITE},");
    let ours = people.lines().skip_while(|line| !line.contains(&site)).skip(1);
    ours.take_while(|line| line.starts_with(' ')).map(str::trim).collect()
}

fn store(folder: &Path) -> String {
    format!("sqlite:{}", folder.join("central.sqlite").display())
}

#[cfg(test)]
mod tests {
    use super::of_our_site;

    #[test]
    fn only_people_of_the_tills_site_are_told() {
        let all = "Shop: 9 products\nGalway: --site galway, tills 03\n  Mira, PIN 1\n  Tom, PIN 2\nCork: --site cork, tills 05\n  Ines, PIN 3";
        assert_eq!(of_our_site(all), ["Mira, PIN 1", "Tom, PIN 2"], "nobody else can sign in at this till");
    }
}

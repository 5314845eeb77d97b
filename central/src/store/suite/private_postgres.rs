//! A PostgreSQL of a test's own: made in a temporary folder, reached by its socket only, with fsync on, gone with the
//! test however that ends. Other packages' tests and measurements start theirs with it too.

use std::fs;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// Where Debian puts the programs, a folder a version.
const PROGRAMS: &str = "/usr/lib/postgresql";
/// The user that the server runs as when the test runs as root, which the server refuses.
const USER: &str = "postgres";
/// How often a server that does not answer yet is asked again, and how many times.
const ASK_AGAIN: Duration = Duration::from_millis(50);
const TIMES: u32 = 2_400;

/// Runs the server and does what its standard input says. When that ends without a word, the test is gone: then the
/// server ends and its folder goes.
const KEEPER: &str = r#"
programs=$1 folder=$2
shift 2
"$programs/postgres" -D "$folder/data" -k "$folder" -c listen_addresses= -c fsync=on -c max_connections=200 "$@" \
    >>"$folder/log" 2>&1 </dev/null &
server=$!
if read -r word; then
    kill "-$word" $server
    wait $server
else
    kill -QUIT $server
    wait $server
    rm -rf "$folder"
fi
"#;

/// A running server.
pub struct PrivatePostgres {
    programs: PathBuf,
    folder: PathBuf,
    owner: Option<(u32, u32)>,
    options: Vec<String>,
    keeper: Option<(Child, ChildStdin)>,
    databases: AtomicU32,
}

impl PrivatePostgres {
    /// Starts one; none where PostgreSQL is not installed.
    ///
    /// # Panics
    /// When it is installed and does not start.
    pub fn start() -> Option<Self> {
        Self::start_with(&[])
    }

    /// Starts one with options of the server, like `-c` `shared_buffers=256MB`.
    ///
    /// # Panics
    /// When it is installed and does not start.
    pub fn start_with(options: &[&str]) -> Option<Self> {
        static STARTED: AtomicU32 = AtomicU32::new(0);
        let programs = programs()?;
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("selvedge-pg-{}-{number}", std::process::id()));
        fs::create_dir_all(&folder).expect("a temporary folder");
        let owner = owner();
        if let Some((user, group)) = owner {
            std::os::unix::fs::chown(&folder, Some(user), Some(group)).expect("the folder is given away");
        }
        let databases = AtomicU32::new(0);
        let options = options.iter().map(|option| (*option).to_owned()).collect();
        let mut server = PrivatePostgres { programs, folder, owner, options, keeper: None, databases };
        let made = server
            .command("initdb")
            .args(["--auth=trust", "--username=selvedge", "--encoding=UTF8", "--locale=C", "-D"])
            .arg(server.folder.join("data"))
            .output()
            .expect("initdb runs");
        assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
        server.begin();
        Some(server)
    }

    /// A new database, empty or a copy; its address.
    ///
    /// # Panics
    /// When the server does not make it.
    pub fn database(&self, copy_of: Option<&str>) -> String {
        let name = format!("d{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let template = copy_of.and_then(|address| address.strip_prefix("postgres:///")?.split('?').next());
        // Whoever was connected to the template may still be saying goodbye.
        for _ in 0..TIMES {
            let mut make = self.command("createdb");
            make.args(["--username=selvedge", "--host"]).arg(&self.folder);
            let made = make.args(template.map(|from| format!("--template={from}"))).arg(&name).output();
            let made = made.expect("createdb runs");
            if made.status.success() {
                return format!("postgres:///{name}?user=selvedge&host={}", self.folder.display());
            }
            let said = String::from_utf8_lossy(&made.stderr).into_owned();
            assert!(said.contains("being accessed by other users"), "createdb: {said}");
            std::thread::sleep(ASK_AGAIN);
        }
        panic!("the template is never free");
    }

    /// Kills the server as a power cut would (SIGKILL), and waits until it is gone. [`Self::begin`] starts it again.
    ///
    /// # Panics
    /// When it does not run.
    pub fn kill(&mut self) {
        let (mut keeper, mut says) = self.keeper.take().expect("it runs");
        writeln!(says, "KILL").expect("its keeper listens");
        keeper.wait().expect("its keeper ends");
    }

    /// Starts the server in its folder, and waits until it answers.
    ///
    /// # Panics
    /// When it does not.
    pub fn begin(&mut self) {
        for _ in 0..TIMES {
            let (mut keeper, says) = self.keeper.take().unwrap_or_else(|| self.keep());
            // Those that served for a server that was killed may still be leaving: then it ends and is started again.
            if keeper.try_wait().expect("its keeper").is_none() {
                self.keeper = Some((keeper, says));
            }
            let mut ask = self.command("pg_isready");
            let ready = ask.arg("--host").arg(&self.folder).stdout(Stdio::null()).status().expect("pg_isready runs");
            if ready.success() {
                return;
            }
            std::thread::sleep(ASK_AGAIN);
        }
        let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        panic!("PostgreSQL does not start: {log}");
    }

    fn keep(&self) -> (Child, ChildStdin) {
        let mut shell = owned(Command::new("sh"), &self.folder, self.owner);
        shell.args(["-c", KEEPER, "keeper"]).arg(&self.programs).arg(&self.folder).args(&self.options);
        let mut keeper = shell.stdin(Stdio::piped()).spawn().expect("a shell runs");
        let says = keeper.stdin.take().expect("its standard input");
        (keeper, says)
    }

    fn command(&self, program: &str) -> Command {
        owned(Command::new(self.programs.join(program)), &self.folder, self.owner)
    }
}

impl Drop for PrivatePostgres {
    fn drop(&mut self) {
        if let Some((mut keeper, says)) = self.keeper.take() {
            drop(says);
            keeper.wait().ok();
        } else {
            fs::remove_dir_all(&self.folder).ok();
        }
    }
}

fn owned(mut command: Command, folder: &Path, owner: Option<(u32, u32)>) -> Command {
    command.current_dir(folder).env("LC_ALL", "C");
    if let Some((user, group)) = owner {
        command.uid(user).gid(group);
    }
    command
}

/// The newest version's.
fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir(PROGRAMS).ok()?.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let newest: u32 = versions.max()?;
    let folder = Path::new(PROGRAMS).join(newest.to_string()).join("bin");
    folder.join("initdb").is_file().then_some(folder)
}

/// Whom the server runs as when that is somebody else.
fn owner() -> Option<(u32, u32)> {
    let we = std::os::unix::fs::MetadataExt::uid(&fs::metadata("/proc/self").ok()?);
    if we != 0 {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").ok()?;
    let fields = users.lines().map(|line| line.split(':').collect::<Vec<_>>()).find(|fields| fields[0] == USER)?;
    Some((fields.get(2)?.parse().ok()?, fields.get(3)?.parse().ok()?))
}

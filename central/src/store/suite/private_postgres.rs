//! A PostgreSQL of a test's own: made in a temporary folder, reached by its socket only, with fsync on, gone with the
//! test however that ends. Other packages' tests and measurements start theirs with it too.

use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
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

/// Waits at a server's side. When its standard input ends without a word, the test is gone: then the server ends, and
/// its folder goes.
const UNDERTAKER: &str = r#"
server=$1 folder=$2
if read -r word; then exit; fi
kill -QUIT "$server"
turns=100
while [ -e "$folder/data/postmaster.pid" ] && [ $turns -gt 0 ]; do sleep 0.1; turns=$((turns - 1)); done
rm -rf "$folder"
"#;

/// A running server.
pub struct PrivatePostgres {
    programs: PathBuf,
    folder: PathBuf,
    owner: Option<(u32, u32)>,
    options: Vec<String>,
    port: Option<u16>,
    running: Option<Running>,
    databases: AtomicU32,
}

/// The server's process, and who clears up behind it when the test ends without a word.
struct Running {
    server: Child,
    undertaker: Child,
    /// Of the undertaker.
    word: ChildStdin,
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
        Self::start_as(options, None)
    }

    /// Starts one that is reached by TLS as well, on a port of loopback, with a certificate and its key, both PEM.
    ///
    /// # Panics
    /// When it is installed and does not start.
    pub fn start_with_tls(certificate: &str, key: &str) -> Option<Self> {
        Self::start_as(&[], Some((certificate, key)))
    }

    fn start_as(options: &[&str], tls: Option<(&str, &str)>) -> Option<Self> {
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
        let mut options: Vec<String> = options.iter().map(|option| (*option).to_owned()).collect();
        let port = tls.map(|(certificate, key)| {
            let (port, more) = with_tls(&folder, owner, certificate, key);
            options.extend(more);
            port
        });
        let mut server = PrivatePostgres { programs, folder, owner, options, port, running: None, databases };
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
                let port = self.port.map_or(String::new(), |port| format!("&port={port}"));
                return format!("postgres:///{name}?user=selvedge&host={}{port}", self.folder.display());
            }
            let said = String::from_utf8_lossy(&made.stderr).into_owned();
            assert!(said.contains("being accessed by other users"), "createdb: {said}");
            std::thread::sleep(ASK_AGAIN);
        }
        panic!("the template is never free");
    }

    /// Where it is reached by TLS, for a database whose address is known.
    ///
    /// # Panics
    /// When it was not started with TLS.
    pub fn by_tls(&self, address: &str, host: &str) -> String {
        let port = self.port.expect("it was started with TLS");
        let name = address.strip_prefix("postgres:///").and_then(|rest| rest.split('?').next()).expect("an address");
        format!("postgres://selvedge@{host}:{port}/{name}?sslmode=require")
    }

    /// Kills the server as a power cut would (SIGKILL), and waits until it is gone. [`Self::begin`] starts it again.
    ///
    /// # Panics
    /// When it does not run.
    pub fn kill(&mut self) {
        self.running.take().expect("it runs").kill();
    }

    /// Starts the server in its folder, and waits until it answers. Those that served for a server that was killed may
    /// still be leaving: then a new one ends at once, and is started again.
    ///
    /// # Panics
    /// When it does not answer in time.
    pub fn begin(&mut self) {
        for _ in 0..TIMES {
            let mut running = self.running.take().unwrap_or_else(|| self.start_server());
            if running.server.try_wait().expect("the server's process").is_some() {
                running.kill();
            } else {
                self.running = Some(running);
                if self.answers() {
                    return;
                }
            }
            std::thread::sleep(ASK_AGAIN);
        }
        let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        panic!("PostgreSQL does not start: {log}");
    }

    fn answers(&self) -> bool {
        let mut ask = self.command("pg_isready");
        ask.arg("--host").arg(&self.folder).stdout(Stdio::null()).status().expect("pg_isready runs").success()
    }

    fn start_server(&self) -> Running {
        let log = fs::File::options().create(true).append(true).open(self.folder.join("log")).expect("a log");
        let mut server = self.command("postgres");
        server.arg("-D").arg(self.folder.join("data")).arg("-k").arg(&self.folder);
        server.args(["-c", "listen_addresses=", "-c", "fsync=on", "-c", "max_connections=200"]).args(&self.options);
        server.stdin(Stdio::null()).stdout(log.try_clone().expect("a log")).stderr(log);
        let server = server.spawn().expect("postgres runs");
        let mut shell = self.owned(Command::new("sh"));
        shell.args(["-c", UNDERTAKER, "undertaker"]).arg(server.id().to_string()).arg(&self.folder);
        let mut undertaker = shell.stdin(Stdio::piped()).spawn().expect("a shell runs");
        let word = undertaker.stdin.take().expect("its standard input");
        Running { server, undertaker, word }
    }

    fn command(&self, program: &str) -> Command {
        self.owned(Command::new(self.programs.join(program)))
    }

    fn owned(&self, mut command: Command) -> Command {
        command.current_dir(&self.folder).env("LC_ALL", "C");
        if let Some(port) = self.port {
            command.env("PGPORT", port.to_string());
        }
        if let Some((user, group)) = self.owner {
            command.uid(user).gid(group);
        }
        command
    }
}

impl Running {
    /// SIGKILL for it and for all that serve for it, which would serve on for a moment; the folder stays.
    fn kill(mut self) {
        writeln!(self.word, "stay").expect("the undertaker listens");
        self.undertaker.wait().expect("the undertaker ends");
        let serving = children(self.server.id());
        self.server.kill().expect("the server is killed");
        self.server.wait().expect("the server ends");
        for _ in 0..TIMES {
            let left: Vec<&String> = serving.iter().filter(|id| lives(id)).collect();
            if left.is_empty() {
                return;
            }
            // One that has gone meanwhile is what is wanted.
            Command::new("kill").arg("-KILL").args(left).stderr(Stdio::null()).status().expect("kill runs");
            std::thread::sleep(Duration::from_millis(1));
        }
        panic!("those who served for PostgreSQL do not end");
    }
}

/// Ids of the processes that this one started and that are there.
fn children(id: u32) -> Vec<String> {
    let list = fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap_or_default();
    list.split_whitespace().map(str::to_owned).collect()
}

/// Whether a process is there and no zombie.
fn lives(id: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with(['Z', 'X']))
}

impl Drop for PrivatePostgres {
    fn drop(&mut self) {
        if let Some(Running { mut server, mut undertaker, word }) = self.running.take() {
            drop(word);
            server.wait().ok();
            undertaker.wait().ok();
        } else {
            fs::remove_dir_all(&self.folder).ok();
        }
    }
}

/// A free port, and what the server is told of its certificate, whose files it wants for itself.
fn with_tls(folder: &Path, owner: Option<(u32, u32)>, certificate: &str, key: &str) -> (u16, Vec<String>) {
    let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port");
    let mut options =
        vec!["listen_addresses=127.0.0.1".to_owned(), format!("port={}", free.port()), "ssl=on".to_owned()];
    for (name, text) in [("ssl_cert_file", certificate), ("ssl_key_file", key)] {
        let file = folder.join(name);
        fs::write(&file, text).expect("a file");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("its owner's only");
        if let Some((user, group)) = owner {
            std::os::unix::fs::chown(&file, Some(user), Some(group)).expect("the file is given away");
        }
        options.push(format!("{name}={}", file.display()));
    }
    (free.port(), options.into_iter().flat_map(|option| ["-c".to_owned(), option]).collect())
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

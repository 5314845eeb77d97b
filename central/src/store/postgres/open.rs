//! Connecting: what a session must be before it is used, and the migrations.

use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{Hook, HookError, Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{Client, Config, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::store::{StoreError, chain};

/// Connections of one replica of central, besides the one that listens.
const CONNECTIONS: usize = 16;
/// How long work waits for one of them before it is told that central is busy.
const WAIT: Duration = Duration::from_secs(5);
const CONNECT: Duration = Duration::from_secs(5);

/// What every session must be. A replica that hangs in the middle of a transaction must not hold the others up for long,
/// and a commit that was answered is on disk, whatever the server's default is.
const SESSION: &str = "
    SET application_name = 'selvedge-central';
    SET idle_in_transaction_session_timeout = '30s';
    SET lock_timeout = '20s';
    SET client_min_messages = warning;
    SELECT set_config('synchronous_commit', 'on', false)
        WHERE current_setting('synchronous_commit') IN ('off', 'local');
";

/// Numbered, in order. A migration only adds (expand); what nobody reads any more goes with a later one (contract), which
/// says the lowest version that still works with what is left, so that replicas are updated one after the other.
struct Migration {
    sql: &'static str,
    /// The number of the last migration that a central must know to work with the tables after this one.
    works_from: i64,
}

const MIGRATIONS: [Migration; 6] = [
    Migration { sql: include_str!("migrations/0001_central.sql"), works_from: 1 },
    // Who takes a sale in without knowing of promises would break them without a word.
    Migration { sql: include_str!("migrations/0002_promises.sql"), works_from: 2 },
    Migration { sql: include_str!("migrations/0003_rights.sql"), works_from: 2 },
    // Who takes an entry in without knowing of its base would count it twice.
    Migration { sql: include_str!("migrations/0004_bases.sql"), works_from: 4 },
    Migration { sql: include_str!("migrations/0005_transfers.sql"), works_from: 2 },
    // Who does not know of dismissed entries and erased bodies would apply the ones and call the others damaged.
    Migration { sql: include_str!("migrations/0006_management.sql"), works_from: 6 },
];
/// Whoever migrates holds this advisory lock: `SVce` in ASCII.
const MIGRATING: i64 = 0x5356_6365;

/// How a session is encrypted.
pub(super) type Tls = MakeRustlsConnect;

/// Where the server is, and how it is spoken to.
#[derive(Clone)]
pub struct At {
    config: Config,
    tls: Tls,
}

impl At {
    /// Reads an address like `postgres://USER@HOST/DATABASE?sslmode=require`; connects nobody yet. On a socket or a
    /// loopback address a session may be plain, anywhere else it is not: passwords and verifiers of PINs travel on it.
    /// Who has a network of her own for it says `sslmode=disable&plaintext=allowed`. Certificates are checked against
    /// those in the file `sslrootcert=FILE`, else against the system's roots, or those in `SSL_CERT_FILE`.
    ///
    /// # Errors
    /// [`StoreError::Settings`]; never with the address in it, which may hold a password.
    pub fn new(address: &str) -> Result<Self, StoreError> {
        let settings = |detail: String| StoreError::Settings { detail };
        let Ours { address, roots, plaintext } = Ours::read(address);
        let mut config: Config = address.parse().map_err(|error: tokio_postgres::Error| settings(chain(&error)))?;
        // Behind a failover there are several hosts: the one that may be written to is meant.
        config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT);
        }
        let near = config.get_hosts().iter().all(is_near);
        let plain = config.get_ssl_mode() == SslMode::Disable;
        if plain && !near && !plaintext {
            return Err(settings(
                "a session to another machine would not be encrypted; without sslmode=disable it is, and on a network of \
                 your own plaintext=allowed lets it be plain"
                    .to_owned(),
            ));
        }
        let encrypted = if near { config.get_ssl_mode() == SslMode::Require } else { !plain };
        config.ssl_mode(if encrypted { SslMode::Require } else { SslMode::Disable });
        let roots = if encrypted { trusted(roots.as_deref())? } else { RootCertStore::empty() };
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let client = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| settings(error.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(At { config, tls: MakeRustlsConnect::new(client) })
    }

    pub(super) async fn connect(&self) -> Result<(Client, Connection), StoreError> {
        Ok(self.config.connect(self.tls.clone()).await?)
    }
}

/// What an address says that the library does not read.
struct Ours {
    address: String,
    /// `sslrootcert`, as other clients of PostgreSQL call it.
    roots: Option<String>,
    /// `plaintext=allowed`.
    plaintext: bool,
}

impl Ours {
    fn read(address: &str) -> Self {
        let (before, query) = address.split_once('?').unwrap_or((address, ""));
        let (mut rest, mut roots, mut plaintext) = (Vec::new(), None, false);
        for part in query.split('&').filter(|part| !part.is_empty()) {
            match part.split_once('=') {
                Some(("sslrootcert", file)) => roots = Some(file.to_owned()),
                Some(("plaintext", "allowed")) => plaintext = true,
                Some(_) | None => rest.push(part),
            }
        }
        let query = if rest.is_empty() { String::new() } else { format!("?{}", rest.join("&")) };
        Ours { address: format!("{before}{query}"), roots, plaintext }
    }
}

/// The certificates in a file, or the system's.
fn trusted(file: Option<&str>) -> Result<RootCertStore, StoreError> {
    let settings = |detail: String| StoreError::Settings { detail };
    let found = match file {
        Some(file) => CertificateDer::pem_file_iter(file)
            .and_then(|found| found.collect::<Result<Vec<_>, _>>())
            .map_err(|error| settings(format!("sslrootcert: {error}")))?,
        None => rustls_native_certs::load_native_certs().certs,
    };
    let mut roots = RootCertStore::empty();
    let (usable, _unusable) = roots.add_parsable_certificates(found);
    match (usable, file) {
        (0, Some(_)) => Err(settings("sslrootcert: there is no certificate in the file".to_owned())),
        (0, None) => Err(settings("no root certificates are found: give sslrootcert, or set SSL_CERT_FILE".to_owned())),
        (_, Some(_) | None) => Ok(roots),
    }
}

/// A connection that is driven by whoever holds it.
pub(super) type Connection = tokio_postgres::Connection<Socket, <Tls as MakeTlsConnect<Socket>>::Stream>;

fn is_near(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => {
            name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
        }
        #[cfg(unix)]
        Host::Unix(_) => true,
    }
}

pub(super) fn pool(at: &At) -> Result<Pool, StoreError> {
    let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    let manager = Manager::from_config(at.config.clone(), at.tls.clone(), recycling);
    let prepare = Hook::async_fn(|client, _| {
        Box::pin(async move { client.batch_execute(SESSION).await.map_err(HookError::Backend) })
    });
    Pool::builder(manager)
        .max_size(CONNECTIONS)
        .runtime(Runtime::Tokio1)
        .wait_timeout(Some(WAIT))
        .create_timeout(Some(WAIT))
        .recycle_timeout(Some(WAIT))
        .post_create(prepare)
        .build()
        .map_err(|error| StoreError::Settings { detail: error.to_string() })
}

/// Looks before it touches: a newer store stays as it is, and a server that loses commits is not used.
pub(super) async fn migrate(pool: &Pool) -> Result<(), StoreError> {
    let mut client = pool.get().await?;
    let durable: String = client.query_one("SELECT current_setting('fsync')", &[]).await?.get(0);
    if durable != "on" {
        return Err(StoreError::NotDurable);
    }
    let tx = client.transaction().await?;
    tx.execute("SELECT pg_advisory_xact_lock($1)", &[&MIGRATING]).await?;
    tx.batch_execute(
        "CREATE TABLE IF NOT EXISTS schema_version (
             only_one boolean NOT NULL PRIMARY KEY DEFAULT true CHECK (only_one),
             version bigint NOT NULL, -- the last migration that was applied
             works_from bigint NOT NULL -- what a central must know to work with it
         );
         INSERT INTO schema_version (version, works_from) VALUES (0, 0) ON CONFLICT DO NOTHING;",
    )
    .await?;
    let row = tx.query_one("SELECT version, works_from FROM schema_version", &[]).await?;
    let (version, works_from): (i64, i64) = (row.get(0), row.get(1));
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    if works_from > known {
        return Err(StoreError::Newer { found: version, known });
    }
    for (migration, number) in MIGRATIONS.iter().zip(1_i64..) {
        if number > version {
            tx.batch_execute(migration.sql).await?;
            tx.execute(
                "UPDATE schema_version SET version = $1, works_from = greatest(works_from, $2)",
                &[&number, &migration.works_from],
            )
            .await?;
        }
    }
    tx.commit().await?;
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::store::suite::PrivatePostgres;

    #[tokio::test]
    async fn a_commit_is_a_hard_one_whatever_the_servers_default_is() {
        let options = ["-c", "synchronous_commit=off"];
        let Some(server) = PrivatePostgres::start_with(&options) else {
            eprintln!("left out: PostgreSQL is not installed (Debian's package postgresql)");
            return;
        };
        let pool = pool(&At::new(&server.database(None)).expect("an address")).expect("a pool");
        let client = pool.get().await.expect("a session");
        let hard = client.query_one("SELECT current_setting('synchronous_commit')", &[]).await.expect("a setting");
        assert_eq!(hard.get::<_, &str>(0), "on");
    }

    #[test]
    fn a_session_is_plain_at_home_only() {
        let mode = |address: &str| At::new(address).map(|at| at.config.get_ssl_mode()).expect("an address");
        for near in ["postgres:///db?host=/run/postgresql", "postgres://a@127.0.0.1/db", "postgres://a@localhost/db"] {
            assert_eq!(mode(near), SslMode::Disable, "{near}");
        }
        for told in [
            "postgres://a@10.0.0.7/db?plaintext=allowed&sslmode=disable",
            "postgres://a@db/db?sslmode=disable&plaintext=allowed",
        ] {
            assert_eq!(mode(told), SslMode::Disable, "{told}");
        }
        for far in
            ["postgres://a@db.example/db?sslmode=disable", "postgres://a:geheim@localhost,10.0.0.7/db?sslmode=disable"]
        {
            let error = At::new(far).err().expect("nobody said that it may be plain").to_string();
            assert!(error.contains("not be encrypted") && !error.contains("geheim"), "{error}");
        }
        for far in ["postgres://a@db.example/db", "postgres://a@localhost,10.0.0.7/db?plaintext=allowed"] {
            match At::new(far) {
                Ok(at) => assert_eq!(at.config.get_ssl_mode(), SslMode::Require, "{far}"),
                // A machine without root certificates.
                Err(error) => assert!(error.to_string().contains("SSL_CERT_FILE"), "{error}"),
            }
        }
        for file in ["/nowhere/roots.pem", "/dev/null"] {
            let error = At::new(&format!("postgres://a@db.example/db?sslrootcert={file}")).err().expect("no roots");
            assert!(error.to_string().contains("sslrootcert"), "{error}");
        }
    }
}

//! A PostgreSQL on another machine is spoken to under TLS, and only when it is who it says. Loopback stands for it here.

use std::path::{Path, PathBuf};

use selvedge_central::store::StoreError;
use selvedge_central::store::postgres::{At, PostgresStore};
use selvedge_central::store::suite::PrivatePostgres;

use super::session;

struct Certificate {
    pem: String,
    key: String,
    file: PathBuf,
}

/// Signed by itself, for a name.
fn certificate(folder: &Path, name: &str) -> Certificate {
    let made = rcgen::generate_simple_self_signed([name.to_owned()]).expect("a certificate");
    let file = folder.join(format!("{name}-{}.pem", made.signing_key.serialize_pem().len() + made.cert.pem().len()));
    std::fs::write(&file, made.cert.pem()).expect("a file");
    Certificate { pem: made.cert.pem(), key: made.signing_key.serialize_pem(), file }
}

async fn opened(address: &str) -> Result<PostgresStore, StoreError> {
    PostgresStore::open(At::new(address)?).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_under_tls_is_with_who_the_certificate_says_or_not_at_all() {
    let (folder, others) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let right = certificate(folder.path(), "localhost");
    let wrong = certificate(others.path(), "localhost");
    let Some(server) = PrivatePostgres::start_with_tls(&right.pem, &right.key) else {
        eprintln!("left out: PostgreSQL is not installed (Debian's package postgresql)");
        return;
    };
    let socket = server.database(None);
    let at = |host: &str, roots: &Path| format!("{}&sslrootcert={}", server.by_tls(&socket, host), roots.display());

    let store = opened(&at("localhost", &right.file)).await.expect("the certificate that was given");
    let watcher = session(&socket).await;
    let sessions = "SELECT count(*), count(*) FILTER (WHERE ssl) FROM pg_stat_activity JOIN pg_stat_ssl USING (pid)
                    WHERE application_name = 'selvedge-central'";
    let row = watcher.query_one(sessions, &[]).await.expect("a count");
    let (all, encrypted): (i64, i64) = (row.get(0), row.get(1));
    assert!(all > 0 && all == encrypted, "{encrypted} of {all} sessions are encrypted");
    drop(store);

    let refused = opened(&at("localhost", &wrong.file)).await.err().expect("another one's certificate");
    assert!(refused.to_string().to_lowercase().contains("certificate"), "it says why: {refused}");
    let refused = opened(&at("127.0.0.1", &right.file)).await.err().expect("a certificate for another name");
    assert!(refused.to_string().to_lowercase().contains("certificate"), "it says why: {refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_tls_is_not_spoken_to_in_plain_words() {
    let folder = tempfile::tempdir().expect("a folder");
    let right = certificate(folder.path(), "localhost");
    let Some(server) = PrivatePostgres::start_with(&["-c", "ssl=off"]) else { return };
    let socket = server.database(None);
    let required = format!("{socket}&sslmode=require&sslrootcert={}", right.file.display());
    let refused = opened(&required).await.err().expect("it cannot encrypt");
    assert!(matches!(refused, StoreError::Away { .. }), "{refused:?}");
    opened(&socket).await.expect("on a socket a session may be plain");
}

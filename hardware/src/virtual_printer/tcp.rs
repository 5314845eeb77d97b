//! The printer on a TCP port: what an emulator would be, in this process.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Weak};
use std::time::Duration;

use super::Shared;

const PAUSE: Duration = Duration::from_millis(2);

/// Listens in a thread of its own, which ends with the printer.
pub(super) fn listen(shared: &Arc<Shared>) -> std::io::Result<SocketAddr> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let address = listener.local_addr()?;
    let shared = Arc::downgrade(shared);
    std::thread::Builder::new().name("virtual printer".to_owned()).spawn(move || serve(&shared, listener, address))?;
    Ok(address)
}

fn serve(printer: &Weak<Shared>, listener: TcpListener, address: SocketAddr) {
    let mut listener = Some(listener);
    while let Some(shared) = printer.upgrade() {
        let reachable = shared.core().reachable;
        drop(shared);
        if !reachable {
            // A printer that is off refuses; one that only does not accept would be let in by the system.
            listener = None;
        } else if listener.is_none() {
            listener = TcpListener::bind(address).ok();
        }
        if let Some(stream) = listener.as_ref().and_then(accepted) {
            talk(printer, stream);
        }
        std::thread::sleep(PAUSE);
    }
}

fn accepted(listener: &TcpListener) -> Option<TcpStream> {
    listener.set_nonblocking(true).ok()?;
    let (stream, _) = listener.accept().ok()?;
    stream.set_nonblocking(true).ok()?;
    Some(stream)
}

/// One client, until either side ends it.
fn talk(printer: &Weak<Shared>, mut stream: TcpStream) {
    let Some(life) = printer.upgrade().and_then(|shared| shared.core().connect()) else { return };
    let mut buffer = [0; 4096];
    let mut unsent: Vec<u8> = Vec::new();
    while let Some(shared) = printer.upgrade() {
        let mut core = shared.core();
        if core.life != life {
            break;
        }
        let room = core.room().min(buffer.len());
        let mut rests = true;
        if room > 0 {
            match stream.read(&mut buffer[..room]) {
                Ok(0) => {
                    core.hang_up();
                    break;
                }
                Ok(count) => {
                    core.take(&buffer[..count]);
                    rests = false;
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(_) => {
                    core.hang_up();
                    break;
                }
            }
        }
        if core.life != life {
            break;
        }
        unsent.extend(core.due(buffer.len()));
        drop(core);
        if !unsent.is_empty()
            && let Ok(count) = stream.write(&unsent)
        {
            unsent.drain(..count);
        }
        drop(shared);
        if rests {
            std::thread::sleep(PAUSE);
        }
    }
    // The other side may be gone already.
    let _ = stream.shutdown(Shutdown::Both);
}

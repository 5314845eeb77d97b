//! The counter: starts what `devices.toml` lists, and turns what devices tell into use cases and events.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use selvedge_app::{App, StoreQueue};
use selvedge_contract::Event;
use selvedge_contract::view::{DeviceKind as Kind, DeviceTest, FoundDevice, PrinterState, ScannerState, StatusPart};
use selvedge_hardware::devices::{self, DeviceConfig, DeviceKind, PrinterTransport, ScannerTransport};
use selvedge_hardware::escpos::Profile;
use selvedge_hardware::printer::{self, PrinterDevice, PrinterHandle, Timing};
use selvedge_hardware::scanner::{self, ScannerDevice, ScannerHandle};
use selvedge_hardware::transport::{SerialConnector, TcpConnector};
use selvedge_hardware::virtual_printer::VirtualPrinter;
use selvedge_ports::{self as ports, Connector, DeviceEvent};

use crate::Listener;

/// The clock on the status line is told this often.
const TICK: Duration = Duration::from_secs(10);
/// The profile of the demo's printer.
const DEMO_PROFILE: &str = "generic-80-42";

/// The devices of a counter, and what was wrong with the others.
pub(crate) struct Listing {
    devices: Vec<DeviceConfig>,
    pub troubles: Vec<String>,
}

impl Listing {
    /// Reads `devices.toml`. Without one the demo plays its devices, and a company has the scanner that types.
    pub fn read(file: Option<&Path>, demo: bool) -> Self {
        let Some(file) = file else { return Listing { devices: unlisted(demo), troubles: Vec::new() } };
        match std::fs::read_to_string(file) {
            Ok(text) => {
                let read = devices::read(&text);
                let troubles = read.errors.iter().map(ToString::to_string).collect();
                Listing { devices: read.devices, troubles }
            }
            Err(error) => {
                let trouble = format!("{} cannot be read: {error}", file.display());
                Listing { devices: unlisted(demo), troubles: vec![trouble] }
            }
        }
    }
}

fn unlisted(demo: bool) -> Vec<DeviceConfig> {
    let mut devices =
        vec![DeviceConfig { name: "keyboard scanner".to_owned(), kind: DeviceKind::Scanner(ScannerTransport::Wedge) }];
    if demo && let Ok(profile) = Profile::built_in(DEMO_PROFILE) {
        let kind = DeviceKind::ReceiptPrinter { transport: PrinterTransport::Virtual, profile };
        devices.insert(0, DeviceConfig { name: "receipt printer".to_owned(), kind });
    }
    devices
}

/// The running devices. Dropping it stops them.
pub(crate) struct Counter {
    found: Vec<FoundDevice>,
    printer: Option<PrinterHandle>,
    _scanners: Vec<ScannerHandle>,
    _ears: Ears,
}

/// The thread that hears the devices; ends after the last of them.
struct Ears(Option<JoinHandle<()>>, Option<Sender<Heard>>);

enum Heard {
    Device(DeviceEvent),
    Stop,
}

impl Drop for Ears {
    fn drop(&mut self) {
        if let Some(sender) = self.1.take() {
            // Whoever is gone already needs no telling.
            let _ = sender.send(Heard::Stop);
        }
        if let Some(thread) = self.0.take() {
            // A panic in the thread was already reported by it.
            let _ = thread.join();
        }
    }
}

impl Counter {
    /// Starts the devices of a listing.
    pub fn start(listing: &Listing, app: &Arc<App>, listener: &Listener) -> std::io::Result<Self> {
        let (sender, heard) = channel();
        let found: Vec<FoundDevice> = listing.devices.iter().map(found).collect();
        app.change_devices(|states| {
            states.found = found.clone();
            states.printer = PrinterState::None;
            states.scanner = ScannerState::NotTried;
        });
        let mut printer = None;
        let mut scanners = Vec::new();
        for device in &listing.devices {
            match &device.kind {
                DeviceKind::ReceiptPrinter { .. } if printer.is_some() => {
                    app.note_trouble(format!("device {}: this version drives one receipt printer", device.name));
                }
                DeviceKind::ReceiptPrinter { transport, profile } => {
                    printer = Some(start_printer(device, transport, profile, app, &sender)?);
                }
                DeviceKind::Scanner(transport) => scanners.extend(start_scanner(device, transport, &sender)?),
            }
        }
        let ears = {
            let (app, listener) = (Arc::clone(app), Arc::clone(listener));
            std::thread::Builder::new().name("devices".to_owned()).spawn(move || listen(&heard, &app, &listener))?
        };
        Ok(Counter { found, printer, _scanners: scanners, _ears: Ears(Some(ears), Some(sender)) })
    }

    /// There is something to print.
    pub fn wake_printer(&self) {
        if let Some(printer) = &self.printer {
            printer.wake();
        }
    }

    /// How a device is tried.
    pub fn kind_of(&self, name: &str) -> Option<DeviceTest> {
        self.found.iter().find(|device| device.name == name).map(|device| match device.kind {
            Kind::ReceiptPrinter => DeviceTest::Printing,
            Kind::Scanner => DeviceTest::WaitingForScan,
        })
    }
}

fn start_printer(
    device: &DeviceConfig,
    transport: &PrinterTransport,
    profile: &Profile,
    app: &Arc<App>,
    sender: &Sender<Heard>,
) -> std::io::Result<PrinterHandle> {
    let connector: Box<dyn Connector> = match transport {
        PrinterTransport::Tcp(address) => Box::new(TcpConnector::new(address)),
        PrinterTransport::Serial(port) => Box::new(SerialConnector::new(&port.path, port.baud)),
        PrinterTransport::Virtual => VirtualPrinter::new(profile).connector(),
    };
    app.change_devices(|states| {
        states.printer = PrinterState::Connecting;
        states.columns = u8::try_from(profile.columns).unwrap_or(u8::MAX);
    });
    printer::start(PrinterDevice {
        name: device.name.clone(),
        profile: profile.clone(),
        connector,
        queue: Box::new(StoreQueue::new(Arc::clone(app))),
        events: Box::new(teller(sender)),
        timing: Timing::default(),
    })
}

fn start_scanner(
    device: &DeviceConfig,
    transport: &ScannerTransport,
    sender: &Sender<Heard>,
) -> std::io::Result<Option<ScannerHandle>> {
    match transport {
        // The window catches what types; the demo's virtual scanner is a command.
        ScannerTransport::Wedge | ScannerTransport::Virtual => Ok(None),
        ScannerTransport::Serial(port) => scanner::start(ScannerDevice {
            name: device.name.clone(),
            connector: Box::new(SerialConnector::new(&port.path, port.baud)),
            events: Box::new(teller(sender)),
        })
        .map(Some),
    }
}

fn teller(sender: &Sender<Heard>) -> impl Fn(DeviceEvent) + Send + use<> {
    let sender = sender.clone();
    move |event| {
        // A closed channel means that the counter is being stopped.
        let _ = sender.send(Heard::Device(event));
    }
}

fn found(device: &DeviceConfig) -> FoundDevice {
    let (kind, transport) = match &device.kind {
        DeviceKind::ReceiptPrinter { transport, .. } => (
            Kind::ReceiptPrinter,
            match transport {
                PrinterTransport::Tcp(address) => format!("tcp://{address}"),
                PrinterTransport::Serial(port) => format!("serial:{}", port.path),
                PrinterTransport::Virtual => "virtual".to_owned(),
            },
        ),
        DeviceKind::Scanner(transport) => (
            Kind::Scanner,
            match transport {
                ScannerTransport::Serial(port) => format!("serial:{}", port.path),
                ScannerTransport::Wedge => "wedge".to_owned(),
                ScannerTransport::Virtual => "virtual".to_owned(),
            },
        ),
    };
    FoundDevice { name: device.name.clone(), kind, transport, answers: false }
}

/// Hears the devices until the counter is stopped, and tells the window.
fn listen(heard: &Receiver<Heard>, app: &App, listener: &Listener) {
    loop {
        match heard.recv_timeout(TICK) {
            Ok(Heard::Device(event)) => {
                if hear(app, event) {
                    show(app, listener);
                }
            }
            Ok(Heard::Stop) | Err(RecvTimeoutError::Disconnected) => return,
            Err(RecvTimeoutError::Timeout) => match app.status_line() {
                Ok(status) => listener(Event::Status(Box::new(status))),
                Err(error) => tracing::warn!(%error, "the status line cannot be read"),
            },
        }
    }
}

fn show(app: &App, listener: &Listener) {
    match app.view() {
        Ok(view) => listener(Event::View(Box::new(view))),
        Err(error) => tracing::error!(%error, "the view cannot be made"),
    }
}

/// What an event changes; says whether anything is to be shown.
fn hear(app: &App, event: DeviceEvent) -> bool {
    match event {
        DeviceEvent::Printer { device, state } => {
            if let ports::PrinterState::Error(reason) = &state {
                app.note_error(StatusPart::Printer, format!("{device}: {reason}"));
            }
            let answers = state != ports::PrinterState::Offline;
            app.change_devices(|states| {
                states.printer = printer_state(&state);
                answered(&mut states.found, &device, answers);
            })
        }
        DeviceEvent::Print { .. } | DeviceEvent::DrawerPulsed { .. } => true,
        DeviceEvent::PrintLoss { characters, .. } => {
            app.note_error(StatusPart::Printer, format!("no code page of this printer has {characters}"));
            false
        }
        DeviceEvent::Scanner { device, state } => {
            let (state, answers) = match state {
                ports::ScannerState::Ready => (ScannerState::Ready, true),
                ports::ScannerState::Offline(reason) => {
                    app.note_error(StatusPart::Scanner, format!("{device}: {reason}"));
                    (ScannerState::Unplugged, false)
                }
            };
            app.change_devices(|states| {
                states.scanner = state;
                answered(&mut states.found, &device, answers);
            })
        }
        DeviceEvent::Scan(scan) => match app.scan(&scan.text, &scan.device) {
            Ok(_) => true,
            Err(error) => {
                app.note_error(
                    StatusPart::Scanner,
                    format!("{}: {:?} was not stored: {error}", scan.device, scan.text),
                );
                app.note_trouble(format!("{}: a scan was not stored, scan it again: {}", scan.device, scan.text));
                true
            }
        },
        DeviceEvent::BadScan { device, reason } => {
            app.note_error(StatusPart::Scanner, format!("{device}: {reason}"));
            app.bad_scan(&format!("{device}: {reason}"));
            true
        }
    }
}

fn answered(found: &mut [FoundDevice], name: &str, answers: bool) {
    if let Some(device) = found.iter_mut().find(|device| device.name == name) {
        device.answers = answers;
    }
}

fn printer_state(state: &ports::PrinterState) -> PrinterState {
    match state {
        ports::PrinterState::Ready => PrinterState::Ready,
        ports::PrinterState::PaperLow => PrinterState::PaperLow,
        ports::PrinterState::PaperOut => PrinterState::PaperOut,
        ports::PrinterState::CoverOpen => PrinterState::CoverOpen,
        ports::PrinterState::Offline => PrinterState::Offline,
        ports::PrinterState::Unknown => PrinterState::Silent,
        ports::PrinterState::Error(_) => PrinterState::Error,
    }
}

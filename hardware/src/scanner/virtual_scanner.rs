//! The demo's scanner: whoever holds it scans by calling it.

use selvedge_ports::{DeviceEvent, DeviceEvents, Scan, ScannerState};

/// A scanner without a device.
pub struct VirtualScanner {
    name: String,
    events: Box<dyn DeviceEvents>,
}

impl VirtualScanner {
    /// A scanner that is ready, and says so.
    pub fn new(name: impl Into<String>, events: Box<dyn DeviceEvents>) -> Self {
        let name = name.into();
        events.tell(DeviceEvent::Scanner { device: name.clone(), state: ScannerState::Ready });
        VirtualScanner { name, events }
    }

    /// Scans `text`, an AIM prefix included where the scanner would send one.
    pub fn scan(&self, text: impl Into<String>) {
        self.events.tell(DeviceEvent::Scan(Scan::new(self.name.clone(), text)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_ready_and_scans() {
        let (sender, receiver) = std::sync::mpsc::channel();
        let scanner = VirtualScanner::new("demo", Box::new(sender));
        scanner.scan("]d2010952");
        let ready = DeviceEvent::Scanner { device: "demo".into(), state: ScannerState::Ready };
        let scan = DeviceEvent::Scan(Scan::new("demo", "]d2010952"));
        assert_eq!(receiver.try_iter().collect::<Vec<_>>(), [ready, scan]);
    }
}

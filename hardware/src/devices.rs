//! `devices.toml`: which devices are on this counter. A wrong entry is named, and the others go on.

use crate::escpos::{Profile, ProfileError};

/// One device that is configured right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceConfig {
    /// What people and errors call it; unique.
    pub name: String,
    /// What it is, and how to reach it.
    pub kind: DeviceKind,
}

/// What a device is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeviceKind {
    /// Prints receipts, and opens the drawer on it.
    ReceiptPrinter {
        /// How to reach it.
        transport: PrinterTransport,
        /// What it is like.
        profile: Profile,
    },
    /// Scans.
    Scanner(ScannerTransport),
}

/// How to reach a printer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PrinterTransport {
    /// `tcp://host:port`.
    Tcp(String),
    /// `serial:/dev/ttyS0?baud=19200`.
    Serial(SerialPort),
    /// `virtual`.
    Virtual,
}

/// How to reach a scanner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScannerTransport {
    /// `serial:/dev/ttyACM0?baud=9600`.
    Serial(SerialPort),
    /// `wedge`: it types into the window.
    Wedge,
    /// `virtual`.
    Virtual,
}

/// A serial port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SerialPort {
    /// Where the system has it.
    pub path: String,
    /// Bits a second.
    pub baud: u32,
}

/// What `devices.toml` says: the devices that are right, and what is wrong with the others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Devices {
    /// To be started.
    pub devices: Vec<DeviceConfig>,
    /// To be shown.
    pub errors: Vec<DeviceConfigError>,
}

/// What is wrong with one device, or with the file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeviceConfigError {
    /// The file is not TOML.
    #[error("devices.toml cannot be read: {0}")]
    NotToml(String),
    /// A field is missing, or is not what it should be.
    #[error("device {device}: {field}: {what}")]
    Field {
        /// Its name, or its place in the file.
        device: String,
        /// Which field.
        field: &'static str,
        /// What would be right.
        what: String,
    },
    /// Something that a later version may do.
    #[error("device {device}: {field}: {value:?} is not supported by this version")]
    NotSupported {
        /// Its name, or its place in the file.
        device: String,
        /// Which field.
        field: &'static str,
        /// What it says.
        value: String,
    },
}

/// All that is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
pub struct DeviceConfigErrors(pub Vec<DeviceConfigError>);

const KNOWN_FIELDS: [&str; 4] = ["name", "kind", "transport", "profile"];
const LATER_KINDS: [&str; 5] = ["label-printer", "scale", "customer-display", "card-terminal", "drawer"];
const DEFAULT_BAUD: u32 = 9600;

/// Reads the text of `devices.toml`; everything must be right.
///
/// # Errors
/// [`DeviceConfigErrors`], with all of them.
pub fn parse(text: &str) -> Result<Vec<DeviceConfig>, DeviceConfigErrors> {
    let Devices { devices, errors } = read(text);
    if errors.is_empty() { Ok(devices) } else { Err(DeviceConfigErrors(errors)) }
}

/// Reads the text of `devices.toml`; what is right goes on.
pub fn read(text: &str) -> Devices {
    let mut found = Devices::default();
    let table: toml::Table = match text.parse() {
        Ok(table) => table,
        Err(error) => {
            found.errors.push(DeviceConfigError::NotToml(error.to_string().trim_end().to_owned()));
            return found;
        }
    };
    for key in table.keys().filter(|key| *key != "device") {
        let what = format!("there are only [[device]] tables, not {key:?}");
        found.errors.push(DeviceConfigError::Field { device: "file".to_owned(), field: "device", what });
    }
    let entries = match table.get("device") {
        None => &[][..],
        Some(toml::Value::Array(entries)) => entries,
        Some(_) => {
            let what = "must be written as [[device]]".to_owned();
            found.errors.push(DeviceConfigError::Field { device: "file".to_owned(), field: "device", what });
            &[]
        }
    };
    for (at, entry) in entries.iter().enumerate() {
        match device(at, entry) {
            Ok(device) if found.devices.iter().any(|other| other.name == device.name) => {
                let what = "another device has this name".to_owned();
                found.errors.push(DeviceConfigError::Field { device: device.name, field: "name", what });
            }
            Ok(device) => found.devices.push(device),
            Err(error) => found.errors.push(error),
        }
    }
    found
}

fn device(at: usize, entry: &toml::Value) -> Result<DeviceConfig, DeviceConfigError> {
    let place = format!("number {}", at + 1);
    let Some(table) = entry.as_table() else {
        let what = "must be written as [[device]]".to_owned();
        return Err(DeviceConfigError::Field { device: place, field: "device", what });
    };
    let name = Entry { device: &place, table }.text("name")?.to_owned();
    let entry = Entry { device: &name, table };
    if name.trim().is_empty() {
        return Err(Entry { device: &place, table }.wrong("name", "must not be empty"));
    }
    if let Some(key) = table.keys().find(|key| !KNOWN_FIELDS.contains(&key.as_str())) {
        return Err(entry.wrong("fields", &format!("there is no field {key:?}; there are {}", KNOWN_FIELDS.join(", "))));
    }
    let kind = match entry.text("kind")? {
        "receipt-printer" => {
            DeviceKind::ReceiptPrinter { transport: entry.printer_transport()?, profile: entry.profile()? }
        }
        "scanner" => DeviceKind::Scanner(entry.scanner_transport()?),
        later if LATER_KINDS.contains(&later) => return Err(entry.not_supported("kind", later)),
        other => return Err(entry.wrong("kind", &format!("{other:?} is neither receipt-printer nor scanner"))),
    };
    Ok(DeviceConfig { name, kind })
}

struct Entry<'a> {
    device: &'a str,
    table: &'a toml::Table,
}

impl<'a> Entry<'a> {
    fn text(&self, field: &'static str) -> Result<&'a str, DeviceConfigError> {
        match self.table.get(field) {
            None => Err(self.wrong(field, "is missing")),
            Some(value) => value.as_str().ok_or_else(|| self.wrong(field, "must be a text in quotes")),
        }
    }

    fn profile(&self) -> Result<Profile, DeviceConfigError> {
        let name = if self.table.contains_key("profile") { self.text("profile")? } else { "generic-80" };
        Profile::built_in(name).map_err(|error: ProfileError| self.wrong("profile", &error.to_string()))
    }

    fn printer_transport(&self) -> Result<PrinterTransport, DeviceConfigError> {
        let text = self.text("transport")?;
        if text == "virtual" {
            Ok(PrinterTransport::Virtual)
        } else if let Some(address) = text.strip_prefix("tcp://") {
            self.tcp(address).map(PrinterTransport::Tcp)
        } else if let Some(port) = text.strip_prefix("serial:") {
            self.serial(port).map(PrinterTransport::Serial)
        } else {
            Err(self.no_transport(text, "a printer is tcp://host:port, serial:PATH?baud=N or virtual"))
        }
    }

    fn scanner_transport(&self) -> Result<ScannerTransport, DeviceConfigError> {
        let text = self.text("transport")?;
        match (text, text.strip_prefix("serial:")) {
            ("wedge", _) => Ok(ScannerTransport::Wedge),
            ("virtual", _) => Ok(ScannerTransport::Virtual),
            (_, Some(port)) => self.serial(port).map(ScannerTransport::Serial),
            (_, None) => Err(self.no_transport(text, "a scanner is serial:PATH?baud=N, wedge or virtual")),
        }
    }

    fn tcp(&self, address: &str) -> Result<String, DeviceConfigError> {
        let wrong = || self.wrong("transport", &format!("tcp://{address} must be tcp://host:port"));
        let (host, port) = address.rsplit_once(':').ok_or_else(wrong)?;
        match port.parse::<u16>() {
            Ok(number) if number > 0 && !host.is_empty() => Ok(address.to_owned()),
            Ok(_) | Err(_) => Err(wrong()),
        }
    }

    fn serial(&self, port: &str) -> Result<SerialPort, DeviceConfigError> {
        let (path, options) = port.split_once('?').unwrap_or((port, ""));
        if path.is_empty() {
            return Err(self.wrong("transport", "serial: needs a path, as in serial:/dev/ttyACM0?baud=9600"));
        }
        let mut baud = DEFAULT_BAUD;
        for option in options.split('&').filter(|option| !option.is_empty()) {
            let value = option.strip_prefix("baud=").and_then(|value| value.parse().ok()).filter(|value| *value > 0);
            baud = value.ok_or_else(|| self.wrong("transport", &format!("{option:?} is not baud=NUMBER")))?;
        }
        Ok(SerialPort { path: path.to_owned(), baud })
    }

    fn no_transport(&self, text: &str, what: &str) -> DeviceConfigError {
        if text.starts_with("usb:") || text.starts_with("queue:") {
            return self.not_supported("transport", text);
        }
        self.wrong("transport", &format!("{text:?} is not known: {what}"))
    }

    fn wrong(&self, field: &'static str, what: &str) -> DeviceConfigError {
        DeviceConfigError::Field { device: self.device.to_owned(), field, what: what.to_owned() }
    }

    fn not_supported(&self, field: &'static str, value: &str) -> DeviceConfigError {
        DeviceConfigError::NotSupported { device: self.device.to_owned(), field, value: value.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_transport_of_this_version_is_read() {
        let devices = parse(
            r#"
            [[device]]
            name = "counter"
            kind = "receipt-printer"
            transport = "tcp://printer.shop:9100"
            profile = "generic-58"

            [[device]]
            name = "old"
            kind = "receipt-printer"
            transport = "serial:/dev/ttyS0?baud=19200"

            [[device]]
            name = "left"
            kind = "scanner"
            transport = "serial:/dev/ttyACM0"

            [[device]]
            name = "right"
            kind = "scanner"
            transport = "wedge"

            [[device]]
            name = "demo"
            kind = "scanner"
            transport = "virtual"
            "#,
        )
        .expect("all right");
        let profile = |name| Profile::built_in(name).expect("built in");
        let serial = |path: &str, baud| SerialPort { path: path.into(), baud };
        let kinds: Vec<DeviceKind> = devices.into_iter().map(|device| device.kind).collect();
        let expected = [
            DeviceKind::ReceiptPrinter {
                transport: PrinterTransport::Tcp("printer.shop:9100".into()),
                profile: profile("generic-58"),
            },
            DeviceKind::ReceiptPrinter {
                transport: PrinterTransport::Serial(serial("/dev/ttyS0", 19200)),
                profile: profile("generic-80"),
            },
            DeviceKind::Scanner(ScannerTransport::Serial(serial("/dev/ttyACM0", 9600))),
            DeviceKind::Scanner(ScannerTransport::Wedge),
            DeviceKind::Scanner(ScannerTransport::Virtual),
        ];
        assert_eq!(kinds, expected);
    }

    #[test]
    fn each_mistake_names_device_and_field_and_the_others_go_on() {
        let good = "[[device]]\nname = \"good\"\nkind = \"scanner\"\ntransport = \"wedge\"\n";
        let printer = "kind = \"receipt-printer\"";
        for (bad, message) in [
            ("kind = \"scanner\"\ntransport = \"wedge\"", "device number 2: name: is missing"),
            ("name = \"x\"\ntransport = \"wedge\"", "device x: kind: is missing"),
            ("name = \"x\"\nkind = 5\ntransport = \"wedge\"", "device x: kind: must be a text in quotes"),
            (&format!("name = \"x\"\n{printer}\ntransport = \"tcp://host\""), "device x: transport: tcp://host must"),
            (&format!("name = \"x\"\n{printer}\ntransport = \"wedge\""), "device x: transport: \"wedge\" is not known"),
            (
                &format!("name = \"x\"\n{printer}\ntransport = \"usb:04b8:0202\""),
                "device x: transport: \"usb:04b8:0202\" is not supported by this version",
            ),
            (
                &format!("name = \"x\"\n{printer}\ntransport = \"queue:Office\""),
                "device x: transport: \"queue:Office\" is not supported by this version",
            ),
            (
                &format!("name = \"x\"\n{printer}\ntransport = \"virtual\"\nprofile = \"laser\""),
                "device x: profile: there is no profile \"laser\"",
            ),
            (
                "name = \"x\"\nkind = \"scanner\"\ntransport = \"serial:/dev/x?baud=fast\"",
                "device x: transport: \"baud=fast\" is not baud=NUMBER",
            ),
            ("name = \"x\"\nkind = \"scale\"\ntransport = \"wedge\"", "device x: kind: \"scale\" is not supported"),
            (
                "name = \"x\"\nkind = \"scanner\"\ntransport = \"wedge\"\nbaud = 5",
                "device x: fields: there is no field",
            ),
            ("name = \"good\"\nkind = \"scanner\"\ntransport = \"wedge\"", "device good: name: another device"),
        ] {
            let read = read(&format!("{good}[[device]]\n{bad}\n"));
            assert_eq!(read.devices.len(), 1, "the good one goes on beside {bad:?}");
            let [error] = read.errors.as_slice() else { panic!("one error for {bad:?}: {:?}", read.errors) };
            assert!(error.to_string().starts_with(message), "{error} for {bad:?}");
        }
    }

    #[test]
    fn a_broken_file_names_its_line() {
        let error = parse("[[device]]\nname = counter").expect_err("no quotes");
        assert!(error.to_string().contains("line 2"), "{error}");
        assert_eq!(parse(""), Ok(Vec::new()));
    }
}

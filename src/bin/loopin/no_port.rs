//! Where nobody can listen, and the way out.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket},
};

use loopin::{Error, RedirectError};
use url::Url;

use crate::{
    port_holder::{Holder, holder},
    shell::quoted,
};

/// Ports below it are root's, as systems come.
const FIRST_UNPRIVILEGED: u16 = 1024;

/// What takes port 5000 on every Mac.
const AIRPLAY: u16 = 5000;

const ANOTHER: &str = "another one by --port, and register it where the provider compares ports";

const ANOTHER_ADDRESS: &str =
    "name an address that this machine has by --listen, 0.0.0.0 for all; or do without it";

/// The system's differences, as far as they matter here.
#[derive(Clone, Copy, PartialEq)]
enum System {
    MacOs,
    Windows,
    Other,
}

const OURS: System = if cfg!(target_os = "macos") {
    System::MacOs
} else if cfg!(windows) {
    System::Windows
} else {
    System::Other
};

/// What to do about a redirect URI that nobody can listen for.
pub(crate) fn instead(error: &RedirectError, app_page: &str) -> String {
    match error {
        RedirectError::NoCertificate { .. } => {
            "name a certificate for its host by --tls-cert, and the certificate's key by --tls-key"
                .into()
        }
        RedirectError::UselessCertificate { .. } => {
            "do without --tls-cert and --tls-key, or as in --redirect-uri https://localhost:8443/authorization".into()
        }
        RedirectError::Certificate { .. } => {
            "--tls-cert names a certificate and those after it, --tls-key its key, both in PEM".into()
        }
        RedirectError::AnyPort { uri, .. } => format!(
            "do without a port to use the one of {uri}; or register another one{app_page}, and name it by --port"
        ),
        _ => "as in --redirect-uri http://127.0.0.1:5000/authorization".into(),
    }
}

/// The program that holds the port which cannot be listened on.
pub(crate) fn holder_of(error: &Error) -> Option<Holder> {
    match error {
        Error::Listen { address, error, .. } if error.kind() == io::ErrorKind::AddrInUse => {
            holder(address.parse().ok()?)
        }
        _ => None,
    }
}

/// What to do if this address, to which the redirect URI leads, cannot be listened on.
pub(crate) fn way_out(address: &str, redirect_uri: Option<&str>, error: &io::Error) -> String {
    let address = address.parse::<SocketAddr>().ok();
    let port = address.map_or(0, |address| address.port());
    match error.kind() {
        io::ErrorKind::AddrInUse => format!(
            "{}; or choose {ANOTHER}",
            end(address.and_then(holder), port, OURS)
        ),
        io::ErrorKind::PermissionDenied => format!("{}choose {ANOTHER}", denied(port, OURS)),
        io::ErrorKind::AddrNotAvailable => match address.map(|address| address.ip()) {
            Some(ip) if ip.is_loopback() => without(ip, redirect_uri),
            _ => ANOTHER_ADDRESS.into(),
        },
        _ => format!("choose {ANOTHER}"),
    }
}

fn end(holder: Option<Holder>, port: u16, system: System) -> String {
    match holder {
        Some(holder) => format!("end {holder}, which holds the port"),
        None if system == System::MacOs && port == AIRPLAY => {
            "end the program that holds the port (the AirPlay Receiver, perhaps)".into()
        }
        None => "end the program that holds the port".into(),
    }
}

fn denied(port: u16, system: System) -> &'static str {
    match system {
        System::Windows => {
            "another program has the port, or Windows keeps it (netsh interface ipv4 show excludedportrange protocol=tcp); "
        }
        _ if port < FIRST_UNPRIVILEGED => "ports below 1024 are root's; ",
        _ => "",
    }
}

/// Where this loopback address is not to be had: another one, if there is any.
fn without(ip: IpAddr, redirect_uri: Option<&str>) -> String {
    // Nothing is sent: the system only looks for a way.
    let way = |ip: &IpAddr| UdpSocket::bind((*ip, 0))?.connect((*ip, 1));
    let is_here = |ip: &IpAddr| way(ip).is_ok();
    let both = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
    let Some(here) = both.into_iter().find(is_here) else {
        return "bring the loopback interface up; on Linux: ip link set lo up".into();
    };
    let uris =
        redirect_uri.and_then(|uri| Some((with_host(uri, "localhost")?, with_ip(uri, here)?)));
    match uris {
        Some((by_name, by_number)) if here.is_ipv4() != ip.is_ipv4() => format!(
            "where the provider takes another address, register that, and name it: \
             --redirect-uri {by_name} or --redirect-uri {by_number}"
        ),
        _ => ANOTHER_ADDRESS.into(),
    }
}

fn with_host(uri: &str, host: &str) -> Option<String> {
    let mut url = Url::parse(uri).ok()?;
    url.set_host(Some(host)).ok()?;
    Some(quoted(url.as_str()))
}

fn with_ip(uri: &str, ip: IpAddr) -> Option<String> {
    let mut url = Url::parse(uri).ok()?;
    url.set_ip_host(ip).ok()?;
    Some(quoted(url.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_mac_and_only_its_own_port_names_the_airplay_receiver() {
        let names_it = |port, system| end(None, port, system).contains("AirPlay");
        assert!(names_it(5000, System::MacOs));
        assert!(!names_it(5001, System::MacOs));
        assert!(!names_it(5000, System::Other));
    }

    #[test]
    fn a_port_that_windows_keeps_is_told_from_one_that_is_roots() {
        assert!(denied(50_000, System::Windows).contains("excludedportrange"));
        assert!(denied(80, System::Other).contains("root"));
        assert_eq!(denied(50_000, System::Other), "");
    }
}

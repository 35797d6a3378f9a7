//! Which program holds a port, where the system tells (Linux: `/proc`, of one's own processes at least).

use std::{
    fmt, fs,
    net::{IpAddr, SocketAddr},
    path::Path,
};

/// A program that listens on a port.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Holder {
    name: String,
    pid: u32,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (pid {})", self.name, self.pid)
    }
}

/// The program that listens on this address, or on all that the machine has.
pub(crate) fn holder(address: SocketAddr) -> Option<Holder> {
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"];
    let sockets: Vec<String> = tables
        .iter()
        .filter_map(|table| fs::read_to_string(table).ok())
        .flat_map(|table| sockets(&table, address))
        .collect();
    let processes = fs::read_dir("/proc").ok()?.flatten();
    let holds = |folder: &String| {
        let open = fs::read_dir(folder).into_iter().flatten().flatten();
        let mut targets = open.filter_map(|open| fs::read_link(open.path()).ok());
        targets.any(|target| sockets.iter().any(|socket| target == Path::new(socket)))
    };
    let pids = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let mut pids = pids.filter(|_| !sockets.is_empty());
    let pid: u32 = pids.find(|pid| holds(&format!("/proc/{pid}/fd")))?;
    let name = fs::read_to_string(format!("/proc/{pid}/comm")).ok()?;
    let name = name.trim_end().to_owned();
    Some(Holder { name, pid })
}

/// What the kernel calls the sockets that are in the way of this address, as a table of its own has them: words of four
/// bytes each, in this machine's order.
fn sockets(table: &str, address: SocketAddr) -> Vec<String> {
    const LISTENING: &str = "0A";
    let word = |bytes: &[u8]| {
        format!(
            "{:08X}",
            u32::from_ne_bytes(bytes.try_into().unwrap_or_default())
        )
    };
    let words = |ip: &[u8]| ip.chunks(4).map(word).collect::<String>();
    let all = [vec![0; 4], vec![0; 16]];
    let own = match address.ip() {
        IpAddr::V4(ip) => [ip.octets().to_vec(), ip.to_ipv6_mapped().octets().to_vec()],
        IpAddr::V6(ip) => [ip.octets().to_vec(), ip.octets().to_vec()],
    };
    let in_the_way: Vec<String> = all
        .iter()
        .chain(&own)
        .map(|ip| format!("{}:{:04X}", words(ip), address.port()))
        .collect();
    let socket = |line: &str| {
        let fields: Vec<_> = line.split_whitespace().collect();
        let is_there = fields
            .get(1)
            .is_some_and(|local| in_the_way.iter().any(|there| there == local));
        let is_it = is_there && *fields.get(3)? == LISTENING;
        is_it.then(|| Some(format!("socket:[{}]", fields.get(9)?)))?
    };
    table.lines().skip(1).filter_map(socket).collect()
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn a_program_finds_itself() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        assert_eq!(holder(address).unwrap().pid, std::process::id());
        drop(listener);
        assert_eq!(holder(address), None);
    }
}

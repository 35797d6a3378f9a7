//! A terminal with somebody before it: a pseudo-terminal, the program's own as it would be in a window.

use std::fs::{File, OpenOptions};
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::process::Stdio;

use rustix::fs::OFlags;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize};

pub struct Terminal {
    /// The person's side.
    master: File,
    /// The program's side: held open, so that its settings can be looked at when the program has ended.
    slave: File,
}

impl Terminal {
    /// Starts a program as the leader of the terminal's foreground, whom Ctrl-C reaches.
    pub const MAKES_IT_OURS: [&str; 4] = [
        "setsid",
        "--ctty",
        "env",
        "--default-signal=HUP,INT,QUIT,TERM,TSTP,TTIN,TTOU",
    ];

    /// So many columns wide.
    pub fn of(columns: u16) -> Terminal {
        let master =
            openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap();
        let slave = OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags(OFlags::NOCTTY.bits().cast_signed())
            .open(std::ffi::OsStr::from_bytes(name.as_bytes()));
        let slave = slave.unwrap();
        let size = Winsize {
            ws_row: 24,
            ws_col: columns,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        tcsetwinsize(&slave, size).unwrap();
        let master = File::from(master);
        Terminal { master, slave }
    }

    pub fn side_of_the_program(&self) -> Stdio {
        self.slave.try_clone().unwrap().into()
    }

    pub fn keyboard(&self) -> File {
        self.master.try_clone().unwrap()
    }

    /// Ends when the last one has closed the program's side.
    pub fn screen(&self) -> impl Read + Send + 'static {
        self.master.try_clone().unwrap()
    }

    /// Does one see what one types, and is it read line by line, as a shell leaves it?
    pub fn shows_what_is_typed(&self) -> bool {
        let modes = tcgetattr(&self.slave).unwrap().local_modes;
        modes.contains(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG)
    }
}

//! How much memory a program had, and how many instructions it took.

use std::fs;
use std::io::{PipeReader, PipeWriter, Write};
use std::process::{Child, Stdio};
use std::thread;
use std::time::Duration;

use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};

use crate::place::Place;
use crate::program::Program;

pub struct Memory {
    /// At most, with the pages that other processes share (VmHWM), in kB.
    pub peak: f64,
    /// Its own alone (RssAnon), in kB.
    pub private: f64,
}

/// Of a process that runs.
pub fn peak(pid: u32) -> f64 {
    field(pid, "VmHWM:")
}

fn field(pid: u32, name: &str) -> f64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let mut values = status.lines().filter_map(|line| line.strip_prefix(name));
    let value = values.next().unwrap().trim().trim_end_matches(" kB");
    value.parse().unwrap()
}

/// A pipe that takes nothing more: whoever prints into it has done all the rest, and waits.
pub fn full_pipe() -> (PipeReader, PipeWriter) {
    let (reader, mut writer) = std::io::pipe().unwrap();
    let blocking = fcntl_getfl(&writer).unwrap();
    fcntl_setfl(&writer, blocking | OFlags::NONBLOCK).unwrap();
    while writer.write(b" ").is_ok() {}
    fcntl_setfl(&writer, blocking).unwrap();
    (reader, writer)
}

/// The memory of a command that prints something last.
pub fn of(place: &Place, program: &Program) -> Memory {
    let (reader, writer) = full_pipe();
    let mut command = place.command(program);
    let mut child = command
        .stdout(writer)
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let memory = when_all_is_done(&child);
    drop((command, reader));
    child.wait().unwrap();
    memory
}

/// The memory of a program that has come to its full pipe.
pub fn when_all_is_done(child: &Child) -> Memory {
    thread::sleep(Duration::from_millis(300));
    Memory {
        peak: peak(child.id()),
        private: field(child.id(), "RssAnon:"),
    }
}

/// Has valgrind count the instructions, where it is installed.
pub fn counted(program: &Program) -> Program {
    program.under(&[
        "valgrind",
        "--tool=callgrind",
        "--callgrind-out-file=/dev/null",
    ])
}

/// In millions, if valgrind could tell.
pub fn instructions(stderr: &str) -> Option<f64> {
    let (_, rest) = stderr.split_once("Collected : ")?;
    let count: f64 = rest.split_whitespace().next()?.parse().ok()?;
    Some(count / 1e6)
}

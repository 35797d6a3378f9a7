//! A browser that only tells how it was started.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use super::PATIENCE;

/// What a started browser found around it.
#[derive(Debug, Default)]
pub struct Visit {
    pub arguments: Vec<String>,
    pub environment: Vec<String>,
    pub process: String,
    pub process_group: String,
    pub streams: Vec<String>,
}

/// A script that reports its start through a pipe, and then does as the test says.
///
/// Its two pipes stay open when the test is over, so that a script which starts late waits for nobody.
pub struct Browser {
    path: PathBuf,
    report: ManuallyDrop<File>,
    visits: Receiver<Visit>,
    hold: ManuallyDrop<File>,
}

impl Browser {
    /// `first` and `then` are what the script does before and after its report.
    pub fn new(folder: &Path, name: &str, first: &str, then: &str) -> Browser {
        let (report, hold) = (folder.join("report"), folder.join("hold"));
        let made = Command::new("mkfifo").args([&report, &hold]).status();
        assert!(made.unwrap().success());
        let path = folder.join(name);
        write_program(&path, &script(&report, first, then));
        // Opened both ways, so that neither side waits for the other to open it.
        let open = |path| OpenOptions::new().read(true).write(true).open(path);
        let reading = open(&report).unwrap();
        Browser {
            path,
            report: ManuallyDrop::new(reading.try_clone().unwrap()),
            visits: listen(reading),
            hold: ManuallyDrop::new(open(&hold).unwrap()),
        }
    }

    pub fn command(&self) -> &str {
        self.path.to_str().unwrap()
    }

    /// The next start of this browser.
    pub fn is_opened(&self) -> Visit {
        self.visits.recv_timeout(PATIENCE).expect("a browser opens")
    }

    /// Lets a browser that hangs go on.
    pub fn goes_on(&self) {
        (&*self.hold).write_all(b"go\n").unwrap();
    }

    pub fn was_never_opened(&self) -> bool {
        self.visits.try_recv().is_err()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.report.write_all(b"quit\n");
        self.goes_on();
    }
}

/// For the script: wait until the test is over.
pub const HANG: &str = "read line <\"$folder/hold\"";

fn script(report: &Path, first: &str, then: &str) -> String {
    let folder = report.parent().unwrap().display();
    let report = report.display();
    format!(
        r#"#!/bin/sh
folder='{folder}'
PATH=/usr/bin:/bin
{first}
{{
    for argument do printf 'argument %s\n' "$argument"; done
    env | sed 's/^/environment /'
    for n in 0 2; do printf 'stream %s\n' "$(readlink /proc/$$/fd/$n)"; done
    printf 'process %s\n' $$
    printf 'group %s\n' "$(cut -d' ' -f5 /proc/$$/stat)"
    echo end
}} >'{report}'
{then}
"#
    )
}

/// Written by a child: a file that this process has open for writing could not be executed, and another test's
/// child may hold it open for a moment.
fn write_program(path: &Path, text: &str) {
    let mut child = Command::new("sh")
        .args(["-c", "cat >\"$1\" && chmod 755 \"$1\"", "sh"])
        .arg(path)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(text.as_bytes()).unwrap();
    drop(stdin);
    assert!(child.wait().unwrap().success());
}

fn listen(report: File) -> Receiver<Visit> {
    let (tell, visits) = channel();
    thread::spawn(move || {
        let mut visit = Visit::default();
        for line in BufReader::new(report).lines().map_while(Result::ok) {
            let (word, rest) = line.split_once(' ').unwrap_or((&line, ""));
            match word {
                "argument" => visit.arguments.push(rest.to_owned()),
                "environment" => visit.environment.push(rest.to_owned()),
                "stream" => visit.streams.push(rest.to_owned()),
                "process" => rest.clone_into(&mut visit.process),
                "group" => rest.clone_into(&mut visit.process_group),
                "end" => drop(tell.send(std::mem::take(&mut visit))),
                _ => break,
            }
        }
    });
    visits
}

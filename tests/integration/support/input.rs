//! What a test writes to the program: in order, and without ever waiting for it to be read.

use std::io::Write;
use std::sync::mpsc::{Sender, channel};
use std::thread;

/// The other end of the program's stdin. Dropped, it is closed.
pub struct Input(Sender<Vec<u8>>);

impl Input {
    pub fn into(mut stream: impl Write + Send + 'static) -> Input {
        let (tell, texts) = channel::<Vec<u8>>();
        thread::spawn(move || {
            for text in texts {
                // Who reads no further is no fault of the test's.
                let _ = stream.write_all(&text);
            }
        });
        Input(tell)
    }

    pub fn write(&self, text: &[u8]) {
        let _ = self.0.send(text.to_vec());
    }
}

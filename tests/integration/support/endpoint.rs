//! One endpoint of the server: what it answers next, and when.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

use super::PATIENCE;
use super::answer::Answer;

pub struct Endpoint {
    always: Arc<Answer>,
    first: VecDeque<Arc<Answer>>,
    gate: Option<Gate>,
}

/// A request that waits for the test's leave.
pub struct Held {
    asked: Receiver<()>,
    release: Sender<()>,
}

/// The server's side of it.
pub struct Gate {
    asked: Sender<()>,
    released: Receiver<()>,
}

impl Endpoint {
    pub fn new() -> Endpoint {
        Endpoint {
            always: Arc::new(Answer::Genuine),
            first: VecDeque::new(),
            gate: None,
        }
    }

    pub fn answers(&mut self, answer: Answer) {
        self.always = Arc::new(answer);
        self.first.clear();
    }

    /// One after the other, then as a healthy server does.
    pub fn answers_each(&mut self, answers: impl IntoIterator<Item = Answer>) {
        self.answers(Answer::Genuine);
        self.first.extend(answers.into_iter().map(Arc::new));
    }

    pub fn holds_the_next(&mut self) -> Held {
        let (tell, asked) = channel();
        let (release, released) = channel();
        let gate = Gate {
            asked: tell,
            released,
        };
        self.gate = Some(gate);
        Held { asked, release }
    }

    /// What to say to the request that has just come, and what it must pass before.
    pub fn takes_a_request(&mut self) -> (Arc<Answer>, Option<Gate>) {
        let first = self.first.pop_front();
        let answer = first.unwrap_or_else(|| Arc::clone(&self.always));
        (answer, self.gate.take())
    }
}

impl Held {
    pub fn wait_until_asked(&self) {
        let asked = self.asked.recv_timeout(PATIENCE);
        asked.expect("a request comes");
    }

    /// Now the server deals with the request. One that is never released is as if it had not come.
    pub fn release(self) {
        let _ = self.release.send(());
    }
}

impl Gate {
    /// Tells the test of the request; may it be dealt with?
    pub fn opens(&self) -> bool {
        let _ = self.asked.send(());
        self.released.recv_timeout(PATIENCE).is_ok()
    }
}

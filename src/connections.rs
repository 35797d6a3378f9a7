//! Few enough connections at once that the real redirect always gets in.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::task::{AbortHandle, Id, JoinError, JoinSet, yield_now};

/// The open connections, oldest first. One is silent until it has sent a whole request.
pub(crate) struct Connections {
    tasks: JoinSet<()>,
    queue: VecDeque<Connection>,
    most: usize,
}

struct Connection {
    has_asked: Arc<AtomicBool>,
    task: AbortHandle,
}

impl Connections {
    pub(crate) fn new() -> Self {
        Connections {
            tasks: JoinSet::new(),
            queue: VecDeque::new(),
            most: most_connections(),
        }
    }

    /// Takes a connection in, which says when it has sent its request. If there are too many, the oldest silent one goes.
    pub(crate) async fn add<C>(&mut self, connection: impl FnOnce(Arc<AtomicBool>) -> C)
    where
        C: Future<Output = ()> + Send + 'static,
    {
        self.queue
            .retain(|connection| !connection.task.is_finished());
        while self.queue.len() >= self.most && self.drop_oldest_silent().await {}
        let has_asked = Arc::new(AtomicBool::new(false));
        let task = self.tasks.spawn(connection(has_asked.clone()));
        self.queue.push_back(Connection { has_asked, task });
    }

    /// Ends the oldest silent connection, and waits until its descriptor is free.
    pub(crate) async fn drop_oldest_silent(&mut self) -> bool {
        // Those whose request has arrived are heard first: one turn to learn that it is there, one to read it.
        yield_now().await;
        yield_now().await;
        let silent = |c: &Connection| !c.is_heard() && !c.task.is_finished();
        let Some(oldest) = self
            .queue
            .iter()
            .position(silent)
            .and_then(|at| self.queue.remove(at))
        else {
            return false;
        };
        oldest.task.abort();
        let ended =
            |joined: Result<(Id, ()), JoinError>| joined.map_or_else(|e| e.id(), |(id, ())| id);
        while let Some(joined) = self.tasks.join_next_with_id().await {
            if ended(joined) == oldest.task.id() {
                break;
            }
        }
        true
    }

    /// Ends every silent connection.
    pub(crate) fn drop_silent(&mut self) {
        for silent in self
            .queue
            .iter()
            .filter(|connection| !connection.is_heard())
        {
            silent.task.abort();
        }
    }

    /// Waits until one has ended; `None` if there is none.
    pub(crate) async fn one_ended(&mut self) -> Option<()> {
        self.tasks.join_next().await.map(|_| ())
    }
}

impl Connection {
    fn is_heard(&self) -> bool {
        self.has_asked.load(Ordering::Relaxed)
    }
}

const OWN_DESCRIPTORS: u64 = 16;

/// At most 256, and at most half of the descriptors that are left: the first 16, and the other half, are for what is open
/// anyway, the token request, the disk and the browser's start.
fn most_connections() -> usize {
    #[cfg(unix)]
    let descriptors = rustix::process::getrlimit(rustix::process::Resource::Nofile)
        .current
        .unwrap_or(512);
    #[cfg(not(unix))]
    let descriptors = 512;
    let left = descriptors.saturating_sub(OWN_DESCRIPTORS);
    usize::try_from(left / 2).unwrap_or(256).clamp(1, 256)
}

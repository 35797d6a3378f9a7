//! Where the library's work is done.

use std::future::Future;

use loopin::ErrorKind;

use crate::failure::Failure;

/// Does the work on this one thread, and then waits for nothing: a name look-up into a black hole must not keep the
/// program alive.
pub(crate) fn block_on<T>(work: impl Future<Output = T>) -> Result<T, Failure> {
    let cannot = |why: String| Failure::new(ErrorKind::Local, format!("cannot start: {why}"));
    // Without them, building the runtime would panic.
    getrandom::fill(&mut [0])
        .map_err(|e| cannot(format!("there are no random numbers to be had: {e}")))?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build();
    let runtime = runtime.map_err(|e| cannot(e.to_string()))?;
    let done = runtime.block_on(work);
    runtime.shutdown_background();
    Ok(done)
}

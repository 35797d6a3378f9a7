//! What the provider lets see of itself.

use std::time::SystemTime;

use loopin::{Error, ErrorKind, Probe, Provider, probe};

use super::{Finding, Mend};
use crate::{failure::Failure, runtime::block_on, times};

/// One question to the token endpoint, and what its answer tells. The outer failure is this machine's, which gave no
/// thread.
pub(super) fn look(
    provider: &Provider,
    failed: impl Fn(Error) -> Failure,
) -> Result<Vec<Finding>, Failure> {
    const CHECK: &str = "network";
    Ok(match block_on(probe(provider))? {
        Ok(answer) => {
            let host = &answer.host;
            let message = if answer.is_certified {
                format!("{host} answers, and its certificate is trusted")
            } else {
                format!("{host} answers, without TLS")
            };
            vec![Finding::good(CHECK, message), clock(&answer)]
        }
        Err(error) => vec![Finding::of(CHECK, failed(error))],
    })
}

/// Whether the clocks agree well enough to tell when a token expires.
fn clock(answer: &Probe) -> Finding {
    const CHECK: &str = "clock";
    let (skew, there) = match (answer.clock_skew, answer.date) {
        (Some(skew), Some(there)) => (skew, there),
        (_, Some(_)) => return Finding::good(CHECK, "agrees with the provider's"),
        _ => return Finding::good(CHECK, "the provider does not tell the time"),
    };
    let direction = if there > SystemTime::now() {
        "behind"
    } else {
        "ahead of"
    };
    let skew = times::life(skew);
    let message = format!("this machine's is {skew} {direction} the provider's");
    let mend = Mend::Advice("set this machine's clock".into());
    Finding::bad(CHECK, ErrorKind::Local, message, mend)
}

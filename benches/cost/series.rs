//! What was measured again and again.

use std::time::Instant;

/// The least and the median of many figures.
#[derive(Clone, Copy)]
pub struct Summary {
    pub least: f64,
    pub median: f64,
}

impl Summary {
    pub fn of(figures: impl IntoIterator<Item = f64>) -> Summary {
        let mut sorted: Vec<f64> = figures.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        Summary {
            least: sorted[0],
            median: sorted[sorted.len() / 2],
        }
    }

    /// What was counted once.
    pub fn once(figure: f64) -> Summary {
        Summary {
            least: figure,
            median: figure,
        }
    }

    pub fn over(self, floor: Summary) -> Summary {
        Summary {
            least: self.least / floor.least,
            median: self.median / floor.median,
        }
    }
}

/// One way to do what is measured.
pub type Contender<'a, T> = Box<dyn Fn() -> T + 'a>;

/// Does all of them in turn, so many times over, and another one first each time; the first round is for warming up.
pub fn in_turn<T>(times: usize, contenders: &[Contender<'_, T>]) -> Vec<Vec<T>> {
    let count = contenders.len();
    let mut results: Vec<Vec<T>> = contenders.iter().map(|_| Vec::new()).collect();
    for round in 0..=times {
        for turn in 0..count {
            let n = (round + turn) % count;
            let result = contenders[n]();
            if round > 0 {
                results[n].push(result);
            }
        }
    }
    results
}

/// How long it takes, in milliseconds.
pub fn time(work: impl FnOnce()) -> f64 {
    let begun = Instant::now();
    work();
    milliseconds(begun, Instant::now())
}

pub fn milliseconds(from: Instant, to: Instant) -> f64 {
    (to - from).as_secs_f64() * 1000.0
}

//! Times and lives as people say them.

use std::{
    env, fs,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use jiff::{Timestamp, tz::TimeZone};

/// `5 h 12 min`, `3 d 4 h`, `42 s`; to the nearest of the smaller unit.
pub(crate) fn life(life: Duration) -> String {
    let seconds = match life.as_secs() {
        seconds @ 0..60 => seconds,
        seconds @ 60..86370 => (seconds + 30) / 60 * 60,
        seconds => seconds.saturating_add(1800) / 3600 * 3600,
    };
    let (days, hours, minutes) = (seconds / 86400, seconds / 3600 % 24, seconds / 60 % 60);
    let units = match (days, hours, minutes) {
        (0, 0, 0) => [(seconds, "s"), (0, "")],
        (0, ..) => [(hours, "h"), (minutes, "min")],
        _ => [(days, "d"), (hours, "h")],
    };
    let told = units.iter().filter(|(count, _)| *count > 0);
    let told: Vec<String> = told
        .map(|(count, unit)| format!("{count} {unit}"))
        .collect();
    if told.is_empty() {
        "0 s".into()
    } else {
        told.join(" ")
    }
}

/// How long ago that was.
pub(crate) fn since(then: SystemTime, now: SystemTime) -> Duration {
    now.duration_since(then).unwrap_or_default()
}

pub(crate) fn from_unix(seconds: u64) -> SystemTime {
    UNIX_EPOCH
        .checked_add(Duration::from_secs(seconds))
        .unwrap_or(UNIX_EPOCH)
}

/// `21:40` today, `2026-11-22 03:10` otherwise, on the clock on the wall.
pub(crate) fn clock(then: SystemTime, now: SystemTime) -> String {
    let zone = zone();
    let on_the_wall = |time| Timestamp::try_from(time).map(|time| time.to_zoned(zone.clone()));
    let Ok(then) = on_the_wall(then) else {
        return "never".into();
    };
    let today = on_the_wall(now).map(|now| now.date());
    let format = if today.is_ok_and(|today| today == then.date()) {
        "%H:%M"
    } else {
        "%Y-%m-%d %H:%M"
    };
    then.strftime(format).to_string()
}

/// The system's zone; or UTC if `TZ` names what cannot be read to an end, as a pipe or a device.
fn zone() -> TimeZone {
    const MAX_FILE: u64 = 1024 * 1024;
    let named = env::var_os("TZ").unwrap_or_default();
    let named = named.to_string_lossy();
    let named = named.strip_prefix(':').unwrap_or(&named);
    // A file of this folder is not meant by the name of a zone.
    if let Ok(zone) = TimeZone::get(named) {
        return zone;
    }
    match fs::metadata(named) {
        Ok(file) if !file.is_file() || file.len() > MAX_FILE => TimeZone::UTC,
        _ => TimeZone::system(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lives_are_told_in_two_units() {
        for (seconds, told) in [
            (0, "0 s"),
            (42, "42 s"),
            (60, "1 min"),
            (21569, "5 h 59 min"),
            (21599, "6 h"),
            (86369, "23 h 59 min"),
            (86370, "1 d"),
            (21600, "6 h"),
            (90_000, "1 d 1 h"),
        ] {
            assert_eq!(life(Duration::from_secs(seconds)), told);
        }
    }
}

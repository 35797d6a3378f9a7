use std::io::{self, Read};

/// Reads a whole text, without its byte order mark; a text larger than `max` bytes is none.
pub(crate) fn read_text(source: impl Read, max: u64) -> io::Result<String> {
    let invalid = |reason: String| io::Error::new(io::ErrorKind::InvalidData, reason);
    // Most are short; without room, the first bytes would be read a few at a time.
    let mut bytes = Vec::with_capacity(4096);
    source.take(max + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > max {
        return Err(invalid(format!("it is larger than {max} bytes")));
    }
    let text = String::from_utf8(bytes).map_err(|_| invalid("it is not a text in UTF-8".into()))?;
    Ok(match text.strip_prefix('\u{feff}') {
        Some(unmarked) => unmarked.to_owned(),
        None => text,
    })
}

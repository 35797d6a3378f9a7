//! Text that somebody else wrote.

/// The text without anything that could steer a terminal or reorder a line (control and formatting characters),
/// cut after `max` characters.
pub fn printable(text: &str, max: usize) -> String {
    let mut clean: String = text
        .chars()
        .filter(|c| !steers(*c))
        .take(max.saturating_add(1))
        .collect();
    if clean.chars().count() > max {
        clean = clean.chars().take(max).chain(['…']).collect();
    }
    clean
}

/// The JSON document with whatever could steer a terminal escaped: that stands in strings only, where an escape means
/// the same. Line breaks and tabs stay.
pub fn printable_json(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        if c == '\n' || c == '\t' || !steers(c) {
            text.push(c);
        } else if c != '\r' {
            for unit in c.encode_utf16(&mut [0; 2]) {
                text += &format!("\\u{unit:04x}");
            }
        }
    }
    text
}

fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// The error code, if it is one that the standards know (RFC 6749 §4.1.2.1 and §5.2, RFC 8707, RFC 9449, OpenID
/// Connect Core §3.1.2.6): anything else could be a secret that the server echoes, or text that a web page made up.
pub(crate) fn known_code(code: &str) -> String {
    const CODES: [&str; 18] = [
        "invalid_request",
        "unauthorized_client",
        "unsupported_grant_type",
        "unsupported_response_type",
        "invalid_scope",
        "invalid_target",
        "access_denied",
        "interaction_required",
        "login_required",
        "consent_required",
        "account_selection_required",
        "request_not_supported",
        "registration_not_supported",
        "unsupported_token_type",
        "insufficient_scope",
        "invalid_token",
        "use_dpop_nonce",
        "invalid_dpop_proof",
    ];
    let code = if CODES.contains(&code) {
        code
    } else {
        "an error of its own"
    };
    code.to_owned()
}

#[cfg(test)]
mod tests {
    use super::{printable, printable_json};

    #[test]
    fn what_is_escaped_in_json_means_the_same() {
        let name = "\u{9b}31m\u{202e}\u{e0001}ü";
        let json = format!("{{\"name\": \"{name}\"}}\r\n");
        let shown = printable_json(&json);
        assert_eq!(shown, "{\"name\": \"\\u009b31m\\u202e\\udb40\\udc01ü\"}\n");
        let same: serde_json::Value = serde_json::from_str(&shown).unwrap();
        assert_eq!(same["name"], name);
    }

    #[test]
    fn escapes_and_direction_marks_do_not_survive() {
        assert_eq!(
            printable("a\u{1b}[31mb\u{202e}c\r\nd\u{9b}", 80),
            "a[31mbcd"
        );
    }

    #[test]
    fn long_text_is_cut() {
        assert_eq!(printable("abcdef", 3), "abc…");
        assert_eq!(printable("abc", 3), "abc");
    }
}

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

fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::printable;

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

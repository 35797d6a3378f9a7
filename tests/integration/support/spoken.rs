//! The words in what a terminal was sent.

/// What steers a terminal, as far as the program may: colours, a link, the cursor's line and whether one sees it.
/// Every return to the line's start begins a new line, and what was taken back is gone. All else stays, for others to
/// complain of.
pub fn words(shown: &str) -> String {
    let mut words = String::new();
    let mut rest = shown;
    while let Some(start) = rest.find('\u{1b}') {
        words += &rest[..start];
        match sequence(&rest[start..]) {
            Some(length) => rest = &rest[start + length..],
            None => {
                words.push('\u{1b}');
                rest = &rest[start + 1..];
            }
        }
    }
    words += rest;
    without_what_was_taken_back(words)
        .replace("\r\n", "\n")
        .replace('\r', "\n")
}

/// One step back, a blank there, and back again.
fn without_what_was_taken_back(mut words: String) -> String {
    const TAKEN_BACK: &str = "\u{8} \u{8}";
    while let Some(start) = words.find(TAKEN_BACK) {
        let last = words[..start].char_indices().next_back();
        let last = last.map_or(start, |(last, _)| last);
        words.replace_range(last..start + TAKEN_BACK.len(), "");
    }
    words
}

/// The addresses that are links.
pub fn links(shown: &str) -> Vec<String> {
    let links = shown.split("\u{1b}]8;").skip(1);
    let targets = links.filter_map(|link| Some(link.split_once(';')?.1));
    let targets = targets.filter_map(|target| target.split(['\u{1b}', '\u{7}']).next());
    let targets = targets.filter(|target| !target.is_empty());
    targets.map(str::to_owned).collect()
}

/// Whether the cursor, if it was hidden, is seen again.
pub fn leaves_the_cursor(shown: &str) -> bool {
    let last = |sequence| shown.rfind(sequence);
    last("\u{1b}[?25l") <= last("\u{1b}[?25h")
}

/// How long the control sequence is that `text` begins with, if it is one of ours.
fn sequence(text: &str) -> Option<usize> {
    if text.starts_with("\u{1b}]8;") {
        let bell = text.find('\u{7}').map(|end| end + 1);
        return text.find("\u{1b}\\").map(|end| end + 2).or(bell);
    }
    let parameters = text.strip_prefix("\u{1b}[")?;
    let end = parameters.find(|c: char| c.is_ascii_alphabetic())?;
    let ours = match &parameters[end..=end] {
        "m" | "K" | "A" | "G" => parameters[..end]
            .chars()
            .all(|c| c.is_ascii_digit() || c == ';'),
        "h" | "l" => &parameters[..end] == "?25",
        _ => false,
    };
    ours.then_some(2 + end + 1)
}

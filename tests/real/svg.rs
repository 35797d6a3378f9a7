//! A terminal's screen as a picture whose text is text: what `tmux capture-pane -e` prints, in SVG.

use std::fmt::Write;

const LINE: f32 = 21.0;
const COLUMN: f32 = 8.43;
const MARGIN: f32 = 22.0;

/// The lines, with the colours that their escape sequences say.
pub fn terminal(title: &str, columns: u16, lines: &[String]) -> String {
    let width = f32::from(columns) * COLUMN + 2.0 * MARGIN;
    let height = lines.len() as f32 * LINE + 2.0 * MARGIN;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" role=\"img\">\n\
         <title>{title}</title>\n{STYLE}\n\
         <rect width=\"100%\" height=\"100%\" rx=\"10\" fill=\"#1b1c1e\"/>\n"
    );
    let mut pen = Pen::default();
    for (row, line) in lines.iter().enumerate() {
        let y = MARGIN + LINE * (row as f32 + 0.72);
        let spans = pen.spans(line);
        let _ = writeln!(svg, "<text x=\"{MARGIN:.0}\" y=\"{y:.0}\">{spans}</text>");
    }
    svg + "</svg>\n"
}

const STYLE: &str = "<style>text { fill: #d7d5d1; font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, \
    'DejaVu Sans Mono', 'Liberation Mono', monospace; white-space: pre; } .bold { font-weight: bold; fill: #fff; } \
    .c31 { fill: #ff8d85; } .c32 { fill: #7bd8a0; } .c33 { fill: #f0c070; } .c36 { fill: #77d0da; }</style>";

/// How the terminal writes from here on.
#[derive(Default)]
struct Pen {
    bold: bool,
    /// The number of a foreground colour (ECMA-48 §8.3.117), if it is not the usual one.
    colour: Option<u8>,
}

impl Pen {
    fn spans(&mut self, line: &str) -> String {
        let mut pieces = line.split("\x1b[");
        let mut spans = self.span(pieces.next().unwrap_or_default());
        for piece in pieces {
            let (sequence, text) = piece.split_once('m').expect("only colours are in the line");
            for number in sequence.split(';') {
                self.takes(number.parse().unwrap_or(0));
            }
            spans += &self.span(text);
        }
        spans
    }

    fn takes(&mut self, number: u8) {
        match number {
            0 => *self = Self::default(),
            1 => self.bold = true,
            39 => self.colour = None,
            30..=37 => self.colour = Some(number),
            _ => {}
        }
    }

    fn span(&self, text: &str) -> String {
        let text = text.replace('&', "&amp;").replace('<', "&lt;");
        let bold = self.bold.then(|| "bold".to_owned());
        let classes = bold
            .into_iter()
            .chain(self.colour.map(|colour| format!("c{colour}")));
        let classes = classes.collect::<Vec<_>>().join(" ");
        match (text.as_str(), classes.as_str()) {
            ("", _) => String::new(),
            (_, "") => text,
            _ => format!("<tspan class=\"{classes}\">{text}</tspan>"),
        }
    }
}

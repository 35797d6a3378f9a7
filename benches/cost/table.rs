//! The one table at the end.

use crate::series::Summary;

#[derive(Default)]
pub struct Table(Vec<Line>);

enum Line {
    Heading(String),
    Row(Row),
}

struct Row {
    name: String,
    unit: &'static str,
    figure: Summary,
    /// How many times the floor that is.
    ratio: Option<Summary>,
    goal: Option<Goal>,
}

/// What is to be reached.
#[derive(Clone, Copy)]
pub enum Goal {
    /// So many times the floor, of the least figures.
    Times(f64),
    /// So much of its unit.
    AtMost(f64),
}

impl Table {
    pub fn heading(&mut self, text: &str) {
        self.0.push(Line::Heading(text.to_owned()));
    }

    pub fn row(
        &mut self,
        name: &str,
        unit: &'static str,
        figure: Summary,
        floor: Option<Summary>,
        goal: Option<Goal>,
    ) {
        let row = Row {
            name: name.to_owned(),
            unit,
            figure,
            ratio: floor.map(|floor| figure.over(floor)),
            goal,
        };
        eprintln!("{}", row.line());
        self.0.push(Line::Row(row));
    }

    pub fn print(&self) {
        println!(
            "\n{:<44}{:>9}{:>9}    {:>16}{:>12}",
            "", "least", "median", "times the floor", "goal"
        );
        for line in &self.0 {
            match line {
                Line::Heading(text) => println!("\n{text}"),
                Line::Row(row) => println!("{}", row.line()),
            }
        }
    }
}

impl Row {
    fn line(&self) -> String {
        let Row { name, unit, .. } = self;
        let digits = if *unit == "ms" { 3 } else { 0 };
        let digits = if *unit == "million" { 2 } else { digits };
        let Summary { least, median } = self.figure;
        let ratio = self
            .ratio
            .map(|r| format!("{:.2} {:.2}", r.least, r.median));
        let goal = self.goal.map(|goal| self.against(goal));
        let (ratio, goal) = (ratio.unwrap_or_default(), goal.unwrap_or_default());
        let line = format!(
            "  {name:<42}{least:>9.digits$}{median:>9.digits$} {unit:<8}{ratio:>11}  {goal}"
        );
        line.trim_end().to_owned()
    }

    fn against(&self, goal: Goal) -> String {
        let (text, is_reached) = match goal {
            Goal::Times(most) => (
                format!("<= {most:.1} x"),
                self.ratio.is_some_and(|ratio| ratio.least <= most),
            ),
            Goal::AtMost(most) => (format!("<= {most}"), self.figure.median <= most),
        };
        let verdict = if is_reached { "reached" } else { "MISSED" };
        format!("{text:>9} {verdict}")
    }
}

//! The one table at the end.

use crate::series::Summary;

/// A line of figures: of the floor, if there is one, and of each build.
pub struct Table {
    builds: Vec<&'static str>,
    lines: Vec<String>,
}

/// What one build took.
#[derive(Clone, Copy)]
pub struct Cell {
    pub figure: Summary,
    /// What it is compared with.
    pub base: Option<Summary>,
    pub goal: Option<Goal>,
}

/// What is to be reached.
#[derive(Clone, Copy)]
pub enum Goal {
    /// So many times what it is compared with, of the least figures.
    Times(f64),
    /// So much of its unit.
    AtMost(f64),
}

/// The same goal, or another one, for each build.
pub type Goals = [Option<Goal>; 2];

pub const NO_GOALS: Goals = [None, None];

impl Table {
    pub fn new(builds: Vec<&'static str>) -> Table {
        let mut heads = format!("{:<42}{:>15}", "", "floor");
        let mut columns = format!("{:<42}{:>8}{:>7}", "", "least", "median");
        for build in &builds {
            heads += &format!(" |{build:>34}");
            columns += &format!(" |{:>8}{:>8}{:>7}{:>11}", "least", "median", "x", "goal");
        }
        Table {
            builds,
            lines: vec![heads, columns],
        }
    }

    pub fn heading(&mut self, text: &str) {
        self.lines.extend([String::new(), text.to_owned()]);
    }

    /// One figure of each build beside the floor's.
    pub fn row(
        &mut self,
        name: &str,
        unit: &str,
        floor: Summary,
        builds: impl IntoIterator<Item = Summary>,
        goals: Goals,
    ) {
        let cell = |(figure, goal)| Cell {
            figure,
            base: Some(floor),
            goal,
        };
        let cells: Vec<_> = builds.into_iter().zip(goals).map(cell).collect();
        self.cells(name, unit, Some(floor), &cells);
    }

    pub fn cells(&mut self, name: &str, unit: &str, floor: Option<Summary>, cells: &[Cell]) {
        assert_eq!(cells.len(), self.builds.len(), "{name}");
        let digits = if unit == "ms" || unit == "million" {
            2
        } else {
            0
        };
        let name = format!("  {name}, {unit}");
        let mut line = match floor {
            Some(Summary { least, median }) => {
                format!("{name:<42}{least:>8.digits$}{median:>7.digits$}")
            }
            None => format!("{name:<57}"),
        };
        for cell in cells {
            let Summary { least, median } = cell.figure;
            let ratio = cell.ratio().map(|ratio| format!("{ratio:.2}"));
            let (ratio, goal) = (ratio.unwrap_or_default(), cell.verdict());
            line += &format!(" |{least:>8.digits$}{median:>8.digits$}{ratio:>7}{goal:>11}");
        }
        eprintln!("{line}");
        self.lines.push(line.trim_end().to_owned());
    }

    pub fn print(&self) {
        self.lines.iter().for_each(|line| println!("{line}"));
    }
}

impl Cell {
    fn ratio(&self) -> Option<f64> {
        self.base.map(|base| self.figure.over(base).least)
    }

    fn verdict(&self) -> String {
        let (text, is_reached) = match self.goal {
            None => return String::new(),
            Some(Goal::Times(most)) => (
                format!("{most:.1}"),
                self.ratio().is_some_and(|ratio| ratio <= most),
            ),
            Some(Goal::AtMost(most)) => (most.to_string(), self.figure.median <= most),
        };
        format!("{text} {}", if is_reached { "yes" } else { "NO" })
    }
}

//! Plots as SVG files.

use std::{ops::Range, path::Path};

use anyhow::{Result, anyhow};
use plotters::{
    chart::{ChartBuilder, SeriesLabelPosition},
    drawing::IntoDrawingArea,
    element::Circle,
    prelude::{IntoLogRange, LineSeries, PathElement, SVGBackend},
    style::{BLACK, Color, RGBColor, WHITE},
};

use super::results::LedgerReport;
use crate::{
    data::Shape,
    measure::{DepthRow, InProcessRow},
    reads::PAGE_1,
    statistics::grouped,
};

/// A line of a plot.
struct Line {
    name: String,
    /// Whether it is the store's, which is drawn thicker and in full color.
    is_ours: bool,
    color: RGBColor,
    points: Vec<(f64, f64)>,
}

/// The kinds of requests whose cost is drawn against the number of runs.
const KINDS: [&str; 3] = [PAGE_1, "random page", "an odd span, random page"];
const SIZE: (u32, u32) = (900, 520);
const COLORS: [RGBColor; KINDS.len()] =
    [RGBColor(0, 90, 181), RGBColor(200, 60, 40), RGBColor(0, 140, 110)];

/// Draws all plots; returns their titles and file names.
///
/// # Errors
/// Where a file cannot be written.
pub fn write(ledgers: &[LedgerReport], folder: &Path) -> Result<Vec<(String, String)>> {
    let mut plots = Vec::new();
    for shape in Shape::ALL {
        let mut of_shape: Vec<_> = ledgers.iter().filter(|it| it.data.shape == shape).collect();
        of_shape.sort_by_key(|ledger| ledger.data.runs);
        let Some(largest) = of_shape.last() else { continue };
        let title = format!("Time of a page against the number of runs, {shape}");
        let file = format!("runs-{}.svg", shape.file_name());
        draw(&folder.join(&file), &title, &Axis::runs(&of_shape), &by_runs(&of_shape))?;
        plots.push((title, file));
        let runs = grouped(largest.data.runs.cast_signed());
        let title = format!("Time of a page against its depth, {runs} runs, {shape}");
        let file = format!("depth-{}.svg", shape.file_name());
        draw(&folder.join(&file), &title, &Axis::depth(), &by_depth(largest))?;
        plots.push((title, file));
    }
    Ok(plots)
}

/// The horizontal axis.
struct Axis {
    title: &'static str,
    range: Range<f64>,
    is_logarithmic: bool,
}

impl Axis {
    fn runs(ledgers: &[&LedgerReport]) -> Self {
        let runs = || ledgers.iter().map(|ledger| ledger.data.runs as f64);
        let range = runs().fold(f64::MAX, f64::min) / 1.5..runs().fold(1.0, f64::max) * 1.5;
        Self { title: "runs", range, is_logarithmic: true }
    }

    fn depth() -> Self {
        let title = "runs on the pages before, in percent of all";
        Self { title, range: 0.0..100.0, is_logarithmic: false }
    }

    /// Where the axis begins: a logarithmic one needs numbers that are larger than 0.
    fn position(&self, x: f64) -> f64 {
        if self.is_logarithmic { x.log10() } else { x }
    }

    fn label(&self, position: f64) -> String {
        if self.is_logarithmic {
            let is_power = (position - position.round()).abs() < 1e-9;
            if is_power { grouped(10f64.powf(position).round() as i64) } else { String::new() }
        } else {
            format!("{position:.0}")
        }
    }
}

fn by_runs(ledgers: &[&LedgerReport]) -> Vec<Line> {
    let line = |name: &str, is_ours, of: fn(&InProcessRow) -> Option<f64>| {
        let lines = KINDS.into_iter().zip(COLORS).map(move |(kind, color)| {
            let points = ledgers.iter().filter_map(|ledger| {
                let row = ledger.in_process.rows.iter().find(|row| row.kind.name == kind)?;
                Some((ledger.data.runs as f64, of(row)?))
            });
            Line { name: format!("{name}: {kind}"), is_ours, color, points: points.collect() }
        });
        lines.collect::<Vec<_>>()
    };
    let mut lines = line("plain SQL", false, |row| Some(row.counted?.median));
    lines.extend(line("store", true, |row| Some(row.ours.median)));
    lines
}

fn by_depth(ledger: &LedgerReport) -> Vec<Line> {
    let depths = &ledger.in_process.depths;
    let line = |name: &str, is_ours, of: fn(&DepthRow) -> f64| Line {
        name: name.to_owned(),
        is_ours,
        color: COLORS[0],
        points: depths.iter().map(|row| (row.depth * 100.0, of(row))).collect(),
    };
    vec![
        line("plain SQL", false, |row| row.counted.median),
        line("store", true, |row| row.ours.median),
    ]
}

fn draw(file: &Path, title: &str, axis: &Axis, lines: &[Line]) -> Result<()> {
    let failed = |error: &dyn std::fmt::Display| anyhow!("{}: {error}", file.display());
    let times = || lines.iter().flat_map(|line| &line.points).map(|(_, time)| *time);
    let lowest = 10f64.powf(times().fold(f64::MAX, f64::min).log10().floor());
    // A power of ten more than needed, for the names of the lines.
    let highest = 10f64.powf(times().fold(1.0, f64::max).log10().ceil() + 1.0);
    let across = axis.position(axis.range.start)..axis.position(axis.range.end);
    let root = SVGBackend::new(file, SIZE).into_drawing_area();
    root.fill(&WHITE).map_err(|error| failed(&error))?;
    let mut chart = ChartBuilder::on(&root)
        .caption(title, ("sans-serif", 20))
        .margin(12)
        .x_label_area_size(44)
        .y_label_area_size(80)
        .build_cartesian_2d(across, (lowest..highest).log_scale())
        .map_err(|error| failed(&error))?;
    chart
        .configure_mesh()
        .x_desc(axis.title)
        .y_desc("microseconds")
        .x_label_formatter(&|position| axis.label(*position))
        .y_label_formatter(&|time| grouped(*time as i64))
        .light_line_style(WHITE.mix(0.0))
        .label_style(("sans-serif", 14))
        .draw()
        .map_err(|error| failed(&error))?;
    for line in lines {
        let color = line.color.mix(if line.is_ours { 1.0 } else { 0.5 });
        let style = color.stroke_width(if line.is_ours { 3 } else { 1 });
        let points = || line.points.iter().map(|(x, time)| (axis.position(*x), *time));
        chart
            .draw_series(LineSeries::new(points(), style))
            .map_err(|error| failed(&error))?
            .label(line.name.clone())
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 22, y)], style));
        chart
            .draw_series(points().map(|point| Circle::new(point, 4, color.filled())))
            .map_err(|error| failed(&error))?;
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .background_style(WHITE.mix(0.85))
        .border_style(BLACK.mix(0.3))
        .label_font(("sans-serif", 14))
        .draw()
        .map_err(|error| failed(&error))?;
    root.present().map_err(|error| failed(&error))
}

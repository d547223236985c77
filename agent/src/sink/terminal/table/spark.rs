//! Sparklines: a block a bucket.

/// The blocks from lowest to highest.
const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// One block for each figure, and a blank for none. The lowest block stands for 0, or for the least figure if that is
/// negative; the highest for the greatest figure.
pub(super) fn sparkline(figures: impl Iterator<Item = Option<f64>> + Clone) -> String {
    let (least, most) = figures
        .clone()
        .flatten()
        .fold((0.0_f64, 0.0_f64), |(least, most), figure| (least.min(figure), most.max(figure)));
    let block = |figure: f64| {
        // Halved, so that the difference of two finite figures is finite.
        let share = (figure / 2.0 - least / 2.0) / (most / 2.0 - least / 2.0);
        // NaN, of 0 / 0, is cast to 0.
        BLOCKS[((share * BLOCKS.len() as f64) as usize).min(BLOCKS.len() - 1)]
    };
    figures.map(|figure| figure.map_or(' ', block)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(figures: &[Option<f64>]) -> String {
        sparkline(figures.iter().copied())
    }

    #[test]
    fn blocks_reach_from_zero_to_the_greatest_figure() {
        assert_eq!(line(&[0.0, 1.0, 2.0, 4.0, 8.0].map(Some)), "▁▂▃▅█");
        assert_eq!(line(&[Some(5.0), None, Some(5.0)]), "█ █");
        assert_eq!(line(&[Some(0.0), Some(0.0)]), "▁▁");
        assert_eq!(line(&[]), "");
    }

    #[test]
    fn a_negative_figure_lowers_the_floor() {
        assert_eq!(line(&[Some(-2.0), Some(0.0), Some(2.0)]), "▁▅█");
        assert_eq!(line(&[Some(-f64::MAX), Some(0.0), Some(f64::MAX)]), "▁▅█");
    }
}

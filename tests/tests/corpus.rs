//! The bench corpus is what its documentation says.

use std::collections::HashSet;

use basenji_tests::corpus::corpus;

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_others() {
    assert_eq!(corpus(1000, 7), corpus(1000, 7));
    assert_ne!(corpus(1000, 7), corpus(1000, 8));
}

#[test]
fn the_figures_of_the_module_documentation_hold() {
    let text = String::from_utf8(corpus(20_000, 7)).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 20_000);
    let share = |matches: &dyn Fn(&str) -> bool| lines.iter().filter(|line| matches(line)).count() as f64 / 20_000.0;
    let of_kind = |kind: &'static str| share(&move |line| line.split('|').nth(1) == Some(kind));
    for (kind, expected) in [("c", 0.50), ("g", 0.15), ("d", 0.20), ("ms", 0.10), ("h", 0.03), ("s", 0.02)] {
        assert!((of_kind(kind) - expected).abs() < 0.01, "{kind}: {}", of_kind(kind));
    }
    let packed = share(&|line| line.split('|').next().unwrap().matches(':').count() > 1);
    assert!((packed - 0.33 * 0.2).abs() < 0.01, "packed: {packed}");
    assert!((share(&|line| line.contains("|@")) - 0.83 * 0.2).abs() < 0.01);
    assert!((share(&|line| line.contains("|c:ci-")) - 0.33).abs() < 0.01);
    let mean = text.len() as f64 / 20_000.0;
    assert!((105.0..115.0).contains(&mean), "{mean} bytes a line");
    let context = |line: &&str| {
        let mut fields = line.split('|');
        let name = fields.next().unwrap().split(':').next().unwrap().to_owned();
        (name, fields.next().unwrap().to_owned(), fields.find(|field| field.starts_with('#')).map(str::to_owned))
    };
    let contexts = lines.iter().map(context).collect::<HashSet<_>>().len();
    assert!((15_000..18_000).contains(&contexts), "{contexts} contexts");
}

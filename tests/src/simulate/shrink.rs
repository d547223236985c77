//! Makes a story that breaks a promise shorter while it does.

use super::story::{Step, Story};

/// The shortest story that `breaks`, as far as leaving steps out, and making what is left plainer, leads.
pub fn shortest(mut story: Story, breaks: impl Fn(&Story) -> bool) -> Story {
    loop {
        let before = story.clone();
        let mut part = story.steps.len() / 2;
        while part > 0 {
            let mut start = 0;
            while start < story.steps.len() {
                let mut shorter = story.clone();
                shorter.steps.drain(start..(start + part).min(story.steps.len()));
                if breaks(&shorter) {
                    story = shorter;
                } else {
                    start += part;
                }
            }
            part /= 2;
        }
        for place in 0..story.steps.len() {
            for plainer in plainer(story.steps[place]) {
                let mut simpler = story.clone();
                simpler.steps[place] = plainer;
                if breaks(&simpler) {
                    story = simpler;
                }
            }
        }
        if story == before {
            return story;
        }
    }
}

/// The same step, with one thing less about it.
fn plainer(step: Step) -> Vec<Step> {
    let Step::Receive(load) = step else { return Vec::new() };
    let mut all = Vec::new();
    let mut push = |change: fn(&mut super::story::Load)| {
        let mut plainer = load;
        change(&mut plainer);
        if plainer != load {
            all.push(Step::Receive(plainer));
        }
    };
    push(|load| load.cut = false);
    push(|load| load.times = 1);
    push(|load| load.timestamp = false);
    push(|load| load.rate = "");
    push(|load| load.long = 0);
    push(|load| load.values = [1, 0]);
    push(|load| load.values[1] = 0);
    push(|load| load.lines = 1);
    push(|load| load.lines = load.lines.div_ceil(2));
    push(|load| load.tag[1] = 1);
    push(|load| load.worker = 0);
    push(|load| load.kind = "c");
    all
}

use super::*;
use crate::example::{Example, Split};
use crate::train::question::{self, tests};
use crate::train::shuffle::Shuffle;
use crate::train::verdict;

/// Two thirds of the examples come from `hand`, as all did, and the others from `synth`.
pub(in crate::train) fn with_sources(examples: Vec<Example>) -> Vec<Example> {
    let synth = |n: usize| n % 6 < 2;
    let source = |n, e: Example| Example { source: if synth(n) { "synth".into() } else { e.source }, ..e };
    examples.into_iter().enumerate().map(|(n, e)| source(n, e)).collect()
}

/// Settings without phases, four questions a step; questions of both sources.
fn prepared() -> (VerdictConfig, Vec<Question>) {
    let directory = tempfile::tempdir().unwrap();
    let mut config = verdict::tests::config(directory.path());
    config.data.questions = 4;
    tests::write(&config.data.train[0], &with_sources(tests::examples(48, Split::Train)));
    let read = question::read(&config.data.train[0], None, &BTreeMap::new()).unwrap();
    (config, read.questions)
}

fn phase(until: u64, weights: &[(&str, f32)]) -> PhaseConfig {
    PhaseConfig { until, weights: weights.iter().map(|&(name, x)| (name.to_owned(), x)).collect() }
}

/// The turns of steps `from..to`.
fn turns(curriculum: &mut Curriculum, from: u64, to: u64) -> Vec<Turn> {
    (from..to).flat_map(|step| curriculum.step(step)).collect()
}

fn sorted(turns: &[Turn]) -> Vec<usize> {
    let mut all: Vec<usize> = turns.iter().map(|turn| turn.question).collect();
    all.sort_unstable();
    all
}

#[test]
fn without_phases_all_questions_come_in_the_order_of_the_third_purpose() {
    let (mut config, questions) = prepared();
    config.data.weights = [("synth".to_owned(), 0.25)].into();
    let mut order = Shuffle::new(questions.len(), config.run.seed, 3);
    let mut curriculum = Curriculum::new(&config, &questions).unwrap();
    for (n, turn) in turns(&mut curriculum, 0, 30).into_iter().enumerate() {
        let question = order.at(n as u64).0;
        let weight = if questions[question].source == "synth" { 0.25 } else { 1.0 };
        assert_eq!(turn, Turn { question, weight, number: n as u64 });
    }
}

#[test]
fn a_phase_asks_each_question_of_its_sources_once_before_one_comes_again() {
    let (mut config, questions) = prepared();
    config.data.weights = [("hand".to_owned(), 0.5)].into();
    config.data.phases = vec![phase(20, &[("synth", 0.0)]), phase(40, &[("hand", 3.0)])];
    let mut curriculum = Curriculum::new(&config, &questions).unwrap();
    let places = |all: &[&str]| -> Vec<usize> {
        (0..questions.len()).filter(|&n| all.contains(&questions[n].source.as_str())).collect()
    };
    let (hand, both) = (places(&["hand"]), places(&["hand", "synth"]));
    assert!(hand.len() > 8 && both.len() > hand.len() + 4, "{} {}", hand.len(), both.len());

    let first = turns(&mut curriculum, 0, 20);
    assert_eq!(sorted(&first[..hand.len()]), hand);
    assert_eq!(sorted(&first[hand.len()..2 * hand.len()]), hand);
    assert!(
        first.iter().all(|turn| turn.weight.to_bits() == 0.5f32.to_bits() && hand.contains(&turn.question))
    );
    let second = turns(&mut curriculum, 20, 40);
    assert_eq!(sorted(&second[..both.len()]), both);
    let weight = |turn: &Turn| if hand.contains(&turn.question) { 1.5f32 } else { 1.0 };
    assert!(second.iter().all(|turn| turn.weight.to_bits() == weight(turn).to_bits()));
    let rest = turns(&mut curriculum, 40, 60);
    assert_eq!(sorted(&rest[..both.len()]), both);
    assert_ne!(
        rest.iter().map(|t| t.question).collect::<Vec<_>>(),
        second.iter().map(|t| t.question).collect::<Vec<_>>()
    );
    let numbers = [first, second, rest].concat().into_iter().map(|turn| turn.number);
    assert!(numbers.eq(0..240));
    let anew = Curriculum::new(&config, &questions).unwrap().step(27);
    assert_eq!(anew, curriculum.step(27));
}

#[test]
fn credentials_have_the_wanted_share_of_the_weight_in_every_phase() {
    let (mut config, questions) = prepared();
    config.loss.alert_share = 0.4;
    config.data.phases = vec![phase(1, &[("synth", 0.0)])];
    let curriculum = Curriculum::new(&config, &questions).unwrap();
    assert_eq!(curriculum.phases.len(), 2);
    for phase in &curriculum.phases {
        let sum = |wanted: &dyn Fn(usize) -> bool| -> f32 {
            phase.questions.iter().filter(|(question, _)| wanted(*question)).map(|(_, weight)| weight).sum()
        };
        let (alert, all) = (sum(&|question| questions[question].is_alert()), sum(&|_| true));
        assert!((alert / all - 0.4).abs() < 1e-5 && (all - phase.questions.len() as f32).abs() < 1e-3);
    }
}

#[test]
fn a_curriculum_that_cannot_be_is_refused_with_its_phase_named() {
    let (mut config, questions) = prepared();
    for (phases, message) in [
        (vec![phase(0, &[])], "phase 1 of data.phases ends with until = 0"),
        (
            vec![phase(9, &[]), phase(9, &[])],
            "phase 2 of data.phases ends with until = 9, but begins at step 9",
        ),
        (
            vec![phase(9, &[("sinth", 1.0)])],
            "the source \"sinth\", of which data.train has no question; there are hand, synth",
        ),
        (
            vec![phase(9, &[]), phase(10, &[("hand", 0.0), ("synth", 0.0)])],
            "phase 2 of data.phases has no questions",
        ),
        (vec![phase(9, &[("hand", -1.0)])], "phase 1 of data.phases: weights.hand is -1"),
    ] {
        config.data.phases = phases;
        let error = Curriculum::new(&config, &questions).unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    }
    config.data.phases.clear();
    config.data.weights = BTreeMap::from([("sinth".to_owned(), 0.4)]);
    let error = Curriculum::new(&config, &questions).unwrap_err().to_string();
    assert!(error.contains("data.weights names the source \"sinth\""), "{error}");
    // By heart, neither phases nor weights by source count.
    config.run.overfit = 6;
    let few = &questions[..6];
    assert_eq!(Curriculum::new(&config, few).unwrap().step(1000).len(), 4);
}

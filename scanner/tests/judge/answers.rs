//! An answer depends on its question and the model alone, with and without workers and a cache.

use secretscan::judge::{Cache, CachedJudge, Judge as _};

use crate::question::{judge, open, queries, query};
use crate::reference;
use crate::tiny_gguf::{Meta, Recipe, Storage};

#[test]
fn an_answer_does_not_depend_on_the_batch() {
    for recipe in [Recipe::native(), Recipe { storage: Storage::Q8_0, ..Recipe::native() }, Recipe::chat()] {
        let tiny = recipe.build();
        let all = queries(0..17);
        let together = judge(&tiny).judge(&all).expect("answers");
        assert!(together.iter().any(|p| (p - together[0]).abs() > 0.01), "questions differ: {together:?}");
        let mut one = judge(&tiny);
        for (n, &p) in together.iter().enumerate() {
            assert_eq!(judge(&tiny).judge(&[query(n)]).expect("an answer"), [p], "alone, in a fresh context");
            assert_eq!(one.judge(&[query(n)]).expect("an answer"), [p], "alone, after others");
        }
        let mut reversed = all;
        reversed.reverse();
        let mut backwards = judge(&tiny).judge(&reversed).expect("answers");
        backwards.reverse();
        assert_eq!(backwards, together);
    }
}

#[test]
fn two_workers_over_one_model_answer_as_one_does() {
    let tiny = Recipe::native().build();
    let model = open(&tiny);
    let all = queries(0..24);
    let expected = model.judge().expect("a context").judge(&all).expect("answers");
    let (left, right) = all.split_at(12);
    let got: Vec<f32> = std::thread::scope(|scope| {
        let workers = [left, right].map(|part| {
            let mut judge = model.judge().expect("a context");
            scope.spawn(move || judge.judge(part).expect("answers"))
        });
        workers.into_iter().flat_map(|worker| worker.join().expect("no panic")).collect()
    });
    assert_eq!(got, expected);
}

#[test]
fn the_probability_is_that_of_the_calibrated_verdict_tokens() {
    let recipe = Recipe::native()
        .with("secretscan.calibration.temperature", Meta::F32(2.0))
        .with("secretscan.calibration.bias", Meta::F32(-0.5));
    let tiny = recipe.build();
    let model = open(&tiny);
    let logits = reference::logits(&tiny, &model.probe().expect("a context").tokens(&query(1)));
    let of = |name: &str| f64::from(logits[tiny.tokens.iter().position(|t| t == name).expect("there")]);
    let expected = 1.0 / (1.0 + (-((of("<|alert|>") - of("<|safe|>")) / 2.0 - 0.5)).exp());
    let got = model.judge().expect("a context").judge(&[query(1)]).expect("an answer")[0];
    assert!((f64::from(got) - expected).abs() < 2e-3, "{got} {expected}");
    assert!((f64::from(got) * 10_000.0 - (f64::from(got) * 10_000.0).round()).abs() < 1e-2, "rounded: {got}");
}

#[test]
fn a_bias_makes_a_model_that_always_says_the_same() {
    for (alert, p) in [(true, 1.0), (false, 0.0)] {
        assert_eq!(judge(&Recipe::constant(alert).build()).judge(&queries(0..3)).expect("answers"), [p; 3]);
    }
}

#[test]
fn cached_answers_belong_to_one_model() {
    let folder = tempfile::tempdir().expect("temp");
    let path = folder.path().join("verdicts.db");
    let all = queries(0..5);
    let cached =
        |recipe: Recipe| CachedJudge::new(judge(&recipe.build()), Cache::open(&path).expect("a cache"));
    let mut first = cached(Recipe::native());
    let answers = first.judge(&all).expect("answers");
    let mut again = cached(Recipe::native());
    assert_eq!((again.judge(&all).expect("answers"), again.hits()), (answers.clone(), 5));
    // The same weights, another calibration: another file, another answer.
    let mut other = cached(Recipe::constant(true));
    assert_eq!((other.judge(&all).expect("answers"), other.hits()), (vec![1.0; 5], 0));
    assert_ne!(answers, vec![1.0; 5]);
    // The same tokens from another checkout.
    let mut moved = all.clone();
    for query in &mut moved {
        query.window.path = format!("/builds/17/project/src/app/{}", query.window.path);
    }
    let mut elsewhere = cached(Recipe::native());
    let near = elsewhere.judge(&moved).expect("answers");
    let mut deeper = moved.clone();
    for query in &mut deeper {
        query.window.path = query.window.path.replace("/builds/17", "/home/user");
    }
    assert_eq!((elsewhere.judge(&deeper).expect("answers"), elsewhere.hits()), (near, 5));
}

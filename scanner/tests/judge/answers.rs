//! An answer depends on its question alone.

use crate::question::{judge, open, queries, query};
use crate::tiny_gguf::{Recipe, Storage};

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

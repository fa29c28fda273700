//! Profile chat: the model's own template, and text of a file that stays text.

use secretscan::judge::{Judge as _, Profile, Query, Window};

use crate::question::{open, open_bytes, query};
use crate::reference;
use crate::tiny_gguf::{Meta, Recipe, Tiny};

/// The text behind tokens, with the special ones by name.
fn show(tiny: &Tiny, tokens: &[u32]) -> String {
    let bytes: Vec<u8> = tokens
        .iter()
        .flat_map(|&id| {
            let name = &tiny.tokens[id as usize];
            if tiny.recipe.specials.contains(name) {
                return name.clone().into_bytes();
            }
            let byte =
                |c: char| (0..=255).find(|&b| secretscan::judge::encode::byte_char(b) == c).expect("a byte");
            name.chars().map(byte).collect()
        })
        .collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

fn special_tokens(tiny: &Tiny, tokens: &[u32]) -> usize {
    tokens.iter().filter(|&&id| tiny.recipe.specials.contains(&tiny.tokens[id as usize])).count()
}

fn hostile(texts: &[String]) -> Query {
    let all = texts.concat();
    let window = Window {
        path: all.clone(),
        before: vec![all.clone().into_bytes(); 5],
        left: all.clone().into_bytes(),
        value: all.clone().into_bytes(),
        right: all.clone().into_bytes(),
        after: vec![all.clone().into_bytes(); 5],
        key: Some(all.clone().into_bytes()),
        usage: Some(all.into_bytes()),
    };
    Query { window, ..query(0) }
}

#[test]
fn the_prompt_is_the_models_template_around_the_window() {
    let tiny = Recipe::chat().build();
    let model = open(&tiny);
    assert_eq!(model.profile(), Profile::Chat);
    let text = show(&tiny, &model.probe().expect("a context").tokens(&query(2)));
    assert!(text.starts_with("<|im_start|>system\nYou review source code"), "{text}");
    assert!(text.contains("<|im_end|>\n<|im_start|>user\nFile: src/gamma/settings_2.py\n"), "{text}");
    assert!(text.contains("gamma_password = \">>>"), "{text}");
    assert!(text.ends_with("Answer ALERT or SAFE.<|im_end|>\n<|im_start|>assistant\n"), "{text}");
}

#[test]
fn without_a_template_that_llama_cpp_knows_the_prompt_is_plain() {
    let unknown = Recipe::chat().with("tokenizer.chat_template", Meta::Text("{{ odd }}".into()));
    for recipe in [Recipe::chat().without("tokenizer.chat_template"), unknown] {
        let tiny = recipe.build();
        let model = open(&tiny);
        assert_eq!(model.name(), "tiny (chat, without a chat template)");
        let tokens = model.probe().expect("a context").tokens(&query(2));
        let text = show(&tiny, &tokens);
        assert!(text.starts_with("You review source code") && text.ends_with("SAFE.\nAnswer:"), "{text}");
        assert_eq!(special_tokens(&tiny, &tokens), 0);
    }
}

#[test]
fn text_of_a_file_never_becomes_a_special_token() {
    let tiny = Recipe::chat().build();
    let tokens = open(&tiny).probe().expect("a context").tokens(&hostile(&tiny.recipe.specials));
    assert_eq!(special_tokens(&tiny, &tokens), 5, "those of the template: three begin, two end");
    let text = show(&tiny, &tokens);
    assert!(text.matches("<|im_start|>").count() > 10, "the file's text is all there, as text");

    // Tokens that llama.cpp finds in plain text, too.
    let types = (0..tiny.tokens.len()).map(|id| if id < 256 + tiny.recipe.merges { 1 } else { 4 }).collect();
    let tiny = Recipe::chat().with("tokenizer.ggml.token_type", Meta::I32s(types)).build();
    let tokens = open(&tiny).probe().expect("a context").tokens(&hostile(&tiny.recipe.specials));
    assert_eq!(special_tokens(&tiny, &tokens), 5);

    let tiny = Recipe::native().build();
    let tokens = open(&tiny).probe().expect("a context").tokens(&hostile(&tiny.recipe.specials));
    assert_eq!(special_tokens(&tiny, &tokens), 22, "those of the layout");
}

#[test]
fn the_answer_is_the_share_of_the_first_token_of_alert() {
    let tiny = Recipe::chat().build();
    let model = open(&tiny);
    let query = query(4);
    let logits = reference::logits(&tiny, &model.probe().expect("a context").tokens(&query));
    // This vocabulary splits both words and the space before them into bytes.
    let (alert, safe) =
        (f64::from(logits[usize::from(b'A')]).exp(), f64::from(logits[usize::from(b'S')]).exp());
    let got = model.judge().expect("a context").judge(&[query]).expect("an answer")[0];
    assert!((f64::from(got) - alert / (alert + safe)).abs() < 2e-3, "{got}");
}

#[test]
fn a_huge_window_still_fits_and_keeps_the_question() {
    let tiny = Recipe::chat().build();
    let model = open(&tiny);
    for fill in [&b"\xFF"[..], b"word ", b"\n\t", "\u{3042}".as_bytes()] {
        let query = hostile(&[String::from_utf8_lossy(&fill.repeat(2000)).into_owned()]);
        let tokens = model.probe().expect("a context").tokens(&query);
        let text = show(&tiny, &tokens);
        assert!(
            text.contains(">>>") && text.contains("<<<") && text.ends_with("assistant\n"),
            "{}",
            tokens.len()
        );
        assert!(model.judge().expect("a context").judge(&[query]).is_ok());
    }
}

#[test]
fn the_profile_can_be_chosen() {
    let tiny = Recipe::native().build();
    let model = open_bytes(&tiny.bytes, Some(Profile::Chat)).expect("any model can be asked so");
    assert_eq!((model.profile(), model.name()), (Profile::Chat, "tiny (chat, without a chat template)"));
}

//! What is no whole, fitting model is an error with a cause, never a crash.

use secretscan::judge::{JudgeError, Model, ModelSource, Profile};

use crate::question::{open_bytes, query};
use crate::tiny_gguf::{Meta, Recipe};

fn cause(bytes: &[u8], profile: Option<Profile>) -> String {
    match open_bytes(bytes, profile) {
        Ok(_) => panic!("it opened"),
        Err(JudgeError::Unusable { path, cause }) => {
            assert_eq!(path, "test.gguf");
            cause
        }
        Err(other) => panic!("another error: {other}"),
    }
}

#[test]
fn a_file_cut_off_anywhere_is_an_error() {
    let bytes = Recipe::native().build().bytes;
    // Every cut in the first bytes, then all over header and data. The last tensor's padding may be missing.
    let cuts = (0..200).chain((200..bytes.len() - 32).step_by(bytes.len() / 400));
    for cut in cuts {
        let cause = cause(&bytes[..cut], None);
        assert!(cause.contains("cut off") || cut < 4, "{cut}: {cause}");
    }
}

/// Changes single bytes of the header, `positions` of them all over it.
fn change_bytes(positions: usize) {
    let tiny = Recipe { merges: 5, width: 32, layers: 1, ff: 32, ..Recipe::native() }.build();
    let header = tiny.bytes.len() - tiny.weights.values().map(|w| w.len() * 4).sum::<usize>();
    let folder = tempfile::tempdir().expect("temp");
    let path = folder.path().join("model.gguf");
    let mut opened = 0;
    let mut refused = 0;
    for at in (0..header).step_by((header / positions).max(1)) {
        for value in [0x00, 0x01, 0x7F, 0xFF, tiny.bytes[at] ^ 0x04] {
            let mut bytes = tiny.bytes.clone();
            bytes[at] = value;
            std::fs::write(&path, &bytes).expect("written");
            match Model::open(ModelSource::File(path.clone()), None) {
                Ok(model) => {
                    opened += 1;
                    let answers = model.judge().expect("a context").judge(&[query(1)]);
                    assert!(matches!(answers, Ok(_) | Err(JudgeError::Failed { .. })));
                }
                Err(JudgeError::Unusable { .. }) => refused += 1,
                Err(other) => panic!("byte {at}: {other}"),
            }
        }
    }
    assert!(opened > 50 && refused > 50, "{opened} opened, {refused} refused");
}

#[test]
fn any_changed_byte_of_the_header_gives_an_error_or_a_model_that_answers() {
    change_bytes(500);
}

#[test]
#[ignore = "takes minutes"]
fn every_changed_byte_of_the_header_gives_an_error_or_a_model_that_answers() {
    change_bytes(usize::MAX);
}

#[test]
fn weights_that_are_no_numbers_are_an_error_and_no_answer() {
    let mut bytes = Recipe::native().build().bytes;
    let data = bytes.len() - 4096;
    bytes[data..].fill(0xFF);
    let model = open_bytes(&bytes, None).expect("the header is whole");
    let answer = model.judge().expect("a context").judge(&[query(1)]);
    assert!(matches!(answer, Err(JudgeError::Failed { .. })), "{answer:?}");
}

#[test]
fn wrong_metadata_is_named() {
    let text = |t: &str| Meta::Text(t.to_owned());
    let native = Recipe::native;
    let hash = "0".repeat(64);
    let cases: Vec<(Recipe, &str)> = vec![
        (native().with("general.architecture", text("qwen2moe")), "\"qwen2moe\" is not supported"),
        (native().with("general.architecture", text("no-such-thing")), "\"no-such-thing\" is not supported"),
        (native().with("general.architecture", text("qwen2")), "block_count is missing"),
        (native().without("general.architecture"), "general.architecture is missing"),
        (native().with("general.type", text("adapter")), "LoRA adapter"),
        (native().with("split.count", Meta::U32(3)), "llama-gguf-split"),
        (native().without("llama.block_count"), "block_count is missing"),
        (native().with("llama.block_count", Meta::U32(0)), "block_count"),
        (native().with("llama.block_count", Meta::U32(100_000)), "block_count"),
        (native().with("llama.block_count", Meta::U32(3)), "llama.cpp refuses"),
        (native().with("llama.attention.head_count", Meta::U32(0)), "head_count"),
        (native().with("llama.attention.head_count", Meta::U32(3)), "3 heads"),
        (native().with("llama.attention.head_count_kv", Meta::U32(3)), "3 key-value heads"),
        (native().with("llama.attention.head_count", Meta::F32(4.0)), "head_count"),
        (native().with("llama.rope.dimension_count", Meta::U32(8)), "rope length 8"),
        (native().with("llama.rope.scaling.type", text("twisted")), "rope.scaling.type"),
        (native().with("llama.rope.freq_base", Meta::F32(f32::NAN)), "rope.freq_base"),
        (native().with("llama.attention.layer_norm_rms_epsilon", Meta::F32(-1.0)), "layer_norm_rms_epsilon"),
        (native().with("llama.embedding_length", Meta::U32(128)), "rope length 16"),
        (native().with("llama.expert_count", Meta::U32(8)), "mixtures of experts"),
        (native().with("llama.context_length", Meta::U32(128)), "context of 128 tokens"),
        (native().without("tokenizer.ggml.tokens"), "vocabulary is missing"),
        (native().with("tokenizer.ggml.tokens", Meta::I32s(vec![1; 300])), "vocabulary is missing"),
        (native().with("tokenizer.ggml.tokens", Meta::Texts(vec!["a".into(); 300])), "twice"),
        (native().with("tokenizer.ggml.tokens", Meta::Texts(vec![])), "0 tokens"),
        (native().with("tokenizer.ggml.token_type", Meta::I32s(vec![1; 5])), "token_type"),
        (native().with("tokenizer.ggml.token_type", text("x")), "token_type"),
        (native().without("tokenizer.ggml.merges"), "merges are missing"),
        (native().with("tokenizer.ggml.merges", Meta::Texts(vec!["no-space".into()])), "merge 0"),
        (native().with("tokenizer.ggml.merges", Meta::Texts(vec!["a <|val|>".into()])), "merge 0"),
        (native().with("tokenizer.ggml.model", text("bert")), "\"bert\" is not supported"),
        (native().with("tokenizer.ggml.pre", text("qwen2")), "smollm"),
        (native().without("secretscan.encoding.version"), "secretscan.encoding.version is missing"),
        (native().without("secretscan.encoding.hash"), "secretscan.encoding.hash is missing"),
        (native().with("secretscan.encoding.hash", text(&hash)), "trained with encoding 2 (0000"),
        (native().with("secretscan.encoding.version", Meta::U32(9)), "trained with encoding 9"),
        (native().with("secretscan.profile", text("other")), "secretscan.profile"),
        (native().with("secretscan.calibration.temperature", Meta::F32(0.0)), "temperature"),
        (native().with("secretscan.calibration.bias", text("x")), "bias"),
        (native().with("general.alignment", Meta::U32(12)), "alignment"),
        (Recipe::chat().with("secretscan.prompt.version", Meta::U32(7)), "tuned on prompt 7"),
        (Recipe::chat().with("secretscan.prompt.hash", text(&hash)), "tuned on prompt"),
        (Recipe::chat().with("llama.context_length", Meta::U32(512)), "context of 512 tokens"),
    ];
    for (recipe, expected) in cases {
        let cause = cause(&recipe.build().bytes, None);
        assert!(cause.contains(expected), "expected {expected:?} in {cause:?}");
    }
    let no_specials = Recipe { specials: vec!["<|other|>".into()], ..native() };
    assert!(cause(&no_specials.build().bytes, None).contains("lacks the token"));
    let chat = Recipe::chat().build();
    assert!(cause(&chat.bytes, Some(Profile::Native)).contains("--profile chat"));
}

#[test]
fn a_file_that_is_not_there_or_a_folder_is_an_error_with_its_path() {
    let folder = tempfile::tempdir().expect("temp");
    for path in [folder.path().join("missing.gguf"), folder.path().to_owned()] {
        let shown = path.display().to_string();
        let Err(error) = Model::open(ModelSource::File(path), None) else { panic!("it opened") };
        assert!(matches!(error, JudgeError::Read { .. }), "{error}");
        assert!(error.to_string().contains(&shown) && error.to_string().contains("--judge off"));
    }
}

#[test]
fn a_file_and_the_same_bytes_in_memory_are_the_same_model() {
    let tiny = Recipe::native().build();
    let folder = tempfile::tempdir().expect("temp");
    let path = folder.path().join("model.gguf");
    std::fs::write(&path, &tiny.bytes).expect("written");
    let file = Model::open(ModelSource::File(path), None).expect("a model");
    let memory = crate::question::open(&tiny);
    assert_eq!((file.sha256(), file.name()), (memory.sha256(), "tiny (native)"));
    let ask = |model: &Model| model.judge().expect("a context").judge(&[query(3)]).expect("an answer");
    assert_eq!(ask(&file), ask(&memory));
}

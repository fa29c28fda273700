//! llama.cpp's names of a Llama's weights, for whole models and for adapters.

use crate::model::{Config, parameters};

/// The GGUF's name of a weight (`model.layers.0.self_attn.q_proj.weight` is `blk.0.attn_q.weight`), without which a Llama has
/// no such weight.
pub(crate) fn in_gguf(weight: &str) -> Option<String> {
    match weight {
        parameters::EMBEDDING => return Some("token_embd.weight".into()),
        parameters::FINAL_NORM => return Some("output_norm.weight".into()),
        parameters::OUTPUT => return Some("output.weight".into()),
        _ => {}
    }
    let (layer, part) = weight.strip_prefix("model.layers.")?.split_once('.')?;
    let name = match part.strip_suffix(".weight")? {
        "input_layernorm" => "attn_norm",
        "self_attn.q_proj" => "attn_q",
        "self_attn.k_proj" => "attn_k",
        "self_attn.v_proj" => "attn_v",
        "self_attn.o_proj" => "attn_output",
        "post_attention_layernorm" => "ffn_norm",
        "mlp.gate_proj" => "ffn_gate",
        "mlp.up_proj" => "ffn_up",
        "mlp.down_proj" => "ffn_down",
        _ => return None,
    };
    Some(format!("blk.{layer}.{name}.weight"))
}

/// Heads whose rows are rotated in pairs, if this layer has such: queries and keys.
pub(crate) fn rotated_heads(path: &str, model: &Config) -> Option<usize> {
    if path.ends_with(".q_proj") {
        Some(model.num_attention_heads)
    } else if path.ends_with(".k_proj") {
        Some(model.num_key_value_heads)
    } else {
        None
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that panics has failed")]
mod tests {
    use super::*;
    use crate::adapter::testing;
    use crate::gguf::convert::convert;
    use crate::gguf::quantize::FileType;

    #[test]
    fn names_are_those_of_the_converter() {
        let base = testing::base();
        let converted = convert(base.path(), FileType::F32, "t").unwrap();
        let mut there: Vec<String> = converted.tensors.into_iter().map(|tensor| tensor.name).collect();
        let mut here: Vec<String> = parameters::shapes(&testing::config())
            .keys()
            .map(|name| in_gguf(name).expect("a name"))
            .collect();
        there.sort_unstable();
        here.sort_unstable();
        assert_eq!(here, there);
        assert_eq!(in_gguf("lm_head.weight").as_deref(), Some("output.weight"));
        assert_eq!(in_gguf("model.layers.0.self_attn.q_proj.bias"), None);
    }
}

//! Which tensor is stored in which type, and the storing.
//!
//! The mixtures are llama.cpp's (`llama_tensor_get_type`): norms stay F32; `Q4_K_M` keeps the values and the last
//! matrices of the feed-forward part in some layers, and the embeddings when they are also the output, in `Q6_K`.

use std::fmt;

use anyhow::{Context as _, bail};
use candle_core::quantized::{GgmlDType, QTensor};
use candle_core::{DType, Tensor};

use super::writer::Stored;

/// A file type: the mixture of types of a whole model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum FileType {
    /// 32-bit floating point.
    #[value(name = "F32")]
    F32,
    /// 16-bit floating point.
    #[value(name = "F16")]
    F16,
    /// 8 bits and a scale for 32 weights: 8.5 bits a weight.
    #[value(name = "Q8_0")]
    Q8_0,
    /// 4 bits in blocks of 256, some tensors 6 bits.
    #[value(name = "Q4_K_M")]
    Q4KM,
}

impl FileType {
    /// `general.file_type`.
    pub fn code(self) -> usize {
        match self {
            Self::F32 => 0,
            Self::F16 => 1,
            Self::Q8_0 => 7,
            Self::Q4KM => 15,
        }
    }

    /// The type of one tensor, by its name in the GGUF; `layers` is the number of blocks.
    ///
    /// An error if a row does not fill whole blocks: llama.cpp would quietly take another type.
    pub fn of(self, name: &str, shape: &[usize], layers: usize) -> anyhow::Result<GgmlDType> {
        if shape.len() == 1 {
            return Ok(GgmlDType::F32);
        }
        let dtype = match self {
            Self::F32 => GgmlDType::F32,
            Self::F16 => GgmlDType::F16,
            Self::Q8_0 => GgmlDType::Q8_0,
            Self::Q4KM if name == "token_embd.weight" || name == "output.weight" => GgmlDType::Q6K,
            Self::Q4KM if is_sensitive(name, layers) => GgmlDType::Q6K,
            Self::Q4KM => GgmlDType::Q4K,
        };
        let row = shape.last().copied().unwrap_or(0);
        if row % dtype.block_size() != 0 {
            bail!("{name} has rows of {row} weights, no multiple of {} as {self} needs", dtype.block_size());
        }
        Ok(dtype)
    }
}

impl fmt::Display for FileType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::F32 => "F32",
            Self::F16 => "F16",
            Self::Q8_0 => "Q8_0",
            Self::Q4KM => "Q4_K_M",
        })
    }
}

/// llama.cpp's `use_more_bits`: the first and the last eighth of the layers, and every third between.
fn is_sensitive(name: &str, layers: usize) -> bool {
    let Some((layer, tensor)) = name.strip_prefix("blk.").and_then(|rest| rest.split_once('.')) else {
        return false;
    };
    let Ok(layer) = layer.parse::<usize>() else { return false };
    let eighth = layers / 8;
    matches!(tensor, "attn_v.weight" | "ffn_down.weight")
        && (layer < eighth || layer >= 7 * layers / 8 || (layer - eighth) % 3 == 2)
}

/// Stores `tensor` (floating point, any device) as `dtype`.
pub fn store(name: &str, tensor: &Tensor, dtype: GgmlDType) -> anyhow::Result<Stored> {
    let tensor = tensor.to_dtype(DType::F32)?.to_device(&candle_core::Device::Cpu)?.contiguous()?;
    let finite = tensor.flatten_all()?.to_vec1::<f32>()?.iter().all(|x| x.is_finite());
    if !finite {
        bail!("{name} holds a weight that is no number; the training went wrong before this step");
    }
    let stored = QTensor::quantize(&tensor, dtype).with_context(|| format!("cannot store {name}"))?;
    Ok(Stored {
        name: name.to_owned(),
        shape: tensor.dims().to_vec(),
        dtype,
        data: stored.data()?.into_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mixture_is_llama_cpps() {
        let of = |name: &str, layers| FileType::Q4KM.of(name, &[256, 256], layers).expect("whole blocks");
        let six: Vec<usize> =
            (0..8).filter(|n| of(&format!("blk.{n}.ffn_down.weight"), 8) == GgmlDType::Q6K).collect();
        assert_eq!(six, [0, 3, 6, 7]);
        let six: Vec<usize> =
            (0..4).filter(|n| of(&format!("blk.{n}.attn_v.weight"), 4) == GgmlDType::Q6K).collect();
        assert_eq!(six, [2, 3]);
        assert_eq!(of("token_embd.weight", 4), GgmlDType::Q6K);
        assert_eq!(of("blk.0.attn_q.weight", 4), GgmlDType::Q4K);
        assert_eq!(FileType::Q8_0.of("output_norm.weight", &[256], 4).expect("a vector"), GgmlDType::F32);
        assert!(
            FileType::Q4KM.of("blk.0.attn_q.weight", &[256, 128], 4).is_err(),
            "never another type in silence"
        );
    }

    #[test]
    fn eight_bits_come_back_within_half_a_step() {
        let values: Vec<f32> = (0..512u16).map(|n| (f32::from(n) * 0.7).sin()).collect();
        let tensor = Tensor::from_vec(values.clone(), (2, 256), &candle_core::Device::Cpu).expect("a tensor");
        let stored = store("x", &tensor, GgmlDType::Q8_0).expect("whole blocks");
        assert_eq!(stored.data.len(), 512 / 32 * 34);
        let back = QTensor::quantize(&tensor, GgmlDType::Q8_0).and_then(|q| q.dequantize(tensor.device()));
        let back = back.and_then(|t| t.flatten_all()?.to_vec1::<f32>()).expect("back");
        let worst = values.iter().zip(&back).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(worst <= 0.5 / 127.0 + 1e-3, "{worst}");
        let broken = Tensor::full(f32::NAN, (1, 256), tensor.device()).expect("a tensor");
        assert!(store("x", &broken, GgmlDType::Q8_0).is_err());
    }
}

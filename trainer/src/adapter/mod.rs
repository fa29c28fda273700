//! LoRA adapters: training, PEFT files, merging, verification.

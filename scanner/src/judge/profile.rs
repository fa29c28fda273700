//! How a GGUF is asked, and how its answer becomes a probability: both are the file's own metadata.

use std::fmt;

use super::gguf::Gguf;

/// How a model is asked. Chosen by the metadata key [`PROFILE_KEY`] or by the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Profile {
    /// This project's encoding (`judge::encode`): a small model trained for it.
    Native,
    /// The model's own chat template (`judge::chat`): any instruction model.
    Chat,
}

/// Metadata key that names the profile, `native` or `chat`.
pub const PROFILE_KEY: &str = "secretscan.profile";
/// Metadata key of the number that the difference of logits is divided by (f32, above 0; 1 without it).
pub const TEMPERATURE_KEY: &str = "secretscan.calibration.temperature";
/// Metadata key of the number that is then added (f32; 0 without it).
pub const BIAS_KEY: &str = "secretscan.calibration.bias";
/// Metadata key of the weight of the feature model's log-odds in the sum (f32; 0 without it).
pub const PRIOR_KEY: &str = "secretscan.calibration.prior";

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Native => "native",
            Self::Chat => "chat",
        })
    }
}

impl Profile {
    /// The profile to use: the user's wish, else what the file says, else chat (a GGUF that knows nothing of this
    /// program is some instruction model).
    pub fn choose(gguf: &Gguf, wish: Option<Self>) -> Result<Self, String> {
        match (wish, gguf.get(PROFILE_KEY).map(|v| v.as_str())) {
            (Some(wish), _) => Ok(wish),
            (None, Some(Some("native"))) => Ok(Self::Native),
            (None, Some(Some("chat")) | None) => Ok(Self::Chat),
            (None, Some(_)) => Err(format!("{PROFILE_KEY} is neither native nor chat")),
        }
    }
}

/// Turns the difference of two logits into a probability: Platt's scaling with the sign that more is worse.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Calibration {
    /// Divides the difference.
    pub temperature: f32,
    /// Is added after.
    pub bias: f32,
    /// Multiplies the feature model's log-odds, which are added, too: the logistic stack of both models.
    pub prior: f32,
}

impl Default for Calibration {
    fn default() -> Self {
        Self { temperature: 1.0, bias: 0.0, prior: 0.0 }
    }
}

impl Calibration {
    /// Reads the three keys.
    pub fn of(gguf: &Gguf) -> Result<Self, String> {
        let number = |key: &str, default: f32| number(gguf, key, default);
        let temperature = number(TEMPERATURE_KEY, 1.0)?;
        if temperature <= 0.0 {
            return Err(format!("{TEMPERATURE_KEY} is not above 0"));
        }
        Ok(Self { temperature, bias: number(BIAS_KEY, 0.0)?, prior: number(PRIOR_KEY, 0.0)? })
    }

    /// The probability of `alert` against `safe`, where the feature model says `prior` (log-odds):
    /// `1 / (1 + exp(-((alert - safe) / temperature + weight * prior + bias)))`, rounded to 1/10,000 so that reports
    /// and caches hold the same short number everywhere. `None` if a logit is no number.
    pub fn probability(self, alert: f32, safe: f32, prior: f32) -> Option<f32> {
        let x = f64::from(alert - safe) / f64::from(self.temperature)
            + f64::from(self.prior) * f64::from(prior)
            + f64::from(self.bias);
        Some(rounded_logistic(x)).filter(|p| p.is_finite())
    }
}

/// The probability of log-odds, rounded to 1/10,000; no number for none.
pub(super) fn rounded_logistic(x: f64) -> f32 {
    let p = 1.0 / (1.0 + (-x).exp());
    ((p * 10_000.0).round() / 10_000.0) as f32
}

/// A finite number of the metadata.
pub(super) fn number(gguf: &Gguf, key: &str, default: f32) -> Result<f32, String> {
    match gguf.get(key) {
        None => Ok(default),
        Some(value) => value
            .as_f64()
            .map(|n| n as f32)
            .filter(|n| n.is_finite())
            .ok_or_else(|| format!("{key} is no finite number")),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::gguf::{Gguf, Value};
    use super::*;

    fn gguf(entries: &[(&str, Value)]) -> Gguf {
        let metadata: BTreeMap<_, _> = entries.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect();
        Gguf { metadata, tensors: Vec::new(), data_start: 0 }
    }

    fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    #[test]
    fn the_wish_wins_over_the_file_and_the_file_over_the_default() {
        let native = gguf(&[(PROFILE_KEY, text("native"))]);
        assert_eq!(Profile::choose(&native, None), Ok(Profile::Native));
        assert_eq!(Profile::choose(&native, Some(Profile::Chat)), Ok(Profile::Chat));
        assert_eq!(Profile::choose(&gguf(&[]), None), Ok(Profile::Chat));
        assert!(Profile::choose(&gguf(&[(PROFILE_KEY, text("other"))]), None).is_err());
        assert!(Profile::choose(&gguf(&[(PROFILE_KEY, Value::Bool(true))]), None).is_err());
    }

    #[test]
    fn probabilities_follow_the_logits_and_are_rounded() {
        let plain = Calibration::default();
        assert_eq!(plain.probability(1.0, 1.0, 0.0), Some(0.5));
        assert_eq!(plain.probability(2.0, 1.0, 0.0), Some(0.7311));
        assert_eq!(plain.probability(-400.0, 400.0, 0.0), Some(0.0));
        assert_eq!(plain.probability(400.0, -400.0, 0.0), Some(1.0));
        assert_eq!(plain.probability(f32::NAN, 0.0, 0.0), None);
        let scaled = Calibration { temperature: 2.0, bias: -0.5, prior: 0.5 };
        assert_eq!(scaled.probability(3.0, 2.0, 0.0), Some(0.5));
        assert_eq!(
            scaled.probability(3.0, 2.0, 2.0),
            Some(0.7311),
            "the feature model is added by its weight"
        );
    }

    #[test]
    fn a_broken_calibration_is_an_error() {
        let float = |value: f64| Value::Float { value, kind: 6 };
        assert!(Calibration::of(&gguf(&[(TEMPERATURE_KEY, float(0.0))])).is_err());
        assert!(Calibration::of(&gguf(&[(BIAS_KEY, float(f64::NAN))])).is_err());
        assert!(Calibration::of(&gguf(&[(BIAS_KEY, text("x"))])).is_err());
        let good = Calibration::of(&gguf(&[(BIAS_KEY, float(1.5))])).expect("numbers");
        assert_eq!(good, Calibration { bias: 1.5, ..Calibration::default() });
    }
}

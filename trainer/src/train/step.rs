//! One optimizer step's gradient from several micro-batches, on several threads.
//!
//! A thread takes whole micro-batches; inside one, everything runs on that thread alone. Gradients are summed in the order
//! of the micro-batches, whichever thread had them, so the number of threads changes nothing but the time.

use candle_core::{Device, Result, Tensor};
use rayon::{ThreadPool, ThreadPoolBuilder};

use super::lesson::{Answers, Lesson, Losses, answer_logits};
use super::optimizer::Gradients;
use crate::adapter::Adapters;
use crate::model::{Batch, Config, Engine, Llama, Parameters, Precision, ops};

/// The network on a device.
#[derive(Debug)]
pub struct Network {
    config: Config,
    /// On the CPU; elsewhere the graph is used.
    engine: Option<Engine>,
    answers: Answers,
    pools: Vec<ThreadPool>,
}

impl Network {
    /// Of this shape, on a device; on a CPU with `threads` threads and products of this precision.
    pub fn new(
        config: &Config,
        answers: Answers,
        device: &Device,
        threads: usize,
        precision: Precision,
    ) -> Result<Self> {
        let engine = device.is_cpu().then(|| Engine::new(config, precision)).transpose()?;
        let threads = if device.is_cpu() { threads.max(1) } else { 1 };
        // A pool of one thread each: nothing inside spreads out.
        let pool = |_| ThreadPoolBuilder::new().num_threads(1).build().map_err(candle_core::Error::wrap);
        let pools = (0..threads).map(pool).collect::<Result<_>>()?;
        Ok(Self { config: config.clone(), engine, answers, pools })
    }

    /// The network's shape.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// How many threads.
    pub fn threads(&self) -> usize {
        self.pools.len()
    }

    /// Sum of the gradients and of the losses of all lessons.
    pub fn gradients(&self, parameters: &Parameters, lessons: &[Lesson]) -> Result<(Gradients, Losses)> {
        self.sum(lessons, |lesson| {
            if let Some(engine) = &self.engine {
                let run = |head: crate::model::engine::Head<'_>| lesson.run(head, &self.answers);
                let (tensors, losses) = engine.gradients(parameters, &lesson.batch, run)?;
                Ok((Gradients::new(tensors), losses))
            } else {
                let llama = Llama::trainable(&self.config, parameters)?;
                let (total, losses) = lesson.graph(&llama, &self.answers)?;
                Ok((Gradients::of(&mut total.backward()?, parameters)?, losses))
            }
        })
    }

    /// The same of an adapter's matrices over frozen weights, in the order of their names. Every lesson comes with the seed of
    /// its dropout. On the graph everywhere, as the engine knows no dropout.
    pub fn adapter_gradients(
        &self,
        adapters: &Adapters,
        base: &Parameters,
        lessons: &[(&Lesson, u64)],
    ) -> Result<(Gradients, Losses)> {
        let matrices = Parameters::of(adapters.variables());
        self.sum(lessons, |(lesson, dropout)| {
            let llama = adapters.trainable(&self.config, base, Some(*dropout))?;
            let (total, losses) = lesson.graph(&llama, &self.answers)?;
            Ok((Gradients::of(&mut total.backward()?, &matrices)?, losses))
        })
    }

    fn sum<J: Sync>(
        &self,
        jobs: &[J],
        work: impl Fn(&J) -> Result<(Gradients, Losses)> + Sync,
    ) -> Result<(Gradients, Losses)> {
        let mut sum: Option<Gradients> = None;
        let mut losses = Losses::default();
        self.map(jobs, work, |(gradients, more)| {
            losses.add(&more);
            match &mut sum {
                Some(sum) => sum.add(&gradients)?,
                None => sum = Some(gradients),
            }
            Ok(())
        })?;
        let sum = sum.ok_or_else(|| candle_core::Error::Msg("a step without a batch".into()))?;
        Ok((sum, losses))
    }

    /// The losses alone.
    pub fn losses(&self, parameters: &Parameters, lessons: &[Lesson]) -> Result<Losses> {
        let mut losses = Losses::default();
        let work = |lesson: &Lesson| {
            let llama = Llama::frozen(&self.config, parameters)?;
            Ok(lesson.graph(&llama, &self.answers)?.1)
        };
        self.map(lessons, work, |more| {
            losses.add(&more);
            Ok(())
        })?;
        Ok(losses)
    }

    /// Logits of the answers' tokens (alert, safe, four classes) after every sequence's last token.
    pub fn answers(&self, parameters: &Parameters, batches: &[Batch]) -> Result<Vec<[f32; 6]>> {
        let mut all = Vec::new();
        let work = |batch: &Batch| {
            if let Some(engine) = &self.engine {
                return engine.states(parameters, batch, |hidden, output| {
                    let state = |row: &u32| {
                        let width = self.config.hidden_size;
                        answer_logits(&hidden[*row as usize * width..][..width], output, &self.answers)
                    };
                    batch.last_rows().iter().map(state).collect::<Vec<_>>()
                });
            }
            let llama = Llama::frozen(&self.config, parameters)?;
            let states = ops::rows(&llama.hidden(batch)?, &batch.last_rows())?;
            let logits: Tensor = llama.logits_of(&states, self.answers.tokens())?;
            let rows: Vec<Vec<f32>> = logits.to_vec2()?;
            Ok(rows.into_iter().map(|row| std::array::from_fn(|n| row[n])).collect())
        };
        self.map(batches, work, |rows| {
            all.extend(rows);
            Ok(())
        })?;
        Ok(all)
    }

    /// `work` on every job; the results go to `each` in the order of the jobs.
    pub(super) fn map<J: Sync, R: Send>(
        &self,
        jobs: &[J],
        work: impl Fn(&J) -> Result<R> + Sync,
        mut each: impl FnMut(R) -> Result<()>,
    ) -> Result<()> {
        for wave in jobs.chunks(self.pools.len()) {
            let mut results: Vec<Option<Result<R>>> = wave.iter().map(|_| None).collect();
            std::thread::scope(|scope| {
                for ((pool, job), slot) in self.pools.iter().zip(wave).zip(&mut results) {
                    let work = &work;
                    scope.spawn(move || *slot = Some(pool.install(|| work(job))));
                }
            });
            for result in results {
                each(result.expect("every thread of the scope has ended")?)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::lesson::tests::{answers, tiny};
    use crate::train::lesson::{NextTokens, Verdict};

    fn lesson(n: u32) -> Lesson {
        let tokens: Vec<u32> = (0..20 + n).map(|t| (t * t + n) % 50).collect();
        let batch = Batch::new([&tokens[..], &tokens[3..9]]);
        let (rows, targets) = batch.next_tokens();
        let weights = vec![0.01; rows.len()];
        let verdict = Verdict { row: 5, prior: 0.5, target: 1.0, weight: 0.2, class: 1, class_weight: 0.1 };
        Lesson { batch, next: NextTokens { rows, targets, weights }, verdicts: vec![verdict] }
    }

    #[test]
    fn the_number_of_threads_changes_no_bit() {
        let parameters = Parameters::init(&tiny(), 1, &Device::Cpu).unwrap();
        let lessons: Vec<Lesson> = (0..5).map(lesson).collect();
        let run = |threads| {
            let network = Network::new(&tiny(), answers(), &Device::Cpu, threads, Precision::F32).unwrap();
            let (gradients, losses) = network.gradients(&parameters, &lessons).unwrap();
            (format!("{losses:?}"), gradients.norm().unwrap().to_bits())
        };
        assert_eq!(run(1), run(3));
    }

    #[test]
    fn answers_are_the_logits_of_the_graph() {
        let parameters = Parameters::init(&tiny(), 1, &Device::Cpu).unwrap();
        let network = Network::new(&tiny(), answers(), &Device::Cpu, 2, Precision::F32).unwrap();
        let graph = Network {
            engine: None,
            ..Network::new(&tiny(), answers(), &Device::Cpu, 2, Precision::F32).unwrap()
        };
        let batches: Vec<Batch> = (0..3).map(|n| lesson(n).batch).collect();
        let (a, b) =
            (network.answers(&parameters, &batches).unwrap(), graph.answers(&parameters, &batches).unwrap());
        assert_eq!(a.len(), 6);
        let far = a.iter().flatten().zip(b.iter().flatten()).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(far < 1e-5, "{far}");
    }
}

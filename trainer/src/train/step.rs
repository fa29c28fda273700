//! One optimizer step's gradient from several micro-batches, on several threads.
//!
//! A thread takes whole micro-batches; inside one, everything runs on that thread alone. Gradients are summed in the order
//! of the micro-batches, whichever thread had them, so the number of threads changes nothing but the time.

use candle_core::{Result, Tensor};
use rayon::{ThreadPool, ThreadPoolBuilder};

use super::optimizer::Gradients;
use crate::model::Parameters;

/// What one micro-batch gives.
#[derive(Debug)]
pub struct Loss {
    /// The scalar to take the gradient of; micro-batches' losses add up to that of the step.
    pub total: Tensor,
    /// Named parts, for the log; they add up too.
    pub parts: Vec<(&'static str, f64)>,
}

/// Threads that each have a pool of one, so that nothing inside spreads out.
#[derive(Debug)]
pub struct Workers {
    pools: Vec<ThreadPool>,
}

impl Workers {
    /// `threads` of them, at least one.
    pub fn new(threads: usize) -> std::result::Result<Self, rayon::ThreadPoolBuildError> {
        let pool = |_| ThreadPoolBuilder::new().num_threads(1).build();
        Ok(Self { pools: (0..threads.max(1)).map(pool).collect::<std::result::Result<_, _>>()? })
    }

    /// How many.
    pub fn threads(&self) -> usize {
        self.pools.len()
    }

    /// `work` on every job, the results in the order of the jobs.
    pub fn map<J: Sync, R: Send>(
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

    /// Sum of the gradients and of the losses of all micro-batches.
    pub fn gradients<J: Sync>(
        &self,
        parameters: &Parameters,
        jobs: &[J],
        loss: impl Fn(&J) -> Result<Loss> + Sync,
    ) -> Result<(Gradients, Vec<(&'static str, f64)>)> {
        let mut sum: Option<Gradients> = None;
        let mut parts: Vec<(&'static str, f64)> = Vec::new();
        let work = |job: &J| {
            let Loss { total, parts } = loss(job)?;
            Ok((Gradients::of(&mut total.backward()?, parameters)?, parts))
        };
        self.map(jobs, work, |(gradients, more)| {
            match &mut sum {
                Some(sum) => sum.add(&gradients)?,
                None => sum = Some(gradients),
            }
            for (name, value) in more {
                match parts.iter_mut().find(|part| part.0 == name) {
                    Some(part) => part.1 += value,
                    None => parts.push((name, value)),
                }
            }
            Ok(())
        })?;
        let sum = sum.ok_or_else(|| candle_core::Error::Msg("a step without a batch".into()))?;
        Ok((sum, parts))
    }
}

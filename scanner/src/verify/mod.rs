//! Asks providers whether tokens are live: the only stage that opens connections, and only if the user asks for it.
//!
//! A request goes to the host that the rule's template names and nowhere else: redirects are not followed, the
//! environment's proxies are not used, and the address that was checked is the address that is connected to. Requests to
//! one host follow each other with a pause; several hosts are asked at once. The result depends on the answers alone,
//! never on who answered first. Nothing of a token leaves this module but the request itself: errors are reduced to a
//! [`Doubt`], and of an answer the status is kept.

mod answer;
pub mod cache;
mod client;
mod pace;
mod request;
mod sign;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::rule::address::is_public;
use crate::verification::{Doubt, Question, Verification, VerifyError, VerifyOptions};
use cache::Cache;
use client::Client;
use pace::Pace;
use request::Request;

/// Hosts that are asked at the same time.
const HOSTS_AT_ONCE: usize = 8;
/// Tokens in a row without an answer after which a host is left alone.
const GIVE_UP_AFTER: u32 = 3;
/// Requests about one token, as long as the answer is "too many requests".
const TRIES: u32 = 3;
/// A longer pause than this is not waited for, whatever `Retry-After` says.
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

/// A client with its pace and its memory. Making one opens no connection.
#[derive(Debug)]
pub struct Verifier {
    options: VerifyOptions,
    client: Client,
    pace: Pace,
    memory: Mutex<Memory>,
}

/// The cache as long as it works, and what went wrong with it.
#[derive(Debug, Default)]
struct Memory {
    cache: Option<Cache>,
    trouble: Option<String>,
}

impl Verifier {
    /// Prepares to ask. A cache that cannot be used is trouble, not an error.
    pub fn new(options: VerifyOptions) -> Result<Self, VerifyError> {
        let client = Client::new(&options)?;
        let mut memory = Memory::default();
        match options.cache.as_deref().map(Cache::open) {
            Some(Ok(cache)) => memory.cache = Some(cache),
            Some(Err(error)) => memory.trouble = Some(error.to_string()),
            None => {}
        }
        Ok(Self { pace: Pace::new(options.gap), client, memory: Mutex::new(memory), options })
    }

    /// What is wrong with the cache, if it could not be used.
    pub fn trouble(&self) -> Option<String> {
        self.memory().trouble.clone()
    }

    /// The answers, in the order of the questions.
    pub fn verify(&self, questions: &[Question<'_>]) -> Vec<Verification> {
        let mut hosts: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (at, question) in questions.iter().enumerate() {
            hosts.entry(question.template.authority()).or_default().push(at);
        }
        let hosts: Vec<Vec<usize>> = hosts.into_values().collect();
        let next = AtomicUsize::new(0);
        let answers: Mutex<BTreeMap<usize, Verification>> = Mutex::default();
        thread::scope(|scope| {
            for _ in 0..hosts.len().min(HOSTS_AT_ONCE) {
                scope.spawn(|| {
                    while let Some(asked) = hosts.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let given = self.ask_host(questions, asked);
                        answers.lock().unwrap_or_else(PoisonError::into_inner).extend(given);
                    }
                });
            }
        });
        answers.into_inner().unwrap_or_else(PoisonError::into_inner).into_values().collect()
    }

    /// Asks one host about its tokens, one after the other.
    fn ask_host(&self, questions: &[Question<'_>], asked: &[usize]) -> Vec<(usize, Verification)> {
        let mut turn = self.pace.of_host(self.options.host_gap);
        let mut silent = 0;
        let mut answers = Vec::with_capacity(asked.len());
        for &at in asked {
            let question = &questions[at];
            let answer = if let Some(known) = self.recall(question) {
                known
            } else if silent >= GIVE_UP_AFTER {
                Verification::unknown(Doubt::HostGivenUp, question.template.authority(), None)
            } else {
                let answer = self.ask(question, &mut turn);
                silent = match answer.doubt {
                    Some(Doubt::Timeout | Doubt::NoConnection | Doubt::RateLimited) => silent + 1,
                    _ => 0,
                };
                self.remember(question, &answer);
                answer
            };
            answers.push((at, answer));
        }
        answers
    }

    fn ask(&self, question: &Question<'_>, turn: &mut pace::Turn<'_>) -> Verification {
        let template = question.template;
        let host = template.authority();
        let unknown = |doubt, status| Verification::unknown(doubt, host, status);
        // A proxy resolves names itself, but an address that is written out can be checked before it is asked.
        let private = template.literal_address().is_some_and(|address| !is_public(address));
        if private && !self.options.allow_private {
            return unknown(Doubt::PrivateAddress, None);
        }
        let request = match Request::new(question, SystemTime::now()) {
            Ok(request) => request,
            Err(doubt) => return unknown(doubt, None),
        };
        let mut pause = self.options.backoff;
        for attempt in 1.. {
            turn.wait();
            let answer = match self.client.send(&request) {
                Ok(answer) => answer,
                Err(doubt) => return unknown(doubt, None),
            };
            if answer.status != 429 {
                return answer::read(template, &answer);
            }
            let wanted = answer.retry_after.unwrap_or(pause);
            if attempt == TRIES || wanted > LONGEST_PAUSE {
                break;
            }
            thread::sleep(wanted);
            pause *= 2;
        }
        unknown(Doubt::RateLimited, Some(429))
    }

    fn memory(&self) -> std::sync::MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn recall(&self, question: &Question<'_>) -> Option<Verification> {
        let mut memory = self.memory();
        match memory.cache.as_ref()?.get(question, now()) {
            Ok(known) => known,
            Err(error) => {
                memory.put_aside(error.to_string());
                None
            }
        }
    }

    fn remember(&self, question: &Question<'_>, answer: &Verification) {
        let mut memory = self.memory();
        let Some(cache) = memory.cache.as_ref() else { return };
        if let Err(error) = cache.put(question, answer, now()) {
            memory.put_aside(error.to_string());
        }
    }
}

impl Memory {
    fn put_aside(&mut self, trouble: String) {
        self.cache = None;
        self.trouble = Some(trouble);
    }
}

/// Seconds since 1970.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

#[cfg(test)]
#[path = "../../tests/support/loopback.rs"]
mod loopback;

#[cfg(test)]
mod shipped;

#[cfg(test)]
mod tests;

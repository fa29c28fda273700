//! `secretscan hook`, and the hooks that it installs: with git, with the real hook managers, and as an agent's hook.

mod agent;
mod frameworks;
mod install;
mod programs;
mod push;

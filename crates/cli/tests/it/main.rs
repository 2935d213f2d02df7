//! Tests of the program as its users run it: arguments, output, exit codes and files. Mostly one
//! module for each command.

mod backup;
mod beside_a_server;
mod check;
mod completions;
mod crontab;
mod damage;
mod demo;
mod environment;
mod exec;
mod exec_clock;
mod exec_delivery;
mod export;
mod failed_run;
mod help;
mod import;
mod keys;
mod operating_manual;
mod prune;
mod pseudo_terminal;
mod serve;
mod source;
mod terminal;
mod usage;
mod wait;

//! Tests of the program as its users run it: arguments, output, exit codes and files. One module
//! for each command, or for commands that are tested together.

mod command_line;
mod demo;
mod exec;
mod keys;
mod serve;
mod transfer;

//! `runledger completions` and `runledger man`.

use std::fs;

use program_harness::Folder;

#[test]
fn completions_of_every_shell_know_every_command() {
    let folder = Folder::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = folder.call(&["completions", shell]).done().stdout;
        assert!(script.contains("backup") && script.contains("revoke"), "{shell}");
    }
}

#[test]
fn every_command_has_a_manual_page() {
    let folder = Folder::new();
    folder.call(&["man", "pages"]).done();
    for page in ["runledger.1", "runledger-serve.1", "runledger-keys-create.1", "runledger-exec.1"]
    {
        let text = fs::read_to_string(folder.path("pages").join(page)).unwrap();
        assert!(text.contains(".SH SYNOPSIS"), "{page}");
    }
}

#[test]
fn manual_pages_cannot_be_written_into_a_file() {
    let folder = Folder::new();
    fs::write(folder.path("file"), "").unwrap();
    let call = folder.call(&["man", "file"]);
    assert_eq!(call.code, Some(1), "{call:?}");
    assert!(call.stderr.contains("cannot write manual pages to file"), "{call:?}");
}
